"""A place beside words that ask one thing and nothing else: it is hardly none, whatever else speaks against it.

Forms differ most in how they leave room, and little in how they word what they ask: a frame with "City", "State" and
"Zip" stacked in it may look like nothing that was ever labelled.
"""

from __future__ import annotations

from collections.abc import Sequence

from formfill.draft.candidates import NONE
from formfill.draft.meant import meant, share_told
from formfill.draft.ranker import Ranked
from formfill.draft.seen import Seen
from formfill.draft.wordings import wordings

#: What a person or an organisation is asked, in a word or two.
_DETAILS = frozenset({
    "name", "full_name", "first_name", "last_name", "birth_date", "mrn", "ssn", "address", "street", "city", "state",
    "zip", "city_state_zip", "phone", "phone_home", "phone_mobile", "phone_work", "fax", "email", "relationship",
    "date_from", "date_to", "dates",
})  # fmt: skip
#: The share of a label's letters that its one question has.
_WHOLLY = 0.8
#: How sure it must be which of the concepts that ask so is meant.
_SURE = 0.7
#: A place that is likelier none than this is none all the same.
_MOST_NOTHING = 0.9


def told(seen: Seen, ranked: Sequence[Ranked]) -> Ranked | None:
    """What a place is by its own label alone, with its share of all that is not none; None where that is not sure."""
    nothing = sum(one.probability for one in ranked if one.candidate.concept == NONE)
    if nothing > _MOST_NOTHING or not _is_label(seen):
        return None
    [ask] = meant(seen.label)
    best = next(one for one in ranked if one.candidate.concept != NONE)
    sure = best.probability / (1 - nothing)
    if sure < _SURE or ask not in wordings().concepts.get(best.candidate.concept, ()):
        return None
    return Ranked(best.candidate, sure, best.reason, best.score)


def _is_label(seen: Seen) -> bool:
    """Whether the words right before a place ask one detail and nothing else.

    Without a line or a wall about it, they end in a colon; what stands in brackets is the caption of another place.
    """
    asks, label = meant(seen.label), seen.label
    if seen.spot.kind != "text" or seen.where != "left_near" or len(asks) != 1 or label.startswith("("):
        return False
    if seen.spot.sign == "colon" and not label.endswith(":"):
        return False
    return asks[0] in _DETAILS and share_told(label, frozenset(asks)) >= _WHOLLY
