"""The wordings of ``wordings.yaml``, ready to be looked for: what a label asks, and whose it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from formfill import yaml_io
from formfill.errors import FormMapError

SOURCE = Path(__file__).with_name("wordings.yaml")
_QUOTES = str.maketrans("’‘“”–—‐‑", "''\"\"----")


def folded(text: str) -> str:
    """Lower case, no accents, straight quotes, digits as "#": how labels are held against wordings."""
    plain = unicodedata.normalize("NFKD", text.translate(_QUOTES))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return re.sub(r"\s+", " ", re.sub(r"\d+", "#", plain)).strip()


@dataclass(frozen=True)
class Wordings:
    """Compiled, dict[name, pattern]; ``wordings.yaml`` explains the three groups."""

    asks: dict[str, re.Pattern[str]]
    parties: dict[str, re.Pattern[str]]
    manners: dict[str, re.Pattern[str]]


@cache
def wordings() -> Wordings:
    """The wordings that ship. Raises: FormMapError, for a pattern that is none."""
    data = yaml_io.load(SOURCE, FormMapError).data
    groups: dict[str, dict[str, re.Pattern[str]]] = {}
    for group, names in data.items():
        groups[group] = {name: _compiled(f"{group}.{name}", patterns) for name, patterns in names.items()}
    return Wordings(groups["asks"], groups["parties"], groups["manners"])


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
