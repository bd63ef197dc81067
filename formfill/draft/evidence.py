"""What speaks for a place being this or that: candidates, and named evidence for each.

Most evidence is the same for every concept ("its wording stands beside the place", "the heading speaks of its party"),
so that what the labelled forms teach of one concept serves all. Names of evidence begin with the class of the
candidate it speaks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from formfill.draft.blanks import CAPTIONED
from formfill.draft.facts import Detection, PageFacts, Spot, Word
from formfill.draft.labels import Reading
from formfill.draft.wordings import asked, coverage, folded, manner, spoken_of, wordings
from formfill.model.vocabulary import vocabulary

NONE = "none"
_TOKEN = re.compile(r"[a-z#&']+|[/()@$?%-]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\W]+|(?<=[A-Za-z])(?=\d)")
_WIDTHS = (12, 18, 28, 45, 70, 110, 160, 230, 330)
_BLOCK = frozenset({"name", "full_name", "address", "street", "city", "state", "zip", "city_state_zip", "phone", "fax",
                    "email", "attention", "organization"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a place may be: a concept (or ``none``: no place at all), of a kind; ``excludes`` for a tick that
    keeps something back."""

    concept: str
    kind: str
    excludes: bool = False

    def __str__(self) -> str:
        return f"{self.concept}|{self.kind}{'|not' if self.excludes else ''}"


def said(words: Iterable[Word]) -> str:
    return folded(" ".join(word.text for word in words))


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


class Seen:
    """One place's print, folded, and what is found in it."""

    def __init__(self, spot: Spot, reading: Reading) -> None:
        self.spot = spot
        self.reading = reading
        widget = spot.widget
        self.slots = {
            "left_near": said(reading.left[-4:]),
            "left": said(reading.left[-10:]),
            "right_near": said(reading.right[:4]),
            "right": said(reading.right[:12]),
            "over_taken" if reading.over_taken else "over": said(reading.over[:10]),
            "under_taken" if reading.under_taken else "under": said(reading.under[:10]),
            "caption": said(reading.caption[:10]),
            "column": folded(reading.column),
            "field": folded(" ".join(_CAMEL.split(widget.field))) if widget else "",
            "tooltip": folded(widget.tooltip[:120]) if widget else "",
            "intro": folded(reading.intro)[-90:],
        }
        self.before = folded(" ".join(reading.before))
        self.after = folded(" ".join(reading.after))
        self.headings = [folded(heading) for heading in reading.headings[:3]]
        self.label, self.where = self._label()
        self.asks = frozenset(asked(self.label))
        cues = [("own", self.label), *((f"heading{i}", h) for i, h in enumerate(self.headings))]
        cues += [("intro", self.slots["intro"]), ("before", self.before[-170:])]
        self.cues = [(where, spoken_of(text)) for where, text in cues if spoken_of(text)]
        self.block: Seen | None = None
        self.blocks = 0
        self.among = ""
        self.width = sum(spot.box[2] - spot.box[0] > w for w in _WIDTHS)

    def _label(self) -> tuple[str, str]:
        """The words most likely to name the place, and where they are."""
        sides: tuple[str, ...]
        if self.spot.kind == "check":
            sides = ("right", "left_near", "over", "field", "tooltip")
        elif self.spot.signs == CAPTIONED:
            sides = ("caption", "over", "under", "left_near", "column")
        elif self._labelled_right():
            sides = ("right", "left_near", "caption", "column", "field")
        else:
            sides = ("left_near", "caption", "column", "right", "field", "tooltip")
        texts = [(self.slots.get(side, ""), side) for side in sides]
        first = next(((text, side) for text, side in texts if asked(text)), None)
        return first or next(((text, side) for text, side in texts if text), ("", "nowhere"))


    def _labelled_right(self) -> bool:
        """A short line before its words, like a box to tick."""
        if self.reading.side:
            return self.reading.side == "right"
        return self.spot.box[2] - self.spot.box[0] < 42 and not self.slots["left_near"].endswith((":", "#"))


@cache
def group_of(concept: str) -> str:
    """The class whose candidates share their evidence."""
    head = concept.partition(".")[0]
    kind = vocabulary().concepts[concept].kind if concept in vocabulary().concepts else "text"
    if concept == NONE:
        return "none"
    if head in ("patient", "provider", "recipient", "representative") and kind == "text":
        return "party"
    if concept.endswith(("other_text", "purpose.text", "site_text")):
        return "words"
    if concept.endswith((".other", "other_option", "_option")):
        return "otherbox"
    if head in ("signature", "witness", "interpreter"):
        return "sign"
    if head in ("request", "authorization") and kind == "text":
        return "date"
    if head in ("staff", "other"):
        return head
    return "box"


