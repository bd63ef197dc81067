"""Every kind of file: encrypted, linearized, hybrid, broken, hostile; and what is refused, with which words."""

from __future__ import annotations

import contextlib
import io
import time

import pikepdf
import pypdf
import pytest
from builders import Blank, hybrid_pdf, many_fields, owner_only, raw_pdf
from fills import chosen, compiled_and_filled, fill, form_map, in_box, in_field, ticked
from pikepdf import Array, Dictionary, Name, String
from readback import check_with_qpdf, ink, text_in, values, within

from formfill.errors import BlankFormError, FillError
from formfill.fill.pdf import fill_pdf
from formfill.pdf.compile import MAX_PAGES, compile_blank
from formfill.pdf.compile_fields import MAX_FIELDS
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.verify import verify_pdf

RECT = (100.0, 600.0, 300.0, 616.0)
SHOWN = (100.0, 176.0, 300.0, 192.0)
BOX = (100.0, 300.0, 300.0, 314.0)
CIPHERS = ("rc4-40", "rc4-128", "aesv2", "aesv3")


def form() -> Blank:
    blank = Blank(pages=0)
    blank.page(words=[(50, 700, "Printed words")])
    blank.text("Name", RECT, TU=String("the patient's name (given, family)"))
    blank.check("Lab", (50, 500, 60, 510), "Tests \\ results")
    blank.choice("State", (100, 400, 200, 416), [("CA", "California")], Ff=1 << 17)
    return blank


def fill_all(data: bytes) -> bytes:
    """A text, a tick, a choice and an overlay, in letters that need an embedded font, too."""
    fillings = (in_field("Name", "Nguyễn Thị Hồng"), ticked("Lab"), chosen("State", "CA"), in_box(BOX, "Łukasz (1)"))
    return fill(data, *fillings).data


def assert_all_there(filled: bytes) -> None:
    assert text_in(filled, SHOWN) == "NguyễnThịHồng"
    assert text_in(filled, BOX) == "Łukasz(1)"
    found = values(filled)
    assert found["Name"] == "Nguyễn Thị Hồng"
    assert found["Lab"] == "/Tests \\ results"
    assert found["State"] == "CA"
    check_with_qpdf(filled)


# cross-references


def test_table_stays_a_table() -> None:
    data = form().save()
    filled = fill_all(data)
    added = filled[len(data) :]
    assert filled.startswith(data)
    assert b"\nxref\n" in added
    assert b"/Type/XRef" not in added
    assert_all_there(filled)


def test_stream_stays_a_stream() -> None:
    data = form().save_with_streams()
    filled = fill_all(data)
    added = filled[len(data) :]
    assert filled.startswith(data)
    assert b"/Type/XRef" in added
    assert b"\nxref\n" not in added
    assert_all_there(filled)


@pytest.mark.parametrize("streams", [False, True], ids=["table", "stream"])
def test_linearized(streams: bool) -> None:
    blank = form()
    data = blank.save_with_streams(linearize=True) if streams else blank.save(linearize=True)
    filled = fill_all(data)
    assert filled.startswith(data)
    assert_all_there(filled)


def test_hybrid() -> None:
    """A table with /XRefStm: fields hidden from old readers in an object stream (7.5.8.4)."""
    data = hybrid_pdf()
    filled = fill(data, in_field("Name", "Amina Rahimi"), in_box(BOX, "below")).data
    assert filled.startswith(data)
    assert text_in(filled, SHOWN) == "AminaRahimi"
    assert text_in(filled, BOX) == "below"
    assert values(filled)["Name"] == "Amina Rahimi"
    check_with_qpdf(filled)


def test_filling_a_filled_form_again() -> None:
    """An update behind an update, of either kind."""
    for data in (form().save(), form().save_with_streams()):
        once = fill(data, in_field("Name", "first")).data
        twice = fill(once, in_field("Name", "second")).data
        assert twice.startswith(once)
        assert values(twice)["Name"] == "second"
        assert text_in(twice, SHOWN) == "second"
        check_with_qpdf(twice)


