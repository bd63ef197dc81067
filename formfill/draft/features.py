"""A place and the print around it as named features: what the ranker weighs, and what a reason can quote.

A feature's name says where it was seen and what: ``left:phone`` (a wording of "phone" beside it), ``phone of patient``
(that, and the nearest words that tell whose), ``left~tel`` (the very word). ``GROUPS`` are the heads of names, for
weighing them by group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from formfill.draft.facts import Detection, PageFacts, Spot, Word
from formfill.draft.labels import Reading
from formfill.draft.wordings import asked, folded, manner, spoken_of

_TOKEN = re.compile(r"[a-z#&']+|[/()@$?%-]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\W]+|(?<=[A-Za-z])(?=\d)")
_WIDTHS = (12, 18, 28, 45, 70, 110, 160, 230, 330)


def said(words: Iterable[Word]) -> str:
    return folded(" ".join(word.text for word in words))


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


class _Seen:
    """One place's print, folded, with what is found in it."""

    def __init__(self, spot: Spot, reading: Reading) -> None:
        self.spot = spot
        self.reading = reading
        self.left = said(reading.left[-9:])
        self.left_near = said(reading.left[-4:])
        self.right = said(reading.right[:12])
        self.right_near = said(reading.right[:3])
        self.over = said(reading.over[:10])
        self.under = said(reading.under[:10])
        self.column = folded(reading.column)
        widget = spot.widget
        self.field = folded(" ".join(_CAMEL.split(widget.field))) if widget else ""
        self.tooltip = folded(widget.tooltip[:120]) if widget else ""
        self.intro = folded(reading.intro)[-90:]
        self.before = folded(" ".join(reading.before))
        self.label, self.where = self._label()
        self.asks = self._asks()
        self.parties = self._parties()

    def _label(self) -> tuple[str, str]:
        """The words most likely to name the place, and on which side they are."""
        order: list[tuple[str, str]]
        if self.spot.kind == "check":
            order = [(self.right, "right"), (self.left_near, "left"), (self.over, "over")]
        else:
            under = "" if self.reading.under_taken else self.under
            over = "" if self.reading.over_taken else self.over
            order = [(self.left_near, "left"), (under, "under"), (over, "over"), (self.column, "column")]
            order.append((self.right, "right"))
        for text, where in order:
            if asked(text):
                return text, where
        if self.field and asked(self.field):
            return self.field, "field"
        return next(((text, where) for text, where in order if text), ("", "nowhere"))

    def _asks(self) -> tuple[str, ...]:
        return asked(self.label)

    def _parties(self) -> list[tuple[str, str]]:
        """(whose, by what it is told), the surest first."""
        found = [("own", self.label), *((f"heading{i}", folded(h)) for i, h in enumerate(self.reading.headings[:3]))]
        found += [("intro", self.intro), ("before", self.before[-160:])]
        return [(names[0], where) for where, text in found if (names := spoken_of(text))]


