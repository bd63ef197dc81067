"""Checks of a map as a whole: what the form cannot say, what every such form needs, its blank and its provider."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from formfill.asked import OFFERED_AS
from formfill.draft.check_base import Finding, Severity, Subject, is_filled, is_text, names_in
from formfill.draft.check_meaning import ONE_OF_ITS_KIND
from formfill.model.form_map import Place
from formfill.model.vocabulary import close_matches, did_you_mean, vocabulary
from formfill.parties import plain
from formfill.pdf.printed import fold
from formfill.values import placed_concepts

#: A place whose draft was less sure is to be looked at.
_SURE = 0.8
_PAGE_SIZE_PT = 1.0
#: Texts that a form may ask for more than once on a page: names, and what is asked anew for each of several boxes.
_REPEATED = ("full_name", "first_name", "last_name", "name", "organization", "attention", "other_text", "site_text",
             "printed_name", "relationship", "dates", "date_from", "date_to", "text", "mrn", "birth_date")  # fmt: skip
#: Print that says when an authorization ends or for what it is, as letters alone.
_ENDS = re.compile(
    r"expir|vence|caduca|(?:remainin|remainsin)(?:effect|force)|validfor|effect(?:ive)?(?:for|until|through)|valida?(?:por|hasta)"
)
_PURPOSE = re.compile(r"attherequestof|purpose|reasonfor|apeticion|proposito|solicituddel")
#: Words that are in the names of many providers.
_COMMON = frozenset((
    "hospital", "medical", "center", "clinic", "health", "system", "healthcare", "community", "regional", "general",
    "university", "county", "care", "services", "group", "memorial", "centers",
))  # fmt: skip


def whole(subject: Subject, known_forms: Collection[str]) -> Iterator[Finding]:
    """What is wrong with the map as a whole; ``known_forms`` are the ids that superseded_by may name."""
    yield from _to_look_at(subject)
    if not subject.form_map.template:
        yield from _required(subject)
        yield from _repeated(subject)
        yield from _without_place(subject)
    yield from _provider(subject)
    newer = subject.form_map.superseded_by
    if newer is not None and (newer not in known_forms or newer == subject.form_map.form):
        near = did_you_mean(close_matches(newer, known_forms))
        what = "the form is superseded by itself" if newer == subject.form_map.form else f"no form {newer!r}{near}"
        remedy = "write the id of the newer form: formfill form list"
        yield subject.about("error", "unknown-form", f"superseded_by: {what}", remedy, key="superseded_by")


def page_sizes(subject: Subject) -> Iterator[Finding]:
    """``blank.pages`` against the blank."""
    compiled, noted = subject.compiled, subject.form_map.blank.pages
    if noted is None:
        sizes = (
            [[round(page.shown.width, 1), round(page.shown.height, 1)] for page in compiled.pages] if compiled else None
        )
        remedy = f"write pages: {sizes}" if sizes else "write pages: with [width, height] of each page in points"
        what = "blank: pages is missing: a changed blank cannot be told by its size"
        yield subject.about("warning", "page-sizes", what, remedy, key="blank")
    elif compiled is not None:
        sizes = [[round(page.shown.width, 1), round(page.shown.height, 1)] for page in compiled.pages]
        same = len(sizes) == len(noted) and all(
            abs(a - b) <= _PAGE_SIZE_PT
            for one, two in zip(sizes, noted, strict=True)
            for a, b in zip(one, two, strict=True)
        )
        if not same:
            what = f"blank: pages says {[list(size) for size in noted]}, and the blank has {sizes}"
            yield subject.about("error", "page-sizes", what, f"write pages: {sizes}", key="blank.pages")


def _to_look_at(subject: Subject) -> Iterator[Finding]:
    for number, place in subject.places:
        if place.leave == "unknown":
            what = "nobody has said yet what this place is for"
            yield subject.at(
                "warning", "unknown-place", number, what, "write value: or leave: with its concept", "leave"
            )
        elif place.confidence is not None and place.confidence < _SURE:
            what = f"the draft was not sure of {place.value or place.choose or place.leave} ({place.confidence:.2f})"
            remedy = "look at the form; when it is right, take confidence: out"
            yield subject.at("warning", "low-confidence", number, what, remedy, "confidence")


# what every such form needs


def _required(subject: Subject) -> Iterator[Finding]:
    form_map = subject.form_map
    placed = placed_concepts(form_map)
    left = {place.leave for place in form_map.fields if place.leave}
    left |= {place.value for place in form_map.fields if place.value and not is_filled(place)}
    left |= {f"signature.{place.kind}" for place in form_map.fields if place.kind == "signature"}

    def asks(*names: str) -> bool:
        return any(
            name in placed or any(one.startswith(name) for one in placed if name.endswith(".")) for name in names
        )

    def leaves(*names: str) -> bool:
        return any(one.startswith(names) for one in left if one)

    if not asks("patient.full_name", "patient.last_name", "patient.first_name"):
        yield _missing(subject, "error", "a place for the patient's name", "patient.full_name")
    if form_map.instrument == "other":
        return
    if not asks("patient.birth_date", "patient.birth_date."):
        yield _missing(subject, "warning", "a place for the date of birth", "patient.birth_date")
    if not leaves("signature.patient", "signature.representative", "signature.minor", "signature.signature"):
        yield _missing(subject, "warning", "a place for the signature", "signature.patient", left=True)
    if not leaves("signature.date", "signature.representative_date", "request.date"):
        yield _missing(subject, "warning", "a place for the date of the signature", "signature.date", left=True)
    if form_map.instrument == "authorization":
        yield from _of_authorization(subject, asks)
    if form_map.instrument == "amendment" and not asks("amendment."):
        yield _missing(subject, "warning", "a place for what is to be amended", "amendment.…")


def _of_authorization(subject: Subject, asks: Callable[..., bool]) -> Iterator[Finding]:
    """What 45 CFR 164.508(c) wants; some forms print it instead of asking."""
    letters = _letters(subject)
    if not asks("recipient."):
        yield _missing(subject, "warning", "a place for who receives the records", "recipient.name")
    if not asks("provider.") and letters and not any(word in letters for word in _own_words(subject)):
        what = "a place for who releases the records, and no readable print that names the provider"
        yield _missing(subject, "note", what, "provider.name")
    if not asks("purpose.") and not _PURPOSE.search(letters):
        severity: Severity = "warning" if letters else "note"
        yield _missing(subject, severity, "a place for the purpose", "purpose.text")
    if not asks("authorization.", "authorization.expires"):
        printed = _ENDS.search(letters) is not None
        what = "a place for when the authorization ends" + ("; the form prints when it does" if printed else "")
        yield _missing(subject, "note" if printed or not letters else "warning", what, "authorization.expires")


def _missing(subject: Subject, severity: Severity, what: str, concept: str, *, left: bool = False) -> Finding:
    remedy = f"add it ({'leave' if left else 'value'}: {concept}) if the form has it"
    return subject.about(severity, "missing-place", f"the map has no {what.removeprefix('a ')}", remedy)


def _letters(subject: Subject) -> str:
    """All letters and digits that the blank prints, without accents and spaces; none where nothing can be read."""
    pages = subject.print.pages if subject.print else ()
    scans = [page for page in subject.found.pages if page.is_scan] if subject.found else []
    letters = [line.text for page in pages for line in page.lines]
    return "".join([*letters, *(fold(word.text) for page in scans for word in page.words)])


def _own_words(subject: Subject) -> list[str]:
    """What in the provider's names is its own, folded as print is; its whole name where nothing is."""
    provider = subject.provider
    names = [subject.form_map.provider, *((provider.name, provider.organization or "") if provider else ())]
    words = [fold(word) for name in names for word in re.split(r"[\s-]+", name)]
    return [word for word in words if len(word) >= 4 and word not in _COMMON] or [fold(name) for name in names if name]


