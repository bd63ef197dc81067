"""The two ends of a cover sheet, out of the records that name them."""

from __future__ import annotations

from dataclasses import replace

from formfill.model.profile import Contact, Patient, Profile, Representative
from formfill.model.provider import Location, Provider, ReleasingProvider
from formfill.model.request import Request
from formfill.model.scalars import Address
from formfill.packet.cover import Party
from formfill.parties import name_of, signs
from formfill.writings import Phone, Postal

#: Whose desk a request goes to where the provider's record names none.
_RECORDS_OFFICE = "Health Information Management"
_ON_THE_FORM = "named on the enclosed form"


def sender(profile: Profile, request: Request, organisation: Contact | None) -> tuple[Party, str]:
    """Who sends the packet, and what a fax calls them where their name is the patient's or tells it.

    The organisation; else the caseworker among the profile's recipients; else who signs. Raises: RequestError.
    """
    if organisation is not None:
        return of_contact(organisation), ""
    for name, contact in profile.recipients.items():
        if "caseworker" in (name, (contact.relationship or "").lower().replace(" ", "")):
            return of_contact(contact), ""
    if (representative := signs(profile, request)) is not None:
        # a parent or spouse often has the patient's family name
        return _of_representative(representative, profile.patient), f"The patient’s representative, {_ON_THE_FORM}"
    return _of_patient(profile.patient), f"The patient, {_ON_THE_FORM}"


def releasing(provider: Provider | None, request: Request) -> tuple[Party, str]:
    """Who is to release the records, and in which state they are kept (two letters, or empty).

    A provider that the request writes out stands before the form's own; a site that it asks for, and that has an
    address or fax of its own, before the provider's central office.
    """
    if isinstance(request.provider, ReleasingProvider):
        written = of_contact(request.provider)
        address = request.provider.address
        return replace(written, name=written.name or _RECORDS_OFFICE), _state(address)
    if provider is None:
        return Party(), ""
    site = _site(provider, request)
    address = (site and site.address) or provider.address
    name = (address.care_of if address else None) or _RECORDS_OFFICE
    party = Party(
        name=name,
        organisation=provider.name,
        address=_lines(address, name),
        phone=_phone((site and site.phone) or provider.phone),
        fax=_phone((site and site.fax) or provider.fax),
        email=provider.email or "",
    )
    return party, _state(address) or provider.state or ""


def of_contact(contact: Contact) -> Party:
    """A person or organisation of a profile, request or workspace."""
    address = contact.address
    name = contact.name or (address.care_of if address else None) or ""
    return Party(
        name=name,
        organisation=contact.organization or "",
        address=_lines(address, name),
        phone=_phone(contact.phone),
        fax=_phone(contact.fax),
        email=contact.email or "",
    )


def _of_patient(patient: Patient) -> Party:
    name = name_of(patient).write()
    return Party(
        name=name,
        address=_lines(patient.address, name),
        phone=_phone(patient.phones.best),
        fax=_phone(patient.fax),
        email=patient.email or "",
    )


def _of_representative(representative: Representative, patient: Patient) -> Party:
    return Party(
        name=representative.name,
        address=_lines(representative.address or patient.address, representative.name),
        phone=_phone(representative.phone),
        email=representative.email or "",
    )


def _site(provider: Provider, request: Request) -> Location | None:
    wanted = {name.casefold() for name in request.locations}
    sites = [site for site in provider.locations if site.name.casefold() in wanted]
    return sites[0] if len(sites) == 1 else None


def _lines(address: Address | None, name: str) -> tuple[str, ...]:
    """What stands below ``name``: whose mailbox it is, where that is another's; the street and city lines."""
    if address is None:
        return ()
    care_of = (f"c/o {address.care_of}",) if address.care_of and address.care_of != name else ()
    return (*care_of, Postal(address, "street").write(), Postal(address, "city").write())


def _state(address: Address | None) -> str:
    return address.state or "" if address is not None and address.is_us else ""


def _phone(number: str | None) -> str:
    return Phone(number).write() if number else ""
