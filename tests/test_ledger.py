"""The ledger: states, ids, two writers, an audit log that cannot be mended, and a purge that leaves no byte."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from formfill.errors import ExitCode, LedgerError, RequestError
from formfill.store.database import MIGRATIONS
from formfill.store.entry import NEXT, STATES, Change, NewRequest, State
from formfill.store.ledger import Disclosure, Ledger, digest_of, request_id

TODAY = dt.date(2026, 11, 26)
ASKED = NewRequest(
    profile="zz-secretname",
    provider="valley-oak",
    provider_name="Valley Oak Community Clinic",
    state_of_records="CA",
    form="model-access-request-en",
    instrument="access-request",
    records=("lab", "immunizations"),
    dates="all",
    channel="mail",
    folder="outbox/zz-secretname-1",
)
#: Days on which a request passes through its states, for tests that care for the state alone.
DAYS = {state: dt.date(2026, 11, 1) + dt.timedelta(days=i) for i, state in enumerate(STATES)}
#: A way to each state.
WAYS: dict[State, tuple[State, ...]] = {
    "prepared": (),
    "signed": ("signed",),
    "sent": ("signed", "sent"),
    "received": ("sent", "received"),
    "extended": ("sent", "extended"),
    "fulfilled": ("sent", "received", "extended", "fulfilled"),
    "denied": ("sent", "received", "denied"),
    "revoked": ("signed", "revoked"),
}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path) as opened:
        yield opened


def prepared(ledger: Ledger, **more: str) -> str:
    return ledger.prepare(replace(ASKED, **more), dt.date(2026, 11, 1)).entry.id  # type: ignore[arg-type]


def change(ledger: Ledger, key: str, state: State, on: dt.date | None = None, **more: object) -> None:
    ledger.change(key, Change(state=state, on=on or DAYS[state], **more), TODAY)  # type: ignore[arg-type]


def test_what_is_entered_is_read_back(ledger: Ledger) -> None:
    key = prepared(ledger)
    (entry,) = ledger.entries()
    assert entry.id == key
    assert entry.state == "prepared"
    assert entry.request == replace(ASKED, records=("immunizations", "lab"))
    assert entry.on == {"prepared": dt.date(2026, 11, 1)}
    assert entry.deadlines == ()
    assert re.fullmatch(r"2026-11-01-[a-z2-7]{6}", key)


def test_the_file_is_its_owners_alone_and_writes_ahead(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        prepared(ledger)
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert {path.name for path in tmp_path.iterdir()} == {
            "ledger.sqlite",
            "ledger.sqlite-wal",
            "ledger.sqlite-shm",
        }
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    (tmp_path / "ledger.sqlite").chmod(0o644)
    Ledger(tmp_path).close()
    assert stat.S_IMODE((tmp_path / "ledger.sqlite").stat().st_mode) == 0o600


@pytest.mark.parametrize("after", STATES)
@pytest.mark.parametrize("before", STATES)
def test_what_may_follow_what(ledger: Ledger, before: State, after: State) -> None:
    key = prepared(ledger)
    for state in WAYS[before]:
        change(ledger, key, state)
    lines = ledger.verify_audit().lines
    # a step that was made already is made no second time, though its state may follow again
    if after in NEXT[before] and after not in WAYS[before]:
        on = max(DAYS[after], *(DAYS[state] for state in WAYS[before]), DAYS["prepared"])
        if before == "extended" and after == "received":
            on = DAYS["received"]
        change(ledger, key, after, on)
        kept = "extended" if (before, after) == ("extended", "received") else after
        assert ledger.entry(key).state == kept
        assert ledger.entry(key).on[after] == on
        assert ledger.verify_audit().lines == lines + 1
    else:
        with pytest.raises(RequestError, match=key):
            change(ledger, key, after, TODAY)
        assert ledger.entry(key).state == before
        assert ledger.verify_audit().lines == lines


def test_a_step_that_cannot_be_says_what_can(ledger: Ledger) -> None:
    key = prepared(ledger)
    with pytest.raises(RequestError, match="is prepared, and cannot become received; what may follow: signed, sent"):
        change(ledger, key, "received")


def test_dates_run_forwards(ledger: Ledger) -> None:
    key = prepared(ledger)
    change(ledger, key, "sent", dt.date(2026, 11, 5))
    with pytest.raises(RequestError, match="received on 2026-11-04 is before it was sent"):
        change(ledger, key, "received", dt.date(2026, 11, 4))
    with pytest.raises(RequestError, match="still to come"):
        change(ledger, key, "received", TODAY + dt.timedelta(days=1))
    change(ledger, key, "received", dt.date(2026, 11, 9))
    with pytest.raises(RequestError, match="sent on 2026-11-10 is after it was received"):
        change(ledger, key, "sent", dt.date(2026, 11, 10), correct=True)
    with pytest.raises(RequestError, match="not after the notice"):
        change(ledger, key, "extended", dt.date(2026, 11, 20), until=dt.date(2026, 11, 20))


def test_what_was_entered_wrongly_is_corrected_and_logged(ledger: Ledger) -> None:
    key = prepared(ledger)
    change(ledger, key, "sent", dt.date(2026, 11, 5))
    change(ledger, key, "received", dt.date(2026, 11, 9))
    with pytest.raises(RequestError, match="--correct"):
        change(ledger, key, "sent", dt.date(2026, 11, 6))
    change(ledger, key, "sent", dt.date(2026, 11, 6), correct=True, channel="fax")
    entry = ledger.entry(key)
    assert entry.state == "received"
    assert entry.on["sent"] == dt.date(2026, 11, 6)
    (disclosed,) = ledger.disclosures(key)
    assert (disclosed.on, disclosed.channel) == (dt.date(2026, 11, 6), "fax")
    with pytest.raises(RequestError, match="never denied"):
        change(ledger, key, "denied", correct=True)
    ledger.verify_audit()


def test_due_dates_follow_the_request(ledger: Ledger) -> None:
    key = prepared(ledger)
    change(ledger, key, "sent", dt.date(2026, 7, 1))
    first = ledger.entry(key).deadlines[0]
    assert (first.due, first.estimated) == (dt.date(2026, 7, 21), True)
    change(ledger, key, "received", dt.date(2026, 7, 7))
    assert [one.due for one in ledger.entry(key).deadlines] == [dt.date(2026, 7, 22), dt.date(2026, 8, 6)]
    change(ledger, key, "extended", dt.date(2026, 7, 20), until=dt.date(2026, 8, 20))
    assert [one.due for one in ledger.entry(key).deadlines] == [dt.date(2026, 7, 22), dt.date(2026, 8, 20)]
    with pytest.raises(RequestError, match="extend once"):
        change(ledger, key, "extended", dt.date(2026, 7, 30))
    change(ledger, key, "fulfilled", dt.date(2026, 8, 1))
    assert ledger.entry(key).deadlines == ()


def test_tracking_and_disclosures(ledger: Ledger) -> None:
    key = prepared(ledger)
    with pytest.raises(RequestError, match="--tracking"):
        change(ledger, key, "sent", tracking="=1+1")
    change(ledger, key, "sent", tracking="9407 1000 0000 0000 0000 00")
    assert ledger.entry(key).tracking == "9407100000000000000000"
    letter = Disclosure(on=TODAY, recipient="Valley Oak", what="a letter that asks again", channel="mail")
    ledger.disclose(key, letter)
    request, second = ledger.disclosures(key)
    assert (request.recipient, request.channel) == ("Valley Oak Community Clinic", "mail")
    assert second == letter


def test_the_same_prepared_twice_is_named(ledger: Ledger) -> None:
    first = ledger.prepare(ASKED, dt.date(2026, 11, 1))
    assert first.same == ()
    other_order = replace(ASKED, records=("immunizations", "lab"), folder="outbox/2", channel="fax")
    second = ledger.prepare(other_order, dt.date(2026, 11, 2))
    assert [one.id for one in second.same] == [first.entry.id]
    assert second.replaced == ()
    assert second.entry.id != first.entry.id
    assert len(ledger.entries()) == 2


@pytest.mark.parametrize(
    "other",
    [{"profile": "b"}, {"provider": "b"}, {"form": "b"}, {"records": ("lab",)}, {"dates": "2025-01-01/.."}],
)
def test_what_differs_is_not_the_same(ledger: Ledger, other: dict[str, str]) -> None:
    prepared(ledger)
    entered = ledger.prepare(replace(ASKED, folder="outbox/2", **other), TODAY)  # type: ignore[arg-type]
    assert entered.same == ()
    assert digest_of(ASKED) != entered.entry.digest


def test_a_packet_made_again_in_its_folder_is_the_same_request(ledger: Ledger) -> None:
    key = prepared(ledger)
    again = ledger.prepare(ASKED, dt.date(2026, 11, 3))
    assert again.entry.id == key
    assert again.entry.on == {"prepared": dt.date(2026, 11, 3)}
    assert [one.id for one in again.same] == [key]
    assert len(ledger.entries()) == 1
    change(ledger, key, "sent", dt.date(2026, 11, 4))
    after = ledger.prepare(ASKED, dt.date(2026, 11, 5))
    assert after.entry.id != key, "what was sent keeps its row"
    assert [one.id for one in after.replaced] == [key], "its packet is no longer in the folder"
    ledger.verify_audit()


def test_an_id_that_is_taken_is_drawn_again(ledger: Ledger) -> None:
    ids = iter(["2026-11-01-aaaaaa", "2026-11-01-aaaaaa", "2026-11-01-bbbbbb"])
    first = ledger.prepare(ASKED, TODAY, lambda _: next(ids)).entry.id
    second = ledger.prepare(replace(ASKED, folder="2"), TODAY, lambda _: next(ids)).entry.id
    assert (first, second) == ("2026-11-01-aaaaaa", "2026-11-01-bbbbbb")


def test_ids_say_the_day_and_nothing_else() -> None:
    ids = {request_id(TODAY) for _ in range(500)}
    assert len(ids) > 495
    assert all(re.fullmatch(r"2026-11-26-[a-z2-7]{6}", one) for one in ids)


def test_an_id_by_its_beginning(ledger: Ledger) -> None:
    ids = iter(["2026-11-01-aabbcc", "2026-11-01-aaccdd"])
    for folder in ("1", "2"):
        ledger.prepare(replace(ASKED, folder=folder), TODAY, lambda _: next(ids))
    assert ledger.entry("2026-11-01-aab").id == "2026-11-01-aabbcc"
    assert ledger.entry("AAC").id == "2026-11-01-aaccdd"
    with pytest.raises(RequestError, match="may be 2026-11-01-aabbcc, 2026-11-01-aaccdd"):
        ledger.entry("aa")
    for unknown in ("", "a", "%", "__", "2026-12", "aabbccd"):
        with pytest.raises(RequestError, match="no such request"):
            ledger.entry(unknown)


def test_all_or_nothing(ledger: Ledger) -> None:
    def fails() -> None:
        with ledger.all_or_nothing():
            prepared(ledger)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert ledger.entries() == ()
    assert ledger.verify_audit().lines == 0


_WRITER = """
import datetime as dt, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_ledger import ASKED
from formfill.store.entry import Change
from formfill.store.ledger import Ledger
day = dt.date(2026, 11, 1)
for i in range(40):
    with Ledger(Path(sys.argv[1])) as ledger:
        key = ledger.prepare(replace(ASKED, folder=f"{sys.argv[2]}-{i}"), day).entry.id
        ledger.change(key, Change(state="sent", on=day), day)
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    here = str(Path(__file__).parent)
    writers = [subprocess.Popen([*command, name, here], stderr=subprocess.PIPE) for name in ("a", "b", "c")]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    with Ledger(tmp_path) as ledger:
        entries = ledger.entries()
        assert len(entries) == 120
        assert {one.state for one in entries} == {"sent"}
        assert ledger.verify_audit().lines == 240


