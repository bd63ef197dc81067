"""Postal addresses of the United States as forms print them: stacked in a letterhead, or inside a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "District of Columbia": "DC", "Florida": "FL", "Georgia": "GA",
    "Hawaii": "HI", "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY",
    "Louisiana": "LA", "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN",
    "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH",
    "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND",
    "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Puerto Rico": "PR", "Rhode Island": "RI",
    "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT",
    "Virginia": "VA", "Washington": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip
_STATE = "|".join([*sorted(_STATES, key=len, reverse=True), *_STATES.values()])
_CITY_WORD = r"[A-Z][A-Za-z.'’-]*[A-Za-z.]"
_CITY = re.compile(
    rf"(?P<city>{_CITY_WORD}(?:[ \n](?:(?:of|de|du|la|las|los|el) )?{_CITY_WORD}){{0,4}})"
    rf"[ ,\n]{{1,3}}(?P<state>{_STATE})\.?,?[ \n]+(?P<zip>\d{{5}}(?:-\d{{4}})?)(?![\d-])"
)
_SUFFIX = re.compile(
    r"(?:St|Street|Ave|Avenue|Rd|Road|Dr|Drive|Blvd|Boulevard|Ln|Lane|Way|Pl|Place|Plaza|Ct|Court|Pkwy|Parkway"
    r"|Hwy|Highway"
    r"|Cir|Circle|Ter|Terrace|Sq|Square|Trl|Trail|Loop|Pike|Turnpike|Tpke|Expressway|Freeway|Broadway|Row)\.?",
    re.IGNORECASE,
)
_QUARTER = re.compile(r"(?:[NSEW]|NE|NW|SE|SW)\.?")
_BOX = re.compile(r"(?:P\.? ?O\.?|Post Office|Apartado(?: Postal)?|[A-Z]{2,6})? ?\b(?:Box|BOX|Drawer)\b ?#?\d+")
_HOUSE = re.compile(r"(?:^|\s)((?:\d{1,6}(?:-\d{1,5})?[A-Z]?|One|Two|Three|Four|Five) (?=\S*[A-Za-z])[^\n]*)$")
_UNIT_WORD = r"(?:Suite|Ste\b\.?|Unit|Room|Rm\b\.?|Floor|Fl\b\.?|Bldg\b\.?|Building|Level|Apt\b\.?|#)"
_UNIT = re.compile(
    rf"(?:.*\b)?{_UNIT_WORD} ?#?[A-Z]{{0,2}}-?\d*[A-Z]?(?:-\d+)?|\d+(?:st|nd|rd|th) (?:Floor|Fl\b\.?).*"
    rf"|[A-Z][a-z]+ \d{{1,4}}"
)
_UNIT_INSIDE = re.compile(rf"^(.*\D.*?) ({_UNIT_WORD} ?#?[A-Z0-9-]+)$")
DEPARTMENT = re.compile(
    r"health information|medical records?|\bH\.?I\.?M\.?S?\b|release of (?:medical )?information|\bROI\b"
    r"|correspondence"
    r"|records department|med(?:ical)? recs?\b|informaci[oó]n (?:de salud|m[eé]dica)|(?:registros"
    r"|expedientes) m[eé]dicos",
    re.IGNORECASE,
)
#: So many characters before a city are looked at for its street.
_LONGEST = 170
_ATTENTION = re.compile(r"^(?:attn|attention|atenci[oó]n|c/o)\b[.:]? *", re.IGNORECASE)
_BREAK = re.compile(r" *[,;\n•|●▪·:] *| [–—-] ")
_NO_STREET = re.compile(r"@|fax|phone|www\.|\d{3}[-.) ]+\d{3}[-. ]\d{4}|\s\d{5}\b", re.IGNORECASE)
_HOUSE_IS_NO_STREET = re.compile(r"\b(?:years?|days?|hours?|months?|pages?|of \d)\b", re.IGNORECASE)


@dataclass(frozen=True)
class PrintedAddress:
    """An address as it is printed; ``care_of`` is the department named right before it."""

    street: str
    unit: str | None
    city: str
    state: str
    postal_code: str
    care_of: str | None

    @property
    def key(self) -> tuple[str, str]:
        """What is the same for two writings of one address: the number of its house or box, and its ZIP code."""
        number = re.search(r"\d+", self.street)
        return (number[0] if number else self.street.lower(), self.postal_code[:5])

    def __str__(self) -> str:
        parts = [self.street, *([self.unit] if self.unit else []), self.city]
        return f"{', '.join(parts)}, {self.state} {self.postal_code}"


def addresses_in(text: str) -> Iterator[tuple[int, PrintedAddress | str]]:
    """The addresses of a block of print, each with where it begins; lines are parted by line breaks.

    Of one whose street cannot be read there is only the text of its city, state and ZIP code.
    """
    end = 0
    for match in _CITY.finditer(text):
        before, city = _city(text[end : match.start()], match["city"])
        street = _street(before)
        if street is None:
            yield match.start(), " ".join(match[0].split())
        else:
            state = _STATES.get(match["state"], match["state"])
            found = PrintedAddress(street.text, street.unit, city, state, match["zip"], street.care_of)
            yield end + street.start, found
        end = match.end()


def _city(before: str, city: str) -> tuple[str, str]:
    """The text before a city and the city, where the pattern took words of the street for the city's."""
    if before.rstrip(" ").endswith(","):
        return before, " ".join(city.split())
    above, line_break, city = city.rpartition("\n")
    over, _, words = above.rpartition("\n") if line_break else ("", "", city)
    split = _street_words(words.split(), stacked=bool(line_break))
    street, rest = words.split()[:split], words.split()[split:]
    if not line_break:
        return (f"{before}{' '.join(street)}, ", " ".join(rest)) if street and not _is_whole(before) else (before, city)
    if street and 0 < len(rest) < 3:
        # a sentence breaks its line inside the city: "525 Garfield Ave. Monterey / Park"
        return f"{before}{over}\n{' '.join(street)}, ", " ".join([*rest, city])
    return f"{before}{above}\n", city


