"""One place of an old map on a new blank: its boxes or fields there, its label as now printed, and what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from formfill.draft.facts import Word
from formfill.draft.labels import Reading
from formfill.draft.rebase_match import Pairing
from formfill.draft.rebase_units import Slot, Unit, share
from formfill.draft.rebase_words import Carrier
from formfill.model.form_map import Place
from formfill.pdf.geometry import ShownBox, rounded
from formfill.pdf.printed import PrintedPage, fold
from formfill.witness import witness

#: A box whose edges moved by less stands where it stood.
_STILL_PT = 1.0
#: A label found this near to where the words around it went is the same label.
_THERE_PT = 12.0
_NEAR_PT = 60.0

Status = Literal["unchanged", "moved", "reworded", "guessed", "doubtful", "new"]


@dataclass(frozen=True)
class Found:
    """Where one box of a place is on the new blank, by which unit (None: by the print alone), and how sure.

    ``how`` says what makes it a guess; ``rivalled`` that another place is nearly as likely.
    """

    page: int
    box: ShownBox
    unit: Unit | None
    sure: float
    how: str = ""
    rivalled: bool = False


@dataclass(frozen=True)
class Labelled:
    """The label as the new blank prints it, and whether its words changed."""

    label: str | None
    at: ShownBox | None
    changed: bool


class Finder:
    """Finds the boxes of places on the new blank."""

    def __init__(
        self,
        olds: Sequence[Unit],
        news: Sequence[Unit],
        pairing: Pairing,
        carrier: Carrier,
        prints: tuple[Sequence[PrintedPage] | None, Sequence[PrintedPage]],
    ) -> None:
        self.news, self.pairing, self.carrier = news, pairing, carrier
        self._old_print, self._print = prints
        self.by_slot: dict[Slot, tuple[int, Unit]] = {s: (i, old) for i, old in enumerate(olds) for s in old.slots}
        self._claimed = [news[j] for i, j in pairing.pairs.items() if olds[i].slots]

    def unit_of(self, slot: Slot) -> Unit | None:
        """The unit of the new blank that the slot's is paired with."""
        i, _ = self.by_slot[slot]
        j = self.pairing.pairs.get(i)
        return None if j is None else self.news[j]

    def find(self, place: Place, slot: Slot, was: ShownBox | None) -> Found | None:
        """Where the slot's box, which was at ``was``, is now."""
        i, old = self.by_slot[slot]
        new = self.unit_of(slot)
        if new is None:
            return self._by_print(place, slot, old, was)
        assert new.box is not None
        sure = self.pairing.likeness[i]
        rivalled = self.pairing.rival[i] > sure - 0.1
        if rivalled:
            sure *= 0.85
        return Found(new.page, self._fitted(place, old, new, was), new, min(sure, 0.98), rivalled=rivalled)

    def _fitted(self, place: Place, old: Unit, new: Unit, was: ShownBox | None) -> ShownBox:
        """The box as the map had it, in what was detected on the new blank: a person may have set it with care."""
        assert new.box is not None
        if was is None or (new.spot is not None and new.spot.sign == "widget"):
            return new.box
        shifted = None
        if old.spot is not None and new.spot is not None and old.spot.sign == new.spot.sign:
            lines = old.spot.lines or (old.spot.box,)
            ref = lines[min(old.line, len(lines) - 1)]
            moved = tuple(b + (w - r) for b, w, r in zip(new.box, was, ref, strict=True))
            shifted = _valid(moved[0], moved[1], moved[2], moved[3])
        elif old.spot is None and place.label and place.at and place.page:
            seen = witness(self._print[new.page - 1], place.label, new.box)
            if seen is not None:
                shifted = _by(was, seen[0] - place.at[0], seen[3] - place.at[3])
        elif old.spot is None and new.page == place.page:
            shifted = was
        return shifted if shifted is not None and share(shifted, new.box) >= 0.7 else new.box

    # without a unit

    def _by_print(self, place: Place, slot: Slot, old: Unit, was: ShownBox | None) -> Found | None:
        """Where the print around a box went for which nothing was detected."""
        if was is None:
            return None
        expected = self.pairing.expected.get(self.by_slot[slot][0])
        found = self._by_label(place, old.page, was)
        if found is not None and found.sure > 0.5:
            # what detection did not see on the old blank either needs no blank detected on the new one
            if old.spot is None:
                return self._free(found)
            how = "nothing to fill was detected beside its label any more; it moved with the print"
            return self._free(replace(found, sure=0.4, how=how))
        if found is None and (old.spot is not None or place.label is None):
            siblings = [s for s in self.by_slot if s.place == slot.place and s != slot and self.unit_of(s)]
            if expected is not None and siblings and expected.sure > 0.5:
                how = "one of its boxes was not detected; it moved with the print"
                return self._free(Found(expected.page, expected.box, None, 0.4, how))
            if old.spot is not None:
                return None
        if found is not None:
            how = "only its label was found; nothing to fill was detected beside it"
            return self._free(replace(found, sure=0.35, how=how))
        if expected is not None and expected.sure > 0.6 and not self._label_was_seen(place, old.page, was):
            how = "" if self._old_print is not None else "guessed from the print around it, without a label of its own"
            return self._free(Found(expected.page, expected.box, None, 0.6 if not how else 0.3, how))
        return None

    def _by_label(self, place: Place, number: int, was: ShownBox) -> Found | None:
        """Where the box would be if it went with its label; None where that is gone or cannot be told from others.

        It is sure where the words around the label say that this is the same one.
        """
        at = place.at
        if place.label is None or not fold(place.label):
            return None
        if at is None and self._old_print is not None and number <= len(self._old_print):
            at = witness(self._old_print[number - 1], place.label, was)
        if at is None:
            return None
        goal = self.carrier.expected(number, at)
        seen = [(n, box) for n, page in enumerate(self._print, 1) for box in page.find(place.label)]
        sure = 0.3
        if goal is not None:
            seen = [(n, box) for n, box in seen if n == goal.page and _far(box, goal.box) <= _NEAR_PT]
            seen = sorted(seen, key=lambda one: _far(one[1], goal.box))[:1]
            sure = 0.8 if seen and _far(seen[0][1], goal.box) <= _THERE_PT else 0.3
        if len(seen) != 1:
            return None
        there, box = seen[0]
        return Found(there, _by(was, box[0] - at[0], box[3] - at[3]), None, sure)

    def _label_was_seen(self, place: Place, number: int, was: ShownBox) -> bool:
        pages = self._old_print
        if place.label is None or pages is None:
            return place.at is not None
        return number <= len(pages) and witness(pages[number - 1], place.label, was) is not None

    def _free(self, found: Found) -> Found | None:
        """A guess that lies on another place is none."""
        on = (u for u in self._claimed if u.page == found.page and u.box and share(u.box, found.box) > 0.5)
        return None if next(on, None) else found

    # labels

    def label(self, place: Place, old: Unit, found: Found) -> Labelled:
        """The words that now name the place. One that the old blank did not print either is kept as it is."""
        page = self._print[found.page - 1]
        if place.label and fold(place.label):
            seen = _along(page, place, old.box, found.box) or witness(page, place.label, found.box)
            if seen is not None:
                return Labelled(place.label, rounded(seen), changed=False)
            is_witness = place.at is not None or (
                old.box is not None and self._label_was_seen(place, old.page, old.box)
            )
            if not is_witness and self._old_print is not None:
                return Labelled(place.label, None, changed=False)
        if found.unit is None:
            return Labelled(place.label, None, changed=bool(place.label))
        label, at = printed_label(page, found.unit, _side(place, old))
        if not place.label:
            return Labelled(label or None, at, changed=False)
        if not label or fold(label) == fold(place.label):
            return Labelled(place.label, at, changed=False)
        return Labelled(label, at, changed=True)


