"""The text of a DOCX as a person reads it, with the element that each character comes from.

Word cuts a line into runs at will ("P", "atient", " N", "ame"), so labels are looked for in the joined text of a
paragraph, and an edit is made on a range of its characters. What a person fills by a control of Word (a content
control, a legacy form field) counts as one character that owns the control.

Limits: tracked deletions are not read; equations and pictures have no text; a field whose code starts in one paragraph
and ends in another is read as if its code were text-less.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from formfill.fill.docx_format import W
from formfill.fill.docx_package import Element

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

#: Stands for a control that a text goes into
OBJECT = "\ufffc"
#: Stands for a control that is ticked
BOX = "\u2610"

#: In a text to be written; Word keeps it as an element of its own, which every font can show
NO_BREAK_HYPHEN = "\u2011"

#: What holds runs within a paragraph; everything else there has no text of its own.
_CONTAINERS = frozenset(
    W + tag for tag in ("ins", "moveTo", "hyperlink", "smartTag", "fldSimple", "customXml", "dir", "bdo")
)
_SINGLE = {W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_ELEMENTS = {"\n": W + "br", "\t": W + "tab", NO_BREAK_HYPHEN: W + "noBreakHyphen"}
_TEXT_CONTROLS = ("text", "date", "dropDownList", "comboBox")


@dataclass(frozen=True, slots=True)
class Atom:
    """One character of a paragraph: the element it stands in, and where in the element's text."""

    char: str
    element: Element
    index: int
    run: Element | None
    owner: Element | None = None
    """The w:sdt or w:fldChar that a person fills here."""


def control_kind(sdt: Element) -> str:
    """What a content control takes: checkbox, date, dropDownList, comboBox, text, rich, or group (holds a form)."""
    properties = sdt.find(W + "sdtPr")
    if properties is None:
        return "group"
    if properties.find(W14 + "checkbox") is not None:
        return "checkbox"
    for kind in _TEXT_CONTROLS:
        if properties.find(W + kind) is not None:
            return kind
    if properties.find(W + "picture") is not None or properties.find(W + "docPartList") is not None:
        return "group"
    # a rich text control with a name or a prompt is for one value; without, authors wrap whole sections in it
    named = any(properties.find(W + tag) is not None for tag in ("tag", "alias", "showingPlcHdr"))
    return "rich" if named and sum(1 for _ in sdt.iter(W + "p")) <= 1 else "group"


def read_atoms(paragraph: Element) -> list[Atom]:
    """The characters of a paragraph in reading order."""
    block = next((a for a in paragraph.iterancestors(W + "sdt") if control_kind(a) != "group"), None)
    if block is not None:
        first = next(block.iter(W + "p")) is paragraph
        return [Atom(BOX if control_kind(block) == "checkbox" else OBJECT, block, 0, None, block)] if first else []
    atoms: list[Atom] = []
    _walk(paragraph, atoms, [])
    return atoms


def _walk(parent: Element, atoms: list[Atom], fields: list[tuple[str, Element]]) -> None:
    """Collect atoms; ``fields`` is the stack of open complex fields: (code, result or form; its w:fldChar)."""
    for child in parent.iterchildren("*"):
        if child.tag == W + "r":
            _read_run(child, atoms, fields)
        elif child.tag == W + "sdt":
            kind = control_kind(child)
            if kind != "group":
                atoms.append(Atom(BOX if kind == "checkbox" else OBJECT, child, 0, None, child))
            else:
                for content in child.iterchildren(W + "sdtContent"):
                    _walk(content, atoms, fields)
        elif child.tag in _CONTAINERS:
            _walk(child, atoms, fields)
        elif child.tag == MC + "AlternateContent":
            for choice in child.iterchildren(MC + "Choice"):
                _walk(choice, atoms, fields)
                break


def _read_run(run: Element, atoms: list[Atom], fields: list[tuple[str, Element]]) -> None:
    for child in run.iterchildren("*"):
        if child.tag == W + "fldChar":
            _read_field_char(child, run, atoms, fields)
        elif any(state != "result" for state, _ in fields):
            continue
        elif child.tag == W + "t":
            atoms.extend(Atom(char, child, index, run) for index, char in enumerate(child.text or ""))
        elif child.tag == W + "sym":
            atoms.append(Atom(_sym_char(child), child, 0, run))
        elif child.tag in _SINGLE:
            atoms.append(Atom(_SINGLE[child.tag], child, 0, run))


