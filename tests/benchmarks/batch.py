"""How fast ``formfill batch`` is beside other libraries that fill the same forms from the same rows, and what it holds.

Run by hand, from the repository: ``python -m tests.benchmarks.batch [--rows 1000 --rows 10000 --rows 100000]``.
The other libraries are given each field's value ready-made: they read no table, look nothing up, verify nothing, and
write each form with one plain write. Rates are forms for each second of processor time, so that a busy machine slows
all alike; turns are taken.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

import psutil
from rich.console import Console
from rich.table import Table

import formfill.fill.pdf
import formfill.verify
from formfill.automation.outbox import Outbox
from formfill.automation.rows import read_rows
from formfill.automation.work import How, Work, do
from formfill.catalog import Catalog, read_blank
from formfill.model.profile import parse_profile
from formfill.model.request import parse_request
from formfill.pdf.compiled import compiled_form
from formfill.resolve import resolve
from formfill.tables.columns import Columns
from formfill.tables.read import open_table
from tests.benchmarks.cases import ROOT, Case, Tick
from tests.benchmarks.judge import Verdict, judge
from tests.benchmarks.peers import Fill, by_pikepdf, by_pypdf
from tests.benchmarks.peers import formfill as by_formfill

FORM = "model-access-request-en"
_GIVEN = ("Amina", "José", "Nguyễn Thị", "Łukasz", "Mary Ann", "Bo")
_FAMILY = ("Rahimi", "Muñoz", "Hồng", "Żółć", "O'Neil-Smith", "Li")
_SAMPLE_S = 0.1
#: So many outputs of each library are looked over.
_JUDGED = 24


def write_table(path: Path, count: int) -> None:
    """Made-up requests of made-up patients, each written out in its row."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        person = [
            f"patient.{key}" for key in ("given_name", "family_name", "birth_date", "zip", "street", "city", "state")
        ]
        writer.writerow(["request", "form", "provider", "records", "dates", "delivery", "patient.phone", *person])
        for i in range(count):
            name = _GIVEN[i % 6], _FAMILY[i // 6 % 6]
            born = f"{1940 + i % 70}-{1 + i % 12:02}-{1 + i % 28:02}"
            asked = [f"r-{i:06}", FORM, "valley-oak", "lab; immunizations; vision", "all", "cd", "(916) 555-0142"]
            writer.writerow([*asked, *name, born, f"{95000 + i % 900}", f"{i} Folsom Blvd", "Sacramento", "CA"])


@dataclass
class Seen:
    """What was seen of a batch while it ran."""

    rows: int
    wall: float = 0.0
    cpu: dict[int, float] = field(default_factory=dict)
    """dict[process id, seconds]: of the parent, the server that forks the workers, and these."""
    peak: dict[int, float] = field(default_factory=dict)
    """dict[process id, MB]."""
    parent: int = 0

    @property
    def cpu_s(self) -> float:
        return sum(self.cpu.values())

    @property
    def workers_mb(self) -> list[float]:
        return sorted((mb for pid, mb in self.peak.items() if pid != self.parent), reverse=True)


def run_batch(table: Path, out: Path, jobs: int, rows: int) -> Seen:
    """One batch as a process of its own, watched."""
    seen = Seen(rows)
    command = [sys.executable, "-m", "formfill", "batch", str(table), "--out", str(out), "-j", str(jobs), "--quiet"]
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    seen.parent = process.pid
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(psutil.Process(process.pid), seen, ended))
    watcher.start()
    code = process.wait()
    seen.wall = time.perf_counter() - start
    ended.set()
    watcher.join()
    if code:
        raise SystemExit(f"formfill batch ended with {code}")
    return seen


