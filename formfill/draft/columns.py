"""What stands at the head of the column that a place lies in: of a table's cells, or of short lines one under another.

A narrow head runs over several lines, and may break a word without a hyphen ("Relations / hip").
"""

from __future__ import annotations

from collections.abc import Sequence

from formfill.draft.facts import PageFacts, Spot, Word, text_of
from formfill.draft.stretches import Line
from formfill.draft.wordings import asked, folded

#: So far above a place its column's head is looked for, in points.
_HIGH_PT = 220.0
#: A head has at most so many words on a line.
_HEAD_WORDS = 6
#: Between two lines of one head there is less than this, in type sizes; so many has it at most.
_LEADING = 0.9
_HEAD_LINES = 5
#: How far a cell's walls are from those of its column's head at the most, in points.
_SAME_PT = 6.0
#: What is set apart has this much room at its sides, in points.
_APART_PT = 12.0
#: Short lines that stand in a column: so many at least, no farther apart than this, and as wide.
_STACK = 3
_PITCH_PT = 30.0
_SHORT_PT = (30.0, 110.0)
#: A head stands no farther over a column of short lines than this.
_OVER_PT = 26.0


class Columns:
    """Finds the heads of columns on one page."""

    def __init__(self, page: PageFacts, lines: Sequence[Line], spots: Sequence[Spot]) -> None:
        self.page = page
        self.lines = lines
        self.spots = spots

    def head(self, spot: Spot) -> str:
        """The words at the head of the column that a place stands in; "" where there is none."""
        if spot.sign in ("cell", "widget"):
            return self._over_cell(spot)
        return self._over_stack(spot) if spot.kind == "text" and not spot.pieces else ""

    def _over_cell(self, spot: Spot) -> str:
        x0, top, x1, _ = spot.box
        mid = (x0 + x1) / 2
        for i in range(len(self.lines) - 1, -1, -1):
            line = self.lines[i]
            if line.bottom > top - 2 or line.bottom < top - _HIGH_PT:
                continue
            words = _within(line, x0, x1)
            if words and len(words) <= _HEAD_WORDS and words[0].box[0] - 4 <= mid <= words[-1].box[2] + 60:
                return self._whole(i, words, spot)
        return ""

    def _whole(self, i: int, words: list[Word], spot: Spot) -> str:
        """The text of the head whose last line is number ``i``, with the lines above it in its cell."""
        x0, _, x1, _ = spot.box
        mid, y = (x0 + x1) / 2, words[0].middle_y
        walls = [d[0] for d in self.page.down if d[1] < y < d[3]]
        left = max((x for x in walls if x < mid), default=0.0)
        right = min((x for x in walls if x > mid), default=0.0)
        text, low = text_of(words), words
        if max(abs(left - x0), abs(right - x1)) > _SAME_PT:
            return text
        for line in reversed(self.lines[max(0, i - _HEAD_LINES) : i]):
            upper = _within(line, left, right)
            if not upper:
                continue
            gap = min(w.box[1] for w in low) - max(w.box[3] for w in upper)
            if len(upper) > _HEAD_WORDS or gap > _LEADING * upper[0].size or self._ruled(upper, low, mid):
                break
            text, low = _put_together(text_of(upper), text), upper
        return text

    def _ruled(self, upper: Sequence[Word], lower: Sequence[Word], mid: float) -> bool:
        """Whether a horizontal line runs between two lines of print."""
        top, bottom = upper[0].middle_y, lower[0].middle_y
        return any(top < a[1] < bottom and a[0] < mid < a[2] for a in self.page.across)

    def _over_stack(self, spot: Spot) -> str:
        """The words right over a column of short lines, if it is one."""
        x0, _, x1, _ = spot.box
        if not _SHORT_PT[0] < x1 - x0 < _SHORT_PT[1]:
            return ""
        alike = sorted(
            (s for s in self.spots if s.sign == spot.sign and max(abs(s.box[0] - x0), abs(s.box[2] - x1)) < 3),
            key=lambda s: s.box[3],
        )
        at = next(i for i, s in enumerate(alike) if s is spot)
        first = last = at
        while first and alike[first].box[3] - alike[first - 1].box[3] < _PITCH_PT:
            first -= 1
        while last + 1 < len(alike) and alike[last + 1].box[3] - alike[last].box[3] < _PITCH_PT:
            last += 1
        if last - first + 1 < _STACK:
            return ""
        foot = alike[first].box[3]
        for line in reversed(self.lines):
            if foot - 2 > (line.top + line.bottom) / 2 > foot - 12 - _OVER_PT:
                words = _within(line, x0, x1)
                if words:
                    return text_of(words) if _is_apart(line, words) and len(words) <= _HEAD_WORDS else ""
        return ""


def _within(line: Line, x0: float, x1: float) -> list[Word]:
    return [w for w in line.words if w.box[0] < x1 and w.box[2] > x0]


def _is_apart(line: Line, words: Sequence[Word]) -> bool:
    """Whether nothing else is printed near ``words`` on their line."""
    first, last = words[0].box[0], words[-1].box[2]
    others = [w for w in line.words if w.box[2] <= first or w.box[0] >= last]
    return all(w.box[2] < first - _APART_PT or w.box[0] > last + _APART_PT for w in others)


def _put_together(upper: str, lower: str) -> str:
    """Two lines as one text: without a space where only so they ask for something."""
    spaced, glued = f"{upper} {lower}", f"{upper}{lower}"
    return glued if asked(folded(glued)) and not asked(folded(spaced)) else spaced
