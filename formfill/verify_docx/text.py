"""The text of a DOCX, read with the standard library alone, for the verifier.

It shares no code with the backend that writes: another parser, another walk, another notion of a blank (runs of
underscores and underlined white space, wherever their format comes from). A paragraph is a row of segments: print,
gap, box, and widget (a content control or legacy form field).
"""

from __future__ import annotations

import io
import lzma
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from formfill.errors import VerifyError
from formfill.verify_docx.widgets import W, Widget, control, form_field

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_STORIES = frozenset(W + tag for tag in ("document", "hdr", "ftr", "footnotes", "endnotes"))
_FRAMES = (W + "drawing", W + "pict", W + "object", _MC + "AlternateContent")
_TRANSPARENT = frozenset(W + tag for tag in ("r", "hyperlink", "smartTag", "ins", "sdtContent"))
#: Private-use characters that stand for a widget in a paragraph's text: one that takes a text, one that is ticked
WIDGET, TICK_WIDGET = "\ue000", "\ue001"
EMPTY_BOXES = "☐□▢◻◽❑❒❏❐⬜○◯❍"
TICKED_BOXES = "☑☒●⬤✓✔"
_SYMBOL_BOXES = {
    "wingdings": ({0x6F, 0x71, 0x72, 0xA8, 0xA1}, {0xFD, 0xFE, 0xA4}),
    "wingdings 2": ({0xA3, 0x99}, {0x52, 0x53, 0x54, 0x98}),
}
#: A symbol font's boxes are read as these, so that they compare like printed ones.
_SYMBOL_EMPTY, _SYMBOL_TICKED = "□", "☑"
_GAP = re.compile(
    rf"[_\ue100]{{2,}}|\ue101[_\ue100\ue101]*|\[[ \u00a0_]{{0,4}}\]|\([ \u00a0]\)|[{EMPTY_BOXES}{TICKED_BOXES}]"
)
#: Underlined white space while a paragraph is read: a space, a tab (each remembers what it was)
_SPACE_MARK, _TAB_MARK = "\ue100", "\ue101"

#: Table (counted through the document), row, grid column
Cell = tuple[int, int, int]
Kind = Literal["print", "gap", "box", "widget"]


@dataclass
class Segment:
    kind: Kind
    text: str
    widget: Widget | None = None


@dataclass
class Paragraph:
    """A paragraph: its text with widgets as one character each, and its segments."""

    part: str
    text: str
    segments: list[Segment]
    widgets: list[Widget]
    fallback: bool
    cell: Cell | None = None
    starts_cell: bool = False


@dataclass
class Reading:
    """A whole document as the verifier sees it."""

    parts: dict[str, bytes]
    paragraphs: list[Paragraph] = field(default_factory=list)
    skeletons: dict[str, list[str]] = field(default_factory=dict)
    """dict[part, everything but runs and widgets, in order]"""


