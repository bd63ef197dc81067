"""Files with patient data: written whole or not at all, readable by their owner alone."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO

from formfill.errors import OutputError

#: A file that another machine left on a shared drive is taken for dead after so many seconds.
_DEAD_AFTER_S = 24 * 3600
_BLOCK = 1 << 16


def write_private(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` atomically, mode 0600; missing folders are made, each 0700.

    The bytes go to a nameless-looking sibling first and are synced, so that a crash leaves the old file or the new
    one, never half of either.

    Raises: OutputError.
    """
    write_all_private({path: data})


def write_all_private(files: Mapping[Path, bytes], stale: Iterable[Path] = ()) -> None:
    """Write what belongs together, as ``write_private`` does: all of it, or nothing where one cannot be written.

    ``stale`` are files of an earlier writing that must not be taken for part of this one: they are removed.

    What an earlier process left half written in these folders, killed before it could clean up, is removed.

    Raises: OutputError.
    """
    written: dict[Path, Path] = {}
    path = Path()
    for folder in {path.parent for path in files} | {Path(tempfile.gettempdir())}:
        sweep_once(folder)
    try:
        for path, data in files.items():
            if path.is_dir():
                raise OutputError(f"{path}: is a folder, where a file must be written. Choose another --out")
            make_private(path.parent)
            fd, temporary = tempfile.mkstemp(prefix=temporary_prefix(), suffix=".tmp", dir=path.parent)
            written[path] = Path(temporary)
            with os.fdopen(fd, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for path in stale:
            path.unlink(missing_ok=True)
        for path in files:
            written.pop(path).replace(path)
    except OSError as exc:
        raise OutputError(f"{path}: cannot be written: {_why(path, exc)}. Choose another --out") from exc
    finally:
        for temporary_path in written.values():
            with contextlib.suppress(OSError):
                temporary_path.unlink()


@contextlib.contextmanager
def private_writer(path: Path) -> Iterator[IO[bytes]]:
    """A file to write bit by bit, as ``write_private`` does: it takes its place when it is whole.

    Raises: OutputError.
    """
    sweep_once(path.parent)
    try:
        make_private(path.parent)
        fd, name = tempfile.mkstemp(prefix=temporary_prefix(), suffix=".tmp", dir=path.parent)
    except OSError as exc:
        raise OutputError(f"{path}: cannot be written: {_why(path, exc)}. Choose another --out") from exc
    temporary = Path(name)
    try:
        with os.fdopen(fd, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as exc:
        raise OutputError(f"{path}: cannot be written: {_why(path, exc)}. Choose another --out") from exc
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def replace_folder_private(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder that holds ``files`` (dict[file name, bytes]) and nothing else: whole, or as it was before.

    It is filled under another name and renamed, so that nobody ever sees a part of it. Where there is one already, a
    crash between two renames can leave neither: what was to be written must then be written again.

    Raises: OutputError.
    """
    sweep_once(folder.parent)
    made: list[Path] = []
    try:
        make_private(folder.parent)
        new = Path(tempfile.mkdtemp(prefix=temporary_prefix(), suffix=".tmp", dir=folder.parent))
        made.append(new)
        for name, data in files.items():
            with os.fdopen(os.open(new / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        sync_folder(new)
        old = new.with_suffix(".old")
        _rename_over(new, folder, old)
        made.append(old)
        sync_folder(folder.parent)
    except OSError as exc:
        raise OutputError(f"{folder}: cannot be written: {_why(folder, exc)}. Choose another --out") from exc
    finally:
        for left in made:
            shutil.rmtree(left, ignore_errors=True)


def _rename_over(new: Path, folder: Path, old: Path) -> None:
    """Rename a folder to where one may be already, which becomes ``old``, and stays what it was where that fails."""
    while True:
        try:
            new.rename(folder)
            return
        except OSError as exc:
            if exc.errno not in (errno.ENOTEMPTY, errno.EEXIST) or old.exists() or not folder.is_dir():
                if old.exists() and not folder.exists():
                    old.rename(folder)
                raise
        # gone again, where another process puts the same there
        with contextlib.suppress(FileNotFoundError):
            folder.rename(old)


def sync_folder(folder: Path) -> None:
    """Bring what was renamed and removed in ``folder`` to the disk, so that it holds after a power cut."""
    if os.name != "posix":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def wipe(path: Path) -> None:
    """Remove a file and overwrite what it held, as far as the disk lets that be done.

    SSDs, snapshots and file systems that copy on write keep old blocks all the same. A file with other hard links is
    not overwritten, since they are its contents too. Raises: OutputError.
    """
    # a process that is killed in the middle must not leave zeros under the file's own name
    aside = path.with_name(f"{temporary_prefix()}{secrets.token_hex(4)}.tmp")
    try:
        path.rename(aside)
        with contextlib.suppress(PermissionError), aside.open("r+b") as stream:
            if os.fstat(stream.fileno()).st_nlink == 1:
                for _ in range(0, aside.stat().st_size, _BLOCK):
                    stream.write(bytes(_BLOCK))
                stream.flush()
                os.fsync(stream.fileno())
        aside.unlink()
        sync_folder(path.parent)
    except OSError as exc:
        raise OutputError(f"{path}: cannot be removed: {exc.strerror}") from exc


def temporary_prefix() -> str:
    """How the names of this process's temporary files and folders begin: they tell which process they are of."""
    return f".formfill-{machine()}-{os.getpid()}.{_own_birth(os.getpid())}-"


@cache
def _own_birth(pid: int) -> str:
    return _birth(pid) or "0"


def _birth(pid: int) -> str | None:
    """When a process began, in ticks since the machine did; None where it has ended, or where Linux does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


@cache
def sweep_once(folder: Path) -> None:
    """``sweep``, at the first writing of a process into ``folder``: looking through a full outbox takes time."""
    sweep(folder)


def sweep(folder: Path) -> None:
    """Remove what dead processes of formfill left in ``folder``: they may hold a patient's data.

    What belongs to a live process stays, and so does what another machine wrote less than a day ago.
    """
    with contextlib.suppress(OSError):
        for left in folder.glob(".formfill-*"):
            with contextlib.suppress(OSError):
                if _is_left(left):
                    shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def _is_left(path: Path) -> bool:
    """Whether nobody works on a temporary file or folder any more."""
    _, _, rest = path.name.partition(".formfill-")
    host, _, rest = rest.partition("-")
    process, dash, _ = rest.partition("-")
    pid, _, birth = process.partition(".")
    # Windows knows no signal that only asks
    if host != machine() or not dash or not pid.isdecimal() or os.name != "posix":
        return time.time() - path.lstat().st_mtime > _DEAD_AFTER_S
    if int(pid) == os.getpid() and birth in ("", _own_birth(os.getpid())):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # another user's
    # numbers of processes are used again; one that ended may be kept by its parent for a while
    return birth not in ("", "0") and Path("/proc/self/stat").exists() and _birth(int(pid)) != birth


def machine() -> str:
    """What tells this machine from others that write to the same drive."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _why(path: Path, exc: OSError) -> str | None:
    if isinstance(exc, (FileExistsError, NotADirectoryError)):
        return next((f"{folder} is no folder" for folder in path.parents if folder.is_file()), exc.strerror)
    return exc.strerror


def is_there(kind: Callable[[Path], bool], path: Path) -> bool:
    """Whether ``path`` is what ``kind`` asks (``Path.is_file``, ``Path.is_dir``).

    False too where the system will not even look: a name that is too long, a folder that may not be entered.
    """
    try:
        return kind(path)
    except OSError:
        return False


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, each 0700; one that is there keeps its mode.

    Raises: OSError.
    """
    # Path.mkdir(parents=True) gives its mode to the last folder alone
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing or [folder]):
        one.mkdir(exist_ok=True, mode=0o700)


def cache_dir() -> Path:
    """Where compiled forms are kept: FORMFILL_CACHE, else the platform's cache folder. Holds no patient data."""
    if explicit := os.environ.get("FORMFILL_CACHE"):
        return Path(explicit)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "formfill"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "formfill"
