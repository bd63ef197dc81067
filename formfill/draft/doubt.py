"""What of a draft is not sure enough to be filled, and is left for a person to decide.

Fails safe: where a signature, a staff member's or a sensitive category may be meant, more certainty is wanted than
elsewhere, and a box is ticked only where the words beside it say so.
"""

from __future__ import annotations

import re

from formfill.draft.candidates import Candidate, head_of
from formfill.draft.lists import under_sensitive, under_staff
from formfill.draft.meant import meant, share_told
from formfill.draft.proposal import Proposal
from formfill.draft.seen import list_in
from formfill.draft.wordings import PARTIES, asked, coverage, manner, spoken_of, wordings

#: Below this a place is left for a person to decide.
SURE_TEXT = 0.4
SURE_TICK = 0.45
SURE_RECORD = 0.55
SURE_SENSITIVE = 0.75
SURE_EXCLUDED = 0.9
#: A place that may be a signature's, a staff member's or the like by more than this stays empty.
_DANGER = 0.14
#: A text beside words on the staff's use must be as sure as this.
_SURE_NEAR_STAFF = 0.85
#: A record number is as often the staff's to write: by more than this it is left.
_STAFFS_NUMBER = 0.05
#: What is no likelier this party's than all others' stays empty.
_SURE_PARTY = 0.5
#: The share of a remark's letters that must speak of the staff.
_STAFF_SHARE = 0.4
#: No name is written on less, in points.
_NAME_PT = 50.0
#: The words that lead a row of boxes are so many letters at the most, and the options between them and a box.
_LEAD, _ON_ONE_LINE = 40, 30
_HANDS = ("signature.", "witness.", "interpreter.", "staff.")
#: Ticking these is never sure from the print alone: which way the records go, and which of several options is meant.
PERSON_DECIDES = frozenset({
    "direction.release", "direction.obtain", "direction.exchange", "recipient.other_option", "request.dates_option",
})  # fmt: skip
#: What is written by hand: dates beside signatures, the names of witnesses and interpreters, whatever is staff's.
_BY_HAND = frozenset({
    "signature.date", "signature.time", "signature.representative_date", "witness.name", "witness.date",
    "interpreter.name", "interpreter.date", "staff.use",
})  # fmt: skip
#: A box is ticked only where at least this share of the telling words beside it speak of its concept.
_TICK_SHARE = 0.4
#: Words that go with any concept.
_FILLER = frozenset({
    "report", "reports", "result", "results", "record", "records", "note", "notes", "copy", "copies", "information",
    "info", "all", "any", "other", "the", "of", "and", "or", "for", "to", "on", "in", "a", "my", "me", "at", "by",
    "from", "with", "test", "tests", "medical", "health", "care", "form", "history", "list", "summary", "please",
    "specify", "pertinent", "burn", "past", "present", "current", "diagnostic", "complete", "del", "de", "la", "el",
    "los", "las", "y", "o", "en", "para", "por", "informe", "informes", "registro", "registros", "resultado",
    "resultados", "copia", "medica", "medico", "atencion", "date", "dates", "fecha", "fechas", "sobre", "most",
    "recent", "last", "includes", "include", "including", "below", "check", "listed", "those", "following",
    "pertaining", "only", "i", "would", "like", "you", "your",
})  # fmt: skip


def doubt(p: Proposal) -> None:
    """Leave what is not sure enough, with its concept as the guess."""
    if p.concept in ("other", "unknown") or (p.concept.startswith(_HANDS) and p.concept != "signature.printed_name"):
        return
    guess = f"{p.concept}{' (excluded)' if p.excludes else ''}"
    hands = sum(one.probability for one in p.ranked if _by_hand(one.candidate))
    if p.kind == "text":
        danger = max(_share(p, concept) for concept in ("signature.date", "staff.use"))
        if (
            p.confidence < (SURE_SENSITIVE if p.head == "sensitive" else SURE_TEXT)
            or (p.confidence < _SURE_NEAR_STAFF and _for_staff(p) and p.concept != "patient.full_name")
            or hands > max(_DANGER, 0.4 * p.confidence)
            or danger > 0.3
            or p.whose <= _SURE_PARTY
            or _said_for_staff(p)
            or _staffs_number(p)
            or _too_short(p)
            or _unnamed(p)
        ):
            p.leave(guess)
    elif p.kind == "check":
        of_list = {"sensitive": SURE_SENSITIVE, "records": SURE_RECORD}
        wanted = SURE_EXCLUDED if p.excludes else of_list.get(p.head, SURE_TICK)
        against = sum(
            one.probability for one in p.ranked
            if one.candidate.concept == p.concept and one.candidate.excludes != p.excludes
        )  # fmt: skip
        plain = p.head == "purpose" and p.confidence >= SURE_EXCLUDED  # a purpose releases nothing
        told = plain or (_says_so(p) and _in_its_list(p))
        if p.confidence < wanted or against > 0.08 or not told or under_staff(p) or _protected(p):
            p.leave(guess)


