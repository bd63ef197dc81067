"""Form drift of AcroForm fields: is this field of the changed blank still the one that the map means?

A name alone is no proof: a form that gained a field often has all its "Text12" renumbered. What proves a field is an
unchanged place and kind, or its printed label beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from formfill.model.form_map import Place
from formfill.pdf.compiled import CompiledForm, Field, Widget
from formfill.pdf.printed import PrintedPage, fold
from formfill.witness import fields_of, widgets_of, witness

#: A widget that moved by less stands where it stood.
_WIDGET_PT = 2.0
#: Names that programs give by counting: they say nothing about what a field is for.
_COUNTED = re.compile(
    r"(text|text ?field|check ?box|undefined|field|fill|group|button|radio ?button|untitled|topmostsubform)"
    r"[ _.-]?\d*(\[\d+\])?(_\d+)*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FieldDrift:
    """What became of a field: a problem refuses the blank, a note goes to the caseworker, neither is well."""

    problem: str = ""
    note: str = ""


def field_drift(
    place: Place, compiled: CompiledForm, original: CompiledForm | None, pages: Sequence[PrintedPage]
) -> FieldDrift:
    """Hold a place with fields against the changed blank. ``pages`` is what that blank prints."""
    for name in fields_of(place):
        fields = compiled.fields.get(name)
        if not fields:
            return FieldDrift(problem=f"the field {name!r} is gone")
        if original is not None and {f.kind for f in fields} != {f.kind for f in original.fields.get(name, ())}:
            return FieldDrift(problem=f"the field {name!r} is now a {fields[0].kind} field")
        option = place.option or place.choose
        if option is not None and option not in _options(fields):
            return FieldDrift(problem=f"the field {name!r} no longer has the option {option!r}")
    spots = _spots(widgets_of(place, compiled), compiled)
    before = _before(place, compiled, original)
    name = " + ".join(fields_of(place))
    label = place.label if place.label and fold(place.label) else None
    beside = label is not None and any(witness(pages[page], label, box) for page, box in spots)
    # a label that the map's own blank does not print beside the field is no witness
    if label and not beside and (place.at or original is None):
        return FieldDrift(problem=f"the field {name!r} no longer stands beside {label!r}")
    if before is not None and _same(before, spots):
        return FieldDrift()
    if beside:
        return FieldDrift(note=f"the field {name!r} moved with its label {label!r}" if before else "")
    if before is not None:
        return FieldDrift(problem=f"the field {name!r} moved, and no label tells whether it is the same")
    if any(_COUNTED.fullmatch(one.rsplit(".", 1)[-1]) for one in fields_of(place)):
        return FieldDrift(problem=f"the field {name!r} has a counted name, and the map has no label to know it by")
    return FieldDrift()


_Spot = tuple[int, tuple[float, float, float, float]]


def _before(place: Place, compiled: CompiledForm, original: CompiledForm | None) -> list[_Spot] | None:
    """Where the place's widgets were: on the map's own blank, or where the map says."""
    if original is not None:
        return _spots(widgets_of(place, original), original)
    if place.field and place.box and place.page and place.page <= len(compiled.pages):
        return [(place.page - 1, place.box)]
    return None


def _spots(widgets: Sequence[Widget], compiled: CompiledForm) -> list[_Spot]:
    return [(w.page_index, compiled.pages[w.page_index].shown.to_top_left(w.rect)) for w in widgets]


def _same(before: Sequence[_Spot], now: Sequence[_Spot]) -> bool:
    return len(before) == len(now) and all(
        a[0] == b[0] and all(abs(x - y) <= _WIDGET_PT for x, y in zip(a[1], b[1], strict=True))
        for a, b in zip(before, now, strict=True)
    )


def _options(fields: Sequence[Field]) -> set[str]:
    states = {state for field in fields for widget in field.widgets for state in widget.states}
    return states | {text for field in fields for pair in field.options for text in pair}
