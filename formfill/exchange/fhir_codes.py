"""The code systems of FHIR that a profile's words stand in, and which code means which."""

from __future__ import annotations

from functools import cache

from formfill.model.profile import RepresentativeKind

#: Identifiers and codes of formfill's own.
PROFILE = "urn:formfill:profile"
RECORD_NUMBER = "urn:formfill:record-number:"
ACCOUNT_NUMBER = "urn:formfill:account-number:"
REPRESENTATIVE = "urn:formfill:representative"
RECIPIENT = "urn:formfill:recipient"

IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
CONTACT_ROLE = "http://terminology.hl7.org/CodeSystem/v2-0131"
SSN = "http://hl7.org/fhir/sid/us-ssn"
LANGUAGE_TAGS = "urn:ietf:bcp:47"

LANGUAGE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/language"
INTERPRETER_EXTENSION = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
#: What US Core 7 has in its stead.
INTERPRETER_NEEDED = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-interpreter-needed"
RENDERED_VALUE = "http://hl7.org/fhir/StructureDefinition/rendered-value"
US_CORE_PATIENT = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
US_CORE_RELATED = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-relatedperson"

#: SNOMED CT "Yes", the code of us-core-interpreter-needed.
YES = "373066001"

#: Who signs, in v3-RoleCode; a conservator has no code there.
ROLE_OF_KIND: dict[RepresentativeKind, str] = {
    "parent": "PRN",
    "guardian": "GUARD",
    "poa": "HPOWATT",
    "executor": "EXCEST",
    "other": "RESPRSN",
}
#: Codes that say that somebody may sign for the patient.
KIND_OF_ROLE: dict[str, RepresentativeKind] = {
    "GUARD": "guardian",
    "HPOWATT": "poa",
    "DPOWATT": "poa",
    "POWATT": "poa",
    "EXCEST": "executor",
    "RESPRSN": "other",
}
KIND_IN_WORDS: tuple[tuple[str, RepresentativeKind], ...] = (
    ("guardian", "guardian"),
    ("conservator", "conservator"),
    ("power of attorney", "poa"),
    ("executor", "executor"),
)
#: A parent signs for a minor.
PARENTS = frozenset({"PRN", "MTH", "FTH", "NMTH", "NFTH", "ADOPTP", "ADOPTM", "ADOPTF"})
PARENTS_IN_WORDS = frozenset({"mother", "father", "parent"})
#: The next of kin signs for one who died.
NEXT_OF_KIN = "N"
#: v2-0131: employer, federal agency, insurance company, state agency.
INSTITUTIONS = frozenset({"E", "F", "I", "S"})

#: Undetermined, many, none.
_NO_LANGUAGE = frozenset({"und", "mul", "zxx"})
#: Tags that CLDR's list of languages knows by another one.
_TAGS = {"prs": "fa_AF", "fa-af": "fa_AF", "cmn": "zh"}


@cache
def _language_names() -> dict[str, str]:
    from babel import Locale

    named = {str(tag): str(name) for tag, name in Locale("en").languages.items()}
    return {tag: name for tag, name in named.items() if tag not in _NO_LANGUAGE}


def language_name(tag: str) -> str | None:
    """A language in English by its BCP 47 tag, as CLDR has it, without its region: ``es-MX`` is Spanish."""
    names = _language_names()
    return names.get(_TAGS.get(tag.lower(), "")) or names.get(tag.lower()) or names.get(tag.lower().split("-")[0])


@cache
def language_tag(name: str) -> str | None:
    """The BCP 47 tag of a language by its English name, as CLDR has it."""
    wanted = name.strip().casefold()
    tags = [tag for tag, known in _language_names().items() if known.casefold() == wanted]
    return tags[0].replace("_", "-") if tags else None
