"""The straight lines and filled areas that a page draws, from PDFium's page objects."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pypdfium2.raw as raw

from formfill.pdf.geometry import Matrix, PageFrame, ShownBox
from formfill.pdf.printed import hull

#: A filled shape thinner than this is a line, in points.
_THIN_PT = 2.6
#: A line shorter than this is a stroke of a drawing.
_SHORT_PT = 3.0
#: How far a line may slope over its length, as a share of it.
_SLOPE = 0.02
#: Lines on one height with a smaller gap are one.
_GAP_PT = 2.6
#: How wide a circle to tick is, and how far from round it may be.
_CIRCLE_PT = (5.0, 13.0)
_ROUND = 1.15
#: A circle is drawn as four curves: where it starts, and three points for each.
_CIRCLE_POINTS = 13
_DEPTH = 6
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass
class Drawing:
    """Thin boxes: ``across`` are horizontal lines, ``down`` vertical ones; ``shades`` are filled areas.

    ``circles`` are hollow, and of the size of a box to tick.
    """

    across: list[ShownBox] = field(default_factory=list)
    down: list[ShownBox] = field(default_factory=list)
    shades: list[ShownBox] = field(default_factory=list)
    circles: list[ShownBox] = field(default_factory=list)


def read_lines(page: Any, frame: PageFrame) -> Drawing:
    """The lines of ``page``, a page of pypdfium2; collinear pieces that touch are joined."""
    drawing = Drawing()
    for obj, matrix in _objects(page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, _IDENTITY, 0):
        kind = raw.FPDFPageObj_GetType(obj)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            _path(obj, matrix, frame, drawing)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            _image(obj, matrix, frame, drawing)
    return Drawing(
        list(_joined(drawing.across, 0)),
        list(_joined(drawing.down, 1)),
        drawing.shades,
        drawing.circles,
    )


def _objects(owner: Any, count: Any, get: Any, matrix: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    """The page objects of a page or form XObject, each with the matrix from there to user space."""
    for i in range(count(owner)):
        obj = get(owner, i)
        if raw.FPDFPageObj_GetType(obj) == raw.FPDF_PAGEOBJ_FORM:
            if depth < _DEPTH:
                inner = _times(_matrix(obj), matrix)
                yield from _objects(obj, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, inner, depth + 1)
        else:
            yield obj, matrix


def _matrix(obj: Any) -> Matrix:
    m = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(obj, m):
        return _IDENTITY
    return m.a, m.b, m.c, m.d, m.e, m.f


def _times(m: Matrix, n: Matrix) -> Matrix:
    """First ``m``, then ``n``."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _shown(points: Iterable[tuple[float, float]], matrix: Matrix, frame: PageFrame) -> list[tuple[float, float]]:
    """Points of an object in displayed points."""
    shown = []
    for x, y in points:
        u, v = matrix[0] * x + matrix[2] * y + matrix[4], matrix[1] * x + matrix[3] * y + matrix[5]
        left, top, _, _ = frame.to_top_left((u, v, u, v))
        shown.append((left, top))
    return shown


def _path(obj: Any, matrix: Matrix, frame: PageFrame, into: Drawing) -> None:
    """The lines that a path strokes or fills, and the areas that it fills."""
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(obj, mode, stroke)
    strokes = bool(stroke.value) and _ink(obj, raw.FPDFPageObj_GetStrokeColor)
    fills = mode.value != 0
    if not strokes and not fills:
        return
    matrix = _times(_matrix(obj), matrix)
    for points, straight, closed in _subpaths(obj):
        shown = _shown(points, matrix, frame)
        if strokes and straight:
            pairs = list(pairwise(shown))
            if closed and len(shown) > 2:
                pairs.append((shown[-1], shown[0]))
            for a, b in pairs:
                _segment(a, b, into)
        box = _around(shown)
        width, height = box[2] - box[0], box[3] - box[1]
        is_circle = len(points) == _CIRCLE_POINTS and not straight and _is_round(width, height)
        if is_circle and strokes and not (fills and _ink(obj, raw.FPDFPageObj_GetFillColor)):
            into.circles.append(box)
        if fills:
            if min(width, height) <= _THIN_PT:
                if _ink(obj, raw.FPDFPageObj_GetFillColor):
                    _thin(box, into)
            elif width * height > 150 and _ink(obj, raw.FPDFPageObj_GetFillColor):
                into.shades.append(box)


