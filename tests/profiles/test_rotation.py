"""Team keys: added, removed, rotated; everything is encrypted anew, and a kill leaves nothing that cannot be opened."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from formfill.errors import OutputError
from formfill.store import keys, locking, recipients

Said = Callable[..., str]
Fails = Callable[..., tuple[int, str]]
Opened = Callable[[Path, Path], bytes]
KILLS = 12


@pytest.fixture
def colleague(tmp_path: Path, said: Said) -> tuple[Path, str]:
    """A colleague's key file and public key."""
    path = tmp_path / "elena.key"
    return path, said("profile", "key", "new", "--key-file", path).strip()


def encrypted(place: Path) -> list[Path]:
    return list(locking.encrypted_files(place))


def test_a_colleague_is_let_in_and_kept_out_again(
    locked: Path, key_file: Path, colleague: tuple[Path, str], said: Said, opened: Opened, fails: Fails
) -> None:
    said("profile", "edit", "test-patient", "--set", "patient.email=amina@example.org")
    said("profile", "list", "--search", "amina")
    (locked / "outbox").mkdir()
    (locked / "outbox/packet.pdf").write_text("Amina")
    said("profile", "lock", "--all")
    path, public = colleague
    names = [one.name for one in encrypted(locked)]
    assert names == [
        "test-patient.jsonl.age", "id.png.age", "index.age", "guardian.png.age", "test-patient.yaml.age",
        "packet.pdf.age",
    ]  # fmt: skip
    with pytest.raises(subprocess.CalledProcessError):
        opened(encrypted(locked)[0], path)
    assert said("profile", "key", "add", "elena", public) == "elena can open the profiles; files encrypted anew: 6\n"
    for one in encrypted(locked):
        assert opened(one, path) == opened(one, key_file)
    assert (locked / "profiles/recipients.txt").read_text().splitlines()[2:] == ["# elena", public]
    assert said("profile", "key", "remove", "elena") == "elena is removed; files encrypted anew: 6\n"
    for one in encrypted(locked):
        assert opened(one, key_file)
        with pytest.raises(subprocess.CalledProcessError):
            opened(one, path)
    assert "elena: no such recipient" in fails("profile", "key", "remove", "elena")[1]


def test_the_colleague_works_with_the_own_key(
    locked: Path, colleague: tuple[Path, str], said: Said, fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, public = colleague
    said("profile", "key", "add", "elena", public)
    monkeypatch.setenv("FORMFILL_KEY_FILE", str(path))
    assert "Amina" in said("profile", "show", "test-patient")
    shown = said("profile", "key", "show").splitlines()
    assert [line.endswith("(you)") for line in shown] == [False, True]
    code, error = fails("profile", "key", "remove", "elena")
    assert code == 4
    assert "is your own key" in error


def test_rotate(locked: Path, key_file: Path, tmp_path: Path, said: Said, opened: Opened) -> None:
    old = tmp_path / "old.key"
    old.write_bytes(key_file.read_bytes())
    old.chmod(0o600)
    before = opened(encrypted(locked)[0], old)
    out = said("profile", "key", "rotate")
    (new,) = recipients.load_recipients(locked / "profiles/recipients.txt")
    assert new.key in out
    assert key_file.read_text().count("AGE-SECRET-KEY-1") == 1
    assert keys.public_of(key_file.read_text().splitlines()[-1]) == new.key
    assert opened(encrypted(locked)[0], key_file) == before
    for one in encrypted(locked):
        with pytest.raises(subprocess.CalledProcessError):
            opened(one, old)
    assert not (locked / "profiles/.rotating").exists()
    assert "Amina" in said("profile", "show", "test-patient")


def test_a_new_key_that_cannot_be_kept_changes_nothing(
    locked: Path, fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in encrypted(locked)}

    def full(path: Path, data: bytes) -> None:
        raise OutputError(f"{path}: cannot be written: No space left on device")

    monkeypatch.setattr(keys, "write_private", full)
    code, error = fails("profile", "key", "rotate")
    assert code == 8
    assert "No space left" in error
    assert {path: path.read_bytes() for path in encrypted(locked)} == before
    assert not (locked / "profiles/.rotating").exists()


def test_another_key_in_the_file_stays(locked: Path, key_file: Path, said: Said) -> None:
    """A person's key file may have keys of other workspaces."""
    other = keys.new_secret()
    keys.KeyFile(key_file).add(other)
    said("profile", "key", "rotate")
    assert other in key_file.read_text()
    assert key_file.read_text().count("AGE-SECRET-KEY-1") == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "elena", "age1abc"), "is no age public key"),
        (("add", "elena", "AGE-SECRET-KEY-1QQQ"), "is no age public key"),
        (("add", "elena\nage1", "KEY"), "one line of text"),
        (("add", "NAME", "KEY"), "is there with another key"),
        (("remove", "nobody"), "no such recipient. Known: "),
    ],
)
def test_what_is_refused(
    locked: Path, colleague: tuple[Path, str], fails: Fails, arguments: tuple[str, ...], says: str
) -> None:
    own = recipients.load_recipients(locked / "profiles/recipients.txt")[0].name
    given = [{"KEY": colleague[1], "NAME": own}.get(one, one) for one in arguments]
    before = (locked / "profiles/recipients.txt").read_bytes()
    code, error = fails("profile", "key", *given)
    assert code == 4
    assert says in error
    assert (locked / "profiles/recipients.txt").read_bytes() == before


