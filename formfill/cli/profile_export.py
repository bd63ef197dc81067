"""``formfill profile export``: profiles for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import click

from formfill.cli.workspace import catalog

Format = Literal["fhir", "csv", "yaml"]


@click.command()
@click.argument("names", metavar="PROFILE...", nargs=-1, required=True)
@click.option("--format", "format_", type=click.Choice(("fhir", "csv", "yaml")), required=True)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The file; of several in YAML, the folder for them."
)
@click.option("--include-ssn", is_flag=True, help="Also the Social Security number; else it stays here.")
@click.option("--include-id-number", is_flag=True, help="Also the number of the photo ID; else it stays here.")
def export(names: tuple[str, ...], format_: Format, out: Path, include_ssn: bool, include_id_number: bool) -> None:
    """Write profiles as FHIR R4 (a Bundle of Patient and RelatedPerson), CSV or YAML.

    What the format has no place for is named. In CSV a cell that a spreadsheet would take for a formula gets a ' in
    front, which import takes off again. The file is not encrypted.

    \b
    Example:
      formfill profile export amina-rahimi mateo-flores --format fhir --out patients.json
    """
    from formfill.exchange.outgoing import Asked, exported_keys
    from formfill.files import write_all_private

    library, asked = catalog(), Asked(ssn=include_ssn, id_number=include_id_number)
    profiles: list[dict[str, Any]] = []
    for name in names:
        keys, held = exported_keys(library.profile(name), asked)
        profiles.append(keys)
        if held:
            _note(f"{name}: not exported: {', '.join(held)} (--include-ssn, --include-id-number)")
    files, lost = _files(profiles, format_, out)
    write_all_private(files)
    for name, keys_lost in lost.items():
        _note(f"{name}: {format_} has no place for {', '.join(keys_lost)}")
    click.echo(f"wrote {out}: {len(profiles)} {'patient' if len(profiles) == 1 else 'patients'}, not encrypted")


def _files(
    profiles: Sequence[dict[str, Any]], format_: Format, out: Path
) -> tuple[dict[Path, bytes], dict[str, tuple[str, ...]]]:
    """The files to write, and what they could not hold, dict[profile's name, keys]."""
    from formfill.exchange.fhir_write import fhir_bundle
    from formfill.exchange.table_write import csv_table
    from formfill.yaml_io import dumps

    if format_ == "yaml":
        several = len(profiles) > 1
        return {out / f"{one['profile']}.yaml" if several else out: dumps(one).encode() for one in profiles}, {}
    written = fhir_bundle(profiles) if format_ == "fhir" else csv_table(profiles)
    return {out: written.data}, written.lost


def _note(text: str) -> None:
    click.echo(click.style(f"note: {text}", fg="yellow"), err=True)
