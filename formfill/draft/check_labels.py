"""Checks of labels: the printed words by which a place is known again when the provider changes its form."""

from __future__ import annotations

from collections.abc import Iterator

from formfill.draft.check_base import Finding, Standing, Subject, is_filled
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import fold, hull
from formfill.witness import witness

#: How far a label's print may be from where ``at:`` has it, in points: extraction differs by less.
_SAME_PT = 3.0


def labels(subject: Subject) -> Iterator[Finding]:
    """Labels that the blank does not print, or not beside their place, and places on a page without one."""
    for number, place in subject.places:
        if place.label is None or not fold(place.label):
            if is_filled(place) and place.field is None and subject.standings:
                remedy = "add label: with the printed words beside it: without them a changed form cannot be followed"
                yield subject.at("warning", "label-missing", number, "the place has no label", remedy)
        elif subject.print is not None:
            yield from _label(subject, number, place.label)


def _label(subject: Subject, number: int, label: str) -> Iterator[Finding]:
    assert subject.print is not None
    place = subject.form_map.fields[number - 1]
    readable: list[tuple[Standing, tuple[ShownBox, ...]]] = []
    for standing in _wholes([one for one in subject.standings if one.number == number]):
        page = subject.print.page(standing.page)
        if page is not None:
            readable.append((standing, page.find(label)))
    if not readable:
        return  # on a scan nothing can be looked for
    found = [box for _, boxes in readable for box in boxes]
    if not found:
        remedy = "write the words as the form prints them, from their first to their last"
        yield subject.at("warning", "label-not-found", number, f"the page does not print {label!r}", remedy, "label")
    elif place.at is not None and not any(_same(place.at, box) for box in found):
        what = f"{label!r} is printed, but not where at: has it"
        yield subject.at(
            "warning", "label-moved", number, what, f"write at: {_box(found[0])}, if that is the one", "at"
        )
    elif place.at is None and not any(_beside(subject, standing, label) for standing, _ in readable):
        what = f"{label!r} is printed, but not beside the place"
        yield subject.at(
            "warning", "label-not-beside", number, what, "take words that stand beside it, or mend the box"
        )


def _wholes(standings: list[Standing]) -> Iterator[Standing]:
    """One standing a page for boxes (a text that runs on is one place there), and one for each widget."""
    yield from (standing for standing in standings if standing.in_field)
    for page in dict.fromkeys(standing.page for standing in standings if not standing.in_field):
        here = [standing for standing in standings if not standing.in_field and standing.page == page]
        yield Standing(here[0].number, here[0].place, page, hull([standing.box for standing in here]))


def _beside(subject: Subject, standing: Standing, label: str) -> bool:
    page = subject.print.page(standing.page) if subject.print else None
    return page is not None and witness(page, label, standing.box) is not None


def _same(one: ShownBox, two: ShownBox) -> bool:
    return all(abs(a - b) <= _SAME_PT for a, b in zip(one, two, strict=True))


def _box(box: ShownBox) -> str:
    return f"[{', '.join(f'{edge:.1f}' for edge in box)}]"
