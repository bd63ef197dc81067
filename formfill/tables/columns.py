"""Turns a row into the keys of a request and of a profile; a column map says what an export's own columns mean."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from formfill import yaml_io
from formfill.errors import FormfillError, TableError
from formfill.model.base import load_model
from formfill.model.choices import item_of
from formfill.model.scalars import AlsoAs, Record, Text
from formfill.model.vocabulary import did_you_mean
from formfill.tables.base import Row
from formfill.tables.cells import restored
from formfill.tables.names import Target, target_of
from formfill.yaml_io import Path_

IGNORE = "ignore"
_ID: Path_ = ("request",)
_YES = frozenset({"x", "✓", "✔", "yes", "y", "true", "t", "1", "on"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "-"})


class Column(Record):
    """What one column of an export means."""

    to: Text
    """A name of formfill's (``patient.given_name``, ``records.lab``), or ``ignore``."""
    values: dict[str, str] = Field(default_factory=dict)
    """What each cell means: ``{F: female, M: male}``; another cell is an error."""
    dates: Text | None = None
    """How the column writes dates, as Python's strptime has it: ``%m/%d/%Y``."""


def _named(value: object) -> object:
    return {"to": value} if isinstance(value, str) else value


class ColumnMap(Record):
    """What the columns of another program's export mean."""

    columns: dict[str, Annotated[Column, AlsoAs(_named, lambda _: {"type": "string"})]] = Field(default_factory=dict)
    """By header. A column that is called by a name of formfill's need not stand here."""
    constants: dict[str, Any] = Field(default_factory=dict)
    """What every row says that does not say it itself: ``{delivery: cd, send: fax}``."""
    others: Literal["refuse", "ignore"] = "refuse"
    """What becomes of columns that nobody knows."""
    sheet: Text | None = None
    """Which sheet of an XLSX file; without it the first."""
    defused: bool = False
    """Whether the export puts ' before cells that begin like a formula, as formfill's own does."""


def load_column_map(path: Path) -> ColumnMap:
    """Read a column map. Raises: TableError with file, line and key."""
    return load_model(ColumnMap, path, TableError)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a row says: the keys of a request, and those of a profile where it has any.

    The profile has the key ``profile``, its name, only where the row has.
    """

    request: yaml_io.Document
    profile: yaml_io.Document | None


@dataclass(frozen=True, slots=True)
class _Bound:
    target: Target
    header: str
    values: Mapping[str, str] = field(default_factory=dict)
    dates: str | None = None


class Columns:
    """Reads rows, by a column map or by formfill's own names alone."""

    def __init__(self, column_map: ColumnMap | None = None, source: str = "column map") -> None:
        """Raises: TableError, where the map names what formfill does not know."""
        self._map = column_map or ColumnMap()
        self._mapped = {
            _plain(header): _bound(header, column, source)
            for header, column in self._map.columns.items()
        }  # fmt: skip
        self._constants = tuple(_flat(self._map.constants))
        for name, value in self._constants:
            if isinstance(value, str):
                target_of(name, f"{source}: constants")

    def check(self, headers: Sequence[str], where: str) -> None:
        """Look the header of a table over before any row is read.

        Raises: TableError, for a column that nobody knows, or one that the map names and the table does not have.
        """
        problems = []
        for header in headers:
            try:
                self._binding(header, where)
            except TableError as exc:
                problems.append(str(exc))
        plain = {_plain(header): header for header in headers}
        for header in self._map.columns:
            if _plain(header) not in plain:
                near = did_you_mean(_near(header, plain.values()))
                problems.append(f"{where}: there is no column {header!r}, which the column map names{near}")
        if problems:
            raise TableError("\n".join(problems))

    def read(self, row: Row) -> Reading:
        """What a row says. Raises: TableError, one line a problem, naming the row and its columns."""
        if row.error is not None:
            raise row.error
        keys = _Keys()
        problems: list[str] = []
        said: list[tuple[_Bound | None, str, Any]] = []
        for name, value in _flat(row.cells):
            with _collected(problems, row.where, name):
                said.append((self._binding(name, row.where) if _is_cell(value) else None, name, value))
        # what is said of the first item of a list comes after the list itself
        for bound, name, value in sorted(said, key=lambda one: one[0] is not None and 0 in one[0].target.path):
            with _collected(problems, row.where, name):
                keys.put(bound, name, value, self._map.defused)
        if problems:
            raise TableError("\n".join(problems))
        for name, value in self._constants:
            keys.default(name, value)
        if keys.profile and (own := keys.request.get("profile")):
            keys.profile["profile"] = own
        return Reading(
            yaml_io.from_keys(keys.request, row.where),
            yaml_io.from_keys(keys.profile, row.where) if keys.profile else None,
        )

    def id_of(self, row: Row) -> str | None:
        """What a row calls its request, where it does, also of a row that cannot be read."""
        for name, value in row.cells.items():
            with contextlib.suppress(TableError, ValueError):
                bound = self._binding(name, row.where)
                if bound is not None and bound.target.path == _ID and isinstance(value, str):
                    return _said(value, bound)
        return None

    def _binding(self, header: str, where: str) -> _Bound | None:
        """What a column means; None for one to ignore. Raises: TableError."""
        if _plain(header) in self._mapped:
            return self._mapped[_plain(header)]
        try:
            return _Bound(target_of(header, where), header)
        except TableError:
            if self._map.others == IGNORE:
                return None
            raise


