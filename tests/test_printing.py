"""A packet is printed: by ``lp``, through a CUPS that the test runs, on the IPP printer that comes with CUPS."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from mail_server import free_port
from own_forms import ASKED, SECRETS, workspace

from formfill.cli import main

CUPSD, AVAHI = "/usr/sbin/cupsd", "/usr/sbin/avahi-daemon"
PROVIDER = """\
id: acme
name: Acme Clinic
state: CA
address: {street: 500 Elm Street, city: Fresno, state: CA, postal_code: 93701}
"""
CUPS = """\
Listen localhost:{port}
WebInterface No
Browsing Off
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
    Allow localhost
  </Limit>
</Policy>
"""
CUPS_FILES = """\
ServerRoot {folder}/root
RequestRoot {folder}/spool
CacheDir {folder}/cache
StateDir {folder}/state
AccessLog {folder}/access
ErrorLog {folder}/error
PageLog {folder}/page
SystemGroup root
User lp
Group lp
Sandboxing relaxed
"""
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
#: What the printer does with a job: keeps the file, and what it was told about it.
SAVE = """\
#!/bin/sh
env | grep ^IPP_ > {folder}/out/told.txt
cp "$1" {folder}/out/job.new && mv {folder}/out/job.new {folder}/out/job.pdf
"""


class Office:
    """A print queue named office; ``folder``/out is where its paper comes out."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.server = folder, f"localhost:{port}"

    def printed(self) -> bytes:
        """The file of the one job since this was last asked."""
        path = self.folder / "out/job.pdf"
        until = time.monotonic() + 30
        while not path.exists() and time.monotonic() < until:
            time.sleep(0.1)
        data = path.read_bytes()
        path.unlink()
        return data

    def told(self) -> str:
        """What the printer was told about its last job."""
        return (self.folder / "out/told.txt").read_text()


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    needed = [shutil.which(name) for name in ("lp", "ippeveprinter", "dbus-daemon")]
    if None in needed or not Path(CUPSD).exists() or not Path(AVAHI).exists():
        pytest.skip("not installed: apt-get install cups-daemon cups-client cups-ipp-utils avahi-daemon dbus")
    if os.geteuid() != 0:
        pytest.skip("cupsd runs as root only")
    folder = Path(tempfile.mkdtemp(prefix="formfill-cups-"))
    folder.chmod(0o755)
    for name in ("out", "root", "spool", "cache", "state"):
        (folder / name).mkdir()
    port, printer = free_port(), free_port()
    (folder / "cupsd.conf").write_text(CUPS.format(port=port))
    (folder / "cups-files.conf").write_text(CUPS_FILES.format(folder=folder))
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    (folder / "avahi.conf").write_text("[server]\nuse-ipv6=no\nallow-interfaces=lo\n")
    (folder / "save").write_text(SAVE.format(folder=folder))
    (folder / "save").chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        # a computer runs one Avahi: other workers of this test run wait for theirs
        turn = stack.enter_context(Path(tempfile.gettempdir(), "formfill-tests-avahi.lock").open("w"))
        fcntl.flock(turn, fcntl.LOCK_EX)
        there_is_one = subprocess.run([AVAHI, "--check"], check=False).returncode == 0
        bus = {} if there_is_one else {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"}

        def start(*command: str) -> subprocess.Popen[bytes]:
            daemon = subprocess.Popen(
                command, env={**os.environ, **bus}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(_end, daemon)
            return daemon

        # the printer announces itself by DNS-SD, or does not start at all; nor before Avahi is on its bus
        if not there_is_one:
            start("dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork")
            _until((folder / "bus").exists)
            start(AVAHI, "-f", str(folder / "avahi.conf"), "--no-drop-root", "--no-chroot", "--no-rlimits")
        options = ["-f", "application/pdf", "-c", str(folder / "save"), "-n", "localhost", "-2"]

        def printer_runs() -> bool:
            running = start("ippeveprinter", "-p", str(printer), *options, "Office")
            while running.poll() is None:
                if _answers(printer):
                    return True
                time.sleep(0.1)
            return False

        _until(printer_runs)
        start(CUPSD, "-f", "-c", str(folder / "cupsd.conf"), "-s", str(folder / "cups-files.conf"))
        _until(lambda: _answers(port))
        queue = ["-p", "office", "-E", "-v", f"ipp://localhost:{printer}/ipp/print", "-m", "raw"]
        subprocess.run(["lpadmin", "-h", f"localhost:{port}", *queue], check=True, capture_output=True)
        yield Office(folder, port)


def _end(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(5)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.1)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office: Office) -> Path:
    """A workspace with a packet for the mail, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.setenv("CUPS_SERVER", office.server)
    monkeypatch.chdir(workspace(tmp_path))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    command = ["prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--recipient", "caseworker"]
    assert main([*command, "--send", "mail", "--out", "packet"]) == 0
    return tmp_path


def record(place: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((place / "packet/sent.json").read_text())["attempts"]
    return found


def test_the_printer_gets_the_packet_once(place: Path, office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "packet", "--printer", "office", "--duplex", "--copies", "2"]) == 0
    assert office.printed() == (place / "packet/packet.pdf").read_bytes()
    told = office.told()
    assert "IPP_SIDES=two-sided-long-edge" in told
    assert "IPP_COPIES=2" in told
    assert "IPP_JOB_NAME=Records request" in told
    assert not [secret for secret in SECRETS if secret in told]
    (attempt,) = record(place)
    assert (attempt["state"], attempt["channel"], attempt["to"]) == ("sent", "mail", "office")
    assert attempt["id"].startswith("office-")

    assert main(["send", "packet", "--printer", "office"]) == 0
    assert "sent before: handed to the printer office" in capsys.readouterr().out
    assert len(record(place)) == 1

    def status() -> str:
        assert main(["send", "packet", "--status"]) == 0
        return capsys.readouterr().out

    _until(lambda: "printed" in status().splitlines()[-1])
    assert record(place)[-1]["status"] == "printed"


def test_one_side_and_one_copy_unless_asked(place: Path, office: Office) -> None:
    assert main(["send", "packet", "--printer", "office"]) == 0
    office.printed()
    assert "IPP_SIDES=one-sided" in office.told()
    assert "IPP_PRINT_SCALING=none" in office.told()


def test_no_such_printer(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "packet", "--printer", "nowhere"]) == 9
    assert "The printer or class does not exist. (lp). Nothing was sent" in capsys.readouterr().err
    assert record(place)[-1]["state"] == "failed"


def test_no_printer_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "packet"]) == 2
    assert "--printer NAME" in capsys.readouterr().err
