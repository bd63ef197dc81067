"""The values of who a form speaks of: the patient, the provider, the recipient, and who signs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from formfill.errors import RequestError
from formfill.gathered import Gathered
from formfill.model.form_map import FormMap, Instrument
from formfill.model.profile import Patient, Profile, Recipient, Representative
from formfill.model.provider import Provider, ReleasingProvider
from formfill.model.request import Request
from formfill.model.scalars import Address
from formfill.model.vocabulary import close_matches, did_you_mean, vocabulary
from formfill.writings import Day, Name

_SEX = {
    "en": {"female": "Female", "male": "Male", "other": "X"},
    "es": {"female": "Femenino", "male": "Masculino", "other": "X"},
}

#: What a Spanish form calls the languages and the kin that profiles name most; any other word stands as it is.
_SPANISH = {
    "amharic": "Amárico", "arabic": "Árabe", "armenian": "Armenio", "burmese": "Birmano", "cantonese": "Cantonés",
    "chinese": "Chino", "dari": "Dari", "english": "Inglés", "farsi": "Farsi", "french": "Francés",
    "haitian creole": "Criollo haitiano", "japanese": "Japonés", "khmer": "Jemer", "korean": "Coreano",
    "mandarin": "Mandarín", "nahuatl": "Náhuatl", "nepali": "Nepalí", "pashto": "Pastún", "persian": "Persa",
    "polish": "Polaco", "portuguese": "Portugués", "punjabi": "Panyabí", "quechua": "Quechua", "russian": "Ruso",
    "somali": "Somalí", "spanish": "Español", "swahili": "Suajili", "tagalog": "Tagalo", "thai": "Tailandés",
    "tigrinya": "Tigriña", "turkish": "Turco", "ukrainian": "Ucraniano", "vietnamese": "Vietnamita",
    "mother": "Madre", "father": "Padre", "parent": "Padre o madre", "daughter": "Hija", "son": "Hijo",
    "sister": "Hermana", "brother": "Hermano", "wife": "Esposa", "husband": "Esposo", "spouse": "Cónyuge",
    "grandmother": "Abuela", "grandfather": "Abuelo", "aunt": "Tía", "uncle": "Tío",
    "legal guardian": "Tutor legal", "friend": "Amistad",
}  # fmt: skip


def signs(profile: Profile, request: Request) -> Representative | None:
    """The representative, where one signs; None where the patient does.

    Raises: RequestError, where a representative should sign and the profile has none.
    """
    if request.signer == "representative" and profile.representative is None:
        raise RequestError(
            f"request: signer: representative, but profile {profile.profile} has none: "
            "write representative: in the profile, or signer: patient"
        )
    return None if request.signer == "patient" else profile.representative


def recipient_of(profile: Profile, request: Request) -> Recipient | None:
    """Who gets the records; None for the patient. Raises: RequestError, for a name that the profile does not have."""
    chosen = request.recipient or profile.default_recipient or "self"
    if isinstance(chosen, Recipient):
        return chosen
    if chosen == "self":
        return None
    if chosen not in profile.recipients:
        known = ["self", *profile.recipients]
        hint = did_you_mean(close_matches(chosen, known)) or f"; it has {', '.join(known)}"
        raise RequestError(f"request: recipient: profile {profile.profile} has no recipient {chosen!r}{hint}")
    return profile.recipients[chosen]


def instrument(form_map: FormMap, profile: Profile, request: Request) -> Instrument:
    """What the request is in law. A form for authorizations whose records go to the patient asks for access.

    Most providers publish no form for access requests; the right does not depend on the form (45 CFR 164.524(b)(1)).
    A request that names its instrument is followed, as far as a form of another kind can carry it.
    Raises: RequestError, for a recipient that the profile does not have.
    """
    if form_map.instrument != "authorization":
        return form_map.instrument
    return request.instrument or usual_instrument(profile, request)


def usual_instrument(profile: Profile, request: Request) -> Instrument:
    """The instrument that who receives the records calls for: the patient's own request, or leave for somebody else.

    Raises: RequestError, for a recipient that the profile does not have.
    """
    to_the_patient = recipient_of(profile, request) is None and request.direction == "release"
    return "access-request" if to_the_patient else "authorization"


def gather_patient(profile: Profile, request: Request, provider_ids: tuple[str, ...], into: Gathered) -> None:
    """The patient's own values; ``provider_ids`` are those whose record number is the right one, first the best."""
    patient = profile.patient
    _gather_names(patient, into)
    into.say_day("patient.birth_date", patient.birth_date)
    parts = Day(patient.birth_date).parts()
    for part in ("month", "day", "year"):
        into.say(f"patient.birth_date.{part}", parts[part])
    into.say("patient.age", str(years_between(patient.birth_date, dt.date.today())))
    if patient.sex and (word := _SEX.get(into.language, _SEX["en"]).get(patient.sex)):
        into.say("patient.sex", word)
        into.ticked.add(f"patient.sex.{patient.sex}")
    if patient.deceased:
        into.ticked.add("patient.is_deceased")
    into.say_address("patient", patient.address, _care_of(patient.address))
    into.say("patient.attention", _care_of(patient.address))
    into.say_phone("patient.phone", patient.phones.best)
    for kind in ("home", "mobile", "work"):
        into.say_phone(f"patient.phone_{kind}", getattr(patient.phones, kind))
    into.say_phone("patient.fax", patient.fax)
    into.say("patient.email", patient.email)
    if patient.languages:
        into.say("patient.language", _named(patient.languages[0].language, into.language))
        if patient.languages[0].interpreter:
            into.ticked.add("patient.interpreter_needed")
    if patient.insurance:
        into.say("patient.insurance", patient.insurance[0].payer)
        into.say("patient.insurance_id", patient.insurance[0].id)
    for concept, numbers in (("mrn", patient.record_numbers), ("account_number", patient.account_numbers)):
        into.say(f"patient.{concept}", next((numbers[key] for key in provider_ids if key in numbers), None))
    _gather_if_asked(patient, request, into)


