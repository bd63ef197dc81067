"""Writing a value on a printed blank: underscores, underlined spaces or tabs, an empty table cell.

The blank keeps its length, so that no line of the form moves: as many underscores go as the value is wide, what is
left over of the last one becomes a spaced no-break space, and the value is underlined in the form's own type.

A value that is too long is set smaller (down to 85%), else continued on the blank lines that follow, else set as small
as the map allows, else replaced by another writing that the vocabulary allows; else it is for the addendum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formfill.errors import FillError
from formfill.fill.base import Filling
from formfill.fill.docx_format import RunFormat, W, twips
from formfill.fill.docx_labels import Document, Target
from formfill.fill.docx_layout import cell_width, row_cells
from formfill.fill.docx_lines import Line
from formfill.fill.docx_package import Element
from formfill.fill.docx_runs import (
    NO_BREAK_SPACE,
    run_properties,
    sized,
    spaced,
    underlined,
    value_pieces,
    without,
)
from formfill.fill.docx_text import NO_BREAK_HYPHEN, Atom, Piece

#: Word's single line spacing is about this much of the size
_LINE_HEIGHT = 1.2
_TAB_MARGIN_PT = 3.0


@dataclass(frozen=True)
class Edit:
    """Characters ``start``..``end`` of a line, and the runs that replace them."""

    line: Line
    start: int
    end: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Slot:
    """One blank to write on, measured."""

    line: Line
    start: int
    end: int

    @property
    def donor(self) -> Atom:
        # the middle of a blank: its first underscore often still belongs to the bold label
        return self.line.atoms[(self.start + self.end - 1) // 2]

    @property
    def format(self) -> RunFormat:
        return self.line.formats[(self.start + self.end - 1) // 2]

    @property
    def widths(self) -> list[float]:
        return [extent.x1 - extent.x0 for extent in self.line.layout.extents[self.start : self.end]]

    @property
    def ruled(self) -> bool:
        """Whether it is made of underscores, not of white space that is underlined."""
        return self.line.atoms[self.start].char == "_"

    @property
    def lead(self) -> float:
        """What parts the value from the word before: an underscore, or a space where there is none yet."""
        if self.start == 0 or self.line.atoms[self.start - 1].char in " \u00a0\t\n(/-.":
            return 0.0
        return self.widths[0] if self.ruled else self.format.char(" ")

    @property
    def room(self) -> float:
        """The width in points that a value may have."""
        total = sum(self.widths) - self.lead
        if self.line.atoms[self.end - 1].char == "\t":
            return total - _TAB_MARGIN_PT
        following = self.line.atoms[self.end].char if self.end < len(self.line.atoms) else " "
        return total - (0.0 if following in " \u00a0\t\n.,;)/-" else self.format.char(" "))


def plan_text(document: Document, target: Target, filling: Filling, claimed: set[tuple[int, int]]) -> list[Edit] | None:
    """The edits that write a value on its blank; None where it does not fit at any size, in any allowed writing.

    ``claimed`` are the keys of all targets of the map: a following blank line that is a place of its own is not used.
    """
    if target.kind == "cell":
        return next(
            (e for text in _writings(filling) if (e := _plan_cell(document, target, filling, text)) is not None), None
        )
    parts = [Slot(part.line, part.start, part.end) for part in document.parts_of(target)]
    if parts:
        return _plan_parts(parts, filling)
    slots = [Slot(target.line, target.start, target.end), *_following(document, target, claimed)]
    for text in _writings(filling):
        planned = _plan_lines(slots, filling, text)
        if planned is not None:
            return planned
    return None


def plan_mark(target: Target, filling: Filling) -> list[Edit]:
    """The edits that put an X in the middle of a blank or cell. Raises: FillError."""
    where = filling.place.where()
    if target.kind == "cell":
        properties = _cell_properties(target)
        return [Edit(target.line, 0, 0, tuple(value_pieces("X", properties, where)))]
    slot = Slot(target.line, target.start, target.end)
    width = slot.format.width("X")
    if sum(slot.widths) < width:
        raise FillError(f"{where}: the blank is too narrow for an X")
    return [_write(slot, "X", slot.format.size_pt, where, max((sum(slot.widths) - width) / 2, 0.0))]


def single_line(text: str) -> str:
    """A value of several lines, as one line says it."""
    *lines, last = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    return ", ".join([*(line.rstrip(",") for line in lines), last])


def _writings(filling: Filling) -> Iterator[str]:
    yield from (single_line(text) for text in (filling.text, *filling.shorter))


def sizes_from(base: float, smallest: float) -> list[float]:
    """Sizes in half points, as Word counts, from the form's own down to the smallest allowed."""
    steps = [base]
    while steps[-1] - 0.5 >= smallest:
        steps.append(steps[-1] - 0.5)
    return steps