def test_a_second_writer_waits_and_then_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(tmp_path).close()
    monkeypatch.setattr("formfill.store.database.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with Ledger(tmp_path) as ledger, pytest.raises(LedgerError, match="another program keeps writing"):
            prepared(ledger)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'x' WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 3",
        "INSERT OR REPLACE INTO audit SELECT 1, at, by, request, 'x', details, evidence, previous, hash FROM audit",
        "INSERT INTO audit SELECT 9, at, by, request, action, details, evidence, previous, hash FROM audit LIMIT 1",
    ],
)
def test_the_audit_log_refuses_to_be_changed(ledger: Ledger, tmp_path: Path, statement: str) -> None:
    key = prepared(ledger)
    change(ledger, key, "signed")
    change(ledger, key, "sent")
    with (
        closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as other,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        other.execute(statement)
    assert ledger.verify_audit().lines == 3


_DROP = "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened; DROP TRIGGER audit_is_in_order;"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("UPDATE audit SET action = 'fulfilled' WHERE seq = 2", "breaks at line 2, which was altered"),
        ("UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 1", "line 1, which was altered"),
        ("UPDATE audit SET by = 'somebody' WHERE seq = 3", "line 3, which was altered"),
        ("UPDATE audit SET details = '{}' WHERE seq = 3", "line 3, which was altered"),
        ("DELETE FROM audit WHERE seq = 1", "line 1, which is missing"),
        ("DELETE FROM audit WHERE seq = 2", "line 2, which is missing"),
        ("DELETE FROM audit WHERE seq = 4", "line 4, which is missing: the end"),
        ("DELETE FROM audit", "line 1, which is missing"),
        (
            "DELETE FROM audit WHERE seq = 2; UPDATE audit SET seq = seq - 1 WHERE seq > 2",
            "line 2, which does not follow",
        ),
        (
            "UPDATE audit SET seq = 9 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; "
            "UPDATE audit SET seq = 3 WHERE seq = 9",
            "line 2, which does not follow",
        ),
        ("UPDATE sqlite_sequence SET seq = 9 WHERE name = 'audit'", "line 5, which is missing"),
        ("SELECT 1", "lost what guards it"),
    ],
)
def test_tampering_is_seen(ledger: Ledger, tmp_path: Path, script: str, message: str) -> None:
    key = prepared(ledger)
    for state in ("signed", "sent", "received"):
        change(ledger, key, state)
    assert ledger.verify_audit().lines == 4
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as other:
        other.executescript(_DROP + script)
    with pytest.raises(LedgerError, match=message) as caught:
        ledger.verify_audit()
    assert caught.value.exit_code == ExitCode.LEDGER


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE requests SET sent_on = '2026-10-01'", "not as it was at line 2"),
        ("UPDATE requests SET state = 'fulfilled'", "not as it was at line 2"),
        ("DELETE FROM requests", "not in the ledger: removed"),
        ("DELETE FROM disclosures", "not as it was at line 2"),
        ("UPDATE disclosures SET recipient = 'Nobody'", "not as it was at line 2"),
        ("UPDATE requests SET id = '2026-11-01-zzzzzz'", "not in the ledger: removed"),
    ],
)
def test_a_request_changed_behind_the_log_is_seen(ledger: Ledger, tmp_path: Path, statement: str, message: str) -> None:
    change(ledger, prepared(ledger), "sent")
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as other, other:
        other.execute(statement)
    with pytest.raises(LedgerError, match=message):
        ledger.verify_audit()


