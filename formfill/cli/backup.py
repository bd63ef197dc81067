"""``formfill backup``: the whole workspace in one file."""

from __future__ import annotations

from pathlib import Path

import click

from formfill.cli.workspace import required_workspace


@click.command()
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Write the workspace's files into FILE, and read them back.

    FILE ends in .tar.gz; of a locked workspace, whose backup is encrypted to the same keys, in .tar.gz.age. The ledger
    may be in use meanwhile. The key is not in it: keep a copy of that apart.

    \b
    Example:
      formfill backup ~/records-2026-11-26.tar.gz
    """
    from formfill.store.backup import back_up

    done = back_up(required_workspace("what is backed up is"), target)
    for path in done.left:
        click.echo(click.style(f"note: {path}: is a link or no plain file, and not in it", fg="yellow"), err=True)
    click.echo(f"{target}: {done.files} files, read back")
    if done.is_encrypted:
        click.echo(f"to restore: mkdir DIR && age -d -i KEY-FILE {target.name} | tar -xzf - -C DIR")
    else:
        click.echo("it is not encrypted: keep it as you keep the workspace, or lock that first (formfill profile lock)")
        click.echo(f"to restore: mkdir DIR && tar -xzf {target.name} -C DIR")
