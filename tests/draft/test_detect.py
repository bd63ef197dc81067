"""Small blanks, one way of leaving room to write on each: the places found on them, read as a person would."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from builders import COMB, MULTILINE, Blank, Words, printed
from pikepdf import Array, Dictionary, Name

from formfill.draft.blanks import CAPTIONED
from formfill.draft.detect import detect
from formfill.draft.facts import Detection, Spot, text_of
from formfill.draft.labels import read_labels
from formfill.pdf.compile import compile_blank
from formfill.pdf.geometry import ShownBox

#: Print that keeps the page from being taken for a picture, and sets the right margin; two lines at the foot.
FOOT: Words = [
    (
        40,
        60 + 12 * i,
        "This print says nothing but makes the page one of many words, which run up to the right margin of it.",
    )
    for i in range(2)
]
#: How near a box must be, in points.
NEAR_PT = 2.0


def sheet(words: Words = (), content: bytes = b"", **page: object) -> Blank:
    blank = Blank(pages=0)
    blank.page(words=[*FOOT, *words], content=content, **page)  # type: ignore[arg-type]
    return blank


def found(blank: Blank) -> Detection:
    data = blank.save()
    return detect(compile_blank(data, hashlib.sha256(data).hexdigest(), "blank.pdf"))


def spots(blank: Blank) -> list[Spot]:
    return list(found(blank).spots)


def rule(x0: float, x1: float, y: float) -> bytes:
    """A line across; as in all content, y goes up from the foot of the page."""
    return b"%g %g m %g %g l S\n" % (x0, y, x1, y)


def down(x: float, y0: float, y1: float) -> bytes:
    return b"%g %g m %g %g l S\n" % (x, y0, x, y1)


def frame(x: float, y: float, width: float, height: float) -> bytes:
    return b"%g %g %g %g re S\n" % (x, y, width, height)


def near(box: ShownBox, wanted: ShownBox) -> bool:
    return all(abs(a - b) <= NEAR_PT for a, b in zip(box, wanted, strict=True))


def told(some: Sequence[Spot]) -> list[tuple[str, str]]:
    return [(spot.kind, spot.sign) for spot in some]


# lines to write on


def test_a_run_of_underscores_is_a_place_as_long_as_it_is() -> None:
    [name, date] = spots(sheet([(50, 700, "Patient name: ____________________________ Date: __________")]))
    assert told([name, date]) == [("text", "underscore")] * 2
    # 28 and 10 underscores of 5.56 pt on the baseline y = 700
    assert near(name.box, (114.5, 79.5, 270.2, 93.4))
    assert near(date.box, (299.6, 79.5, 355.2, 93.4))


def test_a_run_of_leader_dots_is_a_place() -> None:
    [spot] = spots(sheet([(50, 700, "Patient name .............................................")]))
    assert told([spot]) == [("text", "underscore")]
    assert near(spot.box, (111.7, 79.5, 236.8, 93.4))


def test_dots_and_dashes_of_a_sentence_are_no_place() -> None:
    assert spots(sheet([(50, 700, "Records are kept ... for ten years - or longer -- and no longer. See p. 3.")])) == []


@pytest.mark.parametrize("line", [rule(120, 300, 698), b"120 697.6 180 0.8 re f\n"], ids=["stroked", "filled"])
def test_a_drawn_rule_is_a_place(line: bytes) -> None:
    [spot] = spots(sheet([(50, 700, "Patient name:")], line))
    assert told([spot]) == [("text", "rule")]
    assert near(spot.box, (120, 81, 300, 94))


def test_a_rule_under_print_is_no_place() -> None:
    """Underlined words."""
    assert spots(sheet([(50, 700, "Important information for you")], rule(50, 185, 698))) == []


def test_a_rule_in_two_pieces_and_drawn_twice_is_one_place() -> None:
    [spot] = spots(
        sheet([(50, 700, "Patient name:")], rule(120, 200, 698) + rule(200.5, 300, 698) + rule(120, 300, 697.4))
    )
    assert near(spot.box, (120, 81, 300, 94))


def test_white_lines_are_no_places() -> None:
    assert spots(sheet([(50, 700, "Printed words")], b"1 G " + rule(120, 300, 698))) == []


def test_the_room_above_a_rule_ends_at_the_print() -> None:
    words: Words = [(120, 709, "printed close above"), (50, 696, "Name:")]
    [spot] = spots(sheet(words, rule(120, 300, 694)))
    assert spot.box[1] >= 792 - 709 - 1
    assert spot.box[3] == pytest.approx(98, abs=1)


# cells


def test_table_cells_are_places_under_their_labels() -> None:
    table = frame(50, 690, 400, 34) + down(250, 690, 724)
    cells = [
        spot
        for spot in spots(sheet([(52, 712, "Patient name"), (252, 712, "Date of birth")], table))
        if spot.sign == "cell"
    ]
    assert [
        near(cell.box, box) for cell, box in zip(cells, [(51, 82, 249, 102), (251, 82, 449, 102)], strict=True)
    ] == [True, True]


def test_a_cell_beside_its_label_is_the_place_and_the_labels_cell_is_not() -> None:
    table = frame(50, 690, 400, 16) + down(150, 690, 706)
    [cell] = [spot for spot in spots(sheet([(52, 694, "Patient name")], table)) if spot.sign == "cell"]
    assert near(cell.box, (151, 87, 449, 102))


# captions


def test_captions_under_a_rule_split_it() -> None:
    words: Words = [(50, 681, "Place:"), (100, 668, "City"), (300, 668, "State"), (420, 668, "Zip")]
    parts = spots(sheet(words, rule(100, 500, 679)))
    assert [(part.sign, part.signs) for part in parts] == [("rule", CAPTIONED)] * 3
    assert [
        near(part.box, box)
        for part, box in zip(parts, [(100, 100, 297, 113), (297, 100, 417, 113), (417, 100, 500, 113)], strict=True)
    ] == [True] * 3


def test_one_caption_leaves_the_rule_whole() -> None:
    [spot] = spots(sheet([(50, 681, "Place:"), (250, 668, "City, State, Zip")], rule(100, 500, 679)))
    assert near(spot.box, (100, 100, 500, 113))
    assert spot.signs == ""


# white space


def test_bare_colons_leave_room_up_to_the_next_label_and_to_the_margin() -> None:
    [name, birth] = spots(sheet([(50, 700, "Patient name:"), (350, 700, "Date of birth:")]))
    assert told([name, birth]) == [("text", "colon")] * 2
    assert near((name.box[0], name.box[1], name.box[2], name.box[3]), (114.7, 81.6, 346, 93.6))
    assert birth.box[0] == pytest.approx(410, abs=NEAR_PT)
    assert birth.box[2] > 480


def test_a_colon_with_words_behind_it_is_no_place() -> None:
    assert (
        spots(sheet([(50, 700, "Note: this says what follows, and so: no room is left to write in at all here.")]))
        == []
    )


# values in parts


def test_an_area_code_in_brackets_and_its_number_are_one_place() -> None:
    [phone] = spots(sheet([(50, 700, "Phone: (        ) ____________")]))
    assert phone.signs == "()"
    area, number = phone.pieces
    assert near(area.box, (88, 81, 109.5, 94))
    assert near(number.box, (116, 79.5, 183, 93.4))
    assert near(phone.box, (88, 80, 183, 94))


def test_a_phone_number_in_three_parts() -> None:
    [phone] = spots(sheet([(50, 700, "Phone: (____) ____-______")]))
    assert phone.signs == "()-"
    assert [round(piece.box[2] - piece.box[0]) for piece in phone.pieces] == [22, 22, 33]


@pytest.mark.parametrize(
    "text", ["Date of birth: ____/____/______", "Date: ____-____-______", "Month ____ Day ____ Year ______"]
)
def test_a_date_in_three_parts_is_one_place(text: str) -> None:
    [date] = spots(sheet([(50, 700, text)]))
    assert len(set(date.signs)) == 1
    assert [round(piece.box[2] - piece.box[0]) for piece in date.pieces] == [22, 22, 33]
    assert all(a.box[2] <= b.box[0] for a, b in zip(date.pieces, date.pieces[1:], strict=False))


def test_two_blanks_with_a_slash_are_two_places() -> None:
    """No date has two parts: "Physician ____ / Clinic ____"."""
    assert [spot.pieces for spot in spots(sheet([(50, 700, "Name or title: ________ / ________")]))] == [(), ()]


# texts that go on


def test_lines_that_go_on_are_one_place() -> None:
    lines = rule(130, 500, 698) + rule(50, 500, 680) + rule(50, 500, 662)
    [other] = spots(sheet([(50, 700, "Other records:")], lines))
    assert [
        near(line, box)
        for line, box in zip(other.lines, [(130, 81, 500, 94), (50, 99, 500, 112), (50, 117, 500, 130)], strict=True)
    ] == [True] * 3
    assert near(other.box, (130, 81, 500, 94))


def test_lines_with_labels_of_their_own_are_places_of_their_own() -> None:
    words: Words = [(50, 700, "Name:"), (50, 680, "Street:"), (50, 660, "City:")]
    some = spots(sheet(words, rule(100, 500, 698) + rule(100, 500, 678) + rule(100, 500, 658)))
    assert [spot.lines for spot in some] == [(), (), ()]


def test_a_caption_under_a_line_ends_the_text() -> None:
    """The small print names the second line; the first is the label's."""
    blank = sheet([(50, 700, "Other records:")], rule(130, 500, 698) + rule(50, 500, 678))
    small = b"BT /F1 7 Tf 1 0 0 1 60 670 Tm (Signature of patient) Tj ET\n"
    sheet_object = blank.pdf.pages[0].obj
    sheet_object["/Contents"] = Array([sheet_object["/Contents"], blank.pdf.make_stream(small)])
    assert [spot.lines for spot in spots(blank)] == [(), ()]


