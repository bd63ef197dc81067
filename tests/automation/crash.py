"""Kills a watcher again and again, wherever it is, and looks at what is left: ``python -m tests.automation.crash``.

Each round starts a watcher, drops some files, waits for work to begin, and sends SIGKILL: to all its processes, to the
watcher alone (its workers must end by themselves), or to one worker. At the end a watcher is left to finish.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.automation.drop_folder import Place, check, make, request, table, with_photo_id

#: How long after work began the kill comes, at most.
_MOST_SECONDS = 0.3


def crash(place: Place, kills: int, seed: int) -> dict[str, int]:
    """Kill ``kills`` times; how many files there were, and how they ended."""
    lot = random.Random(seed)
    dropped: set[str] = set()
    counts: Counter[str] = Counter()
    while counts["kills"] < kills:
        _drop(place, dropped, lot)
        since = time.time()
        whom = lot.choices(["all", "watcher", "worker"], [5, 3, 2])[0]
        watcher = subprocess.Popen(
            place.command("-j", "2"),
            cwd=place.home,
            env=place.environment(),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _until_work(place, watcher, since)
            time.sleep(lot.uniform(0, _MOST_SECONDS))
            if whom == "worker" and (worker := _a_worker(watcher.pid, lot)):
                os.kill(worker, signal.SIGKILL)
                counts["kills"] += 1
                counts["workers killed"] += 1
                time.sleep(lot.uniform(0, _MOST_SECONDS))
            if whom == "watcher":
                watcher.kill()
            else:
                os.killpg(watcher.pid, signal.SIGKILL)
            counts["kills"] += 1
            counts["kills at work"] += _is_at_work(place, since)
        finally:
            watcher.kill()
            watcher.wait()
    _until_none(place)
    done = place.watch("-j", "2", timeout=300)
    assert done.returncode in (0, 10), done.stderr
    return {**counts, "dropped": len(dropped), **check(place, dropped)}


def _drop(place: Place, dropped: set[str], lot: random.Random) -> None:
    for _ in range(lot.randint(2, 5)):
        number = len(dropped)
        name, data = lot.choices(
            [
                (f"form{number}.json", request()),
                (f"mail{number}.json", request(send="mail")),
                (f"zip{number}.zip", with_photo_id()),
                (f"many{number}.csv", table(4)),
                (f"bad{number}.json", request(delivery="pigeon")),
                (f"rows{number}.csv", table(3, bad=[1])),
            ],
            [4, 8, 3, 1, 2, 1],
        )[0]
        dropped.add(name)
        place.drop(name, data)


def _until_work(place: Place, watcher: subprocess.Popen[bytes], since: float) -> None:
    end = time.monotonic() + 20
    while not _is_at_work(place, since) and watcher.poll() is None and time.monotonic() < end:
        time.sleep(0.002)


def _is_at_work(place: Place, since: float) -> bool:
    """Whether there is something that was begun since then, and has not ended."""
    with contextlib.suppress(OSError):  # what is looked at may be gone the next moment
        return any(path.stat().st_mtime > since for path in (place.inbox / ".formfill").glob("*/*/begun"))
    return False


def _a_worker(watcher: int, lot: random.Random) -> int | None:
    """A process that a watcher began, directly or not: those of its session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == watcher and int(path.parent.name) != watcher:
                found.append(int(path.parent.name))
    return lot.choice(found) if found else None


def _until_none(place: Place) -> None:
    """Until every process that was orphaned has ended."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        alive = [path for path in Path("/proc").glob("[0-9]*/environ") if _is_of(path, place)]
        if not alive:
            return
        time.sleep(0.05)
    raise AssertionError("orphans go on")


def _is_of(path: Path, place: Place) -> bool:
    try:
        return f"TMPDIR={place.temporary}\0".encode() in path.read_bytes()
    except OSError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        place = make(Path(folder) / "home")
        for name, count in crash(place, options.kills, options.seed).items():
            print(f"{name:<16} {count}")
    print(f"seconds          {time.monotonic() - start:.0f}")


if __name__ == "__main__":
    main()
