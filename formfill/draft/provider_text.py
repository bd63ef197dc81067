"""A provider record from what a form prints of its provider."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from formfill.draft.contacts import Channel, Choice, Contact, Standing
from formfill.draft.heading import Head
from formfill.draft.map_text import comment_lines

_WHY = {
    Standing.SENT: "the form says so",
    Standing.OWN: "the provider's own by where it stands",
    Standing.PRINTED: "the only one printed",
}


def provider_text(head: Head, provider: str, formats: Sequence[str] = ()) -> str:
    """``provider.yaml`` as text: what was found, to be looked through; what was not, as comments.

    ``formats`` are the delivery formats that the form has boxes for.
    """
    letterhead = head.letterhead
    lines = ["# Read off the form; look it through. Keys: formfill schema provider", f"id: {provider}"]
    if letterhead.name:
        lines.append(f"name: {_quoted(letterhead.name)}")
    else:
        lines.append(f"name: {_quoted(provider.replace('-', ' ').title())}  # from its id; none was found on the form")
    lines += _address_lines(letterhead.choices["address"], letterhead.sites)
    for channel in ("phone", "fax", "email"):
        lines += _contact_lines(channel, letterhead.choices[channel])
    if letterhead.portal:
        kind, url = letterhead.portal
        lines += ["portal:", f"  kind: {_quoted(kind)}", *([f"  url: {url}"] if url else [])]
    if accepts := _accepts(head):
        lines.append(f"accepts: [{', '.join(accepts)}]")
    if formats:
        lines.append(f"formats: [{', '.join(formats)}]")
    if letterhead.fees:
        lines += ["fees: >-", *textwrap.wrap(letterhead.fees, 110, initial_indent="  ", subsequent_indent="  ")]
    if letterhead.photo_id:
        required, sentence = letterhead.photo_id
        lines += comment_lines(f"ID: {sentence}")
        lines += ["id_required: true"] if required else []
    if letterhead.website:
        lines.append(f"website: {letterhead.website}")
    return "\n".join(lines) + "\n"


def _address_lines(choice: Choice, sites: Sequence[str]) -> Iterator[str]:
    contact = choice.taken
    if contact is None or contact.address is None:
        if choice.differing:
            what = "the form prints several" if len(sites) > 1 else "its street was not read"
            yield from comment_lines(f"address: {what}: {'; '.join(sites)}")
        else:
            yield "# address: where requests are mailed; the form prints none that was found"
        return
    address = contact.address
    if re.match(r"\d", address.street):
        # a post office box may be a copy service's, in another state
        yield f"state: {address.state}"
    yield f"address:{_why(contact)}"
    if address.care_of:
        yield f"  care_of: {_quoted(address.care_of)}"
    yield f"  street: {_quoted(address.street)}"
    if address.unit:
        yield f"  unit: {_quoted(address.unit)}"
    yield f"  city: {_quoted(address.city)}"
    yield f"  state: {address.state}"
    yield f'  postal_code: "{address.postal_code}"'


def _contact_lines(channel: Channel, choice: Choice) -> Iterator[str]:
    contact = choice.taken
    if contact is not None:
        yield f"{channel}: {contact.shown}{_why(contact)}"
    elif choice.differing:
        shown = "; ".join(contact.shown for contact in choice.differing)
        yield from comment_lines(f"{channel}: not sure which of what the form prints: {shown}")
    else:
        yield f"# {channel}:"


def _why(contact: Contact) -> str:
    words = [f"page {contact.page}: {_WHY[contact.standing]}"]
    if contact.note:
        words.append(contact.note)
    if contact.is_scan:
        words.append("read off a picture, compare each digit")
    return f"  # {'; '.join(words)}"


def _accepts(head: Head) -> list[str]:
    """How the form says that it may be sent."""
    channels: tuple[tuple[str, Channel], ...] = (("mail", "address"), ("fax", "fax"), ("email", "email"))
    return [
        name
        for name, channel in channels
        if (contact := head.letterhead.taken(channel)) and contact.standing == Standing.SENT
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
