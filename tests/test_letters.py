"""The letters: what they say, read back with another library than wrote them; where the address stands; refusals."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import stat
from pathlib import Path
from typing import Any

import pdfplumber
import pypdf
import pypdfium2
import pytest
from own_forms import SECRETS, workspace

from formfill import letters, yaml_io
from formfill.cli import main
from formfill.errors import OutputError, ProviderError, RequestError
from formfill.letters import BENEFITS, OCR_PORTAL, Letter, Sent, Writer
from formfill.model.profile import Contact, Profile, parse_profile
from formfill.model.provider import Provider
from formfill.model.request import parse_request

TODAY = dt.date(2026, 11, 26)
ADDRESS = {"street": "500 Elm Street", "city": "Fresno", "state": "CA", "postal_code": "93701"}
OFFICE = Contact.model_validate(
    {
        "name": "Elena Marsh",
        "organization": "Harbor Refugee Services",
        "address": {"street": "88 Pier Avenue", "unit": "Suite 210", "city": "Oakland", "state": "CA"},
        "phone": "(510) 555-0177",
    }
)
SENT = Sent(dt.date(2026, 10, 1), by="mail", received_on=dt.date(2026, 10, 6), due_on=dt.date(2026, 10, 21))
ASKED = {"records": ["lab", "immunizations"], "dates": {"from": "2021-01-15"}, "delivery": ["usb", "cd"]}


def person(**more: Any) -> Profile:
    patient = {
        "given_name": "Amina",
        "family_name": "Rahimi",
        "former_names": ["Amina Noori"],
        "birth_date": "1987-03-14",
        "record_numbers": {"acme": "VO-0048213"},
        "address": {"street": "2114 Folsom Blvd", "city": "Sacramento", "state": "CA", "postal_code": "95816"},
    }
    recipients = {"agency": {"name": "Mai Tran", "organization": "Bay Desk"}}
    return parse_profile(
        yaml_io.from_keys({"profile": "p", "patient": patient, "recipients": recipients} | more, "p.yaml")
    )


def writer(asked: dict[str, Any] | None = None, **changes: Any) -> Writer:
    provider = {"id": "acme", "name": "Acme Clinic", "state": "CA", "address": ADDRESS} | changes.pop("provider", {})
    request = parse_request(yaml_io.from_keys(ASKED | (asked or {}), "request"))
    known = {"profile": person(), "request": request, "organisation": OFFICE, "today": TODAY}
    return Writer(**(known | {"provider": Provider.model_validate(provider)} | changes))


def said(letter: Letter) -> str:
    """Every page's text, lines joined by spaces, as PDFium reads it."""
    document = pypdfium2.PdfDocument(letter.pdf)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


def pages(letter: Letter) -> int:
    return len(pypdf.PdfReader(io.BytesIO(letter.pdf)).pages)


AMENDMENT = {"amendment": {"wrong": "Current smoker", "correct": "Never smoked", "reason": "My brother was meant"}}
ALL = {
    "follow-up": lambda: letters.follow_up(writer(), SENT),
    "amendment": lambda: letters.amendment(writer(AMENDMENT)),
    "addendum": lambda: letters.addendum(writer(), ["I never smoked."]),
    "revocation": lambda: letters.revocation(writer({"recipient": "agency"})),
    "complaint": lambda: letters.complaint(writer(), SENT),
    "free-copy": lambda: letters.free_copy(writer(), "ssi", ["Notice of denial"]),
}


@pytest.mark.parametrize("kind", ALL)
def test_every_letter(kind: str) -> None:
    letter = ALL[kind]()
    assert letter.kind == kind
    assert pages(letter) == 1
    text = said(letter)
    for words in ("Harbor Refugee Services", "88 Pier Avenue, Suite 210", "November 26, 2026", "(510) 555-0177"):
        assert words in text
    for words in ("Amina Rahimi", "March 14, 1987", "VO-0048213", "Amina Noori"):
        assert words in text
    assert "Page 1" not in text
    assert dict(pypdf.PdfReader(io.BytesIO(letter.pdf)).metadata or {}).get("/Title") == "Records request"
    assert not [secret for secret in ("Amina", "Rahimi", "1987", "VO-00") if secret in " ".join(letter.notes)]
    assert ALL[kind]().pdf == letter.pdf, "the same letter makes the same bytes"


