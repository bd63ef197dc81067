"""A form map as YAML, the way a person would write it: keys in one order, boxes on one line, comments above places.

What is written loads to an equal map again.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from formfill.model.form_map import Blank, FormMap, Piece, Place

_WIDTH = 116
#: Plain YAML that every reader takes for this very text.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./,()'+&-]*(?: [A-Za-z0-9_./,()'+&-]+)*")
#: Words that readers of older YAML take for a truth value or for nothing.
_NO_TEXT = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"))
_HEX = re.compile(r"[0-9a-f]{64}")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_DEFAULTS = {"nth": 1, "min_size": 7.0}
_ORDER = (
    *("value", "choose", "leave", "kind", "field", "widget", "option", "page", "box", "boxes", "pieces"),
    *("control", "text_field", "after", "tick", "nth", "label", "at", "when", "format", "align", "size", "min_size"),
    *("comb", "mark", "required", "note", "confidence"),
)


def map_text(
    form_map: FormMap,
    comments: Mapping[int, str] = {},
    header: str = "",
    *,
    sections: Mapping[int, str] = {},
    footer: str = "",
) -> str:
    """``form_map`` as YAML.

    ``comments``, dict[index in ``fields``, text], are written above their places, ``sections`` above those, after an
    empty line; ``header`` stands at the top of the file and ``footer`` at its end. All are plain text, wrapped and
    marked as comments here; an empty line in them parts paragraphs.
    """
    lines = [*comment_lines(header), *_head(form_map)]
    if form_map.fields:
        lines.append("fields:")
    else:
        lines.append("fields: []")
    for i, place in enumerate(form_map.fields):
        if sections.get(i):
            lines += ["", *comment_lines(sections[i], "  ")]
        lines += comment_lines(comments.get(i, ""), "  ")
        lines += place_lines(place)
    if footer:
        lines += ["", *comment_lines(footer)]
    return "\n".join(lines) + "\n"


def comment_lines(text: str, indent: str = "") -> list[str]:
    """``text`` as YAML comments, each line of it wrapped."""
    lines = []
    for paragraph in text.splitlines():
        lead = paragraph[: len(paragraph) - len(paragraph.lstrip(" "))]
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in paragraph.strip())
        width = max(40, _WIDTH - len(indent) - 2)
        lines += textwrap.wrap(
            shown, width, initial_indent=lead, subsequent_indent=lead, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return [f"{indent}# {line}".rstrip() for line in lines]


def place_lines(place: Place) -> list[str]:
    """One place as an item of ``fields``, in the fixed order of keys."""
    keys = [(key, getattr(place, key)) for key in _ORDER]
    written = [(key, value) for key, value in keys if value is not None and value != _DEFAULTS.get(key)]
    lines = [line for key, value in written for line in _entry(key, value)]
    return [f"  {'- ' if i == 0 else '  '}{line}" for i, line in enumerate(lines)]


def _head(form_map: FormMap) -> Iterator[str]:
    yield from _entry("form", form_map.form)
    yield from _entry("title", form_map.title)
    yield from _optional(form_map, ("form_number",))
    yield from _entry("provider", form_map.provider)
    yield from _entry("language", form_map.language)
    yield from _entry("instrument", form_map.instrument)
    yield from _optional(form_map, ("superseded_by",))
    if form_map.template:
        yield "template: true"
    yield "blank:"
    yield from (f"  {line}" for line in _blank(form_map.blank))
    if form_map.releases_without_mark:
        yield from _wrapped_list("releases_without_mark", form_map.releases_without_mark)
    yield from _optional(form_map, ("notes",))


def _blank(blank: Blank) -> Iterator[str]:
    yield from _entry("file", blank.file)
    yield from _entry("sha256", blank.sha256)
    yield from _optional(blank, ("source", "edition"))
    if blank.pages is not None:
        yield f"pages: [{', '.join(_numbers(size) for size in blank.pages)}]"


def _optional(model: FormMap | Blank, keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        if (value := getattr(model, key)) is not None:
            yield from _entry(key, value)


def _wrapped_list(key: str, items: Sequence[str]) -> Iterator[str]:
    line = f"{key}: [{', '.join(_text(item) for item in items)}]"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"{key}:"
    yield from (f"  - {_text(item)}" for item in items)


def _entry(key: str, value: object) -> list[str]:
    if isinstance(value, str):
        return _text_entry(key, value)
    if isinstance(value, bool):
        return [f"{key}: {str(value).lower()}"]
    if isinstance(value, tuple) and isinstance(value[0], Piece):
        return [f"{key}:", *(f"  - {_piece(piece)}" for piece in value)]
    if isinstance(value, tuple) and isinstance(value[0], tuple):
        return [f"{key}:", *(f"  - {_numbers(box)}" for box in value)]
    if isinstance(value, tuple):
        return [f"{key}: {_numbers(value)}"]
    return [f"{key}: {value:g}"] if isinstance(value, float) and float(f"{value:g}") == value else [f"{key}: {value!r}"]


def _piece(piece: Piece) -> str:
    parts = [f"part: {piece.part}"]
    if piece.field is not None:
        parts.append(f"field: {_quoted(piece.field)}")
    if piece.page is not None:
        parts.append(f"page: {piece.page}")
    if piece.box is not None:
        parts.append(f"box: {_numbers(piece.box)}")
    return "{" + ", ".join(parts) + "}"


def _numbers(values: Sequence[float]) -> str:
    return "[" + ", ".join(_point(value) for value in values) + "]"


def _point(value: float) -> str:
    """One decimal, which is less than a printer shows; more only where a person wrote more."""
    short = f"{value:.1f}"
    return short if float(short) == value else repr(float(value))


def _text_entry(key: str, text: str) -> list[str]:
    # what is printed is quoted even where it need not be: it shows at a glance what a map says and what a form says
    line = f"{key}: {_quoted(text) if key in ('label', 'at', 'note', 'edition', 'notes') else _text(text)}"
    foldable = key in ("note", "notes", "value", "when") and text == " ".join(text.split()) and text.isprintable()
    if len(line) <= _WIDTH - 4 or not foldable:
        return [line]
    wrapped = textwrap.wrap(text, _WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return [f"{key}: >-", *(f"  {part}" for part in wrapped)]


def _text(text: str) -> str:
    plain = _HEX.fullmatch(text) or (_PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT)
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escaped(c)) for c in text) + '"'


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
