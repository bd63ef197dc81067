"""What one place of a form probably is, as the steps of the drafting change it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from formfill.draft.candidates import head_of
from formfill.draft.facts import Spot
from formfill.draft.meant import meant
from formfill.draft.ranker import Ranked
from formfill.draft.seen import Seen
from formfill.draft.wordings import asked, manner, wordings
from formfill.model.vocabulary import vocabulary

#: Lists of which a box may name several at once.
_OPEN_LISTS = frozenset({"records", "purpose", "delivery"})
#: What stands between the things that a label names side by side.
_SIDE_BY_SIDE = re.compile(r"[/,&+]|\b(and|or|y|e|o|u)\b")


@dataclass
class Proposal:
    """What one place probably is.

    ``ranked`` are its candidates; what was chosen of them, by all of the form, are ``concept``, ``kind`` and
    ``excludes``. ``concept`` is ``none`` for a place that is none, ``unknown`` for one that a person is to decide;
    ``guess`` says what that might be. ``confidence`` is 0 to 1. ``sensitive`` are all categories that the print beside
    a sensitive box names; ``together`` all concepts of its list that another box names side by side.
    """

    spot: Spot
    seen: Seen
    ranked: list[Ranked]
    concept: str
    kind: str
    excludes: bool
    confidence: float
    reason: tuple[str, ...] = ()
    guess: str = ""
    sensitive: tuple[str, ...] = ()
    together: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """The party or list that the concept is of: ``patient`` of ``patient.full_name``."""
        return head_of(self.concept)

    @property
    def tail(self) -> str:
        """What the concept is of it: ``full_name`` of ``patient.full_name``."""
        return tail_of(self.concept)

    def leave(self, guess: str) -> None:
        """Leave the place for a person to decide, who is told the guess."""
        self.concept, self.guess = "unknown", guess


def tail_of(concept: str) -> str:
    """A concept without its party or list: ``full_name`` of ``patient.full_name``."""
    return concept.partition(".")[2]


def named_together(seen: Seen) -> frozenset[str]:
    """The concepts of one list that a box's label names side by side: "Lab/Pathology" is ticked for either.

    For a text, what it asks of somebody: "Fax/E-mail" is answered by one of them.
    """
    if seen.spot.kind != "check":
        several = frozenset(meant(seen.label)) & {"phone", "fax", "email"}
        return several if len(several) > 1 else frozenset()
    if "excludes" in manner(seen.label):
        return frozenset()
    before_brackets = re.split(r"[(;:]", seen.label.lstrip(" (#.-*"))[0]
    starts = {}
    for ask in asked(before_brackets):
        match = wordings().asks[ask].search(before_brackets)
        if match and head_of(ask) in _OPEN_LISTS and ask in vocabulary().concepts:
            starts[ask] = match.start()
    named = sorted(starts, key=lambda ask: (starts[ask], ask))
    for ask, following in pairwise(named):
        if not _SIDE_BY_SIDE.search(before_brackets[starts[ask] : starts[following]]):
            return frozenset()  # "Cardiac Cath Lab": two wordings, one thing
    of_list = head_of(named[0]) if named else ""
    found = frozenset(ask for ask in named if head_of(ask) == of_list)
    return found if len(found) > 1 else frozenset()
