"""Strict YAML: scalars stay text, keys are unique, every value remembers its line.

PyYAML alone reads ZIP 02134 as 1116 and keeps the last of two equal keys. Here nothing is guessed: the models decide
what a text means. Anchors and aliases are refused (a few lines of them can make gigabytes), so is anything but
mappings, lists and scalars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from formfill.errors import FormfillError

#: No map, profile or request of a person is near this; a larger one is a mistake or an attack.
MAX_BYTES = 2_000_000
MAX_DEPTH = 30

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: What a key with nothing behind it, or an explicit null, reads as.
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})

Path_ = tuple[str | int, ...]


def from_keys(keys: dict[str, Any], source: str) -> Document:
    """A document of keys that stand in no file: its messages name ``source`` and no line."""
    return Document(source, keys, {(): 0, **dict.fromkeys(_paths(keys), 0)})


def _paths(data: Any, above: Path_ = ()) -> Iterator[Path_]:
    items = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, (list, tuple)) else ()
    for key, value in items:
        yield (*above, key)
        yield from _paths(value, (*above, key))


@dataclass
class Document:
    """What a YAML file holds, with the line (from 1) of each key path.

    ``data`` is made of dict[str, …], list, str and None only.
    """

    source: str
    data: Any
    lines: dict[Path_, int] = field(default_factory=dict)

    def line_of(self, path: Path_) -> int:
        """The line of the nearest ancestor of ``path`` that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(path: Path, error: type[FormfillError], read: Callable[[Path], bytes] = Path.read_bytes) -> Document:
    """Read one YAML file; ``read`` gets its bytes, where they are not simply there (an encrypted file).

    Raises: ``error``, for a file that is missing, too large, not UTF-8, not YAML, or has equal keys or anchors.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(f"{path}: larger than {MAX_BYTES:,} bytes: no formfill file is that large")
        text = read(path).decode("utf-8")
    except FileNotFoundError:
        raise error(f"{path}: no such file") from None
    except IsADirectoryError:
        raise error(f"{path}: is a folder; a YAML file was expected") from None
    except UnicodeDecodeError as exc:
        raise error(f"{path}: not UTF-8 text (byte {exc.start}): save it as UTF-8") from None
    except OSError as exc:
        raise error(f"{path}: cannot be read: {exc.strerror}") from None
    return loads(text, str(path), error)


def loads(text: str, source: str, error: type[FormfillError]) -> Document:
    """Read one YAML document from ``text``; ``source`` is what messages call it. Raises: ``error``."""
    document = Document(source, None)
    reader = _Reader(text, document, error)
    try:
        reader.read()
    except yaml.MarkedYAMLError as exc:
        raise error(_not_yaml(text, source, exc)) from None
    except yaml.YAMLError:
        raise error(_not_allowed(text, source)) from None
    finally:
        reader.dispose()
    return document


def dumps(data: Any) -> str:
    """YAML that ``loads`` reads back as ``data``, for the eyes of a person: keys in their order, no anchors."""
    text: str = yaml.dump(data, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110)
    return text


class _PlainDumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Reader:
    """Builds a document from the parser's events.

    From the events and not from PyYAML's node tree, because libyaml composes that tree by recursion in C, and a file of
    nothing but brackets overflows its stack and ends the process.
    """

    def __init__(self, text: str, document: Document, error: type[FormfillError]) -> None:
        self.document = document
        self.error = error
        try:
            self.loader = _Loader(text)
        except yaml.YAMLError as exc:
            raise error(_not_allowed(text, document.source)) from exc

    def dispose(self) -> None:
        self.loader.dispose()

    def read(self) -> None:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise self.error(f"{self.document.source}: is empty")
        self.document.data = self._value(self._next(), ())
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.error(f"{self._where(after)}: a second document begins (---): one file holds one document")

    def _next(self) -> Any:
        return self.loader.get_event()

    def _where(self, event: Any) -> str:
        return f"{self.document.source}:{_line(event)}"

    def _value(self, event: Any, path: Path_) -> Any:
        self.document.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self.error(
                f"{self._where(event)}: anchors and aliases (& and *) are not accepted: write the value out"
            )
        if isinstance(event, yaml.ScalarEvent):
            # libyaml says '' for the style of a plain scalar, PyYAML's own parser says None
            return None if not event.style and event.value in _NOTHING else event.value
        if len(path) >= MAX_DEPTH:
            raise self.error(f"{self._where(event)}: nested deeper than {MAX_DEPTH} levels")
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._list(path)

    def _mapping(self, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent) or key.anchor is not None:
                raise self.error(f"{self._where(key)}: a key must be plain text")
            here = (*path, key.value)
            if key.value == "<<" and not key.style:
                raise self.error(f"{self._where(key)}: merge keys (<<) are not accepted: write the keys out")
            if key.value in result:
                raise self.error(f"{self._where(key)}: {dotted(here)}: the key stands twice; keep one")
            # the line of the key, where its value may begin on the next
            self.document.lines[here] = _line(key)
            result[key.value] = self._value(self._next(), here)
        return result

    def _list(self, path: Path_) -> list[Any]:
        result: list[Any] = []
        while not isinstance(item := self._next(), yaml.SequenceEndEvent):
            result.append(self._value(item, (*path, len(result))))
        return result


def _not_yaml(text: str, source: str, exc: yaml.MarkedYAMLError) -> str:
    """What the parser says, and what a person must do in the cases that happen most."""
    mark = exc.problem_mark or exc.context_mark
    problem = exc.problem or exc.context or ""
    if mark is None:
        return f"{source}: not valid YAML: {problem}"
    line = (text.split("\n")[mark.line : mark.line + 1] or [""])[0]
    hint = ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        hint = ": the line begins with a tab; indent with spaces"
    elif "mapping values" in problem:
        hint = ': a text with ": " in it stands in quotes'
    elif "end of stream" in problem and exc.context_mark is not None:
        hint = f": a quote or bracket that opens in line {exc.context_mark.line + 1} is never closed"
    return f"{source}:{mark.line + 1}: not valid YAML: {problem}{hint}"


def _not_allowed(text: str, source: str) -> str:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return f"{source}: not valid YAML"
    line = text.count("\n", 0, found.start()) + 1
    return f"{source}:{line}: holds the character U+{ord(found[0]):04X}, which YAML does not allow: type the line again"


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def dotted(path: Path_) -> str:
    """A key path as people write it: ``fields[3].box``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
