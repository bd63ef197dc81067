"""What every letter of ours is made of: who writes, to whom, the facts it repeats, a line to sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from formfill.errors import ProviderError, RequestError
from formfill.files import write_private
from formfill.model.choices import Other, words_of
from formfill.model.form_map import Instrument
from formfill.model.profile import Contact, Profile, Recipient
from formfill.model.provider import Provider, ReleasingProvider
from formfill.model.request import Request
from formfill.model.vocabulary import vocabulary
from formfill.packet.correspondents import releasing, sender
from formfill.packet.cover import DELIVERY, LONG_DATE, Party
from formfill.packet.typeset import paragraphs, typeset
from formfill.packet.wording import dates_in_words
from formfill.parties import name_of, provider_ids, signs
from formfill.policy import needed
from formfill.writings import Day, Phone, Postal, in_words

_SENT_BY = {"mail": "by mail", "fax": "by fax", "email": "by e-mail", "hand": "by hand", "portal": "through the portal"}
#: A piece of a letter's body, as letter.typ sets it.
Piece = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a request that went out: what a ledger keeps, or a person tells."""

    on: dt.date
    by: str = ""
    """The channel, by its name: mail, fax, email, hand, portal."""
    received_on: dt.date | None = None
    due_on: dt.date | None = None
    """When the records were due, extension and holidays reckoned in."""
    rule: str = ""
    """The law that ``due_on`` follows from: "California Health and Safety Code section 123110"."""
    is_estimated: bool = False
    """Whether ``due_on`` rests on an assumed day of receipt."""
    extended_to: dt.date | None = None
    """The day that the provider named, in writing and in time, for coming later (45 CFR 164.524(b)(2)(iii))."""
    tracking: str = ""

    def __post_init__(self) -> None:
        for key, day in (("received_on", self.received_on), ("due_on", self.due_on), ("extended_to", self.extended_to)):
            if day is not None and day < self.on:
                raise RequestError(f"{key}: {day} is before the day the request was sent, {self.on}: mend one of them")


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes to whom, about which request; ``organisation`` is the workspace's sender."""

    profile: Profile
    provider: Provider | None
    request: Request
    organisation: Contact | None = None
    today: dt.date = field(default_factory=dt.date.today)

    @property
    def instrument(self) -> Instrument:
        return needed(self.profile, self.request)[0]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as PDF, to sign and mail; ``notes`` are for who sends it, and hold no patient's value."""

    kind: str
    pdf: bytes
    notes: tuple[str, ...] = ()

    def save(self, path: Path) -> Path:
        """Write it, readable by its owner alone. Raises: OutputError."""
        write_private(path, self.pdf)
        return path


