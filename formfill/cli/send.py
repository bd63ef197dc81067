"""``formfill send``: a packet leaves, by the channel that it was made for."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formfill.cli.workspace import catalog
from formfill.errors import DeliveryError, LedgerError
from formfill.store.database import NAME as LEDGER

if TYPE_CHECKING:
    from formfill.channels.sending import Attempt, Parcel
    from formfill.model.settings import Settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="FOLDER")
@click.option(
    "--signed",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Send this in the packet's place: its signed copy, all pages, as PDF, JPEG or PNG.",
)
@click.option("--printer", metavar="NAME", help="Print a packet for the mail on this printer (lpstat -e lists them).")
@click.option("--copies", type=click.IntRange(1, 20), default=1, show_default=True, help="How many to print.")
@click.option("--duplex", is_flag=True, help="Print on both sides.")
@click.option("--again", is_flag=True, help="Send though it was sent, or may have been sent, before.")
@click.option("--status", "ask", is_flag=True, help="Send nothing: say what has become of it.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def send(
    folder: Path,
    signed: Path | None,
    printer: str | None,
    copies: int,
    duplex: bool,
    again: bool,
    ask: bool,
    as_json: bool,
) -> None:
    """Send the packet in FOLDER by the channel it was prepared for: e-mail, fax, or paper out of a printer.

    E-mail goes to the server that smtp: in formfill.yaml names, over TLS alone; the password of its user is in
    FORMFILL_SMTP_PASSWORD or in the system's keyring (keyring set formfill-smtp USER). A fax goes to HylaFAX: here, or
    where fax_server: says. The packet goes as it lies in FOLDER, or as --signed has it; formfill signs nothing.

    It is sent once: sent.json in FOLDER keeps when, to whom, and the message's or job's id. A fax or e-mail that left
    is in the ledger as sent; of what was printed, formfill request sent tells when it was posted.

    \b
    Example:
      formfill send outbox/2026-07-valley-oak/ --signed scan.pdf
      formfill send outbox/2026-07-valley-oak/ --printer office --duplex
      formfill send outbox/2026-07-valley-oak/ --status
    """
    from formfill.channels.dispatch import dispatch
    from formfill.channels.printer import Printing
    from formfill.channels.sending import may_have_left, parcel

    settings = catalog().settings()
    if ask:
        _show(_asked(folder, settings), as_json)
        return
    found = parcel(folder)
    if found.channel != "mail" and (printer or duplex or copies > 1):
        raise click.UsageError(
            f"the packet was made for {found.channel}: --printer, --copies and --duplex are for mail"
        )
    if found.channel == "mail" and not printer:
        raise click.UsageError("the packet was made for the mail. Which printer? --printer NAME (lpstat -e lists them)")
    # what was sent stays in the folder as it was sent
    is_new = again or not may_have_left(folder)
    if signed is not None and is_new:
        found = _with_signed(found, signed)
    elif is_new and found.channel != "mail":
        _note(
            "the packet goes as it was prepared; where a signature must be on it, send the signed copy: --signed FILE"
        )
    done = dispatch(found, settings, Printing(printer or "", copies, duplex), again=again)
    _show(done.attempt, as_json, now=done.now)
    if done.now and found.channel != "mail":  # printed is not posted: formfill request sent says when it was
        _enter(found)
    if done.now and found.channel == "email" and not as_json:
        _tell_passphrase(folder)


def _enter(found: Parcel) -> None:
    """What left is in the ledger as sent. It has left: a ledger that cannot be used is told, and changes nothing."""
    workspace = catalog().workspace
    if workspace is None or not (workspace / LEDGER).is_file():
        return
    from formfill.entering import enter_sent

    try:
        entry = enter_sent(found.folder, found.channel, workspace)
    except LedgerError as exc:
        _note(f"it was sent, and is not in the ledger as sent: {exc}")
        return
    if entry is not None:
        click.echo(f"  in the ledger: request {entry.id} is sent", err=True)


def _with_signed(found: Parcel, signed: Path) -> Parcel:
    """The parcel, made anew of the signed copy.

    Raises: OutputError, for a file that is no document. DeliveryError, ProviderError and RequestError, as channels do.
    """
    from formfill.channels.sending import parcel
    from formfill.channels.signed import take_signed
    from formfill.packet.assemble import Document, assemble, page_count

    copy = Document("Signed copy", _read(signed))
    pages, wanted = page_count(copy), page_count(Document("Packet", _read(found.folder / "packet.pdf")))
    if pages != wanted:
        _note(f"pages: the signed copy has {pages}, the packet {wanted}, which its cover sheet says: were all scanned?")
    take_signed(found.folder, assemble([copy]))
    return parcel(found.folder)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise DeliveryError(f"{path}: cannot be read: {exc.strerror}") from None


def _note(text: str) -> None:
    click.echo(click.style(f"note: {text}", fg="yellow"), err=True)


def _asked(folder: Path, settings: Settings) -> Attempt:
    """The last attempt, with what the queue says of it now. Raises: DeliveryError, where there was none."""
    from formfill.channels import hylafax, printer
    from formfill.channels.sending import attempts, note_status

    tried = attempts(folder)
    if not tried:
        raise DeliveryError(f"{folder}: was not sent yet: formfill send {folder}")
    last = tried[-1]
    if last.state != "sent" or last.channel == "email":
        return last
    if last.channel == "fax":
        said = hylafax.status(last.id, settings.fax_server)
        return note_status(folder, said.words, failed=said.failed)
    return note_status(folder, printer.status(last.id), failed=False)


def _show(attempt: Attempt, as_json: bool, now: bool | None = None) -> None:
    if as_json:
        click.echo(json.dumps({**asdict(attempt), "now": bool(now)}, indent=2, ensure_ascii=False))
        return
    verb = {"email": "e-mailed", "fax": "handed to the fax server for", "mail": "handed to the printer"}[
        attempt.channel
    ]
    to = attempt.to if attempt.channel == "mail" else f"{'to ' if attempt.channel == 'email' else ''}{attempt.to}"
    if attempt.state == "sending":
        said = f"may have been sent to {attempt.to}: the attempt of {attempt.time} broke off"
    elif attempt.state == "failed":
        said = f"not sent: the attempt of {attempt.time} failed"
    else:
        said = f"{verb} {to}, {attempt.time}, id {attempt.id}"
    click.echo(click.style(f"{'sent before: ' if now is False else ''}{said}", bold=True))
    if attempt.status:
        click.echo(f"  {attempt.status}")
    if now is False:
        click.echo("  nothing was sent now; to send it once more: --again")
    if now and attempt.channel == "fax":
        click.echo("  whether it arrives: formfill send FOLDER --status")


def _tell_passphrase(folder: Path) -> None:
    from formfill.channels.email import PASSPHRASE

    path = folder / PASSPHRASE
    if path.is_file():
        word = path.read_text(encoding="ascii").strip()
        click.echo(f"  passphrase of the PDF, to be told by phone and never by e-mail: {word}")
