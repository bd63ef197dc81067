"""Finding a place of a DOCX: the blank after a label, the box before one, a control by its name.

Labels are normalised as lines are, so a map may quote a line with its blanks: ``tick: "____ to ____ (date range)"``
is the box or blank before those words, ``after: "From ____ to"`` the second blank of that line.
"""

from __future__ import annotations

import bisect
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from formfill.errors import FormMapError
from formfill.fill.docx_format import Styles, W
from formfill.fill.docx_layout import grid_column, row_cells
from formfill.fill.docx_lines import TICKED, Line, is_empty, normalise_label, read_line
from formfill.fill.docx_package import Element, Package
from formfill.fill.docx_text import BOX, MC, read_atoms
from formfill.model.form_map import Place

_BOXES = BOX + TICKED

_COMPOSITES = (
    re.compile(r"\( ?_ ?\) ?-? ?_ ?-? ?_"),  # (___) ___-____
    re.compile(r"_ ?[-/.] ?_ ?[-/.] ?_"),  # __/__/____
)

Kind = Literal["blank", "box", "cell", "control", "field"]


@dataclass(frozen=True)
class Target:
    """A found place: characters ``start``..``end`` of ``line``; a control; or an empty cell, by its first line."""

    kind: Kind
    line: Line
    start: int
    end: int
    owner: Element | None = None
    label_line: Line | None = None
    """The line of the label, where the place is in another."""

    @property
    def key(self) -> tuple[int, int]:
        """Sorts targets in reading order; equal for equal places."""
        return self.line.number, self.start


