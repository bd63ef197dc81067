"""What a place may be: its candidates, by the wordings about it and by its make, and the classes they fall into."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from formfill.draft.facts import Spot
from formfill.draft.seen import Seen
from formfill.draft.wordings import PARTIES, asked, wordings
from formfill.model.vocabulary import vocabulary

#: The concept of a place that is none.
NONE = "none"
#: What a text may be though no wording near it speaks for it.
_ANY_TEXT = ("records.other_text", "purpose.other_text", "recipient.name", "provider.name", "purpose.text")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a place may be: a concept (or ``none``: no place at all), of a kind; ``excludes`` for a tick that
    keeps something back."""

    concept: str
    kind: str
    excludes: bool = False

    def __str__(self) -> str:
        return f"{self.concept}|{self.kind}{'|not' if self.excludes else ''}"


@cache
def head_of(concept: str) -> str:
    """The party, list or the like that a concept is of: ``patient`` of ``patient.full_name``."""
    return concept.partition(".")[0]


@cache
def group_of(concept: str) -> str:
    """The class whose candidates share their evidence."""
    head = head_of(concept)
    kind = vocabulary().concepts[concept].kind if concept in vocabulary().concepts else "text"
    if concept == NONE:
        return "none"
    if head in PARTIES and kind == "text":
        return "party"
    if concept.endswith(("other_text", "purpose.text", "site_text")):
        return "words"
    if concept.endswith((".other", "other_option", "_option")):
        return "otherbox"
    if head in ("signature", "witness", "interpreter"):
        return "sign"
    if head in ("request", "authorization") and kind == "text":
        return "date"
    if head in ("staff", "other"):
        return head
    return "box"


@cache
def party_of(concept: str) -> str:
    """Whose a concept is, or what it is about where it is nobody's: one of the parties of ``wordings.yaml``, mostly."""
    head = head_of(concept)
    if head == "authorization":
        return "expiry"
    if head == "request":
        return "dates"
    if concept in ("delivery.email_address", "delivery.fax_number"):
        return "delivery"
    return head


def kinds_for(spot: Spot) -> tuple[str, ...]:
    """What a place of this make can be."""
    if spot.kind == "check":
        return ("check",)
    if spot.widget and spot.widget.kind == "signature":
        return ("signature",)
    narrow = spot.box[2] - spot.box[0] < 75
    return ("text", "signature", "initials", "check") if narrow else ("text", "signature", "initials")


def candidates(seen: Seen) -> list[Candidate]:
    """Everything that some wording near the place speaks for, and what needs no wording."""
    heard: set[str] = set()
    for text in seen.slots.values():
        heard.update(asked(text))
    heard.update(asked(seen.before[-70:]))
    for heading in seen.headings[:2]:
        heard.update(asked(heading))
    found: dict[Candidate, None] = {}
    kinds = kinds_for(seen.spot)
    known = vocabulary().concepts
    for concept, asks in wordings().concepts.items():
        if asks.isdisjoint(heard) or concept not in known:
            continue
        own = known[concept].kind
        for kind in kinds:
            if not _suits(own, kind, concept):
                continue
            found[Candidate(concept, kind)] = None
            if concept.startswith("sensitive.") and kind in ("check", "initials"):
                found[Candidate(concept, kind, True)] = None
    found[Candidate(NONE, "text")] = None
    for kind in kinds:
        found[Candidate("other", kind)] = None
        found[Candidate("staff.use", kind)] = None
        if kind == "check":
            for concept in ("provider.choice", "records.other"):
                found[Candidate(concept, kind)] = None
        if kind == "text":
            for concept in _ANY_TEXT:
                found[Candidate(concept, kind)] = None
        if kind == "signature":
            found[Candidate("signature.patient", kind)] = None
    return list(found)


def _suits(own: str, kind: str, concept: str) -> bool:
    """Whether a concept, of the kind ``own`` by itself, can be at a place of this kind."""
    if kind == "initials":
        return concept.startswith(("sensitive.", "records.", "delivery."))
    if kind == "check":
        return own == "check" or concept in ("staff.use", "signature.time")
    if kind == "signature":
        return own == "signature"
    return own in ("text", "staff")
