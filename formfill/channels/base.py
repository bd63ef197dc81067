"""What every channel can do. A channel is how a request travels: one module, and one line of the registry."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from formfill.errors import DeliveryError

#: The kinds of first page: a letter with the address in the envelope's window, or a fax cover without a patient's name.
CoverKind = Literal["letter", "fax"]
#: The file beside a packet that says where it goes.
ROUTE = "route.json"
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
    passphrase: str = field(default="", repr=False)
    """That of an earlier message of the same packet, told already; without it a new one is made."""

    def written(self) -> bytes:
        """What route.json holds: all but the passphrase."""
        kept = asdict(self) | {"certificate": str(self.certificate.resolve()) if self.certificate else None}
        del kept["passphrase"]
        return json.dumps(kept, indent=2, ensure_ascii=False).encode() + b"\n"


def read_route(folder: Path) -> Route:
    """Where the packet in ``folder`` goes. Raises: DeliveryError."""
    path = folder / ROUTE
    try:
        kept = json.loads(path.read_bytes())
        route = Route(**kept | {"certificate": Path(kept["certificate"]) if kept.get("certificate") else None})
    except FileNotFoundError:
        raise DeliveryError(f"{path}: is not there, so nobody knows where it goes: prepare the packet anew") from None
    except OSError as exc:
        raise DeliveryError(f"{path}: cannot be read: {exc.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DeliveryError(f"{path}: is damaged: prepare the packet anew") from None
    return route


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
