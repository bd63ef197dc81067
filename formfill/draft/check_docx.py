"""Checks of a map against a Word blank: places it does not have, two that are one, and what the map forgets."""

from __future__ import annotations

from collections.abc import Iterator

from formfill.draft.check_base import Finding, Subject, is_text, is_tick
from formfill.errors import FormMapError
from formfill.fill.docx import as_docx
from formfill.fill.docx_labels import Document
from formfill.fill.docx_package import open_package


def word_places(subject: Subject, blank: bytes) -> Iterator[Finding]:
    """What is wrong with the places of a Word form.

    Raises: BlankFormError, for a blank that is no Word document; ConverterError, for a .doc without LibreOffice.
    """
    document = Document(open_package(as_docx(blank)))
    claimed: dict[tuple[int, int], int] = {}
    known: set[tuple[int, int]] = set()
    for number, place in subject.places:
        try:
            target = document.locate(place)
        except FormMapError as exc:
            said = str(exc).removeprefix(f"{place.where()}: ")
            remedy = "write the words or the tag as the document has them: formfill form inspect"
            yield subject.at("error", "place-not-found", number, said, remedy)
            continue
        first = claimed.setdefault(target.key, number)
        if first != number:
            what = f"is the same place of the document as place {first}"
            yield subject.at("error", "mapped-twice", number, what, "keep one of the two, or tell them apart with nth:")
        known |= {target.key, *(slot.key for slot in document.parts_of(target))}
        if target.kind == "box" and is_text(place):
            what = f"the place is a box to tick, and {place.value} is a text"
            yield subject.at("error", "text-in-check", number, what, "map a box, or name the text's own place")
        elif target.kind == "blank" and is_tick(place) and place.tick is None and place.value:
            what = f"the place is a blank for a text, and {place.value} is a box to tick"
            yield subject.at("warning", "check-in-text", number, what, "say tick: with the words beside the box")
    for token in document.tokens():
        if token.key not in known:
            line = token.line.text.replace("_", "____").strip()
            what = f"the map forgets {token.kind} {document.order_in_line(token)} of the line {line[:80]!r}"
            yield subject.about("warning", "forgotten-place", what, "add a place; one to stay empty says leave:")
