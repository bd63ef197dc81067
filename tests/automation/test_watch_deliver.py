"""``formfill watch --deliver``, with a real mail server: each packet leaves once, or a person is told."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.automation.drop_folder import Place, make, request, table
from tests.mail_server import PASSWORD, USER, Mailbox, free_port, mail_server

PROVIDER = "id: acme\nname: Acme Clinic\nstate: CA\nemail: roi@acme.example.org\n"
SETTINGS = """\
sender: {{organization: Harbor Refugee Services, phone: (510) 555-0177, email: records@harborrefugee.example.org}}
smtp: {{host: localhost, port: {port}, user: {user}}}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("FORMFILL_SMTP_PASSWORD", PASSWORD)
    place = make(tmp_path / "home")
    monkeypatch.setenv("SSL_CERT_FILE", str(place.home / "localhost.pem"))
    (place.home / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    settings(place, free_port())
    return place


@pytest.fixture
def mailbox(place: Place) -> Iterator[Mailbox]:
    with mail_server(place.home) as (box, port):
        settings(place, port)
        yield box


def settings(place: Place, port: int) -> None:
    (place.home / "formfill.yaml").write_text(SETTINGS.format(port=port, user=USER))


def by_email() -> str:
    return json.dumps({**json.loads(request(send="email")), "provider": "acme", "recipient": "caseworker"})


def states(place: Place) -> list[str]:
    return [state for (state,) in _rows(place, "SELECT state FROM requests")]


def _rows(place: Place, query: str) -> list[tuple[str, ...]]:
    db = sqlite3.connect(place.home / "ledger.sqlite")
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def test_sent_once_and_in_the_ledger(place: Place, mailbox: Mailbox) -> None:
    for number in range(3):
        place.drop(f"r{number}.json", by_email())
    place.drop("form.json", request())
    done = place.watch("--deliver")
    assert done.returncode == 0, done.stderr
    assert len(mailbox.received) == 3
    assert states(place) == ["sent"] * 3
    assert place.watch("--deliver").returncode == 0
    assert len(mailbox.received) == 3


def test_a_server_that_is_away_is_waited_for(place: Place) -> None:
    place.drop("r.json", by_email())
    place.drop("form.json", request())
    watcher = subprocess.Popen(
        place.command("--once", "--deliver", "--retries", "20"), cwd=place.home, env=place.environment()
    )
    until(lambda: any(place.inbox.glob(".formfill/*/*/tries.json")) and place.kept("done") == ["form.json"])
    with mail_server(place.home) as (box, port):
        settings(place, port)
        assert watcher.wait(timeout=60) == 0
        assert len(box.received) == 1
    assert states(place) == ["sent"]


def test_a_server_that_says_later_is_asked_later(place: Place, mailbox: Mailbox) -> None:
    mailbox.answers = ["451 try again later"] * 2
    place.drop("r.json", by_email())
    assert place.watch("--deliver").returncode == 0
    assert len(mailbox.received) == 1


def test_a_server_that_refuses_is_not_asked_again(place: Place, mailbox: Mailbox) -> None:
    mailbox.answers = ["554 no"]
    place.drop("r.json", by_email())
    assert place.watch("--deliver").returncode == 10
    assert not mailbox.received
    assert "Its packet is made. To send it: formfill send " in place.reason("r")
    assert states(place) == ["prepared"]


def test_what_may_have_left_is_not_sent_again(place: Place, mailbox: Mailbox) -> None:
    mailbox.answers = [""]
    place.drop("r.json", by_email())
    assert place.watch("--deliver").returncode == 10
    assert len(mailbox.received) == 1
    assert "may have been sent" in place.reason("r")
    assert "Do not drop the file again" in place.reason("r")


def kill_when_it_arrived(place: Place, mailbox: Mailbox) -> None:
    """Run a watcher until the mail server has its first message, and kill it then."""
    watcher = subprocess.Popen(
        place.command("--deliver"), cwd=place.home, env=place.environment(), start_new_session=True
    )
    until(lambda: mailbox.received)
    os.killpg(watcher.pid, signal.SIGKILL)
    watcher.wait()


def test_killed_while_it_is_sent(place: Place, mailbox: Mailbox) -> None:
    async def never_answers(server: SMTP, session: Session, envelope: Envelope) -> str:
        mailbox.received.append(envelope)
        await asyncio.sleep(60)
        return "250 OK"

    mailbox.handle_DATA = never_answers  # type: ignore[method-assign]
    place.drop("r.json", by_email())
    kill_when_it_arrived(place, mailbox)
    del mailbox.handle_DATA  # type: ignore[method-assign]
    assert place.watch("--deliver").returncode == 10
    assert len(mailbox.received) == 1
    assert "may have been sent" in place.reason("r")


def test_killed_at_some_time_after_it_was_sent(place: Place, mailbox: Mailbox) -> None:
    place.drop("r.json", by_email())
    kill_when_it_arrived(place, mailbox)
    assert place.watch("--deliver").returncode in (0, 10)
    assert len(mailbox.received) == 1
    assert place.kept("done") == ["r.json"] or "may have been sent" in place.reason("r")


def test_the_rows_of_a_table(place: Place, mailbox: Mailbox) -> None:
    mailbox.answers = ["554 no"]
    rows = table(3, bad=[2]).replace("purpose,", "purpose,send,provider,recipient,")
    place.drop("many.csv", rows.replace("personal,", "personal,email,acme,caseworker,"))
    assert place.watch("--deliver").returncode == 10
    assert len(mailbox.received) == 1
    said = place.reason("many")
    assert "1 of 3 rows could not be done" in said
    assert "1 of 3 packets were made and not sent" in said
    assert sorted(states(place)) == ["prepared", "sent"]


def until(true: object, seconds: float = 30) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)
