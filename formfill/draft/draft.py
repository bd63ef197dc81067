"""A blank's bytes in, a draft of its map out: found, read, proposed, tried on the blank, written with its reasons."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from formfill.draft.blanks import CAPTIONED
from formfill.draft.check_base import area, shared
from formfill.draft.check_draft import without_errors
from formfill.draft.circles import CIRCLED
from formfill.draft.detect import detect
from formfill.draft.doubt import PERSON_DECIDES
from formfill.draft.facts import Detection, Spot, Word, text_of
from formfill.draft.heading import Head, read_head
from formfill.draft.proposal import Proposal
from formfill.draft.propose import propose
from formfill.draft.tryout import tried
from formfill.model.form_map import Blank, FormMap, Part, Piece, Place
from formfill.model.vocabulary import vocabulary
from formfill.pdf.compiled import compiled_form
from formfill.pdf.geometry import ShownBox, rounded
from formfill.witness import witnessed

_DATE_PARTS: tuple[Part, ...] = ("month", "day", "year")
#: How many letters have the longer ones of what cannot be told shorter, by what is asked.
_LETTERS = {"email": 36, "email_address": 36, "city_state_zip": 24, "street": 28, "city": 18, "full_name": 28}
#: How wide a letter is at the smallest size that a value is set in, in points, and the smaller size of tight places.
_LETTER_PT = 3.7
_SMALL_PT = 6.0
#: How wide the pieces are in whose middle digits stand, in points.
_SHORT_PIECE_PT = 60.0
#: How far from the last slash a year ends at the most, in points: the rest of a cell is no room for it.
_YEAR_PT = 48.0
#: How high the room for digits is at least, in points.
_LOWEST_PT = 8.0
#: What a label does not begin with: the box to tick right before it, a bullet, a line.
_MARKS = re.compile(r"^[^\w(#*$\"'“‘¿¡]+")
_PHONE_PARTS: dict[int, tuple[Part, ...]] = {2: ("area", "number"), 3: ("area", "prefix", "line")}


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
    detection = _on_page(detect(compiled))
    head = read_head(detection)
    places: list[Place] = []
    comments: list[str] = []
    proposals = propose(detection)
    apart = _fields_apart(proposals)
    for proposal in proposals:
        place = _place(proposal, apart)
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
    form_map, misfits = tried(form_map, compiled)
    form_map, errors = without_errors(form_map, compiled, detection, detection.printed)
    for index, why in (*misfits.items(), *errors.items()):
        comments[index] = f"{comments[index]}; {why}" if comments[index] else why
    form_map = witnessed(form_map, compiled, detection.printed, shorten=True)
    return Draft(form_map, {i: text for i, text in enumerate(comments) if text}, detection, head)


def _on_page(detection: Detection) -> Detection:
    """The detection with its places cut at the edge of their pages, beyond which nothing is printed.

    Fields are as large as the form has them.
    """
    spots = []
    for spot in detection.spots:
        page = detection.pages[spot.page - 1]
        cut = _cut(spot, (0.0, 0.0, page.width, page.height))
        spots += [cut] if cut else []
    return replace(detection, spots=tuple(spots))


def _cut(spot: Spot, sheet: ShownBox) -> Spot | None:
    """What of a place is on the sheet; None for nothing."""
    if spot.widget:
        return spot
    lines = tuple(line for line in (shared(line, sheet) for line in spot.lines) if area(line))
    pieces = tuple(piece for piece in (_cut(piece, sheet) for piece in spot.pieces) if piece)
    box = shared(spot.box, sheet)
    return replace(spot, box=box, lines=lines, pieces=pieces) if area(box) else None


def _fields_apart(proposals: Sequence[Proposal]) -> frozenset[str]:
    """The text fields whose widgets ask different things: one "ZIP" for the patient and the clinic, one "Month" for the
    birth date and today's.

    A field has one value, which all its widgets show (ISO 32000-2, 12.7.4.1): such places are written on as print.
    """
    asked: dict[str, set[tuple[str, int]]] = {}
    for proposal in proposals:
        for i, spot in enumerate(proposal.spot.pieces or (proposal.spot,)):
            if spot.widget is not None and spot.widget.kind == "text":
                asked.setdefault(spot.widget.field, set()).add((proposal.guess or proposal.concept, i))
    return frozenset(field for field, things in asked.items() if len(things) > 1)


def _place(proposal: Proposal, apart: Collection[str] = ()) -> Place | None:
    """The place of a proposal; None where the form has no target for it of its own.

    Args:
        apart: The fields whose widgets are places of their own.
    """
    target = _target(proposal, apart)
    if target is None:
        return None
    keys = target | _meaning(proposal) | {"label": _label(proposal), "confidence": round(proposal.confidence, 2)}
    if keys.get("value") and _centred(proposal):
        keys["align"] = "center"
    if keys.get("value") and proposal.kind == "text" and _is_tight(proposal):
        keys["min_size"] = _SMALL_PT
    return Place.model_validate(keys)


def _is_tight(proposal: Proposal) -> bool:
    """Whether a place is short for what it asks, which is better set small than told on a page behind the form."""
    letters = _LETTERS.get(proposal.tail, 0)
    x0, _, x1, _ = proposal.spot.box
    return not proposal.spot.pieces and len(proposal.spot.lines) < 2 and x1 - x0 < letters * _LETTER_PT


def _centred(proposal: Proposal) -> bool:
    """Whether a value stands in the middle: over a caption there, on one rule with others, or in the short pieces of a
    date or phone number, whose printed signs lean into the room for its digits."""
    spot, caption = proposal.spot, proposal.seen.reading.caption
    if spot.pieces and spot.widget:  # what is drawn is centred by itself
        return all(piece.box[2] - piece.box[0] < _SHORT_PIECE_PT for piece in spot.pieces)
    if spot.signs != CAPTIONED or proposal.kind != "text" or not caption:
        return False
    middle = (min(w.box[0] for w in caption) + max(w.box[2] for w in caption)) / 2
    return abs(middle - (spot.box[0] + spot.box[2]) / 2) < 15


def _meaning(proposal: Proposal) -> dict[str, object]:
    """What is written in a place, or for what it is left: the keys of a ``Place`` that say so."""
    concept, kind = proposal.concept, proposal.kind
    known = vocabulary().concepts
    if concept in ("other", "unknown") or kind in ("signature", "initials"):
        name = concept if concept in known else "other"
        return {"leave": name, "kind": _kind(name, kind if kind != "text" else None)}
    if known[concept].fill == "never" or concept in PERSON_DECIDES:
        is_box = kind == "check" or proposal.spot.kind == "check"
        return {"leave": concept, "kind": _kind(concept, kind if is_box else None)}
    if kind == "check":
        if proposal.excludes:
            return {"value": f"not {concept}"}
        if proposal.concept in proposal.together:
            return {"value": " or ".join(proposal.together)}
        return {"value": " and ".join(proposal.sensitive) if len(proposal.sensitive) > 1 else concept}
    asked = proposal.seen.label + proposal.seen.slots["caption"]
    if concept == "patient.full_name" and re.search(r"last[^a-z]+first", asked):
        return {"value": concept, "format": "last, first"}
    return {"value": concept}


def _kind(concept: str, kind: str | None) -> str | None:
    """``kind`` where it is not the concept's own."""
    return None if kind is None or vocabulary().concepts[concept].kind == kind else kind


