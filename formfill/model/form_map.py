"""The form map: what goes where on one blank.

Boxes are in PDF points (1/72 inch), origin at the top left of the page as displayed (rotation and crop box applied),
``[x0, top, x1, bottom]``; pages count from 1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from formfill.errors import FormMapError
from formfill.model.base import Model, load_model
from formfill.model.scalars import FilePath

CONCEPT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")

Instrument = Literal["authorization", "access-request", "amendment", "other"]
Align = Literal["left", "center", "right"]
#: A part of a value that a form asks for in pieces of its own.
Part = Literal["month", "day", "year", "year2", "area", "number", "prefix", "line", "street", "city", "state", "zip"]


def _ordered(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if box[0] >= box[2] or box[1] >= box[3]:
        raise ValueError("a box is [x0, top, x1, bottom] with x0 < x1 and top < bottom, from the page's top left")
    return box


Box = Annotated[tuple[float, float, float, float], AfterValidator(_ordered)]
PageNumber = Annotated[int, Field(ge=1, le=1000)]


class Blank(Model):
    """The official empty form that a map is for."""

    file: FilePath
    """Below forms/."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    source: str | None = None
    edition: str | None = None
    pages: tuple[tuple[float, float], ...] | None = None
    """The size of each page as displayed, [width, height] in points: a changed blank must still have them."""

    @property
    def is_docx(self) -> bool:
        """A Word document; a .doc is converted first."""
        return self.file.lower().endswith((".docx", ".doc"))


class Piece(Model):
    """One part of a value that the form prints in parts: the month of a date, the area code of a phone."""

    part: Part
    box: Box | None = None
    field: str | None = None
    page: PageNumber | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Piece:
        if (self.box is None) == (self.field is None):
            raise ValueError("a piece has either box or field")
        return self


class Place(Model):
    """Where one value goes, and which.

    Exactly one of ``value``, ``choose`` and ``leave`` says what; exactly one target says where.
    """

    # what
    value: str | None = None
    """A concept; a text with ``{{ }}`` expressions over concepts; or, for a tick, ``not CONCEPT`` or a boolean
    expression over concepts."""
    choose: str | None = None
    """The option of a radio or choice field that this form always needs."""
    leave: str | None = None
    """Known and deliberately left empty: the concept that the place is for."""

    # where, in a PDF
    field: str | None = None
    page: PageNumber | None = None
    box: Box | None = None
    boxes: Annotated[tuple[Box, ...], Field(min_length=1)] | None = None
    pieces: Annotated[tuple[Piece, ...], Field(min_length=1)] | None = None
    widget: Annotated[int, Field(ge=1)] | None = None
    """Which widget of ``field`` this place is (from 1), where the kids of one field stand for different things."""

    # where, in a DOCX
    control: str | None = None
    text_field: str | None = None
    after: str | None = None
    tick: str | None = None
    nth: Annotated[int, Field(ge=1)] = 1
    """Which of several equal DOCX labels or controls is meant, counted from 1."""

    # how
    kind: Literal["text", "check", "initials", "signature", "staff"] | None = None
    """Only where the place is of another kind than its concept: a line to initial for ``sensitive.hiv``."""
    label: str | None = None
    """The words printed beside the place: the witness of its box."""
    at: Box | None = None
    """Where the label's own print stands, on the page of the box: with it a moved form is followed exactly."""
    when: str | None = None
    """A boolean expression over concepts; the place is filled only where it is true."""
    format: str | None = None
    """The writing of a date (``MM/DD/YYYY``) or phone (``999-999-9999``)."""
    option: str | None = None
    """The on-state, option or export value that a true ``value`` selects, where the field has several."""
    mark: Literal["tick", "circle"] | None = None
    """How a true ``value`` is shown in a box: a tick in it, or a circle around the printed word that the box frames
    ("circle one: CD / USB")."""
    align: Align | None = None
    size: Annotated[float, Field(ge=4, le=24)] | None = None
    """Font size in points; without it the field's own, or what fits."""
    min_size: Annotated[float, Field(ge=4, le=24)] = 7.0
    comb: Annotated[int, Field(ge=2, le=60)] | None = None
    """How many equal cells the box is printed in, one character each."""
    required: bool | None = None
    note: str | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    """How sure ``map draft`` was of this place, 0 to 1; a place that a person has looked at has none."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Place:
        if sum(x is not None for x in (self.value, self.choose, self.leave)) != 1:
            raise ValueError("a place has exactly one of value, choose and leave")
        box_like = [x for x in (self.box, self.boxes, self.pieces) if x is not None]
        docx = [x for x in (self.control, self.text_field, self.after, self.tick) if x is not None]
        targets = len(docx) + (1 if self.field is not None or box_like else 0)
        if targets != 1 or len(box_like) > 1 or (self.field is not None and self.boxes is not None):
            raise ValueError(
                "a place has exactly one target: field, box, boxes or pieces (PDF); "
                "control, text_field, after or tick (DOCX)"
            )
        loose = self.box or self.boxes or any(piece.box and not piece.page for piece in self.pieces or ())
        if self.field is None and loose and self.page is None:
            raise ValueError("a box needs the page it is on (pages count from 1)")
        if self.choose is not None and self.field is None and self.control is None and self.text_field is None:
            raise ValueError("choose is for a radio or choice field: it needs field, control or text_field")
        return self

    @property
    def concept(self) -> str | None:
        """The concept, where ``value`` or ``leave`` is one and not an expression."""
        text = self.value or self.leave
        if text and text.startswith("not ") and CONCEPT.fullmatch(text[4:].strip()):
            return text[4:].strip()
        return text if text and CONCEPT.fullmatch(text) else None

    @property
    def excludes(self) -> bool:
        """A box whose tick keeps something back ("do NOT release")."""
        return bool(self.value and self.value.startswith("not "))

    @property
    def is_template(self) -> bool:
        return bool(self.value and "{{" in self.value)

    def where(self) -> str:
        """The target, as messages name it."""
        if self.field is not None:
            return f"field {self.field!r}"
        for key in ("control", "text_field", "after", "tick"):
            if getattr(self, key) is not None:
                return f"{key} {getattr(self, key)!r}"
        return f"page {self.page}" + (f", label {self.label!r}" if self.label else f", box {self.box}")


class FormMap(Model):
    """One official form: its blank and every place on it."""

    form: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    title: str
    provider: str
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    instrument: Instrument = "authorization"
    blank: Blank
    form_number: str | None = None
    releases_without_mark: tuple[str, ...] = ()
    """Sensitive categories that signing alone releases on this form (no box to tick): the letter must exclude them."""
    superseded_by: str | None = None
    notes: str | None = None
    template: bool = False
    """The blank is a DOCX with template tags, rendered by docxtpl."""
    fields: tuple[Place, ...] = ()


def load_form_map(path: Path) -> FormMap:
    """Read a form map. Raises: FormMapError with file, line and key."""
    return load_model(FormMap, path, FormMapError)
