"""Wording that turns a tick round: a place beside which it changed is never carried to a new edition silently.

Two things are looked at: print that keeps something back ("do not release"), and the protected categories that the
words of a box name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formfill.draft.check_base import concept_of, is_tick, names_in
from formfill.draft.check_words import categories_in, keeps_back, plain, print_keeps_back, signing_in
from formfill.draft.facts import PageFacts, Word, lines_of
from formfill.draft.rebase_units import Unit, own_words
from formfill.draft.rebase_words import Carrier
from formfill.model.form_map import Place
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import fold, hull

#: How far below a line that keeps something back the boxes may stand that it speaks of, in points.
_REACH_PT = 200.0
#: Of the words that keep something back, those that do so for what follows; "except" and "excluding" only narrow it.
_NOT = re.compile(
    r"donot|dont|notto?be|notrelease|notdisclose|withh[eo]ld|nodeseo|noautori|noquiero|nodivul|norevel|nolib|noinc"
)
_WISHES = ("records.", "sensitive.", "delivery.", "direction.", "request.", "release.")


@dataclass(frozen=True, slots=True)
class _Warning:
    """A line that keeps something back, because of words that the other edition has not."""

    page: int
    box: ShownBox
    text: str


class Watch:
    """What changed between two editions that a tick could be turned round by."""

    def __init__(
        self, old: Sequence[PageFacts], new: Sequence[PageFacts], carrier: Carrier, *, has_blank: bool
    ) -> None:
        self._has_blank = has_blank
        come, gone = {id(word) for _, word in carrier.come}, {id(word) for _, word in carrier.gone}
        self._come = list(_turned(new, come)) if has_blank else []
        self._gone = list(_turned(old, gone)) if has_blank else []
        self._named = list(_named(new, come)) if has_blank else []
        self._keeping = [] if has_blank else list(_turned(new, {id(word) for page in new for word in page.words}))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a person must read on the new blank: changed lines on keeping back, or on protected categories."""
        lines = [f"page {w.page}, new: {w.text}" for w in self._come]
        lines += [f"page {w.page} of the old edition, gone: {w.text}" for w in self._gone]
        lines += [f"page {w.page}, changed: {w.text}" for w in self._named if w not in self._come]
        return tuple(dict.fromkeys(lines))

    def doubt(self, place: Place, old: Unit, new: Unit, label: str, *, guessed: bool) -> str | None:
        """Why ``place`` must not be carried as it is; None where nothing speaks against it.

        ``label`` is the new one; ``guessed`` says that it was found by a guess only.
        """
        if place.leave is not None and not place.leave.startswith("sensitive."):
            return None
        was, now = own_words(old) or (place.label or ""), own_words(new) or label
        if new.reading is None:  # found by its label alone
            was = place.label or ""
        signing = signing_in(now, place.value or "")
        if signing is not None and signing_in(was, place.value or "") is None and concept_of(place) is not None:
            return f"it may be for {signing} now"
        is_mark = is_tick(place) or place.choose is not None or place.kind == "initials"
        if is_mark and set(categories_in(now)) != set(categories_in(was)):
            return f"its words name other protected categories now: {was!r} became {now!r}"
        if not is_mark:
            return None
        if guessed and any(name.startswith("sensitive.") for name in names_in(place)):
            return "for a protected category a guess is not enough"
        return self._polarity(place, old, new) if _is_wish(place) else None

    def _polarity(self, place: Place, old: Unit, new: Unit) -> str | None:
        now = keeps_back(_near(new))
        was = keeps_back(_near(old)) if self._has_blank else keeps_back(place.label or "") or place.excludes
        above = any(w.page == new.page and new.box and _reaches(w.box, new.box) for w in self._keeping)
        if was != now and (self._has_blank or now or not above):
            return f"its words {'now' if now else 'no longer'} say that a mark keeps something back"
        for warnings, unit, what in ((self._come, new, "now says"), (self._gone, old, "no longer says")):
            near = [w for w in warnings if w.page == unit.page and unit.box and _reaches(w.box, unit.box)]
            if near:
                return f"the print above it {what} {near[-1].text!r}"
        return None


def _near(unit: Unit) -> str:
    """The words of a box, and the line that introduces it, as one text in which each part begins a sentence."""
    reading = unit.reading
    if reading is None:
        return ""
    parts = [own_words(unit), " ".join(word.text for word in reading.left[-9:]), reading.intro, *reading.headings[:1]]
    return next((part for part in parts if keeps_back(part)), "")


def _is_wish(place: Place) -> bool:
    """Whether the place speaks of what is to be released or how, so that a "not" turns it round."""
    concept = concept_of(place)
    names = names_in(place) or ({concept.name} if concept else set())
    return place.choose is not None or any(name.startswith(_WISHES) for name in names)


def _reaches(line: ShownBox, box: ShownBox) -> bool:
    return box[1] - _REACH_PT < line[3] <= box[3] + 14


def _turned(pages: Sequence[PageFacts], changed: set[int]) -> Iterator[_Warning]:
    """The lines that keep something back, and would not without the words that changed."""
    for page in pages:
        lines = lines_of(page.words)
        for k, line in enumerate(lines):
            # the phrase may be broken between two lines
            words = [*line, *(lines[k + 1] if k + 1 < len(lines) else [])]
            stayed = [word for word in words if id(word) not in changed]
            if _keeps(words) and not _keeps(stayed) and any(id(word) in changed for word in line):
                yield _Warning(page.number, hull([word.box for word in line]), _text(line))


def _named(pages: Sequence[PageFacts], changed: set[int]) -> Iterator[_Warning]:
    for page in pages:
        for line in lines_of(page.words):
            if any(id(word) in changed for word in line) and categories_in(plain(_text(line))):
                stayed = [word for word in line if id(word) not in changed]
                if categories_in(_text(line)) != categories_in(_text(stayed)):
                    yield _Warning(page.number, hull([word.box for word in line]), _text(line))


def _keeps(words: Sequence[Word]) -> bool:
    text = _text(words)
    return keeps_back(text) or (print_keeps_back(fold(text)) and _NOT.search(fold(text)) is not None)


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
