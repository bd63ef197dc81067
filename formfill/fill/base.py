"""What the backends agree on: a filling is a place with what a map, profile and request resolve to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from formfill.model.form_map import Place

Action = Literal["text", "tick", "untick", "choose", "leave"]


@dataclass(frozen=True, slots=True)
class Filling:
    """A place, and the text, tick or option that belongs there.

    ``number`` is the index of the place in the map (from 0). ``text`` is what the place should say in full;
    ``shorter`` are other writings of it that the vocabulary allows, longest first, to try when it does not fit.
    ``parts`` gives the text of each piece of a value printed in parts: dict[part, text].
    """

    number: int
    place: Place
    action: Action
    text: str = ""
    shorter: tuple[str, ...] = ()
    parts: dict[str, str] = field(default_factory=dict)
    option: str | None = None
    concept: str | None = None
    addendum: bool = True
    """Whether the value may go to an addendum page when it does not fit; a patient's name may not."""


class Wish(NamedTuple):
    """How a map wants a text set: size and minimum in points (None: what fits), alignment 0 left, 1 centred, 2 right
    (None: the field's own), and the number of printed cells of a comb."""

    size: float | None = None
    minimum: float = 7.0
    align: int | None = None
    comb: int | None = None


@dataclass(frozen=True, slots=True)
class AddendumItem:
    """A value that did not fit: ``letter`` is what the place says instead ("see addendum A")."""

    letter: str
    label: str
    text: str


def addendum_letter(index: int) -> str:
    """The letter of the addendum's item number ``index`` (from 0): A, B, … Z, AA, AB, …"""
    text = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


class Ink(NamedTuple):
    """What a backend put on a page, for the verifier.

    ``box`` is in displayed points, origin top left, [x0, top, x1, bottom]: all ink of it must lie inside. ``value`` is
    what a field must say beside what it shows (None: no field, or a button).
    """

    page_index: int
    box: tuple[float, float, float, float]
    text: str = ""
    tick: bool = False
    where: str = ""
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled document, not yet written: its bytes, what was inked where, and what went to the addendum."""

    data: bytes
    inks: tuple[Ink, ...] = ()
    addendum: tuple[AddendumItem, ...] = ()
    suffix: str = ".pdf"
