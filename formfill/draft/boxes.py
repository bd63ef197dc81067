"""How boxes on a page lie to each other. Boxes are in displayed points, ``(x0, top, x1, bottom)``."""

from __future__ import annotations

from collections.abc import Iterable

from formfill.pdf.geometry import ShownBox


def middle_in(one: ShownBox, box: ShownBox, grow: float = 0.0) -> bool:
    """Whether the middle of ``one`` is in ``box``, or by at most ``grow`` points beside it."""
    x, y = (one[0] + one[2]) / 2, (one[1] + one[3]) / 2
    return box[0] - grow <= x <= box[2] + grow and box[1] - grow <= y <= box[3] + grow


def overlaps(box: ShownBox, others: Iterable[ShownBox], share: float) -> bool:
    """Whether ``box`` and one of ``others`` have more in common than this share of the smaller of the two."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    for other in others:
        across = min(box[2], other[2]) - max(box[0], other[0])
        down = min(box[3], other[3]) - max(box[1], other[1])
        theirs = (other[2] - other[0]) * (other[3] - other[1])
        if across > 0 and down > 0 and across * down > share * min(area, theirs):
            return True
    return False
