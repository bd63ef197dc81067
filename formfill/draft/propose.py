"""From places and their ranked candidates to a proposed map: what each place is, looked at as a whole form.

Fails safe: what is not likely enough stays empty as ``leave: unknown`` with a guess (``doubt.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from formfill.draft.candidates import NONE, Candidate, head_of
from formfill.draft.company import company_evidence, nearness
from formfill.draft.doubt import doubt
from formfill.draft.doubt_form import doubt_form
from formfill.draft.evidence import form_evidence
from formfill.draft.facts import Detection
from formfill.draft.labels import read_form
from formfill.draft.lists import settle_lists
from formfill.draft.meant import meant
from formfill.draft.proposal import Proposal, tail_of
from formfill.draft.ranker import Ranked, rank
from formfill.draft.seen import Seen
from formfill.draft.wordings import PARTIES, asked, manner, wordings
from formfill.model.vocabulary import vocabulary

#: Values of one short line: a tall box that speaks of one is for a sticker.
_ONE_LINE = frozenset({"patient.mrn", "patient.account_number", "patient.birth_date", "patient.ssn"})
_ADDRESS = frozenset({"street", "address", "city", "state", "zip", "city_state_zip", "unit"})
_CONTACT = _ADDRESS | {"name", "phone", "fax", "email", "attention", "organization"}
#: Concepts that answer the same question, more or less fully: doubt between them is no doubt of what is asked.
_ALIKE = (
    frozenset({"street", "address", "city_state_zip"}),
    frozenset({"name", "organization", "attention", "full_name", "site_text"}),
    frozenset({"phone", "phone_home", "phone_mobile", "phone_work"}),
)
#: Lists of which a box may name several at once.
_OPEN_LISTS = frozenset({"records", "purpose", "delivery"})
#: A box names no more kinds of record than this side by side.
_SEVERAL = 3
#: Who asks for one kind of record does not get them all.
_WHOLE = frozenset({"records.all", "records.abstract"})
#: A place is none where that is likelier than this.
_NOTHING = 0.55
#: How much a neighbour, and the name at the head of a block, speak for the party of a place.
_NEAR_WEIGHT = 0.55
_HEAD_WEIGHT = 1.0
#: A box higher than this, in points, has room for a patient label.
_STICKER_PT = 38

#: What stands between the things that a label names side by side.
_SIDE_BY_SIDE = re.compile(r"[/,&+]|\b(and|or|y|e|o|u)\b")
#: One or several: "report(s)".
_PLURAL = re.compile(r"\((?:e?s|ies)\)")
#: The words for phone, fax and e-mail.
_CONTACTS = re.compile(r"phone|fax|e-? ?mail")

#: A candidate's kind, and what its concept shares with those that answer the same question.
_Kin = tuple[str, str, frozenset[str]]


def propose(detection: Detection, known: Mapping[str, float] | None = None) -> list[Proposal]:
    """A proposal for every place of a form, in reading order; those that are none are left out."""
    proposals = [_first(seen, ranked) for seen, ranked in ranked_places(detection, known)]
    _agree_on_parties(proposals)
    _one_place_a_label(proposals)
    found = [proposal for proposal in proposals if proposal.concept != NONE]
    _addresses(found)
    _first_named(found)
    _dates(found)
    _names(found)
    _printed_names(found)
    _sites(found)
    settle_lists(found)
    doubt_form(found)
    for proposal in found:
        doubt(proposal)
        spot = proposal.spot
        if spot.kind == "text" and spot.box[3] - spot.box[1] > _STICKER_PT and proposal.concept in _ONE_LINE:
            proposal.leave(proposal.concept)
    return found


def ranked_places(detection: Detection, known: Mapping[str, float] | None = None) -> list[tuple[Seen, list[Ranked]]]:
    """Every place of a form with its candidates, ranked alone and then by their company, the likeliest first."""
    places = list(form_evidence(detection, read_form(detection)))
    seen = [one for one, _ in places]
    alone = [rank(candidates, known) for _, candidates in places]
    together = company_evidence(seen, alone)
    return [
        (one, rank(candidates, known, ranking)) for one, candidates, ranking in zip(seen, together, alone, strict=True)
    ]


def _first(seen: Seen, ranked: list[Ranked]) -> Proposal:
    """What a place is by its own evidence: the likeliest candidate, as sure as all of its kin together."""
    nothing = sum(one.probability for one in ranked if one.candidate.concept == NONE)
    best, confidence = ranked[0], ranked[0].probability
    also: frozenset[str] = frozenset()
    if nothing <= _NOTHING:
        together = _named_together(seen)
        kin: dict[_Kin, float] = {}
        for one in ranked:
            own = _kin(one.candidate, together)
            kin[own] = kin.get(own, 0.0) + one.probability
        ranked = sorted(ranked, key=lambda one: one.candidate.concept == NONE)
        best = max(
            (one for one in ranked if one.candidate.concept != NONE),
            key=lambda one: (round(kin[_kin(one.candidate, together)], 4), one.probability),
        )
        confidence = kin[_kin(best.candidate, together)]
        also = together if best.candidate.kind == "check" and best.candidate.concept in together else frozenset()
    candidate = best.candidate
    if candidate.concept != NONE:
        confidence = confidence / max(1e-9, 1 - nothing) * min(1.0, 1.15 - nothing)
    proposal = Proposal(
        seen.spot,
        seen,
        ranked,
        candidate.concept,
        candidate.kind,
        candidate.excludes,
        min(confidence, 0.99),
        best.reason,
    )
    if candidate.concept.startswith("sensitive."):
        proposal.sensitive = tuple(ask for ask in wordings().asks if ask.startswith("sensitive.") and ask in seen.asks)
    proposal.together = tuple(sorted(also))
    return proposal


def _named_together(seen: Seen) -> frozenset[str]:
    """The concepts of one list that a box's label names side by side: "Lab/Pathology" is ticked for either.

    For a text, what it asks of somebody: "Fax/E-mail" is answered by one of them.
    """
    if seen.spot.kind != "check":
        several = frozenset(meant(seen.label)) & {"phone", "fax", "email"}
        return several if len(several) > 1 else frozenset()
    if "excludes" in manner(seen.label):
        return frozenset()
    before_brackets = re.split(r"[(;:]", re.sub(_PLURAL, "", seen.label.lstrip(" (#.-*")))[0]
    # what only the cut made of the label does not count
    spans = {ask: span for ask, span in _spans_in_lists(before_brackets).items() if ask in seen.asks}
    if not spans:  # "Electronic copy (CD, USB)": the brackets say of what kind
        before_brackets = seen.label
        spans = {ask: span for ask, span in _spans_in_lists(before_brackets).items() if head_of(ask) == "delivery"}
    named = sorted(spans, key=lambda ask: (spans[ask], ask))
    for ask, following in pairwise(named):
        (start, end), (then, last) = spans[ask], spans[following]
        # "X-ray reports/films" is a kind of report and, wholly, of film
        between = before_brackets[start:then] if then > start else before_brackets[end if end < last else start : last]
        if not _SIDE_BY_SIDE.search(between):
            return frozenset()  # "Cardiac Cath Lab": two wordings, one thing
    of_list = head_of(named[0]) if named else ""
    found = frozenset(ask for ask in named if head_of(ask) == of_list)
    return found if 1 < len(found) <= _SEVERAL else frozenset()  # more is a summary of the record


def _spans_in_lists(text: str) -> dict[str, tuple[int, int]]:
    """Where in a folded text each thing of an open list is first named."""
    found = {}
    for ask in asked(text):
        match = wordings().asks[ask].search(text)
        if match and head_of(ask) in _OPEN_LISTS and ask in vocabulary().concepts and ask not in _WHOLE:
            found[ask] = match.span()
    return found


def _kin(candidate: Candidate, together: frozenset[str] = frozenset()) -> _Kin:
    """What a candidate shares with all that answer the same question, for the same party and kind."""
    head, tail = head_of(candidate.concept), tail_of(candidate.concept)
    if candidate.concept in together or (head in PARTIES and tail in together):
        return candidate.kind, head, together
    return candidate.kind, head, next((kin for kin in _ALIKE if tail in kin), frozenset({tail}))


# whose it is


def _agree_on_parties(proposals: Sequence[Proposal]) -> None:
    """Name, street, city and phone that stand together are one party's: neighbours speak for each other."""
    blocks = [p for p in proposals if p.head in PARTIES and p.tail in _CONTACT]
    shares = {id(p): {party: _party_share(p, party) for party in PARTIES} for p in blocks}
    first = {key: dict(value) for key, value in shares.items()}
    for _ in range(3):
        now = {}
        for p in blocks:
            score = dict(first[id(p)])
            for other in blocks:
                if other is p:
                    continue
                near = nearness(p.spot, other.spot)
                if other.seen is p.seen.block:
                    near += _HEAD_WEIGHT  # the name at the head of the block says whose the block is
                if near > 0:
                    for party in PARTIES:
                        score[party] += _NEAR_WEIGHT * near * shares[id(other)][party]
            total = sum(score.values()) or 1.0
            now[id(p)] = {party: value / total for party, value in score.items()}
        shares = now
    for p in blocks:
        best = max(PARTIES, key=lambda party: shares[id(p)][party])
        if best != p.head:
            name = f"{best}.{p.tail}"
            own = max(
                (one for one in p.ranked if one.candidate.concept == name), key=lambda o: o.probability, default=None
            )
            if own is not None and own.probability > 0.02 and shares[id(p)][best] > 0.5:
                p.concept, p.kind, p.reason = name, own.candidate.kind, (*own.reason, "as the places around it")
                p.confidence = min(p.confidence, shares[id(p)][best])


