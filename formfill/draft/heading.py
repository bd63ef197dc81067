"""What a form says of itself: its title, language, instrument, number and edition, and what it says of its provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from formfill.draft import offers
from formfill.draft.contacts import Channel, Choice, Contact, choose, contacts_of
from formfill.draft.facts import Detection, PageFacts, lines_of, text_of
from formfill.draft.print_blocks import blocks_of
from formfill.draft.provider_name import provider_name
from formfill.draft.title import number_and_edition, title_of
from formfill.draft.wordings import folded
from formfill.model.form_map import Instrument

_SPANISH = re.compile(r"\b(de|la|el|los|para|informacion|paciente|autorizacion|nombre|fecha|firma|medica)\b")
_ENGLISH = re.compile(r"\b(the|of|and|to|information|patient|authorization|name|date|signature|medical)\b")
#: Names before more addresses than this are those of sites.
_MOST_SITES = 2
_CHANNELS: tuple[Channel, ...] = ("address", "phone", "fax", "email")


@dataclass(frozen=True)
class Letterhead:
    """What a form prints of its provider; None and empty where nothing was found.

    ``sites`` are the addresses of a form that lists several. ``portal`` is its kind and web address, ``photo_id``
    whether ID must come with the request, and the sentence about it.
    """

    name: str | None = None
    choices: dict[Channel, Choice] = field(default_factory=dict)
    sites: tuple[str, ...] = ()
    portal: tuple[str, str | None] | None = None
    website: str | None = None
    fees: str | None = None
    photo_id: tuple[bool, str] | None = None

    def taken(self, channel: Channel) -> Contact | None:
        """The one contact that is taken of a channel."""
        return self.choices[channel].taken if channel in self.choices else None


@dataclass(frozen=True)
class Head:
    """What was read off the print; None where nothing was found."""

    title: str | None
    language: str
    instrument: Instrument
    form_number: str | None
    edition: str | None
    letterhead: Letterhead


def read_head(detection: Detection) -> Head:
    """Read the pages' print for what the form says of itself."""
    text = folded("\n".join(line for page in detection.pages for line in _texts(page)))
    title = title_of(detection.pages[0]) if detection.pages else None
    number, edition = number_and_edition(detection.pages)
    return Head(
        title=title,
        language="es" if len(_SPANISH.findall(text)) > 1.5 * len(_ENGLISH.findall(text)) else "en",
        instrument=_instrument(folded(title or ""), text),
        form_number=number,
        edition=edition,
        letterhead=_letterhead(detection.pages),
    )


def _letterhead(pages: Sequence[PageFacts]) -> Letterhead:
    blocks = [block for page in pages for block in blocks_of(page)]
    contacts = contacts_of(blocks)
    choices = {channel: choose(contacts, channel) for channel in _CHANNELS}
    sites = {contact.key: contact.shown for contact in contacts if contact.channel == "address"}
    return Letterhead(
        name=provider_name(blocks, _streets(choices["address"])),
        choices=choices,
        sites=tuple(sites.values()) if choices["address"].differing else (),
        portal=offers.portal(blocks),
        website=offers.website(blocks),
        fees=offers.fees(blocks),
        photo_id=offers.id_required(blocks),
    )


def _streets(choice: Choice) -> list[str]:
    """How the provider's streets begin, which may be written in several ways; none of a long list of sites."""
    contacts = [choice.taken] if choice.taken else choice.differing
    streets = [" ".join(contact.address.street.split()[:2]) for contact in contacts if contact.address]
    return streets if len(streets) <= _MOST_SITES else []


def _texts(page: PageFacts) -> Iterator[str]:
    for line in lines_of(page.words):
        yield text_of(line)


def _instrument(title: str, text: str) -> Instrument:
    if re.search(r"amend|enmienda|correct", title):
        return "amendment"
    if re.search(r"proxy|mychart access|portal access", title):
        return "other"
    if re.search(
        r"(request|solicitud).{0,40}(access|acceso|copies|copy|copias|own)|access request|patient (access|request)",
        title,
    ) and not re.search(r"authoriz|consent to", title):
        return "access-request"
    if re.search(r"authoriz|autoriza|consent|release|divulga|disclos", title + text[:4000]):
        return "authorization"
    return "other"
