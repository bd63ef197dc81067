"""Which list a box stands in, and what is left because of where it stands."""

from __future__ import annotations

import pytest
from builders import RADIO, Blank
from pikepdf import Name

from formfill.draft.detect import detect
from formfill.draft.doubt import doubt
from formfill.draft.doubt_form import doubt_form
from formfill.draft.lists import settle_lists, under_sensitive, under_staff
from formfill.draft.proposal import Proposal
from formfill.draft.propose import propose
from formfill.pdf.compile import compile_blank

#: Two lists of boxes, each under the line that leads to it.
RECORDS = ("Information to be released:", "Laboratory reports", "Immunizations", "Radiology reports", "Other:")
PURPOSES = ("Purpose of disclosure:", "Legal", "Insurance", "Continuity of care", "Other:")


def proposals(*lines: str) -> list[Proposal]:
    """What is proposed for a form of such lines: a box before each that ends in no colon, or is "Other:".

    All are as sure as can be, whatever the weights say of them.
    """
    blank = Blank(pages=0)
    words = [(50.0, 740.0, "Authorization to Release Health Information")]
    content = b""
    for i, text in enumerate(lines):
        y = 700 - 20 * i
        boxed = not text.endswith(":") or text == "Other:"
        words.append((70.0 if boxed else 50.0, float(y), text))
        content += b"54 %d 9 9 re S\n" % y if boxed else b""
    blank.page(words=words, content=content)
    found = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    for p in found:
        p.confidence = 0.95
    return found


def take(p: Proposal, concept: str) -> Proposal:
    """Take a place for something, by its words alone."""
    p.concept, p.kind, p.excludes, p.guess = concept, "check", False, ""
    return p


def boxes(found: list[Proposal], words: str) -> list[Proposal]:
    return [p for p in found if p.spot.kind == "check" and p.seen.label.startswith(words)]


# lists


@pytest.mark.parametrize("wrong", ["records.other", "recipient.other_option", "delivery.other"])
def test_other_among_purposes_is_a_purpose(wrong: str) -> None:
    found = proposals(*RECORDS, *PURPOSES)
    for words, concept in {"legal": "legal", "insurance": "insurance", "continuity": "continuity_of_care"}.items():
        take(*boxes(found, words), f"purpose.{concept}")
    other = take(boxes(found, "other")[-1], wrong)
    settle_lists(found)
    assert other.concept == "purpose.other"


def test_other_among_records_stays_one() -> None:
    found = proposals(*RECORDS, *PURPOSES)
    for words, concept in {"laboratory": "lab", "immun": "immunizations", "radiology": "radiology_reports"}.items():
        take(*boxes(found, words), f"records.{concept}")
    other = take(boxes(found, "other")[0], "records.other")
    settle_lists(found)
    assert other.concept == "records.other"


def test_self_among_purposes_is_no_recipient() -> None:
    found = proposals("Purpose of disclosure:", "Self", "Legal", "Insurance", "Continuity of care")
    for words, concept in {"legal": "legal", "insurance": "insurance", "continuity": "continuity_of_care"}.items():
        take(*boxes(found, words), f"purpose.{concept}")
    own = take(*boxes(found, "self"), "recipient.self")
    settle_lists(found)
    assert own.concept == "purpose.personal"


def test_a_heading_alone_moves_nothing() -> None:
    """A heading may be another's: the boxes around must be of its list."""
    found = proposals("Purpose of disclosure:", "I want to inspect my record")
    [box] = boxes(found, "i want")
    take(box, "delivery.inspect")
    settle_lists(found)
    assert box.concept == "delivery.inspect"


def test_a_box_beside_others_of_its_kind_stays_what_it_is() -> None:
    """Where a list's own heading is not found, the one over it is another's."""
    found = proposals(*RECORDS, "Legal", "Treatment or consultation")
    for words, concept in {"laboratory": "lab", "immun": "immunizations", "radiology": "radiology_reports"}.items():
        take(*boxes(found, words), f"records.{concept}")
    take(*boxes(found, "legal"), "purpose.legal")
    box = take(*boxes(found, "treatment"), "purpose.continuity_of_care")
    settle_lists(found)
    assert box.concept == "purpose.continuity_of_care"


def test_a_radio_group_is_one_list() -> None:
    blank = Blank(pages=0)
    words = [(70.0, 700.0 - 20 * i, text) for i, text in enumerate(("Legal", "Insurance", "School", "Other"))]
    blank.page(words=words)
    kids = []
    for i in range(4):
        rect = (54.0, 700.0 - 20 * i, 63.0, 709.0 - 20 * i)
        kid = blank.widget(rect)
        kid["/AP"] = blank.marks(rect, f"Choice{i}")
        kids.append(kid)
    blank.form.Fields.append(blank.parent("Reason", kids, FT=Name.Btn, Ff=RADIO))
    found = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    for p, concept in zip(
        found, ("purpose.legal", "purpose.insurance", "purpose.school", "records.other"), strict=True
    ):
        take(p, concept).confidence = 0.95
    settle_lists(found)
    assert found[-1].concept == "purpose.other"


# what the section keeps empty


