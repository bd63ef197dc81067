"""A batch that is interrupted, killed, or whose workers die: nothing is lost, and nothing done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest

from formfill.automation import batch as module
from formfill.automation.batch import Batch, run
from formfill.automation.work import How, Result, Work, do
from formfill.automation.workers import local_workers
from formfill.errors import OutputError
from formfill.store.ledger import Ledger
from formfill.tables.columns import Columns
from tests.automation.many import MAILED, kept, numbered, outcomes, report, start, table
from tests.own_forms import workspace


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(workspace(tmp_path))
    return tmp_path


def folders(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if path.is_dir())


def wait_for(count: int, out: Path, process: subprocess.Popen[str]) -> None:
    """Until so many packets are there."""
    while len(list(out.glob("r-*"))) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that do the work: the server that forks them is their parent."""
    servers = [one for one in psutil.Process(process.pid).children() if "forkserver" in " ".join(one.cmdline())]
    return [worker for server in servers for worker in server.children()]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_in_good_order(place: Path, jobs: str) -> None:
    path = table(place / "t.csv", numbered(400))
    process = start(path, "--out", "out", "-j", jobs, cwd=place, start_new_session=True)
    wait_for(5, place / "out", process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process of the group
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "run the same again to go on" in err
    done = outcomes(place / "out")
    assert 5 <= len(done) < 400
    assert set(done.values()) == {"done"}
    assert folders(place / "out") == sorted(done), "each packet that is there is in the report"
    assert out.startswith(f"{len(done)} done")

    assert main_again(path, place) == 400
    now = outcomes(place / "out")
    assert {name for name, outcome in now.items() if outcome == "unchanged"} == set(done)


def test_a_second_ctrl_c_ends_at_once(place: Path) -> None:
    path = table(place / "t.csv", numbered(400))
    process = start(path, "--out", "out", "-j", "2", cwd=place)
    wait_for(2, place / "out", process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert main_again(path, place) == 400


def main_again(path: Path, place: Path) -> int:
    process = start(path, "--out", "out", "-j", "2", cwd=place)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert set(kept(place / "out")) == set(outcomes(place / "out"))
    return len(outcomes(place / "out"))


def test_kill_9_and_again(place: Path) -> None:
    path = table(place / "t.csv", [{**row, **MAILED, "records": "lab"} for row in numbered(120)])
    process = start(path, "--out", "out", "-j", "2", cwd=place)
    wait_for(10, place / "out", process)
    workers = workers_of(process)
    assert len(workers) == 2
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive, "the workers end with their parent"
    assert main_again(path, place) == 120
    assert folders(place / "out") == [f"r-{i:04}" for i in range(120)], "no half-written folder is left"
    with Ledger(place) as ledger:
        found = sorted(one.request.folder for one in ledger.entries())
    assert found == [f"out/r-{i:04}" for i in range(120)], "each is entered once"


def test_a_worker_that_is_killed_loses_nothing(place: Path) -> None:
    path = table(place / "t.csv", numbered(200))
    process = start(path, "--out", "out", "-j", "2", cwd=place)
    for count in (10, 60):
        wait_for(count, place / "out", process)
        workers_of(process)[0].kill()
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert outcomes(place / "out") == {f"r-{i:04}": "done" for i in range(200)}


def deadly(work: Work, how: How) -> Result:
    """Work of which one request kills its process whenever it is done, as one out of memory would."""
    if work.id == "r-0007":
        os.kill(os.getpid(), signal.SIGKILL)
    return do(work, how)


def test_a_request_that_kills_its_worker_twice_has_failed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "do", deadly)
    path = table(place / "t.csv", numbered(30))
    batch = Batch(table=str(path), out=str(place / "out"), workspace=place, columns=Columns())
    with local_workers(2) as workers:
        summary = run(batch, workers, threading.Event())
    assert summary.counts == {"done": 29, "unchanged": 0, "failed": 1}
    (bad,) = (row for row in report(place / "out") if row["outcome"] == "failed")
    assert (bad["request"], bad["error"], bad["line"]) == ("r-0007", "WorkerDied", 9)
    assert "ended twice" in bad["message"]


def hopeless(work: Work, how: How) -> Result:
    """Work on a machine that ends every process that begins some."""
    os.kill(os.getpid(), signal.SIGKILL)
    return do(work, how)


def test_a_machine_that_ends_every_worker_ends_the_batch(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "do", hopeless)
    path = table(place / "t.csv", numbered(30))
    batch = Batch(table=str(path), out=str(place / "out"), workspace=place, columns=Columns())
    with local_workers(2) as workers, pytest.raises(OutputError, match="end as soon as they begin"):
        run(batch, workers, threading.Event())
    monkeypatch.undo()
    monkeypatch.chdir(place)
    with local_workers(1) as workers:
        assert run(batch, workers, threading.Event()).counts == {"done": 30, "unchanged": 0, "failed": 0}
