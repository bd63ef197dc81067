"""What a person is told of a blank that does more than to be printed."""

from __future__ import annotations

from collections.abc import Sequence

import click

from formfill.errors import BlankFormError


def active_note(kinds: Sequence[str]) -> str:
    """The note about active content of ``kinds``, in words."""
    return (
        f"the blank has {', '.join(kinds)}; formfill runs none of it, and packets and --flatten leave it out. A filled "
        "form that keeps its fields keeps it: open that only in a viewer that you trust"
    )


def warn_if_active(data: bytes, name: str) -> None:
    """Tell, on stderr, what active content a blank has that was taken in; a Word form has none, or is refused."""
    from formfill.pdf.active import active_content

    if b"%PDF-" not in data[:1024]:
        return
    try:
        kinds = active_content(data, name)
    except BlankFormError:
        return  # filling it will say so
    if kinds:
        click.echo(click.style(f"note: {active_note(kinds)}", fg="yellow"), err=True)
