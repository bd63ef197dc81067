"""The command line: arguments, one call, what to print; and the boundary where errors become exit codes.

The module of a command is imported when the command is used, so that ``formfill fill`` starts with what a fill needs.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from formfill import __version__
from formfill.cli.table import shown
from formfill.errors import ExitCode, FormfillError, what_broke

# no other package's plugin has business with patients' records; looking for some costs 15 ms besides
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

_SILENT = logging.NullHandler()


class LazyGroup(click.Group):
    """A group whose commands are named as ``module:attribute`` and imported when used."""

    def __init__(self, *args: object, lazy: dict[str, str] | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if target := self.lazy.get(cmd_name):
            module, _, attribute = target.partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return super().get_command(ctx, cmd_name)


@click.group(
    cls=LazyGroup,
    lazy={
        "init": "formfill.cli.init:init",
        "fill": "formfill.cli.fill:fill",
        "prepare": "formfill.cli.prepare:prepare",
        "watch": "formfill.cli.watch:watch",
        "batch": "formfill.cli.batch:batch",
        "request": "formfill.cli.ledger:request",
        "patient": "formfill.cli.patient:patient",
        "advise": "formfill.cli.advise:advise",
        "letter": "formfill.cli.letter:letter",
        "send": "formfill.cli.send:send",
        "form": "formfill.cli.form:form",
        "map": "formfill.cli.map:map_",
        "profile": "formfill.cli.profile:profile",
        "schema": "formfill.cli.schema:schema",
        "backup": "formfill.cli.backup:backup",
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="formfill")
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The workspace; else FORMFILL_HOME, else the nearest formfill.yaml upward, else what ships.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a bug. It may hold a patient's data.")
@click.pass_context
def formfill(ctx: click.Context, workspace: Path | None, debug: bool) -> None:
    """Fill providers' official record-request forms from one saved profile per patient.

    \b
    Example:
      formfill fill amina-rahimi --form model-access-request-en --provider valley-oak --records lab --out out/
    """
    ctx.obj = workspace


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; ``ExitCode`` lists them."""
    arguments = list(sys.argv[1:] if args is None else args)
    if "--debug" not in arguments:
        # libraries log what they think of a file, some of them with a traceback; what matters they raise
        logging.getLogger().addHandler(_SILENT)
    if args is None and arguments[:1] in (["fill"], ["prepare"]):
        gc.disable()  # one form, and the process ends: collecting costs 20 ms and frees nothing
    try:
        code = formfill.main(args=arguments, prog_name="formfill", standalone_mode=False)
    except FormfillError as exc:
        for line in str(exc).splitlines():
            click.echo(f"formfill: {shown(line)}", err=True)
        return int(exc.exit_code)
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("formfill: interrupted", err=True)
        return int(ExitCode.INTERRUPTED)
    except SystemExit:
        # click's answer where the reader of our output (head, less) has what it wanted and went away
        return int(ExitCode.OK)
    except Exception as exc:
        if "--debug" in arguments:
            traceback.print_exc()
        click.echo(f"formfill: {_bug(exc)}", err=True)
        return int(ExitCode.BUG)
    return int(code) if isinstance(code, int) else int(ExitCode.OK)


def _bug(exc: BaseException) -> str:
    return (
        f"a bug in formfill: {what_broke(exc)}. "
        "formfill --debug COMMAND … shows the traceback; it may hold a patient's data, so read it before you share it"
    )