# boxes to tick

LIST: Words = [(70, 700, "Laboratory results"), (70, 680, "Immunizations")]


def boxes(blank: Blank) -> list[ShownBox]:
    some = spots(blank)
    assert all(told([spot]) == [("check", "square")] for spot in some), told(some)
    return [spot.box for spot in some]


def test_rectangles_are_boxes() -> None:
    one, two = boxes(sheet(LIST, frame(54, 700, 9, 9) + frame(54, 680, 9, 9)))
    assert near(one, (54, 83, 63, 92))
    assert near(two, (54, 103, 63, 112))


@pytest.mark.parametrize("width", [0.1, 0.25, 1.5])
def test_a_box_is_found_whatever_its_stroke(width: float) -> None:
    [box] = boxes(sheet(LIST[:1], b"%g w " % width + frame(54, 700, 9, 9)))
    assert near(box, (54, 83, 63, 92))


def test_a_doubled_outline_is_one_box() -> None:
    [box] = boxes(sheet(LIST[:1], frame(53, 699, 11, 11) + frame(55, 701, 7, 7)))
    assert near(box, (55, 84, 62, 91))


def test_a_white_square_on_a_black_one_is_a_box() -> None:
    [box] = boxes(sheet(LIST[:1], b"0 g 54 700 10 10 re f 1 g 55 701 8 8 re f 0 g\n"))
    assert near(box, (54, 82, 64, 92))


