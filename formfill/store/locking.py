"""Locks and unlocks the profiles of a workspace, so that a process killed at any point loses nothing.

The new file is written, synced, read back and compared before the old one goes. Where both are there and equal, the
next run takes up where the killed one was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from formfill.errors import LockedError, OutputError, ProfileError
from formfill.files import sweep, sync_folder, wipe, write_private
from formfill.model.profile import load_profile
from formfill.store import audit, places, vault
from formfill.store.keys import KeyStore, hold_keys, new_secret, public_of
from formfill.store.profiles import saved_path, writing
from formfill.store.recipients import Recipient, load_recipients, save_recipients

#: Folders of a workspace whose files may be locked too.
_TRAYS = ("inbox", "outbox")


@dataclass(frozen=True, slots=True)
class Done:
    """What a lock or unlock changed: the profiles' names, and how many other files."""

    profiles: tuple[str, ...]
    files: int
    left: tuple[Path, ...] = ()
    """Encrypted files of inbox/ and outbox/ that no key here opens."""


def lock(workspace: Path, names: Sequence[str] = (), everything: bool = False) -> Done:
    """Encrypt profiles and the files that they name: all of them, or ``names``; the workspace has its key already.

    ``everything`` takes the files of inbox/ and outbox/ too.

    Raises: ProfileError, before anything is changed where a profile cannot be read. LockedError, OutputError.
    """
    with writing(workspace):
        recipients = load_recipients(places.recipients(workspace))
        trays = _TRAYS if everything else ()
        _sweep(workspace, trays)
        found = {name: files_of(workspace, name) for name in names or saved_names(workspace)}
        profiles = [
            name for name, files in found.items() if sum(lock_file(one, recipients, workspace) for one in files)
        ]
        count = sum(lock_file(path, recipients, workspace) for path in _tray_files(workspace, trays))
    return Done(tuple(profiles), count)


def unlock(workspace: Path, names: Sequence[str] = (), everything: bool = False) -> Done:
    """Decrypt profiles and the files that they name, in place: all of them, or ``names``.

    Without ``names`` the workspace is unlocked: what is new in it is no longer encrypted. A file that another profile
    names, which stays locked, stays locked.

    Raises: as ``lock``.
    """
    with writing(workspace):
        trays = _TRAYS if everything else ()
        _sweep(workspace, trays)
        every = saved_names(workspace)
        found = {name: files_of(workspace, name) for name in names or every}
        staying = _named_by_locked(workspace, set(every) - found.keys())
        profiles = [
            name
            for name, files in found.items()
            if sum(unlock_file(one, workspace) for one in files if one not in staying)
        ]
        count, left = 0, []
        for path in _tray_files(workspace, trays):
            try:
                count += unlock_file(path, workspace)
            except LockedError:
                left.append(places.locked(path))
        if not names and vault.is_locked(workspace):
            places.index(workspace).unlink(missing_ok=True)
            places.recipients(workspace).replace(places.recipients_aside(workspace))
    return Done(tuple(profiles), count, tuple(left))


def start(workspace: Path, store: KeyStore) -> Recipient | None:
    """Make the workspace a locked one, with a key kept in ``store``; its recipient, where the key is new to it.

    A key that the store has already is taken, so that a start which was killed goes on.

    Raises: LockedError, OutputError.
    """
    with writing(workspace):
        public, aside = places.recipients(workspace), places.recipients_aside(workspace)
        if aside.is_file() and not public.is_file():
            aside.replace(public)
        there = store.read()
        if public.is_file():
            known = {one.key for one in load_recipients(public)}
            if not known & {public_of(secret) for secret in there}:
                raise LockedError(
                    f"{public}: the workspace has another key than {store.name}. Lock it without naming one; a new key "
                    "is made by formfill profile key rotate"
                )
            hold_keys(there)
            return None
        if not there:
            store.add(new_secret())
            there = store.read()  # what cannot be read again must not be encrypted to
        hold_keys(there)
        own = Recipient(audit.user(), public_of(there[-1]))
        save_recipients(public, [own])
    return own


