"""When a provider must have answered: the federal and the state clock, of which the earliest governs.

A right-of-access clock runs for a patient's own request and for an amendment. An authorization lets the provider
disclose and sets it no date (45 CFR 164.508): for one there is only a day on which it is courteous to ask.

Known limits: the holidays are those of the ``holidays`` library, set right for California by Government Code 6700 and
6701; a day that a governor appoints later is not among them. Whether a state's clock runs longer by agreement is not
known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, RootModel, model_validator

from formfill.errors import LedgerError
from formfill.model.base import Model, load_model
from formfill.model.form_map import Instrument
from formfill.model.scalars import State, Text

Wants = Literal["copies", "inspection"]
Urgency = Literal["overdue", "soon", "later"]

#: A reminder comes this many days before the due date; from then on it is "soon".
REMIND_DAYS = 5
#: How long a request is taken to be on its way where nobody confirmed that it came.
TRANSIT_DAYS = 5
ACCESS_DAYS, ACCESS_EXTENSION = 30, 30
AMENDMENT_DAYS, AMENDMENT_EXTENSION = 60, 30
COURTESY_DAYS = 30
COMPLAINT_DAYS = 180

_TABLE = Path(__file__).with_name("state_deadlines.yaml")
_COURTESY = "a day to ask how it stands: a courtesy, since no law sets a date for such a request"
_ONE_DAY = dt.timedelta(days=1)
#: California Government Code 6701: on a Sunday, the Monday following is a holiday.
_MOVED_FROM_SUNDAY = frozenset({(1, 1), (3, 31), (7, 4), (11, 11), (12, 25)})
#: A day of observance in schools (Education Code 37222), which the library lists among the public holidays.
_NO_HOLIDAY = "Susan B. Anthony Day"


class StateRule(Model):
    """How soon a state wants a patient's own request answered."""

    wants: Wants
    days: int | None = Field(default=None, ge=1)
    """Calendar days."""
    working_days: int | None = Field(default=None, ge=1)
    rolls: bool = False
    """Whether a last day on a weekend or holiday is moved to the next working day."""
    citation: Text
    check: bool = False
    """Not read in its own source: shown with "check with the provider"."""

    @model_validator(mode="after")
    def _one_measure(self) -> StateRule:
        if (self.days is None) == (self.working_days is None):
            raise ValueError("needs days or working_days, one of the two")
        return self

    def due(self, received: dt.date, state: str) -> dt.date:
        """The last day, counted from the day after ``received``."""
        if self.working_days is not None:
            return add_working_days(received, self.working_days, state)
        due = received + dt.timedelta(days=self.days or 0)
        return next_working_day(due, state) if self.rolls else due

    @property
    def words(self) -> str:
        """The rule, for a person."""
        return f"{self.wants} within {self.days or self.working_days} {'days' if self.days else 'working days'}"


