"""Files that are not on this machine: URLs that fsspec knows, such as s3://bucket/requests.csv."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from formfill.errors import FormfillError

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_remote(path: str) -> bool:
    """Whether ``path`` is a URL and not a path of this machine; C:/ is a drive."""
    return _SCHEME.match(path) is not None


@contextlib.contextmanager
def open_remote(url: str, error: type[FormfillError]) -> Iterator[BinaryIO]:
    """The file at ``url``, to read; it can be sought in. Raises: ``error``."""
    fs, path = file_system(url, error)
    with explained(url, error), fs.open(path, "rb") as stream:
        yield cast(BinaryIO, stream)


def file_system(url: str, error: type[FormfillError]) -> tuple[Any, str]:
    """The file system (fsspec's) of a URL, and the path in it. Raises: ``error``, where its package is missing."""
    try:
        import fsspec

        fs, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as exc:
        raise error(
            f"{url}: {exc}. A URL needs fsspec and the package of its protocol: pip install 'formfill[cluster]'"
        ) from exc
    return fs, path


def fetch(url: str, path: Path, error: type[FormfillError]) -> bool:
    """Copy the file at ``url`` to ``path``; False where there is none. Raises: ``error``."""
    fs, there = file_system(url, error)
    with explained(url, error):
        fs.invalidate_cache()
        if not fs.exists(there):
            return False
        fs.get_file(there, str(path))
    return True


def put(path: Path, url: str, error: type[FormfillError]) -> None:
    """Copy a file of this machine to ``url``. Raises: ``error``."""
    fs, there = file_system(url, error)
    with explained(url, error):
        fs.put_file(str(path), there)


@contextlib.contextmanager
def explained(url: str, error: type[FormfillError]) -> Iterator[None]:
    """Turns what the far side raises into ``error``. A FormfillError goes through."""
    try:
        yield
    except FileNotFoundError:
        raise error(f"{url}: no such file") from None
    except PermissionError as exc:
        raise error(f"{url}: may not be used: check the credentials ({type(exc).__name__})") from None
    except OSError as exc:
        raise error(f"{url}: {type(exc).__name__}: the far side did not answer as it should: try again") from None
