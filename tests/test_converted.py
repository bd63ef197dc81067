"""The PDF that LibreOffice makes of a filled Word form shows every value whole, or is withheld."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from docx_builders import control, docx, paragraph, run, table

from formfill.errors import ConverterError, VerifyError
from formfill.fill.base import AddendumItem, Filling
from formfill.fill.office import find_soffice, to_pdf
from formfill.job import FilledForm, FillJob, fill_form
from formfill.model.form_map import Place, load_form_map
from formfill.model.profile import load_profile
from formfill.model.request import Request
from formfill.verify_docx import verify_converted

STREET = "2114 North Folsom Boulevard Extension"
UNIT = "Building 12 Apartment 7"
EMAIL = "amina.zarghuna.rahimi-mohammadzai@example.org"
LONG = (
    ("street: 2114 Folsom Blvd", f"street: {STREET}"),
    ("unit: Apt 7", f"unit: {UNIT}"),
    ("amina.rahimi@example.org", EMAIL),
    ("organization: Harbor", "organization: Northern and Central Harbor"),
)


@pytest.fixture(scope="module", autouse=True)
def soffice() -> str:
    try:
        return find_soffice()
    except ConverterError as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="module")
def long_form(root: Path, tmp_path_factory: pytest.TempPathFactory) -> FilledForm:
    """The model Word form with values longer than their cells are at its own type size."""
    words = (root / "profiles" / "amina-rahimi.yaml").read_text(encoding="utf-8")
    for old, new in LONG:
        assert old in words
        words = words.replace(old, new)
    profile = tmp_path_factory.mktemp("profile") / "long.yaml"
    profile.write_text(words, encoding="utf-8")
    form_map = load_form_map(root / "form_maps" / "model" / "access-request-docx-en.yaml")
    request = Request.model_validate({"records": ["lab"], "recipient": "caseworker", "delivery": ["cd"]})
    blank = root / "forms" / form_map.blank.file
    return fill_form(FillJob(load_profile(profile), None, request, form_map, blank))


def lines(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [line.strip() for page in document for line in page.get_textpage().get_text_range().splitlines()]
    finally:
        document.close()


def filling(text: str, *shorter: str, name: str = "place", number: int = 0) -> Filling:
    place = Place.model_validate({"value": "patient.full_name", "control": name})
    return Filling(number, place, "text", text, shorter)


def boxed(text: str, height: int, rule: str) -> bytes:
    """A page with ``text`` in a narrow cell of a row ``height`` twentieths of a point high, and a row below it."""
    rows = table(
        (paragraph(control(tag="place", shown=text, prompt=False)),), ("Below",), widths=(3600,), height=height
    )
    return docx(rows.replace("<w:trHeight ", f'<w:trHeight w:hRule="{rule}" '))


def test_a_value_set_smaller_to_fit_its_cell_stays_on_one_line_of_the_pdf(long_form: FilledForm) -> None:
    with zipfile.ZipFile(io.BytesIO(long_form.data)) as package:
        body = package.read("word/document.xml").decode()
    assert '<w:sz w:val="17"/>' in body.partition(STREET)[0][-120:]  # 8.5 points: what the cell was measured for
    pdf = long_form.as_pdf()
    assert f"{STREET}, {UNIT}" in lines(pdf.data)
    assert EMAIL in lines(pdf.data)
    assert len(pypdfium2.PdfDocument(pdf.data)) == 2
    assert "<w:text/>" in body  # the DOCX that a person gets is left alone


def test_libreoffice_keeps_the_type_of_a_combo_box() -> None:
    combo = "<w:comboBox/>"
    small = run("Caseworker of the resettlement agency", '<w:sz w:val="10"/>')
    held = control(combo, "place", shown="x", prompt=False).replace(run("x"), small)
    pdf = to_pdf(docx(table((paragraph(held),), widths=(2200,))))
    assert "Caseworker of the resettlement agency" in lines(pdf)


@pytest.mark.parametrize("height", [300, 420])
def test_a_line_that_a_row_hides_is_found_out_though_it_can_be_read(height: int) -> None:
    value = "Northern and Central Harbor Refugee Services"
    hidden = boxed(value, height, "exact")
    pdf = to_pdf(hidden)
    assert "Services" in " ".join(lines(pdf))
    with pytest.raises(VerifyError, match=r"control 'place': the PDF that LibreOffice made does not say") as caught:
        verify_converted(pdf, hidden, [filling(value)], ())
    assert "Harbor" not in str(caught.value)
    shown = boxed(value, height, "atLeast")
    verify_converted(to_pdf(shown), shown, [filling(value)], ())


def test_every_filling_has_a_place_of_its_own() -> None:
    document = docx(paragraph("Name: Amina Rahimi"), paragraph("City: Rahimi Springs"), paragraph("see addendum B"))
    pdf = to_pdf(document)
    name, city = filling("Amina Yusuf Rahimi", "Amina Rahimi"), filling("Rahimi Springs")
    far = filling("The very long name of an agency")
    verify_converted(pdf, document, [city, name, far], [AddendumItem("B", "Agency", far.text)])
    for missing in ([name, name], [filling("Rahimi"), name, city], [filling("Amina Noori")], [far]):
        with pytest.raises(VerifyError, match="withheld"):
            verify_converted(pdf, document, missing, ())


def test_what_is_not_written_from_left_to_right_is_compared_by_its_letters() -> None:
    names = ("امینه یوسف رحیمی", "Nguyễn Thị Hồng", "王小明", "አሚና", "अमीना")
    document = docx(*(paragraph(f"Name: {name} *") for name in names))
    pdf = to_pdf(document)
    verify_converted(pdf, document, [filling(name) for name in names], ())
    with pytest.raises(VerifyError):
        verify_converted(pdf, document, [filling("امینه نوری")], ())


def test_a_control_may_write_its_date_in_a_way_of_its_own() -> None:
    document = docx(paragraph("Born ", control("<w:date/>", "place", shown="3/14/1987", prompt=False)))
    pdf = to_pdf(document)
    verify_converted(pdf, document, [filling("03/14/1987")], ())
    with pytest.raises(VerifyError):
        verify_converted(pdf, document, [filling("03/14/1987", name="other")], ())


def test_letters_that_the_forms_font_lacks_are_read_in_their_place(root: Path) -> None:
    """Vietnamese in a face without its letters: LibreOffice sets them in another one, behind the rest of the line."""
    form_map = load_form_map(root / "form_maps" / "model" / "access-request-docx-en.yaml")
    request = Request.model_validate({"records": ["lab"], "delivery": ["cd"]})
    blank = root / "forms" / form_map.blank.file
    profile = load_profile(root / "profiles" / "nguyen-thi-hong.yaml")
    filled = fill_form(FillJob(profile, None, request, form_map, blank))
    pdf = filled.as_pdf()
    assert pdf.suffix == ".pdf"
    verify_converted(pdf.data, filled.data, [filling("Hồng Thị Nguyễn")], ())
    with pytest.raises(VerifyError, match="does not say its value whole"):
        verify_converted(pdf.data, filled.data, [filling("Hoàng Thị Nguyễn")], ())
