"""Fits a text into boxes: sets it smaller, wraps it, or says that it does not fit. It never cuts.

A box is width by height in points; coordinates are the box's own, origin bottom left, y up. Widths are glyph widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

#: Baseline to baseline, in multiples of the font size.
LEADING = 1.17
#: The step in which a size is lowered until the text fits, in points.
STEP = 0.5


class Face(Protocol):
    """A font, or several, that can print a text."""

    def width(self, text: str) -> float:
        """The advance of ``text`` in em."""
        ...

    def ink(self, text: str) -> tuple[float, float]:
        """How far the ink of ``text`` may reach above and below (negative) the baseline, in em."""
        ...

    def show(self, text: str, size: float) -> bytes:
        """The operators that set the font at ``size`` points and show ``text`` at the current point."""
        ...


class Line(NamedTuple):
    """One line of text: ``box`` is the index of its box, (x, y) the start of its baseline there."""

    text: str
    x: float
    y: float
    width: float
    box: int = 0


class Layout(NamedTuple):
    """A text that fits, in one size."""

    size: float
    lines: tuple[Line, ...]
    cells: bool = False


class Style(NamedTuple):
    """How a text wants to be set. ``preferred`` and ``minimum`` are sizes in points; ``padding`` is kept free left
    and right, in points; ``align`` is 0 left, 1 centred, 2 right (ISO 32000-2, quadding)."""

    preferred: float = 10.0
    minimum: float = 7.0
    align: int = 0
    padding: float = 1.5
    wrap: bool = False


class Setting(NamedTuple):
    """How texts are set in one box: its size, the style of a line, that of several where they are allowed as a second
    try, and the number of comb cells (0: no comb)."""

    box: tuple[float, float]
    style: Style
    wrapped: Style | None
    cells: int


def fit(face: Face, text: str, boxes: Sequence[tuple[float, float]], style: Style) -> Layout | None:
    """Lay ``text`` out in ``boxes`` (width, height), flowing from one to the next.

    Without ``style.wrap``, one box holds one line, as large as it fits up to ``style.preferred``. Otherwise, at each
    size from there to the minimum, words are wrapped; the largest size at which all of them find room wins. None: it
    does not fit.
    """
    text = text.replace("\r\n", "\n").strip()
    if len(boxes) == 1 and not style.wrap:
        return _one_line(face, " ".join(text.split()), boxes[0], style)
    size = style.preferred
    while True:
        lines = _wrapped(face, text, boxes, style, size)
        if lines is not None:
            return Layout(size, lines)
        if size <= style.minimum:
            return None
        size = max(size - STEP, style.minimum)


def fit_comb(face: Face, text: str, width: float, height: float, cells: int, style: Style) -> Layout | None:
    """One character a cell, each in the middle of its own. None where there are more characters than cells, or no
    size at which the widest of them fits its cell."""
    if len(text) > cells or not text:
        return None
    cell = width / cells
    widest = max(face.width(char) for char in text)
    up, down = face.ink(text)
    size = min(style.preferred, height / (up - down), cell / widest if widest else style.preferred)
    if size < min(style.minimum, style.preferred):
        return None
    first = {0: 0, 1: (cells - len(text)) // 2, 2: cells - len(text)}[style.align]
    y = _baseline(height, size, up, down)
    lines = []
    for i, char in enumerate(text):
        if char != " ":
            advance = face.width(char) * size
            lines.append(Line(char, (first + i) * cell + (cell - advance) / 2, y, advance))
    return Layout(size, tuple(lines), cells=True)


def _baseline(height: float, size: float, up: float, down: float) -> float:
    """The baseline that centres capitals in ``height`` and keeps all ink inside."""
    middle = (height - 0.72 * size) / 2
    return max(min(middle, height - up * size), -down * size)


def _one_line(face: Face, text: str, box: tuple[float, float], style: Style) -> Layout | None:
    width, height = box
    room = width - 2 * style.padding
    advance = face.width(text)
    up, down = face.ink(text)
    size = min(style.preferred, height / (up - down))
    if advance * size > room:
        # a hair less, so that rounding of numbers in the file never puts ink outside
        size = room / advance - 0.01 if room > 0 else 0
    if size < min(style.minimum, style.preferred):
        return None
    taken = advance * size
    x = style.padding + (room - taken) * style.align / 2
    return Layout(size, (Line(text, x, _baseline(height, size, up, down), taken),))


def _wrapped(
    face: Face, text: str, boxes: Sequence[tuple[float, float]], style: Style, size: float
) -> tuple[Line, ...] | None:
    up, down = face.ink(text)
    tall = (up - down) * size
    leading = max(LEADING * size, tall)
    slots: list[tuple[int, float, int, int]] = []  # box, room, row in the box, rows of the box
    for i, (width, height) in enumerate(boxes):
        rows = int((height - tall + 0.01) // leading) + 1 if height >= tall else 0
        slots += [(i, width - 2 * style.padding, row, rows) for row in range(rows)]
    texts = _break(face, text, [room / size for _, room, _, _ in slots])
    if texts is None:
        return None
    used: dict[int, int] = {}
    for box, _, _, _ in slots[: len(texts)]:
        used[box] = used.get(box, 0) + 1
    lines = []
    for line, (box, room, row, rows) in zip(texts, slots, strict=False):
        height = boxes[box][1]
        if rows == 1:
            y = _baseline(height, size, up, down)
        else:
            # from the top, as people write, with a little air where there is some
            air = min(2.0, max(0.0, (height - tall - (used[box] - 1) * leading) / 2))
            y = height - air - up * size - row * leading
        if line:
            advance = face.width(line) * size
            lines.append(Line(line, style.padding + (room - advance) * style.align / 2, y, advance, box))
    return tuple(lines)


def _break(face: Face, text: str, rooms: Sequence[float]) -> list[str] | None:
    """``text`` in lines, each within its room (em); None where words are left over or one is wider than its line."""
    lines: list[str] = []
    space = face.width(" ")
    for paragraph in text.split("\n"):
        words = paragraph.split()
        current, taken = "", 0.0
        if not words:
            lines.append("")
        for word in words:
            advance = face.width(word)
            while True:
                if len(lines) >= len(rooms):
                    return None
                # the sum of words can be a little less than the line as shaped: 0.02 em covers kerning
                if taken + (space if current else 0.0) + advance + 0.02 <= rooms[len(lines)]:
                    current, taken = (
                        f"{current} {word}" if current else word,
                        taken + (space if current else 0.0) + advance,
                    )
                    break
                if not current:
                    if len(lines) + 1 < len(rooms) and rooms[len(lines)] < max(rooms[len(lines) :]):
                        lines.append("")  # a short first line: the word may fit the next
                        continue
                    return None
                lines.append(current)
                current, taken = "", 0.0
        if current:
            lines.append(current)
    return lines if len(lines) <= len(rooms) else None
