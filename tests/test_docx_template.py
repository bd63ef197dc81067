"""DOCX templates: tags are filled through docxtpl, escaped and checked."""

from __future__ import annotations

import io

import docx as python_docx
import pytest
from docx_builders import docx, paragraph, run, unzipped

from formfill.errors import FormMapError, VerifyError
from formfill.fill.base import Filled, Filling
from formfill.fill.docx import fill_docx
from formfill.model.form_map import FormMap, Place
from formfill.verify_docx import verify_docx

TEMPLATE = FormMap.model_validate(
    {
        "form": "test", "title": "Test", "provider": "test", "template": True,
        "blank": {"file": "test.docx", "sha256": "0" * 64},
    }
)  # fmt: skip


class Values:
    """What the resolver would answer, for one made-up patient."""

    def __init__(self) -> None:
        self.texts = {
            "patient.full_name": "Smith & Sons <MD>",
            "patient.birth_date": "03/14/1987",
            "patient.birth_date.year": "1987",
        }

    def text(self, concept: str) -> str | None:
        return self.texts.get(concept)

    def flag(self, concept: str) -> bool:
        return concept == "delivery.cd"


def render(*body: str, fillings: tuple[Filling, ...] = (), header: str = "") -> Filled:
    blank = docx(*body, header=header)
    filled = fill_docx(blank, TEMPLATE, fillings, Values())
    verify_docx(blank, TEMPLATE, fillings, filled)
    return filled


def lines(filled: Filled) -> list[str]:
    return [p.text for p in python_docx.Document(io.BytesIO(filled.data)).paragraphs]


def test_tags_are_concepts_and_values_are_escaped() -> None:
    filled = render(
        paragraph("Name: {{ patient.full_name }}, born {{ patient.birth_date }} ({{ patient.birth_date.year }})"),
        paragraph(run("{{ patient."), run("full_name }}", "<w:b/>"), run(" again")),
        header=paragraph("For {{ patient.full_name }}"),
    )
    assert lines(filled) == ["Name: Smith & Sons <MD>, born 03/14/1987 (1987)", "Smith & Sons <MD> again"]
    assert b"For Smith &amp; Sons &lt;MD&gt;" in unzipped(filled.data)["word/header1.xml"]


def test_boxes_and_signatures() -> None:
    filled = render(
        paragraph("{% if delivery.cd %}\u2612{% else %}\u2610{% endif %} CD"),
        paragraph("{% if sensitive.hiv %}\u2612{% else %}\u2610{% endif %} HIV"),
        paragraph("Signature: {{ signature.patient }}________"),
    )
    assert lines(filled) == ["\u2612 CD", "\u2610 HIV", "Signature: ________"]


def test_concept_without_a_value_is_empty() -> None:
    assert lines(render(paragraph("MRN: {{ patient.mrn }}."))) == ["MRN: ."]


def test_place_of_the_map_names_a_tag_of_its_own() -> None:
    place = Place.model_validate({"value": "patient.full_name", "control": "client_name"})
    filled = render(paragraph("Client: {{ client_name }}"), fillings=(Filling(0, place, "text", "Amina Rahimi & <b>"),))
    assert lines(filled) == ["Client: Amina Rahimi & <b>"]


def test_other_parts_keep_their_bytes() -> None:
    blank = docx(paragraph("{{ patient.full_name }}"), parts={"docProps/custom.xml": b"<x/>"})
    filled = unzipped(fill_docx(blank, TEMPLATE, (), Values()).data)
    before = unzipped(blank)
    assert list(filled) == list(before)
    assert [name for name in before if filled[name] != before[name]] == ["word/document.xml"]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("{{ patient.fullname }}", "'patient.fullname' names no concept"),
        ("{{ nobody }}", "'nobody' names no concept"),
        ("{% if patient.nobody %}x{% endif %}", "'patient.nobody' names no concept"),
        ("{{ patient.full_name.__class__ }}", "names no concept"),
        ("{{ ''.__class__.__mro__ }}", "cannot be read"),
        ("{{ patient.full_name|attr('__class__') }}", "cannot be read"),
        ("{{ patient['__init__'] }}", "names no concept"),
        ("{{ patient.full_name", "cannot be read"),
        ("{{r patient.full_name }}", "raw XML"),
        ("{{ range(10) }}", "'range' names no concept"),
    ],
)
def test_bad_tags_are_errors(tag: str, message: str) -> None:
    with pytest.raises(FormMapError, match=message):
        render(paragraph(tag))


def test_verify_finds_a_tag_that_was_left() -> None:
    blank = docx(paragraph("{{ patient.full_name }}"))
    with pytest.raises(VerifyError, match="template tags"):
        verify_docx(blank, TEMPLATE, (), Filled(blank, suffix=".docx"))
