"""Witnesses: the printed words beside a place, by which a map is held against a blank.

A label stands beside its box where people read it as the box's: left of it on the line, above or below it, inside the
cell, or to the right of a box to tick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from formfill.model.form_map import FormMap, Place
from formfill.pdf.compiled import CompiledForm, Widget
from formfill.pdf.geometry import ShownBox, rounded
from formfill.pdf.printed import PrintedPage, hull, printed_pages

#: How far a label may be from its box: to its left along the line, to its right, above or below; in points.
_LEFT_PT = 250.0
_RIGHT_PT = 40.0
_ABOVE_PT = 16.0
#: How far a label's box may reach into the place's, since extraction gives line boxes and not ink.
_OVERLAP_PT = 4.0
#: A part of a label has so many letters at least.
_FEWEST_LETTERS = 3


def witness(page: PrintedPage, label: str, box: ShownBox) -> ShownBox | None:
    """Where the page prints ``label`` beside ``box``: the nearest such place, or None."""
    found = [(distance, at) for at in page.find(label) if (distance := _distance(at, box)) is not None]
    return min(found)[1] if found else None


def witnessed(
    form_map: FormMap, compiled: CompiledForm, pages: Sequence[PrintedPage] = (), *, shorten: bool = False
) -> FormMap:
    """The map with ``at:`` for every label that its own blank prints beside its place, and with the page sizes.

    A label that is not printed, or not beside its place, is left without.

    Args:
        pages: The blank's print, where it was read already.
        shorten: Cut a label that is not printed so to the most of its words that are.
    """
    pages = pages or printed_pages(compiled.data, [page.shown for page in compiled.pages], form_map.blank.file)
    places = []
    for place in form_map.fields:
        if place.label and place.at is None:
            for label in (place.label, *(_parts(place.label) if shorten else ())):
                seen = [at for number, box in anchors(place, compiled) if (at := _on(pages, number, label, box))]
                if seen:
                    place = place.model_copy(update={"at": rounded(seen[0]), "label": label})
                    break
        places.append(place)
    sizes = tuple((round(page.shown.width, 1), round(page.shown.height, 1)) for page in compiled.pages)
    blank = form_map.blank.model_copy(update={"pages": sizes})
    return form_map.model_copy(update={"fields": tuple(places), "blank": blank})


def _parts(label: str) -> Iterator[str]:
    """The words of a label without some at its ends, most words first; what has no letters says nothing."""
    words = label.split()
    for count in range(len(words) - 1, 0, -1):
        for start in range(len(words) - count, -1, -1):
            part = " ".join(words[start : start + count])
            if sum(c.isalpha() for c in part) >= _FEWEST_LETTERS:
                yield part


def anchors(place: Place, compiled: CompiledForm) -> Iterator[tuple[int, ShownBox]]:
    """Where a place stands on the blank: page number and displayed box, of its boxes or of each of its widgets."""
    boxes = boxes_of(place)
    if boxes and place.page:
        yield place.page, hull(boxes)
    for widget in widgets_of(place, compiled):
        yield widget.page_index + 1, compiled.pages[widget.page_index].shown.to_top_left(widget.rect)


def boxes_of(place: Place) -> list[ShownBox]:
    """All boxes of a place, on whatever page of its own they are."""
    pieces = [piece.box for piece in place.pieces or () if piece.box]
    return [*([place.box] if place.box else []), *(place.boxes or ()), *pieces]


def fields_of(place: Place) -> list[str]:
    """The names of the fields that a place fills."""
    return [*([place.field] if place.field else []), *(piece.field for piece in place.pieces or () if piece.field)]


def widgets_of(place: Place, compiled: CompiledForm) -> list[Widget]:
    """The widgets that a place may fill: those with its option, the one it numbers, or all of its fields."""
    widgets = [w for name in fields_of(place) for field in compiled.fields.get(name, ()) for w in field.widgets]
    if place.widget is not None:
        return widgets[place.widget - 1 : place.widget]
    option = place.option or place.choose
    return [w for w in widgets if option in w.states] or widgets


def _on(pages: Sequence[PrintedPage], number: int, label: str, box: ShownBox) -> ShownBox | None:
    return witness(pages[number - 1], label, box) if number <= len(pages) else None


def _distance(label: ShownBox, box: ShownBox) -> float | None:
    """How far the label is from the box it could belong to, in points; None where nobody would read it as its label."""
    across = min(label[2], box[2]) - max(label[0], box[0])
    down = min(label[3], box[3]) - max(label[1], box[1])
    on_line = down >= 0.5 * min(label[3] - label[1], box[3] - box[1])
    if on_line and across >= -_OVERLAP_PT:
        return max(0.0, -across)  # inside the cell, or touching
    if on_line and label[2] <= box[0]:
        gap = box[0] - label[2]
        return gap if gap <= _LEFT_PT else None
    if on_line:
        gap = label[0] - box[2]
        return 1.5 * gap if gap <= _RIGHT_PT else None
    if across < -_OVERLAP_PT:
        return None
    gap = box[1] - label[3] if label[1] < box[1] else label[1] - box[3]
    return max(0.0, gap) + 2 if -_OVERLAP_PT <= gap <= _ABOVE_PT or down > 0 else None
