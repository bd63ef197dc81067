"""How dates, phones, names and addresses are written on a form, and the shorter ways that are allowed.

A writing is a pattern: ``MM/DD/YYYY`` or ``D MMM YYYY`` for a date, ``999-999-9999`` for a phone, ``last, first
middle`` for a name. An abbreviation never loses what the value says: an address keeps its unit, a year its century
unless the vocabulary allows ``short_year``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from formfill.model.scalars import Address
from formfill.model.vocabulary import Rule

_MONTHS_EN = "January February March April May June July August September October November December"
_MONTHS_ES = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
MONTHS = {"en": _MONTHS_EN.split(), "es": _MONTHS_ES.split()}
DATE = "MM/DD/YYYY"
PHONE = "(999) 999-9999"
NAME = "first middle last"
_DATE_TOKEN = re.compile(r"MMMM|MMM|MM|M|DD|D|YYYY|YY|[A-Z]+")
_NAME_TOKEN = re.compile(r"\b(first|middle|initial|last)\b")

#: USPS Publication 28, appendix C1 (street suffixes) and C2 (unit designators): the common ones.
STREET_SUFFIXES = {
    "alley": "Aly", "avenue": "Ave", "boulevard": "Blvd", "bridge": "Brg", "canyon": "Cyn", "causeway": "Cswy",
    "center": "Ctr", "circle": "Cir", "court": "Ct", "cove": "Cv", "creek": "Crk", "crescent": "Cres",
    "crossing": "Xing", "drive": "Dr", "estates": "Ests", "expressway": "Expy", "extension": "Ext",
    "freeway": "Fwy", "garden": "Gdn", "gardens": "Gdns", "gateway": "Gtwy", "grove": "Grv", "harbor": "Hbr",
    "heights": "Hts", "highway": "Hwy", "hill": "Hl", "hills": "Hls", "junction": "Jct", "lake": "Lk",
    "landing": "Lndg", "lane": "Ln", "manor": "Mnr", "meadows": "Mdws", "mountain": "Mtn", "parkway": "Pkwy",
    "place": "Pl", "plaza": "Plz", "point": "Pt", "ridge": "Rdg", "river": "Riv", "road": "Rd", "route": "Rte",
    "shore": "Shr", "springs": "Spgs", "square": "Sq", "station": "Sta", "street": "St", "summit": "Smt",
    "terrace": "Ter", "trail": "Trl", "turnpike": "Tpke", "valley": "Vly", "view": "Vw", "village": "Vlg",
    "vista": "Vis",
}  # fmt: skip
UNIT_DESIGNATORS = {
    "apartment": "Apt", "building": "Bldg", "department": "Dept", "floor": "Fl", "room": "Rm", "space": "Spc",
    "suite": "Ste", "trailer": "Trlr",
}  # fmt: skip
DIRECTIONS = {
    "north": "N", "south": "S", "east": "E", "west": "W",
    "northeast": "NE", "northwest": "NW", "southeast": "SE", "southwest": "SW",
}  # fmt: skip


class Writing(Protocol):
    """A value that a form may want in one writing or another."""

    def write(self, writing: str | None = None, language: str = "en") -> str:
        """The value as text. Raises: ValueError, saying what is right, for a writing that is none of its kind."""

    def parts(self) -> dict[str, str]:
        """Its pieces, for a form that prints them apart: dict[part of a form map, text]."""

    def shorter(self, rules: tuple[Rule, ...], language: str = "en", writing: str | None = None) -> tuple[str, ...]:
        """What ``rules`` allow to write instead where there is no room, longest first."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text that has one writing only."""

    text: str
    for_date: bool = False
    """Whether it stands where a date may ("present", "end of treatment"): a date's format does not concern it."""

    def write(self, writing: str | None = None, language: str = "en") -> str:
        if writing is not None and not self.for_date:
            raise ValueError("only a date, a phone or a name has a format")
        return self.text

    def parts(self) -> dict[str, str]:
        return {}

    def shorter(self, rules: tuple[Rule, ...], language: str = "en", writing: str | None = None) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day. A writing: MMMM (March), MMM (Mar), MM, M, DD, D, YYYY, YY; small letters and signs stand."""

    day: dt.date

    def write(self, writing: str | None = None, language: str = "en") -> str:
        writing = writing or DATE
        month = MONTHS.get(language, MONTHS["en"])[self.day.month - 1]
        known = {"MMMM": month, "MMM": month[:3], **self._numbers()}
        tokens = _DATE_TOKEN.findall(writing)
        if unknown := [token for token in tokens if token not in known]:
            raise ValueError(f"{unknown[0]!r} is no part of a date: write it with {', '.join(known)}")
        if not tokens:
            raise ValueError(f"{writing!r} has no part of a date: write it like {DATE}")
        return _DATE_TOKEN.sub(lambda match: known[match[0]], writing)

    def _numbers(self) -> dict[str, str]:
        year, month, day = self.day.year, self.day.month, self.day.day
        return {
            "MM": f"{month:02}", "M": f"{month}", "DD": f"{day:02}", "D": f"{day}",
            "YYYY": f"{year:04}", "YY": f"{year % 100:02}",
        }  # fmt: skip

    def parts(self) -> dict[str, str]:
        numbers = self._numbers()
        return {"month": numbers["MM"], "day": numbers["DD"], "year": numbers["YYYY"], "year2": numbers["YY"]}

    def shorter(self, rules: tuple[Rule, ...], language: str = "en", writing: str | None = None) -> tuple[str, ...]:
        return _shorter_dates(self, rules, language, writing)


@dataclass(frozen=True, slots=True)
class Span:
    """Two days and all between them; an end that is None is open, but not both."""

    first: dt.date | None
    last: dt.date | None

    def write(self, writing: str | None = None, language: str = "en") -> str:
        spanish = language == "es"
        if self.first is None:
            assert self.last is not None
            return f"{'hasta' if spanish else 'through'} {Day(self.last).write(writing, language)}"
        open_end = "presente" if spanish else "present"
        last = Day(self.last).write(writing, language) if self.last else open_end
        return f"{Day(self.first).write(writing, language)} - {last}"

    def parts(self) -> dict[str, str]:
        return {}

    def shorter(self, rules: tuple[Rule, ...], language: str = "en", writing: str | None = None) -> tuple[str, ...]:
        return _shorter_dates(self, rules, language, writing)


def _shorter_dates(value: Day | Span, rules: tuple[Rule, ...], language: str, writing: str | None) -> tuple[str, ...]:
    if writing is not None:
        # the form prints which writing it wants
        return ()
    allowed = [("short_date", "M/D/YYYY"), ("short_year", "M/D/YY")]
    return _distinct(value.write(), [value.write(pattern, language) for rule, pattern in allowed if rule in rules])


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone as the models keep it: ``9165550142x12``, ``+93 70 …``. A writing: ten 9s; +… stands as it is."""

    number: str

    def write(self, writing: str | None = None, language: str = "en") -> str:
        writing = writing or PHONE
        if writing.count("9") != 10:
            raise ValueError(f"{writing!r} is no writing of a phone: write it with ten 9s, like {PHONE}")
        number, extension = self._split()
        digits = iter(number)
        return (number if number.startswith("+") else re.sub("9", lambda _: next(digits), writing)) + extension

    def _split(self) -> tuple[str, str]:
        number, _, extension = self.number.partition("x")
        return number, f" x{extension}" if extension else ""

    def parts(self) -> dict[str, str]:
        number, extension = self._split()
        if number.startswith("+"):
            return {"number": number + extension}
        area, prefix, line = number[:3], number[3:6], number[6:] + extension
        return {"area": area, "prefix": prefix, "line": line, "number": f"{prefix}-{line}"}

    def shorter(self, rules: tuple[Rule, ...], language: str = "en", writing: str | None = None) -> tuple[str, ...]:
        if "plain_phone" not in rules or writing is not None:
            return ()
        return _distinct(self.write(), [self.write("999-999-9999")])