def test_one_file_that_nobody_opens_stops_it_before_anything_is_changed(
    locked: Path, colleague: tuple[Path, str], fails: Fails
) -> None:
    theirs = locked / "profiles/theirs.yaml.age"
    theirs.write_bytes(pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()]))
    before = {path: path.read_bytes() for path in encrypted(locked)}
    code, error = fails("profile", "key", "add", "elena", colleague[1])
    assert code == 4
    assert "theirs.yaml.age: is encrypted to other keys" in error
    assert {path: path.read_bytes() for path in encrypted(locked)} == before


def test_foreign_files_of_the_outbox_are_told_and_left(locked: Path, colleague: tuple[Path, str], fails: Fails) -> None:
    theirs = locked / "outbox/theirs.age"
    theirs.parent.mkdir()
    theirs.write_bytes(pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()]))
    before = theirs.read_bytes()
    code, error = fails("profile", "key", "add", "elena", colleague[1])
    assert code == 0
    assert f"no key here opens {theirs}" in error
    assert theirs.read_bytes() == before


def test_without_a_lock_there_are_no_keys(place: Path, fails: Fails) -> None:
    code, error = fails("profile", "key", "show")
    assert code == 4
    assert "formfill profile lock" in error


DRIVER = """
import sys
from pathlib import Path
from formfill.store import locking, rotation, vault
import filelock, pyrage
workspace = Path(sys.argv[1])
vault.read_keys(workspace)
print("ready", flush=True)
sys.stdin.readline()
rotation.rotate(workspace)
print("done", flush=True)
"""


def test_a_killed_rotation_leaves_nothing_that_cannot_be_opened(
    locked: Path, key_file: Path, said: Said, opened: Opened
) -> None:
    for number in range(5):
        (locked / f"profiles/papers/{number}.png").write_bytes(os.urandom(200_000))
    public = recipients.load_recipients(locked / "profiles/recipients.txt")
    for path in (locked / "profiles/papers").glob("?.png"):
        locking.lock_file(path, public, locked)
    wanted = {path: opened(path, key_file) for path in encrypted(locked)}
    chance, in_the_middle = random.Random(7), 0
    for number in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(locked)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.stdin.write("go\n")
            process.stdin.flush()
            time.sleep(chance.uniform(0, 0.05))
            process.kill()
            in_the_middle += process.stdout.read() != "done\n"
        # what an own copy of the key file opens, formfill opens too
        assert {path: opened(path, key_file) for path in wanted} == wanted, f"kill {number}"
        assert "Amina" in said("profile", "show", "test-patient")
    assert in_the_middle >= KILLS // 2, "too few kills hit the work to prove anything"
    said("profile", "key", "rotate")
    assert key_file.read_text().count("AGE-SECRET-KEY-1") == 1, "every key of the killed rotations is dropped"
    assert len(recipients.load_recipients(locked / "profiles/recipients.txt")) == 1
    assert {path: opened(path, key_file) for path in wanted} == wanted
    print(f"kills: {KILLS}, in the middle of the work: {in_the_middle}")
