"""What all models share: frozen, no unknown keys, and errors that say file, line, key and what was expected."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError, WithJsonSchema

from formfill import yaml_io
from formfill.errors import FormfillError

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Model(BaseModel):
    """A frozen record; a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


def _iso_date(value: object) -> object:
    if isinstance(value, str):
        try:
            if not _ISO_DATE.fullmatch(value.strip()):
                raise ValueError
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"expected YYYY-MM-DD, got {value!r}") from None
    return value


#: A calendar date, written YYYY-MM-DD and in no other way (14/3/87 has two readings).
IsoDate = Annotated[
    dt.date,
    BeforeValidator(_iso_date),
    PlainSerializer(lambda value: value.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]

M = TypeVar("M", bound=BaseModel)


def load_model(cls: type[M], path: Path, error: type[FormfillError]) -> M:
    """Read and validate one YAML file. Raises: ``error``, with file, line and key of every problem, one a line."""
    return validate(cls, yaml_io.load(path, error), error)


def validate(cls: type[M], document: yaml_io.Document, error: type[FormfillError]) -> M:
    """The model that ``document`` holds. Raises: ``error``, one line a problem."""
    if not isinstance(document.data, dict):
        raise error(f"{document.source}:1: a mapping (key: value) was expected")
    try:
        return cls.model_validate(document.data)
    except ValidationError as exc:
        raise error("\n".join(_problem(document, detail) for detail in exc.errors(include_url=False))) from None


def _problem(document: yaml_io.Document, detail: Any) -> str:
    path = tuple(detail["loc"])
    # pydantic names the branch of a union in the path; the file knows no such key
    while path and path not in document.lines and detail["type"] != "missing":
        path = path[:-1]
    key = yaml_io.dotted(path) or "(top)"
    if detail["type"] == "extra_forbidden":
        message = "unknown key"
    elif detail["type"] == "missing":
        message = "is required"
    elif detail["type"] == "literal_error":
        message = f"expected {detail['ctx']['expected']}"
    else:
        message = detail["msg"].removeprefix("Value error, ")
    return f"{document.source}:{document.line_of(path)}: {key}: {message}"


def choices(literal: Any) -> tuple[str, ...]:
    """The members of a ``Literal`` type, in the order written."""
    return tuple(str(item) for item in get_args(literal))


__all__ = ["IsoDate", "Literal", "Model", "choices", "load_model", "validate"]