# asked twice


def _repeated(subject: Subject) -> Iterator[Finding]:
    """One text in two places: on one page more often a party that was read wrongly than a form that asks twice.

    Who the patient is stands at the head of each page of many forms.
    """
    known: dict[str, list[int]] = {}
    for number, place in subject.places:
        if not is_text(place) or place.concept is None or place.when is not None or place.concept in ONE_OF_ITS_KIND:
            continue
        earlier = known.setdefault(place.concept, [])
        pages = set(subject.pages_of(number))
        here = [one for one in earlier if not pages or pages & set(subject.pages_of(one))]
        on_one_line = [one for one in (*here, number) if not _in_parts(subject.form_map.fields[one - 1])]
        if len(on_one_line) > 1 and on_one_line[-1] == number and not _may_repeat(place):
            what = f"{place.concept} stands on this page already, as place {on_one_line[0]}"
            remedy = "see whose it is; lines of one text are one place with boxes:, a part of it is one with pieces:"
            yield subject.at("warning", "repeated", number, what, remedy)
        elif here or (earlier and not place.concept.startswith("patient.")):
            first = (here or earlier)[0]
            what = (
                f"{place.concept} is asked twice: place {first} ({subject.form_map.fields[first - 1].where()}) has it"
            )
            remedy = "see whether both mean it: both are filled with the same text"
            yield subject.at("note", "asked-twice", number, what, remedy)
        earlier.append(number)


