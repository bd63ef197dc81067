"""Drafts of fillable forms whose fields do not say one thing each: shared, doubled, in pieces, in several lines."""

from __future__ import annotations

from builders import Blank, Rect
from pikepdf import Name, String

from formfill.draft.draft import draft_map
from formfill.model.form_map import FormMap, Place
from formfill.pdf.compiled import compiled_form
from formfill.witness import witnessed

HEAD = [
    (50.0, 740.0, "Authorization to Release Health Information"),
    (50.0, 60.0, "I understand that I may revoke this authorization in writing at any time before it is used."),
]


def drafted(blank: Blank) -> FormMap:
    return draft_map(blank.save(), form="x-y", provider="x", file="x/y.pdf").form_map


def a_sheet(*words: tuple[float, float, str], content: bytes = b"") -> Blank:
    blank = Blank(pages=0)
    blank.page(words=[*HEAD, *words], content=content)
    return blank


def shared(blank: Blank, name: str, *rects: Rect) -> None:
    """A text field with a widget at each place."""
    blank.parent(name, [blank.widget(rect) for rect in rects], FT=Name.Tx, DA=String("/Helv 0 Tf 0 g"))


def asking(form_map: FormMap, concept: str) -> list[Place]:
    return [place for place in form_map.fields if concept in (place.value, place.leave)]


def test_a_field_that_two_people_share_is_written_on_as_print() -> None:
    blank = a_sheet(
        (50, 700, "Patient name:"), (330, 700, "Patient ZIP:"),
        (50, 640, "Release the records to"), (50, 620, "Recipient name:"), (330, 620, "Recipient ZIP:"),
    )  # fmt: skip
    blank.text("Patient", (130, 697, 320, 711))
    blank.text("Recipient", (140, 617, 320, 631))
    shared(blank, "ZIP", (400, 697, 470, 711), (410, 617, 470, 631))
    form_map = drafted(blank)
    [patient], [recipient] = asking(form_map, "patient.zip"), asking(form_map, "recipient.zip")
    assert (patient.field, patient.box) == (None, (400.0, 81.0, 470.0, 95.0))
    assert (recipient.field, recipient.box) == (None, (410.0, 161.0, 470.0, 175.0))


def test_a_field_that_repeats_one_value_stays_a_field() -> None:
    blank = a_sheet((50, 700, "Patient name:"), (50, 120, "Patient name:"))
    shared(blank, "Name", (130, 697, 320, 711), (130, 117, 320, 131))
    [name] = asking(drafted(blank), "patient.full_name")
    assert name.field == "Name"


def test_pieces_of_two_dates_that_share_fields_are_written_on_as_print() -> None:
    blank = a_sheet(
        (50, 700, "Date of birth:"), (140, 700, "/"), (168, 700, "/"),
        (50, 120, "Date signed:"), (140, 120, "/"), (168, 120, "/"),
    )  # fmt: skip
    blank.text("Month", (116, 697, 138, 711))
    shared(blank, "Day", (144, 697, 166, 711), (144, 117, 166, 131))
    shared(blank, "Year", (172, 697, 210, 711), (172, 117, 210, 131))
    blank.text("Month signed", (116, 117, 138, 131))
    [birth] = asking(drafted(blank), "patient.birth_date")
    assert [(piece.part, piece.field is None) for piece in birth.pieces] == [
        ("month", False), ("day", True), ("year", True),
    ]  # fmt: skip


def test_a_widget_that_lies_on_another_of_its_field_is_no_place_of_its_own() -> None:
    blank = a_sheet((50, 700, "Patient name:"))
    shared(blank, "Name", (130, 697, 320, 711), (130, 697, 320, 711))
    assert len(drafted(blank).fields) == 1


def test_two_phone_numbers_side_by_side_are_two_places() -> None:
    words = [(x + dx, 700.0, sign) for x in (50.0, 192.0) for dx, sign in ((0.0, "("), (26.0, ")"))]
    blank = a_sheet((50, 714, "Patient phone"), (192, 714, "Patient fax"), *words)
    for x, name in ((50, ""), (192, " 2")):
        blank.text(f"area{name}", (x + 4, 697, x + 25, 711))
        blank.text(f"number{name}", (x + 32, 697, x + 132, 711))
    assert [[piece.field for piece in place.pieces or ()] for place in drafted(blank).fields] == [
        ["area", "number"],
        ["area 2", "number 2"],
    ]


