"""A DOCX as lines: each paragraph with its text normalised, so that labels can be looked for in it.

White space is one space; every blank (underscores, underlined spaces or tabs, tabs with a line leader, a control for
text) is one ``_``; every box is one \u2610 or \u2612; quotes and dashes are plain. Each sign knows the range of
characters behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from formfill.fill.docx_boxes import box_state
from formfill.fill.docx_format import RunFormat, Styles, W
from formfill.fill.docx_layout import Layout, draws_lines, lay_out, tab_stops
from formfill.fill.docx_package import Element
from formfill.fill.docx_text import BOX, OBJECT, Atom, read_atoms

_SAME = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})
_SAME |= str.maketrans({"\u2011": "-", "\u00b4": "'"})
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_BRACKETS = re.compile(r"\[[ \u00a0_]{0,4}\]|\([ \u00a0]\)")
TICKED = "\u2612"


@dataclass
class Line:
    """A paragraph: its characters, and its normalised text with the range of characters behind each sign of it."""

    number: int
    part: str
    paragraph: Element
    atoms: list[Atom]
    formats: list[RunFormat]
    styles: Styles = field(repr=False)
    text: str = ""
    spans: list[tuple[int, int]] = field(default_factory=list)

    @cached_property
    def layout(self) -> Layout:
        return lay_out(self.styles, self.paragraph, self.atoms, self.formats)

    def shows_tick(self, start: int) -> bool:
        """Whether the box at character ``start`` is ticked."""
        return any(span[0] == start and sign == TICKED for span, sign in zip(self.spans, self.text, strict=True))

    @cached_property
    def cell(self) -> Element | None:
        return next(iter(self.paragraph.iterancestors(W + "tc")), None)


def read_line(number: int, part: str, paragraph: Element, styles: Styles) -> Line:
    """A paragraph, normalised."""
    atoms = read_atoms(paragraph)
    of_run = {run: styles.of(None if run is None else run.find(W + "rPr"), paragraph) for run in {a.run for a in atoms}}
    formats = [of_run[atom.run] for atom in atoms]
    line = Line(number, part, paragraph, atoms, formats, styles)
    blanks = dict(_blanks(line))
    brackets = {m.start(): m.end() for m in _BRACKETS.finditer("".join(a.char for a in atoms))}
    signs: list[str] = []
    index = 0
    while index < len(atoms):
        end, sign = index + 1, atoms[index].char.translate(_SAME)
        if index in brackets:
            end, sign = brackets[index], BOX
        elif index in blanks:
            end, sign = blanks[index], "_"
        elif sign == OBJECT:
            sign = "_"
        elif atoms[index].owner is None and (state := box_state(atoms[index])) is not None:
            sign = TICKED if state else BOX
        elif sign.isspace():
            while end < len(atoms) and atoms[end].char.isspace() and end not in blanks:
                end += 1
            sign = " "
        elif sign in _INVISIBLE:
            sign = ""
        if sign:
            signs.append(sign)
            line.spans.append((index, end))
        index = end
    line.text = "".join(signs)
    return line


def normalise_label(label: str) -> str:
    """A label of a map, in the signs that lines are normalised to."""
    text = re.sub(r"_{2,}", "_", _BRACKETS.sub(BOX, label.translate(_SAME)))
    text = "".join(BOX if sign in "\u25a1\u2751\u25fb" else sign for sign in text if sign not in _INVISIBLE)
    return re.sub(r"\s+", " ", text).strip()


def is_empty(cell: Element) -> bool:
    """Whether a table cell holds nothing that is seen, and continues no cell above."""
    merged = cell.find(f"{W}tcPr/{W}vMerge")
    if merged is not None and merged.get(W + "val", "continue") == "continue":
        return False
    if any(cell.find(f".//{W}{tag}") is not None for tag in ("drawing", "pict", "object", "tbl", "sdt", "fldChar")):
        return False
    return cell.find(W + "p") is not None and not any(
        atom.char.strip() for paragraph in cell.iter(W + "p") for atom in read_atoms(paragraph)
    )


def _blanks(line: Line) -> Iterator[tuple[int, int]]:
    """The ranges of characters that are printed to be written on."""
    leaders: set[int] = set()
    if any(atom.char == "\t" for atom in line.atoms) and draws_lines(tab_stops(line.styles, line.paragraph)):
        leaders = {i for i, extent in enumerate(line.layout.extents) if extent.leader}
    start = 0
    while start < len(line.atoms):
        end = start
        while end < len(line.atoms) and _is_blank_char(line, end, leaders):
            end += 1
        chars = "".join(atom.char for atom in line.atoms[start:end])
        # one underlined space may part two underlined words of a heading; three or a tab are a blank
        if chars.count("_") >= 2 or "\t" in chars or len(chars) >= 3:
            yield start, end
        start = max(end, start + 1)


def _is_blank_char(line: Line, index: int, leaders: set[int]) -> bool:
    atom = line.atoms[index]
    if atom.owner is not None:
        return False
    if atom.char == "_":
        return True
    return index in leaders or (atom.char.isspace() and atom.char != "\n" and line.formats[index].underlined)
