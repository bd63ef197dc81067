"""What only its company shows to be doubtful: a place in the staff's corner, a box that another one is already, boxes
that cannot be ticked alone."""

from __future__ import annotations

from collections.abc import Sequence

from formfill.draft.proposal import Proposal
from formfill.draft.wordings import asked

#: Lines of one stack end at the same x, and the next is no farther than this up or down, in points.
_END_PT = 14.0
_STACK_PT = 42.0
#: So many of a stack's lines that are the staff's make it theirs.
_STAFF_LINES = 2
#: A form asks a kind of record, a purpose or a format once: another box for it must be as sure as this.
_SURE_AGAIN = 0.75
_ONCE = frozenset({"records", "purpose", "delivery"})


def doubt_form(found: Sequence[Proposal]) -> None:
    """Leave what stands in the staff's corner, what is doubtful beside a surer box for the same, and boxes of one field
    with one state that are for several things."""
    texts = [p for p in found if p.kind == "text"]
    for p in texts:
        stack = [q for q in texts if q is not p and _stacked(p, q)]
        if p.concept != "staff.use" and sum(_for_staff(q) for q in stack) >= _STAFF_LINES:
            p.leave(p.concept)
    ticked_together = _one_state(found)
    as_one = {id(p) for same in ticked_together for p in same}
    for p in _asked_again([p for p in found if id(p) not in as_one]):
        p.leave(p.concept)
    for same in ticked_together:
        if len({p.concept for p in same}) > 1:
            for p in same:
                p.leave(p.concept)


def _asked_again(found: Sequence[Proposal]) -> list[Proposal]:
    """The boxes for what another box is for, which is surer: "Mammograms" beside "X-ray reports"."""
    surest: dict[tuple[str, bool], float] = {}
    boxes = [p for p in found if p.kind == "check" and p.head in _ONCE]
    for p in boxes:
        surest[p.concept, p.excludes] = max(surest.get((p.concept, p.excludes), 0.0), p.confidence)
    return [p for p in boxes if p.confidence < min(_SURE_AGAIN, surest[p.concept, p.excludes])]


def _for_staff(p: Proposal) -> bool:
    """Whether a place is the staff's, or its words speak of what they do: "Pages copied"."""
    return p.concept == "staff.use" or "staff" in asked(p.seen.label)


def _stacked(one: Proposal, other: Proposal) -> bool:
    """Whether two printed lines are of one stack: below each other, and ending together."""
    a, b = one.spot.box, other.spot.box
    if one.spot.page != other.spot.page or one.spot.widget is not None or other.spot.widget is not None:
        return False
    return 4 < abs(a[3] - b[3]) < _STACK_PT and abs(a[2] - b[2]) < _END_PT


def _one_state(found: Sequence[Proposal]) -> list[list[Proposal]]:
    """The boxes that are ticked together whatever is meant: widgets of one field with the same on-state."""
    states: dict[tuple[str, str], list[Proposal]] = {}
    for p in found:
        widget = p.spot.widget
        if p.spot.kind == "check" and widget is not None and widget.option is not None:
            states.setdefault((widget.field, widget.option), []).append(p)
    return [same for same in states.values() if len(same) > 1]
