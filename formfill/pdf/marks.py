"""Which of a form's own tick marks hardly show: a dot of a few pixels is no answer on a fax.

Every box is turned on in a copy, and the printed page compared with the blank's.
"""

from __future__ import annotations

from typing import Any

import pikepdf

from formfill.pdf.compiled import Field
from formfill.pdf.look import Document, PageLook
from formfill.pdf.serialise import key_bytes, saved

#: A mark that changes less of its box than this is helped by one of ours.
FAINT = 0.045


def find_faint_marks(pdf: Any, fields: list[Field]) -> None:
    """Set ``faint`` of the buttons whose own on-state hardly differs from off. ``pdf`` (pikepdf) is changed."""
    buttons = [
        widget
        for field in fields
        if field.kind in ("check", "radio")
        for widget in field.widgets
        if any(state in widget.drawn for state in widget.states)
    ]
    if not buttons:
        return
    looks: list[dict[int, PageLook]] = []
    numbers = sorted({widget.page_index for widget in buttons})
    for on in (False, True):
        for widget in buttons:
            node = pdf.get_object(widget.obj, widget.gen)
            names = [key for key in node.AP.N.keys() if key != "/Off"]  # noqa: SIM118 (no keys by iteration)
            node.AS = _name(names[0]) if on and names else _name("/Off")
        with Document(saved(pdf, encryption=False)) as document:
            looks.append({number: document.look(number) for number in numbers})
    off, ticked = looks
    for widget in buttons:
        widget.faint = off[widget.page_index].changed_share(ticked[widget.page_index], widget.shown) < FAINT


def _name(key: str) -> Any:
    return pikepdf.Object.parse(b"/" + b"".join(b"#%02x" % byte for byte in key_bytes(key)))
