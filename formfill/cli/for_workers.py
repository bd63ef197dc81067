"""What the commands give their worker processes: how many there are, and the keys of locked profiles."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker_keys(workspace: Path | None) -> Callable[[], None] | None:
    """What gives a worker the keys of locked profiles, which only this process may ask for. Raises: LockedError."""
    from formfill.store.keys import hold_keys
    from formfill.store.vault import is_locked, read_keys

    return partial(hold_keys, read_keys(workspace)) if workspace is not None and is_locked(workspace) else None
