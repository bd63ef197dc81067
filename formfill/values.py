"""The value of every concept for one patient, one request and one form.

What a concept comes to depends on the form: records that it has no box for go in words to its other line, and the
recipient's name is the organisation alone where the contact person has a line of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from formfill.asked import (
    gather_dates,
    gather_delivery,
    gather_purpose,
    gather_records,
    gather_sensitive,
    gather_terms,
)
from formfill.expressions import mentions
from formfill.gathered import Gathered
from formfill.model.form_map import FormMap, Instrument
from formfill.model.profile import Profile
from formfill.model.provider import Provider
from formfill.model.request import Request
from formfill.model.vocabulary import vocabulary
from formfill.parties import (
    formats_of,
    gather_patient,
    gather_provider,
    gather_recipient,
    gather_signer,
    instrument,
    plain,
    provider_ids,
)
from formfill.writings import Writing


@dataclass(frozen=True)
class Values:
    """What each concept comes to. A concept that is not in it has no value, or its box is not ticked."""

    written: Mapping[str, Writing]
    """dict[text concept, value]."""
    ticked: frozenset[str]
    """The check concepts that are true."""
    language: str = "en"
    notes: tuple[str, ...] = ()
    """What the form cannot say, for the caseworker; no patient's value."""
    sites: frozenset[str] = frozenset()
    """The provider's sites whose records are wanted, as ``parties.plain`` writes them."""
    instrument: Instrument = "authorization"
    """What the request is in law, whatever the form is for."""

    def text(self, concept: str, writing: str | None = None) -> str | None:
        """The text of a concept, in its usual writing or the one named; None where it has no value.

        Raises: ValueError for a writing that is not one of the concept's kind.
        """
        value = self.written.get(concept)
        return (value.write(writing, self.language) or None) if value is not None else None

    def flag(self, concept: str) -> bool:
        """Whether the box of a concept is ticked; for a text concept, whether it has a value."""
        return concept in self.ticked or concept in self.written

    def shorter(self, concept: str, writing: str | None = None) -> tuple[str, ...]:
        """Shorter writings that the vocabulary allows, longest first."""
        value = self.written.get(concept)
        if value is None:
            return ()
        return value.shorter(vocabulary().concepts[concept].abbreviate, self.language, writing)

    def pieces(self, concept: str) -> dict[str, str]:
        """The pieces of a date, phone or address: dict[part of a form map, text]; empty where it has none."""
        value = self.written.get(concept)
        return value.parts() if value is not None else {}

    def is_site(self, *printed: str | None) -> bool:
        """Whether one of the words printed beside a box is a site whose records are wanted."""
        return any(words is not None and plain(words) in self.sites for words in printed)


def concept_values(profile: Profile, provider: Provider | None, request: Request, form_map: FormMap) -> Values:
    """What every concept comes to on ``form_map``.

    Args:
        provider: The record of the form's provider; a provider written out in the request stands before it.

    Raises: RequestError, for a recipient or signer that the profile does not have.
    """
    into = Gathered(placed_concepts(form_map), form_map.language, instrument=form_map.instrument)
    into.in_law = instrument(form_map, profile, request)
    gather_patient(profile, request, provider_ids(provider, request, form_map.provider), into)
    gather_provider(provider, request, _site_labels(form_map), into)
    gather_recipient(profile, request, into)
    gather_signer(profile, request, into)
    if form_map.instrument != "amendment":  # it asks for no records
        gather_dates(request, into)
        gather_records(request, into)
        gather_purpose(request, into)
        gather_delivery(request, profile, formats_of(provider, request), into)
        gather_sensitive(request, into, form_map.releases_without_mark)
    gather_terms(request, into)
    notes = tuple(into.notes)
    return Values(into.written, frozenset(into.ticked), into.language, notes, into.sites, into.in_law)


def placed_concepts(form_map: FormMap) -> frozenset[str]:
    """The concepts that the form has a place for; a line that the patient initials for one is such a place."""
    placed: set[str] = set()
    for place in form_map.fields:
        if place.value is not None:
            placed |= mentions(place.value)
        elif place.leave is not None and place.kind == "initials":
            placed.add(place.leave)
    return frozenset(placed)


def _site_labels(form_map: FormMap) -> tuple[str, ...]:
    places = (place for place in form_map.fields if place.value == "provider.choice")
    return tuple(words for place in places for words in (place.label, place.option, place.field) if words)
