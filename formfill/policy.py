"""What a request must say before it may leave, by the law of its instrument; and which instrument that is.

Promises: nothing is filled in for the patient but the end of a California authorization, and that is said. What the
law requires and the request lacks is an error with its remedy; what depends on the provider is a warning that ends
"check with the provider". No finding holds a patient's value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator

from formfill.asked import EMAIL, delivery_box, end_is_placed, is_offered
from formfill.errors import FormfillError, ProfileError, RequestError
from formfill.model.choices import Other
from formfill.model.form_map import FormMap, Instrument
from formfill.model.profile import Profile, Recipient
from formfill.model.provider import Provider, ReleasingProvider
from formfill.model.request import Request
from formfill.parties import formats_of, usual_instrument
from formfill.policy_case import ACCESS, ASK, AUTHORIZATION, CMIA, Case, Finding, Severity
from formfill.policy_people import of_people

#: Formats that are carried to an address.
_CARRIED = frozenset({"paper", "cd", "usb", "cd_usb"})
_PAST = {"obtain": "obtained", "exchange": "exchanged"}
_NO_END = re.compile(r"\s*(none|never|no (end|expiration|expiry)|n/?a)\s*\.?\s*", re.IGNORECASE)
#: What tells of birthplace or immigration status: medical information in California since SB 81.
_OF_STATUS = re.compile(
    r"\b(immigra\w*|asylum|asylee|refugee|undocumented|green card|deport\w*|birthplace|(place|country) of birth|"
    r"[ut] visa)\b",
    re.IGNORECASE,
)


def findings(
    profile: Profile, provider: Provider | None, request: Request, form_map: FormMap, today: dt.date
) -> tuple[Finding, ...]:
    """All that is to be said of a request before it leaves, errors first.

    Raises: RequestError, for a recipient or signer that the profile does not have.
    """
    case = Case(profile, provider, request, form_map, today)
    found = [finding for check in (*_CHECKS, of_people) for finding in check(case)]
    return tuple(sorted(found, key=lambda finding: ("error", "warning", "note").index(finding.severity)))


def refuse(found: Iterable[Finding]) -> None:
    """Raises: RequestError or ProfileError, by where the first error is to be mended; every error, one a line."""
    errors = [finding for finding in found if finding.severity == "error"]
    if not errors:
        return
    of_request = all(finding.key.startswith("request.") for finding in errors)
    kind: type[FormfillError] = RequestError if of_request else ProfileError
    raise kind("\n".join(map(str, errors)))


def with_defaults(
    profile: Profile, provider: Provider | None, request: Request, form_map: FormMap, today: dt.date
) -> Request:
    """The request, with the end that a California authorization gets where none is said: a year from ``today``.

    California Civil Code 56.11 wants a date or event, normally at most a year away (AB 1697).
    """
    case = Case(profile, provider, request, form_map, today)
    if not _ends_by_default(case):
        return request
    return request.model_copy(update={"expires": a_year_after(today)})


def checked(
    profile: Profile, provider: Provider | None, request: Request, form_map: FormMap, today: dt.date
) -> tuple[Request, tuple[Finding, ...]]:
    """The request as it may leave, with its defaults, and the warnings and notes on it.

    Raises: RequestError, ProfileError: what is missing, where, and the remedy.
    """
    found = findings(profile, provider, request, form_map, today)
    refuse(found)
    return with_defaults(profile, provider, request, form_map, today), found


def a_year_after(day: dt.date) -> dt.date:
    """The same day a year on; after 29 February, 28 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _ends_by_default(case: Case) -> bool:
    return case.law == "authorization" and case.in_california and case.request.expires is None


# which instrument


def _instrument(case: Case) -> Iterator[Finding]:
    """Which one it is and why, and how to have the other."""
    key, form, asked = "request.instrument", case.form_map, case.request.instrument
    if form.instrument not in ("authorization", "access-request"):
        if asked:
            yield Finding("error", key, f"form {form.form} is neither", "leave the key out", ACCESS)
        return
    if asked == "access-request" and case.request.direction != "release":
        what = f"a patient's own request cannot {case.request.direction} records for somebody else"
        yield Finding("error", key, what, "write direction: release, or instrument: authorization", ACCESS)
        return
    if asked == "authorization" and form.instrument == "access-request":
        what = f"form {form.form} is for the patient's own request and lacks the statements of an authorization"
        yield Finding(
            "error", key, what, "take a form for authorizations (formfill form list)", f"{AUTHORIZATION}(c)(2)"
        )
        return
    if case.law == "access-request":
        yield _access(case)
        return
    if case.goes_to_another:
        why = "the records go to somebody other than the patient, and the provider may release them but need not"
    else:
        why = "the request says so, though the records go to the patient"
    other = "for the patient's own request instead: --instrument access-request"
    yield Finding("note", key, f"an authorization, because {why}; {ASK}", other, AUTHORIZATION)


