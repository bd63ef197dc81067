"""The worker processes for one kind of dropped file, and what they have in hand.

A worker that dies takes all of its lane with it. What was in hand is then done again, each alone, so that the file that
kills is found and the others are not blamed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, wait
from queue import SimpleQueue

from formfill.automation.attend import Task, attend
from formfill.automation.claim import Claim
from formfill.automation.work import Result, failed
from formfill.automation.workers import Workers
from formfill.errors import ExitCode

#: A process that died so often over a file, with nothing else in hand, died of it.
_MOST_KILLED = 2


class Lane:
    """Does so many claims at once as it has workers. ``finished`` gets the future of each that ended."""

    def __init__(self, workers: Workers, finished: SimpleQueue[Future[Result] | None]) -> None:
        self.workers = workers
        self._finished = finished
        self._running: dict[Future[Result], tuple[Claim, Task]] = {}
        self._suspects: deque[tuple[Claim, Task]] = deque()
        self._is_alone = False

    @property
    def working(self) -> int:
        return len(self._running)

    @property
    def is_empty(self) -> bool:
        return not self._running and not self._suspects

    @property
    def has_room(self) -> bool:
        return not self._suspects and not self._is_alone and len(self._running) < self.workers.count

    def submit(self, claim: Claim, task: Task) -> None:
        future = self._submitted(claim, task)
        self._running[future] = claim, task
        future.add_done_callback(self._finished.put)

    def _submitted(self, claim: Claim, task: Task) -> Future[Result]:
        for _ in range(2):
            try:
                return self.workers.submit(attend, task)
            except BrokenExecutor:  # a worker died at rest
                self.workers.renew()
        future: Future[Result] = Future()
        message = "no process could be begun to do it: is there too little memory?"
        future.set_result(
            _nothing(claim, error="NoWorker", exit_code=int(ExitCode.OUTPUT), message=message, passing=True)
        )
        return future

    def submit_suspect(self) -> None:
        """Do the next of what was in hand when a worker died, if nothing else is in hand."""
        if self._suspects and not self._running:
            self._is_alone = True
            self.submit(*self._suspects.popleft())

    def finish(self, future: Future[Result]) -> Iterator[tuple[Claim, Result]]:
        """What came of a future of this lane, and of all that ended with it; nothing where it is another's."""
        if future not in self._running:
            return
        exc = future.exception()
        if isinstance(exc, BrokenExecutor):
            yield from self._broken()
            return
        self._is_alone = False
        claim, _ = self._running.pop(future)
        yield claim, future.result() if exc is None else failed(_nothing(claim), exc)

    def _broken(self) -> Iterator[tuple[Claim, Result]]:
        wait(self._running)
        lost = []
        for future, pair in list(self._running.items()):
            if isinstance(future.exception(), BrokenExecutor):
                lost.append(pair)
                del self._running[future]
            else:
                yield from self.finish(future)
        self.workers.renew()
        self._is_alone = False
        for claim, task in lost:
            claim.tries.killed += len(lost) == 1
            claim.keep_tries()
            if claim.tries.killed < _MOST_KILLED:
                self._suspects.append((claim, task))
                continue
            message = "the process that did it died twice, of this file or for a lack of memory"
            died = _nothing(claim, error="WorkerDied", exit_code=int(ExitCode.BUG), message=message)
            yield claim, died


def _nothing(claim: Claim, error: str = "", exit_code: int = 0, message: str = "", passing: bool = False) -> Result:
    return Result(
        id=claim.token,
        outcome="failed",
        file=claim.name,
        line=0,
        error=error,
        exit_code=exit_code,
        message=message,
        passing=passing,
    )
