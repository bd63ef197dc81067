"""What the places of a form say of each other: an address in parts, a span of dates, whose name is printed.

Each rule looks at all proposals of a form together and changes what a place is, or leaves it to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from formfill.draft.candidates import head_of
from formfill.draft.company import nearness
from formfill.draft.meant import meant, share_told
from formfill.draft.proposal import Proposal
from formfill.draft.wordings import PARTIES, asked, folded, spoken_of, wordings

#: A label names one thing and nothing else where the words for it have this share of its letters.
_WHOLLY = 0.8
#: Places whose feet differ by less stand on one line.
_ONE_LINE_PT = 6
#: Of several whose detail may be meant, the likeliest has at least this share, or nobody is.
_MOSTLY = 0.6
#: What a label may ask that no name answers.
_UNLIKE_NAMES = frozenset({
    "street", "address", "city", "state", "zip", "city_state_zip", "phone", "fax", "email", "birth_date",
    "relationship", "attention",
})  # fmt: skip
#: What is written behind a box that leaves open what it stands for.
_OPEN = {
    "records.other": "records.other_text",
    "purpose.other": "purpose.other_text",
    "delivery.other": "delivery.other_text",
    "provider.choice": "provider.site_text",
}
_LISTED = frozenset({"records.other_text", "purpose.other_text", "delivery.other_text"})
#: Behind a line to sign on.
_SIGNED = re.compile(r"\W*\(\W*(?:signature|sign here|firma)\b")
#: A place narrower than this, in points, has no room for a first and a last day.
_DATES_PT = 60
#: How sure a span of dates is at least that is told by its words and the place beside.
_SPAN = 0.6
#: How much of what is printed before a place, in letters, may speak of it.
_BEFORE = 40


def settle(found: Sequence[Proposal]) -> None:
    """Let the places of a form, in reading order, agree on what they ask."""
    _own_words(found)
    _addresses(found)
    _dates(found)
    _names(found)
    _sites(found)
    _contacts(found)
    _purposes(found)
    _beside_boxes(found)
    _record_numbers(found)
    _signed(found)


def _own_words(found: Sequence[Proposal]) -> None:
    """What a label names and nothing else is asked, not another detail of somebody that is likelier around it.

    Nor is it something that nothing is known of: whose it is is as sure as all whom it may be of together, if the label
    does not tell.
    """
    concepts = wordings().concepts
    for p in found:
        asks = tuple(ask for ask in meant(p.seen.label) if "." not in ask)  # "Fax" is a way of delivery, too
        if p.kind != "text" or not (p.head in PARTIES or p.concept == "other") or not p.seen.where.startswith("left"):
            continue
        if len(asks) != 1 or asks[0] not in _UNLIKE_NAMES:
            continue
        if asks[0] in concepts.get(p.concept, ()) or share_told(p.seen.label, frozenset(asks)) < _WHOLLY:
            continue
        named = [one for one in p.ranked if one.candidate.kind == "text" and head_of(one.candidate.concept) in PARTIES]
        named = [one for one in named if asks[0] in concepts.get(one.candidate.concept, ())]
        owner = next((party for party in spoken_of(p.seen.label)[:1] if party in PARTIES), None)
        if p.concept == "other" and owner is not None:
            named = [one for one in named if head_of(one.candidate.concept) == owner]
        best = max(named, key=lambda one: one.probability, default=None)
        if best is None:
            continue
        if p.concept == "other" and owner is None:
            p.confidence = sum(one.probability for one in named)
            if best.probability < _MOSTLY * p.confidence:
                p.leave(best.candidate.concept)
                continue
        p.concept, p.reason = best.candidate.concept, best.reason


def _addresses(found: Sequence[Proposal]) -> None:
    """A street line that no city, state or ZIP follows takes the whole address, and the reverse."""
    for p in found:
        if p.head in PARTIES and p.tail in ("city", "state", "zip") and _means_all(p) and not _beside(p, found):
            p.become("city_state_zip")
    for p in found:
        if p.head not in PARTIES or p.tail not in ("street", "address"):
            continue
        if p.seen.asks >= {"address", "city_state_zip"}:
            p.become("address")  # "Address, city, state, ZIP": all of it
            continue
        parts = [
            q for q in found
            if q is not p and q.head == p.head and q.tail in ("city", "zip", "city_state_zip")
            and q.spot.page == p.spot.page and abs(q.spot.box[3] - p.spot.box[3]) < 75
        ]  # fmt: skip
        p.become("street" if parts else "address")
    for p in found:
        # "City" alone, with neither state nor ZIP beside it, is short for the line
        if p.head in PARTIES and p.tail == "city" and p.spot.box[2] - p.spot.box[0] > 150:
            others = {
                q.tail
                for q in found
                if q.head == p.head and q.spot.page == p.spot.page and abs(q.spot.box[3] - p.spot.box[3]) < 40
            }
            beside = (
                q for q in found if q.spot.page == p.spot.page and abs(q.spot.box[3] - p.spot.box[3]) < _ONE_LINE_PT
            )
            if not others & {"state", "zip"} and not any(q.seen.asks & {"state", "zip"} for q in beside if q is not p):
                p.become("city_state_zip")


def _means_all(p: Proposal) -> bool:
    """Whether the label of a part of an address names city, state and ZIP as one."""
    return "city_state_zip" in meant(p.seen.label)


def _beside(p: Proposal, found: Sequence[Proposal]) -> bool:
    """Whether another part of the same address has its place on the same line."""
    return any(
        q is not p and q.head == p.head and q.tail in ("city", "state", "zip")
        and q.spot.page == p.spot.page and abs(q.spot.box[3] - p.spot.box[3]) < _ONE_LINE_PT
        for q in found
    )  # fmt: skip


def _dates(found: Sequence[Proposal]) -> None:
    """A first day without a last one is the whole span, if there is room; a last one without a first is doubtful.

    So is the span where it has no room: what stands there may be the date of one record.
    """
    for first, last in _spans(found):
        for p, concept in ((first, "request.date_from"), (last, "request.date_to")):
            p.concept, p.kind, p.confidence = concept, "text", max(p.confidence, _SPAN)
    starts = [p for p in found if p.concept == "request.date_from"]
    ends = [p for p in found if p.concept == "request.date_to"]
    if len(starts) == 1 and not ends:
        spot = starts[0].spot
        if not spot.pieces and spot.box[2] - spot.box[0] > 110:
            starts[0].concept = "request.dates"
    if ends and not starts:
        for p in ends:
            p.leave("request.date_to")
    for p in found:
        if p.concept == "request.dates" and p.kind == "text" and p.spot.box[2] - p.spot.box[0] < _DATES_PT:
            p.leave("request.dates")


def _spans(found: Sequence[Proposal]) -> Iterator[tuple[Proposal, Proposal]]:
    """The places of "from … to …" on one line, where dates are spoken of."""
    texts = sorted((p for p in found if p.spot.kind == "text"), key=lambda p: (p.spot.page, p.spot.box[0]))
    for last in texts:
        beside = [
            p for p in texts
            if p.spot.page == last.spot.page and abs(p.spot.box[3] - last.spot.box[3]) < _ONE_LINE_PT
            and p.spot.box[2] <= last.spot.box[0] + 3
        ]  # fmt: skip
        if not beside or "date_to" not in last.seen.asks:
            continue
        first = beside[-1]
        if (
            "date_from" in first.seen.asks
            and (_of_dates(first) or _of_dates(last))
            and not {first.concept, last.concept} <= {"request.date_from", "request.date_to"}
        ) or (first.concept == "request.dates" and last.concept == "request.date_to"):
            yield first, last


def _of_dates(p: Proposal) -> bool:
    """Whether the words of a place or those over it speak of dates of service."""
    seen = p.seen
    said = (seen.label, folded(seen.reading.margin), *seen.headings[:1], seen.slots["intro"], seen.before[-_BEFORE:])
    return p.concept in ("request.date_from", "request.date_to") or any(
        not {"date", "dates"}.isdisjoint(asked(text)) for text in said
    )


def _sites(found: Sequence[Proposal]) -> None:
    """Where nothing else asks who releases the records, the place for a site takes the provider's name.

    So does the one at the head of the provider's street or city.
    """
    for p in found:
        if p.concept == "provider.site_text" and _heads_address(p, found):
            p.concept = "provider.name"
    if any(p.concept == "provider.name" for p in found):
        return
    for p in found:
        if p.concept == "provider.site_text" and p.seen.asks & {"organization", "name"} and "other" not in p.seen.asks:
            p.concept = "provider.name"
            return


def _heads_address(p: Proposal, found: Sequence[Proposal]) -> bool:
    """Whether the first place below is the provider's street or address, and no name of his stands near."""
    near = [q for q in found if q is not p and q.spot.page == p.spot.page and nearness(p.spot, q.spot) > 0]
    if any(q.concept in ("provider.name", "provider.organization") for q in near):
        return False
    lower = [q for q in near if 4 < q.spot.box[3] - p.spot.box[3] < 35 and _in_column(p, q)]
    first = min(lower, key=lambda q: (round(q.spot.box[3]), q.spot.box[0]), default=None)
    return first is not None and first.concept in ("provider.street", "provider.address")


