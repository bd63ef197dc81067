"""Deletes what a workspace keeps of one patient: packets, profile and its files, history, and the ledger's rows."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from formfill.channels import FILES
from formfill.channels.sending import RECORD
from formfill.files import is_there, wipe
from formfill.packet.manifest import MANIFEST
from formfill.store import places, vault
from formfill.store.ledger import Ledger
from formfill.store.locking import files_of, named_by_others
from formfill.store.profiles import saved_path, writing


@dataclass(frozen=True, slots=True)
class PurgedFiles:
    """How many files were deleted, and what stays: folders that hold other things too, files that others name."""

    count: int
    left: tuple[Path, ...]


def purge_files(workspace: Path, name: str) -> PurgedFiles:
    """Delete the packets and the profile of a patient, before ``Ledger.purge``, which forgets where they are.

    Stopped in the middle, it can be run again. Raises: ProfileError, OutputError, LedgerError, LockedError.
    """
    with Ledger(workspace) as ledger:
        folders = [workspace / one.request.folder for one in ledger.entries() if one.request.profile == name]
    count = 0
    left = []
    for folder in dict.fromkeys(folders):
        for path in _packet_files(folder, workspace):
            wipe(path)
            count += 1
        with contextlib.suppress(OSError):
            folder.rmdir()
        if is_there(Path.is_dir, folder):
            left.append(folder)
    with writing(workspace):
        if saved_path(workspace, name) is not None:
            others = named_by_others(workspace, name)
            for file in files_of(workspace, name):
                if file in others:
                    left.append(file)
                    continue
                for path in (file, places.locked(file)):
                    if path.is_file():
                        wipe(path)
                        count += 1
            places.index(workspace).unlink(missing_ok=True)
    return PurgedFiles(count, tuple(left))


def _packet_files(folder: Path, workspace: Path) -> Iterator[Path]:
    """The files of a packet, locked or not, its manifest last; none of a folder that holds no packet of ours."""
    try:
        listed = [str(one["name"]) for one in json.loads(vault.read(folder / MANIFEST, workspace))["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for name in dict.fromkeys([*listed, *sorted(FILES), RECORD, MANIFEST]):
        if name != Path(name).name:
            continue
        for path in (folder / name, places.locked(folder / name)):
            if is_there(Path.is_file, path) and not path.is_symlink():
                yield path
