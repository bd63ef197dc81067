"""``formfill profile import``, ``export``, ``duplicates`` and ``merge``."""

from __future__ import annotations

import datetime as dt
import json
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from own_forms import PROFILE, SECRETS, workspace
from terminal import at_terminal
from test_fhir import GUARDIAN, PATIENT, bundle

from formfill.catalog import Catalog
from formfill.cli import main
from formfill.store.entry import NewRequest
from formfill.store.history import load_history
from formfill.store.ledger import Ledger

Said = Callable[..., str]
Ran = Callable[..., tuple[int, str, str]]
SAME = (
    "patient.given_name,patient.family_name,patient.birth_date,patient.email\nAmeena,Raheemi,1987-03-14,a@example.org\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the profile test-patient, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    return tmp_path


@pytest.fixture
def ran(place: Path, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Runs a command: its code, what it prints, and what it says on stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def names(place: Path) -> set[str]:
    return {path.stem for path in (place / "profiles").glob("*.yaml")}


def test_a_bundle_becomes_profiles(place: Path, ran: Ran) -> None:
    patient = {**PATIENT, "birthDate": "1990-05-06"}
    (place / "patients.json").write_text(json.dumps(bundle(patient, GUARDIAN, {**patient, "birthDate": "never"})))
    code, out, err = ran(
        "profile", "import", "patients.json", "--record-numbers", "urn:oid:1.2.36.146.595.217.0.1=acme"
    )
    assert code == 10, "one of two"
    assert "entry[0].resource: new: amina-rahimi-iii" in out
    assert "entry[2].resource: refused" in out
    assert "1 new, 1 refused" in out
    assert "birth_date: expected YYYY-MM-DD" in err
    assert "note: patients.json: entry[0].resource: identifier[3]" in err
    profile = Catalog(place).profile("amina-rahimi-iii")
    assert profile.patient.record_numbers == {"acme": "VO-0048213", "natividad": "77"}
    assert profile.representative is not None
    assert stat.S_IMODE((place / "profiles/amina-rahimi-iii.yaml").stat().st_mode) == 0o600
    (saving,) = load_history(place, "amina-rahimi-iii")
    assert saving.action == "import"


def test_record_numbers_by_the_providers_name(place: Path, ran: Ran) -> None:
    number = {"type": {"coding": [{"code": "MR"}]}, "value": "77", "assigner": {"display": "acme clinic"}}
    (place / "one.json").write_text(json.dumps({**PATIENT, "birthDate": "1990-05-06", "identifier": [number]}))
    assert ran("profile", "import", "one.json")[0] == 0
    assert Catalog(place).profile("amina-rahimi-iii").patient.record_numbers == {"acme": "77"}


def test_who_is_saved_already_is_refused(place: Path, ran: Ran) -> None:
    (place / "intake.csv").write_text(SAME)
    before = names(place)
    code, out, err = ran("profile", "import", "intake.csv")
    assert code == 4
    assert "intake.csv:2: refused" in out
    assert "likely saved already as test-patient (same birth date, names alike): --update" in err
    assert names(place) == before
    code, out, _ = ran("profile", "import", "intake.csv", "--new")
    assert code == 0
    assert "new: ameena-raheemi" in out
    code, _, err = ran("profile", "import", "intake.csv", "--update")
    assert code == 4
    assert "may be any of" in err


def test_update_keeps_what_the_file_does_not_say(place: Path, ran: Ran) -> None:
    (place / "intake.csv").write_text(SAME)
    code, out, _ = ran("profile", "import", "intake.csv", "--update")
    assert code == 0
    assert "updated: test-patient" in out
    patient = Catalog(place).profile("test-patient").patient
    assert patient.given_name == "Ameena"
    assert patient.former_names == ("Amina Yusuf Rahimi",)
    assert patient.email == "a@example.org"
    assert patient.address is not None
    assert patient.address.unit == "Apt 7"
    assert "unchanged: test-patient" in ran("profile", "import", "intake.csv", "--update")[1]


def test_a_patient_twice_in_one_file_is_one(place: Path, ran: Ran) -> None:
    (place / "intake.csv").write_text(
        "patient.given_name,patient.family_name,patient.birth_date\nMohammed,Karimi,1990-01-01\nMuhammad,Kareemi,1990-01-01\n"
    )
    code, out, err = ran("profile", "import", "intake.csv")
    assert code == 10
    assert "intake.csv:2: new: mohammed-karimi" in out
    assert "intake.csv:3: refused" in out
    assert "likely saved already as mohammed-karimi" in err


def test_a_dry_run_saves_nothing(place: Path, ran: Ran) -> None:
    (place / "intake.csv").write_text("patient.given_name,patient.birth_date\nLaila,1990-01-01\nLaila,1990-01-01\n")
    for more in ((), ("--update",), ("--new",)):
        before = sorted(place.rglob("*"))
        _, out, _ = ran("profile", "import", "intake.csv", "--dry-run", *more)
        assert "intake.csv:2: new: laila" in out
        assert "nothing was saved (--dry-run)" in out
        assert [path for path in sorted(place.rglob("*")) if path not in before and path.name != ".lock"] == []


def test_neutral_names(place: Path, ran: Ran) -> None:
    (place / "intake.csv").write_text("patient.given_name,patient.birth_date\nLaila,1990-01-01\n")
    _, out, _ = ran("profile", "import", "intake.csv", "--neutral-names")
    (name,) = names(place) - {"test-patient"}
    assert name.startswith("p-")
    assert name in out
    assert "laila" not in out


def test_another_profile_of_the_same_name_is_not_overwritten(place: Path, ran: Ran) -> None:
    (place / "other.yaml").write_text(
        "profile: test-patient\npatient: {given_name: Mateo, family_name: Flores, birth_date: 2001-02-03}\n"
    )
    assert "of that name" in ran("profile", "import", "other.yaml")[2]
    code, _, err = ran("profile", "import", "other.yaml", "--update")
    assert code == 4
    assert "another birth date and another name" in err
    assert (place / "profiles/test-patient.yaml").read_text() == PROFILE
    assert "new: test-patient-2" in ran("profile", "import", "other.yaml", "--new")[1]


def test_files_that_cannot_be_read_do_not_stop_the_others(place: Path, ran: Ran) -> None:
    (place / "broken.json").write_text('{"resourceType": "Patient"')
    (place / "good.vcf").write_text("BEGIN:VCARD\nN:Flores;Mateo;;;\nBDAY:2001-02-03\nEND:VCARD\n")
    (place / "doc.pdf").write_bytes(b"%PDF-1.7")
    code, out, err = ran("profile", "import", "none.csv", "broken.json", "doc.pdf", "good.vcf")
    assert code == 10
    assert "good.vcf:1: new: mateo-flores" in out
    assert "none.csv: no such file" in err
    assert "broken.json:1: not valid JSON" in err
    assert "doc.pdf: is no table that formfill reads" in err


def test_usage(ran: Ran) -> None:
    assert ran("profile", "import", "x.csv", "--new", "--update")[0] == 2
    assert ran("profile", "import", "x.csv", "--record-numbers", "nothing")[0] == 2
    assert ran("profile", "import")[0] == 2
    assert ran("profile", "merge", "a", "a", "--keep", "a")[0] == 2
    assert "there is nobody to ask" in ran("profile", "merge", "a", "b")[2]


@pytest.mark.parametrize(("form", "file"), [("fhir", "out.json"), ("csv", "out.csv"), ("yaml", "out.yaml")])
def test_export_and_import_again(place: Path, ran: Ran, form: str, file: str) -> None:
    before = Catalog(place).profile("test-patient")
    code, out, err = ran("profile", "export", "test-patient", "--format", form, "--out", file)
    assert code == 0
    assert "wrote" in out
    assert not any(secret in out + err for secret in SECRETS)
    assert stat.S_IMODE((place / file).stat().st_mode) == 0o600
    (place / "profiles/test-patient.yaml").unlink()
    assert ran("profile", "import", file)[0] == 0
    assert Catalog(place).profile("test-patient") == before


def test_guarded_numbers_stay_unless_they_are_asked_for(place: Path, ran: Ran) -> None:
    (place / "profiles/test-patient.yaml").write_text(
        PROFILE.replace("  birth_date", "  ssn: 987-65-4321\n  photo_id: {kind: Passport, number: X0123}\n  birth_date")
    )
    for form in ("fhir", "csv", "yaml"):
        _, _, err = ran("profile", "export", "test-patient", "--format", form, "--out", "out")
        assert "not exported: patient.ssn, patient.photo_id.number" in err
        assert "987-65" not in (place / "out").read_text()
        assert "X0123" not in (place / "out").read_text()
    asked = ("--include-ssn", "--include-id-number")
    ran("profile", "export", "test-patient", "--format", "yaml", "--out", "out", *asked)
    assert "987-65-4321" in (place / "out").read_text()
    assert "X0123" in (place / "out").read_text()


def test_several_in_yaml_are_a_folder(place: Path, ran: Ran) -> None:
    ran("profile", "export", "test-patient", "amina-rahimi", "--format", "yaml", "--out", "all")
    assert {path.name for path in (place / "all").iterdir()} == {"test-patient.yaml", "amina-rahimi.yaml"}


def test_duplicates(place: Path, ran: Ran) -> None:
    assert "none among 1" in ran("profile", "duplicates")[1]
    (place / "profiles/third.yaml").write_text(
        "profile: third\npatient: {given_name: Ameena, family_name: Raheemi, birth_date: 1987-03-14}\n"
    )
    (place / "profiles/broken.yaml").write_text("patient: [")
    code, out, err = ran("profile", "duplicates")
    assert code == 0
    (line,) = [line for line in out.splitlines() if "same birth date" in line]
    assert {"test-patient", "third"} <= set(line.split())
    assert "formfill profile merge" in out
    assert "broken cannot be read" in err


def test_two_become_one(place: Path, ran: Ran) -> None:
    (place / "profiles/other.yaml").write_text(
        "profile: other\npatient: {given_name: Ameena, family_name: Raheemi, birth_date: 1987-03-14, sex: female,\n"
        "  phones: {mobile: (916) 555-0199}}\n"
    )
    ran("profile", "edit", "other", "--set", "patient.email=a@example.org")
    asked = NewRequest(profile="other", provider="acme", provider_name="Acme Clinic", form="acme-roi-en",
                       instrument="access-request", channel="mail", folder="outbox/one")  # fmt: skip
    with Ledger(place) as ledger:
        key = ledger.prepare(asked, dt.date(2026, 1, 2)).entry.id
    code, out, _ = ran("profile", "merge", "test-patient", "other", "--keep", "a", "--yes")
    assert code == 0
    assert key in out
    assert names(place) == {"test-patient"}
    patient = Catalog(place).profile("test-patient").patient
    assert patient.phones.mobile == "9165550142"
    assert patient.email == "a@example.org"
    assert patient.former_names == ("Ameena Raheemi",)
    with Ledger(place) as ledger:
        assert ledger.entry(key).request.profile == "test-patient"
        again = ledger.prepare(replace(asked, profile="test-patient"), dt.date(2026, 1, 3))
        assert [one.id for one in again.same] == [key], "the same request of the same patient is known"
        ledger.verify_audit()
    told = ran("profile", "history", "test-patient")[1]
    assert "other: edit" in told
    assert "other: as it was before the merge" in told
    assert "patient.phones.mobile: (916) 555-0199 -> (none)" in told
    assert not (place / "profiles/.history/other.jsonl").exists()


def test_what_differs_is_asked_side_by_side(place: Path) -> None:
    other = (
        PROFILE.replace("test-patient", "other")
        .replace("Amina", "Ameena")
        .replace("mobile: (916) 555-0142", "mobile: (916) 555-0199")
    )
    (place / "profiles/other.yaml").write_text(other)
    command = [sys.executable, "-m", "formfill", "profile", "merge", "test-patient", "other"]
    code, _ = at_terminal(command, [("patient.given_name", ""), ("a: Amina", ""), ("b: Ameena", ""), ("keep", "\x03")])
    assert code == 130
    assert names(place) == {"test-patient", "other"}
    code, screen = at_terminal(
        command,
        [
            *(("patient.given_name", ""), ("keep (a, b)", "c\n"), ("keep (a, b)", "b\n")),
            *(("patient.phones.mobile", ""), ("keep (a, b)", "\n")),
            *(("Write this into test-patient and remove other?", "y\n"), ("holds both", "")),
        ],
    )
    assert code == 0, screen
    patient = Catalog(place).profile("test-patient").patient
    assert patient.given_name == "Ameena"
    assert patient.phones.mobile == "9165550142"
    assert names(place) == {"test-patient"}


def test_merge_of_nobody(ran: Ran) -> None:
    code, _, err = ran("profile", "merge", "test-patient", "nobody", "--keep", "a", "--yes")
    assert code == 4
    assert "nobody" in err
