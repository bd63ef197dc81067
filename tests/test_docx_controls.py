"""Content controls and legacy form fields, read back with the standard library's XML parser."""

from __future__ import annotations

import datetime as dt
import io
import re
import xml.etree.ElementTree as ET

import docx as python_docx
import pytest
from docx_builders import checkbox_control, control, docx, form_field, paragraph, table, unzipped
from test_docx import fill, lines, place, text, tick

from formfill.errors import FillError, FormMapError
from formfill.fill.base import Filled, Filling
from formfill.fill.docx_control import format_date, parse_date

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
LIST = (
    '<w:{kind}><w:listItem w:displayText="Choose an item." w:value=""/><w:listItem w:displayText="Paper" w:value="p"/>'
    '<w:listItem w:displayText="CD or DVD" w:value="cd"/></w:{kind}>'
)


def controls(filled: Filled) -> list[ET.Element]:
    return list(ET.fromstring(unzipped(filled.data)["word/document.xml"]).iter(W + "sdt"))


def shown(sdt: ET.Element) -> str:
    return "".join(node.text or "" for node in sdt.iter(W + "t"))


def choose(option: str, **keys: object) -> Filling:
    return Filling(0, place(choose=option, **keys), "choose", option=option)


def test_text_control_by_tag_and_by_title() -> None:
    blank = docx(
        paragraph("Name: ", control(tag="patient_name", title="Patient name")),
        control(title="Address", block=True),
        table(("Phone", paragraph(control(tag="phone")))),
    )
    filled = fill(
        blank,
        text("Amina Rahimi", control="patient_name"),
        text("2114 Folsom Blvd", control="Address"),
        text("(916) 555-0142", control="phone"),
    )
    assert [shown(sdt) for sdt in controls(filled)] == ["Amina Rahimi", "2114 Folsom Blvd", "(916) 555-0142"]
    for sdt in controls(filled):
        assert sdt.find(f"{W}sdtPr/{W}showingPlcHdr") is None
        assert sdt.find(f".//{W}rStyle") is None, "a value does not look like a prompt"


def test_text_in_a_control_keeps_the_height_of_its_row() -> None:
    cell = '<w:p><w:r><w:rPr><w:sz w:val="14"/></w:rPr><w:t>Clinic</w:t></w:r></w:p>' + paragraph(control(tag="clinic"))
    blank = docx(table((cell, "x"), widths=(2400, 2400), height=500))
    value = "Valley Oak Community Clinic"
    (sdt,) = controls(fill(blank, text(value, control="clinic")))
    assert shown(sdt) == value
    size = sdt.find(f".//{W}rPr/{W}sz")
    assert size is not None
    assert 14 <= int(size.get(W + "val", "0")) < 22
    long = fill(blank, text(value + " and all of its sites in Fresno, Clovis and Madera", control="clinic"))
    assert shown(controls(long)[0]) == "see addendum A"
    assert long.addendum[0].text.endswith("Madera")
    with pytest.raises(FillError, match="does not fit its cell"):
        fill(blank, text(value * 4, addendum=False, control="clinic"))


def test_control_around_a_cell() -> None:
    inner = control(tag="name").replace("<w:sdtContent><w:r>", "<w:sdtContent><w:tc><w:p><w:r>")
    inner = inner.replace("</w:sdtContent>", "</w:p></w:tc></w:sdtContent>")
    blank = docx(
        '<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w="2000"/><w:gridCol w:w="2000"/></w:tblGrid><w:tr><w:tc>'
        f"{paragraph('Name')}</w:tc>{inner}</w:tr></w:tbl>"
    )
    filled = fill(blank, text("Amina", control="name"))
    assert [shown(sdt) for sdt in controls(filled)] == ["Amina"]


def test_data_binding_is_dropped_so_that_word_does_not_show_the_old_value() -> None:
    binding = '<w:dataBinding w:xpath="/a/b" w:storeItemID="{0}"/><w15:dataBinding w:xpath="/a/b" w:storeItemID="{0}"/>'
    filled = fill(docx(paragraph(control(tag="name", extra=binding))), text("Amina", control="name"))
    assert "dataBinding" not in unzipped(filled.data)["word/document.xml"].decode()


def test_lines_break_where_a_control_may_have_several() -> None:
    blank = docx(
        paragraph(control('<w:text w:multiLine="1"/>', tag="address")), paragraph(control("<w:text/>", tag="one"))
    )
    value = "2114 Folsom Blvd\nSacramento, CA 95816"
    filled = fill(blank, text(value, control="address"), text(value, control="one"))
    first, second = controls(filled)
    assert first.find(f".//{W}br") is not None
    assert shown(second) == "2114 Folsom Blvd, Sacramento, CA 95816"


