"""Checks that nothing is signed, released or kept back by mistake: what a label says against what its place does."""

from __future__ import annotations

from collections.abc import Iterator

from formfill.draft.check_base import (
    Finding,
    Standing,
    Subject,
    concept_of,
    expression,
    is_filled,
    is_text,
    is_tick,
    names_in,
)
from formfill.draft.check_logic import implies, negated, turns
from formfill.draft.check_words import (
    asks_for_exceptions,
    categories_in,
    is_date_alone,
    keeps_back,
    print_keeps_back,
    signing_in,
)
from formfill.expressions import Node
from formfill.model.form_map import Place

#: How far above a box the words may stand that say that its mark keeps something back, in points.
_HEADING_PT = 200.0
#: Who signs or writes there himself.
_SIGNED = ("signature.", "witness.", "interpreter.", "staff.")
#: A text mapped to these may well name what a label says: a printed name, a relationship.
_OF_SIGNER = ("signature.printed_name", "representative.")


def safety(subject: Subject) -> Iterator[Finding]:
    """Places that would be filled and should not be, or the other way round."""
    for number, place in subject.places:
        if is_filled(place):
            yield from _signed(subject, number, place)
            yield from _sensitive(subject, number, place)
            yield from _polarity(subject, number, place)
    yield from _dates_of_signatures(subject)
    yield from _lines_to_initial(subject)


def _signed(subject: Subject, number: int, place: Place) -> Iterator[Finding]:
    """A label that asks for a signature, initials, a witness or staff, at a place that is filled automatically."""
    value = place.value or place.choose or ""
    words = [place.label] if place.label else [place.field or ""]
    for text in words:
        what = signing_in(text, value)
        if what is None or (what != "the provider's staff" and value.startswith(_OF_SIGNER) and what != "a witness"):
            continue
        said = f"{text!r} asks for {what}, and the map fills the place with {value}"
        remedy = "write leave: with signature.…, witness.…, interpreter.… or staff.use: only a person fills it"
        yield subject.at("error", "signing-filled", number, said, remedy)


def _dates_of_signatures(subject: Subject) -> Iterator[Finding]:
    """A bare "Date" on the line of a signature is the day of signing, which the signer writes."""
    left = [standing for standing in subject.standings if (standing.place.leave or "").startswith(_SIGNED)]
    seen = set()
    for standing in subject.standings:
        place = standing.place
        if standing.number in seen or not is_text(place) or not place.label or not is_date_alone(place.label):
            continue
        if any(_on_line(standing, other) for other in left):
            seen.add(standing.number)
            what = f"{place.label!r} stands on the line of a signature, and the map fills it with {place.value}"
            remedy = "write leave: signature.date: the signer writes the day"
            yield subject.at("error", "signing-filled", standing.number, what, remedy)


def _on_line(one: Standing, other: Standing) -> bool:
    down = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return one.page == other.page and down > 0.5 * min(one.box[3] - one.box[1], other.box[3] - other.box[1])


def _lines_to_initial(subject: Subject) -> Iterator[Finding]:
    """A short line (no box) for a sensitive category, below print that asks for initials: a mark is no initials."""
    if subject.print is None:
        return
    for standing in subject.standings:
        place, box = standing.place, standing.box
        page = subject.print.page(standing.page)
        is_line = box[2] - box[0] > 1.9 * (box[3] - box[1]) and box[2] - box[0] <= 90
        if standing.in_field or not is_line or page is None or not is_filled(place) or not is_tick(place):
            continue
        if not any(name.startswith("sensitive.") for name in names_in(place)) or place.mark == "circle":
            continue
        above = [line for line in page.lines if box[1] - _HEADING_PT < line.baseline <= box[3] + 4]
        if any("initial" in line.text or "inicial" in line.text for line in above):
            what = "the print above asks for initials, and the map puts a mark on the line"
            remedy = "write kind: initials where the patient initials the line; the checklist then says so"
            yield subject.at("warning", "initials-marked", standing.number, what, remedy)


# protected categories


