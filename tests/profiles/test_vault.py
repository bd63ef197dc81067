"""Locked files: read by the age tool and from it, with the keys of each place, and refused clearly without."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pypdfium2
import pytest
from key_memory import forget
from own_forms import ASKED, SECRETS

from formfill.catalog import Catalog
from formfill.cli import main
from formfill.errors import LockedError
from formfill.store import keys, vault

Said = Callable[..., str]
Fails = Callable[..., tuple[int, str]]
PREPARE = ("prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--send", "mail", "--out")


def texts(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def test_age_reads_what_is_locked(
    place: Path, key_file: Path, said: Said, opened: Callable[[Path, Path], bytes]
) -> None:
    names = ("profiles/test-patient.yaml", "profiles/id.png", "profiles/papers/guardian.png")
    before = {name: (place / name).read_bytes() for name in names}
    said("profile", "lock", "--key-file", key_file)
    for name, data in before.items():
        assert not (place / name).exists()
        assert opened(place / f"{name}.age", key_file) == data
        assert (place / f"{name}.age").stat().st_mode & 0o777 == 0o600


def test_what_age_wrote_is_read(locked: Path, age: Path, said: Said, tmp_path: Path) -> None:
    """A profile that a colleague encrypted with the public tool, to the workspace's own recipients file."""
    plain = tmp_path / "bo.yaml"
    plain.write_text("profile: bo\npatient: {given_name: Bo, birth_date: 1990-01-02}\n")
    recipients = locked / "profiles/recipients.txt"
    subprocess.run([age, "-R", recipients, "-o", locked / "profiles/bo.yaml.age", plain], check=True)
    assert said("profile", "show", "bo") == plain.read_text()
    assert "nothing wrong" in said("profile", "check", "bo")


def test_a_locked_profile_fills_and_its_id_goes_into_the_packet(place: Path, key_file: Path, said: Said) -> None:
    said(*PREPARE, "plain")
    said("profile", "lock", "--key-file", key_file)
    said(*PREPARE, "locked")
    pages = texts(place / "locked/packet.pdf")
    assert pages == texts(place / "plain/packet.pdf")
    assert len(pages) == 4, "cover, form, ID and proof"
    assert "Amina Yusuf Rahimi" in pages[1]
    left = [
        path for path in place.rglob("*") if path.is_file() and path.suffix not in (".pdf", ".yaml", ".json", ".txt")
    ]
    assert not [path for path in left if any(word.encode() in path.read_bytes() for word in SECRETS)]


@pytest.mark.parametrize("name", ["test-patient", "profiles/test-patient.yaml", "profiles/test-patient.yaml.age"])
def test_a_locked_profile_by_any_of_its_names(locked: Path, said: Said, name: str) -> None:
    out = said("fill", name, "--form", "acme-roi-en", *ASKED, "--out", "out")
    assert "Amina Yusuf Rahimi" in texts(locked / "out/acme-roi-en.pdf")[0]
    assert "acme-roi-en.pdf" in out


def test_listing_and_a_wrong_name_need_no_key(locked: Path, key_file: Path, said: Said, fails: Fails) -> None:
    key_file.unlink()
    assert "test-patient.yaml.age" in said("profile", "list")
    assert fails("profile", "check", "test-patien")[1].endswith("Did you mean test-patient?\n")


def test_both_there_and_equal_is_one_profile(locked: Path, said: Said) -> None:
    (locked / "profiles/test-patient.yaml").write_text(said("profile", "show", "test-patient"))
    assert "test-patient.yaml.age: nothing wrong" in said("profile", "check", "test-patient")
    assert said("profile", "list").count("test-patient") == 2, "its name and its file"


@pytest.mark.parametrize("command", ["check", "show", "lock", "unlock", "edit"])
def test_both_there_and_different_is_refused(locked: Path, fails: Fails, command: str) -> None:
    plain = locked / "profiles/test-patient.yaml"
    plain.write_text("profile: test-patient\npatient: {given_name: Amina, birth_date: 1999-01-02}\n")
    encrypted = (locked / "profiles/test-patient.yaml.age").read_bytes()
    code, error = fails("profile", command, "test-patient")
    assert code == 4
    assert "test-patient.yaml: is also there as test-patient.yaml.age, and they differ" in error
    assert "Amina" not in error
    assert plain.exists()
    assert (locked / "profiles/test-patient.yaml.age").read_bytes() == encrypted


