"""What is to be said of a place that was carried to a new edition."""

from __future__ import annotations

from collections.abc import Iterator

from formfill.draft.rebase_places import Found, Labelled, shift_words
from formfill.draft.rebase_units import Unit, own, own_words
from formfill.draft.wordings import folded
from formfill.model.form_map import Place
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import fold


def changes(
    place: Place,
    carried: Place,
    was: tuple[int, ShownBox | None],
    one: Found,
    label: Labelled,
    *,
    still: bool,
) -> Iterator[str]:
    """What became of the place, as words: where it went, its field and option, its label."""
    page, box = was
    if page != one.page and box is not None:
        yield f"was on page {page}"
    elif box is not None and not still:
        yield f"moved {shift_words(box, one.box)}"
    if place.field != carried.field:
        if place.field and carried.field:
            yield f"the field was {place.field!r}"
        else:
            yield f"was the field {place.field!r}" if place.field else "is a form field now"
    if carried.field and place.field and place.option != carried.option:
        yield f"the option was {place.option!r}"
    if place.choose != carried.choose:
        yield f"the option was {place.choose!r}"
    if label.changed:
        yield f"the label was {place.label!r}"


def words_changed(label: str | None, old: Unit, new: Unit | None, come: set[int], lost: set[int]) -> str:
    """What became of the words beside a place where its label alone is still printed."""
    if new is None or not (any(id(word) in come for word in own(new)) or any(id(word) in lost for word in own(old))):
        return ""
    was, now = own_words(old), own_words(new)
    if not (share_words(label, was) and share_words(label, now)):
        return ""  # words of something else, which is nearer to the place than its label
    return f"the words beside it were {was!r}" if fold(was) != fold(now) else ""


def share_words(one: str | None, other: str | None) -> bool:
    """Whether two texts have a word in common."""
    return bool(set(folded(one or "").split()) & set(folded(other or "").split()))


def meaning(place: Place) -> str:
    """What the map says that the place is for."""
    return place.value or place.choose or f"leave: {place.leave}"
