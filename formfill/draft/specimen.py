"""A made-up patient, and requests that between them put something into every place of a form.

The first request is an ordinary one: some records to a caseworker, the patient signs, no protected category is named.
The second asks for everything that the form speaks of. What cannot be had together (a CD and paper, all dates and a
span, the patient's and a guardian's signature) takes turns in further ones, of which those are kept that reach a place
no other reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from typing import Any

from formfill.errors import FormfillError
from formfill.model.form_map import FormMap
from formfill.model.profile import Profile
from formfill.model.provider import Provider
from formfill.model.request import Request
from formfill.model.vocabulary import vocabulary
from formfill.resolve import Resolution, resolve

#: Nobody, at no phone that rings (555-01xx) and no address that mail reaches (example.org, RFC 2606).
PATIENT: dict[str, Any] = {
    "given_name": "Guadalupe",
    "additional_name": "Montserrat",
    "family_name": "Villanueva-Hernández",
    "preferred_name": "Lupe",
    "native_name": {"text": "Guadalupe Montserrat Villanueva Hernández", "language": "Spanish"},
    "former_names": ["Lupe Hernández", "G. Castellanos"],
    "birth_date": "1978-11-27",
    "sex": "female",
    "address": {
        "street": "18420 North Monterey Boulevard",
        "unit": "Apartment 214B",
        "city": "Rancho Santa Margarita",
        "state": "CA",
        "postal_code": "92688",
    },
    "phones": {"mobile": "(949) 555-0123", "home": "(949) 555-0124", "work": "(714) 555-0125", "preferred": "mobile"},
    "fax": "(949) 555-0126",
    "email": "guadalupe.villanueva@example.org",
    "languages": [{"language": "Spanish", "interpreter": "true"}, {"language": "English"}],
    "insurance": [{"payer": "Medi-Cal Managed Care of Orange County", "id": "98765432A", "group": "OC-2201"}],
    "ssn": "987-65-4320",  # 987-65-4320 to 4329 were set aside for advertisements
    "photo_id": {"kind": "Driver license", "number": "D0123456"},
}
_RECIPIENT: dict[str, Any] = {
    "name": "Alexandra Whitfield",
    "organization": "Harborview Family Resources",
    "address": {
        "street": "2750 West Washington Avenue",
        "unit": "Suite 310",
        "city": "San Bernardino",
        "state": "CA",
        "postal_code": "92407",
    },
    "phone": "(909) 555-0141",
    "fax": "(909) 555-0142",
    "email": "records@harborview.example.org",
    "relationship": "Caseworker",
}
_REPRESENTATIVE: dict[str, Any] = {
    "name": "Fernando Villanueva-Ortega",
    "title": "Conservator of the person",
    "relationship": "Brother",
    "phone": "(949) 555-0151",
    "email": "fernando.villanueva@example.org",
    "address": {"street": "77 Orchard Lane", "city": "Laguna Niguel", "state": "CA", "postal_code": "92677"},
    "authority": "Letters of conservatorship, Superior Court of Orange County, 2024",
    "reason_patient_cannot_sign": "Unable to sign since a stroke in March 2024",
}
_PROVIDER: dict[str, Any] = {
    "name": "Mission Foothills Community Health Center",
    "state": "CA",
    "address": {
        "street": "3901 East Foothill Boulevard",
        "unit": "Suite 120",
        "city": "Mission Viejo",
        "state": "CA",
        "postal_code": "92691",
    },
    "phone": "(949) 555-0161",
    "fax": "(949) 555-0162",
    "email": "medicalrecords@missionfoothills.example.org",
}
_AMENDMENT = {
    "entry": "Visit of May 6, 2024, Dr. Lindqvist",
    "wrong": "The note says that I smoke a pack of cigarettes a day",
    "correct": "I have never smoked",
    "reason": "I was mistaken for another patient of that day",
    "notify": "Harborview Family Resources",
}
_STATEMENT = "The note of May 6, 2024 describes another person. I ask that this statement stay with my record."
_CONCEPT = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
#: More requests than this for one form would tell a person nothing more.
_MOST_TURNS = 24


@dataclass(frozen=True, slots=True)
class Specimen:
    """One request of the made-up patient. ``name`` is short enough for a file's name; ``says`` tells what it asks."""

    name: str
    says: str
    profile: Profile
    provider: Provider
    request: Request


def specimen(form_map: FormMap, provider: Provider | None = None, *, everything: bool = False) -> Specimen:
    """The ordinary request for this form, or the one for everything.

    Args:
        provider: Who releases the records; a made-up one without it. For everything, what the record lacks is made up.
    """
    return _everything(form_map, provider, 0) if everything else _usual(form_map, provider)


