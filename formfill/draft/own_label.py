"""A place beside words that ask one thing and nothing else: it is hardly none, whatever else speaks against it, and
hardly something that no form but this one asks.

Forms differ most in how they leave room, and little in how they word what they ask: a frame with "City", "State" and
"Zip" stacked in it may look like nothing that was ever labelled.
"""

from __future__ import annotations

from collections.abc import Sequence

from formfill.draft.candidates import NONE
from formfill.draft.meant import meant, share_told
from formfill.draft.ranker import Ranked, nothing
from formfill.draft.seen import Seen
from formfill.draft.wordings import wordings

#: What a person or an organisation is asked, in a word or two.
_DETAILS = frozenset({
    "name", "full_name", "first_name", "last_name", "birth_date", "mrn", "ssn", "address", "street", "city", "state",
    "zip", "city_state_zip", "phone", "phone_home", "phone_mobile", "phone_work", "fax", "email", "relationship",
    "date_from", "date_to", "dates",
})  # fmt: skip
_CONTACTS = frozenset({"phone", "fax", "email"})
#: The share of a label's letters that its one question has.
_WHOLLY = 0.8
#: How sure it must be which of the concepts that ask so is meant.
_SURE = 0.7
#: The same where the place may be for something else; what answers its label is this likely at least.
_SURE_OF_OTHERS = 0.6
_LEAST_TOLD = 0.1
#: A place that is likelier none than this is none all the same.
_MOST_NOTHING = 0.9


def told(seen: Seen, ranked: Sequence[Ranked]) -> Ranked | None:
    """What a place is by its own label alone, with its share of all that is not none; None where that is not sure.

    The head of a column is a label to cells that lie one under another: its share is that of what answers it.
    """
    none = nothing(ranked)
    if none > _MOST_NOTHING or not _is_label(seen):
        return None
    if seen.where == "column":
        return _likeliest_answer(seen, ranked) if "alike 0" not in seen.setting else None
    asks = _details(seen.label)
    best = next(one for one in ranked if one.candidate.concept != NONE)
    sure = best.probability / (1 - none)
    if sure < _SURE or not _answers(best, asks):
        return None
    return Ranked(best.candidate, sure, best.reason, best.score)


def told_of_others(seen: Seen, ranked: Sequence[Ranked]) -> Ranked | None:
    """The same for a place that is only printed and may be for something else: its share of what answers the label."""
    return None if seen.spot.widget or not _is_label(seen) else _likeliest_answer(seen, ranked)


def _likeliest_answer(seen: Seen, ranked: Sequence[Ranked]) -> Ranked | None:
    """What answers a place's label best, with its share of all that do; None where that is not sure."""
    asks = _details(seen.label)
    answers = [one for one in ranked if one.candidate.kind == "text" and _answers(one, asks)]
    every = sum(one.probability for one in answers)
    if every < _LEAST_TOLD or answers[0].probability < _SURE_OF_OTHERS * every:
        return None
    best = answers[0]
    return Ranked(best.candidate, best.probability / every, best.reason, best.score)


def _answers(one: Ranked, asks: frozenset[str]) -> bool:
    return not asks.isdisjoint(wordings().concepts.get(one.candidate.concept, ()))


def _is_label(seen: Seen) -> bool:
    """Whether the words right before a place ask one detail and nothing else.

    Without a line or a wall about it, they end in a colon; what stands in brackets is the caption of another place.
    """
    label, asks = seen.label, _details(seen.label)
    if seen.spot.kind != "text" or seen.where not in ("left_near", "column") or not asks or label.startswith("("):
        return False
    if seen.spot.sign == "colon" and not label.endswith(":"):
        return False
    return share_told(label, asks) >= _WHOLLY


def _details(label: str) -> frozenset[str]:
    """The one detail that a label asks, or any of those that reach somebody ("Phone/Fax"); else nothing.

    "Fax" may be a way of delivery too.
    """
    asks = frozenset(ask for ask in meant(label) if not ask.startswith("delivery."))
    return asks if asks <= _CONTACTS or (len(asks) == 1 and asks <= _DETAILS) else frozenset()
