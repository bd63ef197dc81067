"""``formfill map rebase``: a map carried to a new edition of its form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.catalog import is_blank_of, read_blank
from formfill.cli.map_of import compiled_blank, named_map
from formfill.cli.workspace import catalog
from formfill.errors import BlankFormError, FormMapError, OutputError

if TYPE_CHECKING:
    from formfill.draft.rebase import Outcome, Rebased
    from formfill.model.form_map import FormMap, Place
    from formfill.pdf.compiled import CompiledForm

_PATH = click.Path(path_type=Path)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_COLOURS = {"reworded": "yellow", "guessed": "yellow", "doubtful": "red", "new": "cyan", "gone": "red"}


@click.command()
@click.argument("map_name", metavar="MAP")
@click.option("--to", "new", type=_PATH, metavar="NEW.pdf", required=True, help="The blank of the new edition.")
@click.option("--from", "old", type=_PATH, metavar="OLD.pdf", help="The map's own blank, where it is not in forms/.")
@click.option("--out", type=_PATH, metavar="NEW_MAP.yaml", help="Where the new map goes; else <map>-new.yaml.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of each place as JSON.")
def rebase(map_name: str, new: Path, old: Path | None, out: Path | None, force: bool, as_json: bool) -> None:
    """Carry a map to a new edition of its form, as a draft for you to review.

    Each place is looked for by its field, its words and the print around it. What moved, changed its words or was
    found by a guess gets a confidence and a comment; what is gone is listed at the end of the file; what is new is
    added as unknown. A tick beside which wording changed that could turn it round becomes unknown too. The old map is
    not touched. MAP is a file or the id of a form; without its old blank less is sure. See docs/rebase.md.

    \b
    Example:
      formfill map rebase form_maps/new-clinic/roi-en.yaml --to roi-2026.pdf --out form_maps/new-clinic/roi-en-2026.yaml
    """
    if out is not None and out.suffix not in (".yaml", ".yml"):
        raise click.UsageError("--out is the map to write: a file that ends in .yaml")
    path, form_map = named_map(map_name)
    data = read_blank(new)
    _check(form_map, new, data)
    target = out or _usual_target(path, map_name)
    if target.exists() and not force:
        raise OutputError(f"{target}: exists already. Choose another --out, or write over it: --force")
    from formfill.draft.rebase import rebase as carried

    original, note = _original(form_map, old)
    compiled, _ = compiled_blank(form_map, new)
    file = (Path(form_map.blank.file).parent / f"{target.stem}.pdf").as_posix()
    result = carried(form_map, compiled, _form_id(form_map, path, target), file, original)
    _write(result, form_map, path, target, new.name)
    notes = [*([note] if note else []), *result.notes]
    if as_json:
        click.echo(json.dumps(_report(result, form_map, path, target, notes), indent=2, ensure_ascii=False))
    else:
        _tell(result, path, new, target, notes)


def _check(form_map: FormMap, new: Path, data: bytes) -> None:
    if form_map.blank.is_docx or data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FormMapError(
            f"{form_map.form}: a rebase goes from PDF to PDF; places of a Word form are found by their words or tags, "
            "in any edition: put the new file's sha256 into the map, and look with formfill map check"
        )
    if is_blank_of(form_map, data):
        raise FormMapError(f"{form_map.form}: {new} is the very blank that the map is for: nothing changed")


def _original(form_map: FormMap, given: Path | None) -> tuple[CompiledForm | None, str]:
    """The old blank, and what to tell where it is missing. Raises: BlankFormError, for one that is not the map's."""
    if given is None:
        try:
            given = catalog().blank(form_map)
        except BlankFormError:
            return None, "without the old blank (--from OLD.pdf) places are found by their labels alone, less surely"
        compiled, same = compiled_blank(form_map, given)
        if not same:
            return None, f"{given} is not the blank that the map was made for, and was not used"
        return compiled, ""
    compiled, same = compiled_blank(form_map, given)
    if not same:
        raise BlankFormError(f"{given}: is not the blank that {form_map.form} was made for (its SHA-256 differs)")
    return compiled, ""


