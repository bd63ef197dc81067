#!/usr/bin/env python3
"""Makes the blank of docs/new-form.md, of a clinic that does not exist:  python docs/new-form/make.py [--out FILE]

A flat form as many clinics print theirs: underscores, a table, captions under rules, squares of a symbol font whose
code points mean nothing, short lines for initials. The same versions of typst and the fonts give the same bytes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "forms" / "model"))

from typefaces import make_typefaces  # noqa: E402  (the faces of the model forms, cut from Noto Sans)

#: The date inside the file, so that making it again changes nothing.
MADE = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
#: Where Wingdings has its square: a private-use code point, so that reading the text gives no box.
SQUARE = 0xF0A8
_UNITS = 1000
#: The seconds from 1904 to MADE, as a font counts its time.
_TIME = int((MADE - dt.datetime(1904, 1, 1, tzinfo=dt.UTC)).total_seconds())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "juniper-creek-roi.pdf", help="the blank to write")
    parser.parse_args().out.write_bytes(blank())


def blank() -> bytes:
    """The form, as PDF."""
    import typst

    with tempfile.TemporaryDirectory() as fonts:
        make_typefaces(Path(fonts))
        make_symbols(Path(fonts))
        compiler = typst.Compiler(root=str(HERE), font_paths=[fonts], ignore_system_fonts=True)
        page, warnings = compiler.compile_with_warnings(
            str(HERE / "juniper-creek-roi.typ"), format="pdf", timestamp=MADE
        )
    if warnings or not isinstance(page, bytes):
        raise SystemExit("; ".join(warning.message for warning in warnings))
    return page


def make_symbols(folder: Path) -> None:
    """Write "Form Symbols", a font of one hollow square, into ``folder``."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib.tables._g_l_y_f import Glyph

    pen = TTGlyphPen(None)
    for corners in (
        ((60, -40), (60, 720), (820, 720), (820, -40)),
        ((120, 20), (760, 20), (760, 660), (120, 660)),  # the other way round: a hole
    ):
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    font = FontBuilder(_UNITS, isTTF=True)
    font.setupGlyphOrder([".notdef", "square"])
    font.setupCharacterMap({SQUARE: "square"})
    font.setupGlyf({".notdef": Glyph(), "square": pen.glyph()})
    font.setupHorizontalMetrics({".notdef": (500, 0), "square": (880, 60)})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    # without a PostScript name, typst passes a font over
    font.setupNameTable({"familyName": "Form Symbols", "styleName": "Regular", "psName": "FormSymbols-Regular"})
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    font.setupPost()
    # else the times in the font are those of this run
    font.font["head"].created = font.font["head"].modified = _TIME
    font.font.recalcTimestamp = False
    font.save(folder / "FormSymbols-Regular.ttf")


if __name__ == "__main__":
    main()
