"""How a PDF looks when printed, as PDFium sees it: grey pixels and characters, fields flattened into the page.

PDFium writes nothing here, so that what formfill wrote is judged by another library's eyes.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import struct
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from operator import sub
from pathlib import Path
from typing import Any

import pypdfium2_raw as pdfium  # the bindings alone: the package around them takes 20 ms to import

from formfill.errors import BlankFormError, OutputError
from formfill.files import cache_dir, write_private
from formfill.pdf.geometry import PageFrame, ShownBox

#: Pixels a point.
SCALE = 1.25
#: A pixel this much darker or lighter (of 255) has changed.
CHANGED = 40
#: More than any sheet of paper has; a page that wants more is a mistake or an attack on the memory.
MAX_PIXELS = 25_000_000
#: Raised whenever a look changes: older cached ones are then made anew.
FORMAT = 3

_GRAY = 1  # FPDFBitmap_Gray
_FLAGS = 0x01 | 0x08 | 0x800  # FPDF_ANNOT, FPDF_GRAYSCALE, FPDF_PRINTING


#: Print that a value may stand on: what blanks are made of.
_BLANK_MARKS = frozenset("_-.…‐–—|/\\()[]□☐ˍ¨")


@dataclass
class PageLook:
    """One page. ``width`` and ``height`` are in pixels, ``grey`` a byte a pixel, row by row from the top.

    ``chars`` are the visible characters; ``boxes`` four numbers each, [x0, top, x1, bottom] of its ink in displayed
    points, origin top left.
    """

    width: int
    height: int
    grey: bytes
    chars: str
    boxes: array[float]
    text: bytes = b""
    """All characters in PDFium's own order, those that cannot be seen too: two bytes each (UTF-16, little-endian)."""

    def box(self, index: int) -> ShownBox:
        x0, top, x1, bottom = self.boxes[4 * index : 4 * index + 4]
        return x0, top, x1, bottom

    @cached_property
    def spots(self) -> Counter[tuple[str, int, int]]:
        """How many of each character stand on each spot, by the rounded left and top of its ink."""
        boxes = self.boxes
        return Counter((char, round(boxes[4 * i]), round(boxes[4 * i + 1])) for i, char in enumerate(self.chars))

    @cached_property
    def _cells(self) -> dict[tuple[int, int], list[ShownBox]]:
        """The boxes of printed words' characters by place: in cells of 16 by 16 points."""
        cells: dict[tuple[int, int], list[ShownBox]] = {}
        for i, char in enumerate(self.chars):
            if char not in _BLANK_MARKS:
                box = self.box(i)
                for cell in _cells_of(box):
                    cells.setdefault(cell, []).append(box)
        return cells

    def has_print_under(self, box: ShownBox) -> bool:
        """Whether a printed character of a word covers more than a quarter of ``box``."""
        x0, top, x1, bottom = box
        quarter = max(1e-6, (x1 - x0) * (bottom - top)) / 4
        for cell in _cells_of(box):
            for left, high, right, low in self._cells.get(cell, ()):
                across = min(x1, right) - max(x0, left)
                down = min(bottom, low) - max(top, high)
                if across > 0 and down > 0 and across * down > quarter:
                    return True
        return False

    def spans(self, box: ShownBox, grow: float = 0.0) -> Iterator[tuple[int, int]]:
        """The rows of pixels of a box (displayed points, ``grow`` more on each side), as slices of ``grey``."""
        x0, x1 = max(0, int((box[0] - grow) * SCALE)), min(self.width, int((box[2] + grow) * SCALE) + 1)
        y0, y1 = max(0, int((box[1] - grow) * SCALE)), min(self.height, int((box[3] + grow) * SCALE) + 1)
        if x0 < x1:
            for row in range(y0, y1):
                yield row * self.width + x0, row * self.width + x1

    def changed_share(self, other: PageLook, box: ShownBox, grow: float = 0.0) -> float:
        """The share of a box's pixels that differ from another look of the same page."""
        changed = total = 0
        for start, end in self.spans(box, grow):
            a, b = self.grey[start:end], other.grey[start:end]
            total += end - start
            if a != b:
                changed += sum(d > CHANGED or d < -CHANGED for d in map(sub, a, b))
        return changed / total if total else 0.0


