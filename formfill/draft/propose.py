"""From places and their ranked candidates to a proposed map: what each place is, looked at as a whole form.

Fails safe: what is not likely enough stays empty as ``leave: unknown`` with a guess; where a signature, a staff
member's or a sensitive category may be meant, more certainty is wanted than elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from formfill.draft.evidence import Candidate, Seen, form_evidence
from formfill.draft.facts import Detection, Spot
from formfill.draft.labels import read_form
from formfill.draft.ranker import Ranked, rank
from formfill.draft.wordings import coverage, wordings
from formfill.model.vocabulary import vocabulary

#: Below this a place is left for a person to decide.
SURE_TEXT = 0.33
SURE_TICK = 0.6
SURE_SENSITIVE = 0.75
SURE_EXCLUDED = 0.9
#: A place that may be a signature's, a staff member's or the like by more than this stays empty.
_DANGER = 0.14
_HANDS = ("signature.", "witness.", "interpreter.", "staff.")
#: Ticking these is never sure from the print alone: which way the records go, and which of several options is meant.
_PERSON_DECIDES = frozenset({
    "direction.release", "direction.obtain", "direction.exchange", "recipient.other_option", "request.dates_option",
})  # fmt: skip
#: Values of one short line: a tall box that speaks of one is for a sticker.
_ONE_LINE = frozenset({"patient.mrn", "patient.account_number", "patient.birth_date", "patient.ssn"})
_PARTIES = ("patient", "provider", "recipient", "representative")
_ADDRESS = frozenset({"street", "address", "city", "state", "zip", "city_state_zip", "unit"})
_CONTACT = _ADDRESS | {"name", "phone", "fax", "email", "attention", "organization"}


@dataclass
class Proposal:
    """What one place probably is. ``concept`` is ``none`` for a place that is none; ``guess`` says what an unknown one
    might be; ``sensitive`` are all categories that the print beside a sensitive box names."""

    spot: Spot
    seen: Seen
    ranked: list[Ranked]
    concept: str
    kind: str
    excludes: bool
    confidence: float
    reason: tuple[str, ...] = ()
    guess: str = ""
    sensitive: tuple[str, ...] = field(default=())

    def leave(self, guess: str) -> None:
        self.concept, self.guess = "unknown", guess


def propose(detection: Detection, known: Mapping[str, float] | None = None) -> list[Proposal]:
    """A proposal for every place of a form, in reading order; those that are none are left out."""
    proposals = [
        _first(seen, rank(candidates, known)) for seen, candidates in form_evidence(detection, read_form(detection))
    ]
    _agree_on_parties(proposals)
    _one_place_a_label(proposals)
    found = [proposal for proposal in proposals if proposal.concept != "none"]
    _addresses(found)
    _dates(found)
    _names(found)
    _printed_names(found)
    for proposal in found:
        _doubt(proposal)
        if proposal.spot.kind == "text" and proposal.spot.box[3] - proposal.spot.box[1] > 38 and proposal.concept in _ONE_LINE:
            proposal.leave(proposal.concept)  # room for a patient label
    return found


#: Concepts that answer the same question, more or less fully: doubt between them is no doubt of what is asked.
_ALIKE = (
    frozenset({"street", "address", "city_state_zip"}),
    frozenset({"name", "organization", "attention", "full_name", "site_text"}),
    frozenset({"phone", "phone_home", "phone_mobile", "phone_work"}),
)


def _kin(concept: str) -> tuple[str, frozenset[str]]:
    head, tail = _head(concept), _tail(concept)
    return head, next((kin for kin in _ALIKE if tail in kin), frozenset({tail}))


def _first(seen: Seen, ranked: list[Ranked]) -> Proposal:
    nothing = sum(one.probability for one in ranked if one.candidate.concept == "none")
    if nothing <= 0.55:
        kin: dict[tuple[str, str, frozenset[str]], float] = {}
        for one in ranked:
            key = (one.candidate.kind, *_kin(one.candidate.concept))
            kin[key] = kin.get(key, 0.0) + one.probability
        ranked = [
            Ranked(one.candidate, one.probability, one.reason) for one in ranked if one.candidate.concept != "none"
        ] + [one for one in ranked if one.candidate.concept == "none"]
        best = max(
            (one for one in ranked if one.candidate.concept != "none"),
            key=lambda one: (round(kin[(one.candidate.kind, *_kin(one.candidate.concept))], 4), one.probability),
        )
        best = Ranked(best.candidate, kin[(best.candidate.kind, *_kin(best.candidate.concept))], best.reason)
    else:
        best = ranked[0]
    candidate = best.candidate
    confidence = best.probability if candidate.concept == "none" else best.probability / max(1e-9, 1 - nothing) * min(1.0, 1.15 - nothing)
    proposal = Proposal(
        seen.spot, seen, ranked, candidate.concept, candidate.kind, candidate.excludes, min(confidence, 0.99), best.reason
    )
    if candidate.concept.startswith("sensitive."):
        proposal.sensitive = tuple(ask for ask in wordings().asks if ask.startswith("sensitive.") and ask in seen.asks)
    return proposal


def _share(proposal: Proposal, concept: str) -> float:
    return sum(one.probability for one in proposal.ranked if one.candidate.concept == concept)


def _head(concept: str) -> str:
    return concept.partition(".")[0]


def _tail(concept: str) -> str:
    return concept.partition(".")[2]


# whose it is


def _agree_on_parties(proposals: Sequence[Proposal]) -> None:
    """Name, street, city and phone that stand together are one party's: neighbours speak for each other."""
    blocks = [p for p in proposals if _head(p.concept) in _PARTIES and _tail(p.concept) in _CONTACT]
    shares = {id(p): {party: _party_share(p, party) for party in _PARTIES} for p in blocks}
    first = {key: dict(value) for key, value in shares.items()}
    for _ in range(3):
        now = {}
        for p in blocks:
            score = dict(first[id(p)])
            for other in blocks:
                if other is p:
                    continue
                near = _nearness(p.spot, other.spot)
                if near > 0:
                    for party in _PARTIES:
                        score[party] += 0.55 * near * shares[id(other)][party]
            total = sum(score.values()) or 1.0
            now[id(p)] = {party: value / total for party, value in score.items()}
        shares = now
    for p in blocks:
        best = max(_PARTIES, key=lambda party: shares[id(p)][party])
        if best != _head(p.concept):
            name = f"{best}.{_tail(p.concept)}"
            other = max((one for one in p.ranked if one.candidate.concept == name), key=lambda o: o.probability, default=None)
            if other is not None and other.probability > 0.02 and shares[id(p)][best] > 0.5:
                p.concept, p.kind, p.reason = name, other.candidate.kind, (*other.reason, "as the places around it")
                p.confidence = min(p.confidence, shares[id(p)][best])


