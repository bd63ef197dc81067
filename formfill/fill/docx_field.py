"""Filling a legacy form field (FORMTEXT, FORMCHECKBOX, FORMDROPDOWN), which Word keeps as a field with w:ffData."""

from __future__ import annotations

from lxml import etree

from formfill.errors import FillError, FormMapError
from formfill.fill.base import Filling
from formfill.fill.docx_blank import single_line
from formfill.fill.docx_format import W, is_on
from formfill.fill.docx_package import Element
from formfill.fill.docx_runs import run_properties, value_pieces
from formfill.fill.docx_text import make_run


def fill_form_field(mark: Element, filling: Filling) -> None:
    """Write a value into the form field that ``mark`` (its first w:fldChar) opens.

    Raises: FillError, for an option that the field does not list, or a text that is longer than it allows in each of
    its writings; FormMapError, for a value of another kind.
    """
    where = filling.place.where()
    data = mark.find(W + "ffData")
    if (box := data.find(W + "checkBox")) is not None:
        if filling.action not in ("tick", "untick"):
            raise FormMapError(f"{where}: is a checkbox; the place must be a check")
        _set(box, "checked", "1" if filling.action == "tick" else "0")
        return
    if (drop_down := data.find(W + "ddList")) is not None:
        _choose(drop_down, filling)
        return
    if filling.action != "text":
        raise FormMapError(f"{where}: takes a text, not a tick or option")
    text = fitting_text(mark, filling)
    if text is None:
        raise FillError(f"{where}: takes {max_length(mark)} characters, too few even for a reference to the addendum")
    _write_result(mark, text, where)


def fitting_text(mark: Element, filling: Filling) -> str | None:
    """The first writing of a text that the form field takes; None where each is too long."""
    limit = max_length(mark)
    writings = (single_line(text) for text in (filling.text, *filling.shorter))
    return next((text for text in writings if limit is None or len(text) <= limit), None)


def is_field_checked(mark: Element) -> bool:
    """Whether a checkbox form field is ticked: by its state, or by default where it has none (17.16.8)."""
    box = mark.find(f"{W}ffData/{W}checkBox")
    on = None if box is None else is_on(box, "checked")
    return bool(box is not None and (is_on(box, "default") if on is None else on))


def max_length(mark: Element) -> int | None:
    """How many characters a text form field takes; None for as many as one likes."""
    limit = mark.find(f"{W}ffData/{W}textInput/{W}maxLength")
    value = "" if limit is None else limit.get(W + "val", "")
    return int(value) if value.isdecimal() and int(value) else None


def _choose(drop_down: Element, filling: Filling) -> None:
    wanted = filling.option or filling.place.choose or filling.place.option or filling.text
    entries = [entry.get(W + "val", "") for entry in drop_down.iterfind(W + "listEntry")]
    for index, entry in enumerate(entries):
        if entry.strip().casefold() == wanted.strip().casefold():
            result = drop_down.find(W + "result")
            if result is None:
                # CT_FFDDList is a sequence that starts with the result (17.16.28)
                result = etree.Element(W + "result")
                drop_down.insert(0, result)
            result.set(W + "val", str(index))
            return
    known = ", ".join(repr(entry) for entry in entries) or "none"
    raise FillError(f"{filling.place.where()}: has no such option; it lists: {known}")


def _set(parent: Element, tag: str, value: str) -> None:
    node = parent.find(W + tag)
    if node is None:
        node = etree.SubElement(parent, W + tag)
    node.set(W + "val", value)


def _write_result(mark: Element, text: str, where: str) -> None:
    """Replace the result of a field: the runs between its w:fldChar "separate" and "end"."""
    runs, separate, end = _field_runs(mark, where)
    first = runs[0]
    results = runs[runs.index(separate) + 1 : runs.index(end)] if separate is not None else []
    donor = (results[0] if results else first).find(W + "rPr")
    if separate is None:
        separate = etree.Element(W + "r")
        etree.SubElement(separate, W + "fldChar", {W + "fldCharType": "separate"})
        end.addprevious(separate)
    for run in results:
        run.getparent().remove(run)
    for piece in reversed(value_pieces(text, run_properties(donor), where)):
        separate.addnext(make_run(piece))


def _field_runs(mark: Element, where: str) -> tuple[list[Element], Element | None, Element]:
    """The runs of a field, that of its separator and that of its end."""
    paragraph = next(mark.iterancestors(W + "p"))
    runs: list[Element] = []
    separate: Element | None = None
    depth = 0
    for run in paragraph.iter(W + "r"):
        for char in run.iterchildren(W + "fldChar"):
            kind = char.get(W + "fldCharType")
            if char is mark or (runs and kind == "begin"):
                depth += 1
            elif runs and kind == "separate" and depth == 1:
                separate = run
            elif runs and kind == "end":
                depth -= 1
                if depth == 0:
                    return [*runs, run], separate, run
            if char is mark:
                runs.append(run)
        if runs and run is not runs[-1]:
            runs.append(run)
    raise FillError(f"{where}: the form field does not end in the paragraph it starts in. Save the form anew in Word")