@cache
def party_of(concept: str) -> str:
    head = concept.partition(".")[0]
    if head == "authorization":
        return "expiry"
    if head == "request":
        return "dates"
    if concept in ("delivery.email_address", "delivery.fax_number"):
        return "delivery"
    return head


def kinds_for(spot: Spot) -> tuple[str, ...]:
    """What a place of this make can be."""
    if spot.kind == "check":
        return ("check",)
    if spot.widget and spot.widget.kind == "signature":
        return ("signature",)
    narrow = spot.box[2] - spot.box[0] < 75
    return ("text", "signature", "initials", "check") if narrow else ("text", "signature", "initials")


def candidates(seen: Seen) -> list[Candidate]:
    """Everything that some wording near the place speaks for, and what needs no wording."""
    heard: set[str] = set()
    for slot, text in seen.slots.items():
        heard.update(asked(text))
    heard.update(asked(seen.before[-70:]))
    for heading in seen.headings[:2]:
        heard.update(asked(heading))
    found: dict[Candidate, None] = {}
    kinds = kinds_for(seen.spot)
    known = vocabulary().concepts
    for concept, asks in wordings().concepts.items():
        if asks.isdisjoint(heard) or concept not in known:
            continue
        own = known[concept].kind
        for kind in kinds:
            if not _suits(own, kind, concept):
                continue
            found[Candidate(concept, kind)] = None
            if concept.startswith("sensitive.") and kind in ("check", "initials"):
                found[Candidate(concept, kind, True)] = None
    found[Candidate(NONE, "text")] = None
    for kind in kinds:
        found[Candidate("other", kind)] = None
        found[Candidate("staff.use", kind)] = None
        if kind == "check":
            for concept in ("provider.choice", "records.other"):
                found[Candidate(concept, kind)] = None
        if kind == "text":
            for concept in ("records.other_text", "purpose.other_text", "recipient.name", "provider.name", "purpose.text"):
                found[Candidate(concept, kind)] = None
        if kind == "signature":
            found[Candidate("signature.patient", kind)] = None
    return list(found)


def _suits(own: str, kind: str, concept: str) -> bool:
    if kind == "initials":
        return concept.startswith(("sensitive.", "records.", "delivery."))
    if kind == "check":
        return own == "check" or concept in ("staff.use", "signature.time")
    if kind == "signature":
        return own == "signature"
    return own in ("text", "staff")


def evidence(all_seen: Sequence[Seen], i: int, candidate: Candidate, page: PageFacts, pages: int, times: dict[str, int]) -> Iterator[str]:
    """The evidence for one candidate of the place number ``i``; ``times`` counts earlier places by what they ask."""
    seen = all_seen[i]
    g = group_of(candidate.concept)
    c = str(candidate)
    yield f"is {c}"
    asks = wordings().concepts.get(candidate.concept, frozenset())
    if g in ("none", "other", "staff"):
        yield from (f"{g} {candidate.kind[:1]} {one}" for one in _context(seen, page, pages, words=g != "none"))
    named = asks & seen.asks
    for slot, text in seen.slots.items():
        if text and not asks.isdisjoint(asked(text)):
            yield f"{g} in {slot}"
            if seen.spot.widget:
                yield f"{g} widget in {slot}"
    if named:
        spans = coverage(seen.label)
        mine = max(spans[ask] for ask in named)
        share = mine / max(1, len(seen.label))
        yield f"{g} named {seen.where}"
        yield f"{g} covers {min(4, int(share * 5))}"
        better = sum(span > mine for ask, span in spans.items() if ask not in named)
        yield f"{g} beaten by {min(3, better)}"
        yield from (f"{c} by {ask}" for ask in named)
        if len(tokens(seen.label)) <= 4:
            yield f"{g} short label"
    elif asks:
        yield f"{g} not named{' though others are' if seen.asks else ''}"
    yield from _whose(seen, g, c, candidate)
    if g == "party":
        yield from _block(seen, g, candidate)
    yield from _fit(seen, g, c, candidate, page, pages)
    yield from _company(all_seen, i, g, c, asks)
    if asks:
        count = sum(times.get(ask, 0) for ask in asks)
        yield f"{g} time {min(count, 3)}"


