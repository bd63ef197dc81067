"""Blanks, maps and people of our own, for tests: a workspace with one flat and one fillable form."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import pikepdf
import typst

#: A form's print: words, x, top, in points.
Print = tuple[str, float, float]
#: A field: name, rectangle in user space, on-state ("" for a text field).
Widget = tuple[str, tuple[float, float, float, float], str]

PRINT: tuple[Print, ...] = (
    ("Patient name:", 50, 100),
    ("Date of birth:", 350, 100),
    ("Laboratory results", 70, 130),
    ("Immunizations", 70, 150),
    ("Other records:", 50, 170),
    ("Organization:", 50, 200),
    ("Signature:", 50, 240),
)
PLACES = """\
  - {value: patient.full_name, page: 1, box: [125, 98, 330, 112], label: "Patient name:"}
  - {value: patient.birth_date, page: 1, box: [425, 98, 540, 112], label: "Date of birth:"}
  - {value: records.lab, page: 1, box: [55, 130, 65, 140], label: Laboratory results}
  - {value: records.immunizations, page: 1, box: [55, 150, 65, 160], label: Immunizations}
  - {value: records.other_text, page: 1, box: [130, 168, 230, 182], label: "Other records:"}
  - {value: recipient.organization, page: 1, box: [120, 198, 300, 212], label: "Organization:"}
  - {leave: signature.patient, page: 1, box: [110, 238, 300, 252], label: "Signature:"}
"""
PROFILE = """\
profile: test-patient
patient:
  given_name: Amina
  additional_name: Yusuf
  family_name: Rahimi
  birth_date: 1987-03-14
  address: {street: 2114 Folsom Blvd, unit: Apt 7, city: Sacramento, state: CA, postal_code: "95816"}
  phones: {mobile: (916) 555-0142}
recipients:
  caseworker:
    name: Elena Marsh
    organization: Harbor Refugee Services
    address: {street: 88 Pier Avenue, unit: Suite 210, city: Oakland, state: CA, postal_code: "94607"}
    phone: (510) 555-0177
    relationship: Caseworker
"""
#: The record of the clinic that the form is of, where a packet is sent to it.
PROVIDER = """\
id: acme
name: Acme Clinic
address: {street: 500 Elm Street, city: Fresno, state: CA, postal_code: 93701}
fax: (559) 555-0111
email: records@acme.example.org
"""
#: What must never be seen in a message: the patient's values.
SECRETS = ("Amina", "Rahimi", "1987", "Folsom", "555-0142")


def flat(prints: Sequence[Print] = PRINT, pages: int = 1, size: tuple[float, float] = (612, 792)) -> bytes:
    """A flat form, with the words where they are told to stand."""
    placed = "\n".join(f"#place(top + left, dx: {x}pt, dy: {top}pt)[{words}]" for words, x, top in prints)
    page = f"width: {size[0]}pt, height: {size[1]}pt, margin: 0pt"
    sheet = f"#set document(date: none)\n#set page({page})\n#set text(size: 10pt)\n"
    return bytes(typst.compile((sheet + placed + "\n#pagebreak()\nNotice" * (pages - 1)).encode()))


def fillable(fields: Sequence[Widget], prints: Sequence[Print] = ()) -> bytes:
    """A fillable form: text fields and check boxes on one page."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(flat(prints))) as pdf:
        widgets = [pdf.make_indirect(_widget(pdf, *field)) for field in fields]
        pdf.pages[0].Annots = pikepdf.Array(widgets)
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        pdf.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array(widgets),
            DA=pikepdf.String("/Helv 0 Tf 0 g"),
            DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font)),
        )
        pdf.save(out)
    return out.getvalue()


def _widget(pdf: pikepdf.Pdf, name: str, rect: tuple[float, ...], state: str) -> pikepdf.Dictionary:
    widget = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, Rect=list(rect), T=name, F=4)
    if not state:
        widget.FT = pikepdf.Name.Tx
        widget.DA = pikepdf.String("/Helv 0 Tf 0 g")
        return widget
    widget.FT = pikepdf.Name.Btn
    box = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Form, "BBox": [0, 0, 10, 10]}
    widget.AP = pikepdf.Dictionary(
        N=pikepdf.Dictionary(
            {
                f"/{state}": pdf.make_stream(b"1 w 1 1 m 9 9 l 1 9 m 9 1 l S", **box),
                "/Off": pdf.make_stream(b"", **box),
            }
        )
    )
    return widget


def resaved(data: bytes) -> bytes:
    """The same pages in another file: what a viewer's "save as" makes."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        return out.getvalue()


def form_map(blank: bytes, places: str = PLACES, form: str = "acme-roi-en", more: str = "") -> str:
    """The YAML of a map for ``blank``; ``places`` are its list items."""
    return (
        f"form: {form}\ntitle: Release of Records\nprovider: acme\n"
        f"blank:\n  file: acme/roi-en.pdf\n  sha256: {hashlib.sha256(blank).hexdigest()}\n{more}fields:\n{places}"
    )


def workspace(folder: Path, blank: bytes | None = None, places: str = PLACES, more: str = "") -> Path:
    """A workspace with the form acme-roi-en, its blank, and the profile test-patient."""
    data = flat() if blank is None else blank
    (folder / "form_maps/acme").mkdir(parents=True)
    (folder / "forms/acme").mkdir(parents=True)
    (folder / "profiles").mkdir()
    (folder / "formfill.yaml").write_text("")
    (folder / "form_maps/acme/roi-en.yaml").write_text(form_map(data, places, more=more))
    (folder / "form_maps/acme/provider.yaml").write_text("id: acme\nname: Acme Clinic\nstate: CA\n")
    (folder / "forms/acme/roi-en.pdf").write_bytes(data)
    (folder / "profiles/test-patient.yaml").write_text(PROFILE)
    return folder


#: The options that say what the law wants a request to say (policy.py).
ASKED = ("--records", "lab", "--all-dates", "--purpose", "personal", "--delivery", "cd")
