"""What stands in the places of a filled form, as PDFium reads and draws it: the golden of a form map."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from readback import opened

from formfill.draft.check_base import is_filled, is_tick
from formfill.model.form_map import FormMap, Place
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.witness import boxes_of, widgets_of

SCALE = 2.0
#: A pixel that a mark changed, and the share of such pixels that makes a box ticked.
_DARKER = 60
_TICKED = 0.02
#: The age changes from year to year.
_NEVER_THE_SAME = frozenset(("patient.age",))


@dataclass(frozen=True)
class _Letter:
    char: str
    x: float
    y: float


def read_back(form_map: FormMap, compiled: CompiledForm, data: bytes) -> list[dict[str, str]]:
    """What a fill put into the places of the map, in its order: the texts read, and ``true`` for the boxes ticked.

    Read letters are those that the blank does not have at the same spot; the letters of a text that runs over several
    boxes follow each other. A place that stayed empty is left out.
    """
    before, after = _Paper(compiled.data), _Paper(data)
    rows = []
    for number, place in enumerate(form_map.fields, 1):
        says = place.value or place.choose
        if says is None or not is_filled(place) or says in _NEVER_THE_SAME:
            continue
        boxes = list(_boxes(place, compiled))
        if is_tick(place) or place.choose is not None:
            got = "true" if any(_inked(before, after, page, box) for page, box in boxes) else ""
        else:
            got = " ".join(text for page, box in dict.fromkeys(boxes) if (text := _text(before, after, page, box)))
        if got:
            rows.append({"place": str(number), "says": says, "reads": got})
    return rows


def _boxes(place: Place, compiled: CompiledForm) -> Iterator[tuple[int, ShownBox]]:
    """Each box that the place may fill, with its page from 0."""
    for box in boxes_of(place):
        yield (place.page or 1) - 1, box
    for widget in widgets_of(place, compiled):
        yield widget.page_index, compiled.pages[widget.page_index].shown.to_top_left(widget.rect)


class _Paper:
    """A PDF as it prints; each page is read and drawn once."""

    def __init__(self, data: bytes) -> None:
        self.document = opened(data)
        self.letters: dict[int, list[_Letter]] = {}
        self.drawn: dict[int, Any] = {}

    def letters_on(self, index: int) -> list[_Letter]:
        if index not in self.letters:
            self.letters[index] = list(_letters(self.document[index]))
        return self.letters[index]

    def pixels_of(self, index: int) -> Any:
        if index not in self.drawn:
            bitmap = self.document[index].render(scale=SCALE, grayscale=True, draw_annots=True)
            self.drawn[index] = bitmap.to_numpy().squeeze().astype(int)
        return self.drawn[index]


def _letters(page: Any) -> Iterator[_Letter]:
    import pypdfium2.raw as raw

    text_page = page.get_textpage()
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    for i in range(text_page.count_chars()):
        char = chr(raw.FPDFText_GetUnicode(text_page.raw, i) or 32)
        if not char.strip():
            continue
        x0, y0, x1, y1 = text_page.get_charbox(i)
        size = round(width * 100), round(height * 100)
        raw.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, (x0 + x1) / 2, (y0 + y1) / 2, across, down)
        yield _Letter(char, across.value / 100, down.value / 100)


def _text(before: _Paper, after: _Paper, page: int, box: ShownBox) -> str:
    printed = {(one.char, round(one.x), round(one.y)) for one in before.letters_on(page)}
    inside = [
        one
        for one in after.letters_on(page)
        if box[0] - 1 <= one.x <= box[2] + 1
        and box[1] - 1 <= one.y <= box[3] + 1
        and (one.char, round(one.x), round(one.y)) not in printed
    ]
    return "".join(one.char for one in inside)


def _inked(before: _Paper, after: _Paper, page: int, box: ShownBox) -> bool:
    x0, top, x1, bottom = (max(0, round(v * SCALE)) for v in box)
    changed = np.abs(before.pixels_of(page) - after.pixels_of(page))[top:bottom, x0:x1] > _DARKER
    return changed.size > 0 and float(changed.mean()) > _TICKED
