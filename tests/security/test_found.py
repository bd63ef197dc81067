"""What the hostile files and the long fuzz found, each made anew by hand, so that it stays mended."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import zipfile
from pathlib import Path

import pikepdf
import pytest
from builders import Blank
from fills import compiled_and_filled, fill, form_map, in_box, in_field, ticked
from hostile_pdfs import sheet, stream
from own_forms import flat

from formfill.cli import main
from formfill.errors import BlankFormError, OutputError, TableError, VerifyError
from formfill.exchange.reading import read_patients
from formfill.exchange.vcard import read_text_of_cards
from formfill.fill.flatten import flatten_fields
from formfill.packet.assemble import Document, assemble
from formfill.pdf.compile import compile_blank
from formfill.verify import verify_pdf


def test_annotations_that_are_none() -> None:
    """Flattening asked null for its kind."""
    blank = Blank()
    blank.text("Name", (100, 600, 300, 616))
    blank.pdf.pages[0].obj["/Annots"].append(pikepdf.Object.parse(b"null"))
    blank.pdf.pages[0].obj["/Annots"].append(7)
    data = blank.save()
    assert fill(data, in_field("Name", "Amina"), flatten=True).data.startswith(b"%PDF")
    assert flatten_fields(data).startswith(b"%PDF")


def test_a_number_beyond_64_bits_in_an_enclosure() -> None:
    data = sheet().replace(b"startxref\n", b"startxref\n99999999999999999999")
    with pytest.raises(OutputError, match="Copy: is damaged"):
        assemble([Document("Copy", data[: data.rindex(b"\n%%EOF") - 4] + b"\n%%EOF\n")])


@pytest.mark.parametrize("count", [b"1", b"3"])
def test_pages_that_programs_count_differently(count: bytes) -> None:
    """qpdf follows /Kids, PDFium believes /Count: what is verified must be what is filled."""
    data = sheet({2: b"<</Type/Pages/Kids[3 0 R 6 0 R]/Count %s>>" % count, 6: b"<</Type/Page/Parent 2 0 R>>"})
    with pytest.raises(BlankFormError, match=r"clinic\.pdf: its pages are damaged, and programs differ"):
        compile_blank(data, "0" * 64, "clinic.pdf")


def test_letters_larger_than_any_page() -> None:
    """The verifier kept each letter in every cell of the page that it covers."""
    unseen = b"BT 3 Tr /F1 %d Tf 1 0 0 1 -90000 -90000 Tm (ABC) Tj ET\n"
    blank = sheet(content=unseen % 200_000 + unseen % 9_000_000)
    compiled, filled = compiled_and_filled(blank, in_box((130.0, 80.0, 330.0, 96.0), "Amina"))
    with pytest.raises(VerifyError, match="over words of the form"):
        verify_pdf(compiled, form_map(), filled)


def test_what_libraries_log_stays_unsaid(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    """pikepdf logs a traceback for metadata that is no XMP."""
    (tmp_path / "x.yaml").write_text("")
    assert main(["profile", "check", str(tmp_path / "x.yaml")]) == 4
    logging.getLogger("pikepdf").warning("Traceback (most recent call last)")
    assert "Traceback" not in capsys.readouterr().err


def test_an_encrypted_bomb_of_a_stream() -> None:
    blank = Blank()
    blank.pdf.Root["/PieceInfo"] = blank.pdf.make_stream(b"\0" * 30_000_000)
    data = blank.save(encryption=pikepdf.Encryption(owner="x", user="", R=6), compress_streams=True)
    assert len(data) < 100_000
    with pytest.raises(BlankFormError, match="more than 20 MB"):
        compile_blank(data, "0" * 64, "clinic.pdf")


def test_an_encrypted_bomb_of_an_object_stream() -> None:
    """It is unpacked when the file is opened, so its packed size decides."""
    data = Blank().save_with_streams(encryption=pikepdf.Encryption(owner="x", user="", R=6))
    assert b"/ObjStm" in data
    assert compile_blank(data, "0" * 64, "clinic.pdf").pages
    at = data.index(b"endstream", data.index(b"/ObjStm"))
    with pytest.raises(BlankFormError, match="object stream of more than 300 kB that is encrypted"):
        compile_blank(data[:at] + b"x" * 400_000 + data[at:], "0" * 64, "clinic.pdf")


def test_filters_that_unpack_to_filters() -> None:
    import zlib

    packed = zlib.compress(zlib.compress(b" " * 25_000_000, 9), 9)
    with pytest.raises(BlankFormError, match="unpacks to more than 20 MB"):
        compile_blank(sheet({4: stream(b"/Filter[/FlateDecode/FlateDecode]", packed)}), "0" * 64, "clinic.pdf")


def test_ordinary_forms_are_within_bounds() -> None:
    blank = Blank()
    blank.text("Name", (100, 600, 300, 616))
    blank.check("Lab", (50, 500, 60, 510))
    assert fill(blank.save(), in_field("Name", "Amina"), ticked("Lab")).data
    assert compile_blank(flat(), "0" * 64, "x").pages


def test_an_object_stream_that_hides_its_name_and_its_filter() -> None:
    for head in (b"/Type/Obj#53tm/Filter/LZWDecode", b"/Type/ObjStm/Filter/#4cZWDecode"):
        with pytest.raises(BlankFormError, match="object stream of more than 300 kB"):
            compile_blank(sheet({6: stream(head + b"/N 1/First 4", b"x" * 400_000)}), "0" * 64, "clinic.pdf")


def spoilt_sheet(member: str, change: tuple[bytes, bytes]) -> bytes:
    """A workbook with something else in one of its members, or in its directory."""
    from openpyxl import Workbook

    book = Workbook()
    for row in (["patient.given_name", "patient.family_name", "patient.birth_date"], ["Amina", "Rahimi", "1987-03-14"]):
        book.active.append(row)
    book.active["C2"].number_format = "00000"
    out, spoilt = io.BytesIO(), io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive, zipfile.ZipFile(spoilt, "w") as made:
        for info in archive.infolist():
            data = archive.read(info)
            made.writestr(info.filename, data.replace(*change) if info.filename == member else data)
    data = spoilt.getvalue()
    return data if member else data.replace(*change)


@pytest.mark.parametrize(
    ("member", "change", "message"),
    [
        ("xl/worksheets/sheet1.xml", (b's="1"', b's="9999"'), "is no sound XLSX|format is damaged"),
        ("", (b"docProps/core.xml", b"docProps/c\xfbre.xml"), "damaged"),
    ],
)
def test_a_workbook_whose_styles_or_names_are_damaged(
    member: str, change: tuple[bytes, bytes], message: str, tmp_path: Path
) -> None:
    data = spoilt_sheet(member, change)
    if not member:  # names that say they are UTF-8, and are not
        data = b"".join(_as_utf8(part) for part in _split(data))
    (tmp_path / "x.xlsx").write_bytes(data)
    try:
        said = " ".join(str(one.error) for one in read_patients(tmp_path / "x.xlsx"))
    except TableError as exc:
        said = str(exc)
    assert re.search(message, said)


def _split(data: bytes) -> list[bytes]:
    return re.split(rb"(?=PK\x01\x02|PK\x03\x04)", data)


def _as_utf8(part: bytes) -> bytes:
    at = {b"PK\x01\x02": 9, b"PK\x03\x04": 7}.get(part[:4])
    return part if at is None else part[:at] + b"\x08" + part[at + 1 :]


@pytest.mark.parametrize("change", [(b'<row r="2"', b'<row r="2147483647"'), (b'r="C2"', b'r="ZZZ2"')])
def test_a_cell_at_the_end_of_the_world(change: tuple[bytes, bytes], tmp_path: Path) -> None:
    """openpyxl made two thousand million empty rows before it."""
    (tmp_path / "x.xlsx").write_bytes(spoilt_sheet("xl/worksheets/sheet1.xml", change))
    with contextlib.suppress(TableError):
        assert len(list(read_patients(tmp_path / "x.xlsx"))) <= 1


@pytest.mark.parametrize("fold", ["", "\n "])
def test_a_card_with_parameters_without_end(fold: str) -> None:
    """vobject tried every way to read them."""
    card = f'BEGIN:VCARD\nVERSION:3.0\nN{f";BLE{fold}" * 60};B"LE;CHARSET=UTF 1:Rahimi\nEND:VCARD\n'
    (found,) = read_text_of_cards(card, "cards.vcf")
    assert "more than 16 parameters" in str(found.error)
