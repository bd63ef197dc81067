"""What one place of a form probably is, as the steps of the drafting change it."""

from __future__ import annotations

from dataclasses import dataclass

from formfill.draft.candidates import head_of
from formfill.draft.facts import Spot
from formfill.draft.ranker import Ranked
from formfill.draft.seen import Seen
from formfill.model.vocabulary import vocabulary


@dataclass
class Proposal:
    """What one place probably is.

    ``ranked`` are its candidates; what was chosen of them, by all of the form, are ``concept``, ``kind`` and
    ``excludes``. ``concept`` is ``none`` for a place that is none, ``unknown`` for one that a person is to decide;
    ``guess`` says what that might be. ``confidence`` is 0 to 1. ``sensitive`` are all categories that the print beside
    a sensitive box names; ``together`` all concepts of its list that another box names side by side. ``whose`` is how
    sure it is, 0 to 1, that a party's detail is this party's.
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
    whose: float = 1.0

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

    def become(self, tail: str) -> None:
        """Make the place another one of its party, if there is such a concept."""
        if f"{self.head}.{tail}" in vocabulary().concepts:
            self.concept = f"{self.head}.{tail}"


def tail_of(concept: str) -> str:
    """A concept without its party or list: ``full_name`` of ``patient.full_name``."""
    return concept.partition(".")[2]