def _is_round(width: float, height: float) -> bool:
    small, large = sorted((width, height))
    return small >= _CIRCLE_PT[0] and large <= min(_CIRCLE_PT[1], _ROUND * small)


def _subpaths(obj: Any) -> Iterator[tuple[list[tuple[float, float]], bool, bool]]:
    """Each subpath: its points, whether all are joined by straight lines, whether it is closed."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    straight, closed = True, False
    for i in range(min(raw.FPDFPath_CountSegments(obj), 2000)):
        segment = raw.FPDFPath_GetPathSegment(obj, i)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points, straight, closed
            points, straight, closed = [], True, False
        elif kind == raw.FPDF_SEGMENT_BEZIERTO:
            straight = False
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        points.append((x.value, y.value))
        closed = closed or bool(raw.FPDFPathSegment_GetClose(segment))
    if len(points) > 1:
        yield points, straight, closed


def _segment(a: tuple[float, float], b: tuple[float, float], into: Drawing) -> None:
    width, height = abs(a[0] - b[0]), abs(a[1] - b[1])
    box = _around([a, b])
    if width >= _SHORT_PT and height <= max(0.6, _SLOPE * width):
        into.across.append((box[0], box[1], box[2], max(box[3], box[1] + 0.5)))
    elif height >= _SHORT_PT and width <= max(0.6, _SLOPE * height):
        into.down.append((box[0], box[1], max(box[2], box[0] + 0.5), box[3]))


def _thin(box: ShownBox, into: Drawing) -> None:
    width, height = box[2] - box[0], box[3] - box[1]
    if width >= height:
        into.across.append((box[0], box[1], box[2], max(box[3], box[1] + 0.4)))
    else:
        into.down.append((box[0], box[1], max(box[2], box[0] + 0.4), box[3]))


def _image(obj: Any, matrix: Matrix, frame: PageFrame, into: Drawing) -> None:
    """A picture as thin as a line is one."""
    corners = _shown([(0, 0), (1, 0), (0, 1), (1, 1)], _times(_matrix(obj), matrix), frame)
    box = _around(corners)
    width, height = box[2] - box[0], box[3] - box[1]
    if min(width, height) <= _THIN_PT and max(width, height) > 10:
        _thin(box, into)


def _ink(obj: Any, colour: Any) -> bool:
    """Whether a colour shows on white paper."""
    r, g, b, a = (ctypes.c_uint() for _ in range(4))
    if not colour(obj, r, g, b, a):
        return True
    return a.value > 40 and min(r.value, g.value, b.value) < 246


def _around(points: Iterable[tuple[float, float]]) -> ShownBox:
    return hull([(x, y, x, y) for x, y in points])


def _joined(lines: list[ShownBox], along: int) -> Iterator[ShownBox]:
    """Lines on one height (``along`` 0) or in one column (1) that touch or overlap, as one; doubled lines too."""
    across = 1 - along
    left: list[list[float]] = []
    for line in sorted(lines, key=lambda box: (round(box[across]), box[along])):
        for one in reversed(left[-60:]):
            if (
                abs(one[across] - line[across]) <= 1.2
                and line[along] - one[along + 2] <= _GAP_PT
                and line[along + 2] >= one[along] - _GAP_PT
            ):
                one[along] = min(one[along], line[along])
                one[along + 2] = max(one[along + 2], line[along + 2])
                one[across + 2] = max(one[across + 2], line[across + 2])
                break
        else:
            left.append(list(line))
    for one in left:
        yield one[0], one[1], one[2], one[3]
