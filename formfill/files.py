"""Files with patient data: written whole or not at all, readable by their owner alone."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

from formfill.errors import OutputError


def write_private(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` atomically, mode 0600; missing folders are made (0700).

    The bytes go to a nameless-looking sibling first and are synced, so that a crash leaves the old file or the new
    one, never half of either.

    Raises: OutputError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd, temporary = tempfile.mkstemp(prefix=".formfill-", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(fd, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as exc:
        raise OutputError(f"{path}: cannot be written: {exc.strerror}. Choose another --out") from exc


def cache_dir() -> Path:
    """Where compiled forms are kept: FORMFILL_CACHE, else the platform's cache folder. Holds no patient data."""
    if explicit := os.environ.get("FORMFILL_CACHE"):
        return Path(explicit)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "formfill"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "formfill"
