"""The drop folder: what is dropped there is done once, and ends in done/ or failed/.

A file is taken when it is whole, by a rename (claim.py); done in a worker process (attend.py), which may crash; and put
into done/ or failed/ by another rename. What a killed watcher had taken, the next one takes over (lease.py). Faults
that may pass are tried again, later and later, while the others go on.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import itertools
import os
import platform
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from formfill import __version__
from formfill.automation.attend import Task
from formfill.automation.attend_table import STOP
from formfill.automation.claim import Claim, is_as_seen, refusal, settle, take
from formfill.automation.inbox import Dropped, Inbox, Kind, Quiet, lane_of, printable
from formfill.automation.lanes import Lane
from formfill.automation.lease import Lease, Others, hold_alive
from formfill.automation.notice import Notice, is_on_a_share
from formfill.automation.state import NAME as BATCH
from formfill.automation.work import How, Result, failed
from formfill.automation.workers import Workers, processes
from formfill.errors import ExitCode, OutputError, RequestError
from formfill.files import sweep

#: So often a watcher may end, however that came, while a request is being done.
_MOST_ENDED = 10
_LONGEST_WAIT = 300.0
#: How long the loop sleeps at most: so soon it hears of a signal, too.
_SLEEP = 0.5
#: When to look again at what cannot be taken.
_STUCK_SECONDS = 10.0
#: What --once waits for a file that is still being written.
_ONCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to watch, and how. Times are in seconds."""

    inbox: Inbox
    how: How
    jobs: int = 1
    once: bool = False
    quiet: float = 2.0
    poll: float | None = None
    """How often to look, where the system does not tell of changes: on a network share."""
    sweep: float = 300.0
    retries: int = 5
    retry_after: float = 2.0
    columns: Path | None = None
    deliver: bool = False
    ledger: bool = True
    keys: Callable[[], None] | None = None
    """What gives a worker the keys of locked profiles."""


