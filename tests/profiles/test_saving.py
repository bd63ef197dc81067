"""save_profile: the one way in which formfill changes a profile; and its history."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from own_forms import SECRETS

from formfill.errors import FormfillError, LockedError, OutputError, ProfileError
from formfill.store.history import load_history
from formfill.store.profiles import load_keys, load_text, save_profile

Said = Callable[..., str]
Fails = Callable[..., tuple[int, str]]
Opened = Callable[[Path, Path], bytes]
TEXT = "# a note\nprofile: bo\npatient:\n  given_name: Bo\n  birth_date: 1990-01-02\n  ssn: 123-45-6789\n"


def test_a_new_profile_and_its_history(place: Path) -> None:
    path = save_profile(place, "bo", TEXT, "new")
    assert path == place / "profiles/bo.yaml"
    assert path.read_text() == TEXT
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_text(place, "bo") == TEXT
    assert load_keys(place, "bo")["patient"]["birth_date"] == "1990-01-02"
    changed = TEXT.replace("ssn: 123-45-6789", "email: bo@example.org")
    save_profile(place, "bo", changed, "edit", replace=True)
    first, last = load_history(place, "bo")
    assert (first.action, last.action) == ("new", "edit")
    assert last.who == getpass.getuser()
    assert abs(dt.datetime.now().astimezone() - last.on) < dt.timedelta(minutes=5)
    assert {one.key: one.new for one in first.changes} == {
        "profile": "bo", "patient.given_name": "Bo", "patient.birth_date": "1990-01-02", "patient.ssn": "123-45-6789",
    }  # fmt: skip
    assert [(one.key, one.old, one.new) for one in last.changes] == [
        ("patient.ssn", "123-45-6789", None), ("patient.email", None, "bo@example.org"),
    ]  # fmt: skip
    log = place / "profiles/.history/bo.jsonl"
    assert log.stat().st_mode & 0o777 == 0o600
    assert [json.loads(line)["action"] for line in log.read_text().splitlines()] == ["new", "edit"]


def test_in_a_locked_workspace_both_are_encrypted(locked: Path, key_file: Path, opened: Opened) -> None:
    path = save_profile(locked, "bo", TEXT, "import")
    assert opened(path, key_file).decode() == TEXT
    save_profile(locked, "bo", TEXT.replace("Bo", "Bob"), "edit", replace=True)
    log = opened(locked / "profiles/.history/bo.jsonl.age", key_file).decode()
    assert [json.loads(line)["action"] for line in log.splitlines()] == ["import", "edit"]
    assert not list((locked / "profiles").rglob("bo.jsonl"))
    assert load_keys(locked, "bo")["patient"]["given_name"] == "Bob"


def test_a_change_of_comments_alone_is_saved_and_noted(place: Path) -> None:
    save_profile(place, "bo", TEXT, "new")
    save_profile(place, "bo", TEXT.replace("a note", "another"), "edit", replace=True)
    assert load_text(place, "bo").startswith("# another")
    assert load_history(place, "bo")[-1].changes == ()
    save_profile(place, "bo", load_text(place, "bo"), "edit", replace=True)
    assert len(load_history(place, "bo")) == 2, "the very same text is no change"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("test-patient", TEXT.replace("profile: bo", "profile: test-patient"), "is there already"),
        ("cy", TEXT, "profile: expected cy"),
        ("Bo", TEXT, "a name has small letters"),
        ("../bo", TEXT, "say its name, not its path"),
        (".bo", TEXT, "say its name, not its path"),
        ("", TEXT, "say its name, not its path"),
        ("bo", TEXT.replace("123-45-6789", "12"), "patient.ssn: expected a Social Security number"),
        ("bo", "", "is empty"),
        ("bo", "profile: bo\npatient: [", "not valid YAML"),
    ],
)
def test_what_is_refused(place: Path, name: str, text: str, says: str) -> None:
    before = sorted(place.rglob("*"))
    with pytest.raises(ProfileError, match="(?s).*" + says.replace("(", r"\(")) as caught:
        save_profile(place, name, text, "new")
    assert not any(word in str(caught.value) for word in (*SECRETS, "123-45"))
    assert [path for path in sorted(place.rglob("*")) if path.name != ".lock"] == before


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(place: Path) -> None:
    save_profile(place, "bo", TEXT, "new")
    save_profile(place, "bo", TEXT.replace("Bo", "Bob"), "edit", replace=True)
    with pytest.raises(ProfileError, match="changed by somebody else"):
        save_profile(place, "bo", TEXT.replace("1990", "1991"), "edit", replace=True, was=TEXT)
    assert "Bob" in load_text(place, "bo")


def test_no_half_saving(place: Path) -> None:
    save_profile(place, "bo", TEXT, "new")
    log = place / "profiles/.history/bo.jsonl"
    before = log.read_bytes()
    (place / "profiles/bo.yaml").unlink()
    (place / "profiles/bo.yaml").mkdir()
    with pytest.raises(OutputError):
        save_profile(place, "bo", TEXT, "new")
    assert log.read_bytes() == before


def test_a_locked_profile_whose_recipients_are_gone(locked: Path) -> None:
    (locked / "profiles/recipients.txt").unlink()
    with pytest.raises(LockedError, match=r"recipients\.txt"):
        save_profile(locked, "test-patient", TEXT.replace("bo", "test-patient"), "edit", replace=True)
    assert (locked / "profiles/test-patient.yaml.age").exists()
    assert not (locked / "profiles/test-patient.yaml").exists()


def test_savings_at_once_are_all_in_the_history(place: Path) -> None:
    """Four processes, each with its own key of the patient; none overwrites another's entry."""
    save_profile(place, "bo", TEXT, "new")
    program = (
        "import sys; from pathlib import Path; from formfill.store.profiles import *\n"
        "place, who = Path(sys.argv[1]), sys.argv[2]\n"
        "for number in range(5):\n"
        "    text = load_text(place, 'bo') + f'# {who} {number}\\n'\n"
        "    save_profile(place, 'bo', text, f'{who}-{number}', replace=True)\n"
    )
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(subprocess.run, [sys.executable, "-c", program, str(place), who], check=True) for who in "abcd"
        ]
        for run in runs:
            run.result(timeout=120)
    actions = [one.action for one in load_history(place, "bo")]
    assert sorted(actions) == sorted(["new", *(f"{who}-{number}" for who in "abcd" for number in range(5))])


def test_a_broken_profile_can_be_mended(place: Path) -> None:
    (place / "profiles/bo.yaml").write_text("profile: bo\npatient: [")
    save_profile(place, "bo", TEXT, "edit", replace=True)
    assert load_text(place, "bo") == TEXT
    assert load_history(place, "bo")[0].changes[0].old is None


def test_history_of_a_name_that_is_a_path(place: Path, fails: Fails) -> None:
    (place / "x.jsonl").write_text("")
    code, error = fails("profile", "history", "../../x")
    assert code == 4
    assert "say its name, not its path" in error


def test_history_on_the_command_line(place: Path, said: Said) -> None:
    said("profile", "edit", "test-patient", "--set", "patient.address.city=Oakland")
    lines = said("profile", "history", "test-patient").splitlines()
    assert lines[0].split()[2:] == [getpass.getuser(), "edit"]
    assert lines[1:] == ["  patient.address.city: Sacramento -> Oakland"]


def test_a_history_that_is_none(place: Path) -> None:
    save_profile(place, "bo", TEXT, "new")
    (place / "profiles/.history/bo.jsonl").write_text("{}\n")
    with pytest.raises(FormfillError, match=r"bo\.jsonl:1: is no line of a history"):
        load_history(place, "bo")
