"""Checks of a map against the form fields of its blank: fields it does not have, forgets, or takes for another kind."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from formfill.draft.check_base import (
    Finding,
    Severity,
    Subject,
    area,
    conditions,
    is_filled,
    is_text,
    is_tick,
    rounded,
    shared,
)
from formfill.draft.check_logic import can_hold
from formfill.model.form_map import Place
from formfill.pdf.compiled import COMBO, EDIT, CompiledForm, Field, Widget
from formfill.pdf.geometry import ShownBox
from formfill.witness import fields_of

_BUTTONS = ("check", "radio")
# annotation and field flags, ISO 32000-2, tables 167 and 227
_UNSEEN = 2 | 32
_READ_ONLY = 1
#: Smaller widgets are leftovers of the editor that made the form: nobody can see or click them.
_LEAST_PT = 2.0


def fields(subject: Subject) -> Iterator[Finding]:
    """What is wrong with the fields that the map names, and those that it forgets."""
    compiled = subject.compiled
    if compiled is None:
        return
    for number, place in subject.places:
        for name in fields_of(place):
            yield from _field(subject, compiled, number, place, name)
    yield from _twice(subject, compiled)
    yield from _forgotten(subject, compiled)


def _field(subject: Subject, compiled: CompiledForm, number: int, place: Place, name: str) -> Iterator[Finding]:
    found = compiled.fields.get(name)
    if not found:
        near = difflib.get_close_matches(name, compiled.fields, 3, 0.5)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        remedy = "write the field's name as formfill form inspect shows it"
        yield subject.at("error", "unknown-field", number, f"the blank has no field {name!r}{hint}", remedy, "field")
        return
    if place.widget is not None and place.widget > max(len(field.widgets) for field in found):
        what = f"widget {place.widget} of a field that has {len(found[0].widgets)}"
        yield subject.at(
            "error", "unknown-option", number, what, "widgets count from 1: formfill form inspect", "widget"
        )
    if not is_filled(place):
        return
    kinds = {field.kind for field in found}
    if is_text(place) and not kinds & {"text", "choice"}:
        signed = kinds == {"signature"}
        code, what = ("signing-filled", "a signature") if signed else ("text-in-check", f"a {found[0].kind}")
        remedy = "write leave: signature.patient" if signed else "map a box, or write kind: check where a text ticks it"
        yield subject.at("error", code, number, f"the field is {what} field, and {place.value} is a text", remedy)
    elif is_tick(place) and not kinds & {*_BUTTONS, "choice"}:
        what = f"the field is a {found[0].kind} field, and {place.value} is a box to tick"
        yield subject.at("error", "check-in-text", number, what, "map a text, or name the box's own field")
    else:
        yield from _option(subject, number, place, [field for field in found if field.kind in (*_BUTTONS, "choice")])


def _option(subject: Subject, number: int, place: Place, found: list[Field]) -> Iterator[Finding]:
    """The option that a tick or choose: selects."""
    if not found or not (is_tick(place) or place.choose is not None):
        return
    first, option = found[0], place.option or place.choose
    key = "choose" if place.choose is not None else "option"
    if option is None:
        states = _states(first, place)
        if first.kind == "choice" or len(states) > 1:
            what = f"the field has several states ({_listed(_shown(first))}), and the map names none"
            yield subject.at("error", "option-missing", number, what, "add option: with the one that is meant")
        return
    free = first.flags & COMBO and first.flags & EDIT
    if first.kind == "choice" and (free or option.casefold().strip() in _folded(first)):
        return
    if first.kind != "choice" and (option in _options(first) or not _states(first, place)):
        return
    what = f"the field has no option {option!r}; it has {_listed(_shown(first))}"
    yield subject.at("error", "unknown-option", number, what, "write one of those", key)


def _states(field: Field, place: Place) -> list[str]:
    widgets = field.widgets if place.widget is None else field.widgets[place.widget - 1 : place.widget]
    return list(dict.fromkeys(state for widget in widgets for state in widget.states))


def _options(field: Field) -> set[str]:
    """On-states as people write them (their bytes are kept as Latin-1), and the texts that /Opt has for them."""
    states = {state for widget in field.widgets for state in widget.states}
    return states | {_as_text(state) for state in states} | {text for pair in field.options for text in pair}


def _as_text(state: str) -> str:
    return state.encode("latin-1").decode("utf-8", "replace")


def _folded(field: Field) -> set[str]:
    return {text.casefold().strip() for pair in field.options for text in pair}


def _shown(field: Field) -> list[str]:
    shown = [text for _, text in field.options]
    return shown or [_as_text(state) for widget in field.widgets for state in widget.states]


def _listed(options: list[str]) -> str:
    some = list(dict.fromkeys(map(repr, options)))
    return ", ".join(some[:8]) + (", …" if len(some) > 8 else "") or "none"


# one field, several places


def _twice(subject: Subject, compiled: CompiledForm) -> Iterator[Finding]:
    seen: dict[tuple[str, str | int | None], list[tuple[int, Place]]] = {}
    for number, place in subject.places:
        for name in dict.fromkeys(fields_of(place)):
            if name in compiled.fields:
                seen.setdefault((name, place.widget or place.option or place.choose), []).append((number, place))
    for (name, _), places in seen.items():
        for i, (number, place) in enumerate(places[1:], 1):
            rival = next((n for n, other in places[:i] if _both(place, other)), None)
            if rival is not None:
                severity: Severity = "error" if is_text(place) else "warning"
                what = f"field {name!r} is also place {rival}: both would be filled"
                remedy = "keep one of the two, or give them conditions (when:) that shut each other out"
                yield subject.at(severity, "mapped-twice", number, what, remedy)


def _both(one: Place, two: Place) -> bool:
    """Whether both places can be filled for one request; one that is left takes part for its own sake."""
    if one.leave is not None and two.leave is not None:
        return False
    return can_hold([*conditions(one), *conditions(two)])


# what the map forgets


def _forgotten(subject: Subject, compiled: CompiledForm) -> Iterator[Finding]:
    named = {name for place in subject.form_map.fields for name in fields_of(place)}
    for field in compiled.form.fields:
        if field.kind == "button" or field.flags & _READ_ONLY:
            continue
        seen = [widget for widget in field.widgets if _is_seen(widget)]
        if field.name not in named:
            bare = [widget for widget in seen if not _under_a_place(subject, compiled, widget)]
            if bare:
                what = f"the map forgets the {field.kind} field {field.name!r} at {rounded(_box(compiled, bare[0]))}"
                remedy = f"add a place with field: {field.name!r}; one to stay empty says leave:"
                yield subject.about("warning", "forgotten-field", what, remedy, page=bare[0].page_index + 1)
        elif field.kind in _BUTTONS and len({state for w in seen for state in w.states}) > 1:
            yield from _forgotten_options(subject, field, seen)


def _forgotten_options(subject: Subject, field: Field, seen: list[Widget]) -> Iterator[Finding]:
    places = [place for place in subject.form_map.fields if place.field == field.name]
    if any(place.choose or (place.leave and not place.option and not place.widget) for place in places):
        return
    numbers = {place.widget for place in places if place.widget}
    options = {place.option for place in places if place.option}
    shown = {
        text for pair, w in zip(field.options, field.widgets, strict=False) if options & set(pair) for text in w.states
    }
    missing = [
        _as_text(state)
        for number, widget in enumerate(field.widgets, 1)
        for state in widget.states
        if widget in seen and number not in numbers and not options & {state, _as_text(state)} and state not in shown
    ]
    if missing and (numbers or options):
        what = f"the map forgets options of field {field.name!r}: {_listed(missing)}"
        remedy = "add a place with that option:; one to stay empty says leave:"
        yield subject.about("warning", "forgotten-option", what, remedy, page=seen[0].page_index + 1)


def _is_seen(widget: Widget) -> bool:
    x0, y0, x1, y1 = widget.rect
    return not widget.flags & _UNSEEN and x1 - x0 > _LEAST_PT and y1 - y0 > _LEAST_PT


def _under_a_place(subject: Subject, compiled: CompiledForm, widget: Widget) -> bool:
    """Whether the map has the spot all the same: by a box, or by another field's widget on top of it."""
    box = _box(compiled, widget)
    return any(
        standing.page == widget.page_index + 1 and area(shared(standing.box, box)) > 0.5 * area(box)
        for standing in subject.standings
    )


def _box(compiled: CompiledForm, widget: Widget) -> ShownBox:
    return compiled.pages[widget.page_index].shown.to_top_left(widget.rect)
