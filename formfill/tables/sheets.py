"""XLSX: the cells of one sheet as people see them there.

Dates are YYYY-MM-DD, whole numbers have no ".0", zeros that a number format puts in front (ZIP 02134) stay, and of a
formula it is the value that was saved with it. Shared strings are held in memory by openpyxl: up to 256 MB of them.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from formfill.errors import TableError
from formfill.tables.base import MAX_COLUMNS, MAX_ROW_BYTES, Row, Table, bad_row, checked_headers, row_of
from formfill.zips import DAMAGED_ZIP

_MAX_MEMBERS = 10_000
_MAX_STRINGS = 256_000_000
_MAX_ALL = 4_000_000_000
_CHUNK = 1 << 20
#: A tag that a row, a formula or a document type begins with; some writers put a namespace before it.
_TAGS = re.compile(rb"<(?:\w+:)?(row|f)[\s/>]|<!(DOCTYPE|ENTITY)")
_LONGEST_TAG = 64
#: As far down as Excel goes.
_LAST_ROW = 1_048_576
#: What is raised for a damaged file, by openpyxl too.
_DAMAGED = (*DAMAGED_ZIP, RuntimeError, OSError, LookupError)
#: A number format that only puts zeros in front and dashes between: 00000, 000\-00\-0000.
_ZEROS = re.compile(r"0+(?:\\?-0+)*")


def read_xlsx(stream: BinaryIO, source: str, sheet: str | None = None) -> Table:
    """The table of one sheet, the first without ``sheet``.

    Raises: TableError, for a file that is no sound XLSX, is locked, or would unpack to more than it should.
    """
    has_formulas = _survey(stream, source)
    values = _sheet(stream, source, sheet, data_only=True)
    # a formula whose value was never computed reads as empty: only the formulas themselves tell
    formulas = _sheet(stream, source, sheet, data_only=False) if has_formulas else None
    rows = _cells(values, formulas, source)
    for line, cells in rows:
        if any(not isinstance(cell, Exception) and cell for cell in cells):
            headers = checked_headers([str(cell) for cell in cells], f"{source}:{line}")
            return Table(source, headers, _rows(rows, headers, source))
    raise TableError(f"{source}: the sheet is empty: a first row with the names of the columns was expected")


def _rows(rows: Iterator[tuple[int, list[str | ValueError]]], headers: tuple[str, ...], source: str) -> Iterator[Row]:
    for line, cells in rows:
        # a row of a sheet ends with its last cell that was ever touched
        texts = [str(cell) for cell in cells] + [""] * (len(headers) - len(cells))
        spoilt = next((cell for cell in cells if isinstance(cell, ValueError)), None)
        if spoilt is not None:
            column = cells.index(spoilt)
            yield bad_row(
                source, line, f"column {headers[column] if column < len(headers) else column + 1!r}: {spoilt}"
            )
        elif row := row_of(source, line, headers, texts):
            yield row


def _cells(values: Any, formulas: Any, source: str) -> Iterator[tuple[int, list[str | ValueError]]]:
    """Each row's number and cells; a cell that cannot be read is a ValueError that says why."""
    # openpyxl makes up the rows and cells before one that stands far out: thousands of millions, where the file says so
    written = iter(formulas.iter_rows(values_only=True, max_row=_LAST_ROW)) if formulas is not None else None
    seen = iter(values.iter_rows(max_row=_LAST_ROW))
    line = 0
    while True:
        line += 1
        with _translated(source):
            row = next(seen, None)
            behind = next(written, ()) if written is not None else ()
        if row is None:
            return
        cells: list[str | ValueError] = []
        for number, cell in enumerate(row[: MAX_COLUMNS + 1]):
            formula = behind[number] if number < len(behind) else None
            cells.append(_cell(cell, formula))
        yield line, cells


def _cell(cell: Any, formula: object) -> str | ValueError:
    value = cell.value
    if value is None:
        is_formula = formula is not None and not (isinstance(formula, str) and not formula.startswith("="))
        return ValueError("a formula without its value: open the file in Excel and save it") if is_formula else ""
    if cell.data_type == "e":
        return ValueError("a formula that ended in an error")
    try:
        number_format = getattr(cell, "number_format", "General") or "General"
    except LookupError:  # looked up only now among the styles that the file has
        return ValueError("a cell whose format is damaged: open the file in Excel and save it")
    return _text(value, number_format)


