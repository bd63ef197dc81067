"""The workspace's formfill.yaml."""

from __future__ import annotations

from pathlib import Path

from formfill.errors import RequestError
from formfill.model.base import Model, load_model
from formfill.model.profile import Contact


class Settings(Model):
    """What holds for every request of a workspace."""

    sender: Contact | None = None
    """Who sends the requests: the caseworker and organisation on cover sheets."""


def load_settings(path: Path) -> Settings:
    """Read formfill.yaml; one that is empty, or has comments alone, says nothing.

    Raises: RequestError with file, line and key.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = ["what load_model says of it"]
    if all(line.strip()[:1] in ("", "#") for line in lines):
        return Settings()
    return load_model(Settings, path, RequestError)
