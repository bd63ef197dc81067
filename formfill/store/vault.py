"""Reads and writes files that may be locked: encrypted with age (age-encryption.org/v1), as ``NAME.age``.

What is decrypted stays in memory. age hides what a file says; who wrote it, it does not prove.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from formfill.errors import LockedError, ProfileError
from formfill.files import is_there, write_private
from formfill.store import places
from formfill.store.keys import find_key, held_keys
from formfill.store.recipients import Recipient, load_recipients


@dataclass(frozen=True, slots=True)
class VaultReader:
    """Gets the bytes of a file, locked or not; equal to another of the same workspace, and can be pickled."""

    workspace: Path | None

    def __call__(self, path: Path) -> bytes:
        return read(path, self.workspace)


def is_locked(workspace: Path) -> bool:
    """Whether what is new here is encrypted."""
    return places.recipients(workspace).is_file()


def read(path: Path, workspace: Path | None) -> bytes:
    """What ``path`` holds, decrypted where it is an .age file or only ``path``.age is there.

    Where both are there they must be equal, as a killed lock or unlock leaves them.

    Raises: OSError. LockedError, where no key here opens it. ProfileError, where both are there and differ.
    """
    if path.suffix == places.AGE:
        return decrypt(path.read_bytes(), path, workspace)
    locked = places.locked(path)
    if not locked.is_file():
        return path.read_bytes()
    data = decrypt(locked.read_bytes(), locked, workspace)
    if path.is_file() and path.read_bytes() != data:
        raise both_there(path)
    return data


def text(path: Path, workspace: Path | None) -> str:
    """The text of a profile, as ``read`` gets it. Raises: ProfileError, LockedError."""
    try:
        return read(path, workspace).decode()
    except UnicodeDecodeError as exc:
        raise ProfileError(f"{path}: not UTF-8 text (byte {exc.start}): save it as UTF-8") from None
    except FileNotFoundError:
        raise ProfileError(f"{path}: no such file") from None
    except OSError as exc:
        raise ProfileError(f"{path}: cannot be read: {exc.strerror}") from None


def which(plain: Path, workspace: Path | None) -> Path:
    """The file that stands for ``plain``: the encrypted one, where it is there.

    Raises: ProfileError, where both are there and differ. LockedError, where no key is here to compare them.
    """
    locked = places.locked(plain)
    if not is_there(Path.is_file, locked):
        return plain
    if plain.is_file():
        read(plain, workspace)
    return locked


def both_there(path: Path) -> ProfileError:
    """What to say where a file and its encrypted one differ."""
    return ProfileError(
        f"{path}: is also there as {path.name}{places.AGE}, and they differ: look at both (formfill profile show "
        f"{path.name}{places.AGE}), move the wrong one away, then run formfill profile lock again"
    )


def write(path: Path, data: bytes, recipients: Sequence[Recipient]) -> None:
    """Write an .age file, as ``write_private`` does. Raises: OutputError."""
    write_private(path, encrypt(data, recipients))


def encrypt(data: bytes, recipients: Sequence[Recipient]) -> bytes:
    """An age file that each of the recipients can open."""
    import pyrage

    return bytes(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(one.key) for one in recipients]))


def decrypt(data: bytes, path: Path, workspace: Path | None) -> bytes:
    """What an age file holds; ``path`` is what messages call it.

    The workspace's key is read once a process. Raises: LockedError.
    """
    opened = _opened(data, path, held_keys())
    if opened is None:
        opened = _opened(data, path, read_keys(workspace))
    if opened is None:
        raise LockedError(
            f"{path}: is encrypted to other keys than yours: ask a colleague who can open it to run formfill profile "
            "key add NAME YOUR-PUBLIC-KEY (formfill profile key show prints it)"
        )
    return opened


@cache
def read_keys(workspace: Path | None) -> tuple[str, ...]:
    """The secret keys of the first place that has some; they are held from now on. Raises: LockedError."""
    return find_key(workspace, public_keys(workspace) if workspace else ())[1]


def public_keys(workspace: Path) -> tuple[str, ...]:
    """The public keys that files of the workspace may be encrypted to. Raises: LockedError."""
    known = [path for path in (places.recipients(workspace), places.recipients_aside(workspace)) if path.is_file()]
    keys = [one.key for path in known for one in load_recipients(path)]
    return tuple(dict.fromkeys([*keys, *replaced_keys(workspace)]))


def replaced_keys(workspace: Path) -> tuple[str, ...]:
    """The public keys that a rotation which was killed had to do with; none where none was."""
    path = places.replaced_keys(workspace)
    return tuple(path.read_text(encoding="utf-8").split()) if path.is_file() else ()


def _opened(data: bytes, path: Path, secrets: Sequence[str]) -> bytes | None:
    """None where none of the keys is one of the file's."""
    import pyrage

    if not secrets:
        return None
    try:
        return bytes(pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(one) for one in secrets]))
    except pyrage.DecryptError as exc:
        if "No matching keys" in str(exc):
            return None
        raise LockedError(f"{path}: is damaged, or no age file: put its backup there") from None