def _party_share(p: Proposal, party: str) -> float:
    return sum(one.probability for one in p.ranked if _head(one.candidate.concept) == party and _tail(one.candidate.concept) in _CONTACT)


def _nearness(one: Spot, other: Spot) -> float:
    """How much two places belong together: 1 side by side on a line, less line by line, 0 from 60 points on."""
    if one.page != other.page:
        return 0.0
    down = abs(one.box[3] - other.box[3])
    across = max(one.box[0] - other.box[2], other.box[0] - one.box[2], 0.0)
    if down > 60 or across > 160:
        return 0.0
    return max(0.0, 1 - down / 60) * max(0.2, 1 - across / 200)


# one place for one label


def _one_place_a_label(proposals: Sequence[Proposal]) -> None:
    """Where the same words could name several places, the likeliest has them."""
    owners: dict[int, list[Proposal]] = {}
    for p in proposals:
        if p.concept in ("none", "other", "staff.use") or p.spot.kind != "text" or not p.seen.reading.rivals:
            continue
        words = p.seen.reading.left[-1:] if p.seen.where.startswith("left") else p.seen.reading.caption[:1]
        for word in words:
            owners.setdefault(id(word), []).append(p)
    for rivals in owners.values():
        same = [p for p in rivals if p.concept == rivals[0].concept]
        for p in sorted(same, key=lambda p: -p.confidence)[1:]:
            if p.spot.widget is None:
                p.concept = "none"


# the whole form