def test_object_with_a_generation() -> None:
    """A field whose object number was used before keeps its generation in the update."""
    data = raw_pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 1 R]/DA(/Helv 0 Tf 0 g)>>>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots[4 1 R]>>",
            4: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/Rect[100 600 300 616]/P 3 0 R/F 4>>",
        }
    )
    # the table's row and the object's own head, both of generation 1
    at = data.index(b"4 0 obj")
    data = data.replace(b"4 0 obj", b"4 1 obj").replace(b"%010d 00000 n" % at, b"%010d 00001 n" % at)
    filled = fill(data, in_field("Name", "Amina")).data
    assert b"4 1 obj" in filled[len(data) :]
    assert text_in(filled, SHOWN) == "Amina"
    check_with_qpdf(filled)


def test_same_values_same_bytes() -> None:
    data = form().save()
    assert fill_all(data) == fill_all(data)


def test_nothing_to_fill_is_the_blank() -> None:
    data = form().save()
    assert fill(data).data == data


# encryption


@pytest.mark.parametrize("streams", [False, True], ids=["table", "stream"])
@pytest.mark.parametrize("cipher", CIPHERS)
def test_encrypted_blank_stays_encrypted(cipher: str, streams: bool) -> None:
    blank = form()
    save = blank.save_with_streams if streams and cipher in ("aesv2", "aesv3") else blank.save
    data = save(encryption=owner_only(cipher))
    filled = fill_all(data)
    assert filled.startswith(data)
    assert_all_there(filled)
    reader = pypdf.PdfReader(io.BytesIO(filled))
    assert reader.is_encrypted
    with pikepdf.open(io.BytesIO(filled)) as pdf:
        assert pdf.is_encrypted
        assert not pdf.allow.modify_other
        assert pdf.Root.AcroForm.Fields[0].TU == "the patient's name (given, family)"
    assert "Hồng".encode("utf-16-be") not in filled, "the value stands nowhere in clear"
    assert within(ink(data, filled), (0, 100, 612, 792))


def test_strings_of_the_blank_stay_readable_in_an_encrypted_form() -> None:
    """The widget's own strings are written anew: they must be encrypted for the object they are in."""
    for cipher in CIPHERS:
        data = form().save(encryption=owner_only(cipher))
        widgets = pypdf.PdfReader(io.BytesIO(fill_all(data))).pages[0]["/Annots"]
        assert widgets[0].get_object()["/TU"] == "the patient's name (given, family)"
        assert widgets[1].get_object()["/AP"]["/N"]["/Tests \\ results"].get_data().startswith(b"2 2")


def test_identity_crypt_filter_leaves_metadata_plain() -> None:
    data = form().save(encryption=pikepdf.Encryption(owner="o", user="", R=6, aes=True, metadata=False))
    assert_all_there(fill_all(data))


@pytest.mark.parametrize("cipher", CIPHERS)
def test_password_to_open_is_refused(cipher: str) -> None:
    revision, aes = {"rc4-40": (2, False), "rc4-128": (3, False), "aesv2": (4, True), "aesv3": (6, True)}[cipher]
    locked = pikepdf.Encryption(owner="o", user="secret", R=revision, aes=aes, metadata=revision >= 4)
    with pytest.raises(BlankFormError, match=r"clinic\.pdf: needs a password to open"):
        compiled_form(form().save(encryption=locked), "clinic.pdf")


def test_flattened_encrypted_form_stays_encrypted() -> None:
    data = form().save(encryption=owner_only("aesv3"))
    flat = fill(data, in_field("Name", "Nguyễn Thị Hồng"), flatten=True).data
    assert pypdf.PdfReader(io.BytesIO(flat)).is_encrypted
    assert text_in(flat, SHOWN) == "NguyễnThịHồng"


