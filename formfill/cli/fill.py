"""``formfill fill``: one form for one patient."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.cli.request import fill_job, request_options
from formfill.cli.workspace import catalog

if TYPE_CHECKING:
    from formfill.job import FilledForm
    from formfill.model.form_map import FormMap


@click.command()
@request_options
@click.option("--out", required=True, metavar="PATH", help="A folder, where the file is named by its form, or a file.")
@click.option("--flatten", is_flag=True, help="No fillable fields in the output: what print and fax take.")
@click.option("--pdf", "as_pdf", is_flag=True, help="A Word form as PDF, through LibreOffice.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def fill(out: str, flatten: bool, as_pdf: bool, as_json: bool, **options: Any) -> None:
    """Fill one official form for PROFILE: the path of a profile, or the name of a saved one.

    What is written can be signed; it is never signed. A value that does not fit is written in full on an addendum
    beside the form. Options take the place of what the request file says.

    \b
    Example:
      formfill fill amina-rahimi --form model-access-request-en --records lab,immunizations \\
        --from 2021-01-15 --to 2025-06-30 --delivery cd --recipient caseworker --out out/
    """
    from formfill.job import fill_form

    job = fill_job(catalog(), options, flatten=flatten)
    if flatten and job.form_map.blank.is_docx:
        raise click.UsageError("--flatten is for PDF forms; for a Word form say --pdf")
    filled = fill_form(job)
    if as_pdf or out.lower().endswith(".pdf"):
        filled = filled.as_pdf()
    paths = filled.save(out)
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in paths], **_facts(filled, job.form_map)}, indent=2))
    else:
        _tell(paths, filled, job.form_map)


def _facts(filled: FilledForm, form_map: FormMap) -> dict[str, Any]:
    """What was done, in concepts: no value of the patient's."""
    fillings = filled.resolution.fillings
    kept = [f for f in fillings if f.action == "leave"]
    return {
        "form": filled.form,
        "filled": _names(f.concept or f.place.value for f in fillings if f.action == "text"),
        "ticked": _names(
            f.concept or f.place.value or f.place.choose for f in fillings if f.action in ("tick", "choose")
        ),
        "left_for_signing": _names(f.place.leave for f in kept if not _is_staff(f.place.leave)),
        "left_for_staff": sum(_is_staff(f.place.leave) for f in kept),
        "no_value": list(filled.resolution.empty),
        "on_addendum": [item.label for item in filled.addendum],
        "released_by_signing_alone": list(form_map.releases_without_mark),
        "notes": list(filled.notes),
    }


def _names(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


def _is_staff(concept: str | None) -> bool:
    return (concept or "").startswith("staff.")


def _tell(paths: tuple[Path, ...], filled: FilledForm, form_map: FormMap) -> None:
    facts = _facts(filled, form_map)
    for path in paths:
        click.echo(click.style(f"wrote {path}", bold=True))
    for title, key in (
        ("filled", "filled"),
        ("ticked", "ticked"),
        ("left for the signer", "left_for_signing"),
        ("no value known, left empty", "no_value"),
        ("too long, in full on the addendum", "on_addendum"),
        ("signing alone releases these; say so in the letter if they should stay back", "released_by_signing_alone"),
    ):
        if facts[key]:
            click.echo(f"  {title}: {', '.join(facts[key])}")
    for note in filled.notes:
        click.echo(click.style(f"warning: {note}", fg="yellow"), err=True)
