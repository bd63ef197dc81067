"""What every kind of table gives: rows, one after the other, each with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from formfill.errors import TableError

MAX_CELL = 100_000
MAX_COLUMNS = 1_000
#: The most that one row may take; no row of a person is near this.
MAX_ROW_BYTES = 10_000_000

#: What cannot stand in a text that was decoded soundly.
_UNDECODED = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    ``source`` is the file and ``line`` (from 1) where the row begins in it; of an XLSX the number that Excel shows.
    ``cells`` is dict[header, cell]: a text, or what YAML and JSON have below a key; empty cells are left out. A row
    that cannot be read has ``error`` and no cells.
    """

    source: str
    line: int
    cells: dict[str, Any] = field(default_factory=dict)
    error: TableError | None = None

    @property
    def where(self) -> str:
        """The row as messages name it: ``requests.csv:14``."""
        return f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Table:
    """An open table. ``headers`` is None where each row has keys of its own (YAML, JSON)."""

    source: str
    headers: tuple[str, ...] | None
    rows: Iterator[Row]


def checked_headers(cells: Iterable[str | None], where: str) -> tuple[str, ...]:
    """The headers, without the space around them and the nameless columns at the end. Raises: TableError."""
    headers = [" ".join((cell or "").split()) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if not headers:
        raise TableError(f"{where}: the first row has no headers: name the columns in it")
    if len(headers) > MAX_COLUMNS:
        raise TableError(f"{where}: more than {MAX_COLUMNS:,} columns: is this the right file?")
    if any("\0" in header for header in headers):
        raise TableError(f"{where}: holds NUL characters, as UTF-16 without its mark does: save the file as UTF-8")
    if any(_UNDECODED.search(header) for header in headers):
        raise TableError(f'{where}: not UTF-8 text: save the file as UTF-8 (Excel: "CSV UTF-8")')
    seen: dict[str, int] = {}
    for number, header in enumerate(headers, 1):
        if not header:
            raise TableError(f"{where}: column {number} has no header: name it, or delete it")
        if first := seen.get(header.casefold()):
            raise TableError(f"{where}: columns {first} and {number} are both called {header!r}: rename one")
        seen[header.casefold()] = number
    return tuple(headers)


def row_of(source: str, line: int, headers: Sequence[str], cells: Sequence[str]) -> Row | None:
    """The row that ``cells`` are; None where all are empty."""
    filled = [cell.strip() for cell in cells]
    while len(filled) > len(headers) and not filled[-1]:
        filled.pop()
    if not any(filled):
        return None
    problem = _problem(headers, filled)
    if problem:
        return bad_row(source, line, problem)
    # strict is off: short rows were looked for
    return Row(source, line, {header: cell for header, cell in zip(headers, filled, strict=False) if cell})


def _problem(headers: Sequence[str], cells: Sequence[str]) -> str | None:
    if len(cells) != len(headers):
        return (
            f"has {len(cells)} cells where the header has {len(headers)}: put a cell that holds the delimiter in quotes"
        )
    for header, cell in zip(headers, cells, strict=True):
        if len(cell) > MAX_CELL:
            return f"column {header!r}: a cell is longer than {MAX_CELL:,} characters"
        if "\0" in cell:
            return f"column {header!r}: holds a NUL character: type the cell again"
        if _UNDECODED.search(cell):
            return f'column {header!r}: not UTF-8 text: save the file as UTF-8 (Excel: "CSV UTF-8")'
    return None


def bad_row(source: str, line: int, problem: str) -> Row:
    """A row that cannot be read."""
    return Row(source, line, error=TableError(f"{source}:{line}: {problem}"))
