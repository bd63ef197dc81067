"""What the places of a form say of each other, on small pages whose places were read as the tests say."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from builders import Blank, Words

from formfill.draft.candidates import NONE, Candidate
from formfill.draft.detect import detect
from formfill.draft.evidence import form_evidence
from formfill.draft.labels import read_form
from formfill.draft.proposal import Proposal
from formfill.draft.propose import _one_place_a_label
from formfill.draft.ranker import Ranked
from formfill.draft.seen import Seen
from formfill.draft.settled import settle
from formfill.pdf.compile import compile_blank

LINE = "_" * 30
FOOT: Words = [
    (40, 60 + 12 * i, "This print says nothing but makes the page one of many words, which run up to the right margin.")
    for i in range(2)
]


def seen(words: Words, content: bytes = b"") -> list[Seen]:
    blank = Blank(pages=0)
    blank.page(words=[*FOOT, *words], content=content)
    detection = detect(compile_blank(blank.save(), "0" * 64, "blank.pdf"))
    return [one for one, _ in form_evidence(detection, read_form(detection))]


def settled(words: Words, read: Mapping[str, str]) -> list[str]:
    """What the places are in the end; ``read`` is what each was read as, by a part of its label."""
    found = []
    for one in seen(words):
        concept = next((concept for label, concept in read.items() if label in one.label), None)
        if concept is not None:
            found.append(Proposal(one.spot, one, [], concept, one.spot.kind, excludes=False, confidence=0.5))
    assert len(found) == len(read)
    settle(found)
    return [(p.guess and f"left: {p.guess}") or p.concept for p in found]


# addresses


@pytest.mark.parametrize("label", ["City, State, Zip", "Ciudad, estado, código postal"])
def test_a_line_for_city_state_and_zip_takes_them_all(label: str) -> None:
    words: Words = [(50, 700, f"{label}: {LINE}")]
    assert settled(words, {label.lower()[:4]: "patient.city"}) == ["patient.city_state_zip"]


def test_a_city_beside_its_zip_is_the_city_alone() -> None:
    words: Words = [(50, 700, f"City, State, Zip: {LINE[:20]}"), (320, 700, f"Code {LINE[:9]}")]
    read = {"city, state": "patient.city", "code": "patient.zip"}
    assert settled(words, read) == ["patient.city", "patient.zip"]


def test_a_label_of_the_whole_address_is_that_of_all_of_it() -> None:
    words: Words = [(50, 700, f"Address, city, state, zip: {LINE}"), (50, 670, f"City: {LINE}")]
    read = {"address": "recipient.street", "city:": "recipient.city"}
    assert settled(words, read)[0] == "recipient.address"


def test_a_city_is_all_of_its_line_only_where_neither_state_nor_zip_is_asked_beside() -> None:
    alone: Words = [(50, 700, f"City: {LINE}")]
    assert settled(alone, {"city": "patient.city"}) == ["patient.city_state_zip"]
    beside: Words = [(50, 700, f"City: {LINE} Zip: ________")]
    assert settled(beside, {"city": "patient.city", "zip": "recipient.zip"})[0] == "patient.city"


def test_a_street_over_its_city_is_the_street() -> None:
    words: Words = [(50, 700, f"Address: {LINE}"), (50, 670, f"City: {LINE} Zip: ________")]
    read = {"address": "recipient.address", "city": "recipient.city", "zip": "recipient.zip"}
    assert settled(words, read) == ["recipient.street", "recipient.city", "recipient.zip"]


# spans of dates


@pytest.mark.parametrize(
    ("first", "last"),
    [("Medical record from (insert date)", "to (insert date)"), ("Dates of service from", "to"), ("Desde", "hasta")],
)
def test_from_and_to_on_one_line_are_a_span_of_dates(first: str, last: str) -> None:
    words: Words = [(50, 715, "Dates of service:"), (50, 700, f"{first} {LINE[:14]} {last} {LINE[:14]}")]
    read = {"from" if "from" in first else "desde": "authorization.expires", last.lower(): "unknown"}
    assert settled(words, read) == ["request.date_from", "request.date_to"]


def test_from_and_to_of_people_are_no_span_of_dates() -> None:
    words: Words = [(50, 700, f"From: {LINE[:20]} To: {LINE[:20]}")]
    read = {"from": "provider.name", "to": "recipient.name"}
    assert settled(words, read) == ["provider.name", "recipient.name"]


# names, sites, contacts


def test_who_heads_a_block_is_its_name() -> None:
    words: Words = [(50, 700, f"Person or entity: {LINE}"), (50, 670, f"Phone: {LINE}")]
    assert settled(words, {"entity": "recipient.attention", "phone": "recipient.phone"})[0] == "recipient.name"


def test_a_second_name_stays_the_contact() -> None:
    words: Words = [(50, 700, f"Organization: {LINE}"), (50, 670, f"Name of the person: {LINE}")]
    read = {"organization": "recipient.organization", "person": "recipient.attention"}
    assert settled(words, read) == ["recipient.organization", "recipient.attention"]


def test_an_organisation_is_no_contact_though_a_name_is_near() -> None:
    words: Words = [(50, 700, f"Name of hospital, clinic or person: {LINE}"), (50, 670, f"Released to: {LINE}")]
    read = {"hospital": "recipient.attention", "released": "recipient.name"}
    assert settled(words, read)[0] == "recipient.name"


def test_what_asks_for_the_last_name_before_the_first_is_the_last() -> None:
    words: Words = [(50, 700, f"Patient name: last, {LINE[:20]} first, {LINE[:20]}")]
    read = {"last": "patient.full_name", "first": "patient.first_name"}
    assert settled(words, read) == ["patient.last_name", "patient.first_name"]


def test_a_name_beside_the_last_name_is_the_first_where_it_asks_so() -> None:
    words: Words = [(50, 700, f"Nombre: {LINE[:20]} Apellido: {LINE[:20]}")]
    read = {"nombre": "patient.full_name", "apellido": "patient.last_name"}
    assert settled(words, read) == ["patient.first_name", "patient.last_name"]
    apart: Words = [(50, 700, f"Nombre: {LINE[:20]}"), (50, 640, f"Apellido: {LINE[:20]}")]
    assert settled(apart, read)[0] == "patient.full_name"


def test_a_label_of_one_detail_is_that_detail() -> None:
    [one] = seen([(50, 700, f"Relationship: {LINE}")])
    ranked = [
        Ranked(Candidate(concept, "text"), share, (), 0.0)
        for concept, share in (("provider.street", 0.6), ("recipient.relationship", 0.3), ("other", 0.1))
    ]
    p = Proposal(one.spot, one, ranked, "provider.street", "text", excludes=False, confidence=0.6)
    settle([p])
    assert p.concept == "recipient.relationship"


def test_a_detail_that_is_named_alone_is_somebodys() -> None:
    for label, sure in (("Recipient's fax", 0.6), ("Fax", 0.4)):
        [one] = seen([(50, 700, f"{label}: {LINE}")])
        shares = (("other", 0.6), ("recipient.fax", 0.3), ("provider.fax", 0.1))
        ranked = [Ranked(Candidate(concept, "text"), share, (), 0.0) for concept, share in shares]
        p = Proposal(one.spot, one, ranked, "other", "text", excludes=False, confidence=0.6)
        settle([p])
        assert (p.concept, p.confidence) == ("recipient.fax", pytest.approx(sure))
    [one] = seen([(50, 700, f"Fax: {LINE}")])
    tie = [Ranked(Candidate(c, "text"), s, (), 0.0) for c, s in (("other", 0.5), ("recipient.fax", 0.26))]
    tie.append(Ranked(Candidate("provider.fax", "text"), 0.24, (), 0.0))
    p = Proposal(one.spot, one, tie, "other", "text", excludes=False, confidence=0.5)
    settle([p])
    assert (p.concept, p.guess) == ("unknown", "recipient.fax")


def test_a_contact_person_is_asked_for_as_such() -> None:
    assert settled([(50, 700, f"Contact person: {LINE}")], {"contact": "recipient.name"}) == ["recipient.attention"]


def test_a_site_over_its_street_is_the_provider() -> None:
    words: Words = [(50, 700, f"Facility: {LINE}"), (50, 680, f"Address: {LINE}"), (50, 660, f"City: {LINE}")]
    read = {"facility": "provider.site_text", "address": "provider.street", "city": "provider.city"}
    assert settled(words, read)[0] == "provider.name"
    named: Words = [(50, 720, f"Name: {LINE}"), *words]
    assert settled(named, {"name:": "provider.name"} | read)[:2] == ["provider.name", "provider.site_text"]


# lines behind boxes


def boxed(text: str, box: str, line: str) -> str:
    """What a line is in the end that stands behind a box to tick, each read as told."""
    places = seen([(70, 700, f"{text} {LINE}")], b"54 699 9 9 re S\n")
    reads = {"check": box, "text": line}
    found = [Proposal(s.spot, s, [], reads[s.spot.kind], s.spot.kind, excludes=False, confidence=0.5) for s in places]
    assert [p.kind for p in found] == ["check", "text"]
    settle(found)
    return (found[1].guess and f"left: {found[1].guess}") or found[1].concept


@pytest.mark.parametrize(
    ("text", "box", "line", "wanted"),
    [
        ("Other (specify):", "purpose.other", "records.other_text", "purpose.other_text"),
        ("Other:", "records.other", "purpose.other_text", "records.other_text"),
        ("Photographs (please specify):", "records.photos", "records.other_text", "left: records.other_text"),
        ("Photographs, other (specify):", "records.photos", "records.other_text", "records.other_text"),
        ("Fax to number:", "delivery.fax", "recipient.fax", "delivery.fax_number"),
        ("Fax:", "recipient.other_option", "recipient.fax", "recipient.fax"),
        ("Other:", "records.other", "provider.site_text", "provider.site_text"),
    ],
)
def test_a_line_behind_a_box_is_for_what_the_box_leaves_open(text: str, box: str, line: str, wanted: str) -> None:
    assert boxed(text, box, line) == wanted


# purposes and record numbers


def test_what_asks_for_the_purpose_takes_it_whole() -> None:
    words: Words = [(50, 700, f"For the following purpose: {LINE}"), (50, 670, f"Other purpose (specify): {LINE}")]
    read = {"following": "purpose.other_text", "other": "purpose.other_text"}
    assert settled(words, read) == ["purpose.text", "purpose.other_text"]


def test_a_purpose_over_the_column_is_not_asked_for_in_each_of_its_cells() -> None:
    [one] = seen([(50, 700, f"Purpose: {LINE}")])
    one.where = "column"
    p = Proposal(one.spot, one, [], "purpose.other_text", "text", excludes=False, confidence=0.5)
    settle([p])
    assert p.concept == "purpose.other_text"


def test_a_record_number_among_places_of_the_staffs_is_left() -> None:
    words: Words = [(50, 740, f"MR#: {LINE}"), (50, 725, f"Pages: {LINE}"), (50, 710, f"Date completed: {LINE}")]
    read = {"mr#": "patient.mrn", "pages": "staff.use", "date": "staff.use"}
    assert settled(words, read)[0] == "left: patient.mrn"
    beside: Words = [(50, 740, f"MR#: {LINE}"), (50, 725, f"Name: {LINE}"), (50, 710, f"Pages: {LINE}")]
    assert settled(beside, {"mr#": "patient.mrn", "name": "patient.full_name", "pages": "staff.use"})[0] == (
        "patient.mrn"
    )


def test_a_line_before_the_word_signature_is_one_to_sign_on() -> None:
    words: Words = [(50, 700, f"I, {LINE} (signature of the coordinator) certify that")]
    assert settled(words, {"i,": "recipient.name"}) == ["left: recipient.name"]
    plain: Words = [(50, 700, f"I, {LINE} (name of the patient) certify that the signature is mine")]
    assert settled(plain, {"i,": "patient.full_name"}) == ["patient.full_name"]


# one place for one label


def test_what_a_caption_leaves_of_its_cell_is_no_second_place_for_it() -> None:
    words: Words = [(50, 702, "Patient address:"), (200, 689, "Street"), (330, 689, "City"), (450, 689, "Zip")]
    content = b"150 700 m 550 700 l S\n40 686 520 60 re S\n"
    places = [one for one in seen(words, content) if one.label == "street"]
    assert [one.where for one in places] == ["caption", "left_near"]
    over, beside = (
        Proposal(one.spot, one, [], concept, "text", excludes=False, confidence=sure)
        for one, concept, sure in zip(places, ("patient.address", "patient.street"), (0.9, 0.6), strict=True)
    )
    _one_place_a_label([over, beside])
    assert (over.concept, beside.concept) == ("patient.address", NONE)
