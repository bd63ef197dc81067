"""Where a form says that requests go: its printed addresses, phones, faxes and e-mails, and what each stands for.

A number is taken only where the form says that requests are sent there, or where it is plainly the provider's own: its
letterhead's, its footer's, or the only one. Wrong is worse than missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from formfill.draft.addresses import DEPARTMENT, PrintedAddress, addresses_in
from formfill.draft.print_blocks import PrintBlock
from formfill.draft.wordings import folded

#: "number" is one of which the print does not say whether it is a phone or a fax.
Channel = Literal["address", "phone", "fax", "email", "number"]

_NUMBER = re.compile(r"(?<![\d-])(?:1[ .-])?(\(?[2-9]\d{2}\)?)[ .\-–/]{0,3}(\d{3})[ .\-–]{1,2}(\d{4})(?![\d-])")
_EXTENSION = re.compile(r",? ?\(?(?:ext(?:ension)?\.?|x\.?) ?(\d{1,6})\b\)?", re.IGNORECASE)
_MENU = re.compile(r",? ?\(?(?:option|opt\.?|press|opci[oó]n) ?#?(\d)\b\)?", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![\w.@])[A-Za-z][\w.+-]*@(?:[\w-]+\.)+(?:com|org|net|edu|gov|us|health|care|info|clinic|md|healthcare)\b"
)
_EITHER = re.compile(r"\s*(?:or|o)\s*")
_FAX = re.compile(r"\bfax|\bfx\b|\bf[:.]|facsimil")
_PHONE = re.compile(
    r"phone|\btel(?:e|f)?\b|\btel\.|telefono|\bph\b|\bp[:.]|\boff?ice\b|\bcall\b|llame|\bllamar\b|\bcontact\b"
    r"|questions|preguntas"
)
_OTHER_PHONE = re.compile(
    r"toll|cell|mobile|celular|pager|after hours|emergenc|crisis|scheduling|appointments?\b|citas"
)

_FORM = r"(?:form\w*|authorization\w*|request\w*|application|autorizacion\w*|solicitud\w*|document\w*)"
_GO = (
    r"(?:return|send|sent|submit\w*|mail\w*|fax\w*|e-?mail\w*|deliver\w*|forward\w*|bring|drop\w*|envi\w*|remit\w*"
    r"|devuelv\w*|devolver|entreg\w*|mand\w*)"
)
_SEND = re.compile(
    rf"\b{_GO}\b[^.:;]{{0,60}}\b(?:completed|signed|release|records? request|this|completad\w|firmad\w|esta"
    rf"|este|the|el|la)?"
    rf" ?{_FORM}\b[^.;]{{0,90}}?(?:\b(?:to|at|by|via|a|al|one of the following)\b|:)"
    rf"|\b{_FORM} (?:can|may|must|should) be {_GO}\b[^.;]{{0,40}}\bto\b"
    rf"|return (?:completed|address|to\b)|(?:mail|fax) or (?:mail|fax|e-?mail)[^.;]{{0,40}}\bto\b"
    rf"|\baddress to submit\b|\b(?:mail|send|fax) (?:requests|authorizations|signed)\b|where do i send|please fax to"
    rf"|(?:any )?questions\b|\bpreguntas\b"
)
_REVOKE = re.compile(r"\brevo[ck]\w*|\bcancel\w*|\bwithdraw\w*|\bretir\w*|\brescind\w*")
_RECIPIENT = re.compile(
    rf"\b(?:releas\w*|disclos\w*|send|sent|divulg\w*|liberar|provided?|furnish\w*|entregar|enviar|records"
    rf"|information)\b"
    rf"(?:(?!\b{_FORM}\b)[^.;:\n]){{0,60}}\b(?:to|a|para)\b(?:(?!\b{_FORM}\b)[^.,;:\n]){{0,25}}[:\n]"
    rf"|\b(?:releas\w*|disclos\w*|divulg\w*)\b(?:(?!\b{_FORM}\b)[^.;:]){{0,110}}\b(?:to|a):"
    r"|\bpick(?:ed)?-? ?up\b|\brecogida\b|\b(?:recipient|destinatario|receptor)\b|\b(?:obtain|obtener|receive"
    r"|recibir)\w*\b[^.;:\n]{0,40}\b(?:from|de)\b"
)
_FROM = re.compile(r"\b(?:released? from|released by|from:|disclosed by|divulgad\w por|i authorize|autorizo)\b")
#: Under a line for the recipient, into which somebody's name may be typed.
_CAPTION = re.compile(
    r"\b(?:person|organization|individual|facility|provider)s? (?:to|that|who)\b[^.]{0,40}\b(?:disclos|receiv|recib)"
)
_PRIVACY = re.compile(r"privacy officer|compliance|audit\b|privacidad|oficial de cumplimiento")
_OFFICIAL = re.compile(
    r"human rights|civil rights|\bhhs\b|human services|department of (?:public )?health|joint commission|accredit"
    r"|complain|attorney general|medical board|derechos (?:humanos|civiles)|queja|ombuds|medicare|medicaid"
    r"|social security"
)
_OTHER_OFFICE = re.compile(
    r"radiolog|imaging|\bfilms?\b|imagenes|billing (?:office|department)|payable|remit\b|urgent requests|facturacion"
)
_COPY_SERVICE = re.compile(
    r"\bciox|datavant|sharecare|\bmro\b|healthmark|verisma|\bchartswap|scanstat|\biod inc|bactes|vital records"
)
#: Where on a page a letterhead ends and a footer begins, as shares of its height.
_LETTERHEAD, _FOOTER = 0.155, 0.9


class Standing(IntEnum):
    """How sure it is that what is printed is where requests go; the surest is the greatest."""

    PRINTED = 0
    """Somewhere on the form."""
    OWN = 1
    """The provider's own: in its letterhead, its footer, or under its name."""
    SENT = 2
    """The form says that requests go there, or whom to ask."""


