"""The readers that are fuzzed. A new one is a function here and a line in ``TARGETS``."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

from formfill import yaml_io
from formfill.errors import FormfillError, FormMapError, ProfileError, ProviderError, RequestError

ROOT = Path(__file__).resolve().parents[2]
#: A form of a few pages; larger ones take longer to read than they teach.
_LARGEST_SEED = 400_000


@dataclass(frozen=True)
class Target:
    """``read`` takes bytes and may raise FormfillError alone; ``seeds`` are good inputs to spoil, ``words`` are what
    its files are made of."""

    read: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    words: tuple[bytes, ...] = ()


def read_pdf(data: bytes) -> None:
    """What inspect, fill, verify and the packet do with a blank."""
    from formfill.fill.base import Filling
    from formfill.fill.pdf import fill_pdf
    from formfill.model.form_map import FormMap, Place
    from formfill.packet.assemble import Document, assemble
    from formfill.pdf.active import active_content
    from formfill.pdf.compile import compile_blank
    from formfill.pdf.printed import printed_pages
    from formfill.verify import verify_pdf

    compiled = compile_blank(data, hashlib.sha256(data).hexdigest(), "blank.pdf")
    active_content(compiled.data)
    printed_pages(compiled.data, [page.shown for page in compiled.pages], "blank.pdf")
    places: list[tuple[Place, dict[str, Any]]] = [
        (Place(value="patient.city", page=1, box=(20, 20, 160, 34)), {"action": "text", "text": "Łukasz (1)"})
    ]
    for field in compiled.form.fields[:40]:
        if field.kind == "text":
            places.append((Place(value="patient.city", field=field.name), {"action": "text", "text": "a"}))
        elif field.kind == "check" and field.widgets and field.widgets[0].states:
            places.append((Place(value="records.lab", field=field.name), {"action": "tick"}))
    fillings = [Filling(number, place, **what) for number, (place, what) in enumerate(places)]
    form_map = FormMap.model_validate(
        {"form": "a-b", "title": "x", "provider": "a", "blank": {"file": "x.pdf", "sha256": "0" * 64}, "fields": []}
    )
    filled = fill_pdf(compiled, fillings)
    verify_pdf(compiled, form_map, filled)
    assemble([Document("Form", fill_pdf(compiled, fillings, flatten=True).data), Document("Blank", data)])


def read_draft(data: bytes) -> None:
    """What map draft does with a blank; a scan is read elsewhere."""
    from formfill.draft.draft import draft_map
    from formfill.draft.map_text import map_text

    made = draft_map(data, form="acme-x", provider="acme", file="acme/x.pdf")
    map_text(made.form_map, made.comments, "drafted")


def read_docx(data: bytes) -> None:
    """What inspect and fill do with a Word form."""
    from formfill.fill.base import Filling
    from formfill.fill.docx import fill_docx
    from formfill.fill.docx_labels import Document, control_names, field_name
    from formfill.fill.docx_package import is_ole, open_package
    from formfill.model.form_map import FormMap
    from formfill.verify_docx import verify_docx

    if is_ole(data):
        return  # LibreOffice's to read
    document = Document(open_package(data))
    tokens = list(document.tokens())
    for token in tokens:
        field_name(token.owner)
        control_names(token.owner)
    fields = [
        {"value": "patient.full_name", "after": "Name:"},
        {"value": "records.lab", "tick": "Laboratory results"},
        {"value": "patient.city", "control": "city"},
    ]
    raw = {"form": "a-b", "title": "x", "provider": "a", "blank": {"file": "x.docx", "sha256": "0" * 64}}
    form_map = FormMap.model_validate(raw | {"fields": fields})
    actions = [{"action": "text", "text": "Łukasz & <b>"}, {"action": "tick"}, {"action": "text", "text": "Oakland"}]
    for number, (place, what) in enumerate(zip(form_map.fields, actions, strict=True)):
        filling = Filling(number, place, **what)
        with contextlib.suppress(FormfillError):  # this one may not be there, and others are
            verify_docx(data, form_map, [filling], fill_docx(data, form_map, [filling]))


def read_yaml(data: bytes) -> None:
    """Every kind of YAML file, through the file system, as commands do."""
    from formfill.catalog import load_outline
    from formfill.draft.check import check_map, read_subject
    from formfill.model.profile import load_profile
    from formfill.model.provider import load_provider
    from formfill.model.request import load_request
    from formfill.model.settings import load_settings

    def check(path: Path) -> None:
        check_map(read_subject(path), None)

    with _file(data, ".yaml") as path:
        for load in (load_profile, load_provider, load_request, load_settings, load_outline, check):
            with contextlib.suppress(FormfillError):
                load(path)


def read_request(data: bytes) -> None:
    """A request and a profile that YAML lets through, carried to a filled form of ours."""
    from formfill.job import FillJob, prepare_packet
    from formfill.model.base import validate
    from formfill.model.profile import Profile
    from formfill.model.request import Request

    text = _text(data)
    parts = text.split("\n%%\n")
    profile = validate(Profile, yaml_io.loads(parts[0], "profile.yaml", ProfileError), ProfileError)
    request = validate(Request, yaml_io.loads(parts[-1], "request.yaml", RequestError), RequestError)
    library = _library()
    form_map = library.form_map("model-access-request-en")
    provider = library.provider("valley-oak")
    job = FillJob(profile, provider, request, form_map, library.blank(form_map))
    prepare_packet(job, "mail")


def _patients_in(suffix: str) -> Callable[[bytes], None]:
    """What profile import does with another program's file."""

    def read(data: bytes) -> None:
        from formfill.exchange.reading import read_patients

        with _file(data, suffix) as path:
            for one in read_patients(path):
                if one.error is None:
                    _ = one.profile

    return read


