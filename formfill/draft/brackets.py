"""Boxes to tick that are typed: ``[ ]``, ``[_]`` and ``( )``, with nothing between the brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from formfill.draft.print_text import Glyph, rows_of
from formfill.pdf.geometry import ShownBox

_CLOSING = {"[": "]", "(": ")"}
#: Room between the brackets, in type sizes: more is for writing in, and in round ones for an area code.
_WIDEST = {"[": 2.5, "(": 1.25}
#: Round ones with less between them are print: "form(s) ()".
_NARROWEST_ROUND = 0.2
#: The words of a round pair follow it as close as this, in type sizes.
_LABEL_GAP = 0.8
_PHONE = re.compile(
    r"(tel\w*\.?|ph\w*\.?|phone|fax\w*|cell\w*|mobile|number|home|work|day|evening|n[uú]mero|#|no\.) *[:#.]* *$",
    re.IGNORECASE,
)
#: How thick a bracket's stem is, in points.
_STEM_PT = 0.6


def find_brackets(glyphs: Sequence[Glyph]) -> Iterator[ShownBox]:
    """The room in each pair of brackets that is there to be ticked."""
    for row in rows_of(glyphs):
        printed = [glyph for glyph in row if not glyph.char.isspace()]
        pairs = [(i, end) for i in range(len(printed)) if (end := _end_of_pair(printed, i)) is not None]
        # "Yes ( ) No ( )": the last one is a box if the first is
        has_boxes = any(printed[i].char == "(" and _is_before_label(printed, i, end) for i, end in pairs)
        for i, end in pairs:
            if (
                printed[i].char == "["
                or _is_before_label(printed, i, end)
                or (has_boxes and _is_behind_label(printed, i))
            ):
                yield _inside(printed[i], printed[end])


def _end_of_pair(row: Sequence[Glyph], start: int) -> int | None:
    """Where the pair that ``start`` opens is closed, if it holds nothing but underscores and is narrow."""
    if row[start].char not in _CLOSING or row[start].symbol:
        return None
    one, end = row[start], start + 1
    while end < len(row) and row[end].char == "_":
        end += 1
    if end == len(row) or row[end].char != _CLOSING[one.char]:
        return None
    gap = (row[end].left - one.right) / one.size
    return end if (one.char == "[" or gap >= _NARROWEST_ROUND) and gap <= _WIDEST[one.char] else None


def _is_before_label(row: Sequence[Glyph], start: int, end: int) -> bool:
    """Whether words follow a round pair at once, and what stands before it asks for no phone number."""
    after = row[end + 1] if end + 1 < len(row) else None
    return after is not None and _is_next(row[end], after) and after.char.isalpha() and not _asks_phone(row, start)


def _is_behind_label(row: Sequence[Glyph], start: int) -> bool:
    """Whether a round pair stands right behind words that ask for no phone number."""
    return (
        start > 0
        and _is_next(row[start - 1], row[start])
        and row[start - 1].char.isalpha()
        and not _asks_phone(row, start)
    )


def _is_next(one: Glyph, other: Glyph) -> bool:
    return other.left - one.right <= _LABEL_GAP * other.size


def _asks_phone(row: Sequence[Glyph], start: int) -> bool:
    """Whether a phone number is asked for before a pair, and not as an option with a box of its own."""
    before = "".join(glyph.char for glyph in row[max(0, start - 12) : start])
    return ")" not in before and bool(_PHONE.search(before))


def _inside(one: Glyph, other: Glyph) -> ShownBox:
    """What two brackets enclose, from stem to stem."""
    x0, x1 = one.box[0] + _STEM_PT, other.box[2] - _STEM_PT
    return x0, min(one.box[1], other.box[1]), x1, max(one.box[3], other.box[3])