def test_date_control_stores_the_date_and_shows_it_in_its_own_format() -> None:
    kind = '<w:date><w:dateFormat w:val="MMMM d, yyyy"/><w:lid w:val="en-US"/><w:calendar w:val="gregorian"/></w:date>'
    (sdt,) = controls(fill(docx(paragraph(control(kind, tag="born"))), text("03/14/1987", control="born")))
    assert shown(sdt) == "March 14, 1987"
    assert sdt.find(f"{W}sdtPr/{W}date").get(W + "fullDate") == "1987-03-14T00:00:00Z"


def test_date_control_refuses_what_is_no_date() -> None:
    with pytest.raises(FillError, match="takes a date"):
        fill(docx(paragraph(control("<w:date/>", tag="born"))), text("14.3.1987 or so", control="born"))


def test_date_control_takes_words_as_a_person_may_type_them() -> None:
    kind = '<w:date w:fullDate="2020-01-01T00:00:00Z"/>'
    (sdt,) = controls(fill(docx(paragraph(control(kind, tag="to"))), text("present", control="to")))
    assert shown(sdt) == "present"
    assert sdt.find(f"{W}sdtPr/{W}date").get(W + "fullDate") is None


@pytest.mark.parametrize(
    ("pattern", "language", "wanted"),
    [
        ("M/d/yyyy", "en", "3/4/1987"),
        ("dd.MM.yy", "en", "04.03.87"),
        ("ddd, MMM d, yyyy", "en", "Wed, Mar 4, 1987"),
        ("d 'de' MMMM 'de' yyyy", "es", "4 de marzo de 1987"),
        ("d MMMM yyyy", "de", None),
    ],
)
def test_formats_of_word(pattern: str, language: str, wanted: str | None) -> None:
    assert format_date(dt.date(1987, 3, 4), pattern, language) == wanted


def test_dates_are_read_in_the_map_s_writing() -> None:
    assert parse_date("14/03/1987", "DD/MM/YYYY") == dt.date(1987, 3, 14)
    assert parse_date("03/04/1987", "DD/MM/YYYY") == dt.date(1987, 4, 3)
    assert parse_date("1987", None) is None


@pytest.mark.parametrize("kind", ["dropDownList", "comboBox"])
def test_list_control_takes_only_what_it_lists(kind: str) -> None:
    blank = docx(paragraph(control(LIST.format(kind=kind), tag="format")))
    (sdt,) = controls(fill(blank, choose("cd or dvd", control="format")))
    assert shown(sdt) == "CD or DVD"
    assert sdt.find(f"{W}sdtPr/{W}{kind}").get(W + "lastValue") == "cd"
    with pytest.raises(FillError, match="no such option; it lists: 'Paper', 'CD or DVD'"):
        fill(blank, choose("USB drive", control="format"))


def test_combo_box_takes_a_typed_text() -> None:
    (sdt,) = controls(
        fill(docx(paragraph(control(LIST.format(kind="comboBox"), tag="format"))), text("USB drive", control="format"))
    )
    assert shown(sdt) == "USB drive"


def test_checkbox_control_by_tag_and_by_the_words_behind_it() -> None:
    blank = docx(
        paragraph(checkbox_control("lab"), " Lab results  ", checkbox_control("hiv"), " HIV"),
        paragraph(checkbox_control(), " X-rays  ", checkbox_control(), " Photos"),
    )
    filled = fill(blank, tick(control="lab"), tick(tick="Photos"))
    states = [sdt.find(f"{W}sdtPr/{W14}checkbox/{W14}checked").get(W14 + "val") for sdt in controls(filled)]
    assert states == ["1", "0", "0", "1"]
    assert [shown(sdt) for sdt in controls(filled)] == ["\u2612", "\u2610", "\u2610", "\u2612"]
    fonts = controls(filled)[0].find(f".//{W}rFonts")
    assert fonts is not None
    assert fonts.get(W + "ascii") == "MS Gothic"


def test_checkbox_that_comes_ticked_is_unticked() -> None:
    untick = Filling(0, place(value="sensitive.hiv", control="hiv"), "untick")
    (sdt,) = controls(fill(docx(paragraph(checkbox_control("hiv", checked=True), " HIV")), untick))
    assert shown(sdt) == "\u2610"


def test_unnamed_control_is_found_by_its_label() -> None:
    blank = docx(paragraph("Name: ", control(), " Phone: ", control()), table(("City", paragraph(control()))))
    filled = fill(blank, text("(916) 555-0142", after="Phone"), text("Fresno", after="City"))
    assert [shown(sdt) for sdt in controls(filled)] == ["Click here", "(916) 555-0142", "Fresno"]


def test_equal_tags_need_nth() -> None:
    blank = docx(paragraph(control(tag="name")), paragraph(control(tag="name")))
    with pytest.raises(FormMapError, match="has 2 of them"):
        fill(blank, text("Amina", control="name"))
    assert [shown(sdt) for sdt in controls(fill(blank, text("Amina", control="name", nth=2)))] == [
        "Click here",
        "Amina",
    ]


def test_unknown_control_lists_those_there_are() -> None:
    with pytest.raises(FormMapError, match="it has: 'name', 'Phone number'"):
        fill(docx(paragraph(control(tag="name"), control(title="Phone number"))), text("Amina", control="nmae"))


