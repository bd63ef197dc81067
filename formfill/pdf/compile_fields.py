"""Reads the interactive form of a blank: fields, widgets, and the fonts they may print with (ISO 32000-2, 12.7)."""

from __future__ import annotations

import re
from typing import Any

import pikepdf

from formfill.pdf.compiled import Field, FieldKind, Widget
from formfill.pdf.faces import SimpleFont
from formfill.pdf.fonts import usable_font
from formfill.pdf.serialise import Serialiser, inherited, key_bytes

#: More than any form has; a file with more is an attack or a mistake.
MAX_FIELDS = 20_000

_FONT = re.compile(r"/(\S+)\s+(-?[\d.]+)\s+Tf")
_RADIO = 1 << 15
_PUSHBUTTON = 1 << 16
_VALUE_KEYS = ("/V", "/Ff", "/I", "/RV", "/DV")


class FieldReader:
    """Walks one file's fields. ``fonts`` fills with those found usable, by resource reference."""

    def __init__(self, pdf: pikepdf.Pdf, serialiser: Serialiser) -> None:
        self._pdf = pdf
        self._serialiser = serialiser
        self._form = pdf.Root.get("/AcroForm")
        self._page_of = self._pages_by_widget()
        self._seen: set[tuple[int, int]] = set()
        self.fonts: dict[str, SimpleFont] = {}

    def read(self) -> list[Field]:
        """Terminal fields with the widgets that stand on a page, in the order of the field tree."""
        found: list[Field] = []
        roots: Any = self._form.get("/Fields", ()) if self._form is not None else ()
        for node in roots:
            self._walk(node, "", found)
        # widgets that no field tree names: viewers show them all the same
        for page in self._pdf.pages:
            for node in page.obj.get("/Annots", []):
                if not isinstance(node, pikepdf.Dictionary) or node.get("/Subtype") != "/Widget":
                    continue
                if node.objgen not in self._seen:
                    top: Any = node
                    while top.get("/T") is None and top.get("/Parent") is not None and top.objgen not in self._seen:
                        self._seen.add(top.objgen)
                        top = top.Parent
                    self._seen.discard(top.objgen)
                    self._walk(top, _path_above(top), found)
        return found

    def _pages_by_widget(self) -> dict[tuple[int, int], int]:
        places: dict[tuple[int, int], int] = {}
        for index, page in enumerate(self._pdf.pages):
            for node in page.obj.get("/Annots", []):
                if isinstance(node, pikepdf.Dictionary):
                    places.setdefault(node.objgen, index)
        return places

    def _walk(self, node: Any, prefix: str, found: list[Field]) -> None:
        if not isinstance(node, pikepdf.Dictionary) or node.objgen in self._seen or len(found) > MAX_FIELDS:
            return
        self._seen.add(node.objgen)
        partial = node.get("/T")
        name = prefix
        if partial is not None:
            name = f"{prefix}.{_text(partial)}" if prefix else _text(partial)
        kids = [kid for kid in node.get("/Kids", []) if isinstance(kid, pikepdf.Dictionary)]
        if any(kid.get("/T") is not None for kid in kids):
            for kid in kids:
                self._walk(kid, name, found)
            return
        kind = self._kind(node)
        if kind is not None:
            found.append(self._field(node, name, kind, kids))

    @staticmethod
    def _kind(node: Any) -> FieldKind | None:
        kind = inherited(node, "/FT")
        flags = int(inherited(node, "/Ff") or 0)
        if kind == "/Tx":
            return "text"
        if kind == "/Ch":
            return "choice"
        if kind == "/Sig":
            return "signature"
        if kind == "/Btn":
            return "button" if flags & _PUSHBUTTON else "radio" if flags & _RADIO else "check"
        return None

    def _field(self, node: Any, name: str, kind: FieldKind, kids: list[Any]) -> Field:
        obj, gen = node.objgen
        max_len = inherited(node, "/MaxLen")
        field = Field(
            name=name,
            kind=kind,
            obj=obj,
            gen=gen,
            body=self._serialiser.entries(node, obj, gen, skip=(*_VALUE_KEYS, "/AP", "/AS")).encode("latin-1"),
            flags=int(inherited(node, "/Ff") or 0),
            max_len=int(max_len) if max_len is not None and int(max_len) > 0 else None,
            options=[_option(item) for item in inherited(node, "/Opt") or ()],
            tooltip=_text(node.get("/TU", "")),
            value=_value(node),
        )
        for widget in kids or [node]:
            self._seen.add(widget.objgen)
            if widget.objgen in self._page_of and widget.get("/Rect") is not None:
                field.widgets.append(self._widget(widget, merged=not kids))
        return field

    def _widget(self, node: Any, *, merged: bool) -> Widget:
        obj, gen = node.objgen
        a, b, c, d = (float(x) for x in node.Rect)
        mk = node.get("/MK")
        mk = mk if isinstance(mk, pikepdf.Dictionary) else pikepdf.Dictionary()
        font, size, colour = self._default_appearance(node)
        border = node.get("/BS")
        width = float(border.get("/W", 1)) if border is not None else 1.0 if "/BC" in mk else 0.0
        states, drawn = self._states(node)
        skip = ("/AP", "/AS", "/F", *_VALUE_KEYS) if merged else ("/AP", "/AS", "/F")
        ap = node.get("/AP")
        quadding = inherited(node, "/Q")
        if quadding is None and self._form is not None:
            quadding = self._form.get("/Q")
        return Widget(
            obj=obj,
            gen=gen,
            page_index=self._page_of[node.objgen],
            rect=(min(a, c), min(b, d), max(a, c), max(b, d)),
            rotation=int(mk.get("/R", 0)) % 360,
            flags=int(node.get("/F", 0)),
            body=self._serialiser.entries(node, obj, gen, skip=skip).encode("latin-1"),
            ap=self._serialiser.value(ap, obj, gen).encode("latin-1") if ap is not None else b"",
            merged=merged,
            font=font,
            size=size,
            colour=colour.encode(),
            quadding=int(quadding or 0),
            border_width=width,
            border_style=str(border.get("/S", "/S"))[1:] if border is not None else "S",
            border_colour=_colour(mk.get("/BC"), "GRK"),
            background=_colour(mk.get("/BG"), "grk"),
            mark=_text(mk.get("/CA", "")),
            states=states,
            drawn=drawn,
        )

    def _states(self, node: Any) -> tuple[list[str], dict[str, str]]:
        """On-states that the widget can take, and which names have an appearance stream, with its reference."""
        states: list[str] = []
        drawn: dict[str, str] = {}
        ap = node.get("/AP")
        if not isinstance(ap, pikepdf.Dictionary):
            return states, drawn
        for side in ("/N", "/D"):
            faces = ap.get(side)
            if isinstance(faces, pikepdf.Dictionary) and not isinstance(faces, pikepdf.Stream):
                for key in faces.keys():  # noqa: SIM118 (iterating a pikepdf dictionary yields no keys)
                    state = key_bytes(key).decode("latin-1")
                    if state != "Off" and state not in states:
                        states.append(state)
                    if side == "/N" and isinstance(faces[key], pikepdf.Stream):
                        drawn[state] = self._serialiser.value(faces[key], 0, 0)
        return states, drawn

    def _default_appearance(self, node: Any) -> tuple[str, float, str]:
        """The usable font's key ("" where there is none), the size (0: automatic) and the colour operators of /DA."""
        given = inherited(node, "/DA")
        if given is None and self._form is not None:
            given = self._form.get("/DA")
        text = bytes(given).decode("latin-1") if isinstance(given, pikepdf.String) else ""
        found = _FONT.search(text)
        if not found:
            return "", 0.0, "0 g"
        colour = _FONT.sub("", text).strip()
        # only colour operators may follow the font into our stream
        if not re.fullmatch(r"(?:[\d.\s-]+(?:g|rg|k)\s*)+", colour):
            colour = "0 g"
        return self._font(node, found[1]), abs(float(found[2])), colour

    def _font(self, node: Any, name: str) -> str:
        for holder in (inherited(node, "/DR"), self._form.get("/DR") if self._form is not None else None):
            fonts = holder.get("/Font") if isinstance(holder, pikepdf.Dictionary) else None
            font = fonts.get(f"/{name}") if isinstance(fonts, pikepdf.Dictionary) else None
            if isinstance(font, pikepdf.Dictionary):
                reference = self._serialiser.value(font, *node.objgen)
                key = reference if font.is_indirect else f"direct {name}"
                if key not in self.fonts:
                    usable = usable_font(font, reference.encode("latin-1"))
                    if usable is None:
                        return ""
                    self.fonts[key] = usable
                return key
        return ""