@dataclass(frozen=True)
class Contact:
    """One printed address, number or e-mail. ``key`` is the same for two writings of one; ``shown`` is the writing.

    ``note`` says what a value leaves out: the choice in a phone's menu.
    """

    channel: Channel
    key: str
    shown: str
    standing: Standing
    page: int
    is_scan: bool = False
    address: PrintedAddress | None = None
    note: str = ""
    either: bool = False
    """Printed as the second of two that serve alike: "A or B"."""


@dataclass(frozen=True)
class Choice:
    """What is taken of one channel: one contact, or none and the differing ones that are printed."""

    taken: Contact | None = None
    differing: tuple[Contact, ...] = ()


def contacts_of(blocks: Iterable[PrintBlock]) -> list[Contact]:
    """All contacts that could be the provider's, in the order of print."""
    return [contact for block in blocks for contact in _in_block(block)]


def choose(contacts: Sequence[Contact], channel: Channel) -> Choice:
    """The one contact of the surest standing; none where several differ, or numbers without a label stand about."""
    known = [contact for contact in contacts if contact.channel == channel]
    if not known:
        return Choice()
    surest = max(contact.standing for contact in known)
    best = _distinct(contact for contact in known if contact.standing == surest)
    plain = [contact for contact in best if not contact.either]
    if len(plain) == 1 and plain[0].address is None and channel == "address":
        return Choice(None, tuple(best))
    if channel in ("phone", "fax") and surest < Standing.SENT:
        numbers = {
            contact.key: contact for contact in contacts if contact.channel == "number" and contact.standing >= surest
        }
        if len(numbers.keys() - {contact.key for contact in best}) > 1:
            return Choice(None, tuple(best))
    if len(plain) == 1:
        return Choice(plain[0])
    return Choice(None, tuple(best))


def _distinct(contacts: Iterable[Contact]) -> list[Contact]:
    """One contact for each key, the most fully written."""
    found: dict[str, Contact] = {}
    for contact in contacts:
        other = found.get(contact.key)
        if other is None or (other.either and not contact.either):
            found[contact.key] = contact
        elif contact.address and other.address and len(str(contact.address)) > len(str(other.address)):
            if other.address.care_of is None or contact.address.care_of:
                found[contact.key] = contact
        elif contact.address and other.address and contact.address.care_of and not other.address.care_of:
            found[contact.key] = contact
    return list(found.values())


def _in_block(block: PrintBlock) -> Iterator[Contact]:
    text, page = block.text, block.page
    for start, found in addresses_in(text):
        standing = _standing(block, start, start + 20)
        if standing is None:
            continue
        if isinstance(found, str):
            yield Contact("address", found, found, standing, page.number, page.is_scan)
        else:
            yield Contact("address", " ".join(found.key), str(found), standing, page.number, page.is_scan, found)
    for match in _EMAIL.finditer(text):
        standing = _standing(block, match.start(), match.end())
        if standing is not None:
            yield Contact("email", match[0].lower(), match[0], standing, page.number, page.is_scan)
    yield from _numbers(block)


