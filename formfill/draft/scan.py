"""A page that is only a picture, read to facts: its words by Tesseract, its lines and boxes off the pixels.

Limits: print in bold is not told from other print; a list whose boxes are circles has no boxes; words to be circled
are words. A page turned by more than two degrees loses its lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from formfill.draft.facts import Word
from formfill.errors import BlankFormError
from formfill.pdf.geometry import PageFrame, ShownBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from formfill.draft.scan_lines import Picture, PixelBox
    from formfill.draft.scan_words import Read

#: A scan may be stored at one point a pixel; what is longer than a tabloid page is taken for such a one.
_LONGEST_PT = 1300.0
_LONGEST_PX = 3300
#: Short lines up to this length may be dashes.
_DASH_PT = 30.0


@dataclass(frozen=True)
class ScanFacts:
    """What a scanned page shows, in displayed points.

    ``words`` are in reading order. ``across`` and ``down`` are thin boxes around lines, a crooked line at its mean
    height. ``squares`` are boxes to tick, ``shades`` filled areas.
    """

    words: tuple[Word, ...]
    across: tuple[ShownBox, ...]
    down: tuple[ShownBox, ...]
    squares: tuple[ShownBox, ...]
    shades: tuple[ShownBox, ...]


def read_scan(data: bytes, page_index: int, frame: PageFrame, language: str = "eng+spa") -> ScanFacts:
    """Read a page of the PDF ``data`` as it is displayed, without its form fields and other annotations.

    ``page_index`` counts from 0. ``language`` is Tesseract's.

    Raises: BlankFormError, where the file cannot be opened, or Tesseract is missing or fails.
    """
    # OpenCV takes a tenth of a second to import, which a blank that has letters need not wait for
    from formfill.draft import scan_lines, scan_squares, scan_words

    grey, scale = _picture(data, page_index, frame)
    ink = scan_lines.ink_of(grey)
    across = scan_lines.lines_across(ink, grey)
    down = scan_lines.lines_down(ink, grey, across)
    squares = scan_squares.squares(ink)
    shades = scan_lines.shades(grey)
    across = [line for line in across if not _is_wall(line.across_box(), squares)]
    is_line = scan_lines.outside_shades(grey, [line.across_box() for line in across], shades)
    across = [line for line, ok in zip(across, is_line, strict=True) if ok]
    is_line = scan_lines.outside_shades(grey, [line.down_box() for line in down], shades)
    down = [line for line, ok in zip(down, is_line, strict=True) if ok]
    clean = scan_lines.without_lines(grey, ink, across, down, squares, shades)
    del ink
    across_boxes = [line.across_box() for line in across]
    reads = scan_words.tightened(scan_words.read_words(clean, page_index + 1, language), clean)
    reads = scan_words.sensible(reads, across_boxes, squares)
    across_boxes = [box for box in across_boxes if not _is_stroke(box, reads, scale)]

    def shown(boxes: Sequence[PixelBox]) -> tuple[ShownBox, ...]:
        return tuple((x0 / scale, y0 / scale, x1 / scale, y1 / scale) for x0, y0, x1, y1 in boxes)

    return ScanFacts(
        words=tuple(scan_words.words(reads, scale, scan_lines.slope_of(across))),
        across=shown(across_boxes),
        down=shown([line.down_box() for line in down]),
        squares=shown(squares),
        shades=shown(shades),
    )


def _picture(data: bytes, page_index: int, frame: PageFrame) -> tuple[Picture, float]:
    """The page in grey, and its pixels a point."""
    import numpy as np
    import pypdfium2

    from formfill.draft.scan_lines import PX_PER_PT

    longest = max(frame.width, frame.height)
    scale = PX_PER_PT if longest <= _LONGEST_PT else _LONGEST_PX / longest
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise BlankFormError("the blank: cannot be read as a PDF: it is damaged or needs a password") from None
    try:
        page = document[page_index]
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False, draw_annots=False)
        grey = np.array(bitmap.to_numpy(), dtype=np.uint8).reshape(bitmap.height, bitmap.width)
        bitmap.close()
        page.close()
    finally:
        document.close()
    return grey, scale


def _is_wall(box: PixelBox, squares: Sequence[PixelBox]) -> bool:
    """A line that is a side of a box to tick."""
    return any(s[0] - 6 <= box[0] and box[2] <= s[2] + 6 and s[1] - 6 <= box[1] and box[3] <= s[3] + 6 for s in squares)


def _is_stroke(box: PixelBox, reads: Sequence[Read], scale: float) -> bool:
    """A dash between words, or the bar of a letter: it stands at the middle height of the words beside or on it."""
    if box[2] - box[0] > _DASH_PT * scale:
        return False
    at = (box[1] + box[3]) / 2
    for read in reads:
        x0, top, x1, bottom = read.box
        beside = max(box[0] - x1, x0 - box[2]) < 6 * scale
        if beside and top + 0.2 * (bottom - top) < at < bottom - 0.3 * (bottom - top):
            return True
    return False
