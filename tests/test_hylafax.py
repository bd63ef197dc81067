"""A fax goes into the queue of a real HylaFAX server, which the test runs in a spool of its own; it has no modem."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mail_server import free_port
from own_forms import ASKED, SECRETS, workspace
from PIL import Image

from formfill.channels.hylafax import number
from formfill.cli import main
from formfill.errors import DeliveryError

SPOOL, ETC = Path("/var/spool/hylafax"), Path("/etc/hylafax")
FAXQ, HFAXD = "/usr/sbin/faxq", "/usr/sbin/hfaxd"
PROVIDER = """\
id: acme
name: Acme Clinic
state: CA
fax: (559) 555-0111
"""
CONFIG = """\
CountryCode: 1
AreaCode: 510
LongDistancePrefix: 1
InternationalPrefix: 011
DialStringRules: etc/dialrules
ServerTracing: 1
"""


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Path, int]]:
    """The spool and port of a running server: its scheduler, and its daemon for clients."""
    if shutil.which("sendfax") is None or not Path(FAXQ).exists():
        pytest.skip("HylaFAX is not installed: apt-get install hylafax-server hylafax-client")
    if os.geteuid() != 0:
        pytest.skip("HylaFAX's daemons run as root only")
    # not below pytest's own folder, which only its owner may enter: the daemons become the user uucp
    folder = Path(tempfile.mkdtemp(prefix="formfill-hylafax-"))
    spool = folder / "spool"
    shutil.copytree(SPOOL, spool, symlinks=True, ignore=shutil.ignore_patterns("etc", "FIFO*"))
    shutil.copytree(ETC, spool / "etc")
    (spool / "etc/config").write_text(CONFIG)
    access = spool / "etc/hosts.hfaxd"
    access.write_text("^.*@.*$\n")
    for path in (folder, spool, *spool.rglob("*")):
        shutil.chown(path, "uucp", "uucp")
    folder.chmod(0o755)
    access.chmod(0o600)
    port = free_port()
    daemons = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in ([FAXQ, "-D", "-q", str(spool)], [HFAXD, "-d", "-q", str(spool), "-i", str(port)])
    ]
    try:
        _wait_for(port)
        yield spool, port
    finally:
        for daemon in daemons:
            daemon.terminate()
            daemon.wait(timeout=20)
        shutil.rmtree(folder)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("localhost", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: tuple[Path, int]) -> Path:
    """A workspace whose provider has a fax and that has a fax server, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    (tmp_path / "formfill.yaml").write_text(f"fax_server: {{host: 'localhost:{server[1]}'}}\n")
    return tmp_path


def prepare() -> None:
    command = ["prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--recipient", "caseworker"]
    assert main([*command, "--send", "fax", "--out", "packet"]) == 0


