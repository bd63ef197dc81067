"""The keyring and the passphrase: the real ones, at a terminal and in a session of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal import at_terminal

from formfill.store.recipients import load_recipients

Said = Callable[..., str]
Fails = Callable[..., tuple[int, str]]
FORMFILL = (sys.executable, "-m", "formfill")
WORDS = "correct horse battery"


@pytest.fixture
def with_passphrase(place: Path) -> Path:
    """The workspace, locked with a passphrase."""
    typed = [("New passphrase: ", f"{WORDS}\n"), ("The same again: ", f"{WORDS}\n")]
    code, screen = at_terminal([*FORMFILL, "profile", "lock", "--passphrase"], typed, cwd=place)
    assert code == 0, screen
    assert WORDS not in screen
    assert "key made: age1" in screen
    return place


def test_passphrase_and_its_rotation(with_passphrase: Path, age: Path, fails: Fails) -> None:
    place = with_passphrase
    assert (place / "profiles/key.age").stat().st_mode & 0o777 == 0o600
    code, screen = at_terminal([*FORMFILL, "profile", "show", "test-patient"], [("key.age: ", f"{WORDS}\n")], cwd=place)
    assert code == 0
    assert "given_name: Amina" in screen
    assert WORDS not in screen
    code, screen = at_terminal([*FORMFILL, "profile", "show", "test-patient"], [("key.age: ", "wrong\n")], cwd=place)
    assert code == 4
    assert "not its passphrase" in screen
    command = [age, "-d", "-i", "profiles/key.age", "profiles/test-patient.yaml.age"]
    code, screen = at_terminal(command, [("passphrase", f"{WORDS}\n")], cwd=place)
    assert "given_name: Amina" in screen
    code, error = fails("profile", "show", "test-patient")
    assert code == 4, "no terminal: it does not hang"
    assert "FORMFILL_KEY_FILE" in error
    new = "another four words"
    before = load_recipients(place / "profiles/recipients.txt")
    typed = [("key.age: ", f"{WORDS}\n"), ("New passphrase: ", f"{new}\n"), ("again: ", f"{new}\n")]
    code, screen = at_terminal([*FORMFILL, "profile", "key", "rotate"], typed, cwd=place)
    assert code == 0, screen
    assert load_recipients(place / "profiles/recipients.txt") != before
    command = [age, "-d", "profiles/key.age"]
    code, screen = at_terminal(command, [("passphrase", f"{new}\n")], cwd=place)
    assert code == 0
    assert screen.count("AGE-SECRET-KEY-1") == 1, "the old one is dropped"
    (after,) = load_recipients(place / "profiles/recipients.txt")
    assert after.key in screen


def test_two_passphrases_that_differ_change_nothing(place: Path) -> None:
    typed = [("New passphrase: ", "one\n"), ("The same again: ", "two\n")]
    code, screen = at_terminal([*FORMFILL, "profile", "lock", "--passphrase"], typed, cwd=place)
    assert code == 4
    assert "differ" in screen
    assert sorted(path.name for path in (place / "profiles").iterdir()) == [
        ".lock",
        "id.png",
        "papers",
        "test-patient.yaml",
    ]


#: Unlocks the keyring, and waits until it answers.
SESSION = """
printf pw | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
trap "kill $!" EXIT
until dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \\
    org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true; do sleep 0.1; done
"""


@pytest.fixture
def in_session(place: Path, tmp_path: Path) -> Callable[..., str]:
    """Runs a shell script in a session of its own, with the real keyring of GNOME, and returns what it prints."""
    if not shutil.which("gnome-keyring-daemon") or not shutil.which("dbus-run-session"):
        pytest.skip("gnome-keyring or dbus is not installed: scripts/debian-packages.sh")

    def run(script: str) -> str:
        home, sockets = tmp_path / "home", tmp_path / "run"
        home.mkdir(exist_ok=True)
        sockets.mkdir(exist_ok=True, mode=0o700)
        whole = SESSION + script
        env = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(sockets), "XDG_DATA_HOME": str(home)}
        done = subprocess.run(
            ["dbus-run-session", "--", "sh", "-ec", whole],
            cwd=place,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_keyring(place: Path, in_session: Callable[..., str]) -> None:
    formfill = f"{sys.executable} -m formfill"
    out = in_session(
        f"{formfill} profile lock\n{formfill} profile show test-patient\n{formfill} profile key rotate\n"
        f"{formfill} profile show test-patient\nsed -n 2p profiles/recipients.txt"
    )
    assert "It is kept in the system's keyring" in out
    assert out.count("given_name: Amina") == 2
    assert not list(place.rglob("*.key"))
    # another session of the same person: the key is still there, under its public half, and the old one is not
    old = out.split("key made: ")[1].split()[0]
    new = load_recipients(place / "profiles/recipients.txt")[0].key
    python = f"{sys.executable} -c"
    told = in_session(
        f"{formfill} profile show test-patient\n"
        f'{python} "from keyring import get_password as get\n'
        f"print([get('formfill', key) is None for key in ('{old}', '{new}')])\""
    )
    assert "given_name: Amina" in told
    assert "[True, False]" in told