def _cells_of(box: ShownBox) -> list[tuple[int, int]]:
    columns = range(int(box[0]) // 16, int(box[2]) // 16 + 1)
    return [(x, y) for y in range(int(box[1]) // 16, int(box[3]) // 16 + 1) for x in columns]


class Document:
    """A PDF opened by PDFium. Close it, or use it in a with statement. Raises ValueError where PDFium refuses it."""

    def __init__(self, data: bytes) -> None:
        _init()
        self._data = data  # PDFium reads from it until closed
        self._raw = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
        if not self._raw:
            raise ValueError(f"PDFium cannot open it (error {pdfium.FPDF_GetLastError()})")

    def __enter__(self) -> Document:
        return self

    def __exit__(self, *_: object) -> None:
        pdfium.FPDF_CloseDocument(self._raw)

    def __len__(self) -> int:
        return int(pdfium.FPDF_GetPageCount(self._raw))

    def look(self, index: int, *, letters: bool = True, blank: PageLook | None = None) -> PageLook:
        """The page as it prints; without ``letters``, its pixels alone. The open document's page is flattened; no file
        is changed.

        ``blank`` is the same page before it was filled: where its characters come first, they are given its boxes
        without asking again. That they stand where they stood, the pixels tell.
        """
        page = pdfium.FPDF_LoadPage(self._raw, index)
        if not page:
            raise ValueError(f"PDFium cannot load page {index + 1}")
        flattened = pdfium.FPDFPage_Flatten(page, 1)  # FLAT_PRINT
        if flattened == 1:  # FLATTEN_SUCCESS: what was added shows only after loading the page again
            pdfium.FPDF_ClosePage(page)
            page = pdfium.FPDF_LoadPage(self._raw, index)
        try:
            width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
            across, down = max(1, round(width * SCALE)), max(1, round(height * SCALE))
            if across * down > MAX_PIXELS:
                raise ValueError(
                    f"page {index + 1} is {width / 72:.0f} by {height / 72:.0f} inches: no form is that large"
                )
            grey = _render(page, across, down)
            chars, boxes, text = _characters(page, blank) if letters else ("", array("f"), b"")
            return PageLook(across, down, grey, chars, boxes, text)
        finally:
            pdfium.FPDF_ClosePage(page)

    def field_values(self, boxes: Sequence[tuple[int, ShownBox]]) -> list[list[str]]:
        """What the fields of the widgets in each box (page index, box) say. Ask before ``look``, which flattens."""
        found: list[list[str]] = [[] for _ in boxes]
        callbacks = pdfium.FPDF_FORMFILLINFO(version=2)
        environment = pdfium.FPDFDOC_InitFormFillEnvironment(self._raw, callbacks)
        try:
            for index in {page for page, _ in boxes}:
                for shown, annotation in self._widgets(index):
                    here = [i for i, (page, box) in enumerate(boxes) if page == index and _alike(box, shown)]
                    value = _field_value(environment, annotation) if here else ""
                    for i in here:
                        found[i].append(value)
        finally:
            pdfium.FPDFDOC_ExitFormFillEnvironment(environment)
        return found

    def _widgets(self, index: int) -> Iterator[tuple[ShownBox, Any]]:
        page = pdfium.FPDF_LoadPage(self._raw, index)
        try:
            to_shown = _frame(page).to_top_left
            for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
                annotation = pdfium.FPDFPage_GetAnnot(page, number)
                try:
                    if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
                        area = pdfium.FS_RECTF()
                        pdfium.FPDFAnnot_GetRect(annotation, area)
                        left, right = sorted((area.left, area.right))
                        low, high = sorted((area.bottom, area.top))
                        yield to_shown((left, low, right, high)), annotation
                finally:
                    pdfium.FPDFPage_CloseAnnot(annotation)
        finally:
            pdfium.FPDF_ClosePage(page)


def _alike(one: ShownBox, other: ShownBox) -> bool:
    return all(abs(p - q) < 0.5 for p, q in zip(one, other, strict=True))


def _field_value(environment: Any, annotation: Any) -> str:
    length = pdfium.FPDFAnnot_GetFormFieldValue(environment, annotation, None, 0)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    pdfium.FPDFAnnot_GetFormFieldValue(environment, annotation, buffer, length)
    return bytes(buffer)[: max(0, length - 2)].decode("utf-16-le", "replace")


@cache
def _init() -> None:
    """Start PDFium, once a process. pypdfium2 would do it on import, which takes 20 ms more than this call."""
    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2))


def _render(page: Any, width: int, height: int) -> bytes:
    stride = (width + 3) // 4 * 4
    buffer = ctypes.create_string_buffer(stride * height)
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, _GRAY, buffer, stride)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, _FLAGS)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    raw = buffer.raw
    if stride == width:
        return raw
    return b"".join(raw[row * stride : row * stride + width] for row in range(height))


