"""``formfill map draft``: from a blank to a proposed map."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formfill.cli.workspace import catalog
from formfill.errors import OutputError

if TYPE_CHECKING:
    from formfill.draft.draft import Draft
    from formfill.model.form_map import FormMap, Place


@click.command()
@click.argument("blank", metavar="BLANK.pdf", type=click.Path(path_type=Path))
@click.option("--out", required=True, metavar="MAP.yaml", type=click.Path(path_type=Path), help="The map to write.")
@click.option("--provider", metavar="ID", help="The provider's id; else the name of the folder of --out.")
@click.option("--form", "form_id", metavar="ID", help="The form's id; else PROVIDER-NAME, with the name of --out.")
@click.option("--force", is_flag=True, help="Replace a map that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def draft(blank: Path, out: Path, provider: str | None, form_id: str | None, force: bool, as_json: bool) -> None:
    """Propose a map for BLANK.pdf: what is to be written where, and what is left to signers and staff.

    A draft is to be looked at: formfill map preview shows it on the page, map check says what is missing or doubtful,
    map test fills it for a made-up patient. Places that could not be read with enough confidence are left empty, as
    leave: unknown with a guess. A provider.yaml is written beside the map where there is none.

    \b
    Example:
      formfill map draft roi.pdf --out form_maps/new-clinic/roi-en.yaml --provider new-clinic
    """
    from formfill.catalog import read_blank
    from formfill.draft.draft import draft_map
    from formfill.draft.map_text import map_text
    from formfill.files import write_private

    if out.suffix not in (".yaml", ".yml"):
        raise click.UsageError("--out is the map to write: a file that ends in .yaml")
    if out.exists() and not force:
        raise OutputError(f"{out}: is there already; choose another --out, or say --force to replace it")
    data = read_blank(blank)
    provider = provider or _slug(out.resolve().parent.name)
    made = draft_map(
        data,
        form=form_id or f"{provider}-{_slug(out.stem)}",
        provider=provider,
        file=f"{provider}/{_slug(out.stem)}.pdf",
        name=str(blank),
    )
    write_private(out, map_text(made.form_map, made.comments, _header(blank)).encode())
    record = _provider_record(made, provider, out.parent / "provider.yaml")
    counts = _counts(made)
    if as_json:
        click.echo(json.dumps({"map": str(out), "provider": record, **counts}, indent=2))
        return
    click.echo(
        f"{out}: {counts['filled']} places to fill, {counts['left']} left to signers and staff, "
        f"{counts['to_decide']} to decide"
    )
    if record:
        click.echo(f"{record}: what the form prints of its provider; look it through")
    click.echo(f"Look at it: formfill map preview {out} --blank {blank}")
    if made.form_map.form in catalog().form_map_paths():
        click.echo(f"Keep the blank for filling: formfill form add {blank}")


def _header(blank: Path) -> str:
    return (
        f"Drafted from {blank.name}; not reviewed yet. Look at every place (formfill map preview), decide the unknown "
        "ones, and take out confidence: where you have looked."
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "form"


def _counts(made: Draft) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for place in made.form_map.fields:
        kinds["to_decide" if _is_to_decide(place) else "left" if place.leave else "filled"] += 1
    return {name: kinds[name] for name in ("filled", "left", "to_decide")}


def _is_to_decide(place: Place) -> bool:
    """Whether a person must say what becomes of a place: an unknown one, or one left that a request could fill."""
    from formfill.model.vocabulary import vocabulary

    if place.leave is None or place.leave == "unknown":
        return place.leave is not None
    concept = vocabulary().concepts.get(place.leave)
    return concept is not None and concept.fill != "never" and place.kind != "initials"


def _provider_record(made: Draft, provider: str, path: Path) -> str | None:
    """Write what the form prints of its provider, where there is no record yet; the path, or None."""
    from formfill.draft.provider_text import provider_text
    from formfill.files import write_private

    if path.exists():
        return None
    write_private(path, provider_text(made.head, provider, _formats(made.form_map)).encode())
    return str(path)


def _formats(form_map: FormMap) -> list[str]:
    """The delivery formats that the form has boxes for."""
    from formfill.model.vocabulary import vocabulary

    concepts = {place.concept for place in form_map.fields if not place.excludes and not place.leave}
    if "delivery.cd_usb" in concepts:
        concepts |= {"delivery.cd", "delivery.usb"}
    known = (vocabulary().concepts[f"delivery.{name}"] for name in vocabulary().choices("delivery"))
    return [
        concept.name.removeprefix("delivery.")
        for concept in known
        if concept.name in concepts and concept.key == "request.delivery" and concept.name != "delivery.cd_usb"
    ]
