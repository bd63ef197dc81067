"""Whose a place is, by the section that it stands in: cells that head rows, headings over columns, sentences."""

from __future__ import annotations

import pytest

from formfill.draft.facts import Detection, PageFacts, Spot, Word
from formfill.draft.labels import read_form
from formfill.draft.seen import see
from formfill.pdf.geometry import ShownBox

Print = tuple[float, float, str] | tuple[float, float, str, str]


def words(*lines: Print) -> tuple[Word, ...]:
    """Words of (x, lower edge, text, "bold" if so), each five points a character wide."""
    found = []
    for x, y, text, *style in lines:
        for word in text.split():
            found.append(Word(word, (x, y - 10, x + 5 * len(word), y), 10, bool(style)))
            x += 5 * len(word) + 3
    return tuple(sorted(found, key=lambda word: (word.box[3], word.box[0])))


def rule(x0: float, x1: float, y: float) -> Spot:
    return Spot("text", 1, (x0, y - 12, x1, y), "rule")


def whose(page: PageFacts, *spots: Spot) -> list[str]:
    """The party that each place's first cue speaks of."""
    detection = Detection((page,), spots)
    return [seen.cues[0][1][0] if seen.cues else "" for seen in see(detection, read_form(detection))]


def lines(*boxes: tuple[float, float, float, float]) -> tuple[ShownBox, ...]:
    return boxes


def test_a_cell_at_the_left_heads_all_rows_that_it_spans() -> None:
    print_ = words(
        (40, 120, "Release from:"), (140, 110, "Name"), (140, 140, "Address"),
        (40, 180, "Release to:"), (140, 170, "Name"), (140, 200, "Address"),
    )  # fmt: skip
    page = PageFacts(
        1, 612, 792, print_,
        across=lines((30, 90, 580, 91), (30, 150, 580, 151), (30, 210, 580, 211)),
        down=lines((30, 90, 31, 210), (130, 90, 131, 210), (580, 90, 581, 210)),
    )  # fmt: skip
    places = [rule(180, 560, y) for y in (110, 140, 170, 200)]
    assert whose(page, *places) == ["provider", "provider", "recipient", "recipient"]


@pytest.mark.parametrize("walls", [((300.0, 90.0, 301.0, 210.0),), ()], ids=["a line between", "only headings"])
def test_columns_side_by_side_have_a_heading_each(walls: tuple[ShownBox, ...]) -> None:
    print_ = words(
        (40, 110, "Release from", "bold"), (320, 110, "Release to", "bold"),
        (40, 140, "Name"), (320, 140, "Name"), (40, 170, "Phone"), (320, 170, "Phone"),
    )  # fmt: skip
    page = PageFacts(1, 612, 792, print_, down=walls)
    places = [rule(x, x + 180, y) for y in (140, 170) for x in (80, 360)]
    assert whose(page, *places) == ["provider", "recipient", "provider", "recipient"]


def test_the_next_heading_ends_a_section() -> None:
    print_ = words(
        (40, 100, "RECIPIENT", "bold"), (40, 120, "Name"), (40, 150, "CONTACT DETAILS", "bold"), (40, 170, "Phone")
    )
    detection = Detection((PageFacts(1, 612, 792, print_),), (rule(80, 300, 120), rule(80, 300, 170)))
    first, second = read_form(detection)
    assert first.section.heading == ("RECIPIENT",)
    assert second.section.heading == ("CONTACT DETAILS",)
    assert second.section.beyond == ("Name", "RECIPIENT")


def test_a_label_in_bold_is_no_heading() -> None:
    print_ = words((40, 100, "Release records to:"), (300, 118, "Email address", "bold"), (40, 140, "Phone"))
    detection = Detection((PageFacts(1, 612, 792, print_),), (rule(400, 560, 140),))
    (reading,) = read_form(detection)
    assert reading.headings == ()
    assert whose(detection.pages[0], *detection.spots) == ["recipient"]


def test_a_sentence_with_a_place_in_it_governs_what_follows() -> None:
    print_ = words((40, 100, "I authorize"), (260, 100, "to release records to:"), (40, 130, "Address"))
    page = PageFacts(1, 612, 792, print_)
    assert whose(page, rule(100, 255, 100), rule(380, 560, 100), rule(80, 200, 130)) == [
        "provider",
        "recipient",
        "recipient",
    ]


def test_a_title_says_nothing_of_the_places() -> None:
    print_ = words((150, 60, "AUTHORIZATION TO RELEASE RECORDS FROM CLINICS", "bold"), (40, 100, "Birth date"))
    detection = Detection((PageFacts(1, 612, 792, print_),), (rule(100, 300, 100),))
    assert read_form(detection)[0].section.heading == ()


BOTH = ((60, 100, "Release records to"), (220, 100, "Obtain records from"))


def box(x: float, y: float) -> Spot:
    return Spot("check", 1, (x, y - 9, x + 9, y), "square")


def test_one_block_under_boxes_for_either_way_is_the_recipients() -> None:
    page = PageFacts(1, 612, 792, words(*BOTH, (40, 130, "Name"), (40, 150, "Phone")))
    found = whose(page, box(46, 100), box(206, 100), rule(80, 400, 130), rule(80, 400, 150))
    assert found[2:] == ["recipient", "recipient"]


def test_a_block_under_each_of_two_boxes_is_as_its_own_says() -> None:
    print_ = words(*BOTH, (40, 130, "Name"), (210, 130, "Name"))
    page = PageFacts(1, 612, 792, print_)
    found = whose(page, box(46, 100), box(206, 100), rule(70, 190, 130), rule(240, 400, 130))
    assert found[2:] == ["recipient", "provider"]


@pytest.mark.parametrize("rows", [1, 3])
def test_lines_that_ask_a_relationship_are_counted(rows: int) -> None:
    heights = [100 + 20 * i for i in range(rows)]
    print_ = words(
        *((x, y, text) for y in heights for x, text in ((40, "Name:"), (240, "Relationship:"))), (40, 300, "Name:")
    )
    places = [rule(x, x + 120, y) for y in heights for x in (70, 310)]
    detection = Detection((PageFacts(1, 612, 792, print_),), (*places, rule(70, 190, 300)))
    assert [seen.relations for seen in see(detection, read_form(detection))] == [rows] * 2 * rows + [0]


def test_what_stands_under_a_signature_is_whose_it_is() -> None:
    print_ = words((40, 100, "Signature of patient or legal guardian"), (40, 130, "Phone"))
    page = PageFacts(1, 612, 792, print_)
    assert whose(page, rule(240, 560, 100), rule(80, 200, 130))[1] == "signer"


def test_boxes_for_either_way_may_stand_one_over_the_other() -> None:
    print_ = words((60, 100, "Release to:"), (200, 110, "(name)"), (60, 118, "Obtain from:"), (200, 140, "(street)"))
    page = PageFacts(1, 612, 792, print_)
    found = whose(page, box(46, 100), rule(200, 400, 100), box(46, 118), rule(200, 400, 130))
    assert found[1] == found[3] == "recipient"
