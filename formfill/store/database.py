"""The ledger's file: SQLite in write-ahead mode, readable by its owner alone, at the schema that this program knows."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from formfill.errors import LedgerError
from formfill.store import audit

NAME = "ledger.sqlite"
#: How long a writer waits for another one.
BUSY_SECONDS = 30.0
#: "ffil": what tells `file` and us that an SQLite file is a ledger of formfill.
_APPLICATION = 0x6666696C

_REQUESTS = """
CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN
        ('prepared', 'signed', 'sent', 'received', 'extended', 'fulfilled', 'denied', 'revoked')),
    profile TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    state_of_records TEXT NOT NULL,
    form TEXT NOT NULL,
    instrument TEXT NOT NULL,
    wants TEXT NOT NULL,
    records TEXT NOT NULL,
    dates TEXT NOT NULL,
    channel TEXT NOT NULL,
    folder TEXT NOT NULL,
    digest TEXT NOT NULL,
    tracking TEXT NOT NULL DEFAULT '',
    extended_until TEXT,
    prepared_on TEXT,
    signed_on TEXT,
    sent_on TEXT,
    received_on TEXT,
    extended_on TEXT,
    fulfilled_on TEXT,
    denied_on TEXT,
    revoked_on TEXT,
    salt TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX requests_by_digest ON requests (digest);
CREATE INDEX requests_by_folder ON requests (folder);
CREATE INDEX requests_by_profile ON requests (profile);
CREATE TABLE disclosures (
    id INTEGER PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id) ON DELETE CASCADE,
    on_day TEXT NOT NULL,
    recipient TEXT NOT NULL,
    what TEXT NOT NULL,
    channel TEXT NOT NULL
);
CREATE INDEX disclosures_by_request ON disclosures (request);
"""
#: What brings a ledger from each schema version to the next; user_version says how many were run.
MIGRATIONS: tuple[str, ...] = (_REQUESTS + audit.SCHEMA,)


def connect(path: Path) -> sqlite3.Connection:
    """Open the ledger, made where there is none. Raises: LedgerError."""
    with explained(path):
        _keep_private(path)
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            _refuse_another_programs(db, path)
            _write_ahead(db)
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA foreign_keys = ON")
            # what VACUUM copies stays out of the system's folder for temporary files
            db.execute("PRAGMA temp_store = MEMORY")
            _migrate(db, path)
        except BaseException:
            db.close()
            raise
    return db


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what SQLite and the system raise into a LedgerError that says what to do."""
    try:
        yield
    except sqlite3.OperationalError as exc:
        if "locked" in str(exc) or "busy" in str(exc):
            raise LedgerError(f"{path}: another program keeps writing to it: try again when it is done") from exc
        raise LedgerError(f"{path}: cannot be used: {exc}") from exc
    except sqlite3.DatabaseError as exc:
        raise LedgerError(
            f"{path}: is no ledger, or is damaged ({exc}): move it away, and put its backup there"
        ) from exc
    except OSError as exc:
        raise LedgerError(f"{path}: cannot be opened: {exc.strerror}") from exc


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is done inside, or nothing; other writers wait. One inside another is part of it."""
    if db.in_transaction:
        yield
        return
    # a transaction that begins by reading could not be made a writing one while another process writes
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # SQLite ends it by itself where the disk is full
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def leave_no_trace(db: sqlite3.Connection, path: Path) -> None:
    """Write the file anew without what was deleted, and empty its write-ahead log. Raises: LedgerError."""
    db.execute("VACUUM")
    (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise LedgerError(
            f"{path}: what was deleted may still be read in {path.name}-wal, because another program has the ledger "
            "open: close it and do the same again"
        )


def _keep_private(path: Path) -> None:
    """The file there, and 0600, before SQLite opens it; its -wal and -shm files take over its mode."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise LedgerError(f"{path}: must be a file, not a link or folder: move it away")
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _refuse_another_programs(db: sqlite3.Connection, path: Path) -> None:
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and db.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise LedgerError(f"{path}: is an SQLite file of another program: move it away")


def _write_ahead(db: sqlite3.Connection) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as exc:
            # two that open a new file at once: SQLite answers "locked" without the wait of the timeout
            if "locked" not in str(exc) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) == len(MIGRATIONS):
        return
    with transaction(db):
        version = _version(db)  # another process may have been faster
        if version > len(MIGRATIONS):
            raise LedgerError(f"{path}: was written by a newer formfill (schema {version}): update this one")
        for migration in MIGRATIONS[version:]:
            for statement in _statements(migration):
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {_APPLICATION}")
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: sqlite3's executescript would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