def _addresses(found: Sequence[Proposal]) -> None:
    """A street line that no city, state or ZIP follows takes the whole address, and the reverse."""
    for p in found:
        head, tail = _head(p.concept), _tail(p.concept)
        if head not in _PARTIES or tail not in ("street", "address"):
            continue
        parts = [
            q for q in found
            if q is not p and _head(q.concept) == head and _tail(q.concept) in ("city", "zip", "city_state_zip")
            and q.spot.page == p.spot.page and abs(q.spot.box[3] - p.spot.box[3]) < 75
        ]  # fmt: skip
        wanted = "street" if parts else "address"
        if len(p.spot.lines) > 1 and parts and not any(_tail(q.concept) == "city" for q in parts):
            wanted = "street"
        if wanted != tail and f"{head}.{wanted}" in vocabulary().concepts:
            p.concept = f"{head}.{wanted}"
    for p in found:
        # "City" alone, with neither state nor ZIP beside it, is short for the line
        head, tail = _head(p.concept), _tail(p.concept)
        if head in _PARTIES and tail == "city" and p.spot.box[2] - p.spot.box[0] > 150:
            others = {_tail(q.concept) for q in found if _head(q.concept) == head and q.spot.page == p.spot.page and abs(q.spot.box[3] - p.spot.box[3]) < 40}
            if not others & {"state", "zip"} and f"{head}.city_state_zip" in vocabulary().concepts:
                p.concept = f"{head}.city_state_zip"


def _dates(found: Sequence[Proposal]) -> None:
    """A first day without a last one is the whole span."""
    starts = [p for p in found if p.concept == "request.date_from"]
    ends = [p for p in found if p.concept == "request.date_to"]
    if starts and not ends and len(starts) == 1 and not starts[0].spot.pieces and starts[0].spot.box[2] - starts[0].spot.box[0] > 110:
        starts[0].concept = "request.dates"
    if ends and not starts:
        for p in ends:
            p.leave("request.date_to")


def _names(found: Sequence[Proposal]) -> None:
    """A whole name beside a place for the last name is the first name's or nothing's; middle names need a first."""
    for p in found:
        if p.concept == "patient.middle_name" and not any(q.concept == "patient.first_name" for q in found):
            p.leave("patient.middle_name")


def _printed_names(found: Sequence[Proposal]) -> None:
    """The first "print name" under a signature is the signer's, whoever that is; it says "representative" otherwise."""
    if any(p.concept == "signature.printed_name" for p in found):
        return
    for p in found:
        asks = p.seen.asks
        if p.concept == "representative.name" and "printed_name" in asks and (
            "self" in asks or "representative" not in asks or re.search(r"patient|paciente", p.seen.label)
        ):
            p.concept = "signature.printed_name"
            return


def _doubt(p: Proposal) -> None:
    """Leave what is not sure enough."""
    if p.concept in ("other", "unknown") or p.concept.startswith(_HANDS):
        if p.concept != "signature.printed_name":
            return
    guess = f"{p.concept}{' (excluded)' if p.excludes else ''}"
    hands = sum(one.probability for one in p.ranked if _by_hand(one.candidate))
    if p.kind == "text":
        tail = {c: _share(p, c) for c in ("signature.date", "staff.use")}
        if p.confidence < SURE_TEXT or hands > max(_DANGER, 0.4 * p.confidence) or max(tail.values()) > 0.3:
            p.leave(guess)
    elif p.kind == "check":
        wanted = SURE_EXCLUDED if p.excludes else SURE_SENSITIVE if p.concept.startswith("sensitive.") else SURE_TICK
        against = sum(
            one.probability for one in p.ranked
            if one.candidate.concept == p.concept and one.candidate.excludes != p.excludes
        )  # fmt: skip
        if p.confidence < wanted or against > 0.08 or not _says_so(p):
            p.leave(guess)


#: A box is ticked only where what it stands for is this share of its words, before any bracket or comma.
_TICK_SHARE = 0.3


def _says_so(p: Proposal) -> bool:
    """Whether the words beside a box are mostly about its concept ("Labs", not "Pacific Diagnostic Labs")."""
    asks = wordings().concepts.get(p.concept, frozenset())
    if p.excludes or _head(p.concept) not in ("records", "purpose", "delivery", "sensitive"):
        return True
    text = re.split(r"[(;:.]|, | - ", p.seen.label.lstrip(" (#.-*"))[0].strip()
    spans = coverage(text)
    mine = max((spans[ask] for ask in asks if ask in spans), default=0)
    others = max((span for ask, span in spans.items() if ask not in asks and ask not in _GENERAL), default=0)
    return mine >= _TICK_SHARE * len(text) and others <= 1.4 * mine


#: Wordings too general to speak against a box's own.
_GENERAL = frozenset({"organization", "site", "provider.choice", "other", "authority", "name", "date", "release", "self"})


def _by_hand(candidate: Candidate) -> bool:
    if candidate.kind in ("signature", "initials"):
        return True
    return candidate.concept in ("signature.date", "signature.time", "signature.representative_date", "witness.name",
                                 "witness.date", "interpreter.name", "interpreter.date", "staff.use")  # fmt: skip
