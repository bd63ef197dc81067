"""A page's print as blocks: lines that stand close under one another in one column, as an address does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from formfill.draft.facts import PageFacts, Word, lines_of, text_of
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import hull

_ORDINAL = re.compile(r"(?<=\d) (?=(?:st|nd|rd|th)\b)")
#: A post office box as a scan is read: "P.O, Box".
_POST_OFFICE = re.compile(r"\bP\.? ?O[.,]+ ?(?=Box\b)")
#: A gap between words wider than this share of their height parts columns.
_COLUMN_GAP = 1.6
#: So far behind a label's colon its value may stand.
_LABEL_GAP_PT = 45.0
#: A line lower than this share of a line's height below another one begins a new block.
_LINE_GAP = 1.0
_ALIGNED_PT = 6.0


@dataclass(frozen=True)
class PrintedLine:
    """Words of one printed line that no wide gap and no upright rule parts."""

    text: str
    box: ShownBox
    size: float
    bold: bool

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class PrintBlock:
    """Lines under one another; ``above`` is what stands right over them in their column."""

    page: PageFacts
    lines: tuple[PrintedLine, ...]
    above: str = ""

    @cached_property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def box(self) -> ShownBox:
        return hull([line.box for line in self.lines])

    def line_at(self, offset: int) -> PrintedLine:
        """The line that the character of ``text`` stands on."""
        return self.lines[self.text.count("\n", 0, offset)]


def blocks_of(page: PageFacts) -> list[PrintBlock]:
    """The blocks of a page, from the top."""
    open_blocks: list[list[PrintedLine]] = []
    lines = list(printed_lines(page))
    for line in lines:
        over = [block for block in open_blocks if _continues(page, block[-1], line)]
        if over:
            max(over, key=lambda block: block[-1].box[3]).append(line)
        else:
            open_blocks.append([line])
    return [PrintBlock(page, tuple(block), _above(block[0], lines)) for block in open_blocks]


def printed_lines(page: PageFacts) -> Iterator[PrintedLine]:
    """The lines of a page, cut into columns."""
    for words in lines_of([word for word in page.words if word.text.strip("|_")]):
        start = 0
        for i in range(1, len(words) + 1):
            if i == len(words) or _parts(page, words[i - 1], words[i]):
                yield _line(words[start:i])
                start = i


def _line(words: Sequence[Word]) -> PrintedLine:
    box = hull([word.box for word in words])
    text = _POST_OFFICE.sub("P.O. ", _ORDINAL.sub("", text_of(words)))
    return PrintedLine(text, box, words[0].size, all(word.bold for word in words))


def _parts(page: PageFacts, one: Word, other: Word) -> bool:
    height = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    widest = _LABEL_GAP_PT if one.text.endswith(":") else _COLUMN_GAP * max(height, 5)
    if other.box[0] - one.box[2] > widest:
        return True
    return any(
        one.box[2] - 1 <= (rule[0] + rule[2]) / 2 <= other.box[0] + 1 and rule[1] <= one.middle_y <= rule[3]
        for rule in page.down
    )


def _continues(page: PageFacts, one: PrintedLine, other: PrintedLine) -> bool:
    """Whether ``other`` stands right under ``one`` and in its column."""
    gap = other.box[1] - one.box[3]
    if gap > _LINE_GAP * max(one.height, 6) or gap < -0.5 * one.height:
        return False
    if max(one.height, other.height) > 1.7 * min(one.height, other.height):
        return False
    edges = [abs(one.box[i] - other.box[i]) for i in (0, 2)]
    centre = abs(one.box[0] + one.box[2] - other.box[0] - other.box[2]) / 2
    if min(*edges, centre) > _ALIGNED_PT:
        return False
    return not any(
        one.box[3] - 2 <= (rule[1] + rule[3]) / 2 <= other.box[1] + 2
        and rule[0] < min(one.box[2], other.box[2])
        and rule[2] > max(one.box[0], other.box[0])
        and rule[2] - rule[0] > 1.3 * (one.box[2] - one.box[0])
        for rule in page.across
    )


def _above(first: PrintedLine, lines: Sequence[PrintedLine]) -> str:
    """What is printed in the column right over a block's first line, its nearest line last."""
    over = [
        line
        for line in lines
        if 0 < first.box[1] + 3 - line.box[3] < 36
        and line.box[0] < first.box[2]
        and line.box[2] > first.box[0]
        and line is not first
    ]
    return "\n".join(line.text for line in over[-2:])
