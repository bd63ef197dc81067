"""What a preview shows of each place of a map: which kind it is, what it is called, where on the blank it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formfill.draft.pictures import Colour
from formfill.errors import FormMapError
from formfill.expressions import parse
from formfill.model.form_map import FormMap, Place
from formfill.model.vocabulary import Concept, vocabulary
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import PrintedPage, hull
from formfill.witness import boxes_of, widgets_of, witness

_BY_HAND = ("initials", "signature")
_HAND_GROUPS = ("signature.", "witness.", "interpreter.")


@dataclass(frozen=True, slots=True)
class Sort:
    """What is done at a place: its colour in pictures, and the words for it in a legend."""

    name: str
    colour: Colour
    says: str


TEXT = Sort("text", (21, 88, 176), "text is written here")
TICK = Sort("tick", (27, 122, 51), "ticked when true")
EXCLUDING = Sort("excluding", (187, 22, 104), "ticked when NOT true (“not …”)")
HAND = Sort("hand", (214, 94, 0), "left to sign, initial or date by hand")
STAFF = Sort("staff", (107, 79, 62), "left to the staff")
LEFT = Sort("left", (84, 104, 120), "left empty")
UNKNOWN = Sort("unknown", (211, 15, 15), "unknown: a person must decide")
FORGOTTEN = Sort("forgotten", (123, 31, 162), "a form field that the map does not name")
SORTS = (TEXT, TICK, EXCLUDING, HAND, STAFF, LEFT, UNKNOWN, FORGOTTEN)


@dataclass(frozen=True, slots=True)
class Part:
    """One box of a place, and what it is of it: the number of a line, the part of a date; empty for the only one."""

    box: ShownBox
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place as far as it stands on one page.

    ``number`` is its position in the map, from 1, 0 for a field that the map does not name. ``label_at`` is where the
    label is printed, None where it has none or none was found (``label_is_lost``).
    """

    number: int
    place: Place
    sort: Sort
    page: int
    parts: tuple[Part, ...]
    name: str
    details: tuple[str, ...] = ()
    label_at: ShownBox | None = None
    label_is_lost: bool = False

    @property
    def box(self) -> ShownBox:
        """All of it on this page."""
        return hull([part.box for part in self.parts])


@dataclass(frozen=True, slots=True)
class Marks:
    """Every place of a map on a blank; ``lost`` says of each that cannot be drawn why, one a line."""

    marks: tuple[Mark, ...]
    lost: tuple[str, ...]

    def on(self, page: int) -> list[Mark]:
        return [mark for mark in self.marks if mark.page == page]


def marks_of(form_map: FormMap, compiled: CompiledForm, printed: Sequence[PrintedPage]) -> Marks:
    """Where each place of ``form_map`` stands on the blank; ``printed`` is the print of its pages, in order."""
    marks: list[Mark] = []
    lost: list[str] = []
    named: set[int] = set()
    for number, place in enumerate(form_map.fields, 1):
        named |= {id(widget) for widget in widgets_of(place, compiled)}
        by_page = _parts(place, compiled)
        for page in [page for page in by_page if page > len(printed)]:
            lost.append(f"{place.where()}: the blank has {len(printed)} pages")
            del by_page[page]
        if not by_page and not (lost and lost[-1].startswith(f"{place.where()}:")):
            lost.append(f"{place.where()}: the blank has no such field")
        for page, parts in by_page.items():
            marks.append(_mark(number, place, page, parts, printed[page - 1]))
    marks += _forgotten(compiled, named)
    return Marks(tuple(marks), tuple(lost))


def _mark(number: int, place: Place, page: int, parts: Sequence[Part], printed: PrintedPage) -> Mark:
    sort = sort_of(place)
    box = hull([part.box for part in parts])
    at = place.at if place.at and page == (place.page or page) else None
    if at is None and place.label:
        at = witness(printed, place.label, box)
    lost = at is None and bool(place.label) and not printed.is_picture
    details = [*_details(place), *([f"label not found: {place.label}"] if lost else [])]
    return Mark(number, place, sort, page, tuple(parts), name_of(place), tuple(details), at, lost)


