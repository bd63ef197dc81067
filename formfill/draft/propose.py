"""From places and their ranked candidates to a proposed map: what each place is, looked at as a whole form.

Fails safe: what is not likely enough stays empty as ``leave: unknown`` with a guess (``doubt.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from formfill.draft.candidates import NONE, Candidate, head_of
from formfill.draft.company import company_evidence
from formfill.draft.doubt import doubt
from formfill.draft.doubt_form import doubt_form
from formfill.draft.evidence import form_evidence
from formfill.draft.facts import Detection
from formfill.draft.further import with_further_lines
from formfill.draft.labels import read_form
from formfill.draft.lists import settle_lists
from formfill.draft.meant import meant
from formfill.draft.own_label import told, told_of_others
from formfill.draft.proposal import Proposal, tail_of
from formfill.draft.ranker import Ranked, nothing, rank
from formfill.draft.seen import Seen
from formfill.draft.settled import settle
from formfill.draft.whose import whose
from formfill.draft.wordings import PARTIES, asked, manner, spoken_of, wordings
from formfill.model.vocabulary import vocabulary

#: Values of one short line: a tall box that speaks of one is for a sticker.
_ONE_LINE = frozenset({"patient.mrn", "patient.account_number", "patient.birth_date", "patient.ssn"})
_ADDRESS = frozenset({"street", "address", "city", "state", "zip", "city_state_zip", "unit"})
_CONTACT = _ADDRESS | {"name", "full_name", "phone", "fax", "email", "attention", "organization"}
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
#: No place is surer than this.
_SUREST = 0.99
#: The printed name of whoever signs.
_SIGNER = "signature.printed_name"
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
    _first_named(found)
    _printed_names(found)
    settle(found)
    settle_lists(found)
    doubt_form(found)
    for proposal in found:
        doubt(proposal)
        spot = proposal.spot
        if spot.kind == "text" and spot.box[3] - spot.box[1] > _STICKER_PT and proposal.concept in _ONE_LINE:
            proposal.leave(proposal.concept)
    return with_further_lines(found)


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
    none = nothing(ranked)
    best, confidence = ranked[0], ranked[0].probability
    also: frozenset[str] = frozenset()
    if none <= _NOTHING:
        together = _named_together(seen)
        kin: dict[_Kin, float] = {}
        anybodys: dict[_Kin, float] = {}
        for one in ranked:
            own = _kin(one.candidate, together)
            kin[own] = kin.get(own, 0.0) + one.probability
            anybodys[_anybodys(own)] = anybodys.get(_anybodys(own), 0.0) + one.probability
        ranked = sorted(ranked, key=lambda one: one.candidate.concept == NONE)
        best = max(
            (one for one in ranked if one.candidate.concept != NONE),
            key=lambda one: (
                round(anybodys[_anybodys(_kin(one.candidate, together))], 4),
                round(kin[_kin(one.candidate, together)], 4),
                one.probability,
            ),
        )
        confidence = kin[_kin(best.candidate, together)]
        also = together if best.candidate.kind == "check" and best.candidate.concept in together else frozenset()
        if best.candidate.concept == "other" and (known := told_of_others(seen, ranked)):
            best, confidence = known, known.probability * (1 - none)
    elif known := told(seen, ranked):
        best, confidence, none = known, known.probability, 1 - known.probability
    candidate = best.candidate
    if candidate.concept != NONE:
        confidence = _confidence(none, confidence)
    proposal = Proposal(
        seen.spot,
        seen,
        ranked,
        candidate.concept,
        candidate.kind,
        candidate.excludes,
        confidence,
        best.reason,
    )
    if candidate.concept.startswith("sensitive."):
        proposal.sensitive = tuple(ask for ask in wordings().asks if ask.startswith("sensitive.") and ask in seen.asks)
    proposal.together = tuple(sorted(also))
    return proposal


def _confidence(none: float, share: float) -> float:
    """How sure ``share`` of a place's candidates makes one, given how likely the place is none, 0 to 1."""
    return min(_SUREST, share / max(1e-9, 1 - none) * min(1.0, 1.15 - none))


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


def _of_kin(p: Proposal) -> _Kin:
    """What a proposal shares with all that answer the same question."""
    return _kin(Candidate(p.concept, p.kind))


def _anybodys(kin: _Kin) -> _Kin:
    """What answers the same question of whichever party: what is asked is told before of whom."""
    kind, head, tails = kin
    return (kind, "", tails) if head in PARTIES else kin


# whose it is


def _agree_on_parties(proposals: Sequence[Proposal]) -> None:
    """Name, street, city and phone that stand together are one party's: what all of a block say decides."""
    for p, shares in whose(proposals):
        if p.head not in PARTIES or p.tail not in _CONTACT:
            continue
        together = _named_together(p.seen)
        kind, _, tails = _kin(Candidate(p.concept, p.kind), together)
        alike = [one for one in p.ranked if _kin(one.candidate, together) in {(kind, head, tails) for head in PARTIES}]
        best = max(PARTIES, key=lambda party: shares[party])
        own = [one for one in alike if head_of(one.candidate.concept) == best]
        if not own:
            continue
        if best != p.head:
            likeliest = max(own, key=lambda one: one.probability)
            p.concept, p.reason = likeliest.candidate.concept, (*likeliest.reason, "as the places around it")
        p.whose = shares[best]
        p.confidence = _confidence(nothing(p.ranked), sum(one.probability for one in alike)) * p.whose


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
        best = max(rivals, key=lambda p: p.confidence)
        for p in rivals:
            if p is not best and p.spot.widget is None and _of_kin(p) == _of_kin(best):
                p.concept = NONE


# the whole form


def _first_named(found: Sequence[Proposal]) -> None:
    """A place for "Fax or e-mail" takes what is named first."""
    for p in found:
        together = _named_together(p.seen)
        if p.spot.kind == "text" and p.head in PARTIES and p.tail in together:
            places = {match[0][0]: match.start() for match in reversed(list(_CONTACTS.finditer(p.seen.label)))}
            p.become(min(together, key=lambda ask: places.get(ask[0], len(p.seen.label))))


def _printed_names(found: Sequence[Proposal]) -> None:
    """A "print name" is the signer's or the representative's, as it says; if it does not, the first is the signer's."""
    printed = [
        p
        for p in found
        if p.concept in (_SIGNER, "representative.name") and "printed_name" in asked(_whole_label(p.seen))
    ]
    for p in printed:
        named = spoken_of(_whole_label(p.seen))
        if "signer" in named or ("patient" in named and "representative" not in named):
            p.concept = _SIGNER
        elif "representative" in named:
            p.concept = "representative.name"
    if not any(p.concept == _SIGNER for p in found):
        for p in printed:
            if "representative" not in spoken_of(_whole_label(p.seen)):
                p.concept = _SIGNER
                return


def _whole_label(seen: Seen) -> str:
    """A place's label; all of it, where it stands before the place and is long."""
    return seen.slots["left"] if seen.where == "left_near" else seen.label
