"""JSON of another program, read with suspicion: bounded in size and depth, UTF-8, no key twice, no NaN."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from formfill.errors import ProfileError

#: Some ten thousand patients; a larger file is to be split.
MAX_BYTES = 100_000_000
MAX_DEPTH = 100


def read_text(path: Path, what: str, most: int = MAX_BYTES) -> str:
    """The text of a file, without its byte order mark.

    Raises: ProfileError, for a file that is missing, larger than ``most`` bytes, or not UTF-8.
    """
    try:
        if not path.is_file():
            raise ProfileError(f"{path}: {'is no file' if path.exists() else 'no such file'}; {what} was expected")
        if path.stat().st_size > most:
            raise ProfileError(f"{path}: larger than {most:,} bytes: split it")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ProfileError(f"{path}: not UTF-8 text (byte {exc.start}): save it as UTF-8") from None
    except OSError as exc:
        raise ProfileError(f"{path}: cannot be read: {exc.strerror}") from None
    if not text.strip():
        raise ProfileError(f"{path}: is empty; {what} was expected")
    return text


def loads(text: str, source: str) -> Any:
    """The value that ``text`` holds. Raises: ProfileError, with the line."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise ProfileError(f"{source}: the key {key[:40]!r} stands twice in one object; keep one")
            found[key] = value
        return found

    def no_number(word: str) -> NoReturn:
        raise ProfileError(f"{source}: {word} is no JSON number")

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_constant=no_number)
    except json.JSONDecodeError as exc:
        raise ProfileError(f"{source}:{exc.lineno}: not valid JSON: {exc.msg}") from None
    except RecursionError:
        raise _too_deep(source) from None
    except ValueError:  # Python reads no integer of thousands of digits
        raise ProfileError(f"{source}: holds a number that is too long") from None
    _check_depth(data, source)
    return data


def _check_depth(data: Any, source: str) -> None:
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep(source)
        held = [one for one in level if isinstance(one, (dict, list))]
        level = [inner for one in held for inner in (one.values() if isinstance(one, dict) else one)]


def _too_deep(source: str) -> ProfileError:
    return ProfileError(f"{source}: nested deeper than {MAX_DEPTH} levels: no patient's record is")
