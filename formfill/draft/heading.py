"""What a form says of itself: its title, language, instrument, form number and edition, and where to send it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from formfill.draft.facts import Detection, PageFacts, lines_of, text_of
from formfill.draft.stretches import type_size
from formfill.draft.wordings import folded
from formfill.model.form_map import Instrument

_SPANISH = re.compile(r"\b(de|la|el|los|para|informacion|paciente|autorizacion|nombre|fecha|firma|medica)\b")
_ENGLISH = re.compile(r"\b(the|of|and|to|information|patient|authorization|name|date|signature|medical)\b")
_TITLE = re.compile(
    r"authoriz|autoriza|release|disclos|request|access|consent|solicitud|divulga|amend|enmienda|records|informa"
)
_NUMBER = re.compile(r"(?:form(?:a|ulario)? ?(?:#|no\.?|number)? ?:?)?\b([A-Z]{1,6}[- ]?\d{2,6}[A-Z0-9-]*)\b")
_EDITION = re.compile(
    r"\b(?:rev(?:ised|ision|\.)?|updated|effective|eff\.?|edition|ver(?:sion)?\.?)[ .:]*(?:date)?[ :]*"
    r"((?:\d{1,2}[/.-])?(?:\d{1,2}[/.-])?(?:\d{4}|\d{2})|[A-Z][a-z]+\.? \d{4})",
    re.IGNORECASE,
)
_PHONE = r"\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]\d{4}"
_FAX = re.compile(rf"fax[^0-9(]{{0,12}}({_PHONE})", re.IGNORECASE)
_TEL = re.compile(rf"(?:phone|tel|telephone|office|call)[^0-9(]{{0,14}}({_PHONE})", re.IGNORECASE)
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_CITY = re.compile(r"\b([A-Z][A-Za-z .'-]{2,28}),? ([A-Z]{2})\.? +(\d{5})(?:-\d{4})?\b")
_STREET = re.compile(
    r"((?:P\.? ?O\.? Box \d+|\d{1,6} [A-Z0-9][\w .'#-]{3,45}?"
    r"(?:, ?(?:Suite|Ste\.?|Unit|Room|Floor|Bldg\.?|#) ?[\w-]+)?))[,\s•|]*$"
)


@dataclass(frozen=True)
class Head:
    """What was read off the print; None where nothing was found. ``address`` is (street, city, state, ZIP)."""

    title: str | None
    language: str
    instrument: Instrument
    form_number: str | None
    edition: str | None
    fax: str | None
    phone: str | None
    email: str | None
    address: tuple[str, str, str, str] | None


def read_head(detection: Detection) -> Head:
    """Read the pages' print for what the form says of itself."""
    lines = [line for page in detection.pages for line in _texts(page)]
    text = "\n".join(lines)
    plain = folded(text)
    title = _title(detection.pages[0]) if detection.pages else None
    return Head(
        title=title,
        language="es" if len(_SPANISH.findall(plain)) > 1.5 * len(_ENGLISH.findall(plain)) else "en",
        instrument=_instrument(folded(title or ""), plain),
        form_number=_form_number(detection),
        edition=_found(_EDITION, text),
        fax=_found(_FAX, text),
        phone=_found(_TEL, text),
        email=(match := _EMAIL.search(text)) and match[0],
        address=_address(lines),
    )


def _texts(page: PageFacts) -> Iterator[str]:
    for line in lines_of(page.words):
        yield text_of(line)


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1].strip() if match else None


def _title(page: PageFacts) -> str | None:
    """The largest print in the upper part of the page that speaks of what such forms are."""
    if not page.words:
        return None
    usual = type_size(page)
    best: tuple[float, str] | None = None
    for line in lines_of(page.words):
        if line[0].box[1] > 0.4 * page.height:
            break
        text = text_of(line).strip(" _|")
        letters = [c for c in text if c.isalpha()]
        if len(letters) < 8 or len(line) > 16 or not _TITLE.search(folded(text)):
            continue
        score = (
            line[0].size / usual
            + (0.4 if line[0].bold else 0)
            + (0.4 if sum(c.isupper() for c in letters) > 0.8 * len(letters) else 0)
        )
        if best is None or score > best[0] + 0.05:
            best = score, text
    return best[1][:120] if best else None


def _instrument(title: str, text: str) -> Instrument:
    if re.search(r"amend|enmienda|correct", title):
        return "amendment"
    if (
        re.search(
            r"(request|solicitud).{0,40}(access|acceso|copies|copy|copias|own)|access request|patient (access|request)",
            title,
        )
        and "authoriz" not in title
    ):
        return "access-request"
    if re.search(r"authoriz|autoriza|consent|release|divulga|disclos", title + text[:4000]):
        return "authorization"
    return "other"


def _form_number(detection: Detection) -> str | None:
    """A number in the margin: the top or foot of a page."""
    for page in detection.pages:
        for line in lines_of(page.words):
            y = line[0].box[1] / page.height
            if 0.07 < y < 0.92:
                continue
            match = _NUMBER.search(text_of(line))
            if match and not re.search(r"\b(PO|BOX|STE|SUITE|ROOM)\b", match[0]):
                return match[1]
    return None


def _address(lines: list[str]) -> tuple[str, str, str, str] | None:
    for i, line in enumerate(lines):
        match = _CITY.search(line)
        if not match:
            continue
        before = line[: match.start()].strip(" ,•|")
        for text in (before, lines[i - 1] if i else ""):
            street = _STREET.search(text.strip(" ,•|"))
            if street:
                return street[1].strip(" ,"), match[1].strip(" ,"), match[2], match[3]
    return None
