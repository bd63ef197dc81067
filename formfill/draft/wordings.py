"""The wordings of ``wordings.yaml``, ready to be looked for: what a label asks, and whose it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from formfill import yaml_io
from formfill.errors import FormMapError
from formfill.model.vocabulary import vocabulary

PARTIES = ("patient", "provider", "recipient", "representative")
SOURCE = Path(__file__).with_name("wordings.yaml")
_QUOTES = str.maketrans("’‘“”–—‐‑", "''\"\"----")


def folded(text: str) -> str:
    """Lower case, no accents, straight quotes, digits as "#": how labels are held against wordings."""
    # a face without spaces glues words together: "CurrentAddress"
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text.translate(_QUOTES))
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return re.sub(r"\s+", " ", re.sub(r"\d+", "#", plain)).strip()


@dataclass(frozen=True)
class Wordings:
    """Compiled, dict[name, pattern]; ``wordings.yaml`` explains the three groups."""

    asks: dict[str, re.Pattern[str]]
    parties: dict[str, re.Pattern[str]]
    manners: dict[str, re.Pattern[str]]
    concepts: dict[str, frozenset[str]]
    """Which asks speak for which concept."""


@cache
def wordings() -> Wordings:
    """The wordings that ship. Raises: FormMapError, for a pattern that is none."""
    data = yaml_io.load(SOURCE, FormMapError).data
    asks, parties, manners = (
        {name: _compiled(f"{group}.{name}", patterns) for name, patterns in data[group].items()}
        for group in ("asks", "parties", "manners")
    )
    known = vocabulary().concepts
    concepts = {name: frozenset([name]) for name in known if name in asks}
    shared = (f"{party}.{ask}" for ask in data["shared"] for party in PARTIES)
    concepts |= {name: frozenset([name.partition(".")[2]]) for name in shared if name in known}
    concepts |= {name: frozenset(spoken) for name, spoken in data["concepts"].items() if name in known}
    return Wordings(asks, parties, manners, concepts)


def _compiled(name: str, patterns: list[str]) -> re.Pattern[str]:
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
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
        found[name] = max(match.end() - match.start() for match in wordings().asks[name].finditer(text))
    return found


@lru_cache(maxsize=20_000)
def manner(text: str) -> tuple[str, ...]:
    """How a box is meant, by a folded text."""
    return tuple(name for name, pattern in wordings().manners.items() if pattern.search(text)) if text else ()


@lru_cache(maxsize=20_000)
def spoken_of(text: str) -> tuple[str, ...]:
    """Whose things a folded text speaks of, the last mentioned first."""
    found: list[tuple[int, int, str]] = []
    for name, pattern in wordings().parties.items():
        last = None
        for match in pattern.finditer(text):
            last = match
        if last is not None:
            found.append((-last.end(), last.start(), name))
    return tuple(name for _, _, name in sorted(found))
