"""A dropped file that a watcher has taken: moved by one rename into a folder of its own, where it stays until done.

Whoever loses the rename goes on, so two watchers never do one file twice. All that is known of it is in the folder:

    <watcher>/<token>/
      dropped/july.yaml        the file itself
      begun                    a byte for each time that doing it was begun
      tries.json               how often it failed, and why it waits
      beside/report.csv        what is to lie beside it in done/ or failed/
      files/                   what was unpacked of it
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import secrets
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from formfill.automation.inbox import TAKEN, Dropped, Inbox, kept_name, kind_of, printable, stamp_of, why_not_named
from formfill.automation.work import Result
from formfill.errors import OutputError
from formfill.files import sync_folder, write_private

_FAULTS = "tries.json"
_BEGUN = "begun"
_DROPPED = "dropped"
_BESIDE = "beside"
_TOKEN_LETTERS = 6


@dataclass(slots=True)
class Tries:
    """How often a file could not be done, for what may be gone later."""

    faults: int = 0
    killed: int = 0
    """How often the process that did it, and nothing else, ended."""
    error: str = ""


@dataclass(slots=True)
class Claim:
    """A file that this watcher has taken. ``name`` is what it was dropped as."""

    folder: Path
    name: str
    tries: Tries = field(default_factory=Tries)
    recovered: bool = False
    """Whether an earlier process took it."""

    @property
    def token(self) -> str:
        return self.folder.name

    @property
    def file(self) -> Path:
        return self.folder / _DROPPED / self.name

    @property
    def ended(self) -> int:
        """How often doing it was begun, and ended with the watcher."""
        try:
            return (self.folder / _BEGUN).stat().st_size
        except OSError:
            return 0

    def finish_try(self) -> None:
        """It was done or not; in any case the watcher lives."""
        with contextlib.suppress(OSError):
            (self.folder / _BEGUN).unlink()

    def keep_tries(self) -> None:
        """Keep what is known of its failures, where there is room."""
        with contextlib.suppress(OutputError):
            write_private(self.folder / _FAULTS, json.dumps(asdict(self.tries)).encode())


def take(inbox: Inbox, one: Dropped, claims: Path) -> Claim | None:
    """Take a file; None where another watcher was faster, or its owner. Raises: OSError, where it cannot be moved."""
    folder = claims / _token()
    claim = Claim(folder, one.name)
    folder.mkdir(mode=0o700)
    try:
        claim.file.parent.mkdir(mode=0o700)
        (inbox.root / one.name).rename(claim.file)
    except OSError as exc:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(exc, FileNotFoundError) and claims.is_dir():
            return None
        raise
    return claim


def is_as_seen(claim: Claim, one: Dropped) -> bool:
    """Whether nobody wrote to it between the look and the taking."""
    try:
        return stamp_of(claim.file) == one.stamp
    except OSError:
        return False


def claims_in(folder: Path) -> Iterator[Claim]:
    """What an earlier process took and did not finish; what it did finish is tidied up. Raises: OSError."""
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or path.is_symlink():
            continue
        names = list((path / _DROPPED).iterdir()) if (path / _DROPPED).is_dir() else []
        if not names:
            shutil.rmtree(path, ignore_errors=True)
            continue
        claim = Claim(path, names[0].name, recovered=True)
        with contextlib.suppress(OSError, ValueError, TypeError):
            claim.tries = Tries(**json.loads((path / _FAULTS).read_bytes()))
        yield claim


def begin_try(folder: Path) -> None:
    """Leave a mark that doing it was begun, for the watcher that finds the claim where this process was killed."""
    with (folder / _BEGUN).open("ab", buffering=0) as stream:
        stream.write(b".")


def put_beside(folder: Path, ending: str, data: bytes) -> None:
    """Keep what is to lie beside the file when it is done or failed. Raises: OutputError."""
    write_private(folder / _BESIDE / ending, data)


def clear_beside(folder: Path) -> None:
    """Forget what was to lie beside the file."""
    shutil.rmtree(folder / _BESIDE, ignore_errors=True)


def refusal(claim: Claim) -> str | None:
    """Why a file is not even opened. It lies where nobody else can put another in its place."""
    found = claim.file.lstat()
    if stat.S_ISLNK(found.st_mode):
        return "it is a link: put the file itself there"
    if stat.S_ISDIR(found.st_mode):
        return f"it is a folder: put its files there one by one ({TAKEN}), or a request and what belongs to it as a zip"
    if not stat.S_ISREG(found.st_mode):
        return "it is no file but a device, pipe or socket"
    if wrong := why_not_named(claim.name):
        return wrong
    if found.st_nlink > 1:
        return "it has a second name elsewhere (a hard link), so others may change it: put a copy there"
    if kind_of(claim.name) is None:
        return f"it is nothing that is taken here: {TAKEN}"
    return None


def settle(claim: Claim, inbox: Inbox, result: Result) -> None:
    """Put the file and what belongs to it into done/ or failed/, the file itself last, and remove the claim.

    Done again after a crash it gives the same. Raises: OSError, OutputError; then the claim is still there, or another
    watcher has it (FileNotFoundError).
    """
    inbox.check()
    claim.file.lstat()
    is_done = result.outcome != "failed"
    folder = inbox.done if is_done else inbox.failed
    reason = inbox.failed / kept_name(claim.name, claim.token, "reason.txt")
    beside = claim.folder / _BESIDE
    for path in sorted(beside.iterdir()) if beside.is_dir() else []:
        path.replace(folder / kept_name(claim.name, claim.token, path.name))
    if not is_done:
        write_private(reason, _reason(claim, result).encode("utf-8", "replace"))
    elif claim.recovered:
        reason.unlink(missing_ok=True)
    claim.file.rename(folder / kept_name(claim.name, claim.token))
    sync_folder(folder)
    shutil.rmtree(claim.folder, ignore_errors=True)


def _reason(claim: Claim, result: Result) -> str:
    tried = f", tried {claim.tries.faults} times" if claim.tries.faults > 1 else ""
    if result.error == "PartlyFailed":
        remedy = "Mend the rows in the file beside this one whose name has again in it, and drop that alone."
    elif result.passing:
        remedy = "The cause may be gone by now: put the file into the drop folder again, as it is."
    elif result.error == "MaybeSentError":
        remedy = "Find out first whether it arrived. Do not drop the file again before that: it may be sent twice."
    else:
        remedy = "Mend what is said above, and put the file into the drop folder again."
    return "\n".join(
        [
            f"{printable(claim.name)}: could not be done.",
            "",
            *result.message.splitlines(),
            "",
            f"{result.error}, exit code {result.exit_code}; {dt.datetime.now():%Y-%m-%d %H:%M}{tried}",
            remedy,
            "",
        ]
    )


def _token() -> str:
    return base64.b32encode(secrets.token_bytes(5)).decode().lower()[:_TOKEN_LETTERS]
