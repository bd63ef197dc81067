"""Verify, fail closed: the output, reopened with PDFium, says what it should, where it should, and nothing else.

Each text is read back whole, inside its box, not over printed words; each tick is inked; everything outside the places
that were filled, and every signature, initials, witness and staff place, looks to the pixel as on the blank.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from formfill.errors import VerifyError
from formfill.fill.base import Filled, Ink
from formfill.model.form_map import FormMap, Place
from formfill.pdf.compiled import CompiledForm, Field, Widget
from formfill.pdf.geometry import ShownBox
from formfill.pdf.look import CHANGED, SCALE, Document, PageLook

#: How far around a box its ink may reach, in points: the softened edge of a stroke.
_EDGE = 1.0
#: A tick must change at least this share of its box.
_FAINT = 0.02
#: A value must change at least this share of the pixels around its letters; white letters can be read, but not seen.
_PALE = 0.04


def verify_pdf(compiled: CompiledForm, form_map: FormMap, filled: Filled, *, flattened: bool = False) -> None:
    """Raises: VerifyError, saying the page and place, where the output is not what it should be."""
    if not flattened and not filled.data.startswith(compiled.data):
        raise VerifyError("the official form's own bytes changed; the output was withheld")
    blank = compiled.looks
    try:
        with Document(filled.data) as document:
            if len(document) != len(blank):
                raise VerifyError(f"the output has {len(document)} pages, the blank {len(blank)}; it was withheld")
            valued = [] if flattened else [ink for ink in filled.inks if ink.value is not None]
            values = document.field_values([(ink.page_index, ink.box) for ink in valued])
            for index, before in enumerate(blank):
                inks = [ink for ink in filled.inks if ink.page_index == index]
                protected = list(_protected(compiled, form_map, index))
                after = document.look(index, letters=bool(inks), blank=before)
                _Page(index, before, after, inks, protected).verify()
            _verify_values(valued, values)
    except ValueError as exc:
        raise VerifyError(f"the output cannot be opened again: {exc}; it was withheld") from exc


def _verify_values(inks: Sequence[Ink], values: Sequence[Sequence[str]]) -> None:
    """A viewer shows a field's value as soon as it is clicked on: it must be what the page shows."""
    for ink, said in zip(inks, values, strict=True):
        if not any(_same(ink.value or "", value) for value in said):
            raise VerifyError(
                f"page {ink.page_index + 1}: {ink.where}: its value is not what it shows; the output was withheld"
            )


def _protected(compiled: CompiledForm, form_map: FormMap, page_index: int) -> Iterator[tuple[str, ShownBox]]:
    """Where nothing may be written: what the map leaves for people to sign, initial, witness or use."""
    for place in form_map.fields:
        if place.leave is None:
            continue
        pieces = place.pieces or ()
        names = [place.field, *(piece.field for piece in pieces)]
        for field in (field for name in names if name for field in compiled.fields.get(name, ())):
            for widget in _left_widgets(place, field):
                if widget.page_index == page_index:
                    yield place.where(), widget.shown
        if place.field is None:
            boxes = [(place.page, box) for box in (place.box, *(place.boxes or ()))]
            boxes += [(piece.page or place.page, piece.box) for piece in pieces]
            yield from ((place.where(), box) for page, box in boxes if box is not None and page == page_index + 1)


def _left_widgets(place: Place, field: Field) -> list[Widget]:
    """The widgets of ``field`` that ``place`` leaves: of a group, the one it names; another option may be ticked."""
    if place.widget is not None:
        return field.widgets[place.widget - 1 : place.widget]
    option = (place.option or "").encode().decode("latin-1")  # as states are kept
    return [widget for widget in field.widgets if option in widget.states] or field.widgets