def _text(value: Any, number_format: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int) and value >= 0 and _ZEROS.fullmatch(number_format):
        return _with_zeros(str(value), number_format.replace("\\", ""))
    return str(value)


def _with_zeros(digits: str, shape: str) -> str:
    """``digits`` in the place of the zeros of ``shape``, from the right; more digits stand before the first."""
    zeros = shape.count("0")
    digits = digits.zfill(zeros)
    left = iter(digits[len(digits) - zeros :])
    return digits[: len(digits) - zeros] + "".join(next(left) if sign == "0" else sign for sign in shape)


def _sheet(stream: BinaryIO, source: str, name: str | None, *, data_only: bool) -> Any:
    import openpyxl

    stream.seek(0)
    with _translated(source):
        book = openpyxl.load_workbook(stream, read_only=True, data_only=data_only, keep_links=False)
        found = [sheet for sheet in book.worksheets if name is None or sheet.title == name]
        known = ", ".join(sheet.title for sheet in book.worksheets)
    if not found:
        raise TableError(f"{source}: has no sheet {name!r}; its sheets: {known}")
    # what the file says of its own size is often wrong
    found[0].reset_dimensions()
    return found[0]


class _translated:
    """Around each call of openpyxl: its errors, of any kind, become a TableError, and its warnings nothing."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._quiet = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._quiet.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: object) -> None:
        self._quiet.__exit__(kind, exc, None)
        if isinstance(exc, Exception):
            raise TableError(
                f"{self._source}: is no sound XLSX file ({type(exc).__name__}): open it in Excel or LibreOffice and "
                "save it anew"
            ) from None


def _survey(stream: BinaryIO, source: str) -> bool:
    """Look through the file before openpyxl does; whether a sheet has formulas.

    Raises: TableError, for what is no XLSX or would take more memory than a table may.
    """
    mark = stream.read(8)
    stream.seek(0)
    if mark == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise TableError(
            f"{source}: is locked with a password, or an old .xls file: save it as .xlsx without a password"
        )
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            _refuse_bomb(members, source)
            sheets = [one for one in members if one.filename.startswith("xl/worksheets/")]
            rest = [one for one in members if one not in sheets and one.filename.endswith((".xml", ".rels"))]
            has_formulas = False
            for one in (*rest, *sheets):
                has_formulas |= _scan(archive, one, source)
            return has_formulas
    except _DAMAGED as exc:
        raise TableError(
            f"{source}: is no XLSX file, or is damaged ({type(exc).__name__}): open it in Excel and save it anew"
        ) from None


def _refuse_bomb(members: list[zipfile.ZipInfo], source: str) -> None:
    strings = sum(one.file_size for one in members if not one.filename.startswith("xl/worksheets/"))
    if len(members) > _MAX_MEMBERS or strings > _MAX_STRINGS or sum(one.file_size for one in members) > _MAX_ALL:
        raise TableError(f"{source}: would unpack to more than a table may: save the sheet as CSV")


def _scan(archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: str) -> bool:
    """Read a member once: no document type, no endless row; whether it has formulas."""
    is_sheet = member.filename.startswith("xl/worksheets/")
    has_formulas, tail, at, last_row = False, b"", 0, 0
    with archive.open(member) as part:
        while chunk := part.read(_CHUNK):
            if not at and not chunk.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
                raise TableError(f"{source}: {member.filename} is not UTF-8 XML: open it in Excel and save it anew")
            window = tail + chunk
            start = at - len(tail)
            for tag in _TAGS.finditer(window):
                if tag[2]:
                    raise TableError(
                        f"{source}: {member.filename} declares a document type: no program for sheets does"
                    )
                has_formulas |= tag[1] == b"f"
                last_row = start + tag.start() if tag[1] == b"row" else last_row
            at += len(chunk)
            tail = window[-_LONGEST_TAG:]
            if is_sheet and at - last_row > MAX_ROW_BYTES:
                raise TableError(f"{source}: a row is larger than {MAX_ROW_BYTES:,} bytes: this is no table of people")
    return has_formulas
