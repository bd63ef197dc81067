"""Runs commands in a process of their own, with limits, and tells how they ended: the codes, the words, the memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What a process may never need for one form: past it the kernel refuses or ends it.
MOST_CPU_S = 120
MOST_ADDRESSES = 6 << 30
#: What the process holds in memory at its peak, at the most, in bytes: an ordinary fill takes 150 MB.
MOST_RSS = 900 << 20

_RUNNER = """
import contextlib, io, json, resource, sys
given = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_CPU, (given["cpu"], given["cpu"]))
resource.setrlimit(resource.RLIMIT_AS, (given["addresses"], given["addresses"]))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from formfill.cli import main
ended = []
for arguments in given["commands"]:
    code = main(arguments)
    sys.stdout.flush(), sys.stderr.flush()
    ended.append(code)
try:  # ru_maxrss is the parent's too, where that was larger
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(given["report"], "w") as report:
    json.dump({"codes": ended, "peak": peak * 1024}, report)
"""


@dataclass(frozen=True)
class Ended:
    """How the commands ended; ``said`` is all that they printed."""

    codes: list[int]
    peak: int
    said: str


def run(folder: Path, commands: Sequence[Sequence[str]], environment: dict[str, str] | None = None) -> Ended:
    """Run ``commands`` in ``folder`` one after the other; fails where the process does not live to tell."""
    report = folder.parent / f"{folder.name}-report.json"
    given = {"commands": [list(one) for one in commands], "cpu": MOST_CPU_S, "addresses": MOST_ADDRESSES}
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER],
        input=json.dumps(given | {"report": str(report)}),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"the process ended with {done.returncode}: {said[-2000:]}"
    told = json.loads(report.read_text())
    return Ended(told["codes"], told["peak"], said)
