"""LibreOffice: missing, failing and slow ones are told apart; its output is read back with PDFium and pdfplumber."""

from __future__ import annotations

import io
import os
import re
import stat
import tempfile
import time
from pathlib import Path

import pdfplumber
import pypdfium2
import pytest
from docx_builders import checkbox_control, control, docx, paragraph, run, table
from test_docx import fill, text, tick

from formfill.errors import BlankFormError, ConverterError, ExitCode
from formfill.fill.docx import fill_docx
from formfill.fill.office import _convert, doc_to_docx, find_soffice, to_pdf
from formfill.model.form_map import FormMap

SAMPLE = docx(paragraph("Name: " + "_" * 40), paragraph("City: " + "_" * 30 + " Phone: " + "_" * 20))


@pytest.fixture(scope="session")
def soffice() -> str:
    try:
        return find_soffice()
    except ConverterError as exc:
        pytest.skip(str(exc))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files, so that what stays behind is seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a stand-in for soffice on the PATH."""
    path = folder / "bin" / "soffice"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")


def starts(pdf: bytes, label: str) -> list[tuple[int, float, float]]:
    """Page, left edge and top of each place where a label is printed."""
    found = []
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        for number, page in enumerate(document.pages):
            chars = [char for char in page.chars if char["text"].strip()]
            said = "".join(char["text"][0] for char in chars)
            found += [(number, chars[m.start()]["x0"], chars[m.start()]["top"]) for m in re.finditer(label, said)]
    return found


def read(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_missing_libreoffice_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("formfill.fill.office._MAC", str(tmp_path / "none"))
    with pytest.raises(ConverterError, match=r"libreoffice-writer-nogui .*https://www\.libreoffice\.org") as caught:
        to_pdf(SAMPLE)
    assert caught.value.exit_code == ExitCode.CONVERTER
    doc = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    form_map = FormMap.model_validate(
        {"form": "t", "title": "T", "provider": "t", "blank": {"file": "t.docx", "sha256": "0" * 64}}
    )
    with pytest.raises(ConverterError, match=r"\.doc\), which must become a DOCX first: LibreOffice is not installed"):
        fill_docx(doc, form_map, [])


def test_libreoffice_of_a_mac_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = tmp_path / "soffice"
    app.touch()
    monkeypatch.setattr("formfill.fill.office._MAC", str(app))
    assert find_soffice({"PATH": str(tmp_path / "empty")}) == str(app)


@pytest.mark.parametrize(
    ("script", "message"),
    [("exit 3", "exit code 3"), ("exit 0", "could not convert")],
)
def test_failing_libreoffice(
    script: str, message: str, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, script)
    with pytest.raises(ConverterError, match=message):
        to_pdf(SAMPLE)
    assert list(temporary.iterdir()) == []


def test_output_that_is_no_pdf_is_refused(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, 'while [ "$1" != --outdir ]; do shift; done; echo hello > "$2/form.pdf"')
    with pytest.raises(ConverterError, match="made no PDF"):
        to_pdf(SAMPLE)


def test_slow_libreoffice_is_stopped_with_its_children(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = tmp_path / "survivor"
    program(tmp_path, monkeypatch, f"(sleep 2; touch {sign}) &\nsleep 30")
    started = time.monotonic()
    with pytest.raises(ConverterError, match="longer than 1 seconds"):
        to_pdf(SAMPLE, timeout_s=1)
    assert time.monotonic() - started < 10
    assert list(temporary.iterdir()) == []
    time.sleep(2)
    assert not sign.exists()


def test_command_and_folders_hold_nothing_of_the_patient(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    program(tmp_path, monkeypatch, f'echo "$@" > {seen}; ls -ld "$PWD" >> {seen}; exit 3')
    with pytest.raises(ConverterError):
        to_pdf(SAMPLE)
    said = seen.read_text()
    assert "UserInstallation=file://" in said
    assert "form.docx" in said
    assert "drwx------" in said


def test_pdf_reads_back_the_values(soffice: str, temporary: Path) -> None:
    blank = docx(
        paragraph("Name: " + "_" * 60),
        paragraph("Native name: " + "_" * 60),
        paragraph("Chart: ", run("\t\t\t\t\t\t", '<w:u w:val="single"/>'), "Phone: ", control(tag="phone")),
        paragraph("\u2610 Lab  ", checkbox_control("cd"), " CD  ____ USB"),
        table(("City", ""), ("Street", "")),
    )
    filled = fill(
        blank,
        text("Nguyễn Thị Hồng & Sons <MD>", after="Name"),
        text("امینه رحیمی", after="Native name"),
        text("VO-0048213", after="Chart"),
        text("(916) 555-0142", control="phone"),
        tick(tick="Lab"),
        tick(control="cd"),
        text("Sacramento", after="City"),
    )
    said = read(to_pdf(filled.data))
    for value in ("Nguyễn Thị Hồng & Sons <MD>", "VO-0048213", "(916) 555-0142", "Sacramento", "\u2612"):
        assert value in said, value
    # a PDF may hold Arabic letters in visual order
    flat = said.replace(" ", "")
    assert "امینه" in flat or "امینه"[::-1] in flat
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("font", ["Calibri", "Times New Roman", "Arial"])
def test_print_after_a_filled_blank_stays_where_it_was(soffice: str, font: str) -> None:
    rpr = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}"/><w:sz w:val="20"/>'
    blank = docx(
        *(
            paragraph(
                run("Name", rpr), run("_" * count, rpr), run("City", rpr), run("_" * 12, rpr), run("\tPhone", rpr)
            )
            for count in (24, 30, 37)
        )
    )
    names = ("Amina Yusuf Rahimi", "Łukasz Żółć", "Maria G. Fernandez")
    fillings = [text(name, after="Name", nth=i) for i, name in enumerate(names, 1)]
    fillings += [text("Fresno", after="City", nth=i) for i in (1, 2, 3)]
    before, after = to_pdf(blank), to_pdf(fill(blank, *fillings).data)
    for label, tolerance in (("Phone", 0.1), ("City", 3.0)):
        there, here = starts(before, label), starts(after, label)
        assert len(there) == len(here) == 3
        for (page, x, top), (page2, x2, top2) in zip(there, here, strict=True):
            assert (page2, top2) == (page, pytest.approx(top, abs=0.5))
            assert x2 == pytest.approx(x, abs=tolerance)


def test_doc_is_converted_and_filled(soffice: str) -> None:
    doc = _convert(SAMPLE, "form.docx", "doc:MS Word 97", 120)
    assert doc.startswith(b"\xd0\xcf\x11\xe0")
    filled = fill(doc_to_docx(doc), text("Amina Rahimi", after="Name"))
    assert "Amina Rahimi" in read(to_pdf(filled.data))
    form_map = FormMap.model_validate(
        {
            "form": "t", "title": "T", "provider": "t", "blank": {"file": "t.docx", "sha256": "0" * 64},
            "fields": [{"value": "patient.full_name", "after": "Name"}],
        }
    )  # fmt: skip
    assert fill_docx(doc, form_map, []).data.startswith(b"PK")


def test_broken_doc_is_refused(soffice: str) -> None:
    with pytest.raises((ConverterError, BlankFormError), match=r"\.doc"):
        doc_to_docx(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
