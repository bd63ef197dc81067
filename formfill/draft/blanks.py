"""Where a page leaves room to write: above underscores and rules, in cells, behind a colon.

One idea serves rules, table cells and boxes alike: above every horizontal line, what is free of print and between the
vertical lines that cut it is a blank. A form that prints no line leaves white space behind a colon or a usual word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from formfill.draft.boxes import middle_in, overlaps
from formfill.draft.facts import PageFacts, Sign, Spot, Word, lines_of, text_of
from formfill.draft.label_cells import STACK, is_label_cell
from formfill.draft.rests import Rests
from formfill.draft.wordings import asked, folded
from formfill.pdf.geometry import ShownBox

#: Marks one of several places on one rule, told apart by their captions.
CAPTIONED = "captioned"
#: How much room a line of handwriting is given above its rule, in points.
LINE_PT = 13.0
#: A cell's free part lower than this is no line to write on, where there is room beside the label.
_LOW_PT = 11.5
#: Beside a label, where others stand in the same cell, this much is room to write.
_BESIDE_PT = 36.0
#: What must be free above a line to write on it.
_CLEAR_PT = 8.5
_NARROWEST_PT = 9.0
_NARROWEST_RULE_PT = 14.0
#: White space behind a colon must be this wide to be a blank.
_BEHIND_COLON_PT = 34.0
_BEHIND_WORD_PT = 90.0
#: A caption has at most so many words.
_CAPTION_WORDS = 10
#: The print between the parts of a date in a cell.
_DATE_SIGNS = frozenset({"/", "-", "–"})
#: Usual words of a list of blanks that prints neither line nor colon.
_USUAL = re.compile(
    r"(name|address|street|city|state|zip|zip code|phone|telephone|fax|email|e-mail|dob|date of birth|birthdate|"
    r"phone ?/ ?fax|organization|facility|attn|attention|relationship|mrn|ssn|nombre|direcci[oó]n|ciudad|estado|"
    r"tel[eé]fono|"
    r"c[oó]digo postal|fecha de nacimiento|phone number|fax number|phone #|fax #|patient name|county)",
    re.IGNORECASE,
)


def find_blanks(page: PageFacts) -> list[Spot]:
    """The places for text that ``page`` prints, widgets aside."""
    grid, rests = _Grid(page), Rests(page)
    found = [spot for run in page.underscores if (spot := _on_underscores(page, run, grid))]
    listed = list(_behind_colons(page, grid, [], rests))
    for line in page.across:
        for spot in _above(page, line, grid, rests):
            # a tall cell with a list of labels in it: each has its own line, though none is printed
            inside = [one for one in listed if middle_in(one.box, spot.box)]
            if len(inside) >= 2 and spot.box[3] - spot.box[1] > 26:
                found += [replace(one, sign="cell") for one in inside if not _clashes(one, found)]
            elif not _clashes(spot, found):
                found.append(spot)
    found = [spot for spot in found if not is_label_cell(page, spot, found)]
    found = [part for spot in found for part in split_by_captions(page, spot)]
    found += [spot for spot in _in_brackets(page) if not _clashes(spot, found)]
    found += [spot for spot in _behind_colons(page, grid, found, rests) if not _clashes(spot, found)]
    return _with_stacks(page, found)


class _Grid:
    """The page's print, by bands of 12 points, so that what stands near a line is found at once."""

    _BAND = 12.0

    def __init__(self, page: PageFacts) -> None:
        self.page = page
        self._words: dict[int, list[ShownBox]] = {}
        self._down: dict[int, list[ShownBox]] = {}
        for word in page.words:
            if word.text.strip("|"):
                self._put(self._words, word.box)
        for square in page.squares:
            self._put(self._words, square)
        for line in page.down:
            self._put(self._down, line)
        self.right = max((w.box[2] for w in page.words), default=page.width - 36)

    def _put(self, into: dict[int, list[ShownBox]], box: ShownBox) -> None:
        for band in range(int(box[1] // self._BAND), int(box[3] // self._BAND) + 1):
            into.setdefault(band, []).append(box)

    def _near(self, store: dict[int, list[ShownBox]], box: ShownBox) -> Iterator[ShownBox]:
        seen: set[ShownBox] = set()
        for band in range(int(box[1] // self._BAND), int(box[3] // self._BAND) + 1):
            for one in store.get(band, ()):
                if one not in seen and one[2] > box[0] and one[0] < box[2] and one[3] > box[1] and one[1] < box[3]:
                    seen.add(one)
                    yield one

    def words_in(self, box: ShownBox) -> list[ShownBox]:
        """The words and boxes to tick that reach into ``box``."""
        return list(self._near(self._words, box))

    def lines_down_in(self, box: ShownBox) -> list[ShownBox]:
        """The vertical lines that reach into ``box``."""
        return list(self._near(self._down, box))

    def room_above(self, x0: float, x1: float, y: float, most: float) -> float:
        """How far up from ``y`` nothing is printed between ``x0`` and ``x1``, at the most ``most`` points."""
        top = y - most
        for box in self.words_in((x0 + 1, top, x1 - 1, y - 1.5)):
            top = max(top, min(box[3], y))
        for line in self.page.across:
            if line[0] < x1 - 2 and line[2] > x0 + 2 and top < line[3] < y - 2.5:
                top = max(top, line[3])
        for run in self.page.underscores:
            if run[0] < x1 - 2 and run[2] > x0 + 2 and top < run[3] < y - 2.5:
                top = max(top, run[3])
        return y - top


def _on_underscores(page: PageFacts, run: ShownBox, grid: _Grid) -> Spot | None:
    """The line to write on above a run of underscores, as high as there is room."""
    if run[2] - run[0] < 5:
        return None
    room = grid.room_above(run[0], run[2], run[1], LINE_PT + 1)
    height = max(min(room - 0.5, LINE_PT), 8.0)
    return Spot("text", page.number, (run[0], run[1] - height, run[2], run[3] + 0.6), "underscore")


def _above(page: PageFacts, line: ShownBox, grid: _Grid, rests: Rests) -> Iterator[Spot]:
    """What is free above a horizontal line, between the vertical lines that cut it."""
    y = line[1]
    if line[2] - line[0] < _NARROWEST_RULE_PT or y < 20 or y > page.height - 4 or rests.is_frame(line):
        return
    band = (line[0], y - _CLEAR_PT, line[2], y - 0.8)
    taken = [(b[0], b[2]) for b in grid.words_in(band) if b[3] < y + 4.5 or b[1] < y - 5]
    low = (line[0], y - _LOW_PT - 2, line[2], y)
    signs = [(w.box[0], w.box[2]) for w in page.words if w.text in _DATE_SIGNS and middle_in(w.box, low)]
    cuts = sorted({round(b[0], 1) for b in grid.lines_down_in((line[0] - 1, y - 7, line[2] + 1, y - 2.5))})
    edges = [line[0], *(c for c in cuts if line[0] + 2 < c < line[2] - 2), line[2]]
    for left, right in pairwise(edges):
        labels = [(b[0], b[2]) for b in grid.words_in((left, y - _LOW_PT - 2, right, y - 0.8))]
        dated = sum(label in signs for label in labels) >= 2
        only_dated = dated and all(label in signs for label in labels)
        free = list(_free(left, right, labels if only_dated else taken))
        if free and not dated and grid.room_above(left, right, y, 30.0) < _LOW_PT:
            # too low to write in under its label: beside it, if there is room
            free = _beside(left, right, labels) or free
        for x0, x1 in free:
            if x1 - x0 < _NARROWEST_PT:
                continue
            room = grid.room_above(x0, x1, y, 260.0)
            if room < 6.5:
                continue
            walled = left in cuts or right in cuts or _walled(page, left, right, y)
            sign: Sign = "cell" if walled and room < 259 else "rule"
            height = min(room - 0.8, 120.0) if sign == "cell" else min(room - 0.5, LINE_PT)
            inset = 1.0 if sign == "cell" else 0.0
            spot = Spot("text", page.number, (x0 + inset, y - height, x1 - inset, y), sign)
            if not rests.is_rest(spot, left, right):
                yield spot


def _beside(left: float, right: float, labels: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The parts of a cell beside its labels, where one at least has much of it."""
    parts = list(_free(left, right, labels))
    if not any(x1 - x0 > 0.4 * (right - left) for x0, x1 in parts) and len(parts) < 2:
        return []
    return [(x0, x1) for x0, x1 in parts if x1 - x0 > min(_BESIDE_PT, 0.4 * (right - left))]


def _walled(page: PageFacts, left: float, right: float, y: float) -> bool:
    """Whether vertical lines stand at both ends of a line's part, over it."""
    return all(any(abs(d[0] - x) < 3 and d[1] < y - 6 and d[3] > y - 3 for d in page.down) for x in (left, right))


def _free(left: float, right: float, taken: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """What is left of a stretch when the taken ones, and a hair around each, are cut out."""
    at = left
    for x0, x1 in sorted(taken):
        if x0 - 1.5 > at:
            yield at, min(x0 - 1.5, right)
        at = max(at, x1 + 2.0)
    if at < right:
        yield at, right


def _clashes(spot: Spot, found: Sequence[Spot]) -> bool:
    """Whether much of ``spot`` is on a place found already."""
    return overlaps(spot.box, (other.box for other in found), 0.3)


def split_by_captions(page: PageFacts, spot: Spot) -> list[Spot]:
    """One rule or cell for several values, told apart by captions under or over it ("Street  City  State  Zip")."""
    x0, top, x1, bottom = spot.box
    if x1 - x0 < 130:
        return [spot]
    under = _captions(page, x0, x1, bottom - 2, bottom + 11)
    over = _captions(page, x0, x1, top - 10, top + 1, 9.0) if spot.sign == "cell" else []
    heads = over if over and over[0][0] - x0 < 8 else []
    captions = heads if heads and _is_headed(page, spot) else under if len(under) >= 2 else heads
    if len(captions) < 2 or any(
        other[0] < x1 and other[2] > x0 and bottom + 2 < other[1] < bottom + 14 for other in page.underscores
    ):
        return [spot]
    if captions is under and any(
        captions[0][1] < d[0] < captions[-1][0] and d[1] < bottom + 6 < d[3] for d in page.down
    ):
        return [spot]
    from_left = captions[0][0] - x0 < 8 or not _centred(captions, x0, x1)
    cuts = [x0]
    for a, b in pairwise(captions):
        cuts.append(b[0] - 3 if from_left else (a[1] + b[0]) / 2)
    cuts.append(x1)
    if min(b - a for a, b in pairwise(cuts)) < 16:
        return [spot]
    return [
        Spot("text", spot.page, (a, top, b - 1.5 if b < x1 else b, bottom), spot.sign, signs=CAPTIONED)
        for a, b in pairwise(cuts)
    ]


def _is_headed(page: PageFacts, spot: Spot) -> bool:
    """Whether the cells of a spot's frame have their captions over the room: there is room over the frame's foot."""
    x0, _, x1, bottom = spot.box
    walls = [d for d in page.down if d[1] < bottom - 4 < d[3]]
    feet = [max((d[3] for d in walls if abs(d[0] - x) < 4), default=0.0) for x in (x0, x1)]
    foot = min(feet)
    return foot > 0 and not any(foot - 9 < w.middle_y < foot and x0 < w.middle_x < x1 for w in page.words)


def _centred(captions: Sequence[tuple[float, float]], x0: float, x1: float) -> bool:
    """Whether captions may each stand in the middle of their part of a rule: told by what is left for the last."""
    a, b = captions[-2:]
    cut = (a[1] + b[0]) / 2
    before, after = (b[0] + b[1]) / 2 - cut, x1 - (b[0] + b[1]) / 2
    first = (captions[0][0] + captions[0][1]) / 2 - x0
    return after < 2.2 * before and first > 0.4 * before


def _captions(
    page: PageFacts, x0: float, x1: float, top: float, bottom: float, gap: float = 13.0
) -> list[tuple[float, float]]:
    """The stretches of print between two heights, where each is short and all are on one line; else nothing."""
    words = [w for w in page.words if top < w.middle_y < bottom and w.box[2] > x0 - 4 and w.box[0] < x1 + 4]
    if not words or max(w.box[3] for w in words) - min(w.box[3] for w in words) > 4:
        return []
    if any(top < (s[1] + s[3]) / 2 < bottom and x0 < s[0] < x1 for s in page.squares):
        return []  # what stands behind a box to tick is its label
    segments: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.box[0]):
        if segments and word.box[0] - segments[-1][-1].box[2] < max(gap, 0.13 * gap * word.size):
            segments[-1].append(word)
        else:
            segments.append([word])
    if any(len(s) > _CAPTION_WORDS or s[-1].text.endswith(":") for s in segments):
        return []
    if len(segments) == 1 and len(segments[0]) > 6:
        return []
    if len(segments) > 1 and not all(asked(folded(text_of(s))) for s in segments):
        return []  # one caption, set wide
    return [(s[0].box[0], s[-1].box[2]) for s in segments]


def _in_brackets(page: PageFacts) -> Iterator[Spot]:
    """The gap of a printed "(    )": an area code."""
    for line in lines_of(page.words):
        for a, b in pairwise(line):
            gap = b.box[0] - a.box[2]
            if a.text.endswith("(") and b.text.startswith(")") and 9 <= gap <= 60:
                yield Spot("text", page.number, (a.box[2] + 0.5, a.box[3] - 12, b.box[0] - 0.5, a.box[3]), "colon")


def _captioned(found: Sequence[Spot], word: Word) -> bool:
    """Whether a word names a blank right over or under it."""
    x0, top, x1, bottom = word.box
    for spot in found:
        if spot.box[0] - 3 <= x0 and x1 <= spot.box[2] + 3:
            under, over = top - spot.box[3], spot.box[1] - bottom
            if -3 < under < 9 or (-3 < over < 4 and spot.sign == "cell"):
                return True
    return False


def _behind_colons(page: PageFacts, grid: _Grid, found: Sequence[Spot], rests: Rests) -> Iterator[Spot]:
    """White space behind a colon or a usual word that names none of the blanks ``found``."""
    for line in lines_of(page.words):
        start = 0
        for i, word in enumerate(line):
            if i and word.box[0] - line[i - 1].box[2] > 1.2 * word.size:
                start = i
            after = line[i + 1].box[0] if i + 1 < len(line) else None
            colon = word.text.rstrip().endswith((":", ":*"))
            segment = text_of(line[start : i + 1]).strip(" :*#().")
            usual = bool(_USUAL.fullmatch(segment))
            if (not colon and not usual) or _captioned(found, word):
                continue
            top, bottom = word.box[3] - max(10.5, 1.05 * word.size), word.box[3] + 1.5
            left = word.box[2] + 3
            right = min(_limit(page, grid, left, top, bottom), (after or page.width) - 4)
            if right - left < (_BEHIND_COLON_PT if colon else _BEHIND_WORD_PT):
                continue
            spot = Spot("text", page.number, (left, top, right, bottom), "colon")
            if after is not None or not rests.is_intro(spot, line[start : i + 1]):
                yield spot


def _limit(page: PageFacts, grid: _Grid, left: float, top: float, bottom: float) -> float:
    """How far right of ``left`` a line is free: to the next vertical line, box or blank, or the text's own margin."""
    stops = [grid.right + 6]
    stops += [d[0] - 2 for d in page.down if d[0] > left and d[1] < bottom - 2 and d[3] > top + 2]
    stops += [s[0] - 3 for s in page.squares if s[0] > left and s[1] < bottom and s[3] > top]
    stops += [u[0] - 3 for u in page.underscores if u[2] > left and top < u[1] < bottom + 2]
    return min(stops)


def _with_stacks(page: PageFacts, found: Sequence[Spot]) -> list[Spot]:
    """``found``, where the lines behind a stack of labels without colons, alone in one frame, are cells of it."""
    stacks: dict[tuple[ShownBox, ShownBox, int], list[int]] = {}
    for i, spot in enumerate(found):
        if spot.sign == "colon" and (stack := _stack_of(page, spot)):
            stacks.setdefault(stack, []).append(i)
    stacked = {i for stack in stacks.values() if len(stack) >= STACK for i in stack}
    return [replace(spot, sign="cell") if i in stacked else spot for i, spot in enumerate(found)]


def _stack_of(page: PageFacts, spot: Spot) -> tuple[ShownBox, ShownBox, int] | None:
    """The walls of the frame that a place and its label have a line of for themselves, and where the label begins."""
    x0, top, x1, bottom = spot.box
    y = (top + bottom) / 2
    walls = [d for d in page.down if d[1] < y < d[3]]
    left = max((d for d in walls if d[0] < x0), default=None, key=lambda d: d[0])
    right = min((d for d in walls if d[0] > x1), default=None, key=lambda d: d[0])
    if left is None or right is None:
        return None
    label = [w for w in page.words if top < w.middle_y < bottom and left[0] < w.box[0] < right[0]]
    if not label or any(w.box[2] > x0 or w.text.endswith(":") for w in label):
        return None
    return left, right, round(min(w.box[0] for w in label) / 3)
