"""The ledger: one row a request, from the packet to the records, with every change in the audit log.

It is one file in the workspace, ``ledger.sqlite``. A request's id says when it was prepared and nothing of the patient.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from formfill.errors import RequestError
from formfill.store import audit, database
from formfill.store.entry import STATES, Change, Entry, NewRequest, check_change

_TAIL_LETTERS = 6
_SHORTEST_PREFIX = 2
_ASKED = tuple(field.name for field in fields(NewRequest))
_SAME = ("profile", "provider", "form", "records", "dates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What of a patient went to whom."""

    on: dt.date
    recipient: str
    what: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A request that was entered, and those that asked the same before."""

    entry: Entry
    same: tuple[Entry, ...] = ()
    replaced: tuple[Entry, ...] = ()
    """Those whose packet was in the folder where this one's is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What was deleted of a patient, and which packets are still on the disk."""

    requests: tuple[str, ...]
    folders: tuple[str, ...]


class Ledger:
    """The ledger of a workspace, open; a context manager.

    Every method raises LedgerError where the file cannot be used, besides what it names.
    """

    def __init__(self, workspace: Path) -> None:
        self.path = workspace / database.NAME
        self._db = database.connect(self.path)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; SQLite clears its write-ahead log where nobody else has it open."""
        self._db.close()

    @contextlib.contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What is done inside is entered together, or where something is raised not at all."""
        with database.explained(self.path), database.transaction(self._db):
            yield

    def prepare(self, request: NewRequest, on: dt.date, new_id: Callable[[dt.date], str] | None = None) -> Entered:
        """Enter a request whose packet was made on a day.

        A packet that is made again for the same request, in the same folder and before anything else happened, is the
        same request: its row is kept.
        """
        make_id = new_id or request_id
        with self.all_or_nothing():
            digest = digest_of(request)
            same = self._entries("digest = ?", digest)
            there = self._entries("folder = ?", request.folder)
            again = next((one for one in same if one in there and one.state == "prepared"), None)
            if again is not None:
                self._db.execute("DELETE FROM requests WHERE id = ?", (again.id,))
                key, action = again.id, "prepared again"
            else:
                key, action = make_id(on), "prepared"
                while self._db.execute("SELECT 1 FROM audit WHERE request = ?", (key,)).fetchone():
                    key = make_id(on)
            row = _row(request) | {"id": key, "state": "prepared", "digest": digest, "prepared_on": on.isoformat()}
            self._insert("requests", row | {"salt": secrets.token_hex(16)})
            self._log(key, action, {"state": "prepared", "on": on.isoformat()})
            others = tuple(one for one in there if one.id != key)
            return Entered(entry=self._entry(key), same=same, replaced=others)

    def change(self, prefix: str, change: Change, today: dt.date | None = None) -> Entry:
        """Bring the request that ``prefix`` means to another state, or mend what is said of one it was in.

        A request that is sent discloses to the provider what is in it, so that is logged too. Raises: RequestError,
        for a change that cannot be.
        """
        with self.all_or_nothing():
            entry = self.entry(prefix)
            check_change(entry, change, today or dt.date.today())
            # a receipt that comes to light after an extension does not undo it
            keeps = change.correct or (change.state == "received" and entry.state == "extended")
            new: dict[str, Any] = {f"{change.state}_on": change.on.isoformat()}
            new |= {} if keeps else {"state": change.state}
            new |= {} if change.tracking is None else {"tracking": _tracking(change.tracking)}
            new |= {} if change.channel is None else {"channel": change.channel}
            if change.state == "extended":
                new["extended_until"] = change.until.isoformat() if change.until else None
            names = ", ".join(f"{name} = ?" for name in new)
            self._db.execute(f"UPDATE requests SET {names} WHERE id = ?", (*new.values(), entry.id))
            after = self._entry(entry.id)
            if change.state == "sent":
                self._disclose_request(after, change.correct)
            told: dict[str, object] = {"state": after.state, "on": change.on.isoformat(), "changed": sorted(new)}
            self._log(entry.id, f"{change.state} corrected" if change.correct else change.state, told)
            return after

    def disclose(self, prefix: str, disclosure: Disclosure) -> None:
        """Log that something of the patient went to someone: a letter, a revocation, a copy."""
        with self.all_or_nothing():
            entry = self.entry(prefix)
            self._insert("disclosures", _disclosure_row(entry.id, disclosure))
            self._log(entry.id, "disclosed", {"on": disclosure.on.isoformat(), "channel": disclosure.channel})

    def disclosures(self, prefix: str) -> tuple[Disclosure, ...]:
        """What of the patient went to whom for one request, in the order it was logged. Raises: RequestError."""
        with database.explained(self.path):
            found = self._db.execute(
                "SELECT on_day, recipient, what, channel FROM disclosures WHERE request = ? ORDER BY id",
                (self.entry(prefix).id,),
            ).fetchall()
        return tuple(
            Disclosure(on=dt.date.fromisoformat(day), recipient=who, what=what, channel=channel)
            for day, who, what, channel in found
        )

    def entries(self) -> tuple[Entry, ...]:
        """Every request, in the order of their ids."""
        with database.explained(self.path):
            return self._entries("1")

    def entry(self, prefix: str) -> Entry:
        """The one request whose id begins so; the letters after the date will do too. Raises: RequestError."""
        wanted = prefix.strip().lower()
        with database.explained(self.path):
            length = len(wanted)
            found = self._entries("substr(id, 1, ?) = ? OR substr(id, 12, ?) = ?", length, wanted, length, wanted)
        exact = [one for one in found if one.id == wanted]
        if len(wanted) < _SHORTEST_PREFIX or not found:
            raise RequestError(f"request {prefix!r}: no such request. List them: formfill request list")
        if len(found) > 1 and not exact:
            raise RequestError(
                f"request {prefix!r}: may be {', '.join(one.id for one in found[:5])}"
                f"{' or others' if len(found) > 5 else ''}: give more of the id"
            )
        return (exact or found)[0]

    def purge(self, profile: str) -> Purged:
        """Delete every request and disclosure of a patient, for good; a line in the audit log says how many there were.

        Packets are files and stay: their folders are returned. Raises: LedgerError, where another program that has the
        ledger open keeps the deleted rows readable.
        """
        with database.explained(self.path):
            with database.transaction(self._db):
                gone = self._entries("profile = ?", profile)
                self._db.execute("DELETE FROM requests WHERE profile = ?", (profile,))
                if gone:
                    audit.append(self._db, "", audit.PURGED, {"requests": [one.id for one in gone]})
            database.leave_no_trace(self._db, self.path)
        folders = dict.fromkeys(one.request.folder for one in gone)
        return Purged(requests=tuple(one.id for one in gone), folders=tuple(folders))

    def reassign(self, profile: str, to: str) -> tuple[str, ...]:
        """Make the requests of one profile those of another, of the same patient; their ids."""
        with self.all_or_nothing():
            moved = self._entries("profile = ?", profile)
            for one in moved:
                digest = digest_of(replace(one.request, profile=to))
                self._db.execute("UPDATE requests SET profile = ?, digest = ? WHERE id = ?", (to, digest, one.id))
                self._log(one.id, "profiles merged", {"state": one.state})
        return tuple(one.id for one in moved)

    def verify_audit(self, head: str | None = None) -> audit.Checked:
        """Read the audit log from its first line to its last, and compare it with the requests.

        ``head`` is what an earlier check returned: it must still be there. Raises: LedgerError, where something was
        altered, removed, put in or moved.
        """
        # one transaction, so that the log and the rows are of one moment
        with self.all_or_nothing():
            ids = [key for (key,) in self._db.execute("SELECT id FROM requests")]
            return audit.check(self._db, {key: self._evidence(key) for key in ids}, head)

    def _log(self, key: str, action: str, details: dict[str, object]) -> None:
        audit.append(self._db, key, action, details, self._evidence(key))

    def _evidence(self, key: str) -> str:
        """The hash of a request's row and its disclosures; the row's salt keeps it from being guessed."""
        row = self._db.execute("SELECT * FROM requests WHERE id = ?", (key,)).fetchone()
        disclosed = self._db.execute("SELECT * FROM disclosures WHERE request = ? ORDER BY id", (key,)).fetchall()
        return _sha256([list(row), [list(one) for one in disclosed]])

    def _disclose_request(self, entry: Entry, correct: bool) -> None:
        what = f"the request: form {entry.request.form}"
        sent = Disclosure(
            on=entry.on["sent"], recipient=entry.request.provider_name, what=what, channel=entry.request.channel
        )
        if correct:
            self._db.execute("DELETE FROM disclosures WHERE request = ? AND what = ?", (entry.id, what))
        self._insert("disclosures", _disclosure_row(entry.id, sent))

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        marks = ", ".join("?" for _ in row)
        self._db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))

    def _entry(self, key: str) -> Entry:
        (entry,) = self._entries("id = ?", key)
        return entry

    def _entries(self, where: str, *values: object) -> tuple[Entry, ...]:
        rows = self._db.cursor()
        rows.row_factory = sqlite3.Row
        found = rows.execute(f"SELECT * FROM requests WHERE {where} ORDER BY id", values)
        return tuple(_entry_of(row) for row in found)


