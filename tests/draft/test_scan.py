"""Pages that are pictures: drawn here with Pillow, turned and dirtied, and read back as words, lines and boxes."""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from formfill.draft.scan import ScanFacts, read_scan
from formfill.draft.scan_lines import PX_PER_PT, ink_of, lines_across, lines_down, shades
from formfill.draft.scan_squares import squares
from formfill.draft.scan_words import Read, find_tesseract, sensible, words
from formfill.errors import BlankFormError
from formfill.pdf.geometry import PageFrame, ShownBox

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
LETTER = PageFrame(0, 0, 612, 792, 0)


class Paper:
    """A grey page of Letter size at 300 dpi; what its methods draw is given in displayed points."""

    def __init__(self) -> None:
        self.picture = Image.new("L", (2550, 3300), 250)
        self._pen = ImageDraw.Draw(self.picture)

    def line(self, x0: float, y0: float, x1: float, y1: float, thick_pt: float = 0.7, grey: int = 30) -> None:
        self._pen.line([v * PX_PER_PT for v in (x0, y0, x1, y1)], grey, max(1, round(thick_pt * PX_PER_PT)))

    def frame(self, box: ShownBox, thick_pt: float = 0.7) -> None:
        self._pen.rectangle([round(v * PX_PER_PT) for v in box], outline=30, width=max(1, round(thick_pt * PX_PER_PT)))

    def fill(self, box: ShownBox, grey: int) -> None:
        self._pen.rectangle([round(v * PX_PER_PT) for v in box], fill=grey)

    def text(self, x: float, baseline: float, text: str, size_pt: float = 11, grey: int = 30) -> None:
        font = ImageFont.load_default(size_pt * PX_PER_PT)
        self._pen.text((x * PX_PER_PT, baseline * PX_PER_PT), text, grey, font, anchor="ls")

    def turned(self, degrees: float) -> Image.Image:
        return self.picture.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=250)

    def pdf(self, degrees: float = 0) -> bytes:
        file = io.BytesIO()
        self.turned(degrees).save(file, "PDF", resolution=300)
        return file.getvalue()


def across_of(picture: Image.Image) -> list[ShownBox]:
    grey = np.asarray(picture)
    return [_points(line.across_box()) for line in lines_across(ink_of(grey), grey)]


def down_of(picture: Image.Image) -> list[ShownBox]:
    grey = np.asarray(picture)
    ink = ink_of(grey)
    return [_points(line.down_box()) for line in lines_down(ink, grey, lines_across(ink, grey))]


def squares_of(picture: Image.Image) -> list[ShownBox]:
    return [_points(box) for box in squares(ink_of(np.asarray(picture)))]


def _points(box: ShownBox) -> ShownBox:
    return box[0] / PX_PER_PT, box[1] / PX_PER_PT, box[2] / PX_PER_PT, box[3] / PX_PER_PT


def text_of(facts: ScanFacts) -> str:
    return " ".join(word.text for word in facts.words)


# lines


def test_a_rule_is_found_where_it_is() -> None:
    paper = Paper()
    paper.line(100, 200, 400, 200)
    [box] = across_of(paper.picture)
    assert box == pytest.approx((100, 199.6, 400, 200.5), abs=0.6)


@pytest.mark.parametrize("degrees", [-2.0, -0.8, 0.8, 2.0])
def test_a_crooked_rule_is_one_line_at_its_mean_height(degrees: float) -> None:
    paper = Paper()
    paper.line(156, 396, 456, 396)  # about the middle of the page, around which it turns
    [box] = across_of(paper.turned(degrees))
    assert (box[1] + box[3]) / 2 == pytest.approx(396, abs=1)
    assert (box[0], box[2]) == pytest.approx((156, 456), abs=2)


def test_a_broken_rule_is_one_line() -> None:
    paper = Paper()
    paper.line(100, 200, 400, 200)
    paper.fill((180, 198, 181.5, 202), 250)
    paper.fill((300, 198, 301, 202), 250)
    assert [(round(box[0]), round(box[2])) for box in across_of(paper.picture)] == [(100, 400)]


def test_a_doubled_rule_is_one_line() -> None:
    paper = Paper()
    paper.line(100, 200, 400, 200)
    paper.line(100, 202, 400, 202)
    [box] = across_of(paper.picture)
    assert (box[1] + box[3]) / 2 == pytest.approx(201, abs=0.6)


def test_dots_are_a_line_and_specks_are_none() -> None:
    paper = Paper()
    for x in range(100, 300, 3):
        paper.fill((x, 200, x + 0.8, 200.8), 30)
    rng = random.Random(1)
    for _ in range(400):
        x, y = rng.uniform(50, 560), rng.uniform(400, 440)
        paper.fill((x, y, x + 0.6, y + 0.6), 60)
    [box] = across_of(paper.picture)
    assert box == pytest.approx((100, 199.6, 299, 201.2), abs=1.6)


