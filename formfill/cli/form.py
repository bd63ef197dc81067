"""``formfill form``: which forms are known, what each asks, and how to get its blank."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import click

from formfill.catalog import Catalog, read_blank
from formfill.cli import LazyGroup
from formfill.cli.active import warn_if_active
from formfill.cli.table import print_table
from formfill.cli.workspace import catalog, required_workspace
from formfill.errors import BlankFormError
from formfill.files import write_private
from formfill.model.form_map import FormMap


@click.group(
    cls=LazyGroup, lazy={"inspect": "formfill.cli.form_inspect:inspect", "diff": "formfill.cli.form_diff:diff"}
)
def form() -> None:
    """The forms that formfill knows, and their blanks.

    \b
    Example:
      formfill form list --state CA
    """


def _format(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    """A delivery format by its name in the vocabulary; an unknown one is told what comes close."""
    if given is None:
        return None
    from formfill.model.choices import closest
    from formfill.model.vocabulary import vocabulary

    name = given.strip().lower().removeprefix("delivery.")
    known = vocabulary().choices("delivery")
    if name not in known:
        near = closest(name, "delivery") or known
        raise click.BadParameter(f"{given!r} is no delivery format: one of {', '.join(near)}")
    return name


@form.command("list")
@click.option("--state", metavar="CA", help="Only forms of providers in this state.")
@click.option("--language", metavar="es", help="Only forms in this language.")
@click.option(
    "--format",
    "wanted",
    metavar="usb",
    callback=_format,
    help="Only forms with a box for records in this delivery format, or of a provider that offers it.",
)
@click.option("--all", "with_old", is_flag=True, help="Also forms that a newer one supersedes, marked with its id.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(state: str | None, language: str | None, wanted: str | None, with_old: bool, as_json: bool) -> None:
    """List the forms, and whether the blank of each is here.

    Forms that a newer one supersedes are left out unless --all is given. With --format a column says who offers it:
    the box that would be ticked, or the provider, whose form may have no box for it.

    \b
    Example:
      formfill form list --state CA --language es --format usb
    """
    library = catalog()
    rows, old = [], 0
    for outline in library.outlines():
        where = _state(library, outline.provider)
        if (state and where != state.upper()) or (language and outline.language != language.lower()):
            continue
        offers = _offers(library, outline, wanted) if wanted else ""
        if wanted and not offers:
            continue
        if outline.superseded_by and not with_old:
            old += 1
            continue
        row = {**_summary(outline), "state": where, "superseded_by": outline.superseded_by}
        rows.append({**row, **({"offers": offers} if wanted else {}), "blank": _blank_status(library, outline)})
    left_out = f"{old} superseded left out: --all lists {'it' if old == 1 else 'them'}" if old else ""
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if rows:
        columns = ["form", "title", "provider", "state", "language", "instrument"]
        columns += [*["superseded_by"] * with_old, *["offers"] * (wanted is not None), "blank"]
        print_table(columns, [[row[column] or "" for column in columns] for row in rows])
    else:
        _say_why_empty(library, {"--state": state, "--language": language, "--format": wanted})
    if left_out:
        click.echo(left_out, err=bool(rows))  # below a table it must not look like a form to grep and cut


@form.command()
@click.argument("form_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(form_id: str, as_json: bool) -> None:
    """Show what a form asks, what is left to the signer and the staff, and where its blank is.

    \b
    Example:
      formfill form show model-access-request-en
    """
    library = catalog()
    form_map = library.form_map(form_id)
    facts: dict[str, object] = {
        **_summary(form_map),
        "edition": form_map.blank.edition,
        "source": form_map.blank.source,
        "sha256": form_map.blank.sha256,
        "blank": _blank_status(library, form_map),
        "superseded_by": form_map.superseded_by,
        "asks": sorted({place.concept or place.value for place in form_map.fields if place.value}, key=str),
        "left empty": sorted({place.leave for place in form_map.fields if place.leave}),
        "signing alone releases": list(form_map.releases_without_mark),
        "notes": form_map.notes,
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for key, value in facts.items():
        if isinstance(value, list) and value:
            click.echo(f"{key}:")
            for item in value:
                click.echo(f"  {item}{_meaning(item)}")
        elif value:
            click.echo(f"{key}: {value}")


@form.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def add(files: tuple[Path, ...]) -> None:
    """Recognise blanks that you have, byte for byte, and put them in the workspace's forms/.

    \b
    Example:
      formfill form add ~/Downloads/release-of-information.pdf
    """
    library = catalog()
    workspace = required_workspace()
    known: dict[str, list[FormMap]] = {}
    for outline in library.outlines():
        known.setdefault(outline.blank.sha256, []).append(outline)
    strangers = []
    for file, data in [(file, read_blank(file)) for file in files]:
        maps = known.get(hashlib.sha256(data).hexdigest(), [])
        if not maps:
            strangers.append(file)
        for outline in maps:
            target = workspace / "forms" / outline.blank.file
            write_private(target, data)
            click.echo(f"{file} is the blank of {outline.form}: kept as {target}")
        if maps:
            warn_if_active(data, str(file))
    if strangers:
        names = "\n".join(f"  {file}" for file in strangers)
        raise BlankFormError(
            f"none of the {sum(map(len, known.values()))} form maps is for:\n{names}\n"
            "It may be another edition: fill it with --form ID (or --map MAP.yaml) and --blank FILE, which holds its "
            "labels against the map's"
        )


@form.command()
@click.argument("form_id", metavar="ID")
def pull(form_id: str) -> None:
    """Download a form's blank from where its provider publishes it; kept only if it is the very file of the map.

    \b
    Example:
      formfill form pull natividad-roi-en
    """
    from formfill.pull import pull as pull_blank

    target = pull_blank(catalog().form_map(form_id), required_workspace() / "forms")
    click.echo(f"{form_id}: kept as {target}")
    warn_if_active(target.read_bytes(), str(target))


def _summary(outline: FormMap) -> dict[str, str | None]:
    return {
        "form": outline.form,
        "title": outline.title,
        "provider": outline.provider,
        "language": outline.language,
        "instrument": outline.instrument,
    }


def _blank_status(library: Catalog, outline: FormMap) -> str:
    """Where the blank is, or how it is got."""
    try:
        return str(library.blank(outline))
    except BlankFormError:
        return "missing: form pull" if outline.blank.source else "missing: form add"


def _state(library: Catalog, provider_id: str) -> str:
    """The provider's state; a form without a provider record (our own models) has none."""
    if not library.has_provider(provider_id):
        return ""
    provider = library.provider(provider_id)
    return provider.state or (provider.address.state if provider.address else None) or ""


