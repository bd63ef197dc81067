"""A packet leaves by the channel that it was made for."""

from __future__ import annotations

from formfill.channels import hylafax, printer, smtp
from formfill.channels.printer import Printing
from formfill.channels.sending import Delivery, Parcel, deliver
from formfill.errors import DeliveryError
from formfill.model.settings import Settings


def dispatch(parcel: Parcel, settings: Settings, how: Printing, *, again: bool = False) -> Delivery:
    """Send a parcel by e-mail or fax, or print it as ``how`` says, unless it was sent before.

    Raises: DeliveryError and OutputError, as ``deliver`` does.
    """
    folder = parcel.folder
    if parcel.channel == "email":
        server = settings.smtp
        if server is None:
            raise DeliveryError(
                "smtp: no mail server is named: add smtp: with host: and user: to formfill.yaml, or open request.eml "
                "in a mail program and send it there"
            )
        _, to, _ = smtp.addresses(parcel.data)
        return deliver(parcel, to, lambda: smtp.send(parcel.data, server), again=again)
    if parcel.channel == "fax":
        to = hylafax.number(folder)
        return deliver(parcel, to, lambda: hylafax.send(folder, to, settings.fax_server), again=again)
    return deliver(parcel, how.printer, lambda: printer.send(folder, how), again=again)