def _access(case: Case) -> Finding:
    key, form = "request.instrument", case.form_map
    if not case.goes_to_another:
        other = "for an authorization instead: --instrument authorization"
        if form.instrument == "access-request":
            other = "for an authorization instead, take a form for one (formfill form list)"
        why = "an access request, because the records go to the patient, and the provider must answer"
        return Finding("note", key, why, other, ACCESS)
    what = "an access request sends the records to somebody else: it binds for electronic copies of health records only"
    if form.instrument == "access-request":
        what = f"form {form.form} is for the patient's own access, and somebody else is the recipient: such a request "
        what += "binds for electronic copies of health records only"
    remedy = "take a form for authorizations, or --recipient self with the patient's mail c/o the agency"
    if form.instrument == "authorization":
        remedy = "--instrument authorization, or --recipient self with the patient's mail c/o the agency"
    return Finding("warning", key, what, remedy, f"{ACCESS}(c)(3)(ii); Ciox Health v. Azar")


# what each instrument must say


def _elements(case: Case) -> Iterator[Finding]:
    if case.law == "amendment":
        yield from _amendment(case)
        return
    if case.law == "other":
        return
    yield from _description(case)
    if case.law == "access-request" and not case.request.delivery:
        remedy = "--delivery LIST, most wanted first (cd, usb, email_encrypted, paper …)"
        yield Finding("error", "request.delivery", "says no format for the copies", remedy, f"{ACCESS}(c)(2)")
    yield from _whereto(case)
    if (
        case.law == "authorization"
        and case.provider is None
        and not isinstance(case.request.provider, ReleasingProvider)
    ):
        what, remedy = "nobody is named to release the records", "--provider ID, or write provider: in the request"
        yield Finding("error", "request.provider", what, remedy, case.source("provider"))
    if case.law == "authorization" and case.recipient is None and case.request.direction != "release":
        what = (
            f"records are to be {_PAST[case.request.direction]}, and nobody but the patient is named at the other end"
        )
        yield Finding("error", "request.recipient", what, "--recipient WHO", case.source("recipient"))
    if (source := case.source("purpose")) and not case.request.purpose:
        remedy = "--purpose LIST; personal, at the request of the patient, says enough"
        yield Finding("error", "request.purpose", "names no purpose", remedy, source)
    yield from _end(case)


def _description(case: Case) -> Iterator[Finding]:
    """Which records, and of when."""
    request, is_access = case.request, case.law == "access-request"
    source = ACCESS if is_access else case.source("records")
    if not (request.records or request.sensitive or request.sensitive_text):
        remedy = "--records LIST (lab, immunizations, all …)"
        yield Finding("error", "request.records", "does not say which records", remedy, source)
    if request.dates is None:
        what, remedy = "says no dates of care", "--from DATE and --to DATE, or --all-dates"
        if is_access:
            yield Finding("error", "request.dates", what, remedy, source)
        else:
            what += f"; some providers release nothing without them, {ASK}"
            yield Finding("warning", "request.dates", what, remedy, source)


def _whereto(case: Case) -> Iterator[Finding]:
    """Whether the copies can arrive in the format that is asked for."""
    request = case.request
    first = next((item for item in request.delivery if is_offered(item, formats_of(case.provider, request))), None)
    wanted = delivery_box(request, case.placed, formats_of(case.provider, request)) or first
    if not isinstance(wanted, str):
        return
    who = case.recipient or case.profile.patient
    if wanted in _CARRIED and request.delivery_by != "pickup":
        missing = "" if who.address else "address"
    elif wanted in EMAIL:
        missing = "" if who.email else "email"
    elif wanted == "fax":
        missing = "" if who.fax else "fax"
    else:
        missing = "" if wanted != "electronic" or who.address or who.email else "email"
    is_access = case.law == "access-request"
    if missing and (is_access or wanted not in {*EMAIL, "fax"}):  # for an authorization the form's own note says these
        severity: Severity = "error" if is_access else "warning"
        key = f"{_whose(case)}.{missing}"
        what = f"the records should come as {wanted}, and who receives them has no {missing}"
        source = f"{ACCESS}(c)(3)" if is_access else "practice"
        yield Finding(severity, key, what, f"write {key}, or ask for another format: --delivery", source)


def _whose(case: Case) -> str:
    if case.recipient is None:
        return "patient"
    if isinstance(case.request.recipient, Recipient):
        return "request.recipient"
    return f"recipients.{case.request.recipient or case.profile.default_recipient}"