def _offers(library: Catalog, outline: FormMap, wanted: str) -> str:
    """Who offers the delivery format: "box delivery.usb", else "provider: usb", else nothing.

    Raises: FormMapError and ProviderError, for a map or record that cannot be read.
    """
    from formfill.asked import OFFERED_AS
    from formfill.expressions import mentions

    accepted = OFFERED_AS.get(wanted, (wanted,))
    boxes: set[str] = set()
    for place in library.form_map(outline.form).fields:
        boxes |= mentions(place.value or "")
    provided = library.provider(outline.provider).formats if library.has_provider(outline.provider) else ()
    for name in accepted:
        if f"delivery.{name}" in boxes:
            return f"box delivery.{name}"
    return next((f"provider: {name}" for name in accepted if name in provided), "")


def _say_why_empty(library: Catalog, filters: dict[str, str | None]) -> None:
    """What was looked for, and which states and languages there are to look for."""
    given = " ".join(f"{option} {value}" for option, value in filters.items() if value)
    forms = list(library.outlines())
    click.echo(f"no form fits {given}; without these options all are listed")
    click.echo(f"states: {', '.join(sorted({_state(library, one.provider) for one in forms} - {''}))}")
    click.echo(f"languages: {', '.join(sorted({one.language for one in forms}))}")


def _meaning(concept: object) -> str:
    from formfill.model.vocabulary import vocabulary

    known = vocabulary().concepts.get(str(concept))
    return f": {known.means}" if known else ""