def _party_share(p: Proposal, party: str) -> float:
    """How likely a place is for some contact detail of ``party``, 0 to 1."""
    return sum(
        one.probability
        for one in p.ranked
        if head_of(one.candidate.concept) == party and tail_of(one.candidate.concept) in _CONTACT
    )


# one place for one label


def _one_place_a_label(proposals: Sequence[Proposal]) -> None:
    """Where the same words could name several places, the likeliest has them."""
    owners: dict[int, list[Proposal]] = {}
    for p in proposals:
        if p.concept in (NONE, "other", "staff.use") or p.spot.kind != "text" or not p.seen.reading.rivals:
            continue
        words = p.seen.reading.left[-1:] if p.seen.where.startswith("left") else p.seen.reading.caption[:1]
        for word in words:
            owners.setdefault(id(word), []).append(p)
    for rivals in owners.values():
        same = [p for p in rivals if p.concept == rivals[0].concept]
        for p in sorted(same, key=lambda p: -p.confidence)[1:]:
            if p.spot.widget is None:
                p.concept = NONE


# the whole form


def _addresses(found: Sequence[Proposal]) -> None:
    """A street line that no city, state or ZIP follows takes the whole address, and the reverse."""
    for p in found:
        if p.head not in PARTIES or p.tail not in ("street", "address"):
            continue
        parts = [
            q for q in found
            if q is not p and q.head == p.head and q.tail in ("city", "zip", "city_state_zip")
            and q.spot.page == p.spot.page and abs(q.spot.box[3] - p.spot.box[3]) < 75
        ]  # fmt: skip
        _become(p, "street" if parts else "address")
    for p in found:
        # "City" alone, with neither state nor ZIP beside it, is short for the line
        if p.head in PARTIES and p.tail == "city" and p.spot.box[2] - p.spot.box[0] > 150:
            others = {
                q.tail
                for q in found
                if q.head == p.head and q.spot.page == p.spot.page and abs(q.spot.box[3] - p.spot.box[3]) < 40
            }
            if not others & {"state", "zip"}:
                _become(p, "city_state_zip")