def _whose(seen: Seen, g: str, c: str, candidate: Candidate) -> Iterator[str]:
    party = party_of(candidate.concept)
    nearest = seen.cues[0][1][0] if seen.cues else "nobody"
    yield f"{c} cue {nearest}"
    for where, parties in seen.cues:
        if party in parties[:1]:
            yield f"{g} party {where}"
        elif party in parties:
            yield f"{g} party second {where}"
        else:
            yield f"{g} other party {where}"
            if where == "own":
                yield f"{c} other party own {parties[0]}"
        yield f"{party} when {parties[0]} {where}"
    before = spoken_of(seen.before)
    if before:
        yield f"{party} last {before[0]}"
        yield f"{party} last two {before[0]} {before[1] if len(before) > 1 else ''}"
    for name in ("excludes", "includes"):
        for where, text in (("label", seen.label), ("intro", seen.slots["intro"]), ("near", seen.before[-60:]), ("heading", " ".join(seen.headings[:1]))):
            if name in manner(text):
                yield f"{'not ' if candidate.excludes else ''}{g} {name} {where}"


    if seen.among:
        yield f"{_list_of(candidate.concept)} among {seen.among}"
        yield f"{g} {'as' if _list_of(candidate.concept) == seen.among else 'unlike'} the list"


def _block(seen: Seen, g: str, candidate: Candidate) -> Iterator[str]:
    """Whose the block is that the place stands in: what is known of the name at its head."""
    party = party_of(candidate.concept)
    yield f"{party} block {min(seen.blocks, 4)}"
    if seen.block is None:
        yield f"{g} no block"
        return
    for where, parties in seen.block.cues:
        yield f"{g} block {'first' if party == parties[0] else 'second' if party in parties else 'other'} {where}"
        yield f"{party} when block {parties[0]} {where}"


@cache
def _list_of(concept: str) -> str:
    head = concept.partition(".")[0]
    return "signer" if head == "representative" else head


def _fit(seen: Seen, g: str, c: str, candidate: Candidate, page: PageFacts, pages: int) -> Iterator[str]:
    spot = seen.spot
    yield f"{candidate.kind} {spot.sign} {seen.width}"
    yield f"{candidate.kind} {spot.sign}"
    yield f"{g} {candidate.kind} {spot.sign}"
    yield f"{c} width {seen.width}"
    share = (spot.page - 1 + spot.box[3] / page.height) / pages
    yield f"{c} share {int(share * 5)}"
    yield f"{party_of(candidate.concept)} share {int(share * 6)}"
    if candidate.kind == "initials":
        for where, text in (("label", seen.label), ("left", seen.slots["left"]), ("intro", seen.slots["intro"]), ("before", seen.before), ("heading", " ".join(seen.headings))):
            yield f"initials {'asked' if 'initials' in asked(text) else 'not asked'} {where}"
    if candidate.kind in ("check", "signature") and spot.kind == "text":
        for name in ("initials", "signature"):
            for where, text in (("label", seen.label), ("before", seen.before), ("intro", seen.slots["intro"])):
                if name in asked(text):
                    yield f"{candidate.kind} on line though {name} {where}"
        yield f"{candidate.kind} line then {'words' if seen.slots['right_near'] else 'nothing'}"
    if page.is_scan:
        yield f"{g} scan"
    if page.widgets and spot.sign != "widget":
        yield f"{g} printed beside widgets {spot.sign}"


def _company(all_seen: Sequence[Seen], i: int, g: str, c: str, asks: frozenset[str]) -> Iterator[str]:
    """What the places before and after ask: an address goes with a name, a date with a signature."""
    spot = all_seen[i].spot
    for step in (-2, -1, 1, 2):
        j = i + step
        if not (0 <= j < len(all_seen) and all_seen[j].spot.page == spot.page):
            yield f"{c} next{step:+d} none"
            continue
        other = all_seen[j]
        beside = " beside" if abs(other.spot.box[3] - spot.box[3]) < 6 else ""
        if abs(step) == 1:
            yield f"{g} next{step:+d} {other.spot.kind}{beside}"
            if not asks.isdisjoint(other.asks):
                yield f"{g} same asked next{step:+d}"
        for ask in sorted(other.asks)[:5]:
            yield f"{c} next{step:+d} {ask}"
            if abs(step) == 1:
                yield f"{g} next{step:+d} {ask}"


