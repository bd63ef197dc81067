"""``formfill profile duplicates`` and ``merge``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

import click

from formfill.cli.workspace import required_workspace
from formfill.errors import ProfileError

if TYPE_CHECKING:
    from pathlib import Path

    from formfill.exchange.merging import Difference, Merged, Side

#: Shown as what it is, and not as its digits.
_SECRET = ("patient.ssn", "patient.ssn_last4", "patient.photo_id")


@click.command()
def duplicates() -> None:
    """List profiles that are likely of one patient: born on the same day, and named alike.

    Names are compared in any order, with or without accents, middle names and second surnames, across spellings
    (Mohammed, Muhammad) and scripts; a birth date also with its day and month swapped. It is a hint: look at both.

    \b
    Example:
      formfill profile duplicates
    """
    from formfill.cli.table import print_table
    from formfill.exchange.alike import pairs
    from formfill.exchange.intake import known_patients

    known, unread = known_patients(required_workspace("profiles are"))
    found = pairs(known.values())
    for name in unread:
        click.echo(click.style(f"note: {name} cannot be read: formfill profile check {name}", fg="yellow"), err=True)
    if not found:
        click.echo(f"none among {len(known)}")
        return
    print_table(("A", "B", "WHY"), [(pair.one.profile, pair.other.profile, pair.why) for pair in found])
    click.echo("to make two into one: formfill profile merge A B")


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--keep",
    type=click.Choice(("a", "b", "ask")),
    default="ask",
    show_default=True,
    help="Whose value stays where both have one.",
)
@click.option("--yes", is_flag=True, help="Do it without asking.")
def merge(a: str, b: str, keep: Literal["a", "b", "ask"], yes: bool) -> None:
    """Make profiles A and B of one patient into A.

    What only one of them says is taken; lists and recipients are united; a legal name that does not stay becomes a
    former name. The rest is asked, side by side. B's requests in the ledger become A's; what B said goes into the
    history of A (formfill profile history A), and B's file is removed.

    \b
    Example:
      formfill profile merge amina-rahimi amina-rahimi-2 --keep b
    """
    from formfill.exchange.merging import merged, merged_text
    from formfill.exchange.outgoing import plain_keys
    from formfill.store.profiles import absorb_profile, load_text

    if a == b:
        raise click.UsageError("A and B are the same profile")
    if keep == "ask" and not sys.stdin.isatty():
        raise click.UsageError("there is nobody to ask: say --keep a or --keep b")
    workspace = required_workspace("profiles are")
    texts = [load_text(workspace, name) for name in (a, b)]
    one, other = (plain_keys(_parsed(text, name)) for text, name in zip(texts, (a, b), strict=True))
    result = merged(one, other, lambda difference: _chosen(difference, keep))
    _show(result, a, b)
    if not yes:
        click.confirm(f"Write this into {a} and remove {b}?", abort=True)
    text = merged_text(texts[0], one, result.keys)
    _reassign(workspace, a, b)  # first: where it is broken off, B is still there to merge again
    path = absorb_profile(workspace, a, b, text, texts[0])
    click.echo(f"{path}: holds both; what {b} said is in the history: formfill profile history {a}")


def _parsed(text: str, name: str) -> Any:
    from formfill.model.profile import parse_profile
    from formfill.yaml_io import loads

    return parse_profile(loads(text, f"profile {name}", ProfileError))


def _chosen(difference: Difference, keep: str) -> Side:
    if keep != "ask":
        return "a" if keep == "a" else "b"
    click.echo(
        f"{difference.key}\n  a: {_told(difference.key, difference.a)}\n  b: {_told(difference.key, difference.b)}"
    )
    answer = click.prompt("  keep", type=click.Choice(("a", "b")), default="a")
    return "a" if answer == "a" else "b"


def _show(result: Merged, a: str, b: str) -> None:
    from formfill.cli.table import print_table

    rows = [(one.key, _told(one.key, one.a), _told(one.key, one.b), side) for one, side in result.chosen]
    if rows:
        print_table(("KEY", f"a: {a}", f"b: {b}", "KEPT"), rows)
    if result.added:
        click.echo(f"from {b}: {', '.join(result.added)}")


def _told(key: str, value: Any) -> str:
    if key.startswith(_SECRET):
        return "(not shown)"
    return ", ".join(map(str, value.values())) if isinstance(value, dict) else str(value)


def _reassign(workspace: Path, a: str, b: str) -> None:
    from formfill.store import database
    from formfill.store.ledger import Ledger

    if not (workspace / database.NAME).is_file():
        return
    with Ledger(workspace) as ledger:
        moved = ledger.reassign(b, a)
    if moved:
        click.echo(f"requests that are now of {a}: {', '.join(moved)}")
