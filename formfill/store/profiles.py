"""The saved profiles of a workspace: the one way in which formfill reads and changes them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from formfill import yaml_io
from formfill.errors import OutputError, ProfileError
from formfill.files import wipe, write_all_private
from formfill.model.profile import parse_profile
from formfill.store import history, places, vault
from formfill.store.recipients import load_recipients

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
#: How long one writer of profiles waits for another.
_BUSY_SECONDS = 60


@contextlib.contextmanager
def writing(workspace: Path) -> Iterator[None]:
    """Nobody else writes profiles of the workspace meanwhile; one inside another is part of it. Raises: OutputError."""
    import filelock

    path = places.write_lock(workspace)
    lock = filelock.FileLock(path, timeout=_BUSY_SECONDS, mode=0o600, is_singleton=True)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise OutputError(f"{path}: another formfill keeps writing profiles: try again when it is done") from None
    except OSError as exc:
        raise OutputError(f"{path}: cannot be written: {exc.strerror}") from None
    with lock:
        lock.release()  # what acquire() above took: with takes it once more
        yield


def saved_path(workspace: Path, name: str) -> Path | None:
    """The file of the workspace's profile of this name, locked or not; None where there is none.

    Raises: ProfileError, for a name that is none, and where it is there both locked and unlocked.
    """
    if not name or set(name) & {"/", "\\", "\0"} or name.startswith("."):
        raise ProfileError(f"profile {name!r}: say its name, not its path: formfill profile list")
    plain = places.profiles(workspace) / f"{name}.yaml"
    path = vault.which(plain, workspace)
    return path if path.is_file() else None


def load_text(workspace: Path, name: str) -> str:
    """The YAML of a saved profile, as it was written. Raises: ProfileError, LockedError."""
    path = saved_path(workspace, name)
    if path is None:
        raise ProfileError(f"profile {name!r}: the workspace has none of that name: formfill profile list")
    return vault.text(path, workspace)


def load_keys(workspace: Path, name: str) -> dict[str, Any]:
    """The raw keys of a saved profile: dict[str, …], list, str and None only. Raises: ProfileError, LockedError."""
    data = yaml_io.loads(load_text(workspace, name), f"profile {name}", ProfileError).data
    if not isinstance(data, dict):
        raise ProfileError(f"profile {name}: a mapping (key: value) was expected")
    return data


def save_profile(
    workspace: Path, name: str, text: str, action: str, *, replace: bool = False, was: str | None = None
) -> Path:
    """Write the profile ``name`` of the workspace and its history, both or neither; the file's path.

    It is encrypted where it was, and a new one where the workspace is locked.

    Args:
        text: the YAML document.
        action: what the history calls this change: "new", "edit", "import", "merge".
        replace: whether one of that name may be there already.
        was: the text that the change began with: where another is there by now, nothing is saved.

    Raises: ProfileError, where the text is no valid profile, or one of that name is there. LockedError, OutputError.
    """
    document = yaml_io.loads(text, f"profile {name}", ProfileError)
    parsed = parse_profile(document)
    with writing(workspace):
        path = saved_path(workspace, name)
        if path is not None and not replace:
            raise ProfileError(f"profile {name}: is there already ({path}): choose another name, or edit that one")
        if path is None and not _NAME.fullmatch(name):
            raise ProfileError(f"profile {name!r}: a name has small letters, digits and hyphens, such as amina-rahimi")
        if path is None and parsed.profile != name:
            raise ProfileError(f"profile {name}: profile: expected {name}, the name that it is saved under")
        is_locked = vault.is_locked(workspace) if path is None else path.suffix == places.AGE
        there = load_text(workspace, name) if path is not None else None
        if was not in (None, there):
            raise ProfileError(f"profile {name}: was changed by somebody else meanwhile: look at it and begin again")
        if path is not None and there == text:
            return path
        log = places.history(workspace, name)
        files = {
            log: history.appended(_log_bytes(workspace, log), action, _keys(there), document.data),
            places.profiles(workspace) / f"{name}.yaml": text.encode(),
        }
        return _write(workspace, files, is_locked)


def absorb_profile(workspace: Path, name: str, other: str, text: str, was: str) -> Path:
    """Save ``text`` as the profile ``name``, and take away the profile ``other``; the first one's file.

    What ``other`` said, and its history, is kept in the history of ``name``. A kill in between can leave ``other``
    where it was; absorbing it again ends it. Raises: as ``save_profile``.
    """
    document = yaml_io.loads(text, f"profile {name}", ProfileError)
    parse_profile(document)
    with writing(workspace):
        path, gone = saved_path(workspace, name), saved_path(workspace, other)
        if path is None or gone is None:
            raise ProfileError(f"profile {other if path else name!r}: was taken away meanwhile")
        if load_text(workspace, name) != was:
            raise ProfileError(f"profile {name}: was changed by somebody else meanwhile: look at it and begin again")
        old_log, log = places.history(workspace, other), places.history(workspace, name)
        lines = _log_bytes(workspace, log) + history.renamed(_log_bytes(workspace, old_log), other)
        lines = history.appended(lines, f"{other}: as it was before the merge", load_keys(workspace, other), None)
        files = {
            log: history.appended(lines, f"merge of {other}", load_keys(workspace, name), document.data),
            places.profiles(workspace) / f"{name}.yaml": text.encode(),
        }
        written = _write(workspace, files, path.suffix == places.AGE)
        for plain in (places.plain(gone), old_log, places.kept_edit(workspace, other)):
            places.locked(plain).unlink(missing_ok=True)
            if plain.is_file():
                wipe(plain)
        return written


def _log_bytes(workspace: Path, log: Path) -> bytes:
    return vault.read(log, workspace) if log.is_file() or places.locked(log).is_file() else b""


def _keys(text: str | None) -> Any:
    """The keys of a profile before a change; None where it is new, or cannot be read and is being mended."""
    try:
        return yaml_io.loads(text, "", ProfileError).data if text is not None else None
    except ProfileError:
        return None


def keep_edit(workspace: Path, name: str, text: str) -> Path:
    """Keep the text of an edit that could not be saved, encrypted where the profile is. Raises: OutputError."""
    path = saved_path(workspace, name)
    with writing(workspace):
        is_locked = vault.is_locked(workspace) if path is None else path.suffix == places.AGE
        return _write(workspace, {places.kept_edit(workspace, name): text.encode()}, is_locked)


def kept_edit(workspace: Path, name: str) -> str | None:
    """The text of an edit that could not be saved. Raises: ProfileError, LockedError."""
    path = vault.which(places.kept_edit(workspace, name), workspace)
    return vault.text(path, workspace) if path.is_file() else None


def drop_edit(workspace: Path, name: str) -> None:
    """Forget the edit that was kept, if any. Raises: OutputError."""
    path = places.kept_edit(workspace, name)
    places.locked(path).unlink(missing_ok=True)
    if path.is_file():
        wipe(path)


def _write(workspace: Path, files: Mapping[Path, bytes], is_locked: bool) -> Path:
    """Write files together, encrypted or not; the last one's path."""
    other = [places.locked(plain) for plain in files]
    if is_locked:
        public = load_recipients(places.recipients(workspace))
        other = list(files)
        files = {places.locked(plain): vault.encrypt(data, public) for plain, data in files.items()}
    write_all_private(files)
    for left in other:  # by a lock or unlock that was killed
        left.unlink(missing_ok=True)
    return list(files)[-1]
