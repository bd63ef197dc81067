"""The further lines of a text: what a list's "Other" asks may run on below the line beside the box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from formfill.draft.proposal import Proposal
from formfill.pdf.geometry import ShownBox

#: What is told in words as long as they need be.
_IN_WORDS = frozenset({"records.other_text", "purpose.other_text", "purpose.text", "delivery.other_text"})
#: From foot to foot of two lines of one text, in points.
_PITCH_PT = (7.0, 24.0)
#: Where the words of a further line's label may stand: in its row there are none.
_NO_LABEL = frozenset({"column", "caption", "nowhere", "field", "tooltip"})


def with_further_lines(found: Sequence[Proposal]) -> list[Proposal]:
    """The places of a form; lines below one that ask the same and have no label of their own are further lines of it.

    A form field cannot run on into another: what does not fit in the first is told on a page behind the form, and the
    others are left.
    """
    kept: list[Proposal] = []
    begun: list[tuple[Proposal, ShownBox]] = []  # a text's first place, and its last line so far
    for p in found:
        lines = p.spot.lines or (p.spot.box,)
        i = next((i for i, (first, last) in enumerate(begun) if _runs_on(first, last, p)), None)
        if i is None:
            kept.append(p)
            begun += [(p, lines[-1])] if p.concept in _IN_WORDS else []
            continue
        first = begun[i][0]
        begun[i] = (first, lines[-1])
        if first.spot.widget or p.spot.widget:
            p.concept, p.reason, p.guess = "other", (f"a further line of {first.concept}",), ""
            kept.append(p)
        else:
            first.spot = replace(first.spot, lines=(*(first.spot.lines or (first.spot.box,)), *lines))
    return kept


def _runs_on(first: Proposal, last: ShownBox, other: Proposal) -> bool:
    """Whether the text that begins in ``first`` and whose last line is ``last`` goes on in ``other``."""
    if (other.guess or other.concept) != first.concept or other.seen.where not in _NO_LABEL:
        return False
    if first.spot.page != other.spot.page or first.spot.pieces or other.spot.pieces:
        return False
    (x0, _, x1, foot), below = last, other.spot.box
    common = min(x1, below[2]) - max(x0, below[0])
    return _PITCH_PT[0] < below[3] - foot < _PITCH_PT[1] and common > 0.5 * min(x1 - x0, below[2] - below[0])