# files that cannot take an update: normalised, once


def damaged() -> dict[str, bytes]:
    good = form().save()
    at = good.rindex(b"startxref")
    return {
        "junk before the header": b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n" + good,
        "a byte order mark before the header": b"\xef\xbb\xbf" + good,
        "startxref beyond the end": good[:at] + b"startxref\n999999\n%%EOF\n",
        "startxref a few bytes off": good[:at] + b"startxref\n%d\n%%%%EOF\n" % (int(good[at + 9 :].split()[0]) + 7),
        "startxref 0": good[:at] + b"startxref\n0\n%%EOF\n",
        "offsets all wrong": good.replace(b"\nstream\n", b"\n  stream\n").replace(b"0000", b"0001", 1),
        "line ends changed on the way": good.replace(b" \n", b"\r\n\r\n"),
    }


@pytest.mark.parametrize("kind", damaged())
def test_broken_file_is_mended_once(kind: str) -> None:
    data = damaged()[kind]
    compiled = compiled_form(data)
    filled = fill_pdf(compiled, [in_field("Name", "Amina Rahimi")]).data
    assert filled.startswith(compiled.data)
    assert text_in(filled, SHOWN) == "AminaRahimi"
    assert values(filled)["Name"] == "Amina Rahimi"
    check_with_qpdf(filled)
    assert compiled_form(data).data == compiled.data, "mended alike the second time, from the cache"


def test_junk_after_the_end_does_no_harm() -> None:
    data = form().save() + b"\r\n<!-- served in 12 ms -->\r\n" + b"\0" * 200
    filled = fill(data, in_field("Name", "Amina Rahimi")).data
    assert text_in(filled, SHOWN) == "AminaRahimi"
    check_with_qpdf(filled)


def test_widgets_that_are_no_objects_of_their_own() -> None:
    data = raw_pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/DA(/Helv 0 Tf 0 g)>>>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots["
            b"<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/Rect[100 600 300 616]/F 4>>]>>",
        }
    )
    compiled = compiled_form(data)
    filled = fill_pdf(compiled, [in_field("Name", "Amina")]).data
    assert text_in(filled, SHOWN) == "Amina"
    check_with_qpdf(filled)


def test_encrypted_file_with_a_wrong_startxref_stays_encrypted() -> None:
    good = form().save(encryption=owner_only("aesv2"))
    at = good.rindex(b"startxref")
    compiled = compiled_form(good[:at] + b"startxref\n7\n%%EOF\n")
    filled = fill_pdf(compiled, [in_field("Name", "Amina Rahimi")]).data
    assert pypdf.PdfReader(io.BytesIO(filled)).is_encrypted
    assert text_in(filled, SHOWN) == "AminaRahimi"
    check_with_qpdf(filled)


# refused, each with its own words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 500, "is not a PDF but a JPEG picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "is not a PDF but a PNG picture"),
        (b"PK\x03\x04" + b"\0" * 500, "is not a PDF but a ZIP or Office file"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 500, "is not a PDF but an old Office file"),
        (b"<!doctype html><html><body>404 not found", "is not a PDF but a web page"),
        (b"  \n<html>", "is not a PDF but a web page"),
        (b"just words", "is not a PDF but another kind of file"),
        (b"%PDF-1.7\n%%EOF\n", "is damaged or cut off"),
        (b"%PDF-1.7\n" + b"garbage " * 1000 + b"\n%%EOF\n", "is damaged or cut off"),
    ],
)
def test_what_is_no_pdf_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BlankFormError, match=rf"clinic\.pdf: {words}"):
        compiled_form(data, "clinic.pdf")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_cut_off_file_is_refused(share: float) -> None:
    data = many_fields(60)
    with pytest.raises(BlankFormError, match="is cut off"):
        compiled_form(data[: int(len(data) * share)], "clinic.pdf")


