"""Strict YAML: scalars stay text, keys are unique, every value remembers its line.

PyYAML alone reads ZIP 02134 as 1116 and keeps the last of two equal keys. Here nothing is guessed: the models decide
what a text means. Anchors and aliases are refused (a few lines of them can make gigabytes), so is anything but
mappings, lists and scalars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from formfill.errors import FormfillError

#: No map, profile or request of a person is near this; a larger one is a mistake or an attack.
MAX_BYTES = 2_000_000
MAX_DEPTH = 30

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path_ = tuple[str | int, ...]


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


def load(path: Path, error: type[FormfillError]) -> Document:
    """Read one YAML file.

    Raises: ``error``, for a file that is missing, too large, not UTF-8, not YAML, or has equal keys or anchors.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(f"{path}: larger than {MAX_BYTES:,} bytes: no formfill file is that large")
        text = path.read_text(encoding="utf-8")
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
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        where = f"{source}:{mark.line + 1}" if mark else source
        raise error(f"{where}: not valid YAML: {exc.problem or exc.context}") from None
    except (yaml.YAMLError, RecursionError) as exc:
        raise error(f"{source}: not valid YAML: {type(exc).__name__}") from None
    if node is None:
        raise error(f"{source}: is empty")
    document.data = _plain(node, (), document, set(), error)
    return document


def _plain(node: Any, path: Path_, document: Document, seen: set[int], error: type[FormfillError]) -> Any:
    line = node.start_mark.line + 1
    document.lines[path] = line
    where = f"{document.source}:{line}"
    if id(node) in seen:
        raise error(f"{where}: anchors and aliases (& and *) are not accepted: write the value out")
    seen.add(id(node))
    if len(path) > MAX_DEPTH:
        raise error(f"{where}: nested deeper than {MAX_DEPTH} levels")
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = f"{document.source}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise error(f"{key_line}: a key must be plain text")
            key = key_node.value
            if key == "<<" and not key_node.style:
                raise error(f"{key_line}: merge keys (<<) are not accepted: write the keys out")
            if key in result:
                raise error(f"{key_line}: {dotted((*path, key))}: the key stands twice; keep one")
            result[key] = _plain(value_node, (*path, key), document, seen, error)
            document.lines[(*path, key)] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), document, seen, error) for i, item in enumerate(node.value)]
    # libyaml says '' for the style of a plain scalar, PyYAML's own parser says None
    if not node.style and node.value in ("", "~", "null", "Null", "NULL"):
        return None
    return node.value


def dotted(path: Path_) -> str:
    """A key path as people write it: ``fields[3].box``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
