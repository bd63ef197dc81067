"""Drafts every PDF of the corpus, unreviewed, and counts what came of it: ``python -m tests.benchmarks.draft``.

Each form is drafted in a process of its own, which says how long it took (wall seconds of the draft alone, without the
imports) and the most memory it held. This process imports nothing of formfill: the kernel counts what the starter held
as the child's own.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("flat", "acro", "scan")
_CHILD = """
import json, pathlib, resource, sys, time
from formfill.draft.draft import draft_map
from formfill.errors import FormfillError
data = pathlib.Path(sys.argv[1]).read_bytes()
start = time.perf_counter()
try:
    made = draft_map(data, form="x-y", provider="x", file="x/y.pdf")
except FormfillError as error:
    sys.exit(f"{type(error).__name__}: {error}")
spent = time.perf_counter() - start
leaves = [place.leave for place in made.form_map.fields]
print(json.dumps({
    "found": len(leaves),
    "mapped": leaves.count(None),
    "unknown": leaves.count("unknown"),
    "seconds": spent,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "pages": len(made.detection.pages),
    "read_off_pixels": sum(page.is_scan for page in made.detection.pages),
}))
"""
#: ru_maxrss is in kilobytes on Linux, in bytes on macOS.
_PER_MB = 1 << 20 if sys.platform == "darwin" else 1 << 10


@dataclass(frozen=True)
class Row:
    """One form. ``found`` are the places of its draft: ``mapped`` to a value, ``unknown``, or left for another reason
    (signature, staff, a direction). ``peak_mb`` is the drafting process; Tesseract's own is not counted."""

    name: str
    kind: str
    pages: int
    read_off_pixels: int
    found: int
    mapped: int
    unknown: int
    seconds: float
    peak_mb: float

    @property
    def left(self) -> int:
        return self.found - self.mapped - self.unknown

    @property
    def share_unknown(self) -> float:
        return self.unknown / self.found if self.found else 0.0

    @property
    def seconds_a_page(self) -> float:
        return self.seconds / self.pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1, help="forms at a time; more than one makes the times longer")
    parser.add_argument("--only", default="", metavar="TEXT", help="forms whose name has TEXT in it")
    parser.add_argument("--worst", type=int, default=20, metavar="N", help="how many of the worst to list")
    parser.add_argument("--unnamed", type=Path, metavar="FILE", help="organisations' folders that the list leaves out")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="write every form's row there, as JSON")
    arguments = parser.parse_args()
    folder = corpus()
    with (folder / "INDEX.csv").open(newline="") as file:
        index = [(row["file"], row["kind"]) for row in csv.DictReader(file) if row["file"].endswith(".pdf")]
    index = [(name, kind) for name, kind in index if arguments.only in name]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        drafted = list(pool.map(lambda one: draft(folder, *one), index))
    rows = [row for row in drafted if isinstance(row, Row)]
    if arguments.rows:
        arguments.rows.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    console = Console(width=120)
    console.print(by_kind(rows))
    unnamed = set(arguments.unnamed.read_text().split()) if arguments.unnamed else set()
    console.print(worst(rows, arguments.worst, unnamed))
    for problem in drafted:
        if isinstance(problem, str):
            console.print(problem, markup=False)
    sys.exit(1 if len(rows) < len(drafted) else 0)


def corpus() -> Path:
    folder = Path(os.environ.get("FORMFILL_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not (folder / "INDEX.csv").is_file():
        raise SystemExit("no corpus of real forms here: set FORMFILL_CORPUS to its folder")
    return folder


def draft(folder: Path, name: str, kind: str) -> Row | str:
    """One form's row, or why there is none."""
    command = [sys.executable, "-c", _CHILD, str(folder / name)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"{name}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}"
    said = json.loads(done.stdout)
    peak = said.pop("peak") / _PER_MB
    return Row(name.removesuffix(".pdf"), kind, **said, peak_mb=peak)


def by_kind(rows: Sequence[Row]) -> Table:
    """One row a kind of form, and one for all."""
    table = Table(title=f"{len(rows)} forms of {sum(row.pages for row in rows)} pages, drafted")
    for column in (
        *("kind", "forms", "places found", "mapped", "left", "unknown", "s a page: median", "max"),
        "peak MB",
    ):
        table.add_column(column, justify="left" if column == "kind" else "right")
    for kind in (*KINDS, "all"):
        some = [row for row in rows if kind in (row.kind, "all")]
        if not some:
            continue
        found = sum(row.found for row in some) or 1
        table.add_row(
            kind,
            str(len(some)),
            str(sum(row.found for row in some)),
            *(
                f"{count} ({count / found:.0%})"
                for count in (
                    sum(row.mapped for row in some),
                    sum(row.left for row in some),
                    sum(row.unknown for row in some),
                )
            ),
            f"{statistics.median(row.seconds_a_page for row in some):.2f}",
            f"{max(row.seconds_a_page for row in some):.2f}",
            f"{max(row.peak_mb for row in some):.0f}",
        )
    return table


def worst(rows: Sequence[Row], count: int, unnamed: set[str]) -> Table:
    """The forms with the largest share of unknown places."""
    table = Table(title="the largest shares of unknown places")
    for column in ("form", "kind", "places", "mapped", "left", "unknown", "share"):
        table.add_column(column, justify="left" if column in ("form", "kind") else "right")
    named = [row for row in rows if row.name.partition("/")[0] not in unnamed]
    for row in sorted(named, key=lambda row: (-row.share_unknown, row.name))[:count]:
        numbers = (row.found, row.mapped, row.left, row.unknown)
        table.add_row(row.name, row.kind, *map(str, numbers), f"{row.share_unknown:.0%}")
    return table


if __name__ == "__main__":
    main()
