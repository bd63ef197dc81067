"""The wordings of ``wordings.yaml``, ready to be looked for: what a label asks, and whose it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from formfill import yaml_io
from formfill.errors import FormMapError
from formfill.model.vocabulary import vocabulary

PARTIES = ("patient", "provider", "recipient", "representative")
SOURCE = Path(__file__).with_name("wordings.yaml")
_QUOTES = str.maketrans("’‘“”–—‐‑", "''\"\"----")
#: What a match may have at its ends that is no word.
_EDGES = " .,:;()[]*-_/?!\"'"
_PART = re.compile(r"<([a-z]+)>")
# how many years are meant must outlast the digits: "last 5 years" is not "last 2 years"
_TWO_YEARS = (
    (re.compile(r"\b2(?=\)? ?(?:years?|yrs?|anos)\b)"), "two"),
    (re.compile(r"\b24 (?:months|meses)\b"), "two years"),
)


def folded(text: str) -> str:
    """Lower case, no accents, straight quotes, digits as "#": how labels are held against wordings.

    "2 years" and "24 months" become "two years".
    """
    # a face without spaces glues words together: "CurrentAddress"
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text.translate(_QUOTES))
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    for pattern, words in _TWO_YEARS:
        plain = pattern.sub(words, plain)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "#", plain)).strip()


@dataclass(frozen=True)
class Wordings:
    """Compiled, dict[name, pattern]; ``wordings.yaml`` explains the three groups."""

    asks: dict[str, re.Pattern[str]]
    parties: dict[str, tuple[re.Pattern[str], ...]]
    manners: dict[str, re.Pattern[str]]
    concepts: dict[str, frozenset[str]]
    """Which asks speak for which concept."""


def patterns() -> dict[str, dict[str, list[str]]]:
    """The regular expressions that ship, dict[group, dict[name, patterns]], with their parts filled in.

    Raises: FormMapError, for a part that is none.
    """
    data = _source()
    return {
        group: {name: [_filled(pattern, data["parts"]) for pattern in found] for name, found in data[group].items()}
        for group in ("asks", "parties", "manners")
    }


@cache
def wordings() -> Wordings:
    """The wordings that ship. Raises: FormMapError, for a pattern that is none."""
    data, groups = _source(), patterns()
    asks, manners = (
        {name: _compiled(f"{group}.{name}", *found) for name, found in groups[group].items()}
        for group in ("asks", "manners")
    )
    parties = {
        name: tuple(_compiled(f"parties.{name}", pattern) for pattern in found)
        for name, found in groups["parties"].items()
    }
    known = vocabulary().concepts
    concepts = {name: frozenset([name]) for name in known if name in asks}
    shared = (f"{party}.{ask}" for ask in data["shared"] for party in PARTIES)
    concepts |= {name: frozenset([name.partition(".")[2]]) for name in shared if name in known}
    concepts |= {name: frozenset(spoken) for name, spoken in data["concepts"].items() if name in known}
    return Wordings(asks, parties, manners, concepts)


def _source() -> Any:
    return yaml_io.load(SOURCE, FormMapError).data


def _filled(pattern: str, parts: Mapping[str, str], within: tuple[str, ...] = ()) -> str:
    """A pattern with each ``<part>`` in full; a part may have others."""

    def part(found: re.Match[str]) -> str:
        name = found[1]
        if name not in parts or name in within:
            wrong = f"<{name}> has itself" if name in within else f"no part <{name}>"
            raise FormMapError(f"{SOURCE.name}: {pattern}: {wrong}")
        return _filled(parts[name], parts, (*within, name))

    return _PART.sub(part, pattern)


def _compiled(name: str, *found: str) -> re.Pattern[str]:
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in found))
    except re.error as exc:
        raise FormMapError(f"{SOURCE.name}: {name}: {exc}") from None


@lru_cache(maxsize=20_000)
def asked(text: str) -> tuple[str, ...]:
    """What a folded text asks: every wording found in it."""
    return tuple(name for name, pattern in wordings().asks.items() if pattern.search(text)) if text else ()


@lru_cache(maxsize=20_000)
def coverage(text: str) -> dict[str, int]:
    """How many characters of a folded text each ask's longest match has."""
    found: dict[str, int] = {}
    for name in asked(text):
        found[name] = max(len(match[0].strip(_EDGES)) for match in wordings().asks[name].finditer(text))
    return found


@lru_cache(maxsize=20_000)
def manner(text: str) -> tuple[str, ...]:
    """How a box is meant, by a folded text."""
    return tuple(name for name, pattern in wordings().manners.items() if pattern.search(text)) if text else ()


@lru_cache(maxsize=20_000)
def spoken_of(text: str) -> tuple[str, ...]:
    """Whose things a folded text speaks of, the last mentioned first."""
    found: list[tuple[int, int, str]] = []
    for name, apart in wordings().parties.items():
        # the last words that speak of a party, of two that end together the longer ones
        spans = (match.span() for pattern in apart for match in pattern.finditer(text))
        last = max(((end, -start) for start, end in spans), default=None)
        if last is not None:
            found.append((-last[0], -last[1], name))
    return tuple(name for _, _, name in sorted(found))
