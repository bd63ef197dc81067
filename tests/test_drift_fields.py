"""Fillable blanks that changed: a field is known by its name, kind and place, or by the label beside it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
import pytest
import typst

from formfill.drift import follow
from formfill.errors import BlankFormError
from formfill.model.form_map import Blank, FormMap, Place
from formfill.pdf.compiled import CompiledForm, compiled_form

Rect = tuple[float, float, float, float]
NAME: Rect = (150, 680, 350, 695)
BORN: Rect = (150, 650, 350, 665)
LAB: Rect = (150, 620, 160, 630)
LABELS = "#place(top + left, dx: 50pt, dy: 99pt)[Patient name:]\n#place(top + left, dx: 50pt, dy: 129pt)[Born on:]\n"


def blank(fields: Sequence[tuple[str, Rect, str]], labels: str = LABELS) -> bytes:
    """A fillable form of our own: fields as name, rectangle in user space and on-state ("" for a text field)."""
    sheet = "#set page(width: 612pt, height: 792pt, margin: 0pt)\n#set text(size: 10pt)\n"
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes(typst.compile((sheet + labels).encode())))) as pdf:
        widgets = [pdf.make_indirect(_widget(pdf, *field)) for field in fields]
        pdf.pages[0].Annots = pikepdf.Array(widgets)
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(widgets), DA=b"/Helv 0 Tf 0 g")
        pdf.save(out)
    return out.getvalue()


def _widget(pdf: pikepdf.Pdf, name: str, rect: Rect, state: str) -> pikepdf.Dictionary:
    widget = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, Rect=list(rect), T=name, F=4)
    if not state:
        widget.FT = pikepdf.Name.Tx
        widget.DA = pikepdf.String("/Helv 0 Tf 0 g")
        return widget
    widget.FT = pikepdf.Name.Btn
    look = pdf.make_stream(b"0 0 10 10 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 10, 10])
    widget.AP = pikepdf.Dictionary(N=pikepdf.Dictionary({f"/{state}": look, "/Off": pdf.make_stream(b"")}))
    return widget


FIELDS = [("Text1", NAME, ""), ("Text2", BORN, ""), ("Lab", LAB, "Yes")]
PLACES = (
    Place(value="patient.full_name", field="Text1", label="Patient name:"),
    Place(value="patient.birth_date", field="Text2"),
    Place(value="records.lab", field="Lab", option="Yes"),
)


def form_map(places: Sequence[Place] = PLACES) -> FormMap:
    blank_of = Blank(file="test/roi-en.pdf", sha256="0" * 64)
    return FormMap(form="test-roi-en", title="Test", provider="test", blank=blank_of, fields=tuple(places))


@pytest.fixture(scope="module")
def original() -> CompiledForm:
    return compiled_form(blank(FIELDS))


def changed(fields: Sequence[tuple[str, Rect, str]], labels: str = LABELS) -> CompiledForm:
    return compiled_form(blank([*fields, ("Added", (400, 50, 410, 60), "")], labels))


def test_the_same_fields_go_on_with_a_warning(original: CompiledForm) -> None:
    followed = follow(form_map(), changed(FIELDS), original)
    assert [place.field for place in followed.form_map.fields] == ["Text1", "Text2", "Lab"]
    assert len(followed.notes) == 1


def test_a_field_gone_is_refused(original: CompiledForm) -> None:
    for own in (original, None):
        with pytest.raises(BlankFormError, match="the field 'Lab' is gone"):
            follow(form_map(), changed(FIELDS[:2]), own)


def test_an_option_gone_is_refused(original: CompiledForm) -> None:
    with pytest.raises(BlankFormError, match="no longer has the option 'Yes'"):
        follow(form_map(), changed([*FIELDS[:2], ("Lab", LAB, "On")]), original)


def test_another_kind_of_field_is_refused(original: CompiledForm) -> None:
    with pytest.raises(BlankFormError, match="the field 'Text2' is now a check field"):
        follow(form_map(), changed([FIELDS[0], ("Text2", BORN, "Yes"), FIELDS[2]]), original)


def test_renumbered_fields_are_refused(original: CompiledForm) -> None:
    """A line was put in above: "Text1" is now the new line's field, and the name's is "Text2"."""
    moved = [("Text1", (150, 710, 350, 725), ""), ("Text2", NAME, ""), ("Text3", BORN, ""), FIELDS[2]]
    with pytest.raises(BlankFormError) as caught:
        follow(form_map(), changed(moved), original)
    assert "the field 'Text1' no longer stands beside 'Patient name:'" in str(caught.value)
    assert "the field 'Text2' moved, and no label tells" in str(caught.value)


def test_a_counted_name_without_label_is_refused_where_nothing_else_is_known() -> None:
    with pytest.raises(BlankFormError, match="'Text2' has a counted name"):
        follow(form_map(), changed(FIELDS))
    telling = (PLACES[0], PLACES[1].model_copy(update={"label": "Born on:"}), PLACES[2])
    assert len(follow(form_map(telling), changed(FIELDS)).notes) == 1


def test_a_field_that_moved_with_its_label_is_noted(original: CompiledForm) -> None:
    lower = [("Text1", (150, 580, 350, 595), ""), *FIELDS[1:]]
    followed = follow(form_map(), changed(lower, LABELS.replace("99pt", "199pt")), original)
    assert followed.notes[1] == "the field 'Text1' moved with its label 'Patient name:'"


def test_a_reworded_label_is_refused(original: CompiledForm) -> None:
    for own in (original, None):
        with pytest.raises(BlankFormError, match="no longer stands beside 'Patient name:'"):
            follow(form_map((PLACES[0],)), changed(FIELDS, LABELS.replace("Patient", "Mother's")), own)


def test_a_field_that_stays_empty_may_be_gone(original: CompiledForm) -> None:
    left = Place(leave="staff.use", field="Gone")
    assert follow(form_map((*PLACES, left)), changed(FIELDS), original).notes
