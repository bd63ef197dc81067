"""The section that a place stands in, as an eye sees it: the cell at its left that spans its rows, the heading over it.

A heading governs what lies below it in its own column, down to the next heading there. Columns are told by vertical
lines, or by headings side by side. Words that name a place are no heading, however they are printed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from formfill.draft.facts import PageFacts, Spot, Word, text_of
from formfill.draft.stretches import Line, is_heading, type_size
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import hull

#: How wide a gap parts the words of one line into runs, in times the type size.
_GAP = 1.6
#: How far apart, in points, the lower edges of a heading's own lines are at most.
_LEADING_PT = 20.0
#: A cell at the left is no wider than this share of the page, and says no more than so many words.
_MARGIN_SHARE = 0.36
_MARGIN_WORDS = 45
#: The same for one with a place of its own.
_FILLED_WORDS = 8
_NARROW_PT = 12.0
#: How near the words of a sentence go on behind a place in it.
_BLANK_GAP_PT = 14.0
#: What is no wider may be a box to tick.
_BOX_PT = 48.0
#: How near the words of one of two boxes begin to a place's own that stands in a column under them.
_COLUMN_PT = 30.0
#: What is lower is a stroke of a letter, and no vertical line, in points.
_LEAST_WALL_PT = 10.0
#: How much higher than a row a cell is that heads several.
_HIGHER_PT = 8.0
#: How much of a section's print is read, in runs.
_RUNS = 14
#: What is printed like a heading between one and its places.
_NO_HEADING = re.compile(
    r"\W*(or|and|and/or|note|important|o|y|nota|please print.*|optional|required)\W*", re.IGNORECASE
)
_TITLE = re.compile(r"authori[sz]|releas|disclos|request|autoriza|divulg|solicitud", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stand together on a line. ``names`` says that they name a place, ``styled`` that they look like a
    heading."""

    text: str
    box: ShownBox
    names: bool
    styled: bool

    @property
    def heads(self) -> bool:
        """Whether this is a heading."""
        return self.styled and not self.names


@dataclass(frozen=True, slots=True)
class Section:
    """What is said over a place, each part the nearest first: ``under`` the heading of its section, in the ``heading``,
    and ``beyond`` it. Labels of other places are among it: "patient name" tells of the address that follows.
    ``options`` are the words behind the boxes right over it, of which one is to be chosen for all of the section."""

    under: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


#: Where nothing is said.
NO_SECTION = Section()


