"""CSV: cells between commas, semicolons or tabs, in UTF-8 or UTF-16."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, BinaryIO

from formfill.errors import TableError
from formfill.tables.base import MAX_CELL, MAX_ROW_BYTES, Row, Table, bad_row, checked_headers, row_of

_DELIMITERS = ",;\t"
#: In so many lines the header ends, also one with cells of several lines.
_HEAD_LINES = 20


def read_csv(stream: BinaryIO, source: str) -> Table:
    """The table of a CSV file. Raises: TableError, for a file that is empty, in another encoding, or without headers.

    A row that is not UTF-8 is a bad row, so that the others are read.
    """
    lines = _lines(stream, source)
    head = list(islice(lines, _HEAD_LINES))
    if not any(line.strip() for line in head):
        raise TableError(f"{source}: is empty: a first row with the names of the columns was expected")
    reader = csv.reader(chain(head, lines), delimiter=_delimiter(head), strict=True)
    cells: list[str] = []
    while not any(cells):
        try:
            cells = next(reader)
        except (csv.Error, StopIteration) as exc:
            raise TableError(f"{source}:1: the header cannot be read ({exc}): is a quote left open?") from None
    headers = checked_headers(cells, f"{source}:{reader.line_num}")
    return Table(source, headers, _rows(reader, headers, source))


def _rows(reader: Any, headers: tuple[str, ...], source: str) -> Iterator[Row]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield bad_row(source, line, _unreadable(exc, line, reader.line_num))
            continue
        if row := row_of(source, line, headers, cells):
            yield row


def _unreadable(exc: csv.Error, first: int, last: int) -> str:
    taken = f"; lines {first} to {last} were not read" if last > first else ""
    if "field larger" in str(exc):
        return f"a cell is longer than {MAX_CELL:,} characters: is a quote left open?{taken}"
    return f'the quotes do not close ({exc}): a quote inside a quoted cell is written twice (""){taken}'


def _delimiter(head: list[str]) -> str:
    """The one that parts the header into most cells."""

    def cells(delimiter: str) -> int:
        try:
            return len(next((row for row in csv.reader(head, delimiter=delimiter) if row), []))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=cells)


def _lines(stream: BinaryIO, source: str) -> Iterator[str]:
    mark = stream.read(4)
    stream.seek(0)
    if mark.startswith(b"PK\x03\x04"):
        raise TableError(f"{source}: is a ZIP or XLSX file, not CSV: name it .xlsx")
    wide = mark.startswith((b"\xff\xfe", b"\xfe\xff"))
    # bytes that are not UTF-8 go through, to be found in the row that they spoil
    text = io.TextIOWrapper(
        stream,
        encoding="utf-16" if wide else "utf-8-sig",
        errors="surrogatepass" if wide else "surrogateescape",
        newline="",
    )
    try:
        while line := text.readline(MAX_ROW_BYTES):
            if len(line) == MAX_ROW_BYTES:
                raise TableError(f"{source}: a line is longer than {MAX_ROW_BYTES:,} characters: this is no CSV file")
            yield line
    except UnicodeDecodeError:
        raise TableError(f'{source}: is damaged UTF-16: save it as UTF-8 (Excel: "CSV UTF-8")') from None
    finally:
        with contextlib.suppress(ValueError):  # the file was closed before the last line was asked for
            text.detach()
