"""A form map tried out: filled with the made-up specimen patient, through the whole job, verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from formfill.draft.specimen import Specimen, filled_places, specimen, specimens
from formfill.errors import FormfillError
from formfill.job import FilledForm, FillJob, fill_form
from formfill.model.form_map import FormMap, Place
from formfill.model.provider import Provider


@dataclass(frozen=True)
class Pass:
    """One filling to try. ``name`` is short enough for a file's name; ``says`` tells what it asks for."""

    name: str
    says: str
    job: FillJob


@dataclass(frozen=True)
class Trial:
    """What became of a pass: the filled form, or the error that kept it back."""

    tried: Pass
    filled: FilledForm | None = None
    error: FormfillError | None = None


def specimen_job(
    form_map: FormMap, blank: Path, provider: Provider | None = None, *, everything: bool = False
) -> FillJob:
    """The job of the specimen patient's ordinary request, or of the one for everything."""
    return _job(specimen(form_map, provider, everything=everything), form_map, blank, None)


def specimen_passes(
    form_map: FormMap, blank: Path, provider: Provider | None = None, original: Path | None = None
) -> Iterator[Pass]:
    """All the specimen patient's requests that it takes to reach every place; ``original`` as in ``FillJob``."""
    for one in specimens(form_map, provider):
        yield Pass(one.name, one.says, _job(one, form_map, blank, original))


def _job(one: Specimen, form_map: FormMap, blank: Path, original: Path | None) -> FillJob:
    return FillJob(one.profile, one.provider, one.request, form_map, blank, original)


def run(tried: Pass) -> Trial:
    """Fill and verify one pass; an expected failure is kept, not raised."""
    try:
        return Trial(tried, fill_form(tried.job))
    except FormfillError as exc:
        return Trial(tried, error=exc)


def never_filled(form_map: FormMap, trials: Iterable[Trial]) -> list[Place]:
    """The places that the map wants filled and that no pass wrote or ticked anything in."""
    reached: set[int] = set()
    for trial in trials:
        if trial.filled:
            reached |= filled_places(trial.filled.resolution)
    by_hand = ("initials", "signature", "staff")
    return [
        place
        for index, place in enumerate(form_map.fields)
        if index not in reached and place.leave is None and place.kind not in by_hand
    ]
