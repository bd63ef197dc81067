"""What the PDF backend refuses, with the place named and nothing of the value."""

from __future__ import annotations

import pytest
from builders import Blank
from fills import fill, in_box, in_field, ticked_box

from formfill.errors import FillError


@pytest.mark.parametrize("box", [(560.0, 10.0, 640.0, 24.0), (-20.0, 10.0, 60.0, 24.0), (10.0, 780.0, 60.0, 800.0)])
def test_box_that_reaches_over_the_edge_of_the_page(box: tuple[float, float, float, float]) -> None:
    data = Blank().save()
    for filling in (in_box(box, "Amina"), ticked_box(box)):
        with pytest.raises(FillError, match="outside the page, which is 612 by 792 points") as caught:
            fill(data, filling)
        assert "Amina" not in str(caught.value)


def test_character_that_no_font_has_names_the_place() -> None:
    blank = Blank()
    blank.text("Name", (100, 600, 300, 616))
    with pytest.raises(FillError, match=r"field 'Name': .*U\+1F600") as caught:
        fill(blank.save(), in_field("Name", "Amina \U0001f600"))
    assert "Amina" not in str(caught.value)
