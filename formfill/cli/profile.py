"""``formfill profile``: the saved patients."""

from __future__ import annotations

import click

from formfill.cli.workspace import catalog


@click.group()
def profile() -> None:
    """The saved profiles: one file a patient.

    \b
    Example:
      formfill profile check amina-rahimi
    """


@profile.command("list")
def list_() -> None:
    """List the saved profiles by name, the workspace's before those that ship.

    \b
    Example:
      formfill profile list
    """
    for name, path in sorted(catalog().profile_paths().items()):
        click.echo(f"{name}  {path}")


@profile.command()
@click.argument("name", metavar="PROFILE")
def check(name: str) -> None:
    """Read a profile strictly and say what is wrong with it, or that nothing is.

    \b
    Example:
      formfill profile check profiles/amina-rahimi.yaml
    """
    library = catalog()
    path = library.profile_path(name)
    library.profile(name)
    click.echo(f"{path}: nothing wrong")
