"""The steps of a request: signed, sent, received, extended, fulfilled, denied, revoked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from formfill.cli.ledger import DAY, ID, day_of, open_ledger, tell_extension
from formfill.model.provider import Channel

if TYPE_CHECKING:
    from formfill.store.entry import State

F = TypeVar("F", bound=Callable[..., Any])

_CORRECT = click.option("--correct", is_flag=True, help="Mend what was entered wrongly for this step.")


def _on(what: str, *, required: bool = False) -> Callable[[F], F]:
    more = "" if required else "; today by default"
    return click.option("--on", type=DAY, required=required, metavar="DATE", help=f"{what}, YYYY-MM-DD{more}.")


@click.command()
@ID
@_on("When it was signed")
@_CORRECT
def signed(prefix: str, on: dt.datetime | None, correct: bool) -> None:
    """Say that the form of a request was signed.

    \b
    Example:
      formfill request signed k7qf3m --on 2026-07-01
    """
    _change(prefix, "signed", on, correct=correct)


@click.command()
@ID
@_on("When it left", required=True)
@click.option("--tracking", metavar="NUMBER", help="The number of a certified mail.")
@click.option("--channel", type=click.Choice(get_args(Channel)), help="How it left, where not as it was prepared.")
@_CORRECT
def sent(prefix: str, on: dt.datetime, tracking: str | None, channel: str | None, correct: bool) -> None:
    """Say that a request left for the provider; it is in the disclosure log from then on.

    \b
    Example:
      formfill request sent k7qf3m --on 2026-07-02 --tracking "9407 1000 0000 0000 0000 00"
    """
    _change(prefix, "sent", on, correct=correct, tracking=tracking, channel=channel)


@click.command()
@ID
@_on("The day of the fax's, e-mail's or portal's confirmation, or on the return receipt")
@_CORRECT
def received(prefix: str, on: dt.datetime | None, correct: bool) -> None:
    """Say that the provider has a request: the due dates are counted from the day after.

    \b
    Example:
      formfill request received k7qf3m --on 2026-07-06
    """
    _change(prefix, "received", on, correct=correct)


@click.command()
@ID
@_on("The date of the provider's notice")
@click.option("--until", type=DAY, metavar="DATE", help="The day that it promises; else the longest that is lawful.")
@_CORRECT
def extended(prefix: str, on: dt.datetime | None, until: dt.datetime | None, correct: bool) -> None:
    """Say that the provider wrote that it needs longer: once, with its reason, inside the first span.

    The state's own clock runs on (45 CFR 164.524(b)(2) extends the federal one alone).

    \b
    Example:
      formfill request extended k7qf3m --on 2026-07-28 --until 2026-08-20
    """
    _change(prefix, "extended", on, correct=correct, until=until.date() if until else None)


@click.command()
@ID
@_on("When the records came")
@_CORRECT
def fulfilled(prefix: str, on: dt.datetime | None, correct: bool) -> None:
    """Say that the records came.

    \b
    Example:
      formfill request fulfilled k7qf3m
    """
    _change(prefix, "fulfilled", on, correct=correct)


@click.command()
@ID
@_on("The date of the denial")
@_CORRECT
def denied(prefix: str, on: dt.datetime | None, correct: bool) -> None:
    """Say that the provider refused.

    \b
    Example:
      formfill request denied k7qf3m --on 2026-07-20
    """
    _change(prefix, "denied", on, correct=correct)


@click.command()
@ID
@_on("The date of the revocation")
@_CORRECT
def revoke(prefix: str, on: dt.datetime | None, correct: bool) -> None:
    """Say that the patient revoked the authorization, or withdrew the request.

    \b
    Example:
      formfill request revoke k7qf3m
    """
    _change(prefix, "revoked", on, correct=correct)


def _change(prefix: str, state: State, on: dt.datetime | None, **more: Any) -> None:
    from formfill.store.entry import Change

    with open_ledger() as ledger:
        entry = ledger.change(prefix, Change(state=state, on=day_of(on), **more))
    click.echo(f"{entry.id}: {state} on {entry.on[state]}")
    for one in entry.deadlines[:1]:
        click.echo(f"  due {one.due}: {one.words}")
    tell_extension(entry)
