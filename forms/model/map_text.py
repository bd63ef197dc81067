"""Form maps, written from the same places that the page and its fields are made of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from acroform import Kind, Spot


@dataclass(frozen=True)
class Meaning:
    """What a form map says of a place: ``value`` or ``leave`` is its concept, the other is None.

    ``label`` is the print beside it, ``party`` the heading of its group.
    """

    party: str
    label: str
    value: str | None = None
    leave: str | None = None
    format: str | None = None
    when: str | None = None
    required: bool = False


#: An entry of a map: what, where (lines of YAML), the kind of place, further lines.
Entry = tuple[Meaning, list[str], Kind, list[str]]


@dataclass(frozen=True)
class Control:
    """A content control of a Word document; ``nth`` counts those with the same tag from 1."""

    tag: str
    kind: Kind
    meaning: Meaning
    nth: int = 1
    option: str | None = None


@dataclass(frozen=True)
class Heading:
    """The head of a map."""

    form: str
    title: str
    language: str
    instrument: str
    file: str
    sha256: str
    form_number: str
    edition: str
    notes: str


def field_map(heading: Heading, places: Sequence[tuple[Spot, Meaning]], blank: bytes, min_size_pt: float | None) -> str:
    """The map of a fillable PDF: places by field name, each once, however many widgets its field has."""
    first = {(spot.name, spot.option): (spot, meaning) for spot, meaning in reversed(places)}
    each = list(dict.fromkeys(first[spot.name, spot.option] for spot, _ in places))
    targets = [{"field": spot.name} | ({"option": spot.option} if spot.kind == "radio" else {}) for spot, _ in each]
    labels, pages = _witnesses(heading, [meaning.label for _, meaning in each], targets, blank)
    entries: list[Entry] = []
    for (spot, meaning), target, label in zip(each, targets, labels, strict=True):
        where = [f"{key}: {json.dumps(value)}" for key, value in target.items()]
        small = min_size_pt is not None and meaning.value is not None and spot.kind == "text"
        entries.append((meaning, where + label, spot.kind, [f"min_size: {min_size_pt:g}"] if small else []))
    return _map(heading, entries, pages)


def box_map(heading: Heading, places: Sequence[tuple[Spot, Meaning]], page: bytes) -> str:
    """The map of a PDF without fields: places by box, with their label and where it is printed."""
    boxes = [(spot.x, spot.y, spot.x + spot.width, spot.y + spot.height) for spot, _ in places]
    targets = [{"page": spot.page, "box": box} for (spot, _), box in zip(places, boxes, strict=True)]
    labels, pages = _witnesses(heading, [meaning.label for _, meaning in places], targets, page)
    entries: list[Entry] = []
    for (spot, meaning), box, label in zip(places, boxes, labels, strict=True):
        if not label:
            raise SystemExit(f"{heading.form}: {meaning.label!r} is not printed beside its place on page {spot.page}")
        where = [f"page: {spot.page}", f"box: {_box(*box)}"]
        entries.append((meaning, where + label, spot.kind, []))
    return _map(heading, entries, pages)


def _witnesses(
    heading: Heading, labels: Sequence[str], targets: Sequence[Mapping[str, object]], pdf: bytes
) -> tuple[list[list[str]], str]:
    """For each target its lines ``label:`` and ``at:``, or none where that is not printed beside it; and ``pages:``."""
    from formfill.model.form_map import Blank, FormMap, Place
    from formfill.pdf.compiled import compiled_form
    from formfill.witness import witnessed

    fields = tuple(
        Place.model_validate({"leave": "other", "label": label, **target})
        for label, target in zip(labels, targets, strict=True)
    )
    blank = Blank(file=heading.file, sha256=heading.sha256)
    form_map = FormMap(form=heading.form, title=heading.title, provider="model", blank=blank, fields=fields)
    seen = witnessed(form_map, compiled_form(pdf))
    lines = [
        [f"label: {json.dumps(place.label, ensure_ascii=False)}", f"at: {_box(*place.at)}"] if place.at else []
        for place in seen.fields
    ]
    return lines, f"  pages: [{', '.join(_box(*size) for size in seen.blank.pages or ())}]"


def control_map(heading: Heading, controls: Sequence[Control]) -> str:
    """The map of a Word document: places by the tag of their content control."""
    entries: list[Entry] = []
    times = Counter(control.tag for control in controls)
    for control in controls:
        target = [f"control: {control.tag}"] + ([f"nth: {control.nth}"] if times[control.tag] > 1 else [])
        extra = [f"option: {json.dumps(control.option)}"] if control.option else []
        target.append(f"label: {json.dumps(control.meaning.label, ensure_ascii=False)}")
        entries.append((control.meaning, target, control.kind, extra))
    return _map(heading, entries)


def _map(heading: Heading, entries: Iterable[Entry], *blank: str) -> str:
    lines = [
        "# Written by forms/model/make.py: change the form's source there, and make it again.",
        f"form: {heading.form}",
        f"title: {json.dumps(heading.title, ensure_ascii=False)}",
        "provider: model",
        f"language: {heading.language}",
        f"instrument: {heading.instrument}",
        "blank:",
        f"  file: {heading.file}",
        f"  sha256: {heading.sha256}",
        f"  edition: {json.dumps(heading.edition)}",
        *blank,
        f"form_number: {heading.form_number}",
        f"notes: {json.dumps(heading.notes)}",
        "",
        "fields:",
    ]
    party = ""
    for meaning, target, kind, extra in entries:
        if meaning.party != party:
            lines += [""] * bool(party) + [f"  # {meaning.party}"]
            party = meaning.party
        entry = [f"value: {meaning.value}" if meaning.value else f"leave: {meaning.leave}", *target]
        entry += ["kind: initials"] if kind == "initials" else []
        entry += [f"format: {meaning.format}"] if meaning.format else []
        entry += [f"when: {meaning.when}"] if meaning.when else []
        entry += ["required: true"] if meaning.required else []
        first, *rest = entry + extra
        lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def _box(*numbers: float) -> str:
    return f"[{', '.join(f'{number:.1f}' for number in numbers)}]"
