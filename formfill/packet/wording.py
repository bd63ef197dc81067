"""What a cover says of one request, in English words: what is asked for, how it should come, what the form cannot say.

A fax's cover never names the patient, not in the request's own words either: there a name becomes "the patient".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from formfill.asked import EMAIL, end_is_placed
from formfill.model.choices import Other, words_of
from formfill.model.form_map import FormMap
from formfill.model.profile import Patient, Profile
from formfill.model.request import DateRange, Request
from formfill.model.vocabulary import vocabulary
from formfill.packet.cover import DELIVERY, LONG_DATE
from formfill.parties import plain, recipient_of
from formfill.values import Values, placed_concepts
from formfill.writings import Day, Phone, Span

#: Where a form may print the address that e-mail goes to.
_EMAIL_PLACES = ("delivery.email_address", "recipient.email", "patient.email")


class Wording:
    """The words for a cover; ``notes`` is what a person must be told about them, once they were asked for."""

    def __init__(self, profile: Profile, request: Request, form_map: FormMap, values: Values, by_fax: bool) -> None:
        self.notes: list[str] = []
        self._profile, self._request, self._form_map, self._values = profile, request, form_map, values
        self._placed = placed_concepts(form_map)
        self._names = _names(profile.patient) if by_fax else ()

    def records(self) -> tuple[str, ...]:
        """The record types."""
        return tuple(self._own(words_of("records", item)) for item in self._request.records)

    def dates(self) -> str:
        """The span of care."""
        return dates_in_words(self._request)

    def purpose(self) -> tuple[str, ...]:
        """The purposes."""
        return tuple(self._own(words_of("purpose", item)) for item in self._request.purpose)

    def delivery(self) -> tuple[str, ...]:
        """How the records should come, with the fax number or e-mail address that they go to."""
        return tuple(
            f"in this way: {self._own(item.other)}" if isinstance(item, Other) else self._format(item)
            for item in self._request.delivery
        )

    def interpreter_language(self) -> str:
        """Of the interpreter that the patient needs; empty for none."""
        return next((spoken.language for spoken in self._profile.patient.languages if spoken.interpreter), "")

    def withheld(self) -> tuple[str, ...]:
        """The categories that signing alone releases on this form and that the patient did not choose."""
        silent = self._form_map.releases_without_mark
        return tuple(
            _category(name) for name in silent if name.removeprefix("sensitive.") not in self._request.sensitive
        )

    def released(self) -> tuple[str, ...]:
        """The categories that the patient chose and that this form has no place for."""
        if self._form_map.instrument == "amendment":
            return ()
        chosen = [f"sensitive.{name}" for name in self._request.sensitive]
        words = [
            _category(name) for name in chosen if name not in (*self._placed, *self._form_map.releases_without_mark)
        ]
        if self._request.sensitive_text and "sensitive.other_text" not in self._placed:
            words.append(self._own(self._request.sensitive_text))
        return tuple(words)

    def ends(self) -> str:
        """What ends the authorization, where this form has no place for it."""
        expires = self._request.expires
        is_said = self._form_map.instrument != "authorization" or end_is_placed(self._request, self._placed)
        if expires is None or is_said:
            return ""
        return Day(expires).write(LONG_DATE) if isinstance(expires, dt.date) else self._own(expires).rstrip(".")

    def fee_limit(self) -> str:
        """What the patient pays without being asked first."""
        return self._own(self._request.fee_limit or "").rstrip(".")

    def _format(self, item: str) -> str:
        words = DELIVERY.get(item) or f"in this way: {words_of('delivery', item)}"
        recipient = recipient_of(self._profile, self._request) or self._profile.patient
        if item == "fax" and recipient.fax:
            return f"{words} to {Phone(recipient.fax).write()}"
        if item not in EMAIL or not recipient.email:
            return words
        kind, comma, choice = words.partition(",")
        return f"{kind} to {self._address(recipient.email)}{comma}{choice}"

    def _address(self, email: str) -> str:
        if not any(name in plain(email) for name in map(plain, self._names) if len(name) > 2):
            return email
        if any(concept in self._placed and self._values.text(concept) == email for concept in _EMAIL_PLACES):
            return "the address on the enclosed form"
        self.notes.append(
            "the records should come by e-mail, and neither the form nor the fax cover, which never names the patient, "
            "shows the address: tell it to the provider by phone, or send by mail"
        )
        return "an address that the sender tells by phone"

    def _own(self, words: str) -> str:
        """Words of the request's own."""
        if not self._names:
            return words
        one = "|".join(re.escape(name) for name in self._names)
        return re.sub(rf"\b(?:{one})(?:[\s-]+(?:{one}))*\b", "the patient", words, flags=re.IGNORECASE)


def dates_in_words(request: Request) -> str:
    """The span of care whose records are wanted; empty for none said."""
    dates = request.dates
    if isinstance(dates, DateRange):
        return Span(dates.from_, dates.to).write(LONG_DATE)
    return {"all": "all", "last_2_years": "the last two years"}.get(dates or "", "")


def _category(concept: str) -> str:
    concepts = vocabulary().concepts
    return concepts[concept].words() if concept in concepts else concept


def _names(patient: Patient) -> tuple[str, ...]:
    """Every word of every name of the patient, longest first."""
    return tuple(sorted({word for name in _all_names(patient) for word in re.split(r"[\s-]+", name) if word}, key=len))[
        ::-1
    ]


def _all_names(patient: Patient) -> Iterator[str]:
    yield from (patient.given_name or "", patient.additional_name or "", patient.family_name or "")
    yield from (patient.preferred_name or "", *patient.former_names)
    if patient.native_name:
        yield patient.native_name.text
