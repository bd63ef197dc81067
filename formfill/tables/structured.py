"""JSON Lines, JSON and YAML: each row has keys of its own, and may have more below them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from formfill import yaml_io
from formfill.errors import TableError
from formfill.tables.base import MAX_CELL, MAX_ROW_BYTES, Row, Table, bad_row

#: A whole JSON file is held in memory; for more rows there is JSON Lines.
MAX_JSON_BYTES = 20_000_000


def read_jsonl(stream: BinaryIO, source: str) -> Table:
    """The table of a JSON Lines file: an object a line."""
    return Table(source, None, _json_lines(stream, source))


def read_json(stream: BinaryIO, source: str) -> Table:
    """The table of a JSON file: a list of objects, or one. Raises: TableError."""
    text = stream.read(MAX_JSON_BYTES + 1)
    if len(text) > MAX_JSON_BYTES:
        raise TableError(f"{source}: larger than {MAX_JSON_BYTES:,} bytes: write an object a line, and name it .jsonl")
    try:
        data = _loads(text)
    except ValueError as exc:
        raise TableError(f"{source}: {exc}") from None
    items = data if isinstance(data, list) else [data]
    # JSON does not tell lines: a row is known by its number
    return Table(source, None, (_row(source, number, item) for number, item in enumerate(items, 1)))


def read_yaml(stream: BinaryIO, source: str) -> Table:
    """The table of a YAML file: a list of mappings, or one mapping. Raises: TableError."""
    data = stream.read(yaml_io.MAX_BYTES + 1)
    if len(data) > yaml_io.MAX_BYTES:
        raise TableError(f"{source}: larger than {yaml_io.MAX_BYTES:,} bytes: for so many rows use CSV or JSON Lines")
    try:
        document = yaml_io.loads(data.decode("utf-8-sig"), source, TableError)
    except UnicodeDecodeError as exc:
        raise TableError(f"{source}: not UTF-8 text (byte {exc.start}): save it as UTF-8") from None
    if isinstance(document.data, list):
        lines = [document.line_of((i,)) for i in range(len(document.data))]
        items = document.data
    else:
        lines, items = [document.line_of(())], [document.data]
    return Table(source, None, (_row(source, line, item) for line, item in zip(lines, items, strict=True)))


def read_folder(folder: Path) -> Table:
    """Each .yaml and .json file of a folder as a row, by name. Raises: TableError, where it has none."""
    paths = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in (".yaml", ".yml", ".json") and not path.name.startswith(".")
    ]
    if not paths:
        raise TableError(f"{folder}: has no .yaml and no .json file: each would be a request")
    return Table(str(folder), None, (_only_row(path) for path in paths))


def _only_row(path: Path) -> Row:
    try:
        with path.open("rb") as stream:
            reader = read_json if path.suffix.lower() == ".json" else read_yaml
            rows = list(reader(stream, str(path)).rows)
    except OSError as exc:
        return bad_row(str(path), 1, f"cannot be read: {exc.strerror}")
    except TableError as exc:
        return Row(str(path), 1, error=exc)
    if len(rows) != 1:
        return bad_row(str(path), 1, f"holds {len(rows)} requests: in a folder each file holds one")
    return rows[0]


def _json_lines(stream: BinaryIO, source: str) -> Iterator[Row]:
    number = 0
    while line := stream.readline(MAX_ROW_BYTES):
        number += 1
        if len(line) == MAX_ROW_BYTES:
            raise TableError(f"{source}:{number}: longer than {MAX_ROW_BYTES:,} bytes: this is no JSON Lines file")
        if not line.strip():
            continue
        try:
            item = _loads(line)
        except ValueError as exc:
            yield bad_row(source, number, str(exc))
        else:
            yield _row(source, number, item)


def _loads(text: bytes) -> Any:
    """JSON with all scalars as text, as ``yaml_io`` reads them. Raises: ValueError, without what the text holds."""
    try:
        return _as_texts(
            json.loads(
                text.decode("utf-8-sig"),
                object_pairs_hook=_unique,
                parse_int=str,
                parse_float=str,
                parse_constant=_no_constant,
            )
        )
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text: save it as UTF-8") from None
    except json.JSONDecodeError as exc:
        raise ValueError(f"not valid JSON: {exc.msg} (line {exc.lineno}, column {exc.colno})") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {yaml_io.MAX_DEPTH} levels") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice: keep one")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")


def _as_texts(value: Any, depth: int = 0) -> Any:
    if depth > yaml_io.MAX_DEPTH:
        raise ValueError(f"nested deeper than {yaml_io.MAX_DEPTH} levels")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return {key: _as_texts(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_texts(inner, depth + 1) for inner in value]
    return value


def _row(source: str, line: int, item: Any) -> Row:
    if not isinstance(item, dict):
        return bad_row(source, line, "a mapping (key: value) was expected")
    if any(len(text) > MAX_CELL for text in _texts(item)):
        return bad_row(source, line, f"a text is longer than {MAX_CELL:,} characters")
    return Row(source, line, {key: value for key, value in item.items() if value not in (None, "")})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
