"""What all records share: phones, ZIP codes, states, e-mail, SSN, addresses.

A validator's message never repeats the value: what is wrong with a phone number is still a patient's phone number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from formfill.model.base import Model

_STATES = """
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI
    SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI AA AE AP
"""
STATES = frozenset(_STATES.split())
_ZIP = re.compile(r"\d{5}(-\d{4})?")
_EMAIL = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;.]+(\.[^\s@<>\"',;.]+)+")
_EXTENSION = re.compile(r"\s*(?:ext\.?|extension|x|#)\s*(\d{1,6})$", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_SSN = re.compile(r"(\d{3})[- ]?(\d{2})[- ]?(\d{4})")


def normal_phone(text: str) -> str:
    """A phone as formfill keeps it: ten digits (``9165550142``), with an extension ``9165550142x12``, or ``+93…``.

    Raises: ValueError for what is neither a US number of ten digits nor an international one that begins with +.
    """
    number = text.strip()
    extension = ""
    if match := _EXTENSION.search(number):
        number, extension = number[: match.start()], f"x{match[1]}"
    digits = re.sub(r"[\s().\-/]", "", number)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if re.fullmatch(r"\+?1[2-9]\d{9}", digits):
        digits = digits[-10:]
    if re.fullmatch(r"[2-9]\d{9}", digits):
        return digits + extension
    if re.fullmatch(r"\+[1-9]\d{6,14}", digits) and not digits.startswith("+1"):
        # the writer's own grouping is kept: each country groups in its own way
        return re.sub(r"\s+", " ", f"+{number.lstrip('+0 ')}") + extension
    raise ValueError(
        "expected a US phone of 10 digits, such as (213) 555-0100, or an international one that begins with +"
    )


#: Marks that turn the direction of what follows, so that it reads otherwise than it is written (UTR 36, 2.5).
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
#: What nobody sees, so that two values look alike that are not, or one looks empty: spaces and joiners of no width,
#: soft hyphens, fillers, tags. The joiners of Persian and Indian scripts and the marks of direction are none of them.
_UNSEEN = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u3164\ufeff\uffa0\ufff9\ufffa\ufffb") | frozenset(
    chr(code)
    for first, last in ((0x2060, 0x2065), (0x206A, 0x206F), (0xE0000, 0xE0FFF))
    for code in range(first, last + 1)
)


def _text(text: str) -> str:
    # letters and accents apart, as some keyboards send them, have no glyph of their own in most fonts
    return _seen(unicodedata.normalize("NFC", text))


def _seen(text: str) -> str:
    """``text``, where a person who reads it sees what it holds."""
    for sign in text:
        kind = unicodedata.category(sign)
        if (kind == "Cc" and sign not in "\n\t") or sign in _TURNS:
            raise ValueError(f"holds a control character (U+{ord(sign):04X}), which no form can show: type it again")
        if sign in _UNSEEN:
            raise ValueError(f"holds a character that nobody sees (U+{ord(sign):04X}): type it again, do not paste it")
        if kind in ("Co", "Cs") or ord(sign) & 0xFFFE == 0xFFFE:
            raise ValueError(f"holds U+{ord(sign):04X}, which is no character of any script: type it again")
    return text


def _url(text: str) -> str:
    _seen(text)
    if not re.fullmatch(r"https?://[^\s/]+\S*", text):
        raise ValueError("expected a web address, such as https://www.example.org/records")
    return text


def _last4(text: str) -> str:
    if not re.fullmatch(r"\d{4}", text):
        raise ValueError("expected the last four digits of the Social Security number")
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", text):
        raise ValueError("expected a language code of two or three small letters, such as en or es")
    return text


def _zip(text: str) -> str:
    if not _ZIP.fullmatch(text):
        raise ValueError("expected a ZIP code of 5 digits (02134) or ZIP+4 (02134-1234)")
    return text


def _state(text: str) -> str:
    code = text.upper()
    if code not in STATES:
        raise ValueError("expected a state's two letters, such as CA")
    return code


def _email(text: str) -> str:
    _seen(text)
    if not _EMAIL.fullmatch(text):
        raise ValueError("expected one e-mail address, such as name@example.org")
    return text


def _ssn(text: str) -> str:
    match = _SSN.fullmatch(text)
    if match is None or match[1] in ("000", "666") or match[2] == "00" or match[3] == "0000":
        raise ValueError("expected a Social Security number: 9 digits in groups of three, two and four")
    return "-".join(match.groups())


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text):
        raise ValueError("expected a short name of small letters, digits and hyphens, such as valley-oak")
    return text


@dataclass(frozen=True)
class AlsoAs:
    """Lets a shorter writing of a value in, and says so in the JSON Schema."""

    read: Callable[[object], object]
    """Turns the shorter writing into the full one; leaves all else alone."""
    short: Callable[[dict[str, Any]], dict[str, Any]]
    """The JSON Schema of the shorter writing, from that of the full one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        full = handler(schema)
        return {"anyOf": [self.short(full), full]}


def _listed(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else [value]


#: A list of which one item may stand alone: ``records: lab``.
ONE_OR_MANY = AlsoAs(_listed, lambda array: array["items"])


def _below_its_folder(text: str) -> str:
    leads_out = text.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", text) or ".." in re.split(r"[/\\]", text)
    if leads_out or not text.strip("./\\") or "\0" in text:
        raise ValueError("expected a path that stays below its folder (the profile's own, or forms/), without '..'")
    return _seen(text)


Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_text)]
Phone = Annotated[str, AfterValidator(normal_phone)]
State = Annotated[str, AfterValidator(_state)]
Email = Annotated[str, AfterValidator(_email)]
Ssn = Annotated[str, AfterValidator(_ssn)]
SsnLast4 = Annotated[str, AfterValidator(_last4)]
Url = Annotated[str, AfterValidator(_url), WithJsonSchema({"type": "string", "format": "uri"})]
LanguageCode = Annotated[str, AfterValidator(_language)]
Slug = Annotated[str, AfterValidator(_slug), WithJsonSchema({"type": "string", "pattern": f"^{_SLUG.pattern}$"})]
Texts = Annotated[tuple[Text, ...], ONE_OR_MANY]
#: A relative path that stays below its folder: that of the profile, or forms/.
FilePath = Annotated[str, AfterValidator(_below_its_folder)]


US_NAMES = frozenset({"US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})


class Record(Model):
    """A model in which a key with nothing behind it counts as absent: templates leave such keys."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: Any) -> Any:
        if isinstance(data, dict) and None in data.values():
            return {key: value for key, value in data.items() if value is not None}
        return data


class Address(Record):
    """A postal address. In the United States unless ``country`` says otherwise; elsewhere state and code are free."""

    country: Text | None = None
    care_of: Text | None = None
    """Whose mailbox it is, where it is another person's."""
    street: Text
    """House number and street, or PO box, without the unit."""
    unit: Text | None = None
    """Apt 7, Suite 210. Never dropped from an address."""
    city: Text
    state: Text | None = None
    """Two letters: CA."""
    postal_code: Text | None = None
    """ZIP code, with its zeros: 02134."""

    @field_validator("state", "postal_code")
    @classmethod
    def _as_in_the_us(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None or not in_us(info.data.get("country")):
            return value
        return _state(value) if info.field_name == "state" else _zip(value)

    @property
    def is_us(self) -> bool:
        return in_us(self.country)


def in_us(country: str | None) -> bool:
    """Whether ``country``, as an address has it, is the United States; no country means so."""
    return country is None or country.upper().replace(".", "") in US_NAMES
