"""``formfill request`` and ``patient purge``, and what ``prepare`` enters into the ledger."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import runpy
import shlex
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from icalendar import Calendar
from own_forms import SECRETS, workspace
from test_cli_prepare import PROVIDER

from formfill.cli import formfill, main
from formfill.store.entry import Change, NewRequest, State
from formfill.store.exports import table
from formfill.store.ledger import Ledger, request_id

Said = Callable[..., str]

ASKED = ["--records", "lab", "--from", "2024-01-01", "--purpose", "personal", "--delivery", "cd"]
PREPARE = ["prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--send", "mail", "--out"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a provider that can be reached, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command that must succeed, and returns what it prints."""

    def run(*arguments: str) -> str:
        capsys.readouterr()
        assert main(arguments) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return run


@pytest.fixture
def key(place: Path, said: Said) -> str:
    """The id of one prepared request."""
    request: str = json.loads(said(*PREPARE, "packet", "--json"))["request"]
    return request


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(arguments)
    return code, capsys.readouterr().err


def test_prepare_enters_the_request(place: Path, said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(*PREPARE, "outbox/one")
    found = re.search(r"in the ledger as request (\S+)", out)
    assert found
    (one,) = json.loads(said("request", "list", "--json"))
    assert one["id"] == found[1]
    assert one["state"] == "prepared"
    assert one["provider"] == "acme"
    assert one["provider_name"] == "Acme Clinic"
    assert one["instrument"] == "access-request", "the records go to the patient"
    assert one["records"] == ["lab"]
    assert one["channel"] == "mail"
    assert one["folder"] == "outbox/one"
    assert one["on"] == {"prepared": dt.date.today().isoformat()}
    assert stat.S_IMODE((place / "ledger.sqlite").stat().st_mode) == 0o600


def test_the_instrument_is_that_of_the_law(place: Path, said: Said) -> None:
    said(*PREPARE, "packet", "--recipient", "caseworker", "--from", "2025-01-01")
    (one,) = json.loads(said("request", "list", "--json"))
    assert one["instrument"] == "authorization"
    assert one["dates"] == "2025-01-01/.."


def test_prepared_twice_is_a_note(place: Path, said: Said, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main([*PREPARE, "other"]) == 0
    assert f"note: the same was prepared before: request {key}, prepared since" in capsys.readouterr().err
    assert main([*PREPARE, "packet"]) == 0
    assert f"request {key} was prepared before, on {dt.date.today()}: this is its packet" in capsys.readouterr().err
    done = json.loads(said(*PREPARE, "third", "--json"))
    assert key in done["prepared_before"]
    assert len(done["prepared_before"]) == 2
    assert main([*PREPARE, "fourth", "--copies", "2", "--from", "2023-05-01"]) == 0
    assert "prepared before" not in capsys.readouterr().err, "other dates are another request"


def test_without_a_ledger(place: Path, said: Said) -> None:
    assert json.loads(said(*PREPARE, "packet", "--no-ledger", "--json"))["request"] is None
    assert not (place / "ledger.sqlite").exists()
    assert (place / "packet/packet.pdf").exists()


def test_a_packet_that_cannot_be_written_is_not_entered(place: Path, said: Said) -> None:
    (place / "packet/packet.pdf").mkdir(parents=True)
    assert main([*PREPARE, "packet"]) == 8
    assert json.loads(said("request", "list", "--json")) == []


def test_a_ledger_that_cannot_be_used_keeps_the_packet_back(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "ledger.sqlite").write_text("mine")
    code, message = fails(capsys, *PREPARE, "packet")
    assert code == 12
    assert "is no ledger" in message
    assert not (place / "packet").exists()
    assert (place / "ledger.sqlite").read_text() == "mine"


def test_from_the_packet_to_the_records(place: Path, said: Said, key: str) -> None:
    tail = key[11:]
    assert said("request", "signed", tail, "--on", "2026-07-01") == f"{key}: signed on 2026-07-01\n"
    out = said("request", "sent", tail[:4], "--on", "2026-07-02", "--tracking", "9407 1000 0000 0000 0000 00")
    assert "due 2026-07-22: CA: copies within 15 days" in out
    assert "estimated" in out
    out = said("request", "received", key, "--on", "2026-07-06")
    assert "due 2026-07-21" in out
    assert "estimated" not in out
    shown = said("request", "show", tail)
    assert "due 2026-08-05: HIPAA: 30 days (45 CFR 164.524(b)(2))" in shown
    assert "if nothing comes by 2026-08-05, then until 2027-02-01: complaint" in shown
    assert "disclosed 2026-07-02 by mail to Acme Clinic: the request: form acme-roi-en" in shown
    assert "9407100000000000000000" in shown
    said("request", "extended", tail, "--on", "2026-07-20", "--until", "2026-08-20")
    facts = json.loads(said("request", "show", tail, "--json"))
    assert [one["due"] for one in facts["deadlines"]] == ["2026-07-21", "2026-08-20"]
    assert facts["disclosures"][0]["to"] == "Acme Clinic"
    said("request", "denied", tail, "--on", "2026-08-01")
    said("request", "fulfilled", tail, "--on", "2026-08-02")
    said("request", "revoke", tail)
    facts = json.loads(said("request", "show", tail, "--json"))
    assert facts["state"] == "revoked"
    assert facts["due"] is None
    assert "the audit log is whole: 8 lines" in said("request", "verify")


def test_an_extension_that_comes_too_late_is_noted(
    place: Path, said: Said, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said("request", "sent", key, "--on", "2026-07-01")
    said("request", "received", key, "--on", "2026-07-06")
    assert main(["request", "extended", key, "--on", "2026-08-10"]) == 0
    assert "extends nothing" in capsys.readouterr().err


def test_an_authorization_has_a_courtesy_date(place: Path, said: Said) -> None:
    request = json.loads(said(*PREPARE, "packet", "--recipient", "caseworker", "--json"))["request"]
    out = said("request", "sent", request, "--on", "2026-07-01")
    assert "due 2026-08-05: a day to ask how it stands: a courtesy" in out
    assert "complaint" not in said("request", "show", request)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "nothing"], 4, "no such request. List them: formfill request list"),
        (["received", "KEY"], 4, "is prepared, and cannot become received"),
        (["sent", "KEY"], 2, "--on"),
        (["sent", "KEY", "--on", "7/1/2026"], 2, "--on"),
        (["sent", "KEY", "--on", "2999-01-01"], 4, "still to come"),
        (["sent", "KEY", "--on", "2026-07-01", "--channel", "pigeon"], 2, "--channel"),
        (["sent", "KEY", "--on", "2026-07-01", "--tracking", "12"], 4, "--tracking"),
        (["list", "--state", "lost"], 2, "--state"),
        (["verify", "--head", "00ff"], 12, "head that you noted"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changed(
    place: Path, said: Said, key: str, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    before = said("request", "list", "--json")
    got, error = fails(capsys, "request", *(key if one == "KEY" else one for one in arguments))
    assert got == code
    assert message in error
    assert said("request", "list", "--json") == before


def test_a_ledger_needs_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    code, error = fails(capsys, "request", "list")
    assert code == 4
    assert "no workspace here, and the ledger is kept in one" in error
    assert list(tmp_path.iterdir()) == []


def enter(place: Path, provider: str, sent: str | None, key: str | None = None, **more: str) -> str:
    """Enter a request without a packet: what is tested needs none."""
    asked = NewRequest(
        profile="test-patient",
        provider=provider.lower(),
        provider_name=provider,
        state_of_records="CA",
        form="acme-roi-en",
        instrument="access-request",
        records=("lab",),
        channel="mail",
        folder=f"outbox/{provider}",
    )
    with Ledger(place) as ledger:
        new_id = (lambda _: key) if key else request_id
        key = ledger.prepare(replace(asked, **more), dt.date(2026, 6, 1), new_id).entry.id  # type: ignore[arg-type]
        if sent:
            ledger.change(key, Change(state="sent", on=dt.date.fromisoformat(sent)))
    return key


def test_due(place: Path, said: Said) -> None:
    # sent on these days, taken to be received five days later, due fifteen days after that
    later, soon, past, today = (
        enter(place, name, day)
        for name, day in (("Late", "2026-07-14"), ("Soon", "2026-07-07"), ("Past", "2026-07-01"), ("Now", "2026-07-02"))
    )
    enter(place, "Not sent", None)
    rows = json.loads(said("request", "due", "--as-of", "2026-07-22", "--json"))
    assert [(one["id"], one["due"], one["urgency"], one["days"]) for one in rows] == [
        (past, "2026-07-21", "overdue", -1),
        (today, "2026-07-22", "soon", 0),
        (soon, "2026-07-27", "soon", 5),
        (later, "2026-08-03", "later", 12),
    ]
    lines = said("request", "due", "--as-of", "2026-07-22").splitlines()
    assert [" ".join(line.split()[:4]) for line in lines[1:3]] == [
        "2026-07-21 overdue by 1",
        f"2026-07-22 today {today} sent",
    ]
    assert lines[-1] == "1 prepared and not sent yet: formfill request list"
    assert "estimated" in lines[1]


def test_due_in_colour_at_a_terminal(place: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(place, "Past", "2026-07-01")
    enter(place, "Soon", "2026-07-07")
    enter(place, "Late", "2026-07-14")
    terminal = type("Terminal", (io.StringIO,), {"isatty": lambda _: True})()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout", terminal)
    assert main(["request", "due", "--as-of", "2026-07-22"]) == 0
    lines = [line for line in terminal.getvalue().splitlines() if re.search(r"2026-06-01-[a-z2-7]{6}\b", line)]
    for line, colour in zip(lines, ("\x1b[31m", "\x1b[33m", "\x1b[32m"), strict=True):
        assert colour in line


def test_nothing_is_due(place: Path, said: Said) -> None:
    assert said("request", "due") == "nothing is due\n"
    assert said("request", "list") == "no requests\n"
    assert said("request", "due", "--json") == "[]\n"


def test_list_can_be_narrowed(place: Path, said: Said) -> None:
    first = enter(place, "First", "2026-07-01")
    second = enter(place, "Second", None, profile="other")
    assert [one["id"] for one in json.loads(said("request", "list", "--state", "sent", "--json"))] == [first]
    assert [one["id"] for one in json.loads(said("request", "list", "--profile", "other", "--json"))] == [second]
    assert "2026-07-21 (estimated)" in said("request", "list", "--state", "sent")


def test_the_calendar(place: Path, said: Said) -> None:
    key = enter(place, "Acme, Clinic; & Söhne", "2026-07-01")
    asked = enter(place, "Other", "2026-07-01", instrument="authorization")
    enter(place, "Not sent", None)
    said("request", "calendar", "--out", "due.ics")
    data = (place / "due.ics").read_bytes()
    assert stat.S_IMODE((place / "due.ics").stat().st_mode) == 0o600
    assert data.count(b"\r\n") == data.count(b"\n")
    events = {str(event["uid"]): event for event in Calendar.from_ical(data).walk("VEVENT")}
    assert set(events) == {f"{key}@formfill", f"{asked}@formfill"}
    event = events[f"{key}@formfill"]
    assert event.decoded("dtstart") == dt.date(2026, 7, 21)
    assert event.decoded("dtend") == dt.date(2026, 7, 22)
    assert str(event["summary"]) == f"Records due: Acme, Clinic; & Söhne ({key})"
    assert "123110" in event["description"]
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger") == dt.timedelta(days=-5)
    assert str(events[f"{asked}@formfill"]["summary"]).startswith("Ask about records")
    assert b"test-patient" not in data
    assert not any(secret.encode() in data for secret in SECRETS)
    assert said("request", "calendar").encode().replace(b"\r\n", b"\n") == data.replace(b"\r\n", b"\n")


def test_export_is_safe_in_a_spreadsheet(place: Path, said: Said) -> None:
    enter(place, "=HYPERLINK(A1)", "2026-07-01", folder="-2+3", dates="@SUM(1)", form="+1")
    with Ledger(place) as ledger:
        (entry,) = ledger.entries()
        correct = Change(state="sent", on=entry.on["sent"], tracking="9407100000000000000000", correct=True)
        ledger.change(entry.id, correct)
    said("request", "export", "--out", "all.csv")
    assert stat.S_IMODE((place / "all.csv").stat().st_mode) == 0o600
    (row,) = csv.DictReader(io.StringIO((place / "all.csv").read_text(encoding="utf-8-sig")))
    assert row["provider_name"] == "'=HYPERLINK(A1)"
    assert row["folder"] == "'-2+3"
    assert row["dates"] == "'@SUM(1)"
    assert row["form"] == "'+1"
    assert row["tracking"] == "9407 1000 0000 0000 0000 00"
    assert row["due"] == "2026-07-21"
    assert row["sent_on"] == "2026-07-01"
    assert row["received_on"] == ""
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row.values())


def test_export_of_an_empty_ledger_has_its_headings() -> None:
    assert table([]).decode("utf-8-sig").startswith("id,state,due,rule,profile,")


def test_verify_says_where_the_log_breaks(
    place: Path, said: Said, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said("request", "signed", key)
    head = said("request", "verify").split()[-1]
    assert "whole" in said("request", "verify", "--head", head)
    with closing(sqlite3.connect(place / "ledger.sqlite")) as other:
        other.executescript("DROP TRIGGER audit_is_never_changed; UPDATE audit SET at = '' WHERE seq = 2")
    code, error = fails(capsys, "request", "verify")
    assert code == 12
    assert "breaks at line 2, which was altered" in error


def test_purge(place: Path, said: Said, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, error = fails(capsys, "patient", "purge", "test-patient")
    assert code == 2
    assert "requests of test-patient that would be deleted for good: 1. To do it, say --yes" in error
    assert len(json.loads(said("request", "list", "--json"))) == 1
    out = said("patient", "purge", "test-patient", "--yes")
    assert "requests of test-patient deleted from the ledger: 1" in out
    assert "its packet is still there, delete it yourself: packet" in out
    assert json.loads(said("request", "list", "--json")) == []
    assert b"test-patient" not in (place / "ledger.sqlite").read_bytes()
    assert "whole: 2 lines" in said("request", "verify")
    capsys.readouterr()
    assert main(["patient", "purge", "test-patient", "--yes"]) == 0
    assert "is it spelt right?" in capsys.readouterr().err


#: What happened, with its day, before the step of each example.
BEFORE: dict[str, tuple[State, ...]] = {
    "formfill request received": ("sent",),
    "formfill request extended": ("sent", "received"),
    "formfill request fulfilled": ("sent", "received"),
    "formfill request denied": ("sent", "received"),
    "formfill request revoke": ("sent",),
    "formfill request followup": ("sent",),
    "formfill request complaint": ("sent",),
    "formfill request revocation": ("sent",),
}


def test_the_examples_in_help_run(root: Path, place: Path, said: Said) -> None:
    made = runpy.run_path(str(root / "docs/make_commands.py"))
    ran = []
    for path, text in made["commands"](formfill, "formfill"):
        for example in re.findall(r"^ +formfill (.*k7qf3m.*)$", text, re.MULTILINE):
            (place / "ledger.sqlite").unlink(missing_ok=True)
            enter(place, "Acme", None, key="2026-06-01-k7qf3m")
            with Ledger(place) as ledger:
                for state in BEFORE.get(path, ()):
                    ledger.change("k7qf3m", Change(state=state, on=dt.date(2026, 7, 3)))
            said(*shlex.split(example))
            ran.append(path)
    assert len(ran) == 12


def test_ids_and_audit_lines_hold_nothing_of_the_patient(place: Path, said: Said, key: str) -> None:
    said("request", "sent", key, "--on", "2026-07-01", "--tracking", "9407100000000000000000")
    with closing(sqlite3.connect(place / "ledger.sqlite")) as db:
        log = str(db.execute("SELECT * FROM audit").fetchall())
    assert key in log
    assert not any(word in log for word in (*SECRETS, "test-patient", "packet", "9407", "Acme"))


def test_the_letter_for_a_request_that_is_overdue(place: Path, said: Said) -> None:
    """Sent on a Wednesday, taken to be received five days later; California gives fifteen days from then."""
    key = enter(place, "Acme", "2026-07-01")
    assert "wrote outbox/follow-up.pdf" in said("request", "followup", key, "--out", "outbox/")
    text = " ".join(pypdf.PdfReader(place / "outbox/follow-up.pdf").pages[0].extract_text().split())
    assert "sent to you on July 1, 2026" in text
    assert "were due on July 21, 2026" in text
    assert "123110" in text
    assert stat.S_IMODE((place / "outbox/follow-up.pdf").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("sent", "complaint"), [(None, "no answer is owed"), (str(dt.date.today()), "nothing is overdue")]
)
def test_no_letter_for_what_is_not_overdue(
    place: Path, sent: str | None, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key = enter(place, "Acme", sent)
    assert main(["request", "followup", key, "--out", "outbox/"]) == 4
    assert complaint in capsys.readouterr().err
    assert not (place / "outbox/follow-up.pdf").exists()


def test_the_complaint_has_the_facts_of_the_ledger(place: Path, said: Said) -> None:
    key = enter(place, "Acme", "2026-07-01")
    said("request", "received", key, "--on", "2026-07-03")
    said("request", "complaint", key, "--out", "outbox/")
    text = " ".join(pypdf.PdfReader(place / "outbox/complaint.pdf").pages[0].extract_text().split())
    assert "August 2, 2026, 30 days from its receipt" in text
    assert "Acme Clinic" in text


def test_the_revocation_says_which_authorization(place: Path, said: Said) -> None:
    key = enter(place, "Acme", None, instrument="authorization")
    said("request", "signed", key, "--on", "2026-06-30")
    said("request", "sent", key, "--on", "2026-07-01")
    said("request", "revocation", key, "--recipient", "caseworker", "--out", "outbox/")
    text = " ".join(pypdf.PdfReader(place / "outbox/revocation.pdf").pages[0].extract_text().split())
    assert "signed on June 30, 2026 and sent to you on July 1, 2026" in text
    assert "Elena Marsh" in text or "Harbor Refugee Services" in text
