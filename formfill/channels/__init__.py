"""How a packet leaves. A new channel is a module here and a line in ``CHANNELS``."""

from __future__ import annotations

from formfill.channels.base import ROUTE, Channel
from formfill.channels.email import Email
from formfill.channels.fax import Fax
from formfill.channels.mail import Mail
from formfill.errors import RequestError

CHANNELS: dict[str, Channel] = {
    "mail": Mail(),
    "fax": Fax(),
    "email": Email(),
}
#: The names of all files that channels write.
FILES = frozenset({"packet.pdf", "fax.tiff", ROUTE, "request.eml", "passphrase.txt"})


def channel(name: str) -> Channel:
    """The channel that ``--send`` names. Raises: RequestError."""
    try:
        return CHANNELS[name]
    except KeyError:
        raise RequestError(f"send: {name!r}: no such channel; there are {', '.join(CHANNELS)}") from None
