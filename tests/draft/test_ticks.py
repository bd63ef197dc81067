"""What the words beside a box say: several kinds at once, what only looks like its label, whether there is room."""

from __future__ import annotations

import pytest
from builders import Blank
from pikepdf import Array, Dictionary, Name

from formfill.draft.candidates import Candidate
from formfill.draft.detect import detect
from formfill.draft.doubt import doubt
from formfill.draft.facts import Detection, PageFacts, Spot, Word, lines_of
from formfill.draft.labels import read_form
from formfill.draft.proposal import Proposal
from formfill.draft.propose import propose
from formfill.draft.ranker import Ranked
from formfill.draft.seen import see
from formfill.pdf.compile import compile_blank

BOX = (54.0, 90.0, 63.0, 99.0)


def box(label: str, left: str = "") -> Proposal:
    """What is proposed for one box with a label at its right, and perhaps words at its left."""
    blank = Blank(pages=0)
    words = [(50.0, 720.0, "Information to be released:"), (170.0, 700.0, label), (170.0, 680.0, "Progress notes")]
    words += [(76.0, 700.0, left)] if left else []
    blank.page(words=words, content=b"154 700 9 9 re S\n154 680 9 9 re S\n")
    found = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    p = next(p for p in found if p.spot.kind == "check" and p.spot.box[3] < 95)
    p.confidence = 0.95
    return p


@pytest.mark.parametrize(
    ("label", "kinds"),
    [
        ("Lab/Pathology", ("records.lab", "records.pathology")),
        ("X-ray reports/films", ("records.radiology_images", "records.radiology_reports")),
        ("Office/progress note(s)", ("records.clinic_notes", "records.progress_notes")),
        ("Insurance/workers' compensation", ("purpose.insurance", "purpose.workers_comp")),
        ("Electronic copy (USB, CD)", ("delivery.cd", "delivery.usb")),
        ("Cardiac cath lab", ()),
        ("Radiology images", ()),
        # who asks for one kind does not get everything, nor a bundle
        ("All health information and my medical history and physical", ()),
        ("History and physical, discharge summary, labs, operative reports", ()),
    ],
)
def test_a_box_that_names_several_is_for_either(label: str, kinds: tuple[str, ...]) -> None:
    assert box(label).together == kinds


@pytest.mark.parametrize(
    ("label", "concept"),
    [
        ("Date(s) of lab reports", "records.lab"),
        ("Nota(s) quirúrgica(s)", "records.operative"),
        ("Most recent progress notes", "records.progress_notes"),
        ("Electronic (CD/DVD)", "delivery.cd"),
    ],
)
def test_words_that_go_with_anything_leave_no_doubt(label: str, concept: str) -> None:
    p = box(label)
    p.concept, p.kind, p.excludes, p.together, p.seen.among, p.seen.led = concept, "check", False, (), "", ""
    doubt(p)
    assert p.concept == concept


def test_a_heading_at_the_left_is_no_label() -> None:
    """A box of unknown words is not what the words before it are."""
    for beside, ticked in (("our own system (members only)", False), ("", True)):
        p = box("", "Electronic copy")
        p.concept, p.kind, p.excludes, p.together, p.seen.among, p.seen.led = (
            "delivery.electronic",
            "check",
            False,
            (),
            "",
            "",
        )
        assert p.seen.where == "left_near"
        p.seen.slots |= {"right_near": beside, "right": beside}
        doubt(p)
        assert (p.concept == "delivery.electronic") == ticked


@pytest.mark.parametrize(("width", "written"), [(40.0, False), (160.0, True)])
def test_a_name_needs_room(width: float, *, written: bool) -> None:
    blank = Blank(pages=0)
    blank.page(words=[(50, 700, "Clinic name:")], content=b"120 699 m %d 699 l S\n" % (120 + width))
    [p] = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    p.concept, p.kind, p.confidence, p.ranked = "provider.name", "text", 0.95, []
    doubt(p)
    assert (p.concept == "provider.name") == written


