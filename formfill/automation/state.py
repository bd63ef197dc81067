"""What came of each request of a batch, in ``batch.sqlite`` beside the packets: a second run goes on where one ended.

It holds ids, digests, outcomes and messages, never a patient's value; the salt of the digests keeps those from being
guessed. Of an outbox that is a URL the file is worked on here, and put there now and then.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from formfill import remote
from formfill.automation.work import Result
from formfill.errors import OutputError
from formfill.files import temporary_prefix, write_private

NAME = "batch.sqlite"
#: The columns that are no part of a result.
_OWN = frozenset({"key", "run", "place"})
#: How often the file of a URL is put there.
PUT_SECONDS = 60.0
#: "ffba": what tells `file` and us that an SQLite file is the state of a batch.
_APPLICATION = 0x66666261
_SCHEMA = """
CREATE TABLE meta (salt BLOB NOT NULL, run INTEGER NOT NULL);
CREATE TABLE requests (
    key TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    run INTEGER NOT NULL,
    place INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'unchanged', 'failed')),
    digest TEXT NOT NULL,
    error TEXT NOT NULL,
    exit_code INTEGER NOT NULL,
    file TEXT NOT NULL,
    line INTEGER NOT NULL,
    message TEXT NOT NULL,
    folder TEXT NOT NULL,
    files TEXT NOT NULL,
    notes TEXT NOT NULL,
    seconds REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX requests_in_order ON requests (run, place);
"""


class BatchState:
    """The state of the batches of one outbox, open for one run; a context manager. One run at a time has it.

    Every method raises OutputError where the file cannot be used.
    """

    def __init__(self, out: str) -> None:
        self._url = f"{out.rstrip('/')}/{NAME}" if remote.is_remote(out) else None
        self._here = Path(tempfile.mkdtemp(prefix=temporary_prefix())) if self._url else None
        self.path = (self._here or Path(out)) / NAME
        try:
            if self._url and remote.fetch(self._url, self.path, OutputError):
                self.path.chmod(0o600)
            self._db = _connect(self.path)
        except BaseException:
            self._drop_copy()
            raise
        self._put_at = time.monotonic()
        with self._explained():
            ((self.salt, self.run),) = self._db.execute("SELECT salt, run FROM meta")

    def __enter__(self) -> BatchState:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._put()
        finally:
            self._db.close()
            self._drop_copy()

    def where(self, key: str) -> str:
        """The row that this request is in this run, ``requests.csv:14``; empty where nothing came of one yet."""
        with self._explained():
            found = self._db.execute(
                "SELECT file, line FROM requests WHERE key = ? AND run = ?", (key, self.run)
            ).fetchone()
        return f"{found[0]}:{found[1]}" if found else ""

    def done(self, key: str) -> tuple[str, tuple[str, ...]] | None:
        """The digest and the files of an earlier run that did it."""
        with self._explained():
            found = self._db.execute(
                "SELECT digest, files FROM requests WHERE key = ? AND outcome <> 'failed'", (key,)
            ).fetchone()
        return (found[0], tuple(json.loads(found[1]))) if found else None

    def record(self, results: Iterable[tuple[int, str, Result]]) -> None:
        """Keep what came of requests: their places in the table, their keys, and results. All of it, or nothing."""
        with self._explained(), self._transaction():
            for place, key, one in results:
                values = (
                    *(key, one.id, self.run, place, one.outcome, one.digest, one.error, one.exit_code, one.file),
                    *(one.line, one.message, one.folder, json.dumps(one.files), json.dumps(one.notes), one.seconds),
                )
                marks = ", ".join("?" for _ in values)
                self._db.execute(f"INSERT OR REPLACE INTO requests VALUES ({marks})", values)
        if self._url and time.monotonic() - self._put_at > PUT_SECONDS:
            self._put()

    def counts(self) -> dict[str, int]:
        """How many requests of this run came to what."""
        counts: dict[str, int] = {"done": 0, "unchanged": 0, "failed": 0}
        with self._explained():
            counts |= self._db.execute("SELECT outcome, count(*) FROM requests WHERE run = ? GROUP BY 1", (self.run,))
        return counts

    def results(self) -> Iterator[Result]:
        """What came of the requests of this run, in the order of the table."""
        with self._explained():
            rows = self._db.cursor()
            rows.row_factory = sqlite3.Row
            for row in rows.execute("SELECT * FROM requests WHERE run = ? ORDER BY place", (self.run,)):
                kept = {name: row[name] for name in row.keys() if name not in _OWN}  # noqa: SIM118 (a row gives values)
                lists = {name: tuple(json.loads(row[name])) for name in ("files", "notes")}
                yield Result(**(kept | lists))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            raise OutputError(f"{self.path}: cannot be used: {exc}") from exc

    def _put(self) -> None:
        if self._url and self._here:
            copy = self._here / f"copy-{NAME}"
            with contextlib.closing(sqlite3.connect(copy)) as target:
                self._db.backup(target)
            remote.put(copy, self._url, OutputError)
            self._put_at = time.monotonic()

    def _drop_copy(self) -> None:
        if self._here:
            shutil.rmtree(self._here, ignore_errors=True)


def _connect(path: Path) -> sqlite3.Connection:
    """The file open for a new run, and closed to all others until it ends. Raises: OutputError."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise OutputError(f"{path}: must be a file, not a link or folder: move it away")
    if not path.exists():
        write_private(path, b"")
    db = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA synchronous = NORMAL")
        # what the index sorts stays out of the system's folder for temporary files
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("BEGIN EXCLUSIVE")
        _begin_run(db, path)
        db.execute("COMMIT")
    except sqlite3.Error as exc:
        db.close()
        if "locked" in str(exc):
            raise OutputError(
                f"{path}: another batch is writing into this folder: wait until it ends, or choose another --out"
            ) from exc
        raise OutputError(f"{path}: is no state of a batch, or is damaged ({exc}): move it away") from exc
    except BaseException:
        db.close()
        raise
    return db


def _begin_run(db: sqlite3.Connection, path: Path) -> None:
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        for statement in filter(str.strip, _SCHEMA.split(";")):
            db.execute(statement)
        db.execute("INSERT INTO meta VALUES (?, 0)", (secrets.token_bytes(32),))
        db.execute(f"PRAGMA application_id = {_APPLICATION}")
        db.execute("PRAGMA user_version = 1")
    elif db.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise OutputError(f"{path}: is an SQLite file of another program: move it away")
    elif db.execute("PRAGMA user_version").fetchone()[0] > 1:
        raise OutputError(f"{path}: was written by a newer formfill: update this one")
    db.execute("UPDATE meta SET run = run + 1")
