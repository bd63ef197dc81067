"""Backups that restore, purges that leave nothing, and the commands of docs/operations.md."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from formfill.cli import main
from formfill.store.keys import hold_keys
from formfill.store.ledger import Ledger
from formfill.store.vault import read_keys
from tests.own_forms import ASKED, PROFILE, PROVIDER, SECRETS, workspace

PICTURE = Path(__file__).parent.parent / "profiles/ids/amina-rahimi.png"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace with a packet and its entry in the ledger, entered; no key is held before or after."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    folder = workspace(tmp_path / "ws")
    (folder / "acme.yaml").write_text(PROVIDER)
    (folder / "profiles/ids").mkdir()
    shutil.copy(PICTURE, folder / "profiles/ids/test.png")
    with_id = PROFILE.replace("  phones:", "  photo_id: {file: ids/test.png}\n  phones:")
    (folder / "profiles/test-patient.yaml").write_text(with_id)
    monkeypatch.chdir(folder)
    prepare("test-patient", "outbox/p1")
    yield folder
    hold_keys(())
    read_keys.cache_clear()


def prepare(profile: str, out: str) -> None:
    args = ["prepare", profile, "--form", "acme-roi-en", "--provider", "acme.yaml", *ASKED, "--send", "mail"]
    assert main([*args, "--out", out]) == 0


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".sqlite" not in path.name and path.name != ".lock"
    }


def test_a_backup_restores(place: Path, tmp_path: Path) -> None:
    (place / "profiles/.formfill-00000000-1-x.tmp").write_text("left by a killed process")
    (place / "outbox/link").symlink_to("/etc/hostname")
    target = tmp_path / "b.tar.gz"
    with Ledger(place):  # others may have it open
        assert main(["backup", str(target)]) == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    restored = tmp_path / "restored"
    restored.mkdir()
    subprocess.run(["tar", "-xzf", target, "-C", restored], check=True)
    (place / "profiles/.formfill-00000000-1-x.tmp").unlink()
    (place / "outbox/link").unlink()
    assert contents(restored) == contents(place)
    assert {stat.S_IMODE(path.stat().st_mode) for path in restored.rglob("*") if path.is_file()} == {0o600}
    with closing(sqlite3.connect(restored / "ledger.sqlite")) as ledger:
        assert ledger.execute("SELECT profile, folder FROM requests").fetchall() == [("test-patient", "outbox/p1")]
    assert not list(tmp_path.glob(".formfill-*"))


def test_what_is_not_in_a_backup_is_told(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "outbox/link").symlink_to("/etc/hostname")
    assert main(["backup", str(tmp_path / "b.tar.gz")]) == 0
    assert "outbox/link: is a link or no plain file" in capsys.readouterr().err
    with tarfile.open(tmp_path / "b.tar.gz") as tar:
        assert "outbox/link" not in tar.getnames()


@pytest.mark.skipif(shutil.which("age") is None, reason="the age program is not installed")
def test_a_locked_workspaces_backup_is_encrypted(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "lock", "--key-file", str(tmp_path / "key.txt")]) == 0
    assert main(["backup", str(tmp_path / "b.tar.gz")]) == 8
    assert "so its backup is encrypted: let its name end in .tar.gz.age" in capsys.readouterr().err
    target = tmp_path / "b.tar.gz.age"
    assert main(["backup", str(target)]) == 0
    opened = subprocess.run(["age", "-d", "-i", tmp_path / "key.txt", target], check=True, capture_output=True).stdout
    (tmp_path / "restored").mkdir()
    subprocess.run(["tar", "-xzf", "-", "-C", tmp_path / "restored"], input=opened, check=True)
    assert contents(tmp_path / "restored") == contents(place)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("../b.zip", "let its name end in .tar.gz"),
        ("outbox/b.tar.gz", "lies in the workspace"),
        ("../nowhere/b.tar.gz", "there is no folder"),
    ],
)
def test_where_a_backup_cannot_be(place: Path, target: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", target]) == 8
    assert says in capsys.readouterr().err
    assert not Path(target).exists()


def test_no_room_leaves_no_backup(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    (tmp_path / "b").mkdir()
    assert main(["backup", str(tmp_path / "b/b.tar.gz")]) == 8
    assert list((tmp_path / "b").iterdir()) == []


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_purge_with_files_leaves_nothing(place: Path, tmp_path: Path, is_locked: bool) -> None:
    other = PROFILE.replace("test-patient", "other-patient").replace("Amina", "Berta").replace("Rahimi", "Kovac")
    (place / "profiles/other-patient.yaml").write_text(other)
    prepare("other-patient", "outbox/p2")
    if is_locked:
        assert main(["profile", "lock", "--all", "--key-file", str(tmp_path / "key.txt")]) == 0
    assert main(["profile", "edit", "test-patient", "--set", "patient.address.city=Fresno"]) == 0
    assert main(["patient", "purge", "test-patient", "--files", "--yes"]) == 0
    left = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    assert not any("test-patient" in name or "p1" in name or "test.png" in name for name in left)
    assert any("other-patient.yaml" in name for name in left)
    assert any("outbox/p2/packet.pdf" in name for name in left)
    if not is_locked:
        for path in place.rglob("*"):
            if path.is_file():
                assert not any(secret.encode() in path.read_bytes() for secret in SECRETS[:2]), path
    assert main(["request", "verify"]) == 0
    with Ledger(place) as ledger:
        assert [one.request.profile for one in ledger.entries()] == ["other-patient"]


def test_a_purge_leaves_what_is_not_its_own(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "outbox/p1/notes.txt").write_text("of the caseworker")
    other = (place / "profiles/test-patient.yaml").read_text().replace("test-patient", "other-patient")
    (place / "profiles/other-patient.yaml").write_text(other)
    assert main(["patient", "purge", "test-patient", "--files", "--yes"]) == 0
    out = capsys.readouterr().out
    assert [path.name for path in (place / "outbox/p1").iterdir()] == ["notes.txt"]
    assert (place / "profiles/ids/test.png").is_file()
    assert out.count("stays, as other things are in it or need it") == 2


def test_a_purge_wants_a_yes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(place)
    assert main(["patient", "purge", "test-patient", "--files"]) == 2
    assert "deleted for good: 1, and the profile and packets" in capsys.readouterr().err
    assert contents(place) == before


def test_the_page_says_what_works(root: Path, place: Path, tmp_path: Path) -> None:
    shutil.copy(root / "profiles/amina-rahimi.yaml", place / "profiles")
    shutil.copy(root / "profiles/ids/amina-rahimi.png", place / "profiles/ids")
    page = (root / "docs/operations.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (.*)$", page, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        first, *rest = shlex.split(command)
        if first == "formfill":
            assert main(rest) == 0, command
        else:
            subprocess.run([first, *rest], check=True)
    assert not (place / "profiles/amina-rahimi.yaml").exists()
    assert (tmp_path / "restored/profiles/amina-rahimi.yaml").is_file()