def test_no_key(locked: Path, key_file: Path, fails: Fails) -> None:
    text = (locked / "formfill.yaml").read_text()
    (locked / "formfill.yaml").write_text(text.replace("key_file", "# key_file"))
    code, error = fails("profile", "show", "test-patient")
    assert code == 4
    for where in ("FORMFILL_KEY_FILE", "key_file in formfill.yaml", "keyring", "profiles/key.age", "backup"):
        assert where in error


def test_another_key(locked: Path, fails: Fails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = keys.KeyFile(tmp_path / "other.key", may_be_new=True)
    other.add(keys.new_secret())
    monkeypatch.setenv("FORMFILL_KEY_FILE", str(other.path))
    code, error = fails("profile", "show", "test-patient")
    assert code == 4
    assert "test-patient.yaml.age: is encrypted to other keys than yours" in error
    assert "key add NAME" in error


def test_a_key_that_others_can_read_is_refused(locked: Path, key_file: Path, fails: Fails) -> None:
    key_file.chmod(0o640)
    code, error = fails("profile", "show", "test-patient")
    assert (code, error) == (4, f"formfill: {key_file}: others can read the key: chmod 600 {key_file}\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "is no age identity file"),
        (b"AGE-SECRET-KEY-1QQQ\n", "is no age identity (AGE-SECRET-KEY-1…): is it cut short?"),
        (b"\xff\xfe", "is no age identity file"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", "is no age identity file"),
    ],
)
def test_a_key_file_that_is_none(locked: Path, key_file: Path, fails: Fails, text: bytes, says: str) -> None:
    key_file.write_bytes(text)
    code, error = fails("profile", "show", "test-patient")
    assert code == 4
    assert says in error


def test_a_missing_key_file(locked: Path, key_file: Path, fails: Fails) -> None:
    key_file.unlink()
    code, error = fails("profile", "show", "test-patient")
    assert code == 4
    assert f"{key_file}: no such key file" in error


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"", lambda data: data[:60], bytes.upper])
def test_a_damaged_file(locked: Path, fails: Fails, damage: Callable[[bytes], bytes]) -> None:
    path = locked / "profiles/test-patient.yaml.age"
    path.write_bytes(damage(path.read_bytes()))
    code, error = fails("profile", "check", "test-patient")
    assert code == 4
    assert "test-patient.yaml.age: is damaged, or no age file" in error


def test_a_damaged_attachment_names_its_key(locked: Path, fails: Fails) -> None:
    path = locked / "profiles/id.png.age"
    path.write_bytes(path.read_bytes()[:-1])
    code, error = fails(*PREPARE, "packet")
    assert code == 4
    assert "id.png.age: is damaged" in error
    assert not (locked / "packet").exists()


def _given_name(workspace: Path) -> str:
    return str(Catalog(workspace).profile("test-patient").patient.given_name)


def test_workers_get_the_keys_that_the_parent_read(locked: Path, key_file: Path) -> None:
    """Neither by environment nor by command line, and no worker asks again: the key file is gone by then."""
    vault.read_keys(locked)
    key_file.unlink()
    context = multiprocessing.get_context("spawn")
    held = keys.held_keys()
    assert len(held) == 1
    with ProcessPoolExecutor(1, context, initializer=keys.hold_keys, initargs=(held,)) as pool:
        assert pool.submit(_given_name, locked).result(timeout=120) == "Amina"
    with ProcessPoolExecutor(1, context) as pool:
        error = pool.submit(_given_name, locked).exception(timeout=120)
    assert isinstance(error, LockedError)


def test_a_fill_that_needs_no_key_loads_nothing_for_it(place: Path) -> None:
    program = (
        "import sys; from formfill.cli import main; code = main(sys.argv[1:])\n"
        "print(code, {'pyrage', 'filelock', 'ruamel.yaml', 'keyring'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, "fill", "test-patient", "--form", "acme-roi-en", *ASKED, "--out", "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 set()"


def test_keys_are_read_once_a_process(locked: Path, key_file: Path) -> None:
    assert _given_name(locked) == "Amina"
    key_file.unlink()
    assert _given_name(locked) == "Amina"
    forget()
    with pytest.raises(LockedError):
        _given_name(locked)


def test_two_readings_of_a_profile_are_equal(locked: Path) -> None:
    assert Catalog(locked).profile("test-patient") == Catalog(locked).profile("test-patient")


def test_the_passphrase_or_key_is_in_no_message(locked: Path, key_file: Path, fails: Fails) -> None:
    secret = key_file.read_text().splitlines()[-1]
    (locked / "profiles/test-patient.yaml.age").write_bytes(b"junk")
    for command in ("show", "check", "lock", "unlock", "edit", "history"):
        assert secret not in "".join(map(str, fails("profile", command, "test-patient")))
    assert main(["profile", "key", "show"]) == 0
