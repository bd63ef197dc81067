"""Where the values of one form are gathered: texts by concept, ticks, and notes for the caseworker."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from formfill.model.form_map import Instrument
from formfill.model.scalars import Address
from formfill.writings import Day, Phone, Postal, Words, Writing


@dataclass
class Gathered:
    """The values so far.

    ``placed`` are the concepts that the form has a place for, ``language`` and ``instrument`` are the form's,
    ``in_law`` is what the request is in law. A note never holds a patient's value.
    """

    placed: frozenset[str]
    language: str = "en"
    written: dict[str, Writing] = field(default_factory=dict)
    ticked: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    sites: frozenset[str] = frozenset()
    instrument: Instrument = "authorization"
    in_law: Instrument = "authorization"

    def say(self, concept: str, value: Writing | str | None) -> None:
        """Give a concept its value; None and the empty text are no value."""
        if value is not None and value != "":
            self.written[concept] = Words(value) if isinstance(value, str) else value

    def say_day(self, concept: str, value: dt.date | None) -> None:
        if value is not None:
            self.written[concept] = Day(value)

    def say_phone(self, concept: str, value: str | None) -> None:
        if value is not None:
            self.written[concept] = Phone(value)

    def say_address(self, party: str, address: Address | None, care_of: str | None = None) -> None:
        """The address concepts of ``party``, each without what the form has a place of its own for."""
        if address is None:
            return
        in_front = care_of if care_of and f"{party}.attention" not in self.placed else ""
        has_unit = f"{party}.unit" in self.placed
        # mail to another person's box does not arrive without that person's name
        at = in_front if in_front.startswith("c/o ") and f"{party}.address" not in self.placed else ""
        self.say(f"{party}.address", Postal(address, "whole", in_front))
        self.say(f"{party}.street", Postal(address, "street without unit" if has_unit else "street", at))
        self.say(f"{party}.city_state_zip", Postal(address, "city"))
        self.say(f"{party}.unit", address.unit)
        has_country = f"{party}.country" in self.placed
        self.say(f"{party}.city", address.city if has_country else Postal(address).parts()["city"])
        self.say(f"{party}.state", address.state)
        self.say(f"{party}.zip", address.postal_code)
        self.say(f"{party}.country", None if address.is_us else address.country)
