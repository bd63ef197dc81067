"""Two profiles of one patient made into one: what only one has is taken, lists are united, the rest is to be chosen.

An address, a native name and a photo ID are chosen whole: half of one with half of another would be nobody's. A
person who is another one than the person of the same short name gets a short name of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from formfill.errors import ProfileError
from formfill.exchange.naming import free_name
from formfill.exchange.outgoing import leaves
from formfill.exchange.spelling import words
from formfill.yaml_edit import edited
from formfill.yaml_io import Path_, dotted, dumps

Side = Literal["a", "b"]

#: Values of several keys that only make sense together.
_WHOLE: frozenset[Path_] = frozenset(
    {("patient", "address"), ("patient", "native_name"), ("patient", "photo_id"), ("representative", "address")}
)
#: What tells the items of a list apart, by the list's key.
_APART = {"languages": ("language",), "insurance": ("payer", "id")}


@dataclass(frozen=True)
class Difference:
    """A key that two profiles say differently."""

    key: str
    a: Any
    b: Any


#: Which of the two stays.
Choose = Callable[[Difference], Side]


@dataclass(frozen=True)
class Merged:
    """The keys of both profiles, under the name of the first."""

    keys: dict[str, Any]
    chosen: tuple[tuple[Difference, Side], ...]
    added: tuple[str, ...]
    """The dotted keys that came from the second."""


def merged(a: dict[str, Any], b: dict[str, Any], choose: Choose) -> Merged:
    """``a`` and ``b`` made into one; both as ``outgoing.plain_keys`` gives them."""
    chosen: list[tuple[Difference, Side]] = []

    def noted(difference: Difference) -> Side:
        side = choose(difference)
        chosen.append((difference, side))
        return side

    other = {**b, "profile": a["profile"]}
    if "recipients" in a:
        other["recipients"] = _beside(a["recipients"], b.get("recipients", {}))
    keys: dict[str, Any] = _joined(a, other, (), noted)
    if former := _former(a, b, keys):
        keys["patient"]["former_names"] = [*keys["patient"].get("former_names", []), former]
    before = leaves(a)
    added = tuple(dotted(path) for path in leaves(keys) if path not in before)
    return Merged(keys, tuple(chosen), added)


def merged_text(text: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """The YAML ``text`` of the keys ``before``, changed to say ``after``; its comments stay where that can be.

    Both as ``outgoing.plain_keys`` gives them; nothing of ``before`` may be gone.
    """
    was, now = leaves(before), leaves(after)
    changed = {dotted(path): _written(value) for path, value in now.items() if was.get(path) != value}
    gone = [dotted(path) for path in was if path not in now]
    if not changed and not gone:
        return text
    try:
        return edited(text, "profile", ProfileError, changed, gone)
    except ProfileError:  # former_names as one text, or a short name with a dot
        return dumps(after)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _joined(a: Any, b: Any, path: Path_, choose: Choose) -> Any:
    if a == b or (isinstance(a, str) and isinstance(b, str) and a.casefold() == b.casefold()):
        return a
    if isinstance(a, dict) and isinstance(b, dict) and path not in _WHOLE and not _is_another(a, b, path):
        return {key: _of_one(a, b, key, path, choose) for key in dict.fromkeys([*a, *b])}
    if isinstance(a, list) and isinstance(b, list):
        return _united(a, b, path, choose)
    return a if choose(Difference(dotted(path), a, b)) == "a" else b


def _of_one(a: dict[str, Any], b: dict[str, Any], key: str, path: Path_, choose: Choose) -> Any:
    if key in a and key in b:
        return _joined(a[key], b[key], (*path, key), choose)
    return a[key] if key in a else b[key]


def _united(a: list[Any], b: list[Any], path: Path_, choose: Choose) -> list[Any]:
    """The items of both, those of ``a`` first."""
    found = list(a)
    for item in b:
        same = next((i for i, one in enumerate(found) if _identity(one, path) == _identity(item, path)), None)
        if same is None:
            found.append(item)
        elif isinstance(item, dict):
            found[same] = _joined(found[same], item, (*path, same), choose)
    return found


def _identity(item: Any, path: Path_) -> Any:
    if not isinstance(item, dict):
        return str(item).casefold()
    keys = _APART.get(str(path[-1]), tuple(item))
    return tuple(str(item.get(key, "")).casefold() for key in keys)


def _is_another(a: dict[str, Any], b: dict[str, Any], path: Path_) -> bool:
    """Whether two representatives are two people."""
    return path == ("representative",) and _who(a) != _who(b)


def _beside(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """The recipients ``b`` under short names that nobody else has in ``a``."""
    found: dict[str, Any] = {}
    for slug, person in b.items():
        same = next((own for own, one in a.items() if _who(one) == _who(person)), None)
        found[same or free_name(slug, {**a, **found})] = person
    return found


def _who(person: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(person.get(key, "")).casefold() for key in ("name", "organization"))


def _former(a: dict[str, Any], b: dict[str, Any], keys: dict[str, Any]) -> str | None:
    """The name that is not kept as the legal one, if records may be filed under it; None if it says no other."""
    kept = _legal_name(keys)
    known = [kept, *keys["patient"].get("former_names", [])]
    for name in (_legal_name(a), _legal_name(b)):
        own = {word.letters for word in words(name)}
        if not any(own <= {word.letters for word in words(one)} for one in known):
            return name
    return None


def _legal_name(keys: dict[str, Any]) -> str:
    patient = keys["patient"]
    return " ".join(patient[key] for key in ("given_name", "additional_name", "family_name") if key in patient)