class Document:
    """All lines of a DOCX, and what is looked for in them."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.styles = Styles(package)
        self.lines: list[Line] = []
        for part in package.stories():
            for paragraph in package.tree(part).iter(W + "p"):
                if not any(a.tag == MC + "Fallback" for a in paragraph.iterancestors()):
                    self.lines.append(read_line(len(self.lines), part, paragraph, self.styles))
        self._starts: list[int] = []
        texts: list[str] = []
        offset = 0
        for line in self.lines:
            self._starts.append(offset)
            texts.append(line.text + "\n")
            offset += len(line.text) + 1
        self.text = "".join(texts)
        self._owners = {
            atom.owner: (line, index)
            for line in self.lines
            for index, atom in enumerate(line.atoms)
            if atom.owner is not None
        }
        self._by_paragraph = {line.paragraph: line for line in self.lines}

    def at(self, offset: int) -> tuple[Line, int]:
        """The line, and the index in its text, of an offset in the document's text."""
        number = bisect.bisect_right(self._starts, offset) - 1
        return self.lines[number], offset - self._starts[number]

    def lines_in(self, cell: Element) -> list[Line]:
        """The lines of a table cell."""
        return [line for line in self.lines if line.cell is cell]

    def locate(self, place: Place) -> Target:
        """The one target of a place. Raises: FormMapError, naming the place and what is near."""
        if place.after is not None:
            found = [(m, t) for m in self._matches(place.after) if (t := self._after(m)) is not None]
            return self._choose(
                place, place.after, found, "a blank (____, underlined space or tab, control, empty cell)"
            )
        if place.tick is not None:
            either = [(m, self._beside(m)) for m in self._matches(place.tick)]
            # a box behind a word, on a line whose boxes stand before theirs, is most likely the next word's
            lead = [(m, beside[0]) for m, beside in either if beside is not None and beside[1]]
            found = lead or [(m, beside[0]) for m, beside in either if beside is not None]
            return self._choose(place, place.tick, found, "a box or blank to tick")
        if place.control is not None:
            return self._named(place, [t for t in self.controls() if place.control in control_names(t.owner)])
        if place.text_field is not None:
            return self._named(place, [t for t in self.form_fields() if field_name(t.owner) == place.text_field])
        raise FormMapError(
            f"{place.where()}: a DOCX has no pages and boxes of its own. Use control, text_field, after or tick"
        )

    def controls(self) -> Iterator[Target]:
        """Every content control that a person fills."""
        return (self._owned(owner) for owner in self._owners if owner.tag == W + "sdt")

    def form_fields(self) -> Iterator[Target]:
        """Every legacy form field."""
        return (self._owned(owner) for owner in self._owners if owner.tag == W + "fldChar")

    def tokens(self) -> Iterator[Target]:
        """Every blank, box and control of the document, in reading order."""
        for line in self.lines:
            yield from self.tokens_of(line)

    def tokens_of(self, line: Line) -> Iterator[Target]:
        """The blanks, boxes and controls of one line."""
        for index, sign in enumerate(line.text):
            if sign in "_" + _BOXES and (target := self._token(line, index)) is not None:
                yield target

    def parts_of(self, target: Target) -> list[Target]:
        """The blanks of a phone or date that is printed in parts, where ``target`` is the first; else none."""
        line = target.line
        for pattern in _COMPOSITES if target.kind == "blank" else ():
            for match in pattern.finditer(line.text):
                blanks = [match.start() + index for index, sign in enumerate(match.group()) if sign == "_"]
                parts = [part for index in blanks if (part := self._token(line, index)) is not None]
                if parts[0].key == target.key and len(parts) == 3 and all(part.kind == "blank" for part in parts):
                    return parts
        return []

    def order_in_line(self, target: Target) -> int:
        """Which of the blanks, boxes and controls of its line a target is, from 1."""
        return [token.key for token in self.tokens_of(target.line)].index(target.key) + 1

    def _owned(self, owner: Element) -> Target:
        line, index = self._owners[owner]
        return Target("control" if owner.tag == W + "sdt" else "field", line, index, index + 1, owner)

    def _token(self, line: Line, index: int, label_line: Line | None = None) -> Target | None:
        start, end = line.spans[index]
        owner = line.atoms[start].owner
        if owner is not None:
            return self._owned(owner)
        if line.text[index] in _BOXES:
            return Target("box", line, start, end)
        lone = end - start == 1 and line.atoms[start].char == "_"
        return None if lone else Target("blank", line, start, end, label_line=label_line)

    def _matches(self, label: str) -> list[re.Match[str]]:
        return list(_pattern(label).finditer(self.text))

    def _after(self, match: re.Match[str]) -> Target | None:
        line, _ = self.at(match.end() - 1)
        inline = re.compile(r" ?[:;.,]?[ ]?(?:\( ?)?_").match(self.text, match.end())
        if inline:
            found, index = self.at(inline.end() - 1)
            return self._token(found, index, line)
        rest = re.compile(r"[ :;.,?*]*\n").match(self.text, match.end())
        if rest is None:
            return None
        cell = _empty_neighbour(line)
        if cell is not None:
            empty = self._by_paragraph[next(cell.iter(W + "p"))]
            return Target("cell", empty, 0, 0, label_line=line)
        following = re.compile(r" ?_").match(self.text, rest.end())
        if following:
            found, index = self.at(following.end() - 1)
            return self._token(found, index, line)
        return None

    def _beside(self, match: re.Match[str]) -> tuple[Target, bool] | None:
        """The box or blank of a label, and whether it stands where the boxes of its line stand."""
        boxes = [match.start() + i for i, sign in enumerate(match.group()) if sign in _BOXES]
        if len(boxes) == 1:
            return self._sure(self._token(*self.at(boxes[0])))
        before = re.compile(r"([_\u2610\u2612]) ?$").search(self.text, 0, match.start())
        after = re.compile(r" ?:? ?([_\u2610\u2612])").match(self.text, match.end())
        line, _ = self.at(match.start() + len(match.group()) - len(match.group().lstrip()))
        signs = line.text.strip()
        # "Yes [ ]  No [ ]": the boxes of this line stand behind their words
        trails = signs[-1] in "_" + _BOXES and signs[0] not in "_" + _BOXES
        chosen = after if after and (trails or not before) else before
        if chosen is None:
            return self._sure(self._cell_beside(line, match))
        found, index = self.at(chosen.start(1))
        target = self._token(found, index, line)
        return None if target is None else (target, trails or chosen is before)

    @staticmethod
    def _sure(target: Target | None) -> tuple[Target, bool] | None:
        return None if target is None else (target, True)

    def _cell_beside(self, line: Line, match: re.Match[str]) -> Target | None:
        whole = line.text.strip(" :.*") == match.group().strip(" :.*\n")
        if not whole or line.cell is None:
            return None
        cells = row_cells(next(line.cell.iterancestors(W + "tr")))
        at = cells.index(line.cell)
        # to the left, to the right, or below, where the label heads a column
        for cell in (*cells[max(at - 1, 0) : at], *cells[at + 1 : at + 2], _cell_below(line.cell)):
            if cell is None:
                continue
            paragraph = next(cell.iter(W + "p"), None)
            other = self._by_paragraph.get(paragraph)
            if other is None:
                continue
            if other.text.strip() in ("_", *_BOXES):
                return self._token(other, len(other.text) - len(other.text.lstrip()), line)
            if is_empty(cell):
                return Target("cell", other, 0, 0, label_line=line)
        return None

    def _choose(self, place: Place, label: str, found: list[tuple[re.Match[str], Target]], wanted: str) -> Target:
        if not found:
            raise FormMapError(self._not_found(place, label, wanted))
        if "nth" in place.model_fields_set:
            return self._nth(place, [target for _, target in found])
        if len(found) > 1:
            whole = [(m, t) for m, t in found if self._is_whole(m)]
            found = whole if len(whole) == 1 else found
        if len(found) > 1:
            lines = "; ".join(repr(_shown(self.at(m.start())[0].text)) for m, _ in found[:4])
            raise FormMapError(
                f"{place.where()}: the blank has {len(found)} such labels ({lines}). Say which with nth: 1 to "
                f"{len(found)}, or write more of the words beside it"
            )
        return found[0][1]

    def _named(self, place: Place, found: list[Target]) -> Target:
        if not found:
            names = self._names("control" if place.control is not None else "field")
            known = ", ".join(repr(name) for name in names[:12]) or "none"
            raise FormMapError(f"{place.where()}: the blank has no such control; it has: {known}")
        if "nth" not in place.model_fields_set and len(found) > 1:
            raise FormMapError(f"{place.where()}: the blank has {len(found)} of them. Say which with nth")
        return self._nth(place, found)

    def _nth(self, place: Place, found: list[Target]) -> Target:
        if place.nth > len(found):
            raise FormMapError(f"{place.where()}: nth is {place.nth}, but the blank has only {len(found)}")
        return found[place.nth - 1]

    def _names(self, kind: str) -> list[str]:
        if kind == "control":
            return [name for target in self.controls() for name in control_names(target.owner)]
        return [name for target in self.form_fields() if (name := field_name(target.owner))]

    def _is_whole(self, match: re.Match[str]) -> bool:
        """Whether the label is all the print between its neighbours: blanks, boxes, wide gaps, ends of the line."""
        line, start = self.at(match.start() + len(match.group()) - len(match.group().lstrip(" \n")))
        end = min(start + len(match.group().strip()), len(line.text))
        left, right = line.text[:start].rstrip(" "), line.text[end:].lstrip(" :;.,*")
        opens = not left or left[-1] in "_" + _BOXES or self._is_gap(line, start - 1)
        closes = not right or right[0] in "_" + _BOXES or self._is_gap(line, end)
        return opens and closes

    @staticmethod
    def _is_gap(line: Line, index: int) -> bool:
        if not 0 <= index < len(line.text) or line.text[index] != " ":
            return False
        start, end = line.spans[index]
        return end - start >= 3 or any(atom.char in "\t\n" for atom in line.atoms[start:end])

    def _not_found(self, place: Place, label: str, wanted: str) -> str:
        matches = self._matches(label)
        if matches:
            lines = "; ".join(repr(_shown(self.at(m.start())[0].text)) for m in matches[:3])
            return f"{place.where()}: the label is there ({lines}), but {wanted} does not stand beside it"
        prints = {chunk.strip(" :"): line for line in self.lines for chunk in re.split(f"[_{_BOXES}]", line.text)}
        near = difflib.get_close_matches(normalise_label(label), [p for p in prints if p], 3, 0.5)
        known = "; ".join(repr(_shown(text)) for text in near) or "nothing alike"
        return f"{place.where()}: the blank prints no such label; near it: {known}"


