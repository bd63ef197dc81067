"""By fax: the packet as a fax machine sends it, one TIFF of Group 4 (ITU-T T.6) pages.

1728 dots wide at 204 x 196 to the inch, the "fine" resolution that every machine takes. A dot is black where the page
is darker than a threshold: dithering would turn small print to grain, and tints of a form to noise that takes minutes
to send. What is lighter than the threshold is lost on the line too: check a form with grey print before it is faxed.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from formfill.channels.base import NOWHERE, ROUTE, CoverKind, Reach, Route
from formfill.errors import DeliveryError

WIDTH_PX = 1728
DPI = (204, 196)
#: Of 255 (white); darker dots are black.
THRESHOLD = 160

_POINTS_PER_INCH = 72
_LETTER_ROWS = 11 * DPI[1]
#: US Legal; a machine that takes no more than Letter or A4 splits or shrinks it by itself.
_MOST_ROWS = 14 * DPI[1]
#: Letter is 8.5 inches wide and a fax line 8.47: what is no wider than Letter fills the line, as a scanner does it.
_LINE_PT = 8.5 * _POINTS_PER_INCH

# field types of TIFF 6.0
_SHORT, _LONG, _RATIONAL = 3, 4, 5


@dataclass(frozen=True, slots=True)
class _Page:
    """One page, encoded: ``rows`` rows of ``WIDTH_PX`` dots in one Group 4 strip, a set bit black."""

    strip: bytes
    rows: int


class Fax:
    """packet.pdf, to keep; fax.tiff, to send; route.json, which says to which number."""

    name = "fax"
    cover: CoverKind = "fax"
    reach: Reach = "fax"

    def files(self, packet_pdf: bytes, route: Route = NOWHERE) -> dict[str, bytes]:
        """The three of them. Raises: DeliveryError."""
        return {"packet.pdf": packet_pdf, "fax.tiff": fax_tiff(packet_pdf), ROUTE: route.written()}


def fax_tiff(pdf: bytes) -> bytes:
    """``pdf`` as a multi-page Group 4 TIFF, each page upright and whole.

    Raises: DeliveryError, for a PDF that PDFium cannot open or that has no pages.
    """
    with opened(pdf) as document:
        pages = [_encoded(two_tones(grey(page))) for page in document]
    if not pages:
        raise DeliveryError("the packet cannot be made a fax: it has no pages")
    return _tiff(pages)


@contextmanager
def opened(pdf: bytes) -> Iterator[Any]:
    """The packet, as PDFium opens it. Raises: DeliveryError."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as exc:
        raise DeliveryError("the packet cannot be made a fax: PDFium does not open it") from exc
    try:
        yield document
    finally:
        document.close()


@dataclass(frozen=True, slots=True)
class Setting:
    """How a page is set on a fax: turned by 90 degrees if it is wider than high, and ``scale`` times its size."""

    turn: bool
    scale: float
    left: int
    """Dots between the edge of the line and the page."""
    width: int
    height: int

    @classmethod
    def of(cls, page: Any) -> Setting:
        """The setting of a PDFium page."""
        width_pt, height_pt = page.get_size()
        turn = width_pt > height_pt
        if turn:
            width_pt, height_pt = height_pt, width_pt
        scale = min(_LINE_PT / width_pt, _MOST_ROWS / DPI[1] * _POINTS_PER_INCH / height_pt, 1.0)
        width = min(round(width_pt * scale / _LINE_PT * WIDTH_PX), WIDTH_PX)
        height = round(height_pt * scale / _POINTS_PER_INCH * DPI[1])
        return cls(turn, scale, (WIDTH_PX - width) // 2, width, height)


def grey(page: Any) -> Any:
    """The page with the dots of a fax in shades of grey, on paper of Letter size where it is smaller."""
    import pypdfium2
    import pypdfium2.raw as pdfium
    from PIL import Image

    at = Setting.of(page)
    rows = max(at.height, _LETTER_ROWS)
    bitmap = pypdfium2.PdfBitmap.new_native(WIDTH_PX, rows, pdfium.FPDFBitmap_Gray)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, WIDTH_PX, rows)
    # fields and annotations are page content in a packet: nothing is lost without FPDF_ANNOT
    pdfium.FPDF_RenderPageBitmap(
        bitmap, page, at.left, 0, at.width, at.height, 1 if at.turn else 0, pdfium.FPDF_PRINTING
    )
    return Image.frombuffer("L", (WIDTH_PX, rows), bytes(bitmap.buffer), "raw", "L", bitmap.stride, 1)


def two_tones(picture: Any) -> Any:
    """A picture in shades of grey as the fax shows it."""
    return picture.point([0 if value < THRESHOLD else 255 for value in range(256)], mode="1")


def _encoded(picture: Any) -> _Page:
    from PIL import Image, ImageChops

    # Group 4 calls a set bit black, Pillow a cleared one
    file = io.BytesIO()
    ImageChops.invert(picture).save(file, format="TIFF", compression="group4", tiffinfo={278: picture.height})
    with Image.open(file) as written:
        (offset,), (length,) = written.tag_v2[273], written.tag_v2[279]  # type: ignore[attr-defined]
    return _Page(file.getvalue()[offset : offset + length], picture.height)


def _tiff(pages: Sequence[_Page]) -> bytes:
    """The file that fax programs expect (TIFF 6.0; RFC 2301, profile F), little-endian.

    Pillow encodes a page well, but as "a set bit is white", and its multi-page files number no page.
    """
    file = bytearray(struct.pack("<2sHI", b"II", 42, 0))
    link = 4  # where the offset of the next page's directory is to be written
    for number, page in enumerate(pages):
        strip_at = len(file)
        file += page.strip + b"\0" * (len(page.strip) % 2)
        resolution_at = len(file)
        file += struct.pack("<4I", DPI[0], 1, DPI[1], 1)
        tags = [
            (254, _LONG, 1, 2),  # NewSubfileType: one page of many
            (256, _LONG, 1, WIDTH_PX),  # ImageWidth
            (257, _LONG, 1, page.rows),  # ImageLength
            (258, _SHORT, 1, 1),  # BitsPerSample
            (259, _SHORT, 1, 4),  # Compression: Group 4
            (262, _SHORT, 1, 0),  # PhotometricInterpretation: a set bit is black
            (266, _SHORT, 1, 1),  # FillOrder: the most significant bit is the leftmost dot
            (273, _LONG, 1, strip_at),  # StripOffsets: one strip a page, old programs read no more
            (277, _SHORT, 1, 1),  # SamplesPerPixel
            (278, _LONG, 1, page.rows),  # RowsPerStrip
            (279, _LONG, 1, len(page.strip)),  # StripByteCounts
            (282, _RATIONAL, 1, resolution_at),  # XResolution
            (283, _RATIONAL, 1, resolution_at + 8),  # YResolution
            (293, _LONG, 1, 0),  # T6Options
            (296, _SHORT, 1, 2),  # ResolutionUnit: inch
            (297, _SHORT, 2, number | len(pages) << 16),  # PageNumber: from 0, and how many
        ]
        struct.pack_into("<I", file, link, len(file))
        file += struct.pack("<H", len(tags))
        for tag in tags:
            file += struct.pack("<HHII", *tag)
        link = len(file)
        file += struct.pack("<I", 0)
    return bytes(file)
