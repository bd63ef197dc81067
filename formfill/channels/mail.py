"""By mail: the packet is printed as it is, and its first page shows the address in the envelope's window."""

from __future__ import annotations

from formfill.channels.base import NOWHERE, CoverKind, Reach, Route


class Mail:
    """packet.pdf, to print."""

    name = "mail"
    cover: CoverKind = "letter"
    reach: Reach = "address"

    def files(self, packet_pdf: bytes, route: Route = NOWHERE) -> dict[str, bytes]:
        """packet.pdf, unchanged."""
        return {"packet.pdf": packet_pdf}
