"""The shortest way to a patient's records, before a form is filled for nothing; and what is known of the provider.

A fact that no source was read for ends "check with the provider", and so does what no record says. Nothing here holds
a patient's value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formfill.model.form_map import FormMap, Instrument
from formfill.model.profile import Profile
from formfill.model.provider import Provider
from formfill.model.request import Request
from formfill.packet.correspondents import releasing
from formfill.policy import needed
from formfill.policy_case import ACCESS, ASK, AUTHORIZATION

#: The California Digital Vaccine Record, the public's door to the immunization registry (CAIR).
VACCINE_RECORD = "https://myvaccinerecord.cdph.ca.gov/request"
#: Who makes each portal, by its name in small letters.
PORTALS = {"mychart": "Epic", "followmyhealth": "Veradigm", "healthelife": "Oracle", "nextgen": "NextGen Healthcare"}
_NAMES = "MyChart (Epic), FollowMyHealth (Veradigm), HealtheLife (Oracle) or NextGen"
#: Purposes that California gives a free copy for.
_BENEFITS = frozenset({"government_benefits", "disability"})
_COUNTY = re.compile(r"\b(county|public health)\b", re.IGNORECASE)
_COVERAGE = re.compile(r"\W*(medi-?cal|rma|refugee medical assistance|dhcs)\W*", re.IGNORECASE)
_FORMS: dict[Instrument, str] = {
    "access-request": "model-access-request-en",
    "authorization": "model-authorization-ca-en",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the records: what to do, line by line, and where that is from."""

    title: str
    lines: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of the provider, or holds for it by law."""

    about: str
    says: str
    source: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The ways, the shortest first, and the facts."""

    ways: tuple[Way, ...]
    facts: tuple[Fact, ...]


def advice(profile: Profile, provider: Provider, request: Request, forms: Sequence[FormMap] = ()) -> Advice:
    """What to do for these records. ``forms`` are the provider's own.

    Raises: RequestError, for a recipient that the profile does not have.
    """
    state = releasing(provider, request)[1]
    ways = (
        *_vaccinations(profile, request, state),
        *_portal(provider),
        *_in_person(profile, provider, state),
        *_free_copy(request, state),
        _form(profile, provider, request, state, forms),
    )
    return Advice(ways, tuple(_facts(profile, provider, request, state)))


def is_coverage(name: str) -> bool:
    """Whether ``name`` is Medi-Cal's or RMA's: a payer, which holds no charts."""
    return _COVERAGE.fullmatch(name) is not None


def no_charts() -> Advice:
    """For who would ask the payer: Medi-Cal and Refugee Medical Assistance keep no medical records."""
    lines = (
        "Medi-Cal and RMA pay for care and hold no charts: nothing is to be had from them.",
        "Ask each clinic and hospital that the patient went to, or the county's Health Information Management office.",
        "formfill advise PROFILE PROVIDER tells the shortest way to each.",
    )
    return Advice((Way("Ask who treated the patient", lines, "the guide to California routes"),), ())


# the ways


def _vaccinations(profile: Profile, request: Request, state: str) -> Iterator[Way]:
    """Nobody needs a form for vaccinations alone."""
    if not request.records or any(item != "immunizations" for item in request.records):
        return
    patient = profile.patient
    state = state or (patient.address.state or "" if patient.address else "")
    if state != "CA":
        where = f"the immunization registry of {state}" if state else "the state's immunization registry"
        line = f"Ask {where} first: many give a copy to the patient without a form; {ASK}."
        yield Way("Vaccinations alone: the state's registry", (line,), "practice")
        return
    known = [name for name, value in (("a phone", patient.phones.best), ("an e-mail address", patient.email)) if value]
    has = f"the profile has {' and '.join(known)}" if known else "the profile has neither: ask the patient"
    yield Way(
        "Vaccinations alone: the California Digital Vaccine Record",
        (
            f"Ask at {VACCINE_RECORD}: no form, no fee.",
            "It needs the name, the date of birth, the phone or e-mail address that is on file there, and a 4-digit "
            f"PIN that the patient chooses ({has}).",
            "The link that comes is good for 24 hours.",
            "No match: try the other phone or e-mail address, ask the provider, or ask for a review (about a week).",
            "Doses given abroad may be missing.",
        ),
        "California Department of Public Health",
    )


def _portal(provider: Provider) -> Iterator[Way]:
    portal = provider.portal
    limit = "What a portal shows is not the full record: for the rest, the form."
    if portal is None:
        line = f"None is on record. Ask whether there is one ({_NAMES}); {ASK}."
        yield Way("The patient portal, if there is one", (line, limit), "the guide to California routes")
        return
    plain = re.sub(r"\W", "", portal.kind).lower()
    maker = next((vendor for name, vendor in PORTALS.items() if plain.startswith(name)), "")
    site = f"; its website is {provider.website}" if provider.website else "."
    lines = [f"{provider.name} has {portal.kind}" + (f": {portal.url}" if portal.url else site)]
    if maker:
        lines.append(f"It is software of {maker}; {ASK}.")
    lines.append(
        "With an account the patient sees, saves and prints results, vaccinations and visit summaries at once."
    )
    yield Way(
        f"The patient portal: {portal.kind}",
        (*lines, limit),
        "the provider's record; the guide to California routes",
    )


