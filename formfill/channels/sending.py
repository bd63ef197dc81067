"""Sends what a packet's folder holds, once: ``sent.json`` in the folder says what became of it.

It is written before an attempt ("sending") and after it ("sent", with the id that the server or queue gave, or
"failed", where nothing can have left). A crash in between leaves "sending": nobody knows then whether the request left,
so a person decides. Two commands at once do not send twice: the folder is locked.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from formfill.errors import DeliveryError
from formfill.files import write_private

RECORD = "sent.json"
State = Literal["sending", "sent", "failed"]
#: The file that leaves, and the channel that it is made for.
_LEAVES = (("request.eml", "email"), ("fax.tiff", "fax"), ("packet.pdf", "mail"))


class MaybeSentError(DeliveryError):
    """The line broke after the request was handed over and before it was confirmed."""


class NotNowError(DeliveryError):
    """It did not leave, and may a little later: the server is busy, or asks to be tried again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send. Nothing in it is a patient's."""

    state: State
    channel: str
    to: str
    """The e-mail address, fax number or printer."""
    file: str
    sha256: str
    """Of the file that left."""
    time: str
    """ISO 8601, UTC."""
    id: str = ""
    """The message's, or the fax server's or print queue's for its job."""
    status: str = ""
    """What the fax server or print queue said of the job when it was last asked."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a folder holds to send."""

    folder: Path
    channel: str
    file: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a command did: ``now`` is whether it sent, or the attempt is an earlier one."""

    attempt: Attempt
    now: bool


def parcel(folder: Path) -> Parcel:
    """What ``formfill prepare`` left in ``folder`` to send. Raises: DeliveryError."""
    for name, channel in _LEAVES:
        path = folder / name
        try:
            return Parcel(folder, channel, name, path.read_bytes())
        except FileNotFoundError:
            continue
        except OSError as exc:
            raise DeliveryError(f"{path}: cannot be read: {exc.strerror}") from None
    raise DeliveryError(f"{folder}: holds no packet: make one with formfill prepare … --out {folder}")


def deliver(parcel: Parcel, to: str, send: Callable[[], str], *, again: bool = False) -> Delivery:
    """Send ``parcel`` with ``send``, which answers the id that it was given, unless it was sent before.

    Raises: DeliveryError, where it was not sent, where another packet was sent from this folder, or where nobody knows
    whether it was (MaybeSentError); ``again`` sends it in the last two cases, and once more where it was sent.
    OutputError, where sent.json cannot be written: then nothing was sent, or the message says so.
    """
    with _locked(parcel.folder):
        before = attempts(parcel.folder)
        digest = hashlib.sha256(parcel.data).hexdigest()
        left = [one for one in before if one.state != "failed"]
        if left and not again:
            return Delivery(_unless_doubtful(left[-1], digest, parcel.folder), now=False)
        attempt = Attempt("sending", parcel.channel, to, parcel.file, digest, _now())
        _write(parcel.folder, [*before, attempt])
        try:
            given = send()
        except MaybeSentError:
            raise
        except DeliveryError:
            _write(parcel.folder, [*before, replace(attempt, state="failed", time=_now())])
            raise
        attempt = replace(attempt, state="sent", time=_now(), id=given)
        _write(parcel.folder, [*before, attempt])
        return Delivery(attempt, now=True)


def may_have_left(folder: Path) -> bool:
    """Whether something was sent from ``folder``, or may have been. Raises: DeliveryError."""
    return any(one.state != "failed" for one in attempts(folder))


def note_status(folder: Path, status: str, *, failed: bool) -> Attempt:
    """Keep what was said of the last job; one that failed may be sent anew. Raises: DeliveryError, OutputError."""
    with _locked(folder):
        *before, last = attempts(folder)
        last = replace(last, status=status, state="failed" if failed else last.state)
        _write(folder, [*before, last])
        return last


def attempts(folder: Path) -> list[Attempt]:
    """All attempts to send from ``folder``, the latest last. Raises: DeliveryError, where sent.json is damaged."""
    path = folder / RECORD
    try:
        found: Any = json.loads(path.read_bytes())
        return [Attempt(**one) for one in found["attempts"]]
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise DeliveryError(f"{path}: cannot be read: {exc.strerror}") from None
    except (ValueError, TypeError, KeyError):
        raise DeliveryError(
            f"{path}: is damaged, so nobody knows whether the request was sent: ask the provider, then remove the file "
            "to send it"
        ) from None


def _unless_doubtful(last: Attempt, digest: str, folder: Path) -> Attempt:
    if last.state == "sending":
        raise MaybeSentError(
            f"{folder}: an attempt of {last.time} to send to {last.to} broke off: the request may have been sent. Ask "
            "the provider, or look into the mailbox or queue; to send it (once more): --again"
        )
    if last.sha256 != digest:
        raise DeliveryError(
            f"{folder}: another packet was sent from this folder to {last.to}, {last.time}. To send this one too: "
            "--again"
        )
    return last


def _write(folder: Path, record: list[Attempt]) -> None:
    data = {"attempts": [asdict(one) for one in record]}
    write_private(folder / RECORD, json.dumps(data, indent=2, ensure_ascii=False).encode() + b"\n")


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeliveryError(f"{folder}: another formfill is sending it: wait, and look at --status") from None
        yield
    finally:
        os.close(handle)
