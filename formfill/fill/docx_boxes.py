"""The signs that forms print as boxes to tick, and how each looks when it is ticked."""

from __future__ import annotations

from formfill.fill.docx_format import W
from formfill.fill.docx_package import Element
from formfill.fill.docx_text import Atom

#: dict[empty sign, its ticked sibling]
_SIGNS = {
    "\u2610": "\u2612",  # ballot box
    "\u25a1": "\u2612",  # white square
    "\u25a2": "\u2612",
    "\u25fb": "\u2612",
    "\u25fd": "\u2612",
    "\u2751": "\u2612",
    "\u2752": "\u2612",
    "\u274f": "\u2612",
    "\u2750": "\u2612",
    "\u2b1c": "\u2612",
    "\U0001f78e": "\u2612",
    "\u25cb": "\u25cf",  # circles that stand for radio buttons
    "\u25ef": "\u2b24",
    "\u274d": "\u25cf",
}
#: dict[symbol font, dict[code of an empty box, code of the ticked one]]
_SYMBOLS = {
    "wingdings": {0x6F: 0xFD, 0x71: 0xFD, 0x72: 0xFD, 0xA8: 0xFD, 0xA1: 0xA4},
    "wingdings 2": {0xA3: 0x54, 0x99: 0x98},
}
_TICKED_SIGNS = frozenset("\u2611\u2612\u2713\u2714\u2717\u2718\u25cf\u2b24\u2b1b")
_TICKED_SYMBOLS = {"wingdings": {0xFB, 0xFC, 0xFD, 0xFE, 0xA4}, "wingdings 2": {0x50, 0x51, 0x52, 0x53, 0x54, 0x98}}
_EMPTY_OF = {"\u2612": "\u2610", "\u2611": "\u2610", "\u25cf": "\u25cb", "\u2b24": "\u25ef"}
_CODES = {code for font in _SYMBOLS for code in (*_SYMBOLS[font], *_TICKED_SYMBOLS[font])}
#: Whatever else a character is, it is no box: a form has thousands of characters and few boxes.
_CANDIDATES = frozenset({*_SIGNS, *_TICKED_SIGNS, *map(chr, _CODES), *(chr(0xF000 + code) for code in _CODES)})


def symbol_font(atom: Atom) -> str:
    """The symbol font that a character is set in, in lower case; "" where its own properties name none."""
    if atom.element.tag == W + "sym":
        return str(atom.element.get(W + "font", "")).lower()
    fonts = None if atom.run is None else atom.run.find(f"{W}rPr/{W}rFonts")
    name = "" if fonts is None else str(fonts.get(W + "ascii") or fonts.get(W + "hAnsi") or "").lower()
    return name if name in _SYMBOLS else ""


def box_state(atom: Atom) -> bool | None:
    """Whether the box that a character shows is ticked; None where it is no box."""
    if atom.owner is not None or atom.char not in _CANDIDATES:
        return None
    font = symbol_font(atom)
    if font in _SYMBOLS:
        code = _code(atom.char)
        return False if code in _SYMBOLS[font] else True if code in _TICKED_SYMBOLS[font] else None
    return False if atom.char in _SIGNS else True if atom.char in _TICKED_SIGNS else None


def set_box(atom: Atom, ticked: bool) -> None:
    """Write the ticked or empty sibling of a box over it, in its own font."""
    element: Element = atom.element
    font = symbol_font(atom)
    if font in _SYMBOLS:
        pairs = _SYMBOLS[font]
        code = pairs[_code(atom.char)] if ticked else next(iter(pairs))
        if element.tag == W + "sym":
            old = element.get(W + "char", "")
            element.set(W + "char", f"{0xF000 + code:04X}" if len(old) == 4 else f"{code:02X}")
            return
        char = chr(0xF000 + code) if ord(atom.char) >= 0xF000 else chr(code)
    elif element.tag == W + "sym":
        element.set(W + "char", f"{ord(_sibling(atom.char, ticked)):04X}")
        return
    else:
        char = _sibling(atom.char, ticked)
    text = element.text or ""
    element.text = text[: atom.index] + char + text[atom.index + 1 :]


def _sibling(char: str, ticked: bool) -> str:
    return _SIGNS[char] if ticked else _EMPTY_OF.get(char, "\u2610")


def _code(char: str) -> int:
    code = ord(char)
    return code - 0xF000 if 0xF000 <= code < 0xF100 else code
