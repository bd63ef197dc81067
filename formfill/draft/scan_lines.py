"""The straight lines and the boxes to tick of a scanned page, off its pixels.

Boxes in here are in pixels of the picture at ``DPI``, origin top left, (x0, top, x1, bottom), the far edges excluded.
A page may be turned by up to two degrees: a line then climbs, and is given as a thin box at its mean height.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

DPI = 300
PX_PER_PT = DPI / 72
#: Grey or two-tone picture: rows, columns; ink is 255 in the latter.
Picture = NDArray[np.uint8]
PixelBox = tuple[float, float, float, float]


def _px(points: float) -> int:
    return round(points * PX_PER_PT)


#: A run of ink at least so long belongs to a line, or to a letter's bar. A line one pixel thick that climbs by two
#: degrees is made of runs of 28 pixels.
_RUN = 24
_SLOPE = 0.045
_LONG = _px(18)
_SHORT = _px(9)
_THICK = _px(4)
#: Parts of one line that a bad copy has broken.
_BREAK = _px(2.4)
#: A line thicker than this is long, or part of a drawing.
_BAR = _px(2.4)
_DOUBLE = _px(3)
#: A line printed as dots or dashes.
_DOT = _px(1.8)
_DOT_GAP = _px(5)
#: So close to the edge of the picture there is only its shadow.
_EDGE = _px(5)
#: How much darker than the paper a line is, of 255; a fold is some 30.
_CONTRAST = 45


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line: its extent along its direction, and its place and thickness across, in pixels.

    ``first`` and ``last`` are the places across of its ends.
    """

    start: int
    end: int
    at: float
    thick: float
    first: float
    last: float

    @property
    def length(self) -> int:
        return self.end - self.start

    def across_box(self) -> PixelBox:
        """As the box of a horizontal line."""
        half = max(self.thick, 1) / 2
        return self.start, self.at - half, self.end, self.at + half

    def down_box(self) -> PixelBox:
        """As the box of a vertical line."""
        x0, y0, x1, y1 = self.across_box()
        return y0, x0, y1, x1


def ink_of(grey: Picture) -> Picture:
    """The print in two tones, 255 for ink: darker than its surroundings, so that a grey area hides nothing."""
    local = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 71, 22)
    dark = cv2.inRange(grey, np.array([0]), np.array([90]))
    return np.asarray(cv2.bitwise_or(local, dark), dtype=np.uint8)


def lines_across(ink: Picture, grey: Picture) -> list[Line]:
    """Horizontal lines: all longer than 18 pt, and shorter ones that stand alone; broken and doubled ones as one.

    ``grey`` is what ``ink`` was made of. Folds of the paper and the shadow at its edge are no lines.
    """
    solids = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((_THICK, _THICK), np.uint8))
    solids = cv2.dilate(solids, np.ones((5, 5), np.uint8))
    runs = cv2.morphologyEx(cv2.bitwise_and(ink, cv2.bitwise_not(solids)), cv2.MORPH_OPEN, np.ones((1, _RUN), np.uint8))
    parts = list(_thin_parts(np.asarray(runs, dtype=np.uint8)))
    lines = [line for line in _joined(parts, ink) if line.length >= _LONG or _stands_alone(ink, line)]
    lines += [line for line in _dotted(ink) if not any(_is_on(line, other) for other in lines)]
    lines = [line for line in lines if _EDGE < line.at < ink.shape[0] - _EDGE and _is_printed(grey, line)]
    lines = [line for line in lines if line.thick <= _BAR or line.length >= 14 * line.thick]
    return _undoubled(lines)


def lines_down(ink: Picture, grey: Picture, across: Sequence[Line]) -> list[Line]:
    """Vertical lines: the long ones, and shorter ones that end on a horizontal line. No bar of a bar code."""
    turned = np.ascontiguousarray(ink.T)
    lines = [line for line in lines_across(turned, grey.T) if line.length >= _px(11)]
    kept = [line for line in lines if line.length >= _px(32) or _meets(line, across)]
    bars = [line for line in kept if _is_in_bar_code(line, kept)]
    # the outermost bars have neighbours on one side only
    return [line for line in kept if not any(_is_beside(line, bar) for bar in bars)]


