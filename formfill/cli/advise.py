"""``formfill advise``: the shortest way to the records, before a form is filled."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formfill.cli.request import load_request_with, request_keys
from formfill.cli.workspace import catalog

if TYPE_CHECKING:
    from formfill.advise import Advice


@click.command()
@click.argument("profile")
@click.argument("provider")
@click.option(
    "--request", "request_path", type=click.Path(path_type=Path), metavar="REQUEST.yaml", help="What is asked."
)
@click.option("--records", metavar="LIST", help="Record types: immunizations alone has a way of its own.")
@click.option("--purpose", metavar="LIST", help="Why: government_benefits and disability have a way of their own.")
@click.option("--recipient", metavar="WHO", help="self, or a recipient that the profile names.")
@click.option("--instrument", metavar="KIND", help="access-request or authorization; else by who gets the records.")
@click.option("--json", "as_json", is_flag=True, help="Print the advice as JSON.")
def advise(
    profile: str,
    provider: str,
    request_path: Path | None,
    records: str | None,
    purpose: str | None,
    recipient: str | None,
    instrument: str | None,
    as_json: bool,
) -> None:
    """Say the shortest way to the records of PROFILE at PROVIDER (an id, or a provider's YAML file).

    \b
    Example:
      formfill advise amina-rahimi valley-oak --records immunizations
    """
    from formfill.advise import advice, is_coverage, no_charts

    library = catalog()
    patient = library.profile(profile)
    keys = {"records": records, "purpose": purpose, "recipient": recipient, "instrument": instrument}
    request = load_request_with(request_path, request_keys(keys))
    if is_coverage(provider):
        told = no_charts()
    else:
        from formfill.model.provider import load_provider

        is_file = provider.endswith((".yaml", ".yml"))
        asked = load_provider(Path(provider)) if is_file else library.provider(provider)
        forms = [form for form in library.outlines() if form.provider == asked.id]
        told = advice(patient, asked, request, forms)
    if as_json:
        click.echo(json.dumps(asdict(told), indent=2, ensure_ascii=False))
    else:
        _print(told)


def _print(told: Advice) -> None:
    for number, way in enumerate(told.ways, 1):
        click.echo(click.style(f"{number}. {way.title}", bold=True))
        for line in way.lines:
            click.echo(_wrapped(line, "   "))
        click.echo(click.style(_wrapped(f"({way.source})", "   "), dim=True))
    if told.facts:
        click.echo(click.style("\nWhat is known", bold=True))
    for fact in told.facts:
        click.echo(_wrapped(f"{fact.about}: {fact.says} ({fact.source})", "  ", "    "))


def _wrapped(text: str, first: str, others: str | None = None) -> str:
    """Lines of 100 columns; an address on the web or a form's id is never broken: it is copied."""
    return textwrap.fill(
        text,
        100,
        initial_indent=first,
        subsequent_indent=others or first,
        break_long_words=False,
        break_on_hyphens=False,
    )
