"""The DOCX backend on printed blanks, boxes and cells; read back with python-docx, which wrote none of it."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path

import docx as python_docx
import pytest
from docx_builders import docx, paragraph, run, table, text_box, unzipped
from fontTools.ttLib import TTFont
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from formfill.errors import FillError, FormMapError
from formfill.fill.base import Filled, Filling
from formfill.fill.docx import fill_docx, unmapped_places
from formfill.fill.docx_metrics import text_width
from formfill.model.form_map import FormMap, Place
from formfill.verify_docx import verify_docx

UNDERLINED = '<w:u w:val="single"/>'
SHA = "0" * 64


def place(**keys: object) -> Place:
    if not {"value", "leave", "choose"} & set(keys):
        keys["value"] = "patient.full_name"
    return Place.model_validate(keys)


def text(value: str, *, shorter: tuple[str, ...] = (), addendum: bool = True, **keys: object) -> Filling:
    return Filling(0, place(**keys), "text", value, shorter, addendum=addendum)


def tick(**keys: object) -> Filling:
    return Filling(0, place(value="records.lab", **keys), "tick")


def fill(blank: bytes, *fillings: Filling, fields: tuple[Place, ...] = ()) -> Filled:
    """Fill and verify; the map holds the places of the fillings and ``fields``."""
    numbered = [
        Filling(i, f.place, f.action, f.text, f.shorter, f.parts, f.option, f.concept, f.addendum)
        for i, f in enumerate(fillings)
    ]
    form_map = FormMap.model_validate(
        {"form": "test", "title": "Test", "provider": "test", "blank": {"file": "test.docx", "sha256": SHA}}
    ).model_copy(update={"fields": (*(f.place for f in numbered), *fields)})
    filled = fill_docx(blank, form_map, numbered)
    verify_docx(blank, form_map, numbered, filled)
    return filled


def lines(filled: Filled | bytes) -> list[str]:
    data = filled if isinstance(filled, bytes) else filled.data
    return [p.text for p in python_docx.Document(io.BytesIO(data)).paragraphs]


def width(line: str) -> float:
    return text_width(line, "Calibri", 11)


def test_underscores_keep_their_length() -> None:
    blank = docx(paragraph("Name: ______________________________ Date: __________"))
    filled = fill(blank, text("Amina Rahimi", after="Name"))
    (line,) = lines(filled)
    assert re.fullmatch(r"Name: Amina Rahimi\u00a0?_+ Date: _{10}", line)
    # the no-break space is stretched to what the last underscore had left
    assert 0 <= width(lines(blank)[0]) - width(line) < width("_")
    spaces = re.findall(r'<w:spacing w:val="(-?\d+)"/>', unzipped(filled.data)["word/document.xml"].decode())
    stretched = sum(int(value) for value in spaces) / 20
    assert width(line) + stretched == pytest.approx(width(lines(blank)[0]), abs=0.06)


def test_value_parts_from_a_label_that_touches_its_blank() -> None:
    (line,) = lines(fill(docx(paragraph("City______________________ST_____")), text("Fresno", after="City")))
    assert re.fullmatch(r"City_Fresno\u00a0?_+ST_{5}", line)


def test_value_is_underlined_in_the_form_s_own_type() -> None:
    blank = docx(paragraph(run("Name: ", "<w:b/>"), run("_" * 30, '<w:i/><w:sz w:val="18"/>')))
    document = python_docx.Document(io.BytesIO(fill(blank, text("Amina", after="Name:")).data))
    (value,) = [r for r in document.paragraphs[0].runs if r.text == "Amina"]
    assert (value.underline, value.italic, value.bold) == (True, True, None)
    assert value.font.size is not None
    assert value.font.size.pt == 9


def test_label_split_over_runs_is_one_label() -> None:
    blank = docx(
        paragraph(run("P", "<w:b/>"), run("atient", "<w:b/>"), run(" N"), run("ame"), run(" _"), run("_" * 40))
    )
    assert "Patient Name Amina" in lines(fill(blank, text("Amina", after="Patient Name")))[0]


def test_quotes_dashes_and_spaces_of_a_label_may_be_typed_plainly() -> None:
    blank = docx(paragraph("Patient\u2019s\u00a0name \u2013 full: ____________________"))
    assert "Amina" in lines(fill(blank, text("Amina", after="Patient's name - full")))[0]


@pytest.mark.parametrize(
    "blank",
    [
        paragraph("Name: ", run("\u00a0" * 40, UNDERLINED)),
        paragraph("Name: ", run(" " * 40, UNDERLINED)),
        paragraph("Name: ", run("\t\t\t\t", UNDERLINED), "Date: ", run("\t\t", UNDERLINED)),
        paragraph("Name: \t", properties='<w:tabs><w:tab w:val="left" w:pos="6000" w:leader="underscore"/></w:tabs>'),
    ],
    ids=["no-break-spaces", "spaces", "tabs", "leader-tab"],
)
def test_underlined_white_space_is_a_blank(blank: str) -> None:
    document = docx(blank)
    (line,) = lines(fill(document, text("Amina Rahimi", after="Name")))
    assert "Name: Amina Rahimi" in line.replace("\u00a0", " ").replace("  ", " ")
    # a tab that the value passed is gone; the last still reaches its stop
    assert line.count("\t") <= lines(document)[0].count("\t")
    assert line.count("\t") >= (1 if "\t" in lines(document)[0] else 0)


def test_tabs_that_a_value_passes_are_taken_out() -> None:
    blank = docx(paragraph("Name: ", run("\t\t\t\t\t\t", UNDERLINED), "X"))
    (line,) = lines(fill(blank, text("Amina Yusuf Rahimi", after="Name")))
    # the label ends at 31 points, the value between 108 and 144: the tabs to 36, 72 and 108 are passed
    assert line.count("\t") == 3


def test_blank_in_the_next_paragraph() -> None:
    blank = docx(paragraph("Reason for the request:"), paragraph("_" * 60), paragraph("Thank you."))
    assert lines(fill(blank, text("Continuity of care", after="Reason for the request")))[1].startswith("Continuity")


def test_long_value_continues_on_the_next_lines() -> None:
    blank = docx(
        paragraph("Records: " + "_" * 30), paragraph("_" * 50), paragraph("_" * 50), paragraph("Signature: ____")
    )
    value = "Medication list, discharge summary, immunizations, radiology reports and laboratory results"
    filled = fill(blank, text(value, after="Records"))
    written = [re.sub(r"[\u00a0_]+", " ", line).strip() for line in lines(filled)]
    assert " ".join([written[0].removeprefix("Records: "), written[1], written[2]]).split() == value.split()
    assert lines(filled)[3] == "Signature: ____"


def test_continuation_leaves_lines_that_are_another_place() -> None:
    blank = docx(paragraph("Records: " + "_" * 20), paragraph("_" * 40), paragraph("_" * 40))
    leave = place(leave="signature.patient", after="Records: ____")
    filled = fill(blank, text("Medication list and discharge summary, all of it", after="Records"), fields=(leave,))
    assert lines(filled)[1:] == lines(blank)[1:]
    assert filled.addendum


def test_value_shrinks_before_it_goes_to_the_addendum() -> None:
    blank = docx(paragraph("Name: ____________________ DOB: ____"))
    filled = fill(blank, text("Maria Guadalupe Fernandez", after="Name"))
    assert not filled.addendum
    (size,) = {r.font.size.pt for r in python_docx.Document(io.BytesIO(filled.data)).paragraphs[0].runs if r.font.size}
    assert 7 <= size < 11


def test_value_too_long_goes_to_the_addendum_in_full() -> None:
    blank = docx(paragraph("Records: ____________________"))
    value = "every laboratory result, " * 6 + "and the discharge summary"
    filled = fill(blank, text(value, after="Records:"))
    assert "see addendum A" in lines(filled)[0]
    assert [(item.letter, item.label, item.text) for item in filled.addendum] == [("A", "Records", value)]


def test_shorter_writing_is_taken_before_the_addendum() -> None:
    blank = docx(paragraph("Name: __________________"))
    filled = fill(blank, text("Maximiliana Konstantinopoulou-Rodriguez", shorter=("M. Konstantinop",), after="Name"))
    assert "M. Konstantinop" in lines(filled)[0]
    assert not filled.addendum


def test_name_too_long_is_an_error_that_does_not_say_the_name() -> None:
    blank = docx(paragraph("Name: ______"))
    with pytest.raises(FillError, match=r"after 'Name'.*min_size") as caught:
        fill(blank, text("Maximiliana Konstantinopoulou", addendum=False, after="Name"))
    assert "Konstantin" not in str(caught.value)


def test_empty_cell_to_the_right_or_below() -> None:
    blank = docx(
        table(("Name", ""), ("Date of birth", "")),
        paragraph(),
        table(("Phone", "E-mail"), ("", ""), ("", "")),
    )
    filled = fill(
        blank,
        text("Amina Rahimi", after="Name"),
        text("03/14/1987", after="Date of birth"),
        text("amina@example.org", after="E-mail"),
    )
    first, second = python_docx.Document(io.BytesIO(filled.data)).tables
    assert [[c.text for c in row.cells] for row in first.rows] == [
        ["Name", "Amina Rahimi"],
        ["Date of birth", "03/14/1987"],
    ]
    assert [c.text for c in second.rows[1].cells] == ["", "amina@example.org"]
    assert [c.text for c in second.rows[2].cells] == ["", ""]


def test_value_in_a_cell_never_makes_its_row_grow() -> None:
    blank = docx(table(("Name", ""), widths=(1500, 1800)))
    filled = fill(blank, text("Maria Guadalupe Fernandez de la Cruz y Montenegro", after="Name"))
    assert python_docx.Document(io.BytesIO(filled.data)).tables[0].cell(0, 1).text == "see addendum A"
    tall = docx(table(("Name", ""), widths=(1500, 1800), height=1000))
    filled = fill(tall, text("Maria Guadalupe Fernandez de la Cruz", after="Name"))
    assert not filled.addendum


@pytest.mark.parametrize(
    ("line", "ticked"),
    [
        ("\u2610 Lab results  \u2610 X-rays", "\u2612 Lab results  \u2610 X-rays"),
        ("\u25a1 Lab results", "\u2612 Lab results"),
        ("\u25cb Lab results", "\u25cf Lab results"),
        ("[ ] Lab results  [ ] X-rays", "[X] Lab results  [ ] X-rays"),
        ("( ) Lab results", "(X) Lab results"),
        ("X-rays \u2610  Lab results \u2610", "X-rays \u2610  Lab results \u2612"),
    ],
)
def test_tick_before_or_behind_a_label(line: str, ticked: str) -> None:
    assert lines(fill(docx(paragraph(line)), tick(tick="Lab results"))) == [ticked]


def test_tick_on_underscores_keeps_their_length() -> None:
    blank = docx(paragraph("____All\t____Lab results\t____All dates"))
    (line,) = lines(fill(blank, tick(tick="Lab results")))
    assert re.fullmatch(r"____All\t_X\u00a0?_*Lab results\t____All dates", line)


def test_symbol_font_boxes_become_their_ticked_siblings() -> None:
    symbol = '<w:sym w:font="Wingdings" w:char="F0A8"/>'
    letter = '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'
    second = '<w:sym w:font="Wingdings 2" w:char="00A3"/>'
    blank = docx(
        paragraph(run(inner=symbol), " Lab ", run(inner=symbol), " X-rays"),
        paragraph(run("o", letter), " Notes ", run("o", letter), " Photos"),
        paragraph(run(inner=second), " Bills"),
    )
    filled = fill(blank, tick(tick="Lab"), tick(tick="Notes"), tick(tick="Bills"))
    xml = unzipped(filled.data)["word/document.xml"].decode()
    assert re.findall(r'w:char="(\w+)"', xml) == ["F0FD", "F0A8", "F054"]
    assert lines(filled)[1] == "\u00fd Notes o Photos"


def test_tick_in_a_cell_beside_its_label() -> None:
    blank = docx(table(("", "Lab results"), ("\u2610", "X-rays")))
    filled = fill(blank, tick(tick="Lab results"), tick(tick="X-rays"))
    cells = python_docx.Document(io.BytesIO(filled.data)).tables[0]
    assert [c.text for row in cells.rows for c in row.cells] == ["X", "Lab results", "\u2612", "X-rays"]


def test_tick_in_the_cell_below_the_head_of_a_column() -> None:
    blank = docx(table(("Name", "Medical", "Billing"), ("", "", ""), ("", "", "")))
    filled = fill(blank, text("Elena Marsh", after="Name"), tick(tick="Billing"))
    rows = python_docx.Document(io.BytesIO(filled.data)).tables[0].rows
    assert [[c.text for c in row.cells] for row in rows][1:] == [["Elena Marsh", "", "X"], ["", "", ""]]


def test_value_in_running_text_breaks_no_earlier_than_its_blank() -> None:
    """Underscores do not break: a value with spaces would move its first word up to the line before."""
    start = "I do not want anybody to share the following information about me with others, whoever asks for it, named"
    blank = docx(paragraph(start + ":" + "_" * 60))
    filled = fill(blank, text("notes of (510) 555-0177", after="named"))
    assert "notes\u00a0of\u00a0(510)\u00a0555" in unzipped(filled.data)["word/document.xml"].decode()
    assert "<w:noBreakHyphen/>" in unzipped(filled.data)["word/document.xml"].decode()


def test_label_may_show_where_its_box_is() -> None:
    blank = docx(paragraph("Yes \u2610 No \u2610 Unknown"))
    assert lines(fill(blank, tick(tick="No \u2610"))) == ["Yes \u2610 No \u2612 Unknown"]


def test_label_may_quote_the_blanks_of_its_line() -> None:
    blank = docx(paragraph("____\t______________to_____________ (date range)"))
    filled = fill(
        blank,
        tick(tick="____ to ____ (date range)"),
        text("01/15/2021", after="____"),
        text("06/30/2025", after="____ to"),
    )
    assert re.fullmatch(r"_?X[\u00a0_]*\t01/15/2021[\u00a0_]*to_?06/30/2025[\u00a0_]* \(date range\)", lines(filled)[0])


def test_printed_parts_of_a_phone_and_a_date_are_filled_between_the_print() -> None:
    blank = docx(paragraph("Phone: (_____) ______-________  DOB: ____/____/______  Seen: ___/___/__"))
    filled = fill(
        blank,
        text("(916) 555-0142", after="Phone"),
        text("03/14/1987", after="DOB"),
        text("06/30/2025", after="Seen"),
    )
    (line,) = lines(filled)
    pattern = r"Phone: \(916\) 555-0142  DOB: 03/14/1987  Seen: 06/30/25"
    assert re.fullmatch(pattern, re.sub(r"[\u00a0_]+", "", line))


def test_nth_counts_equal_labels() -> None:
    blank = docx(paragraph("Phone: " + "_" * 20), paragraph("Phone: " + "_" * 20))
    filled = fill(blank, text("(510) 555-0177", after="Phone", nth=2))
    assert lines(filled)[0] == lines(blank)[0]
    assert "(510) 555-0177" in lines(filled)[1]


def test_whole_label_is_preferred_to_part_of_another() -> None:
    blank = docx(paragraph("____Encrypted Email\t____Email\tEmail______________________________"))
    filled = fill(blank, tick(tick="Email"), text("a@example.org", after="Email"))
    assert re.fullmatch(r"____Encrypted Email\t_X[\u00a0_]*Email\tEmail_a@example.org[\u00a0_]*", lines(filled)[0])


def test_header_footer_and_text_box() -> None:
    blank = docx(
        paragraph("Body"),
        paragraph(text_box(paragraph("Box name: " + "_" * 20))),
        header=paragraph("Head name: " + "_" * 20),
        footer=paragraph("Foot name: " + "_" * 20),
    )
    filled = fill(
        blank,
        text("Amina", after="Box name"),
        text("Yusuf", after="Head name"),
        text("Rahimi", after="Foot name"),
    )
    parts = {name: data.decode() for name, data in unzipped(filled.data).items()}
    assert parts["word/document.xml"].count(">Amina<") == 2, "the copy for older readers says it too"
    assert ">Yusuf<" in parts["word/header1.xml"]
    assert ">Rahimi<" in parts["word/footer1.xml"]


def test_markup_signs_stand_as_they_are() -> None:
    value = "Smith & Sons <MD> \"A\" 'B' {{ x }}"
    blank = docx(paragraph("Name: " + "_" * 60), table(("Doctor", "")))
    filled = fill(blank, text(value, after="Name"), text("Smith & <b>", after="Doctor"))
    assert value in lines(filled)[0]
    assert python_docx.Document(io.BytesIO(filled.data)).tables[0].cell(0, 1).text == "Smith & <b>"


def test_control_character_is_refused() -> None:
    with pytest.raises(FillError, match="control character"):
        fill(docx(paragraph("Name: " + "_" * 30)), text("Amina\x07", after="Name"))


def test_arabic_is_marked_right_to_left_with_a_font_that_has_it() -> None:
    blank = docx(paragraph("Name: " + "_" * 60))
    filled = fill(blank, text("امینه رحیمی (Amina)", after="Name"))
    xml = unzipped(filled.data)["word/document.xml"].decode()
    (arabic,) = re.findall(r"<w:r>(?:(?!</w:r>).)*امینه رحیمی(?:(?!</w:r>).)*</w:r>", xml)
    assert "<w:rtl/>" in arabic
    assert 'w:cs="Arial"' in arabic
    latin = xml[xml.index("(Amina)") - 200 : xml.index("(Amina)")]
    assert "<w:rtl/>" not in latin.rsplit("<w:r>", 1)[-1]


def test_all_other_parts_keep_their_bytes_and_order() -> None:
    extra = {"word/media/image1.png": b"\x89PNG not read", "docProps/custom.xml": b"<x/>"}
    blank = docx(paragraph("Name: " + "_" * 30), header=paragraph("Clinic"), parts=extra)
    filled = unzipped(fill(blank, text("Amina", after="Name")).data)
    before = unzipped(blank)
    assert list(filled) == list(before)
    assert [name for name in before if filled[name] != before[name]] == ["word/document.xml"]


def test_leave_and_untick_touch_nothing() -> None:
    blank = docx(paragraph("Signature: ____________  \u2610 Lab  \u2610 HIV"))
    leave = Filling(0, place(leave="signature.patient", after="Signature"), "leave")
    untick = Filling(1, place(value="sensitive.hiv", tick="HIV"), "untick")
    assert unzipped(fill(blank, leave, untick).data) == unzipped(blank)


def test_missing_label_names_what_is_near() -> None:
    blank = docx(paragraph("Patient Name: __________  Date of Birth: ______"))
    with pytest.raises(FormMapError, match=r"'Pateint Name'.*near it: 'Patient Name'"):
        fill(blank, text("Amina", after="Pateint Name"))


def test_label_without_a_blank_says_so() -> None:
    with pytest.raises(FormMapError, match="the label is there"):
        fill(docx(paragraph("Patient Name is required")), text("Amina", after="Patient Name"))


def test_ambiguous_label_says_which_lines_and_asks_for_nth() -> None:
    blank = docx(paragraph("Patient Phone: ________"), paragraph("Clinic Phone: ________"))
    with pytest.raises(FormMapError, match=r"2 such labels \('Patient Phone: ____'; 'Clinic Phone.*nth: 1 to 2"):
        fill(blank, text("(916) 555-0142", after="Phone"))


def test_nth_beyond_the_labels_is_an_error() -> None:
    with pytest.raises(FormMapError, match="nth is 3, but the blank has only 1"):
        fill(docx(paragraph("Phone: ________")), text("1", after="Phone", nth=3))


def test_two_places_on_one_blank_are_an_error() -> None:
    blank = docx(paragraph("Name: ____________________"))
    with pytest.raises(FormMapError, match="same place"):
        fill(blank, text("Amina", after="Name"), text("Rahimi", after="Name:"))


def test_text_on_a_box_and_pdf_place_on_a_docx_are_errors() -> None:
    blank = docx(paragraph("\u2610 Lab ____"))
    with pytest.raises(FormMapError, match="a box to tick"):
        fill(blank, text("Amina", tick="Lab"))
    with pytest.raises(FormMapError, match="control, text_field, after or tick"):
        fill(blank, text("Amina", page=1, box=(0, 0, 10, 10)))


def test_unmapped_places_are_named() -> None:
    blank = docx(paragraph("Name: ________  \u2610 Lab  \u2610 X-rays"))
    form_map = FormMap.model_validate(
        {
            "form": "test", "title": "Test", "provider": "test", "blank": {"file": "test.docx", "sha256": SHA},
            "fields": [{"value": "patient.full_name", "after": "Name"}, {"value": "records.lab", "tick": "Lab"}],
        }
    )  # fmt: skip
    assert unmapped_places(blank, form_map) == ["box 3 of 'Name: ____ \u2610 Lab \u2610 X-rays'"]


@pytest.mark.parametrize(
    "sample", ["Amina Yusuf Rahimi", "Nguyễn Thị Hồng", "Łukasz Żółć", "Олександр Ковальчук", "_" * 40]
)
def test_widths_are_those_of_the_font(sample: str) -> None:
    path = Path("/usr/share/fonts/truetype/crosextra/Carlito-Regular.ttf")
    if not path.is_file():
        pytest.skip("Carlito, which has the widths of Calibri, is not installed (fonts-crosextra-carlito)")
    font = TTFont(path)
    names, advances = font.getBestCmap(), font["hmtx"]
    units = sum(advances[names[ord(char)]][0] for char in unicodedata.normalize("NFC", sample))
    assert text_width(sample, "Calibri", 10) == pytest.approx(units * 10 / font["head"].unitsPerEm, rel=0.05)


VALUES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=80)
BLANKS = st.one_of(
    st.integers(2, 90).map(lambda count: ("_" * count, "")),
    st.integers(3, 90).map(lambda count: ("\u00a0" * count, UNDERLINED)),
    st.integers(1, 8).map(lambda count: ("\t" * count, UNDERLINED)),
)


TAILS = ["", " Date: ______", "City____", "\tPhone: ____", "\n" + "_" * 30]


@settings(max_examples=150, deadline=None)
@given(value=VALUES, blank=BLANKS, tail=st.sampled_from(TAILS))
def test_whatever_the_value_it_stands_whole_or_goes_to_the_addendum(
    value: str, blank: tuple[str, str], tail: str
) -> None:
    document = docx(paragraph("Name: ", run(*blank), run(tail)), paragraph("_" * 40), paragraph("\u2610 Lab"))
    try:
        filled = fill(document, text(value, after="Name"), tick(tick="Lab"))
    except FillError:
        # two underscores have no room even for "addendum A"
        assume(False)
    said = "".join("".join(lines(filled)).replace("_", "").split())
    assert filled.addendum or "".join(value.replace("_", "").split()) in said
    assert all(item.text == value for item in filled.addendum)
    assert len(filled.addendum) <= 1
