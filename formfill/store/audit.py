"""The audit log of the ledger: every change, in a chain of hashes that breaks where a line is altered.

A line holds no patient's value, so that it can outlive a purge: it says which request (an id without a name), what was
done, and a salted hash of the request's row afterwards. The salt stands in that row and goes with it.

Known limit: who can write the file can also compute a whole new chain. To prove the log to others, note its head (what
``formfill request verify`` prints) somewhere else, and ask for it later with ``--head``.
"""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from formfill.errors import LedgerError

SCHEMA = """
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    request TEXT NOT NULL,
    action TEXT NOT NULL,
    details TEXT NOT NULL,
    evidence TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_by_request ON audit (request);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- INSERT OR REPLACE would delete without firing the trigger above
CREATE TRIGGER audit_is_in_order BEFORE INSERT ON audit
    WHEN NEW.seq != (SELECT coalesce(max(seq), 0) + 1 FROM audit)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
"""
TRIGGERS = frozenset({"audit_is_never_changed", "audit_is_never_shortened", "audit_is_in_order"})
PURGED = "purged"

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class Checked:
    """An audit log that was found whole: how many lines it has, and the hash of the last."""

    lines: int
    head: str


def append(
    db: sqlite3.Connection, request: str, action: str, details: Mapping[str, object] | None = None, evidence: str = ""
) -> None:
    """Add a line, inside the caller's transaction. ``details`` must hold no value of a patient."""
    seq, previous = db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone() or (0, _START)
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    line = (seq + 1, at, user(), request, action, _json(details or {}), evidence, previous)
    db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*line, _hash(line)))


def check(db: sqlite3.Connection, evidence: Mapping[str, str], head: str | None = None) -> Checked:
    """Read the whole chain, and compare its last word on every request with what the ledger holds of it.

    ``evidence`` is the salted hash of every request that is in the ledger now, dict[request id, hash]. ``head`` is a
    hash that was noted earlier and must still be in the chain. Raises: LedgerError, naming the first line that breaks.
    """
    previous, count, heads = _START, 0, {_START}
    last: dict[str, tuple[int, str]] = {}
    purged: set[str] = set()
    for *line, stated in db.execute("SELECT * FROM audit ORDER BY seq"):
        count += 1
        seq, _, _, request, action, details, proof, linked = line
        if seq != count:
            raise _broken(count, "is missing")
        if linked != previous:
            raise _broken(seq, "does not follow the line before it: one was removed, put in, or moved")
        if _hash(tuple(line)) != stated:
            raise _broken(seq, "was altered")
        previous = stated
        heads.add(stated)
        if request:
            last[request] = (seq, proof)
        if action == PURGED:
            purged.update(json.loads(details)["requests"])
    (written,) = db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    if written != count:
        raise _broken(count + 1, "is missing: the end of the log was cut off")
    if head is not None and head.lower() not in heads:
        raise LedgerError("the audit log does not hold the head that you noted: it was written anew, or is another's")
    present = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    if missing := sorted(TRIGGERS - present):
        raise LedgerError(
            f"the audit log has lost what guards it ({', '.join(missing)}): someone else changed the file"
        )
    _compare(last, purged, evidence)
    return Checked(count, previous)


def _compare(last: Mapping[str, tuple[int, str]], purged: set[str], evidence: Mapping[str, str]) -> None:
    """Raises: LedgerError, where a request is not as the log's last word on it left it."""
    for request, (seq, proof) in last.items():
        if request in purged:
            continue
        if request not in evidence:
            raise LedgerError(f"request {request}: is in the audit log (line {seq}) and not in the ledger: removed")
        if evidence[request] != proof:
            raise LedgerError(f"request {request}: is not as it was at line {seq} of the audit log: altered since")
    if unknown := sorted(evidence.keys() - last.keys()):
        raise LedgerError(f"request {unknown[0]}: is in the ledger, and the audit log knows nothing of it")


def _broken(line: int, how: str) -> LedgerError:
    return LedgerError(
        f"the audit log breaks at line {line}, which {how}. Keep the file as it is, and compare it with a backup"
    )


def _hash(line: tuple[object, ...]) -> str:
    return hashlib.sha256(_json(line).encode()).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def user() -> str:
    """Who runs this process, by the system's name for them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
