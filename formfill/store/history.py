"""Who changed what in a profile, and when: profiles/.history/NAME.jsonl, encrypted where the profile is.

A line is one saving: {"on": ISO 8601 with offset, "who": login name, "action": …, "changes": [{"key": dotted path,
"old": …, "new": …}]}; a key that was not there, or is gone, has null.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formfill.errors import ProfileError
from formfill.store import audit, places, vault
from formfill.yaml_io import dotted


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key of a profile before and after; None for one that is not there."""

    key: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Saving:
    """One saving of a profile."""

    on: dt.datetime
    who: str
    action: str
    changes: tuple[KeyChange, ...]


def load_history(workspace: Path, name: str) -> tuple[Saving, ...]:
    """All savings of a profile, the oldest first. Raises: ProfileError with file and line, LockedError."""
    path = places.history(workspace, name)
    try:
        lines = vault.read(path, workspace).decode().splitlines()
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise ProfileError(f"{path}: cannot be read: {exc.strerror}") from None
    return tuple(_saving(line, f"{path}:{number}") for number, line in enumerate(lines, 1))


def appended(before: bytes, action: str, old: Any, new: Any) -> bytes:
    """A history with one more line: ``old`` and ``new`` are the keys of the profile, None for no profile."""
    line = {
        "on": dt.datetime.now().astimezone().isoformat(timespec="seconds"),
        "who": audit.user(),
        "action": action,
        "changes": [{"key": one.key, "old": one.old, "new": one.new} for one in changes(old, new)],
    }
    return before + json.dumps(line, ensure_ascii=False).encode() + b"\n"


def renamed(lines: bytes, name: str) -> bytes:
    """A history as part of another profile's: each line says that it was of ``name``."""
    told = [json.loads(line) for line in lines.decode().splitlines()]
    for line in told:
        line["action"] = f"{name}: {line['action']}"
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in told)


def changes(old: Any, new: Any) -> tuple[KeyChange, ...]:
    """What differs between two profiles' keys."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    keys = dict.fromkeys([*before, *after])
    return tuple(KeyChange(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key))


def _leaves(data: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(data, Mapping):
        items: Any = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    elif data is None:
        return
    else:
        yield dotted(above), str(data)
        return
    for key, value in items:
        yield from _leaves(value, (*above, key))


def _saving(line: str, source: str) -> Saving:
    try:
        data = json.loads(line)
        return Saving(
            dt.datetime.fromisoformat(data["on"]),
            data["who"],
            data["action"],
            tuple(KeyChange(one["key"], one["old"], one["new"]) for one in data["changes"]),
        )
    except (ValueError, KeyError, TypeError):
        raise ProfileError(f"{source}: is no line of a history: put the file's backup there") from None