def _end(case: Case) -> Iterator[Finding]:
    """When the authorization ends: named, to come, and in California within a year."""
    if not (source := case.source("expires")):
        return
    key, expires = "request.expires", case.request.expires
    if _ends_by_default(case):
        end = a_year_after(case.today)
        what = f"names no end, and {end.isoformat()}, a year from today, is written"
        yield Finding("note", key, what, "for another end: --expires DATE", f"{CMIA}; AB 1697 (2023)")
    elif expires is None or (isinstance(expires, str) and _NO_END.fullmatch(expires)):
        remedy = f"--expires YYYY-MM-DD, or an event in words; a year from today is {a_year_after(case.today)}"
        if expires is None and not end_is_placed(case.request, case.placed) and not case.under_part_2:
            what = f"names no end, and form {case.form_map.form} has no place for one: the print must name it"
            yield Finding("warning", key, what, f"read the form; else {remedy}", source)
        else:
            yield Finding("error", key, "names no day or event that ends the permission", remedy, source)
    elif isinstance(expires, dt.date) and expires < case.today:
        what = "the day that ends the permission is past, so it would not be valid"
        yield Finding("error", key, what, "--expires YYYY-MM-DD, a day to come", f"{AUTHORIZATION}(b)(2)(i)")
    elif isinstance(expires, dt.date) and case.in_california and expires > a_year_after(case.today):
        what = "is more than a year away, and California authorizations normally end within one"
        yield Finding(
            "warning", key, what, f"--expires {a_year_after(case.today)}, or keep what the patient asked for", CMIA
        )


def _amendment(case: Case) -> Iterator[Finding]:
    asked = case.request.amendment
    if asked is None or not any((asked.entry, asked.wrong, asked.correct, asked.reason, asked.statement)):
        what, remedy = "does not say what to mend", "write amendment: with wrong, correct and reason, or a statement"
        yield Finding("error", "request.amendment", what, remedy, "45 CFR 164.526(b)(1)")
        return
    if not any((asked.entry, asked.wrong, asked.correct, asked.reason)):
        return  # California's addendum alone needs no reason (Health and Safety Code 123111)
    for name, what in (("wrong", "what is wrong"), ("correct", "what it should say"), ("reason", "why")):
        if not getattr(asked, name):
            key = f"request.amendment.{name}"
            yield Finding("error", key, f"does not say {what}", f"write {key} in the request", "45 CFR 164.526(b)(1)")


# what must be kept apart, and what is not volunteered


def _kept_apart(case: Case) -> Iterator[Finding]:
    request = case.request
    chosen = set(request.sensitive)
    if "psychotherapy_notes" in chosen:
        others = len(chosen) > 1 or request.records or request.sensitive_text
        if others or case.law != "authorization":
            what = f"psychotherapy notes need an authorization of their own, joined with no other; {ASK}"
            remedy = "leave psychotherapy_notes out here, and ask for them alone in a second request"
            yield Finding("warning", "request.sensitive", what, remedy, f"{AUTHORIZATION}(a)(2)")
    for key in ("records", "purpose") if case.in_california else ():
        if any(isinstance(item, Other) and _OF_STATUS.search(item.other) for item in getattr(request, key)):
            what = "its words speak of birthplace or immigration status, which do not belong on a form"
            yield Finding("warning", f"request.{key}", what, "say it without them", "California SB 81 (2025)")


def _identity(case: Case) -> Iterator[Finding]:
    """What identifies the patient: no more than was chosen."""
    patient, request = case.profile.patient, case.request
    asks = {"patient.ssn", "patient.ssn_last4"} & case.placed
    practice = "never by default"
    if request.include_ssn and not (patient.ssn or (request.include_ssn == "last4" and patient.ssn_last4)):
        what = "asks for a Social Security number that the profile does not have"
        yield Finding("error", "request.include_ssn", what, "write patient.ssn, or leave include_ssn out", practice)
    elif asks and not request.include_ssn:
        what = f"the form asks for the Social Security number, and it is left empty; {ASK} whether it is needed"
        yield Finding("note", "request.include_ssn", what, "only if the patient wants: --include-ssn", practice)
    if patient.former_names and "patient.other_names" not in case.placed:
        what = "records may be filed under a former name, and the form has no place for one"
        yield Finding("note", "patient.former_names", what, "tell the records office by phone", "practice")
    has_id = patient.photo_id is not None and patient.photo_id.file is not None
    if case.provider is not None and case.provider.id_required and not has_id:
        what = f"{case.provider.name} wants a copy of a photo ID with the request"
        yield Finding(
            "warning", "patient.photo_id.file", what, "add the picture to the profile", "the provider's record"
        )


def _formats(case: Case) -> Iterator[Finding]:
    """Whether the provider lists what is asked for first."""
    offered, wanted = formats_of(case.provider, case.request), case.request.delivery
    if case.law in ("amendment", "other") or not wanted or is_offered(wanted[0], offered):
        return
    what = f"the provider does not list {wanted[0]}; it lists {', '.join(offered)}; {ASK}"
    remedy = "the form asks for the next that it lists, and the letter for yours first"
    if not any(is_offered(item, offered) for item in wanted):
        remedy = "add one that it lists to --delivery; yours is owed only where it is readily producible"
    yield Finding("warning", "request.delivery", what, remedy, f"{ACCESS}(c)(2)")


_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (_instrument, _elements, _kept_apart, _identity, _formats)


def needed(profile: Profile, request: Request) -> tuple[Instrument, str]:
    """The instrument that a request needs before a form is chosen, and why, in words.

    Raises: RequestError, for a recipient that the profile does not have.
    """
    if request.instrument:
        return request.instrument, "the request says so"
    if usual_instrument(profile, request) == "access-request":
        return "access-request", "the records go to the patient"
    return "authorization", "the records go to somebody other than the patient"
