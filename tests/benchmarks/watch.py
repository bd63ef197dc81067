"""How soon the drop folder does what is dropped: ``python -m tests.benchmarks.watch``.

Latency is from the moment a file is whole in the drop folder (moved in by a rename) to the moment its packet is in the
outbox. A file that is written in place waits for the quiet period besides (2 s unless it is told otherwise).
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from tests.automation.drop_folder import Place, make, request

_TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="dropped at once")
    parser.add_argument("--single", type=int, default=50, help="dropped one by one")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds")
    options = parser.parse_args()
    for jobs in (1, 2):
        for kind, data in (("form", request()), ("packet by mail", request(send="mail"))):
            with tempfile.TemporaryDirectory() as folder:
                _bench(make(Path(folder) / "home"), data, f"-j {jobs}, {kind}", jobs, options)


def _bench(place: Place, data: str, title: str, jobs: int, options: argparse.Namespace) -> None:
    command = [*place.command()[:5], "--out", "outbox", "-j", str(jobs)]
    watcher = subprocess.Popen(
        command, cwd=place.home, env=place.environment(), stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _latencies(place, data, ["warm"])
        single = [one for i in range(options.single) for one in _latencies(place, data, [f"s{i}"])]
        print(f"{title}: one by one: {_said(single)}")
        start = time.perf_counter()
        burst = _latencies(place, data, [f"r{i}" for i in range(options.files)])
        seconds = time.perf_counter() - start
        print(f"{title}: {options.files} at once: {_said(burst)}; {options.files / seconds:.0f} files/s")
        time.sleep(5)
        before, at = _processor(watcher.pid), time.perf_counter()
        time.sleep(options.idle)
        share = (_processor(watcher.pid) - before) / (time.perf_counter() - at)
        print(f"{title}: idle: {share:.2%} of a core; memory {_memory(watcher.pid)} MB in all", flush=True)
    finally:
        os.killpg(watcher.pid, signal.SIGTERM)
        watcher.wait()


def _latencies(place: Place, data: str, names: list[str]) -> list[float]:
    """Move files in, wait until all are done, and say how many seconds each took."""
    staging = place.home / "staging"
    staging.mkdir(exist_ok=True)
    for name in names:
        (staging / f"{name}.json").write_text(data)
        os.utime(staging / f"{name}.json", (time.time() - 60,) * 2)
    moved = {}
    for name in names:
        moved[name] = time.time()
        (staging / f"{name}.json").rename(place.inbox / f"{name}.json")
    wanted = set(names)
    while not wanted <= {path.name.split(".")[0] for path in (place.inbox / "done").glob("*.json")}:
        time.sleep(0.005 if len(names) == 1 else 0.2)
    # a folder's time of change is that of the rename which put it there
    made = {path.name.rpartition("-")[0]: path.stat().st_ctime for path in place.out.iterdir()}
    return [made[name] - moved[name] for name in names]


def _said(seconds: list[float]) -> str:
    rank = sorted(seconds)
    p99 = rank[min(len(rank) - 1, round(0.99 * len(rank)))]
    return f"median {statistics.median(rank) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"


def _session(pid: int) -> list[list[str]]:
    """The fields after the name in /proc/PID/stat of each process of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = path.read_text().rpartition(")")[2].split() if path.exists() else []
        if fields and int(fields[3]) == pid:
            found.append(fields)
    return found


def _processor(pid: int) -> float:
    return sum(int(fields[11]) + int(fields[12]) for fields in _session(pid)) / _TICK


def _memory(pid: int) -> int:
    return sum(int(fields[21]) for fields in _session(pid)) * os.sysconf("SC_PAGE_SIZE") // 1_000_000


if __name__ == "__main__":
    main()
