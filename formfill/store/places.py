"""Where a workspace keeps what: the names of its files and folders."""

from __future__ import annotations

from pathlib import Path

SETTINGS = "formfill.yaml"
#: What the name of an encrypted file ends with (age-encryption.org/v1).
AGE = ".age"


def profiles(workspace: Path) -> Path:
    """The folder of the profiles, and of the files that they name."""
    return workspace / "profiles"


def recipients(workspace: Path) -> Path:
    """The public keys that profiles are encrypted to. While it is there, the workspace is locked."""
    return profiles(workspace) / "recipients.txt"


def recipients_aside(workspace: Path) -> Path:
    """The public keys of a workspace that was unlocked as a whole: ``profile lock`` takes them up again."""
    return profiles(workspace) / "recipients-unlocked.txt"


def passphrase_key(workspace: Path) -> Path:
    """The workspace's identity, encrypted with a passphrase."""
    return profiles(workspace) / "key.age"


def replaced_keys(workspace: Path) -> Path:
    """The public keys that an unfinished rotation replaces."""
    return profiles(workspace) / ".rotating"


def index(workspace: Path) -> Path:
    """What a search looks through, encrypted."""
    return profiles(workspace) / "index.age"


def history(workspace: Path, name: str) -> Path:
    """Who changed what in a profile, one JSON object a line; encrypted (.age) where the profile is."""
    return profiles(workspace) / ".history" / f"{name}.jsonl"


def kept_edit(workspace: Path, name: str) -> Path:
    """An edit that could not be saved; encrypted (.age) where the profile is."""
    return profiles(workspace) / ".edits" / f"{name}.yaml"


def write_lock(workspace: Path) -> Path:
    """Held by the process that writes profiles."""
    return profiles(workspace) / ".lock"


def locked(path: Path) -> Path:
    """The encrypted file that stands for ``path``."""
    return path.with_name(path.name + AGE)


def plain(path: Path) -> Path:
    """The file that an encrypted one stands for."""
    return path.with_name(path.name.removesuffix(AGE))
