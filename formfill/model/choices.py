"""What a request may name of the vocabulary's boxes: record types, purposes, delivery formats, sensitive categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Discriminator, GetCoreSchemaHandler, GetJsonSchemaHandler, Tag
from pydantic_core import CoreSchema, core_schema

from formfill.model.base import Model
from formfill.model.scalars import ONE_OR_MANY, Text
from formfill.model.vocabulary import close_matches, did_you_mean, vocabulary


class Other(Model):
    """What no box of the vocabulary names, in words: ``other: school physical form``."""

    other: Text


def item_of(text: str) -> str | dict[str, str]:
    """One item of a list on one line: the name of a box, or after ``other:`` words of one's own."""
    return {"other": text.removeprefix("other:").strip()} if text.startswith("other:") else text


def words_of(group: str, item: str | Other, language: str = "en") -> str:
    """What to write for one item of a request: the patient's own words, else the vocabulary's."""
    return item.other if isinstance(item, Other) else vocabulary().concepts[f"{group}.{item}"].words(language)


@dataclass(frozen=True)
class NamedIn:
    """Marks a text as the name of a box in one group of the vocabulary, without the group's own name."""

    group: str
    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, core_schema.str_schema(strip_whitespace=True))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(vocabulary().choices(self.group))}

    def _check(self, value: str) -> str:
        name = value.removeprefix(f"{self.group}.")
        known = vocabulary().choices(self.group)
        if name not in known:
            close = did_you_mean(closest(name, self.group)) or f": one of {', '.join(known)}"
            raise ValueError(f"unknown {self.what} {value!r}{close}")
        return name


def closest(name: str, group: str) -> tuple[str, ...]:
    """Up to three boxes of ``group`` whose name or words come close to ``name``."""
    known = {item: vocabulary().concepts[f"{group}.{item}"] for item in vocabulary().choices(group)}
    plain = name.lower().replace("_", " ").replace("-", " ")
    by_words = [
        item for item, concept in known.items() if plain in f"{concept.en} {concept.es} {concept.means}".lower()
    ]
    return tuple(dict.fromkeys([*close_matches(name, known), *by_words]))[:3]


def _shape(value: object) -> str:
    return "word" if isinstance(value, str) else "keys"


#: Tells a text from keys written out, so that a wrong one is reported as what it was meant to be.
BY_SHAPE = Discriminator(_shape)
Word = Tag("word")
Keys = Tag("keys")

RecordType = Annotated[str, NamedIn("records", "record type")]
Purpose = Annotated[str, NamedIn("purpose", "purpose")]
Delivery = Annotated[str, NamedIn("delivery", "delivery format")]
Sensitive = Annotated[str, NamedIn("sensitive", "sensitive category")]

_Other = Annotated[Other, Keys]
RecordTypes = Annotated[tuple[Annotated[_Other | Annotated[RecordType, Word], BY_SHAPE], ...], ONE_OR_MANY]
Purposes = Annotated[tuple[Annotated[_Other | Annotated[Purpose, Word], BY_SHAPE], ...], ONE_OR_MANY]
Deliveries = Annotated[tuple[Annotated[_Other | Annotated[Delivery, Word], BY_SHAPE], ...], ONE_OR_MANY]
SensitiveCategories = Annotated[tuple[Sensitive, ...], ONE_OR_MANY]
