"""The addendum page: set by typst, read back with PDFium, pdfplumber and pypdf."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pdfplumber
import pypdf
import pypdfium2
import pytest

from formfill.errors import FillError
from formfill.fill.base import AddendumItem
from formfill.packet.addendum import addendum_pdf

TITLE = "Authorization for Use or Disclosure of Health Information"
NAME = "Amina Yusuf Rahimi"
BORN = "March 14, 1987"


def addendum(*items: tuple[str, str, str]) -> bytes:
    return addendum_pdf([AddendumItem(*item) for item in items], TITLE, NAME, BORN)


def skeletons(text: str) -> str:
    """Arabic letters without their dots: the font draws these apart, and one shape serves several letters."""
    return "".join(char for char in text.translate(str.maketrans("آپثخجزذنیق", "اببححردببف")) if char.isalpha())


def page_texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
    finally:
        document.close()


def test_one_item_is_named_and_whole() -> None:
    address = "Harbor Refugee Services, 88 Pier Avenue, Suite 210, Oakland, CA 94607"
    (text,) = page_texts(addendum(("A", "Address of recipient:", address)))
    lines = text.split("\n")
    assert lines[0] == f"Addendum to {TITLE}"
    assert "A — Address of recipient:" in lines  # the label's own colon is not doubled
    assert address in lines
    assert NAME in text
    assert BORN in text
    assert "Page 1 of 1" in text


def test_a_very_long_value_flows_over_pages_and_each_names_the_patient() -> None:
    words = [f"word{i}" for i in range(1800)]
    texts = page_texts(addendum(("A", "Reason", " ".join(words)), ("B", "Other names", "Amina Noori")))
    assert len(texts) > 3
    assert re.findall(r"word\d+", " ".join(texts)) == words
    assert "Amina Noori" in texts[-1]
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(texts)}" in text
        assert NAME in text
        assert f"Addendum to {TITLE}" in text


@pytest.mark.parametrize("value", ["W" * 300, "amina.rahimi+" + "x" * 120 + "@example.org", "Ж" * 200])
def test_a_word_without_spaces_stays_on_the_page(value: str) -> None:
    with pdfplumber.open(io.BytesIO(addendum(("A", "Value", value)))) as pdf:
        (page,) = pdf.pages
        assert max(char["x1"] for char in page.chars) <= page.width - 72 + 0.5
        first = value[0]
        assert sum(char["text"] == first for char in page.chars) >= value.count(first)


@pytest.mark.parametrize(
    "value", ["Nguyễn Thị Hồng", "Łukasz Żółć", "Олександр Ковальчук", "José Muñoz-Ibáñez", "Ærøskøbing, 4. sal"]
)
def test_latin_and_cyrillic_read_back_as_written(value: str) -> None:
    pdf = addendum(("A", "Name", value))
    assert value in page_texts(pdf)[0]


def test_right_to_left_text_is_set_from_the_right_with_its_numbers_in_order() -> None:
    value = "امینه رحیمی، خیابان آزادی 0143-555 پلاک (916) 555-0142"
    with pdfplumber.open(io.BytesIO(addendum(("A", "Name", value)))) as pdf:
        (page,) = pdf.pages
        letters = [char for char in page.chars if "NotoSansArabic" in char["fontname"]]
        line = sorted((c for c in page.chars if abs(c["bottom"] - letters[0]["bottom"]) < 9), key=lambda c: c["x0"])
        assert set(skeletons(value)) == set(skeletons("".join(char["text"] for char in letters)))
        assert max(char["x1"] for char in line) == pytest.approx(page.width - 72, abs=3)
        seen = re.sub(r"[^0-9()-]", "", "".join(char["text"] for char in line))
    # the first number stands right of the second one, and each reads from left to right
    assert seen == "(916)555-01420143-555"


def test_typst_source_in_a_value_is_only_text() -> None:
    value = '#panic("x") *bold* _it_ $x$ [y] <a> @ref \\ `raw` // note " end'
    (text,) = page_texts(addendum(("A", "#sys.inputs", value)))
    assert value in text
    assert "A — #sys.inputs:" in text


def test_lines_of_a_value_stay_lines() -> None:
    (text,) = page_texts(addendum(("A", "Other names", "Amina Noori\nAmina Y. Noori")))
    assert "Amina Noori\nAmina Y. Noori" in text


def test_same_values_make_the_same_bytes() -> None:
    item = ("A", "Name", "Nguyễn Thị Hồng")
    assert addendum(item) == addendum(item)


def test_pages_are_letter_and_all_fonts_embedded() -> None:
    reader = pypdf.PdfReader(io.BytesIO(addendum(("A", "Name", "امینه Nguyễn"))))
    for page in reader.pages:
        assert tuple(map(float, page.mediabox[2:])) == (612.0, 792.0)
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            descriptor = font.get_object()["/DescendantFonts"][0]["/FontDescriptor"]
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_a_character_that_no_font_has_is_an_error_without_the_value() -> None:
    with pytest.raises(FillError, match=r"U\+13000") as caught:
        addendum(("A", "Name", "secret \U00013000 hieroglyph"))
    assert "secret" not in str(caught.value)


def test_chinese_and_japanese_are_set_with_the_fonts_of_the_extra() -> None:
    pytest.importorskip("justmytype_intl_cjk", reason="the cjk extra is not installed: pip install 'formfill[cjk]'")
    assert "陳大文 こんにちは" in page_texts(addendum(("A", "Name", "陳大文 こんにちは")))[0]


def test_pages_set_from_several_threads_do_not_mix() -> None:
    names = [f"Person Number{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(person_on_page, names))
    for name, found in zip(names, pages, strict=True):
        assert found == name


def person_on_page(name: str) -> str:
    pdf = pypdf.PdfReader(io.BytesIO(addendum(("A", "Name", name))))
    return re.findall(r"Person Number\d+", pdf.pages[0].extract_text())[0]


def test_a_form_in_spanish_has_its_addendum_in_spanish() -> None:
    data = addendum_pdf(
        [AddendumItem("A", "Registros:", "Resultados de laboratorio")], "Autorización", "Amina", "14/03/1987", "es"
    )
    text = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
    assert "Anexo de Autorización" in text
    assert "véase anexo" in text
    assert "Addendum" not in text
