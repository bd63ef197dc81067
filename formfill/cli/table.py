"""Tables: drawn by rich for a person at a terminal, plain aligned columns for everything else."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

import click


def print_table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] = (), whole: Collection[str] = ()
) -> None:
    """Print ``rows`` under ``headers``; the plain form keeps one row a line, so that grep and cut work on it.

    At a terminal ``styles`` are the rows' colours, as rich names them, and the columns headed ``whole`` are never cut.
    """
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(header_style="bold", box=None, pad_edge=False)
        for header in headers:
            table.add_column(header, no_wrap=header in whole)
        for number, row in enumerate(rows):
            table.add_row(*(Text(cell) for cell in row), style=styles[number] if styles else None)
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    for row in (headers, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
