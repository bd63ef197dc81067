"""``formfill profile new`` at a real terminal."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from own_forms import workspace
from terminal import at_terminal

from formfill.catalog import Catalog
from formfill.store.history import load_history

#: What to wait for on the screen, and the answer to type; None waits alone.
Told = tuple[str, str | None]
_NAMED: tuple[Told, ...] = (
    ("First (given) name", "Laila"),
    ("Middle name", ""),
    ("Last (family) name", "Rahimi"),
    ("Birth date", "1990-03-14"),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return workspace(tmp_path)


def new(place: Path, told: Sequence[Told], *arguments: str) -> tuple[int, str]:
    """Run the command and answer; its exit code, and the screen."""
    environment = {key: value for key, value in os.environ.items() if key != "FORMFILL_HOME"} | {"TERM": "dumb"}
    typed = [(text, "" if answer is None else answer if answer == "\x03" else f"{answer}\n") for text, answer in told]
    return at_terminal([sys.executable, "-m", "formfill", "profile", "new", *arguments], typed, environment, place)


def names(place: Path) -> set[str]:
    return {path.stem for path in (place / "profiles").glob("*.yaml")} - {"test-patient"}


def enter_through(*questions: str) -> list[Told]:
    """Press Enter at each."""
    return [(question, "") for question in questions]


_TO_THE_END = enter_through(
    *("Sex in the chart", "Name the patient goes by", "Name in its own script", "Former names", "street address"),
    *("Mobile phone", "Home phone", "Work phone", "E-mail", "Preferred language", "Health plan", "Social Security"),
    *("Has the patient died", "sign for the patient", "who may get records"),
)


def test_a_profile_is_typed_in(place: Path) -> None:
    code, screen = new(
        place,
        [
            ("First (given) name", "Laila"),
            ("Middle name", ""),
            ("Last (family) name", "Rahmi"),
            ("Birth date (YYYY-MM-DD) *", ""),
            ("is required", None),
            ("Birth date", "14/03/1990"),
            ("expected YYYY-MM-DD", None),
            ("Birth date", "<"),
            ("Last (family) name [Rahmi]", "Rahimi"),
            ("Birth date", "1990-03-14"),
            ("Sex in the chart", "f"),
            ("expected 'female'", None),
            ("Sex in the chart", "female"),
            ("Name the patient goes by", "Lili"),
            ("Name in its own script", "<"),
            ("another [Lili]", "-"),
            ("Name in its own script", "لیلا رحیمی"),
            ("Language of that name", "Dari"),
            ("Former names", "Laila Noori; Laila Karimi"),
            ("Home: street address", "2114 Folsom Blvd"),
            ("Unit", "Apt 7"),
            ("City *", "Sacramento"),
            ("State", "Kalifornien"),
            ("two letters", None),
            ("State", "CA"),
            ("ZIP code", "95816"),
            ("Country", ""),
            ("In care of", ""),
            ("Mobile phone", "555"),
            ("10 digits", None),
            ("Mobile phone", "(916) 555-0142"),
            *enter_through("Home phone", "Work phone", "E-mail"),
            ("Preferred language", "Dari"),
            ("Needs an interpreter", "maybe"),
            ("yes or no", None),
            ("Needs an interpreter", "yes"),
            ("Health plan", ""),
            ("Social Security number", "987-65-4321"),
            ("Has the patient died", "no"),
            ("sign for the patient", "yes"),
            ("By what right", "uncle"),
            ("expected 'parent'", None),
            ("By what right", "guardian"),
            ("Their whole name", "Farid Rahimi"),
            *enter_through("What they are", "What gives them", "Their phone", "Their e-mail", "street address"),
            ("who may get records", "yes"),
            ("Their whole name", ""),
            ("Their organization *", "Harbor Refugee Services"),
            ("What they are to the patient", "Caseworker"),
            *enter_through("street address", "Their phone", "Their fax", "Their e-mail"),
            ("(not shown)", None),
            ("Name [laila-rahimi]", ""),
            ("Save it?", ""),
        ],
    )
    assert code == 0, screen
    assert "987-65-4321" not in screen
    profile = Catalog(place).profile("laila-rahimi")
    patient = profile.patient
    assert (patient.given_name, patient.family_name, patient.preferred_name) == ("Laila", "Rahimi", None)
    assert patient.former_names == ("Laila Noori", "Laila Karimi")
    assert patient.native_name is not None
    assert patient.native_name.text == "لیلا رحیمی"
    assert patient.address is not None
    assert patient.address.state == "CA"
    assert patient.languages[0].interpreter
    assert patient.ssn == "987-65-4321"
    assert not patient.deceased
    assert profile.recipients["caseworker"].organization == "Harbor Refugee Services"
    assert profile.representative is not None
    assert profile.representative.kind == "guardian"
    assert stat.S_IMODE((place / "profiles/laila-rahimi.yaml").stat().st_mode) == 0o600
    assert [saving.action for saving in load_history(place, "laila-rahimi")] == ["new"]


def test_somebody_who_is_saved_already_is_told(place: Path) -> None:
    told = [
        ("First (given) name", "Ameena"),
        ("Middle name", ""),
        ("Last (family) name", "Raheemi"),
        ("Birth date", "1987-03-14"),
        ("likely saved already as test-patient (same birth date, names alike)", None),
        ("Sex", "\x03"),
    ]
    assert new(place, told)[0] == 130


def test_ctrl_c_saves_nothing(place: Path) -> None:
    before = sorted(place.rglob("*"))
    for told in (
        [*_NAMED, ("Sex", "\x03")],
        [*_NAMED, *_TO_THE_END, ("Name [laila-rahimi]", ""), ("Save it?", "\x03")],
    ):
        code, screen = new(place, told)
        assert code == 130, screen
        assert "interrupted" in screen
        assert "Traceback" not in screen
    assert sorted(path for path in place.rglob("*") if path.name != ".lock") == before


def test_no_at_the_end_saves_nothing(place: Path) -> None:
    told = [*_NAMED, *_TO_THE_END, ("Name [laila-rahimi]", ""), ("Save it?", "n")]
    assert new(place, told)[0] == 130
    assert names(place) == set()


def test_a_name_may_tell_nobody(place: Path) -> None:
    naming: list[Told] = [
        ("Name [laila-rahimi]", "test-patient"),
        ("is there already", None),
        ("Name [laila-rahimi]", "Laila!"),
        ("small letters", None),
        ("Name [laila-rahimi]", "-"),
    ]
    assert new(place, [*_NAMED, *_TO_THE_END, *naming, ("Save it?", "y")])[0] == 0
    (name,) = names(place)
    assert re.fullmatch(r"p-[a-z2-7]{6}", name)


@pytest.mark.parametrize(("name", "expected"), [("test-patient", "is there already"), ("Laila!", "small letters")])
def test_a_name_that_cannot_be_is_refused_at_once(place: Path, name: str, expected: str) -> None:
    code, screen = new(place, [], name)
    assert code == 4
    assert expected in screen
