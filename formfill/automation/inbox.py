"""The drop folder: where things are in it, what is there to take, and whether it is whole.

INBOX/
  july.yaml …                what was dropped
  done/, failed/             what became of it: july.k7qf3m.yaml; for a failed one july.k7qf3m.reason.txt too
  .formfill/<watcher>/       what a watcher has taken, and its state; readable by its owner alone
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from formfill.errors import OutputError

Kind = Literal["request", "table"]
_KINDS: dict[str, Kind] = {
    **dict.fromkeys((".yaml", ".yml", ".json", ".zip"), "request"),
    **dict.fromkeys((".csv", ".tsv", ".xlsx", ".jsonl"), "table"),
}
TAKEN = "*.yaml, *.yml, *.json or *.zip for a request, *.csv, *.tsv, *.xlsx or *.jsonl for many"
#: What programs call a file that they are still writing, or keep beside one that is open; and what is locked (.age).
_TEMPORARY = re.compile(
    r"\..*|~\$.*|.*~|.*\.(part|partial|tmp|temp|crdownload|download|filepart|swp|swx|lock|!ut|opdownload|age)"
    r"|thumbs\.db|desktop\.ini",
    re.IGNORECASE | re.DOTALL,
)
#: The longest name that is taken, in bytes: what is kept of it gets more letters, and 255 is the most a disk has.
MAX_NAME = 200
_TOKEN_TAIL = re.compile(r"\.[a-z2-7]{6}(\.again)?$")
_LONGEST_ID = 60


@dataclass(frozen=True, slots=True)
class Inbox:
    """A drop folder and the folders in it."""

    root: Path

    @property
    def own(self) -> Path:
        """Where watchers keep what they have taken."""
        return self.root / ".formfill"

    @property
    def done(self) -> Path:
        return self.root / "done"

    @property
    def failed(self) -> Path:
        return self.root / "failed"

    def make(self) -> None:
        """Make the folders that are missing. Raises: OutputError, where one is a link or a file."""
        try:
            for folder in (self.own, self.done, self.failed):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.own.chmod(0o700)
        except OSError as exc:
            raise OutputError(f"{self.root}: cannot be used as a drop folder: {exc.strerror}") from exc
        self.check()

    def check(self) -> None:
        """Raises: OutputError, where a folder of ours is not what it was: a link put in its place leads elsewhere."""
        for folder in (self.own, self.done, self.failed):
            try:
                mode = folder.lstat().st_mode
            except OSError as exc:
                raise OutputError(f"{folder}: cannot be used: {exc.strerror}") from exc
            if not stat.S_ISDIR(mode):
                raise OutputError(f"{folder}: must be a folder, and is not: remove it, and it is made anew")

    def dropped(self) -> Iterator[Dropped]:
        """What is there, without what is ours or temporary. Raises: OSError, where the folder cannot be read."""
        ours = {folder.name for folder in (self.own, self.done, self.failed)}
        with os.scandir(self.root) as entries:
            for entry in entries:
                if entry.name in ours or is_temporary(entry.name):
                    continue
                try:
                    found = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # taken by another watcher, or taken back
                yield Dropped(entry.name, _stamp(found), found.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that was dropped, as it was when it was looked at."""

    name: str
    stamp: tuple[int, int, int]
    """Its inode, size and time of writing (ns, by the clock of the disk or share)."""
    changed_ns: int
    """When its name, owner or contents last changed, by the same clock."""


def stamp_of(path: Path) -> tuple[int, int, int]:
    """What changes where a file is written to. Raises: OSError."""
    return _stamp(path.lstat())


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(slots=True)
class Quiet:
    """Tells which files are whole: nobody has written to them for ``seconds``.

    Waits by its own clock, and compares a file's times with each other alone: the clock of a share may be wrong.
    Known limit: a writer that rests for longer than that, and does not use a temporary name, is taken for done.
    """

    seconds: float
    trust_renames: bool = True
    """Whether a file that was moved in need not wait; not on a share, whose servers tell times in ways of their own."""
    _seen: dict[str, tuple[tuple[int, int, int], float]] = field(default_factory=dict)

    def whole(self, dropped: list[Dropped], now: float) -> tuple[list[Dropped], float | None]:
        """Those that are whole, the oldest first; and when to look again for the others, by the clock of ``now``."""
        seen: dict[str, tuple[tuple[int, int, int], float]] = {}
        whole, next_look = [], None
        for one in dropped:
            stamp, since = self._seen.get(one.name, (None, now))
            since = since if stamp == one.stamp else now
            seen[one.name] = one.stamp, since
            if now - since >= self.seconds or self._moved_in(one):
                whole.append(one)
            else:
                next_look = min(next_look or since + self.seconds, since + self.seconds)
        self._seen = seen
        return sorted(whole, key=lambda one: (one.stamp[2], one.name)), next_look

    def _moved_in(self, one: Dropped) -> bool:
        # writing sets both times; a rename sets the second alone
        return self.trust_renames and os.name == "posix" and one.changed_ns - one.stamp[2] >= self.seconds * 1e9


def is_temporary(name: str) -> bool:
    """Whether a file of this name is still being written, or is no request at all."""
    return _TEMPORARY.fullmatch(name) is not None


def kind_of(name: str) -> Kind | None:
    """What a file of this name holds; None for what is not taken."""
    return _KINDS.get(Path(name).suffix.lower())


def lane_of(name: str) -> Kind:
    """With which files it waits; what is not taken is soon refused."""
    return kind_of(name) or "request"


def why_not_named(name: str) -> str | None:
    """What is wrong with a name that is not taken."""
    if len(os.fsencode(name)) > MAX_NAME:
        return f"its name is longer than {MAX_NAME} bytes: give it a shorter one"
    if not _is_printable(name):
        return "its name has signs that cannot be printed, or is not UTF-8: give it another one"
    return None


def kept_name(name: str, token: str, ending: str | None = None) -> str:
    """What a dropped file is called in done/ and failed/: ``july.yaml`` is ``july.k7qf3m.yaml``.

    No two have the same. ``ending`` is for what is put beside it: ``reason.txt``.
    """
    stem, suffix = _split(name)
    while len(stem.encode()) > MAX_NAME - len(suffix.encode()):
        stem = stem[:-1]
    return f"{stem}.{token}.{ending}" if ending else f"{stem}.{token}{suffix}"


def request_id(name: str, token: str) -> str:
    """The id of a request that gives none: ``July Labs.yaml`` is ``july-labs-k7qf3m``."""
    plain = unicodedata.normalize("NFKD", _split(name)[0]).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_LONGEST_ID].strip("-")
    return f"{stem or 'request'}-{token}"


def printable(name: str) -> str:
    """The name, with _ for what cannot be printed."""
    return "".join(sign if _is_printable(sign) else "_" for sign in name)


def _split(name: str) -> tuple[str, str]:
    """The name without what an earlier taking put there, and its ending."""
    safe = printable(name)
    path = Path(safe)
    suffix = path.suffix if len(path.suffix) <= 10 else ""
    return _TOKEN_TAIL.sub("", safe.removesuffix(suffix)) or "file", suffix


def _is_printable(text: str) -> bool:
    # isprintable is false for surrogates (bytes that are no UTF-8), controls and marks that turn the order of writing
    return text.isprintable()