def control_names(sdt: Element | None) -> list[str]:
    """The tag and the title of a content control."""
    properties = None if sdt is None else sdt.find(W + "sdtPr")
    found = [] if properties is None else [properties.find(W + tag) for tag in ("tag", "alias")]
    return list(dict.fromkeys(node.get(W + "val") for node in found if node is not None and node.get(W + "val")))


def field_name(mark: Element | None) -> str | None:
    """The bookmark name of a legacy form field."""
    name = None if mark is None else mark.find(f"{W}ffData/{W}name")
    return None if name is None else name.get(W + "val")


def _empty_neighbour(line: Line) -> Element | None:
    """The empty cell to the right of the label's cell, or else the one below it."""
    if line.cell is None:
        return None
    later = list(line.paragraph.itersiblings(W + "p"))
    if any(atom.char.strip() for paragraph in later for atom in read_atoms(paragraph)):
        return None
    row = next(line.cell.iterancestors(W + "tr"))
    cells = row_cells(row)
    right = cells[cells.index(line.cell) + 1 :][:1]
    if right and is_empty(right[0]):
        return right[0]
    below = _cell_below(line.cell)
    return below if below is not None and is_empty(below) else None


def _cell_below(cell: Element) -> Element | None:
    """The cell of the next row that starts in the same grid column."""
    below = next(iter(next(cell.iterancestors(W + "tr")).itersiblings(W + "tr")), None)
    cells = row_cells(below) if below is not None else []
    return next((other for other in cells if grid_column(other) == grid_column(cell)), None)


def _pattern(label: str) -> re.Pattern[str]:
    text = normalise_label(label)
    if not text:
        raise FormMapError(f"label {label!r}: a label has at least one sign")
    parts = [re.escape(part) for part in re.split(r" ?([_\u2610]) ?", text)]
    for index in range(1, len(parts), 2):
        sign = "_" if parts[index] == "_" else "[\u2610\u2612]"
        lead = "[ \n]{0,2}" if parts[index - 1] or index > 1 else ""
        tail = "[ \n]{0,2}" if parts[index + 1] or index < len(parts) - 2 else ""
        parts[index] = lead + sign + tail
    joined = "".join(parts).replace(r"\ ", r"[ \n]{1,2}")
    opening = r"(?<![^\W_])" if text[0].isalnum() else ""
    closing = r"(?![^\W_])" if text[-1].isalnum() else ""
    return re.compile(opening + joined + closing)


def _shown(text: str) -> str:
    """A printed line for a message: short, with its blanks as people see them."""
    text = text.strip().replace("_", "____")
    return text if len(text) <= 60 else text[:57] + "…"
