"""Backs a workspace up: one .tar.gz of all its files, encrypted with age where the workspace is locked."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import sqlite3
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from formfill.errors import OutputError
from formfill.files import sync_folder, temporary_prefix
from formfill.store import database, places, vault
from formfill.store.keys import held_keys
from formfill.store.profiles import writing
from formfill.store.recipients import load_recipients

_SUFFIX = ".tar.gz"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was written and read back: how many files are in it, and which were left, being no plain files."""

    files: int
    is_encrypted: bool
    left: tuple[Path, ...]


def back_up(workspace: Path, target: Path) -> BackedUp:
    """Write all files of ``workspace`` into ``target``, each whole and as it was at one moment, and read them back.

    The ledger and the states of batches are copied by SQLite, so that others may go on writing. Links are not followed.

    Raises: OutputError. LockedError, where the backup of a locked workspace cannot be read back for want of a key.
    """
    is_encrypted = vault.is_locked(workspace)
    _check_name(workspace, target, is_encrypted)
    hashes: dict[str, str] = {}
    left: list[Path] = []
    temporary = None
    try:
        with writing(workspace):
            handle, name = tempfile.mkstemp(prefix=temporary_prefix(), suffix=".tmp", dir=target.parent)
            temporary = Path(name)
            with os.fdopen(handle, "wb") as out, _encrypted(out, workspace) if is_encrypted else _as_it_is(out) as end:
                _pack(workspace, end, hashes, left)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        if _read_back(temporary, workspace, is_encrypted) != hashes:
            raise OutputError(f"{target}: did not read back as it was written: is the disk full or failing?")
        temporary.replace(target)
        temporary = None
        sync_folder(target.parent)
    except (OSError, tarfile.TarError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise OutputError(f"{target}: the backup cannot be written: {why}") from exc
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return BackedUp(len(hashes), is_encrypted, tuple(left))


def _check_name(workspace: Path, target: Path, is_encrypted: bool) -> None:
    wanted = _SUFFIX + places.AGE if is_encrypted else _SUFFIX
    if not target.name.endswith(wanted):
        why = "the workspace is locked, so its backup is encrypted" if is_encrypted else "a backup is packed"
        raise OutputError(f"{target}: {why}: let its name end in {wanted}")
    if target.resolve().is_relative_to(workspace.resolve()):
        raise OutputError(f"{target}: lies in the workspace: put the backup elsewhere, best on another disk")
    if not target.parent.is_dir():
        raise OutputError(f"{target}: there is no folder {target.parent}")


def _pack(workspace: Path, end: IO[bytes], hashes: dict[str, str], left: list[Path]) -> None:
    with tarfile.open(fileobj=end, mode="w|gz", format=tarfile.PAX_FORMAT) as tar:
        for path in _files(workspace, left):
            data = _data(path)
            if data is None:  # a watcher or a person took it away meanwhile
                continue
            member = tarfile.TarInfo(str(path.relative_to(workspace)))
            member.size, member.mode, member.mtime = len(data), 0o600, int(path.stat().st_mtime) if path.exists() else 0
            tar.addfile(member, io.BytesIO(data))
            hashes[member.name] = hashlib.sha256(data).hexdigest()


def _files(workspace: Path, left: list[Path]) -> Iterator[Path]:
    for folder, folders, names in os.walk(workspace):
        folders[:] = sorted(one for one in folders if not one.startswith(".formfill-"))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".formfill-") or path == places.write_lock(workspace):
                continue
            if name.endswith((".sqlite-wal", ".sqlite-shm")):
                continue  # what is in them comes by way of SQLite
            if path.is_symlink() or not path.is_file():
                left.append(path)
            else:
                yield path


def _data(path: Path) -> bytes | None:
    if path.suffix == ".sqlite":
        with database.explained(path), contextlib.closing(sqlite3.connect(":memory:")) as copy:
            with contextlib.closing(sqlite3.connect(path, timeout=database.BUSY_SECONDS)) as source:
                source.backup(copy)
            return copy.serialize()
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _read_back(path: Path, workspace: Path, is_encrypted: bool) -> dict[str, str]:
    """The SHA-256 of each file in a backup, by its name there."""
    found = {}
    with path.open("rb") as data, _decrypted(data, workspace) if is_encrypted else _as_it_is(data) as plain:
        with tarfile.open(fileobj=plain, mode="r|gz") as tar:
            for member in tar:
                stream = tar.extractfile(member)
                found[member.name] = hashlib.sha256(stream.read() if stream else b"").hexdigest()
        plain.read()
    return found


@contextlib.contextmanager
def _as_it_is(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    yield stream


@contextlib.contextmanager
def _encrypted(out: IO[bytes], workspace: Path) -> Iterator[IO[bytes]]:
    """A stream to write to; what is written is encrypted into ``out`` as it comes."""
    import pyrage

    public = load_recipients(places.recipients(workspace))
    recipients = [pyrage.x25519.Recipient.from_str(one.key) for one in public]
    read, write = os.pipe()
    source = os.fdopen(read, "rb")
    with _meanwhile(lambda: pyrage.encrypt_io(source, out, recipients), source), os.fdopen(write, "wb") as end:
        yield end


@contextlib.contextmanager
def _decrypted(data: IO[bytes], workspace: Path) -> Iterator[IO[bytes]]:
    """A stream to read from: what ``data`` holds, decrypted as it is read. Raises: LockedError."""
    import pyrage

    secrets = held_keys() or vault.read_keys(workspace)
    identities = [pyrage.x25519.Identity.from_str(one) for one in secrets]
    read, write = os.pipe()
    sink = os.fdopen(write, "wb")
    with _meanwhile(lambda: pyrage.decrypt_io(data, sink, identities), sink), os.fdopen(read, "rb") as end:
        yield end


@contextlib.contextmanager
def _meanwhile(work: Callable[[], object], end: IO[bytes]) -> Iterator[None]:
    """Does ``work`` in a thread, then closes its ``end`` of a pipe. Raises: OSError, where it failed."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with end:
                work()
        except Exception as exc:
            failed.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        if failed:
            raise OSError(None, f"age: {failed[0]}") from failed[0]
