"""What other programs read of the ledger: a calendar (iCalendar, RFC 5545) and a table (CSV, RFC 4180)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from formfill.store.deadlines import REMIND_DAYS, Deadline
from formfill.store.entry import STATES, Entry
from formfill.tables.cells import defused

if TYPE_CHECKING:
    from icalendar import Event

#: More digits than a spreadsheet keeps of a number.
_MOST_DIGITS = 15
_COLUMNS = (
    *("id", "state", "due", "rule", "profile", "provider", "provider_name", "form", "instrument", "records", "dates"),
    *("channel", "tracking", *(f"{state}_on" for state in STATES), "extended_until", "folder"),
)


def calendar(entries: Iterable[Entry]) -> bytes:
    """One all-day event for each request that is owed an answer, with a reminder five days before.

    An event names the provider and the request's id, never the patient: calendars are shared and synced.
    """
    from icalendar import Calendar

    found = Calendar()
    found.add("prodid", "-//formfill//ledger//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", "Record requests")
    for entry in entries:
        if entry.deadlines:
            found.add_component(_event(entry, entry.deadlines[0]))
    return bytes(found.to_ical())


def table(entries: Iterable[Entry]) -> bytes:
    """Every request as a row of a CSV in UTF-8, safe to open in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for entry in entries:
        writer.writerow(safe_cell(cell) for cell in _cells(entry))
    # with a byte order mark Excel reads it as UTF-8
    return out.getvalue().encode("utf-8-sig")


def _event(entry: Entry, deadline: Deadline) -> Event:
    from icalendar import Alarm, Event

    event, alarm = Event(), Alarm()
    what = "Ask about records" if deadline.courtesy else "Records due"
    title = f"{what}: {entry.request.provider_name} ({entry.id})"
    event.add("uid", f"{entry.id}@formfill")
    # the day of the last change, so that the same ledger gives the same file
    event.add("dtstamp", dt.datetime.combine(max(entry.on.values()), dt.time(), dt.UTC))
    event.add("dtstart", deadline.due)
    event.add("dtend", deadline.due + dt.timedelta(days=1))
    event.add("summary", title)
    event.add("description", deadline.words)
    event.add("transp", "TRANSPARENT")
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", dt.timedelta(days=-REMIND_DAYS))
    alarm.add("description", title)
    event.add_component(alarm)
    return event


def _cells(entry: Entry) -> Iterator[str]:
    first = next(iter(entry.deadlines), None)
    asked = entry.request
    yield from (entry.id, entry.state, first.due.isoformat() if first else "", first.words if first else "")
    yield from (asked.profile, asked.provider, asked.provider_name, asked.form, asked.instrument)
    yield from (", ".join(asked.records), asked.dates, asked.channel, entry.tracking)
    for state in STATES:
        yield entry.on[state].isoformat() if state in entry.on else ""
    yield entry.extended_until.isoformat() if entry.extended_until else ""
    yield asked.folder


def safe_cell(cell: str) -> str:
    """A cell that a spreadsheet neither reckons nor rounds."""
    if cell.isdigit() and len(cell) > _MOST_DIGITS:
        return " ".join(cell[i : i + 4] for i in range(0, len(cell), 4))
    return defused(cell)