def test_a_picture_of_a_box_is_a_box() -> None:
    blank = sheet(LIST[:1], b"q 10 0 0 10 54 699 cm /Im Do Q\n")
    rows = [bytes(30) if y in (0, 1, 2, 27, 28, 29) else bytes(3) + b"\xff" * 24 + bytes(3) for y in range(30)]
    image = blank.pdf.make_stream(b"".join(rows))
    image.Type, image.Subtype, image.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
    image.Width, image.Height, image.BitsPerComponent = 30, 30, 8
    blank.pdf.pages[0].obj.Resources["/XObject"] = Dictionary(Im=image)
    [box] = boxes(blank)
    assert near(box, (54, 83, 64, 93))


def in_font(code: int, font: Dictionary, lines: int = 2) -> Blank:
    """The list with a letter of another font before each entry."""
    letters = b"".join(b"BT /Z 10 Tf 1 0 0 1 55 %d Tm <%02x> Tj ET\n" % (700 - 20 * i, code) for i in range(lines))
    blank = sheet(LIST[:lines], letters)
    blank.pdf.pages[0].obj.Resources.Font["/Z"] = blank.pdf.make_indirect(font)
    return blank


@pytest.mark.parametrize("letter", ["o", "p", "q"])
def test_a_letter_of_zapf_dingbats_is_a_box(letter: str) -> None:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.ZapfDingbats)
    one, two = boxes(in_font(ord(letter), font))
    assert near(one, (55.5, 85, 62, 92))
    assert two[1] - one[1] == pytest.approx(20, abs=0.5)


def to_unicode(code: int, char: int) -> bytes:
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <%02x> <%04X> endbfchar endcmap end end"
        % (code, char)
    )


