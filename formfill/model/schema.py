"""JSON Schemas of the YAML files, so that editors complete and check them while they are written."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any, Literal, get_args

Kind = Literal["profile", "provider", "request", "form-map"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_MODELS: dict[Kind, tuple[str, str]] = {
    "profile": ("formfill.model.profile", "Profile"),
    "provider": ("formfill.model.provider", "Provider"),
    "request": ("formfill.model.request", "Request"),
    "form-map": ("formfill.model.form_map", "FormMap"),
}
#: Every module whose models a schema may contain.
_SOURCES = ("scalars", "choices", "profile", "provider", "request", "form_map")


def json_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one kind of file; descriptions are the models' own docstrings."""
    module, name = _MODELS[kind]
    schema: dict[str, Any] = getattr(importlib.import_module(module), name).model_json_schema()
    said = _attribute_docstrings()
    for title, part in [(name, schema), *schema.get("$defs", {}).items()]:
        for key, member in part.get("properties", {}).items():
            if text := said.get((title, key)) or said.get((title, f"{key}_")):
                member["description"] = text
            member.pop("title", None)
            if member.get("default", "") is None:
                del member["default"]
    _let_numbers_stand(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"formfill {kind}"} | {
        key: value for key, value in schema.items() if key != "title"
    }


def _let_numbers_stand(part: Any) -> None:
    """An editor reads ``postal_code: 95816`` as a number; formfill reads every scalar as text."""
    if isinstance(part, dict):
        if part.get("type") == "string" and not part.keys() & {"enum", "const", "format"}:
            part["type"] = ["string", "number"]
        for inner in part.values():
            _let_numbers_stand(inner)
    elif isinstance(part, list):
        for inner in part:
            _let_numbers_stand(inner)


def _attribute_docstrings() -> dict[tuple[str, str], str]:
    """The string under each annotated attribute of the models: dict[(class, attribute), text].

    Pydantic can collect them itself, but does it whenever a class is made, which every fill would pay for.
    """
    said: dict[tuple[str, str], str] = {}
    for source in _SOURCES:
        module = importlib.import_module(f"formfill.model.{source}")
        tree = ast.parse(Path(inspect.getfile(module)).read_text(encoding="utf-8"))
        for node in (item for item in tree.body if isinstance(item, ast.ClassDef)):
            for above, below in zip(node.body, node.body[1:], strict=False):
                if (
                    isinstance(above, ast.AnnAssign)
                    and isinstance(above.target, ast.Name)
                    and isinstance(below, ast.Expr)
                    and isinstance(below.value, ast.Constant)
                    and isinstance(below.value.value, str)
                ):
                    said[node.name, above.target.id] = inspect.cleandoc(below.value.value).replace("\n", " ")
    return said
