"""Does a table that was dropped: a batch, in a folder of its own in the outbox, with its report there.

The batch keeps what came of each row, so that a table that is done again goes on where it was.
"""

from __future__ import annotations

import contextlib
import csv
import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from formfill.automation.attend import Task, deliver, not_sent
from formfill.automation.batch import Batch, run
from formfill.automation.claim import clear_beside, put_beside
from formfill.automation.inbox import request_id
from formfill.automation.lease import ALIVE, hold_alive
from formfill.automation.outbox import Outbox
from formfill.automation.report import REPORTS
from formfill.automation.work import Result
from formfill.automation.workers import Workers, processes
from formfill.errors import ExitCode
from formfill.files import sweep
from formfill.store.keys import held_keys, hold_keys
from formfill.tables.columns import ColumnMap, Columns, load_column_map
from formfill.tables.read import open_table

#: A file of this name in a watcher's folder asks what it does to end in good order.
STOP = "stop"
_LOOK_SECONDS = 0.5
#: So many rows are told in the reason; the report has all.
_TOLD = 20


def attend_table(task: Task, result: Result) -> Result:
    """Do all rows. Rows that failed are put beside the file, to be mended and dropped again.

    Raises: TableError, OutputError, LedgerError.
    """
    column_map = load_column_map(task.columns) if task.columns else ColumnMap()
    out = Outbox(task.how.out).folder(request_id(task.name, task.token))
    rows: list[Result] = []
    made: list[Result] = []

    def tell(one: Result) -> None:
        if one.outcome == "failed":
            rows.append(one)
        elif task.deliver:
            made.append(replace(one, entry=None, notes=()))

    clear_beside(task.folder)  # of an earlier try
    # messages name the table as it was dropped, not where it lies now
    with contextlib.chdir(task.file.parent), _stopping(task.folder.parent / STOP) as stop, _workers(task) as own:
        batch = Batch(
            table=task.name,
            out=out,
            workspace=task.how.workspace,
            columns=Columns(column_map, str(task.columns)),
            sheet=column_map.sheet,
            ledger=task.ledger,
            duplex=task.how.duplex,
            envelope=task.how.envelope,
            flatten=task.how.flatten,
        )
        summary = run(batch, own, stop, tell)
        if not Outbox(out).is_remote:
            sweep(Path(out))  # of rows whose process was killed
        result = replace(result, id=Path(out).name, folder=out)
        unsent = list(_unsent(made, task, stop))
        if stop.is_set():
            return replace(result, error="Stopped", message="stopped", passing=True)
        if not rows and not unsent:
            return replace(result, outcome="done")
        if rows:
            ending, data = _again(Path(task.name), {one.line for one in rows}, batch.sheet)
            put_beside(task.folder, f"again.{ending}", data)
    if not Outbox(task.how.out).is_remote:
        put_beside(task.folder, REPORTS[0], (Path(out) / REPORTS[0]).read_bytes())
    return _partly(result, rows, unsent, sum(summary.counts.values()))


def _unsent(made: list[Result], task: Task, stop: threading.Event) -> Iterator[Result]:
    """Send what was made; those that did not leave."""
    for one in made:
        if stop.is_set():
            return
        try:
            deliver(one, task)
        except Exception as exc:
            yield not_sent(one, exc)


def _partly(result: Result, rows: list[Result], unsent: list[Result], count: int) -> Result:
    said = []
    if rows:
        said += [f"{len(rows)} of {count} rows could not be done:", *_listed(rows)]
        said.append(f"The others are done: {result.folder}")
    if unsent:
        said += [f"{len(unsent)} of {count} packets were made and not sent:", *_listed(unsent)]
    rows = [*rows, *unsent]
    return replace(
        result,
        error="PartlyFailed",
        exit_code=int(ExitCode.PARTIAL),
        message="\n".join(said),
        passing=any(one.passing for one in rows),
    )


def _listed(rows: list[Result]) -> Iterator[str]:
    for one in rows[:_TOLD]:
        yield from (f"  {line}" for line in one.message.splitlines())
    if len(rows) > _TOLD:
        yield f"  and {len(rows) - _TOLD} more: see the report"


def _again(path: Path, lines: set[int], sheet: str | None) -> tuple[str, bytes]:
    """The header and the rows that begin in ``lines``, as they were written, and what the file's name ends in."""
    if path.suffix.lower() == ".xlsx":
        return "csv", _cells_again(path, lines, sheet)
    with open_table(path) as table:
        starts = {row.line for row in table.rows}
    with path.open("rb") as stream:
        wide = stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
    encoding, first = "utf-16" if wide else "utf-8", min(starts, default=1)
    out = []
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as text:
        keep = True
        for number, line in enumerate(text, 1):
            keep = number in lines if number in starts else keep or number < first
            if keep:
                out.append(line)
    return path.suffix[1:].lower(), "".join(out).encode(encoding, "surrogateescape")


def _cells_again(path: Path, lines: set[int], sheet: str | None) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    with open_table(path, sheet) as table:
        headers = table.headers or ()
        writer.writerow(headers)
        for row in table.rows:
            if row.line in lines:
                writer.writerow([row.cells.get(header, "") for header in headers])
    return text.getvalue().encode("utf-8-sig")


@contextlib.contextmanager
def _workers(task: Task) -> Iterator[Workers]:
    begin = partial(_begin_worker, task.folder.parent / ALIVE, held_keys())
    workers = Workers(lambda: processes(task.jobs, begin), task.jobs)
    try:
        yield workers
    finally:
        workers.end()


def _begin_worker(alive: Path, keys: tuple[str, ...]) -> None:
    hold_alive(alive)
    hold_keys(keys)


@contextlib.contextmanager
def _stopping(path: Path) -> Iterator[threading.Event]:
    """The event that is set when the file is there."""
    stop, ended = threading.Event(), threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_SECONDS):
            if path.exists():
                stop.set()
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        ended.set()
        thread.join()
