"""Downloads of blanks, against a web server on this machine."""

from __future__ import annotations

import hashlib
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from formfill import pull as pull_module
from formfill.errors import BlankFormError, FormMapError
from formfill.model.form_map import Blank, FormMap
from formfill.pull import download, pull

FORM = b"%PDF-1.4 not much of a form\n%%EOF\n"


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/form.pdf":
            self._send(200, FORM)
        elif self.path == "/moved":
            self._send(302, b"", Location="/form.pdf")
        elif self.path == "/to-a-file":
            self._send(302, b"", Location="file:///etc/hostname")
        elif self.path == "/to-ftp":
            self._send(302, b"", Location="ftp://127.0.0.1/form.pdf")
        elif self.path == "/round":
            self._send(302, b"", Location="/round")
        elif self.path == "/truncated":
            self._send(200, FORM[:10], length=len(FORM))
        elif self.path == "/huge":
            self._send(200, b"", length=60_000_000)
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 5000)
        else:
            self._send(404, b"no such page")

    def _send(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def form_map(source: str | None, data: bytes = FORM) -> FormMap:
    blank = Blank(file="acme/roi-en.pdf", sha256=hashlib.sha256(data).hexdigest(), source=source)
    return FormMap(form="acme-roi-en", title="Release", provider="acme", blank=blank)


@pytest.mark.parametrize("path", ["/form.pdf", "/moved"])
def test_the_very_blank_is_kept(site: str, path: str, tmp_path: Path) -> None:
    target = pull(form_map(site + path), tmp_path)
    assert target == tmp_path / "acme/roi-en.pdf"
    assert target.read_bytes() == FORM
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_another_file_is_not_kept(site: str, tmp_path: Path) -> None:
    with pytest.raises(BlankFormError, match="is not the blank of this map") as caught:
        pull(form_map(site + "/form.pdf", data=b"another edition"), tmp_path)
    assert caught.value.exit_code == 5
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/gone", "answers 404"),
        ("/truncated", "connection broke"),
        ("/to-a-file", "not allowed"),
        ("/to-ftp", "only http and https"),
        ("/huge", "60,000,000 bytes announced"),
        ("/round", "answers 302"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_kept(site: str, path: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BlankFormError, match=message):
        pull(form_map(site + path), tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_an_answer_without_a_length_is_bounded_too(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_module, "MAX_BYTES", 4000)
    with pytest.raises(BlankFormError, match="more than 4,000 bytes"):
        download(site + "/endless")


def test_a_slow_server_is_given_up(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_module, "TOTAL_SECONDS", -1)
    with pytest.raises(BlankFormError, match="not done after"):
        download(site + "/form.pdf")


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "data:,x", "form.pdf", "//host/x"])
def test_only_the_web_is_read(url: str) -> None:
    with pytest.raises(BlankFormError, match="only http and https"):
        download(url)


def test_nobody_answers() -> None:
    with pytest.raises(BlankFormError, match="cannot be downloaded"):
        download("http://127.0.0.1:9/form.pdf")


def test_a_map_without_a_source_says_so(tmp_path: Path) -> None:
    with pytest.raises(FormMapError, match="formfill form add"):
        pull(form_map(None), tmp_path)
