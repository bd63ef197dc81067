"""``formfill schema``: the JSON Schema of each YAML file, so that editors complete and check it."""

from __future__ import annotations

import json
from importlib import import_module

import click

from formfill.model.base import Model

_MODELS = {
    "profile": "formfill.model.profile:Profile",
    "provider": "formfill.model.provider:Provider",
    "request": "formfill.model.request:Request",
    "form-map": "formfill.model.form_map:FormMap",
}


@click.command()
@click.argument("what", type=click.Choice(list(_MODELS)))
def schema(what: str) -> None:
    """Print the JSON Schema of a profile, provider, request or form map.

    \b
    Example:
      formfill schema profile > profile.schema.json
    and as the first line of a profile, for editors with the YAML language server:
      # yaml-language-server: $schema=profile.schema.json
    """
    module, _, name = _MODELS[what].partition(":")
    model: type[Model] = getattr(import_module(module), name)
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
