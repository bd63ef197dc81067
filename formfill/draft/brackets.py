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
    r"(tel\w*\.?|ph\w*\.?|phone|fax\w*|cell\w*|mobile|number|n[uú]mero|#|no\.) *[:#.]* *$", re.IGNORECASE
)
#: How thick a bracket's stem is, in points.
_STEM_PT = 0.6


def find_brackets(glyphs: Sequence[Glyph]) -> Iterator[ShownBox]:
    """The room in each pair of brackets that is there to be ticked."""
    for row in rows_of(glyphs):
        printed = [glyph for glyph in row if not glyph.char.isspace()]
        for start, one in enumerate(printed):
            end = _end_of_pair(printed, start)
            if end is not None and (one.char == "[" or _is_round_box(printed, start, end)):
                yield _inside(one, printed[end])


def _end_of_pair(row: Sequence[Glyph], start: int) -> int | None:
    """Where the pair that ``start`` opens is closed, if it holds nothing but underscores and is narrow."""
    if row[start].char not in _CLOSING or row[start].symbol:
        return None
    one, end = row[start], start + 1
    while end < len(row) and row[end].char == "_":
        end += 1
    if end == len(row) or row[end].char != _CLOSING[one.char]:
        return None
    return end if row[end].left - one.right <= _WIDEST[one.char] * one.size else None


def _is_round_box(row: Sequence[Glyph], start: int, end: int) -> bool:
    """Whether words follow a round pair at once, and what stands before it asks for no phone number."""
    if row[end].left - row[start].right < _NARROWEST_ROUND * row[start].size:
        return False
    after = row[end + 1] if end + 1 < len(row) else None
    if after is None or not after.char.isalpha() or after.left - row[end].right > _LABEL_GAP * after.size:
        return False
    before = "".join(glyph.char for glyph in row[max(0, start - 12) : start])
    return ")" in before or not _PHONE.search(before)


def _inside(one: Glyph, other: Glyph) -> ShownBox:
    """What two brackets enclose, from stem to stem."""
    x0, x1 = one.box[0] + _STEM_PT, other.box[2] - _STEM_PT
    return x0, min(one.box[1], other.box[1]), x1, max(one.box[3], other.box[3])
