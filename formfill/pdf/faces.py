"""A font of the file, or Helvetica, as a face to fit and show text with."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from formfill.pdf.syntax import literal, number

#: The key of Helvetica among a compiled form's fonts.
STANDARD = "*"


@dataclass(slots=True)
class SimpleFont:
    """A one-byte font that is sure to print: base-14, or embedded whole.

    ``resource`` is its serialised value ("12 0 R"), empty for one that the fill adds itself. ``codes`` gives the byte
    of each character, ``widths`` the advance of each byte in 1/1000 em. ``ascent`` and ``descent`` bound the ink of
    ASCII text, ``high`` that of accented capitals too, in 1/1000 em from the baseline.
    """

    resource: str
    base_font: str
    codes: dict[str, int]
    widths: list[float]
    ascent: float
    descent: float
    high: float


class SimpleFace:
    """A one-byte font. ``resource`` is the name that content streams call it by, ``reference`` its object in the file
    (empty for Helvetica as a fill adds it)."""

    __slots__ = ("_codes", "_font", "_widths", "reference", "resource")

    def __init__(self, font: SimpleFont) -> None:
        self._font = font
        self.reference = font.resource.encode("latin-1")
        self.resource = b"/FFo" if self.reference else b"/FFh"
        self._codes = {ord(char): code for char, code in font.codes.items()}
        self._widths = tuple(width / 1000 for width in font.widths)

    def can_show(self, text: str) -> bool:
        try:
            self._encoded(text.replace("\n", ""))
        except UnicodeEncodeError:
            return False
        return True

    def width(self, text: str) -> float:
        return sum(map(self._widths.__getitem__, self._encoded(text)))

    def _encoded(self, text: str) -> bytes:
        return codecs.charmap_encode(text, "strict", self._codes)[0]

    def ink(self, text: str) -> tuple[float, float]:
        font = self._font
        return (font.ascent if text.isascii() else font.high) / 1000, font.descent / 1000

    def show(self, text: str, size: float) -> bytes:
        return b"%s %s Tf %s Tj" % (
            self.resource,
            number(size),
            literal(self._encoded(text)),
        )
