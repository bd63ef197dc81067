"""A form map carried to a new edition of its form: a draft for a person to review.

``drift.py`` follows a changed blank only where every place still stands beside its words, and refuses it otherwise.
Here the contrary: whatever can be found again is proposed, each place with how sure it is and what changed. What is
gone is left out, what is new is added as unknown, and where wording changed that could turn a tick round, the place
becomes unknown too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from formfill.draft.detect import detect
from formfill.draft.facts import Detection
from formfill.draft.rebase_match import pair
from formfill.draft.rebase_places import (
    Finder,
    Found,
    Labelled,
    Status,
    is_still,
    moved,
    printed_label,
    unknown,
)
from formfill.draft.rebase_print import editions, prints
from formfill.draft.rebase_safety import Watch
from formfill.draft.rebase_tell import changes, meaning, share_words, words_changed
from formfill.draft.rebase_units import Slot, Unit, label_pages, new_units, old_units, own_words, share, slot_boxes
from formfill.draft.rebase_words import Carrier
from formfill.draft.wordings import asked, folded
from formfill.errors import BlankFormError, FormMapError
from formfill.model.form_map import FormMap, Place
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.printed import fold

#: A new blank that has fewer of the map's labels than this is another form.
LEAST_LABELS = 0.4
_ENOUGH = 6
#: How sure it is that something found on a blank is a place at all, by what it was recognised by.
_IS_PLACE = {"widget": 0.8, "underscore": 0.7, "square": 0.6, "rule": 0.5, "cell": 0.4, "colon": 0.4}


@dataclass(frozen=True)
class Outcome:
    """What became of one place: its number (from 0) in the old map, None for a new one; why it is to be looked at."""

    place: Place
    status: Status
    old: int | None
    what: str = ""


@dataclass(frozen=True)
class Gone:
    """A place of the old map that the new blank has not: its number in the old map, from 0."""

    place: Place
    old: int


@dataclass(frozen=True)
class Rebased:
    """The new map and how it came about: ``outcomes`` are parallel to its ``fields``.

    ``watch`` are sentences of the form on keeping back or on protected categories that changed. ``labels`` counts the
    old map's labels: (found on the new blank, all). ``editions`` are what the new blank prints that looks like one.
    """

    form_map: FormMap
    outcomes: tuple[Outcome, ...]
    gone: tuple[Gone, ...]
    watch: tuple[str, ...]
    labels: tuple[int, int]
    editions: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many places of each status, and how many are gone."""
        counts = Counter[str](outcome.status for outcome in self.outcomes)
        kinds = ("unchanged", "moved", "reworded", "guessed", "doubtful", "new")
        return {**{kind: counts[kind] for kind in kinds}, "gone": len(self.gone)}


def rebase(old: FormMap, blank: CompiledForm, form_id: str, file: str, original: CompiledForm | None = None) -> Rebased:
    """Carry ``old`` to ``blank``; ``original`` is the old map's own blank, where it is at hand.

    ``form_id`` and ``file`` are the new map's ``form`` and ``blank.file``.

    Raises: FormMapError, where it is not the same form; BlankFormError, where the new blank cannot be read.
    """
    detection = detect(blank)
    notes: list[str] = []
    before: Detection | None = None
    if original is not None:
        try:
            before = detect(original)
        except BlankFormError as exc:  # a scan, and no OCR here: the map's own labels must do
            notes.append(f"the old blank was not used: {exc}")
            original = None
    return _Rebase(old, original, before, blank, detection).result(form_id, file, notes)


