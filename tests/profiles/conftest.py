"""A workspace with a patient who has an ID and a guardian with a proof, and no key but those that a test makes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from key_memory import forget
from keyring.backends import fail
from own_forms import workspace
from PIL import Image

from formfill.cli import main
from formfill.store import keys

PROVIDER = """\
id: acme
name: Acme Clinic
state: CA
address: {street: 500 Elm Street, city: Fresno, state: CA, postal_code: 93701}
fax: (559) 555-0111
"""
GUARDIAN = """\
representative:
  kind: guardian
  name: Farid Rahimi
  documents: [papers/guardian.png]
"""
Said = Callable[..., str]


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keys from earlier tests, and no keyring: a command that reads keys does it as in a process of its own."""
    monkeypatch.delenv(keys.KEY_FILE, raising=False)
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    forget()
    yield
    forget()
    keyring.set_keyring(before)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace, entered; its patient has two files."""
    home = tmp_path / "place"
    home.mkdir()
    monkeypatch.chdir(workspace(home))
    (home / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    (home / "profiles/papers").mkdir()
    for name in ("profiles/id.png", "profiles/papers/guardian.png"):
        Image.new("RGB", (640, 400), "gray").save(home / name)
    profile = home / "profiles/test-patient.yaml"
    profile.write_text(
        profile.read_text().replace("recipients:", f"  photo_id: {{file: id.png}}\n{GUARDIAN}recipients:")
    )
    return home


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Where the workspace's key is put, outside of it."""
    return tmp_path / "formfill.key"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command that must succeed, and returns what it prints."""

    def run(*arguments: str | Path) -> str:
        capsys.readouterr()
        forget()
        assert main([str(one) for one in arguments]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return run


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs a command; its exit code and what it prints on stderr."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        capsys.readouterr()
        forget()
        code = main([str(one) for one in arguments])
        return code, capsys.readouterr().err

    return run


@pytest.fixture
def locked(place: Path, key_file: Path, said: Said) -> Path:
    """The workspace, locked with a key file that formfill.yaml names."""
    said("profile", "lock", "--key-file", key_file)
    return place


@pytest.fixture(scope="session")
def age() -> Path:
    """The public age tool."""
    found = shutil.which("age")
    if found is None:
        pytest.skip("age is not installed: scripts/debian-packages.sh")
    return Path(found)


@pytest.fixture
def opened(age: Path) -> Callable[[Path, Path], bytes]:
    """What the age tool reads in an encrypted file with a key file."""

    def run(path: Path, identity: Path) -> bytes:
        return subprocess.run([age, "-d", "-i", identity, path], check=True, capture_output=True).stdout

    return run
