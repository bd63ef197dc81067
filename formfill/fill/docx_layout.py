"""Where a line of a DOCX has its tab stops, and how much room a table cell gives.

A tab is as wide as what is left to its stop, so a blank made of tabs can only be measured by laying out what stands
before it. The layout here knows advances, tab stops, indents and greedy line breaks; it is close to Word's, not equal:
a value is held a little away from the stop that it must not reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formfill.fill.docx_format import RunFormat, Styles, W, twips
from formfill.fill.docx_package import Element
from formfill.fill.docx_text import Atom

#: Word's own cell margins where a table sets none: 0.08 inch left and right (17.4.42)
CELL_MARGIN_PT = 5.4
_LINES = ("underscore", "heavy")
#: Wider than any page: for text whose frame has no measured width
_UNBOUNDED_PT = 10_000.0


@dataclass(frozen=True, slots=True)
class TabStop:
    position_pt: float
    kind: str = "left"
    leader: str = "none"


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a character starts and ends on its line, in points from the paragraph's left edge."""

    x0: float
    x1: float
    leader: bool = False
    """A tab that draws a line to its stop."""


def tab_stops(styles: Styles, paragraph: Element) -> list[TabStop]:
    """The custom stops of a paragraph, from its styles and its own properties, left to right."""
    stops: dict[float, TabStop] = {}
    for layer in styles.paragraph_layers(paragraph):
        for tab in layer.iterfind(f"{W}tabs/{W}tab"):
            position = twips(tab.get(W + "pos"))
            stops.pop(position, None)
            if tab.get(W + "val") not in ("clear", "bar"):
                stops[position] = TabStop(position, tab.get(W + "val", "left"), tab.get(W + "leader", "none"))
    return [stops[position] for position in sorted(stops)]


def draws_lines(stops: Sequence[TabStop]) -> bool:
    return any(stop.leader in _LINES for stop in stops)


@dataclass(frozen=True)
class Layout:
    """A paragraph laid out: an extent for each of its characters, and what bounds its lines."""

    chars: str
    extents: list[Extent]
    stops_pt: tuple[float, ...]
    default_tab_pt: float
    right_pt: float

    @property
    def line_count(self) -> int:
        """How many lines it takes; an empty paragraph takes one."""
        pairs = zip(self.extents, self.extents[1:], strict=False)
        return 1 + sum(following.x0 < extent.x0 for extent, following in pairs)

    def slack(self, start: int, end: int, doubt_pt: float) -> float:
        """By how many points what replaces ``start``..``end`` should better come out wider (below 0: narrower).

        ``doubt_pt`` is how far its measure may be off. Where what follows ends closer than that to a tab stop or the
        margin, the next column would go to another stop, or the last word to the next line: it is moved off.
        """
        after = end
        begin = self.extents[start].x0
        while after < len(self.chars) and self.chars[after] not in "\t\n" and self.extents[after].x0 > begin:
            after += 1
        if after < len(self.chars) and self.chars[after] == "\t" and self.extents[after].x0 > begin:
            tab = self.extents[after]
            room, lead = tab.x1 - tab.x0, tab.x0 - self._stop_before(tab.x0)
            shift = (room - lead) / 2 if min(room, lead) < doubt_pt else 0.0
            return max(min(shift, doubt_pt), -doubt_pt)
        room = self.right_pt - self.extents[after - 1].x1
        return room - doubt_pt if 0 <= room < doubt_pt else 0.0

    def _stop_before(self, x: float) -> float:
        passed = [stop for stop in self.stops_pt if stop <= x]
        if len(passed) < len(self.stops_pt):
            return max(passed, default=-_UNBOUNDED_PT)
        return max(*passed, int(x / self.default_tab_pt) * self.default_tab_pt, -_UNBOUNDED_PT)


