"""The DOCX verifier: an output that is broken on purpose is caught, whichever way."""

from __future__ import annotations

import dataclasses

import pytest
from docx_builders import (
    checkbox_control,
    control,
    docx,
    form_field,
    paragraph,
    table,
    text_box,
    unzipped,
    with_part,
    zipped,
)

from formfill.errors import ExitCode, VerifyError
from formfill.fill.base import Filled, Filling
from formfill.fill.docx import fill_docx
from formfill.model.form_map import FormMap
from formfill.verify_docx import verify_docx

DOCUMENT = "word/document.xml"
BOX = '<w:checkBox><w:sizeAuto/><w:default w:val="0"/></w:checkBox>'
BLANK = docx(
    paragraph("Name: " + "_" * 40 + " DOB: " + "_" * 20),
    paragraph("\u2610 Lab  \u2610 HIV  ____ Paper  ____ CD"),
    paragraph("Phone ", control(tag="phone"), " ", checkbox_control("xray"), " X-rays ", checkbox_control("mh"), " MH"),
    paragraph(form_field("Text1", "<w:textInput/>", "FORMTEXT"), form_field("Check1", BOX, "FORMCHECKBOX", None)),
    table(("City", ""), ("State", "")),
    paragraph(text_box(paragraph("Fax: " + "_" * 20))),
    paragraph("I may revoke this at any time. Signature: " + "_" * 30 + " Date: " + "_" * 10),
    parts={"word/media/image1.png": b"picture"},
)
FIELDS = [
    ({"value": "patient.full_name", "after": "Name"}, "text", "Amina Rahimi"),
    ({"value": "patient.birth_date", "after": "DOB"}, "text", "03/14/1987"),
    ({"value": "records.lab", "tick": "Lab"}, "tick", ""),
    ({"value": "sensitive.hiv", "tick": "HIV"}, "untick", ""),
    ({"value": "delivery.paper", "tick": "Paper"}, "untick", ""),
    ({"value": "delivery.cd", "tick": "CD"}, "tick", ""),
    ({"value": "patient.phone", "control": "phone"}, "text", "(916) 555-0142"),
    ({"value": "records.radiology_reports", "control": "xray"}, "tick", ""),
    ({"value": "sensitive.mental_health", "control": "mh"}, "untick", ""),
    ({"value": "patient.email", "text_field": "Text1"}, "text", "amina@example.org"),
    ({"value": "records.all", "text_field": "Check1"}, "untick", ""),
    ({"value": "patient.city", "after": "City"}, "text", "Sacramento"),
    ({"value": "recipient.fax", "after": "Fax"}, "text", "(510) 555-0178"),
    ({"leave": "signature.patient", "after": "Signature"}, "leave", ""),
    ({"leave": "signature.date", "after": "Date"}, "leave", ""),
]
MAP = FormMap.model_validate(
    {
        "form": "test", "title": "Test", "provider": "test", "blank": {"file": "test.docx", "sha256": "0" * 64},
        "fields": [place for place, _, _ in FIELDS],
    }
)  # fmt: skip
FILLINGS = [
    Filling(i, place, action, text)  # type: ignore[arg-type]
    for i, (place, (_, action, text)) in enumerate(zip(MAP.fields, FIELDS, strict=True))
]


@pytest.fixture(scope="module")
def filled() -> Filled:
    return fill_docx(BLANK, MAP, FILLINGS)


