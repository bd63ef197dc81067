"""What the checks of a form map share: the finding, the map under check, and what a place does with its value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from formfill.draft.facts import PageFacts, Spot
from formfill.errors import FormMapError
from formfill.expressions import Node, mentions, parse
from formfill.model.form_map import FormMap, Place
from formfill.model.provider import Provider
from formfill.model.vocabulary import Concept, vocabulary
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.pdf.look import PageLook
from formfill.pdf.printed import PrintedPage
from formfill.witness import widgets_of
from formfill.yaml_io import Document

Severity = Literal["error", "warning", "note"]
#: Kinds of a place or concept that a person fills by hand.
BY_HAND = ("initials", "signature", "staff")
#: A box to tick smaller than this cannot be seen, in points.
LEAST_BOX_PT = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a map, or that a person should know of it.

    ``code`` is a stable word of docs/map-check.md. ``number`` counts the places of the map from 1, ``line`` and
    ``page`` count from 1 as well; each is None where the finding is about no single place, line or page.
    """

    severity: Severity
    code: str
    what: str
    remedy: str
    number: int | None = None
    where: str = ""
    line: int | None = None
    page: int | None = None


class Detected(Protocol):
    """What the detection of places found on a blank."""

    @property
    def pages(self) -> Sequence[PageFacts]: ...

    @property
    def spots(self) -> Sequence[Spot]: ...

    @property
    def printed(self) -> tuple[PrintedPage, ...]: ...


@dataclass(frozen=True)
class Print:
    """What the blank's pages print: ``pages`` for finding words, ``looks`` for where the ink of each letter is."""

    pages: tuple[PrintedPage, ...]
    looks: tuple[PageLook, ...]

    def page(self, number: int) -> PrintedPage | None:
        """The print of page ``number`` (from 1); None where there is no such page, or it is a picture."""
        page = self.pages[number - 1] if 0 < number <= len(self.pages) else None
        return None if page is None or page.is_picture else page


@dataclass(frozen=True)
class Standing:
    """Where a place stands: ``box`` on page ``page`` (from 1); ``in_field`` for the widget of a form field."""

    number: int
    place: Place
    page: int
    box: ShownBox
    in_field: bool = False


@dataclass(frozen=True)
class Subject:
    """A map under check, and all that it is held against.

    ``document`` knows the map's lines. ``provider`` is None where there is no provider record. ``compiled`` and
    ``print`` are of the blank at hand; None without one, and for a DOCX. ``found`` are the places detected on it.
    """

    form_map: FormMap
    document: Document
    provider: Provider | None = None
    compiled: CompiledForm | None = None
    print: Print | None = None
    found: Detected | None = None

    @property
    def places(self) -> Iterator[tuple[int, Place]]:
        """Every place with its number from 1."""
        return enumerate(self.form_map.fields, 1)

    def at(self, severity: Severity, code: str, number: int, what: str, remedy: str, key: str = "") -> Finding:
        """A finding about place ``number`` (from 1), or about ``key`` of it."""
        place = self.form_map.fields[number - 1]
        path = ("fields", number - 1, key) if key else ("fields", number - 1)
        line = self.document.line_of(path) or None
        page = place.page or next(iter(self.pages_of(number)), None)
        return Finding(severity, code, what, remedy, number, place.where(), line, page)

    def about(self, severity: Severity, code: str, what: str, remedy: str, *, key: str = "", page: int = 0) -> Finding:
        """A finding about the map as a whole, its top ``key`` (with a dot: a key below it), or a page of the blank."""
        line = self.document.line_of(tuple(key.split("."))) if key else None
        return Finding(severity, code, what, remedy, line=line or None, page=page or None)

    def pages_of(self, number: int) -> list[int]:
        """The pages of a PDF (from 1) that place ``number`` stands on."""
        return [standing.page for standing in self.standings if standing.number == number]

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Where every place of a PDF map stands: each of its boxes, and each of its widgets on the blank."""
        found = []
        for number, place in self.places:
            pieces = [(piece.page or place.page, piece.box) for piece in place.pieces or () if piece.box]
            whole = [(place.page, box) for box in (place.box, *(place.boxes or ())) if not place.field]
            found += [Standing(number, place, page or 1, box) for page, box in (*whole, *pieces) if box]
            if self.compiled is not None:
                for widget in widgets_of(place, self.compiled):
                    box = self.compiled.pages[widget.page_index].shown.to_top_left(widget.rect)
                    found.append(Standing(number, place, widget.page_index + 1, box, in_field=True))
        return tuple(found)


def expression(text: str | None) -> Node | None:
    """A boolean expression as parsed; None where there is none or it does not parse."""
    if text is None or "{{" in text:
        return None
    try:
        return parse(text)
    except FormMapError:
        return None


def names_in(place: Place) -> frozenset[str]:
    """The known concepts that the value of a place speaks of, whether for or against."""
    node = expression(place.value)
    return frozenset(node.concepts()) if node else mentions(place.value or "")


def concept_of(place: Place) -> Concept | None:
    """The concept that a place is for, where ``value`` or ``leave`` is one that the vocabulary has."""
    return vocabulary().concepts.get(place.concept or "")


def is_tick(place: Place) -> bool:
    """Whether the place is for a mark in a box (or line), filled or left."""
    if place.kind is not None and place.kind not in BY_HAND:
        return place.kind == "check"
    if place.value is None:
        concept = concept_of(place)
        return concept is not None and concept.kind == "check"
    node = expression(place.value)
    if node is None:
        return False
    return node.op != "concept" or vocabulary().concepts[node.name].kind == "check"


def is_filled(place: Place) -> bool:
    """Whether a fill may write or tick there: not what the map leaves, nor what is only ever filled by hand."""
    if place.leave is not None or place.kind in BY_HAND:
        return False
    concept = concept_of(place)
    return concept is None or (concept.fill != "never" and concept.kind not in (*BY_HAND, "heading"))


def is_text(place: Place) -> bool:
    """Whether a fill writes a text there; never where the value cannot be read, which is a finding of its own."""
    readable = place.is_template or expression(place.value) is not None
    return is_filled(place) and readable and not is_tick(place)


def conditions(place: Place) -> list[Node]:
    """What must be true for something to come into a place: its ``when``, and that its value is ticked or known."""
    return [node for node in (expression(place.when), expression(place.value)) if node is not None]


def area(box: ShownBox) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def shared(one: ShownBox, two: ShownBox) -> ShownBox:
    """The part that two boxes share; of no or negative width or height where they share none."""
    return max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])


def share(one: ShownBox, two: ShownBox) -> float:
    """How much of the smaller of two boxes lies in the other, 0 to 1."""
    return area(shared(one, two)) / max(0.01, min(area(one), area(two)))


def rounded(box: ShownBox) -> str:
    """A box as a message shows it: ``[72, 100, 300, 114]``."""
    return f"[{', '.join(f'{edge:.0f}' for edge in box)}]"
