"""A font of the file, or Helvetica, as a face to fit and show text with."""

from __future__ import annotations

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
        self._codes = font.codes
        self._widths = {char: font.widths[code] / 1000 for char, code in font.codes.items()}

    def can_show(self, text: str) -> bool:
        return all(map(self._codes.__contains__, text.replace("\n", "")))

    def width(self, text: str) -> float:
        return sum(map(self._widths.__getitem__, text))

    def ink(self, text: str) -> tuple[float, float]:
        font = self._font
        return (font.ascent if text.isascii() else font.high) / 1000, font.descent / 1000

    def show(self, text: str, size: float) -> bytes:
        return b"%s %s Tf %s Tj" % (
            self.resource,
            number(size),
            literal(bytes(map(self._codes.__getitem__, text))),
        )
