"""Sets pages of our own with typst: letters, cover sheets, addenda.

A template is a .typ file beside this module; values reach it as JSON through ``sys.inputs`` and are never pasted into
its source, so that ``#``, ``*`` or ``$`` in a name stay what they are. The compiler is kept: the first page of a
process takes about 50 ms, each later one about 3 ms. Only fonts that ship with formfill or its dependencies are used,
so that a page looks the same on every machine. Same data, same bytes.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from formfill.errors import FillError, OutputError
from formfill.pdf.shaping import package_fonts

_TEMPLATES = Path(__file__).parent / "templates"
#: The packages whose fonts set our pages. The last ones are the ``cjk`` extra; a font of 18 MB is loaded only where
#: a text needs it.
_FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic")
_EXTRA_FONTS = ("justmytype_intl_cjk",)
#: What no package carries: Noto Sans Armenian, with its licence (OFL 1.1) beside it.
_OWN_FONTS = Path(__file__).parent / "fonts"
#: Characters that Noto Sans has beyond doubt: a text of these alone needs no look into the font.
_SURE = frozenset(map(chr, range(0x7F))) | frozenset("‘’“”–—")
#: Shorter than a line of the widest capitals: a longer run of characters without a space needs places to break.
_UNBROKEN = 40
_ZERO_WIDTH_SPACE = "\u200b"
_LEFT_TO_RIGHT_ISOLATE, _POP_ISOLATE = "\u2066", "\u2069"
#: "0143-555" or "(916) 555 0142": what reads from left to right inside right-to-left text too.
_NUMBER = re.compile(r"[+(]?\d[\d\s().,/:+-]*\d")
#: "packet.pdf", "2026-12-10", "15".
_LATIN = re.compile(r"[A-Za-z0-9](?:[\w.@/:+-]*[A-Za-z0-9])?", re.ASCII)

# one compiler a process: typst gives no promise of safe use from two threads at once
_lock = threading.Lock()


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF that ``templates/<template>.typ`` makes of ``data`` (anything that JSON can say).

    Raises: FillError, for a character that no installed font has. OutputError, where the template gives up (an
    address that does not fit its window): the message is the template's own and holds no value.
    """
    import typst

    text = json.dumps(data, ensure_ascii=False)
    fonts = _fonts_for(text)
    with _lock:
        try:
            pdf = _compiler(fonts).compile(
                input=str(_TEMPLATES / f"{template}.typ"), format="pdf", sys_inputs={"data": text}, timestamp=0
            )
        except typst.TypstError as exc:
            raise OutputError(_reason(template, exc)) from None
    assert isinstance(pdf, bytes)
    return pdf


def can_typeset(text: str) -> bool:
    """Whether the installed fonts have every character of ``text``."""
    try:
        _fonts_for(text)
    except FillError:
        return False
    return True


def isolated(text: str) -> str:
    """``text`` with its Latin words and numbers kept whole, for a line that is read from right to left."""
    return _LATIN.sub(lambda match: f"{_LEFT_TO_RIGHT_ISOLATE}{match[0]}{_POP_ISOLATE}", text)


def paragraphs(text: str) -> list[dict[str, str]]:
    """``text`` as the template ``page.typ`` sets it: one ``{"text", "dir"}`` a line, each in its own direction."""
    return [_paragraph(line) for line in text.splitlines() or [""]]


def _paragraph(line: str) -> dict[str, str]:
    direction = "rtl" if _is_right_to_left(line) else "ltr"
    if direction == "rtl":
        # after Arabic letters a plain number takes their order at its hyphens: 0143-555 would print as 555-0143
        line = _NUMBER.sub(lambda match: f"{_LEFT_TO_RIGHT_ISOLATE}{match[0]}{_POP_ISOLATE}", line)
    return {"text": _breakable(line), "dir": direction}


def _is_right_to_left(line: str) -> bool:
    """Whether the first letter with a direction is of Hebrew or Arabic script (Unicode UAX 9, rules P2 and P3)."""
    for char in line:
        if (kind := unicodedata.bidirectional(char)) in ("L", "R", "AL"):
            return kind != "L"
    return False


def _breakable(line: str) -> str:
    """``line`` with a place to break in every run of characters that would leave the page on the right."""
    run = re.compile(rf"\S{{{_UNBROKEN}}}(?=\S)")
    return run.sub(lambda match: match[0] + _ZERO_WIDTH_SPACE, line)


@lru_cache(maxsize=4)
def _compiler(fonts: tuple[str, ...]) -> Any:
    import typst

    found = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=sorted({str(Path(font).parent) for font in fonts}),
    )
    return typst.Compiler(root=str(_TEMPLATES), font_paths=found)


def _fonts_for(text: str) -> tuple[str, ...]:
    """The font files that set every character of ``text``. Raises: FillError."""
    fonts = (*_font_files(_FONTS), *map(str, sorted(_OWN_FONTS.glob("*.ttf"))))
    if missing := _missing(text, fonts):
        fonts += _font_files(_EXTRA_FONTS)
        missing = _missing("".join(missing), fonts)
    if missing:
        named = ", ".join(f"U+{ord(char):04X}" for char in sorted(missing)[:5])
        raise FillError(
            f"no font here can print {len(missing)} of the characters ({named}). For Chinese, Japanese or Korean "
            "install the fonts: pip install 'formfill[cjk]'; else write the value in Latin script"
        )
    return fonts


def _missing(text: str, fonts: tuple[str, ...]) -> set[str]:
    # what is there for order and breaking only has no glyph
    rest = {char for char in set(text) if char not in _SURE and unicodedata.category(char) != "Cf"}
    for font in fonts:
        if rest:
            rest = {char for char in rest if ord(char) not in _characters(font)}
    return rest


@lru_cache
def _characters(font: str) -> frozenset[int]:
    import uharfbuzz

    return frozenset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(font)).unicodes)


@lru_cache
def _font_files(packages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(path) for package in packages for path in package_fonts(package))


def _reason(template: str, error: Any) -> str:
    """What the template said with ``panic("…")``, else that it failed: typst's own words may quote a value."""
    said = str(error.message).partition("panicked with: ")[2].strip('"')
    return said or f"the page {template!r} could not be typeset. This is a fault of formfill: report it"