class StateRules(RootModel[dict[State, tuple[StateRule, ...]]]):
    """The rules of every state that has some of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What a due date is counted from."""

    instrument: Instrument
    state: str = ""
    """Where the records are kept, two letters; empty where it is not known."""
    wants: Wants = "copies"
    sent: dt.date | None = None
    received: dt.date | None = None
    """By fax, e-mail or portal the day of the confirmation; by mail that of the return receipt."""
    extended_on: dt.date | None = None
    """When the provider wrote that it needs longer."""
    extended_until: dt.date | None = None
    """The day that it promised; without one the longest that the law lets it have."""

    @property
    def start(self) -> dt.date | None:
        """The day of receipt, estimated where nobody confirmed it; None before the request is sent."""
        if self.received is None and self.sent is not None:
            return self.sent + dt.timedelta(days=TRANSIT_DAYS)
        return self.received

    @property
    def estimated(self) -> bool:
        return self.received is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One date, and which rule sets it."""

    due: dt.date
    rule: str
    citation: str
    """The law; empty for a date that no law sets."""
    days: int = 0
    """How many days the rule gives, as it counts them."""
    estimated: bool = False
    """Counted from a day of receipt that nobody confirmed."""
    check: bool = False
    """The rule is not read in its own source: to be shown with "check with the provider"."""
    courtesy: bool = False
    """No law sets this date."""

    @property
    def words(self) -> str:
        """The rule, its law, and how sure the date is, for a person."""
        doubts = [
            *(["the day of receipt is estimated"] if self.estimated else []),
            *(["check with the provider"] if self.check else []),
        ]
        said = f"{self.rule} ({self.citation})" if self.citation else self.rule
        return "; ".join([said, *doubts])


def deadlines(clock: Clock) -> tuple[Deadline, ...]:
    """Every date by which an answer is due, the earliest first: that one governs. None before the request is sent."""
    if clock.start is None:
        return ()
    return tuple(sorted(_deadlines(clock, clock.start), key=lambda deadline: deadline.due))


def governing(clock: Clock) -> Deadline | None:
    """The earliest deadline, which governs; None before the request is sent."""
    return next(iter(deadlines(clock)), None)


def urgency(due: dt.date, today: dt.date) -> Urgency:
    """Whether a date is past, near, or neither."""
    if due < today:
        return "overdue"
    return "soon" if (due - today).days <= REMIND_DAYS else "later"


def complaint_by(violation: dt.date) -> Deadline:
    """Until when the Office for Civil Rights takes a complaint about what happened on ``violation``.

    45 CFR 160.306(b)(3): 180 days from when the complainant knew of it.
    """
    return Deadline(
        due=violation + dt.timedelta(days=COMPLAINT_DAYS),
        rule=f"complaint to the Office for Civil Rights within {COMPLAINT_DAYS} days",
        citation="45 CFR 160.306(b)(3)",
    )


def extension_problem(clock: Clock) -> str | None:
    """Why an extension does not count, or counts for less than it says; None where it stands as it is.

    45 CFR 164.524(b)(2) and 164.526(b)(2): one extension, told in writing inside the first span.
    """
    if clock.extended_on is None or clock.start is None:
        return None
    span = _federal(clock.instrument)
    if span is None:
        return "this request has no deadline that could be extended: only access requests and amendments have one"
    first, more, citation = span
    if clock.extended_on > (limit := clock.start + dt.timedelta(days=first)):
        return (
            f"the notice of {clock.extended_on} came after {limit}, the last of the first {first} days, so it extends "
            f"nothing ({citation})"
        )
    if clock.extended_until and clock.extended_until > (most := limit + dt.timedelta(days=more)):
        return f"{clock.extended_until} is later than the law allows: {most} counts ({citation})"
    return None


def next_working_day(day: dt.date, state: str) -> dt.date:
    """``day`` itself, or the first day after it that is neither on a weekend nor a holiday (Civil Code 10)."""
    while not is_working_day(day, state):
        day += _ONE_DAY
    return day


def add_working_days(day: dt.date, count: int, state: str) -> dt.date:
    """The ``count``-th working day after ``day``, which itself does not count."""
    for _ in range(count):
        day = next_working_day(day + _ONE_DAY, state)
    return day


def is_working_day(day: dt.date, state: str) -> bool:
    """Whether offices of the state are open: no Saturday, Sunday or holiday."""
    return day.weekday() < 5 and day not in _holidays(state, day.year)


def state_rules(state: str) -> tuple[StateRule, ...]:
    """The rules of a state, by its two letters; none where it has no own. Raises: LedgerError, for a broken table."""
    return _table().root.get(state, ())


def _deadlines(clock: Clock, start: dt.date) -> Iterator[Deadline]:
    if (span := _federal(clock.instrument)) is None:
        yield Deadline(
            due=start + dt.timedelta(days=COURTESY_DAYS),
            rule=_COURTESY,
            citation="",
            estimated=clock.estimated,
            courtesy=True,
        )
        return
    first, more, citation = span
    due, rule = start + dt.timedelta(days=first), f"HIPAA: {first} days"
    if clock.extended_on is not None and clock.extended_on <= due:
        longest = due + dt.timedelta(days=more)
        # a promise of an earlier day than the first span ends takes nothing from that span
        due = max(due, min(clock.extended_until or longest, longest))
        rule += f", extended once by notice of {clock.extended_on}"
    yield Deadline(due=due, rule=rule, citation=citation, days=first, estimated=clock.estimated)
    if clock.instrument != "access-request":
        return
    for one in state_rules(clock.state):
        if one.wants == clock.wants:
            yield Deadline(
                due=one.due(start, clock.state),
                rule=f"{clock.state}: {one.words}",
                citation=one.citation,
                days=one.days or one.working_days or 0,
                estimated=clock.estimated,
                check=one.check,
            )


def _federal(instrument: Instrument) -> tuple[int, int, str] | None:
    """The first span in days, by how many it can be extended, and where that stands."""
    if instrument == "access-request":
        return ACCESS_DAYS, ACCESS_EXTENSION, "45 CFR 164.524(b)(2)"
    if instrument == "amendment":
        return AMENDMENT_DAYS, AMENDMENT_EXTENSION, "45 CFR 164.526(b)(2)"
    return None


@cache
def _table() -> StateRules:
    return load_model(StateRules, _TABLE, LedgerError)


@cache
def _holidays(state: str, year: int) -> frozenset[dt.date]:
    """The holidays of a state in one year; those of the whole country for a state that the library does not know."""
    import holidays

    subdivision = state if state in holidays.list_supported_countries()["US"] else None
    if state != "CA":
        return frozenset(holidays.country_holidays("US", subdiv=subdivision, years=year))
    # the library moves a holiday on a Saturday to the Friday, as federal offices do; California does so on one day
    # alone (Government Code 6701)
    found = holidays.country_holidays("US", subdiv=subdivision, years=year, observed=False)
    days = {day for day in found if found.get_list(day) != [_NO_HOLIDAY]}
    moved = {day + _ONE_DAY for day in days if day.weekday() == 6 and (day.month, day.day) in _MOVED_FROM_SUNDAY}
    veterans = dt.date(year, 11, 11)
    return frozenset(days | moved | ({veterans - _ONE_DAY} if veterans.weekday() == 5 else set()))
