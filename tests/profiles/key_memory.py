"""What a process remembers of keys, so that a test can begin as a new process does."""

from __future__ import annotations

from formfill.store import keys, vault


def forget() -> None:
    """Forget the keys that this process has read."""
    keys._held.clear()
    vault.read_keys.cache_clear()