def _in_column(p: Proposal, q: Proposal) -> bool:
    """Whether one place lies over or under the other, however long each is."""
    return min(p.spot.box[2], q.spot.box[2]) > max(p.spot.box[0], q.spot.box[0])


def _contacts(found: Sequence[Proposal]) -> None:
    """A contact person is asked for by that name; who else stands at the head of a block is the party itself."""
    for p in found:
        if p.kind != "text":
            continue
        if p.tail == "attention" and p.seen.label and "attention" not in p.seen.asks:
            names = (q for q in found if q.head == p.head and q.tail in ("name", "organization"))
            if "organization" in p.seen.asks or not any(nearness(p.spot, q.spot) > 0 for q in names):
                p.become("name")
        elif p.tail in ("name", "organization") and meant(p.seen.label) == ("attention",):
            p.become("attention")


def _purposes(found: Sequence[Proposal]) -> None:
    """What asks for the purpose, in words of its own, and for no other one takes it whole."""
    for p in found:
        if p.seen.where == "column":
            continue
        if p.concept == "purpose.other_text" and "purpose_text" in p.seen.asks and "other" not in p.seen.asks:
            p.concept = "purpose.text"


def _beside_boxes(found: Sequence[Proposal]) -> None:
    """A line behind a box to tick, under one label with it, is for what that box leaves open.

    Behind "Other" it takes the list that the box is of; behind a box of its own kind ("Photographs (specify)") it asks
    for more than the request tells.
    """
    owners: dict[int, Proposal] = {}
    for box in found:
        if box.kind == "check" and box.spot.kind == "check":
            owners |= {id(word): box for word in box.seen.reading.right}
    for p in found:
        if p.spot.kind != "text" or p.kind != "text" or not p.seen.reading.left:
            continue
        owner = owners.get(id(p.seen.reading.left[-1]))
        if owner is None or owner.spot.box[0] > p.spot.box[0]:
            continue
        open_text = _OPEN.get(owner.concept)
        if p.concept in _LISTED:
            if open_text is not None:
                p.concept = open_text
            elif owner.head in ("records", "purpose") and "other" in p.seen.asks and not _is_open(owner):
                p.leave(p.concept)
        elif owner.head == "delivery" and p.concept in ("recipient.fax", "recipient.email"):
            p.concept = {"recipient.fax": "delivery.fax_number", "recipient.email": "delivery.email_address"}[p.concept]


