"""``formfill form inspect``: every field, widget and page of a blank, and what its map says of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import click

from formfill.catalog import Catalog, read_blank
from formfill.cli.active import active_note
from formfill.cli.table import print_table
from formfill.cli.workspace import catalog
from formfill.errors import BlankFormError, ConverterError
from formfill.model.form_map import FormMap, load_form_map

#: How a DOCX (ZIP) and a Word 97-2003 document (OLE) begin.
_WORD = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@click.command()
@click.argument("blank", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def inspect(blank: Path, as_json: bool) -> None:
    """Show each field and page of a blank, and the places that its map names.

    Boxes are [x0, top, x1, bottom] in points from the page's top left as displayed, as form maps have them. Of a Word
    form it shows the blanks, boxes and controls that a map could fill. A note says what the file would run, fetch or
    send in a viewer.

    \b
    Example:
      formfill form inspect forms/natividad/roi-en.pdf
    """
    from formfill.pdf.active import active_content

    data = read_blank(blank)
    form_map = _map_of(catalog(), data)
    is_word = data.startswith(_WORD)
    facts = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "form": form_map.form if form_map else None,
        **(_word_facts(data, str(blank)) if is_word else _pdf_facts(data, str(blank), form_map)),
        "active": [] if is_word else list(active_content(data, str(blank))),
        "places": _places(form_map),
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    click.echo(f"SHA-256 {facts['sha256']}; form map: {facts['form'] or 'none'}")
    for page in facts["pages"]:
        click.echo(f"page {page['page']}: {page['width']:g} × {page['height']:g} points, {page['words']} printed words")
    if facts["active"]:
        click.echo(click.style(f"note: {active_note(facts['active'])}", fg="yellow"), err=True)
    for title in ("fields", "places"):
        rows = facts[title]
        if rows:
            click.echo(f"\n{title}:")
            print_table(list(rows[0]), [[_cell(value) for value in row.values()] for row in rows])


def _pdf_facts(data: bytes, name: str, form_map: FormMap | None) -> dict[str, Any]:
    from formfill.pdf.compile import compile_blank
    from formfill.pdf.compiled import compiled_form
    from formfill.pdf.printed import printed_pages

    # a file that is no known blank may be a form that holds a patient's values, which the cache must not
    compiled = compiled_form(data, name) if form_map else compile_blank(data, hashlib.sha256(data).hexdigest(), name)
    printed = printed_pages(compiled.data, [page.shown for page in compiled.pages], name)
    return {
        "pages": [
            {
                "page": number,
                "width": round(page.shown.width, 1),
                "height": round(page.shown.height, 1),
                "words": sum(letter.starts for line in print_.lines for letter in line.letters),
            }
            for number, (page, print_) in enumerate(zip(compiled.pages, printed, strict=True), 1)
        ],
        "fields": [
            {
                "field": field.name,
                "kind": field.kind,
                "page": widget.page_index + 1,
                "box": [round(x, 1) for x in compiled.pages[widget.page_index].shown.to_top_left(widget.rect)],
                "options": widget.states or [shown for _, shown in field.options],
                "tooltip": field.tooltip,
            }
            for field in compiled.form.fields
            for widget in field.widgets
        ],
    }


def _word_facts(data: bytes, name: str) -> dict[str, Any]:
    """A Word document's places are known by the words around them; its pages are laid out by whoever opens it."""
    from formfill.fill.docx import as_docx
    from formfill.fill.docx_labels import Document, control_names, field_name
    from formfill.fill.docx_package import open_package

    try:
        document = Document(open_package(as_docx(data)))
    except (BlankFormError, ConverterError) as exc:
        raise type(exc)(f"{name}: {exc}") from exc
    return {
        "pages": [],
        "fields": [
            {
                "kind": token.kind,
                "name": field_name(token.owner) if token.kind == "field" else ", ".join(control_names(token.owner)),
                "line": token.line.text.replace("_", "____").strip(),
                "number in line": document.order_in_line(token),
            }
            for token in document.tokens()
        ],
    }


def _places(form_map: FormMap | None) -> list[dict[str, Any]]:
    return [
        {
            "what": place.value or place.choose or f"leave {place.leave}",
            "where": place.where(),
            "box": list(place.box or ()),
            "label": place.label,
        }
        for place in (form_map.fields if form_map else ())
    ]


def _map_of(library: Catalog, data: bytes) -> FormMap | None:
    """The map whose blank this is, byte for byte."""
    sha256 = hashlib.sha256(data).hexdigest()
    outline = next((one for one in library.outlines() if one.blank.sha256 == sha256), None)
    return load_form_map(library.form_map_path(outline.form)) if outline else None


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    return "" if value is None else str(value)
