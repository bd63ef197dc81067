"""A place beside words that ask one thing is a place, though its lie speaks against it."""

from __future__ import annotations

import pytest
from builders import Words
from test_columns import cell, table
from test_detect import found, frame, sheet

from formfill.draft.candidates import NONE, Candidate
from formfill.draft.facts import Detection
from formfill.draft.labels import read_form
from formfill.draft.own_label import told, told_of_others
from formfill.draft.ranker import Ranked
from formfill.draft.seen import Seen, see

LABELS = ("Name", "City", "Zip")


def stacked(*labels: str) -> list[Seen]:
    """Labels one under the other in a frame, as they are seen."""
    words: Words = [(60, 700 - 15 * i, label) for i, label in enumerate(labels)]
    detection = found(sheet(words, frame(50, 655, 450, 70)))
    return see(detection, read_form(detection))


def ranked(concept: str, likely: float, other: float, nothing: float) -> list[Ranked]:
    shares = {concept: likely, "provider.site_text": other, NONE: nothing}
    some = [Ranked(Candidate(name, "text"), share, ()) for name, share in shares.items()]
    return sorted(some, key=lambda one: -one.probability)


def test_a_label_that_asks_one_thing_tells_what_its_place_is() -> None:
    known = told(stacked(*LABELS)[1], ranked("provider.city", 0.18, 0.02, 0.8))
    assert known is not None
    assert known.candidate.concept == "provider.city"
    assert known.probability == pytest.approx(0.9)


def test_a_label_may_ask_several_ways_to_reach_somebody() -> None:
    known = told(stacked("Name", "Phone/Fax", "Zip")[1], ranked("provider.phone", 0.18, 0.02, 0.8))
    assert known is not None


@pytest.mark.parametrize(
    ("labels", "concept", "shares"),
    [
        (LABELS, "provider.city", (0.1, 0.1, 0.8)),
        (LABELS, "provider.city", (0.04, 0.0, 0.96)),
        (LABELS, "provider.phone", (0.18, 0.02, 0.8)),
        (("Name", "(City)", "Zip"), "provider.city", (0.18, 0.02, 0.8)),
        (("Name", "City and country of your birth", "Zip"), "provider.city", (0.18, 0.02, 0.8)),
    ],
    ids=["whose is not sure", "surely none", "another is likelier", "a caption in brackets", "more than one thing"],
)
def test_else_a_place_may_be_none(labels: tuple[str, ...], concept: str, shares: tuple[float, float, float]) -> None:
    assert told(stacked(*labels)[1], ranked(concept, *shares)) is None


def lines_of(text: str) -> list[Seen]:
    detection = found(sheet([(50, 700, text)]))
    return see(detection, read_form(detection))


def shares(phone: float, other: float, theirs: float) -> list[Ranked]:
    some = {"provider.phone": phone, "other": other, "recipient.phone": theirs}
    return [Ranked(Candidate(name, "text"), share, ()) for name, share in some.items()]


def test_what_may_be_for_something_else_is_what_its_label_asks() -> None:
    known = told_of_others(lines_of("Ph: ______________")[0], shares(0.24, 0.7, 0.06))
    assert known is not None
    assert (known.candidate.concept, known.probability) == ("provider.phone", pytest.approx(0.8))


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("Ph: ______________", shares(0.12, 0.7, 0.12)),
        ("Ph: ______________", shares(0.04, 0.95, 0.01)),
        ("Phone of your school: ______________", shares(0.24, 0.7, 0.06)),
    ],
    ids=["whose is not sure", "hardly any of them", "more than one thing"],
)
def test_else_it_is_for_something_else(text: str, some: list[Ranked]) -> None:
    assert told_of_others(lines_of(text)[0], some) is None


def cells(*lower: float) -> list[Seen]:
    """Cells under a head that asks for a telephone number, with the lower edges ``lower``."""
    spots = tuple(cell(111, 249, y) for y in lower)
    detection = Detection((table((115, 128, "Telephone")),), spots)
    return see(detection, read_form(detection))


def test_cells_under_a_head_that_asks_one_thing_are_for_it() -> None:
    some = [*shares(0.24, 0.1, 0.06), Ranked(Candidate(NONE, "text"), 0.6, ())]
    known = told(cells(180, 200)[1], some)
    assert known is not None
    assert (known.candidate.concept, known.probability) == ("provider.phone", pytest.approx(0.8))
    assert told(cells(200)[0], some) is None  # one alone is no column
