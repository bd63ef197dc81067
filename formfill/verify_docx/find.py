"""Finding a place again on the blank, for the verifier: by the gaps of a line and the print around each.

The backend looks for a label and then for the blank beside it; this looks at each blank, and asks what stands before
or behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formfill.errors import VerifyError
from formfill.model.form_map import Place
from formfill.verify_docx.text import EMPTY_BOXES, Paragraph, Segment

_SAME = str.maketrans({"‘": "'", "’": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-"})
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))


@dataclass(frozen=True)
class Spot:
    """A place on the blank: a paragraph and one of its segments (None: an empty cell)."""

    paragraph: int
    segment: int | None


Candidate = tuple[Spot, bool]
"""A spot, and whether the label is all the print beside it."""


class Finder:
    """The paragraphs of a blank, and where its places are among them."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        self.paragraphs = paragraphs
        self.sides = [
            [(_norm(p.segments[:index]), _norm(p.segments[index + 1 :])) for index in range(len(p.segments))]
            for p in paragraphs
        ]
        """For each segment, what stands before it in its paragraph and what behind, normalised."""
        self.said = [_norm(p.segments) for p in paragraphs]
        self._found: dict[int, Spot] = {}

    def find(self, place: Place) -> Spot:
        """The one spot of a place. Raises: VerifyError."""
        if id(place) not in self._found:
            self._found[id(place)] = self._find(place)
        return self._found[id(place)]

    def _find(self, place: Place) -> Spot:
        found = list(self._candidates(place))
        if "nth" in place.model_fields_set:
            found = found[place.nth - 1 : place.nth]
        elif len(found) > 1:
            found = [candidate for candidate in found if candidate[1]]
        if len(found) != 1:
            raise VerifyError(f"{place.where()}: cannot be found again to be verified; the output was withheld")
        return found[0][0]

    def _candidates(self, place: Place) -> Iterator[Candidate]:
        name = place.control or place.text_field
        if name is None:
            yield from self._after(place.after) if place.after is not None else self._ticks(place.tick or "")
            return
        for number, paragraph in enumerate(self.paragraphs):
            for index, segment in enumerate(paragraph.segments):
                if segment.widget is not None and name in segment.widget.names:
                    yield Spot(number, index), True

    def _after(self, label: str) -> Iterator[Candidate]:
        wanted = _label(label)
        # one paragraph may end between a label and its blank, not two
        ends = re.compile(rf"{_edge(wanted, True)}{wanted}[ \t]?[:;.,]?[ \t]*(?:\( ?)?\n?[ \t]?$")
        for number, paragraph in enumerate(self.paragraphs):
            if not paragraph.segments and paragraph.starts_cell:
                match = self._cell_label(number, ends)
                if match:
                    yield Spot(number, None), _is_whole(match)
            before = "".join(said + "\n" for said in self.said[max(number - 2, 0) : number])
            for index, segment in enumerate(paragraph.segments):
                if segment.kind in ("gap", "widget"):
                    match = ends.search(before + self.sides[number][index][0])
                    if match:
                        yield Spot(number, index), _is_whole(match)

    def _cell_label(self, number: int, ends: re.Pattern[str]) -> re.Match[str] | None:
        """The label of an empty cell: to its left, or else above it where nothing empty is to the label's right."""
        table, row, column = self.paragraphs[number].cell or (0, 0, 0)
        if any(p.cell == (table, row, column) and p.segments for p in self.paragraphs):
            return None
        left = [p for p in self.paragraphs if p.cell and p.cell[:2] == (table, row) and p.cell[2] < column]
        nearest = max((p.cell[2] for p in left if p.cell), default=None)
        match = self._last_line([p for p in left if p.cell and p.cell[2] == nearest], ends)
        if match:
            return match
        above = [p for p in self.paragraphs if p.cell == (table, row - 1, column)]
        match = self._last_line(above, ends)
        right = sorted(
            p.cell[2] for p in self.paragraphs if p.cell and p.cell[:2] == (table, row - 1) and p.cell[2] > column
        )
        if match and right:
            beside = [p for p in self.paragraphs if p.cell == (table, row - 1, right[0])]
            return None if all(not p.text.strip() for p in beside) else match
        return match

    @staticmethod
    def _last_line(paragraphs: list[Paragraph], ends: re.Pattern[str]) -> re.Match[str] | None:
        return ends.search(_norm([s for p in paragraphs for s in p.segments])) if paragraphs else None

    def _ticks(self, label: str) -> Iterator[Candidate]:
        """Boxes where those of their line stand; only where there are none, also boxes on the other side."""
        yield from list(self._beside(label, False)) or self._beside(label, True)

    def _beside(self, label: str, behind_too: bool) -> Iterator[Candidate]:
        boxed = re.search(rf"[{EMPTY_BOXES}]", label)
        head, tail = (label[: boxed.start()], label[boxed.end() :]) if boxed else ("", label)
        starts = re.compile(rf"[ \t]?{_label(tail)}{_edge(_label(tail), False)}" if tail.strip() else "")
        ends = re.compile(rf"{_edge(_label(head), True)}{_label(head)}[ \t]?$" if head.strip() else "$")
        behind = re.compile(rf"{_edge(_label(label), True)}{_label(label)}[ \t]?:?[ \t]?$")
        for number, paragraph in enumerate(self.paragraphs):
            text = self.said[number].strip(" \t")
            # "Yes [ ]  No [ ]": the boxes of this line stand behind their words
            trails = bool(text) and text[-1] in "_☐" and text[0] not in "_☐"
            for index, segment in enumerate(paragraph.segments):
                if segment.kind == "print":
                    continue
                before, after = self.sides[number][index]
                match = starts.match(after)
                if boxed:
                    if match and ends.search(before) and segment.kind != "gap":
                        yield Spot(number, index), True
                elif match and not trails:
                    yield Spot(number, index), bool(re.match(r"[ :;.,*]*([\t_☐]|$)", after[match.end() :]))
                elif (trails or behind_too) and behind.search(before):
                    yield Spot(number, index), True
            if paragraph.cell is not None and not boxed:
                yield from self._beside_cell(number, paragraph, label)

    def _beside_cell(self, number: int, paragraph: Paragraph, label: str) -> Iterator[Candidate]:
        """A box or an empty cell beside the cell that holds nothing but the label."""
        alone = self.said[number]
        if paragraph.cell is None or alone.strip() not in ("", "_", "☐"):
            return
        table, row, column = paragraph.cell
        cells: dict[int, list[Paragraph]] = {}
        for other in self.paragraphs:
            if other.cell and other.cell[:2] == (table, row):
                cells.setdefault(other.cell[2], []).append(other)
        order = sorted(cells)
        at = order.index(column)
        if any(p.segments for p in cells[column] if p is not paragraph) or not paragraph.starts_cell:
            return
        wanted = re.compile(rf"\s*{_label(label)}[ :.*]*")
        said = {
            side: _norm([s for p in cells[order[side]] for s in p.segments])
            for side in (at - 1, at + 1)
            if 0 <= side < len(order)
        }
        index = next((i for i, s in enumerate(paragraph.segments) if s.kind != "print"), None)
        beside = any(wanted.fullmatch(text) for text in said.values())
        if beside or self._heads_column(wanted, (table, row - 1, column)):
            yield Spot(number, index), True

    def _heads_column(self, wanted: re.Pattern[str], above: tuple[int, int, int]) -> bool:
        """Whether the cell above holds the label, and has no box or empty cell of its own to the left or right."""
        row = sorted({p.cell for p in self.paragraphs if p.cell is not None and p.cell[:2] == above[:2]})
        if above not in row:
            return False
        said = [_norm([s for p in self.paragraphs if p.cell == cell for s in p.segments]).strip() for cell in row]
        at = row.index(above)
        beside = [said[side] for side in (at - 1, at + 1) if 0 <= side < len(row)]
        return bool(wanted.fullmatch(said[at])) and not any(text in ("", "_", "☐") for text in beside)

    def following(self, spot: Spot, taken: set[Spot]) -> Iterator[Spot]:
        """The blank lines right after a blank that no other place of the map stands on."""
        number, index = spot.paragraph, spot.segment or 0
        while True:
            rest = self.paragraphs[number].segments[index + 1 :]
            same_line = len(rest) >= 2 and rest[0].kind == "print" and not rest[0].text.strip() and "\n" in rest[0].text
            if same_line and rest[1].kind == "gap":
                index += 2
            elif any(s.kind != "print" or s.text.strip() for s in rest) or number + 1 >= len(self.paragraphs):
                return
            else:
                number += 1
                following = self.paragraphs[number]
                gaps = [i for i, s in enumerate(following.segments) if s.kind == "gap"]
                alone = all(s.kind == "gap" or not s.text.strip() for s in following.segments)
                last = self.paragraphs[number - 1]
                if len(gaps) != 1 or not alone or (following.part, following.cell) != (last.part, last.cell):
                    return
                index = gaps[0]
            if Spot(number, index) in taken:
                return
            yield Spot(number, index)


