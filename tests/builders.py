"""Synthetic blanks for tests: made with pikepdf, or written out byte by byte where a writer would mend them.

Pages count from 0; rectangles are (x0, y0, x1, y1) in PDF user space, y up.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

Rect = tuple[float, float, float, float]
Words = Sequence[tuple[float, float, str]]

LETTER: Rect = (0, 0, 612, 792)
DA = b"/Helv 0 Tf 0 g"

# field flags (ISO 32000-2, tables 226, 228 and 230)
MULTILINE = 1 << 12
COMB = 1 << 24
RADIO = 1 << 15
COMBO = 1 << 17
EDIT = 1 << 18
RADIOS_IN_UNISON = 1 << 25


class Blank:
    """A form under construction; what its methods return may be changed further before ``save``."""

    def __init__(self, *, pages: int = 1) -> None:
        self.pdf = pikepdf.new()
        self._helv = self.pdf.make_indirect(helvetica())
        for _ in range(pages):
            self.page()

    @property
    def form(self) -> Any:
        """The AcroForm dictionary, made when first asked for."""
        if "/AcroForm" not in self.pdf.Root:
            resources = Dictionary(Font=Dictionary(Helv=self._helv))
            form = Dictionary(Fields=Array(), DA=String(DA), DR=resources)
            self.pdf.Root["/AcroForm"] = self.pdf.make_indirect(form)
        return self.pdf.Root["/AcroForm"]

    def page(
        self,
        *,
        media: Rect = LETTER,
        crop: Rect | None = None,
        rotate: int = 0,
        words: Words = (),
        content: bytes = b"",
    ) -> Any:
        """Add a page that prints ``words`` (x, y, text; unrotated, 10 pt) and then whatever ``content`` draws."""
        page = self.pdf.add_blank_page(page_size=(media[2] - media[0], media[3] - media[1]))
        page.obj["/MediaBox"] = Array(media)
        if crop is not None:
            page.obj["/CropBox"] = Array(crop)
        if rotate:
            page.obj["/Rotate"] = rotate
        page.obj["/Resources"] = Dictionary(Font=Dictionary(F1=self._helv))
        page.obj["/Contents"] = self.pdf.make_stream(printed(words) + content)
        return page.obj

    def widget(self, rect: Rect, page: int = 0, **entries: Any) -> Any:
        """A widget annotation on a page, without a field."""
        node = Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array(rect), F=4)
        for key, value in entries.items():
            node[f"/{key}"] = value
        node = self.pdf.make_indirect(node)
        sheet = self.pdf.pages[page].obj
        node["/P"] = sheet
        if "/Annots" not in sheet:
            sheet["/Annots"] = Array()
        sheet["/Annots"].append(node)
        return node

    def text(self, name: str, rect: Rect, page: int = 0, **entries: Any) -> Any:
        """A text field that is its own widget; ``entries`` such as Ff, MaxLen, Q, DA, MK join its dictionary."""
        node = self.widget(rect, page, FT=Name.Tx, T=String(name), DA=String(DA), **_without(entries, "DA"))
        if "DA" in entries:
            node["/DA"] = String(entries["DA"])
        self.form.Fields.append(node)
        return node

    def check(self, name: str, rect: Rect, state: str = "Yes", page: int = 0, **entries: Any) -> Any:
        """A check box with a drawn mark for ``state``."""
        node = self.widget(rect, page, FT=Name.Btn, T=String(name), AS=Name.Off, **entries)
        node["/AP"] = self.marks(rect, state)
        self.form.Fields.append(node)
        return node

    def marks(self, rect: Rect, state: str) -> Any:
        """An /AP with a mark for ``state`` and nothing for Off."""
        width, height = rect[2] - rect[0], rect[3] - rect[1]
        on = self.appearance(width, height, b"2 2 %.2f %.2f re f" % (width - 4, height - 4))
        off = self.appearance(width, height, b"")
        normal = Dictionary(Off=off)
        normal[f"/{state}"] = on
        return Dictionary(N=normal)

    def appearance(self, width: float, height: float, content: bytes) -> Any:
        """A form XObject of that size."""
        stream = self.pdf.make_stream(content)
        stream["/Type"], stream["/Subtype"] = Name.XObject, Name.Form
        stream["/BBox"] = Array([0, 0, width, height])
        return stream

    def parent(self, name: str, kids: Sequence[Any], **entries: Any) -> Any:
        """A field with ``kids`` (widgets, or fields of its own)."""
        node = Dictionary(T=String(name), Kids=Array(kids))
        for key, value in entries.items():
            node[f"/{key}"] = value
        node = self.pdf.make_indirect(node)
        for kid in kids:
            kid["/Parent"] = node
        self.form.Fields.append(node)
        return node

    def radio(self, name: str, kids: Sequence[tuple[Rect, str]], page: int = 0, **entries: Any) -> Any:
        """A group of radio buttons, one a (rectangle, on-state)."""
        widgets = [self.widget(rect, page, AS=Name.Off, AP=self.marks(rect, state)) for rect, state in kids]
        flags = entries.pop("Ff", 0) | RADIO
        return self.parent(name, widgets, FT=Name.Btn, Ff=flags, **entries)

    def choice(
        self, name: str, rect: Rect, options: Iterable[str | tuple[str, str]], page: int = 0, **entries: Any
    ) -> Any:
        """A choice field; an option is a text, or an export value with the text that is shown for it."""
        opt = Array([String(o) if isinstance(o, str) else Array([String(o[0]), String(o[1])]) for o in options])
        node = self.widget(rect, page, FT=Name.Ch, T=String(name), DA=String(DA), Opt=opt, **entries)
        self.form.Fields.append(node)
        return node

    def save(self, **options: Any) -> bytes:
        """The file's bytes. A cross-reference table, unless ``options`` of pikepdf's save say otherwise."""
        buffer = io.BytesIO()
        options.setdefault("object_stream_mode", pikepdf.ObjectStreamMode.disable)
        self.pdf.save(buffer, **options)
        return buffer.getvalue()

    def save_with_streams(self, **options: Any) -> bytes:
        """The file's bytes with object streams and a cross-reference stream."""
        return self.save(object_stream_mode=pikepdf.ObjectStreamMode.generate, **options)


