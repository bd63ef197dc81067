"""``formfill map test``: a map filled with a made-up patient, verified, and shown as pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.cli.map_of import blank_of, named_map
from formfill.cli.viewer import write_pictures
from formfill.cli.workspace import catalog
from formfill.errors import BlankFormError, ConverterError, ExitCode

if TYPE_CHECKING:
    from formfill.job import FilledForm
    from formfill.model.form_map import FormMap, Place
    from formfill.model.provider import Provider
    from formfill.model.request import Request
    from formfill.trial import Pass, Trial

#: Pixels a point of the pictures.
_SCALE = 2.0
#: How the names of passes begin: files of an earlier test are removed.
_PASSES = ("usual", "everything", "more-", "given")
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("map_name", metavar="MAP.yaml")
@click.option("--blank", type=_PATH, metavar="FILE", help="The empty form, where it is not in forms/.")
@click.option("--out", type=_PATH, metavar="DIR", help="Where the files go; else <map>-test/ beside the map.")
@click.option("--profile", metavar="PROFILE", help="A patient of yours, in place of the made-up one.")
@click.option("--request", "request_path", type=_PATH, metavar="REQUEST.yaml", help="A request of yours.")
@click.option("--no-pictures", is_flag=True, help="The filled forms alone, without PNG pages.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def test(
    map_name: str,
    blank: Path | None,
    out: Path | None,
    profile: str | None,
    request_path: Path | None,
    no_pictures: bool,
    as_json: bool,
) -> int:
    """Fill a map's form with a made-up patient, verify it, and write the forms and a PNG of each page.

    Passes: "usual" is an ordinary request; "everything" names all records, purposes and protected categories; "more-N"
    follow until every box had its turn that cannot be ticked together with another. With --profile or --request there
    is one pass, "given". Places that no pass filled are named. The exit code is that of the first pass that failed.
    MAP.yaml may be the id of a form.

    \b
    Example:
      formfill map test form_maps/new-clinic/roi-en.yaml --blank ~/Downloads/roi.pdf
    """
    from formfill.trial import never_filled, run

    path, form_map = named_map(map_name)
    if form_map.blank.is_docx and not no_pictures:
        _must_be_printable()
    passes = _passes(form_map, blank, profile, request_path)
    folder = out or path.with_name(f"{path.stem}-test")
    trials, rows, said, stale = [], [], set[str](), [f"{escape(path.stem)}-{name}*" for name in _PASSES]
    for tried in passes:
        trial = run(tried)
        trial, files = _with_files(trial, path.stem, pictures=not no_pictures)
        written, stale = write_pictures(folder, files, stale), []
        trials.append(trial)
        rows.append(_row(trial, written))
        if not as_json:
            _tell(rows[-1], said)
    missed = [_missed(place) for place in never_filled(form_map, trials)]
    if as_json:
        report = {"form": form_map.form, "passes": rows, "never_filled": missed}
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    elif missed:
        click.echo(f"filled in no pass: {len(missed)}")
        for row in missed:
            click.echo(f"  {row['says']}: {row['where']}")
    failed = [trial.error for trial in trials if trial.error]
    if not as_json:
        _sum_up(len(trials), len(failed), folder)
    return int(failed[0].exit_code if failed else ExitCode.OK)


def _must_be_printable() -> None:
    """Raises: ConverterError, where no Word form could be made a picture."""
    from formfill.fill.office import find_soffice

    try:
        find_soffice()
    except ConverterError as exc:
        raise ConverterError(f"{exc}. To fill without pictures: --no-pictures") from None


def _passes(form_map: FormMap, given: Path | None, profile: str | None, request_path: Path | None) -> list[Pass]:
    from formfill.draft.specimen import specimen_profile, specimen_provider, specimen_request
    from formfill.job import FillJob
    from formfill.model.request import load_request
    from formfill.trial import Pass, specimen_passes

    library = catalog()
    blank = blank_of(form_map, given)
    original = _original(form_map) if given else None
    record = library.provider(form_map.provider) if library.has_provider(form_map.provider) else None
    if profile is None and request_path is None:
        return list(specimen_passes(form_map, blank, record, original))
    request = load_request(request_path) if request_path else specimen_request(form_map)
    if profile is None:
        # the request may name its own patient; it is tried with the made-up one
        request = request.model_copy(update={"profile": None})
    patient = library.profile(profile) if profile else specimen_profile(form_map)
    provider = _asked_provider(request) or specimen_provider(form_map, record)
    says = f"{'your' if profile else 'the made-up'} patient, {'your' if request_path else 'the ordinary'} request"
    return [Pass("given", says, FillJob(patient, provider, request, form_map, blank, original))]


def _asked_provider(request: Request) -> Provider | None:
    return catalog().provider(request.provider) if isinstance(request.provider, str) else None


def _original(form_map: FormMap) -> Path | None:
    try:
        return catalog().blank(form_map)
    except BlankFormError:
        return None


def _with_files(trial: Trial, stem: str, *, pictures: bool) -> tuple[Trial, dict[str, bytes]]:
    """The files of a pass, dict[name, data]; where a Word form cannot be made a picture, that is its error."""
    if trial.filled is None:
        return trial, {}
    start = f"{stem}-{trial.tried.name}"
    files = {f"{start}{trial.filled.suffix}": trial.filled.data}
    if trial.filled.addendum_pdf:
        files[f"{start}-addendum.pdf"] = trial.filled.addendum_pdf
    if not pictures:
        return trial, files
    try:
        printed = trial.filled.as_pdf()
    except ConverterError as exc:
        return replace(trial, error=ConverterError(f"{exc}. Without pictures: --no-pictures")), files
    files[f"{start}{printed.suffix}"] = printed.data
    return trial, files | dict(_pictures(printed, start))


def _pictures(filled: FilledForm, start: str) -> Iterator[tuple[str, bytes]]:
    from formfill.draft.pictures import page_count, page_pictures, png

    for name, data in ((start, filled.data), (f"{start}-addendum", filled.addendum_pdf)):
        for number in range(1, page_count(data) + 1) if data else ():
            (picture,) = page_pictures(data or b"", [number], scale=_SCALE)
            yield f"{name}-page-{number}.png", png(picture)


def _row(trial: Trial, written: list[Path]) -> dict[str, Any]:
    filled = trial.filled
    fillings = filled.resolution.fillings if filled else ()
    done = [filling for filling in fillings if filling.action in ("text", "tick", "choose")]
    return {
        "pass": trial.tried.name,
        "says": trial.tried.says,
        "filled": len(done),
        "ticked": sum(filling.action != "text" for filling in done),
        "left": len(fillings) - len(done),
        "left_to_others": sum(filling.place.leave is not None for filling in fillings),
        "on_addendum": [item.label for item in filled.addendum] if filled else [],
        "no_value": list(filled.resolution.empty) if filled else [],
        "notes": list(filled.notes) if filled else [],
        "files": [str(path) for path in written],
        "error": str(trial.error) if trial.error else None,
        "exit_code": int(trial.error.exit_code if trial.error else ExitCode.OK),
    }


def _tell(row: dict[str, Any], said: set[str]) -> None:
    """What became of a pass; a note that was ``said`` of another is not repeated."""
    click.echo(click.style(f"pass {row['pass']}: {row['says']}", bold=True))
    if row["files"] or row["filled"]:
        click.echo(
            f"  filled {row['filled']} ({row['ticked']} ticks), left {row['left']} "
            f"({row['left_to_others']} by the map), to the addendum {len(row['on_addendum'])}"
        )
    for key, title in (("on_addendum", "on the addendum"), ("no_value", "no value known, left empty")):
        if row[key]:
            click.echo(f"  {title}: {', '.join(row[key])}")
    for path in row["files"]:
        click.echo(f"  wrote {path}")
    for note in dict.fromkeys(row["notes"]):
        if note not in said:
            click.echo(click.style(f"  note: {note}", fg="yellow"), err=True)
    said.update(row["notes"])
    for line in (row["error"] or "").splitlines():
        click.echo(f"formfill: pass {row['pass']}: {line}", err=True)


def _sum_up(passes: int, failed: int, folder: Path) -> None:
    verified = f"all of {passes} passes" if not failed else f"{passes - failed} of {passes} passes"
    click.echo(click.style(f"{verified} filled and verified; look at the files in {folder}", bold=True))


def _missed(place: Place) -> dict[str, str]:
    return {"says": place.value or place.choose or "", "where": place.where()}
