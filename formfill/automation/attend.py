"""Does one file that a watcher has taken, in a worker process.

All of it may be done again from the start wherever a process was killed: the packet's folder takes its place whole, the
ledger knows a packet by its folder, and sent.json in the folder keeps it from being sent twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import faulthandler
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from formfill.automation.claim import begin_try
from formfill.automation.dropped import opened, read_dropped
from formfill.automation.inbox import kind_of
from formfill.automation.outbox import Outbox
from formfill.automation.work import How, Result, Work, do, failed
from formfill.errors import LedgerError, OutputError, RequestError
from formfill.files import write_private
from formfill.model.request import parse_request

#: A request that takes longer hangs: its process ends itself.
REQUEST_SECONDS = 900
#: A table is streamed; what is larger is no table of a person.
MAX_TABLE = 500_000_000
_MADE = "made.json"
_OWNED = "owned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to do. ``folder`` is that of its claim, and ``name`` what it was dropped as."""

    folder: Path
    name: str
    how: How
    ledger: bool = True
    deliver: bool = False
    columns: Path | None = None
    jobs: int = 1
    """How many rows of a table are done at once."""

    @property
    def file(self) -> Path:
        return self.folder / "dropped" / self.name

    @property
    def token(self) -> str:
        return self.folder.name


def attend(task: Task) -> Result:
    """Do it; whatever is wrong is in the result."""
    start = time.perf_counter()
    result = Result(id=task.token, outcome="failed", file=task.name, line=0)
    try:
        begin_try(task.folder)
        if kind_of(task.name) == "table":
            from formfill.automation.attend_table import attend_table

            with opened(task.file, MAX_TABLE):
                result = attend_table(task, result)
        else:
            with _ends_itself():
                result = _attend_request(task)
    except Exception as exc:  # one bad file must not end the watcher
        result = failed(result, exc)
    return replace(result, seconds=time.perf_counter() - start)


def _attend_request(task: Task) -> Result:
    work = read_dropped(task.file, task.token, task.folder / "files")
    _refuse_anothers(work, task)
    result = do(replace(work, done=_made(task)), task.how)
    if result.outcome == "failed":
        return result
    try:
        _enter(result, task)
        if not task.deliver:
            return result
        _keep_made(result, task)
        return deliver(result, task)
    except Exception as exc:
        return not_sent(result, exc)


def not_sent(result: Result, exc: Exception) -> Result:
    """The result of a request whose packet was made, and that failed after that."""
    result = failed(result, exc)
    return replace(result, message=f"{result.message}\nIts packet is made. To send it: formfill send {result.folder}")


def _enter(result: Result, task: Task) -> None:
    """Enter a packet into the ledger. Raises: LedgerError."""
    if result.entry is not None and task.ledger and task.how.workspace is not None:
        from formfill.entering import enter_prepared

        enter_prepared([result.entry], task.how.workspace, dt.date.today())


def _refuse_anothers(work: Work, task: Task) -> None:
    """Raises: RequestError, where the folder in the outbox is not of this file: packets are not replaced unasked."""
    mark, outbox = task.folder / _OWNED, Outbox(task.how.out)
    if mark.exists():
        return
    if parse_request(work.request).request is not None and outbox.has(work.id):
        raise RequestError(
            f"{work.file}: request: {work.id} is in the outbox already: give this one another id (request:), or move "
            f"{outbox.folder(work.id)} away and drop it again"
        )
    try:
        mark.touch(mode=0o600)
    except OSError as exc:
        raise OutputError(f"{mark.name}: cannot be written: {exc.strerror}") from exc


def _made(task: Task) -> tuple[str, tuple[str, ...]] | None:
    """What an earlier try made, which may have been sent."""
    try:
        digest, files = json.loads((task.folder / _MADE).read_bytes())
    except (OSError, ValueError):
        return None
    return digest, tuple(files)


def _keep_made(result: Result, task: Task) -> None:
    write_private(task.folder / _MADE, json.dumps([result.digest, result.files]).encode())


def deliver(result: Result, task: Task) -> Result:
    """Send the packet, once. Raises: DeliveryError, OutputError, LedgerError."""
    from formfill.catalog import Catalog
    from formfill.channels.dispatch import dispatch
    from formfill.channels.printer import Printing
    from formfill.channels.sending import parcel
    from formfill.entering import enter_sent
    from formfill.packet.manifest import MANIFEST

    if MANIFEST not in result.files:
        return replace(result, notes=(*result.notes, "the request has no send:, so nothing was sent"))
    found = parcel(Path(result.folder))
    if found.channel == "mail":
        return replace(result, notes=(*result.notes, "a packet for the mail is printed and posted by hand"))
    if not task.folder.exists():
        raise RequestError(f"{task.name}: another watcher took it over, which sends it")
    dispatch(found, Catalog(task.how.workspace).settings(), Printing(""))
    if task.ledger and task.how.workspace is not None:
        try:
            enter_sent(found.folder, found.channel, task.how.workspace)
        except LedgerError as exc:
            raise LedgerError(f"it was sent, and is not in the ledger as sent: {exc}") from exc
    return result


@contextlib.contextmanager
def _ends_itself() -> Iterator[None]:
    """Ends this process where what is inside hangs, even in a library's C."""
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(REQUEST_SECONDS, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
