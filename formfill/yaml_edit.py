"""Changes single keys of a YAML text and leaves the rest, with its comments, as it stands."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from formfill import yaml_io
from formfill.errors import FormfillError

_NULL = re.compile(r"(?:~|null|Null|NULL|)$")
#: A key and the dash of the list below it.
_LIST = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*\n(?:[ \t]*#[^\n]*\n)*( *)- ", re.MULTILINE)
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def edited(
    text: str, source: str, error: type[FormfillError], values: Mapping[str, str], without: Sequence[str] = ()
) -> str:
    """``text`` with some keys given a text value, made where they are not there, and others taken out.

    Args:
        values: dict[dotted path, value]: ``patient.address.city``, ``patient.languages[0].language``; the number after
            the last of a list adds to it.
        without: dotted paths.

    Raises: ``error``, for a text that is no YAML of ours, and for a path that does not lead to a key.
    """
    from ruamel.yaml.error import YAMLError

    wanted = yaml_io.loads(text, source, error).data
    yaml = _round_trip(text)
    try:
        kept = yaml.load(text)
    except (YAMLError, ValueError):
        raise error(_by_hand(source)) from None
    for data in (wanted, kept):
        for path, value in values.items():
            _set(data, _parts(path, source, error), value, path, source, error)
        for path in without:
            _unset(data, _parts(path, source, error), path, source, error)
    out = io.StringIO()
    yaml.dump(kept, out)
    result = out.getvalue()
    if yaml_io.loads(result, source, error).data != wanted:
        raise error(_by_hand(source))
    return result


def _round_trip(text: str) -> Any:
    """ruamel's reader and writer, that take scalars for texts as yaml_io does, and indent lists as ``text`` does."""
    from ruamel.yaml import YAML
    from ruamel.yaml.resolver import VersionedResolver

    class Texts(VersionedResolver):
        @property
        def versioned_resolver(self) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
            return {sign: [("tag:yaml.org,2002:null", _NULL)] for sign in ("", "~", "n", "N")}

    yaml = YAML()
    yaml.Resolver = Texts
    yaml.preserve_quotes = True
    yaml.width = 4096
    dash = _LIST.search(text)
    offset = len(dash[2]) - len(dash[1]) if dash else 0
    yaml.indent(sequence=max(offset, 0) + 2, offset=max(offset, 0))
    return yaml


def _by_hand(source: str) -> str:
    return f"{source}: cannot be changed key by key, for the way it is written: edit the text itself"


def _parts(path: str, source: str, error: type[FormfillError]) -> list[str | int]:
    found = list(_PART.finditer(path))
    parts: list[str | int] = [int(match[2]) if match[2] else match[1] for match in found]
    if not parts or yaml_io.dotted(tuple(parts)) != path:
        raise error(f"{source}: {path!r}: is no key: expected one such as patient.address.city")
    return parts


def _set(data: Any, parts: list[str | int], value: str, path: str, source: str, error: type[FormfillError]) -> None:
    for part, after in zip(parts, [*parts[1:], None], strict=True):
        new: Any = value if after is None else [] if isinstance(after, int) else {}
        if isinstance(data, dict) and isinstance(part, str):
            if after is None or data.get(part) is None:
                data[part] = new
        elif isinstance(data, list) and isinstance(part, int) and part <= len(data):
            if part == len(data):
                data.append(new)
            elif after is None:
                data[part] = new
        else:
            raise error(f"{source}: {path}: leads nowhere: {part!r} has no place there")
        data = data[part]


def _unset(data: Any, parts: list[str | int], path: str, source: str, error: type[FormfillError]) -> None:
    try:
        for part in parts[:-1]:
            data = data[part]
        del data[parts[-1]]
    except (KeyError, IndexError, TypeError):
        raise error(f"{source}: {path}: is not there, and cannot be taken out") from None
