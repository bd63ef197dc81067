"""The table to begin with: a header, and one made-up request to write over."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from formfill.tables.names import columns_for

#: What the example row says, in the order of the columns. Nobody's data: the profile ships with formfill.
_EXAMPLE = {
    "request": "2026-lab-001",
    "profile": "amina-rahimi",
    "form": "model-access-request-en",
    "provider": "valley-oak",
    "patient.given_name": "Amina",
    "patient.additional_name": "Yusuf",
    "patient.family_name": "Rahimi",
    "patient.birth_date": "1987-03-14",
    "patient.sex": "female",
    "patient.address.street": "2114 Folsom Blvd",
    "patient.address.unit": "Apt 7",
    "patient.address.city": "Sacramento",
    "patient.address.state": "CA",
    "patient.address.postal_code": "95816",
    "patient.phones.mobile": "(916) 555-0142",
    "patient.email": "amina.rahimi@example.org",
    "records": "lab; immunizations",
    "dates.from": "2021-01-15",
    "dates.to": "2025-06-30",
    "purpose": "personal",
    "delivery": "cd",
    "delivery_by": "mail",
    "recipient": "self",
    "send": "mail",
}
_USUAL = ("request", "profile", "form", "provider", "records", "dates.from", "dates.to", "purpose", "delivery")
_ALWAYS = ("request", "profile", "form", "send")
#: Empty in the example, which has no representative, and names its recipient in one word.
_WRITTEN_OUT = ("recipient.", "representative.")


def template() -> str:
    """A CSV of the columns that requests usually have, for patients whose profiles are saved."""
    return _csv((*_USUAL, "recipient", "send"), {})


def template_for(form: str, provider: str | None, concepts: Iterable[str]) -> str:
    """A CSV of the columns that one form can use, for patients of whom nothing is saved.

    ``provider`` is the id of the form's provider, where it has a record; ``concepts`` are what the form has places for.
    """
    used = {name.replace("PROVIDER", provider or "PROVIDER") for concept in concepts for name in columns_for(concept)}
    if any(name.startswith("recipient.") for name in used):
        used.add("recipient")
    if "dates" in used:
        used |= {"dates.from", "dates.to"}
    if "patient.ssn" in used or "patient.ssn_last4" in used:
        used.add("include_ssn")
    if provider is None and any(name.startswith("provider.") for name in used):
        used.add("provider")
    written_out = sorted(name for name in used if name.startswith(_WRITTEN_OUT))
    wanted = {*_ALWAYS, *(name for name in used if not name.startswith((*_WRITTEN_OUT, "provider.")))} - {"dates"}
    ordered = [name for name in _EXAMPLE if name in wanted]
    rest = sorted(wanted - set(ordered))
    return _csv((*ordered, *rest, *written_out), {"form": form, "profile": "", "recipient": "self"})


def _csv(columns: Iterable[str], said: dict[str, str]) -> str:
    out = io.StringIO(newline="")
    names = list(columns)
    csv.writer(out).writerows([names, [said.get(name, _EXAMPLE.get(name, "")) for name in names]])
    return out.getvalue()
