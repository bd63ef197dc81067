"""The provider record: who releases the records, and how it wants to be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from formfill.errors import ProviderError
from formfill.model.base import load_model
from formfill.model.choices import Delivery
from formfill.model.profile import Contact
from formfill.model.scalars import Address, AlsoAs, Email, FilePath, Phone, Record, Slug, State, Text, Url

Channel = Literal["mail", "fax", "email", "hand", "portal"]


class Portal(Record):
    """Where patients see or ask for records on the web."""

    kind: Text
    """MyChart, FollowMyHealth, HealtheLife, NextGen, Datavant."""
    url: Url | None = None


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


#: A site by its name alone.
_BY_NAME = AlsoAs(_named, lambda _: {"type": "string"})


class Location(Record):
    """A site of the provider; only its name need be given."""

    name: Text
    address: Address | None = None
    phone: Phone | None = None
    fax: Phone | None = None


class ReleasingProvider(Contact):
    """Who releases the records, as a request writes it for a form that asks."""

    id: Slug | None = None
    """Under which the profile keeps its record number there."""


class Provider(Record):
    """A provider that publishes release forms."""

    id: Slug
    name: Text
    """As the forms name it."""
    organization: Text | None = None
    """The health system it belongs to."""
    state: State | None = None
    address: Address | None = None
    """Where requests are mailed: the return address, which a third of the forms do not print."""
    locations: tuple[Annotated[Location, _BY_NAME], ...] = ()
    phone: Phone | None = None
    fax: Phone | None = None
    email: Email | None = None
    smime_certificate: FilePath | None = None
    """The certificate that e-mail to it is encrypted for: a PEM or DER file below the folder of provider.yaml."""
    portal: Portal | None = None
    accepts: tuple[Channel, ...] = ()
    """How a request may travel there; empty means not known."""
    formats: tuple[Delivery, ...] = ()
    """The delivery formats it offers; empty means not known."""
    fees: Text | None = None
    id_required: bool | None = None
    """Whether a copy of a photo ID must come with the request."""
    fax_page_limit: Annotated[int, Field(ge=1, le=500)] | None = None
    website: Url | None = None
    notes: Text | None = None

    _folder: Path | None = PrivateAttr(default=None)

    def file(self, path: str) -> Path:
        """Where a file that the record names (the S/MIME certificate) is."""
        return (self._folder or Path()) / path


def load_provider(path: Path) -> Provider:
    """Read a provider record. Raises: ProviderError with file, line and key."""
    provider = load_model(Provider, path, ProviderError)
    provider._folder = path.resolve().parent
    return provider
