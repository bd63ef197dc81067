"""Values stand where the map says, whatever the page's boxes, rotation and contents."""

from __future__ import annotations

import io

import pdfplumber
import pypdf
import pytest
from builders import Blank, raw_pdf
from fills import fill, in_box, in_field, in_pieces, ticked_box
from pikepdf import Array, Dictionary, Name
from readback import check_with_qpdf, ink, pixels, text_in, within

BOX = (100.0, 200.0, 260.0, 214.0)

PAGES = {
    "plain": {},
    "media box off the origin": {"media": (-50, 120, 562, 912)},
    "crop box": {"media": (0, 0, 700, 900), "crop": (30, 40, 642, 832)},
    "crop box off a media box off the origin": {"media": (-20, -30, 700, 900), "crop": (10, 60, 622, 852)},
    "crop box beyond the media box": {"media": (0, 0, 612, 792), "crop": (-40, -40, 700, 900)},
}


@pytest.mark.parametrize("rotate", [0, 90, 180, 270, -90, 450])
@pytest.mark.parametrize("boxes", PAGES)
def test_overlay_stands_in_its_box_as_displayed(boxes: str, rotate: int) -> None:
    blank = Blank(pages=0)
    blank.page(**PAGES[boxes], rotate=rotate, words=[(440, 640, "A printed line")])
    data = blank.save()
    filled = fill(data, in_box(BOX, "Amina Rahimi")).data
    assert text_in(filled, BOX) == "AminaRahimi"
    seen = ink(data, filled)
    assert within(seen, BOX)
    assert seen[2] - seen[0] > 3 * (seen[3] - seen[1]), "the text runs across, not up"
    check_with_qpdf(filled)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_tick_and_circle_stand_in_their_boxes(rotate: int) -> None:
    blank = Blank(pages=0)
    blank.page(media=(10, 10, 622, 802), rotate=rotate)
    data = blank.save()
    tick, circle = (100, 100, 110, 110), (200, 300, 260, 316)
    filled = fill(data, ticked_box(tick)).data
    assert within(ink(data, filled), tick)
    filled = fill(data, ticked_box(circle, mark="circle")).data
    seen = ink(data, filled)
    assert within(seen, circle, slack=1.0)
    assert seen[2] - seen[0] > 55
    middle = pixels(filled)[(305 * 3) : (311 * 3), (215 * 3) : (245 * 3)]
    assert (middle == 255).all(), "what is circled stays readable"