def request_id(on: dt.date) -> str:
    """A new id: the day, and six letters and digits (base32) drawn by lot: ``2026-11-20-k7qf3m``."""
    tail = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    return f"{on.isoformat()}-{tail[:_TAIL_LETTERS]}"


def digest_of(request: NewRequest) -> str:
    """SHA-256 of whose records are asked, of whom, on which form, which and from when."""
    row = _row(request)
    return _sha256([row[name] for name in _SAME])


def _row(request: NewRequest) -> dict[str, Any]:
    row = {name: getattr(request, name) for name in _ASKED}
    return row | {"records": json.dumps(sorted(request.records), ensure_ascii=False)}


def _entry_of(row: sqlite3.Row) -> Entry:
    asked = {name: row[name] for name in _ASKED} | {"records": tuple(json.loads(row["records"]))}
    until = row["extended_until"]
    return Entry(
        id=row["id"],
        state=row["state"],
        request=NewRequest(**asked),
        digest=row["digest"],
        tracking=row["tracking"],
        extended_until=dt.date.fromisoformat(until) if until else None,
        on={state: dt.date.fromisoformat(row[f"{state}_on"]) for state in STATES if row[f"{state}_on"]},
    )


def _disclosure_row(key: str, disclosure: Disclosure) -> dict[str, Any]:
    return {
        "request": key,
        "on_day": disclosure.on.isoformat(),
        "recipient": disclosure.recipient,
        "what": disclosure.what,
        "channel": disclosure.channel,
    }


def _tracking(number: str) -> str:
    """A tracking number as it is kept: letters and digits, without the spaces it is printed with."""
    plain = "".join(number.split()).replace("-", "").upper()
    if not (plain.isascii() and plain.isalnum() and 8 <= len(plain) <= 40):
        raise RequestError("--tracking: expected the number on the certified-mail receipt: 8 to 40 digits and letters")
    return plain


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
