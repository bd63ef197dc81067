"""Names for profiles: from the patient's name, in plain letters, or one that tells nobody who it is."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Container, Mapping
from typing import Any

_LONGEST = 60


def slug_of(text: str) -> str:
    """``text`` in small plain letters, digits and hyphens; empty where nothing of it can be written so."""
    from anyascii import anyascii

    plain = re.sub(r"[’'`]", "", anyascii(text)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].rstrip("-")


def named_after(patient: Mapping[str, Any]) -> str:
    """A profile's name from the keys of its patient: ``amina-rahimi``."""
    return slug_of(" ".join(str(patient[key]) for key in ("given_name", "family_name") if patient.get(key)))


def neutral_name() -> str:
    """A profile's name that does not tell whose it is: ``p-k7qf3m``, drawn by lot."""
    return "p-" + base64.b32encode(secrets.token_bytes(5)).decode().lower()[:6]


def free_name(name: str, taken: Container[str]) -> str:
    """``name``, or ``name-2`` and so on where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