def _gather_names(patient: Patient, into: Gathered) -> None:
    name = name_of(patient)
    into.say("patient.full_name", name)
    for concept, part in (("first_name", "first"), ("middle_name", "middle"), ("last_name", "last")):
        if getattr(name, part):
            into.say(f"patient.{concept}", Name(name.first, name.middle, name.last, usual=part))
    into.say("patient.preferred_name", patient.preferred_name)
    into.say("patient.native_name", patient.native_name.text if patient.native_name else None)
    into.say("patient.other_names", ", ".join(patient.former_names))


def _gather_if_asked(patient: Patient, request: Request, into: Gathered) -> None:
    """What identifies the patient beyond a form's need: only when the request says so."""
    if request.include_ssn is True:
        into.say("patient.ssn", patient.ssn)
    if request.include_ssn:
        into.say("patient.ssn_last4", patient.ssn_last4 or (patient.ssn[-4:] if patient.ssn else None))
    if request.include_id_number and patient.photo_id:
        into.say("patient.id_number", patient.photo_id.number)


def _named(word: str | None, language: str) -> str | None:
    """A language or relationship as a form in ``language`` calls it."""
    return _SPANISH.get(word.lower(), word) if word and language == "es" else word


def name_of(patient: Patient) -> Name:
    """The patient's legal name in its parts."""
    return Name(patient.given_name or "", patient.additional_name or "", patient.family_name or "")