def _context(seen: Seen, page: PageFacts, pages: int, *, words: bool) -> Iterator[str]:
    """What a place shows whatever it may be: for telling none, others and the staff's."""
    spot = seen.spot
    if words:
        yield from (f"ask {ask}" for ask in seen.asks)
        for where, parties in seen.cues[:3]:
            yield f"cue {parties[0]} {where}"
    yield f"sign {spot.sign} {seen.width}"
    yield f"asks {min(len(seen.asks), 3)} {seen.where}"
    spans = coverage(seen.label)
    share = max(spans.values()) / len(seen.label) if spans else 0.0
    yield f"label asked {int(share * 4)} {seen.where} {spot.sign}"
    yield f"label asked {int(share * 4)} of {min(5, len(seen.label.split()))}"
    rivals = f"rivals {min(2, seen.reading.rivals)} {'foremost' if seen.reading.foremost else 'behind'}"
    yield rivals
    yield f"{rivals} {spot.sign} {seen.where}"
    for slot in ("left_near", "right_near", "over", "over_taken", "under", "under_taken", "caption", "column"):
        if not seen.slots.get(slot):
            yield f"no {slot}"
        else:
            yield f"{slot} {min(len(asked(seen.slots[slot])), 2)}"
    left = seen.slots["left"]
    yield f"left ends {left[-1:] if left[-1:] in ':).,?;/-#' else 'letter' if left else 'nothing'}"
    yield f"left words {min(10, len(left.split()))}"
    yield f"right words {min(6, len(seen.slots['right'].split()))}"
    yield f"height {min(8, int((spot.box[3] - spot.box[1]) // 6))}"
    yield f"down {int(spot.box[3] / page.height * 8)}"
    yield f"{'first' if spot.page == 1 else 'later'} page of {min(pages, 3)}"
    yield f"across {int(spot.box[0] / page.width * 4)} {seen.width}"


def _find_blocks(all_seen: Sequence[Seen]) -> None:
    """For each place the nearest name before it, at its height or above in its column: the head of its block."""
    heads: list[Seen] = []
    for seen in all_seen:
        spot = seen.spot
        if spot.kind != "text":
            continue
        if seen.asks & {"name", "full_name", "organization", "last_name"} and not seen.asks & {"signature", "printed_name"}:
            heads.append(seen)
        near = [
            head for head in heads[-6:]
            if head.spot.page == spot.page and -4 <= spot.box[3] - head.spot.box[3] < 130
            and (head.spot.box[0] < spot.box[2] + 40 and head.spot.box[2] > spot.box[0] - 260)
        ]  # fmt: skip
        seen.block = max(near, key=lambda head: (_same_column(head.spot, spot), head.spot.box[3]), default=None)
        seen.blocks = len(heads)


def _same_column(head: Spot, spot: Spot) -> bool:
    return abs(head.box[0] - spot.box[0]) < 110 or abs(head.box[3] - spot.box[3]) < 6


def _find_lists(all_seen: Sequence[Seen]) -> None:
    """For each box what most of the boxes around it are about: a list of records, purposes, ways of delivery."""
    boxes = [seen for seen in all_seen if seen.spot.kind == "check" or seen.width <= 4]
    for i, seen in enumerate(boxes):
        votes: dict[str, float] = {}
        for j in range(max(0, i - 4), min(len(boxes), i + 5)):
            other = boxes[j]
            if j == i or other.spot.page != seen.spot.page or abs(other.spot.box[3] - seen.spot.box[3]) > 60:
                continue
            for head in {ask.partition(".")[0] for ask in other.asks if "." in ask}:
                votes[head] = votes.get(head, 0) + 1 / abs(j - i)
        if votes:
            seen.among = max(votes, key=lambda head: (votes[head], head))


def form_evidence(detection: Detection, readings: Sequence[Reading]) -> Iterator[tuple[Seen, list[tuple[Candidate, list[str]]]]]:
    """For every place of a form, in order: what is seen, and its candidates with their evidence."""
    all_seen = [Seen(spot, reading) for spot, reading in zip(detection.spots, readings, strict=True)]
    _find_blocks(all_seen)
    _find_lists(all_seen)
    times: dict[str, int] = {}
    for i, seen in enumerate(all_seen):
        page = detection.pages[seen.spot.page - 1]
        found = []
        for candidate in candidates(seen):
            found.append((candidate, list(dict.fromkeys(evidence(all_seen, i, candidate, page, len(detection.pages), times)))))
        for ask in seen.asks:
            times[ask] = times.get(ask, 0) + 1
        yield seen, found
