"""What a fax may lose: measured on pages that a test draws, and said of packets."""

from __future__ import annotations

import io

import pikepdf
import pytest
from PIL import Image
from test_fax import LETTER, drawn, square

from formfill.channels.fax import fax_tiff
from formfill.channels.legibility import THINNEST_DOTS, PageReading, Place, Transmission, notes, readings, transmission
from formfill.packet.assemble import Document, assemble

#: Where the words of ``typed`` stand on a Letter page.
BOX = (70.0, 80.0, 400.0, 110.0)


def typed(
    size: float, grey: float = 0, *, rotate: int = 0, page: tuple[float, float] = LETTER, scale: float = 1
) -> bytes:
    """A page with words in Helvetica, their baseline 92 pt below the top edge."""
    pdf = pikepdf.Pdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    sheet = pdf.add_blank_page(page_size=page)
    sheet.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    place = f"{scale} 0 0 {scale} 72 {page[1] - 92} Tm"
    sheet.Contents = pikepdf.Stream(pdf, f"{grey} g BT /F {size} Tf {place} (2114 Folsom Blvd, Apt 7) Tj ET".encode())
    if rotate:
        sheet.Rotate = rotate
    result = io.BytesIO()
    pdf.save(result)
    return result.getvalue()


def reading(pdf: bytes, *places: Place) -> PageReading:
    (page,) = readings(pdf, places)
    return page


@pytest.mark.parametrize("size", [6, 8, 10, 12, 14])
def test_the_size_of_our_type(size: float) -> None:
    assert reading(typed(size), Place(0, BOX)).smallest_pt == pytest.approx(size)
    assert reading(typed(1, scale=size), Place(0, BOX)).smallest_pt == pytest.approx(size)
    assert reading(typed(size)).smallest_pt is None
    assert reading(typed(size), Place(0, (70, 300, 400, 330))).smallest_pt is None


def test_type_on_paper_that_is_made_smaller_is_smaller() -> None:
    tabloid = typed(12, page=(1224, 1584))
    assert reading(tabloid, Place(0, BOX)).smallest_pt == pytest.approx(6)


def test_a_turned_page_is_measured_where_it_is_displayed() -> None:
    # 92 pt below the top edge, 72 from the left one; turned clockwise that is 92 from the right, 72 from the top
    turned = typed(9, rotate=90)
    assert reading(turned, Place(0, (792 - 110, 70, 792 - 80, 300))).smallest_pt == pytest.approx(9)
    landscape = typed(9, page=(792, 612))
    found = reading(landscape, Place(0, BOX))
    assert found.smallest_pt == pytest.approx(9)
    assert found.lost == 0
    assert found.thinnest_dots is not None


def test_what_a_filled_field_shows_is_measured_in_the_packet() -> None:
    """A field's appearance, scaled by its matrix, becomes a form within the page."""
    pdf = pikepdf.open(io.BytesIO(typed(14)))
    page = pdf.pages[0]
    look = pikepdf.Stream(
        pdf,
        b"BT /F 18 Tf 2 4 Td (Sacramento) Tj ET",
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=[0, 0, 200, 40],
        Resources=page.Resources,
    )
    widget = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT=pikepdf.Name.Tx,
        T="city",
        V="Sacramento",
        F=4,
        Rect=[72, 592, 172, 612],  # half the size of its appearance
        AP=pikepdf.Dictionary(N=pdf.make_indirect(look)),
    )
    page.Annots = [pdf.make_indirect(widget)]
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[page.Annots[0]])
    out = io.BytesIO()
    pdf.save(out)
    packet = assemble([Document("Form", out.getvalue())])
    assert reading(packet, Place(0, (72, 180, 172, 200))).smallest_pt == pytest.approx(9)


