"""FHIR R4 Patient and RelatedPerson (US Core 6) as keys of profiles: a resource, a Bundle, or a line a resource.

Known limits: what RelatedPerson points to must be in the same file; coverage and other resources are not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from formfill import yaml_io
from formfill.errors import ProfileError
from formfill.exchange import fhir_model as fhir
from formfill.exchange.fhir_patient import ProviderOf, put_patient
from formfill.exchange.fhir_people import Person, contact, put_people, related
from formfill.exchange.incoming import Gathering, Incoming
from formfill.exchange.json_text import loads, read_text
from formfill.model.base import validate

_BY_ID = re.compile(r"(?:^|/)Patient/([^/]+)(?:/_history/[^/]+)?$")


@dataclass(frozen=True)
class Resource:
    """One resource of a file."""

    where: str
    """Its place in the file: ``bundle.json: entry[2].resource``."""
    full_url: str | None
    data: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.data.get("resourceType"))


def read_fhir(path: Path, provider_of: ProviderOf = lambda _: None) -> list[Incoming]:
    """The patients of a file; what is wrong with one of them is said in its own ``Incoming``.

    Raises: ProfileError with file and JSON path, for what is not FHIR, or holds no patient.
    """
    text = read_text(path, "a FHIR Patient or Bundle in JSON")
    source = str(path)
    lines = path.suffix.lower() == ".ndjson"
    return patients_of(_lines(text, source) if lines else resources(loads(text, source), source), source, provider_of)


def patients_of(found: Iterable[Resource], source: str, provider_of: ProviderOf = lambda _: None) -> list[Incoming]:
    """The patients among the resources of a file. Raises: ProfileError, where there is none."""
    found = list(found)
    patients = [one for one in found if one.type == "Patient"]
    if not patients:
        types = ", ".join(sorted({one.type for one in found})) or "nothing"
        raise ProfileError(f"{source}: has no FHIR Patient ({types[:200]})")
    beside = Counter(one.type for one in found if one.type not in ("Patient", "RelatedPerson"))
    more = tuple(f"{source}: {count} {kind}: not read" for kind, count in sorted(beside.items()))
    beside_them, broken = _related_people(found)
    read = [_incoming(one, beside_them, provider_of) for one in patients]
    read[0] = replace(read[0], notes=(*read[0].notes, *more))
    return [*read, *broken]


def _lines(text: str, source: str) -> Iterator[Resource]:
    """Newline-delimited JSON, as bulk exports come."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{source}:{number}"
            yield from resources(loads(line, where), where)


def resources(data: Any, source: str) -> Iterator[Resource]:
    """The resources of a Bundle, or the one that ``data`` is. Raises: ProfileError with the JSON path."""
    if not isinstance(data, dict) or not isinstance(data.get("resourceType"), str):
        raise ProfileError(f"{source}: is no FHIR: an object with a resourceType was expected")
    if data["resourceType"] != "Bundle":
        yield Resource(source, None, data)
        return
    bundle = validate(fhir.Bundle, yaml_io.from_keys(data, source), ProfileError)
    if any(link.relation == "next" for link in bundle.link):
        raise ProfileError(f"{source}: link: is one page of a search, with more to come: get them all, and give each")
    for i, entry in enumerate(bundle.entry):
        if entry.resource is not None:
            yield Resource(f"{source}: entry[{i}].resource", entry.fullUrl, entry.resource)


def _related_people(found: Iterable[Resource]) -> tuple[dict[str, list[Person]], list[Incoming]]:
    """The people beside patients, by what they call their patient; and those that are no RelatedPerson at all."""
    people: dict[str, list[Person]] = {}
    broken: list[Incoming] = []
    for one in found:
        if one.type == "RelatedPerson":
            try:
                read = validate(fhir.RelatedPerson, yaml_io.from_keys(one.data, one.where), ProfileError)
            except ProfileError as exc:
                broken.append(Incoming(one.where, {}, (), exc))
                continue
            person = related(read, one.where.rpartition(": ")[2])
            if read.patient.reference:
                people.setdefault(_referred(read.patient.reference), []).append(person)
    return people, broken


def _referred(reference: str) -> str:
    """A reference without server and version, where it is one by id: ``Patient/51``."""
    by_id = _BY_ID.search(reference)
    return f"Patient/{by_id[1]}" if by_id else reference


def _incoming(resource: Resource, beside: Mapping[str, Sequence[Person]], provider_of: ProviderOf) -> Incoming:
    try:
        patient = validate(fhir.Patient, yaml_io.from_keys(resource.data, resource.where), ProfileError)
        people = list(_contained(resource))
    except ProfileError as exc:
        return Incoming(resource.where, {}, (), exc)
    own = [f"Patient/{patient.id}"] if patient.id else []
    for name in dict.fromkeys([*own, _referred(resource.full_url or "")]):
        people += beside.get(name, ())
    into = Gathering(resource.where)
    put_patient(patient, into, provider_of)
    put_people([*people, *(contact(one, f"contact[{i}]") for i, one in enumerate(patient.contact))], into)
    return into.settled()


def _contained(resource: Resource) -> Iterator[Person]:
    inside = resource.data.get("contained")
    for i, data in enumerate(inside if isinstance(inside, list) else ()):
        if isinstance(data, dict) and data.get("resourceType") == "RelatedPerson":
            document = yaml_io.from_keys(data, f"{resource.where}: contained[{i}]")
            yield related(validate(fhir.RelatedPerson, document, ProfileError), f"contained[{i}]")