def test_digits_stand_in_the_middle_of_short_fields() -> None:
    """A printed slash leans into the room behind it."""
    slashes = [(x, 700.0, "/") for x in (140.0, 168.0)]
    blank = a_sheet((50, 700, "Date of birth:"), *slashes, (50, 660, "Patient name:"))
    for name, x0, x1 in (("Month", 116, 138), ("Day", 144, 166), ("Year", 172, 210)):
        blank.text(name, (x0, 697, x1, 711))
    blank.text("Name", (130, 657, 320, 671))
    form_map = drafted(blank)
    [birth], [name] = asking(form_map, "patient.birth_date"), asking(form_map, "patient.full_name")
    assert birth.align == "center"
    assert name.align is None


def test_digits_in_printed_pieces_stand_on_one_line_in_one_size() -> None:
    """Between the slashes of a cell is little room, before and behind them much."""
    frame = b"50 690 m 250 690 l S 50 724 m 250 724 l S 50 690 m 50 724 l S 250 690 m 250 724 l S\n"
    blank = a_sheet(
        (54, 714, "Patient date of birth"),
        (110, 696, "/"),
        (126, 696, "/"),
        (50, 650, "Patient name: ____________________"),
        content=frame,
    )
    form_map = drafted(blank)
    [birth] = asking(form_map, "patient.birth_date")
    boxes = [piece.box for piece in birth.pieces or () if piece.box]
    assert len({box[1::2] for box in boxes}) == 1
    assert boxes[2][2] - boxes[2][0] == 48


def test_lines_below_other_records_are_its_further_lines() -> None:
    words = [(50.0, 600.0 - 18 * i, text) for i, text in enumerate(("Lab results", "Immunizations", "Other:"))]
    boxes = b"".join(b"36 %d 9 9 re S\n" % (600 - 18 * i) for i in range(3))
    lines = b"84 562 m 150 562 l S 50 544 m 300 544 l S\n"
    blank = a_sheet((50, 620, "Information to be released:"), *words, content=boxes + lines)
    [other] = asking(drafted(blank), "records.other_text")
    assert [round(box[2] - box[0]) for box in other.boxes] == [66, 250]


def test_fields_below_other_records_are_left() -> None:
    words = [(50.0, 600.0 - 18 * i, text) for i, text in enumerate(("Lab results", "Immunizations", "Other:"))]
    blank = a_sheet((50, 620, "Information to be released:"), *words)
    for i, name in enumerate(("lab", "shots", "other")):
        blank.check(name, (36, 600 - 18 * i, 45, 609 - 18 * i))
    blank.text("Other", (84, 561, 300, 575))
    blank.text("Other 2", (50, 544, 300, 558))
    form_map = drafted(blank)
    assert [place.field for place in asking(form_map, "records.other_text")] == ["Other"]
    assert [place.leave for place in form_map.fields if place.field == "Other 2"] == ["other"]


def test_a_label_is_cut_to_the_words_that_are_printed_together() -> None:
    """Of a neighbouring label's words, read on its line, none are kept."""
    blank = a_sheet((50, 700, "Patient name (please print):"), (330, 660, "Patient phone:"))
    blank.text("Name", (50, 683, 320, 697))
    form_map = drafted(blank)
    [name] = [place for place in form_map.fields if place.field == "Name"]
    mixed = name.model_copy(update={"label": "name (please print): Patient", "at": None})
    form_map = form_map.model_copy(update={"fields": (mixed,)})
    compiled = compiled_form(blank.save(), "blank.pdf")
    assert witnessed(form_map, compiled).fields[0].at is None
    [cut] = witnessed(form_map, compiled, shorten=True).fields
    assert cut.label == "name (please print):"
    assert cut.at is not None
    assert abs(cut.at[0] - 83.9) < 1