@pytest.mark.parametrize("char", [0xF06F, 0xF0A8, 0x61, 0x39D])
def test_a_letter_that_draws_a_box_is_one_whatever_it_is_coded_as(char: int) -> None:
    blank = Blank(pages=0)
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array([0, 0, 1000, 1000]),
        FirstChar=111,
        LastChar=111,
        Widths=Array([900]),
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
        Resources=Dictionary(),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([111, Name("/box")])),
    )
    blank = in_font(111, font)
    font = blank.pdf.pages[0].obj.Resources.Font["/Z"]
    font["/CharProcs"] = Dictionary(box=blank.pdf.make_stream(b"900 0 d0 60 w 80 0 700 700 re S"))
    font["/ToUnicode"] = blank.pdf.make_stream(to_unicode(111, char))
    one, _ = boxes(blank)
    assert near(one, (55.5, 85, 63, 92.3))


def test_wingdings_that_is_not_embedded_is_read_by_its_code() -> None:
    """The font is not there to draw the box; its private-use code says what it is."""
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name.Wingdings,
        Flags=4,
        FontBBox=Array([0, -200, 1000, 900]),
        ItalicAngle=0,
        Ascent=900,
        Descent=-200,
        CapHeight=700,
        StemV=80,
    )
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.TrueType,
        BaseFont=Name.Wingdings,
        FirstChar=168,
        LastChar=168,
        Widths=Array([891]),
        FontDescriptor=descriptor,
    )
    blank = in_font(168, font)
    blank.pdf.pages[0].obj.Resources.Font["/Z"]["/ToUnicode"] = blank.pdf.make_stream(to_unicode(168, 0xF0A8))
    one, two = boxes(blank)
    assert near(one, (55, 84.5, 64, 92.5))
    assert two[1] - one[1] == pytest.approx(20, abs=0.5)


def test_letters_with_holes_are_no_boxes() -> None:
    assert spots(sheet([(50, 700, "O D Q 0 DO NOT release OB/GYN, DOB, 08, OOO, B8")])) == []


@pytest.mark.parametrize("text", ["____ Laboratory results", "___ Laboratory results"])
def test_a_short_line_before_a_word_is_a_place_of_its_own(text: str) -> None:
    """For initials or an X; which of both is for the labels to say."""
    some = spots(sheet([(50, 700, text), (50, 686, text), (50, 672, text)]))
    assert told(some) == [("text", "underscore")] * 3
    assert [spot.lines for spot in some] == [(), (), ()]
    assert all(spot.box[2] - spot.box[0] < 25 for spot in some)


# the page


def upright(rotate: int) -> Blank:
    """A Letter page stored turned by ``rotate``, whose print is upright as displayed."""
    matrix = {0: b"", 90: b"0 1 -1 0 792 0 cm\n", 180: b"-1 0 0 -1 612 792 cm\n", 270: b"0 -1 1 0 0 612 cm\n"}[rotate]
    words = printed([*FOOT, (50, 700, "Patient name: ____________________________")])
    media = (0, 0, 612, 792) if rotate % 180 == 0 else (0, 0, 792, 612)
    blank = Blank(pages=0)
    blank.page(media=media, rotate=rotate, content=matrix + words + frame(54, 660, 9, 9) + rule(50, 300, 600))
    return blank


def test_print_that_runs_up_a_turned_page_is_no_place() -> None:
    assert spots(sheet([(150, 500, "Form 12 ____________________")], rotate=90)) == []


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_turned_page_is_read_as_it_is_displayed(rotate: int) -> None:
    name, box, line = spots(upright(rotate))
    assert told([name, box, line]) == [("text", "underscore"), ("check", "square"), ("text", "rule")]
    assert near(name.box, (114.5, 79.5, 270.2, 93.4))
    assert near(box.box, (54, 123, 63, 132))
    assert near(line.box, (50, 179, 300, 192))


def test_a_cropped_page_counts_from_its_own_corner() -> None:
    words: Words = [(150, 500, "Patient name: ____________________________")]
    blank = sheet(words, frame(154, 460, 9, 9), crop=(100, 50, 560, 600))
    name, box = spots(blank)
    assert near(name.box, (114.5, 87.5, 270.2, 101.4))
    assert near(box.box, (54, 131, 63, 140))


def test_a_media_box_off_the_origin_counts_from_its_own_corner() -> None:
    words: Words = [(150, 500, "Patient name: ____________________________")]
    name, box = spots(sheet(words, frame(154, 460, 9, 9), media=(50, 50, 662, 842)))
    assert near(name.box, (164.5, 329.5, 320.2, 343.4))
    assert near(box.box, (104, 373, 113, 382))


