"""What a column may be called: the keys of requests and profiles, and the concepts that say one of them.

``records``, ``dates.from``, ``amendment.entry`` are keys of a request (``request.`` may stand before them);
``patient.given_name``, ``recipients.caseworker.phone`` are keys of a profile. ``patient.zip`` is a concept that says
``patient.address.postal_code``; ``records.lab`` is one that an x puts into ``records``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from formfill.errors import TableError
from formfill.model.choices import Other
from formfill.model.profile import Profile
from formfill.model.request import Request
from formfill.model.vocabulary import Concept, close_matches, did_you_mean, vocabulary
from formfill.yaml_io import Path_

#: text; flag (yes or no); check (an x sets ``value``, or adds it); texts (between semicolons); words (or commas).
Kind = Literal["text", "flag", "check", "texts", "words"]

#: Stands for a key that the writer chooses: the name of a recipient, the id of a provider.
_ANY = "*"
_GROUPS = ("records", "purpose", "delivery", "sensitive")
#: Concepts that are not one key of the same meaning in the vocabulary, but say one all the same.
_SAYS = {
    "patient.phone": "patient.phones.mobile",
    "patient.native_name": "patient.native_name.text",
    "patient.insurance": "patient.insurance.payer",
    "patient.insurance_id": "patient.insurance.id",
    "patient.language": "patient.languages",
    "patient.interpreter_needed": "patient.languages.interpreter",
    "patient.is_deceased": "patient.deceased",
    "purpose.text": "purpose.other_text",
}
_NAMES = ("patient.given_name", "patient.additional_name", "patient.family_name")
_POSTAL = ("street", "unit", "city", "state", "postal_code")
#: Concepts that cannot be told from, dict[concept, the names to write instead].
_INSTEAD: dict[str, tuple[str, ...]] = {
    "patient.full_name": _NAMES,
    "signature.printed_name": _NAMES,
    "patient.age": ("patient.birth_date",),
    "patient.mrn": ("patient.record_numbers.PROVIDER",),
    "patient.account_number": ("patient.account_numbers.PROVIDER",),
    "provider.choice": ("locations",),
    "provider.site_text": ("locations",),
    "recipient.other_option": ("recipient",),
    "request.dates_option": ("dates.from", "dates.to"),
    "delivery.email_address": ("recipient.email", "patient.email"),
    "delivery.fax_number": ("recipient.fax", "patient.fax"),
    "sensitive.other": ("sensitive_text",),
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a cell goes: a key path in a request or a profile, and how the cell is read."""

    of: Literal["request", "profile"]
    path: Path_
    kind: Kind
    value: str = ""
    """What a check sets or adds."""
    adds: bool = False
    """Whether it is one item of a list, beside what other columns give."""
    below: str = ""
    """The key below which each item of a list stands: ``language`` in languages, ``other`` in records."""


@cache
def known_names() -> dict[str, Target]:
    """Every name that a column may have, dict[name, target]; ``*`` stands for a key that the writer chooses."""
    names: dict[str, Target] = {}
    for of, model in (("request", Request), ("profile", Profile)):
        for path, kind in _leaves(model, ()):
            target = Target(of, path, kind)  # type: ignore[arg-type]
            # "profile" and "notes" are the request's
            names.setdefault(".".join(str(part) for part in path if part != 0), target)
    names["patient.languages"] = Target("profile", ("patient", "languages"), "words", below="language")
    for group in _GROUPS[:3]:
        names[f"{group}.other_text"] = Target("request", (group,), "texts", adds=True, below="other")
    for concept in vocabulary().concepts.values():
        if concept.name not in names and (said := _said_by(concept, names)):
            names[concept.name] = said
    return names


def target_of(name: str, where: str) -> Target:
    """Where a column of this name goes. Raises: TableError, with the names that come close or what to write instead."""
    names = known_names()
    plain = name.strip().removeprefix("request.") if name.startswith("request.") else name.strip()
    for candidate in (name.strip(), plain):
        if candidate in names:
            return names[candidate]
        if found := _chosen(candidate, names):
            return found
    concepts = vocabulary().concepts
    if same := vocabulary().same_as(name):
        if same in names:
            return names[same]
        raise TableError(f"{where}: {name}: {_why_not(concepts[same])}")
    plural = [one for one in names if one.startswith(f"{plain}.")]
    if plural:
        raise TableError(f"{where}: {name}: has keys of its own: write {', '.join(plural[:6])}")
    raise TableError(
        f"{where}: {name!r} is no name that formfill knows{did_you_mean(close_matches(name, names))}. "
        "The names: formfill batch --template; for an export of another program write a column map"
    )