@pytest.mark.parametrize("kind", ALL)
def test_the_window_shows_the_address_and_nothing_else(kind: str) -> None:
    """#10 double-window: the box at (0.5, 2.04) in, 3.5 x 0.875 in; free up to 5.4 in and down to the fold."""
    with pdfplumber.open(io.BytesIO(ALL[kind]().pdf)) as opened:
        words = opened.pages[0].extract_words()
    shown = [word for word in words if word["bottom"] > 1.7 * 72 and word["top"] < 3.67 * 72]
    text = " ".join(word["text"] for word in shown)
    if kind == "complaint":
        assert text.startswith("Centralized Case Management Operations U.S. Department of Health and Human Services")
        assert text.endswith("Washington, D.C. 20201")
    else:
        assert text == "Health Information Management Acme Clinic 500 Elm Street Fresno, CA 93701"
    for word in shown:
        assert word["x0"] >= 0.5 * 72 - 1
        assert word["x1"] <= 4.0 * 72
        assert word["top"] >= 2.04 * 72 - 1
        assert word["bottom"] <= (2.04 + 0.875) * 72 + 1


@pytest.mark.parametrize("kind", ALL)
def test_there_is_a_line_to_sign_and_nothing_on_it(kind: str) -> None:
    with pdfplumber.open(io.BytesIO(ALL[kind]().pdf)) as opened:
        page = opened.pages[0]
        words, rules = page.extract_words(), sorted(page.lines + page.rects, key=lambda rule: rule["top"])
    signing, dating = [rule for rule in rules if rule["x1"] - rule["x0"] < 3.5 * 72 and rule["height"] < 2][-2:]
    assert signing["top"] == pytest.approx(dating["top"])
    for rule in (signing, dating):
        above = [w for w in words if w["x1"] > rule["x0"] and w["x0"] < rule["x1"]]
        assert not [w for w in above if rule["top"] - 22 < w["bottom"] <= rule["top"] + 1]
    below = " ".join(w["text"] for w in words if signing["top"] < w["top"] < signing["top"] + 28)
    name = "Elena Marsh" if kind == "follow-up" else "Amina Rahimi"
    assert below.startswith(name)
    assert "DATE" in below


def test_a_representative_signs_for_the_patient() -> None:
    child = person(representative={"kind": "parent", "name": "Lea Noori", "relationship": "Mother"})
    assert "Lea Noori for the patient, Amina Rahimi (Mother)" in said(letters.revocation(writer(profile=child)))
    child = person(representative={"kind": "guardian", "name": "Lea Noori"})
    assert "(Legal guardian)" in said(letters.revocation(writer(profile=child)))
    child = person(representative={"kind": "other", "name": "Lea Noori"})
    assert "for the patient, Amina Rahimi DATE" in said(letters.revocation(writer(profile=child)))


def test_without_an_organisation_who_signs_sends() -> None:
    text = said(letters.follow_up(writer(organisation=None), SENT))
    assert text.startswith("Amina Rahimi 2114 Folsom Blvd Sacramento, CA 95816")
    assert "Harbor" not in text


def test_nobody_or_nowhere_to_write_to() -> None:
    with pytest.raises(RequestError, match="nobody is named to write to: --provider ID"):
        letters.revocation(writer(provider={}).__class__(person(), None, writer().request))
    with pytest.raises(ProviderError, match="provider acme: address: a letter needs one: ask the records office"):
        letters.revocation(writer(provider={"address": None}))
    with pytest.raises(ProviderError, match="request: provider: address"):
        letters.revocation(writer({"provider": {"organization": "Pine Clinic"}}))
    long = {"street": "5 Elm Street " * 60, "city": "Fresno", "state": "CA"}
    with pytest.raises(OutputError, match="does not fit the window"):
        letters.revocation(writer(provider={"address": long}))


def test_a_provider_that_the_request_writes_out() -> None:
    asked = {"provider": {"organization": "Pine Clinic", "address": ADDRESS}}
    assert "Pine Clinic 500 Elm Street" in said(letters.revocation(writer(asked)))


# follow-up


