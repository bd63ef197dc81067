"""What a map leaves to the signer and the staff is guarded, and no more than that."""

from __future__ import annotations

import pytest
from builders import Blank
from fills import compiled_and_filled, form_map, in_box, in_field, ticked

from formfill.errors import VerifyError
from formfill.verify import verify_pdf


def blank() -> bytes:
    made = Blank(pages=2)
    made.text("Month", (100, 570, 130, 586))
    made.text("Day", (140, 570, 170, 586))
    made.radio(
        "Category", [((100, 480, 112, 492), "Paper"), ((160, 480, 172, 492), "HIV"), ((220, 480, 232, 492), "é")]
    )
    return made.save()


@pytest.mark.parametrize("option", ["HIV", "é"])
def test_an_option_is_left_and_another_of_its_group_ticked(option: str) -> None:
    compiled, filled = compiled_and_filled(blank(), ticked("Category", "Paper"))
    verify_pdf(compiled, form_map({"leave": "sensitive.hiv", "field": "Category", "option": option}), filled)


@pytest.mark.parametrize("place", [{}, {"option": "HIV"}, {"widget": 2}, {"option": "no such state"}])
def test_the_option_that_is_left_is_not_ticked(place: dict[str, object]) -> None:
    compiled, filled = compiled_and_filled(blank(), ticked("Category", "HIV"))
    with pytest.raises(VerifyError, match="field 'Category': must stay empty"):
        verify_pdf(compiled, form_map({"leave": "sensitive.hiv", "field": "Category", **place}), filled)


def test_pieces_in_fields_are_left() -> None:
    pieces = [{"part": "month", "field": "Month"}, {"part": "day", "field": "Day"}]
    compiled, filled = compiled_and_filled(blank(), in_field("Day", "14"))
    with pytest.raises(VerifyError, match="must stay empty"):
        verify_pdf(compiled, form_map({"leave": "signature.date", "pieces": pieces}), filled)


def test_pieces_on_another_page_are_left() -> None:
    pieces = [{"part": "month", "page": 2, "box": [400, 640, 430, 654]}]
    compiled, filled = compiled_and_filled(blank(), in_box((400, 640, 470, 654), "March 14, 2026", page=2))
    with pytest.raises(VerifyError, match=r"page 2: .*must stay empty"):
        verify_pdf(compiled, form_map({"leave": "signature.date", "page": 1, "pieces": pieces}), filled)
