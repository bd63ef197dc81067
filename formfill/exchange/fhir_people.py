"""The people beside a patient in FHIR, Patient.contact and RelatedPerson, as representative and recipients.

Who may sign is told by the codes of v3-RoleCode for guardians and agents, and by the plain words; a parent signs for a
minor, and the next of kin for one who died. Everybody else may be sent records where a request says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

from formfill.exchange import fhir_codes as codes
from formfill.exchange import fhir_model as fhir
from formfill.exchange.fhir_parts import address_keys, first_of, is_over, unread
from formfill.exchange.incoming import Gathering
from formfill.exchange.naming import free_name, slug_of
from formfill.model.profile import RepresentativeKind

_MINOR_UNTIL = 18


@dataclass(frozen=True)
class Person:
    """Somebody beside the patient, from either resource."""

    origin: str
    """Where it stood, as messages name it."""
    relationship: tuple[fhir.CodeableConcept, ...]
    name: str | None
    organization: str | None
    telecom: tuple[fhir.ContactPoint, ...]
    address: fhir.Address | None
    is_past: bool
    unread: tuple[str, ...]

    def codes(self, *systems: str) -> tuple[str, ...]:
        """The codes of the relationship in ``systems``."""
        return tuple(code for one in self.relationship for code in one.codes(*systems))

    @property
    def words(self) -> str | None:
        """The relationship as a person reads it."""
        return next((one.text for one in self.relationship if one.text), None) or next(
            (one.words for one in self.relationship if one.words), None
        )


def contact(one: fhir.Contact, origin: str) -> Person:
    """Somebody of Patient.contact."""
    return Person(
        origin=origin,
        relationship=one.relationship,
        name=one.name.whole if one.name else None,
        organization=one.organization.display,
        telecom=one.telecom,
        address=one.address,
        is_past=is_over(one.period, None),
        unread=tuple(unread(one, f"{origin}.", ("id",))),
    )


def related(one: fhir.RelatedPerson, origin: str) -> Person:
    """A RelatedPerson."""
    names = [name for name in one.name if not is_over(name.period, name.use)] or list(one.name)
    addresses = [address for address in one.address if not is_over(address.period, address.use)]
    return Person(
        origin=origin,
        relationship=one.relationship,
        name=names[0].whole if names else None,
        organization=None,
        telecom=one.telecom,
        address=addresses[0] if addresses else None,
        is_past=is_over(one.period, None) or not one.active,
        unread=tuple(unread(one, f"{origin}.", ("id", "meta", "text", "identifier"))),
    )


def put_people(people: Iterable[Person], into: Gathering) -> None:
    """Put each into ``into``, as the representative or a recipient, or tell why not."""
    taken: dict[str, Any] = {}
    for person in people:
        if person.unread:
            into.note(f"not kept: {', '.join(person.unread)}")
        if person.is_past or not (person.name or person.organization):
            into.note(f"{person.origin}: {'is of the past' if person.is_past else 'has no name'}: left out")
            continue
        kind = _kind(person, into)
        if kind and not into.has("representative"):
            into.put("representative", {"kind": kind, **_reached(person, "name")}, person.origin)
            continue
        if not person.codes(codes.RECIPIENT) and set(person.codes(codes.CONTACT_ROLE)) & codes.INSTITUTIONS:
            into.note(f"{person.origin}: an employer, agency or insurer: left out")
            continue
        known = person.codes(codes.RECIPIENT)
        slug = free_name(known[0] if known else slug_of(person.words or "contact") or "contact", taken)
        taken[slug] = None
        into.put(("recipients", slug), _reached(person, "name", "organization", "fax"), person.origin)
        if not known:
            into.note(f"{person.origin}: kept as recipients.{slug}, who gets records only where a request says so")


def _reached(person: Person, *keys: str) -> dict[str, Any]:
    found = {
        "name": person.name,
        "organization": person.organization,
        "fax": first_of(person.telecom, "fax"),
    }
    made = {key: found[key] for key in keys} | {
        "phone": first_of(person.telecom, "phone", "sms"),
        "email": first_of(person.telecom, "email"),
        "relationship": person.words,
        "address": address_keys(person.address) if person.address else None,
    }
    return {key: value for key, value in made.items() if value}


def _kind(person: Person, into: Gathering) -> RepresentativeKind | None:
    """By what right somebody signs for the patient; None for one who does not."""
    kinds: tuple[RepresentativeKind, ...] = get_args(RepresentativeKind)
    for own in person.codes(codes.REPRESENTATIVE):
        return next((kind for kind in kinds if kind == own), "other")
    if person.codes(codes.RECIPIENT):
        return None
    roles, words = set(person.codes(codes.ROLE)), (person.words or "").casefold()
    for role in roles & codes.KIND_OF_ROLE.keys():
        return codes.KIND_OF_ROLE[role]
    for word, kind in codes.KIND_IN_WORDS:
        if word in words:
            return kind
    if (roles & codes.PARENTS or words in codes.PARENTS_IN_WORDS) and _is_minor(into):
        return "parent"
    if into.has("patient.deceased") and codes.NEXT_OF_KIN in person.codes(codes.CONTACT_ROLE):
        return "next_of_kin"
    return None


def _is_minor(into: Gathering) -> bool:
    try:
        born = dt.date.fromisoformat(into.keys.get("patient", {}).get("birth_date", ""))
    except ValueError:
        return False
    today = dt.date.today()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < _MINOR_UNTIL
