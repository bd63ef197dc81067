"""Checks of where places stand: on the page, off its print, apart from each other, and large enough."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from formfill.draft.check_base import (
    LEAST_BOX_PT,
    Finding,
    Severity,
    Standing,
    Subject,
    area,
    concept_of,
    conditions,
    is_filled,
    is_text,
    is_tick,
    rounded,
    share,
    shared,
)
from formfill.draft.check_logic import can_hold
from formfill.draft.facts import Spot
from formfill.model.form_map import Place
from formfill.pdf.geometry import ShownBox
from formfill.pdf.look import PageLook

#: As filling refuses it, in points.
_OFF_PAGE_PT = 1.0
#: A text line lower than this cannot be read when filled.
_LEAST_HEIGHT_PT = 6.0
#: What two boxes may share before it is more than a touch, in points each way and as a share of the smaller one.
_TOUCH_PT = 1.5
_TOUCH_SHARE = 0.12
#: So many printed letters in a box are more than its own mark or a stray one.
_LETTERS = 2
#: A wide line, where nobody would look for a tick; a box so small that no text is asked for.
_WIDE_PT, _SMALL_PT = 75.0, 13.0
#: The width of a digit, a letter and a sign, in ems (Helvetica), for the shortest writing of a value.
_DIGIT, _SIGN = 0.556, 0.3
_LEAST_TEXT: dict[str, str] = {
    "date": "1/31/25", "phone": "000-000-0000", "zip": "00000", "state": "CA", "ssn": "000-00-0000",
    "ssn_last4": "0000", "email": "a@example.org", "full_name": "Pat Sample", "address": "1 Main St",
    "street": "1 Main St", "city_state_zip": "Anytown, CA", "city": "Anytown", "month": "00", "day": "00",
    "year": "0000", "year2": "00", "area": "000", "prefix": "000", "line": "0000", "number": "000-0000",
}  # fmt: skip
_DATES = ("birth_date", "date_from", "date_to", "expires_date", "date_needed_by")
_PHONES = ("phone", "fax", "phone_home", "phone_mobile", "phone_work", "fax_number")
#: Texts of a letter or two, for which a box as small as a tick's will do.
_SHORT = ("state", "age", "sex", "middle_name", "month", "day", "copies")


def places(subject: Subject) -> Iterator[Finding]:
    """What is wrong with where the places stand."""
    yield from _off_page(subject)
    for standing in subject.standings:
        if is_filled(standing.place):
            yield from _too_small(subject, standing)
            if not standing.in_field:
                yield from _kind(subject, standing)
                yield from _over_print(subject, standing)
    yield from _overlaps(subject)


def _off_page(subject: Subject) -> Iterator[Finding]:
    sizes = [(page.shown.width, page.shown.height) for page in subject.compiled.pages] if subject.compiled else None
    sizes = sizes or list(subject.form_map.blank.pages or ())
    for standing in subject.standings if sizes else ():
        box = standing.box
        if standing.page > len(sizes):
            what = f"page {standing.page} of a blank that has {len(sizes)}"
            yield subject.at("error", "outside-page", standing.number, what, "pages count from 1: mend page:", "page")
            continue
        width, height = sizes[standing.page - 1]
        outside = box[0] < -_OFF_PAGE_PT or box[1] < -_OFF_PAGE_PT
        if not standing.in_field and (outside or box[2] > width + _OFF_PAGE_PT or box[3] > height + _OFF_PAGE_PT):
            what = f"box {rounded(box)} is not on its page, which is {width:.0f} by {height:.0f} points"
            remedy = "a box is [x0, top, x1, bottom] in points from the page's top left, as displayed"
            yield subject.at("error", "outside-page", standing.number, what, remedy, "box")


# size and kind


def _too_small(subject: Subject, standing: Standing) -> Iterator[Finding]:
    place, (x0, top, x1, bottom) = standing.place, standing.box
    width, height = x1 - x0, bottom - top
    if is_tick(place):
        if min(width, height) < LEAST_BOX_PT:
            what = f"the box measures {width:.1f} by {height:.1f} points: a tick in it cannot be seen"
            yield subject.at("warning", "too-small", standing.number, what, "draw the box as large as the printed one")
    elif is_text(place):
        if height < _LEAST_HEIGHT_PT:
            what = f"the place is {height:.1f} points high: no text that can be read fits"
            yield subject.at("error", "too-small", standing.number, what, "make it 10 to 12 points high")
            return
        sample = _least(place, standing.box)
        if sample is None:
            return
        needs = sum(_DIGIT if char.isalnum() else _SIGN for char in sample) * min(place.min_size, 7)
        if width < needs:
            what = f"the place is {width:.0f} points wide; {place.value} needs {needs:.0f} at least"
            yield subject.at("warning", "too-small", standing.number, what, "widen the box, or map another concept")


def _least(place: Place, box: ShownBox) -> str | None:
    """The shortest text that the place may have to hold; None where that cannot be told."""
    if place.comb or place.boxes:
        return None
    if place.pieces:
        part = next((piece.part for piece in place.pieces if piece.box == box), None)
        return _LEAST_TEXT.get(part or "")
    concept = concept_of(place)
    if concept is None:
        return None
    last = concept.name.rpartition(".")[2]
    kind = "date" if last in _DATES else "phone" if last in _PHONES else last
    if (
        kind not in ("date", "phone", "zip", "state", "ssn", "ssn_last4", "month", "day", "year")
        and box[3] - box[1] > 16
    ):
        return None  # words may go on in a second line
    return _LEAST_TEXT.get(kind)


def _kind(subject: Subject, standing: Standing) -> Iterator[Finding]:
    """A text in a box to tick, or a tick on a line for a text: by the size of the box, and what was detected there."""
    place, (x0, top, x1, bottom) = standing.place, standing.box
    width, height = x1 - x0, bottom - top
    spot = _spot_of(subject, standing)
    if is_text(place) and not (place.pieces or place.comb or place.boxes):
        short = (place.concept or "").rpartition(".")[2] in _SHORT
        drawn = spot is not None and spot.kind == "check" and spot.sign == "square"
        if not short and (max(width, height) <= _SMALL_PT or (drawn and width <= 2 * _SMALL_PT)):
            what = f"the place is a box to tick ({width:.0f} by {height:.0f} points), and {place.value} is a text"
            yield subject.at("error", "text-in-check", standing.number, what, "map a box, or draw the place's own line")
    elif is_tick(place) and place.mark != "circle" and place.value is not None:
        lined = spot is not None and spot.kind == "text" and spot.sign in ("underscore", "rule", "colon")
        if width > _WIDE_PT and (lined or width > 4 * height):
            what = f"the place is a line of {width:.0f} points, and {place.value} is a box to tick"
            yield subject.at(
                "warning", "check-in-text", standing.number, what, "map a text, or draw the box's own place"
            )


def _spot_of(subject: Subject, standing: Standing) -> Spot | None:
    """The detected spot that is this very box, where there is one."""
    for spot in subject.found.spots if subject.found else ():
        common = area(shared(spot.box, standing.box))
        if spot.page == standing.page and common > 0.6 * max(area(spot.box), area(standing.box)):
            return spot
    return None


# print


def _over_print(subject: Subject, standing: Standing) -> Iterator[Finding]:
    """A value would stand on printed words: the verifier would withhold the form, or nobody could read it."""
    place = standing.place
    if place.mark == "circle":
        return
    words = _print_in(subject, standing)
    if words:
        what = f"the box {rounded(standing.box)} lies over the print {words!r}"
        remedy = "draw the box around the empty line or the printed square alone"
        yield subject.at("warning", "over-print", standing.number, what, remedy, "box")


def _print_in(subject: Subject, standing: Standing) -> str:
    """The printed letters within a box, as read; empty for fewer than matter."""
    if subject.print is None or standing.page > len(subject.print.looks):
        return ""
    look = subject.print.looks[standing.page - 1]
    text = _letters_in(look, _shrunk(standing.box))
    if not text and subject.found is not None and standing.page <= len(subject.found.pages):
        page = subject.found.pages[standing.page - 1]
        words = page.words if page.is_scan else ()
        text = " ".join(word.text for word in words if _mostly_in(word.box, standing.box) and _is_word(word.text))
    return text if sum(char.isalnum() for char in text) >= _LETTERS else ""


def _letters_in(look: PageLook, box: ShownBox) -> str:
    inside = [i for i, char in enumerate(look.chars) if char.isalnum() and _covers(box, look.box(i))]
    return "".join(look.chars[i] for i in inside)


def _covers(box: ShownBox, letter: ShownBox) -> bool:
    return area(shared(box, letter)) > 0.4 * max(area(letter), 0.01)


def _mostly_in(word: ShownBox, box: ShownBox) -> bool:
    return area(shared(word, box)) > 0.6 * area(word)


def _is_word(text: str) -> bool:
    """Whether what was read off a scan is a word and no line or box taken for one."""
    return sum(char.isalpha() for char in text) >= 3 and len(set(text.casefold())) >= 3


def _shrunk(box: ShownBox) -> ShownBox:
    return box[0] + 0.5, box[1] + 0.5, box[2] - 0.5, box[3] - 0.5


# each other


def _overlaps(subject: Subject) -> Iterator[Finding]:
    by_page: dict[int, list[Standing]] = {}
    for standing in subject.standings:
        by_page.setdefault(standing.page, []).append(standing)
    seen = set()
    for here in by_page.values():
        for one, two in combinations(here, 2):
            pair = (one.number, two.number)
            if one.number == two.number or pair in seen or not _clash(one, two):
                continue
            seen.add(pair)
            both = is_filled(one.place) and is_filled(two.place)
            what = f"overlaps place {one.number} ({one.place.where()})"
            remedy = "draw the boxes apart, or give the places conditions (when:) that shut each other out"
            severity: Severity = "error" if both and share(one.box, two.box) > 0.3 else "warning"
            yield subject.at(severity, "overlap", two.number, what, remedy)


def _clash(one: Standing, two: Standing) -> bool:
    if one.in_field and two.in_field:
        return False  # how a form lays its own fields
    if not is_filled(one.place) and not is_filled(two.place):
        return False
    x0, top, x1, bottom = shared(one.box, two.box)
    if x1 - x0 <= _TOUCH_PT or bottom - top <= _TOUCH_PT or share(one.box, two.box) <= _TOUCH_SHARE:
        return False
    return can_hold([*conditions(one.place), *conditions(two.place)])
