"""The properties of the runs that formfill writes: the form's own, and what the value needs besides."""

from __future__ import annotations

import copy
import unicodedata
from itertools import groupby

from lxml import etree

from formfill.errors import FillError
from formfill.fill.docx_format import TWIPS_PER_POINT, W
from formfill.fill.docx_package import Element
from formfill.fill.docx_text import Piece

#: CT_RPr is a sequence (17.3.2.28): Word may call a file damaged whose properties stand in another order.
_ORDER = [
    "rStyle",
    "rFonts",
    "b",
    "bCs",
    "i",
    "iCs",
    "caps",
    "smallCaps",
    "strike",
    "dstrike",
    "outline",
    "shadow",
    "emboss",
    "imprint",
    "noProof",
    "snapToGrid",
    "vanish",
    "webHidden",
    "color",
    "spacing",
    "w",
    "kern",
    "position",
    "sz",
    "szCs",
    "highlight",
    "u",
    "effect",
    "bdr",
    "shd",
    "fitText",
    "vertAlign",
    "rtl",
    "cs",
    "em",
    "lang",
    "eastAsianLayout",
    "specVanish",
    "oMath",
]
_RANK = {W + tag: rank for rank, tag in enumerate(_ORDER)}
#: Has Arabic and Hebrew on every machine with Word; LibreOffice substitutes for it where it is missing.
_RTL_FONT = "Arial"
NO_BREAK_SPACE = "\u00a0"


def set_property(properties: Element, tag: str, **attributes: str) -> Element:
    """Set one property of a w:rPr, at its place in the sequence, with these attributes of the w: namespace."""
    found = properties.find(W + tag)
    if found is None:
        found = etree.Element(W + tag)
        rank = _RANK[W + tag]
        later = next((child for child in properties if _RANK.get(child.tag, 99) > rank), None)
        if later is None:
            properties.append(found)
        else:
            later.addprevious(found)
    for name, value in attributes.items():
        found.set(W + name, value)
    return found


def run_properties(donor: Element | None) -> Element:
    """A w:rPr of its own, like ``donor``: a w:rPr of a run, of a paragraph mark, or none."""
    properties = etree.Element(W + "rPr") if donor is None else copy.deepcopy(donor)
    for child in list(properties):
        # a paragraph mark's w:rPr may also tell of tracked changes, which are no property of a run
        if child.tag not in _RANK:
            properties.remove(child)
    return properties


def without(properties: Element, *tags: str) -> Element:
    for tag in tags:
        for child in properties.findall(W + tag):
            properties.remove(child)
    return properties


def underlined(properties: Element) -> Element:
    found = properties.find(W + "u")
    if found is None or found.get(W + "val") == "none":
        set_property(properties, "u", val="single")
    return properties


def sized(properties: Element, size_pt: float) -> Element:
    half_points = str(round(size_pt * 2))
    set_property(properties, "sz", val=half_points)
    set_property(properties, "szCs", val=half_points)
    return properties


def spaced(properties: Element, extra_pt: float) -> Element:
    """Add ``extra_pt`` points after each character of the run."""
    set_property(properties, "spacing", val=str(round(extra_pt * TWIPS_PER_POINT)))
    return properties


def value_pieces(text: str, properties: Element, where: str) -> list[Piece]:
    """The runs that say ``text``: one, or where it mixes directions one for each stretch.

    Word chooses font, size and weight of Arabic and Hebrew by the complex-script properties, and only in a run that is
    marked w:rtl (17.3.2.30); without them the name stands in another size, its marks in the wrong order.

    Raises: FillError, for a character that XML cannot hold.
    """
    if any(ord(char) < 0x20 and char not in "\t\n" for char in text) or "\ufffe" in text or "\uffff" in text:
        raise FillError(f"{where}: the value holds a control character, which a DOCX cannot. Type it anew")
    pieces: list[Piece] = []
    for rtl, chars in groupby(zip(text, _directions(text), strict=True), key=lambda pair: pair[1]):
        own = copy.deepcopy(properties)
        if rtl:
            fonts = set_property(own, "rFonts", cs=_RTL_FONT)
            fonts.attrib.pop(W + "cstheme", None)
            for tag in ("b", "i"):
                toggle = own.find(W + tag)
                if toggle is not None:
                    set_property(own, tag + "Cs", val=toggle.get(W + "val", "1"))
            size = own.find(W + "sz")
            if size is not None:
                set_property(own, "szCs", val=size.get(W + "val"))
            set_property(own, "rtl")
        pieces.append(Piece("".join(char for char, _ in chars), own))
    return pieces


def _directions(text: str) -> list[bool]:
    """For each character whether it belongs to a right-to-left stretch; a neutral one does between two such."""
    strong = [unicodedata.bidirectional(char) for char in text]
    rtl = [kind in ("R", "AL", "AN") for kind in strong]
    index = 0
    while index < len(text):
        if strong[index] in ("R", "AL", "AN", "L", "EN"):
            index += 1
            continue
        end = index
        while end < len(text) and strong[end] not in ("R", "AL", "AN", "L", "EN"):
            end += 1
        if index and end < len(text) and rtl[index - 1] and rtl[end]:
            rtl[index:end] = [True] * (end - index)
        # a combining mark stays with its letter
        elif index and rtl[index - 1] and strong[index] == "NSM":
            rtl[index] = True
        index = end
    return rtl