@pytest.mark.parametrize("heading", ["Mental health:", "Substance use treatment:", "Salud mental:"])
def test_a_record_of_a_protected_category_is_left(heading: str) -> None:
    found = proposals(heading, "Discharge summary", "Progress notes")
    [box] = boxes(found, "discharge")
    take(box, "records.discharge_summary")
    assert under_sensitive(box)
    doubt(box)
    assert (box.concept, box.guess) == ("unknown", "records.discharge_summary")


def test_a_record_under_a_heading_of_records_is_ticked() -> None:
    found = proposals("Mental health:", "Assessment", *RECORDS)
    [box] = boxes(found, "laboratory")
    take(box, "records.lab")
    assert not under_sensitive(box)
    doubt(box)
    assert box.concept == "records.lab"


@pytest.mark.parametrize(
    ("label", "ticked"),
    [
        ("Laboratory reports", True),
        ("Laboratory reports (may include HIV information)", False),
        ("Laboratory reports (excluding HIV information)", True),
    ],
)
def test_a_record_that_takes_a_protected_category_along_is_left(label: str, *, ticked: bool) -> None:
    [box] = boxes(proposals("Information to be released:", label, "Radiology reports"), "laboratory")
    doubt(take(box, "records.lab"))
    assert (box.concept == "records.lab") == ticked


@pytest.mark.parametrize(("heading", "staff"), [("For office use only:", True), ("How to send them:", False)])
def test_a_box_of_the_staff_is_left(heading: str, *, staff: bool) -> None:
    [box] = boxes(proposals(heading, "Faxed", "Mailed"), "faxed")
    take(box, "delivery.fax")
    assert under_staff(box) == staff
    doubt(box)
    assert (box.concept == "unknown") == staff


# the staff's lines


def lines(*texts: str) -> list[Proposal]:
    """What is proposed for lines that all end at the same x, below each other."""
    blank = Blank(pages=0)
    content = b""
    for i, text in enumerate(texts):
        content += b"%d %d m 580 %d l S\n" % (408 + 5 * len(text), 739 - 16 * i, 739 - 16 * i)
    blank.page(words=[(400.0, 740.0 - 16 * i, text) for i, text in enumerate(texts)], content=content)
    found = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    return sorted((p for p in found if p.spot.kind == "text"), key=lambda p: p.spot.box[3])


@pytest.mark.parametrize(
    ("others", "left"), [(("Pages copied:", "Completed by:"), True), (("Date of birth:", "Phone:"), False)]
)
def test_a_record_number_in_the_staffs_corner_is_left(others: tuple[str, ...], *, left: bool) -> None:
    found = lines("MR#:", *others)
    assert len(found) == 3
    found[0].concept = "patient.mrn"
    doubt_form(found)
    assert (found[0].concept == "unknown") == left


def test_what_is_said_to_be_the_staffs_is_left_however_sure() -> None:
    blank = Blank(pages=0)
    blank.page(words=[(50, 700, "Record number: ______________________________"), (200, 688, "(Hospital use only)")])
    [p] = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    p.concept, p.kind, p.confidence = "patient.mrn", "text", 0.99
    doubt(p)
    assert p.concept == "unknown"


def test_boxes_that_are_ticked_together_are_left() -> None:
    """Two boxes "Other" that the form has as one field, with one state: either tick would be the other's as well."""
    blank = Blank()
    found = []
    for y in (700, 400):
        rect = (54.0, float(y), 63.0, y + 9.0)
        kid = blank.widget(rect)
        kid["/AP"] = blank.marks(rect, "On")
        found.append(kid)
    blank.form.Fields.append(blank.parent("Other", found, FT=Name.Btn))
    made = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    assert len(made) == 2
    take(made[0], "purpose.other")
    take(made[1], "purpose.other")
    doubt_form(made)
    assert [p.concept for p in made] == ["purpose.other"] * 2
    take(made[1], "records.other")
    doubt_form(made)
    assert [p.concept for p in made] == ["unknown"] * 2


@pytest.mark.parametrize(("sure", "left"), [(0.7, True), (0.9, False)])
def test_a_second_box_for_one_kind_of_record_is_left_unless_it_is_sure(sure: float, *, left: bool) -> None:
    found = proposals("Information to be released:", "X-ray reports", "Mammograms")
    [reports], [second] = boxes(found, "x-ray"), boxes(found, "mammograms")
    take(reports, "records.radiology_reports")
    take(second, "records.radiology_reports").confidence = sure
    doubt_form(found)
    assert reports.concept == "records.radiology_reports"
    assert (second.concept == "unknown") is left


@pytest.mark.parametrize(("lead", "left"), [("Type of records requested:", True), ("How to send them:", False)])
def test_a_format_in_a_row_of_record_types_is_left(lead: str, *, left: bool) -> None:
    blank = Blank(pages=0)
    words = [(50.0, 740.0, "Authorization to Release Health Information"), (50.0, 700.0, lead)]
    words += [(214.0, 700.0, "REPORTS"), (294.0, 700.0, "CD")]
    blank.page(words=words, content=b"200 700 9 9 re S 280 700 9 9 re S\n")
    found = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    [disc] = boxes(found, "cd")
    take(disc, "delivery.cd").confidence = 0.9
    disc.seen.among = ""
    doubt(disc)
    assert (disc.concept == "unknown") is left
