"""A form map as pictures: each page of the blank with the map's places drawn on it, named, coloured by kind.

A text's name stands in its place, as a value would, where there is room on white paper; every other on a small tag
beside it. No tag covers a place or another tag. Colours are those of ``marks.SORTS``; a legend says what they mean.
"""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from PIL import Image

from formfill.draft.marks import SORTS, UNKNOWN, Mark
from formfill.draft.pictures import (
    INK,
    MARGIN,
    MUTED,
    PAPER,
    Colour,
    PixelBox,
    Sheet,
    at_scale,
    face,
)
from formfill.draft.tags import InkMap, Tagger, wrapped
from formfill.model.form_map import FormMap, Place

#: Pixels a point: what a person can read on a screen, print of 7 points included.
SCALE = 2.25
#: Where the page begins in a picture, in pixels: below the title, and right of room for tags that find none on it.
HEAD, GUTTER = 58, 165
_LINE = 17
#: Characters a line of a tag, and lines: what is longer stands whole in the table below the pictures.
_LONGEST, _MOST_LINES = 36, 5
#: From which confidence a proposal counts as good, and as fair.
_GOOD, _FAIR = 0.9, 0.7
_GREEN: Colour = (27, 122, 51)
_AMBER: Colour = (176, 112, 0)
_RED: Colour = (200, 20, 20)


@dataclass(frozen=True, slots=True)
class _Tag:
    """What a tag shows: lines of the name, lines of details, and the confidence ("" for none, "+" for reviewed)."""

    names: tuple[str, ...]
    details: tuple[str, ...]
    sure: str
    colour: Colour
    sure_colour: Colour
    width: float
    height: float


def page_preview(
    picture: Image.Image,
    form_map: FormMap,
    number: int,
    pages: int,
    marks: Sequence[Mark],
    *,
    scale: float = SCALE,
    of_draft: bool | None = None,
) -> Image.Image:
    """One page with its places. ``picture`` is the blank's page, ``scale`` pixels a point; ``marks`` those of the page.

    Args:
        of_draft: Whether the map has places that nobody has reviewed, so that the reviewed ones are marked; as the
            map says, if not given.
    """
    if of_draft is None:
        of_draft = any(place.confidence is not None for place in form_map.fields)
    legend = _legend(marks, of_draft)
    width = picture.width + 2 * GUTTER
    sheet = Sheet(width, HEAD + picture.height + MARGIN + 26 * len(legend) + MARGIN)
    sheet.paste(picture, GUTTER, HEAD)
    _head(sheet, form_map, number, pages)
    _Page(sheet, picture, marks, scale, of_draft).draw()
    _draw_legend(sheet, legend, HEAD + picture.height + MARGIN)
    return sheet.base


