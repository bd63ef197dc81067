"""How a run of a DOCX is set: font, size, weight and underline, through the cascade of styles.

ISO 29500-1, 17.7.2: document defaults, then the paragraph's style and those it is based on, then the run's character
style, then the run's own properties. Limit: table styles, which seldom set fonts, are not followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from formfill.fill.docx_metrics import char_width, text_width
from formfill.fill.docx_package import Element, Package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_OFF = ("0", "false", "off", "none")
TWIPS_PER_POINT = 20


@dataclass(frozen=True, slots=True)
class RunFormat:
    """What matters for the width of a text."""

    font: str
    size_pt: float
    bold: bool = False
    underlined: bool = False
    caps: bool = False

    def width(self, text: str, size_pt: float | None = None) -> float:
        """The width of ``text`` in points, at this format's size or another."""
        return text_width(text.upper() if self.caps else text, self.font, size_pt or self.size_pt, self.bold)

    def char(self, char: str) -> float:
        return char_width(char.upper()[0] if self.caps else char, self.font, self.size_pt, self.bold)


def is_on(parent: Element | None, tag: str) -> bool | None:
    """A toggle property: None where it is not set, else whether it is on (an absent w:val means on)."""
    found = None if parent is None else parent.find(W + tag)
    return None if found is None else str(found.get(W + "val", "1")).lower() not in _OFF


class Styles:
    """The styles, theme fonts and defaults of one document."""

    def __init__(self, package: Package) -> None:
        self._by_id: dict[str, Element] = {}
        self._defaults: Element | None = None
        self._default_paragraph_style: str | None = None
        for name in package.related("styles"):
            root = package.tree(name)
            self._defaults = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
            for style in root.iter(W + "style"):
                self._by_id[style.get(W + "styleId", "")] = style
                if style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true"):
                    self._default_paragraph_style = style.get(W + "styleId")
        self._theme = {
            kind: font.get("typeface", "")
            for name in package.related("theme")
            for kind in ("major", "minor")
            for font in package.tree(name).iterfind(f".//{_A}{kind}Font/{_A}latin")
        }
        self.default_tab_pt = 36.0
        for name in package.related("settings"):
            stop = package.tree(name).find(W + "defaultTabStop")
            if stop is not None:
                self.default_tab_pt = max(twips(stop.get(W + "val")), 4.0)
        self._cache: dict[Any, RunFormat] = {}

    def of(self, properties: Element | None, paragraph: Element) -> RunFormat:
        """The format of a run with these w:rPr (None for none) in ``paragraph``."""
        own = paragraph.find(f"{W}pPr/{W}pStyle")
        style = self._default_paragraph_style if own is None else own.get(W + "val")
        key = (style, b"" if properties is None else _canonical(properties))
        if key not in self._cache:
            character = None if properties is None else properties.find(W + "rStyle")
            layers = [self._defaults, *self._chain(style, "rPr")]
            if character is not None:
                layers += self._chain(character.get(W + "val"), "rPr")
            self._cache[key] = self._merge([layer for layer in (*layers, properties) if layer is not None])
        return self._cache[key]

    def paragraph_layers(self, paragraph: Element) -> list[Element]:
        """The w:pPr that apply to ``paragraph``, weakest first."""
        own = paragraph.find(W + "pPr")
        style = None if own is None else own.find(W + "pStyle")
        chain = self._chain(self._default_paragraph_style if style is None else style.get(W + "val"), "pPr")
        return chain if own is None else [*chain, own]

    def _chain(self, style_id: str | None, part: str) -> list[Element]:
        found: list[Element] = []
        seen: set[str] = set()
        while style_id and style_id in self._by_id and style_id not in seen:
            seen.add(style_id)
            style = self._by_id[style_id]
            properties = style.find(W + part)
            if properties is not None:
                found.insert(0, properties)
            base = style.find(W + "basedOn")
            style_id = None if base is None else base.get(W + "val")
        return found

    def _merge(self, layers: list[Element]) -> RunFormat:
        # Word's own defaults where a document sets none: Times New Roman, 10 points (17.3.2.26, 17.3.2.38)
        font, half_points, bold, underlined, caps = "Times New Roman", "20", False, False, False
        for layer in layers:
            fonts = layer.find(W + "rFonts")
            if fonts is not None:
                theme = fonts.get(W + "asciiTheme")
                font = (self._theme.get(theme[:5]) if theme else fonts.get(W + "ascii")) or font
            size = layer.find(W + "sz")
            half_points = half_points if size is None else size.get(W + "val", half_points)
            bold = _or(is_on(layer, "b"), bold)
            caps = _or(is_on(layer, "caps"), caps)
            line = layer.find(W + "u")
            if line is not None:
                underlined = line.get(W + "val", "single") != "none"
        return RunFormat(font, _number(half_points, 20) / 2, bold, underlined, caps)


def twips(value: str | None) -> float:
    """A measure of WordprocessingML (twentieths of a point) in points; 0 where it is absent or no number."""
    return _number(value, 0) / TWIPS_PER_POINT


def _number(value: str | None, default: float) -> float:
    try:
        return float(value or default)
    except ValueError:
        return default


def _or(value: bool | None, default: bool) -> bool:
    return default if value is None else value


def _canonical(properties: Element) -> bytes:
    return b"|".join(
        child.tag.encode() + repr(sorted(child.attrib.items())).encode() for child in properties.iterchildren("*")
    )