@pytest.mark.parametrize(
    ("sdt", "filling", "message"),
    [
        (control(tag="x", extra='<w:lock w:val="contentLocked"/>'), text("A", control="x"), "locked"),
        (checkbox_control("x"), text("A", control="x"), "is a checkbox"),
        (control(tag="x"), tick(control="x"), "takes a text"),
    ],
)
def test_value_of_another_kind_is_an_error(sdt: str, filling: Filling, message: str) -> None:
    with pytest.raises(FormMapError, match=message):
        fill(docx(paragraph(sdt)), filling)


def test_label_beside_a_control_is_read_without_the_prompt() -> None:
    """A map can count on print alone: a prompt such as "Name" in a control is no label."""
    blank = docx(paragraph(control(shown="Name: ________")), paragraph("Name: ____________________"))
    assert "Amina" in lines(fill(blank, text("Amina", after="Name")))[1]


TEXT_INPUT = "<w:textInput>{}</w:textInput>"


@pytest.mark.parametrize("result", ["\u2002" * 5, "", None])
def test_form_text(result: str | None) -> None:
    blank = docx(paragraph("Name: ", form_field("Text1", TEXT_INPUT.format(""), "FORMTEXT", result), " (print)"))
    filled = fill(blank, text("Amina & Co", text_field="Text1"))
    (line,) = lines(filled)
    assert line == "Name: Amina & Co (print)"
    xml = unzipped(filled.data)["word/document.xml"].decode()
    assert re.findall(r'fldCharType="(\w+)"', xml) == ["begin", "separate", "end"]


def test_form_text_longer_than_it_takes_goes_to_the_addendum() -> None:
    blank = docx(paragraph(form_field("Text1", TEXT_INPUT.format('<w:maxLength w:val="16"/>'), "FORMTEXT")))
    filled = fill(blank, text("Medications and discharge summary", text_field="Text1"))
    assert lines(filled) == ["see addendum A"]
    assert filled.addendum[0].text == "Medications and discharge summary"
    with pytest.raises(FillError, match="longer than the 16 characters"):
        fill(blank, text("Maximiliana Konstantinopoulou", addendum=False, text_field="Text1"))


def test_form_text_of_several_lines_is_measured_as_it_is_written() -> None:
    blank = docx(paragraph(form_field("Text1", TEXT_INPUT.format('<w:maxLength w:val="16"/>'), "FORMTEXT")))
    filled = fill(blank, text("Medications\nscan", text_field="Text1"))
    assert lines(filled) == ["see addendum A"], "with its comma it has 17 characters"


def test_form_text_too_short_for_a_reference_is_refused() -> None:
    blank = docx(paragraph(form_field("Text1", TEXT_INPUT.format('<w:maxLength w:val="5"/>'), "FORMTEXT")))
    with pytest.raises(FillError, match="takes 5 characters, too few even for a reference"):
        fill(blank, text("Medications", text_field="Text1"))


def test_form_checkbox_by_name_and_by_label() -> None:
    box = '<w:checkBox><w:sizeAuto/><w:default w:val="0"/></w:checkBox>'
    blank = docx(
        paragraph(
            form_field("Check1", box, "FORMCHECKBOX", None),
            " Lab ",
            form_field("Check2", box, "FORMCHECKBOX", None),
            " HIV",
        )
    )
    filled = fill(blank, tick(text_field="Check1"))
    xml = unzipped(filled.data)["word/document.xml"].decode()
    assert xml.count('<w:checked w:val="1"/>') == 1
    assert xml.index("<w:checked") < xml.index("Check2")
    xml = unzipped(fill(blank, tick(tick="HIV")).data)["word/document.xml"].decode()
    assert xml.index("<w:checked") > xml.index("Check2")


def test_form_drop_down() -> None:
    entries = '<w:ddList><w:listEntry w:val="Paper"/><w:listEntry w:val="CD"/></w:ddList>'
    blank = docx(paragraph(form_field("Dropdown1", entries, "FORMDROPDOWN", None)))
    xml = unzipped(fill(blank, choose("CD", text_field="Dropdown1")).data)["word/document.xml"].decode()
    assert '<w:ddList><w:result w:val="1"/>' in xml
    with pytest.raises(FillError, match="it lists: 'Paper', 'CD'"):
        fill(blank, choose("USB", text_field="Dropdown1"))


def test_form_field_is_found_by_the_label_before_it() -> None:
    blank = docx(paragraph("Name: ", form_field("Text1", TEXT_INPUT.format(""), "FORMTEXT"), " Phone: ____________"))
    assert lines(fill(blank, text("Amina", after="Name"))) == ["Name: Amina Phone: ____________"]


def test_python_docx_still_opens_what_was_filled() -> None:
    filled = fill(docx(paragraph(control(tag="name"))), text("Nguyễn Thị Hồng", control="name"))
    document = python_docx.Document(io.BytesIO(filled.data))
    assert "Nguyễn Thị Hồng" in document.element.xml
