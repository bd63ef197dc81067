"""Verify the PDF that was made of a filled DOCX, fail closed: it shows every value, to the last letter.

The converter lays the document out by itself: it may set a value larger than the cell it was measured for, and hide
what does not fit. What is hidden can still be read out of the PDF, so a letter counts only where its ink is seen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from formfill.errors import VerifyError
from formfill.fill.base import AddendumItem, Filling
from formfill.pdf.look import CHANGED, Document, PageLook
from formfill.pdf.printed import fold
from formfill.verify_docx.text import read

#: In the place of a letter that is not seen, and of one that belongs to a value found already.
_CUT, _TAKEN = "\x00", "\x01"
#: How much of a letter may be hidden at its top or foot, in pixels: about 1.6 points.
_HIDDEN_PX = 2
#: The feet of letters on one line differ by less from one to the next lower, in points.
_LINE_PT = 3.0


def verify_converted(pdf: bytes, docx: bytes, fillings: Sequence[Filling], addendum: Sequence[AddendumItem]) -> None:
    """Find every text of ``fillings`` in ``pdf``, made of the filled and verified ``docx``: each at a place of its own.

    Spaces, punctuation, case and accents do not count; of scripts that are not written from left to right, letter by
    letter, the letters are compared without their order. Raises: VerifyError, naming the place, never the value.
    """
    shown = _Shown(pdf)
    letters = {item.text: item.letter for item in addendum}
    widgets = _widgets(docx)
    # a short value may be part of a long one, and then stands there as well as at its own place
    for filling in sorted(fillings, key=lambda one: -len(fold(one.text))):
        if filling.action != "text" or not fold(filling.text):
            continue
        wanted = [text for one in _writings(filling, letters, widgets) if (text := fold(one))]
        if not any(shown.take(text) for text in wanted):
            raise VerifyError(
                f"{filling.place.where()}: the PDF that LibreOffice made does not say its value whole; it was "
                "withheld. Fill the form without --pdf, open the DOCX in Word, and save it as PDF there"
            )


def _writings(filling: Filling, letters: dict[str, str], widgets: dict[str, list[str]]) -> Iterator[str]:
    """What may stand in the place: the value, a shorter writing of it, or where in the addendum it is."""
    yield filling.text
    # a control may write a date in a way of its own, or show an option by another name
    yield from widgets.get(filling.place.control or filling.place.text_field or "", ())
    yield from filling.shorter
    # printed parts may have room for two digits of a year: __/__/__
    yield re.sub(r"\d\d(\d\d)$", r"\1", filling.text)
    if (letter := letters.get(filling.text)) is not None:
        yield f"see addendum {letter}"
        yield f"addendum {letter}"


def _widgets(docx: bytes) -> dict[str, list[str]]:
    """dict[name of a control or form field, what those of that name show]"""
    found: dict[str, list[str]] = {}
    for paragraph in read(docx)[0].paragraphs:
        for widget in paragraph.widgets:
            for name in widget.names:
                found.setdefault(name, []).append(widget.text)
    return found


def _find(shown: str, wanted: str) -> tuple[int, int] | None:
    """Where a text stands: its first letter, and behind its last."""
    start = shown.find(wanted)
    if start >= 0:
        return start, start + len(wanted)
    if wanted.isascii():
        return None
    size, missing = len(wanted), Counter(wanted)
    for end, char in enumerate(shown, 1):
        missing[char] -= 1
        if end > size:
            missing[shown[end - size - 1]] += 1
        if end >= size and not any(missing.values()):
            return end - size, end
    return None


class _Shown:
    """The letters and digits that a PDF shows, in two orders; those that are not wholly seen are marked.

    As the file has them, and as they stand on their lines: a letter that the document's font does not have comes from
    another one, and in the file after all others of its line.
    """

    def __init__(self, pdf: bytes) -> None:
        self._orders: list[list[str]] = [[], []]
        self._keys: list[list[tuple[int, int]]] = [[], []]
        try:
            with Document(pdf) as document:
                for page in range(len(document)):
                    look = document.look(page)
                    self._add(0, page, look, range(len(look.chars)))
                    self._add(1, page, look, _along_lines(look))
        except ValueError as exc:
            raise VerifyError(f"the PDF that LibreOffice made cannot be opened again ({exc}); it was withheld") from exc

    def _add(self, order: int, page: int, look: PageLook, numbers: Iterable[int]) -> None:
        self._orders[order].append("\n")
        self._keys[order].append((page, -1))
        for number in numbers:
            for letter in fold(look.chars[number]) if _is_seen(look, number) else _CUT * len(fold(look.chars[number])):
                self._orders[order].append(letter)
                self._keys[order].append((page, number))

    def take(self, wanted: str) -> bool:
        """Find a text that no other value has taken, and take it."""
        for order, keys in zip(self._orders, self._keys, strict=True):
            if span := _find("".join(order), wanted):
                taken = set(keys[slice(*span)])
                for letters, theirs in zip(self._orders, self._keys, strict=True):
                    letters[:] = [
                        _TAKEN if key in taken else letter for letter, key in zip(letters, theirs, strict=True)
                    ]
                return True
        return False

    def _take(self, taken: set[tuple[int, int]]) -> None:
        for order, keys in zip(self._orders, self._keys, strict=True):
            for i, key in enumerate(keys):
                if key in taken:
                    order[i] = _TAKEN


def _along_lines(look: PageLook) -> Iterator[int]:
    """The numbers of a page's characters, line by line from the top, each from the left."""
    lines: list[list[int]] = []
    drawn = [n for n in range(len(look.chars)) if look.box(n)[3] - look.box(n)[1] >= 0.1]
    for n in sorted(drawn, key=lambda n: look.box(n)[3]):
        foot, last = look.box(n)[3], look.box(lines[-1][-1])[3] if lines else 0.0
        if lines and foot - last < _LINE_PT:
            lines[-1].append(n)
        else:
            lines.append([n])
    for line in lines:
        yield from sorted(line, key=lambda n: look.box(n)[0])


def _is_seen(look: PageLook, index: int) -> bool:
    """Whether a letter has ink at its top and at its foot: its box is just as high as the letter."""
    box = look.box(index)
    if box[2] - box[0] < 0.1 or box[3] - box[1] < 0.1:
        return True  # the second letter of a ligature, a mark: no ink of its own
    x0, top, x1, bottom = box
    # a stem may fill its box, or be drawn a pixel beside it
    rows = [look.grey[start:end] for start, end in look.spans((x0 - 1, top, x1 + 1, bottom))]
    paper = max((max(row) for row in rows), default=0)
    inked = [paper - min(row) > CHANGED for row in rows]
    return any(inked[:_HIDDEN_PX]) and any(inked[-_HIDDEN_PX:])