def letter(
    writer: Writer,
    kind: str,
    subject: str,
    body: Sequence[Piece],
    *,
    to: Party | None = None,
    signer: Mapping[str, str] | None = None,
    enclosed: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Letter:
    """The letter: ``to`` the provider and signed by the patient or representative, where nothing else is said.

    Raises: RequestError, where nobody is written to. ProviderError, where the provider has no address. FillError, for
    a character that no installed font has. OutputError, where the address does not fit the window of an envelope.
    """
    recipient = to or addressee(writer)[0]
    from_, _ = sender(writer.profile, writer.request, writer.organisation)
    pdf = typeset(
        "letter",
        {
            "sender": asdict(from_),
            "recipient": asdict(recipient),
            "date": day(writer.today),
            "subject": subject,
            "body": list(body),
            "signer": signer or _signer(writer),
            "contact": ", ".join(filter(None, (from_.name or from_.organisation, from_.phone, from_.email))),
            "enclosed": list(enclosed),
        },
    )
    return Letter(kind, pdf, tuple(notes))


def addressee(writer: Writer) -> tuple[Party, str]:
    """The provider's records office with its address, and the state of the records. Raises: RequestError, "
    "ProviderError."""
    written_out = isinstance(writer.request.provider, ReleasingProvider)
    if writer.provider is None and not written_out:
        raise RequestError("provider: nobody is named to write to: --provider ID, or provider: in the request")
    party, state = releasing(writer.provider, writer.request)
    if not party.address:
        where = "request: provider" if written_out or writer.provider is None else f"provider {writer.provider.id}"
        raise ProviderError(f"{where}: address: a letter needs one: ask the records office and add it")
    return party, state


def paragraph(text: str) -> Piece:
    """A paragraph in our own words."""
    return {"kind": "paragraph", "text": text}


def quotation(label: str, text: str) -> Piece:
    """What somebody else wrote, set apart and unchanged."""
    return {"kind": "quotation", "label": label, "text": paragraphs(text.strip())}


def facts(*rows: tuple[str, Iterable[str | None]]) -> Piece:
    """Labels and their lines; a row without a line is left out."""
    told = [(label, [line for line in lines if line]) for label, lines in rows]
    listed = [{"label": label, "value": paragraphs("\n".join(lines))} for label, lines in told if lines]
    return {"kind": "facts", "rows": listed}


Row = tuple[str, Iterable[str | None]]


def patient_rows(writer: Writer) -> list[Row]:
    """Whose records they are, as a records office looks them up."""
    patient, request = writer.profile.patient, writer.request
    ids = provider_ids(writer.provider, request, "")
    number = next((patient.record_numbers[key] for key in ids if key in patient.record_numbers), None)
    return [
        ("Patient", [name_of(patient).write()]),
        ("Date of birth", [day(patient.birth_date)]),
        ("Former names", [", ".join(patient.former_names)]),
        ("Record number", [number]),
    ]


def asked_rows(request: Request, *, delivery: bool = True) -> list[Row]:
    """Which records, of when, and how they should come."""
    records = [words_of("records", item) for item in request.records]
    formats = [
        item.other if isinstance(item, Other) else DELIVERY.get(item) or words_of("delivery", item)
        for item in request.delivery
    ]
    return [
        ("Records", [in_words(records) if records else None]),
        ("Dates of service", [dates_in_words(request)]),
        ("Format", ["; if that cannot be done, ".join(formats) if delivery else None]),
    ]


def sent_rows(sent: Sent, due: str) -> list[Row]:
    """What became of a request; ``due`` says by when it had to be answered, and why."""
    how = ", ".join(
        filter(None, (day(sent.on), _SENT_BY.get(sent.by, sent.by), sent.tracking and f"no. {sent.tracking}"))
    )
    extended = f"{day(sent.extended_to)}, as the provider wrote" if sent.extended_to else None
    return [
        ("Sent", [how]),
        ("Received", [day(sent.received_on) if sent.received_on else None]),
        ("Extended to", [extended]),
        ("Due", [due]),
    ]


def person_rows(writer: Writer) -> list[Row]:
    """Who signs, and where they can be reached."""
    representative, patient = signs(writer.profile, writer.request), writer.profile.patient
    who = representative or patient
    name = representative.name if representative else name_of(patient).write()
    address = (representative and representative.address) or patient.address
    lines = [Postal(address, "street").write(), Postal(address, "city").write()] if address else []
    phone = representative.phone if representative else patient.phones.best
    return [("From", [name, *lines, Phone(phone).write() if phone else None, who.email])]


def name_or_organisation(contact: Recipient) -> str:
    """Who it is, in one line."""
    return ", ".join(filter(None, (contact.name, contact.organization)))


def day(date: dt.date) -> str:
    """A day as our letters write it."""
    return Day(date).write(LONG_DATE)


def _signer(writer: Writer) -> dict[str, str]:
    patient = name_of(writer.profile.patient).write()
    representative = signs(writer.profile, writer.request)
    if representative is None:
        return {"name": patient, "capacity": "Patient"}
    kind = vocabulary().concepts[f"representative.kind.{representative.kind}"]
    right = representative.relationship or (kind.words() if representative.kind != "other" else "")
    return {"name": representative.name, "capacity": f"for the patient, {patient}" + (f" ({right})" if right else "")}
