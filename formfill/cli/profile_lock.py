"""``formfill profile lock`` and ``unlock``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from formfill.cli.workspace import required_workspace
from formfill.errors import ProfileError

if TYPE_CHECKING:
    from formfill.store.locking import Done


@click.command()
@click.argument("names", metavar="[PROFILE]…", nargs=-1)
@click.option("--key-file", type=click.Path(path_type=Path), metavar="FILE", help="Keep the new key in this file.")
@click.option("--passphrase", is_flag=True, help="Keep the new key in profiles/key.age, under a passphrase.")
@click.option("--all", "everything", is_flag=True, help="The files of inbox/ and outbox/ too.")
def lock(names: tuple[str, ...], key_file: Path | None, passphrase: bool, everything: bool) -> None:
    """Encrypt profiles and the files that they name, all of them or some, with age (age-encryption.org).

    The first time a key is made and kept in the system's keyring, unless an option says where. All commands read locked
    profiles as before, and new profiles are locked too. Encrypted files can be opened with the age tool as well.

    \b
    Example:
      formfill profile lock
      formfill profile lock --key-file ~/formfill.key
    """
    from formfill.store import locking, vault
    from formfill.store.keys import KeyFile, first_store, name_key_file

    if key_file and passphrase:
        raise click.UsageError("--key-file and --passphrase: choose one")
    workspace = required_workspace("profiles are")
    if key_file or passphrase or not vault.is_locked(workspace):
        store = first_store(workspace, key_file, passphrase)
        own = locking.start(workspace, store)
        if isinstance(store, KeyFile):
            name_key_file(workspace, store.path)
            if store.path.resolve().is_relative_to(workspace):
                note = f"note: {store.path} is in the workspace that it opens: who copies one has both; move it away"
                click.echo(click.style(note, fg="yellow"), err=True)
        if own is not None:
            click.echo(f"key made: {own.key}")
            click.echo(f"  It is kept in {store.name}.")
            click.echo("  Without it nobody can open the profiles. Back it up now, outside this computer:")
            click.echo("  formfill profile key show --secret")
    done = locking.lock(workspace, names, everything)
    _tell("locked", done, everything)


@click.command()
@click.argument("names", metavar="[PROFILE]…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="The files of inbox/ and outbox/ too.")
def unlock(names: tuple[str, ...], everything: bool) -> None:
    """Decrypt profiles and the files that they name, all of them or some, where they are.

    Without names the workspace is no longer a locked one: new profiles are not encrypted. To look at one, no unlocking
    is needed: formfill profile show.

    \b
    Example:
      formfill profile unlock amina-rahimi
    """
    from formfill.store import locking

    done = locking.unlock(required_workspace("profiles are"), names, everything)
    _tell("unlocked", done, everything)
    if done.left:
        listed = "\n".join(f"  {path}" for path in done.left)
        raise ProfileError(f"these stay as they are, since no key here opens them:\n{listed}")


def _tell(what: str, done: Done, everything: bool) -> None:
    click.echo(f"{what}: {', '.join(done.profiles) or f'no profile; all were {what}'}")
    if everything:
        click.echo(f"{what} in inbox/ and outbox/: {done.files} files")
