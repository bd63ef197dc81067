"""``formfill profile show`` and ``edit``."""

from __future__ import annotations

from pathlib import Path

import click

from formfill.cli.workspace import catalog, required_workspace
from formfill.errors import FormfillError, ProfileError


@click.command()
@click.argument("name", metavar="PROFILE")
def show(name: str) -> None:
    """Print a profile, decrypted where it is locked; nothing is written to the disk.

    \b
    Example:
      formfill profile show amina-rahimi
    """
    from formfill.store import vault

    library = catalog()
    path = library.profile_path(name)
    click.echo(vault.text(path, library.workspace), nl=False)


@click.command()
@click.argument("name", metavar="PROFILE")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Set this key; without =VALUE it is asked.")
@click.option("--unset", "without", multiple=True, metavar="KEY", help="Take this key out.")
def edit(name: str, settings: tuple[str, ...], without: tuple[str, ...]) -> None:
    """Edit a profile in your editor (VISUAL, EDITOR), or change single keys without one.

    The text is in memory meanwhile, not on the disk, where the system has such a place; it is checked before it is
    saved. What is on a command line can be seen by other users of the computer and stays in the shell's history: leave
    =VALUE out for a number that should not.

    \b
    Example:
      formfill profile edit amina-rahimi
      formfill profile edit amina-rahimi --set patient.address.city=Oakland --unset patient.fax
    """
    from formfill.store.profiles import drop_edit, load_text, save_profile

    workspace = required_workspace("profiles are")
    text = load_text(workspace, name)
    if settings or without:
        from formfill.yaml_edit import edited

        values = dict(_key_and_value(setting) for setting in settings)
        new = edited(text, f"profile {name}", ProfileError, values, without)
    else:
        new = _in_editor(workspace, name, text)
    if new == text:
        drop_edit(workspace, name)
        click.echo(f"{name}: nothing changed")
        return
    try:
        path = save_profile(workspace, name, new, "edit", replace=True, was=text)
    except FormfillError:
        if not (settings or without):
            _keep(workspace, name, new)
        raise
    drop_edit(workspace, name)
    click.echo(f"{path}: saved")


def _in_editor(workspace: Path, name: str, text: str) -> str:
    """What the editor leaves, once it is a valid profile. Raises: ProfileError, where the person gives up."""
    from formfill import yaml_io
    from formfill.cli import editor
    from formfill.model.profile import parse_profile
    from formfill.store.profiles import kept_edit

    kept = kept_edit(workspace, name)
    if kept is not None:
        click.echo(f"{name}: this is your edit that was not saved", err=True)
    if editor.in_memory() is None:
        click.echo(
            click.style("note: no memory-backed folder here: the text is on the disk meanwhile", fg="yellow"), err=True
        )
    new = kept or text
    while True:
        new = editor.edit(new)
        try:
            parse_profile(yaml_io.loads(new, name, ProfileError))
            return new
        except ProfileError as exc:
            click.echo(str(exc), err=True)
            if not _again():
                _keep(workspace, name, new)
                raise ProfileError(f"profile {name}: was left as it was") from None


def _again() -> bool:
    try:
        return click.confirm("Open the editor again?", default=True, err=True)
    except click.Abort:
        return False


def _keep(workspace: Path, name: str, text: str) -> None:
    from formfill.store.profiles import keep_edit

    click.echo(
        f"your edit is kept in {keep_edit(workspace, name, text)}: formfill profile edit {name} goes on", err=True
    )


def _key_and_value(setting: str) -> tuple[str, str]:
    key, equals, value = setting.partition("=")
    return key, value if equals else click.prompt(key, hide_input=True)