def _thin_parts(runs: Picture) -> Iterator[Line]:
    count, labels, stats, centres = cv2.connectedComponentsWithStats(runs, connectivity=8)
    for number in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[number])
        thick = area / width
        if thick > _THICK or height > thick + width * _SLOPE + 5:
            continue
        end = min(width, 2 * _RUN)
        cut = labels[y : y + height, x : x + width] == number
        first = y + float(np.nonzero(cut[:, :end])[0].mean())
        last = y + float(np.nonzero(cut[:, width - end :])[0].mean())
        yield Line(x, x + width, float(centres[number][1]) + 0.5, thick, first + 0.5, last + 0.5)


def _is_printed(grey: Picture, line: Line) -> bool:
    """Darker than the paper, by more than a fold is, on both sides: the edge of a filled area is no line."""
    top, bottom = round(min(line.first, line.last) - line.thick / 2), round(max(line.first, line.last) + line.thick / 2)
    on = grey[max(0, top - 1) : bottom + 2, line.start : line.end]
    darkest = np.sort(on.min(axis=0))[: max(1, on.shape[1] // 3)]
    # a second line may run close by: there is paper between the two
    sides = (
        grey[max(0, top - 12) : max(0, top - 1), line.start : line.end],
        grey[bottom + 2 : bottom + 13, line.start : line.end],
    )
    return all(
        side.size and float(np.median(side.max(axis=0))) - float(np.median(darkest)) >= _CONTRAST for side in sides
    )


def _joined(parts: Sequence[Line], ink: Picture) -> list[Line]:
    """Parts that go on where another ends."""
    done: list[Line] = []
    open_: list[Line] = []
    for part in sorted(parts, key=lambda line: line.start):
        done += [line for line in open_ if line.end + _BREAK < part.start]
        open_ = [line for line in open_ if line.end + _BREAK >= part.start]
        # two bars of letters are no line: one of the two must be longer than a letter
        found = [
            line
            for line in open_
            if part.start - line.end > -_RUN
            and abs(line.last - part.first) <= 4
            and max(line.length, part.length) >= _LONG
            and not _parted(ink, line, part)
        ]
        if found:
            before = min(found, key=lambda line: abs(line.last - part.first))
            open_.remove(before)
            part = _both(before, part)
        open_.append(part)
    return done + open_


def _parted(ink: Picture, a: Line, b: Line) -> bool:
    """Something is printed between two pieces of a line: a slash, so that they are two blanks."""
    at = round(a.last)
    gap = ink[max(0, at - _px(6)) : max(0, at - _px(1.5)), max(0, min(a.end, b.start) - 2) : max(a.end, b.start) + 2]
    return bool(gap.size) and bool((gap > 0).any(axis=1).mean() > 0.8)


def _both(a: Line, b: Line) -> Line:
    whole = a.length + b.length
    at = (a.at * a.length + b.at * b.length) / whole
    thick = (a.thick * a.length + b.thick * b.length) / whole
    return Line(min(a.start, b.start), max(a.end, b.end), at, thick, a.first, b.last if b.end > a.end else a.last)


def _stands_alone(ink: Picture, line: Line) -> bool:
    """A short line that is no stroke of a letter: nothing touches it."""
    if line.length < _SHORT or line.thick > _px(1.6):
        return False
    around, half = 3, round(line.thick / 2 + 2)
    top, bottom = round(min(line.first, line.last)) - half, round(max(line.first, line.last)) + half
    if top < around + 2 or bottom + around + 2 > ink.shape[0]:
        return False
    above = ink[max(0, top - around - 2) : max(0, top), line.start : line.end]
    below = ink[bottom : bottom + around + 2, line.start : line.end]
    beside = ink[max(0, top) : bottom, max(0, line.start - 5) : max(0, line.start - 1)]
    return bool((above > 0).mean() < 0.04 and (below > 0).mean() < 0.04 and not (beside > 0).all(axis=1).any())


def _dotted(ink: Picture) -> list[Line]:
    """Lines printed as rows of dots or short dashes; a dotted area is none."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = (stats[:, cv2.CC_STAT_HEIGHT] <= _DOT) & (stats[:, cv2.CC_STAT_WIDTH] <= 2 * _RUN)
    small &= stats[:, cv2.CC_STAT_AREA] >= 3
    small[0] = False
    dots = np.asarray(small[labels] * np.uint8(255), dtype=np.uint8)
    # rows of a dotted area grow together, and are then too thick
    grown = cv2.dilate(dots, np.ones((7, 1), np.uint8))
    rows = cv2.morphologyEx(grown, cv2.MORPH_CLOSE, np.ones((1, _DOT_GAP), np.uint8))
    rows = cv2.morphologyEx(rows, cv2.MORPH_OPEN, np.ones((1, _px(6)), np.uint8))
    return [
        Line(line.start, line.end, line.at, max(1.0, line.thick - 6), line.first, line.last)
        for line in _thin_parts(np.asarray(rows, dtype=np.uint8))
        if line.length >= _px(24) and _is_row(dots, line)
    ]


def _is_row(dots: Picture, line: Line) -> bool:
    """Equal dots at equal distances, and nothing but them: specks of dirt and the dots of a grey area are not."""
    top, bottom = round(min(line.first, line.last)) - _px(2), round(max(line.first, line.last)) + _px(2)
    count, _, stats, centres = cv2.connectedComponentsWithStats(
        np.ascontiguousarray(dots[max(0, top) : bottom, line.start : line.end]), connectivity=8
    )
    if count - 1 < 8:
        return False
    order = np.argsort(centres[1:, 0])
    along, across = centres[1:, 0][order], centres[1:, 1][order]
    steps, widths = np.diff(along), stats[1:, cv2.CC_STAT_WIDTH]
    off = across - np.polyval(np.polyfit(along, across, 1), along)
    return bool(
        np.std(steps) < 0.35 * np.mean(steps) and np.std(widths) < 0.5 * np.mean(widths) and np.std(off) < _px(0.4)
    )


def _is_on(a: Line, b: Line) -> bool:
    return abs(a.at - b.at) <= _DOUBLE and min(a.end, b.end) - max(a.start, b.start) > 0.5 * min(a.length, b.length)


def _undoubled(lines: Sequence[Line]) -> list[Line]:
    """One line for two of about the same extent that are printed, or copied, close together."""
    kept: list[Line] = []
    for line in sorted(lines, key=lambda one: -one.length):
        for index, other in enumerate(kept):
            shared = min(line.end, other.end) - max(line.start, other.start)
            level = abs(line.at - _at(other, (line.start + line.end) / 2)) <= _DOUBLE
            if level and shared > 0.6 * line.length:
                if shared > 0.6 * other.length and line.at > other.at:
                    kept[index] = Line(
                        min(line.start, other.start),
                        max(line.end, other.end),
                        (line.at + other.at) / 2,
                        abs(line.at - other.at) + (line.thick + other.thick) / 2,
                        (line.first + other.first) / 2,
                        (line.last + other.last) / 2,
                    )
                break
        else:
            kept.append(line)
    return sorted(kept, key=lambda one: (one.at, one.start))


def _at(line: Line, along: float) -> float:
    """Where the line is across, at a place along it."""
    share = (along - line.start) / max(1, line.length)
    return line.first + (line.last - line.first) * min(1.0, max(0.0, share))


def _meets(line: Line, across: Sequence[Line]) -> bool:
    reach = _px(3)
    for other in across:
        if other.start - reach <= line.at <= other.end + reach and other.length >= _LONG:
            at = _at(other, line.at)
            if abs(at - line.start) <= reach or abs(at - line.end) <= reach:
                return True
    return False


def _is_in_bar_code(line: Line, lines: Sequence[Line]) -> bool:
    close = [abs(other.at - line.at) for other in lines if _is_beside(line, other)]
    return len(close) >= 7 or sum(away <= _px(14) for away in close) >= 5


def _is_beside(line: Line, other: Line) -> bool:
    return (
        abs(other.at - line.at) <= _px(26)
        and min(other.end, line.end) - max(other.start, line.start) > 0.6 * min(other.length, line.length)
        and max(other.length, line.length) < _px(80)
    )


def shades(grey: Picture) -> list[PixelBox]:
    """Filled areas larger than print: grey, black, or dotted to look grey."""
    step = 4
    paper = float(np.percentile(grey[::step, ::step], 85))
    # dark strokes on paper go, white ones on a dark area stay
    flat = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    small = cv2.resize(flat, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    filled = cv2.inRange(small, np.array([0]), np.array([int(paper) - 16]))
    mean = cv2.blur(cv2.resize(grey, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA), (9, 9))
    dotted = cv2.inRange(mean, np.array([0]), np.array([int(0.62 * paper)]))
    found: list[PixelBox] = []
    for area, smallest in ((filled, _px(6)), (dotted, _px(9))):
        side = smallest // step
        whole = cv2.morphologyEx(area, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
        whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=8)
        for number in range(1, count):
            x, y, width, height, size = (int(v) * step for v in stats[number])
            box = (x, y, x + width, y + height)
            is_new = not any(_inside(box, other) for other in found)
            if area is dotted and _is_heavy(grey[y : y + height, x : x + width]):
                continue
            if is_new and size * step >= _px(15) ** 2 and size * step >= 0.7 * width * height:
                found.append(box)
    return sorted(found, key=lambda box: (box[1], box[0]))


def _is_heavy(area: Picture) -> bool:
    """Broad strokes: large print or a bar code, and no dots."""
    return bool((cv2.dilate(area, np.ones((7, 7), np.uint8)) < 130).mean() > 0.05)


def _inside(box: PixelBox, other: PixelBox) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] - 2 <= x <= other[2] + 2 and other[1] - 2 <= y <= other[3] + 2


def outside_shades(grey: Picture, boxes: Sequence[PixelBox], shades: Sequence[PixelBox]) -> list[bool]:
    """Which lines are lines: not what is left of a filled area between its edge and white letters on it."""
    return [not any(_inside(box, shade) and _is_like(grey, box, shade) for shade in shades) for box in boxes]


def _is_like(grey: Picture, box: PixelBox, shade: PixelBox) -> bool:
    line, area = (grey[round(b[1]) : round(b[3]) + 1, round(b[0]) : round(b[2]) + 1] for b in (box, shade))
    return bool(line.size) and float(np.median(area)) - float(np.median(line)) < _CONTRAST


def without_lines(
    grey: Picture,
    ink: Picture,
    across: Sequence[Line],
    down: Sequence[Line],
    squares: Sequence[PixelBox],
    shades: Sequence[PixelBox],
) -> Picture:
    """A copy for the reading of its words: lines and boxes taken out, white print on dark areas made dark on white."""
    clean = grey.copy()
    for x0, y0, x1, y1 in shades:
        area = clean[round(y0) : round(y1), round(x0) : round(x1)]
        if (cv2.morphologyEx(area, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) < 160).mean() > 0.6:
            _invert(area)
    for line in across:
        _take_out(clean, ink, line)
    for line in down:
        _take_out(clean.T, ink.T, line)
    for x0, y0, x1, y1 in squares:
        clean[max(0, round(y0) - 2) : round(y1) + 2, max(0, round(x0) - 2) : round(x1) + 2] = 255
    return clean


def _invert(area: Picture) -> None:
    """White letters become dark, but not the paper in the corners of a box around an area that is crooked."""
    np.subtract(255, area, out=area)
    count, labels = cv2.connectedComponents(np.asarray(area < 128, dtype=np.uint8))
    edges = np.concatenate([labels[:3].ravel(), labels[-3:].ravel(), labels[:, :3].ravel(), labels[:, -3:].ravel()])
    touching = np.zeros(count, bool)
    touching[np.unique(edges)] = True
    touching[0] = False
    area[cv2.dilate(np.asarray(touching[labels], dtype=np.uint8), np.ones((5, 5), np.uint8)) > 0] = 255


def slope_of(lines: Sequence[Line]) -> float | None:
    """How the page's lines climb, rightwards and downwards; none where there are too few to tell."""
    long = sorted(((line.last - line.first) / line.length, line.length) for line in lines if line.length >= _px(50))
    whole, seen = sum(length for _, length in long), 0
    for slope, length in long if whole >= _px(200) else ():
        seen += length
        if 2 * seen >= whole:
            return slope
    return None


def _take_out(clean: Picture, ink: Picture, line: Line) -> None:
    """Whiten a line, but not where a letter goes through it."""
    half = round(line.thick / 2) + 4
    top, bottom = round(min(line.first, line.last)) - half, round(max(line.first, line.last)) + half
    band = slice(max(0, top), bottom), slice(max(0, line.start - 2), line.end + 2)
    print_ = np.ascontiguousarray(ink[band])
    kernel = np.ones((1, min(_RUN, max(3, line.length // 2))), np.uint8)
    on = cv2.dilate(cv2.morphologyEx(print_, cv2.MORPH_OPEN, kernel), np.ones((3, 5), np.uint8)) > 0
    columns = np.arange(on.shape[1])
    above = np.maximum(np.argmax(on, axis=0) - 2, 0)
    below = np.minimum(on.shape[0] - np.argmax(on[::-1], axis=0) + 1, on.shape[0] - 1)
    crossed = (print_[above, columns] > 0) & (print_[below, columns] > 0)
    clean[band][on & ~crossed] = 255
