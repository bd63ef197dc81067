"""What every channel can do. A channel is how a request travels: one module, and one line of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

#: The kinds of first page: a letter with the address in the envelope's window, or a fax cover without a patient's name.
CoverKind = Literal["letter", "fax"]
#: What a provider must have to be reached: the name of a field of ``Party``.
Reach = Literal["address", "fax", "email"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """From whom to whom a packet travels. Empty is unknown; nothing in it is a patient's."""

    sender: str = ""
    """The organisation that sends, or the caseworker: their name."""
    sender_email: str = ""
    sender_phone: str = ""
    recipient: str = ""
    """The provider."""
    recipient_email: str = ""
    recipient_fax: str = ""
    """As a person writes it: ``(559) 555-0111``, or ``+93…``."""
    certificate: Path | None = None
    """The provider's S/MIME certificate."""
    unencrypted: bool = False
    """Whether the patient was warned and chose plain e-mail for the request."""


NOWHERE = Route()


class Channel(Protocol):
    """How a request leaves."""

    @property
    def name(self) -> str:
        """What ``--send`` and a request's ``send`` say."""

    @property
    def cover(self) -> CoverKind:
        """The first page that this channel needs."""

    @property
    def reach(self) -> Reach:
        """What of the provider must be known."""

    def files(self, packet_pdf: bytes, route: Route = NOWHERE) -> dict[str, bytes]:
        """The files that leave or are kept, dict[file name, bytes]; no name holds a patient's.

        Raises: DeliveryError. ProviderError or RequestError, where the provider or sender cannot be written to.
        """
