"""Boxes to tick, by their looks: hollow, nearly square outlines of the size of a letter.

A form prints them as letters of a symbol font, with private-use or wrong code points, as rectangles, curves or
pictures, and as small empty cells of a table. On the rendered page they all look alike, so that is where they are
sought; a letter with a hole ("O", "D") is told from them by its corners and by its code. Typed brackets are known by
their characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formfill.draft.boxes import middle_in
from formfill.draft.brackets import find_brackets
from formfill.draft.facts import Word
from formfill.draft.print_text import Glyph
from formfill.pdf.geometry import ShownBox

#: Pixels a point.
SCALE = 3.0
_SMALLEST_PT = 3.6
_LARGEST_PT = 20.0
_ASPECT = 1.75
#: Darker than this is a stroke; hairlines are paler, and sought after.
_DARK = 195
_PALE = 240
#: Nobody writes on a ground darker than this.
_NO_GROUND = 120
#: The share of its bounding box that the hole of a box fills; a letter's is rounder.
_FULL = 0.80
_FULL_OVER_LETTER = 0.93
#: A circle to tick is followed by its label within this.
_LABEL_PT = 14.0
#: What differs less than this from its ground, of 255 steps of grey, no eye sees.
_LEAST_SHOWN = 8
#: The share of a word's height that lines through it have at the most.
_MOST_LINES = 0.4

Grey = NDArray[np.uint8]
#: Wingdings' boxes as private-use code points; bullets and arrows are not among them.
_PRIVATE_BOXES = frozenset("\uf06f\uf071\uf072\uf0a3\uf0a8\uf070\uf0a2")
_BOXES = frozenset("□☐❏❑❒▢◻◽⬜⬚▫○◯⃞")


def rendered(page: Any, scale: float = SCALE) -> Grey:
    """A page of pypdfium2 in grey, without its form fields' own looks."""
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False, draw_annots=False)
    rows: Grey = np.frombuffer(bitmap.buffer, dtype=np.uint8).reshape(bitmap.height, bitmap.stride)
    return rows[:, : bitmap.width].copy()


def is_dark(pixels: Grey, box: ShownBox, scale: float = SCALE) -> bool:
    """Whether most of a box is filled with a dark colour, on which no ink shows."""
    x0, top, x1, bottom = (max(0, round(v * scale)) for v in box)
    area = pixels[top:bottom, x0:x1]
    return bool(area.size) and float(np.median(area)) < _NO_GROUND


def is_unseen(pixels: Grey, box: ShownBox, scale: float = SCALE) -> bool:
    """Whether nothing shows in a box that something is coded at, but for a line across: white on white, or covered."""
    x0, top, x1, bottom = (max(0, round(v * scale)) for v in box)
    area = pixels[top : bottom + 1, x0 : x1 + 1].astype(int)
    if not area.size:
        return False
    rows = area.max(axis=1) - area.min(axis=1)
    lines = np.abs(area.mean(axis=1) - np.median(area)) >= _LEAST_SHOWN
    return bool(rows.max() < _LEAST_SHOWN and lines.mean() < _MOST_LINES)


def find_squares(pixels: Grey, glyphs: Sequence[Glyph], scale: float = SCALE) -> list[ShownBox]:
    """The boxes to tick of a rendered page, from the top, each once. ``glyphs`` are the page's characters."""
    letters = _Letters(glyphs)
    found: list[ShownBox] = []
    dark = (pixels < _DARK).astype(np.uint8)
    # hairlines are pale, and break at the corners: a second look closes them
    pale = cv2.morphologyEx((pixels < _PALE).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((4, 4), np.uint8))
    closed = pale.astype(np.uint8, copy=False)
    found += _holes(dark, letters, scale)
    found += [box for box in _holes(closed, letters, scale) if not letters.at(box) and not _on_one(box, found)]
    drawn = [glyph for glyph in glyphs if _means_box(glyph) and not _on_one(glyph.box, found, 1.0)]
    found += [box for glyph in drawn for box in _of_glyph(glyph)]
    found += find_brackets(glyphs)
    return _once(found)


def find_rounds(circles: Sequence[ShownBox], words: Sequence[Word]) -> list[ShownBox]:
    """The drawn circles that are there to be ticked: empty, with a word right behind them, each once."""
    return _once([circle for circle in circles if _is_labelled(circle, words)])


