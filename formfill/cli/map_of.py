"""A form map named on the command line, and the blank to hold it against; shared by the commands of ``map``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from formfill.cli.workspace import catalog
from formfill.model.form_map import FormMap, load_form_map

if TYPE_CHECKING:
    from formfill.pdf.compiled import CompiledForm


def named_map(name: str) -> tuple[Path, FormMap]:
    """The map with this path, or of the form with this id, and its file. Raises: FormMapError."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else catalog().form_map_path(name)
    return path, load_form_map(path)


def blank_of(form_map: FormMap, given: Path | None) -> Path:
    """The blank that ``--blank`` names, else the one that ``fill`` would take. Raises: BlankFormError."""
    return given or catalog().blank(form_map)


def compiled_blank(form_map: FormMap, path: Path) -> tuple[CompiledForm, bool]:
    """The blank, compiled, and whether it is the very file that the map is for. Raises: BlankFormError."""
    from formfill.catalog import is_blank_of, read_blank
    from formfill.pdf.compile import compile_blank
    from formfill.pdf.compiled import compiled_form

    data = read_blank(path)
    if is_blank_of(form_map, data):
        return compiled_form(data, str(path)), True
    # a file that is no known blank may be a form that holds a patient's values, which the cache must not
    return compile_blank(data, hashlib.sha256(data).hexdigest(), str(path)), False