def _in_its_list(p: Proposal) -> bool:
    """Whether a box stands where such boxes do: "CD" among record types is a kind of record, not a delivery format."""
    among = p.seen.among
    if p.head == "delivery":
        lead, colon, options = p.seen.before.rpartition(":")  # "Type of records: [] reports [] CD"
        is_led = colon and len(options) < _ON_ONE_LINE and list_in(lead[-_LEAD:]) == p.seen.led == "records"
        return among != "records" and not is_led
    if p.head == "records":
        return among not in ("provider", "recipient", "representative")
    if p.head == "purpose":
        told = among == "purpose" or any("purpose" in parties for _, parties in p.seen.cues)
        return told and not p.seen.asks & {"all_dates", "two_years", "dates"}
    return True


def _for_staff(p: Proposal) -> bool:
    """Whether the print right at a place, or the heading over it, speaks of the provider's own use."""
    slots = p.seen.slots
    near = (slots.get(name, "") for name in ("right", "under", "under_taken", "over", "over_taken", "tooltip"))
    if any("staff" in spoken_of(text) for text in near):
        return True
    # a row that is headed as somebody's is not the staff's, though something above speaks of them
    told = {where: parties[0] for where, parties in p.seen.cues}
    where_told = ("own", "margin") if "margin" in told else ("own", "section", "heading0", "intro")
    return any(told.get(where) == "staff" for where in where_told)


def _said_for_staff(p: Proposal) -> bool:
    """Whether brackets behind a place, or the words under it, say that the staff fill it in: "(hospital use only)"."""
    slots = p.seen.slots
    remarks = [slots.get(name, "") for name in ("under", "under_taken")]
    bracket = re.match(r"\(([^)]*)", slots.get("right", ""))
    remarks += [bracket[1]] if bracket else []
    return any(share_told(remark, frozenset({"staff"})) >= _STAFF_SHARE for remark in remarks)


def _staffs_number(p: Proposal) -> bool:
    """Whether a record number may be for the staff to write: one beside words on their use, however sure."""
    if p.tail not in ("mrn", "account_number"):
        return False
    return _for_staff(p) or _share(p, "staff.use") > _STAFFS_NUMBER


def _too_short(p: Proposal) -> bool:
    """Whether a printed line has no room for what it would take: nobody's name is as short as a line for initials."""
    left, _, right, _ = p.spot.box
    room = p.spot.widget is None and not p.spot.pieces and right - left < _NAME_PT
    return room and p.tail in ("name", "full_name", "organization", "address", "street", "city_state_zip")


def _unnamed(p: Proposal) -> bool:
    """Whether nothing around a place speaks of what it is taken for: only where it stands does."""
    asks = wordings().concepts.get(p.concept, frozenset())
    return p.head in PARTIES and all(asks.isdisjoint(asked(text)) for text in p.seen.slots.values())


def _protected(p: Proposal) -> bool:
    """Whether a kind of record is one of a protected category: "Discharge summary" under "Mental health:".

    A box that names such a category beside a kind of record releases both.
    """
    if p.head != "records" or p.kind != "check":
        return False
    named = any(ask.startswith("sensitive.") for ask in meant(p.seen.label))
    return (named and "excludes" not in manner(p.seen.label)) or under_sensitive(p)


def _says_so(p: Proposal) -> bool:
    """Whether the words beside a box are about its concept ("Lab reports", not "Pacific Diagnostic Labs")."""
    asks = frozenset(p.together) if p.concept in p.together else wordings().concepts.get(p.concept, frozenset())
    if p.excludes or p.head not in ("records", "purpose", "delivery", "sensitive"):
        return True
    label = p.seen.label
    if p.seen.where in ("left_near", "over") and p.seen.slots["right_near"]:
        label = p.seen.slots["right"]  # its own words; the label is another's, or what leads to the list
    whole = re.sub(r"\((?:e?s|ies)\)", "", label.lstrip(" (#.-*"))
    text = re.split(r"[(;:.]|, | - ", whole)[0].strip()
    if not any("." in ask for ask in coverage(text)) or (p.head == "delivery" and asks.isdisjoint(coverage(text))):
        text = re.split(r"[);:]", whole)[0]  # "Diagnostic test results (labs, …)": the brackets say which
    spans = [match.span() for ask in asks for match in wordings().asks[ask].finditer(text)]
    words = [(m.start(), m.end()) for m in re.finditer(r"[a-z']+", text) if m[0] not in _FILLER]
    told = sum(any(a < end and b > start for a, b in spans) for start, end in words)
    mine = max((b - a for a, b in spans), default=0)
    # of its own list several may stand on one box ("Lab/Pathology"); another list's words speak against it
    others = [span for ask, span in coverage(text).items() if "." in ask and head_of(ask) != p.head]
    return bool(spans) and told >= _TICK_SHARE * len(words) and max(others, default=0) <= 2 * mine


def _by_hand(candidate: Candidate) -> bool:
    """Whether a person signs, initials or writes there himself."""
    return candidate.kind in ("signature", "initials") or candidate.concept in _BY_HAND


def _share(proposal: Proposal, concept: str) -> float:
    """How likely the place is ``concept``, of whatever kind, 0 to 1."""
    return sum(one.probability for one in proposal.ranked if one.candidate.concept == concept)
