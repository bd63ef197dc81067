"""Tries a draft on its blank: what does not fit, or would print over the form, is left for a person.

Every place is filled with a made-up patient's value, by itself first (does it fit?), then all together, verified as any
filled form is. Where the verifier objects, the places at fault are found by halving.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from formfill.draft.check_base import is_tick
from formfill.draft.specimen import specimen
from formfill.errors import FillError, FormfillError, FormMapError, VerifyError
from formfill.fill.base import Filling
from formfill.fill.pdf import fill_pdf
from formfill.model.form_map import FormMap, Place
from formfill.pdf.compiled import CompiledForm
from formfill.resolve import resolve
from formfill.verify import verify_pdf

#: The smallest type that a tight place may be set in before it is given up, in points.
_SMALLEST = (6.0, 5.0)
#: What puts ink on the form.
_INKS = ("text", "tick", "choose")


def tried(form_map: FormMap, compiled: CompiledForm) -> tuple[FormMap, dict[int, str]]:
    """The map with its impossible places left unknown, and why: dict[index in ``fields``, reason]."""
    changed: dict[int, str] = {}
    for everything in (False, True):
        for _ in range(12):
            try:
                fillings = _fillings(form_map, everything=everything)
            except FormfillError:
                break
            misfit = _misfits(compiled, form_map, fillings)
            if misfit:
                form_map, why = _relieved(form_map, misfit)
                changed |= why
                continue
            wrong = _faulty(compiled, form_map, fillings)
            if not wrong:
                break
            form_map = left_unknown(form_map, wrong)
            changed |= dict.fromkeys(wrong, "what is written there is not read back right")
    return form_map, changed


def _fillings(form_map: FormMap, *, everything: bool) -> Sequence[Filling]:
    """What a made-up patient's request writes where. Raises: FormfillError, for a map that cannot be resolved."""
    one = specimen(form_map, None, everything=everything)
    return resolve(form_map, one.profile, one.provider, one.request).fillings


def _misfits(compiled: CompiledForm, form_map: FormMap, fillings: Sequence[Filling]) -> dict[int, str]:
    """Places that cannot be filled by themselves, and what the engine says of them."""
    found = {}
    for filling in fillings:
        if filling.action in _INKS:
            try:
                fill_pdf(compiled, [filling], language=form_map.language)
            except (FillError, FormMapError) as exc:
                found[filling.number] = str(exc)
    return found


def _relieved(form_map: FormMap, misfits: dict[int, str]) -> tuple[FormMap, dict[int, str]]:
    """A text that does not fit may be set smaller; whatever fails at the smallest size is left."""
    places = list(form_map.fields)
    why = {}
    for i, problem in misfits.items():
        place = places[i]
        smaller = next((size for size in _SMALLEST if size < place.min_size), None)
        if "does not fit" in problem and smaller is not None:
            places[i] = place.model_copy(update={"min_size": smaller})
        else:
            places[i] = _unknown(place)
            why[i] = "too small for a value of usual length" if "does not fit" in problem else "cannot be filled"
    return form_map.model_copy(update={"fields": tuple(places)}), why


def _faulty(compiled: CompiledForm, form_map: FormMap, fillings: Sequence[Filling]) -> list[int]:
    """The places whose ink the verifier refuses."""
    inked = [f for f in fillings if f.action in _INKS]
    rest = [f for f in fillings if f.action not in _INKS]

    def right(some: Sequence[Filling]) -> bool:
        try:
            filled = fill_pdf(compiled, [*some, *rest], language=form_map.language)
            verify_pdf(compiled, form_map, filled)
        except (FillError, VerifyError):
            return False
        return True

    def search(some: Sequence[Filling]) -> list[int]:
        if not some or right(some):
            return []
        if len(some) == 1:
            return [some[0].number]
        half = len(some) // 2
        found = search(some[:half]) + search(some[half:])
        # each half may be right and both together wrong: two places that touch
        return found or [some[-1].number]

    return search(inked)


def left_unknown(form_map: FormMap, wrong: Iterable[int]) -> FormMap:
    """The map with these places, counted from 0, left for a person to decide."""
    places = list(form_map.fields)
    for i in wrong:
        places[i] = _unknown(places[i])
    return form_map.model_copy(update={"fields": tuple(places)})


def _unknown(place: Place) -> Place:
    """The place left for a person to decide; a box to tick stays one."""
    kind = "check" if is_tick(place) else None
    return place.model_copy(
        update={"value": None, "choose": None, "leave": "unknown", "kind": kind, "format": None, "min_size": 7.0}
    )
