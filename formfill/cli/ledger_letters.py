"""``formfill request followup|complaint|revocation``: letters after a request, out of what the ledger knows of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from formfill.cli.ledger import ID, open_ledger
from formfill.cli.letter import day_option, write_letter, writer_of
from formfill.errors import RequestError

if TYPE_CHECKING:
    from formfill.letters import Sent
    from formfill.store.entry import Entry


F = TypeVar("F", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    ID,
    click.option(
        "--request",
        "request_path",
        type=_PATH,
        metavar="REQUEST.yaml",
        help="The request it was prepared from, where that names the provider or the recipient.",
    ),
    click.option("--recipient", metavar="WHO", help="Who gets the records, as it was prepared: self, or a name."),
    click.option("--out", required=True, type=_PATH, metavar="FILE|DIR", help="The letter, or its folder."),
    click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON."),
)


def _options(command: F) -> F:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@_options
def followup(prefix: str, **options: Any) -> None:
    """Write the letter that asks for overdue records, by the day and the rule that the ledger has for them.

    \b
    Example:
      formfill request followup k7qf3m --out outbox/
    """
    from formfill import letters

    entry = _entry(prefix)
    sent = sent_of(entry)
    write_letter(letters.follow_up(writer_of(_asked(entry, options)), sent), options)


@click.command()
@_options
@click.option("--happened", default="", metavar="TEXT", help="What the provider did; else that nothing came in time.")
@day_option("--happened-on", help="On which day.")
def complaint(prefix: str, happened: str, happened_on: dt.date | None, **options: Any) -> None:
    """Draft the complaint to the Office for Civil Rights about a request, with its facts filled in.

    \b
    Example:
      formfill request complaint k7qf3m --out outbox/
    """
    from formfill import letters

    entry = _entry(prefix)
    write_letter(letters.complaint(writer_of(_asked(entry, options)), sent_of(entry), happened, happened_on), options)


@click.command()
@_options
def revocation(prefix: str, **options: Any) -> None:
    """Write the letter that takes an authorization back; once it is sent, say so: formfill request revoke.

    \b
    Example:
      formfill request revocation k7qf3m --recipient caseworker --out outbox/
    """
    from formfill import letters

    entry = _entry(prefix)
    writer = writer_of(_asked(entry, options))
    write_letter(letters.revocation(writer, entry.on.get("signed"), entry.on.get("sent")), options)


def _entry(prefix: str) -> Entry:
    with open_ledger() as ledger:
        return ledger.entry(prefix)


def sent_of(entry: Entry) -> Sent:
    """What the ledger knows of a request that went out. Raises: RequestError, where no answer is owed."""
    from formfill.letters import Sent

    if not entry.is_open:
        raise RequestError(f"request {entry.id}: is {entry.state}: no answer is owed to it that could be overdue")
    first = next((one for one in entry.deadlines if not one.courtesy), None)
    return Sent(
        on=entry.on["sent"],
        by=entry.request.channel,
        received_on=entry.on.get("received"),
        due_on=first.due if first else None,
        rule=first.citation if first else "",
        is_estimated=first.estimated if first else False,
        extended_to=entry.extended_until,
        tracking=entry.tracking,
    )


def _asked(entry: Entry, options: dict[str, Any]) -> dict[str, Any]:
    """The options that say what a request of the ledger asked, beside those of the command."""
    asked = entry.request
    first, slash, last = asked.dates.partition("/")
    return {
        **options,
        "profile": asked.profile,
        "provider": asked.provider,
        "records": ",".join(asked.records) or None,
        "from_": first if slash and first != ".." else None,
        "to": last if slash and last != ".." else None,
        "all_dates": asked.dates == "all",
        "delivery": None,
        "instrument": asked.instrument if asked.instrument != "amendment" else None,
    }
