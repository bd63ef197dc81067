"""Pages as pictures to draw on: rendered by PDFium, written on in Noto Sans, kept as PNG.

What is drawn is half transparent, so that the print beneath it can still be read.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from formfill.errors import BlankFormError
from formfill.pdf.geometry import ShownBox
from formfill.pdf.look import MAX_PIXELS
from formfill.pdf.shaping import package_fonts

#: Red, green, blue, each 0 to 255.
Colour = tuple[int, int, int]
#: (x0, top, x1, bottom) in pixels of a picture.
PixelBox = tuple[float, float, float, float]

INK: Colour = (33, 37, 41)
MUTED: Colour = (95, 102, 110)
PAPER: Colour = (255, 255, 255)
DESK: Colour = (236, 239, 243)
#: Around a page, in pixels.
MARGIN = 18


def page_pictures(
    data: bytes, numbers: Sequence[int] | None = None, *, scale: float, name: str = "the PDF"
) -> list[Image.Image]:
    """Pages of a PDF as they print, form fields included, ``scale`` pixels a point.

    Args:
        numbers: Which pages, counted from 1; without it all.

    Raises: BlankFormError, where PDFium cannot open the file or a page is larger than any sheet of paper.
    """
    import pypdfium2
    import pypdfium2.raw as raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise BlankFormError(f"{name}: cannot be read as a PDF: it is damaged or needs a password") from None
    try:
        wanted = range(1, len(document) + 1) if numbers is None else numbers
        return [_rendered(raw, document, number, scale, name) for number in wanted]
    finally:
        document.close()


def _rendered(raw: Any, document: Any, number: int, scale: float, name: str) -> Image.Image:
    page = document[number - 1]
    if raw.FPDFPage_Flatten(page.raw, raw.FLAT_PRINT) == raw.FLATTEN_SUCCESS:
        page.close()  # what was added shows only after loading the page again
        page = document[number - 1]
    try:
        width, height = page.get_size()
        if width * height * scale * scale > MAX_PIXELS:
            raise BlankFormError(
                f"{name}: page {number} is {width / 72:.0f} by {height / 72:.0f} inches: no form is that large"
            )
        picture: Image.Image = page.render(scale=scale, draw_annots=True).to_pil()
        return picture.convert("RGB")
    finally:
        page.close()


def page_count(data: bytes, name: str = "the PDF") -> int:
    """How many pages a PDF has. Raises: BlankFormError."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise BlankFormError(f"{name}: cannot be read as a PDF: it is damaged or needs a password") from None
    count = len(document)
    document.close()
    return count


def png(picture: Image.Image) -> bytes:
    """A picture's file."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=6)
    return out.getvalue()


@lru_cache
def face(size: int, weight: int = 400, width: int = 100) -> ImageFont.FreeTypeFont:
    """Noto Sans, ``size`` pixels an em; ``weight`` is 100 to 900, ``width`` 62 (condensed) to 100."""
    (path,) = (path for path in package_fonts("fontpkg_noto_sans") if path.name.startswith("NotoSans["))
    font = ImageFont.truetype(str(path), size)
    font.set_variation_by_axes([weight, width])
    return font


def at_scale(box: ShownBox, scale: float, dx: float = 0, dy: float = 0) -> PixelBox:
    """A displayed box in pixels of a picture whose page begins at (dx, dy)."""
    return box[0] * scale + dx, box[1] * scale + dy, box[2] * scale + dx, box[3] * scale + dy


class Sheet:
    """A picture under construction; what is drawn later lies over what was drawn before, and lets it shine through."""

    def __init__(self, width: int, height: int, ground: Colour = DESK) -> None:
        self.base = Image.new("RGB", (width, height), ground)
        # on an RGB picture, this mode mixes what is drawn with what is there
        self._draw = ImageDraw.Draw(self.base, "RGBA")

    def paste(self, picture: Image.Image, x: int, y: int) -> None:
        """Put a page there, with a thin edge around it."""
        edge = (x - 1, y - 1, x + picture.width, y + picture.height)
        ImageDraw.Draw(self.base).rectangle(edge, outline=(190, 196, 204))
        self.base.paste(picture, (x, y))

    def box(
        self,
        box: PixelBox,
        colour: Colour,
        *,
        fill: int = 0,
        edge: int = 0,
        width: int = 1,
        radius: float = 0,
    ) -> None:
        """A rectangle; ``fill`` and ``edge`` are how opaque it is, 0 to 255."""
        self._draw.rounded_rectangle(
            box,
            radius=radius,
            fill=(*colour, fill) if fill else None,
            outline=(*colour, edge) if edge else None,
            width=width,
        )

    def dashes(self, box: PixelBox, colour: Colour, opacity: int = 255, dash: float = 7, width: int = 2) -> None:
        """A dashed rectangle."""
        x0, top, x1, bottom = box
        for x in _steps(x0, x1, 2 * dash):
            for y in (top, bottom):
                self.line((x, y), (min(x + dash, x1), y), colour, opacity, width)
        for y in _steps(top, bottom, 2 * dash):
            for x in (x0, x1):
                self.line((x, y), (x, min(y + dash, bottom)), colour, opacity, width)

    def line(
        self, start: tuple[float, float], end: tuple[float, float], colour: Colour, opacity: int = 255, width: int = 1
    ) -> None:
        """A straight line."""
        self._draw.line((start, end), fill=(*colour, opacity), width=width)

    def text(
        self,
        at: tuple[float, float],
        words: str,
        font: ImageFont.FreeTypeFont,
        colour: Colour = INK,
        anchor: str = "lm",
    ) -> None:
        """Words; ``anchor`` as Pillow has it: lm is left and middle."""
        self._draw.text(at, words, font=font, fill=(*colour, 255), anchor=anchor)

    def check_sign(self, x: float, y: float, size: float, colour: Colour) -> None:
        """A small tick around (x, y)."""
        points = [(x - 0.45 * size, y), (x - 0.12 * size, y + 0.35 * size), (x + 0.5 * size, y - 0.4 * size)]
        self._draw.line(points, fill=(*colour, 255), width=2, joint="curve")


def _steps(start: float, end: float, step: float) -> list[float]:
    return [start + i * step for i in range(max(1, int((end - start) / step + 0.999)))]
