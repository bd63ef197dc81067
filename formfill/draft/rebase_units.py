"""What a rebase matches: every single box to write or tick in, of an old map, and as found on a new blank.

A place of a map may have several (lines that a text runs over, pieces of a date, widgets of a field); a box that two
places share ("one of them is filled") is one unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from formfill.draft.check_base import BY_HAND, area, concept_of, is_tick
from formfill.draft.detect import in_reading_order
from formfill.draft.facts import Detection, PageFacts, PlaceKind, Sign, Spot, Word
from formfill.draft.labels import Reading, read_labels
from formfill.model.form_map import FormMap, Place
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.witness import boxes_of, widgets_of

#: Two boxes that share this much of the smaller are one place.
_SAME = 0.6


@dataclass(frozen=True, slots=True)
class Slot:
    """One box of a place: ``number`` counts its boxes, pieces or widgets from 0."""

    place: int
    number: int


@dataclass(frozen=True)
class Unit:
    """A box to write or tick in.

    ``kind`` is None where nothing tells it, ``box`` is None where only the label or name is known. ``line`` is 0 for
    the first line of a text. ``slots`` are the map's boxes there: none for what a map ignores, or on a new blank.
    ``spot`` is what was detected there. ``label`` is the map's, ``at`` where it was.
    """

    kind: PlaceKind | None
    page: int
    box: ShownBox | None
    line: int = 0
    label: str = ""
    field: str = ""
    spot: Spot | None = None
    reading: Reading | None = None
    slots: tuple[Slot, ...] = ()
    is_circle: bool = False
    at: ShownBox | None = None


def new_units(detection: Detection) -> list[Unit]:
    """Every box found on a blank, in reading order, the lines of one text one after the other."""
    units = []
    for page in detection.pages:
        spots = [spot for spot in detection.spots if spot.page == page.number]
        for k, (spot, reading) in enumerate(zip(spots, read_labels(page, spots), strict=True)):
            if any(_is_twin(spot, other) for other in spots[:k]):
                continue
            boxes = spot.lines or (spot.box,)
            name = spot.widget.field if spot.widget else ""
            units += [
                Unit(spot.kind, spot.page, box, line, field=name, spot=spot, reading=reading)
                for line, box in enumerate(boxes)
            ]
    return units


def _is_twin(one: Spot, other: Spot) -> bool:
    """Two widgets of one field on the same spot, which some forms have, hold one value."""
    same = one.widget is not None and other.widget is not None and one.widget.field == other.widget.field
    return same and share(one.box, other.box) >= _SAME


def old_units(form_map: FormMap, compiled: CompiledForm | None, detection: Detection | None) -> list[Unit]:
    """Every box of a map in reading order, with the print around it where its own blank is at hand.

    What is found on that blank and no place of the map claims is among them, without ``slots``.
    """
    mapped = _merged(list(_mapped(form_map, compiled)))
    if detection is None:
        return _ordered(mapped)
    units = []
    for page in detection.pages:
        units += _read(page, [u for u in mapped if u.page == page.number], detection)
    return units + [unit for unit in mapped if not 1 <= unit.page <= len(detection.pages)]


def slot_boxes(form_map: FormMap, compiled: CompiledForm | None) -> dict[Slot, tuple[int, ShownBox | None]]:
    """Every box of a map as the map has it (of a field: as its own blank has it), and its page."""
    return {unit.slots[0]: (unit.page, unit.box) for unit in _mapped(form_map, compiled)}


def _mapped(form_map: FormMap, compiled: CompiledForm | None) -> Iterator[Unit]:
    page = 1
    for i, place in enumerate(form_map.fields):
        name, number = place.field or "", 0
        kind, label = _kind(place), place.label or ""
        base = Unit(
            kind, place.page or page, None, label=label, field=name, is_circle=place.mark == "circle", at=place.at
        )
        widgets = widgets_of(place, compiled) if compiled else []
        if place.pieces:
            for number, piece in enumerate(place.pieces):
                box, where, own = piece.box, piece.page or place.page or page, piece.field or ""
                if own and compiled and (found := compiled.fields.get(own)) and found[0].widgets:
                    widget = found[0].widgets[0]
                    box, where = widget.shown, widget.page_index + 1
                yield replace(base, page=where, box=box, field=own, slots=(Slot(i, number),))
        elif widgets:
            for number, widget in enumerate(widgets):
                where = page = widget.page_index + 1
                yield replace(base, page=where, box=widget.shown, slots=(Slot(i, number),))
        elif boxes := boxes_of(place):
            page = place.page or page
            for number, one in enumerate(boxes):
                yield replace(base, box=one, line=number, slots=(Slot(i, number),))
        else:
            yield replace(base, slots=(Slot(i, 0),))


def _kind(place: Place) -> PlaceKind | None:
    """What a place looks like; initials and the staff's may stand on a line or in a box."""
    concept = concept_of(place)
    if place.kind in BY_HAND or (place.kind is None and concept and concept.kind in ("initials", "staff")):
        return None
    if place.leave in ("unknown", "other") and place.kind is None:
        return None
    return "check" if is_tick(place) or place.kind == "check" else "text"


def _merged(units: list[Unit]) -> list[Unit]:
    merged: list[Unit] = []
    for unit in units:
        for k, other in enumerate(merged):
            if unit.page == other.page and _is_same(unit, other):
                merged[k] = replace(other, slots=other.slots + unit.slots, kind=other.kind or unit.kind)
                break
        else:
            merged.append(unit)
    return merged


def _is_same(one: Unit, other: Unit) -> bool:
    if one.box is None or other.box is None or one.is_circle != other.is_circle:
        return False
    return share(one.box, other.box) >= _SAME and min(area(one.box), area(other.box)) > 0.4 * max(
        area(one.box), area(other.box)
    )


