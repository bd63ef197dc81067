"""``formfill prepare``: the packet for one request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from formfill.cli.report import facts, tell
from formfill.cli.request import fill_job, request_options
from formfill.cli.workspace import catalog
from formfill.errors import OutputError
from formfill.files import is_there


@click.command()
@request_options
@click.option("--send", metavar="CHANNEL", help="How the request travels: mail or fax; else as the request says.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The packet's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def prepare(out: Path, as_json: bool, **options: Any) -> None:
    """Make the packet of one request for PROFILE: cover sheet, filled form, addendum, copy of the photo ID.

    packet.pdf is ready to sign and mail; by fax there is also fax.tiff. Options are those of fill.

    \b
    Example:
      formfill prepare amina-rahimi --form model-access-request-en --provider valley-oak \\
        --records lab --delivery cd --send fax --out outbox/2026-07-valley-oak/
    """
    from formfill.job import prepare_packet

    job = fill_job(options)
    if job.request.send is None:
        raise click.UsageError("how does the request travel? --send mail or --send fax")
    is_file = is_there(Path.is_file, out)
    if is_file or (out.suffix.lower() in (".pdf", ".tif", ".tiff") and not is_there(Path.is_dir, out)):
        raise OutputError(f"{out}: is a file; a packet needs a folder")
    prepared = prepare_packet(job, job.request.send, catalog().sender())
    paths = prepared.packet.save(out)
    contents = [f"{document.title} ({document.pages})" for document in prepared.packet.documents]
    if as_json:
        done = facts(paths, prepared.filled, job)
        done["notes"] += prepared.packet.notes
        click.echo(json.dumps({**done, "documents": contents}, indent=2, ensure_ascii=False))
    else:
        tell(paths, prepared.filled, job, prepared.packet.notes)
        click.echo(f"  in the packet, with pages: {', '.join(contents)}")