def _along(page: PrintedPage, place: Place, was: ShownBox | None, now: ShownBox) -> ShownBox | None:
    """The label that moved exactly with its box, before another with the same words that is nearer."""
    if place.label is None or place.at is None or was is None:
        return None
    goal = _by(place.at, now[0] - was[0], now[3] - was[3])
    near = [(_far(at, goal), at) for at in page.find(place.label) if _far(at, goal) <= 2 * _STILL_PT]
    return min(near)[1] if near else None


def printed_label(page: PrintedPage, unit: Unit, side: str = "") -> tuple[str, ShownBox | None]:
    """The words that name a unit, and where they are printed; on ``side`` of it if any are there."""
    reading, box = unit.reading, unit.box
    if reading is None or box is None:
        return "", None
    for words, from_end in _candidates(unit, reading, side):
        if not words:
            continue
        texts = [word.text for word in words]
        while texts:
            label = " ".join(texts).strip(" _|")
            seen = witness(page, label, box) if label else None
            if seen is not None:
                return label, rounded(seen)
            texts = texts[1:] if from_end else texts[:-1]
        if page.is_picture:
            return " ".join(word.text for word in words), None
    return "", None


def _candidates(unit: Unit, reading: Reading, side: str) -> Iterator[tuple[list[Word], bool]]:
    """Words that may name the unit, the likeliest first, and whether those nearest to it come last."""
    sides = {
        "left": (_last_phrase(reading.left), True),
        "right": (_first_phrase(reading.right), False),
        "over": (_first_phrase(reading.over), False),
        "under": (_first_phrase(reading.under), False),
    }
    order = ["right", "left", "over"] if unit.kind == "check" else ["left", "under", "over", "right"]
    if unit.kind != "check" and reading.under_taken:
        order = ["left", "over", "right"]
    for name in dict.fromkeys([*([side] if side in sides else []), *order]):
        yield sides[name]