def test_places_of_a_second_page_say_so() -> None:
    blank = sheet()
    blank.page(words=[*FOOT, (50, 700, "Patient name: ____________________________")])
    [spot] = spots(blank)
    assert spot.page == 2


# form fields


def test_a_widget_and_the_print_under_it_are_one_place() -> None:
    blank = sheet(
        [(50, 700, "Patient name: ______________________"), (70, 680, "Laboratory results")], frame(54, 680, 9, 9)
    )
    blank.text("Text1", (115, 697, 240, 711))
    blank.check("Check Box1", (54, 680, 63, 689))
    name, lab = spots(blank)
    assert told([name, lab]) == [("text", "widget"), ("check", "widget")]
    assert name.box == pytest.approx((115, 81, 240, 95))
    assert lab.box == pytest.approx((54, 103, 63, 112))
    assert name.widget is not None
    assert name.widget.field == "Text1"
    assert lab.widget is not None
    assert lab.widget.option == "Yes"


def test_what_is_only_printed_is_found_beside_widgets() -> None:
    blank = sheet([(50, 700, "Patient name: ______________________ Signature: _________________")])
    blank.text("Text1", (115, 697, 240, 711))
    assert told(spots(blank)) == [("text", "widget"), ("text", "underscore")]


def test_a_hidden_widget_is_no_place_but_its_print_is() -> None:
    blank = sheet([(50, 700, "Patient name: ______________________")])
    blank.text("Text1", (115, 697, 240, 711), F=2)
    assert told(spots(blank)) == [("text", "underscore")]


def test_what_a_widget_is_is_known() -> None:
    blank = sheet()
    blank.radio("Way", [((54, 600, 63, 609), "mail"), ((84, 600, 93, 609), "fax")])
    blank.choice("Site", (54, 560, 154, 575), ["North", "South"])
    blank.text("SSN", (54, 520, 154, 535), Ff=COMB, MaxLen=9)
    blank.text("Notes", (54, 460, 254, 500), Ff=MULTILINE)
    mail, fax, site, ssn, notes = (spot.widget for spot in spots(blank))
    assert mail is not None and fax is not None and site is not None and ssn is not None and notes is not None  # noqa: PT018
    assert [(one.kind, one.number, one.option) for one in (mail, fax)] == [("radio", 1, "mail"), ("radio", 2, "fax")]
    assert site.kind == "choice"
    assert (ssn.comb, ssn.max_len, ssn.multiline) == (True, 9, False)
    assert notes.multiline


@pytest.mark.parametrize(
    "text",
    [
        "[ ] Laboratory results",
        "[    ] Laboratory results",
        "[_] Laboratory results",
        "[]Laboratory results",
        "Laboratory results [ ], or none",
        "( ) Laboratory results",
        "(_) Laboratory results",
        "DELIVERY: ( ) Laboratory results",
    ],
)
def test_typed_brackets_are_a_box(text: str) -> None:
    some = found(sheet([(50, 700, text), (50, 680, text)]))
    assert told(some.spots) == [("check", "square")] * 2
    assert not any(word.text[0] in "[]()" for word in some.pages[0].words)


def test_a_typed_box_lies_between_its_brackets() -> None:
    [spot] = spots(sheet([(50, 700, "[   ] Laboratory results")]))
    assert near(spot.box, (51, 83.5, 63, 94))


def test_options_under_a_line_do_not_part_it() -> None:
    line = (50, 700, "_" * 50)
    names, options = (50, 690, "Signature    [ ] Parent    [ ] Executor"), (50, 690, "Name       Date       Phone")
    assert len([spot for spot in spots(sheet([line, names])) if spot.kind == "text"]) == 1
    assert len(spots(sheet([line, options]))) == 3


def test_options_named_as_a_phone_is_are_boxes() -> None:
    some = spots(sheet([(50, 700, "( ) Fax ( ) Mail ( ) Phone ( ) Other ways")]))
    assert told(some) == [("check", "square")] * 4


@pytest.mark.parametrize("text", ["Pictures ( ) Notes ( )", "Pictures [ ]  Notes [ ]", "Send: Pictures [ ] Notes [ ]"])
def test_boxes_behind_their_labels_are_read_so(text: str) -> None:
    some = found(sheet([(50, 700, text)]))
    readings = read_labels(some.pages[0], some.spots)
    assert [text_of(reading.right) for reading in readings] == ["Pictures", "Notes"]


