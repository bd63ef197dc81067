"""The workspace's formfill.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from formfill.errors import RequestError
from formfill.model.base import Model, load_model
from formfill.model.profile import Contact
from formfill.model.scalars import Record, Text

Host = Annotated[Text, Field(pattern=r"^[A-Za-z0-9.:\[\]-]+$")]


class Smtp(Record):
    """The mail server that sends requests. Its password is never here: ``formfill send --help`` says where."""

    host: Host
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """587 with starttls, 465 with tls, unless it says otherwise (RFC 6409, RFC 8314)."""
    security: Literal["starttls", "tls"] = "starttls"
    """How the line is encrypted: it always is."""
    user: Text | None = None
    """Who logs in; without it nobody does."""


class FaxServer(Record):
    """The HylaFAX server that sends faxes."""

    host: Host
    """With :port, where that is not 4559."""


class Settings(Model):
    """What holds for every request of a workspace."""

    sender: Contact | None = None
    """Who sends the requests: the caseworker and organisation on cover sheets."""
    smtp: Smtp | None = None
    fax_server: FaxServer | None = None
    key_file: Text | None = None
    """The age identity file that opens locked profiles, below the workspace or anywhere: docs/profiles.md."""


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