def test_no_pages() -> None:
    data = raw_pdf({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[]/Count 0>>"})
    with pytest.raises(BlankFormError, match="has no pages"):
        compiled_form(data, "clinic.pdf")


def test_too_many_pages() -> None:
    blank = Blank(pages=0)
    for _ in range(MAX_PAGES + 1):
        blank.pdf.add_blank_page()
    with pytest.raises(BlankFormError, match=f"has {MAX_PAGES + 1} pages"):
        compiled_form(blank.save(), "clinic.pdf")


def test_xfa_only_form_is_refused() -> None:
    blank = Blank()
    blank.form["/XFA"] = blank.pdf.make_stream(b"<xdp:xdp/>")
    with pytest.raises(BlankFormError, match="is an XFA form"):
        compiled_form(blank.save(), "clinic.pdf")


def test_dynamic_xfa_form_is_refused() -> None:
    blank = form()
    blank.form["/XFA"] = blank.pdf.make_stream(b"<xdp:xdp/>")
    blank.pdf.Root["/NeedsRendering"] = True
    with pytest.raises(BlankFormError, match="is an XFA form"):
        compiled_form(blank.save(), "clinic.pdf")


def test_hybrid_xfa_form_loses_its_xfa() -> None:
    """Acrobat shows the XFA where there is one, and would not see what was filled."""
    blank = form()
    blank.form["/XFA"] = Array([String("template"), blank.pdf.make_stream(b"<template/>")])
    data = blank.save()
    filled = fill(data, in_field("Name", "Amina")).data
    assert filled.startswith(data)
    assert "/XFA" not in pypdf.PdfReader(io.BytesIO(filled)).trailer["/Root"]["/AcroForm"]
    assert text_in(filled, SHOWN) == "Amina"


def test_hybrid_xfa_in_an_encrypted_form() -> None:
    blank = form()
    blank.form["/XFA"] = Array([String("template"), blank.pdf.make_stream(b"<template/>")])
    filled = fill(blank.save(encryption=owner_only("aesv3")), in_field("Name", "Amina")).data
    with pikepdf.open(io.BytesIO(filled)) as pdf:
        assert "/XFA" not in pdf.Root.AcroForm
        assert pdf.Root.AcroForm.DA == "/Helv 0 Tf 0 g"


# hostile and huge


def test_field_tree_with_cycles_ends() -> None:
    data = raw_pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R 5 0 R 6 0 R]/DA(/Helv 0 Tf 0 g)>>>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots[7 0 R 8 0 R]>>",
            4: b"<</T(a)/Kids[5 0 R]/Parent 5 0 R>>",
            5: b"<</T(b)/Kids[4 0 R 5 0 R]/Parent 4 0 R>>",
            6: b"<</T(self)/Kids[6 0 R]/Parent 6 0 R>>",
            7: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/Rect[100 600 300 616]/P 3 0 R/F 4>>",
            8: b"<</Type/Annot/Subtype/Widget/Rect[100 500 300 516]/Parent 8 0 R>>",
        }
    )
    start = time.monotonic()
    filled = fill(data, in_field("Name", "Amina")).data
    assert time.monotonic() - start < 5
    assert text_in(filled, SHOWN) == "Amina"


def test_deep_field_tree() -> None:
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[10 0 R]/DA(/Helv 0 Tf 0 g)>>>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots[]>>",
    }
    for number in range(10, 3010):
        objects[number] = b"<</T(x)/Kids[%d 0 R]/Parent %d 0 R>>" % (number + 1, number - 1)
    objects[3010] = b"<</T(x)/FT/Tx/Parent 3009 0 R>>"
    with contextlib.suppress(BlankFormError):  # refused, or read without it
        assert len(compiled_form(raw_pdf(objects), "clinic.pdf").form.fields) <= 1


