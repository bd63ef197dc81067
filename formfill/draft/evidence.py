"""What speaks for a place being this or that: named evidence for each of its candidates.

Most evidence is the same for every concept ("its wording stands beside the place", "the heading speaks of its party"),
so that what the labelled forms teach of one concept serves all. Names of evidence begin with the class of the
candidate it speaks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from formfill.draft.candidates import Candidate, candidates, group_of, head_of, party_of
from formfill.draft.facts import Detection, PageFacts
from formfill.draft.labels import Reading
from formfill.draft.meant import meant, share_told
from formfill.draft.seen import Seen, see
from formfill.draft.verbatim import Verbatim
from formfill.draft.wordings import PARTIES, asked, coverage, manner, spoken_of, wordings

_TOKEN = re.compile(r"[a-z#&']+|[/()@$?%-]")
#: The cues that say most of whose a place is.
_NEAR_CUES = frozenset({"own", "margin", "section", "over section", "intro"})
#: What forms ask of people and organisations, and what a few words ask wholly.
_DETAILS = frozenset({
    "name", "full_name", "first_name", "middle_name", "last_name", "other_names", "birth_date", "mrn", "ssn", "address",
    "street", "city", "state", "zip", "city_state_zip", "phone", "phone_home", "phone_mobile", "phone_work", "fax",
    "email", "attention", "organization", "relationship", "authority", "printed_name", "date", "date_from", "date_to",
    "dates", "signature",
})  # fmt: skip


def evidence(
    all_seen: Sequence[Seen], i: int, candidate: Candidate, page: PageFacts, pages: int, times: dict[str, int]
) -> Iterator[str]:
    """The evidence for one candidate of the place number ``i``; ``times`` counts earlier places by what they ask."""
    seen = all_seen[i]
    g = group_of(candidate.concept)
    c = str(candidate)
    yield f"is {c}"
    asks = wordings().concepts.get(candidate.concept, frozenset())
    if g in ("none", "other", "staff"):
        yield from (f"{g} {candidate.kind[:1]} {one}" for one in _context(seen, page, pages, words=g != "none"))
        yield from _unasked(seen, g)
        for one in seen.setting:
            yield f"{g} {candidate.kind[:1]} {one}"
            yield f"{g} {candidate.kind[:1]} {seen.spot.sign} {one}"
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
        if len(_TOKEN.findall(seen.label)) <= 4:
            yield f"{g} short label"
    elif asks:
        yield f"{g} not named{' though others are' if seen.asks else ''}"
    if asks:
        yield from _meant(seen, g, asks)
    yield from _whose(seen, g, c, candidate)
    if g == "party":
        yield from _block(seen, g, candidate)
    yield from _fit(seen, g, c, candidate, page, pages)
    yield from _company(all_seen, i, g, c, asks)
    yield from _signatures(seen, candidate, c)
    if asks:
        count = sum(times.get(ask, 0) for ask in asks)
        yield f"{g} time {min(count, 3)}"


def _unasked(seen: Seen, g: str) -> Iterator[str]:
    """Whether the label asks for something that people write: for what is no place, or nobody's."""
    found = meant(seen.label)
    sign = seen.spot.sign
    if len(found) == 1:
        told = int(share_told(seen.label, frozenset(found)) * 4)
        yield f"{g} label means {found[0]}"
        yield f"{g} {sign} label means {'detail' if found[0] in _DETAILS else 'else'} {told}"
    else:
        yield f"{g} {sign} label means {'nothing' if not found else 'several'}"


def _meant(seen: Seen, g: str, asks: frozenset[str]) -> Iterator[str]:
    """Whether the words in each surrounding mean the candidate, or name it only inside of something longer."""
    for slot, text in (("label", seen.label), *seen.slots.items()):
        if not text:
            continue
        found = meant(text)
        own = [ask for ask in found if ask in asks]
        if not own:
            if found:
                yield f"{g} {'swallowed' if not asks.isdisjoint(asked(text)) else 'others'} in {slot}"
            continue
        yield f"{g} {'alone' if len(own) == len(found) else 'meant'} in {slot}"
        if len(own) < len(found):
            nearest = found[0] if slot.startswith("right") else found[-1]
            yield f"{g} {'nearest' if nearest in own else 'farther'} in {slot}"
    told = share_told(seen.label, asks)
    yield f"{g} tells {min(4, int(told * 5))} {'of few' if len(seen.label) < 30 else 'of many'}"


