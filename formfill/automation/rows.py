"""Rows of a table as work to do. A row that cannot be read says why, and stops no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from formfill import yaml_io
from formfill.automation.report import REPORTS
from formfill.automation.state import NAME
from formfill.automation.work import Work
from formfill.errors import FormfillError, RequestError
from formfill.files import is_there
from formfill.remote import is_remote
from formfill.tables.base import Row, Table
from formfill.tables.columns import Columns

#: What stands beside the requests' folders.
_TAKEN = frozenset({*REPORTS, NAME, f"{NAME}-journal"})
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_LONGEST_STEM = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """One row: its request's id, and what to do or why it cannot be done."""

    id: str
    row: Row
    work: Work | None = None
    error: FormfillError | None = None


def read_rows(table: Table, columns: Columns) -> Iterator[Asked]:
    """Each row of a table as work. Raises: TableError, where the table cannot be read any further."""
    for row in table.rows:
        name = columns.id_of(row) or _own_id(row, table)
        try:
            yield Asked(name, row, work=_work(name, row, columns))
        except FormfillError as exc:
            yield Asked(name, row, error=exc)


def _work(name: str, row: Row, columns: Columns) -> Work:
    reading = columns.read(row)
    if not _ID.fullmatch(name) or name in _TAKEN:
        raise RequestError(
            f"{row.where}: request: names the request's folder: expected small letters, digits, '.', '_' and '-', and "
            f"not {' or '.join(sorted(_TAKEN))}"
        )
    profile = reading.profile
    if profile is not None and "profile" not in profile.data:
        profile = yaml_io.from_keys({"profile": name, **profile.data}, row.where)
    folder = None if is_remote(row.source) else Path(row.source).absolute().parent
    return Work(name, reading.request, profile, folder, row.source, row.line)


def _own_id(row: Row, table: Table) -> str:
    """The id of a row that gives none: the file's name, and the row's number where the file may have several."""
    stem = re.sub(r"[^a-z0-9]+", "-", Path(row.source).stem.lower()).strip("-")[:_LONGEST_STEM] or "request"
    return stem if is_there(Path.is_dir, Path(table.source)) else f"{stem}-{row.line}"
