"""The letters that go after a request, or beside one: follow-up, amendment, addendum, revocation, complaint, free copy.

Each is a page of ours, on the workspace's letterhead, with the address in the window of a #10 envelope and a line to
sign; none is signed, and none says anything that the profile, the request, the caller or the law cited did not say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from formfill.errors import RequestError
from formfill.letter_page import (
    Letter,
    Sent,
    Writer,
    addressee,
    asked_rows,
    day,
    facts,
    letter,
    name_or_organisation,
    paragraph,
    patient_rows,
    person_rows,
    quotation,
    sent_rows,
)
from formfill.model.request import MOST_WORDS, words_in
from formfill.packet.correspondents import sender
from formfill.packet.cover import Party
from formfill.parties import recipient_of
from formfill.store.deadlines import (
    ACCESS_DAYS,
    ACCESS_EXTENSION,
    COMPLAINT_DAYS,
    TRANSIT_DAYS,
    Clock,
    complaint_by,
    deadlines,
)

__all__ = [
    "BENEFITS", "Letter", "Sent", "Writer", "access_due", "addendum", "amendment", "complaint", "follow_up",
    "free_copy", "revocation",
]  # fmt: skip

OCR_PORTAL = "https://ocrportal.hhs.gov/ocr/smartscreen/main.jsf"
OCR_EMAIL = "OCRComplaint@hhs.gov"
OCR = Party(
    name="Centralized Case Management Operations",
    organisation="U.S. Department of Health and Human Services",
    address=("200 Independence Avenue, S.W.", "Room 509F HHH Bldg.", "Washington, D.C. 20201"),
)
_CLAIM = "a claim or appeal for"
#: What California gives free copies for (Health and Safety Code 123110; SB 575, AB 2520), as the letter says it.
BENEFITS: dict[str, str] = {
    "medi-cal": f"{_CLAIM} Medi-Cal",
    "ssi": f"{_CLAIM} Supplemental Security Income (SSI or SSP)",
    "ssdi": f"{_CLAIM} Social Security Disability Insurance",
    "ihss": f"{_CLAIM} In-Home Supportive Services",
    "calworks": f"{_CLAIM} CalWORKs",
    "calfresh": f"{_CLAIM} CalFresh",
    "veterans": f"{_CLAIM} veterans’ benefits",
    "capi": f"{_CLAIM} the Cash Assistance Program for Immigrants",
    "housing": f"{_CLAIM} government housing assistance",
    "u-visa": "a petition for U nonimmigrant status",
    "vawa": "a self-petition under the Violence Against Women Act",
}
#: Programs that tell of immigration status.
_OF_STATUS = frozenset({"capi", "u-visa", "vawa"})


def follow_up(writer: Writer, sent: Sent) -> Letter:
    """Asks for records that are overdue: what was asked, when it was sent, when it was due, by which rule.

    Raises: RequestError, where nothing is overdue or no due day is told; and what every letter raises.
    """
    is_access = writer.instrument == "access-request"
    if sent.due_on is None and is_access:
        raise RequestError("due_on: when were the records due? --due YYYY-MM-DD")
    last = max((end for end in (sent.due_on, sent.extended_to) if end), default=None)
    if last is not None and last >= writer.today:
        raise RequestError(f"due_on: nothing is overdue before {last + dt.timedelta(1)}: wait, or mend the day")
    what = "A request for access to" if is_access else "An authorization to release"
    due = f"{day(sent.due_on)}, {sent.rule or _usual_rule(writer)}" if sent.due_on else ""
    if due and sent.is_estimated:
        due += "; the day of receipt is an estimate"
    if sent.extended_to:
        overdue = f"You wrote that the records would come by {day(sent.extended_to)}. They have not."
    else:
        since = f"They were due on {day(sent.due_on)}, and" if sent.due_on else "As of today"
        overdue = f"{since} neither the records nor a written reason for the delay have come."
    body = [paragraph(f"{what} medical records was sent to you on {day(sent.on)}. {overdue}")]
    body.append(facts(*patient_rows(writer), *asked_rows(writer.request), *sent_rows(sent, due)))
    body.append(paragraph("Please send the records now, or write why they are late and on which day they will come."))
    if is_access:
        body.append(
            paragraph(
                "If they do not come, the patient may complain to the Office for Civil Rights of the U.S. Department "
                "of Health and Human Services (45 CFR 160.306)."
            )
        )
    from_, _ = sender(writer.profile, writer.request, writer.organisation)
    signer = {"name": from_.name or from_.organisation, "capacity": from_.organisation if from_.name else ""}
    return letter(writer, "follow-up", "Overdue: request for medical records", body, signer=signer)


def amendment(writer: Writer) -> Letter:
    """Asks to amend the record (45 CFR 164.526): what is wrong, what it should say, and why, as the request has it.

    Raises: RequestError, for what is missing of the three; and what every letter raises.
    """
    asked = writer.request.amendment
    missing = [name for name in ("wrong", "correct", "reason") if not (asked and getattr(asked, name))]
    if asked is None or missing:
        raise RequestError("\n".join(
            f"amendment.{name}: an amendment says what is wrong, what it should say, and why: --{name} TEXT, or "
            f"amendment: {name}: in the request (45 CFR 164.526(b)(1))"
            for name in missing
        ))  # fmt: skip
    body = [
        paragraph("Please amend the medical record of the patient named here (45 CFR 164.526)."),
        facts(*patient_rows(writer)),
    ]
    for label, text in (
        ("The entry", asked.entry),
        ("What is wrong", asked.wrong),
        ("What it should say", asked.correct),
        ("Why", asked.reason),
        ("Please also tell", asked.notify),
    ):
        if text:
            body.append(quotation(label, text))
    body.append(
        paragraph(
            "Please act on this within 60 days of receiving it. If you refuse, please write why, and how the patient "
            "may file a statement of disagreement (45 CFR 164.526(d))."
        )
    )
    return letter(writer, "amendment", "Request to amend a medical record", body)


def addendum(writer: Writer, statements: Sequence[str]) -> Letter:
    """Adds the patient's own words to a California record (Health and Safety Code 123111), one item a statement.

    Raises: RequestError, for a statement of more than 250 words, an empty one or none, or a record that is not kept in
    California; and what every letter raises.
    """
    _in_california(
        writer, "an addendum that must join the record is Health and Safety Code 123111: elsewhere, amendment"
    )
    if not statements:
        raise RequestError("statement: what is to join the record? --statement TEXT, or --statement-file FILE")
    for number, statement in enumerate(statements, 1):
        count = words_in(statement)
        if not count:
            raise RequestError(f"statement {number}: is empty: write what is to join the record, or leave it out")
        if count > MOST_WORDS:
            raise RequestError(
                f"statement {number}: has {count} words, and California Health and Safety Code 123111 lets a patient "
                f"add {MOST_WORDS} for one item: shorten it by {count - MOST_WORDS}, or make two items of it"
            )
    them = "statement" if len(statements) == 1 else "statements"
    body = [
        paragraph(
            f"The patient named here adds the {them} below to the medical record and wants this addendum to be made "
            "part of it, as California Health and Safety Code section 123111 provides. Please attach it to the "
            "record and include it whenever the part of the record that it speaks of is disclosed."
        ),
        facts(*patient_rows(writer)),
    ]
    for number, statement in enumerate(statements, 1):
        item = "Statement" if len(statements) == 1 else f"Item {number}"
        words = "1 word" if words_in(statement) == 1 else f"{words_in(statement)} words"
        body.append(quotation(f"{item}, {words}", statement))
    return letter(writer, "addendum", "Addendum to a medical record", body)


def revocation(writer: Writer, signed_on: dt.date | None = None, sent_on: dt.date | None = None) -> Letter:
    """Takes back an authorization (45 CFR 164.508(b)(5)). Raises: what every letter raises."""
    to = recipient_of(writer.profile, writer.request)
    which = (
        f"the authorization to release medical records to {name_or_organisation(to)}"
        if to
        else "every authorization to release medical records"
    )
    days = [f"signed on {day(signed_on)}"] if signed_on else []
    days += [f"sent to you on {day(sent_on)}"] if sent_on else []
    said = f", {' and '.join(days)}," if days else ""
    body = [
        paragraph(
            f"I revoke {which}{said} as 45 CFR 164.508(b)(5) provides. It is about the records of the patient named "
            "here."
        ),
        facts(*patient_rows(writer), *asked_rows(writer.request, delivery=False)),
        paragraph(
            "From the day this letter reaches you, please release nothing more under it. What you did in reliance on "
            "it before then is not undone."
        ),
    ]
    return letter(writer, "revocation", "Revocation of an authorization", body)


def complaint(writer: Writer, sent: Sent, happened: str = "", happened_on: dt.date | None = None) -> Letter:
    """A draft to the Office for Civil Rights: access was asked for and not given as 45 CFR 164.524 says.

    ``happened`` is what the provider did, in the caller's words, on ``happened_on``; without it the complaint is that
    nothing came in time. Raises: RequestError, where access was not asked for, or its time is not over; and what every
    letter raises.
    """
    if writer.instrument != "access-request":
        raise RequestError(
            "instrument: an authorization permits a release and obliges nobody, so 45 CFR 164.524 was not broken. If "
            "the patient asked for their own records: --recipient self, or --instrument access-request"
        )
    if bool(happened) != bool(happened_on):
        raise RequestError(
            "happened: say both what the provider did and on which day: --happened TEXT --happened-on DATE"
        )
    if happened_on and happened_on > writer.today:
        raise RequestError(f"happened_on: {happened_on} is yet to come: mend --happened-on")
    due = access_due(sent)
    violated = happened_on or due + dt.timedelta(1)
    if violated > writer.today:
        raise RequestError(
            f"received_on: 45 CFR 164.524 gives the provider until {due}, so there is no ground to complain of "
            f"lateness before {violated}. For a refusal or a fee before then: --happened TEXT --happened-on DATE"
        )
    last = complaint_by(violated).due
    against, _ = addressee(writer)
    body = [
        paragraph(
            "This is a complaint about access to medical records. The organization named here has not given the access "
            "that 45 CFR 164.524 requires."
        ),
        facts(
            *person_rows(writer), ("Against", [against.organisation or against.name, *against.address, against.phone])
        ),
        facts(*patient_rows(writer), *asked_rows(writer.request), *sent_rows(sent, f"{day(due)}, {_why(sent)}")),
        quotation("What happened", happened) if happened else paragraph(
            f"The time that the law gives ended on {day(due)}. On {day(writer.today)} neither the records nor a "
            "written refusal had come."
        ),
        paragraph(
            f"{'This was on' if happened else 'Access has been overdue since'} {day(violated)}; the {COMPLAINT_DAYS} "
            f"days for a complaint end on {day(last)} (45 CFR 160.306). The same facts can be entered at {OCR_PORTAL}."
        ),
    ]  # fmt: skip
    notes = [f"a draft: read it, then file it by {last} at {OCR_PORTAL}, by e-mail to {OCR_EMAIL}, or by mail"]
    if last < writer.today:
        notes.append(
            f"the {COMPLAINT_DAYS} days ended on {last}: the Office for Civil Rights may take a late complaint for "
            "good cause, and the letter must say it: ask there first"
        )
    return letter(writer, "complaint", "Complaint: access to medical records", body, to=OCR, notes=notes)


def free_copy(writer: Writer, benefit: str, proof: Sequence[str]) -> Letter:
    """Asks for the free copy that California gives for a benefit claim (Health and Safety Code 123110).

    ``benefit`` is a key of ``BENEFITS``; ``proof`` names what is enclosed to show the need. Raises: RequestError, for
    another benefit, no proof, or records that are not kept in California; and what every letter raises.
    """
    if benefit not in BENEFITS:
        raise RequestError(f"benefit: no such program {benefit!r}: one of {', '.join(BENEFITS)}")
    _in_california(writer, "the free copy is California law (Health and Safety Code 123110)")
    if not [paper for paper in proof if paper.strip()]:
        raise RequestError(
            "proof: the law wants proof that the records are needed: --proof 'notice of denial of May 2', and "
            "enclose it"
        )
    body = [
        paragraph(
            "Under California Health and Safety Code section 123110 please send one copy, at no charge, of the part "
            f"of the medical record named here that supports {BENEFITS[benefit]}. Proof of the need is enclosed."
        ),
        facts(*patient_rows(writer), *asked_rows(writer.request)),
        paragraph("Please send the copy within 30 days of receiving this letter and its proof."),
    ]
    notes = ["the patient or representative signs: the law does not name resettlement caseworkers"]
    if benefit in _OF_STATUS:
        notes.append("this program tells of immigration status: ask the patient whether the provider may know of it")
    return letter(writer, "free-copy", "Request for a free copy of medical records", body, enclosed=proof, notes=notes)


def access_due(sent: Sent) -> dt.date:
    """The last day that federal law gives for access, from receipt or its estimate (45 CFR 164.524(b)(2))."""
    received = sent.received_on or sent.on
    clock = Clock(
        instrument="access-request",
        sent=sent.on,
        received=sent.received_on,
        # of the notice its day is not known here: it came in time
        extended_on=received if sent.extended_to else None,
        extended_until=sent.extended_to,
    )
    return deadlines(clock)[0].due


def _usual_rule(writer: Writer) -> str:
    if writer.instrument != "access-request":
        return "as asked"
    california = "California Health and Safety Code section 123110 and " if addressee(writer)[1] == "CA" else ""
    return f"{california}45 CFR 164.524"


def _why(sent: Sent) -> str:
    """How ``access_due`` comes to its day."""
    since = "its receipt" if sent.received_on else f"receipt, taken to be {TRANSIT_DAYS} days after sending"
    if sent.extended_to is not None:
        return f"at most {ACCESS_DAYS + ACCESS_EXTENSION} days from {since} (45 CFR 164.524(b)(2))"
    return f"{ACCESS_DAYS} days from {since} (45 CFR 164.524(b)(2))"


def _in_california(writer: Writer, why: str) -> None:
    """Raises: RequestError, where the records are not kept in California."""
    state = addressee(writer)[1]
    if state != "CA":
        where = f"in {state}" if state else "in no known state"
        raise RequestError(
            f"provider: keeps its records {where}, and {why}. If that is wrong, mend its address or state"
        )