def test_a_request_put_in_behind_the_log_is_seen(ledger: Ledger, tmp_path: Path) -> None:
    prepared(ledger)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as other, other:
        other.execute("CREATE TEMP TABLE copy AS SELECT * FROM requests")
        other.execute("UPDATE copy SET id = '2026-11-01-zzzzzz'")
        other.execute("INSERT INTO requests SELECT * FROM copy")
    with pytest.raises(LedgerError, match="2026-11-01-zzzzzz: is in the ledger, and the audit log knows nothing"):
        ledger.verify_audit()


def test_a_log_written_anew_lacks_the_head_that_was_noted(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        change(ledger, prepared(ledger), "sent")
        noted = ledger.verify_audit().head
        prepared(ledger, folder="2")
        assert ledger.verify_audit(noted).lines == 3
    (tmp_path / "ledger.sqlite").unlink()
    with Ledger(tmp_path) as ledger:
        change(ledger, prepared(ledger), "sent")
        assert ledger.verify_audit().lines == 2
        with pytest.raises(LedgerError, match="head that you noted"):
            ledger.verify_audit(noted)


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_purge_leaves_no_byte(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        gone = [prepared(ledger, folder=f"outbox/zz-secretname-{i}", dates=f"secretname {i}") for i in range(30)]
        for key in gone:
            change(ledger, key, "sent", tracking="SECRETNAME1")
        ledger.disclose(gone[0], Disclosure(on=TODAY, recipient="Secretname's sister", what="a letter", channel="mail"))
        kept = prepared(ledger, profile="other-patient", folder="outbox/other")
        assert b"secretname" in everything(tmp_path)
        purged = ledger.purge("zz-secretname")
        assert sorted(purged.requests) == sorted(gone)
        assert len(purged.folders) == 30
        # while it is open, and its write-ahead log with it
        assert b"secretname" not in everything(tmp_path).lower()
        assert [one.id for one in ledger.entries()] == [kept]
        checked = ledger.verify_audit()
        assert checked.lines == 30 + 30 + 1 + 1 + 1
    assert b"secretname" not in everything(tmp_path).lower()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM disclosures").fetchone() == (0,)
        assert db.execute("SELECT action FROM audit ORDER BY seq DESC LIMIT 1").fetchone() == ("purged",)
        digests = {digest for (digest,) in db.execute("SELECT digest FROM requests")}
    assert digest_of(ASKED) not in digests


def test_a_purge_that_another_reader_holds_up_says_so_and_can_be_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("formfill.store.database.BUSY_SECONDS", 0.1)
    with Ledger(tmp_path) as ledger:
        prepared(ledger)
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM requests").fetchall()
            with pytest.raises(LedgerError, match="close it and do the same again"):
                ledger.purge("zz-secretname")
        assert ledger.purge("zz-secretname").requests == ()
        assert b"secretname" not in everything(tmp_path)


def test_a_purge_of_nobody_is_not_logged(ledger: Ledger) -> None:
    prepared(ledger)
    assert ledger.purge("nobody").requests == ()
    assert ledger.verify_audit().lines == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not a database, but long enough to be read as one" * 20, "no ledger, or is damaged"), (b"short", "no ledger")],
)
def test_what_is_no_ledger_is_left_alone(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(content)
    with pytest.raises(LedgerError, match=message):
        Ledger(tmp_path)
    assert (tmp_path / "ledger.sqlite").read_bytes() == content


def test_an_sqlite_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="of another program"):
        Ledger(tmp_path)
    assert path.read_bytes() == before


def test_a_ledger_of_a_newer_formfill_is_left_alone(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(LedgerError, match="newer formfill"):
        Ledger(tmp_path)


def test_a_folder_or_link_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(LedgerError, match="must be a file"):
        Ledger(tmp_path)
    with pytest.raises(LedgerError, match="cannot be opened"):
        Ledger(tmp_path / "nowhere")
