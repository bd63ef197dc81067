"""Finds a patient by name, birth date or phone, decrypting no more than has changed since the last search.

What a search looks through stands in profiles/index.age, by the SHA-256 of each encrypted profile. Profiles that are
not locked are read as they are, and no index is kept of them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formfill.errors import LockedError, ProfileError
from formfill.model.profile import load_profile
from formfill.store import places, vault
from formfill.store.keys import held_keys
from formfill.store.locking import saved_names
from formfill.store.profiles import saved_path, writing
from formfill.store.recipients import load_recipients

_US_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_PHONE = re.compile(r"[+\d\s().x-]+")
_FEWEST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Person:
    """What a saved patient is found by."""

    names: tuple[str, ...]
    """The whole name, in the order of forms; preferred, native and former names."""
    birth_date: str
    """YYYY-MM-DD."""
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class People:
    """The patients of a workspace, dict[profile name, Person], and the profiles that cannot be read."""

    known: Mapping[str, Person]
    unread: tuple[str, ...] = ()


def people(workspace: Path) -> People:
    """Who is saved in the workspace. Raises: LockedError, where no key here opens the profiles. OutputError."""
    if vault.is_locked(workspace) and not held_keys():
        vault.read_keys(workspace)
    index = _load_index(workspace)
    found: dict[str, Person] = {}
    kept: dict[str, Any] = {}
    unread = []
    for name in saved_names(workspace):
        try:
            path = saved_path(workspace, name)
            if path is None:  # removed since
                continue
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            entry = index.get(name)
            if entry is not None and entry["sha256"] == digest:
                found[name] = Person(**entry["person"])
            else:
                found[name] = _person(path, workspace)
            if path.suffix == places.AGE:
                kept[name] = {"sha256": digest, "person": dataclasses.asdict(found[name])}
        except (OSError, ProfileError):
            unread.append(name)
    if kept != index and vault.is_locked(workspace):
        with writing(workspace):
            recipients = load_recipients(places.recipients(workspace))
            vault.write(places.index(workspace), json.dumps(kept).encode(), recipients)
    return People(found, tuple(unread))


def matches(person: Person, text: str) -> bool:
    """Whether every word of ``text`` is in the person's names or birth date, or its digits in a phone.

    Accents and capitals do not matter; 3/14/1987 and 1987-03-14 are the same date.
    """
    text = _US_DATE.sub(lambda date: f"{date[3]}-{date[1]:0>2}-{date[2]:0>2}", text)
    digits = re.sub(r"\D", "", text)
    if _PHONE.fullmatch(text) and len(digits) >= _FEWEST_DIGITS:
        return text.strip() in person.birth_date or any(digits in re.sub(r"\D", "", one) for one in person.phones)
    hay = " ".join((*map(_folded, person.names), person.birth_date))
    return all(word in hay for word in _folded(text).split())


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _person(path: Path, workspace: Path) -> Person:
    patient = load_profile(path, vault.VaultReader(workspace)).patient
    whole = " ".join(filter(None, (patient.given_name, patient.additional_name, patient.family_name)))
    native = patient.native_name.text if patient.native_name else None
    return Person(
        tuple(filter(None, (whole, patient.preferred_name, native, *patient.former_names))),
        patient.birth_date.isoformat(),
        tuple(filter(None, (patient.phones.mobile, patient.phones.home, patient.phones.work))),
    )


def _load_index(workspace: Path) -> dict[str, Any]:
    path = places.index(workspace)
    try:
        index = json.loads(vault.decrypt(path.read_bytes(), path, workspace))
    except (OSError, LockedError, ValueError):
        return {}  # it is made anew from the profiles, which say what is wrong with the key
    return {
        name: {"sha256": entry["sha256"], "person": {key: _tuples(value) for key, value in entry["person"].items()}}
        for name, entry in index.items()
    }


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