def specimens(form_map: FormMap, provider: Provider | None = None) -> Iterator[Specimen]:
    """The ordinary request, the one for everything, and what else is needed to reach every place that can be."""
    reached: set[int] = set()
    for one in (_usual(form_map, provider), _everything(form_map, provider, 0)):
        reached |= _reached(form_map, one)
        yield one
    kept = 0
    for turn in range(1, _turns(form_map)):
        one = _everything(form_map, provider, turn, number=kept + 1)
        new = _reached(form_map, one) - reached
        if new:
            kept += 1
            reached |= new
            yield one


def filled_places(resolution: Resolution) -> set[int]:
    """The indices in the map of the places that something was written or ticked in."""
    return {filling.number for filling in resolution.fillings if filling.action in ("text", "tick", "choose")}


def _reached(form_map: FormMap, one: Specimen) -> set[int]:
    try:
        return filled_places(resolve(form_map, one.profile, one.provider, one.request))
    except FormfillError:
        return set()  # whoever fills the form with it is told


def specimen_provider(form_map: FormMap, provider: Provider | None, *, complete: bool = False) -> Provider:
    """The provider's own record, with ``complete`` filled up from the made-up one, which stands in where none is."""
    if provider is None:
        return Provider.model_validate({"id": form_map.provider, **_PROVIDER})
    if not complete:
        return provider
    made_up = Provider.model_validate({"id": provider.id, **_PROVIDER})
    lacking = {key: getattr(made_up, key) for key in _PROVIDER if getattr(provider, key) is None}
    return provider.model_copy(update=lacking)


def specimen_profile(form_map: FormMap, **more: Any) -> Profile:
    """The made-up patient, with a record number at the form's provider; ``more`` are further keys of the profile."""
    numbers = {"record_numbers": {form_map.provider: "MRN-00482137"}, "account_numbers": {form_map.provider: "A-55107"}}
    patient = {**PATIENT, **numbers, **more.pop("patient", {})}
    return Profile.model_validate({"profile": "specimen", "patient": patient, **more})


def specimen_request(form_map: FormMap) -> Request:
    """The ordinary request: records of a span of years, on CD or what comes next, to a caseworker."""
    keys: dict[str, Any] = {
        "recipient": _RECIPIENT,
        "records": ["lab", "immunizations", "medications", "discharge_summary", {"other": "Allergy test of 2023"}],
        "dates": {"from": "2021-01-15", "to": "2025-06-30"},
        "purpose": ["continuity_of_care", {"other": "Application for housing support"}],
        "delivery": ["cd", "usb", "paper", "electronic"],
        "delivery_by": "mail",
        "expires": "2031-12-31",
        "signer": "patient",
    }
    if form_map.instrument == "amendment":
        keys["amendment"] = _AMENDMENT
    return Request.model_validate(keys)


def _usual(form_map: FormMap, provider: Provider | None) -> Specimen:
    says = "an ordinary request: some records to a caseworker, the patient signs, no protected category is named"
    who = specimen_provider(form_map, provider)
    return Specimen("usual", says, specimen_profile(form_map), who, specimen_request(form_map))


