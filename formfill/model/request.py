"""The request: what is asked of one provider, for one patient."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from formfill import yaml_io
from formfill.errors import RequestError
from formfill.model.base import IsoDate, validate
from formfill.model.choices import BY_SHAPE, Deliveries, Keys, Purposes, RecordTypes, SensitiveCategories, Word
from formfill.model.profile import PastDate, Recipient
from formfill.model.provider import Channel, ReleasingProvider
from formfill.model.scalars import LanguageCode, Record, Slug, Text, Texts

#: The most that a patient may add to the record for one item (California Health and Safety Code 123111).
MOST_WORDS = 250
_LOOKS_LIKE_A_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


class DateRange(Record):
    """The span of care whose records are wanted; either end may be open."""

    from_: Annotated[PastDate | None, Field(alias="from")] = None
    to: IsoDate | None = None

    @model_validator(mode="after")
    def _in_order(self) -> DateRange:
        if self.from_ is None and self.to is None:
            raise ValueError("needs from or to (or write: dates: all)")
        if self.from_ and self.to and self.to < self.from_:
            raise ValueError("to is before from")
        return self


class Amendment(Record):
    """What is to be mended in the record (45 CFR 164.526; California Health and Safety Code 123111)."""

    entry: Text | None = None
    """Which entry: its date, its author, what it is about."""
    wrong: Text | None = None
    correct: Text | None = None
    reason: Text | None = None
    statement: Text | None = None
    """The patient's own statement to join the record."""
    notify: Text | None = None
    """Who else is to be told."""

    @model_validator(mode="after")
    def _short_enough(self) -> Amendment:
        if self.statement and (count := words_in(self.statement)) > MOST_WORDS:
            raise ValueError(
                f"statement: has {count} words, more than 250 words, the most that California Health and Safety Code "
                "123111 lets a patient add for one item: shorten it, or make one request for each item"
            )
        return self


def words_in(text: str) -> int:
    """How many words a text has: what stands between spaces."""
    return len(text.split())


def _expiry(value: object) -> object:
    if isinstance(value, str) and _LOOKS_LIKE_A_DATE.fullmatch(value.strip()):
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"expected YYYY-MM-DD or an event in words, got {value!r}") from None
    return value


def _ssn_choice(value: object) -> object:
    if isinstance(value, str):
        known: dict[str, bool | str] = {"true": True, "yes": True, "false": False, "no": False, "last4": "last4"}
        if value.strip().lower() not in known:
            raise ValueError("expected true, false or last4")
        return known[value.strip().lower()]
    return value


def _span_in_words(value: object) -> object:
    if value not in get_args(_SpanInWords):
        raise ValueError("expected all, last_2_years, or two keys below it: from and to, each YYYY-MM-DD")
    return value


_SpanInWords = Literal["all", "last_2_years"]
Dates = Annotated[Annotated[_SpanInWords, BeforeValidator(_span_in_words), Word] | Annotated[DateRange, Keys], BY_SHAPE]


class Request(Record):
    """What is asked of one provider."""

    request: Slug | None = None
    """A name of its own, for the ledger."""
    profile: Slug | None = None
    """Whose records, by the profile's name."""
    provider: Annotated[Annotated[Slug, Word] | Annotated[ReleasingProvider, Keys], BY_SHAPE] | None = None
    """Who releases the records: a provider's id, or written out for a form that asks."""
    form: Slug | None = None
    instrument: Literal["access-request", "authorization"] | None = None
    """The patient's own request (45 CFR 164.524) or leave to release to others (164.508); without it, by recipient."""
    locations: Texts = ()
    """The provider's sites whose records are wanted, by the words beside their boxes."""
    recipient: Annotated[Annotated[Slug, Word] | Annotated[Recipient, Keys], BY_SHAPE] | None = None
    """``self``, the name of one of the profile's recipients, or written out."""
    records: RecordTypes = ()
    dates: Dates | None = None
    purpose: Purposes = ()
    delivery: Deliveries = ()
    """The delivery format, or several in order of preference: the first that the form offers is ticked."""
    delivery_by: Literal["mail", "pickup"] | None = None
    """How paper, a CD or a USB drive reaches the recipient."""
    sensitive: SensitiveCategories = ()
    """The specially protected categories that the patient chose to release, each by name."""
    sensitive_text: Text | None = None
    expires: Annotated[dt.date | Text | None, BeforeValidator(_expiry)] = None
    """When the authorization ends: YYYY-MM-DD, or an event in words."""
    include_ssn: Annotated[bool | Literal["last4"], BeforeValidator(_ssn_choice)] = False
    """Whether the SSN, or its last four digits, may stand on a form that asks for it."""
    include_id_number: bool = False
    copies: Annotated[int, Field(ge=1, le=99)] | None = None
    fee_limit: Text | None = None
    language: LanguageCode | None = None
    """Which of a form's editions is wanted, where there are several."""
    send: Channel | None = None
    """How the request travels."""
    email_unencrypted: bool = False
    """Whether the patient was warned that plain e-mail can be read on its way, and chose it for the request."""
    direction: Literal["release", "obtain", "exchange"] = "release"
    signer: Literal["patient", "representative"] | None = None
    """Who signs; without it the representative, where the profile has one."""
    date_needed_by: IsoDate | None = None
    amendment: Amendment | None = None
    notes: Text | None = None


def load_request(path: Path) -> Request:
    """Read a request. Raises: RequestError with file, line and key."""
    return parse_request(yaml_io.load(path, RequestError))


def parse_request(document: yaml_io.Document) -> Request:
    """The request that a YAML document holds. Raises: RequestError with file, line and key."""
    return validate(Request, document, RequestError)