def _target(proposal: Proposal, apart: Collection[str]) -> dict[str, object] | None:
    """Where a place is: the keys of a ``Place`` that say so."""
    spot = proposal.spot
    widget = spot.widget
    if spot.pieces:
        parts = _parts(proposal)
        if parts is not None:
            pieces = tuple(_piece(part, one, apart) for part, one in zip(parts, _levelled(spot.pieces), strict=True))
            return {"page": spot.page, "pieces": pieces}
        return {"page": spot.page, "boxes": tuple(rounded(piece.box) for piece in spot.pieces)} if not widget else None
    if widget is not None and widget.field not in apart:
        keys: dict[str, object] = {"field": widget.field}
        if widget.kind in ("check", "radio") and widget.widgets > 1:
            keys |= {"widget": widget.number} if widget.option is None else {"option": widget.option}
        return keys
    if len(spot.lines) > 1:
        return {"page": spot.page, "boxes": tuple(rounded(line) for line in spot.lines)}
    mark = {"mark": "circle"} if spot.signs == CIRCLED and proposal.kind == "check" else {}
    return {"page": spot.page, "box": rounded(spot.box), **mark}


def _levelled(pieces: Sequence[Spot]) -> Sequence[Spot]:
    """The pieces of a value that is drawn on one line, between the same two heights: its digits stand on one line."""
    tops, feet = sorted(piece.box[1] for piece in pieces), sorted(piece.box[3] for piece in pieces)
    if any(piece.widget for piece in pieces) or feet[-1] - tops[-1] < _LOWEST_PT:
        return pieces
    top, foot = tops[-1], feet[len(feet) // 2]
    return [replace(piece, box=(piece.box[0], top, piece.box[2], foot)) for piece in pieces]


def _piece(part: Part, spot: Spot, apart: Collection[str]) -> Piece:
    if spot.widget is None or spot.widget.field in apart:
        x0, top, x1, foot = spot.box
        return Piece(part=part, box=rounded((x0, top, min(x1, x0 + _YEAR_PT) if part == "year" else x1, foot)))
    return Piece(part=part, field=spot.widget.field)


def _parts(proposal: Proposal) -> tuple[Part, ...] | None:
    """Which parts of a date or phone number a place printed in pieces is for; None where it is for neither."""
    count, signs, concept = len(proposal.spot.pieces), proposal.spot.signs, proposal.concept
    is_phone = concept.endswith(("phone", "fax", "phone_home", "phone_mobile", "phone_work", "fax_number"))
    is_date = "date" in concept or concept.startswith("authorization.") or (concept == "unknown" and "/" in signs)
    if is_phone or ("(" in signs and not is_date):
        return _PHONE_PARTS.get(count)
    return _DATE_PARTS if count == 3 else None


def _label(proposal: Proposal) -> str | None:
    """The words that a person would call the place by, as printed."""
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
    text = _MARKS.sub("", text_of(words)).strip(" _|")
    return text if any(c.isalnum() for c in text) else None


def _comment(proposal: Proposal, place: Place) -> str:
    """Why a place was read so; for one that is left for a person, what it might be."""
    if place.leave == "unknown":
        others = [f"{one.candidate} {one.probability:.0%}" for one in proposal.ranked[:3]]
        return f"a guess: {proposal.guess or others[0]}; {', '.join(others)}"
    if proposal.confidence >= 0.9:
        return ""
    reason = ", ".join(proposal.reason)
    others = [
        f"{one.candidate} {one.probability:.0%}"
        for one in proposal.ranked[:2]
        if one.candidate.concept != proposal.concept
    ]
    return "; ".join(filter(None, [reason, f"else {', '.join(others)}" if others else ""]))


def _twice(place: Place, places: Sequence[Place]) -> bool:
    """A field that has its place already: its other widgets show the same value."""
    if place.field is None or place.option is not None or place.widget is not None:
        return False
    return any(other.field == place.field for other in places)