def _first_named(found: Sequence[Proposal]) -> None:
    """A place for "Fax or e-mail" takes what is named first."""
    for p in found:
        together = _named_together(p.seen)
        if p.spot.kind == "text" and p.head in PARTIES and p.tail in together:
            places = {match[0][0]: match.start() for match in reversed(list(_CONTACTS.finditer(p.seen.label)))}
            _become(p, min(together, key=lambda ask: places.get(ask[0], len(p.seen.label))))


def _become(p: Proposal, tail: str) -> None:
    """Make a place another one of its party, if there is such a concept."""
    if f"{p.head}.{tail}" in vocabulary().concepts:
        p.concept = f"{p.head}.{tail}"


def _dates(found: Sequence[Proposal]) -> None:
    """A first day without a last one is the whole span, if there is room; a last one without a first is doubtful."""
    starts = [p for p in found if p.concept == "request.date_from"]
    ends = [p for p in found if p.concept == "request.date_to"]
    if len(starts) == 1 and not ends:
        spot = starts[0].spot
        if not spot.pieces and spot.box[2] - spot.box[0] > 110:
            starts[0].concept = "request.dates"
    if ends and not starts:
        for p in ends:
            p.leave("request.date_to")


def _sites(found: Sequence[Proposal]) -> None:
    """Where nothing else asks who releases the records, the place for a site takes the provider's name."""
    if any(p.concept == "provider.name" for p in found):
        return
    for p in found:
        if p.concept == "provider.site_text" and p.seen.asks & {"organization", "name"} and "other" not in p.seen.asks:
            p.concept = "provider.name"
            return


def _names(found: Sequence[Proposal]) -> None:
    """A middle name needs a first one."""
    if any(p.concept == "patient.first_name" for p in found):
        return
    for p in found:
        if p.concept == "patient.middle_name":
            p.leave("patient.middle_name")


def _printed_names(found: Sequence[Proposal]) -> None:
    """The first "print name" under a signature is the signer's, whoever that is; it says "representative" otherwise."""
    if any(p.concept == "signature.printed_name" for p in found):
        return
    for p in found:
        asks = p.seen.asks
        if (
            p.concept == "representative.name"
            and "printed_name" in asks
            and ("self" in asks or "representative" not in asks or re.search(r"patient|paciente", p.seen.label))
        ):
            p.concept = "signature.printed_name"
            return
