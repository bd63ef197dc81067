"""Appearance streams: what a widget shows, drawn here and never left to a viewer (ISO 32000-2, 12.5.5)."""

from __future__ import annotations

from functools import lru_cache

from formfill.pdf.compiled import Widget
from formfill.pdf.geometry import UserBox
from formfill.pdf.syntax import number
from formfill.pdf.text_fit import Face, Layout


def text_operators(layout: Layout, face: Face, *, box: int = 0, dx: float = 0.0, dy: float = 0.0) -> bytes:
    """The lines of ``layout`` that stand in its box number ``box``, moved by (dx, dy), as text objects' content."""
    size = layout.size
    return b" ".join(
        b"1 0 0 1 %s %s Tm %s" % (number(line.x + dx), number(line.y + dy), face.show(line.text, size))
        for line in layout.lines
        if line.box == box
    )


def cross_operators(x: float, y: float, width: float, height: float) -> bytes:
    """An X in the middle of a box with its lower left at (x, y), drawn as two strokes: no font can change it."""
    side = min(width, height, 14.0) * 0.72
    x0, y0 = x + (width - side) / 2, y + (height - side) / 2
    x1, y1 = x0 + side, y0 + side
    weight = max(0.8, min(1.6, side * 0.15))
    n = number
    return b"q 0 G %s w 1 J %s %s m %s %s l %s %s m %s %s l S Q" % (
        n(weight), n(x0), n(y0), n(x1), n(y1), n(x0), n(y1), n(x1), n(y0),
    )  # fmt: skip


def circle_operators(x: float, y: float, width: float, height: float) -> bytes:
    """An ellipse around printed words, for forms that say "circle one"."""
    k = 0.5523  # four Bézier arcs
    rx, ry = width / 2, height / 2
    cx, cy = x + rx, y + ry
    points = [
        (cx + rx, cy), (cx + rx, cy + k * ry), (cx + k * rx, cy + ry), (cx, cy + ry),
        (cx - k * rx, cy + ry), (cx - rx, cy + k * ry), (cx - rx, cy),
        (cx - rx, cy - k * ry), (cx - k * rx, cy - ry), (cx, cy - ry),
        (cx + k * rx, cy - ry), (cx + rx, cy - k * ry), (cx + rx, cy),
    ]  # fmt: skip
    out = [b"q 0 G 1.1 w %s %s m" % (number(points[0][0]), number(points[0][1]))]
    for i in range(1, 13, 3):
        out.append(b" ".join(number(v) for p in points[i : i + 3] for v in p) + b" c")
    out.append(b"S Q")
    return b" ".join(out)


def frame(widget: Widget) -> tuple[float, float, bytes]:
    """Width and height of the widget as its text runs (after /MK /R), and the entries of its appearance stream."""
    return _frame(widget.rect, widget.rotation)


@lru_cache(maxsize=1 << 12)
def _frame(rect: UserBox, rotation: int) -> tuple[float, float, bytes]:
    x0, y0, x1, y1 = rect
    width, height = x1 - x0, y1 - y0
    n = number
    if rotation in (90, 270):
        across, up = height, width
    else:
        across, up = width, height
    matrix = {
        90: b"/Matrix[0 1 -1 0 %s 0]" % n(width),
        180: b"/Matrix[-1 0 0 -1 %s %s]" % (n(width), n(height)),
        270: b"/Matrix[0 -1 1 0 0 %s]" % n(height),
    }.get(rotation, b"")
    return across, up, b"/Type/XObject/Subtype/Form/BBox[0 0 %s %s]%s" % (n(across), n(up), matrix)


def inset(widget: Widget) -> float:
    """How far the widget's border reaches into it, in points."""
    return widget.border_width if widget.border_colour else 0.0


def backdrop(widget: Widget, width: float, height: float) -> bytes:
    """The widget's own background and border (/MK), which its new appearance must draw again."""
    n = number
    out = b""
    if widget.background:
        out += b"q %s 0 0 %s %s re f Q " % (widget.background, n(width), n(height))
    border = widget.border_width
    if border and widget.border_colour:
        half = border / 2
        colour = widget.border_colour
        if widget.border_style == "U":
            out += b"q %s %s w 0 %s m %s %s l S Q " % (colour, n(border), n(half), n(width), n(half))
        else:
            dash = b"[3]0 d " if widget.border_style == "D" else b""
            box = (n(half), n(half), n(width - border), n(height - border))
            out += b"q %s %s%s w %s %s %s %s re S Q " % (colour, dash, n(border), *box)
    return out


def text_stream(widget: Widget, width: float, height: float, layout: Layout | None, face: Face | None) -> bytes:
    """The content of a text field's normal appearance, between the marks that viewers replace on editing (12.7.4.3)."""
    out = backdrop(widget, width, height) + b"/Tx BMC "
    if layout is not None and face is not None and layout.lines:
        shown = text_operators(layout, face, dy=inset(widget))
        out += b"q BT %s %s ET Q " % (widget.colour, shown)
    return out + b"EMC"