def _everything(form_map: FormMap, provider: Provider | None, turn: int, number: int = 0) -> Specimen:
    """Everything that can be asked at once; ``turn`` says which of the rest, ``number`` is its name's."""
    deliveries = _deliveries(form_map)
    # shifted after each round of the delivery formats, so that each has its turn with either recipient
    is_other = (turn + turn // max(1, len(deliveries))) % 2 == 1
    keys: dict[str, Any] = {
        "recipient": "self" if is_other else _RECIPIENT,
        "records": _records(form_map, turn),
        "dates": ("all", "last_2_years", {"from": "2019-02-01"})[turn % 3],
        "purpose": [*_turned(_named(form_map, "purpose"), turn), {"other": "Application for housing support"}],
        "delivery": deliveries if turn == 0 else _turned(deliveries, turn)[:1],
        "delivery_by": "mail" if is_other else "pickup",
        "sensitive": _named(form_map, "sensitive"),
        "expires": "2031-12-31" if turn % 2 else "when my housing application is decided",
        "include_ssn": "true",
        "include_id_number": "true",
        "copies": "2",
        "fee_limit": "$25.00",
        "date_needed_by": "2031-02-15",
        "direction": ("release", "exchange", "obtain")[turn % 3],
        "signer": "representative" if turn else "patient",
        "amendment": {**_AMENDMENT, "statement": _STATEMENT},
    }
    if "other_text" in _mentioned(form_map, "sensitive"):
        keys["sensitive_text"] = "The visit of May 6, 2024 alone"
    sites = _sites(form_map)
    if sites or "site_text" in _mentioned(form_map, "provider"):
        keys["locations"] = _turned(sites, turn)[:1] if turn and sites else [*sites, "Foothills Annex"]
    more: dict[str, Any] = {}
    kind = "patient"
    if turn:
        kinds = _mentioned(form_map, "representative.kind") or ["conservator"]
        kind = _turned([one for one in kinds if one != "self"] or ["conservator"], turn - 1)[0]
        sex = ("female", "male", "other")[turn % 3]
        deceased = "true" if kind in ("executor", "next_of_kin") else "false"
        more = {"representative": {"kind": kind, **_REPRESENTATIVE}, "patient": {"sex": sex, "deceased": deceased}}
    wish = _words(keys["delivery"][0]) if turn and deliveries else "all"
    says = (
        "all records, purposes and protected categories that the form names; "
        f"to {'the patient' if is_other else 'a caseworker'}, delivery: {wish}, dates: {_words(keys['dates'])}, "
        f"direction: {keys['direction']}, signs: {kind}"
    )
    return Specimen(
        f"more-{number}" if turn else "everything",
        says,
        specimen_profile(form_map, **more),
        specimen_provider(form_map, provider, complete=True),
        Request.model_validate(keys),
    )


def _turns(form_map: FormMap) -> int:
    """How many turns it takes until each of what cannot be had together had one."""
    groups: tuple[Sized, ...] = (
        _deliveries(form_map),
        _sites(form_map),
        _mentioned(form_map, "representative.kind"),
        range(6),
    )
    options: dict[str, int] = {}
    for place in form_map.fields:
        if place.field and place.option:  # one field, one option at a time
            options[place.field] = options.get(place.field, 0) + 1
    return min(2 * max(*map(len, groups), *options.values(), 1) + 1, _MOST_TURNS)


def _records(form_map: FormMap, turn: int) -> list[Any]:
    """The record types that the form has boxes for, and in words some for which it has a line alone."""
    known = vocabulary().choices("records")
    named = _named(form_map, "records")
    if turn % 2 == 0 and "all" in named:
        return _turned(named, turn)  # beside a tick at the whole record, nothing is written on the line
    named = [name for name in named if name != "all"]
    if "other_text" not in _mentioned(form_map, "records"):
        return _turned(named, turn) or ["lab"]
    without_box = [name for name in known if name not in named and name != "all"]
    return [*_turned(named, turn), *without_box[:3], {"other": "Growth chart"}]


def _deliveries(form_map: FormMap) -> list[Any]:
    """The delivery formats that the form has boxes for, and, where it has a line for others, one that no form has."""
    ways: list[Any] = [name for name in _named(form_map, "delivery") if name not in ("mail", "pickup")]
    others = {"other", "other_text"} & set(_mentioned(form_map, "delivery"))
    on_paper = ["paper"] if ways and "paper" not in ways else []  # what no box is for may matter to a condition
    return [*ways, *on_paper, *([{"other": "Microfiche"}] if others else [])]


def _named(form_map: FormMap, group: str) -> list[str]:
    """The boxes of a group that a request can name and the form speaks of."""
    return [name for name in _mentioned(form_map, group) if name in vocabulary().choices(group)]


def _sites(form_map: FormMap) -> list[str]:
    """The words beside the boxes for the provider's sites."""
    return [place.label for place in form_map.fields if place.concept == "provider.choice" and place.label]


def _mentioned(form_map: FormMap, group: str) -> list[str]:
    """What of a group of the vocabulary the map names anywhere, also in a condition or behind a "not"."""
    found: dict[str, None] = {}
    for place in form_map.fields:
        for name in _CONCEPT.findall(f"{place.value or ''} {place.when or ''} {place.leave or ''}"):
            if name.startswith(f"{group}.") and name in vocabulary().concepts:
                found[name.removeprefix(f"{group}.")] = None
    return list(found)


def _turned(items: Sequence[Any], turn: int) -> list[Any]:
    """``items`` beginning with another one each turn: of a group of options, the first that is asked for is chosen."""
    start = turn % max(1, len(items))
    return [*items[start:], *items[:start]]


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("other") or " ".join(f"{key} {item}" for key, item in value.items()))
    return str(value).replace("_", " ")
