"""Which free parts of cells are only what a label leaves of its own cell, where another cell is there to be filled."""

from __future__ import annotations

from collections.abc import Sequence

from formfill.draft.facts import PageFacts, Spot, text_of
from formfill.pdf.geometry import ShownBox

#: What a label leaves of its own cell is narrower than this, in points.
_REST_PT = 45.0
#: So many labels one under the other are a stack; in a column of labels they are no farther from each other than this.
STACK = 3
_COLUMN_PT = 80.0


def is_label_cell(page: PageFacts, spot: Spot, found: Sequence[Spot]) -> bool:
    """What a label leaves of its cell, where the cell below or to the right is empty: that one is to be filled."""
    if spot.sign != "cell":
        return False
    cells = [other.box for other in found if other.sign == "cell" and other is not spot]
    return any(
        (
            _labels_below(page, spot.box, cell)
            or _labels_right(page, spot.box, cell)
            or _in_label_column(page, spot.box, cell, cells)
        )
        and _empty_left(page, cell)
        for cell in cells
    )


def _labels_below(page: PageFacts, rest: ShownBox, cell: ShownBox) -> bool:
    """Whether ``rest`` is what a label leaves of its cell, and the label that of the wider ``cell`` right below."""
    x0, top, x1, bottom = rest
    if not -1 <= cell[1] - bottom <= 4 or abs(cell[2] - x1) >= 4 or cell[0] >= x0 - 6:
        return False
    if any(cell[0] + 4 < d[0] < x0 + 3 and d[1] < bottom - 3 and d[3] > top + 3 for d in page.down):
        return False  # the label has a cell of its own
    return any(cell[0] - 2 <= w.box[0] and w.box[2] <= x0 + 2 and top - 4 < w.middle_y < bottom + 2 for w in page.words)


def _labels_right(page: PageFacts, rest: ShownBox, cell: ShownBox) -> bool:
    """Whether ``rest`` is what a label leaves of its cell, and the label that of the wider ``cell`` to the right."""
    x0, top, x1, bottom = rest
    if not -1 <= cell[0] - x1 <= 4 or x1 - x0 >= min(_REST_PT, 0.6 * (cell[2] - cell[0])):
        return False
    if min(cell[3], bottom) - max(cell[1], top) <= -3:
        return False
    return any(
        x0 - 140 < w.box[0] < x1 and cell[1] - 3 < w.middle_y < cell[3] + 3 and any(map(str.isalnum, w.text))
        for w in page.words
    )


def _in_label_column(page: PageFacts, rest: ShownBox, cell: ShownBox, cells: Sequence[ShownBox]) -> bool:
    """Whether ``rest`` is what a label leaves of a column of labels, beside one of wider cells without any print."""
    x0, _, x1, bottom = rest
    if not -1 <= cell[0] - x1 <= 4 or abs(cell[3] - bottom) > 3 or x1 - x0 > 0.75 * (cell[2] - cell[0]):
        return False
    stack = [
        c for c in cells if abs(c[0] - cell[0]) < 3 and abs(c[2] - cell[2]) < 3 and abs(c[3] - bottom) < _COLUMN_PT
    ]
    return len(stack) >= STACK and all(_labelled_beyond(page, c) for c in stack)


def _labelled_beyond(page: PageFacts, cell: ShownBox) -> bool:
    """Whether a cell is empty up to the line over it, and words stand left of it."""
    x0, top, x1, bottom = cell
    left = [w for w in page.words if x0 - 200 < w.box[0] and w.box[2] < x0 + 1 and top - 3 < w.middle_y < bottom + 1]
    is_empty = any(top - 2.5 < a[3] < top + 1 and a[0] < x0 + 3 and a[2] > x1 - 3 for a in page.across)
    return is_empty and sum(map(str.isalpha, text_of(left))) > 1


def _empty_left(page: PageFacts, cell: ShownBox) -> bool:
    """Whether a vertical line stands right at a cell's left edge, so that no label of its own is beside it."""
    x0, _, _, bottom = cell
    return any(abs(d[0] - x0) < 3.5 and d[1] < bottom - 3 and d[3] > bottom - 6 for d in page.down)