@dataclass(frozen=True, slots=True)
class Name:
    """A personal name. A writing: the words first, middle, initial, last stand for its parts; some people have one."""

    first: str = ""
    middle: str = ""
    last: str = ""
    usual: str = NAME
    """The writing without a format: ``first`` for a concept that is the first name alone."""

    @property
    def initial(self) -> str:
        """The middle names as initials: ``Y.``"""
        return " ".join(f"{part[0]}." for part in self.middle.split())

    def write(self, writing: str | None = None, language: str = "en") -> str:
        writing = writing or self.usual
        if not _NAME_TOKEN.search(writing):
            raise ValueError(f"{writing!r} is no writing of a name: write it with first, middle, initial and last")
        return tidy(_NAME_TOKEN.sub(lambda match: str(getattr(self, match[0])), writing))

    def parts(self) -> dict[str, str]:
        return {}

    def shorter(self, rules: tuple[Rule, ...], language: str = "en", writing: str | None = None) -> tuple[str, ...]:
        if "middle_initial" not in rules:
            return ()
        writing = writing or self.usual
        return _distinct(self.write(writing), [self.write(writing.replace("middle", "initial"))])


@dataclass(frozen=True, slots=True)
class Postal:
    """An address: whole, its street line or its city line."""

    address: Address
    line: Literal["whole", "street", "street without unit", "city"] = "whole"
    care_of: str = ""
    """What stands before the whole address or the street: the desk or the person whose mailbox it is."""

    def write(self, writing: str | None = None, language: str = "en") -> str:
        if writing is not None:
            raise ValueError("only a date, a phone or a name has a format")
        address = self.address
        unit = None if self.line == "street without unit" else address.unit
        street = ", ".join(part for part in (address.street, unit) if part)
        region = " ".join(part for part in (address.state, address.postal_code) if part)
        city = ", ".join(part for part in (address.city, region, None if address.is_us else address.country) if part)
        if self.line == "city":
            return city
        wanted = (self.care_of, street, city if self.line == "whole" else None)
        return ", ".join(part for part in wanted if part)

    def parts(self) -> dict[str, str]:
        abroad = None if self.address.is_us else self.address.country
        known = {
            "street": Postal(self.address, "street", self.care_of).write(),
            # forms that print an address in parts have none for the country, and mail goes nowhere without it
            "city": ", ".join(part for part in (self.address.city, abroad) if part),
            "state": self.address.state,
            "zip": self.address.postal_code,
        }
        return {part: text for part, text in known.items() if text}

    def shorter(self, rules: tuple[Rule, ...], language: str = "en", writing: str | None = None) -> tuple[str, ...]:
        if "street_suffix" not in rules:
            return ()
        unit = self.address.unit and shorter_unit(self.address.unit)
        short = self.address.model_copy(update={"street": shorter_street(self.address.street), "unit": unit})
        return _distinct(self.write(), [replace(self, address=short).write()])


