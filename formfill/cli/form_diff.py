"""``formfill form diff``: two editions of a form, side by side."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.catalog import read_blank
from formfill.cli.viewer import open_in_viewer, write_pictures
from formfill.errors import BlankFormError

if TYPE_CHECKING:
    from formfill.draft.diff import Diff
    from formfill.draft.diff_pictures import Pair
    from formfill.pdf.compiled import CompiledForm

#: What ``diff`` answers, of whatever kind: the two differ.
DIFFER = 1
#: How many changed passages a page's summary shows, and how many letters of each.
_MOST, _LONG = 8, 90
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("old", metavar="OLD.pdf", type=_PATH)
@click.argument("new", metavar="NEW.pdf", type=_PATH)
@click.option("--out", type=_PATH, metavar="DIR", help="Where the pictures go; else <NEW>-diff/ beside NEW.")
@click.option("--no-pictures", is_flag=True, help="The summary alone; nothing is written.")
@click.option("--open", "open_", is_flag=True, help="Show the pictures when they are made.")
@click.option("--json", "as_json", is_flag=True, help="Print what differs as JSON.")
def diff(old: Path, new: Path, out: Path | None, no_pictures: bool, open_: bool, as_json: bool) -> int:
    """Compare two editions of a form: words, fields, drawn lines, pages.

    The pictures show the pages side by side: removed in red, added in green, moved in blue, pushed along in grey. A
    page that was put in or taken out is matched with none. As with diff(1), the exit code is 0 where the two are equal
    in print and fields, 1 where they differ, and more where one cannot be read (2 the command line, 5 a blank).

    \b
    Example:
      formfill form diff roi-2022.pdf roi-2024.pdf --open
    """
    if no_pictures and (open_ or out):
        raise click.UsageError("--no-pictures goes without --out and --open")
    from formfill.draft.diff import compare, edition
    from formfill.draft.diff_pictures import pairs
    from formfill.draft.gallery import gallery
    from formfill.draft.pictures import png

    compiled = _compiled(old), _compiled(new)
    found = compare(edition(compiled[0], str(old)), edition(compiled[1], str(new)))
    names = (old.name, new.name) if old.name != new.name else (str(old), str(new))
    rows: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    shown: list[tuple[str, str]] = []
    for number, pair in enumerate(pairs(found, compiled[0].data, compiled[1].data, names), 1):
        rows.append(_page_row(found, pair))
        name = f"{new.stem}-diff-{number}.png"
        if not no_pictures:
            files[name] = png(pair.picture)
            shown.append((name, _page_title(pair.old, pair.new)))
    report = {
        "old": str(old),
        "new": str(new),
        "equal": found.is_equal and all(row["drawn"] is False for row in rows),
        "pages": rows,
        "fields": _field_rows(found),
    }
    written: list[Path] = []
    if not no_pictures:
        files[f"{new.stem}-diff.html"] = gallery(f"{names[0]} → {names[1]}", shown, _summary(report))
        folder = out or new.with_name(f"{new.stem}-diff")
        written = write_pictures(folder, files, [f"{escape(new.stem)}-diff-*.png"])
    if as_json:
        click.echo(json.dumps({**report, "files": [str(path) for path in written]}, indent=2, ensure_ascii=False))
    else:
        _tell(report, written)
    if open_:
        open_in_viewer(written[-1])
    return 0 if report["equal"] else DIFFER


def _compiled(path: Path) -> CompiledForm:
    from formfill.pdf.compile import compile_blank

    data = read_blank(path)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BlankFormError(f"{path}: is a Word document: editions are compared as PDF. Save it as PDF first")
    # a file that is no known blank may be a form that holds a patient's values, which the cache must not
    return compile_blank(data, hashlib.sha256(data).hexdigest(), str(path))


def _page_row(found: Diff, pair: Pair) -> dict[str, Any]:
    """What differs on one pair of pages. ``drawn`` is None where two scans cannot be laid on each other."""
    from formfill.draft.diff import snippets

    old, new = found.old, found.new
    gone = [text for page, text in snippets(old.words, found.old_fates, "removed") if page == pair.old]
    come = [text for page, text in snippets(new.words, found.new_fates, "added") if page == pair.new]
    fates = Counter(found.new_fates[i] for i in new.words_on(pair.new or 0))
    drawn: bool | None = True
    if pair.drawn is not None:
        drawn = None if not pair.drawn.comparable else not pair.drawn.is_equal
    return {
        "old": pair.old,
        "new": pair.new,
        "old_size": _size(old.pages[pair.old - 1]) if pair.old else None,
        "new_size": _size(new.pages[pair.new - 1]) if pair.new else None,
        "resized": (pair.old, pair.new) in found.resized,
        "words_removed": sum(found.old_fates[i] == "removed" for i in old.words_on(pair.old or 0)),
        "words_added": fates["added"],
        "words_moved": fates["moved"],
        "words_pushed": fates["shifted"],
        "drawn": drawn,
        "removed": gone,
        "added": come,
    }


def _size(frame: Any) -> list[float]:
    return [round(frame.width, 1), round(frame.height, 1)]


def _field_rows(found: Diff) -> dict[str, list[str]]:
    olds = list(zip(found.old.fields, found.old_field_fates, strict=True))
    news = list(zip(found.new.fields, found.new_field_fates, strict=True))
    return {
        "removed": [one.name for one, fate in olds if fate == "removed"],
        "added": [one.name for one, fate in news if fate == "added"],
        "moved": [one.name for one, fate in news if fate == "moved"],
    }


def _page_title(old: int | None, new: int | None) -> str:
    if old is None:
        return f"page {new} is new"
    return f"page {old} → {new}" if new else f"page {old} was taken out"


def _summary(report: dict[str, Any]) -> list[str]:
    """What differs, one line a page and one a kind of field change."""
    lines = []
    for row in report["pages"]:
        title = _page_title(row["old"], row["new"])
        if row["old"] is None or row["new"] is None:
            lines.append(f"{title}: {row['words_removed'] or row['words_added']} words")
            continue
        counts = [(row[f"words_{fate}"], fate) for fate in ("removed", "added", "moved", "pushed")]
        parts = [f"{count} {fate}" for count, fate in counts if count]
        said = [f"words: {', '.join(parts)}"] if parts else []
        if row["resized"]:
            sizes = ["{:g} × {:g}".format(*row[key]) for key in ("old_size", "new_size")]
            said.append(f"size: {sizes[0]} → {sizes[1]} points")
        if row["drawn"]:
            said.append("lines, boxes or pictures differ")
        elif row["drawn"] is None:
            said.append("two scans that do not lie on each other: look at them")
        lines.append(f"{title}: {'; '.join(said) or 'equal'}")
    for fate, fields in report["fields"].items():
        if fields:
            more = f" and {len(fields) - _MOST} more" if len(fields) > _MOST else ""
            lines.append(f"fields {fate}: {len(fields)}: {', '.join(map(repr, fields[:_MOST]))}{more}")
    return lines


def _tell(report: dict[str, Any], written: list[Path]) -> None:
    click.echo(f"{report['old']} → {report['new']}: {'equal' if report['equal'] else 'they differ'}")
    lines = _summary(report)
    for row, line in zip(report["pages"], lines, strict=False):
        click.echo(f"  {line}")
        for sign, key, colour in (("-", "removed", "red"), ("+", "added", "green")):
            if row["old"] is None or row["new"] is None:
                continue
            for text in row[key][:_MOST]:
                click.echo(click.style(f"    {sign} {text if len(text) <= _LONG else text[:_LONG] + '…'}", fg=colour))
            if len(row[key]) > _MOST:
                click.echo(f"    {sign} … and {len(row[key]) - _MOST} more passages")
    for line in lines[len(report["pages"]) :]:
        click.echo(f"  {line}")
    for path in written:
        click.echo(f"  wrote {path}")
