"""Checks of what a map says: concepts, expressions, conditions, and whether a place suits its concept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from formfill import yaml_io
from formfill.draft.check_base import BY_HAND, Finding, Subject, concept_of, expression, is_filled, is_tick
from formfill.draft.check_logic import can_hold, negated, never_set
from formfill.errors import FormMapError, ProfileError, RequestError
from formfill.expressions import Node, parse, render
from formfill.model.form_map import FormMap, Place
from formfill.model.profile import Profile, parse_profile
from formfill.model.request import Request, parse_request
from formfill.model.vocabulary import did_you_mean, vocabulary
from formfill.resolve import resolve

#: Of several such places none is filled: the concept does not say which is meant.
ONE_OF_ITS_KIND = ("recipient.other_option", "request.dates_option", "authorization.expires_option",
                    "representative.kind.self", "provider.site_text")  # fmt: skip
_WRITE = "write concepts of the vocabulary; for conditions join them with and, or, not and parentheses"


def meaning(subject: Subject) -> Iterator[Finding]:
    """What is wrong with the values and conditions of the places."""
    never = never_set(subject.form_map.instrument)
    for number, place in subject.places:
        problems = list(_unreadable(subject, number, place))
        yield from problems
        if not problems:
            refusal = _refusal(subject.form_map, place)
            if refusal:
                yield subject.at("error", "refused", number, refusal, "mend the place: no form with it can be filled")
            yield from _reachable(subject, number, place, never)
            yield from _by_hand(subject, number, place)
            yield from _left(subject, number, place, never)
    yield from _several(subject)
    yield from _silent(subject)


# concepts and grammar


def _unreadable(subject: Subject, number: int, place: Place) -> Iterator[Finding]:
    if place.leave is not None and place.leave not in vocabulary().concepts:
        near = did_you_mean(vocabulary().close(place.leave))
        what = f"unknown concept {place.leave!r}{near}"
        yield subject.at(
            "error", "unknown-concept", number, what, "write a concept of the vocabulary, or other", "leave"
        )
    for key, text in (("value", place.value), ("when", place.when)):
        if text is None:
            continue
        try:
            if key == "value" and place.is_template:
                render(text, lambda _: "x", lambda _: True)
                render(text, lambda _: "", lambda _: False)
            else:
                parse(text)
        except FormMapError as exc:
            code = "unknown-concept" if str(exc).startswith("unknown concept") else "bad-expression"
            yield subject.at("error", code, number, f"{key}: {exc}", _WRITE, key)


def _refusal(form_map: FormMap, place: Place) -> str | None:
    """What filling itself would say of the place: it is tried alone, with somebody made up."""
    alone = place.model_copy(update={"when": None})
    try:
        resolve(form_map.model_copy(update={"fields": (alone,)}), _somebody(), None, _everything())
    except FormMapError as exc:
        return str(exc).removeprefix(f"form {form_map.form}: {place.where()}: ")
    except (ProfileError, RequestError):
        pass  # that somebody has no such value is no fault of the map
    return None


@cache
def _somebody() -> Profile:
    address = {"street": "1 Main St", "city": "Anytown", "state": "CA", "postal_code": "90001"}
    patient = {"given_name": "Pat", "additional_name": "Q", "family_name": "Sample", "birth_date": "1990-01-31",
               "address": address, "phones": {"mobile": "(916) 555-0100"}, "email": "pat@example.org"}  # fmt: skip
    recipient = {"name": "Sam Sample", "organization": "Sample Services", "address": address, "phone": "(916) 555-0101"}
    keys = {"profile": "sample", "patient": patient, "recipients": {"sample": recipient}, "default_recipient": "sample"}
    return parse_profile(yaml_io.from_keys(keys, "sample"))


@cache
def _everything() -> Request:
    day = "2030-01-31"
    keys = {"dates": {"from": "2020-01-31", "to": "2021-01-31"}, "expires": day, "date_needed_by": day,
            "records": [{"other": "x"}], "purpose": [{"other": "x"}], "delivery": ["fax"]}  # fmt: skip
    return parse_request(yaml_io.from_keys(keys, "sample"))


# conditions


def _reachable(subject: Subject, number: int, place: Place, never: frozenset[str]) -> Iterator[Finding]:
    when, value = expression(place.when), expression(place.value)
    tick = value if value is not None and is_tick(place) and is_filled(place) else None
    if when is not None and not can_hold([when], never):
        yield _never(subject, number, "when", when, never)
    elif tick is not None and not can_hold([tick], never):
        yield _never(subject, number, "value", tick, never)
    elif when is not None and tick is not None and not can_hold([when, tick], never):
        what = f"when: {place.when!r} and value: {place.value!r} are never both true: the box is never ticked"
        yield subject.at("error", "condition-never", number, what, "mend one of the two", "when")
    elif when is not None and value is not None and not _has_value(value, when, never):
        what = f"when: {place.when!r} is true only where {place.value} has no value: nothing is ever written"
        yield subject.at("error", "condition-never", number, what, "mend the condition", "when")
    for key, node in (("when", when), ("value", tick)):
        if node is not None and not can_hold([negated(node)], never):
            what = f"{key}: {getattr(place, key)!r} is always true"
            remedy = (
                "leave the condition out" if key == "when" else "say what the box is for; it is ticked on every form"
            )
            yield subject.at("warning", "condition-always", number, what, remedy, key)


def _has_value(value: Node, when: Node, never: frozenset[str]) -> bool:
    return value.op != "concept" or value.name in never or can_hold([value, when], never)


def _never(subject: Subject, number: int, key: str, node: Node, never: frozenset[str]) -> Finding:
    place = subject.form_map.fields[number - 1]
    text = getattr(place, key)
    unset = sorted(set(node.concepts()) & never)
    if unset and can_hold([node]):
        what = f"{key}: {text!r} can never be true: nothing sets {', '.join(unset)} on this form"
        return subject.at("error", "condition-unset", number, what, "use a concept that a profile or request sets", key)
    what = f"{key}: {text!r} can never be true"
    return subject.at(
        "error", "condition-never", number, what, "mend the expression: its parts shut each other out", key
    )


# places that stay empty without saying so


def _by_hand(subject: Subject, number: int, place: Place) -> Iterator[Finding]:
    concept = concept_of(place)
    if place.value is None or concept is None or place.kind in BY_HAND:
        return
    if concept.fill == "never" and concept.kind != "heading":
        what = f"value: {concept.name} is only ever filled by hand, so the place stays empty"
        yield subject.at("warning", "never-filled", number, what, f"write leave: {concept.name}", "value")


def _left(subject: Subject, number: int, place: Place, never: frozenset[str]) -> Iterator[Finding]:
    """A place that is left although its concept can be filled, and says no reason for it."""
    concept = concept_of(place)
    if place.leave is None or concept is None or concept.name in never or place.kind in BY_HAND:
        return
    if place.note is None and not concept.name.startswith("direction.") and not concept.name.endswith("_option"):
        what = f"the place is left, though {concept.name} can be filled, and nothing says why"
        remedy = f"write value: {concept.name}, or note: with the reason"
        yield subject.at("note", "left-without-reason", number, what, remedy, "leave")


def _several(subject: Subject) -> Iterator[Finding]:
    """Boxes that say "one of several" and stand more than once: then none of them is filled."""
    times = Counter(place.value for _, place in subject.places if place.value and place.when is None)
    for number, place in subject.places:
        if place.value in ONE_OF_ITS_KIND and place.when is None and times[place.value] > 1:
            what = f"{place.value} stands {times[place.value]} times, and nothing tells the boxes apart: none is filled"
            yield subject.at("warning", "not-told-apart", number, what, "give each a when:, or a concept of its own")


def _silent(subject: Subject) -> Iterator[Finding]:
    """``releases_without_mark`` against the vocabulary."""
    for category in subject.form_map.releases_without_mark:
        name = category if category.startswith("sensitive.") else f"sensitive.{category}"
        if name not in vocabulary().concepts:
            near = did_you_mean(vocabulary().close(name))
            what = f"releases_without_mark: unknown category {category!r}{near}"
            remedy = "write a sensitive category of the vocabulary"
            yield subject.about("error", "unknown-concept", what, remedy, key="releases_without_mark")
