"""``formfill init``: a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from formfill.errors import OutputError
from formfill.files import write_private
from formfill.store.places import SETTINGS

_FOLDERS = {
    "forms": "blanks: providers' empty forms (formfill form add, formfill form pull)",
    "form_maps": "maps of your own, before those that ship: <provider>/<form>.yaml and <provider>/provider.yaml",
    "profiles": "one file a patient: keep this folder private",
    "inbox": "requests to be done: formfill watch inbox/ --out outbox/",
    "outbox": "filled forms and packets",
}

_SETTINGS = """\
# This folder is a formfill workspace: commands run in it, or below it, find their forms and profiles here.
# Every line is optional; remove the # to use one.

# Who sends the requests: the caseworker and organisation on cover sheets.
sender:
#   name: Elena Marsh
#   organization: Harbor Refugee Services
#   address:
#     street: 88 Pier Avenue
#     unit: Suite 210
#     city: Oakland
#     state: CA
#     postal_code: "94607"
#   phone: (510) 555-0177
#   fax: (510) 555-0178
#   email: records@harborrefugee.example.org

# The key of locked profiles, where it is not in the system's keyring: formfill profile lock --help.
# key_file: ~/formfill.key

# The mail server for formfill send, always over TLS. No password here: formfill send --help says where it goes.
# smtp:
#   host: mail.example.org
#   security: starttls
#   user: records@harborrefugee.example.org

# The HylaFAX server for formfill send, where it is not this computer.
# fax_server:
#   host: fax.example.org
"""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a workspace in DIR: folders for forms, maps, profiles and output, and formfill.yaml.

    What is there already is kept as it is.

    \b
    Example:
      formfill init ~/records-requests
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in _FOLDERS:
            (folder / name).mkdir(exist_ok=True, mode=0o700)
    except OSError as exc:
        raise OutputError(f"{folder}: cannot be made a workspace: {exc.strerror}") from exc
    settings = folder / SETTINGS
    if not settings.exists():
        write_private(settings, _SETTINGS.encode())
    click.echo(f"{folder} is a workspace:")
    for name, what in _FOLDERS.items():
        click.echo(f"  {name + '/':<11} {what}")
    click.echo("Next: go there and type your first patient in (formfill profile new), or formfill profile import FILE")
