"""``formfill map``: from a blank to a form map that a person has looked at."""

from __future__ import annotations

import click

from formfill.cli import LazyGroup


@click.group(
    "map",
    cls=LazyGroup,
    lazy={
        "draft": "formfill.cli.map_draft:draft",
        "preview": "formfill.cli.map_preview:preview",
        "check": "formfill.cli.map_check:check",
        "test": "formfill.cli.map_test:test",
        "rebase": "formfill.cli.map_rebase:rebase",
    },
)
def map_() -> None:
    """Make the map of a form: draft it from the blank, look at it, check it, try it, carry it to a new edition.

    \b
    Example:
      formfill map draft BLANK.pdf --out form_maps/new-clinic/roi-en.yaml --provider new-clinic
    """
