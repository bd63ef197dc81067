"""Opens a table: CSV, XLSX, JSON Lines, JSON, YAML, or a folder of requests. Rows are read as they are asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from formfill.errors import TableError
from formfill.files import is_there
from formfill.remote import is_remote, open_remote
from formfill.tables.base import Table

_KINDS = ".csv, .tsv, .txt, .xlsx, .jsonl, .json, .yaml"


@contextlib.contextmanager
def open_table(path: Path | str, sheet: str | None = None) -> Iterator[Table]:
    """The table in a file, a folder, or at a URL that fsspec knows (s3://…); ``sheet`` names one of an XLSX.

    Memory does not grow with the rows of CSV and JSON Lines. Raises: TableError, for a file that cannot be read; also
    while rows are taken, where only then it shows.
    """
    source = str(path)
    if not is_remote(source) and is_there(Path.is_dir, Path(path)):
        from formfill.tables.structured import read_folder

        yield read_folder(Path(path))
        return
    suffix = Path(source).suffix.lower()
    with _open(path) as stream:
        try:
            yield _read(stream, source, suffix, sheet)
        except OSError as exc:
            raise TableError(f"{source}: cannot be read: {exc.strerror or type(exc).__name__}") from None


def _read(stream: BinaryIO, source: str, suffix: str, sheet: str | None) -> Table:
    if sheet is not None and suffix not in (".xlsx", ".xlsm"):
        raise TableError(f"{source}: only an XLSX file has sheets: leave sheet out")
    if suffix in (".csv", ".tsv", ".txt"):
        from formfill.tables.delimited import read_csv

        return read_csv(stream, source)
    if suffix in (".xlsx", ".xlsm"):
        from formfill.tables.sheets import read_xlsx

        return read_xlsx(stream, source, sheet)
    from formfill.tables import structured

    if suffix in (".jsonl", ".ndjson"):
        return structured.read_jsonl(stream, source)
    if suffix == ".json":
        return structured.read_json(stream, source)
    if suffix in (".yaml", ".yml"):
        return structured.read_yaml(stream, source)
    hint = ": save it as .xlsx or CSV" if suffix in (".xls", ".ods", ".numbers") else ""
    raise TableError(f"{source}: is no table that formfill reads ({_KINDS}){hint}")


@contextlib.contextmanager
def _open(path: Path | str) -> Iterator[BinaryIO]:
    if is_remote(str(path)):
        with open_remote(str(path), TableError) as stream:
            yield stream
        return
    try:
        stream = Path(path).open("rb")  # noqa: SIM115
    except FileNotFoundError:
        raise TableError(f"{path}: no such file") from None
    except (OSError, ValueError) as exc:
        raise TableError(f"{path}: cannot be read: {getattr(exc, 'strerror', None) or exc}") from None
    with stream:
        yield stream
