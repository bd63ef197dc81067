"""``formfill profile list`` and ``history``."""

from __future__ import annotations

import click

from formfill.cli.workspace import catalog, required_workspace
from formfill.errors import ProfileError


@click.command("list")
@click.option("--search", metavar="TEXT", help="Only patients with this in their name, birth date or phone.")
def list_(search: str | None) -> None:
    """List the saved profiles by name, the workspace's before those that ship.

    Nothing is decrypted for that. --search looks at the workspace's patients: every word of TEXT in their names
    (accents and capitals do not matter), a birth date, or the digits of a phone. Locked profiles are searched through
    an encrypted index, so that only changed ones are decrypted.

    \b
    Example:
      formfill profile list
      formfill profile list --search "rahimi 1987-03-14"
    """
    library = catalog()
    paths = library.profile_paths()
    if search is not None:
        from formfill.store.search import matches, people

        found = people(required_workspace("profiles are"))
        for name in found.unread:
            click.echo(
                click.style(f"note: {name} was not searched: formfill profile check {name}", fg="yellow"), err=True
            )
        paths = {name: paths[name] for name, person in found.known.items() if matches(person, search)}
    for name, path in sorted(paths.items()):
        click.echo(f"{name}  {path}")


@click.command()
@click.argument("name", metavar="PROFILE")
def history(name: str) -> None:
    """Who changed what in a profile, and when, with the old and the new values.

    What formfill changes is noted; what an editor changed without it is not.

    \b
    Example:
      formfill profile history amina-rahimi
    """
    from formfill.store.history import load_history
    from formfill.store.profiles import saved_path

    workspace = required_workspace("profiles are")
    path = saved_path(workspace, name)
    savings = load_history(workspace, name)  # which a deleted profile has too
    if not savings and path is None:
        raise ProfileError(f"profile {name!r}: the workspace has none of that name: formfill profile list")
    for saving in savings:
        click.echo(f"{saving.on:%Y-%m-%d %H:%M}  {saving.who}  {saving.action}")
        for change in saving.changes:
            old = "(none)" if change.old is None else change.old
            click.echo(f"  {change.key}: {old} -> {'(none)' if change.new is None else change.new}")
