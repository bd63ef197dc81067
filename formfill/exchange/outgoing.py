"""What of a profile leaves the workspace: its keys, without the numbers that nobody asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from formfill import yaml_io
from formfill.model.profile import Profile


@dataclass(frozen=True)
class Asked:
    """Which of a patient's guarded numbers an export may hold; as in a request, neither unless it says so."""

    ssn: bool = False
    id_number: bool = False


@dataclass(frozen=True)
class Written:
    """An export, and what of the profiles it could not hold."""

    data: bytes
    lost: dict[str, tuple[str, ...]]
    """dict[profile's name, dotted keys]; only profiles that lost something."""


def plain_keys(profile: Profile) -> dict[str, Any]:
    """The keys of a profile as its file would have them, without what is not set."""
    keys: dict[str, Any] = _filled(profile.model_dump(mode="json", exclude_none=True, exclude_defaults=True))
    return keys


def exported_keys(profile: Profile, asked: Asked) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The keys that may leave, and the names of those held back."""
    keys = plain_keys(profile)
    patient: dict[str, Any] = keys["patient"]
    guarded = () if asked.ssn else ("ssn", "ssn_last4")
    held = [f"patient.{key}" for key in guarded if patient.pop(key, None) is not None]
    photo_id = patient.get("photo_id", {})
    if not asked.id_number and photo_id.pop("number", None) is not None:
        held.append("patient.photo_id.number")
        keys = _filled(keys)
    return keys, tuple(held)


def leaves(keys: Any, above: yaml_io.Path_ = ()) -> dict[yaml_io.Path_, Any]:
    """Every value that is no mapping or list, by its path."""
    if not isinstance(keys, (dict, list)):
        return {above: keys}
    items = keys.items() if isinstance(keys, dict) else enumerate(keys)
    return {path: value for key, inner in items for path, value in leaves(inner, (*above, key)).items()}


def lost(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    """The dotted keys of ``before`` whose value ``after`` does not have."""
    kept = leaves(after)
    gone = [path for path, value in leaves(before).items() if kept.get(path) != value]
    return tuple(dict.fromkeys(yaml_io.dotted(path) for path in gone))


def _filled(value: Any) -> Any:
    """``value`` without empty mappings and lists in it."""
    if isinstance(value, dict):
        inner = {key: _filled(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one not in ({}, [])}
    return [_filled(one) for one in value] if isinstance(value, list) else value
