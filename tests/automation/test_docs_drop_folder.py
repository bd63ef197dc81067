"""docs/drop-folder.md: its commands run, its request is done, and its service files are sound."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from formfill.automation import lease, unpack
from formfill.cli import main
from tests.automation.drop_folder import Place


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs/drop-folder.md").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    assert main(["init", str(tmp_path / "home")]) == 0
    monkeypatch.chdir(tmp_path / "home")
    (tmp_path / "home/tmp").mkdir()
    return Place(tmp_path / "home")


def test_the_commands_and_the_request_of_the_page(page: str, place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    commands = [shlex.split(line)[1:] for line in re.findall(r"^\$ (formfill .*)$", page, re.MULTILINE)]
    assert [args[-1] for args in commands] == ["outbox", "--once", "--status", "--json"]
    (request,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (place.inbox / "july-labs.yaml").write_text(request)
    watch, once, *ask = commands
    assert main(once) == 0
    (packet,) = place.out.glob("july-labs-*/packet.pdf")
    (done,) = (place.inbox / "done").iterdir()
    token = packet.parent.name.rpartition("-")[2]
    assert done.name == f"july-labs.{token}.yaml"
    watcher = subprocess.Popen([sys.executable, "-m", "formfill", *watch], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while main(ask[0]) != 0:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert [main(args) for args in ask] == [0, 0]
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(timeout=20) == 0
    finally:
        watcher.kill()
        watcher.wait()
    assert [main(args) for args in ask] == [1, 1]
    capfd.readouterr()


def test_the_numbers_of_the_page(page: str) -> None:
    assert f"at most {unpack.MAX_MEMBERS} files and {unpack.MAX_UNPACKED // 1_000_000} MB" in page
    assert lease.DEAD_SECONDS == 60  # "after a minute", "for half a minute"
    assert lease.BEAT_SECONDS == 3  # "every three seconds"


def test_the_unit_of_systemd(root: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    unit = (root / "docs/drop-folder/formfill-watch.service").read_text()
    (tmp_path / "formfill-watch.service").write_text(unit.replace("/opt/formfill/bin/formfill", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "formfill-watch.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_task_of_windows(root: Path) -> None:
    task = ET.parse(root / "docs/drop-folder/formfill-watch.xml").getroot()
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    arguments = task.findtext("t:Actions/t:Exec/t:Arguments", namespaces=space) or ""
    command = shlex.split(arguments.partition("--exec ")[2])
    assert command[1:] == ["watch", "inbox", "--out", "outbox"]