def saved_names(workspace: Path) -> tuple[str, ...]:
    """The names of the workspace's profiles, locked and unlocked."""
    folder = places.profiles(workspace)
    files = [*folder.glob("*.yaml"), *folder.glob(f"*.yaml{places.AGE}")]
    return tuple(sorted({places.plain(path).stem for path in files if not path.name.startswith(".")}))


def lock_file(path: Path, recipients: Sequence[Recipient], workspace: Path) -> bool:
    """Put ``path``.age in place of ``path``; whether there was anything to do. Raises: ProfileError, OutputError."""
    if not path.is_file():
        return False
    locked = places.locked(path)
    try:
        data = path.read_bytes()
        if not locked.is_file():
            vault.write(locked, data, recipients)
            sync_folder(locked.parent)
        if vault.read(path, workspace) != data:
            locked.unlink()
            raise ProfileError(f"{path}: was changed meanwhile: close what has it open, and lock it again")
    except OSError as exc:
        raise ProfileError(f"{path}: cannot be read: {exc.strerror}") from None
    wipe(path)
    return True


def unlock_file(path: Path, workspace: Path) -> bool:
    """Put ``path`` in place of ``path``.age; whether there was anything to do. Raises: as ``lock_file``."""
    locked = places.locked(path)
    if not locked.is_file():
        return False
    try:
        data = vault.read(path, workspace)
        if not path.is_file():
            write_private(path, data)
            sync_folder(path.parent)
        if path.read_bytes() != data:
            raise OutputError(f"{path}: does not read back as it was written: is the disk failing? It stays locked")
        locked.unlink()
    except OSError as exc:
        raise ProfileError(f"{locked}: cannot be read: {exc.strerror}") from None
    return True


def encrypted_files(workspace: Path) -> Iterator[Path]:
    """Every encrypted file of a workspace but its own key, those of the profiles first."""
    for folder in (places.profiles(workspace), *(workspace / tray for tray in _TRAYS)):
        for path in sorted(folder.rglob(f"*{places.AGE}")):
            if path.is_file() and not path.is_symlink() and path != places.passphrase_key(workspace):
                yield path


def files_of(workspace: Path, name: str) -> tuple[Path, ...]:
    """What belongs to a profile, by its unlocked names: its files, history and kept edit, and the profile last."""
    path = saved_path(workspace, name)
    if path is None:
        raise ProfileError(f"profile {name!r}: the workspace has none of that name: formfill profile list")
    profile = load_profile(path, vault.VaultReader(workspace))
    named = [profile.file(one) for one in profile.files if not one.endswith(places.AGE)]
    own = (places.history(workspace, name), places.kept_edit(workspace, name), places.plain(path))
    home = places.profiles(workspace).resolve()
    for file in (*named, *own):
        for one in (file, places.locked(file)):
            if one.is_symlink() or not one.resolve().is_relative_to(home):
                raise ProfileError(f"{one}: a link leads there: put the file itself, so that nothing is left unlocked")
    return (*named, *own)


def named_by_others(workspace: Path, name: str) -> set[Path]:
    """The files, by their unlocked names, that other profiles than ``name`` name. Raises: ProfileError, LockedError."""
    return {path for other in saved_names(workspace) if other != name for path in files_of(workspace, other)}


def _named_by_locked(workspace: Path, names: Iterable[str]) -> set[Path]:
    """The files of the profiles that are locked, among ``names``."""
    locked = [name for name in names if places.locked(places.profiles(workspace) / f"{name}.yaml").is_file()]
    return {path for name in locked for path in files_of(workspace, name)}


def _tray_files(workspace: Path, trays: Iterable[str]) -> Iterator[Path]:
    """The files of inbox/ and outbox/, by their unlocked names; hidden ones are a watcher's own."""
    for tray in trays:
        paths = [path for path in sorted((workspace / tray).rglob("*")) if path.is_file() and not path.is_symlink()]
        shown = [path for path in paths if not any(p.startswith(".") for p in path.relative_to(workspace).parts)]
        yield from dict.fromkeys(map(places.plain, shown))


def _sweep(workspace: Path, trays: Iterable[str]) -> None:
    """Remove what a killed process left of a file that it was about to overwrite."""
    for top in (places.profiles(workspace), *(workspace / tray for tray in trays)):
        for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
            sweep(folder)
