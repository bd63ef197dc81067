"""Who can open the locked profiles of a workspace: profiles/recipients.txt, age's own recipients file.

Each public key stands under a comment that names its owner, so that ``age -R profiles/recipients.txt`` takes the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from formfill.errors import LockedError, ProfileError
from formfill.files import write_private


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person or machine that can open the profiles, by a name of your choice and an age public key (age1…)."""

    name: str
    key: str


def load_recipients(path: Path) -> tuple[Recipient, ...]:
    """The recipients of a file, at least one. Raises: LockedError with file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise LockedError(f"{path}: the public keys cannot be read ({type(exc).__name__})") from None
    found: list[Recipient] = []
    name = ""
    for number, line in enumerate(map(str.strip, lines), 1):
        if line.startswith("#"):
            name = line[1:].strip()
        elif line:
            check_key(line, f"{path}:{number}")
            found.append(Recipient(name, line))
            name = ""
    if not found:
        raise LockedError(f"{path}: names no public key: formfill profile key add NAME AGE-KEY")
    return tuple(found)


def save_recipients(path: Path, recipients: Sequence[Recipient]) -> None:
    """Raises: OutputError."""
    write_private(path, "".join(f"# {one.name}\n{one.key}\n" for one in recipients).encode())


def check_key(key: str, source: str) -> None:
    """Raises: LockedError, where ``key`` is no public key of age."""
    import pyrage

    try:
        pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise LockedError(f"{source}: is no age public key (age1…, as age-keygen prints it)") from None


def find(recipients: Sequence[Recipient], named: str) -> Recipient:
    """The one with this name or key. Raises: ProfileError, for none or several."""
    found = [one for one in recipients if named in (one.name, one.key)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(one.name or one.key for one in recipients)
    problem = "no such recipient" if not found else "several recipients have this name: say the key"
    raise ProfileError(f"{named}: {problem}. Known: {known}")