class Watch:
    """One run over a drop folder. ``tell`` gets a line for each thing that happens; nothing in it is a patient's.

    ``executor`` makes the workers: so many, each of which calls what it is given when it begins.
    """

    def __init__(
        self,
        plan: Plan,
        stop: threading.Event,
        tell: Callable[[str], None],
        executor: Callable[[int, Callable[[], None]], Executor] = processes,
    ) -> None:
        self.plan, self.stop, self.tell, self.executor = plan, stop, tell, executor
        self.quiet = Quiet(plan.quiet, trust_renames=plan.poll is None and not is_on_a_share(plan.inbox.root))
        self.finished: SimpleQueue[Future[Result] | None] = SimpleQueue()
        self.ready: dict[Kind, deque[Dropped]] = {"request": deque(), "table": deque()}
        self.waiting: list[tuple[float, int, Claim]] = []
        """Claims that are not being done: a heap by when they may be, by the monotonic clock."""
        self.lanes: dict[Kind, Lane] = {}
        self.counts = {"done": 0, "failed": 0}
        self.today, self.today_counts = dt.date.today(), {"done": 0, "failed": 0}
        self.unseen = 0
        """How many files were there at the last look and not yet whole."""
        self.stuck = self.stuck_before = 0
        """How many files could not be taken since the last look, and between it and the one before."""
        self.last_error = ""
        self.started = self.looked = time.time()
        self._number = itertools.count()
        self._look_at = self._sweep_at = 0.0

    def run(self) -> ExitCode:
        """Watch until it is told to stop, or with ``once`` until what is there is done.

        Raises: OutputError, where the drop folder cannot be used, or where another watcher took this one for dead.
        """
        plan = self.plan
        plan.inbox.make()
        with Lease(plan.inbox, self.status) as lease:
            self.lease, self.others = lease, Others(plan.inbox, lease.folder)
            start = partial(_begin_worker, lease.alive, plan.keys)
            self.lanes = {
                "request": Lane(Workers(lambda: self.executor(plan.jobs, start), plan.jobs), self.finished),
                # a table has processes of its own for its rows, and holds up no request
                "table": Lane(Workers(lambda: self.executor(1, start), 1), self.finished),
            }
            notice = (
                None if plan.once else Notice(plan.inbox.root, plan.poll, lambda: self.finished.put(None), self.tell)
            )
            try:
                self._loop()
            finally:
                if notice is not None:
                    notice.end()
                for lane in self.lanes.values():
                    lane.workers.end()
        if plan.once and not self.stop.is_set():
            return ExitCode.PARTIAL if self.counts["failed"] or self.unseen or self.stuck else ExitCode.OK
        return ExitCode.OK

    def status(self) -> dict[str, Any]:
        """How it fares: numbers, and no name."""
        self._new_day()
        return {
            "pid": os.getpid(),
            "host": platform.node(),
            "version": __version__,
            "started": self.started,
            "looked": self.looked,
            "waiting": sum(map(len, self.ready.values())) + self.unseen,
            "working": sum(lane.working for lane in self.lanes.values()),
            "retrying": len(self.waiting),
            "cannot_be_taken": self.stuck,
            "today": dict(self.today_counts),
            "since_start": dict(self.counts),
            "last_error": self.last_error,
        }

    def _loop(self) -> None:
        began = time.monotonic()
        while True:
            now = time.monotonic()
            self.looked = time.time()
            self.lease.check()
            if not self.stop.is_set():
                if now >= self._sweep_at:
                    self._sweep(now)
                if now >= self._look_at:
                    self._look(now)
                self._begin(now)
            else:
                with contextlib.suppress(OSError):
                    (self.lease.folder / STOP).touch()
            if not any(lane.working for lane in self.lanes.values()) and (self.stop.is_set() or self._is_over(began)):
                return
            self._take_in()

    def _is_over(self, began: float) -> bool:
        """Whether a run of ``once`` has nothing left to do."""
        if (
            not self.plan.once
            or any(self.ready.values())
            or self.waiting
            or not all(lane.is_empty for lane in self.lanes.values())
        ):
            return False
        return not self.unseen or time.monotonic() - began > max(_ONCE_SECONDS, 10 * self.plan.quiet)

    def _sweep(self, now: float) -> None:
        """What no event tells of: what dead watchers left, and files that were missed."""
        self._sweep_at, self._look_at = now + self.plan.sweep, now
        try:
            for claim in self.others.take_over():
                self._wait(claim, self._patience(claim.ended - 1) if claim.ended > 1 else 0)
        except OSError as exc:
            self._trouble(f"{self.plan.inbox.own}: {exc.strerror}")
        sweep(self.plan.inbox.failed)
        if not self.plan.how.out_is_remote:
            out = Path(self.plan.how.out)
            for folder in (out, *(path.parent for path in out.glob(f"*/{BATCH}"))):
                sweep(folder)

    def _look(self, now: float) -> None:
        self._look_at = now + self.plan.sweep
        try:
            whole, again = self.quiet.whole(dropped := list(self.plan.inbox.dropped()), now)
        except OSError as exc:
            self._trouble(f"{self.plan.inbox.root}: cannot be read: {exc.strerror}; looking again")
            self._look_at = now + self.plan.retry_after
            return
        self.unseen = len(dropped) - len(whole)
        for kind in self.ready:
            self.ready[kind] = deque(one for one in whole if lane_of(one.name) == kind)
        self.stuck_before, self.stuck = self.stuck, 0
        if again is not None:
            self._look_at = min(self._look_at, again)

    def _begin(self, now: float) -> None:
        """Give the workers what they have room for: what waits for another try first, then the oldest."""
        for lane in self.lanes.values():
            lane.submit_suspect()
        later = []
        while self.waiting and self.waiting[0][0] <= now:
            item = heapq.heappop(self.waiting)
            if self.lanes[lane_of(item[2].name)].has_room:
                self._do(item[2])
            else:
                later.append(item)
        for item in later:
            heapq.heappush(self.waiting, item)
        for kind, lane in self.lanes.items():
            while self.ready[kind] and lane.has_room:
                self._take(self.ready[kind].popleft())

    def _take(self, one: Dropped) -> None:
        try:
            claim = take(self.plan.inbox, one, self.lease.folder)
        except OSError as exc:
            if not self.stuck and not self.stuck_before:
                self._trouble(f"a file cannot be taken: {exc.strerror}; trying again and again")
            self.stuck += 1
            self._look_at = min(self._look_at, time.monotonic() + _STUCK_SECONDS)
            return
        if claim is None:
            return
        if is_as_seen(claim, one):
            self._do(claim)
        else:
            self._wait(claim, self.plan.quiet)

    def _do(self, claim: Claim) -> None:
        try:
            wrong = refusal(claim)
        except OSError as exc:
            wrong = f"it cannot be looked at: {exc.strerror}"
        if wrong is None and claim.ended >= _MOST_ENDED:
            wrong = (
                f"formfill ended {claim.ended} times while doing it: look into the system's log, for a lack of memory"
            )
        if wrong is not None:
            nothing = Result(id=claim.token, outcome="failed", file=claim.name, line=0)
            self._settle(claim, failed(nothing, RequestError(f"{printable(claim.name)}: {wrong}")))
            return
        self.lanes[lane_of(claim.name)].submit(claim, self._task(claim))

    def _task(self, claim: Claim) -> Task:
        plan = self.plan
        return Task(
            folder=claim.folder,
            name=claim.name,
            how=plan.how.salted(claim.token.encode()),
            ledger=plan.ledger,
            deliver=plan.deliver,
            columns=plan.columns,
            jobs=plan.jobs,
        )

    def _take_in(self) -> None:
        """Wait for something to happen, and for what was done put the file where it belongs."""
        now = time.monotonic()
        times = [self._look_at, self._sweep_at, *(item[0] for item in self.waiting[:1])]
        # what is overdue waits for room, and room comes with an event
        seconds = min((at - now for at in times if at > now), default=_SLEEP)
        try:
            event = self.finished.get(timeout=min(_SLEEP, seconds))
        except Empty:
            return
        if event is None:
            self._look_at = min(self._look_at, time.monotonic())
            return
        for lane in self.lanes.values():
            self._came(lane, event)

    def _came(self, lane: Lane, future: Future[Result]) -> None:
        came = list(lane.finish(future))
        if not self.stop.is_set():
            self._begin(time.monotonic())  # the workers go on while the files are put away
        for claim, result in came:
            claim.finish_try()
            if result.error == "WorkerDied" and not self.plan.how.out_is_remote:
                sweep(Path(self.plan.how.out))
            self._settle(claim, result)

    def _settle(self, claim: Claim, result: Result) -> None:
        """Put a file into done/ or failed/, or keep it for another try."""
        if result.error == "Stopped":
            return
        self.last_error = result.error or self.last_error
        if result.outcome == "failed" and result.passing and claim.tries.faults < self.plan.retries:
            self._try_again(claim, result)
            return
        try:
            settle(claim, self.plan.inbox, result)
        except FileNotFoundError:
            self.tell(f"{claim.token} was taken over by another watcher")
            return
        except (OSError, OutputError) as exc:
            # what was done is done again, which gives the same: there is nothing to keep
            self._trouble(f"{claim.token} cannot be put away: {type(exc).__name__}")
            claim.tries.faults += 1
            if self.plan.once and claim.tries.faults > 2 * self.plan.retries:
                self.stuck += 1  # the next run takes it over
            else:
                self._wait(claim, self._patience(claim.tries.faults))
            return
        self._count("failed" if result.outcome == "failed" else "done")
        why = f" {result.error} ({result.exit_code}): see failed/" if result.outcome == "failed" else ""
        self.tell(f"{claim.token} {result.outcome}{why} ({result.seconds:.2f} s)")

    def _try_again(self, claim: Claim, result: Result) -> None:
        claim.tries.faults += 1
        claim.tries.error = result.error
        claim.keep_tries()
        seconds = self._patience(claim.tries.faults)
        self.tell(f"{claim.token} {result.error}: try {claim.tries.faults} of {self.plan.retries} in {seconds:.1f} s")
        self._wait(claim, seconds)

    def _wait(self, claim: Claim, seconds: float) -> None:
        heapq.heappush(self.waiting, (time.monotonic() + seconds, next(self._number), claim))

    def _patience(self, tries: int) -> float:
        """How long to wait before the next try: twice as long each time, and not all at once."""
        return min(_LONGEST_WAIT, self.plan.retry_after * 2.0 ** (tries - 1)) * random.uniform(0.8, 1.2)

    def _count(self, outcome: str) -> None:
        self._new_day()
        self.counts[outcome] += 1
        self.today_counts[outcome] += 1

    def _new_day(self) -> None:
        if self.today != dt.date.today():
            self.today, self.today_counts = dt.date.today(), {"done": 0, "failed": 0}

    def _trouble(self, text: str) -> None:
        self.last_error = "OSError"
        self.tell(text)


def _begin_worker(alive: Path, keys: Callable[[], None] | None) -> None:
    hold_alive(alive)
    if keys is not None:
        keys()