def _usual_target(path: Path, named: str) -> Path:
    """Beside a map that was named as a file; one that was found by its id may be the program's own."""
    name = f"{path.stem}-new.yaml"
    workspace = catalog().workspace
    if named.endswith((".yaml", ".yml")) or (workspace is not None and workspace in path.resolve().parents):
        return path.with_name(name)
    return workspace / "form_maps" / path.parent.name / name if workspace is not None else Path(name)


def _form_id(form_map: FormMap, path: Path, target: Path) -> str:
    """The new map's id: as its file is called, where that is how the old one got its own."""
    named = form_map.form.removesuffix(path.stem) + target.stem
    if form_map.form.endswith(path.stem) and _ID.fullmatch(named) and named != form_map.form:
        return named
    return f"{form_map.form}-new"


def _write(result: Rebased, form_map: FormMap, path: Path, target: Path, name: str) -> None:
    from formfill import yaml_io
    from formfill.draft.map_comments import comments_of
    from formfill.draft.rebase_text import rebased_text
    from formfill.files import write_private

    comments = comments_of(path.read_text(encoding="utf-8"), yaml_io.load(path, FormMapError))
    write_private(target, rebased_text(result, form_map, comments, name).encode())


# what is printed


def _hint(result: Rebased, path: Path) -> str:
    return f"once it is reviewed, write into {path}: superseded_by: {result.form_map.form}"


def _report(result: Rebased, form_map: FormMap, path: Path, target: Path, notes: list[str]) -> dict[str, Any]:
    return {
        "old_map": str(path),
        "map": str(target),
        "form": result.form_map.form,
        "labels": {"found": result.labels[0], "all": result.labels[1]},
        "counts": result.counts,
        "places": [_row(outcome, form_map) for outcome in result.outcomes],
        "gone": [{"old_place": gone.old + 1, **_place(gone.place)} for gone in result.gone],
        "changed_wording": list(result.watch),
        "editions_printed": list(result.editions),
        "notes": [*notes, _hint(result, path)],
    }


def _row(outcome: Outcome, form_map: FormMap) -> dict[str, Any]:
    old = form_map.fields[outcome.old] if outcome.old is not None else None
    return {
        "status": outcome.status,
        "old_place": outcome.old + 1 if outcome.old is not None else None,
        "was": _place(old) if old is not None else None,
        **_place(outcome.place),
        "confidence": outcome.place.confidence,
        "what": outcome.what,
    }


def _place(place: Place) -> dict[str, Any]:
    data = place.model_dump(exclude_none=True, mode="json")
    keys = ("value", "choose", "leave", "field", "option", "page", "box", "boxes", "pieces", "label")
    return {key: data[key] for key in keys if key in data}


def _tell(result: Rebased, path: Path, new: Path, target: Path, notes: list[str]) -> None:
    click.echo(click.style(f"wrote {target} ({result.form_map.form})", bold=True))
    counts = ", ".join(f"{count} {status}" for status, count in result.counts.items())
    click.echo(f"  {len(result.outcomes)} places: {counts}")
    click.echo(f"  {result.labels[0]} of {result.labels[1]} labels are printed as before")
    for outcome in result.outcomes:
        if outcome.status in _COLOURS:
            _tell_place(outcome.status, outcome.place, outcome.what)
    for gone in result.gone:
        _tell_place("gone", gone.place, "")
    for sentence in result.watch:
        click.echo(click.style(f"  read on the form: {sentence}", fg="yellow"))
    for note in [*notes, _hint(result, path)]:
        click.echo(click.style(f"note: {note}", fg="yellow"), err=True)
    click.echo(f"next: formfill map preview {target} --blank {new} --open")


def _tell_place(status: str, place: Place, what: str) -> None:
    meaning = place.value or place.choose or place.leave
    sure = f" ({place.confidence:.2f})" if place.confidence is not None else ""
    where = f"field {place.field!r}" if place.field else f"page {place.page}"
    label = f" {place.label!r}" if place.label else ""
    reason = f": {what}" if what and status != "new" else ""
    click.echo(f"  {click.style(f'{status:9}', fg=_COLOURS[status])}{where}{label}, {meaning}{sure}{reason}")
