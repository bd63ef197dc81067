"""FHIR's data types, HumanName, Address, ContactPoint, as values of a profile, and back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from formfill.exchange import fhir_model as fhir
from formfill.exchange.phones import dialled, readable

_CARE_OF = re.compile(r"^(?:c/o|care of)\s*:?\s*", re.IGNORECASE)
_UNIT = re.compile(r"^(?:apt|apartment|unit|suite|ste|room|rm|floor|fl|bldg|building|lot|space|spc|trlr|#)\b|^#", re.I)


def is_over(period: fhir.Period, use: str | None) -> bool:
    """Whether a name, address or number is of the past."""
    # FHIR dates may stop at the year or month; as text they still compare
    return use == "old" or (period.end is not None and period.end[:10] < dt.date.today().isoformat())


def address_keys(address: fhir.Address) -> dict[str, Any]:
    """The keys of a profile's address."""
    lines = [line for line in address.line if line]
    care_of = next((line for line in lines if _CARE_OF.match(line)), None)
    lines = [line for line in lines if line is not care_of]
    if len(lines) > 1 and _UNIT.match(lines[0]) and not _UNIT.match(lines[1]):
        lines[:2] = reversed(lines[:2])
    keys = {
        "country": address.country,
        "care_of": _CARE_OF.sub("", care_of) if care_of else None,
        "street": lines[0] if lines else None,
        "unit": ", ".join(lines[1:]),
        "city": address.city,
        "state": address.state,
        "postal_code": address.postalCode,
    }
    return {key: value for key, value in keys.items() if value}


def address_json(keys: Mapping[str, Any], use: str | None = None) -> dict[str, Any]:
    """A FHIR Address of the keys of a profile's address."""
    care_of = f"c/o {keys['care_of']}" if keys.get("care_of") else None
    made = {
        "use": use,
        "line": [line for line in (care_of, keys.get("street"), keys.get("unit")) if line],
        "city": keys.get("city"),
        "state": keys.get("state"),
        "postalCode": keys.get("postal_code"),
        "country": keys.get("country"),
    }
    return {key: value for key, value in made.items() if value}


def first_of(points: Sequence[fhir.ContactPoint], *systems: str) -> str | None:
    """The value of the contact point that is to be tried first, in one of ``systems``."""
    ranked = sorted(points, key=lambda one: one.rank or 99)
    found = (one.value for one in ranked if one.system in systems and not is_over(one.period, one.use))
    value = next((value for value in found if value), None)
    return dialled(value) if value and "email" not in systems else value


def telecom_json(phone: str | None, fax: str | None, email: str | None) -> list[dict[str, Any]]:
    """The contact points of somebody with one of each."""
    made = (
        ("phone", readable(phone) if phone else None),
        ("fax", readable(fax) if fax else None),
        ("email", email),
    )
    return [{"system": system, "value": value} for system, value in made if value]


def unread(element: fhir.Element, below: str, ignored: Iterable[str] = ()) -> list[str]:
    """The places of what ``element`` holds and this program does not know, without values."""
    return [f"{below}{key}" for key in element.model_extra or {} if key not in ignored]
