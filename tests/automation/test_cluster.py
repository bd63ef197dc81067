"""The same batch on dask.distributed: two worker processes, of which one is killed in the middle."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from formfill.store.ledger import Ledger
from tests.automation.many import MAILED, ROOT, kept, numbered, outcomes, start, table
from tests.own_forms import workspace

pytest.importorskip("distributed")

#: A LocalCluster in a process of its own: dask's threads and warnings stay out of the tests'.
_CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        print(*(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[int]]]:
    """The scheduler's address, and the process ids of its two workers."""
    script = tmp_path / "cluster.py"
    script.write_text(_CLUSTER)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2
    yield address, pids
    process.communicate("", timeout=60)


def test_a_worker_is_killed_and_nothing_is_lost(tmp_path: Path, cluster: tuple[str, list[int]]) -> None:
    address, pids = cluster
    place = workspace(tmp_path / "workspace")
    rows = [{**row, **MAILED} for row in numbered(150)]
    path = table(tmp_path / "t.csv", [*rows, {"request": "bad", "profile": "nobody"}])
    process = start(path, "--out", "out", "--cluster", address, cwd=place)
    while len(list((place / "out").glob("r-*"))) < 20:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    psutil.Process(pids[0]).send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 10, err
    names = [f"r-{i:04}" for i in range(150)]
    assert outcomes(place / "out") == dict.fromkeys(names, "done") | {"bad": "failed"}
    folders = sorted(one.name for one in (place / "out").iterdir() if one.is_dir())
    assert folders == names, "no packet is lost, and no half of one is left"
    with Ledger(place) as ledger:
        entered = sorted(one.request.folder for one in ledger.entries())
        ledger.verify_audit()
    assert entered == [f"out/{name}" for name in names]
    state = kept(place / "out")
    print(
        f"\nkilled 1 of 2 workers: {len(names)} asked, {len(folders)} packets, {len(entered)} in the ledger, ", end=""
    )
    print(f"{len(state)} in the state, {re.sub(chr(10), ' ', out)}")

    again = start(path, "--out", "out", "--cluster", address, cwd=place)
    out, err = again.communicate(timeout=300)
    assert out.startswith("0 done, 150 unchanged, 1 failed"), err


def test_no_scheduler_there(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    table(place / "t.csv", numbered(1))
    process = start("t.csv", "--out", "out", "--cluster", "tcp://127.0.0.1:9", cwd=place)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 8
    assert "no dask scheduler answers there" in err
    assert "Traceback" not in err
