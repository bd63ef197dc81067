"""What a map's boolean expressions can come to: whether one can ever be true, and what ticking a box releases.

A request decides the concepts, but not freely: some are never set, and of some groups only one is true at a time.
Every state that a request can reach is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from formfill.expressions import Node
from formfill.model.form_map import Instrument
from formfill.model.vocabulary import vocabulary

#: A longer expression is taken to be reachable: 2^16 states are tried in a quarter of a second.
_MOST_CONCEPTS = 14
_DELIVERY = (
    "paper", "cd", "usb", "cd_usb", "electronic", "email", "email_encrypted", "email_unencrypted", "portal", "fax",
    "inspect", "verbal", "other",
)  # fmt: skip
_KINDS = ("self", "parent", "guardian", "conservator", "poa", "executor", "next_of_kin", "other")
#: At most one of these is true.
_ONE_OF: tuple[frozenset[str], ...] = (
    frozenset(f"delivery.{name}" for name in _DELIVERY),
    frozenset({"delivery.mail", "delivery.pickup"}),
    frozenset({"patient.sex.female", "patient.sex.male", "patient.sex.other"}),
    frozenset(f"representative.kind.{kind}" for kind in _KINDS),
    frozenset({"request.dates_all", "request.dates_last_2_years", "request.dates_option"}),
    frozenset({"authorization.expires_option.date", "authorization.expires_option.event"}),
    frozenset({"authorization.expires_date", "authorization.expires_event"}),
)
#: Exactly one of these is true.
_EXACTLY_ONE: tuple[frozenset[str], ...] = (
    frozenset({"direction.release", "direction.obtain", "direction.exchange"}),
    frozenset({"recipient.self", "recipient.other_option"}),
)
#: What a request for an amendment does not say.
_NO_PART_OF_AMENDMENTS = ("records.", "purpose.", "delivery.", "sensitive.", "request.dates", "request.date_from",
                          "request.date_to")  # fmt: skip


def never_set(instrument: Instrument) -> frozenset[str]:
    """The concepts that have no value on a form of this instrument, whatever the profile and request say."""
    by_hand = ("initials", "signature", "staff", "heading")
    concepts = vocabulary().concepts.values()
    never = {concept.name for concept in concepts if concept.fill == "never" or concept.kind in by_hand}
    if instrument == "amendment":
        never |= {concept.name for concept in concepts if concept.name.startswith(_NO_PART_OF_AMENDMENTS)}
    return frozenset(never)


def can_hold(nodes: Sequence[Node], never: frozenset[str] = frozenset()) -> bool:
    """Whether all ``nodes`` can be true at once; ``never`` are concepts that are not."""
    names = sorted({name for node in nodes for name in node.concepts()})
    if len(names) > _MOST_CONCEPTS:
        return True
    return any(all(node.holds(state.__getitem__) for node in nodes) for state in _states(names, never))


def _states(names: Sequence[str], never: frozenset[str]) -> Iterator[Mapping[str, bool]]:
    """Every state of the concepts ``names`` that a request can reach."""
    choices = [(False,) if name in never else (False, True) for name in names]
    at_most = [group & set(names) for group in (*_ONE_OF, *_EXACTLY_ONE)]
    at_least = [group for group in _EXACTLY_ONE if group <= set(names)]
    for values in product(*choices):
        state = dict(zip(names, values, strict=True))
        if all(sum(state[name] for name in group) <= 1 for group in at_most) and all(
            any(state[name] for name in group) for group in at_least
        ):
            yield state


def negated(node: Node) -> Node:
    return Node("not", parts=(node,))


def implies(one: Node, two: Node) -> bool:
    """Whether ``two`` is true wherever ``one`` is."""
    return not can_hold([one, negated(two)])


def turns(node: Node, name: str) -> tuple[bool, bool]:
    """What the concept ``name`` does to an expression: whether it can make it true, and whether it can make it false.

    A box that it can make true releases the category; one that it can make false keeps it back.
    """
    names = sorted(set(node.concepts()))
    if name not in names or len(names) > _MOST_CONCEPTS:
        return name in names, False
    on = off = False
    for values in product((False, True), repeat=len(names)):
        state = dict(zip(names, values, strict=True))
        if state[name]:
            continue
        before, after = node.holds(state.__getitem__), node.holds((state | {name: True}).__getitem__)
        on, off = on or (after and not before), off or (before and not after)
    return on, off