def _street_words(words: list[str], *, stacked: bool) -> int:
    """How many of the words before a city are the street's; all may be where the city is on a line of its own."""
    ends = [
        i + 1
        for i, word in enumerate(words)
        if _SUFFIX.fullmatch(word) and not (word.startswith("St.") and i and _SUFFIX.fullmatch(words[i - 1]))
    ]
    split = max((i for i in ends if stacked or i < len(words)), default=0)
    while split and split < len(words) and _QUARTER.fullmatch(words[split]):
        split += 1
    return split


def _is_whole(before: str) -> bool:
    """Whether the street ends before the words of the city: "St. Louis", "Port St. Joe"."""
    return not before.strip() or before.rstrip(" ").endswith((",", "\n", "•", "●", "|", ";", "▪"))


@dataclass
class _Street:
    text: str
    unit: str | None
    care_of: str | None
    start: int


def _street(before: str) -> _Street | None:
    """Street, unit and care-of, read back from the end of what is printed before a city."""
    shift = max(0, len(before) - _LONGEST)
    streets: list[str] = []
    units: list[str] = []
    care_of: str | None = None
    start, tail = 0, ""
    for offset, piece in reversed(_pieces(before[shift:])):
        piece = f"{piece} {tail}".strip()
        tail = ""
        box, house = _BOX.search(piece), _HOUSE.search(piece)
        if box and not (house and house.start() < box.start()):
            streets.insert(0, box[0].strip())
        elif not streets and _UNIT.fullmatch(piece) and not house:
            units.insert(0, piece)
        elif house and _is_street(house[1]) and not any(_HOUSE.search(street) for street in streets):
            streets.insert(0, house[1].rstrip(" +*-"))
            start = offset + house.start(1)
            if piece[: house.start(1)].strip():
                break
            continue
        elif DEPARTMENT.search(piece) and care_of is None:
            care_of = _department(piece)
        elif not streets and _SUFFIX.fullmatch(piece.split()[-1]) and len(piece.split()) < 4:
            # the street's own line goes on: "1150 North Indian / Canyon Drive"
            tail = piece
        else:
            break
        start = offset
    if not streets:
        return None
    inside = _UNIT_INSIDE.match(streets[-1])
    if inside and not units:
        streets[-1], units = inside[1].rstrip(" ,"), [inside[2]]
    return _Street(", ".join(streets), ", ".join(units) or None, care_of, shift + start)


def _pieces(text: str) -> list[tuple[int, str]]:
    """What commas, line breaks and dots of a letterhead part, each with where it begins."""
    pieces, start = [], 0
    for match in [*_BREAK.finditer(text), None]:
        piece = text[start : match.start() if match else None].strip()
        if piece.strip("."):
            pieces.append((start, piece))
        start = match.end() if match else start
    return pieces


def _is_street(text: str) -> bool:
    return len(text.split()) < 9 and not _NO_STREET.search(text) and not _HOUSE_IS_NO_STREET.search(text)


def _department(text: str) -> str | None:
    text = _ATTENTION.sub("", text).strip(" .,")
    return text if 3 <= len(text) <= 60 and len(text.split()) < 9 else None