def _characters(page: Any, blank: PageLook | None) -> tuple[str, array[float], bytes]:
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        to_shown = _frame(page).to_top_left
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        refs = tuple(ctypes.byref(v) for v in (left, right, bottom, top))
        code_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetCharBox
        text = _text(text_page)
        same = len(blank.text) // 2 if blank and text.startswith(blank.text) else 0
        chars = [blank.chars] if blank and same else []
        boxes = blank.boxes[:] if blank and same else array("f")
        for i in range(same, len(text) // 2):
            code = code_of(text_page, i)
            if code == 2:  # what PDFium makes of a hyphen at the end of a line
                code = 45
            if code <= 32 or code == 0xA0 or not box_of(text_page, i, *refs):
                continue
            chars.append(chr(code))
            boxes.extend(to_shown((left.value, bottom.value, right.value, top.value)))
        return "".join(chars), boxes, text
    finally:
        pdfium.FPDFText_ClosePage(text_page)


def _text(text_page: Any) -> bytes:
    count = pdfium.FPDFText_CountChars(text_page)
    buffer = (ctypes.c_ushort * (count + 1))()
    pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    return bytes(buffer)[: 2 * count]


def _frame(page: Any) -> PageFrame:
    """The visible extent: PDFium gives characters in user space."""
    extent = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, ctypes.byref(extent))
    left, right = sorted((extent.left, extent.right))
    low, high = sorted((extent.bottom, extent.top))
    return PageFrame(left, low, right, high, pdfium.FPDFPage_GetRotation(page) * 90)


def blank_looks(data: bytes, sha256: str | None) -> list[PageLook]:
    """How each page of a blank looks, from the cache or made now; without ``sha256`` nothing is kept.

    Raises: BlankFormError, for a blank that PDFium cannot show: no fill of it could be verified.
    """
    path = cache_dir() / "looks" / f"{sha256}.{FORMAT}"
    kept = _read(path) if sha256 else None
    if kept is None:
        try:
            with Document(data) as document:
                kept = [document.look(i) for i in range(len(document))]
        except ValueError as exc:
            raise BlankFormError(f"the blank cannot be shown, so no fill of it could be verified: {exc}") from exc
        if sha256:
            # a cache that cannot be written costs time, not correctness
            with contextlib.suppress(OutputError):
                write_private(path, _packed(kept))
    return kept


def _packed(looks: list[PageLook]) -> bytes:
    head = [[p.width, p.height, p.chars, len(p.boxes), p.text.decode("latin-1")] for p in looks]
    text = json.dumps(head).encode()
    body = b"".join(p.grey + p.boxes.tobytes() for p in looks)
    return struct.pack("<I", len(text)) + text + zlib.compress(body, 1)


def _read(path: Path) -> list[PageLook] | None:
    try:
        raw = path.read_bytes()
        (size,) = struct.unpack_from("<I", raw)
        head = json.loads(raw[4 : 4 + size])
        body = zlib.decompress(raw[4 + size :])
        looks, position = [], 0
        for width, height, chars, count, text in head:
            grey = body[position : position + width * height]
            position += width * height
            boxes = array("f", body[position : position + 4 * count])
            position += 4 * count
            looks.append(PageLook(width, height, grey, chars, boxes, text.encode("latin-1")))
        return looks
    except (OSError, ValueError, TypeError, struct.error, zlib.error):
        return None  # absent or torn: made anew
