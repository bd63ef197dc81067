"""The drop folder under SIGKILL, full and broken disks, two watchers: each file ends once, and whole.

The modules crash.py and steps.py do the same at length, from the command line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.automation.crash import crash
from tests.automation.drop_folder import Place, check, make, request

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make(tmp_path / "home")


def test_killed_at_any_time(place: Place) -> None:
    counts = crash(place, kills=25, seed=3)
    print(counts)
    assert counts["kills"] >= 25
    assert counts["kills at work"] > 10
    assert counts["done"] + counts["failed"] == counts["dropped"]


@pytest.mark.parametrize("name", ["form.json", "mail.json", "zip.zip", "bad.json"])
def test_a_crash_or_fault_at_each_step(name: str) -> None:
    """Each eleventh step here; in a process of its own, which forks before any library has begun threads."""
    program = (
        "from tests.automation.steps import *\n"
        f"total = count_steps({name!r})\n"
        "for at in range(1, total + 1, 11):\n"
        f"    for kind in ('crash', 'ENOSPC', 'EIO'): try_step({name!r}, at, kind)\n"
        f"    try_lasting({name!r}, at)\n"
        "print(total)"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


def test_two_watchers_never_do_one_file_twice(place: Place) -> None:
    names = {f"r{number}.json" for number in range(200)}
    for name in names:
        (place.inbox / name).write_text(request())
    command = place.command("--once", "-j", "1")
    both = [
        subprocess.Popen(command, cwd=place.home, env=place.environment(), stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [watcher.communicate(timeout=120)[1] for watcher in both]
    assert [watcher.returncode for watcher in both] == [0, 0], told
    counts = [text.count(" done") for text in told]
    print(f"200 files, done by each: {counts}")
    assert sum(counts) == 200
    assert min(counts) > 0
    tokens = Counter(line.split()[2] for text in told for line in text.splitlines() if " done" in line)
    assert max(tokens.values()) == 1
    place.watch()  # tidies up after both
    assert check(place, names)["done"] == 200


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_is_really_full(place: Place, tmp_path: Path) -> None:
    place.out.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place.out)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this root may not mount")
    try:
        (place.out / "ballast").write_bytes(b"\0" * 250_000)
        place.drop("mail.json", request(send="mail"))
        watcher = subprocess.Popen(
            place.command("--once", "--retries", "20"),
            cwd=place.home,
            env=place.environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        _until(lambda: any(place.inbox.glob(".formfill/*/*/tries.json")))
        assert place.kept("done") == place.kept("failed") == []
        assert [one.name for one in place.out.iterdir() if one.is_dir()] == []
        (place.out / "ballast").unlink()
        _, told = watcher.communicate(timeout=60)
        assert watcher.returncode == 0, told
        assert "OutputError: try 1 of 20" in told
        assert check(place, {"mail.json"})["packets"] == 1
    finally:
        subprocess.run(["umount", str(place.out)], check=True)


def _until(true: object, seconds: float = 30) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)
