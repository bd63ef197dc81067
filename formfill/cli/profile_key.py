"""``formfill profile key``: who can open the locked profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from formfill.cli.workspace import required_workspace
from formfill.errors import LockedError

if TYPE_CHECKING:
    from formfill.store.rotation import Reencrypted


@click.group()
def key() -> None:
    """Who can open the locked profiles, by their public keys.

    \b
    Example:
      formfill profile key show
    """


@key.command()
@click.option("--secret", is_flag=True, help="Print your own secret key, to back it up.")
def show(secret: bool) -> None:
    """Show who can open the locked profiles, and which of them is you.

    \b
    Example:
      formfill profile key show
    """
    from formfill.store import places, vault
    from formfill.store.keys import find_key, public_of
    from formfill.store.recipients import load_recipients

    workspace = required_workspace("profiles are")
    if not vault.is_locked(workspace):
        raise LockedError(f"{workspace}: is not locked, and has no keys: formfill profile lock")
    recipients = load_recipients(places.recipients(workspace))
    if secret:
        _, secrets = find_key(workspace, vault.public_keys(workspace))
        for one in secrets:
            click.echo(f"# public key: {public_of(one)}\n{one}")
        return
    try:
        store, secrets = find_key(workspace, vault.public_keys(workspace))
        own, where = {public_of(one) for one in secrets}, f"your key is in {store.name}"
    except LockedError as exc:
        own, where = set(), f"note: no key of yours is here: {exc}"
    for recipient in recipients:
        click.echo(f"{recipient.name}  {recipient.key}{'  (you)' if recipient.key in own else ''}")
    click.echo(where, err=True)
    if vault.replaced_keys(workspace):
        click.echo(click.style("note: a rotation was not finished: do it again", fg="yellow"), err=True)


@key.command()
@click.option("--key-file", type=click.Path(path_type=Path), metavar="FILE", help="Keep it in this file.")
def new(key_file: Path | None) -> None:
    """Make a key for yourself, to be let into a workspace that others have locked, and print its public half.

    It is kept in the system's keyring, or in the file that you name (FORMFILL_KEY_FILE says so to later commands).

    \b
    Example:
      formfill profile key new
    """
    from formfill.store.keys import KeyFile, Keyring, new_secret, public_of

    store = KeyFile(key_file, may_be_new=True) if key_file else Keyring(())
    secret = new_secret()
    store.add(secret)
    click.echo(public_of(secret))
    click.echo(
        f"kept in {store.name}. Now somebody who can open the profiles runs: formfill profile key add NAME THIS-KEY",
        err=True,
    )


@key.command()
@click.argument("name", metavar="NAME")
@click.argument("public_key", metavar="AGE-KEY")
def add(name: str, public_key: str) -> None:
    """Let one more person or machine open the locked profiles, by their public key (age1…).

    Everything is encrypted anew. Ask them for the key yourself: whoever has its secret half can read every profile.

    \b
    Example:
      formfill profile key add elena age1…
    """
    from formfill.store.rotation import add_recipient

    done = add_recipient(required_workspace("profiles are"), name, public_key)
    click.echo(f"{name} can open the profiles; files encrypted anew: {done.files}")
    _tell_left(done)


@key.command()
@click.argument("named", metavar="NAME|AGE-KEY")
def remove(named: str) -> None:
    """Keep somebody from opening what is written from now on; everything is encrypted anew.

    What they copied before, and backups of that time, they can still open.

    \b
    Example:
      formfill profile key remove elena
    """
    from formfill.store.rotation import remove_recipient

    done = remove_recipient(required_workspace("profiles are"), named)
    click.echo(f"{done.recipient.name} is removed; files encrypted anew: {done.files}")
    _tell_left(done)


@key.command()
def rotate() -> None:
    """Put a new key in place of yours, encrypt everything anew, and forget the old one.

    Backups of the profiles from before open with the old key only: keep it with them, or destroy them.

    \b
    Example:
      formfill profile key rotate
    """
    from formfill.store.rotation import rotate as rotated

    done = rotated(required_workspace("profiles are"))
    click.echo(f"new key: {done.recipient.key}; files encrypted anew: {done.files}")
    click.echo("  Back it up, outside this computer: formfill profile key show --secret")
    _tell_left(done)


def _tell_left(done: Reencrypted) -> None:
    for path in done.left:
        click.echo(click.style(f"note: no key here opens {path}: it stays as it is", fg="yellow"), err=True)
