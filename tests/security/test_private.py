"""Other users of the machine: they read no file of ours, no command line, no environment; nothing is left behind."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from docx_builders import docx, paragraph
from own_forms import ASKED, PROFILE, PROVIDER, SECRETS, flat, form_map, workspace
from PIL import Image

from formfill.errors import ConverterError
from formfill.fill.office import find_soffice

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """\
sender:
  name: Elena Marsh
  organization: Harbor Refugee Services
  email: elena@harbor.example.org
  phone: (510) 555-0177
  address: {street: 88 Pier Avenue, city: Oakland, state: CA, postal_code: 94607}
"""
FORM = ("test-patient", "--form", "acme-roi-en")
WRONG = ("--wrong", "the dose", "--correct", "half of it", "--reason", "the bottle says so")
#: What writes a file, each where it can.
COMMANDS = (
    ("init", "new/deep/workspace"),
    ("form", "add", "copy.pdf"),
    ("form", "inspect", "copy.pdf"),
    ("map", "draft", "copy.pdf", "--out", "drafts/new/roi-en.yaml"),
    ("map", "preview", "acme-roi-en", "--out", "previews/"),
    ("map", "check", "acme-roi-en"),
    ("map", "test", "acme-roi-en", "--out", "tests/"),
    ("map", "rebase", "acme-roi-en", "--to", "other.pdf", "--out", "rebased.yaml"),
    ("form", "diff", "copy.pdf", "other.pdf", "--out", "differences/"),
    ("fill", *FORM, "--records", "lab", "--out", "out/deep/"),
    ("fill", *FORM, "--records", "lab", "--flatten", "--out", "out/flat.pdf"),
    ("fill", "test-patient", "--form", "acme-word", "--records", "lab", "--out", "out/"),
    ("fill", "test-patient", "--form", "acme-word", "--records", "lab", "--out", "out/", "--pdf"),
    ("prepare", *FORM, *ASKED, "--send", "mail", "--envelope", "--out", "outbox/mail/"),
    ("prepare", *FORM, *ASKED, "--send", "fax", "--out", "outbox/fax/"),
    ("prepare", *FORM, *ASKED, "--send", "email", "--out", "outbox/email/"),
    ("send", "outbox/mail", "--printer", "no-such-printer"),
    ("send", "outbox/fax"),
    ("request", "calendar", "--out", "exports/due.ics"),
    ("request", "export", "--out", "exports/requests.csv"),
    ("request", "list"),
    ("letter", "amendment", "test-patient", "--provider", "acme", *WRONG, "--out", "letters/"),
    ("profile", "check", "test-patient"),
)  # fmt: skip

_RUNNER = """
import json, os, stat, sys, threading
given = json.load(sys.stdin)
os.umask(int(given["umask"], 8))
children, modes, stop = [], {}, threading.Event()

def audit(event, arguments):
    if event == "subprocess.Popen":
        program, command, folder, environment = arguments
        environment = os.environ if environment is None else environment
        children.append([os.fspath(one) for one in command] + [f"{k}={v}" for k, v in environment.items()])

def look():
    while not stop.wait(0.002):
        for folder, folders, files in os.walk(given["temporary"]):
            for name in folders + files:
                path = os.path.join(folder, name)
                try:
                    # what stands in a private folder is private, whatever its own mode (LibreOffice's profile)
                    if os.path.dirname(path) == given["temporary"]:
                        modes[path] = stat.S_IMODE(os.lstat(path).st_mode)
                except OSError:
                    pass

sys.addaudithook(audit)
watcher = threading.Thread(target=look)
watcher.start()
from formfill.cli import main
codes = [main(arguments) for arguments in given["commands"]]
stop.set()
watcher.join()
with open(given["report"], "w") as report:
    json.dump({"codes": codes, "children": children, "modes": modes}, report)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    folder.mkdir(mode=0o700)
    workspace(folder)
    (folder / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    (folder / "formfill.yaml").write_text(SETTINGS)
    (folder / "copy.pdf").write_bytes(flat())
    other = flat([("Patient name:", 50, 120), *[one for one in _prints() if one[0] != "Patient name:"]])
    (folder / "other.pdf").write_bytes(other)
    Image.new("RGB", (640, 400), "gray").save(folder / "profiles/id.png")
    (folder / "profiles/test-patient.yaml").write_text(
        PROFILE.replace("recipients:", "  photo_id: {file: id.png}\nrecipients:")
    )
    word = docx(paragraph("Patient name: ______________________________"))
    (folder / "forms/acme/word.docx").write_bytes(word)
    text = form_map(word, "  - {value: patient.full_name, after: 'Patient name:'}\n", "acme-word")
    (folder / "form_maps/acme/word.yaml").write_text(text.replace("acme/roi-en.pdf", "acme/word.docx"))
    return folder


def _prints() -> tuple[tuple[str, float, float], ...]:
    from own_forms import PRINT

    return PRINT


def ran(place: Path, umask: str) -> dict[str, Any]:
    """What every command did; temporary files and the cache have folders of their own."""
    temporary, cache, report = (place.parent / name for name in ("tmp", "cache", "report.json"))
    temporary.mkdir(mode=0o700)
    given = {
        "umask": umask, "commands": [list(one) for one in COMMANDS], "report": str(report), "temporary": str(temporary),
    }  # fmt: skip
    environment = {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), "FORMFILL_CACHE": str(cache)}
    before = set(place.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER], input=json.dumps(given), cwd=place, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(report.read_text())
    told["said"] = done.stdout + done.stderr
    told["new"] = sorted({*place.rglob("*"), *cache.rglob("*"), cache} - before)
    told["left"] = sorted(temporary.iterdir())
    return told


@pytest.mark.parametrize("umask", ["000", "077"])
def test_what_every_command_writes_is_the_owners_alone(place: Path, umask: str) -> None:
    told = ran(place, umask)
    failed = [command for command, code in zip(COMMANDS, told["codes"], strict=True) if code not in (0, 1, 9, 11)]
    assert failed == [], told["said"]
    assert len(told["new"]) > 40
    open_to_others = [path for path in told["new"] if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert open_to_others == []
    assert {mode & 0o077 for mode in told["modes"].values()} <= {0}
    assert told["left"] == [], "a temporary file stays"
    assert not any(secret in told["said"] for secret in SECRETS)

    assert {Path(child[0]).name for child in told["children"]} >= _programs()
    for child in told["children"]:
        for word in child:
            assert not any(secret.lower() in word.lower() for secret in SECRETS), "a process's words are everybody's"
    for path in told["new"]:
        assert not any(secret.lower() in path.name.lower() for secret in SECRETS)


def _programs() -> set[str]:
    found = {"lp", "sendfax"}
    with contextlib.suppress(ConverterError):
        found.add(Path(find_soffice()).name)
    return found


def test_the_cache_holds_nothing_of_a_patient(place: Path) -> None:
    ran(place, "022")
    kept = b"".join(path.read_bytes() for path in (place.parent / "cache").rglob("*") if path.is_file())
    assert hashlib.sha256(flat()).hexdigest().encode() in kept
    assert not any(secret.encode() in kept for secret in SECRETS)
