"""How far many requests are: a bar at a terminal, a line now and then for a log."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from formfill.automation.work import Result

_LINE_SECONDS = 10.0


@contextlib.contextmanager
def progress(count: Callable[[], int], quiet: bool) -> Iterator[Callable[[Result], None]]:
    """What to call with each result. ``count`` says how many there will be, where that is shown. On stderr."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(count()) as tell:
            yield tell
    else:
        yield _Lines().tell


class _Lines:
    def __init__(self) -> None:
        self.start = self.told = time.monotonic()
        self.done = self.failed = 0

    def tell(self, result: Result) -> None:
        self.done += 1
        self.failed += result.outcome == "failed"
        now = time.monotonic()
        if now - self.told >= _LINE_SECONDS:
            self.told = now
            rate = self.done / (now - self.start)
            click.echo(f"{self.done} requests, {self.failed} failed, {rate:.1f} a second", err=True)


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[Result], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TextColumn("{task.fields[rate]:.1f}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, failed=0, rate=0.0)

        def tell(result: Result) -> None:
            now = bar.tasks[0]
            bar.update(
                task,
                advance=1,
                failed=now.fields["failed"] + (result.outcome == "failed"),
                rate=(now.completed + 1) / max(now.elapsed or 0, 0.001),
            )

        yield tell
