"""A FHIR Patient as keys of a profile: what it says, and notes of what a profile has no place for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Literal

from formfill.exchange import fhir_codes as codes
from formfill.exchange import fhir_model as fhir
from formfill.exchange.fhir_parts import address_keys, is_over, unread
from formfill.exchange.incoming import Gathering
from formfill.exchange.phones import dialled, put_phone
from formfill.exchange.scripts import is_latin

#: From an identifier's system, or the words of who assigned it, to a provider's id; None where neither is known.
ProviderOf = Callable[[str], str | None]

#: What every resource has and no profile needs.
_FRAME = frozenset({"id", "meta", "implicitRules", "language", "text", "contained"})
_MASKED_SSN = re.compile(r"[\sXx*•-]*(\d{4})")
_PHONE_KINDS = ("mobile", "home", "work")


def put_patient(patient: fhir.Patient, into: Gathering, provider_of: ProviderOf) -> None:
    """Put what a profile can hold of ``patient`` into ``into``."""
    into.put("patient.birth_date", patient.birthDate, "birthDate")
    _put_names(patient.name, into)
    if patient.deceasedBoolean or patient.deceasedDateTime:
        into.put("patient.deceased", True, "deceased")
    if patient.deceasedDateTime:
        into.note("deceasedDateTime: kept as deceased, without the day")
    into.put("patient.sex", patient.gender, "gender")
    _put_address(patient.address, into)
    _put_telecom(patient.telecom, into)
    _put_languages(patient, into)
    for i, identifier in enumerate(patient.identifier):
        _put_identifier(identifier, f"identifier[{i}]", into, provider_of)
    if not patient.active:
        into.note("active: the record is marked as no longer in use there")
    known = {codes.INTERPRETER_EXTENSION, codes.INTERPRETER_NEEDED}
    others = [f"extension {one.url}" for one in patient.extension if one.url not in known]
    if missed := [*unread(patient, "", _FRAME | {"contained"}), *others]:
        into.note(f"not kept: {', '.join(missed)}")


def _put_names(names: Iterable[fhir.HumanName], into: Gathering) -> None:
    placed = [(f"name[{i}]", name) for i, name in enumerate(names) if name.whole]
    native = [(at, one) for at, one in placed if _is_native(one)]
    latin = [(at, one) for at, one in placed if (at, one) not in native]
    current = [(at, one) for at, one in latin if not _is_former(one)]
    order = ("official", "usual", None)
    legal = next((pair for use in order for pair in current if pair[1].use == use), None) or next(
        iter(current or native or placed), None
    )
    if legal is not None:
        _put_legal_name(*legal, into)
    for at, name in placed:
        if legal is not None and name is legal[1]:
            continue
        if (at, name) in native:
            _put_native(at, name, into)
        else:
            _put_further(at, name, legal[1] if legal else None, into)


def _is_native(name: fhir.HumanName) -> bool:
    return not _is_former(name) and (
        name.extended(codes.LANGUAGE_EXTENSION) is not None or not is_latin(name.whole or "")
    )


def _is_former(name: fhir.HumanName) -> bool:
    return name.use == "maiden" or is_over(name.period, name.use)


def _put_legal_name(at: str, name: fhir.HumanName, into: Gathering) -> None:
    given = [part for part in name.given if part]
    if _is_native(name):
        into.note(f"{at}: is in another script, and none is in Latin letters: write it as the legal papers have it")
    if not given and not name.family:
        into.note(f"{at}: only as one text: taken for a given name")
        given = [name.text or ""]
    into.put("patient.given_name", given[0] if given else None, f"{at}.given")
    into.put("patient.additional_name", " ".join(given[1:]), f"{at}.given")
    suffix = [part for part in name.suffix if part]
    into.put("patient.family_name", " ".join([name.family or "", *suffix]).strip(), f"{at}.family")
    if any(name.prefix):
        into.note(f"not kept: {at}.prefix")


def _put_native(at: str, name: fhir.HumanName, into: Gathering) -> None:
    if into.has("patient.native_name"):
        into.note(f"{at}: a second name in another script: left out")
        return
    extension = name.extended(codes.LANGUAGE_EXTENSION)
    language = codes.language_name(extension.valueCode) if extension and extension.valueCode else None
    keys = {"text": name.whole} | ({"language": language} if language else {})
    into.put("patient.native_name", keys, at)


def _put_further(at: str, name: fhir.HumanName, legal: fhir.HumanName | None, into: Gathering) -> None:
    """A name beside the legal one: what the patient is called, or was."""
    whole = name.whole or ""
    if _is_former(name):
        if not name.text and not any(name.given) and legal is not None:  # "each written whole"
            whole = " ".join([*(part for part in legal.given[:1] if part), whole])
        former: list[str] = into.keys.get("patient", {}).get("former_names", [])
        into.put("patient.former_names", [*former, whole], at)
    elif legal is not None and whole == legal.whole:
        return
    elif name.use in ("usual", "nickname", "official", None) and not into.has("patient.preferred_name"):
        same_family = legal is not None and name.family in (None, legal.family)
        called = " ".join(part for part in name.given if part) if same_family and not name.text else whole
        into.put("patient.preferred_name", called, at)
    else:
        into.note(f"{at}: a further name: left out")


def _put_address(addresses: Iterable[fhir.Address], into: Gathering) -> None:
    placed = [(f"address[{i}]", one) for i, one in enumerate(addresses)]
    current = [(at, one) for at, one in placed if not is_over(one.period, one.use)]
    best = sorted(current, key=lambda pair: ["home", None, "temp", "work", "billing"].index(_use(pair[1])))[:1]
    for at, one in placed:
        if (at, one) not in best:
            into.note(f"{at}: a {'former' if (at, one) not in current else 'further'} address: left out")
        else:
            into.put("patient.address", address_keys(one), at)
            if one.text and not one.line and not one.city:
                into.note(f"{at}: only as one text: left out")


def _use(address: fhir.Address) -> str | None:
    return address.use if address.use in ("home", "temp", "work", "billing") else None


def _put_telecom(points: Iterable[fhir.ContactPoint], into: Gathering) -> None:
    ranked: list[tuple[int, str]] = []
    for i, point in enumerate(points):
        at = f"telecom[{i}]"
        if not point.value:
            continue
        if is_over(point.period, point.use):
            into.note(f"{at}: of the past: left out")
        elif point.system in ("phone", "sms"):
            use = "mobile" if point.system == "sms" else point.use
            kind = put_phone(into, point.value, use if use in _PHONE_KINDS else None, at)
            if kind and point.rank is not None:
                ranked.append((point.rank, kind))
        elif point.system in ("fax", "email") and not into.has(f"patient.{point.system}"):
            into.put(f"patient.{point.system}", dialled(point.value) if point.system == "fax" else point.value, at)
        else:
            into.note(f"{at}: a {point.system if point.system in ('fax', 'email') else 'contact'} more: left out")
    if ranked:
        into.put("patient.phones.preferred", min(ranked)[1], "telecom")


def _put_languages(patient: fhir.Patient, into: Gathering) -> None:
    spoken = sorted(enumerate(patient.communication), key=lambda pair: not pair[1].preferred)
    languages: list[dict[str, Any]] = []
    for i, one in spoken:
        named = one.language.words or next(filter(None, map(codes.language_name, one.language.codes())), None)
        if named:
            languages.append({"language": named})
        else:
            into.note(f"communication[{i}].language: no name that we know: left out")
    if _needs_interpreter(patient):
        if languages:
            languages[0]["interpreter"] = True
        else:
            into.note("extension: an interpreter is needed, but no language is named")
    into.put("patient.languages", languages, "communication")


def _needs_interpreter(patient: fhir.Patient) -> bool:
    required, needed = patient.extended(codes.INTERPRETER_EXTENSION), patient.extended(codes.INTERPRETER_NEEDED)
    return bool(required and required.valueBoolean) or bool(
        needed and needed.valueCoding and needed.valueCoding.code == codes.YES
    )


def _put_identifier(one: fhir.Identifier, at: str, into: Gathering, provider_of: ProviderOf) -> None:
    system, types = one.system or "", one.type.codes()
    if system == codes.SSN or "SS" in types:
        _put_ssn(one, at, into)
    elif not one.value or is_over(one.period, one.use):
        into.note(f"{at}: {'of the past' if one.value else 'has no value'}: left out")
    elif system == codes.PROFILE:
        into.put("profile", one.value, at)
    elif own := next((key for key, urn in _OWN_NUMBERS if system.startswith(urn)), None):
        into.put(f"patient.{own}", _with(into, own, system.rpartition(":")[2], one.value), at)
    elif "MR" in types or "AN" in types:
        number: Literal["record_numbers", "account_numbers"] = "record_numbers" if "MR" in types else "account_numbers"
        provider = provider_of(system) or provider_of(one.assigner.display or "")
        if provider is None:
            into.note(
                f"{at}: a record number of {system or 'an unnamed system'}: left out; say whose it is: "
                f"--record-numbers {system or 'SYSTEM'}=PROVIDER"
            )
        elif provider in into.keys.get("patient", {}).get(number, {}):
            into.note(f"{at}: a second number of {provider}: left out")
        else:
            into.put(f"patient.{number}", _with(into, number, provider, one.value), at)
    else:
        into.note(f"{at}: an identifier{f' of {system}' if system else ''}: left out")


_OWN_NUMBERS = (("record_numbers", codes.RECORD_NUMBER), ("account_numbers", codes.ACCOUNT_NUMBER))


def _with(into: Gathering, number: str, provider: str, value: str) -> dict[str, str]:
    return {**into.keys.get("patient", {}).get(number, {}), provider: value}


def _put_ssn(one: fhir.Identifier, at: str, into: Gathering) -> None:
    """The whole number, or the four digits that a masked one shows."""
    rendered = one.primitive.extended(codes.RENDERED_VALUE)
    value = one.value or (rendered.valueString if rendered else None)
    if not value:
        into.note(f"{at}: has no value: left out")
    elif masked := _MASKED_SSN.fullmatch(value):
        into.put("patient.ssn_last4", masked[1], at)
    else:
        into.put("patient.ssn", value, at)
