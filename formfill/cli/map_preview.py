"""``formfill map preview``: the places of a map, drawn on its blank."""

from __future__ import annotations

from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formfill.cli.map_of import blank_of, compiled_blank, named_map
from formfill.cli.viewer import open_in_viewer, write_pictures

if TYPE_CHECKING:
    from formfill.draft.marks import Marks
    from formfill.model.form_map import FormMap
    from formfill.pdf.compiled import CompiledForm

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("map_name", metavar="MAP.yaml")
@click.option("--blank", type=_PATH, metavar="FILE", help="The empty form, where it is not in forms/.")
@click.option("--out", type=_PATH, metavar="DIR", help="Where the pictures go; else <map>-preview/ beside the map.")
@click.option("--page", type=click.IntRange(min=1), metavar="N", help="This page alone, counted from 1.")
@click.option("--open", "open_", is_flag=True, help="Show the pictures when they are made.")
def preview(map_name: str, blank: Path | None, out: Path | None, page: int | None, open_: bool) -> None:
    """Draw every place of a map on its blank, as one PNG a page and a web page of them all.

    Colours tell what is done at a place: text written, box ticked, box ticked to keep something back ("not …"), left
    to sign or initial, left to the staff, unknown. Each has its concept, its condition and format, how sure a draft is
    of it (a tick: reviewed by a person), and a line to the printed label. MAP.yaml may be the id of a form.

    \b
    Example:
      formfill map preview form_maps/new-clinic/roi-en.yaml --open
    """
    path, form_map = named_map(map_name)
    if form_map.blank.is_docx:
        raise click.UsageError(
            f"{form_map.form} is a Word form, whose pages are laid out by whoever opens it: previews are of PDF forms. "
            f"See it filled: formfill map test {map_name}"
        )
    source = blank_of(form_map, blank)
    compiled, is_its_own = compiled_blank(form_map, source)
    if page is not None and page > len(compiled.pages):
        raise click.UsageError(f"--page {page}: {source} has {len(compiled.pages)} pages")
    marks = _marks(form_map, compiled, str(source))
    notes = [f"cannot be drawn: {problem}" for problem in marks.lost]
    if not is_its_own:
        notes.insert(0, f"{source} is not the file that the map is for: its places are drawn where the map has them")
    numbers = [page] if page else list(range(1, len(compiled.pages) + 1))
    folder = out or path.with_name(f"{path.stem}-preview")
    files = _files(form_map, compiled, marks, numbers, notes, path.stem)
    # with one page asked for, the others of an earlier run still show this map
    written = write_pictures(folder, files, [] if page else [f"{escape(path.stem)}-page-*.png"])
    for one in written:
        click.echo(click.style(f"wrote {one}", bold=True))
    click.echo(f"  {_counts(marks, numbers)}")
    for note in notes:
        click.echo(click.style(f"note: {note}", fg="yellow"), err=True)
    if open_:
        open_in_viewer(written[-1])


def _marks(form_map: FormMap, compiled: CompiledForm, name: str) -> Marks:
    from formfill.draft.marks import marks_of
    from formfill.pdf.printed import printed_pages

    return marks_of(form_map, compiled, printed_pages(compiled.data, [page.shown for page in compiled.pages], name))


def _files(
    form_map: FormMap, compiled: CompiledForm, marks: Marks, numbers: list[int], notes: list[str], stem: str
) -> dict[str, bytes]:
    """The pictures, and last the page that shows them."""
    from formfill.draft.gallery import gallery
    from formfill.draft.pictures import page_pictures, png
    from formfill.draft.preview import SCALE, page_preview, places_table

    files, shown = {}, []
    pages = len(compiled.pages)
    for number in numbers:  # one at a time: all the pages of a long form would fill the memory
        (picture,) = page_pictures(compiled.data, [number], scale=SCALE, name=form_map.form)
        name = f"{stem}-page-{number}.png"
        files[name] = png(page_preview(picture, form_map, number, pages, marks.on(number)))
        shown.append((name, f"page {number} of {pages}"))
    table = places_table([mark for number in numbers for mark in marks.on(number)])
    title = f"{form_map.form}: {form_map.title}"
    files[f"{stem}-preview.html"] = gallery(title, shown, notes, table)
    return files


def _counts(marks: Marks, numbers: list[int]) -> str:
    from formfill.draft.marks import SORTS

    shown = [mark for number in numbers for mark in marks.on(number)]
    counts = [(sum(mark.sort is sort for mark in shown), sort.name) for sort in SORTS]
    lost = sum(mark.label_is_lost for mark in shown)
    labels = f"; {lost} labels not found in the print" if lost else ""
    return f"{len(shown)} places: {', '.join(f'{count} {name}' for count, name in counts if count)}{labels}"
