"""The comments of a form map that a person wrote, so that they go along when the map is written anew."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from formfill import yaml_io


@dataclass(frozen=True)
class Comments:
    """Without their "#". ``header`` stands at the top of the file; ``sections`` above a place, ``places`` beside or in
    it, both dict[index in ``fields``, text]."""

    header: str = ""
    sections: dict[int, str] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)


def comments_of(text: str, document: yaml_io.Document) -> Comments:
    """The comments of a map, given as its file's text and as read from it."""
    lines = text.splitlines()
    marks = _comments(text, lines)
    first = next((n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), 0)
    header = [marks[n] for n in range(first) if n in marks]
    starts = sorted((line - 1, path[1]) for path, line in document.lines.items() if _is_place(path))
    sections: dict[int, str] = {}
    places: dict[int, str] = {}
    end = len(lines)
    for start, index in reversed(starts):
        head = start
        while head > first and _may_head(lines[head - 1], _indent(lines[start])):
            head -= 1
        above = [marks[n] for n in range(head, start) if n in marks]
        inside = [marks[n] for n in range(start, end) if n in marks]
        if above:
            sections[int(index)] = "\n".join(above)
        if inside:
            places[int(index)] = "\n".join(inside)
        end = head
    return Comments("\n".join(header), sections, places)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _may_head(line: str, indent: int) -> bool:
    """Whether a line above a place may be of its heading: a comment set farther in belongs to the place before."""
    return not line.strip() or (line.lstrip().startswith("#") and _indent(line) <= indent)


def _is_place(path: yaml_io.Path_) -> bool:
    return len(path) == 2 and path[0] == "fields" and isinstance(path[1], int)


def _comments(text: str, lines: list[str]) -> dict[int, str]:
    """The comment of each line that has one, dict[line from 0, text]."""
    quoted: dict[int, int] = {}
    inside: set[int] = set()
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            last = token.end_mark.line if token.end_mark.column else token.end_mark.line - 1
            inside.update(range(token.start_mark.line, last))
            if token.style in ("|", ">"):
                inside.update(range(token.start_mark.line + 1, last + 1))
            elif token.end_mark.column:
                quoted[last] = max(quoted.get(last, 0), token.end_mark.column)
    found = {}
    for number, line in enumerate(lines):
        rest = line[quoted.get(number, 0) :]
        at = 0 if rest.lstrip().startswith("#") else rest.find(" #")
        if at >= 0 and number not in inside:
            found[number] = rest[at:].lstrip().removeprefix("#").removeprefix(" ").rstrip()
    return found
