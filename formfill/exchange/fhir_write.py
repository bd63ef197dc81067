"""Profiles as a FHIR R4 Bundle of Patient and RelatedPerson, in the shape of US Core 6 where a profile knows enough.

The patient's own recipients are Patient.contact, who signs is a RelatedPerson. What FHIR's Patient has no place for
(insurance, photo ID, proofs) is not exported; each written patient is read back, and what is missing then is named.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from formfill.exchange import fhir_codes as codes
from formfill.exchange.fhir_parts import address_json, telecom_json
from formfill.exchange.fhir_read import patients_of, resources
from formfill.exchange.outgoing import Written, lost, plain_keys
from formfill.exchange.phones import readable

_ID = uuid.uuid5(uuid.NAMESPACE_URL, "urn:formfill")


def fhir_bundle(profiles: Iterable[Mapping[str, Any]]) -> Written:
    """A Bundle (JSON) of the profiles with these keys."""
    entries: list[dict[str, Any]] = []
    missing: dict[str, tuple[str, ...]] = {}
    for keys in profiles:
        own = _entries(keys)
        entries += own
        name = keys["profile"]
        (back,) = patients_of(resources(_bundle(own), name), name)
        if gone := lost(dict(keys), plain_keys(back.profile)):
            missing[name] = gone
    text = json.dumps(_bundle(entries), ensure_ascii=False, indent=2) + "\n"
    return Written(text.encode(), missing)


def _bundle(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _entries(keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    patient = _patient(keys)
    entries = [patient]
    if representative := keys.get("representative"):
        entries.append(_related_person(representative, patient["id"]))
    return [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in entries]


def _patient(keys: Mapping[str, Any]) -> dict[str, Any]:
    patient: Mapping[str, Any] = keys["patient"]
    languages = patient.get("languages", [])
    asks = bool(languages) and bool(languages[0].get("interpreter"))
    # US Core wants a gender; it is not made up for its sake
    profiled = {"meta": {"profile": [codes.US_CORE_PATIENT]}} if patient.get("sex") else {}
    made = {
        "resourceType": "Patient",
        "id": str(uuid.uuid5(_ID, keys["profile"])),
        **profiled,
        "extension": [{"url": codes.INTERPRETER_EXTENSION, "valueBoolean": True}] if asks else [],
        "identifier": _identifiers(keys),
        "name": _names(patient),
        "telecom": _telecom(patient),
        "gender": patient.get("sex"),
        "birthDate": patient["birth_date"],
        "deceasedBoolean": patient.get("deceased"),
        "address": [address_json(patient["address"], "home")] if "address" in patient else [],
        "contact": [_contact(slug, one) for slug, one in keys.get("recipients", {}).items()],
        "communication": [_communication(one["language"], i == 0) for i, one in enumerate(languages)],
    }
    return {key: value for key, value in made.items() if value not in (None, [])}


def _identifiers(keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    patient = keys["patient"]
    made: list[dict[str, Any]] = [{"system": codes.PROFILE, "value": keys["profile"]}]
    for key, type_, urn in (
        ("record_numbers", "MR", codes.RECORD_NUMBER),
        ("account_numbers", "AN", codes.ACCOUNT_NUMBER),
    ):
        for provider, value in patient.get(key, {}).items():
            made.append({"type": _concept(codes.IDENTIFIER_TYPE, type_), "system": f"{urn}{provider}", "value": value})
    ssn = patient.get("ssn") or (f"XXX-XX-{patient['ssn_last4']}" if "ssn_last4" in patient else None)
    if ssn:
        made.append({"type": _concept(codes.IDENTIFIER_TYPE, "SS"), "system": codes.SSN, "value": ssn})
    return made


def _names(patient: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = [patient[key] for key in ("given_name", "additional_name") if key in patient]
    legal = {"use": "official", "family": patient.get("family_name"), "given": given}
    made: list[dict[str, Any]] = [{key: value for key, value in legal.items() if value}]
    if native := patient.get("native_name"):
        tag = codes.language_tag(native.get("language", "")) or "und"
        made.append({"text": native["text"], "extension": [{"url": codes.LANGUAGE_EXTENSION, "valueCode": tag}]})
    if called := patient.get("preferred_name"):
        made.append({"use": "usual", "text": called})
    return made + [{"use": "old", "text": former} for former in patient.get("former_names", [])]


def _telecom(patient: Mapping[str, Any]) -> list[dict[str, Any]]:
    phones = patient.get("phones", {})
    made: list[dict[str, Any]] = []
    for kind in ("mobile", "home", "work"):
        if kind in phones:
            rank = {"rank": 1} if phones.get("preferred") == kind else {}
            made.append({"system": "phone", "value": readable(phones[kind]), "use": kind, **rank})
    return made + telecom_json(None, patient.get("fax"), patient.get("email"))


def _communication(language: str, preferred: bool) -> dict[str, Any]:
    tag = codes.language_tag(language)
    coding = {"coding": [{"system": codes.LANGUAGE_TAGS, "code": tag}]} if tag else {}
    return {"language": {**coding, "text": language}} | ({"preferred": True} if preferred else {})


def _contact(slug: str, one: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "relationship": [_relationship(one, {"system": codes.RECIPIENT, "code": slug})],
        "name": {"text": one["name"]} if "name" in one else None,
        "telecom": telecom_json(one.get("phone"), one.get("fax"), one.get("email")),
        "address": address_json(one["address"]) if "address" in one else None,
        "organization": {"display": one["organization"]} if "organization" in one else None,
    }
    return {key: value for key, value in made.items() if value}


def _related_person(one: Mapping[str, Any], patient_id: str) -> dict[str, Any]:
    kind = one["kind"]
    codings = [{"system": codes.REPRESENTATIVE, "code": kind}]
    if role := codes.ROLE_OF_KIND.get(kind):
        codings.append({"system": codes.ROLE, "code": role})
    elif kind == "next_of_kin":
        codings.append({"system": codes.CONTACT_ROLE, "code": codes.NEXT_OF_KIN})
    made = {
        "resourceType": "RelatedPerson",
        "id": str(uuid.uuid5(_ID, f"{patient_id} representative")),
        "meta": {"profile": [codes.US_CORE_RELATED]},
        "active": True,
        "patient": {"reference": f"urn:uuid:{patient_id}"},
        "relationship": [_relationship(one, *codings)],
        "name": [{"text": one["name"]}],
        "telecom": telecom_json(one.get("phone"), None, one.get("email")),
        "address": [address_json(one["address"])] if "address" in one else [],
    }
    return {key: value for key, value in made.items() if value not in (None, [])}


def _relationship(one: Mapping[str, Any], *codings: dict[str, str]) -> dict[str, Any]:
    return {"coding": list(codings)} | ({"text": one["relationship"]} if "relationship" in one else {})


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
