"""Tables: drawn by rich for a person at a terminal, plain aligned columns for everything else."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Sequence

import click

#: What a terminal takes for an order, or for a turn of the direction. A form's field may be named so.
_ORDERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """``text`` as it may be printed: what a terminal would obey instead is a question mark."""
    return _ORDERS.sub("\ufffd", text)


def print_table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] = (), whole: Collection[str] = ()
) -> None:
    """Print ``rows`` under ``headers``; the plain form keeps one row a line, so that grep and cut work on it.

    At a terminal ``styles`` are the rows' colours, as rich names them, and the columns headed ``whole`` are never cut.
    """
    rows = [[shown(cell) for cell in row] for row in rows]
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
