"""One request of many: what is to be done, how, and what came of it. Runs in any process on any machine."""

from __future__ import annotations

import errno
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from formfill.api import named_job
from formfill.automation.held import HeldCatalog
from formfill.automation.outbox import Outbox
from formfill.channels.sending import MaybeSentError, NotNowError
from formfill.entering import new_request
from formfill.errors import ConverterError, ExitCode, FormfillError, RequestError, what_broke
from formfill.job import FillJob, fill_form, prepare_packet
from formfill.model.profile import Profile, parse_profile
from formfill.model.request import Request, parse_request
from formfill.store.entry import NewRequest
from formfill.yaml_io import Document

Outcome = Literal["done", "unchanged", "failed"]

#: What may be otherwise in a minute: no room, a share that is away, too many open files.
_PASSING = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.ENOMEM),
        *(errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNRESET),
    }
)
_PASSING_SQLITE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL})


@dataclass(frozen=True, slots=True)
class Work:
    """One request to do.

    ``id`` names its folder in the outbox. ``request`` and ``profile`` are what a file or row says, not yet validated;
    without ``profile`` the request names a saved one. ``folder`` is where the files are that the profile names.
    ``file`` and ``line`` are where it was asked. ``done`` is the digest and the files of an earlier doing.
    """

    id: str
    request: Document
    profile: Document | None = None
    folder: Path | None = None
    file: str = ""
    line: int = 0
    done: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class How:
    """What holds for all requests of a run. ``salt`` keeps a digest of a patient's values from being guessed."""

    out: str
    workspace: Path | None
    salt: bytes
    duplex: bool = False
    envelope: bool = False
    flatten: bool = False

    @property
    def out_is_remote(self) -> bool:
        return Outbox(self.out).is_remote

    def salted(self, salt: bytes) -> How:
        """The same, with another salt."""
        return replace(self, salt=salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a request. Nothing in it is a patient's.

    ``digest`` is of all that went in; ``folder`` a path or URL. A failure has the error's class, the exit code that the
    command for one request would give, and its message with the remedy; ``passing`` says that trying again may help.
    ``entry`` is what the ledger should know, of a packet that was made.
    """

    id: str
    outcome: Outcome
    file: str
    line: int
    digest: str = ""
    folder: str = ""
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    exit_code: int = 0
    message: str = ""
    passing: bool = False
    entry: NewRequest | None = None
    seconds: float = 0.0


def do(work: Work, how: How) -> Result:
    """Do one request: fill its form, bundle its packet where it says how it travels, and write the folder.

    A request that cannot be done is a ``Result`` that says why, whatever the reason.
    """
    start = time.perf_counter()
    result = Result(id=work.id, outcome="failed", file=work.file, line=work.line)
    try:
        result = _done(work, how, result)
    except Exception as exc:  # one bad request must not end the run
        result = failed(result, exc)
    return replace(result, seconds=time.perf_counter() - start)


def failed(result: Result, exc: BaseException) -> Result:
    """The result of a request that could not be done."""
    name, code, message = "Bug", ExitCode.BUG, str(exc)
    if isinstance(exc, FormfillError):
        name, code = type(exc).__name__, exc.exit_code
    else:  # its message may hold a patient's value
        message = f"a bug in formfill: {what_broke(exc)}. Try the request alone: formfill --debug prepare …"
    return replace(result, outcome="failed", error=name, exit_code=int(code), message=message, passing=may_pass(exc))


def may_pass(exc: BaseException | None) -> bool:
    """Whether what went wrong may be gone in a minute."""
    if isinstance(exc, MaybeSentError):
        return False
    while exc is not None:
        if isinstance(exc, OSError) and exc.errno in _PASSING:
            return True
        if isinstance(exc, sqlite3.OperationalError) and exc.sqlite_errorcode & 0xFF in _PASSING_SQLITE:
            return True
        if isinstance(exc, ConverterError) and "not installed" not in str(exc):
            return True
        if isinstance(exc, (NotNowError, ConnectionError, TimeoutError, MemoryError)):
            return True
        exc = exc.__cause__ or exc.__context__
    return False


def _done(work: Work, how: How, result: Result) -> Result:
    catalog = _catalog(how.workspace)
    request = parse_request(work.request)
    if not request.form:
        raise RequestError(f"{_where(work)}: form: which form? Its id: formfill form list")
    if request.form.endswith((".yaml", ".yml")):
        raise RequestError(f"{_where(work)}: form: expected a form's id (formfill form list), not a file")
    job = named_job(catalog, _profile(work, request, catalog), request, form=request.form, flatten=how.flatten)
    digest = digest_of(job, catalog, how)
    outbox = Outbox(how.out)
    if work.done is not None and work.done[0] == digest and outbox.holds(work.id, work.done[1]):
        return replace(result, outcome="unchanged", digest=digest, folder=outbox.folder(work.id), files=work.done[1])
    entry = None
    job = replace(job, compiled=catalog.compiled(job.form_map, job.blank))
    if request.send is None:
        filled = fill_form(job)
        files = {f"{filled.form}{filled.suffix}": filled.data}
        if filled.addendum_pdf is not None:
            files[f"{filled.form}-addendum.pdf"] = filled.addendum_pdf
        notes = filled.notes
    else:
        envelope = how.envelope and request.send == "mail"
        prepared = prepare_packet(job, request.send, catalog.sender(), how.duplex, envelope)
        files = {**prepared.packet.files, **prepared.packet.kept}
        notes = (*prepared.filled.notes, *prepared.packet.notes)
        if how.workspace is not None:
            entry = new_request(prepared.job, request.send, outbox.folder(work.id), how.workspace)
    outbox.put(work.id, files)
    return replace(
        result,
        outcome="done",
        digest=digest,
        folder=outbox.folder(work.id),
        files=tuple(files),
        notes=notes,
        entry=entry,
    )


def _where(work: Work) -> str:
    return f"{work.file}:{work.line}" if work.line else work.file or f"request {work.id}"


@lru_cache(maxsize=1)
def _catalog(workspace: Path | None) -> HeldCatalog:
    return HeldCatalog(workspace)


def _profile(work: Work, request: Request, catalog: HeldCatalog) -> Profile | str:
    if work.profile is not None:
        return parse_profile(work.profile, work.folder)
    if request.profile is None:
        raise RequestError(f"{_where(work)}: profile: whose records? A saved profile's name, or the patient's own keys")
    return request.profile


def digest_of(job: FillJob, catalog: HeldCatalog, how: How) -> str:
    """What goes into a request, in one salted hash: of the same, the same is made."""
    models = job.profile, job.provider, job.request, catalog.sender()
    said = [
        *(how.duplex, how.envelope, how.flatten),
        *(one.model_dump(mode="json") if one else None for one in models),
        *(catalog.sha256(path) for path in (catalog.form_map_path(job.form_map.form), job.blank)),
        *(hashlib.sha256(data).hexdigest() for data in _attached(job.profile)),
    ]
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), key=how.salt[:64], digest_size=32).hexdigest()


def _attached(profile: Profile) -> Iterator[bytes]:
    """The files that the profile names: nothing for one that is not there, which the packet will say."""
    for name in profile.files:
        try:
            yield profile.read(name)
        except OSError:
            yield b""
