"""The first page of a packet: what is enclosed, how and by when the records are asked for, whom to call.

By mail it shows the provider's address in the window of a #10 double-window envelope, and nothing else there. By fax it
never names the patient: a fax goes astray more easily than a letter, and its cover lies open in a tray.

No law is cited that does not apply: the deadlines of the right of access stand on a patient's own request only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, replace

from formfill.channels.base import CoverKind
from formfill.model.form_map import Instrument
from formfill.writings import Day, in_words

SUBJECT = "Request for medical records"
LONG_DATE = "MMMM D, YYYY"

#: What follows "Please provide the records", by the name of a delivery format in the vocabulary.
DELIVERY = {
    "paper": "on paper",
    "cd": "on a CD or DVD",
    "usb": "on a USB flash drive",
    "cd_usb": "on a CD or a USB flash drive",
    "electronic": "in electronic form",
    "email": "by e-mail",
    "email_encrypted": "by encrypted e-mail",
    "email_unencrypted": "by unencrypted e-mail, as the patient chose",
    "portal": "in the patient portal",
    "fax": "by fax",
    "inspect": "for inspection on site",
    "verbal": "by word of mouth",
}


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a letter or fax: a person, an organisation, or both. Empty is unknown."""

    name: str = ""
    organisation: str = ""
    address: tuple[str, ...] = ()
    """Street, city and, abroad, country: one line each."""
    phone: str = ""
    fax: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What lies behind the cover: ``title`` names no patient."""

    title: str
    pages: int


@dataclass(frozen=True, slots=True)
class Cover:
    """What a cover sheet says."""

    sender: Party
    recipient: Party
    date: dt.date
    instrument: Instrument
    enclosures: tuple[Enclosure, ...]
    sender_on_fax: str = ""
    """What a fax calls a sender whose name is the patient's or tells it; without it the sender is named."""
    state: str = ""
    """Two letters: where the records are kept. Its law may be quicker than the federal one."""
    records: tuple[str, ...] = ()
    """What is asked for, in words: a form may have no box for it."""
    dates: str = ""
    """Of the care that the records are about."""
    purpose: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    """How the records should come, in order of preference: values of ``DELIVERY`` with the number or address they go
    to, or words like these."""
    interpreter_language: str = ""
    """The language of the interpreter that the patient needs."""
    withheld: tuple[str, ...] = ()
    """What signing the form alone would release, and the patient did not choose to."""
    released: tuple[str, ...] = ()
    """The specially protected categories that the patient chose to release and the form has no place for."""
    ends: str = ""
    """The day or event that ends the authorization, where the form has no place for it."""
    fee_limit: str = ""
    """What the patient pays without being asked first."""


def cover_pdf(cover: Cover, kind: CoverKind) -> bytes:
    """The cover as PDF: one Letter page, unless it says very much. The page count on it is that of the whole packet.

    Raises: FillError, for a character that no installed font has. OutputError, where the address does not fit the
    window of an envelope.
    """
    from formfill.packet.assemble import Document, page_count

    pdf = _typeset(cover, kind, own_pages=1)
    own_pages = page_count(Document("Cover sheet", pdf))
    return pdf if own_pages == 1 else _typeset(cover, kind, own_pages)


def _typeset(cover: Cover, kind: CoverKind, own_pages: int) -> bytes:
    from formfill.packet.typeset import typeset

    sender, recipient = cover.sender, cover.recipient
    if kind == "fax":
        if cover.sender_on_fax:
            sender = Party(name=cover.sender_on_fax, phone=sender.phone, fax=sender.fax)
        # a fax is answered by phone or fax; an e-mail address may hold a name
        sender, recipient = replace(sender, email=""), replace(recipient, email="")
    return typeset(
        f"cover_{kind}",
        {
            "fax": kind == "fax",
            "sender": asdict(sender),
            "recipient": asdict(recipient),
            "date": Day(cover.date).write(LONG_DATE),
            "subject": SUBJECT,
            "request": _request(cover),
            "records": _records(cover),
            "enclosures": [asdict(enclosure) for enclosure in cover.enclosures],
            "pages": own_pages + sum(enclosure.pages for enclosure in cover.enclosures),
            "delivery": _delivery(cover),
            "fee": _fee(cover),
            "interpreter": _interpreter(cover.interpreter_language),
            "notice": _misdelivery(sender),
        },
    )


def _request(cover: Cover) -> list[str]:
    sentences = []
    if cover.instrument == "amendment":
        sentences.append("Enclosed is a patient’s request to amend medical records.")
    elif cover.instrument == "access-request":
        sentences.append(
            "Enclosed is a patient’s request for access to their own medical records. The form names the patient and "
            "says where the records go."
        )
        sentences.append(_deadline(cover.state))
    else:
        sentences.append(
            "Enclosed is a patient’s authorization to release medical records. The form names the patient and the "
            "recipient."
        )
    if cover.released:
        released = in_words(list(cover.released))
        sentences.append(f"The patient has also chosen to release: {released}. The form has no place to say so.")
    if cover.withheld:
        sentences.append(
            f"The patient has not chosen to release: {in_words(list(cover.withheld))}. Please leave this out."
        )
    if cover.ends:
        sentences.append(f"The patient’s permission ends: {cover.ends}. The form has no place to say so.")
    return sentences


def _deadline(state: str) -> str:
    """By when a patient's own request is due: 45 CFR 164.524(b)(2); California Health and Safety Code 123110."""
    if state == "CA":
        return (
            "Please send the copies within 15 days of receiving this written request, as California Health and Safety "
            "Code section 123110 provides; federal law asks for action within 30 days (45 CFR 164.524)."
        )
    return "Please act on the request within 30 days of receiving it (45 CFR 164.524)."


def _records(cover: Cover) -> list[str]:
    lines = []
    if cover.records:
        lines.append(in_words(list(cover.records)))
    if cover.dates:
        lines.append(f"Dates of service: {cover.dates}")
    # an access request needs no reason, and none is volunteered (45 CFR 164.524)
    if cover.purpose and cover.instrument != "access-request":
        lines.append(f"Purpose: {in_words(list(cover.purpose))}")
    return lines


def _delivery(cover: Cover) -> str:
    if not cover.delivery:
        return ""
    choice = "; if that cannot be done, ".join(cover.delivery)
    # the right of access covers the form and format (45 CFR 164.524(c)(2)); an authorization gives no such right
    right = " The choice of form and format is the patient’s (45 CFR 164.524)."
    return f"Please provide the records {choice}." + (right if cover.instrument == "access-request" else "")


def _fee(cover: Cover) -> str:
    """When to call about the cost. What a patient's own copy may cost: 45 CFR 164.524(c)(4)."""
    if cover.instrument == "amendment":
        return ""
    amount = f"charging more than {cover.fee_limit}" if cover.fee_limit else "making copies, if there is a fee"
    law = (
        " A patient’s own copy costs no more than labor of copying, supplies and postage (45 CFR 164.524(c)(4))."
        if cover.instrument == "access-request"
        else ""
    )
    return f"Please call before {amount}.{law}"


def _interpreter(language: str) -> str:
    return f"The patient needs an interpreter ({language}) for any call or visit." if language else ""


def _misdelivery(sender: Party) -> str:
    reach = f"call {sender.phone}" if sender.phone else "tell the sender by return fax"
    return (
        "This fax holds confidential health information for the recipient named above. If it reached you by mistake, "
        f"do not read, copy or pass it on: {reach} at once and destroy every page."
    )