def _said_by(concept: Concept, names: dict[str, Target]) -> Target | None:
    """Where a concept goes, if it says one key."""
    name, group = concept.name, concept.name.partition(".")[0]
    if name in _SAYS:
        return names[_SAYS[name]]
    if name in _INSTEAD or concept.fill == "never" or name.startswith("patient.birth_date."):
        return None
    postal = {"zip": "postal_code"}.get(name.rpartition(".")[2], name.rpartition(".")[2])
    key = (concept.key or "").removeprefix("request.")
    if concept.kind == "text":
        return names.get(key) or names.get(f"{group}.address.{postal}")
    if concept.kind == "check":
        return _check(concept, key, names)
    return None


def _check(concept: Concept, key: str, names: dict[str, Target]) -> Target | None:
    target, box = names.get(key), concept.name.rpartition(".")[2]
    if concept.name == "representative.kind.self":
        return replace(names["signer"], kind="check", value="patient")
    if target is None or "_option" in concept.name:
        return None
    if key in _GROUPS:
        return None if box == "other" else replace(target, kind="check", value=box, adds=True)
    return replace(target, kind="check", value=box.removeprefix("dates_"))


def _chosen(name: str, names: dict[str, Target]) -> Target | None:
    """The target of a name with a key of the writer's own in it: ``recipients.caseworker.phone``."""
    parts = name.split(".")
    for i in range(1, len(parts)):
        target = names.get(".".join([*parts[:i], _ANY, *parts[i + 1 :]]))
        if target is not None and parts[i]:
            return replace(target, path=tuple(parts[i] if part == _ANY else part for part in target.path))
    return None


def columns_for(concept: str) -> tuple[str, ...]:
    """The names of the columns that a concept's value comes from; none for what is written by hand."""
    found, names = vocabulary().concepts[concept], known_names()
    if concept in names:
        path = names[concept].path
        return (".".join(str(part) for part in path if part != 0),)
    return _instead(found)


def _instead(concept: Concept) -> tuple[str, ...]:
    if concept.name in _INSTEAD:
        return _INSTEAD[concept.name]
    if concept.fill == "never" or concept.key is None:
        return ()
    group, _, last = concept.name.partition(".")
    if last in ("address", "city_state_zip"):
        return tuple(f"{group}.address.{part}" for part in _POSTAL)
    return (concept.key.removeprefix("request."),)


def _why_not(concept: Concept) -> str:
    instead = _instead(concept)
    if not instead:
        return "is written by hand on the form, never by formfill: leave the column out"
    words = ", with other:WORDS" if concept.name.endswith(".other") and instead[0] in _GROUPS else ""
    return f"says no one thing of a patient or request: write {', '.join(instead)}{words}"


def _leaves(model: type[BaseModel], above: Path_) -> Iterator[tuple[Path_, Kind]]:
    """The key paths of a model's values, each with how a cell is read; 0 is the first item of a list."""
    for name, info in model.model_fields.items():
        path = (*above, info.alias or name)
        members = list(_members(info.annotation))
        for member in members:
            if get_origin(member) is tuple:
                yield from _list_leaves(get_args(member)[0], path)
            elif get_origin(member) is dict:
                yield from _under(get_args(member)[1], (*path, _ANY))
            elif _is_model(member):
                yield from _leaves(member, path)
        plain = [one for one in members if get_origin(one) not in (tuple, dict) and not _is_model(one)]
        if plain:
            yield path, "flag" if plain == [bool] else "text"


def _under(item: Any, path: Path_) -> Iterator[tuple[Path_, Kind]]:
    for member in _members(item):
        if _is_model(member):
            yield from _leaves(member, path)
        else:
            yield path, "text"


def _list_leaves(item: Any, path: Path_) -> Iterator[tuple[Path_, Kind]]:
    for member in _members(item):
        if _is_model(member) and member is not Other:
            yield from _leaves(member, (*path, 0))
        elif not _is_model(member):
            yield path, "words" if path[0] in _GROUPS else "texts"


def _is_model(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, BaseModel)


def _members(annotation: Any) -> Iterator[Any]:
    """The types that a value may have, without None and without what Annotated adds."""
    if get_origin(annotation) is Annotated:
        yield from _members(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for inner in get_args(annotation):
            yield from _members(inner)
    elif annotation is not type(None):
        yield annotation