def _plan_lines(slots: Sequence[Slot], filling: Filling, text: str) -> list[Edit] | None:
    place, where = filling.place, filling.place.where()
    base = place.size or slots[0].format.size_pt
    sizes = sizes_from(base, min(place.min_size, base))
    one_line = [size for size in sizes if slots[0].format.width(text, size) <= slots[0].room]
    if one_line and (one_line[0] >= 0.85 * base or len(slots) == 1):
        return [_write(slots[0], text, one_line[0], where)]
    for size in sizes if len(slots) > 1 else ():
        lines = wrap(text, [slot.room for slot in slots], slots[0].format, size)
        if lines is not None:
            return [_write(slot, line, size, where) for slot, line in zip(slots, lines, strict=False)]
    return [_write(slots[0], text, one_line[0], where)] if one_line else None


def wrap(text: str, rooms: Sequence[float], fmt: RunFormat, size: float) -> list[str] | None:
    """``text`` in at most as many lines as there are rooms, broken at spaces; None where it does not fit."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and fmt.width(joined, size) <= rooms[len(lines) - 1]:
            lines[-1] = joined
        elif len(lines) < len(rooms) and fmt.width(word, size) <= rooms[len(lines)]:
            lines.append(word)
        else:
            return None
    return lines


def _write(slot: Slot, text: str, size: float, where: str, lead: float | None = None) -> Edit:
    """The edit that writes ``text`` on one blank and keeps the blank's length."""
    atoms, widths = slot.line.atoms[slot.start : slot.end], slot.widths
    donor = slot.donor.run.find(W + "rPr") if slot.donor.run is not None else None
    properties = underlined(run_properties(donor))
    value = run_properties(properties)
    if size != slot.format.size_pt:
        sized(value, size)
    lead = slot.lead if lead is None else lead
    pieces: list[Piece] = []
    start = 0
    if slot.ruled:
        while start < len(atoms) - 1 and sum(widths[: start + 1]) <= lead + 0.01:
            start += 1
        used = 0.0
    elif lead:
        count = max(round(lead / slot.format.char(" ")), 1)
        pieces.append(Piece(NO_BREAK_SPACE * count, run_properties(properties)))
        used = count * slot.format.char(" ")
    else:
        used = 0.0
    width = slot.format.width(text, size)
    slack = slot.line.layout.slack(slot.start, slot.end, min(0.3 + 0.03 * width, 3.0))
    used += width
    end, covered = start, 0.0
    while (
        end < len(atoms)
        and (covered < used - 0.01)
        and not (atoms[end].char == "\t" and covered + widths[end] > used + _TAB_MARGIN_PT / 2)
    ):
        covered += widths[end]
        end += 1
    filler: list[Piece] = []
    rest = covered - used
    space = slot.format.char(" ")
    if end > start and atoms[end - 1].char != "\t":
        rest += slack
        while rest < space and end < len(atoms) and atoms[end].char != "\t":
            rest += widths[end]
            end += 1
        if rest >= space:
            filler = [Piece(NO_BREAK_SPACE, spaced(run_properties(properties), rest - space))]
        elif rest > 0.05 and len(text) > 1:
            spaced(value, rest / len(text))
    if slot.line.layout.line_count > 1 or slack < 0:
        # underscores do not break; where the paragraph has several lines, their value must not either
        text = text.replace(" ", NO_BREAK_SPACE).replace("-", NO_BREAK_HYPHEN)
    pieces += [*value_pieces(text, value, where), *filler]
    return Edit(slot.line, slot.start + start, slot.start + end, tuple(pieces))