class _Page:
    def __init__(
        self, index: int, before: PageLook, after: PageLook, inks: list[Ink], protected: list[tuple[str, ShownBox]]
    ) -> None:
        self._number = index + 1
        self._before = before
        self._after = after
        self._inks = inks
        self._protected = protected

    def verify(self) -> None:
        before, after = self._before, self._after
        if (before.width, before.height) != (after.width, after.height):
            raise self._error("its size changed")
        if self._inks:  # on a page that nothing was written on, the pixels alone tell
            self._check_texts(self._new_characters())
        self._check_pixels()
        for ink in self._inks:
            if ink.tick and before.changed_share(after, ink.box) < _FAINT:
                raise self._error(f"{ink.where}: the tick does not show")

    def _error(self, what: str) -> VerifyError:
        return VerifyError(f"page {self._number}: {what}; the output was withheld")

    def _new_characters(self) -> list[int]:
        """Characters of the output that the blank does not have.

        PDFium measures letters of fonts that are not embedded a little differently each time: what finds no partner
        on its own spot may find one close by.
        """
        before, after = self._before, self._after
        count = len(before.chars)
        if after.chars.startswith(before.chars) and after.boxes[: 4 * count] == before.boxes:
            return list(range(count, len(after.chars)))
        spots = before.spots.copy()
        unmatched = []
        for i, char in enumerate(after.chars):
            key = char, round(after.boxes[4 * i]), round(after.boxes[4 * i + 1])
            if spots.get(key, 0) > 0:
                spots[key] -= 1
            else:
                unmatched.append(i)
        left: dict[str, list[tuple[int, int]]] = {}
        for (char, x, y), count in spots.items():
            left.setdefault(char, []).extend([(x, y)] * count)
        new = []
        for i in unmatched:
            box = after.box(i)
            near = [s for s in left.get(after.chars[i], ()) if abs(s[0] - box[0]) <= 4 and abs(s[1] - box[1]) <= 2]
            if near:
                left[after.chars[i]].remove(min(near, key=lambda s: abs(s[0] - box[0])))
            else:
                new.append(i)
        return new

    def _check_texts(self, new: Sequence[int]) -> None:
        after = self._after
        found: dict[int, list[int]] = {}
        for i in new:
            box = after.box(i)
            home = self._home(box, after.chars[i])
            if home is None:
                x, y = round(box[0]), round(box[1])
                raise self._error(f"there is text outside every place that was filled, near ({x}, {y})")
            found.setdefault(home, []).append(i)
        for number, ink in enumerate(self._inks):
            if not ink.text:
                continue
            read = found.get(number, [])
            if not _same(ink.text, "".join(after.chars[i] for i in read)):
                raise self._error(f"{ink.where}: what was written cannot be read back whole")
            if read and self._before.changed_share(after, _hull([after.box(i) for i in read])) < _PALE:
                raise self._error(f"{ink.where}: the value hardly shows")
            covered = sum(self._before.has_print_under(after.box(i)) for i in read)
            if covered > max(1, 0.15 * len(read)):
                raise self._error(f"{ink.where}: the value is printed over words of the form")

    def _home(self, box: ShownBox, char: str) -> int | None:
        """The ink that a character belongs to: the one whose box it lies in, best by how well it lies there."""
        best, best_out = None, 3.0
        letters = char if len(char) == 1 else char[0]
        for number, ink in enumerate(self._inks):
            if ink.tick or letters in ink.text or unicodedata.normalize("NFKC", letters)[:1] in ink.text:
                x0, top, x1, bottom = ink.box
                cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
                out = max(x0 - cx, 0, cx - x1) + max(top - cy, 0, cy - bottom)
                if out < best_out:
                    best, best_out = number, out
        if best is None:  # a ligature or presentation form: by place alone
            for number, ink in enumerate(self._inks):
                if _inside(box, ink.box, 2.0):
                    return number
        return best

    def _check_pixels(self) -> None:
        before, after = self._before, self._after
        mask_before, mask_after = bytearray(before.grey), bytearray(after.grey)
        for ink in self._inks:
            for start, end in before.spans(ink.box, _EDGE):
                white = b"\xff" * (end - start)
                mask_before[start:end] = white
                mask_after[start:end] = white
        if mask_before != mask_after:
            spot = self._first_change(mask_before, mask_after)
            if spot is not None:
                raise self._error(f"something outside the filled places changed, near ({spot[0]:.0f}, {spot[1]:.0f})")
        for where, box in self._protected:
            if before.changed_share(after, box, -1.5) > 0:
                raise self._error(f"{where}: must stay empty, and there is ink in it")

    def _first_change(self, one: bytearray, other: bytearray) -> tuple[float, float] | None:
        width = self._before.width
        for row in range(self._before.height):
            a, b = one[row * width : (row + 1) * width], other[row * width : (row + 1) * width]
            if a != b:
                for x, (p, q) in enumerate(zip(a, b, strict=True)):
                    if abs(p - q) > CHANGED:
                        return x / SCALE, row / SCALE
        return None


def _hull(boxes: Sequence[ShownBox]) -> ShownBox:
    x0, top, x1, bottom = zip(*boxes, strict=True)
    return min(x0), min(top), max(x1), max(bottom)


def _inside(box: ShownBox, outer: ShownBox, grow: float) -> bool:
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] - grow <= cx <= outer[2] + grow and outer[1] - grow <= cy <= outer[3] + grow


def _same(said: str, read: str) -> bool:
    """Whether the characters read are those of the text, in its order; where some run from right to left, PDFium's
    order is another, and the letters alone are compared."""
    a, b = list(_letters(said)), list(_letters(read))
    if a == b:
        return True
    if _has_right_to_left(said) and Counter(map(_unmirrored, a)) == Counter(map(_unmirrored, b)):
        return True
    # PDFium takes a line equal to the one above it for its shadow, and reads it once
    lines = said.split("\n")
    once = "\n".join(dict.fromkeys(lines))
    return len(once) < len(said) and _same(once, read)


def _unmirrored(char: str) -> str:
    """A bracket's left form: which of the two it is depends on how PDFium takes the direction around it."""
    return {")": "(", "]": "[", "}": "{", ">": "<", "»": "«"}.get(char, char)


def _has_right_to_left(text: str) -> bool:
    """Whether any letter or mark is of a script that PDFium takes to run from right to left."""
    return not text.isascii() and any("\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufefc" for c in text)


def _letters(text: str) -> Iterator[str]:
    for char in unicodedata.normalize("NFKC", text):
        if not char.isspace() and unicodedata.category(char) not in ("Cf", "Cc"):
            yield char