def _numbers(block: PrintBlock) -> Iterator[Contact]:
    text, page = block.text, block.page
    before: tuple[int, Channel | None] = (0, None)
    for match in _NUMBER.finditer(text):
        either = before[1] is not None and _EITHER.fullmatch(text, before[0], match.start()) is not None
        channel = before[1] if either else _channel(block, before[0], match)
        end = match.end()
        note = ""
        shown = f"({match[1].strip('()')}) {match[2]}-{match[3]}"
        if extension := _EXTENSION.match(text, end):
            shown, end = f"{shown} ext. {extension[1]}", extension.end()
        elif menu := _MENU.match(text, end):
            note, end = f"option {menu[1]}", menu.end()
        before = (end, channel)
        standing = _standing(block, match.start(), end) if channel else None
        if channel and standing is not None:
            digits = re.sub(r"\D", "", shown)
            yield Contact(channel, digits, shown, standing, page.number, page.is_scan, note=note, either=either)


def _channel(block: PrintBlock, begin: int, match: re.Match[str]) -> Channel | None:
    """Whether a number is a phone's or a fax's, by the words before it, behind it, or over its column; else None."""
    text = block.text
    line_start = text.rfind("\n", 0, match.start()) + 1
    line_end = text.find("\n", match.end())
    label = folded(text[max(begin, line_start) : match.start()])[-100:]
    behind = folded(text[match.end() : line_end if line_end >= 0 else None])
    # "Please fax signed / authorizations to: 555 …": the word stands on the line before
    nearest = _nearest(label) or (
        _nearest(folded(text[begin : match.start()])[-60:]) if label.strip(" .,:;-|()*") else None
    )
    if nearest is None and not label.strip(" .,:;-|()*"):
        # "402-395-2191 - Hospital (Telephone)", "845-348-8433 Fax"; but "phone 1 | fax 2" is the next one's label
        nearest = _nearest(behind[: (m.start() if (m := re.search(r"#", behind)) else 30)][:30])
        if nearest is None:
            over = text[max(begin, line_start - 40) : line_start] if line_start > begin else ""
            over = folded(over.strip().rpartition("\n")[2] or block.above.rpartition("\n")[2])
            nearest = _nearest(over) if len(over) < 40 else None
    if nearest is None and _is_letterhead(block):
        nearest = "phone"
    if nearest is None:
        return "number"
    return None if nearest == "other" else nearest


def _nearest(label: str) -> Literal["phone", "fax", "other"] | None:
    """Which kind of number the last of some words names."""
    kinds: tuple[tuple[Literal["phone", "fax", "other"], re.Pattern[str]], ...] = (
        ("fax", _FAX),
        ("phone", _PHONE),
        ("other", _OTHER_PHONE),
    )
    found = [(match.end(), kind) for kind, pattern in kinds for match in pattern.finditer(label)]
    return max(found)[1] if found else None


def _is_letterhead(block: PrintBlock) -> bool:
    return block.page.number == 1 and block.box[1] < _LETTERHEAD * block.page.height


def _standing(block: PrintBlock, start: int, end: int) -> Standing | None:
    """What the words around say of a contact; None where it is somebody else's."""
    text = block.text
    before = folded(block.above)[-150:] + "\n" + _plain(text[max(0, start - 420) : start])
    line_end = text.find("\n", end)
    around = before[-200:] + folded(text[start : min(end + 70, line_end if line_end >= 0 else len(text))])
    if _OFFICIAL.search(around) or _OTHER_OFFICE.search(around):
        return None
    if _CAPTION.search(folded(text[start : start + 240])):
        return None
    sent = [match.span() for match in _SEND.finditer(before)]
    cues = [(end, "send") for _, end in sent]
    cues += [
        (match.end(), name)
        for name, pattern in (("revoke", _REVOKE), ("recipient", _RECIPIENT), ("from", _FROM), ("privacy", _PRIVACY))
        for match in pattern.finditer(before)
        # "the authorization can be sent to:" has the words of a recipient in it
        if name != "recipient" or not any(begin <= match.start() < end for begin, end in sent)
    ]
    cue = max(cues)[1] if cues else ""
    if cue == "send":
        return Standing.SENT
    if cue in ("recipient", "privacy") or _COPY_SERVICE.search(around):
        return None
    if cue == "revoke":
        return Standing.PRINTED
    top, bottom = block.line_at(start).box[1], block.box[3]
    height = block.page.height
    if cue == "from" or top < _LETTERHEAD * height or bottom > _FOOTER * height or _is_named(before):
        return Standing.OWN
    return Standing.PRINTED


def _plain(text: str) -> str:
    """Folded line by line: a line's end parts a label from what stands under it."""
    return "\n".join(folded(line) for line in text.split("\n"))


def _is_named(before: str) -> bool:
    """Whether a department of records is named on the line before."""
    return bool(DEPARTMENT.search(before.rpartition("\n")[2][-60:] or before[-60:]))
