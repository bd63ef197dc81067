"""``formfill schema``: the JSON Schema of each YAML file, so that editors complete and check it."""

from __future__ import annotations

import json

import click

from formfill.model.schema import KINDS, Kind, json_schema


@click.command()
@click.argument("what", type=click.Choice(KINDS))
def schema(what: Kind) -> None:
    """Print the JSON Schema of a profile, provider, request or form map.

    \b
    Example:
      formfill schema profile > profile.schema.json
    and as the first line of a profile, for editors with the YAML language server:
      # yaml-language-server: $schema=profile.schema.json
    """
    click.echo(json.dumps(json_schema(what), indent=2, ensure_ascii=False))
