"""``formfill fill``: one form for one patient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.cli.report import facts, tell
from formfill.cli.request import fill_job, request_options
from formfill.errors import OutputError

if TYPE_CHECKING:
    from formfill.job import FillJob


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
        --provider valley-oak --from 2021-01-15 --to 2025-06-30 --delivery cd --recipient caseworker --out out/
    """
    from formfill.job import fill_form, output_path

    if out in ("", "-"):
        raise click.UsageError("--out takes a folder or a file: a filled form is not printed to the terminal")
    job = fill_job(options, flatten=flatten)
    if flatten and job.form_map.blank.is_docx:
        raise click.UsageError("--flatten is for PDF forms; for a Word form say --pdf")
    filled = fill_form(job)
    if as_pdf or out.lower().endswith(".pdf"):
        filled = filled.as_pdf()
    _spare_inputs(output_path(out, filled.form, filled.suffix), job, options)
    paths = filled.save(out)
    if as_json:
        click.echo(json.dumps(facts(paths, filled, job), indent=2, ensure_ascii=False))
    else:
        tell(paths, filled, job)


def _spare_inputs(path: Path, job: FillJob, options: dict[str, Any]) -> None:
    """Raises: OutputError, where the output would take the place of what it is made from."""
    inputs = {"blank": job.blank, "profile": Path(options["profile"])}
    inputs |= {"map": options["map_path"], "request": options["request_path"]}
    for what, source in inputs.items():
        if source is not None and path.resolve() == source.resolve():
            raise OutputError(f"{path}: is the {what} itself: choose another --out")
