"""FHIR in and out: what a profile holds comes back, what it cannot hold is told, what is hostile is refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import HealthCheck, given, settings
from made_up import PROFILES

from formfill.errors import ProfileError
from formfill.exchange.fhir_read import patients_of, read_fhir, resources
from formfill.exchange.fhir_write import fhir_bundle
from formfill.exchange.incoming import Incoming, profile_of
from formfill.exchange.outgoing import plain_keys


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(keys=PROFILES)
def test_what_is_exported_comes_back(keys: dict[str, Any]) -> None:
    before = plain_keys(profile_of(keys, "made up"))
    written = fhir_bundle([before])
    (back,) = patients_of(resources(json.loads(written.data), "export"), "export")
    assert back.error is None
    assert plain_keys(back.profile) == before
    assert written.lost == {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(keys=PROFILES)
def test_what_is_exported_is_fhir_to_another_library(keys: dict[str, Any]) -> None:
    bundle = Bundle.model_validate_json(fhir_bundle([plain_keys(profile_of(keys, "made up"))]).data)
    patient = bundle.entry[0].resource
    assert patient.birthDate.isoformat() == keys["patient"]["birth_date"]
    assert patient.name[0].given[0] == keys["patient"]["given_name"]
    if "representative" in keys:
        assert bundle.entry[1].resource.patient.reference == bundle.entry[0].fullUrl
        assert bundle.entry[1].resource.name[0].text == keys["representative"]["name"]


def test_what_fhir_has_no_place_for_is_named() -> None:
    keys = {
        "profile": "p",
        "patient": {
            "given_name": "Amina",
            "birth_date": "1987-03-14",
            "insurance": [{"payer": "Medi-Cal", "id": "90000000A"}],
            "languages": [{"language": "Dari"}, {"language": "English", "interpreter": True}],
        },
        "representative": {"kind": "parent", "name": "Laila", "authority": "Mother of a minor"},
        "notes": "Calls after five",
    }
    lost = fhir_bundle([plain_keys(profile_of(keys, "made up"))]).lost["p"]
    assert set(lost) == {
        "patient.insurance[0].payer",
        "patient.insurance[0].id",
        "patient.languages[1].interpreter",
        "representative.authority",
        "notes",
    }


#: As a hospital's server sends one, made up.
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "eXAMPLE.1",
    "meta": {"versionId": "7"},
    "text": {"status": "generated", "div": "<div>Amina Rahimi</div>"},
    "extension": [
        {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", "extension": [{"url": "text"}]},
        {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", "valueCode": "F"},
        {"url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", "valueBoolean": True},
    ],
    "identifier": [
        {
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
            "system": "urn:oid:1.2.36.146.595.217.0.1",
            "value": "VO-0048213",
        },
        {
            "type": {"text": "MRN", "coding": [{"code": "MR"}]},
            "value": "77",
            "assigner": {"display": "Natividad Medical Center"},
        },
        {
            "system": "http://hl7.org/fhir/sid/us-ssn",
            "_value": {
                "extension": [
                    {"url": "http://hl7.org/fhir/StructureDefinition/rendered-value", "valueString": "xxx-xx-4329"}
                ]
            },
        },
        {"system": "http://hospital.example/portal", "value": "amina87"},
    ],
    "active": True,
    "name": [
        {"use": "usual", "given": ["Mina"], "family": "Rahimi"},
        {"use": "official", "family": "Rahimi", "given": ["Amina", "Yusuf", "Z"], "suffix": ["III"], "prefix": ["Ms."]},
        {"use": "maiden", "family": "Noori"},
        {"use": "official", "text": "Amina Karimi", "period": {"end": "2019-05"}},
        {"text": "امینه رحیمی"},
    ],
    "telecom": [
        {"system": "phone", "value": "tel:+1-916-555-0142", "use": "mobile", "rank": 2},
        {"system": "phone", "value": "(916) 555-0143", "use": "home", "rank": 1},
        {"system": "phone", "value": "(916) 555-0144", "use": "home"},
        {"system": "phone", "value": "unknown", "use": "work"},
        {"system": "phone", "value": "(916) 555-0199", "use": "old"},
        {"system": "email", "value": "amina@example.org"},
        {"system": "pager", "value": "5"},
    ],
    "gender": "female",
    "birthDate": "1987-03-14",
    "deceasedBoolean": False,
    "address": [
        {"use": "old", "line": ["1 Old Road"], "city": "Fresno", "state": "CA"},
        {
            "use": "home",
            "line": ["c/o Laila Rahimi", "Apt 7", "2114 Folsom Blvd"],
            "city": "Sacramento",
            "state": "ca",
            "postalCode": "95816",
            "district": "SACRAMENTO",
            "country": "US",
        },
    ],
    "maritalStatus": {"text": "Married"},
    "photo": [{"contentType": "image/png", "data": "AAAA"}],
    "communication": [
        {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en", "display": "English"}]}},
        {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "prs"}]}, "preferred": True},
    ],
    "contact": [
        {
            "relationship": [
                {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "C"}], "text": "Sister"}
            ],
            "name": {"family": "Rahimi", "given": ["Laila"]},
            "telecom": [{"system": "phone", "value": "916-555-0150"}],
        },
        {
            "relationship": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "E"}]}],
            "organization": {"display": "Acme Works"},
        },
    ],
}
GUARDIAN: dict[str, Any] = {
    "resourceType": "RelatedPerson",
    "id": "r1",
    "patient": {"reference": "https://server.example/fhir/Patient/eXAMPLE.1"},
    "relationship": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "GUARD"}]}],
    "name": [{"use": "official", "family": "Marsh", "given": ["Elena"]}],
    "telecom": [{"system": "email", "value": "elena@example.org"}],
    "gender": "female",
}  # fmt: skip
#: No note or message may hold these.
VALUES = ("Noori", "Folsom", "0144", "0199", "unknown", "amina87", "VO-00", "Married", "AAAA", "Acme", "4329", "1987")


def bundle(*found: dict[str, Any]) -> dict[str, Any]:
    entries = [{"fullUrl": f"https://server.example/fhir/{i}", "resource": one} for i, one in enumerate(found)]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def read(tmp_path: Path, data: Any, name: str = "patients.json") -> list[Incoming]:
    path = tmp_path / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return read_fhir(path, {"urn:oid:1.2.36.146.595.217.0.1": "valley-oak"}.get)


def test_a_hospitals_patient(tmp_path: Path) -> None:
    (one,) = read(tmp_path, bundle(PATIENT, GUARDIAN, {"resourceType": "Coverage"}, {**GUARDIAN, "patient": {
        "reference": "Patient/another"}}))  # fmt: skip
    assert one.error is None
    assert one.keys["patient"] == {
        "birth_date": "1987-03-14",
        "given_name": "Amina",
        "additional_name": "Yusuf Z",
        "family_name": "Rahimi III",
        "preferred_name": "Mina",
        "former_names": ["Amina Noori", "Amina Karimi"],
        "native_name": {"text": "امینه رحیمی"},
        "sex": "female",
        "address": {
            "country": "US",
            "care_of": "Laila Rahimi",
            "street": "2114 Folsom Blvd",
            "unit": "Apt 7",
            "city": "Sacramento",
            "state": "ca",
            "postal_code": "95816",
        },
        "phones": {"mobile": "+1-916-555-0142", "home": "(916) 555-0143", "preferred": "home"},
        "email": "amina@example.org",
        "languages": [{"language": "Dari", "interpreter": True}, {"language": "English"}],
        "record_numbers": {"valley-oak": "VO-0048213"},
        "ssn_last4": "4329",
    }
    assert one.keys["representative"] == {"kind": "guardian", "name": "Elena Marsh", "email": "elena@example.org"}
    assert one.keys["recipients"] == {
        "sister": {"name": "Laila Rahimi", "phone": "916-555-0150", "relationship": "Sister"}
    }


def test_what_is_not_kept_is_told_without_its_value(tmp_path: Path) -> None:
    (one,) = read(tmp_path, bundle(PATIENT, {"resourceType": "Coverage"}))
    notes = "\n".join(one.notes)
    for place in (
        *("identifier[1]", "identifier[3]", "name[1].prefix", "telecom[2]", "telecom[3]", "telecom[4]", "telecom[6]"),
        *("address[0]", "maritalStatus", "photo", "us-core-race", "us-core-birthsex", "contact[1]", "1 Coverage"),
    ):
        assert place in notes, place
    assert "--record-numbers" in notes
    for value in VALUES:
        assert value not in notes, value


def test_a_patient_by_itself_and_a_line_a_resource(tmp_path: Path) -> None:
    (alone,) = read(tmp_path, PATIENT)
    assert alone.profile.patient.given_name == "Amina"
    lines = "\n".join(json.dumps(one) for one in (PATIENT, GUARDIAN, {**PATIENT, "id": "2", "birthDate": "1990-01-01"}))
    first, second = read(tmp_path, lines, "patients.ndjson")
    assert first.where.endswith("patients.ndjson:1")
    assert second.where.endswith("patients.ndjson:3")
    assert first.profile.representative is not None
    assert second.profile.representative is None, "another's guardian"


def test_a_contained_guardian(tmp_path: Path) -> None:
    (one,) = read(tmp_path, {**PATIENT, "contained": [{**GUARDIAN, "patient": {"reference": "#"}}]})
    assert one.keys["representative"]["kind"] == "guardian"


CHILD = f"{dt.date.today().year - 5}-01-01"


@pytest.mark.parametrize(
    ("birth", "changes", "kind"),
    [
        (CHILD, {"relationship": [{"text": "Mother"}]}, "parent"),
        ("1980-01-01", {"relationship": [{"text": "Mother"}]}, None),
        ("1980-01-01", {"relationship": [{"text": "Durable Power of Attorney"}]}, "poa"),
        ("1980-01-01", {"active": False}, None),
        ("1980-01-01", {"period": {"end": "2001-01-01"}}, None),
    ],
)
def test_who_signs(tmp_path: Path, birth: str, changes: dict[str, Any], kind: str | None) -> None:
    (one,) = read(tmp_path, bundle({**PATIENT, "birthDate": birth}, {**GUARDIAN, **changes}))
    assert one.keys.get("representative", {}).get("kind") == kind


def test_one_bad_patient_does_not_stop_the_others(tmp_path: Path) -> None:
    bad, wrong, good = read(tmp_path, bundle({**PATIENT, "birthDate": "1987"}, {**PATIENT, "name": "Amina"}, PATIENT))
    assert "entry[0].resource: patient.birth_date: expected YYYY-MM-DD" in str(bad.error)
    assert "entry[1].resource: name: expected a list" in str(wrong.error)
    assert "Amina" not in str(wrong.error)
    assert good.error is None


DEEP = '{"resourceType":"Patient","extension":' + '[{"extension":' * 200 + "1" + "}]" * 200 + "}"
DEEPER = '{"resourceType":"Patient","x":' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("{", "patients.json:1: not valid JSON"),
        ('{"resourceType": "Patient",\n "name": [}', "patients.json:2: not valid JSON"),
        ("[1, 2]", "resourceType was expected"),
        ('"resourceType"', "resourceType was expected"),
        ('{"resourceType": 5}', "resourceType was expected"),
        ('{"resourceType": "Observation"}', "no FHIR Patient (Observation)"),
        ('{"resourceType": "Bundle", "entry": {}}', "entry: expected a list"),
        ('{"resourceType": "Bundle", "entry": [5]}', "entry[0]: expected keys below it"),
        ('{"resourceType": "Bundle", "link": [{"relation": "next"}], "entry": []}', "one page of a search"),
        ('{"resourceType": "Patient", "id": "1", "id": "2"}', "'id' stands twice"),
        ('{"resourceType": "Patient", "x": NaN}', "NaN is no JSON number"),
        ('{"resourceType": "Patient", "x": ' + "9" * 5000 + "}", "a number that is too long"),
        (DEEP, "nested deeper than 100"),
        (DEEPER, "nested deeper than 100"),
    ],
)
def test_what_is_no_fhir_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ProfileError) as raised:
        read(tmp_path, text)
    assert expected in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"birthDate": 19870314}, "birthDate: expected a text"),
        ({"name": [{"given": "Amina"}]}, "name[0].given: expected a list"),
        ({"telecom": [{"rank": "high"}]}, "telecom[0].rank: expected a whole number"),
        ({"address": [{"line": [5]}]}, "address[0].line[0]: expected a text"),
        ({"contact": [[]]}, "contact[0]: expected keys below it"),
        ({"deceasedBoolean": "no way"}, "deceasedBoolean: expected true or false"),
        ({"name": []}, "needs given_name or family_name"),
        ({"name": [{"given": ["A\u202eB"], "family": "C"}], "birthDate": None}, "birth_date: is required"),
    ],
)
def test_a_wrong_type_is_told_by_its_json_path(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    (one,) = read(tmp_path, {**PATIENT, **changes})
    assert expected in str(one.error)
    assert "patients.json" in str(one.error)


def test_control_characters_are_left_out(tmp_path: Path) -> None:
    (one,) = read(tmp_path, {**PATIENT, "name": [{"given": ["Am\u202eina"], "family": "Rahimi"}]})
    assert "given_name" not in one.keys["patient"]
    assert any("name[0].given: holds a control character" in note for note in one.notes)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no such file"):
        read_fhir(tmp_path / "none.json")
    with pytest.raises(ProfileError, match="is no file"):
        read_fhir(tmp_path)
    (tmp_path / "latin.json").write_bytes('{"resourceType": "Peña"}'.encode("latin-1"))
    with pytest.raises(ProfileError, match=r"not UTF-8 text \(byte 20\)"):
        read_fhir(tmp_path / "latin.json")
    with (tmp_path / "large.json").open("wb") as stream:
        stream.truncate(100_000_001)
    with pytest.raises(ProfileError, match="larger than"):
        read_fhir(tmp_path / "large.json")