def _read_field_char(mark: Element, run: Element, atoms: list[Atom], fields: list[tuple[str, Element]]) -> None:
    kind = mark.get(W + "fldCharType")
    if kind == "begin":
        data = mark.find(W + "ffData")
        fields.append(("code" if data is None else "form", mark))
        if data is not None:
            atoms.append(Atom(BOX if data.find(W + "checkBox") is not None else OBJECT, mark, 0, run, mark))
    elif kind == "separate" and fields and fields[-1][0] == "code":
        fields[-1] = ("result", fields[-1][1])
    elif kind == "end" and fields:
        fields.pop()


def _sym_char(sym: Element) -> str:
    """A w:sym as a private-use character U+F0xx, as Word itself writes symbol fonts (17.3.3.30)."""
    try:
        code = int(sym.get(W + "char") or "", 16)
    except ValueError:
        code = 0xFFFD
    return chr(0xF000 + code if code < 0x100 else code)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run to be written: its text, and the w:rPr it gets (a new element, owned by the run)."""

    text: str
    properties: Element | None


def make_run(piece: Piece) -> Element:
    """A w:r for a piece; line feeds become w:br, tabs w:tab."""
    run = etree.Element(W + "r")
    if piece.properties is not None:
        run.append(piece.properties)
    for chunk in re.split(f"([\n\t{NO_BREAK_HYPHEN}])", piece.text):
        if chunk in _ELEMENTS:
            etree.SubElement(run, _ELEMENTS[chunk])
        elif chunk:
            text = etree.SubElement(run, W + "t")
            text.text = chunk
            text.set(XML_SPACE, "preserve")
    return run


def replace_range(paragraph: Element, start: int, end: int, pieces: Sequence[Piece]) -> None:
    """Put ``pieces`` where the characters ``start``..``end`` of ``paragraph`` stand, which go."""
    atoms = read_atoms(paragraph)
    if start < len(atoms):
        anchor = _split_before(atoms[start])
        place = list(anchor.getparent()).index(anchor)
        parent = anchor.getparent()
    elif atoms and atoms[-1].run is not None:
        parent = atoms[-1].run.getparent()
        place = list(parent).index(atoms[-1].run) + 1
    else:
        parent, place = paragraph, len(paragraph)
    for offset, piece in enumerate(pieces):
        parent.insert(place + offset, make_run(piece))
    shift = sum(len(piece.text) for piece in pieces)
    for atom in reversed(read_atoms(paragraph)[start + shift : end + shift]):
        _delete(atom)


def _split_before(atom: Atom) -> Element:
    """Make ``atom`` the first of its run; return that run."""
    run = atom.run
    if run is None:
        return atom.element
    head = etree.Element(W + "r", dict(run.attrib))
    properties = run.find(W + "rPr")
    if properties is not None:
        head.append(copy.deepcopy(properties))
    for child in list(run):
        if child.tag == W + "rPr":
            continue
        if child is not atom.element:
            head.append(child)
            continue
        if atom.index:
            text = child.text or ""
            before = etree.SubElement(head, W + "t")
            before.text, child.text = text[: atom.index], text[atom.index :]
            before.set(XML_SPACE, "preserve")
            child.set(XML_SPACE, "preserve")
        break
    if len(head) > (0 if properties is None else 1):
        run.addprevious(head)
    return run


def _delete(atom: Atom) -> None:
    element, run = atom.element, atom.run
    if element.tag == W + "t":
        text = element.text or ""
        element.text = text[: atom.index] + text[atom.index + 1 :]
        element.set(XML_SPACE, "preserve")
        if element.text:
            return
    element.getparent().remove(element)
    if run is not None and all(child.tag == W + "rPr" for child in run):
        run.getparent().remove(run)


def twins(element: Element) -> Iterator[Element]:
    """``element``, then its copy in the fallback that Word keeps of a text box for older readers (17.17.3)."""
    yield element
    choice = next(iter(element.iterancestors(MC + "Choice")), None)
    if choice is None:
        return
    originals = list(choice.iter(element.tag))
    for fallback in choice.itersiblings(MC + "Fallback"):
        copies = list(fallback.iter(element.tag))
        if len(copies) == len(originals):
            yield copies[originals.index(element)]