def test_a_follow_up_says_what_was_asked_when_it_was_due_and_by_which_rule() -> None:
    sent = Sent(SENT.on, by="mail", received_on=SENT.received_on, due_on=SENT.due_on, tracking="9407 1000")
    text = said(letters.follow_up(writer(), sent))
    for words in (
        "Overdue: request for medical records",
        "A request for access to medical records was sent to you on October 1, 2026.",
        "They were due on October 21, 2026, and neither the records nor a written reason for the delay have come.",
        "RECORDS Lab results, immunizations",
        "DATES OF SERVICE January 15, 2021 - present",
        "FORMAT on a USB flash drive; if that cannot be done, on a CD or DVD",
        "SENT October 1, 2026, by mail, no. 9407 1000",
        "RECEIVED October 6, 2026",
        "DUE October 21, 2026, California Health and Safety Code section 123110 and 45 CFR 164.524",
        "Office for Civil Rights",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rule": "Texas law"}, "DUE October 21, 2026, Texas law "),
        ({"is_estimated": True}, "164.524; the day of receipt is an estimate"),
        ({"received_on": None, "by": ""}, "SENT October 1, 2026 DUE"),
        (
            {"extended_to": dt.date(2026, 11, 25)},
            "You wrote that the records would come by November 25, 2026. They hav",
        ),
    ],
)
def test_what_the_ledger_knows_is_said(changes: dict[str, Any], words: str) -> None:
    known = {"on": SENT.on, "by": "mail", "received_on": SENT.received_on, "due_on": SENT.due_on}
    assert words in said(letters.follow_up(writer(), Sent(**(known | changes))))


def test_elsewhere_the_federal_rule_and_for_an_authorization_none() -> None:
    elsewhere = writer(provider={"address": ADDRESS | {"state": "TX", "postal_code": "73301"}})
    text = said(letters.follow_up(elsewhere, SENT))
    assert "DUE October 21, 2026, 45 CFR 164.524" in text
    assert "California" not in text
    to_agency = said(letters.follow_up(writer({"recipient": "agency"}), Sent(SENT.on)))
    assert "An authorization to release medical records was sent to you on October 1, 2026. As of today" in to_agency
    for words in ("164.524", "123110", "Civil Rights", "DUE"):
        assert words not in to_agency


