"""``formfill request``: the ledger of requests, and what is due."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.cli import LazyGroup
from formfill.cli.table import print_table
from formfill.cli.workspace import required_workspace

if TYPE_CHECKING:
    from formfill.store.deadlines import Deadline
    from formfill.store.entry import Entry
    from formfill.store.ledger import Ledger

_STYLES = {"overdue": "red", "soon": "yellow", "later": "green"}
DAY = click.DateTime(formats=["%Y-%m-%d"])
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
ID = click.argument("prefix", metavar="ID")
_OUT = click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="A file; else standard output.")


@click.group(
    cls=LazyGroup,
    lazy={
        name: f"formfill.cli.ledger_steps:{name}"
        for name in ("signed", "sent", "received", "extended", "fulfilled", "denied", "revoke")
    }
    | {name: f"formfill.cli.ledger_letters:{name}" for name in ("followup", "complaint", "revocation")},
)
def request() -> None:
    """The ledger: every request that was prepared here, how it stands, and when its answer is due.

    A request is named by its id, or the beginning of it; the letters after the date will do too.

    \b
    Example:
      formfill request sent k7qf3m --on 2026-07-02 --tracking "9407 1000 0000 0000 0000 00"
      formfill request due
    """


@request.command("list")
@click.option("--profile", metavar="PROFILE", help="Those of one patient alone.")
@click.option("--state", metavar="STATE", help="Those in one state alone: prepared, signed, sent, received, …")
@_JSON
def list_(profile: str | None, state: str | None, as_json: bool) -> None:
    """List the requests, in the order in which they were prepared.

    \b
    Example:
      formfill request list --state sent
    """
    from formfill.store.entry import STATES

    if state is not None and state not in STATES:
        raise click.UsageError(f"--state: expected one of {', '.join(STATES)}")
    with open_ledger() as ledger:
        found = [
            one for one in ledger.entries() if profile in (None, one.request.profile) and state in (None, one.state)
        ]
    if as_json:
        _print_json([_facts(one) for one in found])
    elif not found:
        click.echo("no requests")
    else:
        rows = [
            [one.id, one.state, _due_day(one), one.request.profile, one.request.provider_name, one.request.form]
            for one in found
        ]
        print_table(["id", "state", "due", "profile", "provider", "form"], rows, whole=["id"])


@request.command()
@ID
@_JSON
def show(prefix: str, as_json: bool) -> None:
    """Show one request: its dates, when an answer is due and by which rule, and what was disclosed to whom.

    \b
    Example:
      formfill request show k7qf3m
    """
    from formfill.store.deadlines import complaint_by

    with open_ledger() as ledger:
        entry, disclosed = ledger.entry(prefix), ledger.disclosures(prefix)
    facts = _facts(entry)
    facts["disclosures"] = [
        {"on": one.on.isoformat(), "to": one.recipient, "what": one.what, "channel": one.channel} for one in disclosed
    ]
    if as_json:
        _print_json(facts)
        return
    click.echo(f"{entry.id}: {entry.state}")
    for key in ("profile", "provider_name", "form", "instrument", "channel", "tracking", "folder"):
        if facts[key]:
            click.echo(f"  {key.replace('_', ' ')}: {facts[key]}")
    for state, day in facts["on"].items():
        click.echo(f"  {state}: {day}")
    for one in entry.deadlines:
        click.echo(f"  due {one.due}: {one.words}")
    if federal := _federal(entry):
        complaint = complaint_by(federal.due)
        click.echo(f"  if nothing comes by {federal.due}, then until {complaint.due}: {complaint.words}")
    for went in disclosed:
        click.echo(f"  disclosed {went.on} by {went.channel} to {went.recipient}: {went.what}")
    tell_extension(entry)


@request.command()
@click.option("--as-of", type=DAY, metavar="DATE", help="How it stands on another day than today, YYYY-MM-DD.")
@_JSON
def due(as_of: dt.datetime | None, as_json: bool) -> None:
    """List what providers owe an answer to, the earliest first: overdue, within five days, later.

    The earliest rule governs; show lists all of them, each with its law. A day of receipt that nobody confirmed is
    taken to be five days after the request was sent.

    \b
    Example:
      formfill request due
    """
    from formfill.store.deadlines import urgency

    today = day_of(as_of)
    with open_ledger() as ledger:
        entries = ledger.entries()
    found = sorted(
        ((one.deadlines[0], one) for one in entries if one.deadlines), key=lambda pair: (pair[0].due, pair[1].id)
    )
    waiting = sum(one.state in ("prepared", "signed") for one in entries)
    if as_json:
        more = [{"urgency": urgency(first.due, today), "days": (first.due - today).days} for first, _ in found]
        _print_json([_facts(one) | how for (_, one), how in zip(found, more, strict=True)])
        return
    rows = [
        [first.due.isoformat(), _when(first.due, today), one.id, one.state, one.request.provider_name, _short(first)]
        for first, one in found
    ]
    if rows:
        styles = [_STYLES[urgency(first.due, today)] for first, _ in found]
        print_table(["due", "", "id", "state", "provider", "by which rule"], rows, styles, whole=["due", "id"])
    else:
        click.echo("nothing is due")
    if waiting:
        click.echo(f"{waiting} prepared and not sent yet: formfill request list")


@request.command()
@_OUT
def calendar(out: Path | None) -> None:
    """Write an .ics calendar: an event for each request that is due, with a reminder five days before.

    It names providers and ids, never a patient.

    \b
    Example:
      formfill request calendar --out due.ics
    """
    from formfill.store.exports import calendar as ics

    with open_ledger() as ledger:
        _write(ics(ledger.entries()), out)


@request.command()
@_OUT
def export(out: Path | None) -> None:
    """Write every request as CSV, safe to open in a spreadsheet. It names patients by their profile.

    \b
    Example:
      formfill request export --out requests.csv
    """
    from formfill.store.exports import table

    with open_ledger() as ledger:
        _write(table(ledger.entries()), out)


@request.command()
@click.option("--head", metavar="HASH", help="A head that you noted earlier: it must still be in the log.")
def verify(head: str | None) -> None:
    """Check the audit log: that no line was altered, removed or moved, and that the requests are as it says.

    It prints the head of the log. Noted outside this computer, it shows later that nobody wrote the log anew.

    \b
    Example:
      formfill request verify
    """
    with open_ledger() as ledger:
        checked = ledger.verify_audit(head)
    click.echo(f"the audit log is whole: {checked.lines} lines\nhead {checked.head}")


def open_ledger() -> Ledger:
    """The workspace's ledger. Raises: RequestError, LedgerError."""
    from formfill.store.ledger import Ledger

    return Ledger(required_workspace("the ledger is"))