def _sensitive(subject: Subject, number: int, place: Place) -> Iterator[Finding]:
    named = categories_in(place.label or "")
    if not named:
        return
    if place.choose is not None:
        what = f"choose: picks {place.choose!r} on every form, and {place.label!r} names {_list(named)}"
        remedy = f"write value: {' and '.join(named)} and option: {place.choose}"
        yield subject.at("error", "sensitive-box", number, what, remedy, "choose")
        return
    node = expression(place.value)
    if node is None or not is_tick(place) or place.value in ("provider.choice", "sensitive.other"):
        return
    said = [name for name in set(node.concepts()) if name.startswith("sensitive.")]
    if not said:
        if any(name.startswith(("records.", "request.")) for name in node.concepts()):
            what = f"{place.label!r} names {_list(named)}, and the box follows {place.value!r}"
            remedy = f"write value: {' and '.join(named)}, so that only the patient's own choice ticks it"
            yield subject.at("error", "sensitive-box", number, what, remedy, "value")
        return
    missing = [name for name in named if not _follows(node, name)]
    if not missing or _alike(named, said):
        return
    code = "combined-box" if len(named) > 1 else "sensitive-box"
    remedy = f"write value: {' and '.join(named)}: it is ticked only where each was chosen"
    if _is_excluding(node):
        remedy = f"write value: {' or '.join(f'not {name}' for name in named)}: it is ticked unless each was chosen"
    what = f"{place.label!r} names {_list(named)}, and {place.value!r} does not ask for {_list(missing)}"
    yield subject.at("error", code, number, what, remedy, "value")


def _follows(node: Node, category: str) -> bool:
    """Whether a tick waits for the category; of a box that keeps it back, whether silence waits for it."""
    chosen = Node("concept", category)
    return implies(negated(chosen), node) if _is_excluding(node) else implies(node, chosen)


def _alike(named: tuple[str, ...], said: list[str]) -> bool:
    """Psychotherapy notes are a part of mental health, and some forms print one word for the other."""
    return set(said) | set(named) <= {"sensitive.mental_health", "sensitive.psychotherapy_notes"} and len(named) == 1


def _is_excluding(node: Node) -> bool:
    """Whether choosing a category can only take the tick away."""
    effects = [turns(node, name) for name in set(node.concepts()) if name.startswith("sensitive.")]
    return bool(effects) and not any(on for on, _ in effects) and any(off for _, off in effects)


def _list(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join(names)


# polarity


def _polarity(subject: Subject, number: int, place: Place) -> Iterator[Finding]:
    label = place.label or ""
    if is_text(place):
        if asks_for_exceptions(label) and place.value and not place.is_template and _is_wish(place):
            what = f"what stands behind {label!r} is kept back, and the map writes {place.value} there"
            yield subject.at(
                "error", "polarity", number, what, "write leave: other, and let the letter name exceptions"
            )
        return
    node = expression(place.value)
    if node is None:
        return
    excludes = node.op == "not" or _is_excluding(node)
    if keeps_back(label) and not excludes and _is_wish(place):
        what = f"{label!r} keeps something back, and the box is ticked where {place.value!r} is wanted"
        yield subject.at("error", "polarity", number, what, f"write value: not {place.value}", "value")
    elif _is_excluding(node) and not keeps_back(label) and _says_nothing_of_it(subject, number):
        what = "the box is ticked to keep a category back, and no print near it says that a mark does that"
        yield subject.at(
            "warning", "polarity", number, what, "read the form: does a mark release or keep back?", "value"
        )


def _is_wish(place: Place) -> bool:
    """Whether the place speaks of what is to be released or how, so that a "not" turns it round."""
    concept = concept_of(place)
    names = names_in(place) or ({concept.name} if concept else set())
    return any(name.startswith(("records.", "sensitive.", "delivery.")) for name in names)


def _says_nothing_of_it(subject: Subject, number: int) -> bool:
    """Whether the page can be read and neither the lines above the place nor its own speak of keeping back."""
    known = False
    for standing in subject.standings:
        page = subject.print.page(standing.page) if subject.print and standing.number == number else None
        if page is not None:
            known = True
            top, bottom = standing.box[1] - _HEADING_PT, standing.box[3] + 14
            if any(print_keeps_back(line.text) for line in page.lines if top < line.baseline < bottom):
                return False
    return known
