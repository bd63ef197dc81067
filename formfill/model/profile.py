"""The profile: who the patient is. Saved once, used for every form.

Keys follow the words of FHIR Patient and of WHATWG autocomplete where those have one (given_name, additional_name,
family_name, postal_code). Names are in Latin script as on the legal papers; ``native_name`` keeps the other script.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from formfill import yaml_io
from formfill.errors import ProfileError
from formfill.model.base import IsoDate, validate
from formfill.model.scalars import Address, Email, FilePath, Phone, Record, Slug, Ssn, SsnLast4, Text, Texts

#: Gets the bytes of a file.
Reader = Callable[[Path], bytes]
RepresentativeKind = Literal["parent", "guardian", "conservator", "poa", "executor", "next_of_kin", "other"]


def _past(value: dt.date) -> dt.date:
    if value > dt.date.today():
        raise ValueError("is in the future")
    if value.year < 1900:
        raise ValueError("is before 1900")
    return value


PastDate = Annotated[IsoDate, AfterValidator(_past)]


class NativeName(Record):
    """The patient's name in the script of their own language."""

    text: Text
    language: Text | None = None


class Phones(Record):
    """The patient's phones by kind."""

    mobile: Phone | None = None
    home: Phone | None = None
    work: Phone | None = None
    preferred: Literal["mobile", "home", "work"] | None = None
    """The one to call; without it the first of mobile, home, work."""

    @model_validator(mode="after")
    def _preferred_is_known(self) -> Phones:
        if self.preferred and getattr(self, self.preferred) is None:
            raise ValueError(f"preferred: {self.preferred}, but there is no {self.preferred} phone")
        return self

    @property
    def best(self) -> str | None:
        """The phone to call."""
        chosen: str | None = getattr(self, self.preferred) if self.preferred else None
        return chosen or self.mobile or self.home or self.work


class Language(Record):
    """A language the patient speaks; the first listed is the preferred one."""

    language: Text
    interpreter: bool = False
    """Whether the patient needs an interpreter for talks in English."""


class Insurance(Record):
    """A health plan; the first listed is the primary one."""

    payer: Text
    id: Text | None = None
    group: Text | None = None


class PhotoId(Record):
    """A photo ID and its picture, which a packet may enclose."""

    file: FilePath | None = None
    """Image or PDF, below the folder of the profile."""
    kind: Text | None = None
    """Driver license, passport, employment authorization card."""
    number: Text | None = None


class Patient(Record):
    """The person whose records they are."""

    given_name: Text | None = None
    additional_name: Text | None = None
    """Middle name or names."""
    family_name: Text | None = None
    preferred_name: Text | None = None
    native_name: NativeName | None = None
    former_names: Texts = ()
    """Maiden and other names that records may be filed under, each written whole."""
    birth_date: PastDate
    deceased: bool = False
    sex: Literal["female", "male", "other", "unknown"] | None = None
    address: Address | None = None
    phones: Phones = Phones()
    fax: Phone | None = None
    email: Email | None = None
    languages: tuple[Language, ...] = ()
    insurance: tuple[Insurance, ...] = ()
    ssn: Ssn | None = None
    """Written on a form only when the request says include_ssn."""
    ssn_last4: SsnLast4 | None = None
    record_numbers: dict[Slug, Text] = Field(default_factory=dict)
    """Medical record number by provider id."""
    account_numbers: dict[Slug, Text] = Field(default_factory=dict)
    """Account or visit number by provider id."""
    photo_id: PhotoId | None = None

    @model_validator(mode="after")
    def _named(self) -> Patient:
        if self.given_name is None and self.family_name is None:
            raise ValueError("needs given_name or family_name (both, unless the legal name is one word)")
        if self.ssn and self.ssn_last4 and not self.ssn.endswith(self.ssn_last4):
            raise ValueError("ssn_last4 differs from the end of ssn")
        return self


class Representative(Record):
    """Who signs for the patient, and by what right (45 CFR 164.502(g))."""

    kind: RepresentativeKind
    name: Text
    title: Text | None = None
    relationship: Text | None = None
    """What the representative is to the patient, in words; without it the kind's own word."""
    phone: Phone | None = None
    email: Email | None = None
    address: Address | None = None
    authority: Text | None = None
    """What gives the right to sign: "mother of a minor", "letters of guardianship, Alameda County, 2024"."""
    documents: tuple[FilePath, ...] = ()
    """Proof of the authority, below the folder of the profile."""
    reason_patient_cannot_sign: Text | None = None


class Contact(Record):
    """A person or organisation with an address."""

    name: Text | None = None
    """The person."""
    organization: Text | None = None
    address: Address | None = None
    phone: Phone | None = None
    fax: Phone | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _named(self) -> Contact:
        if self.name is None and self.organization is None:
            raise ValueError("needs name or organization")
        return self


class Recipient(Contact):
    """Who may get the records, other than the patient."""

    attention: Text | None = None
    """Whose desk it should reach, where that is not ``name``."""
    relationship: Text | None = None
    """What the recipient is to the patient: Caseworker, Sister."""


class Profile(Record):
    """A patient, who signs for them, and who may get their records."""

    profile: Slug
    """The profile's own name: it stands in file names and logs, so that the patient's need not."""
    patient: Patient
    representative: Representative | None = None
    recipients: dict[Slug, Recipient] = Field(default_factory=dict)
    default_recipient: Slug | None = None
    """The recipient of a request that names none; without it the patient."""
    notes: Text | None = None

    _folder: Path | None = PrivateAttr(default=None)
    _read: Reader | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _default_is_known(self) -> Profile:
        if self.default_recipient not in (None, "self", *self.recipients):
            raise ValueError(f"default_recipient: recipients has no {self.default_recipient!r}")
        return self

    def file(self, path: str) -> Path:
        """Where a file that the profile names (photo ID, proof of authority) is."""
        return (self._folder or Path()) / path

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the profile names, relative to its folder."""
        photo = self.patient.photo_id.file if self.patient.photo_id else None
        return (*([photo] if photo else []), *(self.representative.documents if self.representative else ()))

    def read(self, path: str) -> bytes:
        """What a file that the profile names holds, decrypted where it is locked.

        Raises: OSError, or what the reader of the profile raises.
        """
        return (self._read or Path.read_bytes)(self.file(path))


def load_profile(path: Path, read: Reader = Path.read_bytes) -> Profile:
    """Read a profile; ``read`` gets its bytes and those of the files it names, and decrypts where they are locked.

    Raises: ProfileError with file, line and key.
    """
    profile = parse_profile(yaml_io.load(path, ProfileError, read))
    profile._folder = path.resolve().parent
    profile._read = read
    return profile


def parse_profile(document: yaml_io.Document, folder: Path | None = None) -> Profile:
    """The profile that a YAML document holds; the files that it names are in ``folder``.

    Raises: ProfileError with file, line and key.
    """
    profile = validate(Profile, document, ProfileError)
    profile._folder = folder
    return profile