def record(place: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((place / "packet/sent.json").read_text())["attempts"]
    return found


def job(spool: Path, number: str, queue: str = "sendq") -> dict[str, str]:
    lines = (spool / queue / f"q{number}").read_text().splitlines()
    return dict(line.split(":", 1) for line in lines)


def test_a_fax_is_queued_once_as_it_is_and_its_state_read_back(
    place: Path, server: tuple[Path, int], capsys: pytest.CaptureFixture[str]
) -> None:
    spool, port = server
    prepare()
    assert main(["send", "packet"]) == 0
    (attempt,) = record(place)
    assert (attempt["state"], attempt["channel"], attempt["to"]) == ("sent", "fax", "+15595550111")
    queued = job(spool, attempt["id"])
    assert queued["external"] == "+15595550111"
    assert queued["cover"] == "", "the packet brings its own cover sheet"
    assert queued["resolution"] == "196", "sendfax halves the lines unless told not to"
    assert (queued["pagewidth"], queued["pagelength"]) == ("215", "279")
    (document,) = [value for key, value in queued.items() if key == "tiff"]
    held = (spool / document.rpartition(":")[2]).read_bytes()
    assert held == (place / "packet/fax.tiff").read_bytes()

    assert main(["send", "packet"]) == 0
    assert len(record(place)) == 1
    assert not (spool / "sendq" / f"q{int(attempt['id']) + 1}").exists()

    assert main(["send", "packet", "--status"]) == 0
    said = capsys.readouterr()
    assert "waiting for a free modem" in said.out
    assert not [secret for secret in SECRETS if secret in said.out + said.err]

    subprocess.run(["faxrm", "-h", f"localhost:{port}", attempt["id"]], check=True, capture_output=True)
    until = time.monotonic() + 20
    while not (spool / "doneq" / f"q{attempt['id']}").exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert main(["send", "packet", "--status"]) == 0
    assert "failed" in capsys.readouterr().out
    assert record(place)[-1]["state"] == "failed"
    assert main(["send", "packet"]) == 0, "what failed may be sent anew without --again"
    assert int(record(place)[-1]["id"]) > int(attempt["id"])


def test_what_the_server_holds_is_a_fax_that_libtiff_reads(place: Path, server: tuple[Path, int]) -> None:
    if shutil.which("tiffinfo") is None:
        pytest.skip("tiffinfo is not installed: apt-get install libtiff-tools")
    prepare()
    assert main(["send", "packet"]) == 0
    document = job(server[0], record(place)[-1]["id"])["tiff"].rpartition(":")[2]
    done = subprocess.run(["tiffinfo", str(server[0] / document)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("Compression Scheme: CCITT Group 4") == 2
    assert done.stdout.count("Image Width: 1728 Image Length: 2156") == 2
    assert done.stdout.count("Resolution: 204, 196 pixels/inch") == 2
    assert "Page Number: 1-2" in done.stdout


def test_our_values_are_read_off_the_fax(place: Path, server: tuple[Path, int]) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed: apt-get install tesseract-ocr")
    prepare()
    with Image.open(place / "packet/fax.tiff") as fax:
        fax.seek(1)
        page = io.BytesIO()
        fax.save(page, format="PNG")
    (place / "page.png").write_bytes(page.getvalue())
    read = subprocess.run(
        ["tesseract", str(place / "page.png"), "-", "--psm", "6"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    ).stdout
    for value in ("Amina Yusuf Rahimi", "03/14/1987", "Harbor Refugee Services"):
        assert value in read


def test_a_long_page_is_sent_as_legal(place: Path, server: tuple[Path, int]) -> None:
    prepare()
    with Image.open(place / "packet/fax.tiff") as fax:
        Image.new("1", (1728, 2744), 1).save(
            place / "packet/fax.tiff", compression="group4", dpi=(204, 196), save_all=True, append_images=[fax.copy()]
        )
    assert main(["send", "packet"]) == 0
    assert job(server[0], record(place)[-1]["id"])["pagelength"] == "355"


def test_no_server(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare()
    (place / "formfill.yaml").write_text(f"fax_server: {{host: 'localhost:{free_port()}'}}\n")
    assert main(["send", "packet"]) == 9
    said = capsys.readouterr().err
    assert "(sendfax). Nothing was sent" in said
    assert record(place)[-1]["state"] == "failed"


def test_no_program(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    prepare()
    monkeypatch.setenv("PATH", str(place))
    assert main(["send", "packet"]) == 9
    assert "apt install hylafax-client" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"recipient_fax": "(559) 555-0111"}', "+15595550111"),
        ('{"recipient_fax": "+93 70 123 4567"}', "+93701234567"),
        ('{"recipient_fax": "559 555 0111 ext 5"}', "has an extension"),
        ('{"recipient_fax": "555"}', "expected a fax number"),
        ('{"recipient_fax": 5}', "expected a fax number"),
        ('{"recipient": "Acme Clinic"}', "expected a fax number"),
        ('{"fax": "(559) 555-0111"}', "is damaged"),
        ("[]", "is damaged"),
        ("{", "is damaged"),
        (None, "is not there"),
    ],
)
def test_the_number(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "route.json").write_text(text)
    if said.startswith("+"):
        assert number(tmp_path) == said
        return
    with pytest.raises(DeliveryError, match=said):
        number(tmp_path)
