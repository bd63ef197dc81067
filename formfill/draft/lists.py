"""Which list a box, or the line behind "Other", stands in: the same word means another thing in each.

"Other" under the reason for a disclosure is a purpose, not a kind of record, and "Self" there is no recipient. A radio
group is one list; else the cell at the left of a row and the heading over it say which, and the other boxes below the
same heading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from formfill.draft.candidates import head_of
from formfill.draft.meant import share_told
from formfill.draft.proposal import Proposal
from formfill.draft.seen import LEADING_RUNS, LISTS, list_in
from formfill.draft.wordings import folded, wordings

#: What boxes of the lists are taken for by their words alone.
_MISTAKEN = frozenset({"recipient.self", "recipient.other_option"})
#: A box this sure says what list it is in.
_SURE = 0.6
#: So many boxes of one section make a list, if no heading names it.
_MANY = 3
#: How far above or below a box the others of its list stand, in points.
_LIST_PT = 90.0
#: How far from "Other" the line lies that belongs to it.
_LINE_PT = 45.0
#: A candidate less likely than this is none.
_LEAST = 0.02
#: A heading speaks of something if so much of it does, and it is no longer than this.
_MOST = 0.55
_HEADING = 90


def settle_lists(found: Sequence[Proposal]) -> None:
    """Make boxes that were taken for another list's what they are in their own, and so the lines behind "Other"."""
    boxes = [p for p in found if p.spot.kind == "check" and p.kind == "check"]
    own = {id(p): _list_of(p, boxes) for p in boxes}
    for p in boxes:
        told = own[id(p)]
        if told and told != p.head and (p.head in LISTS or p.concept in _MISTAKEN):
            _move(p, told)
    others = [p for p in boxes if p.tail == "other" and p.head in LISTS]
    for p in found:
        if p.kind == "text" and p.tail == "other_text" and p.head in LISTS:
            near = [box for box in others if _same_section(box, p) and -3 < p.spot.box[3] - box.spot.box[3] < _LINE_PT]
            box = min(near, key=lambda box: _apart(box, p), default=None)
            if box is not None and box.head != p.head:
                p.concept = f"{box.head}.other_text"


def under_sensitive(p: Proposal) -> bool:
    """Whether the line that leads to a box, or the cell before its row, is a protected category's: "Psychiatry:"."""
    sensitive = frozenset(ask for ask in wordings().asks if ask.startswith("sensitive."))
    return any(_speaks_of(said, sensitive) for said in (*_lead(p), p.seen.reading.margin))


def under_staff(p: Proposal) -> bool:
    """Whether a box stands in the staff's part of the form: "For office use only"."""
    section = p.seen.reading.section
    return any(_speaks_of(said, frozenset({"staff"})) for said in (*_lead(p), *section.heading[:1]))


def _lead(p: Proposal) -> tuple[str, ...]:
    """The nearest line over a place, in its section, that ends in a colon."""
    section = p.seen.reading.section
    runs = (*section.under[:LEADING_RUNS], *section.heading[:1])
    return tuple(run for run in runs if run.rstrip().endswith(":"))[:1]


def _speaks_of(said: str, asks: frozenset[str]) -> bool:
    """Whether a heading, as printed, speaks of ``asks`` and of little else."""
    return 0 < len(said) <= _HEADING and share_told(folded(said), asks) >= _MOST


def _list_of(p: Proposal, boxes: Sequence[Proposal]) -> str:
    """The list that a box stands in, by what is around it; "" where that is not told."""
    sure = [q for q in boxes if q is not p and q.head in LISTS and q.tail != "other" and q.confidence >= _SURE]
    widget = p.spot.widget
    if widget is not None and widget.kind == "radio":
        group = Counter(q.head for q in sure if q.spot.widget is not None and q.spot.widget.field == widget.field)
        if len(group) == 1 and group.total() > 1:
            return next(iter(group))
    near = [q for q in sure if _same_section(p, q) and abs(q.spot.box[3] - p.spot.box[3]) < _LIST_PT]
    votes = Counter(q.head for q in near)
    named = p.seen.led
    if votes[p.head] and p.tail != "other":
        return ""  # boxes of its own kind stand beside it: the list has more than one
    if named and (votes[named] > 1 or (not votes and list_in(p.seen.reading.margin))):
        return named
    if p.head in LISTS and p.tail == "other" and len(votes) == 1 and votes.total() >= _MANY:
        return next(iter(votes))
    return ""


def _same_section(one: Proposal, other: Proposal) -> bool:
    """Whether two places stand on one page below the same heading and behind the same cell."""
    a, b = one.seen.reading, other.seen.reading
    return one.spot.page == other.spot.page and (a.section.heading, a.margin) == (b.section.heading, b.margin)


def _apart(one: Proposal, other: Proposal) -> float:
    """How far two places lie apart, down and across, in points."""
    a, b = one.spot.box, other.spot.box
    return abs(a[3] - b[3]) + max(a[0] - b[2], b[0] - a[2], 0.0)


def _move(p: Proposal, told: str) -> None:
    """Make a box the likeliest thing of the list it stands in; what is nothing there keeps its concept."""
    if p.tail in ("other", "other_option"):
        # which of the lists it was in was the doubt, not that it is for something else
        others = [one.probability for one in p.ranked if one.candidate.concept.endswith((".other", ".other_option"))]
        p.concept, p.confidence = f"{told}.other", min(0.99, max(p.confidence, sum(others)))
        p.reason = (*p.reason, f"in the list of {told}")
        return
    mine = [one for one in p.ranked if head_of(one.candidate.concept) == told and one.candidate.kind == "check"]
    best = max(mine, key=lambda one: one.probability, default=None)
    if best is None or best.probability < _LEAST:
        return
    p.confidence = best.probability / sum(one.probability for one in mine)
    p.concept, p.excludes, p.together = best.candidate.concept, best.candidate.excludes, ()
    p.reason = (*best.reason, f"in the list of {told}")
