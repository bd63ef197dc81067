"""What a request asks, as one form can say it: which boxes are ticked, and in words what the form has no box for."""

from __future__ import annotations

import datetime as dt

from formfill.gathered import Gathered
from formfill.model.choices import Other, words_of
from formfill.model.profile import Profile
from formfill.model.request import DateRange, Request
from formfill.model.vocabulary import vocabulary
from formfill.parties import recipient_of
from formfill.writings import Span, Words, in_words, uncapitalised

#: Delivery format -> the boxes that offer it, best first. Never from a safe way to an unsafe one: plain e-mail is
#: ticked only for who chose it by its own name.
OFFERED_AS = {
    "cd": ("cd", "cd_usb", "electronic"),
    "usb": ("usb", "cd_usb", "electronic"),
    "cd_usb": ("cd_usb", "cd", "usb", "electronic"),
    "email": ("email", "email_encrypted", "electronic"),
    "email_encrypted": ("email_encrypted", "email", "electronic"),
    "email_unencrypted": ("email_unencrypted", "email"),
    "portal": ("portal", "electronic"),
}
EMAIL = frozenset({"email", "email_encrypted", "email_unencrypted"})
_ELECTRONIC = frozenset({"electronic", "cd", "usb", "cd_usb", "portal", *EMAIL})
_DATE_PLACES = frozenset({"request.dates", "request.date_from", "request.date_to", "request.dates_all"})


def gather_dates(request: Request, into: Gathered) -> None:
    """The span of care whose records are wanted."""
    dates = request.dates
    if isinstance(dates, DateRange):
        into.ticked.add("request.dates_option")
        into.say("request.dates", Span(dates.from_, dates.to))
        into.say_day("request.date_from", dates.from_)
        into.say_day("request.date_to", dates.to)
        if dates.to is None:
            into.say("request.date_to", Words("presente" if into.language == "es" else "present", for_date=True))
    elif dates is not None:
        box = f"request.dates_{dates}"
        into.ticked.add(box)
        if box not in into.placed:
            into.say("request.dates", Words(vocabulary().concepts[box].words(into.language), for_date=True))
            if dates == "last_2_years":
                today = dt.date.today()
                into.say_day("request.date_from", _years_before(today, 2))
                into.say_day("request.date_to", today)
            elif "request.dates" not in into.placed:
                # left empty, some forms mean the last two years by it; the blank is short, and so are the words
                into.say("request.date_from", "todas" if into.language == "es" else "all dates")


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def gather_records(request: Request, into: Gathered) -> None:
    """The record types. Those without a box go in words to the other line, with the dates where they have no place."""
    into.ticked |= {f"records.{item}" for item in request.records if isinstance(item, str)}
    left = [item for item in request.records if isinstance(item, Other) or f"records.{item}" not in into.placed]
    if not left:
        return
    everything = "records.all" in into.ticked and "records.all" in into.placed
    if everything or "records.other_text" not in into.placed:
        # beside a tick at the whole record, a line of other records would read as its limit
        names = ", ".join("another kind" if isinstance(item, Other) else f"records.{item}" for item in left)
        into.notes.append(f"the form has no box and no line for {names}: the cover letter must name it")
        return
    text = in_words([words_of("records", item, into.language) for item in left])
    if not into.placed & _DATE_PLACES and (dates := into.written.get("request.dates")):
        span = dates.write(None, into.language)
        front = "fechas de servicio " if into.language == "es" else "dates of service "
        text += f"; {front}{span}" if isinstance(dates, Span) else f"; {uncapitalised(span)}"
    into.say("records.other_text", text)
    into.ticked.add("records.other")


def gather_purpose(request: Request, into: Gathered) -> None:
    """The purposes: boxes, and in words where the form has no box or asks for words."""
    if not request.purpose:
        return
    into.ticked |= {f"purpose.{item}" for item in request.purpose if isinstance(item, str)}
    into.say("purpose.text", in_words([words_of("purpose", item, into.language) for item in request.purpose]))
    left = [item for item in request.purpose if isinstance(item, Other) or f"purpose.{item}" not in into.placed]
    if not left or "purpose.text" in into.placed:
        return
    if "purpose.other_text" not in into.placed:
        if into.in_law != "access-request":  # access is a right: it needs no purpose (45 CFR 164.524)
            into.notes.append("the form has no box and no line for the purpose: the cover letter must name it")
        return
    into.say("purpose.other_text", in_words([words_of("purpose", item, into.language) for item in left]))
    # the box says "none of these", and only a purpose in the patient's own words is: a known one is written out
    if any(isinstance(item, Other) for item in left):
        into.ticked.add("purpose.other")