def test_short_underscores_count_and_strokes_of_letters_do_not() -> None:
    paper = Paper()
    paper.line(72, 300, 86, 300)
    paper.text(90, 299, "Laboratory TEST ELEVEN", 14)
    paper.text(72, 360, "THE TITLE", 30)
    boxes = across_of(paper.picture)
    assert [(round(box[0]), round(box[2]), round((box[1] + box[3]) / 2)) for box in boxes] == [(72, 86, 300)]


def test_blanks_between_slashes_are_apart() -> None:
    paper = Paper()
    for x in (100, 124, 148):
        paper.line(x, 200, x + 21.8, 200)
    for x in (122, 146):
        paper.line(x - 0.2, 201, x + 2, 191)
    assert len(across_of(paper.picture)) == 3


def test_a_fold_of_the_paper_is_no_line() -> None:
    paper = Paper()
    paper.line(100, 200, 500, 200, grey=222)
    paper.line(100, 300, 500, 300, grey=190)
    assert [round((box[1] + box[3]) / 2) for box in across_of(paper.picture)] == [300]


def test_walls_of_a_table_are_found_and_a_bar_code_is_not() -> None:
    paper = Paper()
    paper.frame((72, 100, 540, 130))
    paper.line(300, 100, 300, 130)
    for i in range(30):
        paper.line(100 + 2.5 * i, 600, 100 + 2.5 * i, 640, 0.5 + i % 3 * 0.4)
    assert [round((box[0] + box[2]) / 2) for box in down_of(paper.picture)] == [72, 300, 540]
    assert len(across_of(paper.picture)) == 2


# boxes


@pytest.mark.parametrize("side", [6, 9, 15])
@pytest.mark.parametrize("degrees", [0, 1.2])
def test_boxes_are_found(side: float, degrees: float) -> None:
    paper = Paper()
    places = [(280 + 20 * i, 380.0, 280 + 20 * i + side, 380 + side) for i in range(3)]
    for box in places:
        paper.frame(box)
    assert sorted(squares_of(paper.turned(degrees))) == [pytest.approx(box, abs=1.6) for box in places]


def test_a_box_with_a_shadow_or_a_gap_is_found() -> None:
    paper = Paper()
    paper.frame((100, 100, 109, 109))
    paper.fill((109, 101, 111, 111), 30)
    paper.fill((101, 109, 111, 111), 30)
    paper.frame((200, 100, 209, 109))
    paper.fill((203, 99, 203.6, 102), 250)
    assert sorted(round(box[0]) for box in squares_of(paper.picture)) == [100, 200]


def test_letters_and_cells_are_no_boxes() -> None:
    paper = Paper()
    for size, baseline in ((9, 100), (12, 130), (16, 160), (24, 200)):
        paper.text(72, baseline, "O D 0 Q o B 8 P R D0CTOR EPRESENT", size)
    for x in range(100, 220, 12):  # a comb, and a row of cells
        paper.frame((x, 400, x + 12, 412))
        paper.line(x, 460, x, 470)
    paper.line(100, 470, 220, 470)
    paper.frame((300, 400, 330, 410))
    assert squares_of(paper.picture) == []


def test_areas_are_shades_and_print_is_none() -> None:
    paper = Paper()
    paper.fill((72, 100, 540, 116), 210)
    paper.text(80, 112, "SECTION ONE")
    paper.text(72, 200, "AUTHORIZATION FOR RELEASE", 22)
    paper.frame((72, 300, 540, 400))
    assert [_points(box) for box in shades(np.asarray(paper.picture))] == [pytest.approx((72, 100, 540, 116), abs=3)]


# words


def test_what_a_box_was_read_as_is_cut_off() -> None:
    box = (100.0, 100.0, 130.0, 130.0)
    reads = [
        Read("OLab", (100, 100, 220, 130), 80, ("1",)),
        Read("D", (98, 98, 132, 132), 90, ("2",)),
        Read("Labs", (300, 100, 400, 130), 95, ("1",)),
    ]
    kept = sensible(reads, [], [box])
    assert [read.text for read in kept] == ["Lab", "Labs"]
    assert kept[0].box[0] == 130


@pytest.mark.parametrize(
    ("read", "kept"), [("Name:____", "Name:"), ("____", ""), ("—", ""), ("__Initials", "Initials")]
)
def test_what_a_rule_was_read_as_is_cut_off(read: str, kept: str) -> None:
    across = [(90.0, 128.0, 600.0, 131.0)]
    found = sensible([Read(read, (100, 100, 300, 130), 80, ("1",))], across, [])
    assert [one.text for one in found] == ([kept] if kept else [])


