"""Where a command finds its forms and profiles."""

from __future__ import annotations

from pathlib import Path

import click

from formfill.catalog import Catalog, find_workspace
from formfill.errors import RequestError


def catalog() -> Catalog:
    """The catalog of the running command: --workspace, FORMFILL_HOME, the nearest formfill.yaml, or what ships."""
    return Catalog(find_workspace(click.get_current_context().find_root().obj))


def required_workspace(kept: str = "blanks are") -> Path:
    """The workspace, for a command that keeps something in it: ``kept``. Raises: RequestError."""
    workspace = find_workspace(click.get_current_context().find_root().obj)
    if workspace is None:
        raise RequestError(f"no workspace here, and {kept} kept in one. Make it: formfill init DIR, then go there")
    return workspace
