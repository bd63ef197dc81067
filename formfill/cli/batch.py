"""``formfill batch``: many requests, one row each."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.cli.for_workers import cores, worker_keys
from formfill.cli.workspace import catalog
from formfill.errors import ExitCode

if TYPE_CHECKING:
    from formfill.automation.batch import Summary
    from formfill.automation.work import Result

_PATH = click.Path(path_type=Path)
#: So many failures are told at the end; the report has all.
_TOLD = 10


@click.command()
@click.argument("table", required=False)
@click.option("--out", metavar="DIR", help="The outbox: a folder for each request, and the report. A folder or URL.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="How many at once; else one for each processor core.")
@click.option("--columns", "map_path", type=_PATH, metavar="MAP.yaml", help="What the columns of an export mean.")
@click.option("--sheet", metavar="NAME", help="Which sheet of an XLSX file; else the first.")
@click.option("--cluster", metavar="URL", help="Do it on a dask.distributed cluster: tcp://scheduler:8786.")
@click.option("--duplex", is_flag=True, help="Begin each document on a sheet of its own, for printing on both sides.")
@click.option("--envelope", is_flag=True, help="Make an envelope to print on too, for requests by mail.")
@click.option("--flatten", is_flag=True, help="No fillable fields in forms that are filled alone.")
@click.option("--no-ledger", is_flag=True, help="Do not enter the requests into the workspace's ledger.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Print how many came to what as JSON.")
@click.option(
    "--template",
    is_flag=False,
    flag_value="",
    metavar="[FORM]",
    help="Print a table to begin with, as CSV: of the usual columns, or of those that FORM can use.",
)
def batch(table: str | None, out: str | None, template: str | None, **options: Any) -> int:
    """Do every request of TABLE: a row each of a .csv, .xlsx, .jsonl, .json or .yaml file, or a file each of a folder.

    Columns are called by what they say: profile, form, provider, records, delivery, send, or for a patient of whom no
    profile is saved patient.given_name, patient.birth_date. A row with send is made a packet, as prepare does; one
    without is filled alone. report.csv and report.json say what came of each row; a bad row stops no other. Run the
    same again, and rows that are done are skipped, changed and failed ones done anew. Ends with 10 where some failed.

    \b
    Example:
      formfill batch --template > requests.csv
      formfill batch requests.csv --out outbox/
    """
    if template is not None:
        click.echo(_template(template), nl=False)
        return int(ExitCode.OK)
    if not table or not out:
        raise click.UsageError("which requests, and where to? formfill batch TABLE --out DIR (--template prints one)")
    summary, failures = _run(table, out, options)
    _say(summary, failures, out, as_json=options["as_json"])
    return int(summary.exit_code)


def _template(form: str) -> str:
    from formfill.tables.template import template, template_for

    if not form:
        return template()
    from formfill.values import placed_concepts

    library = catalog()
    form_map = library.form_map(form)
    provider = form_map.provider if library.has_provider(form_map.provider) else None
    return template_for(form, provider, placed_concepts(form_map))


def _run(table: str, out: str, options: dict[str, Any]) -> tuple[Summary, list[Result]]:
    from formfill.automation.batch import Batch, run
    from formfill.automation.stopping import stop_on_signals
    from formfill.automation.workers import cluster_workers, local_workers
    from formfill.cli.progress import progress
    from formfill.remote import is_remote
    from formfill.tables.columns import ColumnMap, Columns, load_column_map

    map_path: Path | None = options["map_path"]
    column_map = load_column_map(map_path) if map_path else ColumnMap()
    asked = Batch(
        table=table,
        # workers have working folders of their own
        out=out if is_remote(out) else str(Path(out).absolute()),
        workspace=catalog().workspace,
        columns=Columns(column_map, str(map_path)),
        sheet=options["sheet"] or column_map.sheet,
        ledger=not options["no_ledger"],
        duplex=options["duplex"],
        envelope=options["envelope"],
        flatten=options["flatten"],
    )
    failures: list[Result] = []
    keys = None if options["cluster"] else worker_keys(asked.workspace)
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(stop_on_signals())
        if options["cluster"]:
            workers = stack.enter_context(cluster_workers(options["cluster"]))
        else:
            workers = stack.enter_context(local_workers(options["jobs"] or cores(), keys))
        told = stack.enter_context(progress(lambda: _count(table, asked.sheet), options["quiet"]))

        def tell(result: Result) -> None:
            if result.outcome == "failed" and len(failures) < _TOLD:
                failures.append(result)
            told(result)

        return run(asked, workers, stop, tell), failures


def _say(summary: Summary, failures: list[Result], out: str, *, as_json: bool) -> None:
    for one in failures:
        for line in one.message.splitlines():
            click.echo(click.style(f"{one.id}: {line}", fg="yellow"), err=True)
    if (more := summary.counts["failed"] - len(failures)) > 0:
        click.echo(click.style(f"and {more} more that failed: see the report", fg="yellow"), err=True)
    report = f"{out.rstrip('/')}/report.csv"
    if as_json:
        told = {**summary.counts, "stopped": summary.stopped, "report": report, "seconds": round(summary.seconds, 2)}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in summary.counts.items()) + f": {report}")
    if summary.stopped:
        click.echo("stopped before the end: run the same again to go on", err=True)


def _count(table: str, sheet: str | None) -> int:
    from formfill.tables.read import open_table

    with open_table(table, sheet) as found:
        return sum(1 for _ in found.rows)
