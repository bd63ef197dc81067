"""Pictures that a command made: written as files of their owner's alone, and opened in the system's viewer."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from formfill.errors import OutputError
from formfill.files import is_there, write_all_private


def write_pictures(folder: Path, files: Mapping[str, bytes], stale: Iterable[str] = ()) -> list[Path]:
    """Write ``files``, dict[name, data], into ``folder`` and return their paths.

    ``stale`` are patterns of names that an earlier run may have left there: what of them is not written now is removed.
    Raises: OutputError.
    """
    if is_there(Path.is_file, folder):
        raise OutputError(f"{folder}: is a file; pictures need a folder")
    paths = {folder / name: data for name, data in files.items()}
    left = [path for pattern in stale for path in folder.glob(pattern) if path not in paths]
    write_all_private(paths, stale=left)
    return list(paths)


def open_in_viewer(path: Path) -> None:
    """Show a file in whatever the system opens it with; where that is nothing, say where it is."""
    if not webbrowser.open(path.resolve().as_uri()):
        click.echo(f"no viewer could be started: open {path} yourself", err=True)
