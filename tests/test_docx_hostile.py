"""Files that are no Word form, or mean harm: each refused with its own message, none fetched, none expanded."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile

import pytest
from docx_builders import docx, paragraph, unzipped, zipped

from formfill.errors import BlankFormError, ExitCode
from formfill.fill.docx_package import open_package

BOMB = '<!DOCTYPE w:document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"


def with_document(xml: bytes) -> bytes:
    return zipped({**unzipped(docx(paragraph("x"))), "word/document.xml": xml})


def with_doctype(doctype: str) -> bytes:
    xml = unzipped(docx(paragraph("&a;")))["word/document.xml"].decode().replace("&amp;a;", "&a;")
    return with_document(xml.replace("?>", f"?>{doctype}", 1).encode())


def huge(size: int, level: int) -> bytes:
    out = io.BytesIO(docx(paragraph("x")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        archive.writestr("word/media/zeros.bin", bytes(size))
    return out.getvalue()


def declared(size: int) -> bytes:
    """A package whose directory declares one part as ``size`` bytes."""
    data = bytearray(docx(paragraph("x"), parts={"word/media/big.bin": b"0123456789"}))
    entry = data.rindex(b"word/media/big.bin") - 46
    data[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    return bytes(data)


def encrypted_zip() -> bytes:
    data = bytearray(docx(paragraph("x")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def duplicated() -> bytes:
    out = io.BytesIO(docx(paragraph("x")))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("Word/Document.xml", b"<x/>")
    return out.getvalue()


GOOD = docx(paragraph("Name: ________"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (GOOD[:-30], "damaged"),
        (b"%PDF-1.7\n%...", "a PDF with the name of a DOCX"),
        (b"\xff\xd8\xff\xe0 JFIF", "no ZIP archive"),
        (b"{\\rtf1 hello}", "RTF"),
        (OLE, r"\.doc"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted with a password"),
        (zipped({"a.txt": b"hello"}), "no Word document"),
        (with_document(b"<w:document"), "not well-formed"),
        (with_doctype(BOMB), "document type"),
        (with_doctype('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'), "document type"),
        (huge(3_000_000, 9), "200:1"),
        (declared(200_000_000), "unpack to more than"),
        (encrypted_zip(), "encrypted ZIP"),
        (duplicated(), "a part twice"),
        (docx(paragraph("x"), parts={"word/vbaProject.bin": b"macro"}), "macros"),
        (docx(paragraph("x"), main_type="application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
        (docx(paragraph("x"), parts={"_xmlsignatures/sig1.xml": b"<x/>"}), "signature"),
    ],
    ids=[
        "zero bytes", "half", "truncated", "pdf", "jpeg", "rtf", "doc", "encrypted", "zip", "xml", "entity bomb",
        "external entity", "zip bomb", "declared size", "zip password", "twice", "vba", "docm", "signed",
    ],
)  # fmt: skip
def test_refused_with_its_own_message(data: bytes, message: str) -> None:
    with pytest.raises(BlankFormError, match=message) as caught:
        open_package(data)
    assert caught.value.exit_code == ExitCode.BLANK


def test_spreadsheet_and_strict_documents_are_refused() -> None:
    parts = unzipped(GOOD)
    relations = parts["_rels/.rels"].decode()
    other = {**parts, "word/document.xml": b"<workbook xmlns='urn:x'/>"}
    with pytest.raises(BlankFormError, match="no Word document"):
        open_package(zipped(other))
    transitional = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    strict = {**parts, "_rels/.rels": relations.replace(transitional, STRICT).encode()}
    with pytest.raises(BlankFormError, match="Strict Open XML"):
        open_package(zipped(strict))


def test_relations_that_reach_out_of_the_package_find_nothing() -> None:
    link = (
        '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" '
        'Target="../../../../etc/hostname"/>'
    )
    assert open_package(docx(paragraph("x"), relations=link)).stories() == ["word/document.xml"]


def test_document_that_needs_no_change_is_saved_as_it_was() -> None:
    package = open_package(GOOD)
    assert unzipped(package.save()) == unzipped(GOOD)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_is_refused_however_it_was_packed(method: int) -> None:
    """Word packs with Deflate; another program, or somebody, may not, and each method fails in its own way."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in unzipped(docx(paragraph("x" * 500))).items():
            archive.writestr(name, data)
    rng = random.Random(method)
    for _ in range(300):
        damaged = bytearray(out.getvalue())
        for _ in range(rng.choice((1, 3, 20))):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        with contextlib.suppress(BlankFormError):
            open_package(bytes(damaged))


def test_a_part_that_lzma_cannot_unpack_is_damage() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("[Content_Types].xml", "x" * 5000)
    damaged = bytearray(out.getvalue())
    damaged[60:75] = bytes(byte ^ 0xFF for byte in damaged[60:75])
    with pytest.raises(BlankFormError, match="the DOCX is damaged"):
        open_package(bytes(damaged))
