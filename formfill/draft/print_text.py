"""The words that a page prints, and its runs of underscores, as PDFium reads them; text of form fields is no print."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2.raw as raw

from formfill.draft.facts import Word
from formfill.pdf.geometry import PageFrame, ShownBox
from formfill.pdf.printed import PrintedPage, printed_page

#: Letters whose baselines differ by less are on one line, in points.
SAME_LINE_PT = 2.5
#: A gap this wide, in type sizes, parts two words even where no space is printed.
_WORD_GAP = 0.15
_RUN_MARKS = frozenset("_ˍ＿")
_LEADERS = frozenset(".…·")
#: Fonts whose letters are pictures: their "o" or "q" is a box to tick.
_SYMBOLS = re.compile(r"wingding|webding|dingbat|symbol|checkbox|monotype ?sorts", re.IGNORECASE)
#: Print that leans more than this does not run across the page, in radians.
_TURNED = 0.2
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
#: A face with signs of every script claims more height than this, in times its type size, for each of its letters.
_CLAIMED = 2.0


@dataclass(frozen=True, slots=True)
class Glyph:
    """A printed character. ``box`` is its ink; ``left`` and ``right`` its advance; ``baseline`` its displayed y."""

    char: str
    box: ShownBox
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    symbol: bool


@dataclass(frozen=True, slots=True)
class Print:
    """A page's words, runs of underscores or leader dots (as thin boxes at their baseline), all its glyphs, and its
    print as labels are looked for in it."""

    words: tuple[Word, ...]
    runs: tuple[ShownBox, ...]
    glyphs: tuple[Glyph, ...]
    printed: PrintedPage


def read_print(page: Any, frame: PageFrame) -> Print:
    """The print of ``page``, a page of pypdfium2."""
    text_page = page.get_textpage()
    try:
        glyphs = tuple(_glyphs(text_page.raw, frame))
        printed = printed_page(text_page.raw, frame)
    finally:
        text_page.close()
    words: list[Word] = []
    runs: list[ShownBox] = []
    for line in rows_of(glyphs):
        for piece in _pieces(line):
            if _is_run(piece):
                run = piece[0].left, piece[0].baseline, piece[-1].right, piece[0].baseline + 0.8
                runs.append(run)
            else:
                words.extend(_words(piece))
    return Print(tuple(words), tuple(_joined(runs)), glyphs, printed)


def _glyphs(text_page: Any, frame: PageFrame) -> Iterator[Glyph]:
    x, y = ctypes.c_double(), ctypes.c_double()
    left, low, right, high = (ctypes.c_double() for _ in range(4))
    loose = raw.FS_RECTF()
    fonts: dict[int, tuple[bool, bool]] = {}
    seen: set[tuple[str, int, int]] = set()
    for i in range(raw.FPDFText_CountChars(text_page)):
        code = raw.FPDFText_GetUnicode(text_page, i)
        char = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        if char in "\r\n\x00" and code:
            continue
        if raw.FPDFText_IsGenerated(text_page, i) == 1:
            continue
        if _is_turned(raw.FPDFText_GetCharAngle(text_page, i), frame.rotate):
            continue  # print that runs up the margin
        raw.FPDFText_GetCharOrigin(text_page, i, x, y)
        raw.FPDFText_GetLooseCharBox(text_page, i, loose)
        raw.FPDFText_GetCharBox(text_page, i, left, right, low, high)
        x0, x1 = sorted((left.value, right.value))
        ink = frame.to_top_left((x0, low.value, x1, high.value))
        wide = frame.to_top_left((loose.left, min(loose.bottom, loose.top), loose.right, max(loose.bottom, loose.top)))
        _, baseline, _, _ = frame.to_top_left((x.value, y.value, x.value, y.value))
        key = char, round(ink[0] * 2), round(baseline * 2)
        if key in seen:  # fake bold: printed twice, a hair apart
            continue
        seen.add(key)
        obj = raw.FPDFText_GetTextObject(text_page, i)
        handle = ctypes.cast(obj, ctypes.c_void_p).value or 0
        if handle not in fonts:
            fonts[handle] = _font(text_page, i)
        bold, symbol = fonts[handle]
        size = max(wide[3] - wide[1], 2.0) / 1.17
        nominal = _nominal_size(text_page, i)
        if size > _CLAIMED * nominal and nominal > ink[3] - ink[1]:
            size = nominal
        yield Glyph(
            char,
            ink,
            min(wide[0], ink[0]),
            max(wide[2], ink[2]) if char != " " else wide[2],
            baseline,
            size,
            bold,
            symbol,
        )


def _nominal_size(text_page: Any, index: int) -> float:
    """The type size that a character is set in, in points: 0 where the file does not tell."""
    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(text_page, index, matrix):
        return 0.0
    return float(raw.FPDFText_GetFontSize(text_page, index)) * math.hypot(matrix.c, matrix.d)


def _is_turned(angle: float, rotate: int) -> bool:
    """Whether a character, turned by ``angle`` on a page that is stored turned by ``rotate`` degrees, is shown so."""
    off = (angle + math.radians(rotate)) % math.tau
    return min(off, math.tau - off) > _TURNED


def _font(text_page: Any, index: int) -> tuple[bool, bool]:
    """Whether a character's font is bold, and whether it is one of pictures."""
    flags = ctypes.c_int()
    buffer = ctypes.create_string_buffer(256)
    length = raw.FPDFText_GetFontInfo(text_page, index, buffer, 256, flags)
    name = buffer.raw[: max(0, min(length, 256) - 1)].decode("utf-8", "replace")
    heavy = raw.FPDFText_GetFontWeight(text_page, index) >= 600
    return heavy or bool(_BOLD.search(name)), bool(_SYMBOLS.search(name))


