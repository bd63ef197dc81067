"""The long fuzz, by hand: ``python -m tests.fuzz.run --minutes 10 [--target pdf] [--out FOLDER]``.

Good inputs are spoilt and given to a reader in a child process. An exception that is no FormfillError, a crash, an
input that takes longer than --seconds, or more memory than --megabytes, is a finding: it is printed once a place in
the code, and its input kept in --out. FORMFILL_CORPUS names a folder of real blanks to spoil besides our own; nothing
of it is copied but into a finding's input, so keep --out outside the repository. Exit code 1 where there are findings.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import random
import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from formfill.errors import FormfillError
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS, Target

#: Not forked: typst, which the seeds are made with, keeps threads, and their locks would hang the copy.
_PROCESSES = multiprocessing.get_context("spawn")


@dataclass
class Tally:
    """What a run counted; ``findings`` are the inputs by what happened and where."""

    inputs: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    findings: dict[str, bytes] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)


def what_happens(target: Target, data: bytes) -> str | None:
    """None where the reader reads or refuses ``data``; else the exception and where in formfill it came from."""
    try:
        target.read(data)
    except FormfillError as exc:
        return "refused" if len(str(exc)) < 100_000 else f"a message of {len(str(exc))} characters"
    except BaseException as exc:
        frames = traceback.extract_tb(exc.__traceback__)
        ours = [frame for frame in frames if "/formfill/" in frame.filename] or list(frames)
        return f"{type(exc).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno} {str(exc)[:80]!r}"
    return None


def _serve(line: Connection, name: str, megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    while True:
        line.send(what_happens(TARGETS[name], line.recv_bytes()))


class Child:
    """A process that reads for one target; it is started anew when it hangs or dies."""

    def __init__(self, name: str, megabytes: int) -> None:
        self._name, self._megabytes = name, megabytes
        self._start()

    def _start(self) -> None:
        self._line, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=_serve, args=(theirs, self._name, self._megabytes), daemon=True)
        self._process.start()
        theirs.close()

    def read(self, data: bytes, seconds: float) -> str | None:
        try:
            self._line.send_bytes(data)
            if self._line.poll(seconds):
                return self._line.recv()  # type: ignore[no-any-return]
            happened = f"hangs longer than {seconds:g} s"
        except (EOFError, OSError):
            self._process.join(5)
            happened = f"dies with {self._process.exitcode}"
        self.stop()
        self._start()
        return f"{self._name}: {happened} {hashlib.sha256(data).hexdigest()[:8]}"

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._line.close()


def fuzz(name: str, minutes: float, rng: random.Random, tally: Tally, seconds: float, megabytes: int) -> None:
    target = TARGETS[name]
    seeds = list(target.seeds())
    child = Child(name, megabytes)
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        data = mutated(rng.choice(seeds), rng, target.words, seeds)
        happened = child.read(data, seconds)
        tally.inputs[name] += 1
        if happened is None:
            tally.read[name] += 1
        elif happened != "refused":
            key = happened if happened.startswith(name) else f"{name}: {happened}"
            tally.times[key.partition(" '")[0]] += 1
            if key.partition(" '")[0] not in {one.partition(" '")[0] for one in tally.findings}:
                tally.findings[key] = data
                print(key, flush=True)
    child.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--target", choices=sorted(TARGETS), action="append", help="one reader; else all in turn")
    parser.add_argument("--seed", type=int, help="the same inputs again")
    parser.add_argument("--seconds", type=float, default=20, help="after which an input is said to hang")
    parser.add_argument("--megabytes", type=int, default=3000, help="of address space for the reader")
    parser.add_argument("--out", type=Path, help="a folder for the inputs that are findings")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1 << 32)
    rng, tally = random.Random(seed), Tally()
    names = asked.target or list(TARGETS)
    for name in names:
        fuzz(name, asked.minutes / len(names), rng, tally, asked.seconds, asked.megabytes)
    print(f"seed {seed}")
    for name in names:
        print(f"{name}: {tally.inputs[name]:,} inputs, {tally.read[name]:,} read, the others refused")
    print(f"{sum(tally.inputs.values()):,} inputs, {len(tally.findings)} findings")
    for number, (key, data) in enumerate(tally.findings.items(), 1):
        print(f"  {number}. {tally.times[key.partition(chr(32) + chr(39))[0]]} × {key}")
        if asked.out:
            asked.out.mkdir(parents=True, exist_ok=True)
            (asked.out / f"{number:03}-{key.split(':')[0]}").write_bytes(data)
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
