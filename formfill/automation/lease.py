"""A watcher's own folder in the drop folder: what it has taken, whether it lives, how it fares.

    .formfill/<machine>-<number>/
      alive          locked by the watcher and its workers as long as one lives; its time of writing is the heartbeat
      status.json    for whoever asks how it fares
      <token>/       one file that it has taken (claim.py)

On one machine the lock tells that all are dead. From another machine, where a lock may not be seen, a watcher is dead
when its heartbeat has stood still for a minute, by the clock of the one that looks.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formfill.automation.claim import Claim, claims_in
from formfill.automation.inbox import Inbox
from formfill.errors import OutputError
from formfill.files import machine, write_private

try:
    import fcntl
except ImportError:  # Windows: heartbeats alone
    fcntl = None  # type: ignore[assignment]

BEAT_SECONDS = 3.0
#: A watcher on another machine that gave no sign for so long is dead.
DEAD_SECONDS = 60.0
ALIVE = "alive"
_STATUS = "status.json"


class Lease:
    """This watcher's folder; a context manager. ``status`` is asked for what status.json should say."""

    def __init__(self, inbox: Inbox, status: Callable[[], dict[str, Any]]) -> None:
        self.folder = inbox.own / f"{this_machine()}-{secrets.token_hex(4)}"
        self._status = status
        self._end, self._lost = threading.Event(), threading.Event()
        self._beats = threading.Thread(target=self._beat, daemon=True)
        self._lock = -1

    def __enter__(self) -> Lease:
        born = self.folder.with_name(f".{self.folder.name}")
        try:
            born.mkdir(mode=0o700)
            self._lock = os.open(born / ALIVE, os.O_CREAT | os.O_RDWR, 0o600)
            # locked before others see it, who would take it for dead
            _share_lock(self._lock)
            born.rename(self.folder)
        except OSError as exc:
            raise OutputError(f"{self.folder.parent}: cannot be written: {exc.strerror}") from exc
        self._tell("running")
        self._beats.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._beats.join()
        if not self._lost.is_set():
            self._tell("stopped")
        os.close(self._lock)

    @property
    def alive(self) -> Path:
        return self.folder / ALIVE

    def check(self) -> None:
        """Raises: OutputError, where another watcher took this one for dead, and with it all that it had."""
        if self._lost.is_set():
            raise OutputError(
                f"{self.folder}: another watcher took this one, which gave no sign, for dead: start it anew"
            )

    def _beat(self) -> None:
        while not self._end.wait(BEAT_SECONDS):
            # a full disk keeps no status, and must not keep the heartbeat
            with contextlib.suppress(OSError):
                try:
                    os.utime(self.alive)
                except FileNotFoundError:
                    self._lost.set()
                    return
            self._tell("running")

    def _tell(self, state: str) -> None:
        with contextlib.suppress(OutputError):
            told = {"state": state, **self._status(), "written": time.time()}
            write_private(self.folder / _STATUS, json.dumps(told, indent=2).encode())


def hold_alive(alive: Path) -> None:
    """In a worker: as long as this process lives, the watcher that began it is not dead."""
    with contextlib.suppress(OSError):
        _share_lock(os.open(alive, os.O_RDWR))


@dataclass(slots=True)
class Others:
    """The other watchers of a drop folder, as this one sees them."""

    inbox: Inbox
    own: Path
    _beats: dict[Path, tuple[int, float]] = field(default_factory=dict)

    def take_over(self) -> Iterator[Claim]:
        """What dead watchers had taken, moved into this one's folder. Raises: OSError."""
        for folder in _watchers(self.inbox):
            if folder == self.own:
                continue
            with _if_dead(folder, self._stands_still(folder)) as is_dead:
                if is_dead:
                    yield from self._taken_from(folder)
                    shutil.rmtree(folder, ignore_errors=True)

    def _taken_from(self, folder: Path) -> Iterator[Claim]:
        for claim in list(claims_in(folder)):
            new = self.own / claim.token
            with contextlib.suppress(FileNotFoundError):  # another watcher was faster
                claim.folder.rename(new)
                claim.folder = new
                yield claim

    def _stands_still(self, folder: Path) -> bool:
        try:
            beat = (folder / ALIVE).stat().st_mtime_ns
        except OSError:
            beat = 0  # killed at its birth
        now = time.monotonic()
        before, since = self._beats.get(folder, (None, now))
        since = since if before == beat else now
        self._beats[folder] = beat, since
        return now - since > DEAD_SECONDS


def statuses(inbox: Inbox) -> Iterator[dict[str, Any]]:
    """What each watcher told last, and whether it is ``running``, ``stalled`` or ``stopped``.

    A watcher on another machine is judged by the clocks of both. Raises: OSError.
    """
    for folder in _watchers(inbox):
        try:
            told: dict[str, Any] = json.loads((folder / _STATUS).read_bytes())
            said, written, looped = str(told["state"]), float(told["written"]), float(told["looked"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if said == "running":
            with _if_dead(folder, False) as is_dead:
                if is_dead:
                    said = "stopped"
                elif time.time() - min(written, looped) > DEAD_SECONDS / 2:
                    said = "stalled"
        yield told | {"state": said}


def this_machine() -> str:
    """What tells machines, and one before and after it was started anew, apart."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    with contextlib.suppress(OSError):
        return hashlib.sha256(boot.read_bytes()).hexdigest()[:8]
    return machine()


def _watchers(inbox: Inbox) -> list[Path]:
    return [path for path in sorted(inbox.own.iterdir()) if path.is_dir() and not path.is_symlink()]


def _share_lock(handle: int) -> None:
    if fcntl is not None:
        with contextlib.suppress(OSError):  # a share without locks
            fcntl.flock(handle, fcntl.LOCK_SH)


@contextlib.contextmanager
def _if_dead(folder: Path, stands_still: bool) -> Iterator[bool]:
    """Whether a watcher is dead; the lock that tells it is held as long as what is inside lasts."""
    is_here = folder.name.startswith(this_machine())
    try:
        handle = os.open(folder / ALIVE, os.O_RDWR)
    except FileNotFoundError:
        yield stands_still
        return
    except OSError:
        yield False
        return
    try:
        yield _is_free(handle, unknown=stands_still) and (stands_still or (is_here and fcntl is not None))
    finally:
        os.close(handle)


def _is_free(handle: int, *, unknown: bool) -> bool:
    if fcntl is None:
        return unknown
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return unknown
    return True
