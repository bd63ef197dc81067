"""Whose a block of name, address and phone is: decided by all of its places at once, and by no place of another."""

from __future__ import annotations

import pytest

from formfill.draft.candidates import Candidate
from formfill.draft.doubt import doubt
from formfill.draft.facts import Detection, PageFacts, Spot, Word
from formfill.draft.labels import read_form
from formfill.draft.proposal import Proposal
from formfill.draft.propose import _agree_on_parties, _printed_names
from formfill.draft.ranker import Ranked
from formfill.draft.seen import Seen, see
from formfill.draft.whose import whose

Line = tuple[float, float, str]


def seen_of(*asked: Line) -> list[Seen]:
    """Places of a page as they are seen, each with its label (x, lower edge, text) at its left."""
    words, spots = [], []
    for x0, y, text in asked:
        x = x0
        for word in text.split():
            words.append(Word(word, (x, y - 10, x + 5 * len(word), y), 10))
            x += 5 * len(word) + 3
        spots.append(Spot("text", 1, (x + 4, y - 12, x0 + 240, y), "rule"))
    page = PageFacts(1, 612, 792, tuple(sorted(words, key=lambda word: (word.box[3], word.box[0]))))
    detection = Detection((page,), tuple(spots))
    return see(detection, read_form(detection))


def place(seen: Seen, **likely: float) -> Proposal:
    """A proposal for a place; ``likely`` are its candidates, ``recipient__zip=0.6``."""
    ranked = sorted(
        (Ranked(Candidate(name.replace("__", "."), "text"), share, ()) for name, share in likely.items()),
        key=lambda one: -one.probability,
    )
    best = ranked[0].candidate
    return Proposal(seen.spot, seen, ranked, best.concept, best.kind, False, ranked[0].probability)


BLOCK = ((40.0, 100.0, "Name"), (40.0, 120.0, "Street"), (40.0, 140.0, "Zip"))


def test_a_place_that_is_unsure_follows_its_block() -> None:
    name, street, zip_ = seen_of(*BLOCK)
    places = [
        place(name, recipient__name=0.9, patient__full_name=0.1),
        place(street, recipient__street=0.8, patient__street=0.2),
        place(zip_, patient__zip=0.6, recipient__zip=0.4),
    ]
    _agree_on_parties(places)
    assert [p.concept for p in places] == ["recipient.name", "recipient.street", "recipient.zip"]
    assert all(p.whose > 0.9 for p in places)


def test_the_head_of_a_block_follows_all_that_stands_under_it() -> None:
    name, street, zip_ = seen_of(*BLOCK)
    places = [
        place(name, recipient__name=0.55, provider__name=0.45),
        place(street, provider__street=0.8, recipient__street=0.2),
        place(zip_, provider__zip=0.7, recipient__zip=0.3),
    ]
    _agree_on_parties(places)
    assert {p.head for p in places} == {"provider"}


def test_a_block_is_not_decided_by_the_one_above_that_is_headed_otherwise() -> None:
    seen = seen_of((40, 100, "Patient name"), (40, 120, "Patient zip"), (40, 140, "Recipient name"), (40, 160, "Zip"))
    places = [
        place(seen[0], patient__full_name=0.99, recipient__name=0.01),
        place(seen[1], patient__zip=0.99, recipient__zip=0.01),
        place(seen[2], recipient__name=0.7, patient__full_name=0.3),
        place(seen[3], recipient__zip=0.7, patient__zip=0.3),
    ]
    _agree_on_parties(places)
    assert [p.head for p in places] == ["patient", "patient", "recipient", "recipient"]


def test_what_asks_an_organisations_name_is_no_persons() -> None:
    (seen,) = seen_of((40, 100, "Hospital name"))
    p = place(seen, patient__full_name=0.6, provider__name=0.3)
    _agree_on_parties([p])
    assert p.concept == "provider.name"


@pytest.mark.parametrize(("patient", "concept"), [(0.45, "unknown"), (0.6, "patient.zip")])
def test_where_no_party_is_likelier_than_all_others_the_place_is_left(patient: float, concept: str) -> None:
    (seen,) = seen_of((40, 100, "Zip"))
    p = place(seen, patient__zip=patient, recipient__zip=0.4, provider__zip=0.61 - patient)
    _agree_on_parties([p])
    assert p.confidence == pytest.approx(patient, abs=0.02)
    doubt(p)
    assert p.concept == concept


def test_another_party_has_the_same_detail_by_its_own_name() -> None:
    """The patient's name is ``full_name``, an organisation's ``name``."""
    name, street, zip_ = seen_of(*BLOCK)
    places = [
        place(name, recipient__name=0.5, patient__full_name=0.4),
        place(street, patient__street=0.9, recipient__street=0.1),
        place(zip_, patient__zip=0.9, recipient__zip=0.1),
    ]
    _agree_on_parties(places)
    assert places[0].concept == "patient.full_name"


def test_shares_add_up_and_boxes_have_none() -> None:
    name, street, zip_ = seen_of(*BLOCK)
    nobodys = place(zip_, records__other_text=0.9, patient__zip=0.1)
    found = whose([place(name, patient__full_name=1.0), place(street, patient__street=0.6, other=0.4), nobodys])
    assert [p.concept for p, _ in found] == ["patient.full_name", "patient.street"]
    for _, shares in found:
        assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        ("Print name of patient or representative", "signature.printed_name"),
        ("Printed name of patient", "signature.printed_name"),
        ("Printed name of patient's representative", "representative.name"),
        ("Print name if other than patient", "representative.name"),
        ("Print name", "signature.printed_name"),
    ],
)
@pytest.mark.parametrize("first", ["signature__printed_name", "representative__name"])
def test_a_printed_name_is_whose_it_says(label: str, meant: str, first: str) -> None:
    (seen,) = seen_of((40, 100, label))
    p = place(seen, **{first: 0.9})
    _printed_names([p])
    assert p.concept == meant
