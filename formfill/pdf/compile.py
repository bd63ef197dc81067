"""Compiles a blank: reads it once with pikepdf (qpdf), and keeps what a fill will need.

Files that cannot take an incremental update (junk before the header, broken cross-references, fields that are no
objects of their own) are normalised here, once; all others keep every byte.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

import pikepdf

from formfill.errors import BlankFormError
from formfill.pdf.bounds import excess_opened, excess_packed
from formfill.pdf.compile_fields import FieldReader
from formfill.pdf.compiled import CompiledForm, Form, Page
from formfill.pdf.faces import STANDARD
from formfill.pdf.fonts import standard_font
from formfill.pdf.incremental import XrefKind
from formfill.pdf.look import Document
from formfill.pdf.marks import find_faint_marks
from formfill.pdf.serialise import DAMAGED, Serialiser, inherited, saved
from formfill.pdf.syntax import Cipher

#: More pages than any release form has; past it the file is something else.
MAX_PAGES = 500

_KINDS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"II*\x00", "a TIFF picture"),
    (b"<", "a web page"),
)


def compile_blank(data: bytes, sha256: str, name: str) -> CompiledForm:
    """Compile a blank's bytes; ``name`` is what messages call it.

    Raises: BlankFormError, for what is no PDF, needs a password, is truncated, damaged beyond repair, or XFA-only.
    """
    _check_magic(data, name)
    _refuse(excess_packed(data), name)
    pdf, broken = _open(data, name)
    try:
        highest = len(pdf.objects)
        _check_fillable(pdf, name)
        _refuse(excess_opened(pdf), name)
        found = None if broken else _newest_section(data)
        direct = _make_indirect(pdf, highest)
        if found is None or direct:
            compiled = _compile_normalised(pdf, sha256, name)
        else:
            compiled = CompiledForm(data, _form(pdf, sha256, highest, *found, normalised=False))
        _check_pages(compiled, name)
        return compiled
    except DAMAGED as exc:
        raise BlankFormError(
            f"{name}: the PDF is damaged in a way that cannot be mended ({type(exc).__name__}): download it again"
        ) from exc
    finally:
        pdf.close()


def _refuse(excess: str, name: str) -> None:
    if excess:
        raise BlankFormError(
            f"{name}: {excess}: as no form does, so it was not read: ask the provider for another copy"
        )


def _compile_normalised(pdf: pikepdf.Pdf, sha256: str, name: str) -> CompiledForm:
    keep_encryption = True if pdf.is_encrypted else None
    data = saved(pdf, encryption=keep_encryption, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    found = _newest_section(data)
    if found is None:
        raise BlankFormError(f"{name}: the PDF's cross-reference table is damaged: download it again")
    with pikepdf.open(io.BytesIO(data), inherit_page_attributes=False) as again:
        return CompiledForm(data, _form(again, sha256, len(again.objects), *found, normalised=True))


def _check_magic(data: bytes, name: str) -> None:
    if not data:
        raise BlankFormError(f"{name}: is empty (0 bytes): download the provider's form again")
    if b"%PDF-" not in data[:1024]:
        kind = next((word for magic, word in _KINDS if data.lstrip()[:8].startswith(magic)), "another kind of file")
        raise BlankFormError(f"{name}: is not a PDF but {kind}: download the provider's form as PDF")
    if b"%%EOF" not in data[-2048:]:
        raise BlankFormError(f"{name}: is cut off (its end is missing): download the provider's form again")


def _open(data: bytes, name: str) -> tuple[pikepdf.Pdf, bool]:
    """The file, and whether qpdf had to rebuild its cross-references."""
    for recover in (False, True):
        try:
            return pikepdf.open(io.BytesIO(data), attempt_recovery=recover, inherit_page_attributes=False), recover
        except pikepdf.PasswordError:
            raise BlankFormError(
                f"{name}: needs a password to open: ask the provider for a form without one, or save it without"
            ) from None
        except DAMAGED:
            continue
    raise BlankFormError(f"{name}: is damaged or cut off: download the provider's form again")


def _check_fillable(pdf: pikepdf.Pdf, name: str) -> None:
    if len(pdf.pages) == 0:
        raise BlankFormError(f"{name}: has no pages: download the provider's form again")
    if len(pdf.pages) > MAX_PAGES:
        raise BlankFormError(f"{name}: has {len(pdf.pages)} pages; a form has at most {MAX_PAGES}")
    acro_form = pdf.Root.get("/AcroForm")
    if acro_form is not None and "/XFA" in acro_form:
        needs_rendering = bool(pdf.Root.get("/NeedsRendering", False))
        if needs_rendering or len(acro_form.get("/Fields", [])) == 0:
            raise BlankFormError(
                f"{name}: is an XFA form, which only old Adobe programs can show: "
                "print it to PDF there and use the printed copy, or ask the provider for a plain PDF"
            )


def _check_pages(compiled: CompiledForm, name: str) -> None:
    """Programs differ on what the pages of a damaged file are; what fills and what prints must see the same ones."""
    with Document(compiled.data) as document:
        if not document.has_pages(len(compiled.pages)):
            raise BlankFormError(f"{name}: its pages are damaged, and programs differ on them: download it again")


def _newest_section(data: bytes) -> tuple[XrefKind, int] | None:
    """The kind and offset of the newest cross-reference section, or None where an update cannot point at it."""
    if not data.startswith(b"%PDF-"):
        return None
    found = list(re.finditer(rb"startxref\s+(\d+)", data[-2048:]))
    if not found:
        return None
    offset = int(found[-1][1])
    head = data[offset : offset + 24]
    if head.lstrip()[:4] == b"xref":
        return "table", offset
    if re.match(rb"\s*\d+\s+\d+\s+obj", head):
        return "stream", offset
    return None


def _make_indirect(pdf: pikepdf.Pdf, highest: int) -> bool:
    """Give objects of their own to pages (qpdf does) and annotations that have none; whether there were any."""
    changed = False
    for page in pdf.pages:
        changed |= page.obj.objgen[0] > highest
        annotations: Any = page.obj.get("/Annots")
        for i, annotation in enumerate(annotations if annotations is not None else ()):
            if isinstance(annotation, pikepdf.Dictionary) and not annotation.is_indirect:
                annotations[i] = pdf.make_indirect(annotation)
                changed = True
    return changed


def _form(pdf: pikepdf.Pdf, sha256: str, highest: int, kind: XrefKind, startxref: int, *, normalised: bool) -> Form:
    cipher = _cipher(pdf)
    serialiser = Serialiser(cipher)
    reader = FieldReader(pdf, serialiser)
    fields = reader.read()
    pages = [_page(page, serialiser) for page in pdf.pages]
    for field in fields:
        for widget in field.widgets:
            widget.shown = pages[widget.page_index].shown.to_top_left(widget.rect)
    fonts = reader.fonts | {STANDARD: standard_font()}
    trailer = pdf.trailer
    file_id = trailer.get("/ID")
    form = Form(
        sha256=sha256,
        normalised=normalised,
        kind=kind,
        startxref=startxref,
        size=max(int(trailer.get("/Size", 0)), highest + 1),
        root=serialiser.value(pdf.Root, 0, 0),
        info=_reference(trailer, "/Info"),
        encrypt=_reference(trailer, "/Encrypt") if pdf.is_encrypted else "",
        file_id=bytes(file_id[0]).decode("latin-1") if file_id is not None and len(file_id) else "",
        cipher=cipher,
        pages=pages,
        fields=fields,
        fonts=fonts,
        acro_form=_acro_form(pdf, serialiser),
    )
    find_faint_marks(pdf, fields)  # last: it changes the open file
    return form


def _reference(trailer: Any, key: str) -> str:
    value = trailer.get(key)
    if value is None:
        return ""
    if value.is_indirect:
        return "{} {} R".format(*value.objgen)
    return value.unparse().decode("latin-1")  # type: ignore[no-any-return]


def _cipher(pdf: pikepdf.Pdf) -> tuple[str, Cipher, Cipher] | None:
    if not pdf.is_encrypted:
        return None
    facts = pdf.encryption
    names: dict[str, Cipher] = {"none": "none", "rc4": "rc4", "aes": "aesv2", "aesv3": "aesv3"}
    version = int(pdf.trailer["/Encrypt"].get("/V", 0))
    if version < 4:  # no crypt filters: RC4 throughout
        strings: Cipher = "rc4"
        streams: Cipher = "rc4"
    else:
        strings, streams = names[facts.string_method.name], names[facts.stream_method.name]
    return facts.encryption_key.decode("latin-1"), strings, streams


def _page(page: pikepdf.Page, serialiser: Serialiser) -> Page:
    node = page.obj
    obj, gen = node.objgen
    resources = inherited(node, "/Resources")
    forms = resources.get("/XObject") if resources is not None else None
    opens, closes = _balance(page)
    return Page(
        obj=obj,
        gen=gen,
        frame=_frame(node),
        body=serialiser.entries(node, obj, gen, skip=("/Contents", "/Resources")),
        contents=["{} {} R".format(*item.objgen) for item in _contents(node)],
        resources=serialiser.entries(resources, obj, gen, skip=("/XObject",)) if resources is not None else "",
        xobjects=serialiser.entries(forms, obj, gen) if forms is not None else "",
        opens=opens,
        closes=closes,
    )


def _contents(node: Any) -> Iterable[Any]:
    contents = node.get("/Contents")
    if contents is None:
        return ()
    return contents if isinstance(contents, pikepdf.Array) else (contents,)


def _frame(node: Any) -> tuple[float, float, float, float, int]:
    media = _box(inherited(node, "/MediaBox")) or (0.0, 0.0, 612.0, 792.0)
    crop = _box(inherited(node, "/CropBox")) or media
    # the crop box is clipped to the media box (14.11.2); one that lies outside it is ignored
    clipped = max(crop[0], media[0]), max(crop[1], media[1]), min(crop[2], media[2]), min(crop[3], media[3])
    x0, y0, x1, y1 = clipped if clipped[0] < clipped[2] and clipped[1] < clipped[3] else media
    rotate = inherited(node, "/Rotate")
    return x0, y0, x1, y1, int(rotate or 0) // 90 * 90 % 360


def _box(value: Any) -> tuple[float, float, float, float] | None:
    if value is None or len(value) != 4:
        return None
    a, b, c, d = (float(x) for x in value)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _balance(page: pikepdf.Page) -> tuple[int, int]:
    """How many q the contents leave open at their end, and how many Q they have without a q."""
    depth = lowest = 0
    try:
        for _, operator in pikepdf.parse_content_stream(page, "q Q"):  # type: ignore[misc]
            depth += 1 if str(operator) == "q" else -1
            lowest = min(lowest, depth)
    except pikepdf.PdfError:
        pass  # what could be read is what viewers will read, too
    return depth - lowest, -lowest


def _acro_form(pdf: pikepdf.Pdf, serialiser: Serialiser) -> tuple[int, int, str] | None:
    """The AcroForm dictionary as it must become, where it would make viewers redraw or ignore what is filled."""
    form = pdf.Root.get("/AcroForm")
    if form is None or not (bool(form.get("/NeedAppearances", False)) or "/XFA" in form):
        return None
    skip = ("/NeedAppearances", "/XFA")
    if form.is_indirect:
        obj, gen = form.objgen
        return obj, gen, serialiser.entries(form, obj, gen, skip=skip)
    obj, gen = pdf.Root.objgen
    inner = serialiser.entries(form, obj, gen, skip=skip)
    return obj, gen, serialiser.entries(pdf.Root, obj, gen, skip=("/AcroForm",)) + f"/AcroForm<<{inner}>>"
