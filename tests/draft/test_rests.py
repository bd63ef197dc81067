"""What of a form is no place, though it is white: rests of cells, tops of frames, grounds too dark to write on."""

from __future__ import annotations

import pytest
from builders import Words
from test_detect import down, frame, near, rule, sheet, spots, told

from formfill.draft.blanks import CAPTIONED


def test_what_is_over_a_frame_is_no_place() -> None:
    assert [s for s in spots(sheet([], frame(50, 676, 400, 24))) if s.sign == "rule"] == []


def test_beside_a_heading_in_the_middle_is_no_place() -> None:
    assert spots(sheet([(205, 694, "RECORDS TO RELEASE")], frame(50, 690, 400, 16))) == []


def test_left_of_a_label_is_no_place_but_right_of_it_is() -> None:
    table = frame(50, 690, 400, 16) + down(250, 690, 706)
    [cell] = spots(sheet([(180, 694, "Telephone #")], table))
    assert near(cell.box, (251, 87, 449, 102))


def test_behind_the_end_of_a_sentence_is_no_place() -> None:
    words: Words = [
        (52, 710, "I understand that I may refuse to sign this authorization, and that my"),
        (52, 694, "treatment does not depend on it"),
    ]
    assert spots(sheet(words, frame(50, 690, 400, 34))) == []


@pytest.mark.parametrize(("label", "count"), [("Legal", 0), ("Other:", 1), ("Other (please specify)", 1)])
def test_behind_an_option_is_room_only_where_it_asks_for_more(label: str, count: int) -> None:
    found = spots(sheet([(70, 694, label)], frame(50, 690, 400, 16) + frame(56, 693, 9, 9)))
    assert told(found) == [("check", "square")] + [("text", "cell")] * count


def test_under_the_heading_of_several_rows_is_no_place() -> None:
    table = frame(50, 660, 400, 48) + down(150, 660, 708) + rule(150, 450, 684)
    cells = spots(sheet([(52, 697, "Patient"), (152, 690, "Name:"), (152, 666, "City:")], table))
    assert len(cells) == 2
    assert all(cell.box[0] > 150 for cell in cells)


def test_a_cell_that_is_answered_is_no_place() -> None:
    table = frame(50, 690, 400, 16) + down(250, 690, 706)
    assert spots(sheet([(52, 694, "555-555-0100"), (252, 694, "Sampletown, KS 00000")], table)) == []


def test_a_dark_ground_is_no_place() -> None:
    band = b"0 g 50 690 400 16 re f 1 G 50 690 m 450 690 l S 0 G\n" + rule(50, 450, 690)
    assert spots(sheet((), band)) == []


@pytest.mark.parametrize(
    "below",
    ["This is a text of many words, which says what the heading is about.", "Laboratory results"],
    ids=["text", "boxes"],
)
def test_behind_a_heading_with_a_colon_is_no_place(below: str) -> None:
    is_list = below.startswith("Lab")
    words: Words = [(50, 700, "RECORDS TO BE RELEASED:"), (70 if is_list else 52, 686, below)]
    found = spots(sheet(words, frame(54, 685, 9, 9) if is_list else b""))
    assert [spot for spot in found if spot.kind == "text"] == []


# cells that are shared


def test_a_low_cell_leaves_room_beside_each_of_its_labels() -> None:
    city, code = spots(sheet([(52, 694, "City/State:"), (262, 694, "Zip Code")], frame(50, 690, 340, 14)))
    assert city.box[0] == pytest.approx(104, abs=3)
    assert code.box[0] == pytest.approx(308, abs=3)


def test_a_date_in_a_cell_is_parted_by_its_slashes() -> None:
    [date] = spots(sheet([(110, 694, "/"), (150, 694, "/")], frame(50, 690, 200, 16)))
    assert len(date.pieces) == 3
    assert set(date.signs) == {"/"}


def test_two_long_captions_share_a_rule() -> None:
    words: Words = [
        (50, 668, "Signature of Patient or Legally Authorized Representative"),
        (400, 668, "Date"),
    ]
    name, date = spots(sheet(words, rule(50, 500, 679)))
    assert name.signs == date.signs == CAPTIONED
    assert date.box[0] == pytest.approx(397, abs=1)


def test_captions_off_the_middle_begin_their_parts() -> None:
    words: Words = [(80, 668, "First"), (160, 668, "Middle initial"), (250, 668, "Last")]
    parts = spots(sheet(words, rule(50, 420, 679)))
    assert [round(part.box[0]) for part in parts] == [50, 157, 247]


def test_a_cell_with_walls_of_its_own_is_a_place_over_a_wider_one() -> None:
    table = frame(50, 690, 400, 16) + down(250, 690, 706) + frame(50, 672, 400, 16) + down(120, 672, 688)
    upper, lower = spots(sheet([(180, 694, "Telephone #"), (60, 676, "Facility")], table))
    assert near(upper.box, (251, 87, 449, 102))
    assert near(lower.box, (121, 105, 449, 120))


def test_what_labels_leave_of_their_own_column_is_no_place() -> None:
    rows: Words = [(52, 694 - 16 * i, text) for i, text in enumerate(("NAME", "ADDRESS", "CITY, STATE & ZIP"))]
    table = b"".join(frame(50, 690 - 16 * i, 300, 16) for i in range(3)) + down(150, 658, 706)
    assert [round(cell.box[0]) for cell in spots(sheet(rows, table))] == [151] * 3


def test_a_column_that_is_no_wider_than_its_labels_rest_is_a_column_of_its_own() -> None:
    rows: Words = [(52, 694 - 16 * i, text) for i, text in enumerate(("NAME", "PHONE", "FAX"))]
    table = b"".join(frame(50, 690 - 16 * i, 200, 16) for i in range(3)) + down(160, 658, 706)
    assert len(spots(sheet(rows, table))) == 6


def test_a_date_in_a_high_cell_is_parted_by_its_slashes() -> None:
    [date] = spots(sheet([(110, 699, "/"), (150, 699, "/")], frame(50, 690, 200, 20)))
    assert len(date.pieces) == 3


@pytest.mark.parametrize(("x", "caption"), [(62, "City"), (150, "City or town")], ids=["at its start", "in its middle"])
def test_behind_the_caption_of_a_line_is_no_place(x: float, caption: str) -> None:
    words: Words = [(62, 705, "_" * 42), (x, 694, caption)]
    [line] = spots(sheet(words, frame(50, 690, 400, 40)))
    assert line.sign == "underscore"


@pytest.mark.parametrize("label", ["City:", "    City"], ids=["a label", "not at its start"])
def test_behind_a_label_under_a_line_is_room(label: str) -> None:
    words: Words = [(62, 705, "_" * 42), (62, 694, label)]
    assert len(spots(sheet(words, frame(50, 690, 400, 40)))) == 2


def test_print_that_no_eye_sees_takes_no_room() -> None:
    table = b"1 g 60 684 130 20 re f 0 g\n" + frame(50, 690, 400, 34)
    [cell] = spots(sheet([(52, 712, "Patient name"), (62, 691, "www.example.org")], table))
    assert near(cell.box, (51, 82, 449, 102))


def test_behind_a_label_with_a_cell_of_its_own_is_a_place_over_a_wider_cell() -> None:
    table = frame(50, 690, 400, 20) + down(250, 690, 710) + frame(50, 662, 400, 28) + down(120, 662, 690)
    words: Words = [(252, 701, "Date of birth:"), (52, 674, "Facility")]
    assert [round(spot.box[0]) for spot in spots(sheet(words, table)) if spot.sign == "cell"][1:2] == [312]
