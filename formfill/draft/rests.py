"""Room on a page that nobody is meant to write in: what a heading, a sentence or an option leaves of its cell."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from formfill.draft.boxes import middle_in
from formfill.draft.facts import PageFacts, Spot, Word, lines_of, text_of
from formfill.pdf.geometry import ShownBox

#: The highest cell that is looked at, in points.
_HIGHEST_PT = 260.0
#: A strip lower than this under several lines of print, or under a line to write on, is the margin of their cell.
_MARGIN_PT = 13.0
#: So many words are a text, and no label.
_SENTENCE = 14
#: A line of a text has so many words at least.
_LINE_OF_TEXT = 9
_TICK = re.compile(r"\((please )?(check|initial|mark|select|circle|marque|seleccione)\b[^)]*\)\W*$", re.IGNORECASE)
#: An option has fewer words than this.
_OPTION = 9
#: How wide the cell of a row's heading is at the most, as a share of the page.
_HEADING = 0.3
#: So far right of a row's heading its rows are looked at.
_BESIDE_PT = 200.0
#: A cell lower than this heads no rows of text.
_ROWS_PT = 40.0
#: A filled strip lower than this is the ground of one line of print.
_STRIP_PT = 26.0
_ANSWER = re.compile(r"\d{3}\)?[-. ]{1,2}\d{3}[-. ]\d{4}\b|\b[A-Z]{2}\.? +\d{5}\b")
#: A caption is no farther below its line than this.
_CAPTION_PT = 5.0
#: The middle of a caption is no farther from that of its line.
_CENTRED_PT = 10.0
#: A slash between the parts of a date says nothing.
_SPEAKS = re.compile(r"[^\W_]|[:#]")
#: Words after which an option asks for more.
_ASKS_MORE = re.compile(
    r"(other|otro|otra|otros|specify|especif\w*|explain|explique|describe|list|dates?|fechas?|#|:|\?)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Room:
    """A free part of a cell, the cell, its words, and those on the line of the part, left and right of it."""

    spot: Spot
    cell: ShownBox
    words: tuple[Word, ...]
    before: tuple[Word, ...]
    after: tuple[Word, ...]

    @property
    def lines(self) -> int:
        """How many lines of print the cell has."""
        return len({round(word.box[3] / 4) for word in self.words})


class Rests:
    """Tells rests of cells from places, on one page."""

    def __init__(self, page: PageFacts) -> None:
        self.page = page
        self._words = sorted((w for w in page.words if _SPEAKS.search(w.text)), key=lambda w: w.middle_y)
        self._heights = [w.middle_y for w in self._words]

    def is_rest(self, spot: Spot, left: float, right: float) -> bool:
        """Whether nobody writes in ``spot``, which is above a line, in its part between ``left`` and ``right``."""
        room = self._room(spot, left, right)
        if not room.words:
            return False
        if self.is_under_text(room):
            return True
        if (room.before or room.after) and (self.is_beside_heading(room) or self.is_behind_sentence(room)):
            return True
        if spot.sign != "cell":
            return False
        if room.before or room.after:
            return (
                self.is_row_header(room)
                or self.is_shaded(room)
                or self.is_answered(room)
                or self.is_before_label(room)
                or self.is_behind_text(room)
                or self.is_behind_option(room)
                or self.is_beside_caption(room)
            )
        return self.is_row_header(room) or self.is_answered(room) or self.is_margin(room)

    def is_frame(self, line: ShownBox) -> bool:
        """Whether a horizontal line is the top of a frame, so that what is over it has nothing to do with it."""
        x0, y, x1, _ = line
        hanging = [d for d in self.page.down if abs(d[1] - y) < 4 and d[3] > y + 8]
        if not all(any(abs(d[0] - x) < 4 for d in hanging) for x in (x0, x1)):
            return False
        return not any(d[1] < y - 6 and d[3] > y - 3 and x0 - 3 < d[0] < x1 + 3 for d in self.page.down)

    def is_intro(self, spot: Spot, label: Sequence[Word]) -> bool:
        """Whether ``label``, with white space behind it, heads what is below: a text, or boxes to tick."""
        if _TICK.search(text_of(label)):
            return True
        x0, top, _, bottom = label[0].box
        below = self._within((x0 - 30, bottom + 1, spot.box[2], bottom + 1.7 * (bottom - top) + 6))
        first = min((w.box[3] for w in below), default=bottom)
        line = [w for w in below if w.box[3] < first + 4]
        boxes = [s for s in self.page.squares if x0 - 4 < s[0] < spot.box[0] and bottom - 2 < s[1] < bottom + 14]
        if boxes and (not line or boxes[0][0] < min(w.box[0] for w in line)):
            return True
        return len(line) >= _LINE_OF_TEXT and not any(w.text.endswith(":") for w in line)

    def _within(self, box: ShownBox) -> tuple[Word, ...]:
        """The words whose middles are in ``box``, from the top."""
        start, end = bisect_left(self._heights, box[1]), bisect_left(self._heights, box[3])
        return tuple(w for w in self._words[start:end] if box[0] < w.middle_x < box[2])

    def _room(self, spot: Spot, left: float, right: float) -> _Room:
        x0, top, x1, y = spot.box
        high = y - _HIGHEST_PT
        for line in self.page.across:
            common = min(line[2], right) - max(line[0], left)
            if high < line[3] < y - 4 and common > 0.5 * (right - left):
                high = line[3]
        words = self._within((left - 1, high, right + 1, y + 1))
        low = max(top, y - 14)
        line_words = sorted((w for w in words if w.box[3] > low + 2 and w.box[1] < y), key=lambda w: w.box[0])
        before = tuple(w for w in line_words if w.middle_x < x0)
        after = tuple(w for w in line_words if w.middle_x > x1)
        return _Room(spot, (left, high, right, y), words, before, after)

    def is_row_header(self, room: _Room) -> bool:
        """In the cell that heads several rows to its right, or a list of boxes."""
        left, top, right, bottom = room.cell
        if right - left > _HEADING * self.page.width or bottom - top < 26:
            return False
        if any(abs(a[0] - right) < 4 and top + 8 < a[1] < bottom - 8 and a[2] > right + 60 for a in self.page.across):
            return True
        boxes = [s for s in self.page.squares if top < s[1] and s[3] < bottom]
        if any(left < s[0] < right for s in boxes):
            return False
        if any(right < s[0] < right + 40 for s in boxes):
            return True
        if bottom - top < _ROWS_PT:
            return False
        beside = self._within((right, top, right + _BESIDE_PT, bottom))
        blanks = [u for u in self.page.underscores if right < u[0] < right + _BESIDE_PT and top < u[1] < bottom]
        return len({round(box[3] / 4) for box in (*(w.box for w in beside), *blanks)}) >= 4

    def is_answered(self, room: _Room) -> bool:
        """In a cell with a printed phone number or the end of a printed address."""
        return any(_ANSWER.search(text_of(line)) for line in lines_of(room.words))

    def is_shaded(self, room: _Room) -> bool:
        """Beside words on a filled strip, which are the head of what is below."""
        if not room.before or room.before[-1].text.endswith(":"):
            return False
        boxes = (room.spot.box, room.before[-1].box)
        return any(s[3] - s[1] < _STRIP_PT and all(middle_in(box, s) for box in boxes) for s in self.page.shades)

    def is_beside_heading(self, room: _Room) -> bool:
        """Beside print that stands in the middle of its cell."""
        line = (*room.before, *room.after)
        left, right = min(w.box[0] for w in line) - room.cell[0], room.cell[2] - max(w.box[2] for w in line)
        return left > 20 and abs(left - right) < 0.1 * (room.cell[2] - room.cell[0]) + 4

    def is_before_label(self, room: _Room) -> bool:
        """Left of all print of its line, at the wall of the cell."""
        return not room.before and room.spot.box[0] - room.cell[0] < 4

    def is_under_text(self, room: _Room) -> bool:
        """Under a line of print, some of whose letters reach lower than others beside the room."""
        x0, top, x1, _ = room.spot.box
        near = [w for w in room.words if abs(w.box[3] - top) < 4]
        over = [w.box[3] for w in near if w.box[0] < x1 and w.box[2] > x0]
        beside = [w.box[3] for w in near if w.box[0] >= x1 or w.box[2] <= x0]
        return bool(over) and len(near) >= _LINE_OF_TEXT and any(0.8 < low - max(over) < 3.5 for low in beside)

    def is_behind_sentence(self, room: _Room) -> bool:
        """Behind the full stop of a sentence."""
        return len(room.before) > 3 and room.before[-1].text.endswith(".")

    def is_behind_text(self, room: _Room) -> bool:
        """Behind the last line of a text that is too long for a label."""
        if not room.before or room.before[-1].text.endswith((":", ")", "#", "?")):
            return False
        return room.before[0].text[0].islower() and room.lines > 1 and len(room.words) >= _SENTENCE

    def is_behind_option(self, room: _Room) -> bool:
        """Behind the words of a box to tick that ask for nothing more."""
        if not room.before:
            return False
        _, top, end, bottom = room.before[-1].box
        ticks = [s[2] for s in self.page.squares if s[2] < end and s[1] < bottom and s[3] > top]
        if not ticks:
            return False
        words = [w for w in room.before if w.box[0] > max(ticks) - 2]
        if not words or words[0].box[0] - max(ticks) > 20 or len(words) >= _OPTION:
            return False
        return not _ASKS_MORE.search(text_of(words))

    def is_beside_caption(self, room: _Room) -> bool:
        """Behind the caption of a line right over it: in the line's middle, or at its start, where no label is."""
        if not room.before or room.before[-1].text.endswith(":"):
            return False
        caption = [room.before[-1]]
        for word in reversed(room.before[:-1]):
            if caption[0].box[0] - word.box[2] > word.size:
                break
            caption.insert(0, word)
        x0, x1, top = caption[0].box[0], caption[-1].box[2], min(w.box[1] for w in caption)
        left, _, right, _ = room.cell
        rules = [a for a in self.page.across if a[0] > left + 3 or a[2] < right - 3]  # and not the cell's own
        for b in (*self.page.underscores, *rules):
            if not -1 < top - b[3] < _CAPTION_PT or b[2] <= room.spot.box[0]:
                continue
            if abs(b[0] + b[2] - x0 - x1) < 2 * _CENTRED_PT and b[0] < x0:
                return True
            if abs(b[0] - x0) < 4 and not self._within((b[0] - 30, b[3] - 9, b[0], b[3] + 1)):
                return True
        return False

    def is_margin(self, room: _Room) -> bool:
        """A low strip under several lines of print, or under a line to write on."""
        x0, top, x1, bottom = room.spot.box
        if bottom - top > _MARGIN_PT:
            return False
        if room.lines >= 3:
            return True
        return any(u[0] < x1 - 3 and u[2] > x0 + 3 and top - 3 < u[3] < bottom - 4 for u in self.page.underscores)
