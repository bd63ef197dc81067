"""The report of a batch: one line a request, as CSV for a spreadsheet and as JSON for a program."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from formfill import remote
from formfill.automation.state import BatchState
from formfill.automation.work import Result
from formfill.errors import OutputError
from formfill.files import private_writer, temporary_prefix
from formfill.store.exports import safe_cell

REPORTS = ("report.csv", "report.json")
_COLUMNS = ("request", "outcome", "error", "exit_code", "file", "line", "message", "folder", "notes")


def write_reports(state: BatchState, out: str, summary: dict[str, Any]) -> None:
    """Write report.csv and report.json into the outbox, a line at a time. Raises: OutputError."""
    for name, write in zip(REPORTS, (_csv, _json), strict=True):
        with _writer(out, name) as stream:
            write(stream, state.results(), summary)


def _csv(stream: IO[bytes], results: Iterator[Result], summary: dict[str, Any]) -> None:
    # with a byte order mark Excel reads it as UTF-8
    stream.write("\ufeff".encode())
    with _text(stream) as text:
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        for one in results:
            cells = _cells(one) | {"notes": "\n".join(one.notes), "exit_code": one.exit_code or ""}
            writer.writerow(safe_cell(str(cells[name])) for name in _COLUMNS)


def _json(stream: IO[bytes], results: Iterator[Result], summary: dict[str, Any]) -> None:
    with _text(stream) as text:
        head = json.dumps(summary, ensure_ascii=False)
        text.write(f'{head[:-1]}, "requests": [')
        for number, one in enumerate(results):
            more = {"files": list(one.files), "seconds": round(one.seconds, 3)}
            text.write(("," if number else "") + "\n" + json.dumps(_cells(one) | more, ensure_ascii=False))
        text.write("\n]}\n")


def _cells(one: Result) -> dict[str, Any]:
    return {
        "request": one.id,
        "outcome": one.outcome,
        "error": one.error,
        "exit_code": one.exit_code,
        "file": one.file,
        "line": one.line,
        "message": one.message,
        "folder": one.folder,
        "notes": list(one.notes),
    }


@contextlib.contextmanager
def _text(stream: IO[bytes]) -> Iterator[io.TextIOWrapper]:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.flush()
        text.detach()


@contextlib.contextmanager
def _writer(out: str, name: str) -> Iterator[IO[bytes]]:
    if not remote.is_remote(out):
        with private_writer(Path(out) / name) as stream:
            yield stream
        return
    folder = Path(tempfile.mkdtemp(prefix=temporary_prefix()))
    try:
        with private_writer(folder / name) as stream:
            yield stream
        remote.put(folder / name, f"{out.rstrip('/')}/{name}", OutputError)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
