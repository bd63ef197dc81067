"""What another program's file says of one patient, as keys of a profile.

Another system's record is seldom clean, and nobody here can mend it there. So what does not fit a profile is left out
and told, by its place in that file and without its value; only a patient without a name or birth date is refused.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from formfill import yaml_io
from formfill.errors import FormfillError, ProfileError
from formfill.model.base import problems, validate
from formfill.model.profile import Profile

#: A patient is nobody without these: what is wrong with them is not left out.
_ESSENTIAL: tuple[yaml_io.Path_, ...] = ((), ("profile",), ("patient",), ("patient", "birth_date"))


@dataclass(frozen=True)
class Incoming:
    """One patient of a file."""

    where: str
    """File and place in it, as messages name it: ``intake.csv:14``, ``bundle.json: entry[2].resource``."""
    keys: dict[str, Any]
    """The keys of a profile, which is valid once it has a name; ``profile`` only where the file gave one."""
    notes: tuple[str, ...] = ()
    """What of the file could not be kept, without values."""
    error: FormfillError | None = None
    """Why it cannot be a profile; then ``keys`` are not to be used."""

    @property
    def profile(self) -> Profile:
        """The profile, under the file's name for it or a stand-in. Raises: its error."""
        if self.error is not None:
            raise self.error
        return profile_of(self.keys, self.where)


@dataclass
class Gathering:
    """Keys on their way to be an ``Incoming``; remembers which part of the file each came from."""

    where: str
    keys: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    origins: dict[yaml_io.Path_, str] = field(default_factory=dict)

    def put(self, key: str | tuple[str, ...], value: Any, origin: str) -> None:
        """Set a key, dotted (``patient.address.city``) or in parts; nothing where ``value`` is None or empty."""
        if value is None or value in ("", [], {}):
            return
        *above, last = path = key.split(".") if isinstance(key, str) else key
        inner = self.keys
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = value
        self.origins[tuple(path)] = origin

    def has(self, key: str) -> bool:
        """Whether a dotted key is set."""
        found: Any = self.keys
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found is not None

    def note(self, text: str) -> None:
        """Tell what could not be kept; ``text`` must hold no value of the patient."""
        self.notes.append(text)

    def settled(self) -> Incoming:
        """What can be kept, with what was left out and why told in the notes."""
        keys, left_out = _fitting(self.keys, self)
        document = _document(keys, self.where)
        try:
            validate(Profile, document, ProfileError)
        except ProfileError as exc:
            return Incoming(self.where, {}, tuple(self.notes), exc)
        return Incoming(self.where, keys, (*self.notes, *left_out))

    def origin_of(self, path: yaml_io.Path_) -> str:
        """Where in the file the value of a key stood."""
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins.get(path) or yaml_io.dotted(path)


def profile_of(keys: Mapping[str, Any], where: str) -> Profile:
    """The profile that ``keys`` make, under a stand-in name where they have none. Raises: ProfileError."""
    return validate(Profile, _document(keys, where), ProfileError)


def _document(keys: Mapping[str, Any], where: str) -> yaml_io.Document:
    return yaml_io.from_keys({"profile": "unnamed", **keys}, where)


def _fitting(keys: dict[str, Any], gathering: Gathering) -> tuple[dict[str, Any], list[str]]:
    """The keys without those that a profile cannot take, one after the other: each may hide the next."""
    keys, notes = copy.deepcopy(keys), []
    while wrong := [one for one in problems(Profile, _document(keys, gathering.where)) if one.path not in _ESSENTIAL]:
        problem = wrong[-1]  # the last of a list first, so that the places of the others stay
        path = problem.path
        message = problem.message
        if not _drop(keys, path):  # a key that is missing: what needs it is of no use
            message = f"no {path[-1]}"
            path = path[:-1]
            if path in _ESSENTIAL or not _drop(keys, path):
                break
        notes.append(f"{gathering.origin_of(path)}: {message}: left out")
    return keys, notes


def _drop(keys: Any, path: yaml_io.Path_) -> bool:
    for part in path[:-1]:
        keys = keys[part]
    if isinstance(keys, list) and isinstance(path[-1], int):
        del keys[path[-1]]
        return True
    return isinstance(keys, dict) and keys.pop(path[-1], None) is not None