class _Page:
    def __init__(self, sheet: Sheet, picture: Image.Image, marks: Sequence[Mark], scale: float, of_draft: bool) -> None:
        self.sheet = sheet
        self.marks = marks
        self.scale = scale
        self.of_draft = of_draft
        self.boxes = [[self._pixels(part.box) for part in mark.parts] for mark in marks]
        ground = Image.new("L", sheet.base.size, 255)
        ground.paste(picture.convert("L"), (GUTTER, HEAD))
        bounds = (3.0, HEAD + 2.0, sheet.base.width - 3.0, HEAD + picture.height - 2.0)
        self.tagger = Tagger(InkMap(ground), [box for boxes in self.boxes for box in boxes], bounds)

    def _pixels(self, box: tuple[float, float, float, float]) -> PixelBox:
        return at_scale(box, self.scale, GUTTER, HEAD)

    def draw(self) -> None:
        """Places first, then what ties them to their labels, then their names on top."""
        for mark, boxes in zip(self.marks, self.boxes, strict=True):
            self._draw_place(mark, boxes)
            self._draw_tie(mark, boxes)
        waiting = []
        for mark, boxes in zip(self.marks, self.boxes, strict=True):
            tag = self._tag(mark)
            if not self._write_inside(tag, mark, boxes):
                waiting.append((tag, boxes))
        for tag, boxes in sorted(waiting, key=lambda one: (one[1][0][1], one[1][0][0])):
            self._draw_tag(tag, boxes)

    def _draw_place(self, mark: Mark, boxes: Sequence[PixelBox]) -> None:
        colour = mark.sort.colour
        for part, box in zip(mark.parts, boxes, strict=True):
            self.sheet.box(box, colour, fill=46, edge=0 if mark.number == 0 else 235, width=2)
            if mark.number == 0:
                self.sheet.dashes(box, colour)
            if mark.sort is UNKNOWN:
                outside = (box[0] - 4, box[1] - 4, box[2] + 4, box[3] + 4)
                self.sheet.dashes(outside, colour, 210, 5, 1)
            if part.caption:
                self._draw_caption(part.caption, box, colour)
        for one, other in pairwise(boxes if mark.parts[0].caption else ()):  # they are one place
            on_line = min(one[3], other[3]) > max(one[1], other[1])
            start = (one[2], _middle(one)) if on_line else (one[0], one[3])
            end = (other[0], _middle(other)) if on_line else (other[0], other[1])
            self.sheet.line(start, end, colour, 130, 2)

    def _draw_caption(self, caption: str, box: PixelBox, colour: Colour) -> None:
        words, size = _caption(caption, box)
        chip = (box[0], box[3] - 13, box[0] + size, box[3])
        self.sheet.box(chip, colour, fill=235, radius=2)
        self.sheet.text(((chip[0] + chip[2]) / 2, _middle(chip)), words, face(11, 700, 80), PAPER, "mm")

    def _draw_tie(self, mark: Mark, boxes: Sequence[PixelBox]) -> None:
        """A line under the label's print, and a thin one from there to the place."""
        if mark.label_at is None:
            return
        label = self._pixels(mark.label_at)
        colour = mark.sort.colour
        self.sheet.box((label[0], label[1], label[2], label[3]), colour, fill=22)
        self.sheet.line((label[0], label[3]), (label[2], label[3]), colour, 150, 2)
        near = min(boxes, key=lambda box: _gap(label, box))
        start, end = _nearest(label, near)
        if start != end:
            self.sheet.line(start, end, colour, 190, 2)

    def _tag(self, mark: Mark) -> _Tag:
        confidence = mark.place.confidence
        sure, sure_colour = "", _GREEN
        if confidence is not None:
            sure = f"{confidence:.2f}"
            sure_colour = _sure_colour(confidence)
        elif self.of_draft and mark.number:
            sure = "+"
        names = _short(wrapped(mark.name, _LONGEST))
        details = _short([line for detail in mark.details for line in wrapped(detail, _LONGEST + 6)])
        widths = [face(14, 650, 80).getlength(line) for line in names]
        widths[0] += _sure_width(sure)
        widths += [face(12, 450, 80).getlength(line) for line in details]
        height = _LINE * len(names) + 15 * len(details) + 3
        return _Tag(names, details, sure, mark.sort.colour, sure_colour, max(widths) + 10, height)

    def _write_inside(self, tag: _Tag, mark: Mark, boxes: Sequence[PixelBox]) -> bool:
        """Whether the name could be written in the place itself, as a value would: on one line, on white paper."""
        if mark.place.pieces:
            return False
        tag = _on_one_line(tag, mark)
        font, small = face(14, 650, 80), face(12, 450, 80)
        aside = sum(small.getlength(detail) + 12 for detail in mark.details)
        for part, box in zip(mark.parts, boxes, strict=True):
            left = box[0] + 5 + (_caption(part.caption, box)[1] if part.caption else 0)
            name_end = left + font.getlength(tag.names[0]) + _sure_width(tag.sure)
            below = box[3] - box[1] >= tag.height and left + tag.width <= box[2]
            end = max(name_end, left + tag.width) if below else name_end + aside
            middle = _middle(box)
            if end > box[2] - 3 or box[3] - box[1] < _LINE - 1:
                continue
            if not self.tagger.is_white((left, middle - 6, end, middle + 4)):
                continue
            height = tag.height if below else _LINE
            self._write(tag, left, middle - height / 2, () if not below else tag.details)
            for detail in mark.details if not below else ():
                self.sheet.text((name_end + 6, middle), detail, small, INK)
                name_end += small.getlength(detail) + 12
            return True
        return False

    def _draw_tag(self, tag: _Tag, boxes: Sequence[PixelBox]) -> None:
        beside = boxes[0]
        spot = self.tagger.spot(tag.width, tag.height, beside)
        if _gap(spot, beside) > 2:
            start, end = _nearest(spot, beside)
            self.sheet.line(start, end, tag.colour, 190, 1)
        self.sheet.box(spot, PAPER, fill=240, radius=4)
        self.sheet.box(spot, tag.colour, fill=20, edge=170, radius=4)
        self._write(tag, spot[0] + 5, spot[1] + 1, tag.details)

    def _write(self, tag: _Tag, x: float, y: float, details: Sequence[str]) -> None:
        font, small = face(14, 650, 80), face(12, 450, 80)
        for i, line in enumerate(tag.names):
            self.sheet.text((x, y + _LINE * i + _LINE / 2), line, font, tag.colour)
        self._draw_sure(tag, x + font.getlength(tag.names[0]) + 6, y + _LINE / 2)
        for i, line in enumerate(details):
            self.sheet.text((x, y + _LINE * len(tag.names) + 15 * i + 7), line, small, INK)

    def _draw_sure(self, tag: _Tag, x: float, y: float) -> None:
        if tag.sure == "+":
            self.sheet.check_sign(x + 6, y, 10, _GREEN)
        elif tag.sure:
            width = _sure_width(tag.sure) - 6
            self.sheet.box((x, y - 7, x + width, y + 7), tag.sure_colour, fill=255, radius=7)
            self.sheet.text((x + width / 2, y), tag.sure, face(11, 700, 85), PAPER, "mm")


