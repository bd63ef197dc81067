"""``formfill profile``: the saved patients."""

from __future__ import annotations

import click

from formfill.cli import LazyGroup
from formfill.cli.workspace import catalog


@click.group(
    cls=LazyGroup,
    lazy={
        "new": "formfill.cli.profile_new:new",
        "list": "formfill.cli.profile_list:list_",
        "show": "formfill.cli.profile_edit:show",
        "edit": "formfill.cli.profile_edit:edit",
        "history": "formfill.cli.profile_list:history",
        "import": "formfill.cli.profile_import:import_",
        "export": "formfill.cli.profile_export:export",
        "duplicates": "formfill.cli.profile_merge:duplicates",
        "merge": "formfill.cli.profile_merge:merge",
        "lock": "formfill.cli.profile_lock:lock",
        "unlock": "formfill.cli.profile_lock:unlock",
        "key": "formfill.cli.profile_key:key",
    },
)
def profile() -> None:
    """The saved profiles: one file a patient.

    \b
    Example:
      formfill profile check amina-rahimi
    """


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