def _watch(parent: psutil.Process, seen: Seen, ended: threading.Event) -> None:
    while not ended.wait(_SAMPLE_S):
        try:
            processes = [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for one in processes:
            try:
                spent = one.cpu_times()
                seen.cpu[one.pid] = spent.user + spent.system
                seen.peak[one.pid] = max(seen.peak.get(one.pid, 0.0), one.memory_info().rss / 1e6)
            except psutil.NoSuchProcess:
                continue


def works(table: Path, count: int) -> list[Work]:
    """The first rows as work."""
    found = []
    with open_table(table) as opened:
        for asked in read_rows(opened, Columns()):
            assert asked.work is not None, asked.error
            found.append(asked.work)
            if len(found) == count:
                break
    return found


def case_of(work: Work, catalog: Catalog) -> Case:
    """The same request for other libraries: each field with its value."""
    assert work.profile is not None
    request, profile = parse_request(work.request), parse_profile(work.profile)
    form_map = catalog.form_map(FORM)
    blank = read_blank(catalog.blank(form_map))
    fillings = resolve(form_map, profile, catalog.provider("valley-oak"), request).fillings
    texts = {one.place.field: one.text for one in fillings if one.action == "text" and one.place.field and one.text}
    ticks = {
        one.place.field: Tick(one.option or one.place.option or "Yes", radio=False)
        for one in fillings
        if one.action in ("tick", "choose") and one.place.field
    }
    return Case(work.id, blank, compiled_form(blank, FORM), texts, ticks)


def peer_rate(fills: list[Fill], folder: Path) -> float:
    """Forms a second of processor time, each written to a file."""
    start = time.process_time()
    for i, fill in enumerate(fills):
        (folder / f"{i}.pdf").write_bytes(fill())
    return len(fills) / (time.process_time() - start)


class Shares:
    """Where the time of ``do`` goes: seconds by part."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def timed(self, part: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.spent[part] = self.spent.get(part, 0.0) + time.perf_counter() - start

        return call

    @contextmanager
    def watching(self) -> Iterator[None]:
        with (
            mock.patch.object(formfill.fill.pdf, "fill_pdf", self.timed("fill", formfill.fill.pdf.fill_pdf)),
            mock.patch.object(formfill.verify, "verify_pdf", self.timed("verify", formfill.verify.verify_pdf)),
            mock.patch.object(Outbox, "put", self.timed("write", Outbox.put)),
        ):
            yield

    def table(self, asked: list[Work], out: Path) -> Table:
        how = How(out=str(out), workspace=None, salt=b"s" * 32)
        do(replace(asked[0], id="warm"), how)
        start = time.perf_counter()
        with self.watching():
            for one in asked:
                result = do(one, how)
                assert result.outcome == "done", result.message
        total = time.perf_counter() - start
        self.spent["look up, resolve, digest"] = total - sum(self.spent.values())
        table = Table(
            title=f"where the time of one request goes: {total / len(asked) * 1000:.2f} ms, {len(asked)} rows"
        )
        for column in ("part", "ms", "share"):
            table.add_column(column, justify="left" if column == "part" else "right")
        for part, spent in sorted(self.spent.items(), key=lambda item: -item[1]):
            table.add_row(part, f"{spent / len(asked) * 1000:.2f}", f"{spent / total:.0%}")
        return table


def speed_table(table: Path, rows: int, peer_rows: int, repeat: int, scratch: Path) -> Table:
    """formfill batch at 1 and 2 processes, and the others, in turns."""
    asked = works(table, peer_rows)
    catalog = Catalog(None)
    cases = [case_of(one, catalog) for one in asked]
    contenders = {"formfill, fill and write alone": by_formfill, "pypdf": by_pypdf, "pikepdf Form": by_pikepdf}
    fills = {name: [make(case) for case in cases] for name, make in contenders.items()}
    rates: dict[str, list[float]] = {}
    walls: dict[str, list[float]] = {}
    (scratch / "peer").mkdir()
    for turn in range(repeat):
        for jobs in (1, 2):
            name = f"formfill batch -j {jobs}"
            seen = run_batch(table, scratch / f"out-{turn}-{jobs}", jobs, rows)
            rates.setdefault(name, []).append(rows / seen.cpu_s)
            walls.setdefault(name, []).append(rows / seen.wall)
        for name, those in fills.items():
            rates.setdefault(name, []).append(peer_rate(those, scratch / "peer"))
    return _speed(rates, walls, {name: _right(those, cases) for name, those in fills.items()}, rows)


def _right(fills: list[Fill], cases: list[Case]) -> str:
    total = Verdict()
    for fill, case in list(zip(fills, cases, strict=True))[:_JUDGED]:
        total.add(judge(case, fill()))
    return f"{total.texts_right}/{total.texts}"


def _speed(rates: dict[str, list[float]], walls: dict[str, list[float]], right: dict[str, str], rows: int) -> Table:
    table = Table(title=f"forms of {FORM}, {rows} rows: from row to verified file, beside fill and write alone")
    for column in ("who", "forms a processor second", "x formfill -j 1", "forms a second, wall", "texts right"):
        table.add_column(column, justify="left" if column == "who" else "right")
    ours = statistics.median(rates["formfill batch -j 1"])
    for name, found in rates.items():
        rate = statistics.median(found)
        wall = f"{statistics.median(walls[name]):.1f}" if name in walls else ""
        table.add_row(name, f"{rate:.1f}", f"{rate / ours:.2f}", wall, right.get(name, "all, or withheld"))
    return table


def memory_table(counts: list[int], jobs: int, scratch: Path) -> Table:
    """Peak memory of the parent and its workers at each length of table."""
    table = Table(title=f"memory of formfill batch -j {jobs}: the most that each process held")
    for column in ("rows", "parent MB", "largest worker MB", "wall s", "forms a second", "a processor second"):
        table.add_column(column, justify="right")
    for count in counts:
        path, out = scratch / f"rows-{count}.csv", scratch / f"out-{count}"
        write_table(path, count)
        seen = run_batch(path, out, jobs, count)
        shutil.rmtree(out)
        cells = (
            seen.peak[seen.parent],
            (seen.workers_mb or [0.0])[0],
            seen.wall,
            count / seen.wall,
            count / seen.cpu_s,
        )
        table.add_row(f"{count:,}", *(f"{cell:.1f}" for cell in cells))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append", help="a length of table to measure memory at; repeat it")
    parser.add_argument("--speed-rows", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--no-speed", action="store_true", help="memory alone")
    arguments = parser.parse_args()
    console = Console(width=130)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if not arguments.no_speed:
            table = scratch / "speed.csv"
            write_table(table, arguments.speed_rows)
            rows = arguments.speed_rows
            console.print(speed_table(table, rows, min(rows, 200), arguments.repeat, scratch))
            console.print(Shares().table(works(table, min(rows, 200)), scratch / "shares"))
        console.print(memory_table(arguments.rows or [1_000, 10_000], arguments.jobs, scratch))


if __name__ == "__main__":
    main()
