"""Words to circle: only where the print says so, or for pairs that stand by themselves without boxes."""

from __future__ import annotations

import pytest
from builders import Words
from test_detect import frame, rule, sheet, spots

from formfill.draft.circles import CIRCLED
from formfill.draft.draft import draft_map
from formfill.draft.facts import Spot, text_of
from formfill.draft.labels import read_labels


def circled(words: Words, content: bytes = b"") -> list[Spot]:
    return [spot for spot in spots(sheet(words, content)) if spot.signs == CIRCLED]


def labels(words: Words) -> list[str]:
    from test_detect import found

    detection = found(sheet(words))
    readings = read_labels(detection.pages[0], detection.spots)
    return [
        text_of(reading.right) for spot, reading in zip(detection.spots, readings, strict=True) if spot.signs == CIRCLED
    ]


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("Electronic (circle): CD / USB drive / Email: ________________", ["CD", "USB drive", "Email:"]),
        ("Way (circle one): Mail or Fax", ["Mail", "Fax"]),
        ("Notas (Marque con un círculo): CD / Papel", ["CD", "Papel"]),
        ("Include notes? Yes / No", ["Yes", "No"]),
        ("I authorize the release of records TO or FROM (please circle one):", ["TO", "FROM"]),
        ("Release my records   to or from  (circle one)", ["to", "from"]),
        ("Time: ____________ AM or PM", ["AM", "PM"]),
    ],
)
def test_options_are_places_and_their_own_labels(line: str, options: list[str]) -> None:
    assert labels([(50, 700, line)]) == options


def test_a_pair_that_is_one_word_is_two_places() -> None:
    am, pm = circled([(50, 700, "Time: ____________ am/pm")])
    assert am.box[2] < pm.box[0] + 4


@pytest.mark.parametrize("heading", ["PURPOSE (Circle One)", "Propósito (marque con un círculo):"])
def test_options_under_their_heading_are_places(heading: str) -> None:
    under: Words = [(60, 684, "Changing doctors"), (180, 684, "Legal"), (260, 684, "Insurance"), (350, 684, "Other:")]
    assert labels([(220, 700, heading), *under]) == ["Changing doctors", "Legal", "Insurance", "Other:"]


@pytest.mark.parametrize(
    "under",
    [[(60, 684, "I understand what this is for.")], [(60, 640, "Changing doctors"), (180, 640, "Legal")]],
    ids=["a sentence", "far below"],
)
def test_what_else_is_under_such_a_heading_is_not_circled(under: Words) -> None:
    assert labels([(220, 700, "PURPOSE (Circle One)"), *under]) == []


@pytest.mark.parametrize(
    "line",
    [
        "CD / USB drive / Email",
        "I want to have paper copies or films (circle one)",
        "If yes, no records are sent, and if no, yes, they are.",
        "____ Yes ____ No",
        "Circle what you want to have sent to you by us (one): all of my records / none of my records at all",
    ],
)
def test_nothing_is_circled_that_the_print_does_not_ask_for(line: str) -> None:
    assert circled([(50, 700, line)]) == []


def test_a_pair_with_boxes_is_ticked() -> None:
    assert circled([(70, 700, "Yes"), (120, 700, "No")], frame(56, 699, 9, 9) + frame(106, 699, 9, 9)) == []


def test_a_word_to_circle_is_so_in_the_map() -> None:
    words: Words = [
        (50, 720, "Format of the information to be released:"),
        (50, 700, "Electronic (circle): CD / USB drive"),
    ]
    data = sheet(words, rule(50, 60, 600)).save()
    draft = draft_map(data, form="clinic-roi", provider="clinic", file="clinic/roi.pdf")
    marks = {place.value: place.mark for place in draft.form_map.fields if place.value}
    assert marks == {"delivery.cd": "circle", "delivery.usb": "circle"}
