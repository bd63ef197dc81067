"""The fax: written by formfill, read back by Pillow and its libtiff, and by Tesseract where it is installed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from formfill.channels import channel
from formfill.channels.fax import DPI, WIDTH_PX, fax_tiff
from formfill.errors import DeliveryError, RequestError
from formfill.fill.base import AddendumItem
from formfill.packet.addendum import addendum_pdf

LETTER = (612, 792)


def drawn(*pages: tuple[tuple[float, float], bytes], rotate: int = 0) -> bytes:
    """A PDF with pages of (size in points, content stream)."""
    pdf = pikepdf.Pdf.new()
    for size, content in pages:
        page = pdf.add_blank_page(page_size=size)
        page.Contents = pikepdf.Stream(pdf, content)
        if rotate:
            page.Rotate = rotate
    result = io.BytesIO()
    pdf.save(result)
    return result.getvalue()


def square(grey: float, x: float = 72, y: float = 648, side: float = 72) -> bytes:
    return f"{grey} g {x} {y} {side} {side} re f".encode()


def pages(tiff: bytes) -> list[Image.Image]:
    with Image.open(io.BytesIO(tiff)) as file:
        result = []
        for index in range(file.n_frames):
            file.seek(index)
            result.append(file.convert("L"))
        return result


def ink(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """The box of all black dots."""
    return picture.point(lambda value: 255 - value).getbbox()


def test_every_page_says_what_a_fax_machine_must_know() -> None:
    tiff = fax_tiff(drawn((LETTER, square(0)), (LETTER, b""), (LETTER, square(0))))
    with Image.open(io.BytesIO(tiff)) as file:
        assert file.n_frames == 3
        for index in range(3):
            file.seek(index)
            tags = file.tag_v2
            assert file.mode == "1"
            assert file.size == (WIDTH_PX, 2156)
            assert tags[259] == 4  # Group 4
            assert tags[262] == 0  # a set bit is black
            assert tags[266] == 1
            assert (tags[282], tags[283], tags[296]) == (204, 196, 2)
            assert tags[297] == (index, 3)
            assert tags[254] == 2
            assert tags[278] == 2156
            assert len(tags[273]) == 1


def test_an_inch_is_an_inch_in_both_directions() -> None:
    (picture,) = pages(fax_tiff(drawn((LETTER, square(0)))))
    left, top, right, bottom = ink(picture) or (0, 0, 0, 0)
    # 72 pt are 1728 / 8.5 dots across and 196 down
    assert (left, right) == (pytest.approx(203.3, abs=1.5), pytest.approx(406.6, abs=1.5))
    assert (top, bottom) == (pytest.approx(DPI[1], abs=1.5), pytest.approx(2 * DPI[1], abs=1.5))


def test_paper_is_white_and_black_is_black() -> None:
    (picture,) = pages(fax_tiff(drawn((LETTER, square(0)))))
    assert picture.getpixel((5, 5)) == 255
    assert picture.getpixel((300, 300)) == 0


@pytest.mark.parametrize(("grey", "black"), [(0.0, True), (0.3, True), (0.5, True), (0.75, False), (0.93, False)])
def test_a_tint_is_all_black_or_all_white(grey: float, black: bool) -> None:
    (picture,) = pages(fax_tiff(drawn((LETTER, square(grey)))))
    inside = picture.crop((230, 220, 380, 370))
    assert inside.getextrema() == ((0, 0) if black else (255, 255))


def test_a_hairline_stays_one_line() -> None:
    (picture,) = pages(fax_tiff(drawn((LETTER, b"0.5 w 72 400.3 m 540 400.3 l S 300.4 100 m 300.4 700 l S"))))
    column = [picture.getpixel((500, y)) for y in range(2156)]
    row = [picture.getpixel((x, 800)) for x in range(WIDTH_PX)]
    assert 1 <= column.count(0) <= 3
    assert 1 <= row.count(0) <= 3


def test_landscape_pages_are_turned_upright_and_whole() -> None:
    (picture,) = pages(fax_tiff(drawn(((792, 612), square(0, 10, 10, 20) + b"\n" + square(0, 762, 582, 20)))))
    assert picture.size == (WIDTH_PX, 2156)
    left, top, right, bottom = ink(picture) or (0, 0, 0, 0)
    assert left < 60
    assert top < 60
    assert right > WIDTH_PX - 60
    assert bottom > 2156 - 60


def test_a_rotated_page_is_sent_as_it_is_displayed() -> None:
    # 10 pt from the left and bottom edge of the sheet; turned clockwise by 90 that is the top left of the display
    (picture,) = pages(fax_tiff(drawn(((792, 612), square(0, 10, 10, 20)), rotate=90)))
    box = ink(picture)
    assert picture.size == (WIDTH_PX, 2156)
    assert box is not None
    assert box[0] < 60
    assert box[1] < 60


@pytest.mark.parametrize(
    ("size", "rows"),
    [((612, 1008), 2744), ((595.28, 841.89), 2292), ((300, 200), 2156), ((1224, 1584), 2156), ((1224, 4000), 2744)],
    ids=["legal", "a4", "id card", "tabloid", "very long"],
)
def test_other_paper_keeps_its_size_up_to_legal(size: tuple[float, float], rows: int) -> None:
    width, height = size
    marks = square(0, 2, 2, 20) + b"\n" + square(0, width - 22, height - 22, 20)
    (picture,) = pages(fax_tiff(drawn((size, marks))))
    assert picture.width == WIDTH_PX
    assert picture.height == pytest.approx(rows, abs=1)
    left, top, right, bottom = ink(picture) or (0, 0, 0, 0)
    across, down = sorted((width - 4, height - 4))
    # both corners are on the page: nothing is cut, nothing is stretched
    assert (right - left) / (bottom - top) == pytest.approx(across / down * DPI[0] / DPI[1], rel=0.01)


def test_the_same_packet_makes_the_same_fax() -> None:
    pdf = drawn((LETTER, square(0)))
    assert fax_tiff(pdf) == fax_tiff(pdf)


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(DeliveryError):
        fax_tiff(b"not a PDF")


def test_channels_are_found_by_name() -> None:
    assert channel("mail").files(b"%PDF-") == {"packet.pdf": b"%PDF-"}
    assert set(channel("fax").files(drawn((LETTER, square(0))))) == {"packet.pdf", "fax.tiff", "route.json"}
    assert channel("fax").cover == "fax"
    with pytest.raises(RequestError, match="mail, fax"):
        channel("pigeon")


def test_values_are_legible_to_ocr(tmp_path: Path) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed: apt-get install tesseract-ocr")
    values = [
        "Amina Yusuf Rahimi",
        "March 14, 1987",
        "2114 Folsom Blvd, Apt 7",
        "Sacramento, CA 95816",
        "(916) 555-0142",
    ]
    items = [AddendumItem("A", "Address", "\n".join(values[2:]))]
    tiff = tmp_path / "fax.tiff"
    tiff.write_bytes(fax_tiff(addendum_pdf(items, "Authorization", values[0], values[1])))
    found = subprocess.run(
        ["tesseract", str(tiff), "-", "--psm", "6"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    ).stdout
    for value in values:
        assert value in found
