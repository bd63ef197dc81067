"""``formfill profile import``: patients of other programs' files become profiles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formfill.cli.workspace import catalog, required_workspace
from formfill.errors import ExitCode, LockedError, ProfileError, TableError

if TYPE_CHECKING:
    from formfill.catalog import Catalog
    from formfill.exchange.incoming import Incoming
    from formfill.exchange.intake import Intake, Taken


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--columns", type=click.Path(path_type=Path), metavar="MAP.yaml", help="What a table's columns mean.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and save nothing.")
@click.option("--update", is_flag=True, help="Put what the file says into the profile of a patient who has one.")
@click.option("--new", is_flag=True, help="Make a profile even where the patient likely has one.")
@click.option("--neutral-names", is_flag=True, help="Name profiles by lot (p-k7qf3m), not by the patient.")
@click.option(
    "--record-numbers",
    metavar="SYSTEM=PROVIDER",
    multiple=True,
    help="Whose record numbers those of an identifier's system in FHIR are. May be repeated.",
)
def import_(
    files: tuple[Path, ...],
    columns: Path | None,
    dry_run: bool,
    update: bool,
    new: bool,
    neutral_names: bool,
    record_numbers: tuple[str, ...],
) -> int:
    """Make profiles of the patients in FILE: FHIR, vCard, a table, or another workspace's profile.

    FHIR R4 (US Core) is a Patient, a Bundle with RelatedPerson, or a line a resource (.ndjson); vCard is 3 or 4; a
    table is CSV, XLSX or JSON Lines with a row a patient, whose columns are called by formfill's names
    (patient.given_name) or told by --columns. Each patient gets a line. What a file says and a profile cannot hold is
    noted without its value.

    A patient who likely has a profile already (born on the same day, names alike in whatever spelling or script) is
    refused, unless --update or --new is there. Refused patients do not stop the others; the exit code is then 10, or 4
    where nobody could be taken.

    \b
    Example:
      formfill profile import ~/export/patients.json --dry-run
      formfill profile import ~/intake.csv --columns ~/intake-columns.yaml
    """
    from formfill.exchange.intake import Intake

    if update and new:
        raise click.UsageError("--update and --new exclude each other")
    taker = Intake(
        required_workspace("profiles are"),
        "update" if update else "new" if new else "refuse",
        neutral=neutral_names,
        dry=dry_run,
    )
    for name in taker.unread:
        _note(f"{name} cannot be read, so nobody is compared with it: formfill profile check {name}")
    happened = Counter[str]()
    for taken in _take(files, columns, record_numbers, taker):
        _tell(taken)
        happened[taken.happened] += 1
    told = ", ".join(f"{count} {what}" for what, count in happened.items())
    click.echo(f"{told or 'nobody'}{'; nothing was saved (--dry-run)' if dry_run else ''}")
    if not happened["refused"]:
        return int(ExitCode.OK)
    return int(ExitCode.INPUT if happened["refused"] == happened.total() else ExitCode.PARTIAL)


def _take(files: Iterable[Path], columns: Path | None, record_numbers: Iterable[str], taker: Intake) -> Iterator[Taken]:
    from formfill.exchange.intake import Taken
    from formfill.exchange.reading import read_patients
    from formfill.tables.columns import load_column_map

    column_map = load_column_map(columns) if columns else None
    provider_of = _provider_of(record_numbers, catalog())
    for path in files:
        try:
            patients: Iterable[Incoming] = read_patients(path, column_map, provider_of)
            yield from taker.take(patients)
        except LockedError:
            raise
        except (ProfileError, TableError) as exc:  # a file that cannot be read does not stop the others
            yield Taken(str(path), "refused", None, error=exc)


def _provider_of(record_numbers: Iterable[str], library: Catalog) -> Callable[[str], str | None]:
    """Whose numbers a system's are: as the options say, else by the name of who assigned them."""
    said = {}
    for one in record_numbers:
        system, equals, provider = one.rpartition("=")
        if not equals or not system or not provider:
            raise click.UsageError(
                f"--record-numbers {one}: expected SYSTEM=PROVIDER, such as urn:oid:1.2.3=valley-oak"
            )
        said[system] = provider
    names: dict[str, str] = {}

    def provider_of(system: str) -> str | None:
        if system in said or not system:
            return said.get(system)
        if not names:  # reading every provider's record takes a moment
            names.update({provider.name.casefold(): provider.id for provider in library.providers()})
        return names.get(system.casefold())

    return provider_of


def _tell(taken: Taken) -> None:
    if taken.error is not None:
        for line in str(taken.error).splitlines():
            click.echo(f"formfill: {line}", err=True)
        click.echo(f"{taken.where}: refused")
    else:
        click.echo(f"{taken.where}: {taken.happened}: {taken.profile}")
    for note in taken.notes:
        _note(note if note.startswith(taken.where) else f"{taken.where}: {note}")


def _note(text: str) -> None:
    click.echo(click.style(f"note: {text}", fg="yellow"), err=True)