def _is_labelled(circle: ShownBox, words: Sequence[Word]) -> bool:
    x0, top, x1, bottom = circle
    line = [word for word in words if top - 3 < word.middle_y < bottom + 3]
    if any(word.box[0] < x1 - 1 and word.box[2] > x0 + 1 for word in line):
        return False
    return any(word.box[0] - x1 < _LABEL_PT and word.box[0] >= x1 - 1 for word in line)


def _holes(dark: Grey, letters: _Letters, scale: float) -> Iterator[ShownBox]:
    """The holes in the dark pixels that have the size and shape of a box to tick."""
    contours, hierarchy = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for contour, (_, _, _, parent) in zip(contours, hierarchy[0] if hierarchy is not None else (), strict=False):
        if parent < 0:
            continue  # an outer edge; a hole's parent is the stroke around it
        x, y, w, h = cv2.boundingRect(contour)
        small, large = sorted((w / scale, h / scale))
        if small < _SMALLEST_PT or large > _LARGEST_PT or large > _ASPECT * small:
            continue
        hole = float(cv2.contourArea(contour)) + 0.5 * len(contour)
        full = hole / (w * h)
        inside = dark[y + 1 : y + h - 1, x + 1 : x + w - 1]
        box = (x / scale, y / scale, (x + w) / scale, (y + h) / scale)
        over = letters.at(box)
        if inside.mean() > 0.12 or full < (_FULL_OVER_LETTER if over else _FULL):
            continue
        if over and small < 0.45 * over.size:
            continue
        if not _straight(dark, x, y, w, h, strict=over is not None):
            continue
        yield box


def _on_one(box: ShownBox, found: Sequence[ShownBox], grow: float = 0.0) -> bool:
    return any(middle_in(box, one, grow) for one in found)


def _straight(dark: Grey, x: int, y: int, w: int, h: int, *, strict: bool) -> bool:
    """Whether all four sides of a hole run along a dark stroke over most of their length."""
    height, width = dark.shape
    band = 3
    sides = (
        dark[max(0, y - band) : y + 1, x : x + w].max(axis=0, initial=0),
        dark[y + h - 1 : min(height, y + h + band), x : x + w].max(axis=0, initial=0),
        dark[y : y + h, max(0, x - band) : x + 1].max(axis=1, initial=0),
        dark[y : y + h, x + w - 1 : min(width, x + w + band)].max(axis=1, initial=0),
    )
    return all(side.mean() >= (0.95 if strict else 0.7) for side in sides)


class _Letters:
    """The page's ordinary letters by place, to tell their holes from boxes."""

    def __init__(self, glyphs: Sequence[Glyph]) -> None:
        self._cells: dict[tuple[int, int], list[Glyph]] = {}
        for glyph in glyphs:
            if (glyph.char.isalnum() or glyph.char in "&@%()") and not glyph.symbol and not _private(glyph.char):
                for x in range(int(glyph.box[0]) // 24, int(glyph.box[2]) // 24 + 1):
                    for y in range(int(glyph.box[1]) // 24, int(glyph.box[3]) // 24 + 1):
                        self._cells.setdefault((x, y), []).append(glyph)

    def at(self, box: ShownBox) -> Glyph | None:
        """The letter that the middle of ``box`` is in."""
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        for glyph in self._cells.get((int(cx) // 24, int(cy) // 24), ()):
            if middle_in(box, glyph.box, 0.5):
                return glyph
        return None


def _private(char: str) -> bool:
    """A private-use code point, or one of a script that these forms are not written in (a box decoded wrong)."""
    return "\ue000" <= char <= "\uf8ff" or ord(char) > 0x0500


def _means_box(glyph: Glyph) -> bool:
    """A character that stands for a box, whether or not its font is there to draw it."""
    return glyph.char in _BOXES or glyph.char in _PRIVATE_BOXES


def _of_glyph(glyph: Glyph) -> list[ShownBox]:
    """Where a character that means a box stands: its ink, or its advance where its font draws none; at most one box."""
    x0, top, x1, bottom = glyph.box
    if x1 - x0 > 3 and bottom - top > 3:
        return [glyph.box]
    width = glyph.right - glyph.left
    if width < 3:
        return []
    return [(glyph.left, glyph.baseline - 0.75 * glyph.size, glyph.right, glyph.baseline + 0.05 * glyph.size)]


def _once(boxes: list[ShownBox]) -> list[ShownBox]:
    """A doubled outline is one box: the outermost."""
    kept: list[ShownBox] = []
    for box in sorted(boxes, key=lambda b: (b[0] - b[2]) * (b[3] - b[1])):
        if not _on_one(box, kept):
            kept.append(box)
    return sorted(kept, key=lambda b: (b[1], b[0]))
