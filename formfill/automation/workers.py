"""Who does the work: this process, processes of its own, or the workers of a cluster. All are Executors."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from typing import Any, ParamSpec, TypeVar

from formfill.errors import OutputError

P = ParamSpec("P")
T = TypeVar("T")

#: How long a scheduler is waited for.
_CLUSTER_SECONDS = 15
#: Of the 104 bytes that macOS gives a socket's path, 108 on Linux, multiprocessing's own names take 32.
_LONGEST_SOCKET_FOLDER = 70


class Inline(Executor):
    """Does what is submitted at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as exc:
            future.set_exception(exc)
        return future


class Workers:
    """An executor that can be had anew where it broke.

    ``count`` is how many requests are done at once. ``make`` gives a new executor.
    """

    def __init__(self, make: Callable[[], Executor], count: int) -> None:
        self.count = count
        self._make = make
        self._executor = make()

    def submit(self, fn: Callable[..., T], *args: Any) -> Future[T]:
        """Raises: BrokenExecutor, where a worker died, or none can be begun."""
        try:
            return self._executor.submit(fn, *args)
        except (
            EOFError,
            OSError,
        ) as exc:  # the process that begins the workers was killed, or there is no room for one
            raise BrokenExecutor(type(exc).__name__) from exc

    def renew(self) -> None:
        """A new executor in the place of a broken one."""
        self.end()
        self._executor = self._make()

    def end(self) -> None:
        """End the workers, and whatever they do: nobody waits for it any more."""
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        if isinstance(self._executor, ProcessPoolExecutor):
            self._executor.shutdown(wait=False, cancel_futures=True)
        else:
            self._executor.shutdown(wait=False)
        for process in processes:
            process.kill()


@contextlib.contextmanager
def local_workers(count: int, on_start: Callable[[], None] | None = None) -> Iterator[Workers]:
    """Workers on this machine: ``count`` processes, or for one this process itself.

    ``on_start`` is called in each new process: it hands on what only the parent may ask for.
    """
    workers = Workers(Inline if count == 1 else lambda: processes(count, on_start), count)
    try:
        yield workers
    finally:
        workers.end()


@contextlib.contextmanager
def cluster_workers(url: str) -> Iterator[Workers]:
    """The workers of a dask.distributed cluster. They must see the same workspace and outbox.

    A worker that is lost has its requests done by another. Raises: OutputError.
    """
    try:
        from distributed import Client
    except ImportError:
        raise OutputError(f"{url}: --cluster needs dask.distributed: pip install 'formfill[cluster]'") from None
    try:
        client: Any = Client(url, timeout=_CLUSTER_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as exc:
        raise OutputError(
            f"{url}: no dask scheduler answers there ({type(exc).__name__}). Start one: dask scheduler, and on each "
            "machine: dask worker tcp://HOST:8786"
        ) from exc
    try:
        count = sum(client.nthreads().values())
        if not count:
            raise OutputError(f"{url}: the scheduler has no workers: start one on each machine: dask worker {url}")
        # pure is off: equal work in a later run must be done anew
        workers = Workers(lambda: client.get_executor(pure=False), count)
        try:
            yield workers
        finally:
            workers.end()
    finally:
        client.close()


def processes(count: int, on_start: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """An executor of ``count`` processes of its own."""
    # never forked: a fork of a process with threads may hang
    methods = multiprocessing.get_all_start_methods()
    # the fork server listens on a socket in the folder of temporary files, and a socket's path is short
    has_server = "forkserver" in methods and len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_SOCKET_FOLDER
    method = "forkserver" if has_server else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["formfill.automation.work"])
    return ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(on_start,))


def _begin(on_start: Callable[[], None] | None) -> None:
    """In a new worker: Ctrl-C is the parent's to hear, and where the parent dies the worker ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if on_start is not None:
        on_start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
