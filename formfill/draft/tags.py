"""Where a small tag may stand beside its place: near, on white paper, and on no other tag or place.

A tag is tried at every spot around its place, the nearest first. Print that it would cover counts against a spot as a
longer way does; another tag or place forbids it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image, ImageFilter

from formfill.draft.pictures import PixelBox

#: Pixels a cell of the map of the print.
_CELL = 4
#: A pixel darker than this (of 255) is print.
_DARK = 170
#: How many pixels further a tag goes rather than cover print wholly.
_INK_COST = 800.0
#: How far from its place a tag may stand, in pixels.
_REACH_X, _REACH_Y = 320, 130
_STEP_X, _STEP_Y = 6, 4
#: White kept between a tag and another thing.
_AIR = 2.0


class InkMap:
    """Where a picture has print, in cells of 4 pixels; answers how much of a rectangle is printed on."""

    def __init__(self, picture: Image.Image) -> None:
        grey = picture.convert("L").point(lambda value: 255 if value < _DARK else 0)
        # a cell counts as soon as anything in it is dark: thin letters are print too
        cells = grey.filter(ImageFilter.MaxFilter(3)).reduce(_CELL).point(lambda value: 1 if value > 40 else 0)
        self.width, self.height = cells.size
        raw = cells.tobytes()
        self._sums = [[0] * (self.width + 1)]
        for y in range(self.height):
            above, total, row = self._sums[-1], 0, [0]
            for x, inked in enumerate(raw[y * self.width : (y + 1) * self.width], 1):
                total += inked
                row.append(above[x] + total)
            self._sums.append(row)

    def share(self, box: PixelBox) -> float:
        """The share of a rectangle's cells that are printed on, 0 to 1."""
        x0, x1 = (min(max(int(v / _CELL), 0), self.width) for v in (box[0], box[2] + _CELL))
        y0, y1 = (min(max(int(v / _CELL), 0), self.height) for v in (box[1], box[3] + _CELL))
        area = (x1 - x0) * (y1 - y0)
        if area <= 0:
            return 0.0
        sums = self._sums
        return (sums[y1][x1] - sums[y0][x1] - sums[y1][x0] + sums[y0][x0]) / area


class Tagger:
    """Gives tags their spots on one page, one after another."""

    def __init__(self, ink: InkMap, places: Sequence[PixelBox], bounds: PixelBox) -> None:
        self._ink = ink
        self._taken = list(places)
        self._bounds = bounds

    def is_white(self, box: PixelBox, most: float = 0.12) -> bool:
        """Whether hardly anything is printed in a rectangle."""
        return self._ink.share(box) <= most

    def spot(self, width: float, height: float, beside: PixelBox) -> PixelBox:
        """The best free spot of this size beside ``beside``, taken from now on.

        Where all are taken, the one right of it, over whatever is there: better than no name at all.
        """
        window = (
            beside[0] - _REACH_X - width - _AIR,
            beside[1] - _REACH_Y - height - _AIR,
            beside[2] + _REACH_X + width + _AIR,
            beside[3] + _REACH_Y + height + _AIR,
        )
        near = [box for box in self._taken if _meet(box, window, 0)]
        x0, top, x1, bottom = self._bounds
        left, high = min(beside[2] + 4, x1 - width), min(beside[1], bottom - height)
        best, best_cost = (left, high, left + width, high + height), float("inf")
        for way, box in _spots(width, height, beside):
            if way >= best_cost:
                break
            if box[0] < x0 or box[1] < top or box[2] > x1 or box[3] > bottom:
                continue
            cost = way + _INK_COST * self._ink.share(box)
            if cost < best_cost and not any(_meet(box, other, _AIR) for other in near):
                best, best_cost = box, cost
        self._taken.append(best)
        return best


def _spots(width: float, height: float, beside: PixelBox) -> Iterator[tuple[float, PixelBox]]:
    """Rectangles around ``beside``, by how far their eye has to go: (way in pixels, rectangle)."""
    found = []
    tops = _around(beside[1] - height - _REACH_Y, beside[3] + _REACH_Y, _STEP_Y, beside[1] - height - 3, beside[3] + 3)
    lefts = _around(beside[0] - width - _REACH_X, beside[2] + _REACH_X, _STEP_X, beside[0] - width - 4, beside[2] + 4)
    middle = (beside[1] + beside[3]) / 2
    tops.append(middle - height / 2)
    lefts.append(beside[0])
    for top in tops:
        for left in lefts:
            box = (left, top, left + width, top + height)
            across = max(0.0, beside[0] - box[2], left - beside[2])
            down = max(0.0, beside[1] - box[3], top - beside[3])
            # across a line the eye loses its place sooner than along it; a tag stands best on the line of its place,
            # and begins best where that does
            off_line = abs(top + height / 2 - middle)
            way = across + 2.0 * down + 0.3 * off_line + 0.06 * abs(left - beside[0])
            found.append((way, box))
    found.sort()
    yield from found


def _around(start: float, end: float, step: float, *exact: float) -> list[float]:
    return [*exact, *(start + i * step for i in range(int((end - start) / step) + 1))]


def _meet(one: PixelBox, other: PixelBox, air: float) -> bool:
    return one[0] < other[2] + air and other[0] < one[2] + air and one[1] < other[3] + air and other[1] < one[3] + air


def wrapped(words: str, most: int) -> list[str]:
    """``words`` in lines of at most ``most`` characters, broken at spaces where there are any."""
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
        while len(lines[-1]) > most:
            # a word longer than a line breaks behind its last full stop or underscore that fits
            line = lines.pop()
            cut = max((line.rfind(mark, 1, most) + 1 for mark in "._"), default=0) or most
            lines += [line[:cut], line[cut:]]
    return lines
