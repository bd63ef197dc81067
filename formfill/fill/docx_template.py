"""Rendering a DOCX with template tags (``{{ patient.full_name }}``) through docxtpl.

A tag names a concept of the vocabulary, or the ``control:`` of a place of the map. Values are escaped, so that
"Smith & Sons <MD>" stands as it is; names are checked before anything is rendered; expressions run in Jinja2's sandbox.

Limits: tags that insert raw XML (``{{r …}}`` and its like) are refused, since values are texts.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, Protocol

from formfill.errors import FormMapError
from formfill.fill.base import Filled, Filling
from formfill.fill.docx_package import open_package
from formfill.model.form_map import CONCEPT, FormMap
from formfill.model.vocabulary import vocabulary

_RAW_TAG = re.compile(r"\{\{\s?(r|p|tr|tc)\s")
_ELEMENT = re.compile(r"<[^>]*>")
_BY_HAND = ("signature", "initials", "staff")


class ConceptValues(Protocol):
    """What a template asks for the values of concepts."""

    def text(self, concept: str) -> str | None: ...

    def flag(self, concept: str) -> bool: ...


class _Text(str):
    """A value that may have parts of its own: ``patient.birth_date`` and ``patient.birth_date.year``."""


def render_template(
    blank: bytes, form_map: FormMap, fillings: Sequence[Filling], values: ConceptValues | None = None
) -> Filled:
    """Fill the tags of a template.

    Raises: FormMapError, for a tag that names no concept and no place of the map, or that is no valid Jinja2.
    """
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError

    package = open_package(blank)
    environment = _environment()
    given = _given(fillings)
    template = DocxTemplate(io.BytesIO(blank))
    try:
        names: set[str] = set()
        for source in _sources(template, form_map):
            names |= _names(environment, source)
        template = DocxTemplate(io.BytesIO(blank))
        context = _context({name: _value(name, given, values, form_map) for name in sorted(names)})
        template.render(context, environment, autoescape=True)
    except TemplateError as exc:
        # only its class: a message of Jinja2 may quote a value
        raise FormMapError(f"{form_map.blank.file}: a template tag cannot be read ({type(exc).__name__})") from None
    out = io.BytesIO()
    template.save(out)
    rendered = open_package(out.getvalue())
    for part in package.stories():
        # docxtpl writes the whole package anew; only the text of it is wanted
        package.replace(part, rendered.parts[part])
    return Filled(package.save(), suffix=".docx")


def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.globals.clear()
    return environment


def _sources(template: Any, form_map: FormMap) -> list[str]:
    """The Jinja2 source of the body, headers and footers, as docxtpl makes it of their XML.

    Raises: FormMapError for a tag that inserts raw XML.
    """
    template.init_docx()
    parts = [template.get_xml()]
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        parts += [template.get_part_xml(part) for _, part in template.get_headers_footers(uri)]
    for xml in parts:
        raw = _RAW_TAG.search(_ELEMENT.sub("", xml))
        if raw:
            tag = raw.group().strip()
            raise FormMapError(f"{form_map.blank.file}: the tag {tag!r} inserts raw XML. Write {{{{ name }}}}")
    return [template.patch_xml(xml) for xml in parts]


def _names(environment: Any, source: str) -> set[str]:
    """The dotted names that a template asks for."""
    from jinja2 import meta, nodes

    tree = environment.parse(source)
    free = meta.find_undeclared_variables(tree)
    inner: set[int] = set()
    names: set[str] = set()
    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Name)):
        if id(node) in inner:
            continue
        path, at = [], node
        while isinstance(at, nodes.Getattr):
            path.append(at.attr)
            at = at.node
            inner.add(id(at))
        if isinstance(at, nodes.Name) and at.name in free:
            names.add(".".join([at.name, *reversed(path)]))
    return names


def _given(fillings: Sequence[Filling]) -> dict[str, str | bool]:
    given: dict[str, str | bool] = {}
    for filling in fillings:
        value: str | bool = filling.text
        if filling.action in ("tick", "untick"):
            value = filling.action == "tick"
        elif filling.action == "choose":
            value = filling.option or filling.place.choose or ""
        elif filling.action == "leave":
            value = ""
        name = filling.place.control or filling.concept
        if name:
            given[name] = value
    return given


def _value(name: str, given: dict[str, str | bool], values: ConceptValues | None, form_map: FormMap) -> str | bool:
    if name in given:
        return given[name]
    if values is not None and CONCEPT.fullmatch(name) and name in vocabulary().concepts:
        kind = vocabulary().concepts[name].kind
        if kind in _BY_HAND:
            return ""
        return values.flag(name) if kind == "check" else values.text(name) or ""
    raise FormMapError(
        f"{form_map.blank.file}: the template tag {name!r} names no concept. Correct the tag, or give the map a place "
        f"with control: {name}"
    )


def _context(flat: dict[str, str | bool]) -> dict[str, Any]:
    """dict[dotted name, value] as the nested names that Jinja2 walks."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        branch: Any = tree
        for part in path:
            branch = _child(branch, part)
        leaf = _Text(value) if isinstance(value, str) else value
        if isinstance(branch, dict):
            branch[last] = leaf
        else:
            setattr(branch, last, leaf)
    return tree


def _child(branch: Any, part: str) -> Any:
    if isinstance(branch, dict):
        return branch.setdefault(part, {})
    if not hasattr(branch, part):
        setattr(branch, part, _Text())
    return getattr(branch, part)