def lay_out(styles: Styles, paragraph: Element, atoms: Sequence[Atom], formats: Sequence[RunFormat]) -> Layout:
    """Break a paragraph into lines, and place its characters."""
    stops = tab_stops(styles, paragraph)
    left, first = _indents(styles, paragraph)
    right = _text_width(paragraph)
    found: list[Extent] = []
    x, index, line_start, breakable = left + first, 0, 0, 0
    while index < len(atoms):
        char = atoms[index].char
        leader = False
        if char == "\t":
            stop = next((s for s in stops if s.position_pt > x + 0.01), None)
            step = styles.default_tab_pt
            end = stop.position_pt if stop else (int(x / step + 0.001) + 1) * step
            leader = stop is not None and stop.leader in _LINES
        elif char == "\n":
            end = x
        else:
            end = x + formats[index].char(char)
        if end > right + 0.5 and char not in " \t\n" and breakable > line_start:
            index = line_start = breakable
            del found[index:]
            x = left
            continue
        found.append(Extent(x, end, leader))
        x = end
        index += 1
        if char in " \t-":
            breakable = index
        if char == "\n":
            x, line_start, breakable = left, index, index
    chars = "".join(atom.char for atom in atoms)
    return Layout(chars, found, tuple(stop.position_pt for stop in stops), styles.default_tab_pt, right)


def _indents(styles: Styles, paragraph: Element) -> tuple[float, float]:
    left = first = 0.0
    for layer in styles.paragraph_layers(paragraph):
        indent = layer.find(W + "ind")
        if indent is None:
            continue
        left = twips(indent.get(W + "left") or indent.get(W + "start")) or left
        if indent.get(W + "hanging"):
            first = -twips(indent.get(W + "hanging"))
        elif indent.get(W + "firstLine"):
            first = twips(indent.get(W + "firstLine"))
    return left, first


def _text_width(paragraph: Element) -> float:
    for ancestor in paragraph.iterancestors():
        if ancestor.tag == W + "tc":
            return cell_width(ancestor) or _UNBOUNDED_PT
        if ancestor.tag == W + "txbxContent":
            return _UNBOUNDED_PT
        if ancestor.tag == W + "body":
            return _column_width(paragraph, ancestor)
    return _UNBOUNDED_PT


def _column_width(paragraph: Element, body: Element) -> float:
    section = None
    for node in (paragraph, *paragraph.itersiblings(W + "p", W + "sectPr")):
        section = node if node.tag == W + "sectPr" else node.find(f"{W}pPr/{W}sectPr")
        if section is not None:
            break
    section = body.find(W + "sectPr") if section is None else section
    size = None if section is None else section.find(W + "pgSz")
    margins = None if section is None else section.find(W + "pgMar")
    columns = None if section is None else section.find(W + "cols")
    if size is None or margins is None or (columns is not None and columns.get(W + "num", "1") != "1"):
        return _UNBOUNDED_PT
    return twips(size.get(W + "w")) - twips(margins.get(W + "left")) - twips(margins.get(W + "right"))


def cell_width(cell: Element) -> float | None:
    """The room for text across a table cell in points; None where the table does not say."""
    width = cell.find(f"{W}tcPr/{W}tcW")
    total = twips(width.get(W + "w")) if width is not None and width.get(W + "type") == "dxa" else 0.0
    if not total:
        table = next(cell.iterancestors(W + "tbl"))
        grid = [twips(column.get(W + "w")) for column in table.iterfind(f"{W}tblGrid/{W}gridCol")]
        start = grid_column(cell)
        total = sum(grid[start : start + grid_span(cell)])
    return max(total - 2 * CELL_MARGIN_PT, 1.0) if total else None


def grid_span(cell: Element) -> int:
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    value = "1" if span is None else span.get(W + "val", "1")
    return max(int(value), 1) if value.isdecimal() else 1


def grid_column(cell: Element) -> int:
    """The grid column that a cell starts in, from 0."""
    row = next(cell.iterancestors(W + "tr"))
    before = row.find(f"{W}trPr/{W}gridBefore")
    column = int(before.get(W + "val", "0")) if before is not None else 0
    for other in row_cells(row):
        if other is cell:
            break
        column += grid_span(other)
    return column


def row_cells(row: Element) -> list[Element]:
    """The cells of a row, also those inside a content control."""
    cells: list[Element] = []
    for child in row.iterchildren("*"):
        if child.tag == W + "tc":
            cells.append(child)
        elif child.tag == W + "sdt":
            cells.extend(child.iterfind(f"{W}sdtContent/{W}tc"))
    return cells
