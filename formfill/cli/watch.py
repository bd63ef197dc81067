"""``formfill watch``: the drop folder."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from formfill.cli.for_workers import cores, worker_keys
from formfill.cli.workspace import catalog
from formfill.errors import ExitCode, OutputError

_PATH = click.Path(path_type=Path)
_SECONDS = click.FloatRange(min=0.05)


@click.command()
@click.argument("inbox", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="INBOX")
@click.option("--out", metavar="DIR", help="The outbox: a folder for each request. A folder or URL.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="How many at once; else one for each processor core.")
@click.option("--once", is_flag=True, help="Do what is there, and end: 0, or 10 where some failed.")
@click.option("--columns", type=_PATH, metavar="MAP.yaml", help="What the columns of dropped tables mean.")
@click.option("--deliver", is_flag=True, help="Send each packet by e-mail or fax, as its request says; once.")
@click.option("--no-ledger", is_flag=True, help="Do not enter the requests into the workspace's ledger.")
@click.option("--duplex", is_flag=True, help="Begin each document on a sheet of its own, for printing on both sides.")
@click.option("--envelope", is_flag=True, help="Make an envelope to print on too, for requests by mail.")
@click.option("--flatten", is_flag=True, help="No fillable fields in forms that are filled alone.")
@click.option(
    "--quiet-seconds",
    "quiet",
    type=_SECONDS,
    default=2.0,
    show_default=True,
    help="A file is whole when nobody has written to it for so long.",
)
@click.option("--poll", type=_SECONDS, metavar="SECONDS", help="Look so often; on a network share 2 without it.")
@click.option("--sweep", type=_SECONDS, default=300.0, show_default=True, help="Look for what was missed so often.")
@click.option(
    "--retries", type=click.IntRange(0, 20), default=5, show_default=True, help="Tries after a passing fault."
)
@click.option(
    "--retry-seconds",
    "retry_after",
    type=_SECONDS,
    default=2.0,
    show_default=True,
    help="Wait so long before the first of them, and twice as long before each next.",
)
@click.option(
    "--status", "ask", is_flag=True, help="Do nothing: say how the watchers of INBOX fare; 1 where none runs."
)
@click.option("--json", "as_json", is_flag=True, help="With --status: as JSON.")
def watch(inbox: Path, out: str | None, ask: bool, as_json: bool, **options: Any) -> int:
    """Do what is dropped into INBOX, and go on until it is stopped: Ctrl-C or SIGTERM, after the request in hand.

    A request is a .yaml or .json file with the keys of formfill schema request; profile: is a saved profile's name, or
    the patient's keys. With a photo ID it is a .zip: the request, profile.yaml, and the files that the profile names. A
    .csv, .xlsx or .jsonl is a table of many, as formfill batch takes it. Packets go to the outbox; the file itself to
    INBOX/done, or to INBOX/failed with the reason beside it. Each is done once, whatever is killed meanwhile.

    \b
    Example:
      formfill watch inbox/ --out outbox/
      formfill watch inbox/ --status
    """
    from formfill.automation.inbox import Inbox

    found = Inbox(inbox.absolute())
    if ask:
        return _say(found, as_json)
    if not out:
        raise click.UsageError("where to? formfill watch INBOX --out DIR")
    return _run(found, out, options)


def _run(inbox: Any, out: str, options: dict[str, Any]) -> int:
    from formfill.automation.stopping import stop_on_signals
    from formfill.automation.watch import Plan, Watch
    from formfill.automation.work import How
    from formfill.remote import is_remote
    from formfill.tables.columns import load_column_map

    remote = is_remote(out)
    place = out if remote else str(Path(out).absolute())
    if not remote:
        _refuse_one_in_another(inbox.root, Path(place))
    if remote and options["deliver"]:
        raise click.UsageError("--deliver sends from a folder: give --out one on this machine")
    if options["columns"]:
        load_column_map(options["columns"])  # told now, not by each table
    workspace = catalog().workspace
    plan = Plan(
        inbox=inbox,
        how=How(
            out=place,
            workspace=workspace,
            salt=b"",
            duplex=options["duplex"],
            envelope=options["envelope"],
            flatten=options["flatten"],
        ),
        jobs=options["jobs"] or cores(),
        once=options["once"],
        quiet=options["quiet"],
        poll=options["poll"],
        sweep=options["sweep"],
        retries=options["retries"],
        retry_after=options["retry_after"],
        columns=options["columns"].absolute() if options["columns"] else None,
        deliver=options["deliver"],
        ledger=not options["no_ledger"],
        keys=worker_keys(workspace),
    )
    with stop_on_signals() as stop:
        return int(Watch(plan, stop, _tell).run())


def _refuse_one_in_another(inbox: Path, out: Path) -> None:
    """Raises: OutputError, where packets would be taken for what was dropped, or the other way round."""
    one, other = inbox.resolve(), out.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise OutputError(f"{out}: the outbox and the drop folder must not be one in the other: choose another --out")


def _tell(line: str) -> None:
    click.echo(f"{dt.datetime.now():%Y-%m-%d %H:%M:%S} {line}", err=True)


def _say(inbox: Any, as_json: bool) -> int:
    from formfill.automation.lease import statuses

    try:
        found = list(statuses(inbox)) if inbox.own.is_dir() else []
    except OSError as exc:
        raise OutputError(f"{inbox.own}: cannot be read: {exc.strerror}") from exc
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        for one in found:
            click.echo(_line(one))
        if not found:
            click.echo("stopped: nobody watches this folder")
    return int(ExitCode.OK if any(one["state"] == "running" for one in found) else ExitCode.DIFFERENT)


def _line(one: dict[str, Any]) -> str:
    counts = ", ".join(f"{one[name]} {name}" for name in ("waiting", "working", "retrying"))
    today = ", ".join(f"{count} {outcome}" for outcome, count in one["today"].items())
    since = dt.datetime.fromtimestamp(one["started"]).isoformat(" ", "minutes")
    return f"{one['state']}: {one['host']}, process {one['pid']}, since {since}: {counts}; today {today}"
