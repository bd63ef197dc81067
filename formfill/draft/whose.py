"""Whose each address, name and phone of a form is: decided once for all places that stand together.

Every place is joined to the one before it that it most likely goes on from, by how both lie and what the print about
each speaks of. Along these joints what each place knows of its own party is passed on, there and back, so that a block
is decided by all of its places at once (exact: the joints have no circles). Two that go on from each other are seldom
of two parties; how seldom is learnt from the labelled forms' pairs of places.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from formfill.draft.candidates import group_of, head_of
from formfill.draft.facts import Spot
from formfill.draft.proposal import Proposal, tail_of
from formfill.draft.seen import Seen
from formfill.draft.wordings import PARTIES

#: A place takes part where it is some party's detail by more than this.
_LEAST = 0.3
#: How far up, in points, and how many places back a place may go on from another.
_UP_PT, _BACK = 90.0, 6
#: Of one line are places whose lower edges differ by less, in points; left edges that differ by more are apart.
_LINE_PT, _APART_PT = 6.0, 60.0
#: The log odds that two places are one party's, to begin with, and what each thing that is seen of them adds to it.
_SAME = 3.1
_BESIDE = 1.1
_BELOW = (1.4, 0.9, -0.4, -1.4)  # by steps of 20 points
_OTHER_CUE = -4.4
_OTHER_MARGIN = -1.4
_APART = -0.6
_GOES_ON, _BEGINS_ANEW = 0.55, -0.4
_NAME, _NAME_AFTER_NAME = -0.85, -0.7
_STEP_PT = 20.0
#: How many times likelier a party is that the place's own words name first.
_OWN_WORDS = 3.0
#: The same for people, where its own words name an organisation.
_NO_PERSON = 0.05
#: No party is ever out of the question.
_FLOOR = 1e-4
#: Never surer than this that two places are one party's, nor that they are not.
_SUREST = 0.985
#: In what order a block asks its details.
_ORDER = {
    tail: i
    for i, tails in enumerate((
        "name organization full_name first_name last_name middle_name", "attention", "birth_date mrn ssn",
        "street address unit", "city state zip city_state_zip", "phone phone_home phone_mobile phone_work", "fax",
        "email",
    ))
    for tail in tails.split()
}  # fmt: skip
Shares = dict[str, float]


@dataclass
class _Place:
    """A place in its block.

    ``shares`` are how likely it is each party's by itself, together 1; ``step`` is what it asks, as a step of a block;
    ``before`` the number of the place that it goes on from, and ``same`` how likely both are one party's.
    """

    proposal: Proposal
    shares: Shares
    step: int
    before: int | None = None
    same: float = 0.0


def whose(proposals: Sequence[Proposal]) -> list[tuple[Proposal, Shares]]:
    """Each place that is some party's detail, with how likely it is each party's by all of its block, together 1."""
    places = [place for place in map(_place, proposals) if place is not None]
    for i, place in enumerate(places):
        near = [j for j in range(max(0, i - 2 * _BACK), i) if _may_go_on(places[j].proposal.spot, place.proposal.spot)]
        for j in reversed(near[-_BACK:]):
            same = _same_party(places[j], place)
            if same > place.same:
                place.before, place.same = j, same
    decided = _decided(places)
    return [(place.proposal, shares) for place, shares in zip(places, decided, strict=True)]


def _place(p: Proposal) -> _Place | None:
    shares = dict.fromkeys(PARTIES, _FLOOR)
    steps: dict[int, float] = {}
    for one in p.ranked:
        concept = one.candidate.concept
        if group_of(concept) == "party":
            shares[head_of(concept)] += one.probability
            step = _ORDER.get(tail_of(concept), -1)
            steps[step] = steps.get(step, 0.0) + one.probability
    if p.spot.kind != "text" or sum(shares.values()) < _LEAST:
        return None
    own = next((parties for where, parties in p.seen.cues if where == "own"), ())
    if own and own[0] in shares:
        shares[own[0]] *= _OWN_WORDS
    elif "organisation" in own:
        shares["patient"] *= _NO_PERSON
        shares["representative"] *= _NO_PERSON
    return _Place(p, _whole(shares), max(steps, key=lambda step: steps[step]))


def _may_go_on(upper: Spot, lower: Spot) -> bool:
    return upper.page == lower.page and -_LINE_PT <= lower.box[3] - upper.box[3] <= _UP_PT


def _same_party(one: _Place, other: _Place) -> float:
    """How likely a place and the one that it goes on from are one party's, 0 to 1."""
    upper, lower = one.proposal.seen, other.proposal.seen
    down = lower.spot.box[3] - upper.spot.box[3]
    odds = _SAME
    if abs(down) < _LINE_PT:
        odds += _BESIDE
    else:
        odds += _BELOW[min(len(_BELOW) - 1, int(down // _STEP_PT))]
        odds += _APART if abs(upper.spot.box[0] - lower.spot.box[0]) > _APART_PT else 0.0
    odds += _OTHER_CUE if _told(upper) != _told(lower) else 0.0
    odds += _OTHER_MARGIN if upper.reading.margin != lower.reading.margin else 0.0
    odds += _GOES_ON if other.step > one.step else _BEGINS_ANEW if other.step < one.step else 0.0
    if other.step == 0:
        odds += _NAME + (_NAME_AFTER_NAME if one.step == 0 else 0.0)
    return min(_SUREST, max(1 - _SUREST, 1 / (1 + math.exp(-odds))))


def _told(seen: Seen) -> str:
    """The party that the print nearest to a place speaks of, or "signer": whoever signs."""
    return next((parties[0] for _, parties in seen.cues if parties[0] in (*PARTIES, "signer")), "")


def _decided(places: Sequence[_Place]) -> list[Shares]:
    """What each place knows of its party, passed on to all that it is joined with: up every joint, then down again."""
    known = [dict(place.shares) for place in places]
    told: list[Shares] = [{} for _ in places]
    for i in reversed(range(len(places))):
        before = places[i].before
        if before is not None:
            told[i] = _across(known[i], places[i].same)
            known[before] = _whole({party: known[before][party] * told[i][party] for party in PARTIES})
    for i, place in enumerate(places):
        if place.before is not None:
            # without what this place has told it itself
            rest = _whole({party: known[place.before][party] / told[i][party] for party in PARTIES})
            heard = _across(rest, place.same)
            known[i] = _whole({party: known[i][party] * heard[party] for party in PARTIES})
    return known


def _across(shares: Shares, same: float) -> Shares:
    """What one place says of the other over a joint."""
    other = (1 - same) / (len(PARTIES) - 1)
    return {party: same * shares[party] + other * (1 - shares[party]) for party in PARTIES}


def _whole(shares: Shares) -> Shares:
    """Shares made to add up to 1."""
    total = sum(shares.values())
    return {party: share / total for party, share in shares.items()}
