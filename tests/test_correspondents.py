"""The two ends of a cover sheet: nothing of an address is lost on the way there."""

from __future__ import annotations

import pytest

from formfill import yaml_io
from formfill.errors import ProfileError, ProviderError
from formfill.model.base import validate
from formfill.model.profile import Profile, parse_profile
from formfill.model.provider import Provider
from formfill.model.request import Request
from formfill.packet.correspondents import of_contact, releasing, sender

STREET_AND_CITY = ("2114 Folsom Blvd, Apt 7", "Sacramento, CA 95816")
ADDRESS = (
    "{care_of: Lea Noori, street: 2114 Folsom Blvd, unit: Apt 7, city: Sacramento, state: CA, postal_code: '95816'}"
)
PATIENT = f"""\
profile: amina
patient: {{given_name: Amina, family_name: Rahimi, birth_date: 1987-03-14, address: {ADDRESS}}}
"""


def profile(more: str = "") -> Profile:
    return parse_profile(yaml_io.loads(PATIENT + more, "amina.yaml", ProfileError))


def test_a_patient_who_lives_with_another_is_reached_at_their_mailbox() -> None:
    party, on_fax = sender(profile(), Request(), None)
    assert (party.name, party.address) == ("Amina Rahimi", ("c/o Lea Noori", *STREET_AND_CITY))
    assert "Amina" not in on_fax


@pytest.mark.parametrize(("name", "in_front"), [("Omid Rahimi", ("c/o Lea Noori",)), ("Lea Noori", ())])
def test_a_representative_at_the_patients_address(name: str, in_front: tuple[str, ...]) -> None:
    party, _ = sender(profile(f"representative: {{kind: guardian, name: {name}}}\n"), Request(), None)
    assert (party.name, party.address) == (name, (*in_front, *STREET_AND_CITY))


def test_a_caseworker_whose_mail_goes_to_another() -> None:
    listed = profile(f"recipients:\n  caseworker: {{name: Elena Marsh, organization: Harbor, address: {ADDRESS}}}\n")
    party = of_contact(listed.recipients["caseworker"])
    assert (party.name, party.organisation) == ("Elena Marsh", "Harbor")
    assert party.address == ("c/o Lea Noori", *STREET_AND_CITY)


def test_the_desk_of_an_organisation_stands_in_place_of_a_name() -> None:
    listed = profile(f"recipients:\n  clinic: {{organization: Harbor, address: {ADDRESS}}}\n")
    party = of_contact(listed.recipients["clinic"])
    assert (party.name, party.organisation, party.address) == ("Lea Noori", "Harbor", STREET_AND_CITY)
    document = yaml_io.loads(f"id: oak\nname: Oak Clinic\naddress: {ADDRESS}\n", "provider.yaml", ProviderError)
    asked, state = releasing(validate(Provider, document, ProviderError), Request())
    assert (asked.name, asked.organisation, asked.address) == ("Lea Noori", "Oak Clinic", STREET_AND_CITY)
    assert state == "CA"
