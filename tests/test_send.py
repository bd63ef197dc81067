"""``formfill send`` by e-mail: prepared, sent to a real mail server over TLS, opened there; and never twice."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import keyring
import keyring.backend
import pikepdf
import pypdf
import pytest
from mail_server import PASSWORD, USER, Mailbox, certificate, free_port, mail_server
from own_forms import ASKED, SECRETS, workspace

from formfill.channels.sending import Attempt, Parcel, attempts, deliver, parcel
from formfill.cli import main
from formfill.errors import DeliveryError

PROVIDER = """\
id: acme
name: Acme Clinic
state: CA
email: roi@acme.example.org
"""
SETTINGS = """\
sender:
  organization: Harbor Refugee Services
  phone: (510) 555-0177
  email: records@harborrefugee.example.org
smtp:
  host: localhost
  port: {port}
  security: {security}
  user: {user}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose provider takes e-mail, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.setenv("FORMFILL_SMTP_PASSWORD", PASSWORD)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "localhost.pem"))
    monkeypatch.chdir(workspace(tmp_path))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    settings(tmp_path, 9)
    return tmp_path


@pytest.fixture
def mailbox(place: Path) -> Iterator[Mailbox]:
    """A mail server that the workspace names."""
    with mail_server(place) as (box, port):
        settings(place, port)
        yield box


def settings(place: Path, port: int, security: str = "starttls", user: str = USER) -> None:
    (place / "formfill.yaml").write_text(SETTINGS.format(port=port, security=security, user=user))


def prepare(*more: str) -> int:
    command = ["prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--recipient", "caseworker"]
    return main([*command, "--send", "email", "--out", "packet", *more])