def rows_of(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Characters by printed line, from the top; those of one line from the left."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda one: one.baseline):
        if (
            rows
            and glyph.baseline - rows[-1][-1].baseline <= SAME_LINE_PT / 2
            and glyph.baseline - rows[-1][0].baseline <= SAME_LINE_PT
        ):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    for row in rows:
        row.sort(key=lambda one: one.left)
        yield row


def _pieces(line: list[Glyph]) -> Iterator[list[Glyph]]:
    """The line cut at white space, and where underscores or leader dots begin and end."""
    piece: list[Glyph] = []
    for i, glyph in enumerate(line):
        if glyph.char.isspace():
            if piece and not (
                _marks(piece[-1])
                and i + 1 < len(line)
                and _marks(line[i + 1])
                and line[i + 1].left - piece[-1].right < 1.5
            ):
                yield piece
                piece = []
            continue
        if piece and (
            glyph.left - piece[-1].right > _WORD_GAP * glyph.size
            or (_marks(glyph) != _marks(piece[-1]) and not _dot_in_word(line, i))
        ):
            yield piece
            piece = []
        piece.append(glyph)
    if piece:
        yield piece


def _marks(glyph: Glyph) -> bool:
    return glyph.char in _RUN_MARKS or glyph.char in _LEADERS


def _dot_in_word(line: list[Glyph], i: int) -> bool:
    """A full stop, and not the first of a row of leader dots (or the letter after it)."""
    a, b = line[i - 1], line[i]
    if b.char in _LEADERS:
        return not (i + 2 < len(line) and line[i + 1].char in _LEADERS and line[i + 2].char in _LEADERS)
    if a.char in _LEADERS:
        return not (i >= 3 and line[i - 2].char in _LEADERS and line[i - 3].char in _LEADERS)
    return False


def _is_run(piece: list[Glyph]) -> bool:
    if all(g.char in _RUN_MARKS for g in piece):
        return piece[-1].right - piece[0].left >= 4
    return all(_marks(g) for g in piece) and len(piece) >= 6


def _joined(runs: list[ShownBox]) -> Iterator[ShownBox]:
    """Runs on one line that touch are one blank."""
    runs = sorted(runs, key=lambda r: (round(r[1] / 3), r[0]))
    current: ShownBox | None = None
    for run in runs:
        if current and abs(run[1] - current[1]) < 1.5 and -1 < run[0] - current[2] + 2.5 < 4:
            current = current[0], current[1], max(current[2], run[2]), current[3]
        else:
            if current:
                yield current
            current = run
    if current:
        yield current


def _words(piece: list[Glyph]) -> Iterator[Word]:
    """The piece as words: what is glued to a bracket, slash or colon without a space is parted there."""
    start = 0
    for i, (a, b) in enumerate(pairwise(piece), 1):
        if a.symbol != b.symbol or (a.char in ":)]" and b.char.isalnum() and not b.char.isdigit()):
            yield _word(piece[start:i])
            start = i
    yield _word(piece[start:])


def _word(glyphs: list[Glyph]) -> Word:
    size = max(g.size for g in glyphs)
    baseline = glyphs[0].baseline
    box = (
        min(g.left for g in glyphs),
        min(min(g.box[1] for g in glyphs), baseline - 0.5 * size),
        max(g.right for g in glyphs),
        max(max(g.box[3] for g in glyphs), baseline),
    )
    text = "".join("\u25a1" if g.symbol and g.char.isascii() and g.char.isalpha() else g.char for g in glyphs)
    return Word(text, box, size, all(g.bold for g in glyphs))
