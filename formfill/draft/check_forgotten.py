"""Checks of what a map forgets: spots on the print, found where somebody is meant to write or tick, that it has not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from formfill.draft.check_base import LEAST_BOX_PT, Finding, Subject, area, rounded, share, shared
from formfill.draft.facts import Spot, Word, text_of
from formfill.draft.labels import Reading, read_labels
from formfill.pdf.geometry import ShownBox

#: Signs of a place that are hardly ever anything else, and how far words may be from a box to tick.
_SURE = ("underscore", "square")
_BESIDE_PT = 25.0
_SHOWN = 5
#: So many words before a colon are a phrase; a cell of this width has no room for a word, in points.
_PHRASE = 5
_NARROW_PT = 25.0


def forgotten(subject: Subject) -> Iterator[Finding]:
    """Spots that were detected on the print (form fields are counted by name) and lie in no place.

    An underscore run or a square is there to be filled; a rule, a cell or the room behind a colon is as often only a
    part of the page's layout, so that those are told together, a note a page; not on a page with form fields, where
    nearly all of them are drawn under a field or around a section.
    """
    doubtful: dict[int, list[Spot]] = {}
    for spot in subject.found.spots if subject.found else ():
        boxes = [standing.box for standing in subject.standings if standing.page == spot.page]
        if spot.widget is not None or any(_meets(spot, box) for box in boxes):
            continue
        if not _is_box_or_line(subject, spot):
            continue
        if spot.sign in _SURE:
            what = f"the map forgets what looks like a place for a {spot.kind} at {rounded(spot.box)}"
            remedy = "add a place; one to stay empty says leave:"
            yield subject.about("warning", "forgotten-place", what, remedy, page=spot.page)
        elif subject.found is not None and not subject.found.pages[spot.page - 1].widgets:
            doubtful.setdefault(spot.page, []).append(spot)
    for page, spots in doubtful.items():
        labels = list(_labels(subject, page, spots))
        if labels:
            what = f"lines or cells that lie in no place, {len(labels)} in all: {_listed(labels)}"
            yield subject.about("note", "empty-lines", what, "look whether one is to be filled: map preview", page=page)


def _labels(subject: Subject, page: int, spots: Sequence[Spot]) -> Iterator[str]:
    """The words that stand at each spot of a page, by which a person would look for it; none for mere layout.

    Behind the colon of a long phrase a sentence or list goes on below, and a narrow cell only parts two others.
    """
    if subject.found is None:
        return
    here = [spot for spot in subject.found.spots if spot.page == page]
    readings = dict(zip(here, read_labels(subject.found.pages[page - 1], here), strict=True))
    for spot in spots:
        is_phrase = spot.sign == "colon" and len(readings[spot].left) >= _PHRASE
        if not is_phrase and spot.box[2] - spot.box[0] >= _NARROW_PT:
            yield text_of(_words(readings[spot])).strip(" _|")


def _listed(labels: Sequence[str]) -> str:
    times = Counter(label for label in labels if _has_letters(label))
    named = [f"{label!r} ({count} times)" if count > 1 else repr(label) for label, count in times.items()]
    more = [f"{len(named) - _SHOWN} more"] if len(named) > _SHOWN else []
    bare = len(labels) - times.total()
    return ", ".join([*named[:_SHOWN], *more, *([f"{bare} without words"] if bare else [])])


def _words(reading: Reading) -> Sequence[Word]:
    """The words that name a spot, the likeliest ones first."""
    return reading.left[-6:] or reading.caption[:6] or reading.over[:6] or reading.right[:6]


def _is_box_or_line(subject: Subject, spot: Spot) -> bool:
    """Whether words stand beside a box to tick; what is drawn alone is a part of a logo or an ornament."""
    width, height = spot.box[2] - spot.box[0], spot.box[3] - spot.box[1]
    if spot.kind == "text" or subject.found is None:
        return True
    if not 0.5 <= width / max(height, 0.1) <= 2 or height < LEAST_BOX_PT:
        return False
    near = (spot.box[0] - _BESIDE_PT, spot.box[1], spot.box[2] + _BESIDE_PT, spot.box[3])
    words = subject.found.pages[spot.page - 1].words
    return any(area(shared(word.box, near)) > 0.3 * area(word.box) and _has_letters(word.text) for word in words)


def _has_letters(text: str) -> bool:
    return sum(char.isalpha() for char in text) >= 2


def _meets(spot: Spot, box: ShownBox) -> bool:
    boxes: Sequence[ShownBox] = (spot.box, *spot.lines)
    return any(share(one, box) > 0.25 or _inside(_middle(one), box) or _inside(_middle(box), one) for one in boxes)


def _middle(box: ShownBox) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _inside(point: tuple[float, float], box: ShownBox, grow: float = 3.0) -> bool:
    return box[0] - grow <= point[0] <= box[2] + grow and box[1] - grow <= point[1] <= box[3] + grow
