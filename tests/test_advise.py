"""``formfill advise``: the shortest way first, and what is not sure is said so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from own_forms import SECRETS, workspace

from formfill import yaml_io
from formfill.advise import VACCINE_RECORD, Advice, Fact, Way, advice, is_coverage
from formfill.cli import main
from formfill.model.form_map import FormMap
from formfill.model.profile import Profile, parse_profile
from formfill.model.provider import Provider
from formfill.model.request import Request, parse_request

ASK = "check with the provider"
PATIENT = {"given_name": "Amina", "family_name": "Rahimi", "birth_date": "1987-03-14"}


def profile(**patient: Any) -> Profile:
    recipients = {"caseworker": {"organization": "Harbor Refugee Services"}}
    known = {"profile": "p", "patient": PATIENT | patient, "recipients": recipients}
    return parse_profile(yaml_io.from_keys(known, "p.yaml"))


def provider(**more: Any) -> Provider:
    return Provider.model_validate({"id": "acme", "name": "Acme Clinic", "state": "CA"} | more)


def request(**keys: Any) -> Request:
    return parse_request(yaml_io.from_keys(keys or {"profile": "p"}, "request"))


def form(name: str, instrument: str, **more: Any) -> FormMap:
    base = {"form": name, "title": "F", "provider": "acme", "blank": {"file": "f.pdf", "sha256": "0" * 64}}
    return FormMap.model_validate(base | {"instrument": instrument} | more)


def titles(told: Advice) -> list[str]:
    return [way.title for way in told.ways]


def way(told: Advice, start: str) -> Way:
    (found,) = [one for one in told.ways if one.title.startswith(start)]
    return found


def facts(told: Advice) -> dict[str, Fact]:
    assert len({fact.about for fact in told.facts}) == len(told.facts)
    return {fact.about: fact for fact in told.facts}


def test_vaccinations_alone_need_no_form() -> None:
    told = advice(profile(phones={"mobile": "(916) 555-0142"}), provider(), request(records="immunizations"))
    assert titles(told)[0] == "Vaccinations alone: the California Digital Vaccine Record"
    said = " ".join(told.ways[0].lines)
    for word in (VACCINE_RECORD, "4-digit PIN", "24 hours", "a week", "abroad", "(the profile has a phone)"):
        assert word in said
    assert "555" not in said


@pytest.mark.parametrize("records", [[], ["lab"], ["immunizations", "lab"], [{"other": "school form"}]])
def test_other_records_do(records: list[Any]) -> None:
    assert not any(
        title.startswith("Vacc") for title in titles(advice(profile(), provider(), request(records=records)))
    )


def test_the_registry_is_that_of_the_state() -> None:
    told = advice(profile(), provider(state="OR"), request(records="immunizations"))
    assert "the immunization registry of OR" in told.ways[0].lines[0]
    assert told.ways[0].lines[0].endswith(f"{ASK}.")
    assert VACCINE_RECORD not in str(told)
    home = {"street": "1 A St", "city": "Oakland", "state": "CA", "postal_code": "94607"}
    at_home = advice(profile(address=home), provider(state=None), request(records="immunizations"))
    assert VACCINE_RECORD in at_home.ways[0].lines[0]
    assert "has neither" in at_home.ways[0].lines[1]


@pytest.mark.parametrize(
    ("kind", "maker"),
    [
        ("MyChart", "Epic"),
        ("MyChart Plus", "Epic"),
        ("FollowMyHealth", "Veradigm"),
        ("HealtheLife", "Oracle"),
        ("NextGen Patient Portal", "NextGen Healthcare"),
        ("Banner Health App", None),
    ],
)
def test_a_portal_is_named_with_who_made_it(kind: str, maker: str | None) -> None:
    told = advice(profile(), provider(portal={"kind": kind, "url": "https://portal.example.org"}), request())
    portal = way(told, f"The patient portal: {kind}")
    assert portal.lines[0] == f"Acme Clinic has {kind}: https://portal.example.org"
    assert [line for line in portal.lines if "software" in line] == (
        [f"It is software of {maker}; {ASK}."] if maker else []
    )
    assert "not the full record" in portal.lines[-1]


def test_without_a_portal_the_four_are_asked_for() -> None:
    (line, _) = way(advice(profile(), provider(), request()), "The patient portal, if").lines
    for name in ("MyChart", "FollowMyHealth", "HealtheLife", "NextGen"):
        assert name in line
    assert line.endswith(f"{ASK}.")


def test_in_person_with_an_interpreter() -> None:
    needs = profile(languages=[{"language": "Dari", "interpreter": True}])
    lines = way(advice(needs, provider(), request()), "In person").lines
    assert "Health Information Management" in lines[0]
    assert lines[0].endswith(f"{ASK}.")
    assert lines[1].startswith("The patient needs an interpreter")
    assert "Dari" not in " ".join(lines)
    by_hand = way(advice(profile(), provider(accepts=["hand"], phone="(559) 555-0110"), request()), "In person")
    assert by_hand.lines[0] == "Acme Clinic takes requests by hand ((559) 555-0110)."
    assert "In person" not in titles(advice(profile(), provider(state="OR"), request()))
    assert "In person" in titles(advice(profile(), provider(state="OR", name="Polk County Health"), request()))


@pytest.mark.parametrize(("purpose", "state", "free"), [
    ("disability", "CA", True), ("government_benefits", "CA", True), ("legal", "CA", False),
    ("disability", "TX", False),
])  # fmt: skip
def test_a_benefit_claim_gets_its_copy_free(purpose: str, state: str, free: bool) -> None:
    told = advice(profile(), provider(state=state), request(purpose=purpose))
    assert ("A free copy for the benefit claim" in titles(told)) == free
    assert ("free copies" in facts(told)) == (state == "CA")
    assert titles(told)[-1] == "The form"


def test_the_form_follows_who_gets_the_records() -> None:
    forms = [
        form("acme-roi", "authorization"),
        form("acme-old", "authorization", superseded_by="acme-roi"),
        form("acme-access", "access-request"),
    ]
    own = way(advice(profile(), provider(), request(), forms), "The form")
    assert (own.source, own.lines[0]) == ("45 CFR 164.524", "It is an access request: the records go to the patient.")
    assert [line.split(":")[0] for line in own.lines if line.startswith("Form")] == ["Form acme-access"]
    # most publish an authorization alone, and it serves
    alone = way(advice(profile(), provider(), request(), forms[:2]), "The form")
    assert [line.split(":")[0] for line in alone.lines if line.startswith("Form")] == ["Form acme-roi"]
    other = way(advice(profile(), provider(), request(recipient="caseworker"), forms), "The form")
    assert (other.source, other.lines[0].split(":")[0]) == ("45 CFR 164.508", "It is an authorization")
    assert [line.split(":")[0] for line in other.lines if line.startswith("Form")] == ["Form acme-roi"]


@pytest.mark.parametrize(
    ("state", "recipient", "model"),
    [
        ("CA", "self", "model-access-request-en"),
        ("TX", "self", "model-access-request-en"),
        ("CA", "caseworker", "model-authorization-ca-en"),
        ("TX", "caseworker", None),
    ],
)
def test_without_a_form_the_model_form_of_the_right_kind(state: str, recipient: str, model: str | None) -> None:
    lines = way(advice(profile(), provider(state=state), request(recipient=recipient)), "The form").lines
    (line,) = [one for one in lines if one.startswith("No form")]
    assert line.endswith(f"; else the model form {model}." if model else "ask for its own.")


def test_what_is_known_of_the_provider() -> None:
    known = facts(
        advice(
            profile(),
            provider(
                fees="$5 for postage", id_required=True, formats=["cd", "paper"], fax_page_limit=20,
                phone="(559) 555-0110", notes="Two\n  desks.",
            ),
            request(),
        )
    )  # fmt: skip
    said = {name: known[name].says for name in ("fees", "photo ID", "formats", "fax", "phone", "notes")}
    assert said == {
        "fees": "$5 for postage",
        "photo ID": "a copy of a photo ID must come with the request",
        "formats": "cd, paper",
        "fax": "at most 20 pages",
        "phone": "(559) 555-0110",
        "notes": "Two desks.",
    }
    unknown = facts(advice(profile(), provider(), request()))
    for name in ("fees", "photo ID", "formats"):
        assert unknown[name].says.endswith(ASK)
    assert unknown["fees in California"].says.endswith(ASK)
    assert "no copy" in facts(advice(profile(), provider(id_required=False), request()))["photo ID"].says


def test_deadlines_are_those_of_the_instrument_and_the_state() -> None:
    california = facts(advice(profile(), provider(), request()))
    assert california["deadline"].says.startswith("copies within 15 days")
    assert california["federal deadline"].says.startswith("30 days")
    assert facts(advice(profile(), provider(state="TX"), request()))["deadline"].says.startswith("30 days")
    other = facts(advice(profile(), provider(), request(recipient="caseworker")))
    assert other["deadline"].says.endswith(ASK)
    assert "federal deadline" not in other


def test_medi_cal_and_rma_hold_no_charts() -> None:
    covered = profile(insurance=[{"payer": "Medi-Cal", "id": "90000000A"}])
    assert "hold no charts" in facts(advice(covered, provider(state="TX"), request()))["coverage"].says
    assert "coverage" not in facts(advice(profile(), provider(state="TX"), request()))
    assert "90000000A" not in str(advice(covered, provider(), request()))
    assert [is_coverage(name) for name in ("Medi-Cal", "medical", "RMA", "medical-city", "acme")] == [
        True, True, True, False, False
    ]  # fmt: skip


# the command


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    return tmp_path


def test_on_the_command_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise", "test-patient", "acme", "--records", "immunizations"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("1. Vaccinations alone: the California Digital Vaccine Record\n")
    assert VACCINE_RECORD in said.out
    assert "Form acme-roi-en: Release of Records (en)" in said.out
    assert "What is known" in said.out
    assert not any(secret in said.out + said.err for secret in SECRETS)
    assert max(map(len, said.out.splitlines())) <= 100


def test_as_json_and_from_a_request_and_a_providers_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "asked.yaml").write_text("recipient: caseworker\nrecords: lab\n")
    file = "form_maps/acme/provider.yaml"
    assert main(["advise", "test-patient", file, "--request", "asked.yaml", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ways"][-1]["title"] == "The form"
    assert told["ways"][-1]["lines"][0].startswith("It is an authorization")
    assert {"about", "says", "source"} == set(told["facts"][0])


def test_a_payer_is_no_provider(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise", "test-patient", "Medi-Cal"]) == 0
    assert capsys.readouterr().out.startswith(
        "1. Ask who treated the patient\n   Medi-Cal and RMA pay for care and hold"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nobody", "acme"], 4, "no such file, and no profile"),
        (["test-patient", "acne"], 4, "Did you mean acme?"),
        (["test-patient", "acme", "--records", "vaccines"], 4, "--records: unknown record type"),
        (["test-patient", "acme", "--records", ""], 2, "--records is empty"),
        (["test-patient", "acme", "--recipient", "sister"], 4, "no recipient 'sister'"),
        (["test-patient", "acme", "--request", "none.yaml"], 4, "none.yaml"),
    ],
)
def test_what_is_wrong_is_said(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert main(["advise", *arguments]) == code
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""