def _first_phrase(words: Sequence[Word]) -> list[Word]:
    found: list[Word] = []
    for word in words[:10]:
        found.append(word)
        if word.text.endswith((":", ";")):
            break
    return found


def _last_phrase(words: Sequence[Word]) -> list[Word]:
    found: list[Word] = []
    for word in reversed(words[-9:]):
        if found and word.text.endswith((":", ";", ".")) and len(word.text) > 3:
            break
        found.append(word)
    return found[::-1]


def _side(place: Place, old: Unit) -> str:
    """On which side of its box the old label stands."""
    box = old.box
    if box is None or place.at is None:
        return ""
    at = place.at
    if min(at[3], box[3]) - max(at[1], box[1]) > 0.4 * min(at[3] - at[1], box[3] - box[1]):
        return "left" if at[0] < box[0] else "right"
    return "over" if at[1] < box[1] else "under"


# a place made anew


def moved(place: Place, found: Mapping[int, Found]) -> Place | None:
    """``place`` with its boxes or fields on the new blank; None where that makes no place.

    ``found`` is by the number of the slot. A box that became a field is one, and the other way round.
    """
    first = found[min(found)]
    cleared: dict[str, Any] = dict.fromkeys(("box", "boxes", "pieces", "field", "widget", "option", "page"))
    names = [one.unit.field for one in found.values() if one.unit is not None and one.unit.field]
    if place.pieces and not place.choose:
        if len(found) == len(place.pieces):
            pieces = tuple(_piece(piece, found[k], first.page) for k, piece in enumerate(place.pieces))
            has_boxes = any(piece.box for piece in pieces)
            return _made(place, {**cleared, "pieces": pieces, "page": first.page if has_boxes else None})
        return _made(place, {**cleared, "page": first.page, "box": rounded(first.box)}) if not names else None
    if names:
        unit = next(one.unit for one in found.values() if one.unit is not None and one.unit.field)
        return _made(place, {**cleared, **_field_keys(place, unit)})
    boxes = tuple(rounded(found[k].box) for k in sorted(found) if found[k].page == first.page)
    if place.boxes:
        return _made(place, {**cleared, "page": first.page, "boxes": boxes})
    return _made(place, {**cleared, "page": first.page, "box": boxes[0]})


def _field_keys(place: Place, unit: Unit) -> dict[str, Any]:
    widget = unit.spot.widget if unit.spot else None
    assert widget is not None
    keys: dict[str, Any] = {"field": widget.field}
    if place.choose is not None:
        keys["choose"] = widget.option if widget.option and widget.kind in ("check", "radio") else place.choose
    elif unit.kind == "check" and (widget.kind == "radio" or widget.widgets > 1 or place.option is not None):
        keys["option"] = widget.option
    elif place.option is not None and place.field is not None:
        keys["option"] = place.option
    if place.widget is not None and widget.widgets > 1:
        keys["widget"] = widget.number
        keys["option"] = place.option and widget.option
    return keys


def _piece(piece: Any, found: Found, page: int) -> Any:
    where = found.page if found.page != page else None
    if found.unit is not None and found.unit.field:
        return piece.model_copy(update={"field": found.unit.field, "box": None, "page": None})
    return piece.model_copy(update={"field": None, "box": rounded(found.box), "page": where})


def _made(place: Place, keys: dict[str, Any]) -> Place | None:
    data = {**place.model_dump(), **keys}
    try:
        return Place.model_validate({key: value for key, value in data.items() if value is not None})
    except ValueError:
        return None


def unknown(place: Place, kind: str | None) -> Place:
    """``place`` with nothing said of what it is for: a person must decide anew."""
    data = place.model_dump(include={"field", "widget", "option", "page", "box", "boxes", "pieces", "label", "at"})
    return Place.model_validate({**data, "leave": "unknown", "kind": "check" if kind == "check" else None})


def is_still(was: ShownBox, now: ShownBox) -> bool:
    """Whether a box stands where it stood."""
    return _far(was, now) <= _STILL_PT


def shift_words(was: ShownBox, now: ShownBox) -> str:
    """How far a box moved, in words."""
    right, down = now[0] - was[0], now[3] - was[3]
    across = f"{abs(right):.0f} pt {'right' if right > 0 else 'left'}" if abs(right) > _STILL_PT else ""
    along = f"{abs(down):.0f} pt {'down' if down > 0 else 'up'}" if abs(down) > _STILL_PT else ""
    grown = (now[2] - now[0]) - (was[2] - was[0])
    width = f"{abs(grown):.0f} pt {'wider' if grown > 0 else 'narrower'}" if abs(grown) > 2 * _STILL_PT else ""
    return ", ".join(filter(None, (across, along, width))) or "a little"


def _valid(x0: float, top: float, x1: float, bottom: float) -> ShownBox | None:
    return (x0, top, x1, bottom) if x1 - x0 > 4 and bottom - top > 4 else None


def _by(box: ShownBox, right: float, down: float) -> ShownBox:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def _far(one: ShownBox, other: ShownBox) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
