"""``formfill patient``: everything that the workspace keeps of one patient."""

from __future__ import annotations

import click

from formfill.cli.workspace import required_workspace


@click.group()
def patient() -> None:
    """What the workspace's ledger keeps of one patient.

    \b
    Example:
      formfill patient purge amina-rahimi --yes
    """


@patient.command()
@click.argument("name", metavar="PROFILE")
@click.option("--yes", is_flag=True, help="Do it: what is deleted cannot be brought back.")
def purge(name: str, yes: bool) -> None:
    """Delete every request and disclosure of PROFILE from the ledger, for good.

    The audit log keeps a line that says how many there were, without the patient's name. The profile and the packets
    are files of yours: they stay, and are named so that you can delete them.

    \b
    Example:
      formfill patient purge amina-rahimi --yes
    """
    from formfill.store.ledger import Ledger

    with Ledger(required_workspace("the ledger is")) as ledger:
        if not yes:
            count = sum(one.request.profile == name for one in ledger.entries())
            raise click.UsageError(f"requests of {name} that would be deleted for good: {count}. To do it, say --yes")
        gone = ledger.purge(name)
    click.echo(f"requests of {name} deleted from the ledger: {len(gone.requests)}")
    if not gone.requests:
        click.echo(click.style("note: the ledger had none of this profile: is it spelt right?", fg="yellow"), err=True)
    for folder in gone.folders:
        click.echo(f"  its packet is still there, delete it yourself: {folder}")
