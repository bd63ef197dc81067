"""What a person is told about a filled form: names of concepts and places, never a patient's value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from formfill.job import FilledForm, FillJob
    from formfill.model.form_map import Place

_TITLES = {
    "filled": "filled",
    "ticked": "ticked",
    "left_for_signing": "left for the signer",
    "no_value": "no value known, left empty",
    "on_addendum": "too long for their place, in full on the addendum",
    "released_by_signing_alone": "released by signing alone, so the letter must keep back what should stay back",
}


def facts(paths: Sequence[Path], filled: FilledForm, job: FillJob) -> dict[str, Any]:
    """What was done, for a program."""
    fillings = filled.resolution.fillings
    left = [filling.place.leave for filling in fillings if filling.action == "leave"]
    chosen = {f"sensitive.{name}" for name in job.request.sensitive}
    ticked = [filling for filling in fillings if filling.action in ("tick", "choose")]
    return {
        "files": [str(path) for path in paths],
        "form": filled.form,
        "filled": _names(f.concept or f.place.label for f in fillings if f.action == "text"),
        "ticked": _names(_ticked(f.place) for f in ticked),
        "left_for_signing": _names(concept for concept in left if concept and not concept.startswith("staff.")),
        "no_value": list(filled.resolution.empty),
        "on_addendum": [item.label for item in filled.addendum],
        "released_by_signing_alone": [name for name in job.form_map.releases_without_mark if name not in chosen],
        "notes": list(filled.notes),
    }


def tell(paths: Sequence[Path], filled: FilledForm, job: FillJob, more: Sequence[str] = ()) -> None:
    """The same, for a person; warnings go to stderr. ``more`` are further warnings."""
    done = facts(paths, filled, job)
    for path in paths:
        click.echo(click.style(f"wrote {path}", bold=True))
    for key, title in _TITLES.items():
        if done[key]:
            click.echo(f"  {title}: {', '.join(done[key])}")
    for note in (*filled.notes, *more):
        click.echo(click.style(f"note: {note}", fg="yellow"), err=True)


def _ticked(place: Place) -> str | None:
    """What a tick says: "not sensitive.hiv" as the map writes it, a longer expression by the words beside its box."""
    simple = place.concept is not None or place.choose is not None
    return (place.value or place.choose) if simple else place.label or place.value


def _names(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
