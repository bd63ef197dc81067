"""``formfill request followup``: the letter for a request that is overdue, out of what the ledger knows of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.cli.ledger import ID, open_ledger
from formfill.errors import RequestError

if TYPE_CHECKING:
    from formfill.letters import Sent
    from formfill.store.entry import Entry


@click.command()
@ID
@click.option("--request", "request_path", type=click.Path(path_type=Path), metavar="REQUEST.yaml", help=(
    "The request that it was prepared from, where that names the provider or the recipient."
))  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE|DIR", help="The letter.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def followup(prefix: str, request_path: Path | None, out: Path, as_json: bool) -> None:
    """Write the letter that asks for overdue records, by the day and the rule that the ledger has for them.

    \b
    Example:
      formfill request followup k7qf3m --out outbox/
    """
    from formfill import letters
    from formfill.cli.letter import write_letter, writer_of

    with open_ledger() as ledger:
        entry = ledger.entry(prefix)
    sent = sent_of(entry)
    options = {**_asked(entry), "request_path": request_path, "out": out, "as_json": as_json}
    write_letter(letters.follow_up(writer_of(options), sent), options)


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


def _asked(entry: Entry) -> dict[str, Any]:
    """The options that say what a request of the ledger asked."""
    asked = entry.request
    first, slash, last = asked.dates.partition("/")
    return {
        "profile": asked.profile,
        "provider": asked.provider,
        "recipient": None,
        "records": ",".join(asked.records) or None,
        "from_": first if slash and first != ".." else None,
        "to": last if slash and last != ".." else None,
        "all_dates": asked.dates == "all",
        "delivery": None,
        "instrument": asked.instrument if asked.instrument != "amendment" else None,
    }
