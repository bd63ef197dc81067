"""Crashes and faults at each step of one request: ``python -m tests.automation.steps``.

A watcher's work is a row of calls that change what is on the disk. For each of them, in turn, a process does the same
request and at that call

* ends at once, as by SIGKILL; where it is a write, with half of it written;
* or gets an error, once (the disk is full, or broken).

Then another process goes on, and everything must be as if nothing had been. The processes are forks of one that has all
loaded, with the worker in the same process, so that a step takes a twentieth of a second.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import json
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from formfill.automation.inbox import Inbox
from formfill.automation.watch import Plan, Watch
from formfill.automation.work import How
from formfill.automation.workers import Inline
from formfill.errors import FormfillError
from tests.automation.drop_folder import Place, check, make, request, with_photo_id

Kind = Literal["crash", "ENOSPC", "EIO"]
_CALLS = ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "link")
#: What is counted from: the watcher's own folder is there.
_ONLY_MAIN = threading.main_thread


@dataclass
class Steps:
    """Counts the calls that change the disk, and at the chosen one does what it is told. ``at`` counts from 1."""

    at: int
    kind: Kind
    always: bool = False
    """Whether every call from then on fails."""
    count: int = 0

    def step(self, half: Callable[[], object] = lambda: None) -> None:
        if threading.current_thread() is not _ONLY_MAIN():
            return  # the heartbeat comes at any time
        self.count += 1
        if self.count != self.at and not (self.always and self.count > self.at):
            return
        half()
        if self.kind == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(getattr(errno, self.kind), os.strerror(getattr(errno, self.kind)))

    def patch(self) -> None:
        """Stand between the program and the system, in this process for good."""
        for name in _CALLS:
            setattr(os, name, self._stepping(getattr(os, name)))
        fdopen, open_ = os.fdopen, io.open

        def stepping_fdopen(fd: int, mode: str = "r", *args: Any, **more: Any) -> Any:
            stream = fdopen(fd, mode, *args, **more)
            return _Stream(stream, self) if "w" in mode else stream

        def stepping_open(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
            stream = open_(file, mode, *args, **more)
            return _Stream(stream, self) if set("wax") & set(mode) and file != os.devnull else stream

        os.fdopen, io.open = stepping_fdopen, stepping_open  # type: ignore[assignment]

    def _stepping(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*args: Any, **more: Any) -> Any:
            self.step()
            return call(*args, **more)

        return stepping


class _Stream:
    """A file that is written to; a write that is cut leaves half of what it should have written."""

    def __init__(self, stream: Any, steps: Steps) -> None:
        self._stream, self._steps = stream, steps

    def write(self, data: Any) -> Any:
        def half() -> None:
            self._stream.write(data[: len(data) // 2])
            self._stream.flush()

        self._steps.step(half)
        return self._stream.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def run(place: Place, steps: Steps | None) -> int:
    """Let a fork do what is there; how it ended: 0, 10 where something failed, 8 where it could not start, -9."""

    def watch() -> object:
        os.environ["TMPDIR"] = tempfile.tempdir = str(place.temporary)
        if steps is not None:
            steps.patch()
        try:
            code = _watch(place)
        except FormfillError as exc:
            code = int(exc.exit_code)
        return code, steps.count if steps else 0

    said, status = _forked(watch)
    if said is None:
        return status
    code, count = said
    if steps is not None:
        steps.count = count
    return int(code)


def _forked(call: Callable[[], object]) -> tuple[Any, int]:
    """What ``call`` answers in a process of its own (None, where that was killed), and how the process ended.

    This process itself makes no page and reads no PDF: libraries that began threads do not work in a fork.
    """
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            answer = json.dumps(call()).encode()
            os.write(write, answer)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(70)
    os.close(write)
    data = b"".join(iter(lambda: os.read(read, 65536), b""))
    os.close(read)
    _, status = os.waitpid(pid, 0)
    return json.loads(data) if data else None, os.waitstatus_to_exitcode(status)


def _checked(place: Place, name: str) -> dict[str, int]:
    counts, _ = _forked(lambda: check(place, {name}))
    assert counts is not None, (name, "see above")
    return dict(counts)


def _watch(place: Place) -> int:
    plan = Plan(
        inbox=Inbox(place.inbox),
        how=How(out=str(place.out), workspace=place.home, salt=b""),
        once=True,
        quiet=0.01,
        retries=3,
        retry_after=0.01,
    )
    said = Watch(plan, threading.Event(), lambda line: None, lambda *_: Inline()).run()
    return int(said)


#: What is dropped, and into which folder it must come.
DROPPED: dict[str, tuple[str | bytes, str]] = {
    "form.json": (request(), "done"),
    "mail.json": (request(send="mail"), "done"),
    "zip.zip": (with_photo_id(), "done"),
    "bad.json": (request(delivery="pigeon"), "failed"),
}


@contextlib.contextmanager
def place_with(name: str) -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        _forked(lambda: str(make(Path(folder) / "home")))
        place = Place(Path(folder) / "home")
        place.drop(name, DROPPED[name][0])
        yield place


def count_steps(name: str) -> int:
    """How many calls a request takes that change the disk."""
    steps = Steps(0, "crash")
    with place_with(name) as place:
        run(place, steps)
        _checked(place, name)
    return steps.count


def try_step(name: str, at: int, kind: Kind) -> int:
    """One crash or fault, and what comes after; how the first process ended."""
    with place_with(name) as place:
        first = run(place, Steps(at, kind))
        assert first == (-signal.SIGKILL if kind == "crash" else first), (name, at, kind, first)
        _go_on(place)
        counts = _checked(place, name)
        assert counts[DROPPED[name][1]] == 1, (name, at, kind, counts)
    return first


def try_lasting(name: str, at: int) -> str:
    """A disk that is full from a call on: the file must be somewhere, whole; then there is room again."""
    with place_with(name) as place:
        run(place, Steps(at, "ENOSPC", always=True))
        data = DROPPED[name][0]
        whole = [one for one in place.inbox.rglob("*") if one.is_file() and _is(one, data)]
        assert len(whole) == 1, (name, at, whole)
        parts = whole[0].relative_to(place.inbox).parts
        where = parts[0] if len(parts) > 1 else "inbox"
        if where == "failed":
            assert name == "bad.json" or "o space left" in place.reason(Path(name).stem)
            whole[0].rename(place.inbox / name)
            for one in (place.inbox / "failed").iterdir():
                one.unlink()
        _go_on(place)
        _checked(place, name)
    return where


def _go_on(place: Place) -> None:
    # twice: the second tidies up what a fault kept the first from removing
    for _ in range(2):
        assert run(place, None) in (0, 10)


def _is(path: Path, data: str | bytes) -> bool:
    return path.read_bytes() == (data.encode() if isinstance(data, str) else data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="try each so many-th step")
    options = parser.parse_args()
    start = time.monotonic()
    for name in DROPPED:
        total, ends = count_steps(name), Counter[str]()
        steps = range(1, total + 1, options.every)
        for at in steps:
            for kind in ("crash", "ENOSPC", "EIO"):
                try_step(name, at, kind)  # type: ignore[arg-type]
            ends[try_lasting(name, at)] += 1
        lasting = ", ".join(f"{count} {where}" for where, count in ends.items())
        print(
            f"{name}: {len(steps)} of {total} steps: as many crashes, full and broken disks; full for good: {lasting}"
        )
        sys.stdout.flush()
    print(f"seconds: {time.monotonic() - start:.0f}")


if __name__ == "__main__":
    main()