def _on_one_line(tag: _Tag, mark: Mark) -> _Tag:
    """The tag with its whole name on one line: a wide place has room for what a tag beside it wraps."""
    if len(tag.names) == 1:
        return tag
    name = face(14, 650, 80).getlength(mark.name) + _sure_width(tag.sure) + 10
    height = tag.height - _LINE * (len(tag.names) - 1)
    return replace(tag, names=(mark.name,), width=max(name, tag.width), height=height)


def _caption(caption: str, box: PixelBox) -> tuple[str, float]:
    """What fits of a part's caption into its box, and how wide it is with its ground, in pixels."""
    font = face(11, 700, 80)
    words = caption if font.getlength(caption) + 8 <= box[2] - box[0] else caption.split()[0]
    return words, font.getlength(words) + 7


def _short(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(lines) if len(lines) <= _MOST_LINES else (*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1]} …")


def _sure_width(sure: str) -> float:
    if not sure:
        return 0.0
    return 20.0 if sure == "+" else face(11, 700, 85).getlength(sure) + 16


def _sure_colour(confidence: float) -> Colour:
    return _GREEN if confidence >= _GOOD else _AMBER if confidence >= _FAIR else _RED


def _head(sheet: Sheet, form_map: FormMap, number: int, pages: int) -> None:
    title = face(21, 700)
    sheet.text((GUTTER, 30), form_map.form, title)
    x = GUTTER + title.getlength(form_map.form) + 16
    of = f"page {number} of {pages}"
    room = sheet.base.width - GUTTER - x - face(17, 600).getlength(of) - 20
    words = form_map.title
    while face(16).getlength(words) > room and len(words) > 1:
        words = words[:-2].rstrip() + "…"
    sheet.text((x, 31), words, face(16), MUTED)
    sheet.text((sheet.base.width - GUTTER, 31), of, face(17, 600), INK, "rm")


def _legend(marks: Sequence[Mark], of_draft: bool) -> list[list[tuple[Colour | None, str]]]:
    """The rows of the legend: colour and words of each entry."""
    counts = Counter(mark.sort.name for mark in marks)
    entries: list[tuple[Colour | None, str]] = [
        (sort.colour, f"{sort.says} · {counts[sort.name]}") for sort in SORTS if counts[sort.name]
    ]
    rows = [entries[i : i + 4] for i in range(0, len(entries), 4)]
    sure = "the number is how sure the draft is, 0 to 1; a tick: reviewed by a person. " if of_draft else ""
    rows.append([(None, f"{sure}A label's print is underlined and tied to its place by a line.")])
    return rows


def _draw_legend(sheet: Sheet, rows: Sequence[Sequence[tuple[Colour | None, str]]], top: float) -> None:
    column = (sheet.base.width - 2 * GUTTER) / 4
    for i, row in enumerate(rows):
        y = top + 26 * i + 10
        for k, (colour, words) in enumerate(row):
            x = GUTTER + k * column
            if colour is None:
                sheet.text((x, y), words, face(15), MUTED)
                continue
            sheet.box((x, y - 8, x + 24, y + 8), colour, fill=46, edge=235, width=2)
            sheet.text((x + 32, y), words, face(15, 450, 88), INK)


def _middle(box: PixelBox) -> float:
    return (box[1] + box[3]) / 2


def _gap(one: PixelBox, other: PixelBox) -> float:
    across = max(0.0, one[0] - other[2], other[0] - one[2])
    down = max(0.0, one[1] - other[3], other[1] - one[3])
    return math.hypot(across, down)


def _nearest(one: PixelBox, other: PixelBox) -> tuple[tuple[float, float], tuple[float, float]]:
    """The two points, one on each rectangle, that are closest: by preference at half height."""

    def along(a0: float, a1: float, b0: float, b1: float) -> tuple[float, float]:
        if a1 < b0:
            return a1, b0
        if b1 < a0:
            return a0, b1
        middle = (max(a0, b0) + min(a1, b1)) / 2
        return middle, middle

    x_one, x_other = along(one[0], one[2], other[0], other[2])
    y_one, y_other = along(one[1], one[3], other[1], other[3])
    return (x_one, y_one), (x_other, y_other)


def places_table(marks: Sequence[Mark]) -> str:
    """HTML: the places of a preview in the order of the map, with what a picture has no room for."""
    rows = []
    for mark in marks:
        place = mark.place
        rgb = ",".join(map(str, mark.sort.colour))
        cells = [
            str(mark.number or "–"),
            str(mark.page),
            mark.name,
            mark.sort.says,
            "; ".join(mark.details),
            _label(place, mark),
            place.field or "",
            "reviewed" if place.confidence is None and mark.number else f"{place.confidence or 0:.2f}",
            place.note or "",
        ]
        body = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr style="--sort: rgb({rgb})">{body}</tr>')
    heads = ("no.", "page", "says", "kind", "how", "label", "field", "sure", "note")
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _label(place: Place, mark: Mark) -> str:
    return f"{place.label} (not found on the page)" if mark.label_is_lost else place.label or ""
