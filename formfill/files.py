"""Files with patient data: written whole or not at all, readable by their owner alone."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from formfill.errors import OutputError

#: A file that another machine left on a shared drive is taken for dead after so many seconds.
_DEAD_AFTER_S = 24 * 3600


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


def temporary_prefix() -> str:
    """How the names of this process's temporary files and folders begin: they tell which process they are of."""
    return f".formfill-{_machine()}-{os.getpid()}-"


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
    machine, _, rest = rest.partition("-")
    pid, dash, _ = rest.partition("-")
    # Windows knows no signal that only asks
    if machine != _machine() or not dash or not pid.isdecimal() or os.name != "posix":
        return time.time() - path.lstat().st_mtime > _DEAD_AFTER_S
    if int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # another user's
    return False


def _machine() -> str:
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
