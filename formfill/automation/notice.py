"""Notices that something changed in a folder: by the system's own events, or by looking where there are none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

#: File systems of other machines, which tell nobody here of changes (proc(5), mounts).
_SHARES = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs", "vboxsf"),
        *("virtiofs", "drvfs", "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.vmhgfs-fuse", "davfs"),
    }
)
#: How often a share is looked at.
POLL_SECONDS = 2.0


class Notice:
    """Calls ``notice`` after changes in ``folder``, from a thread of its own, until it is ended.

    ``poll`` is every how many seconds to look; without it that is only done on a share.
    """

    def __init__(
        self, folder: Path, poll: float | None, notice: Callable[[], None], tell: Callable[[str], None]
    ) -> None:
        self._folder, self._notice, self._tell = folder, notice, tell
        self._poll = poll or (POLL_SECONDS if is_on_a_share(folder) else None)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._watch()
        except Exception as exc:  # no inotify left, a share that went away: whatever it is, files must be found
            self._tell(f"no events of the drop folder ({type(exc).__name__}): looking every {POLL_SECONDS:g} s instead")
            while not self._end.wait(self._poll or POLL_SECONDS):
                self._notice()

    def _watch(self) -> None:
        from watchfiles import Change, watch

        changes = watch(
            self._folder,
            watch_filter=lambda change, _: change != Change.deleted,
            # a burst is told once; a file that grows on is looked at all the same
            debounce=200,
            step=20,
            rust_timeout=500,
            yield_on_timeout=True,
            stop_event=self._end,
            recursive=False,
            raise_interrupt=False,
            force_polling=self._poll is not None,
            poll_delay_ms=int((self._poll or POLL_SECONDS) * 1000),
        )
        begun = False
        for found in changes:
            # what came before the system began to tell was told by nobody
            if found or not begun:
                self._notice()
            begun = True


def is_on_a_share(folder: Path, mounted: Path = Path("/proc/self/mounts")) -> bool:
    """Whether a folder is on another machine's disk, as far as this system tells."""
    try:
        lines = mounted.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    mounts = {parts[1].replace("\\040", " "): parts[2] for line in lines if len(parts := line.split()) > 2}
    folder = folder.resolve()
    return next((mounts[str(one)] in _SHARES for one in (folder, *folder.parents) if str(one) in mounts), False)