@pytest.mark.parametrize("page_rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_widget_on_a_rotated_page(page_rotation: int, turn: int) -> None:
    """/MK /R turns what a widget shows; set to the page's own rotation, it reads upright (12.5.6.19)."""
    blank = Blank(pages=0)
    blank.page(rotate=page_rotation, media=(20, 30, 632, 822))
    wide = (100 + 20, 300 + 30, 260 + 20, 316 + 30)
    tall = (100 + 20, 300 + 30, 116 + 20, 460 + 30)
    rect = tall if turn in (90, 270) else wide
    blank.text("Name", rect, MK=Dictionary(R=turn))
    data = blank.save()
    filled = fill(data, in_field("Name", "Amina Rahimi"))
    (written,) = filled.inks
    assert sorted(text_in(filled.data, written.box)) == sorted("AminaRahimi")
    seen = ink(data, filled.data)
    assert within(seen, written.box)
    if turn == page_rotation:
        assert text_in(filled.data, written.box) == "AminaRahimi"
        assert seen[2] - seen[0] > 3 * (seen[3] - seen[1])
        assert seen[0] - written.box[0] < 4, "the text starts at the left of its box as displayed"


def test_overlay_and_widget_agree_with_pdfplumber() -> None:
    blank = Blank(pages=0)
    blank.page(crop=(20, 30, 600, 780), media=(0, 0, 612, 792))
    data = blank.save()
    filled = fill(data, in_box(BOX, "Amina Rahimi")).data
    with pdfplumber.open(io.BytesIO(filled)) as pdf:
        words = pdf.pages[0].extract_words()
    # pdfplumber counts from the media box: the crop box lies 20 further in and 12 further down
    assert [word["text"] for word in words] == ["Amina", "Rahimi"]
    assert BOX[0] + 20 <= words[0]["x0"]
    assert words[1]["x1"] <= BOX[2] + 20
    assert BOX[1] + 12 - 1 <= words[0]["top"]
    assert words[0]["bottom"] <= BOX[3] + 12 + 1


@pytest.mark.parametrize(
    "content",
    [
        b"q 0.5 0 0 0.5 100 100 cm ",
        b"q q 1 0 0 1 40 40 cm q ",
        b"1 0 0 1 40 40 cm Q Q ",
        b"Q q 2 0 0 2 0 0 cm ",
        b"q Q Q 0 1 -1 0 300 0 cm q q ",
        b"/Artifact BMC q 3 0 0 3 0 0 cm ",
    ],
    ids=["open", "two open", "closed too often", "both", "mixed", "marked content"],
)
def test_unbalanced_graphics_state_moves_nothing(content: bytes) -> None:
    blank = Blank(pages=0)
    blank.page(content=content, words=[(50, 50, "Footer")])
    data = blank.save()
    filled = fill(data, in_box(BOX, "Amina Rahimi"), ticked_box((300, 100, 310, 110))).data
    assert text_in(filled, BOX) == "AminaRahimi"
    assert within(ink(data, filled), (BOX[0], 100, 310, BOX[3]))


def test_state_left_by_the_page_does_not_reach_the_overlay() -> None:
    """Colour, clip, text mode and line width that a page leaves set outside any q must not show in what is drawn."""
    blank = Blank(pages=0)
    blank.page(content=b"1 1 1 rg 1 1 1 RG 9 w 3 Tr 250 Tz 8 Tc 5 Ts 0 0 50 50 re W n")
    data = blank.save()
    filled = fill(data, in_box(BOX, "Amina Rahimi"), ticked_box((300, 100, 310, 110))).data
    assert text_in(filled, BOX) == "AminaRahimi"
    assert within(ink(data, filled), (BOX[0], 100, 310, BOX[3]))
    seen = ink(data, fill(data, in_box(BOX, "Amina Rahimi")).data)
    assert within(seen, BOX)
    assert seen[2] - seen[0] < 70, "the letters keep their own width and spacing"


def test_page_without_resources_or_contents() -> None:
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>",
    }
    data = raw_pdf(objects)
    filled = fill(data, in_box(BOX, "Amina Rahimi"), ticked_box((300, 100, 310, 110))).data
    assert text_in(filled, BOX) == "AminaRahimi"
    check_with_qpdf(filled)


