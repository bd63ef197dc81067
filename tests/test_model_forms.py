"""The forms that formfill ships of its own: law, layout, fields and maps."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pdfplumber
import pikepdf
import pypdf
import pypdfium2
import pytest

import formfill
from formfill.model.form_map import FormMap, load_form_map
from formfill.model.vocabulary import vocabulary

PAGES = {"access-request": 2, "authorization-ca": 5, "amendment": 2}
FILLABLE = [f"{source}-{language}" for source in PAGES for language in ("en", "es")]
FLAT, WORD = "access-request-flat-en", "access-request-docx-en"
#: 0.6 inch: no print nearer to the paper's edge, which faxes and copiers cut.
MARGIN_PT = 43.2
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"

Rect = tuple[float, float, float, float]


def blank_of(root: Path, name: str) -> Path:
    return root / "forms" / "model" / f"{name}.{'docx' if name == WORD else 'pdf'}"


def map_of(root: Path, name: str) -> FormMap:
    return load_form_map(root / "form_maps" / "model" / f"{name}.yaml")


def widgets(reader: pypdf.PdfReader) -> Iterator[tuple[int, dict[str, Any], Rect]]:
    """(page index, field and widget entries together, box from the top left) of every widget."""
    for index, page in enumerate(reader.pages):
        height = float(page.mediabox.height)
        for reference in page.get("/Annots", ()):
            annotation = reference.get_object()
            parent = annotation.get("/Parent")
            entries = {**(parent.get_object() if parent else {}), **annotation}
            x0, y0, x1, y1 = map(float, annotation["/Rect"])
            yield index, entries, (x0, height - y1, x1, height - y0)


def overlap(a: Rect, b: Rect) -> float:
    """How deep two boxes overlap, in points; zero or less where they do not."""
    return min(min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1]))


@pytest.mark.parametrize("name", [*FILLABLE, FLAT, WORD])
def test_map_is_of_the_blank_and_knows_its_concepts(root: Path, name: str) -> None:
    form_map = map_of(root, name)
    blank = blank_of(root, name)
    assert form_map.form == f"model-{name}"
    assert form_map.provider == "model"
    assert form_map.blank.file == f"model/{blank.name}"
    assert form_map.blank.sha256 == hashlib.sha256(blank.read_bytes()).hexdigest()
    for place in form_map.fields:
        concept = vocabulary().concepts[place.concept or ""]
        if place.value:
            assert concept.kind in ("text", "check"), f"{place.where()}: {place.value} is filled by hand"


@pytest.mark.parametrize("name", FILLABLE)
def test_map_and_fields_are_the_same_places(root: Path, name: str) -> None:
    reader = pypdf.PdfReader(blank_of(root, name))
    fields = reader.get_fields() or {}
    found = {(entries["/T"], "") for _, entries, _ in widgets(reader) if entries["/FT"] != "/Btn"}
    for _, entries, _ in widgets(reader):
        if entries["/FT"] == "/Btn":
            states = [state[1:] for state in entries["/AP"]["/N"] if state != "/Off"]
            parent = entries.get("/Parent")
            title = parent.get_object()["/T"] if parent else entries["/T"]
            found |= {(title, state) for state in states}
    mapped = set()
    for place in map_of(root, name).fields:
        assert place.field in fields, f"the blank has no field {place.field!r}"
        field_type = fields[place.field]["/FT"]
        if place.kind == "initials" or (place.concept or "").startswith("staff."):
            assert field_type == "/Tx"
        elif place.concept == "signature.patient":
            assert field_type == "/Sig"
        else:
            kind = vocabulary().concepts[place.concept or ""].kind
            assert field_type == ("/Btn" if kind == "check" else "/Tx"), place.field
        mapped.add((place.field, (place.option or "Yes") if field_type == "/Btn" else ""))
    assert found == mapped


@pytest.mark.parametrize("name", FILLABLE)
def test_fields_are_complete_and_run_no_script(root: Path, name: str) -> None:
    path = blank_of(root, name)
    source, _, language = name.rpartition("-")
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == PAGES[source]
        assert str(pdf.Root.Lang).startswith(language)
        assert str(pdf.docinfo["/Title"]) == map_of(root, name).title
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        assert "/XFA" not in pdf.Root.AcroForm
        assert {"/ntilde", "/Aacute", "/Euro", "/quotesingle"} <= {
            str(name) for name in pdf.Root.AcroForm.DR.Font.Helv.Encoding.Differences
        }
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary):
                assert not {"/JS", "/JavaScript", "/AA", "/OpenAction"} & set(one.keys())
        for page in pdf.pages:
            assert page.obj.Tabs == pikepdf.Name.S
    for _, entries, _ in widgets(pypdf.PdfReader(path)):
        assert entries["/TU"].strip(), entries["/T"]
        assert entries["/F"] == 4
        assert "/StructParent" in entries
        assert "/MaxLen" not in entries
        if entries["/FT"] == "/Btn":
            (on,) = (state for state in entries["/AP"]["/N"] if state != "/Off")
            assert re.search(rb" [lc] [Sf]\b", entries["/AP"]["/N"][on].get_data()), "the mark is drawn"
            assert entries["/AP"]["/N"]["/Off"].get_data() == b""
            assert entries["/AS"] == "/Off"
        else:
            assert "/V" not in entries
            assert "/N" in entries["/AP"]
            assert "." not in entries.get("/T", "")


@pytest.mark.parametrize("name", FILLABLE)
def test_no_field_covers_print_or_another_field(root: Path, name: str) -> None:
    path = blank_of(root, name)
    boxes: dict[int, list[tuple[str, Rect]]] = {}
    for index, entries, box in widgets(pypdf.PdfReader(path)):
        boxes.setdefault(index, []).append((entries["/TU"], box))
        assert min(box[2] - box[0], box[3] - box[1]) >= 8.9
    scale = 3
    with pypdfium2.PdfDocument(path) as document:
        for index, found in boxes.items():
            for (one, a), (other, b) in combinations(found, 2):
                assert overlap(a, b) <= 0.1, f"page {index + 1}: {one!r} and {other!r}"
            page = document[index].render(scale=scale, may_draw_forms=False).to_pil().convert("L")
            for tip, (x0, top, x1, bottom) in found:
                # within the rule that frames it there is nothing but white paper
                round_ = x1 - x0 == pytest.approx(bottom - top, abs=0.1)  # a circle leaves less than a square
                edge = 0.15 * (x1 - x0) + 1 if round_ else 1.0
                inside = page.crop([round(scale * v) for v in (x0 + edge, top + edge, x1 - edge, bottom - edge)])
                assert inside.getextrema() == (255, 255), f"page {index + 1}: {tip!r} covers print"


@pytest.mark.parametrize("name", [*FILLABLE, FLAT])
def test_print_is_black_on_white_and_within_the_margins(root: Path, name: str) -> None:
    with pdfplumber.open(blank_of(root, name)) as pdf:
        for page in pdf.pages:
            assert (float(page.width), float(page.height)) == (612, 792)
            assert not page.images
            for mark in [*page.chars, *page.rects, *page.curves, *page.lines]:
                if not mark.get("text", "x").strip():
                    continue
                assert mark["x0"] >= MARGIN_PT
                assert mark["x1"] <= 612 - MARGIN_PT
                assert mark["top"] >= MARGIN_PT - 6  # the line box; its ink is lower
                assert mark["bottom"] <= 792 - MARGIN_PT + 2
            for char in page.chars:
                assert set(char["non_stroking_color"]) == {0}
            for shape in [*page.rects, *page.curves]:
                # typst fills its thin rules; nothing wider is filled, so no tint lies under what is written
                thin = min(shape["width"], shape["height"]) <= 1.5
                assert thin or not shape["fill"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_california_authorization_is_in_14_points(root: Path, language: str) -> None:
    name = f"authorization-ca-{language}"
    with pdfplumber.open(blank_of(root, name)) as pdf:
        sizes = {round(char["size"], 2) for page in pdf.pages for char in page.chars}
    assert min(sizes) >= 14
    for _, entries, _ in widgets(pypdf.PdfReader(blank_of(root, name))):
        if entries["/FT"] == "/Tx":
            assert entries["/DA"] == "/Helv 14 Tf 0 g"
    for place in map_of(root, name).fields:
        if place.value and vocabulary().concepts[place.concept or ""].kind == "text":
            assert place.min_size == 14


@pytest.mark.parametrize("language", ["en", "es"])
def test_california_authorization_says_what_the_law_asks(root: Path, language: str) -> None:
    with pdfplumber.open(blank_of(root, f"authorization-ca-{language}")) as pdf:
        text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    said = {
        # Civil Code 56.11 (b)(2), (6), (7), (8) and 56.13; 45 CFR 164.508 (c)(2) (i) to (iii), (c)(4)
        "en": [
            "My signature serves no other purpose",
            "only for the purpose marked",
            "unless I sign a new authorization",
            "ends one year after the day I sign",
            "I have a right to a copy",
            "I may cancel this authorization",
            "do not depend on it",
            "federal privacy law may no longer protect it",
            "Psychotherapy notes are never released on this form",
        ],
        "es": [
            "Mi firma no tiene ningún otro fin",
            "solo para el propósito marcado",
            "salvo que yo firme una nueva autorización",
            "termina un año después del día en que firmo",
            "Tengo derecho a una copia",
            "Puedo cancelar esta autorización",
            "no dependen de ello",
            "la ley federal de privacidad podría ya no protegerla",
            "Las notas de psicoterapia nunca se divulgan con este formulario",
        ],
    }
    missing = [words for words in said[language] if words not in text]
    assert not missing


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_sensitive_category_has_a_line_of_its_own_with_box_and_initials(root: Path, language: str) -> None:
    name = f"authorization-ca-{language}"
    places = {
        (place.concept, place.kind): place.field
        for place in map_of(root, name).fields
        if (place.concept or "").startswith("sensitive.") and place.concept != "sensitive.other_text"
    }
    boxes = {
        entries["/T"]: box for _, entries, box in widgets(pypdf.PdfReader(blank_of(root, name))) if "/T" in entries
    }
    wanted = {f"sensitive.{choice}" for choice in vocabulary().choices("sensitive")} - {"sensitive.psychotherapy_notes"}
    assert wanted <= {concept for concept, _ in places}
    tops = []
    for concept in sorted({concept for concept, _ in places if concept}):
        box, initials = boxes[places[concept, None] or ""], boxes[places[concept, "initials"] or ""]
        middle = (box[1] + box[3]) / 2
        assert initials[1] <= middle <= initials[3]
        assert initials[2] - initials[0] >= 50
        tops.append(box[1])
    assert all(b - a >= 20 for a, b in zip(sorted(tops), sorted(tops)[1:], strict=False))


@pytest.mark.parametrize("name", [name for name in [*FILLABLE, FLAT, WORD] if not name.startswith("amendment")])
def test_carries_every_delivery_format_and_record_type(root: Path, name: str) -> None:
    concepts = {place.concept for place in map_of(root, name).fields}
    formats = (
        "paper",
        "cd",
        "usb",
        "email_encrypted",
        "email_unencrypted",
        "portal",
        "fax",
        "pickup",
        "mail",
        "inspect",
    )
    for choice in (*formats, "other", "other_text", "email_address", "fax_number"):
        assert f"delivery.{choice}" in concepts
    records = {concept for concept in concepts if concept and concept.startswith("records.")}
    assert len(records) >= 27
    assert {"records.all", "records.other", "records.other_text"} <= records
    assert ("purpose.personal" in concepts) == name.startswith("authorization")


@pytest.mark.parametrize("source", PAGES)
def test_both_languages_have_the_same_fields_in_the_same_order(root: Path, source: str) -> None:
    listed: list[list[tuple[str, Any]]] = []
    for language in ("en", "es"):
        reader = pypdf.PdfReader(blank_of(root, f"{source}-{language}"))
        listed.append([(name, field["/FT"]) for name, field in (reader.get_fields() or {}).items()])
    assert listed[0] == listed[1]
    english, spanish = (map_of(root, f"{source}-{language}").fields for language in ("en", "es"))
    assert [p.concept for p in english] == [p.concept for p in spanish]


def test_flat_form_is_the_fillable_one_without_its_fields(root: Path) -> None:
    flat, fillable = pypdf.PdfReader(blank_of(root, FLAT)), pypdf.PdfReader(blank_of(root, "access-request-en"))
    assert not flat.get_fields()
    assert [page.extract_text() for page in flat.pages] == [page.extract_text() for page in fillable.pages]
    boxes = [(index + 1, *(round(v, 1) for v in box)) for index, _, box in widgets(fillable)]
    mapped = [(place.page, *place.box) for place in map_of(root, FLAT).fields if place.box]
    assert len(mapped) == len(boxes)
    for a, b in zip(sorted(mapped), sorted(boxes), strict=True):
        assert a == pytest.approx(b, abs=0.11)
    assert all(place.label and place.at for place in map_of(root, FLAT).fields)


def test_word_form_has_a_control_for_each_place(root: Path) -> None:
    with zipfile.ZipFile(blank_of(root, WORD)) as package:
        body = ElementTree.fromstring(package.read("word/document.xml"))
    tags: list[str | None] = []
    kinds: set[str] = set()
    for control in body.iter(f"{_W}sdt"):
        properties = control.find(f"{_W}sdtPr")
        assert properties is not None
        tag, title = properties.find(f"{_W}tag"), properties.find(f"{_W}alias")
        assert tag is not None
        assert title is not None
        tags.append(tag.get(f"{_W}val"))
        kinds |= {child.tag.rpartition("}")[2] for child in properties}
        assert "".join(control.itertext()).strip() in ("", "☐"), "an empty control prints nothing"
    assert {"text", "date", "dropDownList", "comboBox", "checkbox"} <= kinds
    mapped = [place.control for place in map_of(root, WORD).fields]
    assert mapped == tags
    assert set(tags) == {place.concept for place in map_of(root, WORD).fields}


def test_word_form_prints_on_two_pages(root: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", tmp_path, blank_of(root, WORD)], check=True, capture_output=True, timeout=180)
    assert len(pypdf.PdfReader(tmp_path / f"{WORD}.pdf").pages) == 2


def test_making_them_again_gives_the_same_forms_and_maps(root: Path, tmp_path: Path) -> None:
    make = root / "forms" / "model" / "make.py"
    subprocess.run([sys.executable, make, "--forms", tmp_path, "--maps", tmp_path], check=True, timeout=300)
    digest = re.compile(r"sha256: \w{64}")
    for name in [*FILLABLE, FLAT, WORD]:
        kept = (root / "form_maps" / "model" / f"{name}.yaml").read_text(encoding="utf-8")
        assert digest.sub("", (tmp_path / f"{name}.yaml").read_text(encoding="utf-8")) == digest.sub("", kept)
    for name in [*FILLABLE, FLAT]:
        new, kept_pdf = pypdf.PdfReader(tmp_path / f"{name}.pdf"), pypdf.PdfReader(blank_of(root, name))
        assert [page.extract_text() for page in new.pages] == [page.extract_text() for page in kept_pdf.pages]
        for (_, a, box), (_, b, kept_box) in zip(widgets(new), widgets(kept_pdf), strict=True):
            assert (a.get("/T"), a["/FT"], a["/TU"]) == (b.get("/T"), b["/FT"], b["/TU"])
            assert box == pytest.approx(kept_box, abs=0.05)
    with zipfile.ZipFile(tmp_path / f"{WORD}.docx") as new_word, zipfile.ZipFile(blank_of(root, WORD)) as kept_word:
        assert new_word.read("word/document.xml") == kept_word.read("word/document.xml")


@pytest.mark.parametrize("name", [*FILLABLE, FLAT])
def test_fills_and_verifies_with_the_sample(root: Path, name: str) -> None:
    request = {
        "records": ["lab", "immunizations"],
        "dates": {"from": "2021-01-15", "to": "2025-06-30"},
        "purpose": "continuity_of_care",
        "delivery": "cd",
        "recipient": "caseworker",
        "provider": {"name": "Valley Oak Community Clinic", "phone": "(559) 555-0110"},
        "amendment": {
            "entry": "Visit note of May 2, 2024",
            "wrong": "It says: no allergies.",
            "statement": "word " * 250,
        },
    }
    filled = formfill.fill_out(root / "profiles" / "amina-rahimi.yaml", form=f"model-{name}", request=request)
    said = {ink.text for ink in filled.inks}
    assert {"Amina Yusuf Rahimi", "03/14/1987", "Valley Oak Community Clinic", "(559) 555-0110"} <= said
    assert not filled.addendum
    # interpreter; dates, two records, CD, recipient; purpose
    ticks = 1 if name.startswith("amendment") else 6 + name.startswith("authorization")
    assert sum(ink.tick for ink in filled.inks) == ticks
