"""profile list --search: by name, birth date and phone, decrypting no more than has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from own_forms import SECRETS

from formfill.cli import main
from formfill.store import vault
from formfill.store.profiles import save_profile
from formfill.store.search import People, people

Said = Callable[..., str]
Fails = Callable[..., tuple[int, str]]
Opened = Callable[[Path, Path], bytes]
HONG = """\
profile: hong
patient:
  given_name: Thị Hồng
  family_name: Nguyễn
  former_names: Tran Hong
  native_name: {text: 阮氏紅, language: vi}
  birth_date: 1952-11-03
  phones: {home: (714) 555-0188, work: +84 28 3829 2000}
"""


def found(said: Said, text: str) -> list[str]:
    return [line.split()[0] for line in said("profile", "list", "--search", text).splitlines()]


@pytest.fixture(params=["plain", "locked"])
def two(request: pytest.FixtureRequest, place: Path, key_file: Path, said: Said) -> Path:
    """Two patients, locked and not."""
    save_profile(place, "hong", HONG, "new")
    if request.param == "locked":
        said("profile", "lock", "--key-file", key_file)
    return place


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("rahimi", ["test-patient"]),
        ("RAHIMI amina", ["test-patient"]),
        ("nguyen hong", ["hong"]),
        ("Hồng", ["hong"]),
        ("Tran", ["hong"]),
        ("阮氏紅", ["hong"]),
        ("1952-11-03", ["hong"]),
        ("11/3/1952", ["hong"]),
        ("hong 1952", ["hong"]),
        ("hong 1953", []),
        ("(714) 555-0188", ["hong"]),
        ("555-01", ["hong", "test-patient"]),
        ("916 555", ["test-patient"]),
        ("+84 28 3829", ["hong"]),
        ("Sacramento", []),
        ("", ["hong", "test-patient"]),
    ],
)
def test_finds(two: Path, said: Said, text: str, names: list[str]) -> None:
    assert found(said, text) == names


def test_only_changed_profiles_are_decrypted(locked: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    save_profile(locked, "hong", HONG, "new")
    opened: list[str] = []
    decrypt = vault.decrypt

    def noted(data: bytes, path: Path, workspace: Path | None) -> bytes:
        opened.append(path.name)
        return decrypt(data, path, workspace)

    monkeypatch.setattr(vault, "decrypt", noted)
    assert found(said, "hong") == ["hong"]
    assert sorted(opened) == ["hong.yaml.age", "test-patient.yaml.age"]
    opened.clear()
    assert found(said, "hong") == ["hong"]
    assert opened == ["index.age"]
    opened.clear()
    save_profile(locked, "hong", HONG.replace("Tran", "Le"), "edit", replace=True)
    opened.clear()
    assert found(said, "le hong") == ["hong"]
    assert sorted(opened) == ["hong.yaml.age", "index.age"]


def test_the_index_is_encrypted_and_goes_with_the_lock(
    locked: Path, key_file: Path, said: Said, opened: Opened
) -> None:
    found(said, "x")
    index = locked / "profiles/index.age"
    assert not any(word.encode() in index.read_bytes() for word in SECRETS)
    assert json.loads(opened(index, key_file))["test-patient"]["person"]["birth_date"] == "1987-03-14"
    (locked / "profiles/test-patient.yaml.age").unlink()
    assert found(said, "rahimi") == []
    assert json.loads(opened(index, key_file)) == {}, "who is deleted is not kept in the index"
    said("profile", "unlock")
    assert not index.exists()


def test_a_damaged_index_is_made_anew(locked: Path, said: Said) -> None:
    (locked / "profiles/index.age").write_bytes(b"junk")
    assert found(said, "rahimi") == ["test-patient"]
    assert found(said, "rahimi") == ["test-patient"]


def test_what_cannot_be_read_is_told(locked: Path, said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    (locked / "profiles/broken.yaml").write_text("patient: [")
    theirs = pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()])
    (locked / "profiles/theirs.yaml.age").write_bytes(theirs)
    assert people(locked) == People(people(locked).known, ("broken", "theirs"))
    assert main(["profile", "list", "--search", "rahimi"]) == 0
    said_ = capsys.readouterr()
    assert said_.out.split()[0] == "test-patient"
    assert "broken was not searched: formfill profile check broken" in said_.err


def test_without_a_key_nothing_is_found_and_it_says_so(locked: Path, key_file: Path, fails: Fails) -> None:
    key_file.unlink()
    code, error = fails("profile", "list", "--search", "rahimi")
    assert code == 4
    assert "no such key file" in error
