"""The real Word form: every place mapped, filled by the whole job, and its page as it was but for the values."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pdfplumber
import pypdfium2
import pytest

from formfill.errors import ConverterError, FormMapError
from formfill.fill.docx import unmapped_places
from formfill.fill.office import find_soffice, to_pdf
from formfill.job import FilledForm, FillJob, fill_form
from formfill.model.form_map import FormMap, load_form_map
from formfill.model.profile import load_profile
from formfill.model.provider import load_provider
from formfill.model.request import load_request


@pytest.fixture(scope="module")
def blank(corpus: Path) -> Path:
    return corpus / "boone-county-health-center" / "form-2.docx"


@pytest.fixture(scope="module")
def form_map(root: Path) -> FormMap:
    return load_form_map(root / "form_maps" / "boone-county" / "roi-en.yaml")


@pytest.fixture(scope="module")
def filled(root: Path, blank: Path, form_map: FormMap) -> FilledForm:
    scenario = root / "tests" / "scenario"
    return fill_form(
        FillJob(
            profile=load_profile(scenario / "profile.yaml"),
            provider=load_provider(root / "form_maps" / "boone-county" / "provider.yaml"),
            request=load_request(scenario / "request.yaml"),
            form_map=form_map,
            blank=blank,
        )
    )


@pytest.fixture(scope="module")
def pdfs(blank: Path, filled: FilledForm) -> tuple[bytes, bytes]:
    try:
        find_soffice()
    except ConverterError as exc:
        pytest.skip(str(exc))
    return to_pdf(blank.read_bytes()), to_pdf(filled.data)


def printed(pdf: bytes) -> list[tuple[str, float, float]]:
    """Each word of the page with its left edge and top, in the order it is drawn; blanks part words, lines too."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        (page,) = document.pages
        chars = list(page.chars)
    words: list[tuple[str, float, float]] = []
    open_word = False
    for char in chars:
        if char["text"] in " \u00a0_\t":
            open_word = False
        elif open_word and abs(char["top"] - words[-1][2]) < 3:
            words[-1] = (words[-1][0] + char["text"], *words[-1][1:])
        else:
            words.append((char["text"], char["x0"], char["top"]))
            open_word = True
    return words


def test_every_place_is_filled_or_left(blank: Path, form_map: FormMap) -> None:
    assert unmapped_places(blank.read_bytes(), form_map) == []


def test_map_of_another_form_is_refused(corpus: Path, form_map: FormMap) -> None:
    other = (corpus / "boone-county-health-center" / "form-3.docx").read_bytes()
    with pytest.raises(FormMapError, match="no such label"):
        unmapped_places(other, form_map)


def test_values_stand_on_their_lines(pdfs: tuple[bytes, bytes]) -> None:
    document = pypdfium2.PdfDocument(pdfs[1])
    said = re.sub(r"[_\s\u00a0]+", " ", document[0].get_textpage().get_text_range())
    document.close()
    for line in (
        "Patient Name (please list previous last name if applicable) Amina Yusuf Rahimi (previous: Amina Noori)",
        "DOB 03/14/1987",
        "Address 2114 Folsom Blvd, Apt 7 Phone # (916) 555-0142",
        "City Sacramento ST CA ZIP 95816",
        "X Release Information To: OR Obtain Records From:",
        "Address 88 Pier Avenue, Suite 210 Fax # (510) 555-0178",
        "City/St/Zip Oakland, CA 94607 Email records@harborrefugee.example.org",
        "Patient Request X Other",
        "X 01/15/2021 to 06/30/2025 (insert date range) All Dates of Service",
        "All Clinic Notes X Laboratory Cardiac (Specify) X Immunizations",
        "Substance Abuse Mental Health HIV/AIDS related information",
        "Paper Copies Fax X CD Encrypted Email Other (if feasible)",
        "Signature: Relationship to Patient: Date:",
    ):
        assert line in said, line


def test_print_of_the_form_has_not_moved(pdfs: tuple[bytes, bytes]) -> None:
    before, after = (printed(pdf) for pdf in pdfs)
    rest = iter(after)
    for word, x, top in before:
        match = next((w for w in rest if w[0] == word and abs(w[2] - top) < 0.6), None)
        assert match is not None, f"{word!r} is lost, or on another line"
        assert match[1] == pytest.approx(x, abs=1.5), word