def _is_open(box: Proposal) -> bool:
    """Whether the label of a box names what is not of its list, too: "X-rays or other"."""
    return "other" in asked(re.split(r"\(", box.seen.label)[0])


def _record_numbers(found: Sequence[Proposal]) -> None:
    """A record number among places of the staff's is theirs to write."""
    for p in found:
        if p.concept in ("patient.mrn", "patient.account_number"):
            near = [q for q in found if q is not p and nearness(p.spot, q.spot) > 0 and q.spot.kind == "text"]
            near.sort(key=lambda q: -nearness(p.spot, q.spot))
            if near[:2] and all(q.concept.startswith("staff.") for q in near[:2]):
                p.leave(p.concept)


def _signed(found: Sequence[Proposal]) -> None:
    """Where the words behind a line say that it is for a signature, nothing is written: "I, ____ (signature of …)"."""
    for p in found:
        if p.kind == "text" and p.concept != "signature.printed_name" and _SIGNED.match(p.seen.slots["right"]):
            p.leave(p.concept)


def _names(found: Sequence[Proposal]) -> None:
    """What stands beside a first or last name, and asks for the other, is that; a middle name needs a first one."""
    for whole in found:
        if whole.concept != "patient.full_name":
            continue
        beside = {
            q.concept
            for q in found
            if q.spot.page == whole.spot.page and abs(q.spot.box[3] - whole.spot.box[3]) < _ONE_LINE_PT
        }
        for part, other in (("first_name", "patient.last_name"), ("last_name", "patient.first_name")):
            if part in whole.seen.asks and other in beside:
                whole.concept = f"patient.{part}"
    if any(p.concept == "patient.first_name" for p in found):
        return
    for p in found:
        if p.concept == "patient.middle_name":
            p.leave("patient.middle_name")
