"""The vocabulary: every concept that a form may ask for, from ``vocabulary.yaml``.

Each process reads the file. PyYAML takes 14 ms for it, which is longer than a fill; as the file keeps to one concept a
line, three regular expressions read it in 2 ms. It is YAML all the same: a test holds that PyYAML reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from formfill.errors import FormMapError

ConceptKind = Literal["text", "check", "initials", "signature", "staff", "heading"]
FillPolicy = Literal["required", "auto", "if_representative", "request", "explicit", "ask", "never"]
Overflow = Literal["addendum", "error"]
Rule = Literal["middle_initial", "street_suffix", "plain_phone", "short_date", "short_year"]

SOURCE = Path(__file__).resolve().parent.parent / "vocabulary.yaml"
_GROUP = re.compile(r"([a-z_]+):\s*")
_CONCEPT = re.compile(r"(  )?([a-z0-9_.]+): \{(.*)\}\s*")
_PAIR = re.compile(r'([a-z]+): ("[^"\\]*"|\[[^\]"]*\]|[^,"\[\]{}#:]+)(?:, |$)')
_ALLOWED = {"kind": get_args(ConceptKind), "fill": get_args(FillPolicy), "overflow": get_args(Overflow)}


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing a form may ask, as ``vocabulary.yaml`` has it; the head of that file explains each member."""

    name: str
    kind: ConceptKind
    fill: FillPolicy
    means: str
    overflow: Overflow = "error"
    abbreviate: tuple[Rule, ...] = ()
    key: str | None = None
    en: str | None = None
    es: str | None = None
    also: tuple[str, ...] = ()

    def words(self, language: str = "en") -> str:
        """What to write for it where a form has no box: in ``language`` if known, else in English."""
        return (self.es if language == "es" else None) or self.en or self.name.rpartition(".")[2].replace("_", " ")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All concepts by name: dict[concept name, Concept], in the order of the file."""

    concepts: dict[str, Concept]

    def choices(self, group: str) -> tuple[str, ...]:
        """The boxes of a group that a request may name, without the group: ``choices("records")`` has ``lab``."""
        prefix = f"{group}."
        found = (concept for name, concept in self.concepts.items() if name.startswith(prefix))
        return tuple(c.name.removeprefix(prefix) for c in found if c.kind == "check" and not c.name.endswith(".other"))

    def same_as(self, name: str) -> str | None:
        """The concept that ``name`` is or is another name for (``request.needed_by``); None if neither."""
        if name in self.concepts:
            return name
        return next((concept.name for concept in self.concepts.values() if name in concept.also), None)

    def close(self, name: str) -> tuple[str, ...]:
        """Up to three concepts whose names come close to ``name``, best first."""
        same = self.same_as(name)
        return (same,) if same else close_matches(name, self.concepts)


def parse_vocabulary(text: str) -> Vocabulary:
    """Read a vocabulary. Raises: FormMapError, naming the line, for one that does not follow the head of the file."""
    concepts: dict[str, Concept] = {}
    group = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if (match := _CONCEPT.fullmatch(line)) is None:
            if (heading := _GROUP.fullmatch(line)) is None:
                raise FormMapError(f"{SOURCE.name}:{number}: expected a group, or one concept on one line")
            group = heading[1]
            continue
        name = f"{group}.{match[2]}" if match[1] else match[2]
        if name in concepts:
            raise FormMapError(f"{SOURCE.name}:{number}: {name} stands twice")
        concepts[name] = _concept(name, match[3], f"{SOURCE.name}:{number}: {name}")
    return Vocabulary(concepts)


def _concept(name: str, pairs: str, where: str) -> Concept:
    members: dict[str, Any] = {}
    end = 0
    while end < len(pairs):
        if (pair := _PAIR.match(pairs, end)) is None:
            raise FormMapError(f'{where}: cannot be read from {pairs[end : end + 30]!r}: put texts in "…"')
        key, value = pair[1], pair[2].strip()
        if value.startswith("["):
            members[key] = tuple(item.strip() for item in value[1:-1].split(",") if item.strip())
        else:
            members[key] = value.strip('"')
        if key in _ALLOWED and value not in _ALLOWED[key]:
            raise FormMapError(f"{where}: {key}: expected one of {', '.join(_ALLOWED[key])}")
        end = pair.end()
    try:
        return Concept(name, **members)
    except TypeError as exc:
        raise FormMapError(f"{where}: {exc}") from None


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that ships with the package."""
    return parse_vocabulary(SOURCE.read_text(encoding="utf-8"))


def close_matches(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three of ``known`` that come close to ``name``, best first; the last part counts too (``records.labs``)."""
    import difflib

    known = list(known)
    whole = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    tails = {item.rpartition(".")[2]: item for item in known}
    last = name.rpartition(".")[2]
    near = [tails[tail] for tail in difflib.get_close_matches(last, list(tails), n=2, cutoff=0.75)]
    inside = [item for item in known if len(last) > 3 and last in item]
    return tuple(dict.fromkeys([*near, *whole, *inside]))[:3]


def did_you_mean(names: Iterable[str]) -> str:
    """The end of a message about an unknown name; empty where nothing comes close."""
    text = " or ".join(names)
    return f"; did you mean {text}?" if text else ""