def parts(paragraph: Paragraph, spot: Spot) -> Iterator[Spot]:
    """The three gaps of a phone or date printed in parts, where ``spot`` is the first of them."""
    segments = paragraph.segments
    index = spot.segment or 0
    if index + 4 >= len(segments) or [s.kind for s in segments[index : index + 5]] != ["gap", "print"] * 2 + ["gap"]:
        return
    first, second = segments[index + 1].text.strip(), segments[index + 3].text.strip()
    opened = index > 0 and segments[index - 1].text.rstrip().endswith("(")
    phone = opened and first in (")", ")-", ") -") and second in ("-", "")
    if phone or (first == second and first in ("/", "-", ".")):
        yield from (Spot(spot.paragraph, index + offset) for offset in (0, 2, 4))


def _norm(segments: Sequence[Segment]) -> str:
    """Segments as a label is written: gaps as _, boxes as ☐, wide white space as a tab, all other as one space."""
    text = ""
    for segment in segments:
        if segment.kind == "print":
            text += segment.text.translate(_SAME).translate(_UNSEEN)
        else:
            ticks = segment.kind == "box" or (segment.widget is not None and segment.widget.kind == "checkbox")
            text += "☐" if ticks else "_"
    return re.sub(r"\s+", lambda m: "\t" if "\t" in m.group() or "\n" in m.group() or len(m.group()) > 2 else " ", text)


def _label(label: str) -> str:
    """The pattern of a label."""
    text = re.sub(r"_{2,}", "_", label.translate(_SAME).translate(_UNSEEN))
    words = [re.escape(word) for word in re.split(r"\s+", re.sub(r" ?_ ?", " _ ", text).strip())]
    return r"[ \t\n]{1,2}".join(words).replace(r"[ \t\n]{1,2}_", r"\s{0,2}_").replace(r"_[ \t\n]{1,2}", r"_\s{0,2}")


def _edge(pattern: str, left: bool) -> str:
    char = pattern[:1] if left else pattern[-1:]
    return (r"(?<![^\W_])" if left else r"(?![^\W_])") if char.isalnum() else ""


def _is_whole(match: re.Match[str]) -> bool:
    before = match.string[: match.start()].rstrip(" ")
    return not before or before[-1] in "_☐\t\n"