def _in_person(profile: Profile, provider: Provider, state: str) -> Iterator[Way]:
    """County offices, and whoever takes a request by hand; with an interpreter."""
    is_county = _COUNTY.search(f"{provider.name} {provider.organization or ''}") is not None
    if not (is_county or "hand" in provider.accepts or state == "CA"):
        return
    lines = []
    if "hand" in provider.accepts:
        lines.append(f"{provider.name} takes requests by hand{_at(provider)}.")
    if state == "CA" or is_county:
        lines.append(
            "If the care was at a county or public health clinic: go to the county's Health Information Management "
            f"(HIM) office. Some counties take a request in person; {ASK}."
        )
    needs = any(spoken.interpreter for spoken in profile.patient.languages)
    lines.append(
        ("The patient needs an interpreter: ask for one when you call. " if needs else "")
        + "A provider with federal funds gives a qualified interpreter free; no child interprets."
    )
    yield Way("In person", tuple(lines), "the guide to California routes; Section 1557 of the Affordable Care Act")


def _free_copy(request: Request, state: str) -> Iterator[Way]:
    if state == "CA" and not _BENEFITS.isdisjoint(item for item in request.purpose if isinstance(item, str)):
        lines = (
            "For a claim or appeal the relevant records are free in California: ask by letter, with proof of it.",
            "formfill letter free-copy PROFILE --provider … --benefit … --proof …",
        )
        yield Way("A free copy for the benefit claim", lines, "California Health and Safety Code 123110")


def _form(profile: Profile, provider: Provider, request: Request, state: str, forms: Sequence[FormMap]) -> Way:
    """The request itself, with the form to take."""
    instrument, why = needed(profile, request)
    is_access = instrument == "access-request"
    name = "an access request" if is_access else "an authorization"
    # most providers publish authorizations alone, and these serve a patient's own request as well
    serving = [form for form in forms if form.instrument == instrument and not form.superseded_by]
    if is_access and not serving:
        serving = [form for form in forms if form.instrument == "authorization" and not form.superseded_by]
    lines = [f"It is {name}: {why}."]
    lines += [f"Form {form.form}: {form.title} ({form.language})" for form in serving]
    if not serving:
        # the model authorization is California's
        model = f"; else the model form {_FORMS[instrument]}" if is_access or state == "CA" else ""
        lines.append(f"No form of {provider.name} is here: ask for its own{model}.")
    ways = ", ".join(provider.accepts)
    lines.append(f"It takes requests by {ways}." if ways else f"How it takes requests is not on record; {ASK}.")
    if not provider.address and not provider.fax:
        lines.append(f"No address or fax is on record: call the records office{_at(provider)}.")
    return Way("The form", tuple(lines), ACCESS if is_access else AUTHORIZATION)


# the facts


def _facts(profile: Profile, provider: Provider, request: Request, state: str) -> Iterator[Fact]:
    record = "the provider's record"
    if any(is_coverage(plan.payer) for plan in profile.patient.insurance) or state == "CA":
        yield Fact(
            "coverage",
            "Medi-Cal and RMA hold no charts: ask each provider or the county",
            "the guide to California routes",
        )
    yield Fact("fees", provider.fees or f"not on record; {ASK}", record)
    instrument = needed(profile, request)[0]
    yield from _legal_fees(instrument, state)
    wants = {True: "a copy of a photo ID must come with the request", False: "no copy of an ID is needed"}
    unknown = f"not on record whether a copy is wanted; {ASK}"
    yield Fact("photo ID", unknown if provider.id_required is None else wants[provider.id_required], record)
    yield Fact("formats", ", ".join(provider.formats) or f"not on record; {ASK}", record)
    if provider.fax_page_limit:
        yield Fact("fax", f"at most {provider.fax_page_limit} pages", record)
    yield from _deadlines(instrument, state)
    if provider.phone:
        yield Fact("phone", _call(provider), record)
    if provider.notes:
        yield Fact("notes", " ".join(provider.notes.split()), record)


def _legal_fees(instrument: Instrument, state: str) -> Iterator[Fact]:
    if instrument == "access-request":
        yield Fact(
            "fees by law",
            "the patient's own copy costs labor of copying, supplies and postage only, no search; nothing is held back "
            "for an unpaid bill; ask for the estimate first",
            f"{ACCESS}(c)(4)",
        )
    else:
        yield Fact("fees by law", "the federal cap is on the patient's own copies, not on these", "Ciox Health v. Azar")
    if state == "CA":
        yield Fact(
            "fees in California",
            f"at most $0.25 a page ($0.50 from microfilm) and reasonable clerical costs; {ASK}",
            "California Health and Safety Code 123110",
        )
        yield Fact(
            "free copies",
            "relevant records for a claim or appeal to Medi-Cal, SSI/SSP, SSDI, IHSS, CalWORKs, CalFresh, veterans' "
            "benefits, CAPI or housing aid, and for a U visa or VAWA petition, with proof: formfill letter free-copy",
            "California Health and Safety Code 123110; SB 575, AB 2520",
        )


def _deadlines(instrument: Instrument, state: str) -> Iterator[Fact]:
    if instrument != "access-request":
        yield Fact(
            "deadline", f"an authorization sets none: the provider may release, and need not; {ASK}", AUTHORIZATION
        )
        return
    if state == "CA":
        yield Fact(
            "deadline",
            "copies within 15 days of the written request, a look at the record within 5 working days",
            "California Health and Safety Code 123110",
        )
    federal = "30 days from receipt; once 30 more, if it writes why within the first 30"
    yield Fact("federal deadline" if state == "CA" else "deadline", federal, f"{ACCESS}(b)(2)")


def _call(provider: Provider) -> str:
    from formfill.writings import Phone

    return Phone(provider.phone).write() if provider.phone else ""


def _at(provider: Provider) -> str:
    return f" ({_call(provider)})" if provider.phone else ""