def _value(node: Any) -> str:
    value = inherited(node, "/V")
    if isinstance(value, pikepdf.Name):
        return re.sub(r"#([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), value.unparse().decode("latin-1")[1:])
    return _text(value) if isinstance(value, pikepdf.String) else ""


def _path_above(node: Any) -> str:
    parts: list[str] = []
    for _ in range(64):  # a /Parent chain that loops ends here
        node = node.get("/Parent")
        if node is None:
            break
        if node.get("/T") is not None:
            parts.append(_text(node.T))
    return ".".join(reversed(parts))


def _text(value: Any) -> str:
    """A text string; one in no known encoding is read as Latin-1 rather than refused."""
    try:
        return str(value)
    except UnicodeDecodeError:
        return bytes(value).decode("latin-1")


def _option(item: Any) -> tuple[str, str]:
    if isinstance(item, pikepdf.Array) and len(item) >= 2:
        return _text(item[0]), _text(item[1])
    return _text(item), _text(item)


def _colour(value: Any, operators: str) -> bytes:
    """/MK /BC or /BG as an operator; "" where it is transparent. ``operators`` are those for grey, RGB and CMYK."""
    if not isinstance(value, pikepdf.Array) or len(value) not in (1, 3, 4):
        return b""
    letter = {1: operators[0], 3: operators[1], 4: operators[2]}[len(value)]
    operator = {"g": "g", "r": "rg", "k": "k", "G": "G", "R": "RG", "K": "K"}[letter]
    return (" ".join(f"{float(x):.4g}" for x in value) + f" {operator}").encode()
