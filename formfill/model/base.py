"""What all models share: frozen, no unknown keys, and errors that say file, line, key and what was expected."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError, WithJsonSchema

from formfill import yaml_io
from formfill.errors import FormfillError

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Model(BaseModel):
    """A frozen record; a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


def _iso_date(value: object) -> object:
    if isinstance(value, (int, float)):
        raise ValueError(f"expected YYYY-MM-DD, got {value!r}")
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
        raise error("\n".join(one.at(document) for one in _problems(cls, document, exc))) from None


def problems(cls: type[BaseModel], document: yaml_io.Document) -> tuple[Problem, ...]:
    """Everything that keeps ``document``, a mapping, from being a ``cls``; empty where it is one."""
    try:
        cls.model_validate(document.data)
    except ValidationError as exc:
        return _problems(cls, document, exc)
    return ()


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a document."""

    path: yaml_io.Path_
    """The key that is wrong or missing; empty for the document as a whole."""
    message: str

    def at(self, document: yaml_io.Document) -> str:
        """The message with file, line and key before it."""
        line = document.line_of(self.path)
        where = f"{document.source}:{line}" if line else document.source
        return f"{where}: {yaml_io.dotted(self.path) or '(top)'}: {self.message}"


def _problems(cls: type[BaseModel], document: yaml_io.Document, exc: ValidationError) -> tuple[Problem, ...]:
    return tuple(_problem(document, detail, cls) for detail in exc.errors(include_url=False))


#: What pydantic calls it -> what a person would.
_PLAIN_WORDS = {
    "string_type": "expected a text",
    "model_type": "expected keys below it (key: value), not a text or list",
    "model_attributes_type": "expected keys below it (key: value), not a text or list",
    "dict_type": "expected keys below it (key: value), not a text or list",
    "tuple_type": "expected a list",
    "int_parsing": "expected a whole number",
    "float_parsing": "expected a number",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "string_too_short": "is empty",
    "too_short": "is empty",
    "string_unicode": "is not Unicode text: save the file as UTF-8",
}


_LIMITS = {
    "greater_than_equal": "expected {} or more",
    "less_than_equal": "expected {} or less",
    "string_too_long": "is longer than {} characters",
}


def _problem(document: yaml_io.Document, detail: Any, cls: type[BaseModel]) -> Problem:
    path: yaml_io.Path_ = ()
    for part in detail["loc"]:
        # pydantic names the branch of a union in the path, and a key that is missing: the file knows neither
        if (*path, part) in document.lines or (detail["type"] == "missing" and part == detail["loc"][-1]):
            path = (*path, part)
    if detail["type"] == "extra_forbidden":
        message = f"unknown key{_similar_key(cls, path)}"
    elif detail["type"] == "missing":
        message = "is required"
    elif detail["type"] in ("literal_error", "enum"):
        message = f"expected {detail['ctx']['expected']}"
    elif detail["type"] == "string_pattern_mismatch":
        message = f"expected a text like {detail['ctx']['pattern']}"
    elif detail["type"] in _LIMITS:
        (limit,) = (value for name, value in detail["ctx"].items() if name in ("ge", "le", "max_length"))
        message = _LIMITS[detail["type"]].format(limit)
    else:
        message = _PLAIN_WORDS.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    return Problem(path, message)


def _similar_key(cls: type[BaseModel], path: yaml_io.Path_) -> str:
    """A hint at the key that was meant, from the keys of the model that ``path`` leads to."""
    import difflib

    if not path:
        return ""
    models: list[type[BaseModel]] = [cls]
    for part in path[:-1]:
        if isinstance(part, str) and (fields := [f for m in models if (f := _field(m, part)) is not None]):
            models = [model for found in fields for model in _models_in(found.annotation)]
    keys = {name.rstrip("_"): None for model in models for name in model.model_fields}
    close = difflib.get_close_matches(str(path[-1]), keys, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known here: {', '.join(keys)}" if len(keys) <= 12 else ""


def _field(model: type[BaseModel], key: str) -> Any:
    return model.model_fields.get(key) or next((f for f in model.model_fields.values() if f.alias == key), None)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
