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
@click.option("--send", metavar="CHANNEL", help="How it travels: mail, fax or email; else as the request says.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The packet's folder.")
@click.option("--duplex", is_flag=True, help="Begin each document on a sheet of its own, for printing on both sides.")
@click.option("--envelope", is_flag=True, help="Make an envelope to print on too, for those without windows.")
@click.option("--no-ledger", is_flag=True, help="Do not enter the request into the workspace's ledger.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def prepare(out: Path, duplex: bool, envelope: bool, no_ledger: bool, as_json: bool, **options: Any) -> None:
    """Make the packet of one request for PROFILE: cover sheet, filled form, addendum, copy of the photo ID.

    packet.pdf is ready to sign and mail; by fax there is also fax.tiff, by e-mail request.eml with the packet
    encrypted, and its passphrase apart, to be told by phone. checklist.pdf, for the patient and never sent, shows what
    to sign and to attach; manifest.json has each file's hash. Options are those of fill. In a workspace the request is
    entered into the ledger as prepared: formfill request.

    \b
    Example:
      formfill prepare amina-rahimi --form model-access-request-en --provider valley-oak \\
        --records lab --all-dates --delivery cd --send fax --out outbox/2026-07-valley-oak/
    """
    from formfill.job import prepare_packet

    job = fill_job(options)
    if job.request.send is None:
        raise click.UsageError("how does the request travel? --send mail, --send fax or --send email")
    is_file = is_there(Path.is_file, out)
    if envelope and job.request.send != "mail":
        raise click.UsageError(f"--envelope is for mail, and the request goes by {job.request.send}")
    if is_file or (out.suffix.lower() in (".pdf", ".tif", ".tiff") and not is_there(Path.is_dir, out)):
        raise OutputError(f"{out}: is a file; a packet needs a folder")
    workspace = None if no_ledger else catalog().workspace
    prepared = prepare_packet(job, job.request.send, catalog().sender(), duplex, envelope)
    notes = prepared.packet.notes
    if workspace is None:
        paths, entered = prepared.packet.save(out), None
    else:
        from formfill.entering import prepared_before, save_and_enter

        paths, entered = save_and_enter(prepared, job.request.send, out, workspace)
        notes = (*notes, *prepared_before(entered))
    contents = [f"{document.title} ({document.pages})" for document in prepared.packet.documents]
    if as_json:
        done = facts(paths, prepared.filled, prepared.job)
        done["notes"] += notes
        done["request"] = entered.entry.id if entered else None
        done["prepared_before"] = [one.id for one in entered.same] if entered else []
        click.echo(json.dumps({**done, "documents": contents}, indent=2, ensure_ascii=False))
    else:
        tell(paths, prepared.filled, prepared.job, notes)
        click.echo(f"  in the packet, with pages: {', '.join(contents)}")
        if entered:
            click.echo(f"  in the ledger as request {entered.entry.id}")
