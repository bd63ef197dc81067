"""A #10 envelope without windows (9.5 x 4.125 in), to print on: sender and recipient, nothing else."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from formfill.errors import ProviderError

if TYPE_CHECKING:
    from formfill.packet.cover import Party


def envelope_pdf(sender: Party, recipient: Party) -> bytes:
    """The envelope as one PDF page, landscape.

    Raises: ProviderError, where the recipient has no address. FillError, for a character that no installed font has.
    OutputError, where an address does not fit.
    """
    from formfill.packet.typeset import typeset

    if not recipient.address:
        raise ProviderError(
            "address: the provider has no address to send to: ask its records office and add it, or send another way"
        )
    return typeset("plain_envelope", {"sender": _shown(sender), "recipient": _shown(recipient)})


def _shown(party: Party) -> dict[str, object]:
    known = asdict(party)
    return {key: known[key] for key in ("name", "organisation", "address")}