def test_strokes_are_thinner_in_smaller_type() -> None:
    thin, normal, large = (reading(typed(size), Place(0, BOX)).thinnest_dots or 0 for size in (6, 11, 16))
    assert thin < normal < large
    assert normal > THINNEST_DOTS
    hairlines = b" ".join(b"0.15 w %d 700 m %d 708 l S" % (x, x) for x in range(80, 200, 4))
    packet = drawn((LETTER, hairlines))
    assert reading(packet, Place(0, BOX)).thinnest_dots == pytest.approx(1, abs=0.3)
    assert any("dots thin and may break" in note for note in notes(packet, fax_tiff(packet), [Place(0, BOX)]))


def test_the_forms_own_rules_are_no_strokes_of_ours() -> None:
    ruled = drawn((LETTER, b"0.3 w 72 700 m 400 700 l S"))
    assert reading(ruled, Place(0, BOX)).thinnest_dots is None


def test_a_value_that_disappears() -> None:
    faint = typed(11, grey=0.8)
    assert reading(faint, Place(0, BOX)).lost == 1
    assert any(
        "too light and will not be seen at all" in note for note in notes(faint, fax_tiff(faint), [Place(0, BOX)])
    )
    assert reading(typed(11), Place(0, BOX)).lost == 0


@pytest.mark.parametrize(
    ("grey", "black", "white"),
    [(0.0, 0, 0), (0.4, 1, 0), (0.7, 0, 1), (0.97, 0, 0)],
    ids=["ink", "dark", "light", "paper"],
)
def test_tints(grey: float, black: int, white: int) -> None:
    found = reading(drawn((LETTER, square(grey, 72, 400, 300))))
    area = 300 * 300 / (612 * 792)
    assert found.black_share == pytest.approx(black * area, rel=0.05)
    assert found.white_share == pytest.approx(white * area, rel=0.05)
    assert found.noise_share == 0


def test_a_photograph_becomes_grain() -> None:
    noise = Image.effect_noise((1000, 700), 60).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "JPEG")
    packet = assemble([Document("Copy of photo identification", file.getvalue())])
    assert reading(packet).noise_share > 0.2
    assert any("becomes grain" in note for note in notes(packet, fax_tiff(packet)))


@pytest.mark.parametrize(
    ("x", "y", "edge"), [(5, 400, "left"), (590, 400, "right"), (300, 770, "top"), (300, 5, "bottom")]
)
def test_print_at_an_edge(x: float, y: float, edge: str) -> None:
    assert reading(drawn((LETTER, square(0, x, y, 15)))).near == (edge,)


def test_print_a_third_of_an_inch_from_every_edge_is_well() -> None:
    inside = b"2 w 24 24 564 744 re S"
    assert reading(drawn((LETTER, inside))).near == ()


def test_notes_name_the_page_and_the_remedy() -> None:
    small = drawn((LETTER, b"")), typed(8)
    packet = assemble([Document("Cover sheet", small[0]), Document("Form", small[1])])
    assert notes(packet, fax_tiff(packet), [Place(1, BOX)]) == (
        "fax page 2: the smallest of our values is 8.0 pt; below 10 pt a fax may not be read: look at fax.tiff, or "
        "send by mail",
    )
    assert notes(packet, fax_tiff(packet)) == ()
    good = typed(10)
    assert notes(good, fax_tiff(good), [Place(0, BOX)]) == ()


def test_the_time_on_the_line() -> None:
    taken = transmission(fax_tiff(drawn((LETTER, b""), (LETTER, square(0)))))
    assert taken.pages == 2
    assert 0 < taken.size < 2000
    assert taken.seconds(9600) == pytest.approx(28 + taken.size * 8 / 9600)
    assert str(taken) == "about 1 minute on the line"
    assert str(Transmission(10, 600_000)) == "about 7 to 10 minutes on the line"


def test_a_fax_that_takes_very_long() -> None:
    pages = [Document("Photo", _noise(seed)) for seed in range(4)]
    packet = assemble(pages)
    tiff = fax_tiff(packet)
    assert transmission(tiff).seconds(9600) > 600
    assert any("send it by mail or in two parts" in note for note in notes(packet, tiff))


def _noise(seed: int) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((1500, 2000), 90 + seed).convert("RGB").save(file, "PNG")
    return file.getvalue()