def _distinct(whole: str, shorter: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in shorter if text and len(text) < len(whole)))


def tidy(text: str) -> str:
    """``text`` without what empty parts leave behind: doubled spaces, a comma before or after nothing, empty lines."""
    lines = []
    for line in text.splitlines():
        line = re.sub(r"[ \t]+", " ", line)
        line = re.sub(r"(?: ?, ?)+", ", ", line).strip(" ,")
        if line:
            lines.append(line)
    return "\n".join(lines)


def shorter_street(street: str) -> str:
    """A house number and street with Publication 28's abbreviations of its suffix and directions; its name stays.

    Only the last suffix of a line is one: 12 Park Avenue Road keeps its Avenue.
    """
    words = street.split(" ")
    numbered = words[0][:1].isdigit()
    # the name must keep a word of its own: 12 North Street, 12 The Circle, Lake Drive
    first = 2 if numbered else 1
    end = len(words)
    if end - first > 1 and words[-1].rstrip(".").lower() in DIRECTIONS:
        end -= 1
        words[end] = DIRECTIONS[words[end].rstrip(".").lower()]
    if end > first and (suffix := STREET_SUFFIXES.get(words[end - 1].rstrip(".").lower())):
        words[end - 1] = suffix
        end -= 1
    if numbered and end > 2 and (direction := DIRECTIONS.get(words[1].rstrip(".").lower())):
        words[1] = direction
    return " ".join(words)


def shorter_unit(unit: str) -> str:
    """``Suite 210`` -> ``Ste 210``; the number or letter always stays."""
    word, space, rest = unit.partition(" ")
    short = UNIT_DESIGNATORS.get(word.rstrip(".").lower())
    return f"{short}{space}{rest}" if short and rest else unit


def in_words(items: list[str]) -> str:
    """Several labels as one list: the first keeps its capital, the others only theirs that are names or acronyms."""
    return ", ".join([*items[:1], *(uncapitalised(item) for item in items[1:])])


def uncapitalised(text: str) -> str:
    """``Lab results`` -> ``lab results``; ``EKG``, ``CD`` stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
