"""The boxes to tick on a scanned page, off its pixels: closed, hollow, nearly square outlines with corners.

A letter (O, D, 0) is round somewhere; a cell of a table has walls that go on past its corners. Boxes are in pixels,
as in ``scan_lines``.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from formfill.draft.scan_lines import PX_PER_PT, Picture, PixelBox

_SMALLEST = 4.6 * PX_PER_PT
_LARGEST = 17 * PX_PER_PT
_ASPECT = 1.45
_THICKEST = 2.4 * PX_PER_PT
#: Two walls may be as thick as this: a box that throws a shadow.
_SHADOW = 4.2 * PX_PER_PT
#: The share of a side that makes a corner, and how much of each corner a box leaves white; a circle leaves an eighth.
_CORNER = 0.2
_CORNER_WHITE = 0.45
#: How far a wall goes past a corner where it belongs to more than the box.
_PAST = 4 * PX_PER_PT
_AROUND = 8.6 * PX_PER_PT


def squares(ink: Picture) -> list[PixelBox]:
    """The outer edges of every box, in order from the top. Outlines with small breaks are closed first."""
    found: list[PixelBox] = []
    for gap in (1, 3, 5):
        closed = ink
        if gap > 1:
            closed = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8)), dtype=np.uint8)
        for box in _outlines(closed):
            if gap > 1 and _is_hemmed_in(ink, box):
                continue
            if not any(_overlaps(box, other) for other in found):
                found.append(box)
    return sorted(found, key=lambda box: (box[1], box[0]))


def _outlines(ink: Picture) -> Iterator[PixelBox]:
    contours, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if tree is None:
        return
    for contour, (_, _, _, parent) in zip(contours, tree[0], strict=True):
        if parent < 0:
            continue
        # the contour of a hole runs on the ink around it
        x, y, width, height = cv2.boundingRect(contour)
        x, y, width, height = x + 1, y + 1, width - 2, height - 2
        longer, shorter = max(width, height), min(width, height)
        if shorter < _SMALLEST * 0.7 or longer > _LARGEST or longer > _ASPECT * shorter:
            continue
        hole = np.zeros((height + 2, width + 2), np.uint8)
        cv2.drawContours(hole, [contour], -1, 255, cv2.FILLED, offset=(1 - x, 1 - y))
        inside = ink[y - 1 : y + height + 1, x - 1 : x + width + 1]
        white = (hole > 0) & (inside == 0)
        box = _walled(ink, x, y, width, height)
        if box is not None and _has_corners(white[1:-1, 1:-1]):
            yield box


def _has_corners(white: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> bool:
    """White fills the outline, into all four corners."""
    height, width = white.shape
    if white.mean() < 0.86:
        return False
    down, across = max(3, round(height * _CORNER)), max(3, round(width * _CORNER))
    corners = (white[:down, :across], white[:down, -across:], white[-down:, :across], white[-down:, -across:])
    return all(corner.mean() >= _CORNER_WHITE for corner in corners)


def _walled(ink: Picture, x: int, y: int, width: int, height: int) -> PixelBox | None:
    """The box with its walls, where it has four thin ones of its own."""
    past = round(_AROUND)
    reach = round(_SHADOW) + 2
    if x < past or y < past or x + width + past > ink.shape[1] or y + height + past > ink.shape[0]:
        return None
    thick: list[float] = []
    going_on = framed = 0
    on = round(_PAST)
    for turn in range(4):
        # the four sides in turn as the top one: outward is up
        turned = np.rot90(ink[y - past : y + height + past, x - past : x + width + past], turn)
        side = (height if turn % 2 else width) + 2 * past
        wall = turned[past - reach : past + 2, past : side - past][::-1] > 0
        first = np.argmax(wall, axis=0)
        if wall.any(axis=0).mean() < 0.92 or np.std(first) > 1.6:
            return None
        runs = np.argmin(np.vstack([wall[2:], np.zeros((1, wall.shape[1]), bool)]), axis=0)
        thick.append(float(np.median(runs)))
        if thick[-1] > _SHADOW:
            return None
        rows = max(2, round(thick[-1]))
        ends = (
            turned[past - rows : past, past - rows - on : past - rows],
            turned[past - rows : past, side - past + rows : side - past + rows + on],
        )
        going_on += any(bool((end > 0).any(axis=0).mean() > 0.9) for end in ends)
        beyond = turned[max(0, past - 5 * rows // 2 - 4) : past - rows - 2, past : side - past] > 0
        framed += bool(beyond.size and beyond.mean(axis=1).max() > 0.95)
    # a cell shares its walls with others; the finder of a square bar code stands within a second outline
    if going_on >= 2 or framed == 4:
        return None
    top, right, bottom, left = thick
    box = (x - left, y - top, x + width + right, y + height + bottom)
    if max(box[2] - box[0], box[3] - box[1]) < _SMALLEST:
        return None
    if sorted(thick)[1] > min(_THICKEST, 0.45 * min(width, height)):
        return None
    return box


def _is_hemmed_in(ink: Picture, box: PixelBox) -> bool:
    """Print close by: the closing of small breaks has shut an E or a C, or a C against the letter after it."""
    x0, top, x1, bottom = (round(v) for v in box)
    reach = round(2.4 * PX_PER_PT)
    left, right = ink[top:bottom, max(0, x0 - reach) : x0 - 1], ink[top:bottom, x1 + 1 : x1 + reach]
    return any((side > 0).any(axis=1).mean() > 0.3 for side in (left, right))


def _overlaps(a: PixelBox, b: PixelBox) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])
