"""Filling a Word form (DOCX): the official document, with values where its places are and all else as it was.

Every place is found on the blank before anything is written, so no value can be taken for a label. Places are written
from the end of the document to its start, so no edit moves another's.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

from formfill.errors import FillError, FormMapError
from formfill.fill.base import AddendumItem, Filled, Filling, addendum_letter
from formfill.fill.docx_blank import Edit, plan_mark, plan_text
from formfill.fill.docx_boxes import set_box
from formfill.fill.docx_control import fill_control, is_checked, size_in_cell
from formfill.fill.docx_field import fill_form_field, fitting_text, is_field_checked, max_length
from formfill.fill.docx_format import W
from formfill.fill.docx_labels import Document, Target
from formfill.fill.docx_package import Package, is_encrypted_ole, is_ole, open_package
from formfill.fill.docx_runs import run_properties, value_pieces
from formfill.fill.docx_template import ConceptValues, render_template
from formfill.fill.docx_text import Piece, read_atoms, replace_range, twins
from formfill.model.form_map import FormMap, Place

_ADDENDUM = "see addendum {}"


@dataclass
class _Work:
    """A filling with its target, and how it is written, once that is planned."""

    filling: Filling
    target: Target
    edits: list[Edit]
    size_pt: float = 0.0
    """The size of a text in a control; 0 for the control's own."""


def fill_docx(
    blank: bytes, form_map: FormMap, fillings: Sequence[Filling], values: ConceptValues | None = None
) -> Filled:
    """Fill a DOCX form; a .doc is converted through LibreOffice first.

    ``values`` answers for the concepts that a template's tags name.

    Raises: BlankFormError, FormMapError (a place that the blank does not have), FillError (a value that cannot be put
    there), ConverterError (a .doc, and no LibreOffice).
    """
    blank = as_docx(blank)
    if form_map.template:
        return render_template(blank, form_map, fillings, values)
    package = open_package(blank)
    document = Document(package)
    works = [_Work(filling, document.locate(filling.place), []) for filling in fillings]
    claimed = _claimed(document, form_map, works)
    addendum: list[AddendumItem] = []
    for work in works:
        _plan(document, work, claimed, addendum)
    for work in sorted(works, key=lambda work: work.target.key, reverse=True):
        _apply(package, work)
    return Filled(package.save(), addendum=tuple(addendum), suffix=".docx")


def as_docx(blank: bytes) -> bytes:
    """The blank as DOCX: a Word 97-2003 document (.doc) goes through LibreOffice.

    Raises: ConverterError, BlankFormError.
    """
    if is_ole(blank) and not is_encrypted_ole(blank):
        from formfill.fill.office import doc_to_docx

        return doc_to_docx(blank)
    return blank


def unmapped_places(blank: bytes, form_map: FormMap) -> list[str]:
    """What the blank has that the map neither fills nor leaves: each blank, box and control, by the words around it.

    Raises: BlankFormError; FormMapError for a place that the blank does not have.
    """
    document = Document(open_package(as_docx(blank)))
    known: set[tuple[int, int]] = set()
    for place in form_map.fields:
        target = document.locate(place)
        known.add(target.key)
        known |= {slot.key for slot in document.parts_of(target)}
    found = []
    for token in document.tokens():
        if token.key not in known:
            line = token.line.text.replace("_", "____").strip()
            found.append(f"{token.kind} {document.order_in_line(token)} of {line!r}")
    return found


def _claimed(document: Document, form_map: FormMap, works: Sequence[_Work]) -> set[tuple[int, int]]:
    """The targets of all places of the map. Raises: FormMapError, where two places are one."""
    seen: dict[tuple[int, int], Place] = {}
    for work in works:
        key = work.target.key
        other = seen.setdefault(key, work.filling.place)
        if other is not work.filling.place:
            raise FormMapError(f"{work.filling.place.where()} and {other.where()} are the same place of the blank")
    filled = {id(work.filling.place) for work in works}
    rest = [
        document.locate(place).key for place in form_map.fields if place.leave is not None and id(place) not in filled
    ]
    return {*seen, *rest}


