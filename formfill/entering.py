"""Enters a request into the workspace's ledger, together with the writing of its packet: both, or neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from formfill.job import FillJob, PreparedRequest
from formfill.model.choices import Other
from formfill.model.provider import ReleasingProvider
from formfill.model.request import DateRange, Request
from formfill.store.entry import NEXT, Change, Entry, NewRequest
from formfill.store.ledger import Entered, Ledger


def save_and_enter(
    prepared: PreparedRequest, send: str, folder: Path, workspace: Path
) -> tuple[tuple[Path, ...], Entered]:
    """Write the packet into ``folder`` and enter its request as prepared today; the files' paths, and the entry.

    Raises: OutputError or LedgerError; then neither was done.
    """
    request = new_request(prepared.job, send, folder, workspace)
    with Ledger(workspace) as ledger, ledger.all_or_nothing():
        entered = ledger.prepare(request, dt.date.today())
        paths = prepared.packet.save(folder)
    return paths, entered


def enter_prepared(requests: Iterable[NewRequest], workspace: Path, on: dt.date) -> list[tuple[str, ...]]:
    """Enter requests whose packets were written, all or none; what a person should know of each.

    Raises: LedgerError.
    """
    with Ledger(workspace) as ledger, ledger.all_or_nothing():
        return [tuple(prepared_before(ledger.prepare(request, on))) for request in requests]


def prepared_before(entered: Entered) -> Iterator[str]:
    """What the ledger knows that a person should know too."""
    for one in entered.same:
        if one.id == entered.entry.id:
            yield f"request {one.id} was prepared before, on {one.on['prepared']}: this is its packet made anew"
            continue
        yield f"the same was prepared before: request {one.id}, {one.state} since {one.on[one.state]}"
    for one in entered.replaced:
        yield f"the folder held the packet of request {one.id} ({one.state}), which this one replaces"


def enter_sent(folder: Path, channel: str, workspace: Path) -> Entry | None:
    """Enter the request whose packet is in ``folder`` as sent today; None where the ledger has none that could be.

    Raises: LedgerError.
    """
    with Ledger(workspace) as ledger:
        for entry in reversed(ledger.entries()):
            if "sent" in NEXT[entry.state] and (workspace / entry.request.folder).resolve() == folder.resolve():
                return ledger.change(entry.id, Change(state="sent", on=dt.date.today(), channel=channel))
    return None


def new_request(job: FillJob, send: str, folder: Path | str, workspace: Path) -> NewRequest:
    """What the ledger keeps of a job. A folder in the workspace is kept by its path there, so that both can move; a URL
    as it is."""
    from formfill.packet.correspondents import releasing
    from formfill.parties import instrument

    party, state = releasing(job.provider, job.request)
    name = party.organisation or party.name
    return NewRequest(
        profile=job.profile.profile,
        provider=_provider_id(job) or name,
        provider_name=name,
        state_of_records=state,
        form=job.form_map.form,
        instrument=instrument(job.form_map, job.profile, job.request),
        records=tuple(f"other:{one.other}" if isinstance(one, Other) else one for one in job.request.records),
        dates=_span(job.request),
        channel=send,
        folder=folder if isinstance(folder, str) and "://" in folder else _place(Path(folder), workspace),
    )


def _place(folder: Path, workspace: Path) -> str:
    place, root = folder.resolve(), workspace.resolve()
    return str(place.relative_to(root) if place.is_relative_to(root) else place)


def _provider_id(job: FillJob) -> str | None:
    if isinstance(job.request.provider, ReleasingProvider):
        return job.request.provider.id
    return job.provider.id if job.provider is not None else None


def _span(request: Request) -> str:
    """The span of care in one word; a range as ISO 8601 has it, an open end as two dots."""
    if isinstance(request.dates, DateRange):
        return f"{request.dates.from_ or '..'}/{request.dates.to or '..'}"
    return request.dates or ""
