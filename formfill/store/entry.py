"""One request as the ledger keeps it: its states, which may follow which, and its dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from formfill.errors import RequestError
from formfill.model.form_map import Instrument
from formfill.store.deadlines import Clock, Deadline, Wants, deadlines

State = Literal["prepared", "signed", "sent", "received", "extended", "fulfilled", "denied", "revoked"]
STATES: tuple[State, ...] = get_args(State)
#: The states in which the provider still owes an answer.
OPEN: frozenset[State] = frozenset({"sent", "received", "extended"})

#: Which states may follow which. A sent request was signed, said or not; a provider may deny and then release after a
#: review (45 CFR 164.524(d)); an authorization is revoked at any time (45 CFR 164.508(b)(5)).
NEXT: dict[State, frozenset[State]] = {
    "prepared": frozenset({"signed", "sent", "revoked"}),
    "signed": frozenset({"sent", "revoked"}),
    "sent": frozenset({"received", "extended", "fulfilled", "denied", "revoked"}),
    "received": frozenset({"extended", "fulfilled", "denied", "revoked"}),
    "extended": frozenset({"received", "fulfilled", "denied", "revoked"}),
    "fulfilled": frozenset({"revoked"}),
    "denied": frozenset({"fulfilled", "revoked"}),
    "revoked": frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What is known of a request when its packet is made."""

    profile: str
    """The profile's own name."""
    provider: str
    """The provider's id, else its name."""
    provider_name: str
    state_of_records: str = ""
    form: str
    instrument: Instrument
    wants: Wants = "copies"
    records: tuple[str, ...] = ()
    dates: str = ""
    """The span of care, as the request has it."""
    channel: str
    folder: str
    """Where the packet is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request of the ledger."""

    id: str
    state: State
    request: NewRequest
    digest: str
    """SHA-256 of what is asked, of whom and for whom: equal for the same request prepared twice."""
    tracking: str = ""
    """The number of a certified mail."""
    extended_until: dt.date | None = None
    on: dict[State, dt.date] = field(default_factory=dict)
    """On which day it came to each state."""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def clock(self) -> Clock:
        """What its due dates are counted from."""
        return Clock(
            instrument=self.request.instrument,
            state=self.request.state_of_records,
            wants=self.request.wants,
            sent=self.on.get("sent"),
            received=self.on.get("received"),
            extended_on=self.on.get("extended"),
            extended_until=self.extended_until,
        )

    @property
    def deadlines(self) -> tuple[Deadline, ...]:
        """When an answer is due, the earliest first; none where no answer is owed (yet, or any more)."""
        return deadlines(self.clock) if self.is_open else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to a request."""

    state: State
    on: dt.date
    tracking: str | None = None
    channel: str | None = None
    until: dt.date | None = None
    """With ``extended``: the day that the provider promised."""
    correct: bool = False
    """Whether it mends what the ledger says of this state, rather than bringing the request to it."""


def check_change(entry: Entry, change: Change, today: dt.date) -> None:
    """Whether ``change`` can have happened to ``entry``. Raises: RequestError with what can."""
    if change.correct:
        if change.state not in entry.on:
            raise RequestError(f"request {entry.id}: was never {change.state}, so there is nothing to correct")
    elif change.state in entry.on:
        only_once = "; a provider may extend once (45 CFR 164.524(b)(2))" if change.state == "extended" else ""
        raise RequestError(
            f"request {entry.id}: is {change.state} since {entry.on[change.state]}{only_once}. To mend what was "
            "entered wrongly, say --correct"
        )
    elif change.state not in NEXT[entry.state]:
        following = ", ".join(state for state in STATES if state in NEXT[entry.state]) or "nothing"
        raise RequestError(
            f"request {entry.id}: is {entry.state}, and cannot become {change.state}; what may follow: {following}"
        )
    if change.on > today:
        raise RequestError(f"request {entry.id}: {change.state} on {change.on}: that day is still to come")
    if change.until is not None and change.until <= change.on:
        raise RequestError(f"request {entry.id}: extended until {change.until}: is not after the notice of {change.on}")
    _in_order(entry, change)


def _in_order(entry: Entry, change: Change) -> None:
    """Raises: RequestError, where the dates would run backwards."""
    # the day of preparation is left out: a request on paper may be entered later than it left
    order: Sequence[State] = ("signed", "sent", "received", "extended", "denied", "fulfilled", "revoked")
    if change.state not in order:
        return
    here = order.index(change.state)
    for state, day in entry.on.items():
        if state not in order or state == change.state:
            continue
        if (order.index(state) < here and day > change.on) or (order.index(state) > here and day < change.on):
            word = "before" if day > change.on else "after"
            raise RequestError(
                f"request {entry.id}: {change.state} on {change.on} is {word} it was {state} ({day}): check --on"
            )