def _plan(document: Document, work: _Work, claimed: set[tuple[int, int]], addendum: list[AddendumItem]) -> None:
    filling, target = work.filling, work.target
    where = filling.place.where()
    if filling.action == "text" and target.kind == "box":
        raise FormMapError(f"{where}: is a box to tick; a text has no place there")
    if filling.action == "text" and target.kind == "control":
        _plan_control(document, work, addendum)
    elif filling.action == "text" and target.kind == "field" and fitting_text(target.owner, filling) is None:
        problem = f"is longer than the {max_length(target.owner)} characters it takes"
        work.filling = _see_addendum(filling, addendum, problem)
    if filling.action == "leave" or target.kind in ("control", "field", "box"):
        return
    if filling.action == "tick":
        work.edits = plan_mark(target, filling)
    elif filling.action == "choose":
        raise FormMapError(f"{where}: a blank has no options to choose from. Tick the box of the option")
    elif filling.action == "text" and filling.text.strip():
        edits = plan_text(document, target, filling, claimed)
        if edits is None:
            work.filling = _see_addendum(filling, addendum, "does not fit its blank")
            edits = plan_text(document, target, work.filling, claimed)
        if edits is None:
            raise FillError(f"{where}: its blank is too short even for a reference to the addendum")
        work.edits = edits


def _plan_control(document: Document, work: _Work, addendum: list[AddendumItem]) -> None:
    writings = [replace(work.filling, text=text, shorter=()) for text in (work.filling.text, *work.filling.shorter)]
    sizes = [size_in_cell(document, work.target, writing) for writing in writings]
    fitting = next((index for index, size in enumerate(sizes) if size is not None), None)
    if fitting is None:
        work.filling = _see_addendum(work.filling, addendum, "does not fit its cell")
        return
    work.filling, work.size_pt = writings[fitting], sizes[fitting] or 0.0


def _see_addendum(filling: Filling, addendum: list[AddendumItem], problem: str) -> Filling:
    """The filling that refers to the addendum, to which the value goes. Raises: FillError where it may not."""
    where = filling.place.where()
    if not filling.addendum:
        raise FillError(
            f"{where}: the value {problem}, and it may not go to an addendum. Set a smaller min_size in the map, or "
            "shorten the value in the profile or request"
        )
    letter = addendum_letter(len(addendum))
    label = filling.place.label or filling.place.after or filling.place.control or filling.place.text_field or where
    addendum.append(AddendumItem(letter, label.strip(" :_"), filling.text))
    return replace(filling, text=_ADDENDUM.format(letter), shorter=(f"addendum {letter}",))


def _apply(package: Package, work: _Work) -> None:
    filling, target = work.filling, work.target
    if filling.action == "leave" or (filling.action == "text" and not filling.text.strip()):
        return
    if filling.action == "untick" and not _shows_tick(target):
        return
    if target.owner is not None:
        for owner in twins(target.owner):
            if target.kind == "control":
                fill_control(owner, filling, work.size_pt)
            else:
                fill_form_field(owner, filling)
    elif target.kind == "box":
        if filling.action not in ("tick", "untick"):
            raise FormMapError(f"{filling.place.where()}: is a box to tick; the place must be a check")
        _set_boxes(target, filling)
    else:
        for edit in reversed(work.edits):
            _write(edit)
    package.change(target.line.part)


def _shows_tick(target: Target) -> bool:
    if target.kind == "control":
        return is_checked(target.owner)
    if target.kind == "field":
        return is_field_checked(target.owner)
    return target.kind == "box" and target.line.shows_tick(target.start)


def _write(edit: Edit) -> None:
    expected = [atom.char for atom in edit.line.atoms]
    for paragraph in twins(edit.line.paragraph):
        if paragraph is not edit.line.paragraph and [atom.char for atom in read_atoms(paragraph)] != expected:
            raise FillError("a text box is stored in two versions that differ. Save the form anew in Word")
        pieces = [Piece(piece.text, copy.deepcopy(piece.properties)) for piece in edit.pieces]
        replace_range(paragraph, edit.start, edit.end, pieces)


def _set_boxes(target: Target, filling: Filling) -> None:
    ticked = filling.action == "tick"
    for paragraph in list(twins(target.line.paragraph)):
        atoms = read_atoms(paragraph)[target.start : target.end]
        if len(atoms) == 1:
            if target.line.shows_tick(target.start) != ticked:
                set_box(atoms[0], ticked)
        elif ticked:
            # "[ ]": the brackets stay, what is between them becomes an x
            run = atoms[0].run
            properties = run_properties(None if run is None else run.find(W + "rPr"))
            pieces = value_pieces("X", properties, filling.place.where())
            replace_range(paragraph, target.start + 1, target.end - 1, pieces)
