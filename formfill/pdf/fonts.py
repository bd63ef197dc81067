"""Which of a form's own fonts may print a value, and with what codes and widths (ISO 32000-2, 9.6).

A field's font serves only if every viewer will draw it alike: one of the base 14, or embedded whole. Acrobat's `Helv`
carries PDFDocEncoding as /Differences, an embedded Arial may carry any encoding: what the font says is read, not
assumed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import pikepdf

from formfill.pdf.faces import SimpleFont

_BASE14 = {
    "Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique",
    "Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic",
    "Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique",
}  # fmt: skip
#: Ink of ASCII above and below the baseline, and of accented capitals, by family (Adobe's core metrics, 1/1000 em).
_INK = {"Helvetica": (740, -212, 940), "Times": (700, -218, 900), "Courier": (640, -200, 810)}
_SUBSET = re.compile(r"[A-Z]{6}\+")


def standard_font() -> SimpleFont:
    """Helvetica in WinAnsiEncoding, not yet in any file."""
    codes = _winansi()
    return SimpleFont("", "Helvetica", codes, _core_widths("Helvetica", codes), *_INK["Helvetica"])


def usable_font(font: Any, resource: bytes) -> SimpleFont | None:
    """The font dictionary ``font`` as one to print with, or None where it may not serve."""
    try:
        base = str(font.get("/BaseFont", ""))[1:]
        if str(font.get("/Subtype")) not in ("/Type1", "/TrueType", "/MMType1"):
            return None
        descriptor = font.get("/FontDescriptor")
        embedded = descriptor is not None and any(k in descriptor for k in ("/FontFile", "/FontFile2", "/FontFile3"))
        if base in _BASE14:
            codes = _codes(font.get("/Encoding"), core=True)
        elif embedded and not _SUBSET.match(base):
            codes = _codes(font.get("/Encoding"), core=False)
        else:
            return None
        if len(codes) < 60:
            return None
        widths = _widths(font, descriptor) or (_core_widths(base, codes) if base in _BASE14 else None)
        if widths is None:
            return None
        ink: tuple[float, float, float] | None = _INK.get(base.split("-")[0])
        if ink is None:
            box = [float(x) for x in descriptor.get("/FontBBox", (0, -220, 1000, 950))]
            up = float(descriptor.get("/Ascent", 750)) or 750
            ink = (min(max(up, 700), 950), max(min(box[1], -200), -300), max(box[3], 900))
        return SimpleFont(resource.decode("latin-1"), base, codes, widths, *ink)
    except (TypeError, ValueError, AttributeError, pikepdf.PdfError):
        return None  # a damaged font is one not to rely on


def _codes(encoding: Any, *, core: bool) -> dict[str, int]:
    base: Any = encoding if isinstance(encoding, pikepdf.Name) else None
    differences: Any = ()
    if isinstance(encoding, pikepdf.Dictionary):
        base = encoding.get("/BaseEncoding")
        differences = encoding.get("/Differences", ())
    if base is None and not core and not differences:
        return {}  # the font program's own encoding: not read here
    table = dict(_base_table(str(base) if base is not None else ""))
    if differences:
        from fontTools.agl import toUnicode

        code = 0
        for item in differences:
            if isinstance(item, pikepdf.Name):
                table[code] = toUnicode(str(item)[1:])
                code += 1
            else:
                code = int(item)
    codes: dict[str, int] = {}
    for code, char in sorted(table.items()):
        if len(char) == 1 and 32 <= code <= 255:
            codes.setdefault(char, code)
    return codes


@lru_cache
def _base_table(name: str) -> dict[int, str]:
    if name == "/WinAnsiEncoding":
        return {code: char for char, code in _winansi().items()}
    if name == "/MacRomanEncoding":
        return {code: bytes([code]).decode("mac_roman") for code in range(32, 256) if code != 127}
    from fontTools.agl import toUnicode
    from fontTools.encodings.StandardEncoding import StandardEncoding

    return {code: toUnicode(glyph) for code, glyph in enumerate(StandardEncoding) if glyph != ".notdef"}


@lru_cache
def _winansi() -> dict[str, int]:
    codes = {}
    for code in range(32, 256):
        char = bytes([code]).decode("cp1252", errors="ignore")
        if char and code != 127 and char not in ("\xa0", "\xad"):
            codes[char] = code
    return codes


def _widths(font: Any, descriptor: Any) -> list[float] | None:
    given = font.get("/Widths")
    if given is None or len(given) == 0:
        return None
    first = int(font.get("/FirstChar", 0))
    missing = float(descriptor.get("/MissingWidth", 0)) if descriptor is not None else 0.0
    widths = [missing] * 256
    for i, width in enumerate(given):
        if first + i < 256:
            widths[first + i] = float(width)
    return widths


def _core_widths(base: str, codes: dict[str, int]) -> list[float]:
    from pdfminer.fontmetrics import FONT_METRICS

    metrics = FONT_METRICS[base][1]
    widths = [0.0] * 256
    for char, code in codes.items():
        widths[code] = float(metrics.get(char, metrics.get("n", 556)))
    return widths