def share(one: ShownBox, other: ShownBox) -> float:
    """How much of the smaller of two boxes lies in the other, 0 to 1."""
    common = (max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3]))
    smaller = min(area(one), area(other))
    return area(common) / smaller if smaller > 0 and common[0] < common[2] and common[1] < common[3] else 0.0


def _read(page: PageFacts, mapped: Sequence[Unit], detection: Detection) -> list[Unit]:
    """The units of one page with the print around them, and what was detected beside them."""
    spots = [spot for spot in detection.spots if spot.page == page.number]
    found: list[tuple[Spot | None, Unit]] = []
    for unit in mapped:
        at = _spot_at(unit, spots)
        if at is not None:
            found.append((at[0], replace(unit, kind=at[0].kind, spot=at[0], line=at[1])))
        elif unit.box is not None:
            sign: Sign = "square" if unit.kind == "check" else "rule"
            found.append((Spot(unit.kind or "text", page.number, unit.box, sign), unit))
        else:
            found.append((None, unit))  # a field of that name is not on the old blank: only its label is known
    claimed = {id(spot) for spot, _ in found}
    for spot in spots:
        if id(spot) not in claimed:
            name = spot.widget.field if spot.widget else ""
            found.append((spot, Unit(spot.kind, spot.page, spot.box, field=name, spot=spot)))
    sites = in_reading_order(list({id(spot): spot for spot, _ in found if spot is not None}.values()))
    order = {id(spot): n for n, spot in enumerate(sites)}
    readings = read_labels(page, sites)
    found.sort(key=lambda pair: (order[id(pair[0])] if pair[0] else len(sites), pair[1].line))
    return [replace(unit, reading=readings[order[id(spot)]] if spot else None) for spot, unit in found]


def _spot_at(unit: Unit, spots: Sequence[Spot]) -> tuple[Spot, int] | None:
    """What was detected where the map has its box, and which line of it."""
    if unit.box is None or unit.is_circle:
        return None
    best: tuple[float, Spot, int] | None = None
    for spot in spots:
        # a tick in a cell is detected as a text, and the other way round on some forms: only a close fit counts
        other_kind = unit.kind is not None and spot.kind != unit.kind
        if other_kind and (share(unit.box, spot.box) < 0.8 or area(spot.box) > 3 * area(unit.box)):
            continue
        for line, box in enumerate(spot.lines or (spot.box,)):
            common = share(unit.box, box)
            fit = common * min(area(unit.box), area(box)) / max(area(unit.box), area(box), 0.1)
            # a rule is thin, and the text stands on it
            if common > 0.3 and (best is None or fit > best[0]):
                best = (fit, spot, line)
    return (best[1], best[2]) if best and best[0] > 0.08 else None


def _ordered(units: list[Unit]) -> list[Unit]:
    """In reading order where boxes are known; the others stay after the place that the map has before them."""
    placed: dict[int, Spot] = {}
    for unit in units:
        if unit.box is not None:
            placed[id(unit)] = Spot(unit.kind or "text", unit.page, unit.box, "rule")
    order: dict[int, int] = {}
    for page in sorted({unit.page for unit in units}):
        for spot in in_reading_order([s for s in placed.values() if s.page == page]):
            order[id(spot)] = len(order)
    last = -1.0
    keys = []
    for unit in units:
        last = float(order[id(placed[id(unit)])]) if unit.box is not None else last + 0.001
        keys.append((unit.page, last))
    return [unit for _, unit in sorted(zip(keys, units, strict=True), key=lambda pair: pair[0])]


def label_pages(form_map: FormMap) -> tuple[PageFacts, ...]:
    """What is known of an old blank that is not at hand: the labels of its map, as the words of its pages."""
    sizes = form_map.blank.pages or ()
    last = max([len(sizes), *(place.page or 1 for place in form_map.fields)])
    words: dict[int, dict[tuple[str, ShownBox], list[Word]]] = {number: {} for number in range(1, last + 1)}
    for place in form_map.fields:
        if place.label and (box := place.at or _beside(place)):
            words[place.page or 1][place.label, box] = list(_split(place.label, box))
    pages = []
    for number, labels in words.items():
        width, height = sizes[number - 1] if number <= len(sizes) else (612.0, 792.0)
        runs = sorted(labels.values(), key=lambda run: (round(run[0].box[3] / 4), run[0].box[0]))
        pages.append(PageFacts(number, width, height, tuple(word for run in runs for word in run)))
    return tuple(pages)


def _beside(place: Place) -> ShownBox | None:
    """Where a label is likely to stand of which the map says nothing more."""
    boxes = boxes_of(place)
    if not boxes or not place.label:
        return None
    box, length = boxes[0], 5.0 * len(place.label)
    if is_tick(place):
        return box[2] + 4, box[1] - 1, box[2] + 4 + length, box[3] + 1
    return max(0.0, box[0] - 4 - length), box[3] - 11, max(1.0, box[0] - 4), box[3]


def _split(label: str, box: ShownBox) -> Iterator[Word]:
    texts, x, each = label.split(), box[0], (box[2] - box[0]) / max(1, len(label))
    for text in texts:
        yield Word(text, (x, box[1], x + each * len(text), box[3]), box[3] - box[1])
        x += each * (len(text) + 1)


def own_words(unit: Unit) -> str:
    """The words that name a box."""
    return " ".join(word.text for word in own(unit))


def own(unit: Unit) -> tuple[Word, ...]:
    """The words that name a box, where the print around it is known."""
    if unit.reading is None:
        return ()
    words = unit.reading.right[:12] if unit.kind == "check" and unit.reading.right else unit.reading.left[-9:]
    return words or unit.reading.under or unit.reading.over