def _following(document: Document, target: Target, claimed: set[tuple[int, int]]) -> Iterator[Slot]:
    """The blank lines that directly follow a blank, and belong to no other place."""
    line, at = target.line, target.end
    while True:
        rest = "".join(atom.char for atom in line.atoms[at:])
        token = next((t for t in document.tokens_of(line) if t.start >= at), None)
        if token is not None:
            if token.kind != "blank" or "\n" not in rest[: token.start - at] or rest[: token.start - at].strip():
                return
        elif rest.strip() or line.number + 1 >= len(document.lines):
            return
        else:
            line = document.lines[line.number + 1]
            if line.part != target.line.part or line.cell is not target.line.cell or line.text.strip() != "_":
                return
            token = next(iter(document.tokens_of(line)), None)
            if token is None or token.kind != "blank":
                return
        if token.key in claimed:
            return
        yield Slot(line, token.start, token.end)
        at = token.end


def _plan_parts(slots: Sequence[Slot], filling: Filling) -> list[Edit]:
    place, where = filling.place, filling.place.where()
    groups = re.findall(r"\d+", filling.text)
    if len(groups) != len(slots):
        raise FillError(f"{where}: the blank is printed in {len(slots)} parts; the value has {len(groups)} of digits")
    edits = []
    for slot, group in zip(slots, groups, strict=True):
        base = place.size or slot.format.size_pt
        # a blank of two underscores for the year of a date wants its last two digits
        candidates = (
            (group, group[-2:]) if slot is slots[-1] and len(group) == 4 and slot.end - slot.start < 4 else (group,)
        )
        fitting = [
            (text, size)
            for text in candidates
            for size in sizes_from(base, min(place.min_size, base))
            if slot.format.width(text, size) <= sum(slot.widths)
        ]
        if not fitting:
            raise FillError(f"{where}: a part of the value does not fit between the print. Set min_size in the map")
        edits.append(_write(slot, *fitting[0], where, 0.0))
    return edits


def _plan_cell(document: Document, target: Target, filling: Filling, text: str) -> list[Edit] | None:
    line, place = target.line, filling.place
    cell = line.cell
    if cell is None:
        return None
    properties = _cell_properties(target)
    fmt = line.styles.of(properties, line.paragraph)
    room = cell_width(cell)
    base = place.size or fmt.size_pt
    for size in sizes_from(base, min(place.min_size, base)):
        count = lines_in_cell(document, line, size)
        if room is None or wrap(text, [room] * count, fmt, size) is not None:
            if size != fmt.size_pt:
                sized(properties, size)
            if room is not None and fmt.width(text, size) > room:
                # a phone breaks between its parts, not within one
                text = text.replace("-", NO_BREAK_HYPHEN)
            return [Edit(line, 0, 0, tuple(value_pieces(text, properties, place.where())))]
    return None


def _cell_properties(target: Target) -> Element:
    """The type of an empty cell: that of its paragraph mark, else the label's without its weight."""
    mark = target.line.paragraph.find(f"{W}pPr/{W}rPr")
    if mark is not None and any(mark.find(W + tag) is not None for tag in ("sz", "rFonts")):
        return run_properties(mark)
    label = target.label_line
    runs = [atom.run for atom in label.atoms if atom.run is not None] if label is not None else []
    donor = runs[0].find(W + "rPr") if runs else None
    return without(run_properties(donor), "b", "bCs", "i", "iCs", "u", "caps", "smallCaps", "rStyle", "highlight")


def lines_in_cell(document: Document, line: Line, size_pt: float) -> int:
    """How many lines of a size a line of a table cell may become before its row must grow."""
    cell = line.cell
    if cell is None:
        return 1
    row = next(cell.iterancestors(W + "tr"))
    set_to = row.find(f"{W}trPr/{W}trHeight")
    fixed = twips(set_to.get(W + "val")) if set_to is not None else 0.0
    full = max(sum(map(_height, document.lines_in(other))) for other in row_cells(row))
    others = sum(_height(other) for other in document.lines_in(cell) if other is not line)
    return max(int((max(fixed, full) - others) / (size_pt * _LINE_HEIGHT) + 0.01), 1)


def _height(line: Line) -> float:
    """The height of a paragraph in points, without its spacing."""
    sizes = [fmt.size_pt for fmt in line.formats] or [line.styles.of(None, line.paragraph).size_pt]
    return line.layout.line_count * max(sizes) * _LINE_HEIGHT
