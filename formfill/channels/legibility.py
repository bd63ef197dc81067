"""Whether a fax will be read at the other end: a look at its pages before it leaves, and at the time it takes.

A fax line knows black and white alone. Small type closes up, hairlines break, a tint becomes white or a black field
that hides the print on it, a photograph becomes grain, and what stands at the edge of the sheet is cut off by machines
that feed it askew. What is measured of type and strokes is what we wrote: the print of the form is the provider's own.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from formfill.channels.fax import DPI, THRESHOLD, Setting, grey, opened

#: What is smaller may not be read, by practice: no standard says so.
SMALLEST_PT = 10.0
#: What is thinner breaks where the line has noise.
THINNEST_DOTS = 1.5
MARGIN_IN = 0.25
#: Of a page; below it, a tint is a rule or a logo.
MUCH = 0.02
LONG_SECONDS = 600

#: Call, identification and training of the modems, before the first page (ITU-T T.30, phases A and B).
_HANDSHAKE_SECONDS = 20
#: End of page, confirmation and training anew, after each (T.30, phase D).
_PAGE_SECONDS = 4
_CELL = 12
#: In dots: that of type of 16 pt.
_LONGEST_STROKE = 45
#: Paper is lighter, and ink darker, than these.
_PAPER, _INK = 215, 60


class Place(NamedTuple):
    """Where a value of ours stands: ``box`` in displayed points, origin top left, [x0, top, x1, bottom]."""

    page_index: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PageReading:
    """What was measured on one page; ``None`` where it has no value of ours."""

    page_number: int
    smallest_pt: float | None
    """The type of our values, on the paper that comes out."""
    thinnest_dots: float | None
    """The strokes of our values."""
    lost: int
    """How many values of ours show no dot."""
    black_share: float
    """How much of the page is a tint that turns black."""
    white_share: float
    """How much is a tint that disappears."""
    noise_share: float
    """How much is grain: a picture, most often."""
    near: tuple[str, ...]
    """The edges that print comes near to."""


@dataclass(frozen=True, slots=True)
class Transmission:
    """How long a fax takes: an estimate, for a line without errors."""

    pages: int
    size: int
    """Bytes on the line."""

    def seconds(self, bits_per_second: int) -> float:
        """At 9600 or 14400 bit/s."""
        return _HANDSHAKE_SECONDS + self.pages * _PAGE_SECONDS + self.size * 8 / bits_per_second

    def __str__(self) -> str:
        fast, slow = (_minutes(self.seconds(rate)) for rate in (14400, 9600))
        span = f"{fast} to {slow}" if fast != slow else str(fast)
        return f"about {span} minute{'s' if slow > 1 else ''} on the line"


def transmission(tiff: bytes) -> Transmission:
    """What the fax takes, by the size of its pages."""
    from PIL import Image

    size = 0
    with Image.open(io.BytesIO(tiff)) as fax:
        pages = getattr(fax, "n_frames", 1)
        for index in range(pages):
            fax.seek(index)
            size += sum(fax.tag_v2[279])  # type: ignore[attr-defined]
    return Transmission(pages, size)


def readings(packet_pdf: bytes, places: Sequence[Place] = ()) -> tuple[PageReading, ...]:
    """What each page of the packet will be like as a fax; ``places`` are where our values stand.

    Raises: DeliveryError, for a packet that PDFium does not open.
    """
    with opened(packet_pdf) as document:
        return tuple(
            _reading(index, page, [place.box for place in places if place.page_index == index])
            for index, page in enumerate(document)
        )


def notes(packet_pdf: bytes, tiff: bytes, places: Sequence[Place] = ()) -> tuple[str, ...]:
    """What a person must be told before the fax leaves. Raises: DeliveryError."""
    found = [note for reading in readings(packet_pdf, places) for note in _said(reading)]
    taken = transmission(tiff)
    if taken.seconds(9600) > LONG_SECONDS:
        found.append(f"the fax takes {taken}: where the line is bad, send it by mail or in two parts")
    return tuple(found)


def _said(page: PageReading) -> Iterator[str]:
    where = f"fax page {page.page_number}"
    if page.lost:
        values = "a value that we wrote is" if page.lost == 1 else f"{page.lost} values that we wrote are"
        yield f"{where}: {values} too light and will not be seen at all: send by mail"
    if page.smallest_pt is not None and round(page.smallest_pt, 1) < SMALLEST_PT:
        yield (
            f"{where}: the smallest of our values is {page.smallest_pt:.1f} pt; below {SMALLEST_PT:.0f} pt a fax may "
            "not be read: look at fax.tiff, or send by mail"
        )
    elif page.thinnest_dots is not None and page.thinnest_dots < THINNEST_DOTS:
        yield (
            f"{where}: strokes of our values are {page.thinnest_dots:.1f} dots thin and may break: look at fax.tiff, "
            "or send by mail"
        )
    if page.black_share >= MUCH:
        yield f"{where}: grey areas ({page.black_share:.0%} of the page) turn black: see that nothing is hidden in them"
    if page.white_share >= MUCH:
        yield f"{where}: light grey areas ({page.white_share:.0%} of the page) turn white: see that nothing is lost"
    if page.noise_share >= MUCH:
        yield (
            f"{where}: a picture ({page.noise_share:.0%} of the page) becomes grain and takes long: see in fax.tiff "
            "whether it can be read"
        )
    if page.near:
        edges = " and ".join(page.near)
        yield f"{where}: print is nearer than {MARGIN_IN} in to the {edges} edge, where machines cut it off"


def _reading(index: int, page: Any, boxes: Sequence[tuple[float, float, float, float]]) -> PageReading:
    import numpy as np

    tones = np.asarray(grey(page))
    black = tones < THRESHOLD
    at = Setting.of(page)
    crops = [black[_dots(at, page, box)] for box in boxes]
    strokes = [stroke for crop in crops if (stroke := _stroke(crop)) is not None]
    turned_black, turned_white, noise = _tints(tones, black)
    sizes = _type_sizes(page, boxes)
    return PageReading(
        page_number=index + 1,
        smallest_pt=min(sizes) * at.scale if sizes else None,
        thinnest_dots=min(strokes, default=None),
        lost=sum(1 for crop in crops if crop.size and not crop.any()),
        black_share=turned_black,
        white_share=turned_white,
        noise_share=noise,
        near=tuple(_near(black)),
    )


def _dots(at: Setting, page: Any, box: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """The rows and columns of the fax that a box of the page comes to."""
    x0, top, x1, bottom = box
    width_pt, height_pt = page.get_size()
    if at.turn:  # clockwise: what was at the left stands at the top
        x0, top, x1, bottom = height_pt - bottom, x0, height_pt - top, x1
        width_pt, height_pt = height_pt, width_pt
    across, down = at.width / width_pt, at.height / height_pt
    rows = slice(max(math.floor(top * down), 0), max(math.ceil(bottom * down), 0))
    return rows, slice(max(at.left + math.floor(x0 * across), 0), max(at.left + math.ceil(x1 * across), 0))


def _type_sizes(page: Any, boxes: Sequence[tuple[float, float, float, float]]) -> list[float]:
    """The type sizes, in points on the page, of all characters whose middle is in one of ``boxes``."""
    import ctypes

    import pypdfium2.raw as pdfium

    if not boxes:
        return []
    sizes = []
    text = page.get_textpage()
    matrix, corners = pdfium.FS_MATRIX(), [ctypes.c_double() for _ in range(4)]
    x, y = ctypes.c_int(), ctypes.c_int()
    # a device of a hundred units to the point turns coordinates of the page into displayed ones, rotation and all
    width, height = (round(side * 100) for side in page.get_size())
    for index in range(text.count_chars()):
        if pdfium.FPDFText_GetUnicode(text, index) in (0x20, 0xA0, 0x0D, 0x0A):
            continue
        pdfium.FPDFText_GetCharBox(text, index, *corners)
        left, right, bottom, top = (corner.value for corner in corners)
        pdfium.FPDF_PageToDevice(page, 0, 0, width, height, 0, (left + right) / 2, (bottom + top) / 2, x, y)
        middle = x.value / 100, y.value / 100
        if any(x0 <= middle[0] <= x1 and y0 <= middle[1] <= y1 for x0, y0, x1, y1 in boxes):
            pdfium.FPDFText_GetMatrix(text, index, matrix)
            sizes.append(pdfium.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d))
    return [size for size in sizes if size > 0]


def _stroke(black: Any) -> float | None:
    """How thick the thinner strokes of some writing are, in dots; ``None`` where there is no writing."""
    import numpy as np

    across, down = _runs(black), _runs(black.T).T
    # the form's own rules and frames, which a box may take in, are longer than any stroke of type
    writing = black & (across <= _LONGEST_STROKE) & (down <= _LONGEST_STROKE)
    if not writing.any():
        return None
    # along a stroke the run is long, across it is the stroke's width
    widths = np.sort(np.minimum(across, down)[writing])
    return float(np.mean(widths[: max(len(widths) // 2, 1)]))


def _runs(black: Any) -> Any:
    """For each black dot, the length of the run in its row that it is part of; 0 for a white one."""
    import numpy as np

    step = np.diff(np.pad(black, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    long = np.nonzero(step == -1)[1] - np.nonzero(step == 1)[1]
    lengths = np.zeros(black.shape, dtype=np.int32)
    # dots and runs come in the same order, row by row
    lengths[black] = np.repeat(long, long)
    return lengths


def _tints(tones: Any, black: Any) -> tuple[float, float, float]:
    """The shares of the page that are tints turned black, tints turned white, and grain."""
    import numpy as np

    rows, columns = (side // _CELL * _CELL for side in tones.shape)

    def cells(dots: Any) -> Any:
        shape = (rows // _CELL, _CELL, columns // _CELL, _CELL)
        return dots[:rows, :columns].reshape(shape).swapaxes(1, 2)

    grey_cells, black_cells = cells(tones), cells(black)
    whole = (2, 3)
    middle = (grey_cells > _INK) & (grey_cells < _PAPER)
    # edges of type are grey too, but no cell of type is grey for the most part
    tinted = middle.mean(axis=whole) > 0.8
    if not tinted.any():
        return 0.0, 0.0, 0.0
    share = black_cells.mean(axis=whole)
    changes = np.abs(np.diff(black_cells.astype(np.int8), axis=3)).mean(axis=whole)
    grain = tinted & (changes > 0.05)
    return (
        float((tinted & ~grain & (share > 0.5)).mean()),
        float((tinted & ~grain & (share <= 0.5)).mean()),
        float(grain.mean()),
    )


def _near(black: Any) -> Iterator[str]:
    """The edges that print comes nearer to than the margin; a speck is no print."""
    across, down = (round(MARGIN_IN * dpi) for dpi in DPI)
    strips = {"left": black[:, :across], "right": black[:, -across:], "top": black[:down], "bottom": black[-down:]}
    return (edge for edge, strip in strips.items() if strip.sum() > 12)


def _minutes(seconds: float) -> int:
    return max(1, math.ceil(seconds / 60))