def helvetica() -> Any:
    """Helvetica in WinAnsiEncoding, not embedded."""
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding, Name=Name.Helv
    )


def printed(words: Words) -> bytes:
    """Content that prints ``words`` in the page's font F1 at 10 pt."""
    shown = []
    for x, y, text in words:
        escaped = re.sub(rb"[\\()]", rb"\\\g<0>", text.encode("latin-1"))
        shown.append(b"BT /F1 10 Tf 1 0 0 1 %.2f %.2f Tm (%s) Tj ET\n" % (x, y, escaped))
    return b"".join(shown)


def owner_only(kind: str) -> pikepdf.Encryption:
    """An encryption that opens without a password: rc4-40, rc4-128, aesv2 or aesv3."""
    revisions = {"rc4-40": (2, False), "rc4-128": (3, False), "aesv2": (4, True), "aesv3": (6, True)}
    revision, aes = revisions[kind]
    allow = pikepdf.Permissions(extract=True, modify_other=False)
    return pikepdf.Encryption(owner="owner", user="", R=revision, aes=aes, metadata=revision >= 4, allow=allow)


def many_fields(count: int, *, a_page: int = 61) -> bytes:
    """A form of ``count`` fields, half texts and half check boxes, ``a_page`` on each page.

    One text in twenty is centred and one in thirty has several lines, as in real forms.
    """
    blank = Blank(pages=0)
    per_column = (a_page + 2) // 3
    for index in range(count):
        page, place = divmod(index, a_page)
        if place == 0:
            blank.page(words=[(40, 770, f"Page {page + 1} of a form with many fields")])
        column, row = divmod(place, per_column)
        x, y = 40 + column * 180, 740 - row * 700 / per_column
        if index % 2:
            blank.check(f"box {index}", (x, y, x + 10, y + 10), page=page)
        else:
            flags = MULTILINE if index % 60 == 30 else 0
            blank.text(f"text {index}", (x, y, x + 150, y + 14), page=page, Q=int(index % 40 == 20), Ff=flags)
    return blank.save_with_streams()


def raw_pdf(objects: Mapping[int, bytes], *, hidden: Mapping[int, bytes] | None = None, trailer: bytes = b"") -> bytes:
    """A file written byte by byte: ``objects`` with a table, and ``hidden`` ones in an object stream (a hybrid file).

    Object 1 is the catalog. ``trailer`` joins the trailer dictionary.
    """
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets: dict[int, int] = {}

    def put(number: int, body: bytes) -> None:
        offsets[number] = len(out)
        out.extend(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    for number, body in objects.items():
        put(number, body)
    size = max([*objects, *(hidden or {})]) + (3 if hidden else 1)
    if hidden:
        put(size - 2, _object_stream(hidden))
    table = len(out)
    out += b"xref\n0 %d\n" % size
    for number in range(size):
        out += b"%010d 00000 n\r\n" % offsets[number] if number in offsets else b"0000000000 65535 f\r\n"
    trailer = b"/Size %d/Root 1 0 R%s" % (size, trailer)
    out += b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer, table)
    if hidden:  # a second, empty table points at the stream, as word processors write it
        rows = [b"\x02" + (size - 2).to_bytes(4, "big") + place.to_bytes(2, "big") for place in range(len(hidden))]
        index = b" ".join(b"%d 1" % number for number in hidden)
        put(size - 1, _stream(b"/Type/XRef/W[1 4 2]/Size %d/Root 1 0 R/Index[%s]" % (size, index), b"".join(rows)))
        second = len(out)
        trailer += b"/Prev %d/XRefStm %d" % (table, offsets[size - 1])
        out += b"xref\n0 0\ntrailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer, second)
    return bytes(out)


def hybrid_pdf() -> bytes:
    """A form with a table and /XRefStm, whose text field "Name" is hidden from old readers in an object stream."""
    return raw_pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots[6 0 R]>>",
        },
        hidden={
            5: b"<</Fields[6 0 R]/DA(/Helv 0 Tf 0 g)>>",
            6: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/Rect[100 600 300 616]/P 3 0 R/F 4>>",
        },
    )


def _object_stream(objects: Mapping[int, bytes]) -> bytes:
    starts, position = [], 0
    for number, body in objects.items():
        starts.append(b"%d %d " % (number, position))
        position += len(body) + 1
    head = b"".join(starts)
    packed = zlib.compress(head + b" ".join(objects.values()))
    return _stream(b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (len(objects), len(head)), packed)


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def _without(entries: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if key not in keys}
