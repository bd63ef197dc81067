"""The places of a form that people fill by hand, and where they stand: signatures, dates, initials, witness.

A place is on its box, or on the widgets of its field where the blank's compiled form tells them. A DOCX has neither:
there the words beside the place are looked for in the PDF that it became.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from formfill.model.form_map import FormMap, Place
from formfill.model.vocabulary import vocabulary
from formfill.pdf.geometry import PageFrame, ShownBox

if TYPE_CHECKING:
    from formfill.pdf.compiled import CompiledForm

Act = Literal["sign", "date", "time", "initials", "witness", "interpreter"]
#: The order in which a checklist says them.
ACTS: tuple[Act, ...] = ("sign", "date", "time", "initials", "witness", "interpreter")
_ACTS: dict[str, Act] = {
    "signature.patient": "sign",
    "signature.representative": "sign",
    "signature.minor": "sign",
    "signature.initials": "initials",
    "signature.date": "date",
    "signature.representative_date": "date",
    "request.date": "date",
    "signature.time": "time",
}
#: What a representative has a line of their own for -> the line that serves where the form has none.
_OF_REPRESENTATIVE = {
    "signature.representative": "signature.patient",
    "signature.representative_date": "signature.date",
}
#: Two widgets of one field that cover each other by so much of the smaller one are one place to write.
_SAME = 0.5
#: Places for one thing on one line, nearer than this, are one place in parts: month, day and year of a date.
_PARTS_PT = 24.0


@dataclass(frozen=True, slots=True)
class ByHand:
    """One place to fill by hand. ``box`` is in displayed points of page ``page_number`` (from 1).

    Both are None where nobody knows where on the form the place is.
    """

    act: Act
    concept: str
    page_number: int | None = None
    box: ShownBox | None = None


def by_hand(places: Iterable[Place], compiled: CompiledForm | None = None) -> tuple[ByHand, ...]:
    """Every place for a hand, page by page from top to bottom; ``compiled`` is the blank, for fields without a box."""
    found: list[ByHand] = []
    for place in places:
        act = _act(place)
        if act is None or place.leave is None:
            continue
        spots = [ByHand(act, place.leave, number, box) for number, box in _spots(place, compiled)]
        for one in spots or [ByHand(act, place.leave)]:
            if not any(_is_same(one, other) for other in found):
                found.append(one)
    whole: list[ByHand] = []
    for one in sorted(found, key=_reading_order):
        if whole and (joined := _joined(whole[-1], one)):
            whole[-1] = joined
        else:
            whole.append(one)
    return tuple(whole)


def by_hand_in_print(form_map: FormMap, pdf: bytes) -> tuple[ByHand, ...]:
    """The same for a DOCX map, whose places stand beside words that ``pdf``, made of the DOCX, prints."""
    import pypdfium2

    from formfill.pdf.printed import printed_pages

    with pypdfium2.PdfDocument(pdf) as document:
        frames = [_frame(page) for page in document]
    pages = printed_pages(pdf, frames, form_map.blank.file)
    found: list[ByHand] = []
    for place in form_map.fields:
        if (act := _act(place)) is None or place.leave is None:
            continue
        words = place.after or place.tick or place.label or ""
        seen = [
            ByHand(act, place.leave, number, box) for number, page in enumerate(pages, 1) for box in page.find(words)
        ]
        # a control is told by its tag: of equal words the last are its own, the others a heading or a sentence above
        which = place.nth - 1 if place.after or place.tick else len(seen) - 1
        found.append(seen[which] if 0 <= which < len(seen) else ByHand(act, place.leave))
    return tuple(sorted(found, key=_reading_order))


def _frame(page: Any) -> PageFrame:
    x0, y0, x1, y1 = page.get_cropbox()
    return PageFrame(x0, y0, x1, y1, page.get_rotation())


def for_signer(
    places: Iterable[ByHand], form_map: FormMap, sensitive: Iterable[str], *, represented: bool, minor: bool
) -> tuple[ByHand, ...]:
    """The places that whoever signs this request must look at.

    The other signer's lines are left out. A line to initial for a category is one to release it, and shown where the
    patient chose the category; where signing alone releases it, the line keeps it back, and is shown where the patient
    did not; where the form has a box to keep it back, the line may be either, and a person must read it.

    Args:
        sensitive: The categories that the patient chose.
        represented: Whether a representative signs.
        minor: Whether the patient is under age, and may have a line of their own.
    """
    places = tuple(places)
    concepts = {place.concept for place in places}
    skipped = {own if not represented else shared for own, shared in _OF_REPRESENTATIVE.items() if own in concepts}
    if not minor:
        skipped.add("signature.minor")
    if not represented and concepts.isdisjoint({"signature.patient", "signature.minor"}):
        skipped.discard("signature.representative")  # the only line that the form has
        skipped.discard("signature.representative_date")
    asked = {f"sensitive.{name}" for name in sensitive} ^ set(form_map.releases_without_mark)
    asked |= {place.concept for place in form_map.fields if place.excludes and place.concept}
    return tuple(
        place
        for place in places
        if place.concept not in skipped and (not place.concept.startswith("sensitive.") or place.concept in asked)
    )


def _act(place: Place) -> Act | None:
    concept = place.leave
    if concept is None or place.kind == "check":  # AM or PM beside the time, which the time's own line stands for
        return None
    if concept in _ACTS:
        return _ACTS[concept]
    if concept.startswith("witness."):
        return "witness"
    if concept.startswith("interpreter."):
        return "interpreter"
    known = vocabulary().concepts.get(concept)
    return "initials" if (place.kind or (known.kind if known else None)) == "initials" else None


def _spots(place: Place, compiled: CompiledForm | None) -> Iterator[tuple[int, ShownBox]]:
    from formfill.pdf.printed import hull
    from formfill.witness import anchors, boxes_of

    if compiled is not None:
        yield from anchors(place, compiled)
    elif place.page and (boxes := boxes_of(place)):
        yield place.page, hull(boxes)


def _is_same(one: ByHand, other: ByHand) -> bool:
    if one.box is None or other.box is None or (one.act, one.page_number) != (other.act, other.page_number):
        return one.box is None and other.box is None and one.concept == other.concept
    width = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    height = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one.box, other.box))
    return width > 0 and height > 0 and width * height >= _SAME * smaller


def _joined(one: ByHand, following: ByHand) -> ByHand | None:
    """Two parts of one place as one; None where they are two places."""
    a, b = one.box, following.box
    if a is None or b is None or (one.concept, one.page_number) != (following.concept, following.page_number):
        return None
    on_line = min(a[3], b[3]) - max(a[1], b[1]) >= _SAME * min(a[3] - a[1], b[3] - b[1])
    if not on_line or b[0] - a[2] > _PARTS_PT:
        return None
    return replace(one, box=(min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])))


def _reading_order(place: ByHand) -> tuple[float, float, float]:
    if place.page_number is None or place.box is None:
        return float("inf"), 0, 0
    # places on one printed line differ by a few points in height
    return place.page_number, round(place.box[3] / 6), place.box[0]
