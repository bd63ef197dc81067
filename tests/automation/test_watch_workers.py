"""Workers that crash or hang, watchers that die on another machine, folders that are put in place whole."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from formfill import files
from formfill.automation import lease
from formfill.automation.claim import claims_in, take
from formfill.automation.inbox import Inbox
from formfill.automation.lease import Lease, Others, statuses
from formfill.automation.watch import Plan, Watch
from formfill.automation.work import How
from formfill.automation.workers import Inline
from formfill.errors import OutputError
from formfill.files import replace_folder_private
from tests.automation.drop_folder import Place, make, request

#: What a worker finds as it begins: a request called kill or hang ends it, or never ends.
SITE = """\
import faulthandler, os, sys, time
if "watch" not in sys.argv:
    from formfill.automation import attend, dropped
    def spoilt(path, *more, read=dropped.read_dropped):
        if path.name.startswith("kill"):
            os.kill(os.getpid(), 9)
        if path.name.startswith("hang"):
            time.sleep(600)
        return read(path, *more)
    attend.read_dropped = spoilt
    attend.REQUEST_SECONDS = 1
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return make(tmp_path / "home")


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_file_that_kills_or_hangs_its_process_fails_alone(place: Place, tmp_path: Path, jobs: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(SITE)
    good = {f"good{number}.json" for number in range(8)}
    for name in [*good, "kill.json", "hang.json"]:
        place.drop(name, request())
    environment = place.environment()
    environment["PYTHONPATH"] += f":{tmp_path / 'site'}"
    spoilt = Spoilt(place.home, environment)
    done = spoilt.watch("-j", jobs)
    assert done.returncode == 10, done.stderr
    assert set(place.kept("done")) == good, done.stderr
    assert place.kept("failed") == ["hang.json", "kill.json"]
    for stem in ("kill", "hang"):
        assert "WorkerDied, exit code 70" in place.reason(stem)
    assert not list(place.out.glob(".formfill-*"))


def test_where_no_process_can_be_begun_it_is_tried_later(place: Place) -> None:
    class Full(Inline):
        """No room for a process, three times."""

        left = 3

        def submit(self, *args: Any, **more: Any) -> Any:
            if Full.left:
                Full.left -= 1
                raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
            return super().submit(*args, **more)

    place.drop("good.json", request())
    how = How(out=str(place.out), workspace=place.home, salt=b"")
    plan = Plan(inbox=Inbox(place.inbox), how=how, once=True, quiet=0.01, retry_after=0.01)
    told: list[str] = []
    assert Watch(plan, threading.Event(), told.append, lambda *_: Full()).run() == 0
    assert "NoWorker: try 1 of 5" in told[0]
    assert place.kept("done") == ["good.json"]


class Spoilt(Place):
    """A place whose workers are spoilt."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        super().__init__(home)
        object.__setattr__(self, "_environment", environment)

    def environment(self) -> dict[str, str]:
        found: dict[str, str] = self._environment  # type: ignore[attr-defined]
        return found


def drop(inbox: Inbox, folder: Path, name: str = "a.json") -> None:
    (inbox.root / name).write_text("{}")
    (one,) = inbox.dropped()
    assert take(inbox, one, folder) is not None


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    inbox = Inbox(tmp_path)
    inbox.make()
    return inbox


def watcher(inbox: Inbox) -> Lease:
    return Lease(inbox, lambda: {"looked": time.time(), "pid": os.getpid()})


def test_a_watcher_that_lives_keeps_what_it_has(inbox: Inbox) -> None:
    with watcher(inbox) as one, watcher(inbox) as other:
        drop(inbox, one.folder)
        assert not list(Others(inbox, other.folder).take_over())
        assert [told["state"] for told in statuses(inbox)] == ["running"] * 2


def test_what_a_dead_one_on_this_machine_had_is_taken_at_once(inbox: Inbox) -> None:
    with watcher(inbox) as one:
        drop(inbox, one.folder)
    with watcher(inbox) as other:
        (claim,) = Others(inbox, other.folder).take_over()
        assert (claim.name, claim.folder.parent, claim.recovered) == ("a.json", other.folder, True)
        assert claim.file.read_text() == "{}"
        assert not one.folder.exists()
        assert not list(Others(inbox, other.folder).take_over())


def test_one_on_another_machine_is_dead_when_its_heart_stands_still(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watcher(inbox) as one:
        drop(inbox, one.folder)
    far = one.folder.rename(inbox.own / "0a0b0c0d-1111")
    now = [1000.0]
    monkeypatch.setattr(lease.time, "monotonic", lambda: now[0])
    with watcher(inbox) as other:
        others = Others(inbox, other.folder)
        assert not list(others.take_over())
        now[0] += 50
        os.utime(far / "alive")  # it beats
        assert not list(others.take_over())
        now[0] += 50
        assert not list(others.take_over())
        now[0] += 11
        assert [claim.name for claim in others.take_over()] == ["a.json"]
        assert not far.exists()


def test_one_that_was_taken_for_dead_ends(place: Place) -> None:
    watcher = subprocess.Popen(
        place.command(), cwd=place.home, env=place.environment(), stderr=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 20
    while not list(place.inbox.glob(".formfill/*/status.json")) and time.monotonic() < end:
        time.sleep(0.05)
    (own,) = place.inbox.glob(".formfill/*")
    shutil.rmtree(own)  # as a watcher on another machine does
    _, told = watcher.communicate(timeout=20)
    assert watcher.returncode == 8
    assert "took this one, which gave no sign, for dead" in told
    assert not list(place.inbox.glob(".formfill/*"))
    place.drop("good.json", request())
    assert place.watch().returncode == 0


def test_two_that_take_over_share_it(inbox: Inbox) -> None:
    with watcher(inbox) as one:
        for number in range(50):
            drop(inbox, one.folder, f"r{number}.json")
    with watcher(inbox) as first, watcher(inbox) as second:
        taken: list[str] = []
        sides = [
            threading.Thread(target=lambda own=own: taken.extend(c.name for c in Others(inbox, own).take_over()))
            for own in (first.folder, second.folder)
        ]
        for side in sides:
            side.start()
        for side in sides:
            side.join()
        assert sorted(taken) == sorted(f"r{number}.json" for number in range(50))


def test_a_claim_that_was_done_is_tidied_up(inbox: Inbox) -> None:
    with watcher(inbox) as one:
        drop(inbox, one.folder)
        (claim,) = claims_in(one.folder)
        claim.file.unlink()  # moved to done/, and then the machine stopped
        assert not list(claims_in(one.folder))
        assert not claim.folder.exists()


def test_a_folder_that_another_process_puts_there_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = files.sync_folder
    rivals = iter([True])

    def rival(folder: Path) -> None:
        sync(folder)
        if folder.name.endswith(".tmp") and next(rivals, False):
            (tmp_path / "r").mkdir()
            (tmp_path / "r/of-the-other").write_text("")

    monkeypatch.setattr(files, "sync_folder", rival)
    replace_folder_private(tmp_path / "r", {"mine": b"x"})
    assert [one.name for one in (tmp_path / "r").iterdir()] == ["mine"]
    assert [one.name for one in tmp_path.iterdir()] == ["r"]


def test_a_folder_that_cannot_be_put_there_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_folder_private(tmp_path / "r", {"old": b"x"})
    rename, count = os.rename, [0]

    def third_fails(*args: object) -> None:
        count[0] += 1
        if count[0] == 3:
            raise OSError(5, "Input/output error")
        rename(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "rename", third_fails)
    with pytest.raises(OutputError):
        replace_folder_private(tmp_path / "r", {"new": b"x"})
    assert [one.name for one in (tmp_path / "r").iterdir()] == ["old"]
    assert [one.name for one in tmp_path.iterdir()] == ["r"]
