"""Puts the signed copy of a packet in the place of the unsigned one: what leaves by fax or e-mail is made of it anew.

A request without a signature is not valid (45 CFR 164.508(c)(1)(vi)), and formfill never signs: the packet is printed,
signed and scanned, or signed on the screen, and comes back as a file.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from formfill.channels import FILES, channel
from formfill.channels.base import NOWHERE, read_route
from formfill.channels.email import PASSPHRASE
from formfill.channels.sending import parcel
from formfill.files import write_all_private


def take_signed(folder: Path, signed_pdf: bytes) -> None:
    """Make what leaves from ``folder`` anew, out of ``signed_pdf``; a passphrase stays what it was.

    Raises: DeliveryError, ProviderError, RequestError, as the channel does. OutputError.
    """
    way = channel(parcel(folder).channel)
    route = NOWHERE
    if way.name != "mail":  # paper goes where its first page says
        kept = folder / PASSPHRASE
        word = kept.read_text(encoding="ascii").strip() if kept.is_file() else ""
        route = replace(read_route(folder), passphrase=word)
    files = way.files(signed_pdf, route)
    paths = {folder / name: data for name, data in files.items()}
    write_all_private(paths, stale=[folder / name for name in FILES - files.keys()])
