"""What a request must say before it leaves: every error with its remedy, and what is only told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from own_forms import workspace

from formfill import yaml_io
from formfill.cli import main
from formfill.errors import ProfileError, RequestError
from formfill.model.form_map import FormMap
from formfill.model.profile import Profile, parse_profile
from formfill.model.provider import Provider
from formfill.model.request import Request, parse_request
from formfill.policy import Finding, a_year_after, checked, findings, needed, refuse, with_defaults
from formfill.values import Values, concept_values

TODAY = dt.date(2026, 11, 26)
PATIENT = {
    "given_name": "Amina",
    "family_name": "Rahimi",
    "birth_date": "1987-03-14",
    "address": {"street": "2114 Folsom Blvd", "city": "Sacramento", "state": "CA", "postal_code": "95816"},
    "email": "amina.rahimi@example.org",
}
CASEWORKER = {"organization": "Harbor Refugee Services", "fax": "(510) 555-0178", "relationship": "Caseworker"}
SECRETS = ("Amina", "Rahimi", "1987", "Folsom", "555-0178", "Noori", "078-05-1120")
#: Whole requests, of either instrument: nothing is missing.
OWN = {"records": "lab", "dates": "all", "delivery": "cd"}
TO_AGENCY = {
    "records": "lab", "dates": "all", "purpose": "personal", "expires": "2027-03-31", "recipient": "caseworker"
}  # fmt: skip
STATES = {"CA": ("Fresno", "93701"), "TX": ("Austin", "73301")}


def profile(**patient: Any) -> Profile:
    return person(patient)


def person(patient: dict[str, Any] | None = None, **more: Any) -> Profile:
    known: dict[str, Any] = {"profile": "p", "patient": PATIENT | (patient or {})}
    return parse_profile(yaml_io.from_keys(known | {"recipients": {"caseworker": CASEWORKER}} | more, "p.yaml"))


def provider(state: str = "CA", **more: Any) -> Provider:
    city, code = STATES[state]
    address = {"street": "500 Elm Street", "city": city, "state": state, "postal_code": code}
    return Provider.model_validate({"id": "acme", "name": "Acme Clinic", "state": state, "address": address} | more)


def request(keys: dict[str, Any], **changes: Any) -> Request:
    left = {key: value for key, value in (keys | changes).items() if value is not None}
    return parse_request(yaml_io.from_keys(left, "request"))


def form(*values: str, **more: Any) -> FormMap:
    places = [{"value": value, "page": 1, "box": (1, 1, 9, 9), "label": value} for value in values]
    base = {"form": "acme-roi-en", "title": "F", "provider": "acme", "blank": {"file": "f.pdf", "sha256": "0" * 64}}
    return FormMap.model_validate(base | {"fields": places} | more)


def found(
    asked: Request,
    who: Profile | None = None,
    by: Provider | None = None,
    on: FormMap | None = None,
    today: dt.date = TODAY,
) -> tuple[Finding, ...]:
    told = findings(who or person(), by or provider(), asked, on or form(), today)
    text = " ".join(map(str, told))
    assert not [secret for secret in SECRETS if secret in text], "a finding holds no patient's value"
    assert all(finding.remedy and finding.source for finding in told)
    return told


def of(severity: str, told: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in told if finding.severity == severity]


@pytest.mark.parametrize("keys", [OWN, TO_AGENCY], ids=["access", "authorization"])
@pytest.mark.parametrize("state", ["CA", "TX"])
def test_a_whole_request_has_no_error_and_no_warning(keys: dict[str, Any], state: str) -> None:
    told = found(request(keys), by=provider(state))
    assert [finding.severity for finding in told] == ["note"]
    asked, said = checked(person(), provider(state), request(keys), form(), TODAY)
    assert (asked, said) == (request(keys), told)


# which instrument


@pytest.mark.parametrize(
    ("changes", "kind", "severity", "what", "remedy"),
    [
        ({}, "authorization", "note", "an access request, because the records go to the patient", "--instrument auth"),
        ({}, "access-request", "note", "an access request, because", "take a form for one (formfill form list)"),
        ({"instrument": "authorization", "purpose": "personal"}, "authorization", "note",
         "an authorization, because the request says so", "--instrument access-request"),
        ({"recipient": "caseworker", "purpose": "personal"}, "authorization", "note",
         "an authorization, because the records go to somebody other than the patient", "--instrument access-request"),
        ({"recipient": "caseworker", "delivery": "fax"}, "access-request", "warning",
         "form acme-roi-en is for the patient's own access, and somebody else is the recipient",
         "take a form for authorizations, or --recipient self with the patient's mail c/o the agency"),
        ({"recipient": "caseworker", "delivery": "fax", "instrument": "access-request"}, "authorization", "warning",
         "binds for electronic copies", "--instrument authorization"),
        ({"instrument": "authorization"}, "access-request", "error", "lacks the statements", "take a form for auth"),
        ({"instrument": "access-request"}, "amendment", "error", "is neither", "leave the key out"),
        ({"instrument": "access-request", "direction": "obtain"}, "authorization", "error",
         "cannot obtain records", "direction: release, or instrument: authorization"),
    ],
)  # fmt: skip
def test_the_instrument_is_said_with_its_reason_and_the_way_to_the_other(
    changes: dict[str, Any], kind: str, severity: str, what: str, remedy: str
) -> None:
    told = found(request(OWN, **changes), on=form(instrument=kind))
    (said,) = [one for one in told if one.key == "request.instrument"]
    assert said.severity == severity
    assert what in said.what
    assert remedy in said.remedy


def test_the_instrument_before_a_form_is_chosen() -> None:
    assert needed(person(), request(OWN)) == ("access-request", "the records go to the patient")
    assert needed(person(), request(TO_AGENCY))[0] == "authorization"
    assert needed(person(), request(OWN, direction="exchange"))[0] == "authorization"
    assert needed(person(), request(TO_AGENCY, instrument="access-request"))[0] == "access-request"


def test_the_key_is_followed_by_all_that_hangs_on_it() -> None:
    asked = request(OWN, instrument="authorization")
    assert concept_values(person(), provider(), asked, form()).instrument == "authorization"
    asked = request(TO_AGENCY, instrument="access-request")
    assert concept_values(person(), provider(), asked, form()).instrument == "access-request"
    assert concept_values(person(), provider(), asked, form(instrument="amendment")).instrument == "amendment"


# what is missing


@pytest.mark.parametrize(
    ("keys", "changes", "state", "key", "remedy", "source"),
    [
        (OWN, {"records": None}, "CA", "request.records", "--records", "45 CFR 164.524"),
        (OWN, {"dates": None}, "CA", "request.dates", "--all-dates", "45 CFR 164.524"),
        (OWN, {"delivery": None}, "CA", "request.delivery", "--delivery", "45 CFR 164.524(c)(2)"),
        (OWN, {"delivery": "fax"}, "CA", "patient.fax", "write patient.fax", "45 CFR 164.524(c)(3)"),
        (OWN, {"recipient": "caseworker"}, "CA", "request.purpose", "--purpose", "164.508(c)(1)(iv); California Civil"),
        (TO_AGENCY, {"records": None}, "TX", "request.records", "--records", "45 CFR 164.508(c)(1)(i)"),
        (TO_AGENCY, {"records": None}, "CA", "request.records", "--records", "California Civil Code 56.11"),
        (TO_AGENCY, {"purpose": None}, "TX", "request.purpose", "personal", "45 CFR 164.508(c)(1)(iv)"),
        (TO_AGENCY, {"purpose": None, "sensitive": "substance_use"}, "TX", "request.purpose", "pers", "42 CFR 2.31"),
        (TO_AGENCY, {"expires": "none"}, "TX", "request.expires", "2027-11-26", "45 CFR 164.508(c)(1)(v)"),
        (TO_AGENCY, {"expires": None, "sensitive": "substance_use"}, "TX", "request.expires", "2027-11-26", "42 CFR 2"),
        (TO_AGENCY, {"expires": "2026-11-25"}, "CA", "request.expires", "a day to come", "164.508(b)(2)(i)"),
        (
            TO_AGENCY,
            {"recipient": "self", "direction": "obtain"},
            "TX",
            "request.recipient",
            "--recipient",
            "(c)(1)(iii)",
        ),
        (TO_AGENCY, {"include_ssn": "true"}, "CA", "request.include_ssn", "patient.ssn", "never by default"),
    ],
)
def test_what_the_law_wants_and_is_missing_is_an_error_with_its_remedy(
    keys: dict[str, Any], changes: dict[str, Any], state: str, key: str, remedy: str, source: str
) -> None:
    told = found(request(keys, **changes), by=provider(state))
    (error,) = of("error", told)
    assert error.key == key
    assert remedy in error.remedy
    assert source in error.source
    kind = RequestError if key.startswith("request.") else ProfileError
    with pytest.raises(kind) as raised:
        checked(person(), provider(state), request(keys, **changes), form(), TODAY)
    assert type(raised.value) is kind
    assert str(raised.value) == f"{key}: {error.what}: {error.remedy} ({error.source})"


def test_a_form_with_a_place_for_the_end_needs_one_and_others_may_print_it() -> None:
    asked = request(TO_AGENCY, expires=None)
    (error,) = of("error", found(asked, by=provider("TX"), on=form("authorization.expires")))
    assert error.key == "request.expires"
    (warning,) = of("warning", found(asked, by=provider("TX")))
    assert "has no place for one" in warning.what


def test_every_error_is_named_at_once_and_of_the_profile_where_one_is() -> None:
    with pytest.raises(ProfileError) as raised:
        refuse(found(request({"delivery": "fax"})))
    keys = [line.split(":")[0] for line in str(raised.value).splitlines()]
    assert keys == ["request.records", "request.dates", "patient.fax"]


def test_an_authorization_names_who_releases() -> None:
    told = findings(person(), None, request(TO_AGENCY), form(), TODAY)
    (error,) = of("error", told)
    assert (error.key, error.source) == ("request.provider", "45 CFR 164.508(c)(1)(ii)")
    assert "--provider" in error.remedy
    written = request(TO_AGENCY, provider={"organization": "Pine Clinic"})
    assert of("error", findings(person(), None, written, form(), TODAY)) == []


@pytest.mark.parametrize(
    ("delivery", "recipient", "key"),
    [
        ("paper", {}, None),
        ("paper", {"address": None}, "patient.address"),
        ("email_encrypted", {"email": None}, "patient.email"),
        ("electronic", {"address": None}, None),
        ("electronic", {"address": None, "email": None}, "patient.email"),
        ("portal", {"address": None, "email": None}, None),
        ("inspect", {"address": None}, None),
    ],
)
def test_where_to_send(delivery: str, recipient: dict[str, Any], key: str | None) -> None:
    patient = {name: value for name, value in (PATIENT | recipient).items() if value is not None}
    who = parse_profile(yaml_io.from_keys({"profile": "p", "patient": patient}, "p.yaml"))
    errors = of("error", found(request(OWN, delivery=delivery), who))
    assert [error.key for error in errors] == ([key] if key else [])


def test_where_to_send_names_the_recipients_own_key_and_pickup_needs_none() -> None:
    directive = request(OWN, recipient="caseworker", instrument="access-request")
    assert [one.key for one in of("error", found(directive))] == ["recipients.caseworker.address"]
    assert of("error", found(request(OWN, recipient="caseworker", instrument="access-request", delivery="fax"))) == []
    picked_up = request(OWN, recipient="caseworker", instrument="access-request", delivery_by="pickup")
    assert of("error", found(picked_up)) == []
    written = request(OWN, recipient={"name": "Mai"}, instrument="access-request")
    assert [one.key for one in of("error", found(written))] == ["request.recipient.address"]
    # an authorization is valid without it, but nothing would arrive
    told = found(request(TO_AGENCY, delivery="paper"))
    assert [one.key for one in of("warning", told)] == ["recipients.caseworker.address"]


@pytest.mark.parametrize(
    ("amendment", "keys"),
    [
        (None, ["request.amendment"]),
        ({"notify": "my doctor"}, ["request.amendment"]),
        ({"statement": "I never smoked."}, []),
        ({"wrong": "smoker"}, ["request.amendment.correct", "request.amendment.reason"]),
        ({"entry": "visit"}, ["request.amendment.wrong", "request.amendment.correct", "request.amendment.reason"]),
        ({"wrong": "smoker", "correct": "never smoked", "reason": "mixed up"}, []),
    ],
)
def test_an_amendment_says_what_and_why(amendment: dict[str, str] | None, keys: list[str]) -> None:
    told = found(request({"profile": "p"}, amendment=amendment), on=form(instrument="amendment"))
    assert [error.key for error in of("error", told)] == keys
    assert all("write" in error.remedy for error in of("error", told))


def test_a_form_of_another_kind_is_not_judged() -> None:
    assert found(request({"profile": "p"}), on=form(instrument="other")) == ()


# the end of a California authorization


def test_a_california_authorization_ends_in_a_year_where_nothing_is_said() -> None:
    asked = request(TO_AGENCY, expires=None)
    changed, told = checked(person(), provider(), asked, form(), TODAY)
    assert changed == request(TO_AGENCY, expires="2027-11-26")
    (note,) = [one for one in told if one.key == "request.expires"]
    assert note.severity == "note"
    assert "2027-11-26, a year from today" in note.what


@pytest.mark.parametrize(
    ("keys", "state"),
    [(TO_AGENCY, "CA"), (TO_AGENCY | {"expires": "when my case is decided"}, "CA"), (OWN, "CA"), (OWN, "TX")],
)
def test_no_other_end_is_made_up(keys: dict[str, Any], state: str) -> None:
    assert with_defaults(person(), provider(state), request(keys), form(), TODAY) == request(keys)


def test_texas_has_no_default() -> None:
    asked = request(TO_AGENCY, expires=None)
    assert with_defaults(person(), provider("TX"), asked, form(), TODAY).expires is None


def test_more_than_a_year_is_a_warning_in_california_alone() -> None:
    asked = request(TO_AGENCY, expires="2027-11-27")
    (warning,) = of("warning", found(asked))
    assert (warning.key, "2027-11-26" in warning.remedy) == ("request.expires", True)
    assert of("warning", found(request(TO_AGENCY, expires="2027-11-26"))) == []
    assert of("warning", found(asked, by=provider("TX"))) == []


def test_a_year_after_a_leap_day() -> None:
    assert a_year_after(dt.date(2028, 2, 29)) == dt.date(2029, 2, 28)


# what is kept apart


@pytest.mark.parametrize(
    ("keys", "warned"),
    [
        ({"records": None, "sensitive": ["psychotherapy_notes"]}, False),
        ({"sensitive": ["psychotherapy_notes"]}, True),
        ({"records": None, "sensitive": ["psychotherapy_notes", "hiv"]}, True),
        ({"sensitive": ["mental_health"]}, False),
    ],
)
def test_psychotherapy_notes_go_alone(keys: dict[str, Any], warned: bool) -> None:
    warnings = of("warning", found(request(TO_AGENCY, **keys)))
    assert [("check with the provider" in one.what, one.key) for one in warnings] == (
        [(True, "request.sensitive")] if warned else []
    )


def test_the_right_of_access_does_not_reach_psychotherapy_notes() -> None:
    asked = request(OWN, records=None, sensitive=["psychotherapy_notes"])
    assert [one.key for one in of("warning", found(asked))] == ["request.sensitive"]


@pytest.mark.parametrize(("words", "warned"), [("asylum case", True), ("my knee", False)])
def test_immigration_status_does_not_belong_on_a_form(words: str, warned: bool) -> None:
    asked = request(TO_AGENCY, purpose={"other": words})
    assert [one.key for one in of("warning", found(asked))] == (["request.purpose"] if warned else [])
    assert of("warning", found(asked, by=provider("TX"))) == []


def test_ssn_and_former_names() -> None:
    asks = form("patient.ssn_last4")
    (note,) = [one for one in found(request(OWN), on=asks) if one.key == "request.include_ssn"]
    assert (note.severity, "check with the provider" in note.what) == ("note", True)
    knows = profile(ssn="078-05-1120")
    told = found(request(OWN, include_ssn="last4"), knows, on=asks)
    assert not [one for one in told if one.key == "request.include_ssn"]
    four = profile(ssn_last4="1120")
    assert of("error", found(request(OWN, include_ssn="last4"), four)) == []
    assert [one.key for one in of("error", found(request(OWN, include_ssn="true"), four))] == ["request.include_ssn"]
    former = profile(former_names=["Amina Noori"])
    assert [one.key for one in found(request(OWN), former)][1:] == ["patient.former_names"]
    assert [one.key for one in found(request(OWN), former, on=form("patient.other_names"))][1:] == []


def test_a_provider_that_wants_an_id_and_has_none() -> None:
    wants = provider(id_required=True)
    assert [one.key for one in of("warning", found(request(OWN), by=wants))] == ["patient.photo_id.file"]
    assert of("warning", found(request(OWN), profile(photo_id={"file": "id.png"}), wants)) == []


# who signs


def signer(kind: str, birth: str = "2017-09-02", **more: Any) -> Profile:
    return person({"birth_date": birth}, representative={"kind": kind, "name": "Lea Noori"} | more)


@pytest.mark.parametrize(
    ("kind", "birth", "proof"),
    [
        ("parent", "2017-09-02", "birth certificate"),
        ("guardian", "2017-09-02", "letters of guardianship"),
        ("conservator", "1987-03-14", "conservator of the person"),
        ("poa", "1987-03-14", "power of attorney"),
        ("executor", "1987-03-14", "death certificate"),
        ("next_of_kin", "1987-03-14", "a spouse needs it too"),
    ],
)
def test_a_representative_without_proof_is_warned_of(kind: str, birth: str, proof: str) -> None:
    (warning,) = of("warning", found(request(OWN), signer(kind, birth)))
    assert warning.key == "representative.documents"
    assert proof in warning.what
    assert warning.what.endswith("check with the provider")
    assert of("warning", found(request(OWN), signer(kind, birth, documents=["proof.pdf"]))) == []


@pytest.mark.parametrize("words", ["Caseworker", "case manager", "Interpreter", "Social Worker"])
def test_a_helper_has_no_right_to_sign(words: str) -> None:
    told = found(request(OWN), signer("other", "1987-03-14", relationship=words, authority="helps"))
    (error,) = of("error", told)
    assert (error.key, "signer: patient" in error.remedy) == ("representative.kind", True)
    with pytest.raises(ProfileError, match="no right of their own to sign"):
        refuse(told)
    # by order of a court, anybody may
    assert of("error", found(request(OWN), signer("guardian", relationship=words))) == []
    assert of("error", found(request(OWN, signer="patient"), signer("other", relationship=words))) == []


def test_an_authorization_says_the_right_of_another_signer() -> None:
    (error,) = of("error", found(request(TO_AGENCY), signer("other", "1987-03-14", relationship="Aunt")))
    assert (error.key, error.source) == ("representative.authority", "45 CFR 164.508(c)(1)(vi)")
    assert of("error", found(request(TO_AGENCY), signer("other", "1987-03-14", authority="court order of 2024"))) == []


def test_parents_of_the_grown_and_signers_for_the_dead() -> None:
    grown = of("warning", found(request(OWN), signer("parent", "1987-03-14", documents=["a.pdf"])))
    assert [one.key for one in grown] == ["representative.kind"]
    (error,) = of("error", found(request(OWN), profile(deceased=True)))
    assert (error.key, "executor" in error.remedy) == ("representative", True)
    dead = person({"deceased": True}, representative={"kind": "poa", "name": "Lea", "documents": ["a.pdf"]})
    assert [one.key for one in of("warning", found(request(OWN), dead))] == ["representative.kind"]


@pytest.mark.parametrize(
    ("birth", "noted"),
    [("2014-11-26", True), ("2014-11-27", False), ("2008-11-27", True), ("2008-11-26", False)],
)
def test_minors_from_12_to_17_get_the_california_table(birth: str, noted: bool) -> None:
    told = found(request(OWN), person({"birth_date": birth}))
    notes = [one for one in told if one.key == "request.signer"]
    assert len(notes) == noted
    for note in notes:
        assert "outpatient mental health from 12" in note.what
        assert "Family Code 6922" in note.source
    elsewhere = found(request(OWN), person({"birth_date": birth}), provider("TX"))
    assert not [one for one in elsewhere if one.key == "request.signer"]


@pytest.mark.parametrize(
    ("birth", "category", "warned"),
    [
        ("2012-01-01", "mental_health", True),
        ("2016-01-01", "mental_health", False),
        ("2016-01-01", "reproductive", True),
        ("2012-01-01", "genetic", False),
    ],
)
def test_a_parent_does_not_sign_for_care_that_the_minor_consents_to(birth: str, category: str, warned: bool) -> None:
    asked = request(TO_AGENCY, sensitive=category)
    told = found(asked, signer("parent", birth, documents=["a.pdf"]))
    assert [one.key for one in of("warning", told)] == (["request.sensitive"] if warned else [])
    assert of("warning", found(request(TO_AGENCY, sensitive=category, signer="patient"), signer("parent", birth))) == []


# the delivery format that form and provider can do


def values(delivery: Any, formats: list[str], *places: str, written_out: bool = False) -> Values:
    more = {"provider": {"organization": "Pine Clinic"}} if written_out else {}
    asked = request(OWN, delivery=delivery, **more)
    return concept_values(person(), provider(formats=formats), asked, form(*(f"delivery.{name}" for name in places)))


@pytest.mark.parametrize(
    ("delivery", "formats", "places", "ticked"),
    [
        (["usb", "cd"], [], ["usb", "cd"], {"usb"}),
        (["usb", "cd"], ["cd", "paper"], ["usb", "cd"], {"cd"}),
        (["usb", "cd"], ["cd_usb"], ["usb", "cd"], {"usb"}),
        (["usb", "cd"], ["electronic"], ["usb", "cd"], {"usb"}),
        (["electronic", "paper"], ["portal"], ["electronic", "paper"], {"electronic"}),
        (["email", "paper"], ["email_unencrypted", "paper"], ["email", "paper"], {"paper"}),
        (["usb", "email_encrypted"], ["email", "paper"], ["usb", "email", "email_unencrypted"], {"email"}),
        (["usb"], ["paper"], ["usb", "paper"], {"usb"}),
    ],
)
def test_the_first_that_form_and_provider_can_do_is_ticked(
    delivery: list[str], formats: list[str], places: list[str], ticked: set[str]
) -> None:
    found = values(delivery, formats, *places)
    assert {name for name in places if found.flag(f"delivery.{name}")} == ticked


def test_a_provider_that_the_request_writes_out_has_formats_of_its_own() -> None:
    assert values(["usb", "cd"], ["cd"], "usb", "cd", written_out=True).flag("delivery.usb")


@pytest.mark.parametrize(
    ("delivery", "formats", "places", "words"),
    [
        (["usb", "cd"], [], ["paper", "other_text"], "USB drive"),
        (["usb", "cd"], ["cd", "paper"], ["paper", "other_text"], "CD"),
        ([{"other": "DVD with a viewer"}, "cd"], [], ["cd", "other_text"], "DVD with a viewer"),
        (["cd", {"other": "DVD with a viewer"}], [], ["cd", "other_text"], None),
    ],
)
def test_where_there_is_no_box_it_is_written(
    delivery: list[Any], formats: list[str], places: list[str], words: str | None
) -> None:
    found = values(delivery, formats, *places)
    assert found.text("delivery.other_text") == words
    assert found.flag("delivery.cd") == (words in (None, "CD"))


@pytest.mark.parametrize(
    ("delivery", "remedy"), [(["usb", "cd"], "asks for the next that it lists"), (["usb"], "add one that it lists")]
)
def test_a_format_that_the_provider_does_not_list_is_warned_of(delivery: list[str], remedy: str) -> None:
    (warning,) = of("warning", found(request(OWN, delivery=delivery), by=provider(formats=["cd", "paper"])))
    assert (warning.key, warning.source) == ("request.delivery", "45 CFR 164.524(c)(2)")
    assert warning.what.endswith("it lists cd, paper; check with the provider")
    assert remedy in warning.remedy


def test_the_instrument_is_one_flag_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    command = ["fill", "test-patient", "--form", "acme-roi-en", "--records", "lab", "--out", "out/"]
    assert main([*command, "--instrument", "consent"]) == 4
    assert "--instrument: expected 'access-request' or 'authorization'" in capsys.readouterr().err
    assert main([*command, "--instrument", "authorization"]) == 0