def years_between(birth: dt.date, day: dt.date) -> int:
    """The age in whole years on ``day``; who is born on 29 February grows older on 1 March of other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _care_of(address: Address | None) -> str | None:
    return f"c/o {address.care_of}" if address and address.care_of else None


def provider_ids(provider: Provider | None, request: Request, form_provider: str) -> tuple[str, ...]:
    """Under which ids the profile may keep its record number at who releases the records, the most telling first."""
    if isinstance(request.provider, ReleasingProvider):
        # written out: another provider than the form's, whose number the form's own would not be
        return (request.provider.id,) if request.provider.id else ()
    named = (request.provider, provider.id if provider else None, form_provider)
    return tuple(dict.fromkeys(item for item in named if item))


def formats_of(provider: Provider | None, request: Request) -> tuple[str, ...]:
    """The delivery formats that who releases the records lists; empty is not known."""
    return () if provider is None or isinstance(request.provider, ReleasingProvider) else provider.formats


def gather_provider(provider: Provider | None, request: Request, site_labels: Iterable[str], into: Gathered) -> None:
    """Who releases the records. What the request writes out stands before the provider's record.

    Args:
        site_labels: What the form prints beside its boxes for the provider's sites.
    """
    who = request.provider if isinstance(request.provider, ReleasingProvider) else provider
    if who is not None:
        into.say("provider.name", who.name or who.organization)
        into.say_address("provider", who.address, who.address.care_of if who.address else None)
        into.say_phone("provider.phone", who.phone)
        into.say_phone("provider.fax", who.fax)
        into.say("provider.email", who.email)
    wanted = request.locations or ((who.name,) if who and who.name else ())
    into.sites = frozenset(plain(site) for site in wanted)
    printed = {plain(label) for label in site_labels}
    if into.sites & printed:  # so that a map's "another site" box can ask: not provider.choice
        into.ticked.add("provider.choice")
    into.say("provider.site_text", ", ".join(site for site in request.locations if plain(site) not in printed))


def plain(words: str) -> str:
    """``words`` for comparing with print: small letters and digits alone."""
    return re.sub(r"[\W_]+", "", words.casefold())


def gather_recipient(profile: Profile, request: Request, into: Gathered) -> None:
    """Who gets the records. Raises: RequestError, for a name that the profile does not have."""
    recipient = recipient_of(profile, request)
    if recipient is None:
        into.ticked.add("recipient.self")
        if "recipient.self" not in into.placed:
            # a form that has no box for the patient wants the patient's own name and address in the recipient's lines
            _gather_self(profile.patient, into)
        return
    into.ticked.add("recipient.other_option")
    person, organization = recipient.name, recipient.organization
    into.say("recipient.organization", organization)
    into.say("recipient.attention", recipient.attention or (person if organization else None))
    if person and organization:
        if "recipient.attention" in into.placed:
            person = None
        elif "recipient.organization" in into.placed:
            organization = None
    into.say("recipient.name", ", ".join(part for part in (person, organization) if part))
    into.say("recipient.relationship", _named(recipient.relationship, into.language))
    into.say_address("recipient", recipient.address, _care_of(recipient.address))
    into.say_phone("recipient.phone", recipient.phone)
    into.say_phone("recipient.fax", recipient.fax)
    into.say("recipient.email", recipient.email)


def _gather_self(patient: Patient, into: Gathered) -> None:
    into.say("recipient.name", name_of(patient))
    into.say("recipient.relationship", "Paciente" if into.language == "es" else "Self")
    into.say_address("recipient", patient.address, _care_of(patient.address))
    into.say_phone("recipient.phone", patient.phones.best)
    into.say_phone("recipient.fax", patient.fax)
    into.say("recipient.email", patient.email)


def gather_signer(profile: Profile, request: Request, into: Gathered) -> None:
    """Who signs, in print; and the representative, where one signs. Raises: RequestError."""
    representative = signs(profile, request)
    age = years_between(profile.patient.birth_date, dt.date.today())
    if representative is None and age < 18:
        into.notes.append("the patient is under 18 and signs: ask whether a parent or guardian must sign")
    elif representative is not None and 12 <= age < 18:
        # California Family Code 6920-6930 and like laws elsewhere
        into.notes.append(
            "the patient is 12 to 17 and somebody else signs: records of care that minors may consent to need the "
            "patient's own signature"
        )
    if representative is None:
        into.say("signature.printed_name", name_of(profile.patient))
        into.ticked.add("representative.kind.self")
        return
    into.say("signature.printed_name", representative.name)
    into.say("representative.name", representative.name)
    box = f"representative.kind.{representative.kind}"
    into.ticked.add(box if box in into.placed else "representative.kind.other")
    words = vocabulary().concepts[box].words(into.language) if representative.kind != "other" else None
    into.say("representative.relationship", _named(representative.relationship, into.language) or words)
    into.say("representative.authority", representative.authority)
    into.say("representative.attention", representative.title)
    into.say_address("representative", representative.address, _care_of(representative.address))
    into.say_phone("representative.phone", representative.phone)
    into.say("representative.email", representative.email)
    into.say("representative.reason_cannot_sign", representative.reason_patient_cannot_sign)
