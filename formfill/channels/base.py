"""What every channel can do. A channel is how a request travels: one module, and one line of the registry."""

from __future__ import annotations

from typing import Literal, Protocol

#: The kinds of first page: a letter with the address in the envelope's window, or a fax cover without a patient's name.
CoverKind = Literal["letter", "fax"]


class Channel(Protocol):
    """How a request leaves."""

    @property
    def name(self) -> str:
        """What ``--send`` and a request's ``send`` say."""

    @property
    def cover(self) -> CoverKind:
        """The first page that this channel needs."""

    def files(self, packet_pdf: bytes) -> dict[str, bytes]:
        """The files that leave, dict[file name, bytes]; no name holds a patient's. Raises: DeliveryError."""