def record(place: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((place / "packet/sent.json").read_text())["attempts"]
    return found


def received(mailbox: Mailbox) -> EmailMessage:
    (envelope,) = mailbox.received
    assert envelope.mail_from == "records@harborrefugee.example.org"
    assert envelope.rcpt_tos == ["roi@acme.example.org"]
    assert isinstance(envelope.content, bytes)
    read = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def opened(read: EmailMessage, word: str) -> str:
    (part,) = read.iter_attachments()
    reader = pypdf.PdfReader(io.BytesIO(part.get_content()))
    assert reader.is_encrypted
    assert reader.decrypt(word)
    return "\n".join(page.extract_text() for page in reader.pages)


def test_a_request_arrives_and_is_read(place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare() == 0
    assert main(["send", "packet"]) == 0
    said = capsys.readouterr()
    word = (place / "packet/passphrase.txt").read_text().strip()
    text = opened(received(mailbox), word)
    assert "Amina Yusuf Rahimi" in text
    assert "Harbor Refugee Services" in text
    assert f"never by e-mail: {word}" in said.out
    assert not [secret for secret in SECRETS if secret in said.out + said.err]
    assert mailbox.received[0].content == (place / "packet/request.eml").read_bytes()
    assert word.encode() not in (mailbox.received[0].content or b"")
    for name in ("request.eml", "passphrase.txt", "sent.json"):
        assert stat.S_IMODE((place / "packet" / name).stat().st_mode) == 0o600
    (attempt,) = record(place)
    assert (attempt["state"], attempt["channel"], attempt["to"]) == ("sent", "email", "roi@acme.example.org")
    assert attempt["id"] == received(mailbox)["Message-ID"]


def test_what_was_sent_is_in_the_ledger(place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare() == 0
    capsys.readouterr()
    assert main(["send", "packet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "sent"
    assert main(["request", "list", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["state"], one["channel"], one["on"]["sent"]) == ("sent", "email", str(dt.date.today()))
    assert main(["send", "packet"]) == 0
    assert len(mailbox.received) == 1


def test_a_second_send_sends_nothing(place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare() == 0
    assert main(["send", "packet"]) == 0
    first = record(place)
    assert main(["send", "packet"]) == 0
    assert "sent before" in capsys.readouterr().out
    assert len(mailbox.received) == 1
    assert record(place) == first
    assert main(["send", "packet", "--again"]) == 0
    one, other = mailbox.received
    assert one.content == other.content  # the same Message-ID: mail programs show it once
    assert [attempt["state"] for attempt in record(place)] == ["sent", "sent"]


def test_tls_from_the_first_byte(place: Path) -> None:
    with mail_server(place, security="tls") as (box, port):
        settings(place, port, "tls")
        assert prepare() == 0
        assert main(["send", "packet"]) == 0
        assert received(box)["Subject"] == "Request for medical records"


def test_the_password_comes_from_the_keyring_where_the_environment_has_none(
    place: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Ring(keyring.backend.KeyringBackend):
        priority = 1  # type: ignore[assignment]
        kept: dict[tuple[str, str], str]

        def get_password(self, service: str, username: str) -> str | None:
            return self.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.kept[service, username] = password

    before = keyring.get_keyring()
    ring = Ring()
    ring.kept = {}
    monkeypatch.delenv("FORMFILL_SMTP_PASSWORD")
    keyring.set_keyring(ring)
    try:
        assert prepare() == 0
        assert main(["send", "packet"]) == 9
        assert f"keyring set formfill-smtp {USER}" in capsys.readouterr().err
        assert not (place / "packet/sent.json").exists() or record(place)[-1]["state"] == "failed"
        keyring.set_password("formfill-smtp", USER, PASSWORD)
        assert main(["send", "packet"]) == 0
    finally:
        keyring.set_keyring(before)
    assert received(mailbox)["Subject"] == "Request for medical records"


def test_an_s_mime_message_arrives_whole(place: Path, mailbox: Mailbox) -> None:
    chain, key = certificate(place / "form_maps/acme", "clinic")
    (place / "form_maps/acme/provider.yaml").write_text(f"{PROVIDER}smime_certificate: clinic.pem\n")
    assert prepare() == 0
    assert not (place / "packet/passphrase.txt").exists()
    assert main(["send", "packet"]) == 0
    assert received(mailbox).get_content_type() == "application/pkcs7-mime"
    opened = subprocess.run(
        ["openssl", "cms", "-decrypt", "-recip", str(chain), "-inkey", str(key)],
        input=mailbox.received[0].content,
        capture_output=True,
        check=True,
    ).stdout
    (part,) = email.message_from_bytes(opened, policy=email.policy.default).iter_attachments()  # type: ignore[attr-defined]
    reader = pypdf.PdfReader(io.BytesIO(part.get_content()))
    assert "Amina Yusuf Rahimi" in "\n".join(page.extract_text() for page in reader.pages)


def test_a_patient_who_sends_alone_is_told_to_name_a_sender(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The From of a message is read on its way: it is an organisation's, not the patient's."""
    (place / "formfill.yaml").write_text("")
    profile = place / "profiles/test-patient.yaml"
    text = profile.read_text().partition("recipients:")[0]
    profile.write_text(text.replace("  phones:", "  email: amina.rahimi@example.org\n  phones:"))
    command = ["prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--send", "email"]
    assert main([*command, "--out", "packet"]) == 4
    said = capsys.readouterr().err
    assert "sender: email: an e-mail needs a sender: add it to sender: in formfill.yaml" in said
    assert "amina" not in said
    assert not (place / "packet").exists()


def test_plain_where_the_request_records_the_choice(place: Path, mailbox: Mailbox) -> None:
    (place / "request.yaml").write_text("email_unencrypted: true\n")
    assert prepare() == 0
    assert (place / "packet/passphrase.txt").exists()
    assert prepare("--request", "request.yaml") == 0
    assert not (place / "packet/passphrase.txt").exists(), "the passphrase of an earlier packet"
    assert main(["send", "packet"]) == 0
    (part,) = received(mailbox).iter_attachments()
    assert not pypdf.PdfReader(io.BytesIO(part.get_content())).is_encrypted


def signed_copy(place: Path, name: str = "scan.pdf") -> Path:
    """The packet as it comes out of a scanner: pictures of its pages, with a line written on the last."""
    import pypdfium2
    from PIL import ImageDraw

    with pypdfium2.PdfDocument(place / "packet/packet.pdf") as document:
        pages = [page.render(scale=2).to_pil().convert("RGB") for page in document]
    ImageDraw.Draw(pages[-1]).text((300, 1400), "SIGNED ON PAPER", fill="black", font_size=40)
    pages[0].save(place / name, save_all=True, append_images=pages[1:], author="Amina Rahimi")
    return place / name


def test_the_signed_copy_goes_in_the_packets_place(
    place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare() == 0
    word = (place / "packet/passphrase.txt").read_text()
    capsys.readouterr()
    assert main(["send", "packet", "--signed", str(signed_copy(place))]) == 0
    assert "note" not in capsys.readouterr().err
    assert (place / "packet/passphrase.txt").read_text() == word, "it may have been told already"
    (part,) = received(mailbox).iter_attachments()
    reader = pypdf.PdfReader(io.BytesIO(part.get_content()))
    assert reader.decrypt(word.strip())
    assert len(reader.pages) == 2
    assert [len(page.images) for page in reader.pages] == [1, 1]
    assert (reader.metadata or {}).get("/Author") is None
    before = (place / "packet/request.eml").read_bytes()
    assert main(["send", "packet", "--signed", "scan.pdf"]) == 0
    assert (place / "packet/request.eml").read_bytes() == before
    assert len(mailbox.received) == 1


def test_an_unsigned_packet_and_half_a_copy_are_noticed(
    place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare() == 0
    with pikepdf.open(signed_copy(place)) as half:
        del half.pages[0]
        half.save(place / "half.pdf")
    assert main(["send", "packet", "--signed", "half.pdf"]) == 0
    assert "the signed copy has 1, the packet 2" in capsys.readouterr().err
    assert main(["send", "packet", "--again"]) == 0
    assert "send the signed copy: --signed" in capsys.readouterr().err


def test_a_signed_copy_that_is_none(place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare() == 0
    before = {path.name: path.read_bytes() for path in (place / "packet").iterdir()}
    (place / "scan.pdf").write_text("no document")
    assert main(["send", "packet", "--signed", "scan.pdf"]) == 8
    assert "Signed copy: " in capsys.readouterr().err
    assert main(["send", "packet", "--signed", "nothing.pdf"]) == 2
    assert {path.name: path.read_bytes() for path in (place / "packet").iterdir()} == before
    assert not mailbox.received


class TestWhatGoesWrong:
    """Nothing is sent, the exit code is 9, and the next try needs no --again; or it may have been sent, and does."""

    def fails(self, place: Path, capsys: pytest.CaptureFixture[str]) -> str:
        assert main(["send", "packet"]) == 9
        said = capsys.readouterr()
        assert not [secret for secret in SECRETS if secret in said.out + said.err]
        return said.err

    def test_nobody_listens(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        settings(place, free_port())
        assert prepare() == 0
        assert "cannot be reached (Connection refused). Nothing was sent" in self.fails(place, capsys)
        assert record(place)[-1]["state"] == "failed"
        with mail_server(place) as (box, port):
            settings(place, port)
            assert main(["send", "packet"]) == 0
            assert len(box.received) == 1

    def test_a_server_without_encryption(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert prepare() == 0
        with mail_server(place, offers_tls=False) as (box, port):
            settings(place, port)
            assert "offers no encryption" in self.fails(place, capsys)
            assert not box.received

    def test_a_certificate_of_somebody_unknown(
        self, place: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert prepare() == 0
        monkeypatch.delenv("SSL_CERT_FILE")
        assert "self-signed certificate" in self.fails(place, capsys)
        assert not mailbox.received

    def test_a_wrong_password(
        self, place: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert prepare() == 0
        monkeypatch.setenv("FORMFILL_SMTP_PASSWORD", "guess")
        said = self.fails(place, capsys)
        assert "refused the password" in said
        assert "guess" not in said
        assert not mailbox.received

    def test_an_unknown_recipient(self, place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
        assert prepare() == 0
        mailbox.refused_recipient = "roi@acme.example.org"
        assert "refused the recipient roi@acme.example.org (550)" in self.fails(place, capsys)
        assert not mailbox.received

    def test_a_message_that_is_too_large(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert prepare() == 0
        with mail_server(place, size=9000) as (box, port):
            settings(place, port)
            assert "it takes 9 kB and the message has" in self.fails(place, capsys)
            assert not box.received

    def test_a_refusal_that_quotes_the_message(
        self, place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert prepare() == 0
        mailbox.answers = ["554 refused: found Amina Rahimi"]
        assert "would not take the message (554)" in self.fails(place, capsys)
        assert main(["send", "packet"]) == 0
        assert len(mailbox.received) == 1

    def test_the_line_breaks_before_the_answer(
        self, place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert prepare() == 0
        mailbox.answers = [""]
        assert "may have been sent" in self.fails(place, capsys)
        assert len(mailbox.received) == 1
        assert record(place)[-1]["state"] == "sending"
        assert "--again" in self.fails(place, capsys)
        assert len(mailbox.received) == 1
        assert main(["send", "packet", "--again"]) == 0
        assert len(mailbox.received) == 2
        assert main(["send", "packet"]) == 0
        assert len(mailbox.received) == 2

    def test_no_server_is_named(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert prepare() == 0
        (place / "formfill.yaml").write_text("")
        assert "add smtp: with host:" in self.fails(place, capsys)
        assert not (place / "packet/sent.json").exists()

    def test_a_damaged_record(self, place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
        assert prepare() == 0
        (place / "packet/sent.json").write_text('{"attempts": [{"state"')
        assert "sent.json: is damaged" in self.fails(place, capsys)
        assert not mailbox.received

    def test_an_empty_folder(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (place / "packet").mkdir()
        assert "holds no packet" in self.fails(place, capsys)
        assert main(["send", "packet", "--status"]) == 9
        assert main(["send", "nowhere"]) == 2

    def test_printing_what_was_made_for_email(self, place: Path) -> None:
        assert prepare() == 0
        assert main(["send", "packet", "--printer", "office"]) == 2


def test_another_packet_in_a_folder_that_was_sent_from(
    place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare() == 0
    assert main(["send", "packet"]) == 0
    assert prepare() == 0
    assert main(["send", "packet"]) == 9
    assert "another packet was sent from this folder" in capsys.readouterr().err
    assert len(mailbox.received) == 1
    assert main(["send", "packet", "--again"]) == 0
    assert len(mailbox.received) == 2


def test_a_process_killed_while_it_sends_leaves_a_doubt(
    place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server takes its time; the process is killed with the message on its way."""
    import asyncio

    async def slow(server: object, session: object, envelope: object) -> str:
        mailbox.received.append(envelope)  # type: ignore[arg-type]
        await asyncio.sleep(30)
        return "250 OK"

    assert prepare() == 0
    mailbox.handle_DATA = slow  # type: ignore[method-assign,assignment]
    process = subprocess.Popen([sys.executable, "-m", "formfill", "send", "packet"], env={**os.environ})
    try:
        until = time.monotonic() + 30
        while not mailbox.received and time.monotonic() < until:
            time.sleep(0.05)
        assert main(["send", "packet"]) == 9
        assert "another formfill is sending it" in capsys.readouterr().err
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(mailbox.received) == 1
    assert record(place)[-1]["state"] == "sending"
    assert main(["send", "packet"]) == 9
    assert "may have been sent" in capsys.readouterr().err
    assert len(mailbox.received) == 1
    assert main(["send", "packet", "--status"]) == 0
    assert "may have been sent" in capsys.readouterr().out


def test_status_and_json(place: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare() == 0
    capsys.readouterr()
    assert main(["send", "packet", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["state"], done["now"]) == ("sent", True)
    assert main(["send", "packet", "--status"]) == 0
    assert "e-mailed to roi@acme.example.org" in capsys.readouterr().out


def test_a_bug_while_sending_leaves_the_doubt(tmp_path: Path) -> None:
    (tmp_path / "packet.pdf").write_bytes(b"%PDF-")

    def broken() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deliver(parcel(tmp_path), "office", broken)
    with pytest.raises(DeliveryError, match="may have been sent"):
        deliver(parcel(tmp_path), "office", lambda: "1")
    assert deliver(parcel(tmp_path), "office", lambda: "1", again=True).now
    assert [one.state for one in attempts(tmp_path)] == ["sending", "sent"]


def test_what_goes_first_is_what_the_packet_was_made_for(tmp_path: Path) -> None:
    for name, channel in (("packet.pdf", "mail"), ("fax.tiff", "fax"), ("request.eml", "email")):
        (tmp_path / name).write_bytes(b"x")
        assert parcel(tmp_path) == Parcel(tmp_path, channel, name, b"x")
    assert attempts(tmp_path) == []
    assert isinstance(deliver(parcel(tmp_path), "to", lambda: "7").attempt, Attempt)
