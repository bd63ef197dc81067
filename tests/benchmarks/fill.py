"""How fast formfill fills real forms beside other libraries, and who gets them right.

Run by hand, from the repository: ``python -m tests.benchmarks.fill [--repeat 21]``. All times are medians of warm
fills, bytes in to bytes out, taken in turns so that a busy machine slows all alike: read the ratios.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from formfill.errors import VerifyError
from formfill.fill.base import Filled
from formfill.fill.pdf import fill_pdf
from formfill.model.form_map import FormMap
from formfill.verify import verify_pdf
from tests.benchmarks.cases import MULTILINGUAL, PLAIN, Case, cases
from tests.benchmarks.judge import Verdict, judge
from tests.benchmarks.peers import Fill, peers
from tests.benchmarks.process import import_table, process_table

_VERIFIED = "formfill, fill + verify"
#: Anything over this is not repeated as often: it is no contender.
SLOW_MS = 250.0


def medians(fills: dict[str, Fill], repeat: int) -> dict[str, float]:
    """Milliseconds of each, in turns; the first call of each is not counted."""
    times: dict[str, list[float]] = {name: [] for name in fills}
    for fill in fills.values():
        fill()
    for turn in range(repeat):
        for name, fill in fills.items():
            if turn >= 5 and statistics.median(times[name]) > SLOW_MS:
                continue
            start = time.perf_counter()
            fill()
            times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def with_verify(case: Case) -> Fill:
    """Fill and verify, as ``formfill fill`` does."""
    form_map = FormMap.model_validate(
        {"form": "x", "title": "x", "provider": "x", "blank": {"file": "x.pdf", "sha256": "0" * 64}}
    )
    fillings = case.fillings()

    def fill() -> bytes:
        filled: Filled = fill_pdf(case.compiled, fillings)
        verify_pdf(case.compiled, form_map, filled)
        return filled.data

    return fill


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=21)
    parser.add_argument("--no-peers", action="store_true", help="formfill alone: whole processes, imports, memory")
    parser.add_argument("--no-process", action="store_true", help="leave whole processes, imports and memory out")
    arguments = parser.parse_args()
    console = Console(width=150)
    if not arguments.no_peers:
        for title, values in (("plain values", PLAIN), ("multilingual values", MULTILINGUAL)):
            round_ = Round(cases(values), peers(), arguments.repeat)
            console.print(round_.table(title))
            console.print(round_.by_form(title))
    if not arguments.no_process:
        console.print(process_table(arguments.repeat))
        console.print(import_table())


class Round:
    """One set of values in all forms, by all contenders."""

    def __init__(self, forms: list[Case], contenders: dict[str, Callable[[Case], Fill]], repeat: int) -> None:
        self.forms = forms
        self.who = [*contenders, _VERIFIED]
        self.times: dict[str, dict[str, float]] = {}
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self.growth: dict[str, list[float]] = {name: [] for name in contenders}
        self.withheld: list[str] = []
        for case in forms:
            fills: dict[str, Fill] = {}
            for name, make in contenders.items():
                fill = make(case)
                try:
                    data = fill()
                    self.verdicts[case.name, name] = judge(case, data)
                except Exception:  # a library that throws has filled nothing
                    self.verdicts[case.name, name] = Verdict(0, len(case.texts), 0, len(case.ticks))
                    continue
                self.growth[name].append(len(data) / len(case.data) - 1)
                fills[name] = fill
            fills[_VERIFIED] = with_verify(case)
            try:
                fills[_VERIFIED]()
            except VerifyError as withheld:
                self.withheld.append(f"{case.name}: {withheld}")
                del fills[_VERIFIED]
            self.times[case.name] = medians(fills, repeat)

    def table(self, title: str) -> Table:
        """One row a contender."""
        small, large = min(case.widgets for case in self.forms), max(case.widgets for case in self.forms)
        table = Table(
            title=f"{title}: {len(self.forms)} forms of {small}-{large} widgets",
            caption="\n".join(["withheld by the verifier:", *self.withheld]) if self.withheld else None,
        )
        for column in (
            *("who", "median ms", "x formfill", "x at least", f"{large} widgets ms", "x", "AES-256 ms", "growth"),
            *("texts right", "ticks right"),
        ):
            table.add_column(column, justify="left" if column == "who" else "right")
        made, encrypted = self.forms[-1].name, self.forms[-2].name
        for name in self.who:
            rows = [row for row in self.times.values() if name in row]
            ratios = [row[name] / row["formfill"] for row in rows]
            total = Verdict()
            for case in self.forms:
                total.add(self.verdicts.get((case.name, name), Verdict()))
            table.add_row(
                name,
                f"{statistics.median(row[name] for row in rows):.2f}",
                f"{statistics.median(ratios):.1f}",
                f"{min(ratios):.1f}",
                _ms(self.times[made].get(name)),
                _ms(self.times[made].get(name, 0) / self.times[made]["formfill"] or None),
                _ms(self.times[encrypted].get(name)),
                f"{statistics.median(self.growth[name]) * 100:.0f}%" if self.growth.get(name) else "",
                f"{total.texts_right}/{total.texts}" if total.texts else "",
                f"{total.ticks_right}/{total.ticks}" if total.ticks else "",
            )
        return table

    def by_form(self, title: str) -> Table:
        """One row a form: the fastest other library that got every text of it right."""
        table = Table(title=f"{title}: the fastest other library that gets every text of the form right")
        for column in ("form", "widgets", "formfill ms", "fastest right", "ms", "x formfill"):
            table.add_column(column, justify="left" if column in ("form", "fastest right") else "right")
        for case in self.forms:
            row = self.times[case.name]
            right = {
                name: spent
                for name, spent in row.items()
                if not name.startswith("formfill") and self.verdicts[case.name, name].all_texts
            }
            best = min(right, key=lambda name: right[name], default=None)
            table.add_row(
                case.name,
                str(case.widgets),
                f"{row['formfill']:.2f}",
                best or "none",
                _ms(right[best] if best else None),
                _ms(right[best] / row["formfill"] if best else None),
            )
        return table


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if value < 10 else f"{value:.1f}"


if __name__ == "__main__":
    main()