def test_twenty_thousand_fields() -> None:
    """Compiled and filled within seconds; more than that are not read."""
    count = MAX_FIELDS
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 4 0 R/DA(/Helv 0 Tf 0 g)>>>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots 4 0 R>>",
        4: b"[" + b" ".join(b"%d 0 R" % number for number in range(5, 5 + count)) + b"]",
    }
    for number in range(5, 5 + count):
        column, row = divmod(number - 5, 200)
        rect = (6 * column, 3 * row, 6 * column + 5, 3 * row + 2)
        body = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(f%d)/Rect[%d %d %d %d]/F 4>>" % (number - 5, *rect)
        objects[number] = body
    objects[4 + count] = objects[4 + count].replace(b"/Rect[", b"/Rect[100 700 300 716]/Old[")
    data = raw_pdf(objects)
    start = time.monotonic()
    filled = fill(data, in_field(f"f{count - 1}", "Amina")).data
    assert time.monotonic() - start < 30
    assert len(filled) - len(data) < 2000
    assert text_in(filled, (100, 76, 300, 92)) == "Amina"


def test_numbers_and_names_from_hell() -> None:
    """Values where others are expected: compiled, or refused with a message; never an error of another kind."""
    widget = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/Rect[100 600 300 616]/P 3 0 R/F 4 %s>>"
    for odd in (
        b"/MaxLen (8)", b"/Q /Left", b"/MK 7", b"/MK<</R 45>>", b"/MK<</BC[1 2]>>", b"/DA 7", b"/Opt 3", b"/Ff /None",
        b"/F (4)", b"/BS 1", b"/BS<</W (x)>>", b"/AP 3", b"/AP<</N 3>>", b"/Kids 3", b"/Kids[1 2 null]", b"/TU 9",
        b"/Parent (x)", b"/V 12", b"/V[1]", b"/MaxLen -3", b"/Q 17", b"/MK<</R -90>>", b"/Rect[1 2]",
        b"/Rect[300 616 100 600]",
    ):  # fmt: skip
        objects = {
            1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/DA(/Helv 0 Tf 0 g)>>>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots[4 0 R]>>",
            4: widget % odd,
        }
        with contextlib.suppress(BlankFormError, FillError):
            fill(raw_pdf(objects), in_field("Name", "Amina"))


# usage rights


def with_usage_rights() -> bytes:
    blank = form()
    blank.pdf.Root["/Perms"] = Dictionary(
        UR3=blank.pdf.make_indirect(
            Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), ByteRange=Array([0, 10, 20, 30]))
        )
    )
    return blank.save()


def test_usage_rights_stay_on_editable_output() -> None:
    """The signed bytes stay as they were; taking /Perms away would change what was signed."""
    filled = fill(with_usage_rights(), in_field("Name", "Amina")).data
    assert "/UR3" in pypdf.PdfReader(io.BytesIO(filled)).trailer["/Root"]["/Perms"]


def test_usage_rights_go_when_flattened() -> None:
    flat = fill(with_usage_rights(), in_field("Name", "Amina"), flatten=True).data
    root = pypdf.PdfReader(io.BytesIO(flat)).trailer["/Root"]
    assert "/Perms" not in root
    assert "/AcroForm" not in root


# flattening


def test_flattened_form_looks_the_same_and_has_no_fields() -> None:
    data = form().save()
    fillings = (in_field("Name", "Nguyễn Thị Hồng"), ticked("Lab"), chosen("State", "CA"))
    editable, flat = fill(data, *fillings).data, fill(data, *fillings, flatten=True).data
    assert ink(editable, flat) is None
    assert not pypdf.PdfReader(io.BytesIO(flat)).get_fields()
    assert text_in(flat, SHOWN) == "NguyễnThịHồng"
    check_with_qpdf(flat)


