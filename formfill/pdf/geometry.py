"""Coordinates: the page as people see it, and the page as PDF stores it.

Displayed points have their origin at the top left of the page after /Rotate and the crop box, y down. User space has
its origin wherever the media box says, y up (ISO 32000-2, 8.3.2.3). ``PageFrame`` is the only place that flips.
"""

from __future__ import annotations

from dataclasses import dataclass

#: [x0, top, x1, bottom] in displayed points.
ShownBox = tuple[float, float, float, float]
#: (x0, y0, x1, y1) in user space, x0 <= x1, y0 <= y1.
UserBox = tuple[float, float, float, float]
#: (a, b, c, d, e, f) as in ISO 32000-2, 8.3.3: x' = a x + c y + e, y' = b x + d y + f.
Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class PageFrame:
    """A page's visible extent in user space (crop box within media box) and its clockwise rotation in degrees."""

    x0: float
    y0: float
    x1: float
    y1: float
    rotate: int

    @property
    def width(self) -> float:
        """Displayed width in points."""
        return self.y1 - self.y0 if self.rotate in (90, 270) else self.x1 - self.x0

    @property
    def height(self) -> float:
        """Displayed height in points."""
        return self.x1 - self.x0 if self.rotate in (90, 270) else self.y1 - self.y0

    @property
    def matrix(self) -> Matrix:
        """From the displayed page with y UP (origin bottom left as displayed) to user space."""
        if self.rotate == 90:
            return (0, 1, -1, 0, self.x1, self.y0)
        if self.rotate == 180:
            return (-1, 0, 0, -1, self.x1, self.y1)
        if self.rotate == 270:
            return (0, -1, 1, 0, self.x0, self.y1)
        return (1, 0, 0, 1, self.x0, self.y0)

    def from_top_left(self, box: ShownBox) -> UserBox:
        """A displayed box in user space."""
        a, b, c, d, e, f = self.matrix
        xs, ys = [], []
        for x, top in ((box[0], box[1]), (box[2], box[3])):
            y = self.height - top
            xs.append(a * x + c * y + e)
            ys.append(b * x + d * y + f)
        return min(xs), min(ys), max(xs), max(ys)

    def to_top_left(self, box: UserBox) -> ShownBox:
        """A user-space box as displayed."""
        x0, y0, x1, y1 = box
        if self.rotate == 90:
            return y0 - self.y0, x0 - self.x0, y1 - self.y0, x1 - self.x0
        if self.rotate == 180:
            return self.x1 - x1, y0 - self.y0, self.x1 - x0, y1 - self.y0
        if self.rotate == 270:
            return self.y1 - y1, self.x1 - x1, self.y1 - y0, self.x1 - x0
        return x0 - self.x0, self.y1 - y1, x1 - self.x0, self.y1 - y0


def rounded(box: ShownBox) -> ShownBox:
    """A displayed box to a tenth of a point, as maps have it."""
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)