@pytest.mark.parametrize(
    ("label", "sure", "written"),
    [("Clinic name:", 0.45, True), ("Reason:", 0.45, False), ("Reason:", 0.95, False)],
)
def test_what_nothing_speaks_of_is_left(label: str, sure: float, *, written: bool) -> None:
    blank = Blank(pages=0)
    blank.page(words=[(50, 700, label)], content=b"120 699 m 420 699 l S\n")
    [p] = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    p.concept, p.kind, p.confidence, p.ranked = "recipient.name", "text", sure, []
    doubt(p)
    assert (p.concept == "recipient.name") == written


@pytest.mark.parametrize(
    ("first", "second", "label"),
    [
        ("Registro de", "vacunas", "registro de vacunas"),
        ("Operative/", "procedure reports", "operative/ procedure reports"),
        ("Laboratory reports", "see above", "laboratory reports"),
    ],
)
def test_a_label_that_breaks_off_goes_on_below(first: str, second: str, label: str) -> None:
    blank = Blank(pages=0)
    blank.page(words=[(70, 700, first), (70, 688, second)], content=b"54 700 9 9 re S\n")
    detection = detect(compile_blank(blank.save(), "0" * 64, "blank.pdf"))
    [seen] = [one for one in see(detection, read_form(detection)) if one.spot.kind == "check"]
    assert seen.label == label


def test_the_next_boxes_label_is_no_continuation() -> None:
    blank = Blank(pages=0)
    words = [(70, 700, "Radiology and"), (70, 688, "Pathology")]
    blank.page(words=words, content=b"54 700 9 9 re S\n54 688 9 9 re S\n")
    detection = detect(compile_blank(blank.save(), "0" * 64, "blank.pdf"))
    assert [one.label for one in see(detection, read_form(detection))] == ["radiology and", "pathology"]


def test_a_printed_box_ends_the_label() -> None:
    """A box that is printed as a letter, and is no place, still begins another label."""
    words = [Word("Transferring", (70, 90, 130, 100), 10), Word("care", (133, 90, 153, 100), 10)]
    words += [Word("\u25a1", (170, 90, 178, 100), 10), Word("Coordinating", (182, 90, 242, 100), 10)]
    detection = Detection((PageFacts(1, 612, 792, tuple(words)),), (Spot("check", 1, BOX, "square"),))
    [seen] = see(detection, read_form(detection))
    assert seen.label == "transferring care"


def test_letters_are_as_large_as_they_are_set() -> None:
    """A face may claim four times its height for each letter: lines would seem to lie on each other."""
    blank = Blank(pages=0)
    text = "I authorize the clinic to release these records"
    blank.page(words=[(50, 700.0 - 12 * i, text) for i in range(6)])
    tall = Dictionary(
        Type=Name.FontDescriptor, FontName=Name.Tall, Flags=32, FontBBox=Array([-1000, -3000, 2000, 3000]),
        Ascent=3000, Descent=-1500, ItalicAngle=0, CapHeight=700, StemV=80,
    )  # fmt: skip
    font = blank.pdf.pages[0].obj["/Resources"]["/Font"]["/F1"]
    font["/BaseFont"], font["/Subtype"] = Name.Tall, Name.TrueType
    font["/FirstChar"], font["/LastChar"], font["/Widths"] = 32, 126, Array([500] * 95)
    font["/FontDescriptor"] = blank.pdf.make_indirect(tall)
    page = detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")).pages[0]
    assert not page.is_scan
    assert all(8 < word.size < 14 for word in page.words)
    assert len(lines_of(page.words)) == 6


@pytest.mark.parametrize(
    ("head", "staff", "written"), [("", 0.04, True), ("", 0.06, False), ("Office use only", 0.0, False)]
)
def test_a_record_number_that_may_be_the_staffs_is_left(head: str, staff: float, *, written: bool) -> None:
    blank = Blank(pages=0)
    blank.page(words=[(50, 720, head), (50, 700, "Medical record #:")], content=b"140 699 m 420 699 l S\n")
    [p] = propose(detect(compile_blank(blank.save(), "0" * 64, "blank.pdf")))
    p.concept, p.kind, p.confidence = "patient.mrn", "text", 0.95
    p.ranked = [Ranked(Candidate("patient.mrn", "text"), 0.94, ()), Ranked(Candidate("staff.use", "text"), staff, ())]
    doubt(p)
    assert (p.concept == "patient.mrn") == written