@contextlib.contextmanager
def _collected(problems: list[str], where: str, column: str) -> Iterator[None]:
    try:
        yield
    except FormfillError as exc:
        problems.append(str(exc))
    except ValueError as exc:
        problems.append(f"{where}: column {column!r}: {exc}")


class _Keys:
    """The keys of one row, as they come together."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}
        self.profile: dict[str, Any] = {}

    def put(self, bound: _Bound | None, name: str, value: Any, defused: bool) -> None:
        """Raises: ValueError."""
        if not _is_cell(value):
            # lists with keys in them are written as the file of a request or profile has them
            of: Any = "profile" if name.partition(".")[0] in _PROFILE_KEYS else "request"
            self._set(of, tuple(name.split(".")), value, adds=False)
        elif bound is not None:
            if isinstance(value, str) and defused:
                value = restored(value)
            self._put_cell(bound, value)

    def default(self, name: str, value: Any) -> None:
        """A constant, where the row says nothing of its own."""
        top = self.profile if name.partition(".")[0] in _PROFILE_KEYS else self.request
        bound = _Bound(target_of(name, "constants"), name) if _is_cell(value) else None
        path = bound.target.path if bound else tuple(name.split("."))
        if not _has(top, path):
            self.put(bound, name, value, defused=False)

    def _put_cell(self, bound: _Bound, value: Any) -> None:
        target = bound.target
        if isinstance(value, str):
            value = _said(value, bound)
        if target.kind in ("check", "flag"):
            flag = _flag(value)
            if target.kind == "flag":
                self._set(target.of, target.path, "true" if flag else "false", adds=False)
            elif flag:
                item = [target.value] if target.adds else target.value
                self._set(target.of, target.path, item, adds=target.adds)
        elif target.kind in ("texts", "words"):
            items = value if isinstance(value, list) else _split(value, target.kind)
            found = [{target.below: item} if target.below else item_of(item) for item in items]
            self._set(target.of, target.path, found, adds=True)
        elif isinstance(value, list):
            raise ValueError("expected a text, not a list")
        else:
            self._set(target.of, target.path, _dates(value) if target.path == ("dates",) else value, adds=False)

    def _set(self, of: Literal["request", "profile"], path: Path_, value: Any, *, adds: bool) -> None:
        here: Any = self.request if of == "request" else self.profile
        for part, after in zip(path, (*path[1:], None), strict=True):
            if isinstance(part, int):
                if not here:
                    here.append({})
                here = here[0]
                continue
            if after is None:
                if part in here and adds:
                    here[part] = [*here[part], *(item for item in value if item not in here[part])]
                elif here.setdefault(part, value) != value:
                    raise ValueError(f"two columns say {yaml_io.dotted(path)}, and not the same")
                continue
            here = here.setdefault(part, [] if isinstance(after, int) else {})
            if not isinstance(here, (dict, list)):
                raise ValueError(f"two columns say {yaml_io.dotted(path)}, and not the same")


_PROFILE_KEYS = frozenset({"patient", "representative", "recipients", "default_recipient"})


def _has(data: Any, path: Path_) -> bool:
    """Whether ``path`` or what stands above it has a value; keys below another one's may be added."""
    for part in path:
        if isinstance(part, int):
            data = data[part] if isinstance(data, list) and data else {}
        elif not isinstance(data, dict):
            return True
        elif part not in data:
            return False
        else:
            data = data[part]
    return True


def _bound(header: str, column: Column, source: str) -> _Bound | None:
    if column.to == IGNORE:
        return None
    values = {key.casefold(): value for key, value in column.values.items()}
    return _Bound(target_of(column.to, f"{source}: columns: {header}"), header, values, column.dates)


def _said(cell: str, bound: _Bound) -> str:
    """The cell as formfill would have it written. Raises: ValueError, without the cell."""
    if bound.target.path == _ID:
        cell = cell.lower()  # case numbers of other programs come in capitals
    if bound.values:
        try:
            return bound.values[cell.casefold()]
        except KeyError:
            raise ValueError(f"the cell is none that the column map knows: {', '.join(bound.values)}") from None
    if bound.dates:
        try:
            return dt.datetime.strptime(cell, bound.dates).date().isoformat()
        except ValueError:
            raise ValueError(f"expected a date written {bound.dates}") from None
    return cell


def _flag(cell: Any) -> bool:
    word = cell.casefold() if isinstance(cell, str) else ""
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("expected x, yes or true, or no or an empty cell")


def _split(cell: str, kind: str) -> list[str]:
    """The items of a cell: between semicolons; words, where there is none, also between commas."""
    sign = ";" if kind == "texts" or ";" in cell else ","
    return [item.strip() for item in cell.split(sign) if item.strip()]


def _dates(cell: str) -> Any:
    """A span of care: a word of the request's, or two days as the ledger's table has them, ``2021-01-01/..``."""
    first, slash, last = cell.partition("/")
    if not slash or len(first) not in (2, 10):
        return cell
    ends = {"from": first.strip(), "to": last.strip()}
    return {key: day for key, day in ends.items() if day not in ("", "..")}


def _flat(cells: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values; keys below a key are joined to it by a dot, as a table's columns are called."""
    for key, value in cells.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        elif value is not None:
            yield f"{above}{key}", value


def _is_cell(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _plain(header: str) -> str:
    return " ".join(header.split()).casefold()


def _near(header: str, known: Any) -> tuple[str, ...]:
    import difflib

    return tuple(difflib.get_close_matches(header, list(known), n=2))