@pytest.mark.parametrize(
    ("due_on", "extended_to", "message"),
    [
        (None, None, "when were the records due"),
        (TODAY, None, "nothing is overdue before 2026-11-27"),
        (SENT.due_on, dt.date(2026, 12, 5), "nothing is overdue before 2026-12-06"),
    ],
)
def test_what_is_not_overdue_is_not_asked_for(
    due_on: dt.date | None, extended_to: dt.date | None, message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        letters.follow_up(writer(), Sent(SENT.on, due_on=due_on, extended_to=extended_to))


@pytest.mark.parametrize("key", ["received_on", "due_on", "extended_to"])
def test_days_are_in_order(key: str) -> None:
    with pytest.raises(RequestError, match=f"{key}: 2026-09-30 is before the day the request was sent, 2026-10-01"):
        Sent(SENT.on, **{key: dt.date(2026, 9, 30)})


# amendment and addendum


def test_an_amendment_says_what_the_patient_wrote_and_no_more() -> None:
    written = {"entry": "Visit of March 3, 2025", "notify": "Dr. Sandoval", **AMENDMENT["amendment"]}
    text = said(letters.amendment(writer({"amendment": written})))
    for words in (
        "THE ENTRY Visit of March 3, 2025",
        "WHAT IS WRONG Current smoker",
        "WHAT IT SHOULD SAY Never smoked",
        "WHY My brother was meant",
        "PLEASE ALSO TELL Dr. Sandoval",
        "within 60 days",
        "45 CFR 164.526",
        "statement of disagreement",
    ):
        assert words in text
    assert "Lab results" not in text, "an amendment asks for no records"
    short = said(letters.amendment(writer(AMENDMENT)))
    assert "THE ENTRY" not in short
    assert "PLEASE ALSO TELL" not in short


@pytest.mark.parametrize("missing", ["wrong", "correct", "reason"])
def test_an_amendment_is_never_made_up(missing: str) -> None:
    written = {key: value for key, value in AMENDMENT["amendment"].items() if key != missing}
    with pytest.raises(RequestError) as raised:
        letters.amendment(writer({"amendment": written}))
    assert str(raised.value).startswith(f"amendment.{missing}: ")
    assert f"--{missing} TEXT" in str(raised.value)
    with pytest.raises(RequestError, match=r"(?s)amendment\.wrong.*\n.*correct.*\n.*reason"):
        letters.amendment(writer())


def words(count: int) -> str:
    return " ".join(f"word{number}" for number in range(count))


def test_250_words_are_taken_whole_and_251_refused_with_their_count() -> None:
    letter = letters.addendum(writer(), [words(250)])
    # a footer may stand between two of them
    assert re.findall(r"word\d+", said(letter)) == words(250).split()
    assert "STATEMENT, 250 WORDS" in said(letter)
    with pytest.raises(RequestError) as raised:
        letters.addendum(writer(), [words(250), words(251)])
    assert str(raised.value) == (
        "statement 2: has 251 words, and California Health and Safety Code 123111 lets a patient add 250 for one item: "
        "shorten it by 1, or make two items of it"
    )
    with pytest.raises(RequestError, match="has 251 words, more than 250 words"):
        writer({"amendment": {"statement": words(251)}})


def test_an_addendum_says_that_it_is_to_join_the_record() -> None:
    text = said(letters.addendum(writer(), ["I never smoked.", "Nor drank."]))
    assert "wants this addendum to be made part of it, as California Health and Safety Code section 123111" in text
    assert "ITEM 1, 3 WORDS I never smoked." in text
    assert "ITEM 2, 2 WORDS Nor drank." in text
    assert "STATEMENT, 1 WORD No." in said(letters.addendum(writer(), ["No."]))


def test_a_long_addendum_goes_on_over_pages_that_are_numbered() -> None:
    letter = letters.addendum(writer(), [words(250)] * 4)
    assert pages(letter) > 1
    text = said(letter)
    assert text.count("word249") == 4
    for number in range(1, pages(letter) + 1):
        assert f"Page {number} of {pages(letter)}" in text
    with pdfplumber.open(io.BytesIO(letter.pdf)) as opened:
        for page in opened.pages:
            assert all(
                w["x0"] >= 36 - 1 and w["x1"] <= 612 - 54 + 1 and w["bottom"] < 770 for w in page.extract_words()
            )


def test_statements_in_other_scripts_and_with_signs_of_typst() -> None:
    text = said(letters.addendum(writer(), ["#panic() *no* $x$ Hồng Олександр"]))
    assert "#panic() *no* $x$ Hồng Олександр" in text


@pytest.mark.parametrize(
    ("statements", "message"), [([], "--statement-file FILE"), (["fine", " \n"], "statement 2: is empty")]
)
def test_an_addendum_without_words(statements: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        letters.addendum(writer(), statements)


def test_an_addendum_and_a_free_copy_are_california_law() -> None:
    texas = writer(provider={"address": ADDRESS | {"state": "TX", "postal_code": "73301"}})
    with pytest.raises(RequestError, match=r"keeps its records in TX, and .* elsewhere, amendment"):
        letters.addendum(texas, ["I never smoked."])
    with pytest.raises(RequestError, match="in TX, and the free copy is California law"):
        letters.free_copy(texas, "ssi", ["Notice"])


# revocation


@pytest.mark.parametrize(
    ("recipient", "signed", "sent", "start"),
    [
        ("agency", None, None, "I revoke the authorization to release medical records to Mai Tran, Bay Desk as 45 CFR"),
        ("agency", dt.date(2026, 10, 1), None, "Bay Desk, signed on October 1, 2026, as 45 CFR 164.508(b)(5) provides"),
        (
            "agency",
            dt.date(2026, 10, 1),
            dt.date(2026, 10, 2),
            "signed on October 1, 2026 and sent to you on October 2",
        ),
        ("self", None, None, "I revoke every authorization to release medical records as 45 CFR"),
    ],
)
def test_a_revocation(recipient: str, signed: dt.date | None, sent: dt.date | None, start: str) -> None:
    text = said(letters.revocation(writer({"recipient": recipient}), signed, sent))
    assert start in text
    assert "please release nothing more under it" in text
    assert "FORMAT" not in text


# complaint


def test_a_complaint_has_its_facts_and_its_days() -> None:
    letter = letters.complaint(writer(), SENT)
    text = said(letter)
    for fact in (
        "Complaint: access to medical records",
        "FROM Amina Rahimi 2114 Folsom Blvd Sacramento, CA 95816",
        "AGAINST Acme Clinic 500 Elm Street Fresno, CA 93701",
        "RECORDS Lab results, immunizations",
        "SENT October 1, 2026, by mail",
        "RECEIVED October 6, 2026",
        # R + 30, whatever day California set
        "DUE November 5, 2026, 30 days from its receipt (45 CFR 164.524(b)(2))",
        "Access has been overdue since November 6, 2026; the 180 days for a complaint end on May 5, 2027",
        OCR_PORTAL,
    ):
        assert fact in text
    (note,) = letter.notes
    assert "file it by 2027-05-05" in note
    assert OCR_PORTAL in note


def test_an_assumed_receipt_is_said_to_be_one() -> None:
    text = said(letters.complaint(writer(), Sent(SENT.on)))
    assert "DUE November 5, 2026, 30 days from receipt, taken to be 5 days after sending" in text


@pytest.mark.parametrize(
    ("extended_to", "due"),
    [(dt.date(2026, 11, 20), dt.date(2026, 11, 20)), (dt.date(2027, 3, 1), dt.date(2026, 12, 5))],
)
def test_an_extension_counts_up_to_60_days(extended_to: dt.date, due: dt.date) -> None:
    assert letters.access_due(Sent(SENT.on, received_on=SENT.received_on, extended_to=extended_to)) == due


def test_what_happened_is_in_the_callers_words() -> None:
    letter = letters.complaint(writer(), SENT, "They asked for $90 first.", dt.date(2026, 10, 20))
    text = said(letter)
    assert "WHAT HAPPENED They asked for $90 first." in text
    assert "This was on October 20, 2026; the 180 days for a complaint end on April 18, 2027" in text
    assert "neither the records" not in text


@pytest.mark.parametrize(
    ("asked", "sent", "more", "message"),
    [
        ({"recipient": "agency"}, SENT, (), "obliges nobody, so 45 CFR 164.524 was not broken.*--recipient self"),
        ({}, Sent(dt.date(2026, 11, 1)), (), "until 2026-12-06, so there is no ground .* before 2026-12-07"),
        ({}, SENT, ("They refused.",), "--happened-on DATE"),
        ({}, SENT, ("", dt.date(2026, 10, 20)), "--happened TEXT"),
        ({}, SENT, ("They refused.", dt.date(2026, 11, 27)), "2026-11-27 is yet to come"),
    ],
)
def test_a_complaint_without_ground(asked: dict[str, Any], sent: Sent, more: tuple[Any, ...], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        letters.complaint(writer(asked), sent, *more)


def test_the_last_day_for_a_complaint() -> None:
    last = dt.date(2027, 5, 5)
    assert len(letters.complaint(writer(today=last), SENT).notes) == 1
    late = letters.complaint(writer(today=last + dt.timedelta(1)), SENT).notes
    assert "the 180 days ended on 2027-05-05" in late[1]


# free copy


@pytest.mark.parametrize("benefit", BENEFITS)
def test_a_free_copy_for_each_program(benefit: str) -> None:
    letter = letters.free_copy(writer(), benefit, ["Notice of denial of May 2, 2026", "Form SSA-561"])
    text = said(letter)
    assert "section 123110 please send one copy, at no charge" in text
    assert BENEFITS[benefit] in text
    assert "within 30 days" in text
    assert "ENCLOSED Notice of denial of May 2, 2026 Form SSA-561" in text
    assert ("immigration status" in " ".join(letter.notes)) == (benefit in {"capi", "u-visa", "vawa"})


@pytest.mark.parametrize(
    ("benefit", "proof", "message"),
    [
        ("ssi", [], "wants proof .*--proof"),
        ("ssi", [" "], "wants proof"),
        ("lottery", ["x"], "no such program 'lottery': one of medi-cal"),
    ],
)
def test_a_free_copy_needs_a_program_and_proof(benefit: str, proof: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        letters.free_copy(writer(), benefit, proof)


# the commands


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a sender and a provider that can be written to, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    (tmp_path / "formfill.yaml").write_text("sender:\n  organization: Lakeside Legal Aid\n")
    address = "address: {street: 500 Elm Street, city: Fresno, state: CA, postal_code: '93701'}\n"
    (tmp_path / "form_maps/acme/provider.yaml").write_text(f"id: acme\nname: Acme Clinic\nstate: CA\n{address}")
    return tmp_path


def letter(kind: str, *more: str) -> int:
    return main(["letter", kind, "test-patient", "--provider", "acme", "--out", "out/", *more])


def text_of(path: Path) -> str:
    return said(Letter("", path.read_bytes()))


COMMANDS: dict[str, list[str]] = {
    "follow-up": ["--records", "lab", "--sent", "2025-10-01", "--due", "2025-10-21", "--by", "mail", "--estimated"],
    "amendment": ["--wrong", "Smoker", "--correct", "Never smoked", "--reason", "A mistake"],
    "addendum": ["--statement", "I never smoked."],
    "revocation": ["--recipient", "caseworker", "--signed", "2025-10-01"],
    "complaint": ["--records", "lab", "--sent", "2025-01-01", "--received", "2025-01-05"],
    "free-copy": ["--benefit", "ssi", "--proof", "Notice of denial"],
}


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command(place: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    assert letter(kind, *COMMANDS[kind]) == 0
    assert [path.name for path in (place / "out").iterdir()] == [f"{kind}.pdf"]
    assert stat.S_IMODE((place / f"out/{kind}.pdf").stat().st_mode) == 0o600
    assert "Amina Yusuf Rahimi" in text_of(place / f"out/{kind}.pdf")
    assert "Lakeside Legal Aid" in text_of(place / f"out/{kind}.pdf")
    told = capsys.readouterr()
    assert f"wrote out/{kind}.pdf" in told.out
    assert not any(secret in told.out + told.err for secret in SECRETS)


def test_a_request_file_and_options_beside_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "amend.yaml").write_text(
        "form: acme-roi-en\namendment: {wrong: Smoker, correct: Never, reason: wrong man}\n"
    )
    command = ["letter", "amendment", "test-patient", "--request", "amend.yaml", "--reason", "My brother was meant"]
    assert main([*command, "--out", "mine.pdf", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": "mine.pdf", "letter": "amendment", "notes": []}
    text = text_of(place / "mine.pdf")
    assert "WHAT IS WRONG Smoker" in text
    assert "WHY My brother was meant" in text
    assert "Acme Clinic" in text, "the provider of the request's form"


def test_statements_from_files(place: Path) -> None:
    (place / "one.txt").write_text(f"{words(249)}\n\nend\n", encoding="utf-8-sig")
    (place / "asked.yaml").write_text("amendment: {statement: As the request has it.}\n")
    assert letter("addendum", "--statement-file", "one.txt") == 0
    assert "STATEMENT, 250 WORDS word0" in text_of(place / "out/addendum.pdf")
    assert letter("addendum", "--request", "asked.yaml") == 0
    assert "As the request has it." in text_of(place / "out/addendum.pdf")


@pytest.mark.parametrize(
    ("kind", "arguments", "code", "message"),
    [
        ("follow-up", ["--sent", "10/01/2025"], 2, "--sent"),
        ("follow-up", ["--due", "2025-10-21"], 2, "--sent"),
        ("follow-up", ["--sent", "2025-10-01"], 4, "--due YYYY-MM-DD"),
        ("amendment", [], 4, "--reason TEXT"),
        ("amendment", ["--reason", "a"], 4, "--wrong TEXT"),
        ("addendum", [], 4, "--statement TEXT"),
        ("addendum", ["--statement-file", "none.txt"], 4, "none.txt: cannot be read: No such file"),
        ("addendum", ["--statement-file", "latin.txt"], 4, "latin.txt: not UTF-8 text"),
        ("addendum", ["--statement-file", "long.txt"], 4, "statement 1: has 251 words"),
        ("free-copy", ["--benefit", "ssi"], 4, "--proof"),
        ("revocation", ["--recipient", "sister"], 4, "no recipient 'sister'"),
        ("revocation", ["--records", ""], 2, "--records is empty"),
        ("revocation", ["--provider", "acne"], 4, "Did you mean acme?"),
        ("revocation", ["--out", "letter.docx"], 8, "name it .pdf"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    place: Path, capsys: pytest.CaptureFixture[str], kind: str, arguments: list[str], code: int, message: str
) -> None:
    (place / "latin.txt").write_bytes(b"caf\xe9")
    (place / "long.txt").write_text(words(251))
    before = sorted(place.rglob("*"))
    assert letter(kind, *arguments) == code
    assert message in capsys.readouterr().err
    assert sorted(place.rglob("*")) == before