def _in_parts(place: Place) -> bool:
    return bool(place.pieces or place.boxes)


def _may_repeat(place: Place) -> bool:
    """Whether a form may well ask for this text more than once on a page, or the label itself says whose it is."""
    concept = place.concept or ""
    return concept.rpartition(".")[2] in _REPEATED or concept.startswith("authorization.") or _names_party(place)


def _names_party(place: Place) -> bool:
    """Whether the label itself says whose the value is."""
    party = (place.concept or "").partition(".")[0]
    words = {"patient": ("patient", "paciente"), "recipient": ("recipient", "destinatario")}.get(party, ())
    return any(word in plain(place.label or "") for word in words)


# what the form cannot say


def _without_place(subject: Subject) -> Iterator[Finding]:
    if subject.form_map.instrument == "amendment":
        return
    placed = placed_concepts(subject.form_map)
    yield from _delivery(subject, placed)
    for group, what in (("records", "record type"), ("purpose", "purpose")):
        lacking = [name for name in vocabulary().choices(group) if f"{group}.{name}" not in placed]
        if not lacking or (group == "purpose" and "purpose.text" in placed):
            continue
        line = f"{group}.other_text" in placed
        to = f"goes in words to {group}.other_text" if line else "goes to the cover letter: the form has no line for it"
        boxes = [name for name in vocabulary().choices(group) if name not in lacking]
        said = f"no box for {', '.join(lacking)}"
        if len(boxes) < len(lacking):
            said = f"boxes for {', '.join(boxes)} alone" if boxes else "none has a box"
        remedy = "nothing to do, if the form has no such box"
        yield subject.about("note", f"no-box-{group}", f"{what}: {said}; another {to}", remedy)


def _delivery(subject: Subject, placed: frozenset[str]) -> Iterator[Finding]:
    asked = [name for name in vocabulary().choices("delivery") if name not in ("mail", "pickup")]
    lacking = [name for name in asked if f"delivery.{name}" not in placed]
    if not lacking:
        return
    parts, rest = [], []
    for name in lacking:
        other = next((box for box in OFFERED_AS.get(name, ()) if f"delivery.{box}" in placed), None)
        if other:
            parts.append(f"{name} is ticked as {other}")
        else:
            rest.append(name)
    if rest:
        line = "delivery.other_text" in placed
        to = "go in words to delivery.other_text" if line else "go to the cover letter"
        parts.append(f"{', '.join(rest)} {to}")
    what = f"delivery format without a box: {'; '.join(parts)}"
    yield subject.about("note", "no-box-delivery", what, "nothing to do, if the form has no such box")


# the provider


def _provider(subject: Subject) -> Iterator[Finding]:
    provider, named = subject.provider, subject.form_map.provider
    if provider is None:
        if not any(name.startswith("provider.") for place in subject.form_map.fields for name in names_in(place)):
            what = f"there is no form_maps/{named}/provider.yaml, and the form does not ask who releases the records"
            remedy = "write one with the return address (its shape: formfill schema provider)"
            yield subject.about("warning", "provider-missing", what, remedy, key="provider")
    elif provider.address is None and provider.fax is None and provider.email is None:
        what = f"form_maps/{named}/provider.yaml has no address, fax or e-mail: nobody knows where to send the form"
        remedy = "write the return address that the form or the provider's website has"
        yield subject.about("warning", "return-address", what, remedy, key="provider")
