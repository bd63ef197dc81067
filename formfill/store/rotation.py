"""Changes who can open the locked files of a workspace: everything is encrypted anew.

profiles/recipients.txt is written when all files are, so that a change which was killed can be made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from formfill.errors import FormfillError, LockedError, ProfileError
from formfill.files import sync_folder, write_private
from formfill.store import places, vault
from formfill.store.keys import find_key, hold_keys, new_secret, public_of
from formfill.store.locking import encrypted_files
from formfill.store.profiles import writing
from formfill.store.recipients import Recipient, check_key, find, load_recipients, save_recipients


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """How many files were encrypted anew, and those of inbox/ and outbox/ that no key here opens."""

    recipient: Recipient
    files: int
    left: tuple[Path, ...]


def add_recipient(workspace: Path, name: str, key: str) -> Reencrypted:
    """Let one more person or machine open everything. Raises: ProfileError, LockedError, OutputError."""
    check_key(key, "the key")
    if not name.strip() or not name.isprintable():
        raise ProfileError("a recipient's name is one line of text")
    with writing(workspace):
        known = load_recipients(places.recipients(workspace))
        if any(one.name == name and one.key != key for one in known):
            raise ProfileError(f"{name}: a recipient of that name is there with another key: choose another name")
        others = [one for one in known if one.key != key]
        return _reencrypt(workspace, [*others, Recipient(name, key)], Recipient(name, key))


def remove_recipient(workspace: Path, named: str) -> Reencrypted:
    """Keep somebody, by name or key, from opening what is written from now on. Raises: as ``add_recipient``."""
    with writing(workspace):
        known = load_recipients(places.recipients(workspace))
        gone = find(known, named)
        if gone.key in map(public_of, vault.read_keys(workspace)):
            raise ProfileError(
                f"{named}: is your own key, without which you could open nothing: formfill profile key rotate makes a "
                "new one in its place; a colleague can remove you"
            )
        return _reencrypt(workspace, [one for one in known if one != gone], gone)


def rotate(workspace: Path) -> Reencrypted:
    """Put a new key in place of one's own, where that is kept. Raises: as ``add_recipient``.

    The new key is kept before anything is encrypted to it, and the old one dropped when nothing needs it any more; what
    a rotation that was killed left is dropped too.
    """
    with writing(workspace):
        known = load_recipients(places.recipients(workspace))
        store, secrets = find_key(workspace, vault.public_keys(workspace))
        own = [one for one in known if one.key in map(public_of, secrets)]
        if not own:
            raise LockedError(f"{store.name}: its key is none of the recipients: a colleague must add it first")
        secret = new_secret()
        new = Recipient(own[0].name, public_of(secret))
        old = {one.key for one in own} | set(vault.replaced_keys(workspace))
        pending = places.replaced_keys(workspace)
        write_private(pending, "".join(f"{key}\n" for key in (*sorted(old), new.key)).encode())
        try:
            store.add(secret)
        except FormfillError:
            pending.unlink()  # nothing was begun
            raise
        hold_keys([secret])
        done = _reencrypt(workspace, [new if one == own[0] else one for one in known if one not in own[1:]], new)
        store.drop(old)
        pending.unlink()
        vault.read_keys.cache_clear()
    return done


def _reencrypt(workspace: Path, recipients: Sequence[Recipient], recipient: Recipient) -> Reencrypted:
    home = places.profiles(workspace)
    files, left = [], []
    # before anything is changed: what cannot be opened now could not be later either
    for path in encrypted_files(workspace):
        try:
            vault.read(path, workspace)
            files.append(path)
        except LockedError:
            if path.is_relative_to(home):
                raise
            left.append(path)
    for path in files:
        vault.write(path, vault.read(path, workspace), recipients)
    for folder in {path.parent for path in files}:
        sync_folder(folder)
    save_recipients(places.recipients(workspace), recipients)
    return Reencrypted(recipient, len(files), tuple(left))