def _own_features(seen: _Seen, page: PageFacts, pages: int) -> Iterator[str]:
    yield "bias"
    reading = seen.reading
    taken = (("over_taken" if reading.over_taken else "over"), ("under_taken" if reading.under_taken else "under"))
    slots = (
        ("left", seen.left),
        ("left_near", seen.left_near),
        ("right", seen.right),
        ("right_near", seen.right_near),
        (taken[0], seen.over),
        (taken[1], seen.under),
        ("column", seen.column),
        ("field", seen.field),
        ("tooltip", seen.tooltip),
        ("intro", seen.intro),
    )
    for slot, text in slots:
        yield from (f"{slot}:{name}" for name in asked(text))
        if not text and slot in ("left", "right", "over", "under"):
            yield f"{slot} nothing"
        if slot not in ("left_near", "right_near", "intro"):
            words = tokens(text)
            words = words[-6:] if slot == "left" else words[:7]
            yield from (f"{slot}~{word}" for word in dict.fromkeys(words))
            if words:
                yield f"{slot}=" + " ".join(words[-3:] if slot == "left" else words[:3])
                yield f"{slot}_next={words[-1] if slot == 'left' else words[0]}"
    yield f"named {seen.where}"
    for ask in seen.asks:
        yield f"ask {ask}"
        yield f"ask {ask} {seen.where}"
        for whose, where in seen.parties[:2]:
            yield f"{ask} of {whose}"
        if seen.parties:
            yield f"{ask} of first {seen.parties[0][0]}"
        for whose, where in seen.parties:
            yield f"{ask} of {whose} by {where[:7]}"
    for whose, where in seen.parties:
        yield f"party {whose} by {where}"
    for i, whose in enumerate(spoken_of(seen.before)[:3]):
        yield f"before{i} {whose}"
        if i == 0:
            yield from (f"{ask} after {whose}" for ask in seen.asks)
    for name in ("excludes", "includes", "combined"):
        for slot, text in (("label", seen.label), ("intro", seen.intro), ("near", seen.before[-50:])):
            if name in manner(text):
                yield f"{name} {slot}"
    if not seen.asks:
        yield "asks nothing"
    yield f"asks {min(len(seen.asks), 5)}"
    label_words = len(tokens(seen.label))
    yield f"label words {min(label_words, 8)}"
    end = seen.label.rstrip()[-1:]
    yield f"label ends {end if end in ':).,?;/-#' else 'letter'}"
    before = tokens(seen.before)
    yield from (f"before~{t}" for t in dict.fromkeys(before[-6:]))
    if len(before) >= 2:
        yield "before2=" + " ".join(before[-2:])
    after = tokens(folded(" ".join(reading.after)))[:5]
    yield from (f"after~{t}" for t in after[:3])
    for heading in reading.headings[:1]:
        yield from (f"heading~{t}" for t in dict.fromkeys(tokens(folded(heading))[:10]))
    yield from _shape(seen.spot, page, pages)


def _shape(spot: Spot, page: PageFacts, pages: int) -> Iterator[str]:
    x0, top, x1, bottom = spot.box
    width = sum(x1 - x0 > w for w in _WIDTHS)
    yield f"kind {spot.kind}"
    yield f"sign {spot.sign}"
    yield f"width {width}"
    yield f"{spot.sign} width {width}"
    yield f"height {min(5, int((bottom - top) // 9))}"
    share = (spot.page - 1 + bottom / page.height) / pages
    yield f"share {int(share * 6)}"
    yield f"down {int(bottom / page.height * 4)}"
    yield f"across {int(x0 / page.width * 4)}"
    if page.is_scan:
        yield "scan"
    if page.widgets and spot.sign != "widget":
        yield "printed beside widgets"
        yield f"printed beside widgets {spot.sign}"
    if spot.widget:
        yield f"widget {spot.widget.kind}"


def _neighbours(seen: Sequence[_Seen], i: int) -> Iterator[str]:
    spot = seen[i].spot
    for step in (-2, -1, 1, 2):
        j = i + step
        if not (0 <= j < len(seen) and seen[j].spot.page == spot.page):
            yield f"next{step:+d} none"
            continue
        other = seen[j]
        beside = " beside" if abs(other.spot.box[3] - spot.box[3]) < 6 else ""
        if abs(step) == 1:
            yield f"next{step:+d} {other.spot.kind}{beside}"
            words = tokens(other.label)[:3]
            yield f"next{step:+d}=" + " ".join(words)
            for ask in other.asks[:4]:
                yield from (f"{mine} next{step:+d} {ask}" for mine in seen[i].asks[:4])
        for ask in other.asks[:4]:
            yield f"next{step:+d} {ask}"


def form_features(detection: Detection, readings: Sequence[Reading]) -> list[list[str]]:
    """The features of every place of a form, in the order of its spots."""
    seen = [_Seen(spot, reading) for spot, reading in zip(detection.spots, readings, strict=True)]
    times: dict[str, int] = {}
    rows = []
    for i, one in enumerate(seen):
        row = list(_own_features(one, detection.pages[one.spot.page - 1], len(detection.pages)))
        row += _neighbours(seen, i)
        for ask in one.asks:
            count = times.get(ask, 0)
            row.append(f"{ask} time {min(count, 3)}")
            times[ask] = count + 1
        rows.append(list(dict.fromkeys(row)))
    return rows