def read_image(data: bytes) -> None:
    """A photo or scan of an identity document, as the packet takes it."""
    from formfill.packet.assemble import Document, assemble

    assemble([Document("Copy of photo identification", data)])


def read_json(data: bytes) -> None:
    """What lies beside a packet: route.json and sent.json."""
    from formfill.channels.base import read_route
    from formfill.channels.hylafax import number
    from formfill.channels.sending import attempts

    with tempfile.TemporaryDirectory() as folder:
        for name in ("route.json", "sent.json"):
            (Path(folder) / name).write_bytes(data)
        for read in (read_route, attempts, number):
            with contextlib.suppress(FormfillError):
                read(Path(folder))


def read_expression(data: bytes) -> None:
    """A value: or when: of a form map."""
    from formfill.draft.check import check_map
    from formfill.draft.check_base import Subject
    from formfill.model.base import validate
    from formfill.model.form_map import FormMap

    text = json.dumps(_text(data)[:500])
    source = (
        f"form: a-b\ntitle: x\nprovider: a\nblank: {{file: x.pdf, sha256: '{'0' * 64}'}}\n"
        f"fields:\n  - {{value: {text}, when: {text}, field: a}}\n"
    )
    document = yaml_io.loads(source, "map.yaml", FormMapError)
    check_map(Subject(validate(FormMap, document, FormMapError), document), None)


def read_certificate(data: bytes) -> None:
    """The S/MIME certificate of a provider."""
    from formfill.channels.email import certificate

    with _file(data, ".pem") as path:
        certificate(path)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ProviderError("not UTF-8") from None


class _file:
    def __init__(self, data: bytes, suffix: str) -> None:
        handle, name = tempfile.mkstemp(suffix=suffix)
        self._path = Path(name)
        os.write(handle, data)
        os.close(handle)

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, *_: object) -> None:
        self._path.unlink()


def _library() -> Any:
    from formfill.catalog import Catalog

    return Catalog()


def pdf_seeds() -> list[bytes]:
    """Blanks of our own, packed and unpacked, and those of the corpus that FORMFILL_CORPUS names."""
    from tests.fuzz.seeds import pdfs

    found = [*pdfs(), *(path.read_bytes() for path in sorted((ROOT / "forms").rglob("*.pdf")))]
    if corpus := os.environ.get("FORMFILL_CORPUS"):
        paths = [path for path in sorted(Path(corpus).rglob("*.pdf")) if path.stat().st_size < _LARGEST_SEED]
        found += [path.read_bytes() for path in paths]
    return found + [unpacked for unpacked in map(_unpacked, found) if unpacked]


def _unpacked(data: bytes) -> bytes:
    """The same file with its streams open and its objects in sight, so that what is spoilt is their content."""
    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            if len(data) > 60_000:
                return b""
            pdf.save(
                out,
                object_stream_mode=pikepdf.ObjectStreamMode.disable,
                stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
                compress_streams=False,
            )
    except pikepdf.PdfError:
        return b""
    return out.getvalue()


def _seeds(name: str) -> Callable[[], Sequence[bytes]]:
    def made() -> Sequence[bytes]:
        from tests.fuzz import seeds

        found: Sequence[bytes] = getattr(seeds, name)()
        return found

    return made