def test_flattening_keeps_links_and_notes() -> None:
    blank = form()
    link = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([50, 50, 90, 60]),
        A=Dictionary(S=Name.URI, URI=String("https://clinic.example.org")),
    )  # fmt: skip
    blank.pdf.pages[0].obj["/Annots"].append(blank.pdf.make_indirect(link))
    flat = fill(blank.save(), in_field("Name", "Amina"), flatten=True).data
    kinds = [node.get_object()["/Subtype"] for node in pypdf.PdfReader(io.BytesIO(flat)).pages[0]["/Annots"]]
    assert kinds == ["/Link"]


# the cache


def compiled_facts(compiled: CompiledForm) -> object:
    from dataclasses import asdict

    return asdict(compiled.form)


@pytest.mark.parametrize("cipher", ["", *CIPHERS])
def test_cached_form_equals_a_fresh_one(cipher: str) -> None:
    blank = form()
    blank.radio("Format", [((100, 300, 110, 310), "Paper"), ((100, 280, 110, 290), "CD")], Opt=Array(["a", "b"]))
    blank.form["/NeedAppearances"] = True
    data = blank.save(encryption=owner_only(cipher)) if cipher else blank.save()
    fresh = compiled_form(data)
    cached = compiled_form(data)
    assert fresh is not cached
    if cipher.startswith("aes"):  # an encrypted string has a salt: two compilations never agree byte for byte
        assert compiled_facts(fresh) == compiled_facts(cached)
    else:
        assert compiled_facts(compile_blank(data, fresh.sha256, "x")) == compiled_facts(cached)
    assert type(cached.pages[0].frame) is type(fresh.pages[0].frame)
    assert type(cached.form.cipher) is type(fresh.form.cipher)
    assert type(cached.form.acro_form) is type(fresh.form.acro_form)
    assert {type(option) for field in cached.form.fields for option in field.options} == {tuple}
    if not cipher.startswith("aes"):
        assert fill_pdf(cached, [in_field("Name", "Łukasz")]).data == fill_pdf(fresh, [in_field("Name", "Łukasz")]).data


def test_second_call_does_not_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    data = form().save()
    compiled_form(data)
    monkeypatch.setattr("formfill.pdf.compile.compile_blank", None)
    assert compiled_form(data).fields.keys() == {"Name", "Lab", "State"}


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_torn_cache_is_made_anew(share: float, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMFILL_CACHE", str(tmp_path))
    for data in (form().save(), b"junk" + form().save()):
        expected = compiled_facts(compiled_form(data))
        for kept in (tmp_path / "forms").iterdir():
            kept.write_bytes(kept.read_bytes()[: int(kept.stat().st_size * share)])
        again = compiled_form(data)
        assert compiled_facts(again) == expected
        filled = fill_pdf(again, [in_field("Name", "Amina")]).data
        assert text_in(filled, SHOWN) == "Amina"


def test_cache_of_other_content_is_made_anew(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMFILL_CACHE", str(tmp_path))
    data = form().save()
    compiled_form(data)
    (kept,) = (tmp_path / "forms").iterdir()
    for content in (b"{}", b"[]", b"null", b'{"pages": 3}', b"\xff\xfe", b'{"fields": [], "pages": []}'):
        kept.write_bytes(content)
        assert len(compiled_form(data).fields) == 3


def test_cache_that_cannot_be_written_does_not_matter(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    monkeypatch.setenv("FORMFILL_CACHE", str(in_the_way))
    for data in (form().save(), b"junk" + form().save()):
        assert text_in(fill(data, in_field("Name", "Amina")).data, SHOWN) == "Amina"
        assert compiled_form(data).fields.keys() == {"Name", "Lab", "State"}


def test_cache_is_private_and_holds_nothing_of_a_patient(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMFILL_CACHE", str(tmp_path))
    compiled, filled = compiled_and_filled(form().save(), in_field("Name", "Xanthippe"))
    verify_pdf(compiled, form_map(), filled)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    assert not any(b"Xanthippe" in path.read_bytes() for path in kept)
