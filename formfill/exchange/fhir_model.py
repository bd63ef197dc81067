"""The part of FHIR R4 (4.0.1) that a profile can hold; the names are FHIR's own.

What FHIR has besides is let in, and found again in ``model_extra``, so that it can be told what was not kept. Types are
enforced; cardinality is not: what another system leaves out is its affair.
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from formfill.model.scalars import Record


class Element(Record):
    """A piece of FHIR; unknown keys are kept in ``model_extra``."""

    model_config = ConfigDict(extra="allow")


class Coding(Element):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element):
    coding: tuple[Coding, ...] = ()
    text: str | None = None

    def codes(self, *systems: str) -> tuple[str, ...]:
        """The codes in one of ``systems``; of all systems where none is named."""
        return tuple(one.code for one in self.coding if one.code and (not systems or one.system in systems))

    @property
    def words(self) -> str | None:
        """What a person reads."""
        return self.text or next((one.display for one in self.coding if one.display), None)


class Extension(Element):
    url: str | None = None
    valueString: str | None = None
    valueCode: str | None = None
    valueBoolean: bool | None = None
    valueCoding: Coding | None = None


class Extended(Element):
    extension: tuple[Extension, ...] = ()

    def extended(self, url: str) -> Extension | None:
        """The extension with ``url``."""
        return next((one for one in self.extension if one.url == url), None)


class Period(Element):
    start: str | None = None
    end: str | None = None


class Reference(Element):
    reference: str | None = None
    display: str | None = None


class Identifier(Element):
    use: str | None = None
    type: CodeableConcept = CodeableConcept()
    system: str | None = None
    value: str | None = None
    primitive: Extended = Field(default=Extended(), alias="_value")
    period: Period = Period()
    assigner: Reference = Reference()


class HumanName(Extended):
    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str | None, ...] = ()
    prefix: tuple[str | None, ...] = ()
    suffix: tuple[str | None, ...] = ()
    period: Period = Period()

    @property
    def whole(self) -> str | None:
        """The name in one text, without titles."""
        parts = [*self.given, self.family, *self.suffix]
        return self.text or " ".join(part for part in parts if part) or None


class ContactPoint(Element):
    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None
    period: Period = Period()


class Address(Element):
    use: str | None = None
    type: str | None = None
    text: str | None = None
    line: tuple[str | None, ...] = ()
    city: str | None = None
    district: str | None = None
    state: str | None = None
    postalCode: str | None = None
    country: str | None = None
    period: Period = Period()


class Communication(Element):
    language: CodeableConcept = CodeableConcept()
    preferred: bool = False


class Contact(Element):
    relationship: tuple[CodeableConcept, ...] = ()
    name: HumanName | None = None
    telecom: tuple[ContactPoint, ...] = ()
    address: Address | None = None
    organization: Reference = Reference()
    period: Period = Period()


class RelatedPerson(Extended):
    resourceType: str
    id: str | None = None
    active: bool = True
    patient: Reference = Reference()
    relationship: tuple[CodeableConcept, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    address: tuple[Address, ...] = ()
    period: Period = Period()


class Patient(Extended):
    resourceType: str
    id: str | None = None
    active: bool = True
    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: str | None = None
    birthDate: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
    address: tuple[Address, ...] = ()
    communication: tuple[Communication, ...] = ()
    contact: tuple[Contact, ...] = ()


class Entry(Element):
    fullUrl: str | None = None
    resource: dict[str, Any] | None = None


class Link(Element):
    relation: str | None = None


class Bundle(Element):
    resourceType: str
    entry: tuple[Entry, ...] = ()
    link: tuple[Link, ...] = ()
