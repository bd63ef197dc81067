"""The keys that open locked profiles: age identities, and where they are kept.

In order: the file that FORMFILL_KEY_FILE names (servers), the one that formfill.yaml names (``key_file:``), the
system's keyring, and the workspace's own identity under a passphrase (profiles/key.age). A process reads them once.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from formfill.errors import LockedError
from formfill.files import write_private
from formfill.store import places

KEY_FILE = "FORMFILL_KEY_FILE"
#: The keyring's name for our entries; their user name is the public key.
SERVICE = "formfill"
_SECRET = "AGE-SECRET-KEY-"
_OTHERS = 0o077


class KeyStore(Protocol):
    """Where secret keys are kept. Secret and public keys are age's own texts: AGE-SECRET-KEY-1…, age1…"""

    @property
    def name(self) -> str:
        """What messages call it."""

    def read(self) -> tuple[str, ...]:
        """The secret keys; none where it is not there. Raises: LockedError."""

    def add(self, secret: str) -> None:
        """Keep one more secret key. Raises: LockedError or OutputError."""

    def drop(self, public: Collection[str]) -> None:
        """Forget the secret keys of these public ones. Raises: LockedError or OutputError."""


class KeyFile:
    """An age identity file, as age-keygen writes it, readable by its owner alone."""

    def __init__(self, path: Path, may_be_new: bool = False) -> None:
        self.path = path
        self.may_be_new = may_be_new

    @property
    def name(self) -> str:
        return f"the key file {self.path}"

    def read(self) -> tuple[str, ...]:
        if self.may_be_new and not self.path.exists():
            return ()
        return tuple(_secrets(self._text(), str(self.path)))

    def add(self, secret: str) -> None:
        before = self._text() if self.path.exists() else ""
        write_private(self.path, (before + _written(secret)).encode())

    def drop(self, public: Collection[str]) -> None:
        write_private(self.path, _without(self._text(), public).encode())

    def _text(self) -> str:
        try:
            if os.name == "posix" and self.path.stat().st_mode & _OTHERS:
                raise LockedError(f"{self.path}: others can read the key: chmod 600 {self.path}")
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise LockedError(f"{self.path}: no such key file ({KEY_FILE}, or key_file in formfill.yaml)") from None
        except UnicodeDecodeError:
            raise LockedError(f"{self.path}: is no age identity file: age-keygen writes one") from None
        except OSError as exc:
            raise LockedError(f"{self.path}: the key cannot be read: {exc.strerror}") from None


class Keyring:
    """The system's keyring: one entry a key, under its public key, so that a workspace can move."""

    name = f"the system's keyring (service {SERVICE})"

    def __init__(self, public: Sequence[str]) -> None:
        self.public = public

    def read(self) -> tuple[str, ...]:
        import keyring
        from keyring.errors import KeyringError

        try:
            found = [keyring.get_password(SERVICE, public) for public in self.public]
        except KeyringError:
            return ()
        return tuple(secret for secret in found if secret is not None)

    def add(self, secret: str) -> None:
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.set_password(SERVICE, public_of(secret), secret)
        except KeyringError as exc:
            raise LockedError(
                f"the system's keyring takes no key ({type(exc).__name__}): use --passphrase, or --key-file FILE"
            ) from None
        self.public = (*self.public, public_of(secret))

    def drop(self, public: Collection[str]) -> None:
        import keyring
        from keyring.errors import KeyringError, PasswordDeleteError

        for one in public:
            try:
                keyring.delete_password(SERVICE, one)
            except PasswordDeleteError:
                continue  # it is not there
            except KeyringError as exc:
                raise LockedError(f"the system's keyring keeps a key ({type(exc).__name__}): delete {one}") from None


