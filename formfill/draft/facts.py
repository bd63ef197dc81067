"""What a page of a blank shows: its words, lines, boxes and form fields, and the places found on it.

All boxes are in displayed points, origin top left, ``(x0, top, x1, bottom)``; pages count from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import PrintedPage

PlaceKind = Literal["text", "check"]
#: By what a place was recognised.
Sign = Literal["underscore", "rule", "cell", "colon", "widget", "square"]


@dataclass(frozen=True, slots=True)
class Word:
    """Printed characters without white space between them. ``size`` is the type size in points (on a scan: estimated);
    ``bold`` is never true on a scan."""

    text: str
    box: ShownBox
    size: float
    bold: bool = False

    @property
    def middle_x(self) -> float:
        """Half way from its left edge to its right one, in points."""
        return (self.box[0] + self.box[2]) / 2

    @property
    def middle_y(self) -> float:
        """Half way from its upper edge to its lower one, in points."""
        return (self.box[1] + self.box[3]) / 2


def text_of(words: Iterable[Word]) -> str:
    """The words as one line of text."""
    return " ".join(word.text for word in words)


def lines_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words by printed line, from the top; those of one line from the left.

    A line's words share most of their height.
    """
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.box[3], w.box[0])):
        for line in reversed(lines[-4:]):
            last = line[-1].box
            common = min(word.box[3], last[3]) - max(word.box[1], last[1])
            if common > 0.55 * min(word.box[3] - word.box[1], last[3] - last[1]):
                line.append(word)
                break
        else:
            lines.append([word])
    for line in lines:
        line.sort(key=lambda w: w.box[0])
    return lines


@dataclass(frozen=True, slots=True)
class WidgetFacts:
    """A form field's widget on the page. ``number`` counts the widgets of ``field`` from 1; ``option`` is the on-state
    of a box; ``max_len`` is /MaxLen, ``comb`` whether it is printed in cells."""

    field: str
    kind: Literal["text", "check", "radio", "choice", "signature", "button"]
    number: int
    widgets: int
    box: ShownBox
    tooltip: str = ""
    option: str | None = None
    multiline: bool = False
    max_len: int | None = None
    comb: bool = False


@dataclass(frozen=True)
class PageFacts:
    """A page as displayed.

    ``words`` go line by line, each from the left. ``across`` and ``down`` are straight printed lines, horizontal and
    vertical (thin boxes). ``underscores`` are runs of "_" or of leader dots. ``squares`` are closed shapes of the size
    of a box to tick. ``shades`` are filled areas, larger than that. ``is_scan`` says that the page is a picture, whose
    words and lines were read off its pixels.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    across: tuple[ShownBox, ...] = ()
    down: tuple[ShownBox, ...] = ()
    underscores: tuple[ShownBox, ...] = ()
    squares: tuple[ShownBox, ...] = ()
    shades: tuple[ShownBox, ...] = ()
    widgets: tuple[WidgetFacts, ...] = ()
    is_scan: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A place found on a page, not yet read: where something may be written or ticked.

    ``lines`` are the boxes of a text that runs on over several lines, the first included. ``pieces`` are the places of
    a value that is printed in parts (area code and number; month, day and year), from the left; ``signs`` the print
    between and before them (or that the place shares its rule with others, each with a caption).
    """

    kind: PlaceKind
    page: int
    box: ShownBox
    sign: Sign
    widget: WidgetFacts | None = None
    lines: tuple[ShownBox, ...] = ()
    pieces: tuple[Spot, ...] = ()
    signs: str = ""


@dataclass(frozen=True)
class Detection:
    """All pages of a blank, the places found on them in reading order, and the print that labels are looked for in."""

    pages: tuple[PageFacts, ...]
    spots: tuple[Spot, ...]
    printed: tuple[PrintedPage, ...] = ()
