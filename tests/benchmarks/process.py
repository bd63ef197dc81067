"""What a whole ``formfill fill`` costs, cache warm: seconds, memory, and which imports take them."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from tests.benchmarks.cases import ROOT, corpus

#: The installed command; it is Python, so that its interpreter can be told to count imports.
_SCRIPT = str(Path(sys.executable).with_name("formfill"))
_PAIRS = (
    ("mercy-general", "mercy-general-hospital/form-1.pdf"),
    ("gritman", "gritman-medical-center/form-1.pdf"),
    ("natividad", "natividad-medical-center/form-2.pdf"),
    ("bayshore", "bayshore-medical-center/form-3.pdf"),
)
_LAUNCHER = """
import os, sys, time
start = time.perf_counter()
nothing = os.open(os.devnull, os.O_WRONLY)
silent = [(os.POSIX_SPAWN_DUP2, nothing, 1), (os.POSIX_SPAWN_DUP2, nothing, 2)]
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, usage = os.wait4(pid, 0)
if status:
    sys.exit(f"exit code {os.waitstatus_to_exitcode(status)}")
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


@dataclass(frozen=True)
class Cost:
    """One process: wall and processor seconds, and the most memory it held, in MB."""

    wall: float
    cpu: float
    peak_mb: float


def fill_command(provider: str, blank: Path, out: Path) -> list[str]:
    scenario = ROOT / "tests" / "scenario"
    (form_map,) = (ROOT / "form_maps" / provider).glob("roi-*.yaml")
    return [
        *(_SCRIPT, "fill", str(scenario / "profile.yaml"), "--request", str(scenario / "request.yaml")),
        *("--map", str(form_map), "--blank", str(blank), "--out", str(out)),
    ]


def process_table(repeat: int) -> Table:
    """Whole processes, each after one that warmed the cache."""
    table = Table(title=f"formfill fill as a process of its own, cache warm, medians of {repeat}")
    for column in ("form", "wall s", "processor s", "peak MB"):
        table.add_column(column, justify="left" if column == "form" else "right")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.pdf"
        table.add_row("python -c pass", *_cells([_run(["-c", "pass"]) for _ in range(repeat)]))
        table.add_row("formfill --version", *_cells([_run([_SCRIPT, "--version"]) for _ in range(repeat)]))
        for provider, name in _PAIRS:
            command = fill_command(provider, corpus() / name, out)
            _run(command)
            table.add_row(f"{provider}: {name}", *_cells([_run(command) for _ in range(repeat)]))
    return table


def import_table() -> Table:
    """The imports of one fill, by package: milliseconds spent in it and below it, as Python counts them."""
    with tempfile.TemporaryDirectory() as folder:
        provider, name = _PAIRS[0]
        command = fill_command(provider, corpus() / name, Path(folder) / "out.pdf")
        told = subprocess.run(
            [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
        )
    own: dict[str, float] = {}
    for line in told.stderr.splitlines():
        found = re.fullmatch(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", line)
        if found:
            package = found[2].split(".")[0]
            own[package] = own.get(package, 0.0) + int(found[1]) / 1000
    table = Table(title=f"imports of one fill: {sum(own.values()):.0f} ms (under -X importtime), {len(own)} packages")
    table.add_column("package")
    table.add_column("ms, its own modules", justify="right")
    for package, spent in sorted(own.items(), key=lambda pair: -pair[1])[:15]:
        table.add_row(package, f"{spent:.1f}")
    return table


def _run(arguments: list[str]) -> Cost:
    # started by a process that is small itself: the kernel counts what the starter held as the child's own
    launched = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, sys.executable, *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if launched.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {launched.stderr.strip()}")
    wall, cpu, peak = (float(word) for word in launched.stdout.split())
    # ru_maxrss is in kilobytes on Linux, in bytes on macOS
    return Cost(wall, cpu, peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def _cells(costs: list[Cost]) -> tuple[str, str, str]:
    return (
        f"{statistics.median(c.wall for c in costs):.3f}",
        f"{statistics.median(c.cpu for c in costs):.3f}",
        f"{max(c.peak_mb for c in costs):.0f}",
    )
