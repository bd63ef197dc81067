"""Active content of a blank: told, kept with the official bytes, and gone from packets and flattened forms."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from builders import Blank
from hostile_pdfs import active_blank, pdf_javascript_in_a_text_stream
from own_forms import ASKED, flat, form_map, workspace
from pikepdf import Array, Dictionary, Name, String

from formfill.cli import main
from formfill.errors import BlankFormError
from formfill.fill.flatten import flatten_fields
from formfill.packet.assemble import Document, assemble
from formfill.pdf.active import active_content

ALL = {
    "JavaScript",
    "an action that starts a program",
    "an action that sends what is filled in",
    "an action that reads a file in",
    "an action that opens another file",
    "attached files",
    "sound or film",
}
PROVIDER = """\
id: acme
name: Acme Clinic
address: {street: 500 Elm Street, city: Fresno, state: CA, postal_code: 93701}
"""
#: What no file for print may have anywhere in reach of its trailer.
_NEVER = ("/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/OpenAction", "/AcroForm", "/XFA", "/AA", "/RichMediaContent")


def reachable(data: bytes) -> Iterator[dict[str, Any]]:
    """Every dictionary that a viewer can come to from the trailer, read with pypdf, which did not write it."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    waiting: list[Any] = [reader.trailer]
    seen: set[tuple[int, int]] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, pypdf.generic.IndirectObject):
            if (node.idnum, node.generation) in seen:
                continue
            seen.add((node.idnum, node.generation))
            node = node.get_object()
        if isinstance(node, dict):
            yield node
            waiting += [dict.__getitem__(node, key) for key in node]
        elif isinstance(node, list):
            waiting += list(node)


def assert_nothing_active(data: bytes, *, links: bool) -> None:
    assert active_content(data) == ()
    for node in reachable(data):
        assert not [key for key in _NEVER if key in node], node
        kinds = ("/URI", "/GoTo") if links else ()
        if isinstance(node.get("/S"), str) and "/P" not in node and node.get("/Type") != "/Group":
            assert node["/S"] in kinds, node
        assert node.get("/Subtype") not in ("/Widget", "/FileAttachment", "/Screen", "/3D", "/RichMedia")
    for found in (b"app.alert", b"calc.exe", b"MZ payload", b"U3D"):
        assert found not in b"".join(_streams(data))


def _streams(data: bytes) -> Iterator[bytes]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for node in pdf.objects:
            if isinstance(node, pikepdf.Stream):
                is_photo = node.get("/Filter") == "/DCTDecode"
                yield node.read_raw_bytes() if is_photo else node.read_bytes()
            else:
                yield node.unparse(resolved=False)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    places = "  - {value: patient.full_name, field: Name}\n  - {value: records.lab, field: Lab}\n"
    monkeypatch.chdir(workspace(tmp_path, active_blank(), places))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    return tmp_path


def test_all_kinds_are_told() -> None:
    assert set(active_content(active_blank())) == ALL
    assert active_content(pdf_javascript_in_a_text_stream()) == ("JavaScript",)
    assert active_content(flat()) == ()
    with pytest.raises(BlankFormError, match=r"clinic\.pdf: cannot be read"):
        active_content(b"%PDF-1.7\n%%EOF", "clinic.pdf")


def test_what_only_looks_active() -> None:
    """A structure element called Sound, fonts called AA and JS, a link to the web."""
    blank = Blank()
    page = blank.pdf.pages[0].obj
    page.Resources.Font["/AA"] = page.Resources.Font.F1
    link = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=Array([0, 0, 9, 9]),
        A=Dictionary(S=Name.URI, URI=String("https://x.org")),
    )
    page.Annots = Array([blank.pdf.make_indirect(link)])
    root = blank.pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    root.K = blank.pdf.make_indirect(Dictionary(S=Name.Sound, P=root))
    blank.pdf.Root.StructTreeRoot = root
    data = blank.save()
    assert active_content(data) == ()
    with pikepdf.open(io.BytesIO(flatten_fields(data))) as pdf:
        assert "/AA" in pdf.pages[0].Resources.Font
        assert Name.Sound == pdf.Root.StructTreeRoot.K.S
        assert str(pdf.pages[0].Annots[0].A.URI) == "https://x.org"


def test_flattened_and_packed_there_is_none() -> None:
    for data in (active_blank(), pdf_javascript_in_a_text_stream()):
        assert_nothing_active(flatten_fields(data), links=True)
        assert_nothing_active(assemble([Document("Form", data)]), links=False)


def test_filled_flattened_and_packed(place: Path) -> None:
    form = ("test-patient", "--form", "acme-roi-en")
    assert main(["fill", *form, "--records", "lab", "--out", "out/open.pdf"]) == 0
    assert main(["fill", *form, "--records", "lab", "--flatten", "--out", "out/flat.pdf"]) == 0
    assert main(["prepare", *form, *ASKED, "--send", "mail", "--out", "packet"]) == 0
    filled = (place / "out/open.pdf").read_bytes()
    assert filled.startswith((place / "forms/acme/roi-en.pdf").read_bytes()), "the official bytes stay"
    assert set(active_content(filled)) == ALL, "and with them what they carry"
    assert_nothing_active((place / "out/flat.pdf").read_bytes(), links=True)
    for path in (place / "packet").glob("*.pdf"):
        assert_nothing_active(path.read_bytes(), links=False)


def test_inspect_tells(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["form", "inspect", "forms/acme/roi-en.pdf"]) == 0
    said = capsys.readouterr().err
    assert "note: the blank has" in said
    assert "JavaScript" in said
    assert main(["form", "inspect", "--json", "forms/acme/roi-en.pdf"]) == 0
    assert set(json.loads(capsys.readouterr().out)["active"]) == ALL


def test_add_warns(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "copy.pdf").write_bytes(active_blank())
    assert main(["form", "add", "copy.pdf"]) == 0
    assert "starts a program" in capsys.readouterr().err
    (place / "plain.pdf").write_bytes(flat())
    (place / "form_maps/acme/plain.yaml").write_text(form_map(flat(), form="acme-plain"))
    assert main(["form", "add", "plain.pdf"]) == 0
    assert capsys.readouterr().err == ""


def test_a_blank_is_the_same_bytes_each_time() -> None:
    """The tests above compare with what the workspace holds."""
    assert hashlib.sha256(active_blank()).digest() == hashlib.sha256(active_blank()).digest()