def test_words_are_in_the_order_of_crooked_lines() -> None:
    reads = []
    for row in range(3):
        for column in range(6):
            x, y = 100 + 300 * column, 200 + 60 * row + 9 * column  # climbs by more than half a line
            reads.append(Read(f"w{row}{column}", (x, y, x + 90, y + 30), 95, (str(row), str(column // 3))))
    assert [word.text for word in words(reads, PX_PER_PT)] == [
        f"w{row}{column}" for row in range(3) for column in range(6)
    ]


@needs_tesseract
@pytest.mark.parametrize("degrees", [0, 1.0])
def test_a_form_is_read(degrees: float) -> None:
    paper = Paper()
    paper.text(180, 80, "Authorization to Release Records", 16)
    paper.text(72, 130, "Patient name:")
    paper.line(142, 131, 400, 131)
    paper.text(410, 130, "Birth date:")
    paper.line(466, 131, 540, 131)
    paper.fill((72, 150, 540, 168), 20)
    paper.text(80, 163, "INFORMATION TO RELEASE", 12, grey=250)
    for i, label in enumerate(("Laboratory results", "Immunizations", "Mental health")):
        paper.frame((72, 190 + 20 * i, 81, 199 + 20 * i))
        paper.text(84, 199 + 20 * i, label)
    facts = read_scan(paper.pdf(degrees), 0, LETTER)
    assert text_of(facts) == (
        "Authorization to Release Records Patient name: Birth date: INFORMATION TO RELEASE "
        "Laboratory results Immunizations Mental health"
    )
    assert (len(facts.across), len(facts.squares), len(facts.down)) == (2, 3, 0)
    patient = next(word for word in facts.words if word.text == "Patient")
    assert patient.size == pytest.approx(11, rel=0.15)
    if not degrees:
        assert (patient.box[0], patient.box[3]) == pytest.approx((72, 130), abs=1.5)
        assert len(facts.shades) == 1


@needs_tesseract
def test_a_page_stored_at_a_point_a_pixel_is_read_alike() -> None:
    paper = Paper()
    paper.text(72, 130, "Patient name:")
    paper.line(142, 131, 400, 131)
    file = io.BytesIO()
    paper.picture.save(file, "PDF", resolution=72)
    facts = read_scan(file.getvalue(), 0, PageFrame(0, 0, 2550, 3300, 0))
    assert text_of(facts) == "Patient name:"
    assert facts.across[0][0] == pytest.approx(142 * PX_PER_PT, abs=4)


@needs_tesseract
def test_an_empty_page_has_nothing() -> None:
    assert read_scan(Paper().pdf(), 0, LETTER) == ScanFacts((), (), (), (), ())


def test_without_tesseract_the_page_and_the_remedy_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        BlankFormError, match=r"page 1 is a scan: reading it needs Tesseract: apt-get install tesseract-ocr"
    ):
        read_scan(Paper().pdf(), 0, LETTER)
    with pytest.raises(BlankFormError, match="page 3"):
        find_tesseract(3)


@needs_tesseract
def test_without_a_language_its_package_is_named() -> None:
    with pytest.raises(BlankFormError, match=r"Tesseract's eng\+tlh: apt-get install"):
        read_scan(Paper().pdf(), 0, LETTER, language="eng+tlh")


def test_a_damaged_file_is_refused() -> None:
    with pytest.raises(BlankFormError, match="cannot be read as a PDF"):
        read_scan(b"%PDF-1.4 nothing", 0, LETTER)


@pytest.fixture
def scan_of(corpus: Path) -> Callable[[str, PageFrame], ScanFacts]:
    def read(name: str, frame: PageFrame = LETTER) -> ScanFacts:
        path = corpus / name
        if not path.is_file():
            pytest.skip(f"the corpus here has no {name}")
        return read_scan(path.read_bytes(), 0, frame)

    return read


@needs_tesseract
@pytest.mark.parametrize(
    ("name", "boxes", "label"),
    [
        ("lincoln-hospital-davenport/form-1.pdf", 25, "Immunization Record (Child Profile)"),
        ("duke-university-hospital/form-3.pdf", 42, "Mental and Behavioral Health Substance Use Disorder"),
        ("mayers-memorial-hospital/form-2.pdf", 7, "Alcohol/drug treatment information (initial)"),
        ("tioga-medical-center/form-1.pdf", 1, "Release From: Facility: Appointment Date:"),
    ],
)
def test_real_scans(scan_of: Callable[[str], ScanFacts], name: str, boxes: int, label: str) -> None:
    facts = scan_of(name)
    assert len(facts.squares) == boxes
    assert label in text_of(facts)
    assert len(facts.across) >= 15