_PDF_WORDS = tuple(
    b"/Kids /Parent /Type /Page /Pages /Count /AcroForm /Fields /FT /Tx /Btn /Ch /Sig /T /Ff /V /DA /Rect /AP /N /MK "
    b"/Opt /MaxLen /Q /Annots /Contents /Resources /MediaBox /Rotate /CropBox /Filter /FlateDecode /LZWDecode /Length "
    b"/DecodeParms /Predictor /Columns /Colors /W /Index /Prev /Size /Root /Encrypt /ID /ObjStm /First /Extends "
    b"/JBIG2Decode /DCTDecode /CCITTFaxDecode /ToUnicode /Widths /FontDescriptor /Encoding /Differences /XObject "
    b"<< >> [ ] ( ) obj endobj stream endstream xref trailer startxref R null true false BT ET Tj Tf Do q Q cm re "
    b"1 0 R 2 0 R 3 0 R 4 0 R /#00 <FEFF> %%EOF".split()
)
_XML_WORDS = tuple(
    b'<w:p> </w:p> <w:r> </w:r> <w:t> </w:t> <w:tc> </w:tc> <w:tr> <w:tbl> <w:sdt> </w:sdt> <w:sdtContent> w:val=""'
    b' <w:fldChar w:fldCharType="begin"/> <w:fldChar w:fldCharType="end"/> <w:sz w:val="x"/> <w:tab/> {{ }} {% %} '
    b" &amp; &#0; <!-- --> <![CDATA[ ]]>".split(b" ")
)
_YAML_WORDS = (
    b"&a", b"*a", b"<<: ", b"!!python/object:os.system", b"---\n", b"...", b"%YAML 9.9\n", b"? ", b"|\n", b">-\n", b"{",
    b"}", b"[", b"]", b": ", b"- ", b"#", b"\t", b"\0", b"\xc2\x85", b"\xef\xbb\xbf", b"null", b"~", b"1e999", b"0x7f",
    b"2026-13-45", b"9" * 400, b'"\\ud800"', b'"\\U0010ffff"', b"'", b"\xe2\x80\xae",
)  # fmt: skip
_JINJA_WORDS = (
    b"{{", b"}}", b"{%", b"%}", b"{#", b"patient.full_name", b"records.lab", b"not ", b" and ", b" or ", b"__class__",
    b"|attr('x')", b"[0]", b"()", b"*10**9", b"'", b"for x in y", b"if", b"else", b"self", b"~", b"lambda", b"..",
    b"\\",
)  # fmt: skip
_TABLE_WORDS = (
    b",",
    b";",
    b"\t",
    b'"',
    b'""',
    b"\r",
    b"\n",
    b"\0",
    b"=1+1",
    b"'",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"1987-13-45",
)
_JSON_WORDS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"1e999",
    b"NaN",
    b'"\\ud800"',
    b'"',
    b"[" * 3000,
    b"-0",
)
_CARD_WORDS = (
    b":",
    b";",
    b"=",
    b"\r\n ",
    b"BEGIN:VCARD",
    b"END:VCARD",
    b"ENCODING=QUOTED-PRINTABLE",
    b"CHARSET=x",
    b"\\",
    b'"',
)

TARGETS: dict[str, Target] = {
    "pdf": Target(read_pdf, pdf_seeds, _PDF_WORDS),
    "draft": Target(read_draft, pdf_seeds, _PDF_WORDS),
    "docx": Target(read_docx, _seeds("word_files"), _XML_WORDS),
    "yaml": Target(read_yaml, _seeds("yaml_files"), _YAML_WORDS),
    "request": Target(read_request, _seeds("requests"), _YAML_WORDS),
    "csv": Target(_patients_in(".csv"), _seeds("csv_files"), _TABLE_WORDS),
    "xlsx": Target(_patients_in(".xlsx"), _seeds("xlsx_files"), _TABLE_WORDS),
    "fhir": Target(_patients_in(".json"), _seeds("fhir_files"), _JSON_WORDS),
    "vcard": Target(_patients_in(".vcf"), _seeds("vcards"), _CARD_WORDS),
    "image": Target(read_image, _seeds("images")),
    "json": Target(read_json, _seeds("json_files")),
    "expression": Target(read_expression, _seeds("expressions"), _JINJA_WORDS),
    "certificate": Target(read_certificate, _seeds("certificates")),
}
