"""Rows of a table (CSV, XLSX, JSON Lines, …) as keys of profiles; a person can mend a cell, so none is left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from formfill import yaml_io
from formfill.errors import FormfillError, ProfileError
from formfill.exchange.incoming import Incoming, profile_of
from formfill.tables.base import Row
from formfill.tables.columns import ColumnMap, Columns
from formfill.tables.read import open_table


def read_table(path: Path, column_map: ColumnMap | None = None, source: str = "column map") -> Iterator[Incoming]:
    """The patients of a table, a row each; what is wrong with a row is said in its own ``Incoming``.

    Without a column map the columns are called by formfill's own names, as its exports have them. Raises: TableError.
    """
    column_map = column_map or ColumnMap(defused=True)
    columns = Columns(column_map, source)
    with open_table(path, column_map.sheet) as table:
        if table.headers is not None:
            columns.check(table.headers, f"{table.source}:1")
        for row in table.rows:
            yield _incoming(row, columns)


def read_profile(path: Path) -> list[Incoming]:
    """The patient of a profile's own YAML. Raises: ProfileError, for a file that cannot be read."""
    return [_checked(yaml_io.load(path, ProfileError).data, str(path))]


def _incoming(row: Row, columns: Columns) -> Incoming:
    try:
        reading = columns.read(row)
    except FormfillError as exc:
        return Incoming(row.where, {}, (), exc)
    if reading.profile is None:
        error = ProfileError(f"{row.where}: has no column of a patient, such as patient.given_name")
        return Incoming(row.where, {}, (), error)
    asked = [key for key in reading.request.data if key != "profile"]
    notes = (f"{row.where}: says of a request, not kept: {', '.join(asked)}",) if asked else ()
    return _checked(reading.profile.data, row.where, notes)


def _checked(keys: dict[str, object], where: str, notes: tuple[str, ...] = ()) -> Incoming:
    try:
        profile_of(keys, where)
    except ProfileError as exc:
        return Incoming(where, {}, notes, exc)
    return Incoming(where, keys, notes)