def read(data: bytes, groups: list[bool] | None = None) -> tuple[Reading, list[bool]]:
    """Read a DOCX.

    ``groups`` says, for each content control in order, whether it is only a frame around print (as the blank has it);
    without it, that is decided here. Returns the reading and those decisions. Raises: VerifyError.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError) as exc:
        raise VerifyError("the filled DOCX cannot be opened again; it was withheld") from exc
    reading = Reading(parts)
    walker = _Walker(reading, _underlined_styles(parts), groups)
    for name, part in parts.items():
        root = _story(name, part)
        if root is not None:
            reading.skeletons[name] = []
            _skeleton(root, reading.skeletons[name])
            walker.blocks(name, root)
    return reading, walker.decided


def _story(name: str, data: bytes) -> ET.Element | None:
    if not name.endswith(".xml"):
        return None
    if b"<!DOCTYPE" in data:
        raise VerifyError(f"{name} of the filled DOCX declares a document type; it was withheld")
    try:
        root = ET.fromstring(data)
    except ET.ParseError as exc:
        raise VerifyError(f"{name} of the filled DOCX is not well-formed; it was withheld") from exc
    return root if root.tag in _STORIES else None


def _underlined_styles(parts: dict[str, bytes]) -> set[str]:
    found: set[str] = set()
    for name, data in parts.items():
        if name.endswith("/styles.xml") and b"<!DOCTYPE" not in data:
            for style in ET.fromstring(data).iter(W + "style"):
                if _underline(style.find(W + "rPr")):
                    found.add(style.get(W + "styleId", ""))
    return found


def _underline(properties: ET.Element | None) -> bool:
    mark = None if properties is None else properties.find(W + "u")
    return mark is not None and mark.get(W + "val", "single") != "none"


@dataclass
class _Inline:
    """A paragraph while it is read."""

    underlined: bool
    leaders: bool
    chars: list[str] = field(default_factory=list)
    widgets: list[Widget] = field(default_factory=list)
    frames: list[tuple[ET.Element, bool]] = field(default_factory=list)
    """Drawings with text of their own, and whether each is the fallback for older readers."""
    fields: list[str] = field(default_factory=list)
    """The open complex fields: code, result, form code, form result."""


@dataclass
class _Walker:
    reading: Reading
    underlined: set[str]
    groups: list[bool] | None
    decided: list[bool] = field(default_factory=list)
    tables: int = 0

    def blocks(self, part: str, node: ET.Element, fallback: bool = False, cell: Cell | None = None) -> None:
        """Walk everything that can hold paragraphs."""
        if node.tag == W + "p":
            self._paragraph(part, node, fallback, cell)
        elif node.tag == W + "tbl":
            self._table(part, node, fallback)
        elif node.tag == W + "sdt" and not self._is_group(node):
            self._widget_block(part, node, fallback, cell)
        elif node.tag not in (W + "sdtPr", W + "sectPr"):
            for child in node:
                self.blocks(part, child, fallback or child.tag == _MC + "Fallback", cell)

    def _table(self, part: str, table: ET.Element, fallback: bool) -> None:
        self.tables += 1
        number = self.tables
        for row_number, row in enumerate(_unframed(table, W + "tr")):
            column = 0
            for child in row:
                cells = [child] if child.tag == W + "tc" else list(child.iterfind(f"{W}sdtContent/{W}tc"))
                place = (number, row_number, column)
                if child.tag == W + "sdt" and not self._is_group(child):
                    self._widget_block(part, child, fallback, place)
                else:
                    for cell in cells:
                        self._cell(part, cell, fallback, (number, row_number, column))
                        column += _span(cell)
                    continue
                column += sum(_span(cell) for cell in cells)

    def _cell(self, part: str, cell: ET.Element, fallback: bool, place: Cell) -> None:
        first = len(self.reading.paragraphs)
        for child in cell:
            self.blocks(part, child, fallback, place)
        if len(self.reading.paragraphs) > first:
            self.reading.paragraphs[first].starts_cell = True

    def _widget_block(self, part: str, sdt: ET.Element, fallback: bool, cell: Cell | None) -> None:
        widget = control(sdt)
        mark = TICK_WIDGET if widget.kind == "checkbox" else WIDGET
        segment = Segment("widget", mark, widget)
        self.reading.paragraphs.append(Paragraph(part, mark, [segment], [widget], fallback, cell))

    def _is_group(self, sdt: ET.Element) -> bool:
        index = len(self.decided)
        if self.groups is not None:
            if index >= len(self.groups):
                raise VerifyError("the filled DOCX has other content controls than the blank; it was withheld")
            self.decided.append(self.groups[index])
            return self.groups[index]
        widget = control(sdt)
        prompt = bool(widget.names) or widget.placeholder
        framed = widget.kind == "rich" and (not prompt or sum(1 for _ in sdt.iter(W + "p")) > 1)
        self.decided.append(framed or widget.kind == "other")
        return self.decided[-1]

    def _paragraph(self, part: str, node: ET.Element, fallback: bool, cell: Cell | None) -> None:
        style = node.find(f"{W}pPr/{W}pStyle")
        tabs = node.iterfind(f"{W}pPr/{W}tabs/{W}tab")
        inline = _Inline(
            style is not None and style.get(W + "val") in self.underlined,
            any(tab.get(W + "leader") in ("underscore", "heavy") for tab in tabs),
        )
        self._inline(node, inline)
        raw = "".join(inline.chars)
        segments = list(_segments(raw, inline.widgets))
        self.reading.paragraphs.append(Paragraph(part, _plain(raw), segments, inline.widgets, fallback, cell))
        for frame, is_fallback in inline.frames:
            self.blocks(part, frame, fallback or is_fallback)

    def _inline(self, node: ET.Element, inline: _Inline) -> None:
        for child in node:
            if child.tag == W + "r":
                self._run(child, inline)
            elif child.tag == W + "sdt" and not self._is_group(child):
                widget = control(child)
                inline.widgets.append(widget)
                inline.chars.append(TICK_WIDGET if widget.kind == "checkbox" else WIDGET)
            elif child.tag == _MC + "AlternateContent":
                self._inline(next(iter(child)), inline)
            elif child.tag not in (W + "pPr", W + "del", W + "moveFrom", W + "sdtPr"):
                self._inline(child, inline)

    def _run(self, run: ET.Element, inline: _Inline) -> None:
        style = run.find(f"{W}rPr/{W}rStyle")
        styled = style is not None and style.get(W + "val") in self.underlined
        line = inline.underlined or styled or _underline(run.find(W + "rPr"))
        for child in run:
            if child.tag == W + "fldChar":
                _field_char(child, inline)
            elif child.tag in (W + "drawing", W + "pict", W + "object"):
                inline.frames.append((child, False))
            elif child.tag == _MC + "AlternateContent":
                inline.frames.extend((version, version.tag == _MC + "Fallback") for version in child)
            elif any(state == "code" for state in inline.fields):
                continue
            elif any(state.startswith("form") for state in inline.fields):
                if child.tag == W + "t" and inline.fields[-1] == "form result":
                    inline.widgets[-1].text += child.text or ""
            elif child.tag == W + "t":
                inline.chars.extend(_char(char, run, line) for char in child.text or "")
            elif child.tag == W + "sym":
                inline.chars.append(_symbol(child.get(W + "char", ""), child.get(W + "font", "")))
            elif child.tag in (W + "tab", W + "ptab"):
                inline.chars.append(_TAB_MARK if line or inline.leaders else "\t")
            elif child.tag in (W + "br", W + "cr"):
                inline.chars.append("\n")
            elif child.tag == W + "noBreakHyphen":
                inline.chars.append("-")


def _unframed(node: ET.Element, tag: str) -> Iterator[ET.Element]:
    """The children with ``tag``, also those in a content control around them."""
    for child in node:
        if child.tag == tag:
            yield child
        elif child.tag == W + "sdt":
            yield from child.iterfind(f"{W}sdtContent/{tag}")


def _skeleton(node: ET.Element, found: list[str]) -> None:
    """Everything but runs and what widgets hold: sections, tables, cells, drawings, paragraph properties."""
    if node.tag in (W + "rPr", W + "sdtPr", W + "proofErr"):
        return
    if node.tag not in _TRANSPARENT:
        found.append(f"{node.tag} {sorted(node.attrib.items())}")
    for child in node:
        if node.tag != W + "r" or child.tag in _FRAMES:
            _skeleton(child, found)


def _char(char: str, run: ET.Element, underlined: bool) -> str:
    if char.isspace() and underlined:
        return _SPACE_MARK if char != "\t" else _TAB_MARK
    fonts = run.find(f"{W}rPr/{W}rFonts")
    if fonts is not None and fonts.get(W + "ascii", "").lower() in _SYMBOL_BOXES:
        return _symbol(f"{ord(char):X}", fonts.get(W + "ascii", ""))
    return char


def _symbol(code: str, font: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return "\ufffd"
    empty, ticked = _SYMBOL_BOXES.get(font.lower(), (set[int](), set[int]()))
    low = number - 0xF000 if 0xF000 <= number < 0xF100 else number
    return _SYMBOL_EMPTY if low in empty else _SYMBOL_TICKED if low in ticked else chr(number)


def _field_char(mark: ET.Element, inline: _Inline) -> None:
    kind = mark.get(W + "fldCharType")
    if kind == "begin":
        data = mark.find(W + "ffData")
        inline.fields.append("code" if data is None else "form code")
        if data is not None:
            inline.widgets.append(form_field(data))
            inline.chars.append(TICK_WIDGET if inline.widgets[-1].kind == "checkbox" else WIDGET)
    elif kind == "separate" and inline.fields:
        inline.fields[-1] = {"code": "result", "form code": "form result"}.get(inline.fields[-1], inline.fields[-1])
    elif kind == "end" and inline.fields:
        inline.fields.pop()


def _segments(raw: str, widgets: list[Widget]) -> Iterator[Segment]:
    """A paragraph's text, cut into print, gaps, boxes and widgets."""
    rest = iter(widgets)
    for chunk in re.split(f"([{WIDGET}{TICK_WIDGET}])", raw):
        if chunk in (WIDGET, TICK_WIDGET):
            yield Segment("widget", chunk, next(rest))
            continue
        end = 0
        for match in _GAP.finditer(chunk):
            found = match.group()
            if set(found) == {_SPACE_MARK} and len(found) < 3:
                continue
            if match.start() > end:
                yield Segment("print", _plain(chunk[end : match.start()]))
            yield Segment("gap" if found[0] in f"_{_SPACE_MARK}{_TAB_MARK}" else "box", _plain(found))
            end = match.end()
        if end < len(chunk):
            yield Segment("print", _plain(chunk[end:]))


def _plain(raw: str) -> str:
    return raw.replace(_SPACE_MARK, " ").replace(_TAB_MARK, "\t")


def _span(cell: ET.Element) -> int:
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    value = "1" if span is None else span.get(W + "val", "1")
    return int(value) if value.isdecimal() else 1