class Sections:
    """Finds the sections of the places of one page; ``labels`` are the id() of words that name a place."""

    def __init__(self, page: PageFacts, lines: Sequence[Line], spots: Sequence[Spot], labels: Collection[int]) -> None:
        self.page = page
        self.spots = spots
        self.walls = _joined(page.down)
        usual = type_size(page)
        self.rows = [list(self._runs(line, labels, usual)) for line in lines]
        first = min((spot.box[1] for spot in spots), default=0.0)
        self.titles = [run for row in self.rows for run in row if _is_title(run, first)]

    def _runs(self, line: Line, labels: Collection[int], usual: float) -> Iterator[Run]:
        words: list[Word] = []
        for word in line.words:
            if words and ((id(word) in labels) != (id(words[-1]) in labels) or self._parted(words[-1], word)):
                yield from self._run(words, labels, usual)
                words = []
            words.append(word)
        yield from self._run(words, labels, usual)

    def _run(self, words: list[Word], labels: Collection[int], usual: float) -> Iterator[Run]:
        text = text_of(words)
        if sum(c.isalpha() for c in text) >= 2:
            box = hull([w.box for w in words])
            yield Run(text, box, id(words[0]) in labels, is_heading(self.page, words, usual))

    def _parted(self, last: Word, word: Word) -> bool:
        """Whether a gap with a place, a wide gap or a vertical line lies between two words."""
        gap = word.box[0] - last.box[2]
        if gap > _GAP * max(word.size, 7):
            return True
        y = word.middle_y
        if any(last.middle_x < w[0] < word.middle_x and w[1] < y < w[3] for w in self.walls):
            return True
        level = (s.box for s in self.spots if s.box[1] - 1 < y < s.box[3] + 1)
        return gap > 5 and any(last.middle_x < box[0] and box[2] < word.middle_x for box in level)

    def margin(self, spot: Spot) -> str:
        """What the cells left of a place's own say that head its row.

        A cell heads rows where nothing is filled in there, or where it is higher than they are.
        """
        x0, top, x1, bottom = spot.box
        y = bottom - min(6.0, (bottom - top) / 2)
        walls = sorted(w[0] for w in self.walls if w[1] - 1 < y < w[3] + 1 and w[0] < x0 + 4)
        own = self._cell(x0, x1, y)
        said: list[str] = []
        for left, right in zip([0.0, *walls], walls, strict=False):
            if not _NARROW_PT < right - left < _MARGIN_SHARE * self.page.width:
                continue
            high, low = self._cell(left, right, y)
            words = [w for w in self.page.words if left - 2 < w.middle_x < right and high < w.middle_y < low]
            most = _MARGIN_WORDS
            if self._filled(left, right, high, low):
                most = _FILLED_WORDS if low - high > own[1] - own[0] + _HIGHER_PT else 0
            if 0 < len(words) <= most:
                said.append(text_of(words))
        return " ".join(said)

    def _filled(self, left: float, right: float, high: float, low: float) -> bool:
        """Whether something is filled in in a cell; a place that only a colon tells of may be none."""
        return any(
            s.sign != "colon" and s.box[0] < right - 4 and s.box[2] > left + 4 and s.box[1] < low and s.box[3] > high
            for s in self.spots
        )

    def _cell(self, left: float, right: float, y: float) -> tuple[float, float]:
        """Between which horizontal lines a cell lies that has the height ``y`` in it."""
        middle = (left + right) / 2 if left else right - 20
        lines = [a[1] for a in self.page.across if a[0] < middle < a[2] and a[2] > right - 6]
        over = max((a for a in lines if a < y), default=0.0)
        return over, min((a for a in lines if a >= y), default=self.page.height)

    def section(self, spot: Spot, start: float) -> Section:
        """What is said over a place, by its section's heading."""
        under: list[Run] = []
        heading: list[Run] = []
        beyond: list[Run] = []
        options: list[Run] = []
        ended = parted = False
        for row in reversed(self.rows):
            runs = self._governing(row, spot, start)
            if not runs:
                continue
            boxed = [run for run in runs if self._boxed(run)]
            # a box at the place's left or over it heads it; one whose words only begin there heads a column
            apart = len(boxed) > 1 and boxed[0].box[0] <= start + _COLUMN_PT
            parted = parted or (bool(options) and not boxed)
            far = bool(options and boxed) and options[-1].box[3] - boxed[0].box[3] > _LEADING_PT
            ended = ended or apart or (parted and far)
            options += [] if ended else boxed
            if beyond or (heading and not self._goes_on(runs[0], heading[-1])):
                beyond += runs
            elif heading or runs[0].heads:
                heading += runs
            else:
                under += runs
            if len(beyond) > _RUNS:
                break
        return Section(_texts(under), _texts(heading), _texts(beyond[:_RUNS]), _texts(options))

    def _boxed(self, run: Run) -> bool:
        """Whether a box to tick, or a line as short, stands right before a run."""
        left, top, _, bottom = run.box
        y = (top + bottom) / 2
        return any(
            s.box[2] - s.box[0] < _BOX_PT and -4 < left - s.box[2] < _BLANK_GAP_PT and s.box[1] - 2 < y < s.box[3] + 2
            for s in self.spots
        )

    def _goes_on(self, upper: Run, lower: Run) -> bool:
        """Whether a heading goes on from one run to the next below it."""
        if _NO_HEADING.fullmatch(lower.text):
            return True
        return upper.styled and lower.box[3] - upper.box[3] < _LEADING_PT and not self._place_between(upper, lower)

    def _place_between(self, upper: Run, lower: Run) -> bool:
        return any(upper.box[3] + 1 < s.box[3] < lower.box[3] - 1 for s in self.spots)

    def _governing(self, row: Sequence[Run], spot: Spot, start: float) -> list[Run]:
        """Which runs of a line a place stands under, or behind, the nearest first."""
        x0, _, x1, bottom = spot.box
        edge = max(start + 12, min(x1, (x0 + x1) / 2))
        found: list[Run] = []
        for run in row:
            left, _, right, low = run.box
            beside = abs(low - bottom) < 6 and right <= start + 2
            under = low <= bottom - 5 and (left <= edge or (bool(found) and self._runs_on(run)))
            if (beside or under) and run not in self.titles and not self._walled(run.box, spot, start):
                found.append(run)
        return found[::-1]

    def _runs_on(self, run: Run) -> bool:
        """Whether a run goes on with a sentence that has a place in it."""
        left, top, _, bottom = run.box
        y = (top + bottom) / 2
        return run.text[0].islower() and any(
            -4 < left - s.box[2] < _BLANK_GAP_PT and s.box[1] - 2 < y < s.box[3] + 2 for s in self.spots
        )

    def _walled(self, box: ShownBox, spot: Spot, start: float) -> bool:
        """Whether a vertical line runs between a run and a place all the way from one to the other."""
        _, top, x1, bottom = spot.box
        high, low = (box[1] + box[3]) / 2, max(bottom - 6, (top + bottom) / 2)
        for w in self.walls:
            if w[1] <= high + 1 and w[3] >= low - 1 and (box[2] - 3 < w[0] < start + 4 or x1 - 4 < w[0] < box[0] + 3):
                return True
        return False


def _texts(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(run.text for run in runs)


def _is_title(run: Run, first: float) -> bool:
    """Whether a run is the form's title, which says nothing of its places; ``first`` is where these begin."""
    return run.heads and run.box[1] < first and not run.text.endswith(":") and bool(_TITLE.search(run.text))


def _joined(down: Sequence[ShownBox]) -> list[ShownBox]:
    """Vertical lines, those that go on from one another as one."""
    found: list[ShownBox] = []
    walls = [d for d in down if d[3] - d[1] >= _LEAST_WALL_PT]
    for line in sorted(walls, key=lambda d: (round(d[0] / 2), d[1])):
        if found and abs(found[-1][0] - line[0]) < 2 and line[1] - found[-1][3] < 4:
            last = found[-1]
            found[-1] = (last[0], last[1], last[2], max(last[3], line[3]))
        else:
            found.append(line)
    return found
