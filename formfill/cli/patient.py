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
@click.option("--files", "with_files", is_flag=True, help="The profile, its files and history, and the packets too.")
@click.option("--yes", is_flag=True, help="Do it: what is deleted cannot be brought back.")
def purge(name: str, with_files: bool, yes: bool) -> None:
    """Delete every request and disclosure of PROFILE from the ledger, for good; with --files all else of it here.

    The audit log keeps a line that says how many there were, without the patient's name. Backups, what was taken out
    of the workspace, and what the drop folder keeps in done/ and failed/ are yours to delete.

    \b
    Example:
      formfill patient purge amina-rahimi --files --yes
    """
    from formfill.store.ledger import Ledger

    workspace = required_workspace("the ledger is")
    with Ledger(workspace) as ledger:
        count = sum(one.request.profile == name for one in ledger.entries())
    if not yes:
        also = ", and the profile and packets" if with_files else ""
        raise click.UsageError(f"requests of {name} that would be deleted for good: {count}{also}. To do it, say --yes")
    deleted = 0
    if with_files:
        from formfill.purging import purge_files

        purged = purge_files(workspace, name)
        deleted = purged.count
        click.echo(f"files deleted: {deleted}")
        for path in purged.left:
            click.echo(f"  stays, as other things are in it or need it: {path}")
    with Ledger(workspace) as ledger:
        gone = ledger.purge(name)
    click.echo(f"requests of {name} deleted from the ledger: {len(gone.requests)}")
    if not gone.requests and not deleted:
        click.echo(click.style("note: nothing here was of this profile: is it spelt right?", fg="yellow"), err=True)
    if not with_files:
        for folder in gone.folders:
            click.echo(f"  its packet is still there, delete it yourself: {folder}")
