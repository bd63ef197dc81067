"""``formfill profile new`` at a real terminal."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_forms import workspace

from formfill.catalog import Catalog
from formfill.store.history import load_history

pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")
#: Far more than it takes; a test that waits so long has failed.
PATIENCE_S = 60
_ESCAPES = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]|\r")


class Terminal:
    """The command at a terminal of its own, and somebody who reads and types."""

    def __init__(self, place: Path, *arguments: str) -> None:
        self.us, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "dumb"}
        environment.pop("FORMFILL_HOME", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "formfill", "profile", "new", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=place,
            env=environment,
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(theirs)
        self.seen = ""
        self._read = 0

    def wait_for(self, text: str) -> str:
        """Read until ``text`` is there, after what was waited for before."""
        end = time.monotonic() + PATIENCE_S
        while (at := self.seen.find(text, self._read)) < 0:
            assert time.monotonic() < end, f"{text!r} never came, but:\n{self.seen[self._read :]}"
            if select.select([self.us], [], [], 0.2)[0]:
                self.seen += self._more()
        found, self._read = self.seen[self._read : at], at + len(text)
        return found

    def answer(self, question: str, answer: str) -> str:
        """Wait for the question, and type the answer and Enter."""
        before = self.wait_for(question)
        self.wait_for(": ")
        self.type(f"{answer}\n")
        return before

    def type(self, keys: str) -> None:
        os.write(self.us, keys.encode())

    def end(self) -> int:
        """What the command ends with."""
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < end, self.seen
            if select.select([self.us], [], [], 0.2)[0]:
                self.seen += self._more()
        self.seen += self._more()
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.us)

    def _more(self) -> str:
        with contextlib.suppress(OSError):  # what Linux says where the other side is closed
            if select.select([self.us], [], [], 0)[0]:
                return _ESCAPES.sub("", os.read(self.us, 65536).decode(errors="replace"))
        return ""


def _own_terminal() -> None:
    import fcntl
    import termios

    # so that Ctrl-C, typed, is a signal to the command
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return workspace(tmp_path)


@pytest.fixture
def terminal(place: Path) -> Iterator[Terminal]:
    opened = Terminal(place)
    yield opened
    opened.close()


def skip_through(terminal: Terminal, last: str) -> None:
    """Press Enter at each question up to ``last``, and there too."""
    for _ in range(60):
        asked = terminal.wait_for(": ")
        terminal.type("\n")
        if last in asked:
            return
    raise AssertionError(f"{last!r} was never asked:\n{terminal.seen}")


def test_a_profile_is_typed_in(place: Path, terminal: Terminal) -> None:
    terminal.answer("First (given) name", "Laila")
    terminal.answer("Middle name", "")
    terminal.answer("Last (family) name", "Rahmi")
    terminal.answer("Birth date (YYYY-MM-DD) *", "")
    assert "is required" in terminal.answer("Birth date", "14/03/1990")
    assert "expected YYYY-MM-DD" in terminal.answer("Birth date", "<")
    terminal.answer("Last (family) name [Rahmi]", "Rahimi")
    terminal.answer("Birth date", "1990-03-14")
    terminal.answer("Sex in the chart", "f")
    assert "expected 'female'" in terminal.answer("Sex in the chart", "female")
    terminal.answer("Name the patient goes by", "Lili")
    terminal.answer("Name in its own script", "<")
    terminal.answer("Name the patient goes by, if another [Lili]", "-")
    terminal.answer("Name in its own script", "لیلا رحیمی")
    terminal.answer("Language of that name", "Dari")
    terminal.answer("Former names", "Laila Noori; Laila Karimi")
    terminal.answer("Home: street address", "2114 Folsom Blvd")
    terminal.answer("Unit", "Apt 7")
    terminal.answer("City *", "Sacramento")
    terminal.answer("State", "Kalifornien")
    assert "two letters" in terminal.answer("State", "CA")
    terminal.answer("ZIP code", "95816")
    terminal.answer("Country", "")
    terminal.answer("In care of", "")
    terminal.answer("Mobile phone", "555")
    assert "10 digits" in terminal.answer("Mobile phone", "(916) 555-0142")
    terminal.answer("Home phone", "")
    terminal.answer("Work phone", "")
    terminal.answer("E-mail", "")
    terminal.answer("Preferred language", "Dari")
    terminal.answer("Needs an interpreter", "maybe")
    assert "yes or no" in terminal.answer("Needs an interpreter", "yes")
    terminal.answer("Health plan", "")
    terminal.answer("Social Security number", "987-65-4321")
    terminal.answer("Has the patient died", "no")
    terminal.answer("sign for the patient", "no")
    terminal.answer("who may get records", "yes")
    terminal.answer("Their whole name", "")
    terminal.answer("Their organization *", "Harbor Refugee Services")
    terminal.answer("What they are to the patient", "Caseworker")
    skip_through(terminal, "Their e-mail")
    terminal.wait_for("Name [laila-rahimi]: ")
    assert "(not shown)" in terminal.seen
    assert "987-65-4321" not in terminal.seen
    terminal.type("\n")
    terminal.wait_for("Save it?")
    terminal.type("\n")
    assert terminal.end() == 0, terminal.seen
    profile = Catalog(place).profile("laila-rahimi")
    patient = profile.patient
    assert (patient.given_name, patient.family_name, patient.preferred_name) == ("Laila", "Rahimi", None)
    assert patient.former_names == ("Laila Noori", "Laila Karimi")
    assert patient.native_name is not None
    assert patient.native_name.language == "Dari"
    assert patient.address is not None
    assert patient.address.state == "CA"
    assert patient.languages[0].interpreter
    assert patient.ssn == "987-65-4321"
    assert not patient.deceased
    assert profile.recipients["caseworker"].organization == "Harbor Refugee Services"
    assert profile.representative is None
    assert stat.S_IMODE((place / "profiles/laila-rahimi.yaml").stat().st_mode) == 0o600
    assert [saving.action for saving in load_history(place, "laila-rahimi")] == ["new"]


def test_somebody_who_is_saved_already_is_told(place: Path, terminal: Terminal) -> None:
    terminal.answer("First (given) name", "Ameena")
    terminal.answer("Middle name", "")
    terminal.answer("Last (family) name", "Raheemi")
    terminal.answer("Birth date", "1987-03-14")
    terminal.wait_for("likely saved already as test-patient (same birth date, names alike)")


def test_ctrl_c_saves_nothing(place: Path, terminal: Terminal) -> None:
    before = sorted(place.rglob("*"))
    terminal.answer("First (given) name", "Laila")
    terminal.answer("Middle name", "")
    terminal.answer("Last (family) name", "Rahimi")
    terminal.answer("Birth date", "1990-03-14")
    terminal.wait_for("Sex in the chart")
    terminal.type("\x03")
    assert terminal.end() == 130, terminal.seen
    assert "interrupted" in terminal.seen
    assert sorted(path for path in place.rglob("*") if path.name != ".lock") == before


def test_no_at_the_end_saves_nothing_and_a_name_may_tell_nobody(place: Path) -> None:
    for answer, code in (("n", 130), ("y", 0)):
        terminal = Terminal(place)
        try:
            terminal.answer("First (given) name", "Laila")
            terminal.answer("Middle name", "")
            terminal.answer("Last (family) name", "")
            terminal.answer("Birth date", "1990-03-14")
            skip_through(terminal, "who may get records")
            terminal.wait_for("Name [laila]: ")
            terminal.type("test-patient\n")
            terminal.wait_for("is there already")
            terminal.wait_for("Name [laila]: ")
            terminal.type("Laila!\n")
            terminal.wait_for("small letters")
            terminal.wait_for("Name [laila]: ")
            terminal.type("-\n")
            terminal.wait_for("Save it?")
            terminal.type(f"{answer}\n")
            assert terminal.end() == code, terminal.seen
        finally:
            terminal.close()
    (name,) = {path.stem for path in (place / "profiles").glob("*.yaml")} - {"test-patient"}
    assert re.fullmatch(r"p-[a-z2-7]{6}", name)


@pytest.mark.parametrize(("name", "expected"), [("test-patient", "is there already"), ("Laila!", "small letters")])
def test_a_name_that_cannot_be_is_refused_at_once(place: Path, name: str, expected: str) -> None:
    terminal = Terminal(place, name)
    try:
        assert terminal.end() == 4
        assert expected in terminal.seen
    finally:
        terminal.close()