def _whose(seen: Seen, g: str, c: str, candidate: Candidate) -> Iterator[str]:
    """Whose things the print around a place speaks of, and whether it includes or excludes."""
    party = party_of(candidate.concept)
    nearest = seen.cues[0][1][0] if seen.cues else "nobody"
    yield f"{c} cue {nearest}"
    yield f"{party} nearest {nearest}"
    yield f"{g} {'as' if nearest == party else 'unlike'} the nearest"
    if g == "party":
        yield from _cues_for(seen, party)
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
        for where, text in (
            ("label", seen.label),
            ("intro", seen.slots["intro"]),
            ("near", seen.before[-60:]),
            ("heading", " ".join(seen.headings[:1])),
        ):
            if name in manner(text):
                yield f"{'not ' if candidate.excludes else ''}{g} {name} {where}"
    named = seen.led if seen.spot.kind == "check" or g in ("words", "otherbox") else ""
    if named:
        yield f"{_list_of(candidate.concept)} led by {named}"
        yield f"{g} {'as' if _list_of(candidate.concept) == named else 'unlike'} the lead"
    if seen.among:
        yield f"{_list_of(candidate.concept)} among {seen.among}"
        yield f"{g} {'as' if _list_of(candidate.concept) == seen.among else 'unlike'} the list"


def _cues_for(seen: Seen, party: str) -> Iterator[str]:
    """How many of the cues that name one of the parties name this one first, and which of them is the nearest."""
    told = [(where, parties[0]) for where, parties in seen.cues if parties[0] in PARTIES]
    if not told:
        yield f"party no cue for {party}"
        return
    where, nearest = told[0]
    yield f"party {'as' if nearest == party else 'unlike'} {where}"
    own = [one == party for place, one in told if place in _NEAR_CUES] or [nearest == party]
    yield f"party cues {min(3, sum(own))} of {min(3, len(own))}"
    yield f"{party} cues {min(3, sum(own))} of {min(3, len(own))}"


def _block(seen: Seen, g: str, candidate: Candidate) -> Iterator[str]:
    """Whose the block is that the place stands in: what is known of the name at its head."""
    party = party_of(candidate.concept)
    yield f"{party} block {min(seen.blocks, 4)}"
    yield f"{party} relations {min(seen.relations, 3)}"
    if seen.block is None:
        yield f"{g} no block"
        return
    for where, parties in seen.block.cues:
        yield f"{g} block {'first' if party == parties[0] else 'second' if party in parties else 'other'} {where}"
        yield f"{party} when block {parties[0]} {where}"


def _list_of(concept: str) -> str:
    """The list that a box for a concept stands in, as ``Seen.among`` names it."""
    head = head_of(concept)
    return "signer" if head == "representative" else head


def _fit(seen: Seen, g: str, c: str, candidate: Candidate, page: PageFacts, pages: int) -> Iterator[str]:
    """Whether the place's make, size and height on the form suit the candidate."""
    spot = seen.spot
    yield f"{candidate.kind} {spot.sign} {seen.width}"
    yield f"{candidate.kind} {spot.sign}"
    yield f"{g} {candidate.kind} {spot.sign}"
    yield f"{c} width {seen.width}"
    share = (spot.page - 1 + spot.box[3] / page.height) / pages
    yield f"{c} share {int(share * 5)}"
    yield f"{party_of(candidate.concept)} share {int(share * 6)}"
    if candidate.kind == "initials":
        for where, text in (
            ("label", seen.label),
            ("left", seen.slots["left"]),
            ("intro", seen.slots["intro"]),
            ("before", seen.before),
            ("heading", " ".join(seen.headings)),
        ):
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


def _signatures(seen: Seen, candidate: Candidate, c: str) -> Iterator[str]:
    """Where the nearest place to sign is, and whose it is: who prints his name and dates it stands beside."""
    if candidate.kind == "check":
        return
    party = party_of(candidate.concept)
    yield f"{party} signatures before {min(3, seen.signatures)}"
    if seen.signature is None:
        yield f"{c} no signature near"
        return
    where, whose = seen.signature
    yield f"{c} signature {where}"
    yield f"{c} signature of {whose} {where}"
    yield f"{party} signature of {whose}"


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


def form_evidence(
    detection: Detection, readings: Sequence[Reading]
) -> Iterator[tuple[Seen, list[tuple[Candidate, list[str]]]]]:
    """For every place of a form, in order: what is seen, and its candidates with their evidence."""
    all_seen = see(detection, readings)
    pages = len(detection.pages)
    times: dict[str, int] = {}
    for i, seen in enumerate(all_seen):
        page = detection.pages[seen.spot.page - 1]
        verbatim = Verbatim(seen)
        found = [
            (one, list(dict.fromkeys(chain(evidence(all_seen, i, one, page, pages, times), verbatim.evidence(one)))))
            for one in candidates(seen)
        ]
        for ask in seen.asks:
            times[ask] = times.get(ask, 0) + 1
        yield seen, found