def test_right_output_passes(filled: Filled) -> None:
    verify_docx(BLANK, MAP, FILLINGS, filled)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("Amina Rahimi", "Amina Rah"), "after 'Name'"),
        (("Amina Rahimi", "Amina Rahimi Khan"), "after 'Name'"),
        (("03/14/1987", "03/15/1987"), "after 'Name'|after 'DOB'"),
        (("\u2610 HIV", "\u2612 HIV"), "tick 'Lab'"),
        (("\u2612", "\u2610"), "tick 'Lab'"),
        (("____ Paper", "_X__ Paper"), "tick 'Lab'"),
        (("(916) 555-0142", "(916) 555-0143"), "control 'phone'"),
        (('w14:checked w14:val="1"', 'w14:checked w14:val="0"'), "control 'xray'"),
        (('w14:checked w14:val="0"', 'w14:checked w14:val="1"'), "the control"),
        (("amina@example.org", "amina@example.com"), "text_field 'Text1'"),
        (('<w:default w:val="0"/>', '<w:default w:val="0"/><w:checked/>'), "the control"),
        (("Sacramento", "Sacrament"), "after 'City'"),
        (("(510) 555-0178", "(510) 555-0179"), "text box|after 'Fax'"),
        (("at any time", "at no time"), "where nothing is filled"),
        (("Signature: _", "Signature: Amina _"), "where nothing is filled"),
        ((" Date: __________", " Date: 1/1/2026__"), "where nothing is filled"),
        (("<w:p><w:r><w:t xml:space=\"preserve\">I may", "<w:p/><w:p><w:r><w:t>I may"), "changed|paragraphs"),
        (("<w:tcW w:w=\"3000\"", "<w:tcW w:w=\"9\""), "tables, sections"),
        (('w:top="720"', 'w:top="72"'), "tables, sections"),
    ],
)  # fmt: skip
def test_broken_output_is_caught(filled: Filled, change: tuple[str, str], message: str) -> None:
    broken = dataclasses.replace(filled, data=with_part(filled.data, DOCUMENT, change))
    with pytest.raises(VerifyError, match=message) as caught:
        verify_docx(BLANK, MAP, FILLINGS, broken)
    assert caught.value.exit_code == ExitCode.VERIFY
    assert "Rahimi" not in str(caught.value)
    assert "555" not in str(caught.value)


def test_changed_picture_added_part_and_lost_part_are_caught(filled: Filled) -> None:
    parts = unzipped(filled.data)
    for broken in (
        {**parts, "word/media/image1.png": b"other"},
        {**parts, "word/extra.xml": b"<x/>"},
        {name: data for name, data in parts.items() if name != "word/styles.xml"},
    ):
        with pytest.raises(VerifyError, match=r"changed|other parts"):
            verify_docx(BLANK, MAP, FILLINGS, dataclasses.replace(filled, data=zipped(broken)))


def test_value_on_the_wrong_line_is_caught() -> None:
    blank = docx(paragraph("Name: " + "_" * 30), paragraph("Name: " + "_" * 30))
    form_map = MAP.model_copy(update={"fields": (MAP.fields[0].model_copy(update={"nth": 2}),)})
    first = FormMap.model_validate(
        {
            **form_map.model_dump(exclude={"fields"}),
            "fields": [{"value": "patient.full_name", "after": "Name", "nth": 1}],
        }
    )
    second = FormMap.model_validate(
        {
            **form_map.model_dump(exclude={"fields"}),
            "fields": [{"value": "patient.full_name", "after": "Name", "nth": 2}],
        }
    )
    wrong = fill_docx(blank, second, [Filling(0, second.fields[0], "text", "Amina")])
    with pytest.raises(VerifyError, match="after 'Name'"):
        verify_docx(blank, first, [Filling(0, first.fields[0], "text", "Amina")], wrong)


def test_addendum_reference_needs_its_addendum(filled: Filled) -> None:
    blank = docx(paragraph("Records: " + "_" * 20))
    form_map = FormMap.model_validate(
        {
            "form": "test", "title": "Test", "provider": "test", "blank": {"file": "t.docx", "sha256": "0" * 64},
            "fields": [{"value": "records.other_text", "after": "Records"}],
        }
    )  # fmt: skip
    fillings = [Filling(0, form_map.fields[0], "text", "each and every record of the last ten years " * 3)]
    output = fill_docx(blank, form_map, fillings)
    verify_docx(blank, form_map, fillings, output)
    with pytest.raises(VerifyError, match="after 'Records'"):
        verify_docx(blank, form_map, fillings, dataclasses.replace(output, addendum=()))


def test_output_that_cannot_be_opened_is_caught() -> None:
    with pytest.raises(VerifyError, match="cannot be opened"):
        verify_docx(BLANK, MAP, FILLINGS, Filled(b"PK nonsense", suffix=".docx"))


def test_fallback_copy_of_a_text_box_is_compared(filled: Filled) -> None:
    xml = unzipped(filled.data)[DOCUMENT].decode()
    at = xml.rindex("(510) 555-0178")
    broken = zipped({**unzipped(filled.data), DOCUMENT: (xml[:at] + "(510) 555-9999" + xml[at + 14 :]).encode()})
    with pytest.raises(VerifyError, match="text box"):
        verify_docx(BLANK, MAP, FILLINGS, dataclasses.replace(filled, data=broken))