def _parts(place: Place, compiled: CompiledForm) -> dict[int, list[Part]]:
    """The boxes of a place by page; those of a text that runs on are numbered, those of pieces named."""
    found: dict[int, list[Part]] = {}

    def add(page: int, box: ShownBox, caption: str = "") -> None:
        found.setdefault(page, []).append(Part(box, caption))

    if place.pieces:
        for number, piece in enumerate(place.pieces, 1):
            caption = f"{number} {piece.part}"
            if piece.box:
                add(piece.page or place.page or 1, piece.box, caption)
            else:
                for one in compiled.fields.get(piece.field or "", ()):
                    for widget in one.widgets:
                        add(widget.page_index + 1, widget.shown, caption)
        return found
    boxes = boxes_of(place)
    for number, box in enumerate(boxes, 1):
        add(place.page or 1, box, str(number) if len(boxes) > 1 else "")
    if place.field:
        for widget in widgets_of(place, compiled):
            page = widget.page_index + 1
            # some forms have two widgets of one field on one spot
            if all(_apart(widget.shown, part.box) for part in found.get(page, ())):
                add(page, widget.shown)
    return found


def _apart(one: ShownBox, other: ShownBox) -> bool:
    return max(abs(p - q) for p, q in zip(one, other, strict=True)) > 4


def _forgotten(compiled: CompiledForm, named: set[int]) -> Iterator[Mark]:
    for one in compiled.form.fields:
        for widget in one.widgets:
            # push buttons ("Print", "Reset") are no places
            if id(widget) not in named and one.kind != "button":
                place = Place(leave="unknown", field=one.name)
                page = widget.page_index + 1
                yield Mark(0, place, FORGOTTEN, page, (Part(widget.shown),), "not in the map", (f"field {one.name}",))


def sort_of(place: Place) -> Sort:
    """What is done at a place."""
    if place.choose is not None:
        return TICK
    concept = vocabulary().concepts.get(place.concept or "")
    by_hand = concept is not None and (concept.kind in (*_BY_HAND, "staff") or concept.fill == "never")
    if place.leave is not None or by_hand or place.kind in (*_BY_HAND, "staff"):
        return _left(place, concept)
    if place.excludes:
        return EXCLUDING
    if place.is_template:
        return TEXT
    if concept is None:
        return UNKNOWN if place.concept or not _is_expression(place.value or "") else TICK
    return TICK if concept.kind == "check" or place.kind == "check" else TEXT


def _left(place: Place, concept: Concept | None) -> Sort:
    name = place.concept or place.leave or ""
    if name == "unknown":
        return UNKNOWN
    if name.startswith("staff.") or place.kind == "staff":
        return STAFF
    is_hand = name.startswith(_HAND_GROUPS) or place.kind in _BY_HAND
    return HAND if is_hand or (concept is not None and concept.kind in _BY_HAND) else LEFT


def _is_expression(value: str) -> bool:
    try:
        return bool(parse(value).concepts())
    except FormMapError:
        return False


def name_of(place: Place) -> str:
    """What a place says, as a person reads it: the concept, the expression, a text with {concepts}."""
    if place.choose is not None:
        return f"always “{place.choose}”"
    said = place.value or place.leave or ""
    return said.replace("{{ ", "{").replace(" }}", "}").replace("{{", "{").replace("}}", "}")


def _details(place: Place) -> Iterator[str]:
    if place.kind in _BY_HAND and not (place.concept or "").startswith(("signature.", "initials")):
        yield f"{place.kind} by hand"
    if place.when:
        yield f"only if {place.when}"
    if place.format:
        yield f"as {place.format}"
    if place.pieces:
        yield f"in {len(place.pieces)} pieces"
    if place.boxes and len(place.boxes) > 1:
        yield f"over {len(place.boxes)} lines"
    if place.comb:
        yield f"{place.comb} cells"
    if place.mark == "circle":
        yield "circles the word"
    if place.leave == "unknown" and place.note:
        yield place.note