def test_inherited_resources_boxes_and_rotation() -> None:
    """What a page inherits still holds once the page is written anew with the overlay."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[5 5 617 797]/CropBox[10 20 610 790]/Rotate 90"
        b"/Resources<</Font<</F1 5 0 R>>/ProcSet[/PDF/Text]>>>>",
        3: b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
        4: b"<</Length 53>>\nstream\nBT /F1 12 Tf 1 0 0 1 100 500 Tm (Printed words) Tj ET\nendstream",
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    }
    data = raw_pdf(objects)
    filled = fill(data, in_box(BOX, "Amina Rahimi")).data
    assert text_in(filled, BOX) == "AminaRahimi"
    assert text_in(filled, (0, 0, 800, 800)).startswith("Printedwords")
    assert within(ink(data, filled), BOX)
    page = pypdf.PdfReader(io.BytesIO(filled)).pages[0]
    assert page.rotation == 90
    assert [float(v) for v in page.cropbox] == [10, 20, 610, 790]


def test_content_array_and_shared_contents() -> None:
    """Two pages that share one content stream: an overlay on the first leaves the second alone."""
    blank = Blank(pages=0)
    one = blank.page(words=[(50, 700, "Shared words")])
    two = blank.page()
    two["/Contents"] = Array([one["/Contents"], blank.pdf.make_stream(b"0 0 10 10 re f")])
    two["/Resources"] = one["/Resources"]
    data = blank.save()
    filled = fill(data, in_box(BOX, "first", page=1), in_box(BOX, "second", page=2)).data
    assert (text_in(filled, BOX, 0), text_in(filled, BOX, 1)) == ("first", "second")
    only_second = fill(data, in_box(BOX, "second", page=2)).data
    assert ink(data, only_second, 0) is None


def test_fonts_named_like_ours_keep_their_meaning() -> None:
    blank = Blank(pages=0)
    page = blank.page(words=[(50, 700, "Printed words")])
    page["/Resources"]["/Font"]["/FFh"] = blank.pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Symbol)
    )
    page["/Contents"] = blank.pdf.make_stream(b"BT /FFh 12 Tf 1 0 0 1 50 600 Tm (abc) Tj ET")
    data = blank.save()
    filled = fill(data, in_box(BOX, "Amina Rahimi")).data
    seen = ink(data, filled)
    assert text_in(filled, BOX) == "AminaRahimi"
    assert within(seen, BOX), "print in a font of that name changed"


def test_filling_twice_keeps_both() -> None:
    """A filled form can be a blank again: a second fill finds the names of its fonts taken."""
    blank = Blank()
    data = blank.save()
    once = fill(data, in_box(BOX, "Олександр")).data
    other = (100, 400, 260, 414)
    twice = fill(once, in_box(other, "Nguyễn Thị Hồng")).data
    assert text_in(twice, BOX) == "Олександр"
    assert text_in(twice, other) == "NguyễnThịHồng"
    assert within(ink(once, twice), other), "the first fill's letters changed"


def test_value_in_pieces_goes_between_the_print() -> None:
    blank = Blank(pages=0)
    blank.page(words=[(100, 582, "("), (124, 582, ")"), (149, 582, "-"), (300, 582, "__/__/____")])
    data = blank.save()
    pieces = [
        {"part": "area", "box": [104, 198, 122, 212]},
        {"part": "prefix", "box": [128, 198, 148, 212]},
        {"part": "line", "box": [153, 198, 182, 212]},
    ]
    filled = fill(data, in_pieces(pieces, {"area": "916", "prefix": "555", "line": "0142"}))
    for piece, text in zip(pieces, ("916", "555", "0142"), strict=True):
        assert text_in(filled.data, piece["box"]) == text
    assert len(filled.inks) == 3


def test_pieces_on_one_line_are_set_in_one_size() -> None:
    """As large as the narrowest has room for: 14 would stand small and high between 03 and 1987."""
    pieces = [
        {"part": "month", "box": [100, 190, 140, 212]},
        {"part": "day", "box": [150, 190, 160, 212]},
        {"part": "year", "box": [170, 190, 215, 212]},
    ]
    filled = fill(Blank().save(), in_pieces(pieces, {"month": "03", "day": "14", "year": "1987"})).data
    with pdfplumber.open(io.BytesIO(filled)) as pdf:
        letters = pdf.pages[0].chars
    assert "".join(letter["text"] for letter in letters) == "03141987"
    assert len({round(letter["size"], 2) for letter in letters}) == 1
    assert len({round(letter["bottom"], 1) for letter in letters}) == 1


def test_long_text_flows_from_box_to_box() -> None:
    boxes = ((100.0, 200.0, 220.0, 212.0), (60.0, 214.0, 400.0, 226.0), (60.0, 228.0, 400.0, 240.0))
    text = "lab results, immunizations, medications and the discharge summary of the stay in spring of last year"
    data = Blank().save()
    filled = fill(data, in_box(boxes, text))
    read = "".join(text_in(filled.data, box) for box in boxes)
    assert read == text.replace(" ", "")
    assert text_in(filled.data, boxes[0])
    assert within(ink(data, filled.data), (60, 200, 400, 240))


def test_comb_cells_of_a_flat_form() -> None:
    box = (100.0, 200.0, 260.0, 214.0)
    filled = fill(Blank().save(), in_box(box, "03141987", comb=8))
    for index, digit in enumerate("03141987"):
        assert text_in(filled.data, (100 + 20 * index, 200, 120 + 20 * index, 214)) == digit


def test_alignment_in_a_box() -> None:
    data = Blank().save()
    seen = {
        align: ink(data, fill(data, in_box(BOX, "Amina", align=align)).data) for align in ("left", "center", "right")
    }
    assert seen["left"][0] - BOX[0] < 3
    assert BOX[2] - seen["right"][2] < 3
    left, right = seen["center"][0] - BOX[0], BOX[2] - seen["center"][2]
    assert abs(left - right) < 2


def test_page_that_is_not_there() -> None:
    from formfill.errors import FillError

    with pytest.raises(FillError, match="page 3; the blank has 1"):
        fill(Blank().save(), in_box(BOX, "Amina", page=3))
