"""What a place's company says of it once every place has been ranked by itself: the second look at the whole form.

A block of name, address and phone is one party's; each concept has normally one place, the likeliest one; what stands
before and after goes together. The evidence is named as in ``evidence.py``; its names begin with "then".
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence

from formfill.draft.candidates import NONE, Candidate, group_of, head_of
from formfill.draft.facts import Spot
from formfill.draft.ranker import Ranked, nothing
from formfill.draft.seen import Seen
from formfill.draft.wordings import PARTIES

#: Steps of a probability.
_LIKELY = (0.02, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95)
_FEW = (0.1, 0.3, 0.5, 0.7, 0.9)
#: How far down or across places of one block lie from each other, in points.
_BLOCK_PT = 70.0
Ranking = Sequence[Ranked]


def company_evidence(seen: Sequence[Seen], rankings: Sequence[Ranking]) -> list[list[tuple[Candidate, list[str]]]]:
    """For every place its candidates, in the order of their ranking, each with what its company says of it."""
    company = _Company(seen, rankings)
    return [
        [(one.candidate, list(dict.fromkeys(company.evidence(i, one)))) for one in ranking]
        for i, ranking in enumerate(rankings)
    ]


class _Company:
    """All places of a form with what each is by itself."""

    def __init__(self, seen: Sequence[Seen], rankings: Sequence[Ranking]) -> None:
        self.seen = seen
        self.index = {id(one): i for i, one in enumerate(seen)}
        self.best = [ranking[0] for ranking in rankings]
        self.parties = [_parties(ranking) for ranking in rankings]
        self.shares: dict[str, list[tuple[float, int]]] = {}
        for i, ranking in enumerate(rankings):
            for one in ranking:
                if one.probability > 0.03:
                    self.shares.setdefault(one.candidate.concept, []).append((one.probability, i))
        self.near = [self._near(i) for i in range(len(seen))]
        self.heads = [_heads(ranking) for ranking in rankings]
        self.boxes = [self._box_before(i) for i in range(len(seen))]
        boxes = [[(j, near) for j, near in about if seen[j].spot.kind == "check"] for about in self.near]
        self.lists = [_votes(about, self.heads) for about in boxes]
        self.around = [_votes(about, self.parties) for about in self.near]
        self.above = [
            _votes([(j, near) for j, near in about if j < i], self.parties) for i, about in enumerate(self.near)
        ]
        self.met = list(self._met())
        self.nothing = [nothing(ranking) for ranking in rankings]

    def _near(self, i: int) -> list[tuple[int, float]]:
        """The places about one, with how near they are, 0 to 1."""
        found = []
        for j in range(max(0, i - 12), min(len(self.seen), i + 13)):
            if j != i:
                near = nearness(self.seen[i].spot, self.seen[j].spot)
                if near > 0:
                    found.append((j, near))
        return found

    def _met(self) -> Iterator[str]:
        """For each place the parties that the places before it are surely of."""
        earlier = dict.fromkeys(PARTIES, 0.0)
        for shares in self.parties:
            yield "".join(party[0:2] for party in PARTIES if earlier[party] > 0.5)
            earlier = {party: max(earlier[party], shares[party]) for party in PARTIES}

    def evidence(self, i: int, one: Ranked) -> Iterator[str]:
        """What the company of place ``i`` says of one of its candidates."""
        concept, kind = one.candidate.concept, one.candidate.kind
        g, head = group_of(concept), head_of(concept)
        yield f"then {g} own {bisect(_LIKELY, one.probability)}"
        if concept == NONE:
            yield from self._stack(i, g)
            return
        yield from self._rivals(i, one, g)
        yield from self._neighbours(i, g, head, concept.partition(".")[2], kind)
        yield from self._list(i, head, kind)
        yield from self._box_beside(i, concept, head, kind)
        if head in PARTIES and g == "party":
            yield from self._party(i, head)

    def _stack(self, i: int, g: str) -> Iterator[str]:
        """Whether the places about this one are places at all."""
        near = [self.nothing[j] for j, share in self.near[i] if share > 0.5]
        if near:
            yield f"then {g} near nothing {bisect(_FEW, sum(near) / len(near))}"
        for step in (-1, 1):
            j = i + step
            if 0 <= j < len(self.seen) and self.seen[j].spot.page == self.seen[i].spot.page:
                yield f"then {g} next{step:+d} nothing {bisect(_FEW, self.nothing[j])}"

    def _rivals(self, i: int, one: Ranked, g: str) -> Iterator[str]:
        """Whether other places are likelier to be the same."""
        others = [(share, j) for share, j in self.shares.get(one.candidate.concept, ()) if j != i]
        likelier = sum(share > one.probability for share, _ in others)
        yield f"then {g} behind {min(3, likelier)}"
        most = max((share for share, _ in others), default=0.0)
        yield f"then {g} rival {bisect(_FEW, most)} own {bisect(_FEW, one.probability)}"
        yield f"then {one.candidate.concept} rival {bisect((0.3, 0.7), most)}"
        before = [share for share, j in others if j < i]
        if before:
            yield f"then {g} before {bisect(_FEW, max(before))}"

    def _neighbours(self, i: int, g: str, head: str, tail: str, kind: str) -> Iterator[str]:
        """What the places before and after are most likely."""
        for step in (-2, -1, 1, 2):
            j = i + step
            if not (0 <= j < len(self.seen) and self.seen[j].spot.page == self.seen[i].spot.page):
                continue
            other = self.best[j].candidate
            sure = "sure" if self.best[j].probability > 0.6 else "unsure"
            beside = "beside" if abs(self.seen[j].spot.box[3] - self.seen[i].spot.box[3]) < 6 else "below"
            other_head, other_tail = head_of(other.concept), other.concept.partition(".")[2]
            if g == "party":
                yield f"then {tail} next{step:+d} {other_tail or other.concept} {sure}"
                if abs(step) == 1:
                    yield f"then {head}.{tail} next{step:+d} {other.concept} {sure}"
                    same = "same" if head == other_head else "other" if other_head in PARTIES else "no"
                    yield f"then {g} next{step:+d} {same} party {beside} {sure}"
            else:
                yield f"then {head} {kind} next{step:+d} {other_head} {sure}"
                if abs(step) == 1:
                    yield f"then {head}.{tail} next{step:+d} {other.concept}"

    def _list(self, i: int, head: str, kind: str) -> Iterator[str]:
        """Which list the boxes about a box, or about the text behind "Other", are of."""
        votes = self.lists[i]
        total = sum(votes.values())
        if total > 0.3:
            of_list = bisect(_FEW, votes.get(head, 0.0) / total)
            yield f"then {kind} list {of_list}"
            yield f"then {head} {kind} list {of_list}"

    def _box_beside(self, i: int, concept: str, head: str, kind: str) -> Iterator[str]:
        """What the box is of that stands before a text on its line."""
        box = self.boxes[i]
        if kind == "check" or box is None:
            return
        heads = self.heads[box]
        yield f"then box beside {bisect(_FEW, heads.get(head, 0.0))}"
        best = max(heads, key=lambda name: heads[name], default="")
        yield f"then {concept} box beside {best}"
        other = self.best[box].candidate.concept.endswith("other")
        yield f"then {concept} box beside {'other' if other else 'of its own'}"

    def _box_before(self, i: int) -> int | None:
        """The nearest box to tick left of a text on its line, with no other text between."""
        spot = self.seen[i].spot
        if spot.kind == "check":
            return None
        found: int | None = None
        edge = 0.0
        for j in range(max(0, i - 8), min(len(self.seen), i + 4)):
            other = self.seen[j].spot
            if (
                j != i
                and other.page == spot.page
                and abs(other.box[3] - spot.box[3]) < 7
                and edge < other.box[2] <= spot.box[0] + 2
            ):
                edge = other.box[2]
                found = j if other.kind == "check" else None
        return found

    def _party(self, i: int, head: str) -> Iterator[str]:
        """Whose the places of the same block are, and the name at its head."""
        for name, votes in (("near", self.around[i]), ("above", self.above[i])):
            weight = sum(votes.values())
            if weight > 0.2:
                yield f"then party {name} {bisect(_FEW, votes[head] / weight)}"
                yield f"then {head} {name} {bisect(_FEW, votes[head] / weight)}"
        block = self.seen[i].block
        if block is not None and block is not self.seen[i]:
            shares = self.parties[self.index[id(block)]]
            weight = sum(shares.values())
            if weight > 0.2:
                yield f"then party head {bisect(_FEW, shares[head] / weight)}"
                yield f"then {head} head {bisect(_FEW, shares[head] / weight)}"
        yield f"then {head} met {self.met[i]}"


def _votes(about: Iterable[tuple[int, float]], shares: Sequence[dict[str, float]]) -> dict[str, float]:
    """The shares of the places ``about`` one, each by how near it is, added up."""
    votes: dict[str, float] = {}
    for j, near in about:
        for name, share in shares[j].items():
            votes[name] = votes.get(name, 0.0) + near * share
    return votes


def _heads(ranking: Ranking) -> dict[str, float]:
    """How likely a place is of each list or party."""
    shares: dict[str, float] = {}
    for one in ranking:
        head = head_of(one.candidate.concept)
        shares[head] = shares.get(head, 0.0) + one.probability
    return shares


def _parties(ranking: Ranking) -> dict[str, float]:
    """How likely a place is for some detail of each party."""
    shares = dict.fromkeys(PARTIES, 0.0)
    for one in ranking:
        head = head_of(one.candidate.concept)
        if head in PARTIES and group_of(one.candidate.concept) == "party":
            shares[head] += one.probability
    return shares


def nearness(one: Spot, other: Spot) -> float:
    """How much two places belong together: 1 side by side on a line, less line by line, 0 from 70 points on."""
    if one.page != other.page:
        return 0.0
    down = abs(one.box[3] - other.box[3])
    across = max(one.box[0] - other.box[2], other.box[0] - one.box[2], 0.0)
    if down > _BLOCK_PT or across > 160:
        return 0.0
    return max(0.0, 1 - down / _BLOCK_PT) * max(0.2, 1 - across / 200)