def tell_extension(entry: Entry) -> None:
    """Say where an extension does not count as the provider wrote it."""
    from formfill.store.deadlines import extension_problem

    if problem := extension_problem(entry.clock):
        click.echo(click.style(f"note: {problem}", fg="yellow"), err=True)


def _federal(entry: Entry) -> Deadline | None:
    """The federal deadline: the Office for Civil Rights takes complaints about no other."""
    return next((one for one in entry.deadlines if one.citation.startswith("45 CFR")), None)


def _facts(entry: Entry) -> dict[str, Any]:
    """A request, for a program."""
    asked = entry.request
    return {
        "id": entry.id,
        "state": entry.state,
        "profile": asked.profile,
        "provider": asked.provider,
        "provider_name": asked.provider_name,
        "form": asked.form,
        "instrument": asked.instrument,
        "records": list(asked.records),
        "dates": asked.dates,
        "channel": asked.channel,
        "tracking": entry.tracking,
        "folder": asked.folder,
        "on": {state: day.isoformat() for state, day in entry.on.items()},
        "extended_until": entry.extended_until.isoformat() if entry.extended_until else None,
        "due": entry.deadlines[0].due.isoformat() if entry.deadlines else None,
        "deadlines": [
            {
                "due": one.due.isoformat(),
                "rule": one.rule,
                "citation": one.citation,
                "estimated": one.estimated,
                "check_with_the_provider": one.check,
                "courtesy": one.courtesy,
            }
            for one in entry.deadlines
        ],
    }


def _due_day(entry: Entry) -> str:
    first = next(iter(entry.deadlines), None)
    return f"{first.due}{' (estimated)' if first.estimated else ''}" if first else ""


def _short(deadline: Deadline) -> str:
    """The rule without its law, and how sure the date is."""
    return replace(deadline, citation="").words


def _when(due: dt.date, today: dt.date) -> str:
    days = (due - today).days
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"overdue by {count}" if days < 0 else f"in {count}"


def day_of(moment: dt.datetime | None) -> dt.date:
    """The day that an option names; without one today."""
    return moment.date() if moment is not None else dt.date.today()


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _write(data: bytes, out: Path | None) -> None:
    from formfill.files import write_private

    if out is None:
        click.echo(data, nl=False)
        return
    write_private(out, data)
    click.echo(f"wrote {out}")
