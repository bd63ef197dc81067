"""Short ways for tests to fill a blank."""

from __future__ import annotations

from typing import Any

from formfill.fill.base import Filled, Filling
from formfill.fill.pdf import fill_pdf
from formfill.model.form_map import FormMap, Place
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.pdf.geometry import ShownBox


def in_field(name: str, text: str, *, addendum: bool = False, shorter: tuple[str, ...] = (), **place: Any) -> Filling:
    """A text into a field; ``place`` are further keys of a place in a map."""
    where = Place(value="x.y", field=name, **place)
    return Filling(0, where, "text", text=text, addendum=addendum, shorter=shorter, concept="x.y")


def in_box(
    box: ShownBox | tuple[ShownBox, ...], text: str, *, page: int = 1, addendum: bool = False, **place: Any
) -> Filling:
    """A text into a box (displayed points) or, given several, flowing through them; pages count from 1."""
    target: dict[str, Any] = {"boxes": box} if isinstance(box[0], tuple) else {"box": box}
    where = Place(value="x.y", page=page, **target, **place)
    return Filling(0, where, "text", text=text, addendum=addendum, concept="x.y")


def in_pieces(pieces: list[dict[str, Any]], parts: dict[str, str], *, page: int | None = 1) -> Filling:
    """A value in parts."""
    return Filling(0, Place(value="x.y", page=page, pieces=pieces), "text", text=" ".join(parts.values()), parts=parts)


def ticked(name: str, option: str | None = None, **place: Any) -> Filling:
    """A check box or radio button turned on."""
    return Filling(0, Place(value="x.y", field=name, **place), "tick", option=option, concept="x.y")


def ticked_box(box: ShownBox, *, page: int = 1, **place: Any) -> Filling:
    """A printed box marked."""
    return Filling(0, Place(value="x.y", page=page, box=box, **place), "tick", concept="x.y")


def chosen(name: str, option: str) -> Filling:
    """An option of a choice field, or of a radio group, that the form always needs."""
    return Filling(0, Place(choose=option, field=name), "choose", option=option)


def unticked(name: str) -> Filling:
    """A box that the request does not tick."""
    return Filling(0, Place(value="x.y", field=name), "untick", concept="x.y")


def fill(data: bytes, *fillings: Filling, flatten: bool = False) -> Filled:
    """Compile and fill; the update must leave the blank's bytes as they were."""
    compiled = compiled_form(data)
    filled = fill_pdf(compiled, fillings, flatten=flatten)
    if not flatten:
        assert filled.data.startswith(compiled.data)
    return filled


def compiled_and_filled(data: bytes, *fillings: Filling, flatten: bool = False) -> tuple[CompiledForm, Filled]:
    """As ``fill``, with the compiled form for the verifier."""
    compiled = compiled_form(data)
    return compiled, fill_pdf(compiled, fillings, flatten=flatten)


def form_map(*fields: dict[str, Any]) -> FormMap:
    """A map of a blank that has only these places."""
    return FormMap.model_validate(
        {
            "form": "x-roi-en",
            "title": "x",
            "provider": "x",
            "blank": {"file": "x.pdf", "sha256": "0" * 64},
            "fields": list(fields),
        }
    )