@pytest.mark.parametrize(
    "text",
    [
        "[Laboratory results] and (other) words",
        "Phone ( ) 555-0100",
        "Telephone: ( ) Fax (if you have one)",
        "Phone: ( )          Fax: ( )",
        "[                    ] Laboratory results",
        "Name(s) and Form () of a person",
    ],
)
def test_other_brackets_are_no_box(text: str) -> None:
    assert not any(spot.kind == "check" for spot in spots(sheet([(50, 700, text)])))


def circle(x: float, y: float, r: float, paint: bytes = b"S") -> bytes:
    """Four curves around (x, y)."""
    c = 0.5523 * r
    curves = b"".join(
        b"%g %g %g %g %g %g c " % points
        for points in (
            (x + r, y + c, x + c, y + r, x, y + r),
            (x - c, y + r, x - r, y + c, x - r, y),
            (x - r, y - c, x - c, y - r, x, y - r),
            (x + c, y - r, x + r, y - c, x + r, y),
        )
    )
    return b"%g %g m " % (x + r, y) + curves + b"h " + paint + b"\n"


def test_a_drawn_circle_is_a_box() -> None:
    [spot] = spots(sheet(LIST[:1], circle(60, 704, 5)))
    assert told([spot]) == [("check", "square")]
    assert near(spot.box, (55, 83, 65, 93))


@pytest.mark.parametrize(
    ("words", "content"),
    [
        ([(40, 700, "1"), (70, 700, "Laboratory results")], circle(42.8, 703.5, 6)),
        (LIST[:1], circle(60, 704, 5, b"f")),
        (LIST[:1], circle(60, 704, 5, b"B")),
        (LIST[:1], circle(50, 704, 9)),
        (LIST[:1], circle(30, 704, 5)),
    ],
    ids=["numbered", "bullet", "edged bullet", "punch hole", "far from words"],
)
def test_other_circles_are_no_box(words: Words, content: bytes) -> None:
    assert not any(spot.kind == "check" for spot in spots(sheet(words, content)))


STACK: Words = [(60, 700 - 15 * i, label) for i, label in enumerate(("Name", "Address", "City"))]


def test_a_stack_of_labels_in_a_frame_has_cells() -> None:
    some = spots(sheet(STACK, frame(50, 655, 450, 70)))
    assert told(some) == [("text", "cell")] * 3


@pytest.mark.parametrize(
    ("words", "content"),
    [(STACK, b""), (STACK[:2], frame(50, 655, 450, 70))],
    ids=["no frame", "too few"],
)
def test_other_labels_without_colons_have_white_space(words: Words, content: bytes) -> None:
    assert "colon" in [spot.sign for spot in spots(sheet(words, content))]


def test_print_is_as_high_as_it_is_set_though_its_font_overstates_it() -> None:
    blank = sheet([(50, 700, "Name: ______________"), (50, 685, "City: ______________")])
    reach = {"Ascent": 4000, "Descent": -1300, "FontBBox": Array([-200, -1300, 1200, 4000])}
    facts = Dictionary(Type=Name.FontDescriptor, FontName=Name.Tall, Flags=32, CapHeight=700, ItalicAngle=0, StemV=80)
    for key, value in reach.items():
        facts[f"/{key}"] = value
    font = {"Subtype": Name.TrueType, "BaseFont": Name.Tall, "FirstChar": 32, "LastChar": 126}
    font |= {"Widths": Array([500] * 95), "FontDescriptor": blank.pdf.make_indirect(facts)}
    for key, value in font.items():
        blank.pdf.pages[0].obj["/Resources"]["/Font"]["/F1"][f"/{key}"] = value
    words = found(blank).pages[0].words
    name, city = (next(word for word in words if word.text == text) for text in ("Name:", "City:"))
    assert name.box[3] <= city.box[1]
    assert name.size == pytest.approx(10)


def test_places_are_in_reading_order() -> None:
    words: Words = [(50, 660, "City: ________"), (300, 701, "Date: ________"), (50, 700, "Name: ________")]
    some = spots(sheet(words))
    assert [round(spot.box[0]) for spot in some] == [82, 327, 73]


def test_the_same_bytes_give_the_same_places() -> None:
    data = sheet([(50, 700, "Patient name: ______ Date: ____/____/____")], frame(54, 660, 9, 9)).save()
    one, two = (detect(compile_blank(data, "0" * 64, "blank.pdf")) for _ in range(2))
    assert one == two
