"""What is printed around a place: the words beside, over and under it, the headings it stands below, what comes before.

The words are kept as printed; ``seen.py`` and ``evidence.py`` decide what they count for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from formfill.draft.circles import CIRCLED
from formfill.draft.columns import Columns
from formfill.draft.facts import Detection, PageFacts, Spot, Word, text_of
from formfill.draft.sections import NO_SECTION, Section, Sections
from formfill.draft.stretches import headings, intros, stretched_lines
from formfill.draft.wordings import folded
from formfill.pdf.geometry import ShownBox

#: How far left of a place its label may begin; how wide a gap parts it from words that are not its own.
_GAP_PT = 26.0
_ABOVE_PT = 15.0
_BELOW_PT = 12.0
#: A box printed behind its label is nearer to it than this.
_BEHIND_PT = 16.0
_BEFORE = 28
_AFTER = 9


@dataclass(frozen=True, slots=True)
class Reading:
    """The print around one place, each as words in reading order.

    ``over_taken`` and ``under_taken`` say that those words already name another place, beside them. ``caption`` is
    whichever of the two names this one, where nothing beside it does. ``side`` is where the labels of this line's short
    blanks stand, "left" or "right", where that can be told. ``rivals`` is how many other places the same words could
    name; ``foremost`` whether this one has the most room of them. ``headings`` are the nearest first. ``intro`` is the
    nearest line above that ends in a colon and has no place of its own. ``margin`` is what the cells at its left say
    that head its row, ``section`` what is said over it.
    """

    left: tuple[Word, ...] = ()
    right: tuple[Word, ...] = ()
    over: tuple[Word, ...] = ()
    under: tuple[Word, ...] = ()
    over_taken: bool = False
    under_taken: bool = False
    caption: tuple[Word, ...] = ()
    side: str = ""
    rivals: int = 0
    foremost: bool = True
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    intro: str = ""
    column: str = ""
    margin: str = ""
    section: Section = NO_SECTION


def read_labels(page: PageFacts, spots: Sequence[Spot]) -> list[Reading]:
    """The print around each of ``spots``, all of them on ``page``."""
    return _Reader(page, spots).readings()


def read_form(detection: Detection) -> list[Reading]:
    """The print around every place of a form, in the order of its spots."""
    found: list[Reading] = []
    for page in detection.pages:
        found += read_labels(page, [spot for spot in detection.spots if spot.page == page.number])
    return found


class _Reader:
    """Reads the print around the places of one page."""

    def __init__(self, page: PageFacts, spots: Sequence[Spot]) -> None:
        self.page = page
        self.spots = spots
        self.lines = stretched_lines(page)
        self.order = [word for line in self.lines for word in line.words]
        self.headings: list[tuple[str, ShownBox]] = []
        self.intros = list(intros(self.lines, spots))
        self.columns = Columns(page, self.lines, spots)

    def readings(self) -> list[Reading]:
        """What is printed around each place, in the order of the places."""
        beside = [self._left(spot) for spot in self.spots]
        left = [words for words, _ in beside]
        right = [self._right(spot) for spot in self.spots]
        for i in self._behind_labels(left, right):
            # whatever reads boxes seeks their labels on the right
            left[i], right[i] = [], _last_label(left[i])
        taken: set[int] = set()
        for spot, (words, crossed) in zip(self.spots, beside, strict=True):
            sure = spot.sign in ("underscore", "rule", "widget") or (words and words[-1].text.endswith((":", "#")))
            if spot.kind == "text" and words and sure and not crossed and spot.box[0] - words[-1].box[2] < 14:
                taken |= {id(word) for word in words}
        for spot, words in zip(self.spots, right, strict=True):
            if spot.kind == "check":
                taken |= {id(word) for word in words}
        self.headings = list(headings(self.page, self.lines, taken | self._captions(beside)))
        self.sections = Sections(self.page, self.lines, self.spots, taken | self._captions(beside))
        readings = [
            self._reading(spot, words, after, taken) for spot, words, after in zip(self.spots, left, right, strict=True)
        ]
        return self._with_rivals(self._captioned(readings))

    def _captions(self, beside: Sequence[tuple[list[Word], bool]]) -> set[int]:
        """The id() of words that name a place from over it, in its own cell, or in a cell just as wide."""
        found: set[int] = set()
        for spot, (words, crossed) in zip(self.spots, beside, strict=True):
            if spot.kind == "text" and spot.sign in ("cell", "widget") and (crossed or not words):
                over = self._over(spot)
                if over and over[0].box[0] > spot.box[0] - 4 and over[-1].box[2] < spot.box[2] + 4:
                    found |= {id(word) for word in over}
        return found

    def _with_rivals(self, readings: list[Reading]) -> list[Reading]:
        """Say which places could be named by the same words."""
        claims: dict[int, list[int]] = {}
        for i, (spot, reading) in enumerate(zip(self.spots, readings, strict=True)):
            if spot.kind == "text":
                near = {id(word) for word in (*reading.left[-1:], *reading.caption[:1])}
                for word in near:
                    claims.setdefault(word, []).append(i)
        found = []
        for i, (spot, reading) in enumerate(zip(self.spots, readings, strict=True)):
            others = {j for word in (*reading.left[-1:], *reading.caption[:1]) for j in claims.get(id(word), ())} - {i}
            room = _room(spot)
            found.append(
                replace(reading, rivals=len(others), foremost=all(_room(self.spots[j]) <= room for j in others))
                if spot.kind == "text" and others
                else reading
            )
        return found

    def _captioned(self, readings: list[Reading]) -> list[Reading]:
        """Tell on which side of its places this page prints captions, and give each place the one of that side.

        Where captions stand over and under a form field, one of them is a neighbour's: what is nearer on most fields
        decides for all, but for a field that has one of them for its name. A cell's caption is over it, a rule's under
        it.
        """
        over_fields = 0
        for spot, reading in zip(self.spots, readings, strict=True):
            is_field = spot.kind == "text" and spot.sign == "widget"
            if is_field and reading.over and reading.under and not reading.left:
                over_gap, under_gap = _gaps(spot, reading)
                if not reading.over_taken and not reading.under_taken:
                    over_fields += 1 if over_gap < under_gap else -1
                elif reading.over_taken != reading.under_taken:
                    over_fields += 2 if reading.under_taken else -2
        found = []
        for spot, reading in zip(self.spots, readings, strict=True):
            over = () if reading.over_taken else reading.over
            under = () if reading.under_taken else reading.under
            first = spot.sign in ("cell", "colon") or (spot.sign == "widget" and over_fields > 0)
            said = _named_after(spot, over), _named_after(spot, under)
            if said[0] != said[1]:
                first = said[0]
            caption = (over or under) if first else (under or over)
            found.append(replace(reading, caption=caption))
        return found

    def _reading(self, spot: Spot, left: list[Word], right: list[Word], taken: set[int]) -> Reading:
        over, under = self._over(spot), self._under(spot)
        before, after = self._around(spot)
        start = left[0].box[0] if left else spot.box[0]
        return Reading(
            left=tuple(left),
            right=tuple(right),
            over=tuple(over),
            under=tuple(under),
            over_taken=any(id(word) in taken for word in over),
            under_taken=any(id(word) in taken for word in under),
            side=self._side(spot),
            before=before,
            after=after,
            headings=tuple(self._headings_of(spot)),
            intro=self._intro_of(spot),
            column=self.columns.head(spot),
            margin=self.sections.margin(spot),
            section=self.sections.section(spot, start),
        )

    # beside

    def _on_line(self, spot: Spot) -> list[Word]:
        """The words on a place's line, from the left; on the last line of a high one."""
        _, top, _, bottom = spot.box
        low = max(top, bottom - 15) if bottom - top > 26 else top
        found = []
        for line in self.lines:
            if line.bottom < low - 3 or line.top > bottom + 3:
                continue
            for word in line.words:
                if low - 2 <= word.middle_y <= bottom + 2.5:
                    found.append(word)
        return sorted(found, key=lambda word: word.box[0])

    def _stops(self, spot: Spot) -> list[ShownBox]:
        """Other places on the same height: a label does not reach past them, but a word to circle may be a label."""
        circled = spot.signs == CIRCLED
        _, top, _, bottom = spot.box
        mid = (max(top, bottom - 14) + bottom) / 2
        others = (s for s in self.spots if s is not spot and (circled or s.signs != CIRCLED))
        return [s.box for s in others if s.box[1] - 2 <= mid <= s.box[3] + 2]

    def _walls(self, spot: Spot) -> list[float]:
        """Where vertical lines cross a place's line."""
        _, top, _, bottom = spot.box
        return [d[0] for d in self.page.down if d[1] < bottom - 3 and d[3] > max(top, bottom - 12) + 3]

    def _left(self, spot: Spot) -> tuple[list[Word], bool]:
        """The words left of a place, and whether they stand in the cell before its own."""
        x0 = spot.box[0]
        own = spot.sign in ("cell", "widget") and bool(self._in_cell_above(spot))
        stop = max((box[2] for box in self._stops(spot) if box[2] <= x0 + 3), default=0.0)
        walls = [x for x in self._walls(spot) if x < x0 + 1.5]
        words = [w for w in self._on_line(spot) if w.middle_x < x0 + 1 and w.box[0] >= stop - 4]
        found: list[Word] = []
        edge = x0
        crossed = False
        for word in reversed(words):
            gap = edge - word.box[2]
            wall = any(word.box[2] - 1 < x < edge + 1 for x in walls)
            if wall and (found or crossed or own or spot.sign not in ("cell", "widget")):
                break
            crossed = crossed or wall
            if gap > (_GAP_PT if found else 120):
                break
            found.append(word)
            edge = word.box[0]
            if len(found) >= 14:
                break
        return found[::-1], crossed

    def _in_cell_above(self, spot: Spot) -> list[Word]:
        """Words right over a place with no line between: the caption in its own cell."""
        x0, top, x1, _ = spot.box
        words = self._nearest(x0, x1, top - 10, top + 3, last=True)
        if not words:
            return []
        low = max(word.box[3] for word in words)
        lines = [a for a in self.page.across if low - 1 < a[1] < top + 1 and a[0] < x1 and a[2] > x0]
        return [] if lines else words

    def _right(self, spot: Spot) -> list[Word]:
        """The words right of a place, up to the next place, gap or vertical line."""
        if spot.signs == CIRCLED:
            return [w for w in self._on_line(spot) if w.box[0] < spot.box[2] - 2 and w.box[2] > spot.box[0] + 2]
        x1 = spot.box[2]
        stop = min((box[0] for box in self._stops(spot) if box[0] >= x1 - 3), default=self.page.width)
        words = [w for w in self._on_line(spot) if w.middle_x > x1 - 1 and w.box[2] <= stop + 4]
        walls = [x for x in self._walls(spot) if x > x1 + 2]
        found: list[Word] = []
        edge = x1
        for word in words:
            limit = 40 if not found else 22 if spot.kind == "check" else 16
            wall = any(edge - 1 < x < word.box[0] + 1 for x in walls)
            if word.box[0] - edge > limit or (wall and found):
                break
            found.append(word)
            edge = word.box[2]
            if len(found) >= 16:
                break
        return found

    def _behind_labels(self, left: Sequence[list[Word]], right: Sequence[list[Word]]) -> Iterator[int]:
        """The boxes of lines that print each behind its label: no nearer to the next; nothing follows the last."""
        rows: dict[float, list[int]] = {}
        for i, spot in enumerate(self.spots):
            if spot.kind == "check" and spot.signs != CIRCLED:
                y = next((y for y in rows if abs(y - spot.box[3]) < 5), spot.box[3])
                rows.setdefault(y, []).append(i)
        for row in rows.values():
            last = max(row, key=lambda i: self.spots[i].box[0])
            if len(row) > 1 and not right[last] and all(self._is_behind(i, left[i], right[i]) for i in row):
                yield from row

    def _is_behind(self, i: int, left: Sequence[Word], right: Sequence[Word]) -> bool:
        x0, _, x1, _ = self.spots[i].box
        if self.spots[i].sign == "widget" or not left or left[-1].text.endswith(":"):
            return False
        before = x0 - left[-1].box[2]
        return before < _BEHIND_PT and (not right or before < right[0].box[0] - x1 + 1.5)

    def _side(self, spot: Spot) -> str:
        """On which side of its short blanks a line prints their labels: told by its first and last one."""
        if spot.kind != "text" or spot.box[2] - spot.box[0] > 75:
            return ""
        short = (s for s in self.spots if abs(s.box[3] - spot.box[3]) < 5 and s.box[2] - s.box[0] <= 75)
        row = sorted(short, key=lambda s: s.box[0])
        first, last = row[0], row[-1]
        left = any(0 <= first.box[0] - w.box[2] < 16 for w in self._on_line(first))
        right = any(0 <= w.box[0] - last.box[2] < 16 for w in self._on_line(last))
        return "left" if left and not right else "right" if right and not left else ""

    # over and under

    def _over(self, spot: Spot) -> list[Word]:
        x0, top, x1, _ = spot.box
        return self._nearest(x0, x1, top - _ABOVE_PT, top + 3, last=True)

    def _under(self, spot: Spot) -> list[Word]:
        x0, _, x1, bottom = spot.box
        words = self._nearest(x0, x1, bottom - 2, bottom + _BELOW_PT, last=False)
        if words and spot.sign == "cell":
            high = min(word.box[1] for word in words)
            if any(bottom - 1.5 <= a[1] <= high + 1 and a[0] < x1 - 3 and a[2] > x0 + 3 for a in self.page.across):
                return []  # the next cell's
        return words

    def _nearest(self, x0: float, x1: float, top: float, bottom: float, *, last: bool) -> list[Word]:
        """The words between two heights, of the uppermost line there, or of the ``last``."""
        lines = [line for line in self.lines if top <= (line.top + line.bottom) / 2 <= bottom]
        for line in reversed(lines) if last else lines:
            words = [w for w in line.words if w.box[2] > x0 - 3 and w.box[0] < x1 + 3]
            if words:
                return words[:14]
        return []

    # before and after, in reading order

    def _around(self, spot: Spot) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words before a place, in its own column, and those after it."""
        x0, top, _, bottom = spot.box
        here = 0
        for i, word in enumerate(self.order):
            above = word.box[3] < bottom - 5 and word.box[3] < bottom - 0.4 * (bottom - top)
            same = abs(word.box[3] - bottom) <= 6 and word.box[0] < x0
            if above or same:
                here = i + 1
        left, right = self._bounds(spot)
        if right - left < 0.8 * self.page.width:
            own = [w for w in self.order[max(0, here - 160) : here] if left <= w.middle_x <= right]
        else:
            own = self.order[max(0, here - _BEFORE) : here]
        before = tuple(word.text for word in own[-_BEFORE:])
        after = tuple(word.text for word in self.order[here : here + _AFTER])
        return before, after

    # headings

    def _bounds(self, spot: Spot) -> tuple[float, float]:
        """Between which long vertical lines a place stands: its column of the page."""
        x0, top, x1, bottom = spot.box
        mid = bottom - min(6.0, (bottom - top) / 2)
        walls = [d for d in self.page.down if d[3] - d[1] > 60 and d[1] - 2 <= mid <= d[3] + 2]
        label, crossed = self._left(spot)
        start = label[0].box[0] if crossed and label else x0
        left = max((d[2] for d in walls if d[0] <= start + 3), default=0.0)
        right = min((d[0] for d in walls if d[0] >= x1 - 3), default=self.page.width)
        # a label's own narrow cell is no column
        return (left, right) if right - left > 0.3 * self.page.width else (0.0, self.page.width)

    def _headings_of(self, spot: Spot) -> Iterator[str]:
        x0, _, x1, bottom = spot.box
        left, right = self._bounds(spot)
        count = 0
        for text, box in reversed(self.headings):
            if box[3] > bottom + 1 or (box[3] > bottom - 7 and box[0] > x0 - 4):
                continue
            if box[0] > x1 - 8 or box[2] < x0 - 330 or not left <= (box[0] + box[2]) / 2 <= right:
                continue
            yield text
            count += 1
            if count == 4:
                return

    def _intro_of(self, spot: Spot) -> str:
        x0, _, _, bottom = spot.box
        for text, box in reversed(self.intros):
            on_line = abs(box[3] - bottom) < 6 and box[2] <= x0 + 3
            if on_line or (box[3] < bottom - 4 and bottom - box[3] < 190 and box[0] <= x0 + 40):
                return text
        return ""


def _room(spot: Spot) -> float:
    return (spot.box[2] - spot.box[0]) * min(spot.box[3] - spot.box[1], 16.0)


def _named_after(spot: Spot, words: Sequence[Word]) -> bool:
    """Whether a form field's name or tooltip is mostly what ``words`` say."""
    said = folded(text_of(words)).strip(" :")
    names = (folded(spot.widget.field), folded(spot.widget.tooltip)) if spot.widget and words else ()
    return any(said in name and 2 * len(said) > len(name) for name in names)


def _gaps(spot: Spot, reading: Reading) -> tuple[float, float]:
    """How far the words over and under a place are from it, in points."""
    over, under = max(word.box[3] for word in reading.over), min(word.box[1] for word in reading.under)
    return max(spot.box[1] - over, 0.0), max(under - spot.box[3], 0.0)


def _last_label(words: Sequence[Word]) -> list[Word]:
    """What follows the last colon."""
    colons = [i for i, word in enumerate(words) if word.text.endswith(":")]
    return list(words[colons[-1] + 1 :] if colons else words)
