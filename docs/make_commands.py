"""Writes commands.md beside this file: every command's --help, and the exit codes. A test holds that it is current.

python docs/make_commands.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from formfill.cli import formfill

TARGET = Path(__file__).with_name("commands.md")
INTRODUCTION = """\
# The commands

Written by `python docs/make_commands.py` from each command's `--help`.

A command that fails writes no output, says on stderr what is wrong and what to do, and ends with a code of its own:

| code | what happened |
| --- | --- |
| 0 | done |
| 1 | `form diff`: the two differ; `watch --status`: no watcher runs |
| 2 | the command line is wrong |
| 3 | a form map cannot be read, or asks for what its blank or the vocabulary does not have |
| 4 | a profile, provider record or request cannot be read, or lacks what the form needs |
| 5 | a blank is missing, changed, locked, damaged, or no form |
| 6 | a value cannot be put on the form |
| 7 | the filled form, reopened, is not right, and was withheld |
| 8 | the output cannot be written |
| 9 | a packet could not leave by its channel |
| 10 | some of a batch failed |
| 11 | LibreOffice, which turns Word forms into PDF, is missing or failed |
| 12 | the ledger of requests cannot be read or written, or its audit log was altered |
| 70 | a bug in formfill |
| 130 | interrupted |
"""


def commands(command: click.Command, path: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Every command below ``command`` and itself: its path and its help, as a terminal of 100 columns shows it."""
    settings = {**command.context_settings, "terminal_width": 100}
    context = click.Context(command, info_name=path.rsplit(" ", 1)[-1], parent=parent, **settings)
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from commands(inner, f"{path} {name}", context)


def document() -> str:
    """The whole page."""
    sections = [f"## {path}\n\n```text\n{text}\n```\n" for path, text in commands(formfill, "formfill")]
    return INTRODUCTION + "\n" + "\n".join(sections)


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