class PassphraseFile:
    """profiles/key.age: identities in an age file that a passphrase opens (scrypt)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._passphrase = ""
        self._opened: str | None = None  # scrypt is slow on purpose

    @property
    def name(self) -> str:
        return f"{self.path}, which a passphrase opens"

    def read(self) -> tuple[str, ...]:
        return tuple(_secrets(self._text(), str(self.path))) if self.path.exists() else ()

    def add(self, secret: str) -> None:
        before = self._text() if self.path.exists() else ""
        self._passphrase = new_passphrase()
        self._write(before + _written(secret))

    def drop(self, public: Collection[str]) -> None:
        self._write(_without(self._text(), public))

    def _text(self) -> str:
        import pyrage

        if self._opened is not None:
            return self._opened
        self._passphrase = self._passphrase or ask(f"Passphrase of {self.path}: ")
        try:
            self._opened = bytes(pyrage.passphrase.decrypt(self.path.read_bytes(), self._passphrase)).decode()
            return self._opened
        except pyrage.DecryptError:
            self._passphrase = ""
            raise LockedError(f"{self.path}: not its passphrase, or the file is damaged: try again") from None
        except OSError as exc:
            raise LockedError(f"{self.path}: the key cannot be read: {exc.strerror}") from None

    def _write(self, text: str) -> None:
        import pyrage

        write_private(self.path, pyrage.passphrase.encrypt(text.encode(), self._passphrase))
        self._opened = None


def ask(prompt: str) -> str:
    """What a person types without echo. Raises: LockedError, where no terminal is there."""
    if not sys.stdin.isatty():
        raise LockedError(f"no terminal to ask for a passphrase at: name a key file in {KEY_FILE} (docs/profiles.md)")
    return getpass.getpass(prompt)


def new_passphrase() -> str:
    """A passphrase, typed twice. Raises: LockedError."""
    first = ask("New passphrase: ")
    if not first:
        raise LockedError("the passphrase is empty: choose one of several words")
    if ask("The same again: ") != first:
        raise LockedError("the two passphrases differ: nothing was changed; try again")
    return first


def key_stores(workspace: Path | None, public: Sequence[str]) -> Iterator[KeyStore]:
    """Where the key of a workspace may be, in the order to look. Raises: RequestError for a wrong formfill.yaml."""
    if named := _named_file(workspace):
        yield KeyFile(named)
    elif workspace is not None:
        yield Keyring(public)
        yield PassphraseFile(places.passphrase_key(workspace))


def find_key(workspace: Path | None, public: Sequence[str]) -> tuple[KeyStore, tuple[str, ...]]:
    """The first place that has secret keys, and those; this process holds them from now on. Raises: LockedError."""
    for store in key_stores(workspace, public):
        if secrets := store.read():
            hold_keys(secrets)
            return store, secrets
    raise LockedError(
        f"profiles are locked and no key is here: not in {KEY_FILE}, nor key_file in formfill.yaml, nor the "
        "system's keyring, nor profiles/key.age. Restore the key from its backup (docs/profiles.md)"
    )


def first_store(workspace: Path, key_file: Path | None = None, passphrase: bool = False) -> KeyStore:
    """Where to keep the first key of a workspace: as asked, else as it will be looked for, else the keyring.

    Raises: RequestError for a wrong formfill.yaml. LockedError, where the key would be looked for elsewhere.
    """
    named = _named_file(workspace)
    if named and (passphrase or (key_file and key_file.resolve() != named.resolve())):
        raise LockedError(f"the key is looked for in {named} ({KEY_FILE}, or key_file in formfill.yaml): use that one")
    if passphrase:
        return PassphraseFile(places.passphrase_key(workspace))
    if key_file := key_file or named:
        return KeyFile(key_file, may_be_new=True)
    return Keyring(())


def name_key_file(workspace: Path, path: Path) -> None:
    """Have formfill.yaml name the key file, where nothing names one yet. Raises: RequestError, OutputError."""
    if _named_file(workspace) is None:
        settings = workspace / places.SETTINGS
        before = settings.read_text(encoding="utf-8") if settings.is_file() else ""
        line = f"key_file: {json.dumps(str(path.resolve()))}\n"  # a JSON text is a YAML text too
        write_private(settings, (before + ("\n" if before and not before.endswith("\n") else "") + line).encode())


def _named_file(workspace: Path | None) -> Path | None:
    if named := os.environ.get(KEY_FILE):
        return Path(named)
    return settings_key_file(workspace) if workspace is not None else None


def settings_key_file(workspace: Path) -> Path | None:
    """What formfill.yaml names; a relative path is below the workspace. Raises: RequestError."""
    from formfill.model.settings import load_settings

    settings = workspace / places.SETTINGS
    named = load_settings(settings).key_file if settings.is_file() else None
    return workspace / Path(named).expanduser() if named else None


def new_secret() -> str:
    """A new age identity (X25519)."""
    from pyrage import x25519

    return str(x25519.Identity.generate())


def public_of(secret: str) -> str:
    """The public key of a secret one. Raises: LockedError."""
    import pyrage

    try:
        return str(pyrage.x25519.Identity.from_str(secret).to_public())
    except pyrage.IdentityError:
        raise LockedError("a line of the key file is no age identity (AGE-SECRET-KEY-1…): is it cut short?") from None


#: The secret keys that this process has read, dict[public key, secret key]: each source is asked once.
_held: dict[str, str] = {}


def hold_keys(secrets: Iterable[str]) -> None:
    """Give this process keys that another one read: ``held_keys`` of the parent, in a worker. Raises: LockedError."""
    for secret in secrets:
        _held[public_of(secret)] = secret


def held_keys() -> tuple[str, ...]:
    """The secret keys that this process has read so far: for its workers, never to be shown or written."""
    return tuple(_held.values())


def _secrets(text: str, source: str) -> Iterator[str]:
    lines = [line.strip() for line in text.splitlines()]
    secrets = [line for line in lines if line and not line.startswith("#")]
    if not secrets or not all(line.startswith(_SECRET) for line in secrets):
        raise LockedError(f"{source}: is no age identity file (lines of {_SECRET}1…): age-keygen writes one")
    yield from secrets


def _written(secret: str) -> str:
    return f"# public key: {public_of(secret)}\n{secret}\n"


def _without(text: str, public: Collection[str]) -> str:
    """The identity file without some keys and without the comments that name them."""
    kept = []
    for line in text.splitlines():
        bare = line.strip()
        of = public_of(bare) if bare.startswith(_SECRET) else bare.removeprefix("# public key:").strip()
        if of not in public:
            kept.append(f"{line}\n")
    return "".join(kept)
