"""lock and unlock: everything or some, nothing plain left, and a SIGKILL at any point loses nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from own_forms import SECRETS

from formfill.cli import main
from formfill.files import temporary_prefix, wipe
from formfill.store import keys, profiles

Said = Callable[..., str]
Fails = Callable[..., tuple[int, str]]
KILLS = 30


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def second(place: Path, name: str = "bo", more: str = "") -> Path:
    path = place / f"profiles/{name}.yaml"
    path.write_text(f"profile: {name}\npatient:\n  given_name: Bo\n  birth_date: 1990-01-02\n{more}")
    return path


def test_there_and_back(place: Path, key_file: Path, said: Said) -> None:
    before = files(place / "profiles")
    said("profile", "lock", "--key-file", key_file)
    assert said("profile", "unlock") == "unlocked: test-patient\n"
    after = files(place / "profiles")
    assert {name: after[name] for name in before} == before
    assert sorted(after.keys() - before.keys()) == [".lock", "recipients-unlocked.txt"]


def test_nothing_plain_is_left(place: Path, key_file: Path, said: Said) -> None:
    main(["profile", "edit", "test-patient", "--set", "patient.email=amina@example.org"])  # so that it has a history
    said("profile", "lock", "--key-file", key_file)
    for name, data in files(place).items():
        assert not any(word.encode() in data for word in SECRETS), name
    assert sorted(path.name for path in (place / "profiles").rglob("*") if path.is_file()) == [
        ".lock", "guardian.png.age", "id.png.age", "recipients.txt", "test-patient.jsonl.age", "test-patient.yaml.age",
    ]  # fmt: skip


def test_the_first_lock_tells_the_key_and_how_to_back_it_up(place: Path, key_file: Path, said: Said) -> None:
    out = said("profile", "lock", "--key-file", key_file)
    public = (place / "profiles/recipients.txt").read_text().splitlines()[1]
    assert f"key made: {public}" in out
    assert str(key_file) in out
    assert "formfill profile key show --secret" in out
    secret = key_file.read_text().splitlines()[-1]
    assert secret not in out
    assert said("profile", "key", "show", "--secret").splitlines()[-1] == secret
    assert said("profile", "lock") == "locked: no profile; all were locked\n"
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_without_a_keyring_it_says_what_to_do(place: Path, fails: Fails) -> None:
    before = files(place)
    code, error = fails("profile", "lock")
    assert code == 4
    assert "--passphrase, or --key-file FILE" in error
    assert {name: data for name, data in files(place).items() if not name.endswith(".lock")} == before


def test_a_locked_workspace_takes_no_other_key(locked: Path, fails: Fails, tmp_path: Path) -> None:
    (locked / "formfill.yaml").write_text("")
    code, error = fails("profile", "lock", "--key-file", tmp_path / "other")
    assert code == 4
    assert "formfill profile key rotate" in error
    assert not (tmp_path / "other").exists()


def test_where_the_key_is_looked_for_it_is_made(
    place: Path, key_file: Path, said: Said, fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORMFILL_KEY_FILE", str(key_file))
    for option in (("--passphrase",), ("--key-file", str(key_file.with_name("other")))):
        code, error = fails("profile", "lock", *option)
        assert code == 4
        assert f"the key is looked for in {key_file}" in error
    said("profile", "lock")
    assert key_file.exists()
    assert "key_file" not in (place / "formfill.yaml").read_text(), "the environment says it"
    assert "Amina" in said("profile", "show", "test-patient")


def test_a_key_beside_what_it_opens_is_told(place: Path, fails: Fails) -> None:
    code, error = fails("profile", "lock", "--key-file", place / "formfill.key")
    assert code == 0
    assert "who copies one has both" in error


def test_a_key_that_is_there_is_taken(place: Path, key_file: Path, said: Said) -> None:
    """One that age-keygen made, or that a start which was killed left."""
    secret = keys.new_secret()
    keys.KeyFile(key_file, may_be_new=True).add(secret)
    assert keys.public_of(secret) in said("profile", "lock", "--key-file", key_file)
    assert key_file.read_text().count("AGE-SECRET-KEY") == 1


def test_some_of_them(place: Path, key_file: Path, said: Said, fails: Fails) -> None:
    second(place)
    assert said("profile", "lock", "bo", "--key-file", key_file).endswith("locked: bo\n")
    assert (place / "profiles/test-patient.yaml").exists()
    assert said("profile", "lock") == "locked: test-patient\n"
    assert said("profile", "unlock", "bo") == "unlocked: bo\n"
    assert (place / "profiles/bo.yaml").exists()
    assert not (place / "profiles/test-patient.yaml").exists()
    assert fails("profile", "lock", "nobody")[0] == 4
    assert "say its name, not its path" in fails("profile", "lock", "../test-patient")[1]


def test_a_file_that_a_locked_patient_names_stays_locked(place: Path, key_file: Path, said: Said) -> None:
    second(place, more="  photo_id: {file: id.png}\n")
    said("profile", "lock", "--key-file", key_file)
    said("profile", "unlock", "bo")
    assert not (place / "profiles/id.png").exists(), "it is the locked patient's too"
    said("profile", "unlock", "test-patient")
    assert (place / "profiles/id.png").exists()


def test_inbox_and_outbox(place: Path, key_file: Path, said: Said, fails: Fails) -> None:
    for name in ("inbox/one.csv", "outbox/a/packet.pdf", "outbox/.status"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("Amina")
    (place / "outbox/theirs.age").write_bytes(
        pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()])  # somebody else's, to somebody else
    )
    assert "locked in inbox/ and outbox/: 2 files" in said("profile", "lock", "--all", "--key-file", key_file)
    assert not (place / "outbox/a/packet.pdf").exists()
    assert (place / "outbox/.status").exists(), "a watcher's own"
    code, error = fails("profile", "unlock", "--all")
    assert code == 4
    assert "no key here opens them" in error
    assert "theirs.age" in error
    assert (place / "outbox/a/packet.pdf").read_text() == "Amina"
    assert (place / "inbox/one.csv").read_text() == "Amina"
    assert (place / "outbox/theirs.age").exists()


def test_a_profile_with_a_mistake_stops_it_before_anything_is_done(place: Path, key_file: Path, fails: Fails) -> None:
    (place / "profiles/aaa.yaml").write_text("profile: aaa\n")
    (place / "profiles/zzz.yaml").write_text("profile: zzz\npatient: {given_name: Bo}\n")
    code, error = fails("profile", "lock", "--key-file", key_file)
    assert code == 4
    assert "aaa.yaml:1: patient: is required" in error
    assert not list((place / "profiles").glob("*.yaml.age"))


@pytest.mark.parametrize("name", ["id.png", "test-patient.yaml", "papers"])
def test_links_are_refused(place: Path, key_file: Path, fails: Fails, tmp_path: Path, name: str) -> None:
    path = place / "profiles" / name
    path.rename(tmp_path / name)
    path.symlink_to(tmp_path / name)
    before = files(tmp_path)
    code, error = fails("profile", "lock", "--key-file", key_file)
    assert code == 4
    assert "a link leads there" in error
    kept = files(tmp_path)
    assert {one: kept[one] for one in before if not one.endswith("formfill.yaml")} == {
        one: data for one, data in before.items() if not one.endswith("formfill.yaml")
    }


def test_a_hard_link_keeps_its_contents(place: Path, key_file: Path, said: Said, tmp_path: Path) -> None:
    """A backup made of hard links is not to be overwritten."""
    text = (place / "profiles/test-patient.yaml").read_bytes()
    os.link(place / "profiles/test-patient.yaml", tmp_path / "backup.yaml")
    said("profile", "lock", "--key-file", key_file)
    assert (tmp_path / "backup.yaml").read_bytes() == text


def test_what_is_wiped_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"Amina" * 50_000)
    with path.open("rb") as still_open:
        wipe(path)
        data = still_open.read()
    assert list(tmp_path.iterdir()) == []
    assert b"Amina" not in data
    assert len(data) >= 250_000


def test_new_profiles_are_locked_until_the_workspace_is_unlocked(locked: Path, said: Said) -> None:
    text = "profile: bo\npatient: {given_name: Bo, birth_date: 1990-01-02}\n"
    assert profiles.save_profile(locked, "bo", text, "new").name == "bo.yaml.age"
    said("profile", "unlock")
    assert profiles.save_profile(locked, "cy", text.replace("bo", "cy"), "new").name == "cy.yaml"
    assert said("profile", "lock") == "locked: bo, cy, test-patient\n", "with the key that it had"


DRIVER = """
import sys
from pathlib import Path
from formfill.store import keys, locking, vault
workspace = Path(sys.argv[1])
vault.read_keys(workspace)
import filelock, pyrage
print("ready", flush=True)
sys.stdin.readline()
locking.{what}(workspace)
print("done", flush=True)
"""


def killed(workspace: Path, what: str, after_s: float) -> bool:
    """Run a lock or unlock, and kill it so long after its start; whether it was still at it."""
    command = [sys.executable, "-c", DRIVER.format(what=what), str(workspace)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        return process.stdout.read() != "done\n"


def test_a_kill_at_any_point_loses_nothing(
    locked: Path, key_file: Path, said: Said, opened: Callable[[Path, Path], bytes], tmp_path: Path
) -> None:
    """Locked and unlocked again and again, killed each time; the next run takes up where the last one was."""
    said("profile", "unlock")
    for number in range(6):
        second(locked, f"bo-{number}", f"  photo_id: {{file: {number}.png}}\n")
        (locked / f"profiles/{number}.png").write_bytes(os.urandom(200_000))
    wanted = {name: data for name, data in files(locked / "profiles").items() if name.endswith((".yaml", ".png"))}
    chance, whole, in_the_middle = random.Random(5), 0.06, 0
    (locked / "profiles/recipients-unlocked.txt").rename(locked / "profiles/recipients.txt")
    for number in range(KILLS):
        what = ("lock", "unlock")[number % 2]
        hit = killed(locked, what, chance.uniform(0, whole))
        in_the_middle += hit
        whole *= 1.1 if hit else 0.7  # how long the work takes differs from machine to machine
        if not (locked / "profiles/recipients.txt").exists():  # an unlock that came to its end
            (locked / "profiles/recipients-unlocked.txt").rename(locked / "profiles/recipients.txt")
        for name, data in wanted.items():
            path = locked / "profiles" / name
            encrypted = path.with_name(f"{path.name}.age")
            assert path.exists() or encrypted.exists(), f"kill {number}: {name} is lost"
            assert not path.exists() or path.read_bytes() == data
            assert not encrypted.exists() or opened(encrypted, key_file) == data
    assert in_the_middle >= KILLS // 2, "too few kills hit the work to prove anything"
    said("profile", "lock")
    left = [path for path in (locked / "profiles").rglob("*") if path.suffix in (".yaml", ".png", ".tmp")]
    assert left == []
    said("profile", "unlock")
    assert {name: (locked / "profiles" / name).read_bytes() for name in wanted} == wanted
    print(f"kills: {KILLS}, in the middle of the work: {in_the_middle}")


def test_what_was_about_to_be_wiped_goes_at_the_next_run(locked: Path, said: Said) -> None:
    prefix = temporary_prefix().replace(str(os.getpid()), "999999999")  # no process has that number
    left = locked / "profiles/papers" / f"{prefix}abcd.tmp"
    left.write_text("Amina")
    said("profile", "lock")
    assert not left.exists()


def test_what_cannot_be_written_loses_nothing(place: Path, key_file: Path, fails: Fails) -> None:
    said_code, _ = fails("profile", "lock", "nobody", "--key-file", key_file)  # makes the key
    assert said_code == 4
    before = files(place / "profiles")
    (place / "profiles/id.png.age").mkdir()
    code, error = fails("profile", "lock")
    assert code == 8
    assert "id.png.age: is a folder" in error
    after = files(place / "profiles")
    assert {name: after[name] for name in before} == before
