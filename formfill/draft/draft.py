"""A blank's bytes in, a draft of its map out: found, read, proposed, tried on the blank, written with its reasons."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formfill.draft.detect import detect
from formfill.draft.facts import Detection, Spot, Word
from formfill.draft.heading import Head, read_head
from formfill.draft.propose import _PERSON_DECIDES, Proposal, propose
from formfill.model.form_map import Blank, FormMap, Piece, Place
from formfill.model.vocabulary import vocabulary
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.pdf.geometry import ShownBox
from formfill.witness import witnessed

_DATE_PARTS = ("month", "day", "year")
_PHONE_PARTS = {2: ("area", "number"), 3: ("area", "prefix", "line")}


@dataclass(frozen=True)
class Draft:
    """The proposed map, its places' reasons (dict[index in ``fields``, comment]), and what the form says of itself."""

    form_map: FormMap
    comments: dict[int, str]
    detection: Detection
    head: Head


def draft_map(data: bytes, *, form: str, provider: str, file: str, name: str = "the blank") -> Draft:
    """Propose a map for a blank.

    Args:
        form: The new form's id.
        file: Where the blank is to stand below forms/.
        name: What messages call the blank.

    Raises: BlankFormError, for bytes that are no PDF that can be filled, or a scan where no OCR is installed.
    """
    compiled = compiled_form(data, name)
    detection = detect(compiled)
    head = read_head(detection)
    places: list[Place] = []
    comments: list[str] = []
    for proposal in propose(detection):
        place = _place(proposal, detection)
        if place is not None and not _twice(place, places):
            places.append(place)
            comments.append(_comment(proposal, place))
    form_map = FormMap(
        form=form,
        title=head.title or "Untitled form",
        provider=provider,
        language=head.language,
        instrument=head.instrument,
        form_number=head.form_number,
        blank=Blank(
            file=file,
            sha256=hashlib.sha256(data).hexdigest(),
            edition=head.edition,
            pages=tuple((round(p.shown.width, 1), round(p.shown.height, 1)) for p in compiled.pages),
        ),
        fields=tuple(places),
    )
    from formfill.draft.tryout import tried

    form_map, changed = tried(form_map, compiled)
    for index, why in changed.items():
        comments[index] = f"{comments[index]}; {why}" if comments[index] else why
    form_map = witnessed(form_map, compiled)
    return Draft(form_map, {i: text for i, text in enumerate(comments) if text}, detection, head)


def _place(proposal: Proposal, detection: Detection) -> Place | None:
    spot = proposal.spot
    target = _target(proposal)
    if target is None:
        return None
    label = _label(proposal)
    shared = {**target, "label": label, "confidence": round(proposal.confidence, 2)}
    concept = proposal.concept
    if concept in ("other", "unknown") or proposal.kind in ("signature", "initials"):
        kind = proposal.kind if proposal.kind != "text" else None
        name = concept if concept in vocabulary().concepts else "other"
        return Place(leave=name, kind=_kind(name, kind), **_without_pieces(shared))
    known = vocabulary().concepts[concept]
    if known.fill == "never" or concept in _PERSON_DECIDES:
        kind = proposal.kind if proposal.kind == "check" or spot.kind == "check" else None
        return Place(leave=concept, kind=_kind(concept, kind), **_without_pieces(shared))
    if proposal.kind == "check":
        value = " and ".join(proposal.sensitive) if len(proposal.sensitive) > 1 and not proposal.excludes else concept
        if proposal.excludes:
            value = f"not {concept}"
        return Place(value=value, **shared)
    extra = {}
    if concept == "patient.full_name" and re.search(r"last[^a-z]+first", proposal.seen.label + proposal.seen.slots["caption"]):
        extra = {"format": "last, first"}
    return Place(value=concept, **shared, **extra)


def _kind(concept: str, kind: str | None) -> str | None:
    """``kind`` where it is not the concept's own."""
    return None if kind is None or vocabulary().concepts[concept].kind == kind else kind


def _without_pieces(keys: dict[str, object]) -> dict[str, object]:
    return keys


def _target(proposal: Proposal) -> dict[str, object] | None:
    spot = proposal.spot
    widget = spot.widget
    if spot.pieces:
        parts = _parts(proposal)
        if parts is not None:
            pieces = tuple(
                Piece(part=part, field=piece.widget.field) if piece.widget else Piece(part=part, box=_rounded(piece.box))
                for part, piece in zip(parts, spot.pieces, strict=True)
            )
            return {"page": spot.page, "pieces": pieces}
        return {"page": spot.page, "boxes": tuple(_rounded(piece.box) for piece in spot.pieces)} if not widget else None
    if widget is not None:
        keys: dict[str, object] = {"field": widget.field}
        if widget.kind in ("check", "radio") and widget.widgets > 1:
            keys |= {"widget": widget.number} if widget.option is None else {"option": widget.option}
        return keys
    if len(spot.lines) > 1:
        return {"page": spot.page, "boxes": tuple(_rounded(line) for line in spot.lines)}
    return {"page": spot.page, "box": _rounded(spot.box)}


def _parts(proposal: Proposal) -> tuple[str, ...] | None:
    count = len(proposal.spot.pieces)
    concept = proposal.concept
    if concept.endswith(("phone", "fax", "phone_home", "phone_mobile", "phone_work", "fax_number")):
        return _PHONE_PARTS.get(count)
    if "date" in concept or concept.startswith("authorization.") or concept == "unknown" and "/" in proposal.spot.signs:
        return _DATE_PARTS if count == 3 else None
    return _PHONE_PARTS.get(count) if "(" in proposal.spot.signs else _DATE_PARTS if count == 3 else None


def _rounded(box: ShownBox) -> ShownBox:
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)


def _label(proposal: Proposal) -> str | None:
    reading, where = proposal.seen.reading, proposal.seen.where
    words: Sequence[Word]
    if proposal.spot.kind == "check" or where.startswith("right"):
        words = reading.right[:7] or reading.left[-5:]
    elif where.startswith("left"):
        words = reading.left[-6:]
    elif where == "caption":
        words = reading.caption[:7]
    elif where == "over":
        words = reading.over[:7]
    else:
        words = reading.left[-6:] or reading.caption[:7] or reading.right[:6]
    text = " ".join(word.text for word in words).strip(" _|")
    return text if any(c.isalnum() for c in text) else None


def _comment(proposal: Proposal, place: Place) -> str:
    """Why a place was read so; for one that is left for a person, what it might be."""
    if place.leave == "unknown":
        others = [f"{one.candidate} {one.probability:.0%}" for one in proposal.ranked[:3]]
        return f"a guess: {proposal.guess or others[0]}; {', '.join(others)}"
    if proposal.confidence >= 0.9:
        return ""
    reason = ", ".join(proposal.reason)
    others = [f"{one.candidate} {one.probability:.0%}" for one in proposal.ranked[:2] if one.candidate.concept != proposal.concept]
    return "; ".join(filter(None, [reason, f"else {', '.join(others)}" if others else ""]))


def _twice(place: Place, places: Sequence[Place]) -> bool:
    """A field that has its place already: its other widgets show the same value."""
    if place.field is None or place.option is not None or place.widget is not None:
        return False
    return any(other.field == place.field for other in places)


def spots_of(detection: Detection) -> Iterator[Spot]:
    yield from detection.spots