def gather_delivery(request: Request, profile: Profile, offered: tuple[str, ...], into: Gathered) -> None:
    """The delivery format: the box of the most preferred one that can be had, else words on the form's other line.

    Args:
        offered: The formats that the provider lists; empty is not known.
    """
    if request.delivery_by:
        into.ticked.add(f"delivery.{request.delivery_by}")
    if not request.delivery:
        return
    box = delivery_box(request, into.placed, offered)
    first = _to_be_had(request, offered)[0]
    if box is None and "delivery.other_text" in into.placed:
        into.say("delivery.other_text", words_of("delivery", first, into.language))
        if isinstance(first, Other):
            into.ticked.add("delivery.other")
    elif box is None:
        into.notes.append("the form has no place for the delivery format: the cover letter must name it")
    chosen = box or (first if isinstance(first, str) else None)
    if chosen is None:
        return
    # without a box too: an expression of the map may ask for it (not delivery.verbal)
    into.ticked.add(f"delivery.{chosen}")
    recipient = recipient_of(profile, request) or profile.patient
    if chosen in EMAIL:
        into.say("delivery.email_address", recipient.email)
    if chosen == "fax":
        into.say_phone("delivery.fax_number", recipient.fax)
    key = "fax" if chosen == "fax" else "email"
    if chosen in {*EMAIL, "fax"} and not getattr(recipient, key):
        into.notes.append(f"delivery.{chosen}: the recipient has none: write {key} in the profile")


def delivery_box(request: Request, placed: frozenset[str], offered: tuple[str, ...] = ()) -> str | None:
    """The box for the most preferred format that form and provider can do, without its group.

    None where the form has no box for any, or where a format in the patient's own words comes first and the form has
    a line to write it on.
    """
    for wanted in _to_be_had(request, offered):
        if isinstance(wanted, Other):
            if "delivery.other_text" in placed:
                return None
            continue
        for box in OFFERED_AS.get(wanted, (wanted,)):
            if f"delivery.{box}" in placed:
                return box
    return None


def is_offered(wanted: str | Other, offered: tuple[str, ...]) -> bool:
    """Whether a provider that lists the formats ``offered`` can do ``wanted``; none listed is not known, and may be."""
    if not offered or isinstance(wanted, Other):
        return True
    if wanted == "electronic":  # any of them is one
        return not _ELECTRONIC.isdisjoint(offered)
    return not set(OFFERED_AS.get(wanted, (wanted,))).isdisjoint(offered)


def _to_be_had(request: Request, offered: tuple[str, ...]) -> tuple[str | Other, ...]:
    """The wanted formats that the provider can do, most wanted first; all, where it lists none of them: it is asked.

    A format is owed where it is readily producible, listed or not (45 CFR 164.524(c)(2)).
    """
    return tuple(item for item in request.delivery if is_offered(item, offered)) or request.delivery


def gather_sensitive(request: Request, into: Gathered, without_mark: tuple[str, ...] = ()) -> None:
    """The specially protected categories: those that the request names, and no other.

    Args:
        without_mark: What signing the form releases by itself.
    """
    for name in request.sensitive:
        into.ticked.add(f"sensitive.{name}")
        if f"sensitive.{name}" not in (*into.placed, *without_mark):
            into.notes.append(
                f"the patient chose to release sensitive.{name}, and the form has no place for it: "
                "the cover letter must say so"
            )
    if request.sensitive_text:
        if "sensitive.other_text" not in into.placed:
            into.notes.append(
                "the patient chose to release a category in words (sensitive_text), and the form has no line for it: "
                "the cover letter must say so"
            )
        into.say("sensitive.other_text", request.sensitive_text)
        into.ticked.add("sensitive.other")


def end_is_placed(request: Request, placed: frozenset[str]) -> bool:
    """Whether the form has a place for the day or event that ends the authorization."""
    return not placed.isdisjoint({f"authorization.expires_{_kind_of_end(request)}", "authorization.expires"})


def _kind_of_end(request: Request) -> str:
    return "date" if isinstance(request.expires, dt.date) else "event"


def gather_terms(request: Request, into: Gathered) -> None:
    """When the authorization ends, which way the records go, and what else a request may say."""
    into.ticked.add(f"direction.{request.direction}")
    if request.expires is not None:
        kind = _kind_of_end(request)
        into.ticked |= {"authorization.expires_option", f"authorization.expires_option.{kind}"}
        for concept in (f"authorization.expires_{kind}", "authorization.expires"):
            if isinstance(request.expires, dt.date):
                into.say_day(concept, request.expires)
            else:
                into.say(concept, Words(request.expires, for_date=True))
            if concept in into.placed:
                break
        if not end_is_placed(request, into.placed) and into.instrument == "authorization":
            into.notes.append(
                f"the form has no place for the {kind} that ends the authorization: the cover letter must name it"
            )
    into.say("request.copies", str(request.copies) if request.copies else None)
    into.say("request.fee_limit", request.fee_limit)
    into.say_day("request.date_needed_by", request.date_needed_by)
    if request.amendment:
        for name in type(request.amendment).model_fields:
            into.say(f"amendment.{name}", getattr(request.amendment, name))