class _Rebase:
    def __init__(
        self,
        old: FormMap,
        original: CompiledForm | None,
        before: Detection | None,
        blank: CompiledForm,
        detection: Detection,
    ) -> None:
        self.old, self.blank, self.detection = old, blank, detection
        self.has_blank = before is not None
        old_pages = before.pages if before else label_pages(old)
        self.print = prints(blank, detection.pages, "the new blank")
        old_print = prints(original, before.pages, "the old blank") if original and before else None
        self.carrier = Carrier(old_pages, detection.pages)
        self.news = new_units(detection)
        olds = old_units(old, original, before)
        pairing = pair(olds, self.news, self.carrier)
        self.finder = Finder(olds, self.news, pairing, self.carrier, (old_print, self.print))
        self.watch = Watch(old_pages, detection.pages, self.carrier, has_blank=self.has_blank)
        self.boxes = slot_boxes(old, original)
        self.ignored = {j for i, j in pairing.pairs.items() if not olds[i].slots}
        self.come = {id(word) for _, word in self.carrier.come} if self.has_blank else set()
        self.lost = {id(word) for _, word in self.carrier.gone} if self.has_blank else set()

    def result(self, form_id: str, file: str, notes: Sequence[str]) -> Rebased:
        labels = self._labels()
        if labels[1] and labels[0] < LEAST_LABELS * labels[1]:
            raise FormMapError(
                f"{self.old.form}: the new blank is not an edition of this form: of {labels[1]} labels of the map it "
                f"prints {labels[0]} ({labels[0] / labels[1]:.0%}; at least {LEAST_LABELS:.0%} are needed). Make a map "
                "of its own: formfill map draft"
            )
        outcomes: list[tuple[Outcome, Found | None]] = []
        gone = []
        for i, place in enumerate(self.old.fields):
            carried = list(self._carried(i, place))
            outcomes += carried
            if not carried:
                gone.append(Gone(place, i))
        ordered = tuple(self._with_new(outcomes))
        pages = tuple((round(p.width, 1), round(p.height, 1)) for p in self.detection.pages)
        data = self.blank.data
        sheet = self.old.blank.model_copy(
            update={"file": file, "sha256": hashlib.sha256(data).hexdigest(), "edition": None, "pages": pages}
        )
        form_map = self.old.model_copy(
            update={
                "form": form_id,
                "blank": sheet,
                "superseded_by": None,
                "fields": tuple(outcome.place for outcome in ordered),
            }
        )
        printed = tuple(dict.fromkeys(editions(self.detection.pages)))
        return Rebased(form_map, ordered, tuple(gone), self.watch.sentences, labels, printed, tuple(notes))

    def _labels(self) -> tuple[int, int]:
        """How many of the map's labels the new blank prints, and how many there are; each counts once."""
        labels = {fold(place.label): place.label for place in self.old.fields if place.label and fold(place.label)}
        # "Date:" and "Phone:" are printed on any form
        longer = {key: label for key, label in labels.items() if len(label.split()) > 1}
        labels = longer if len(longer) >= _ENOUGH else labels
        return sum(any(page.find(label) for page in self.print) for label in labels.values()), len(labels)

    # what the old map has

    def _carried(self, i: int, place: Place) -> Iterator[tuple[Outcome, Found | None]]:
        slots = sorted((slot for slot in self.boxes if slot.place == i), key=lambda slot: slot.number)
        found = {s.number: f for s in slots if (f := self.finder.find(place, s, self.boxes[s][1])) is not None}
        parted = place.pieces is not None and len(found) < len(slots)
        if parted:
            found = self._as_one(slots, found)
        if not found and place.field:
            yield from self._by_name(i, place)
            return
        for group in _by_field(found) if place.field and not parted else [found] if found else []:
            carried = moved(place, group)
            if carried is None:
                continue
            yield self._told(i, place, carried, slots, group, parted=parted), group[min(group)]

    def _told(
        self, i: int, place: Place, carried: Place, slots: Sequence[Slot], found: dict[int, Found], *, parted: bool
    ) -> Outcome:
        """The place with its label, and what is to be said of it."""
        first = min(found)
        one, was = found[first], self.boxes[Slot(i, first)]
        old_unit = self.finder.by_slot[Slot(i, first)][1]
        # of a field that stands on several pages the first tells: the map has no box for any
        looked_at = found.items() if not place.field else [(first, one)]
        still = all(
            (spot := self.boxes[Slot(i, k)])[1] is not None and f.page == spot[0] and is_still(spot[1], f.box)
            for k, f in looked_at
        )
        if still and carried.field == place.field and len(found) == len(slots):
            carried = place
        label = self.finder.label(place, old_unit, one)
        if still and not place.label:
            label = Labelled(None, None, changed=False)
        keep_at = place.at and label.at and is_still(place.at, label.at) and one.page == (place.page or one.page)
        at = None if self.detection.pages[one.page - 1].is_scan else place.at if keep_at else label.at
        carried = carried.model_copy(update={"label": label.label, "at": at})
        said = list(changes(place, carried, was, one, label, still=still))
        words = words_changed(label.label, old_unit, one.unit, self.come, self.lost)
        said += [words] if words and not label.changed else []
        unit = one.unit or Unit(old_unit.kind, one.page, one.box)
        sure = min(f.sure for f in found.values())
        guesses = list(dict.fromkeys(f.how for f in found.values() if f.how))
        if parted:
            guesses.insert(0, "it was printed in parts before")
            sure = min(sure, 0.4)
        if label.changed and not (
            share_words(place.label, label.label) or share_words(own_words(old_unit), own_words(unit))
        ):
            guesses.append("its words have nothing in common with the old ones")
            sure = min(sure, 0.45)
        if not guesses and sure < 0.5 and (said or not still):
            rivalled = any(f.rivalled for f in found.values())
            guesses.append("another place is nearly as likely" if rivalled else "a weak match")
        doubt = self.watch.doubt(place, old_unit, unit, label.label or "", guessed=bool(guesses))
        if doubt:
            said = [f"NOT CARRIED, it was {meaning(place)!r}: {doubt}", *said, *guesses]
            lost = unknown(carried, unit.kind).model_copy(update={"confidence": min(0.2, round(sure, 2))})
            return Outcome(lost, "doubtful", i, "; ".join(said))
        status: Status = "guessed" if guesses else "reworded" if label.changed or words else "moved"
        if not guesses and not said:
            return Outcome(carried.model_copy(update={"confidence": place.confidence}), "unchanged", i)
        if status == "moved" and sure > 0.7:
            sure = max(sure, 0.9)
        sure = min(sure, 0.9 if status == "reworded" or not self.has_blank else 1.0, place.confidence or 1.0)
        carried = carried.model_copy(update={"confidence": round(sure, 2)})
        return Outcome(carried, status, i, "; ".join([*said, *guesses]))

    def _as_one(self, slots: Sequence[Slot], found: dict[int, Found]) -> dict[int, Found]:
        """A value that was printed in parts, on the one place that now stands for all of them."""
        expected = []
        for slot in slots:
            page, box = self.boxes[slot]
            if box is not None and (where := self.carrier.expected(page, box)) is not None:
                expected.append(where)
        for unit in self.news:
            if unit.kind == "text" and unit.box is not None:
                on = [e for e in expected if e.page == unit.page and share(e.box, unit.box) > 0.5]
                if len(on) >= 2:
                    return {0: Found(unit.page, unit.box, unit, 0.4)}
        return {0: found[min(found)]} if found else {}

    def _by_name(self, i: int, place: Place) -> Iterator[tuple[Outcome, Found | None]]:
        """A field that is still there by name, though nothing says that it stands for the same."""
        fields = self.blank.fields.get(place.field or "")
        taken = {f.unit.field for f in self._all_found() if f.unit is not None}
        if not fields or place.field in taken or not fields[0].widgets:
            return
        states = {state for field in fields for widget in field.widgets for state in widget.states}
        if place.option is not None and states and place.option not in states:
            return
        widget = fields[0].widgets[0]
        found = Found(widget.page_index + 1, widget.shown, None, 0.4)
        label = self.finder.label(place, self.finder.by_slot[Slot(i, 0)][1], found)
        sure = 0.6 if label.at else 0.4
        carried = place.model_copy(update={"label": label.label, "at": label.at, "confidence": sure})
        yield Outcome(carried, "guessed", i, "only a field of this name was found; see that it means the same"), found

    def _all_found(self) -> Iterator[Found]:
        for slot, (page, box) in self.boxes.items():
            unit = self.finder.unit_of(slot)
            if unit is not None:
                yield Found(page, box or (0, 0, 1, 1), unit, 1.0)

    # what the old map has not

    def _with_new(self, outcomes: Sequence[tuple[Outcome, Found | None]]) -> Iterator[Outcome]:
        """All places in the old map's order, each new one after the place that the new blank has before it."""
        position = {id(f.unit): k for k, (_, f) in enumerate(outcomes) if f is not None and f.unit is not None}
        for slot in self.boxes:
            unit = self.finder.unit_of(slot)
            owner = next((k for k, (o, _) in enumerate(outcomes) if o.old == slot.place), None)
            if unit is not None and owner is not None:
                position.setdefault(id(unit), owner)
        after: dict[int, list[Outcome]] = {}
        last = -1
        taken = [(f.page, f.box) for _, f in outcomes if f is not None]
        texts = {o.place.field for o, _ in outcomes if o.place.field and not o.place.option}
        for j, unit in enumerate(self.news):
            if id(unit) in position:
                last = position[id(unit)]
                continue
            if j in self.ignored or unit.line or unit.box is None or unit.field in texts:
                continue
            if any(page == unit.page and share(box, unit.box) > 0.5 for page, box in taken):
                continue
            if any(id(other) in position for other in self.news if other.spot is unit.spot):
                continue
            taken.append((unit.page, unit.box))
            new = self._new(unit)
            if self._is_likely(unit, new.place.label):
                after.setdefault(last, []).append(new)
        yield from after.get(-1, [])
        for k, (outcome, _) in enumerate(outcomes):
            yield outcome
            yield from after.get(k, [])

    def _is_likely(self, unit: Unit, label: str | None) -> bool:
        """Whether what was detected is a place, and not an empty cell or a rule under a heading.

        The old blank shows what the map passed over before; without it only words that ask for something tell.
        """
        assert unit.spot is not None
        if unit.spot.sign not in ("rule", "cell", "colon"):
            return True
        return bool(label) and (self.has_blank or bool(asked(folded(label or ""))))

    def _new(self, unit: Unit) -> Outcome:
        assert unit.spot is not None
        label, at = printed_label(self.print[unit.page - 1], unit)
        if self.detection.pages[unit.page - 1].is_scan:
            at = None
        base = Place(leave="unknown", page=unit.page, box=unit.box, label=label or None, at=at)
        found = {0: Found(unit.page, unit.spot.box, unit, 1.0)}
        lines = unit.spot.lines
        if len(lines) > 1:
            base = base.model_copy(update={"box": None, "boxes": lines})
            found = {k: Found(unit.page, box, replace(unit, box=box), 1.0) for k, box in enumerate(lines)}
        if unit.kind == "check":
            base = base.model_copy(update={"kind": "check"})
        place = moved(base, found) or base
        return Outcome(
            place.model_copy(update={"confidence": _IS_PLACE[unit.spot.sign]}), "new", None, "new in this edition"
        )


def _by_field(found: dict[int, Found]) -> list[dict[int, Found]]:
    """The boxes of a field's place by the fields that they are now: most often one."""
    groups: dict[str, dict[int, Found]] = {}
    for number, one in found.items():
        groups.setdefault(one.unit.field if one.unit else "", {})[number] = one
    return list(groups.values())
