"""Many requests, one row each: given out to workers, and what came of each kept as it comes.

Memory does not grow with the table: a few rows for each worker are out at a time, and results go to the state file.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

from formfill.automation.report import write_reports
from formfill.automation.rows import Asked, read_rows
from formfill.automation.state import BatchState
from formfill.automation.work import How, Result, Work, do
from formfill.automation.workers import Workers
from formfill.entering import enter_prepared
from formfill.errors import ExitCode, OutputError, RequestError, TableError
from formfill.tables.columns import Columns
from formfill.tables.read import open_table

#: So many requests are out for each worker: enough that none waits for the next.
_OUT_PER_WORKER = 4
#: Results are kept in handfuls: one transaction costs as much as a small form.
_HANDFUL = 50
_HANDFUL_SECONDS = 1.0
#: How often it is looked whether to stop.
_LOOK_SECONDS = 0.5
#: How long a stopped batch waits for the requests that are being done.
_GRACE_SECONDS = 20.0
#: So many deaths in a row, each of another request done alone, are no request's fault.
_MOST_DEATHS = 5
_DIED = (
    "the process that did it ended twice (killed, or out of memory). Try this request alone: formfill prepare …; and "
    "the batch with fewer at once: -j 1"
)
_NOT_DONE = "the cluster's worker could not do it ({}): has it the same formfill as this machine?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What to do. ``table`` and ``out`` are paths or URLs; without a ``ledger`` nothing is entered."""

    table: str
    out: str
    workspace: Path | None
    columns: Columns
    sheet: str | None = None
    ledger: bool = True
    duplex: bool = False
    envelope: bool = False
    flatten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many requests came to what; ``stopped`` where it ended before the table did."""

    counts: dict[str, int]
    stopped: bool
    seconds: float

    @property
    def exit_code(self) -> ExitCode:
        if self.stopped:
            return ExitCode.INTERRUPTED
        return ExitCode.PARTIAL if self.counts["failed"] else ExitCode.OK


def run(
    batch: Batch, workers: Workers, stop: threading.Event, tell: Callable[[Result], None] = lambda _: None
) -> Summary:
    """Do every row of a table that was not done before, and write the report.

    ``stop`` ends it early: what is being done is finished, nothing new is begun. ``tell`` is called with each result.

    Raises: TableError, where the table cannot be read; OutputError; LedgerError. What was done until then is kept.
    """
    start = time.monotonic()
    with open_table(batch.table, batch.sheet) as table:
        if table.headers is not None:
            batch.columns.check(table.headers, table.source)
        with BatchState(batch.out) as state:
            giving = _Giving(batch, state, workers, stop, tell)
            try:
                giving.all(read_rows(table, batch.columns))
            finally:
                giving.keep()
                summary = Summary(counts=state.counts(), stopped=stop.is_set(), seconds=time.monotonic() - start)
                told = {**summary.counts, "stopped": summary.stopped, "table": batch.table}
                write_reports(state, batch.out, told)
    return summary


@dataclass(frozen=True, slots=True)
class _Given:
    """A request that is out; ``place`` counts the rows of the table."""

    place: int
    work: Work


class _Giving:
    """Gives the rows of one run out, and takes the results in."""

    def __init__(
        self,
        batch: Batch,
        state: BatchState,
        workers: Workers,
        stop: threading.Event,
        tell: Callable[[Result], None],
    ) -> None:
        self.batch, self.state, self.workers, self.stop, self.tell = batch, state, workers, stop, tell
        self.how = How(
            out=batch.out,
            workspace=batch.workspace,
            salt=state.salt,
            duplex=batch.duplex,
            envelope=batch.envelope,
            flatten=batch.flatten,
        )
        self.out: dict[Future[Result], _Given] = {}
        self.ready: list[tuple[int, str, Result]] = []
        self.kept_at = time.monotonic()
        self.deaths = 0

    def all(self, rows: Iterable[Asked]) -> None:
        """Do every row, or until it is told to stop. Raises: TableError, when what was given out until then is done."""
        unreadable: TableError | None = None
        try:
            for place, one in enumerate(rows):
                while len(self.out) >= _OUT_PER_WORKER * self.workers.count and not self.stop.is_set():
                    self.take()
                if self.stop.is_set():
                    break
                self.row(place, one)
        except TableError as exc:
            unreadable = exc
        self.finish()
        if unreadable is not None:
            raise unreadable

    def finish(self) -> None:
        """Take in all that is out; when it is told to stop, only what is done soon."""
        until = None
        while self.out:
            if self.stop.is_set():
                until = until or time.monotonic() + _GRACE_SECONDS
                if time.monotonic() > until:
                    return
                for future in self.out:
                    future.cancel()
            self.take()

    def row(self, place: int, asked: Asked) -> None:
        error, key = asked.error, asked.id
        if first := self.where(asked.id):
            key = f"{asked.id} {asked.row.where}"
            error = RequestError(
                f"{asked.row.where}: request: {asked.id} is also the id of {first}: give each row an id of its own"
            )
        if error is None and asked.work is not None:
            self.give(_Given(place, replace(asked.work, done=self.state.done(asked.id))))
            return
        failed = Result(id=asked.id, outcome="failed", file=asked.row.source, line=asked.row.line)
        if error is not None:
            name, code = type(error).__name__, int(error.exit_code)
            failed = replace(failed, error=name, exit_code=code, message=str(error))
        self.came(place, key, failed)

    def where(self, name: str) -> str:
        """The earlier row of this run that has the same id."""
        for given in self.out.values():
            if given.work.id == name:
                return f"{given.work.file}:{given.work.line}"
        for _, key, result in self.ready:
            if key == name:
                return f"{result.file}:{result.line}"
        return self.state.where(name)

    def give(self, given: _Given) -> None:
        try:
            self.out[self.workers.submit(do, given.work, self.how)] = given
        except BrokenExecutor:
            self.broken([given])

    def take(self) -> None:
        """Take in what is done; wait a moment where nothing is."""
        done, _ = wait(self.out, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        suspects = []
        for future in done:
            given = self.out.pop(future)
            try:
                self.came(given.place, given.work.id, future.result())
            except BrokenExecutor:
                suspects.append(given)
            except CancelledError:
                self.cancelled()
            except Exception as exc:
                # of a cluster, since work itself raises nothing
                self.came(given.place, given.work.id, _died(given.work, type(exc).__name__))
        if suspects:
            self.broken(suspects)
        elif time.monotonic() - self.kept_at > _HANDFUL_SECONDS:
            self.keep()

    def cancelled(self) -> None:
        if not self.stop.is_set():
            raise OutputError(
                "the cluster dropped what it was doing: is its scheduler still there? Then run the same again: what is "
                "done is skipped"
            )

    def broken(self, suspects: list[_Given]) -> None:
        """A worker died, and with it the pool: do each request that was out again, alone, to find which one kills."""
        wait(self.out)
        for future, given in self.out.items():
            if future.cancelled() or future.exception() is not None:
                suspects.append(given)
            else:
                self.came(given.place, given.work.id, future.result())
        self.out.clear()
        self.workers.renew()
        for given in sorted(suspects, key=lambda one: one.place):
            if self.stop.is_set():
                return
            self.alone(given)

    def alone(self, given: _Given) -> None:
        try:
            future = self.workers.submit(do, given.work, self.how)
            while not wait([future], timeout=_LOOK_SECONDS).done:
                pass
            self.came(given.place, given.work.id, future.result())
            self.deaths = 0
        except BrokenExecutor:
            self.workers.renew()
            self.came(given.place, given.work.id, _died(given.work, "WorkerDied"))
            self.deaths += 1
            if self.deaths == _MOST_DEATHS:
                raise OutputError(
                    f"the processes that do the work end as soon as they begin ({self.deaths} in a row): is there "
                    "memory left? With -j 1 no other process is needed"
                ) from None

    def came(self, place: int, key: str, result: Result) -> None:
        self.ready.append((place, key, result))
        self.tell(result)
        if len(self.ready) >= _HANDFUL:
            self.keep()

    def keep(self) -> None:
        """Enter the packets that were made into the ledger, then keep what came of the requests.

        In this order: what is entered and not kept is done again, and is then the same entry of the ledger.
        """
        ready, self.ready, self.kept_at = self.ready, [], time.monotonic()
        workspace = self.batch.workspace
        entries = [(i, one.entry) for i, (_, _, one) in enumerate(ready) if one.entry is not None]
        if entries and workspace is not None and self.batch.ledger:
            notes = enter_prepared([entry for _, entry in entries], workspace, dt.date.today())
            for (i, _), more in zip(entries, notes, strict=True):
                place, key, result = ready[i]
                ready[i] = place, key, replace(result, notes=(*result.notes, *more))
        if ready:
            self.state.record(ready)


def _died(work: Work, error: str) -> Result:
    known = error in ("WorkerDied", "KilledWorker")
    return Result(
        id=work.id,
        outcome="failed",
        file=work.file,
        line=work.line,
        error=error,
        exit_code=int(ExitCode.BUG),
        message=_DIED if known else _NOT_DONE.format(error),
        passing=True,
    )
