"""Texts in fields: where they stand, how they break, in which font, and that nothing is ever cut."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pikepdf
import pypdf
import pytest
from builders import COMB, LETTER, MULTILINE, Blank, helvetica
from fills import fill, in_field, in_pieces
from pikepdf import Array, Dictionary, Name, String
from readback import check_with_qpdf, from_left_to_right, ink, pixels, text_in, values, within

from formfill.errors import FillError

RECT = (100.0, 600.0, 260.0, 616.0)
SHOWN = (100.0, LETTER[3] - 616, 260.0, LETTER[3] - 600)


def one_field(rect: tuple[float, float, float, float] = RECT, **entries: object) -> bytes:
    blank = Blank()
    blank.text("Name", rect, **entries)
    return blank.save()


def shown(rect: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return rect[0], LETTER[3] - rect[3], rect[2], LETTER[3] - rect[1]


def appearance_of(data: bytes, name: str) -> str:
    """The content of a text field's normal appearance, as pypdf reads it."""
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        for node in page.get("/Annots") or ():
            widget = node.get_object()
            if widget.get("/T") == name:
                return str(widget["/AP"]["/N"].get_data().decode("latin-1"))
    raise AssertionError(f"no widget {name}")


def font_size(data: bytes, name: str) -> float:
    return float(re.search(r"(\S+) Tf", appearance_of(data, name))[1])


# where it stands


@pytest.mark.parametrize("text", ["Amina Rahimi", "Nguyễn Thị Hồng", "Łukasz Żółć", "Олександр Ковальчук", "Đỗ 7"])
def test_value_and_appearance_agree(text: str) -> None:
    data = one_field()
    filled = fill(data, in_field("Name", text)).data
    assert values(filled)["Name"] == text
    assert text_in(filled, SHOWN) == text.replace(" ", "")
    assert within(ink(data, filled), SHOWN)
    check_with_qpdf(filled)


def test_right_to_left_text_with_a_number() -> None:
    data = one_field(rect=(100, 600, 300, 616))
    filled = fill(data, in_field("Name", "امینه رحیمی (916) 555-0142")).data
    assert values(filled)["Name"] == "امینه رحیمی (916) 555-0142"
    read = from_left_to_right(filled, shown((100, 600, 300, 616)))
    digits = re.sub(r"[()]", "", read)  # PDFium turns brackets round as it reads
    assert digits.startswith("916555-0142"), "the number keeps its order inside right-to-left text"
    assert read.endswith("ا"), "the first letter stands at the right"
    assert within(ink(data, filled), shown((100, 600, 300, 616)))


@pytest.mark.parametrize(("quadding", "expected"), [(0, "left"), (1, "center"), (2, "right")])
@pytest.mark.parametrize("text", ["Amina", "Олександр"])
def test_quadding(quadding: int, expected: str, text: str) -> None:
    data = one_field(Q=quadding)
    left, _, right, _ = ink(data, fill(data, in_field("Name", text)).data)
    before, after = left - RECT[0], RECT[2] - right
    assert {"left": before < 4, "right": after < 4, "center": abs(before - after) < 2}[expected]


def test_the_map_may_align_otherwise() -> None:
    data = one_field(Q=0)
    _, _, right, _ = ink(data, fill(data, in_field("Name", "Amina", align="right")).data)
    assert RECT[2] - right < 4


def test_quadding_inherited_from_the_form() -> None:
    blank = Blank()
    blank.form["/Q"] = 2
    blank.text("Name", RECT)
    data = blank.save()
    _, _, right, _ = ink(data, fill(data, in_field("Name", "Amina")).data)
    assert RECT[2] - right < 4


def test_several_lines_wrap_and_start_at_the_top() -> None:
    rect = (100, 500, 260, 600)
    data = one_field(rect, Ff=MULTILINE)
    text = "2114 Folsom Blvd, Apt 7\nSacramento, CA 95816, United States of America"
    filled = fill(data, in_field("Name", text)).data
    seen = ink(data, filled)
    assert text_in(filled, shown(rect)) == re.sub(r"\s", "", text)
    assert within(seen, shown(rect))
    assert seen[1] - shown(rect)[1] < 6, "the first line stands at the top"
    assert seen[3] - seen[1] > 24, "there are three lines at least"


def test_a_tall_field_of_one_line_may_hold_two() -> None:
    rect = (100, 570, 220, 600)
    data = one_field(rect)
    text = "Harbor Refugee Services, 88 Pier Avenue, Suite 210, Oakland"
    filled = fill(data, in_field("Name", text)).data
    assert text_in(filled, shown(rect)) == text.replace(" ", "")
    assert within(ink(data, filled), shown(rect))
    (flags,) = {field.get("/Ff") for field in pypdf.PdfReader(io.BytesIO(filled)).get_fields().values()}
    assert flags & MULTILINE, "so that editing it keeps the lines"


def test_automatic_size_follows_the_height_and_the_width() -> None:
    assert font_size(fill(one_field((100, 600, 260, 640)), in_field("Name", "Amina")).data, "Name") == 12
    low = font_size(fill(one_field((100, 600, 260, 610)), in_field("Name", "Amina")).data, "Name")
    assert 6 < low < 9
    narrow = font_size(fill(one_field((100, 600, 160, 616)), in_field("Name", "Amina Rahimi")).data, "Name")
    assert 7 <= narrow < 12


def test_fixed_size_is_kept_where_it_fits_and_lowered_where_not() -> None:
    data = one_field(DA=b"/Helv 11 Tf 0 0 1 rg")
    assert font_size(fill(data, in_field("Name", "Amina")).data, "Name") == 11
    assert 7 <= font_size(fill(data, in_field("Name", "Amina Yusuf Rahimi Noori, Oakland")).data, "Name") < 11
    assert "0 0 1 rg" in appearance_of(fill(data, in_field("Name", "Amina")).data, "Name"), "the field's own colour"


# never cut


def test_what_does_not_fit_is_an_error_without_the_value() -> None:
    with pytest.raises(FillError) as caught:
        fill(one_field((100, 600, 160, 612)), in_field("Name", "Bartholomew Featherstonehaugh-Cholmondeley"))
    assert "does not fit at 7 pt" in str(caught.value)
    assert "field 'Name'" in str(caught.value)
    assert "Bartholomew" not in str(caught.value)


def test_what_does_not_fit_goes_to_the_addendum_in_full() -> None:
    long = "Bartholomew Featherstonehaugh-Cholmondeley"
    filled = fill(one_field((100, 600, 180, 612)), in_field("Name", long, addendum=True))
    (item,) = filled.addendum
    assert item.text == long
    assert item.letter == "A"
    assert values(filled.data)["Name"] == "see addendum A"


def test_shorter_writings_are_tried_first() -> None:
    filling = in_field("Name", "Bartholomew Featherstonehaugh", shorter=("B. Featherstonehaugh", "B. F."))
    filled = fill(one_field((100, 600, 180, 612)), filling)
    assert values(filled.data)["Name"] == "B. Featherstonehaugh"
    assert filled.addendum == ()


def test_addendum_letters_count_on() -> None:
    blank = Blank()
    for index in range(3):
        blank.text(f"f{index}", (100, 600 - 30 * index, 180, 612 - 30 * index))
    long = "Bartholomew Featherstonehaugh-Cholmondeley"
    filled = fill(blank.save(), *(in_field(f"f{index}", long, addendum=True) for index in range(3)))
    assert [item.letter for item in filled.addendum] == ["A", "B", "C"]
    assert values(filled.data)["f2"] == "see addendum C"


@pytest.mark.parametrize("text", ["1234567890", "Amina Rahimi", "123-45-67-89"])
def test_more_than_max_len_is_never_cut(text: str) -> None:
    data = one_field(MaxLen=8)
    with pytest.raises(FillError, match="does not fit"):
        fill(data, in_field("Name", text))


def test_max_len_too_short_even_for_a_reference() -> None:
    with pytest.raises(FillError, match="does not fit"):
        fill(one_field(MaxLen=4), in_field("Name", "Amina Rahimi", addendum=True))


def test_a_date_loses_its_separators_where_eight_characters_are_all() -> None:
    filled = fill(one_field(MaxLen=8), in_field("Name", "03/14/1987")).data
    assert values(filled)["Name"] == "03141987"
    assert text_in(filled, SHOWN) == "03141987"
    assert values(fill(one_field(MaxLen=10), in_field("Name", "03/14/1987")).data)["Name"] == "03/14/1987"


def test_comb_puts_one_character_in_each_cell() -> None:
    data = one_field(Ff=COMB, MaxLen=8)
    filled = fill(data, in_field("Name", "03/14/1987")).data
    assert values(filled)["Name"] == "03141987"
    cell = (RECT[2] - RECT[0]) / 8
    for index, digit in enumerate("03141987"):
        left = RECT[0] + index * cell
        assert text_in(filled, (left, SHOWN[1], left + cell, SHOWN[3])) == digit
    assert within(ink(data, filled), SHOWN)


def test_comb_with_more_characters_than_cells() -> None:
    with pytest.raises(FillError, match="does not fit"):
        fill(one_field(Ff=COMB, MaxLen=5), in_field("Name", "Amina R"))


# fields that share names or widgets


def test_a_check_and_a_text_of_one_name() -> None:
    blank = Blank()
    blank.check("Other", (100, 650, 110, 660))
    blank.text("Other", RECT)
    data = blank.save()
    from fills import ticked

    filled = fill(data, ticked("Other"), in_field("Other", "birth records")).data
    assert text_in(filled, SHOWN) == "birthrecords"
    assert ink(data, fill(data, ticked("Other")).data)[3] < 792 - 640, "the tick alone"
    kinds = {str(widget["/FT"]): widget for widget in _widgets(filled)}
    assert kinds["/Tx"]["/V"] == "birth records"
    assert kinds["/Btn"]["/V"] == "/Yes"


def test_one_field_with_widgets_on_two_pages() -> None:
    blank = Blank(pages=2)
    blank.parent(
        "Name",
        [blank.widget(RECT, 0, DA=String("/Helv 0 Tf 0 g")), blank.widget((50, 50, 90, 62), 1)],
        FT=Name.Tx,
    )
    data = blank.save()
    filled = fill(data, in_field("Name", "Amina")).data
    assert text_in(filled, SHOWN, 0) == "Amina"
    assert text_in(filled, shown((50, 50, 90, 62)), 1) == "Amina"
    assert values(filled)["Name"] == "Amina"
    with pytest.raises(FillError):  # the smaller widget counts, too
        fill(data, in_field("Name", "Bartholomew Featherstonehaugh"))


def test_two_widgets_on_one_spot_print_once() -> None:
    blank = Blank()
    blank.parent("Date", [blank.widget(RECT, 0), blank.widget((101, 601, 259, 615), 0)], FT=Name.Tx)
    data = blank.save()
    filled = fill(data, in_field("Date", "03/14/1987")).data
    assert text_in(filled, SHOWN) == "03/14/1987", "not twice, one over the other"


def test_kids_of_a_parent_are_found_by_their_full_names() -> None:
    blank = Blank()
    kid = blank.widget(RECT, FT=Name.Tx, T=String("given"))
    blank.parent("patient", [kid], DA=String("/Helv 9 Tf 0 g"))
    filled = fill(blank.save(), in_field("patient.given", "Amina")).data
    assert values(filled)["patient.given"] == "Amina"
    assert text_in(filled, SHOWN) == "Amina"


def test_unknown_field_names_near_ones() -> None:
    with pytest.raises(FillError, match="no field 'Nmae'; near it: 'Name'"):
        fill(one_field(), in_field("Nmae", "Amina"))


def test_field_of_another_kind() -> None:
    blank = Blank()
    blank.check("Agree", (100, 650, 110, 660))
    with pytest.raises(FillError, match="'Agree' is a check field"):
        fill(blank.save(), in_field("Agree", "Amina"))


def test_date_in_three_fields() -> None:
    blank = Blank()
    for index, name in enumerate(("mm", "dd", "yyyy")):
        blank.text(name, (100 + 40 * index, 600, 132 + 40 * index, 614), MaxLen=4 if name == "yyyy" else 2)
    pieces = [{"part": part, "field": name} for part, name in (("month", "mm"), ("day", "dd"), ("year", "yyyy"))]
    filled = fill(blank.save(), in_pieces(pieces, {"month": "03", "day": "14", "year": "1987"}, page=None)).data
    assert values(filled) == {"mm": "03", "dd": "14", "yyyy": "1987"}


# fonts


def test_default_appearance_with_a_font_that_is_not_there() -> None:
    data = one_field(DA=b"/Nowhere 10 Tf 0 g")
    filled = fill(data, in_field("Name", "José Muñoz")).data
    assert text_in(filled, SHOWN) == "JoséMuñoz"
    assert font_size(filled, "Name") == 10


@pytest.mark.parametrize("da", [b"", b"0 g", b"garbage ( [ Tf", b"/Helv Tf", b"/Helv 1e3 Tf", b"/Helv -9 Tf 0 g"])
def test_default_appearance_that_says_little(da: bytes) -> None:
    data = one_field(DA=da)
    filled = fill(data, in_field("Name", "Amina")).data
    assert text_in(filled, SHOWN) == "Amina"
    assert within(ink(data, filled), SHOWN)


def test_default_appearance_cannot_carry_operators_into_the_page() -> None:
    data = one_field(DA=b"/Helv 9 Tf 0 g ET Q 0 0 600 700 re f q BT")
    filled = fill(data, in_field("Name", "Amina")).data
    assert within(ink(data, filled), SHOWN)


def test_no_default_appearance_at_all() -> None:
    blank = Blank()
    node = blank.text("Name", RECT)
    del node["/DA"]
    del blank.form["/DA"]
    del blank.form["/DR"]
    filled = fill(blank.save(), in_field("Name", "Amina")).data
    assert text_in(filled, SHOWN) == "Amina"


def test_helv_in_pdf_doc_encoding() -> None:
    """Acrobat's Helv has PDFDocEncoding as /Differences: é and • have other codes than in WinAnsi."""
    blank = Blank()
    font = helvetica()
    font["/Encoding"] = blank.pdf.make_indirect(
        Dictionary(
            Type=Name.Encoding,
            Differences=Array(
                [24, Name.breve, Name.caron, 128, Name.bullet, Name.dagger, 160, Name.Euro, 233, Name.eacute]
            ),
        )
    )
    blank.form["/DR"]["/Font"]["/Helv"] = blank.pdf.make_indirect(font)
    blank.text("Name", RECT)
    data = blank.save()
    filled = fill(data, in_field("Name", "José • €5")).data
    assert text_in(filled, SHOWN) == "José•€5"
    stream = appearance_of(filled, "Name")
    assert "\x80" in stream or r"\200" in stream, "the bullet by the font's own code"


def test_field_font_that_writes_some_letters_elsewhere() -> None:
    """A font whose encoding swaps letters: the codes it says are used, not those of ASCII."""
    blank = Blank()
    font = helvetica()
    font["/Encoding"] = Dictionary(
        Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=Array([65, Name.B, Name.A])
    )
    blank.form["/DR"]["/Font"]["/Helv"] = blank.pdf.make_indirect(font)
    blank.text("Name", RECT)
    filled = fill(blank.save(), in_field("Name", "BAB")).data
    assert text_in(filled, SHOWN) == "BAB"


def test_font_of_the_field_itself_goes_before_the_forms() -> None:
    blank = Blank()
    times = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/Times-Roman"), Encoding=Name.WinAnsiEncoding)
    blank.text("Name", RECT, DR=Dictionary(Font=Dictionary(Helv=blank.pdf.make_indirect(times))))
    filled = fill(blank.save(), in_field("Name", "Amina")).data
    assert _fonts_used(filled, "Name") == {"/Times-Roman"}


def test_font_that_is_embedded_whole_is_printed_with() -> None:
    """Noto as a simple font whose codes are not ASCII's: what its /Differences say goes."""
    blank = Blank()
    blank.form["/DR"]["/Font"]["/Own"] = blank.pdf.make_indirect(_embedded_font(blank))
    blank.text("Name", RECT, DA=b"/Own 10 Tf 0 g")
    data = blank.save()
    filled = fill(data, in_field("Name", "Rahimi ba")).data
    assert _fonts_used(filled, "Name") == {"/NotoTest"}
    assert text_in(filled, SHOWN) == "Rahimiba"
    assert within(ink(data, filled), SHOWN)
    other = fill(data, in_field("Name", "Олександр")).data
    assert _fonts_used(other, "Name") != {"/NotoTest"}, "what it cannot write is not left out"
    assert text_in(other, SHOWN) == "Олександр"


def _embedded_font(blank: Blank) -> Dictionary:
    import fontpkg_noto_sans
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    folder = Path(next(iter(fontpkg_noto_sans.__path__)))
    font = TTFont(next(path for path in folder.rglob("NotoSans[[]*.ttf") if "Italic" not in path.name))
    letters = [chr(code) for code in range(32, 127)]
    subsetter = Subsetter(Options(drop_tables=["fvar", "gvar", "avar", "HVAR", "MVAR", "STAT", "GSUB", "GPOS"]))
    subsetter.populate(text="".join(letters))
    subsetter.subset(font)
    names, metrics = font.getBestCmap(), font["hmtx"]
    swapped = {ord("a"): "b", ord("b"): "a"}
    shown = [swapped.get(ord(letter), letter) for letter in letters]
    widths = [round(metrics[names[ord(letter)]][0] * 1000 / font["head"].unitsPerEm) for letter in shown]
    program = io.BytesIO()
    font.save(program)
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name.NotoTest, Flags=32, Ascent=1069, Descent=-293, CapHeight=714,
        ItalicAngle=0, StemV=80, FontBBox=Array([-600, -300, 2500, 1070]),
        FontFile2=blank.pdf.make_stream(program.getvalue()),
    )  # fmt: skip
    encoding = Dictionary(BaseEncoding=Name.WinAnsiEncoding, Differences=Array([97, Name.b, Name.a]))
    return Dictionary(
        Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name.NotoTest, FirstChar=32, LastChar=126,
        Widths=Array(widths), FontDescriptor=blank.pdf.make_indirect(descriptor), Encoding=encoding,
    )  # fmt: skip


def test_subset_and_foreign_fonts_are_not_printed_with() -> None:
    """A subset may lack the letters; a font neither embedded nor one of the 14 looks different everywhere."""
    for base in ("/ABCDEF+Arial", "/AdobeArabic-Regular", "/Arial"):
        blank = Blank()
        font = Dictionary(
            Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name(base), Encoding=Name.WinAnsiEncoding,
            FirstChar=32, LastChar=255, Widths=Array([500] * 224),
            FontDescriptor=Dictionary(Type=Name.FontDescriptor, FontName=Name(base), Flags=32),
        )  # fmt: skip
        if "+" in base:
            font["/FontDescriptor"]["/FontFile2"] = blank.pdf.make_stream(b"not a font")
        blank.form["/DR"]["/Font"]["/Helv"] = blank.pdf.make_indirect(font)
        blank.text("Name", RECT)
        filled = fill(blank.save(), in_field("Name", "Amina")).data
        assert _fonts_used(filled, "Name") == {"/Helvetica"}
        assert text_in(filled, SHOWN) == "Amina"


def test_one_embedded_font_serves_all_fields() -> None:
    blank = Blank()
    for index in range(20):
        blank.text(f"f{index}", (100, 700 - 20 * index, 300, 716 - 20 * index))
    data = blank.save()
    filled = fill(data, *(in_field(f"f{index}", "Олександр Ковальчук") for index in range(20))).data
    with pikepdf.open(io.BytesIO(filled)) as pdf:
        programs = [obj for obj in pdf.objects if isinstance(obj, pikepdf.Dictionary) and "/FontFile2" in obj]
    assert len(programs) == 1
    assert len(filled) - len(data) < 20_000


def test_letters_that_no_font_has() -> None:
    with pytest.raises(FillError, match=r"U\+1F600"):
        fill(one_field(), in_field("Name", "Amina 😀"))


# what the widget keeps


def test_border_background_and_other_entries_stay() -> None:
    mk = Dictionary(BC=Array([1, 0, 0]), BG=Array([0.9, 0.9, 1]))
    data = one_field(MK=mk, BS=Dictionary(W=2), TU=String("Your name"), AA=Dictionary(K=Dictionary(S=Name.JavaScript)))
    filled = fill(data, in_field("Name", "Amina")).data
    (widget,) = _widgets(filled)
    assert widget["/TU"] == "Your name"
    assert "/AA" in widget
    stream = appearance_of(filled, "Name")
    assert "1 0 0 RG" in stream
    assert "0.9 0.9 1 rg" in stream
    corner = pixels(filled)[int(SHOWN[1] * 3) + 1, int(SHOWN[0] * 3) + 1]
    assert corner < 200, "the border is drawn"


def test_old_value_is_replaced_everywhere() -> None:
    blank = Blank()
    node = blank.text("Name", RECT, V=String("old value"), RV=String("<p>old value</p>"), Ff=1 << 25)
    node["/AP"] = Dictionary(N=blank.appearance(160, 16, b"BT /Helv 9 Tf 2 4 Td (old value) Tj ET"))
    data = blank.save()
    filled = fill(data, in_field("Name", "Amina")).data
    (widget,) = _widgets(filled)
    assert widget["/V"] == "Amina"
    assert "/RV" not in widget
    assert not widget["/Ff"] & 1 << 25, "rich text would bring the old value back"
    assert text_in(filled, SHOWN) == "Amina"


def test_need_appearances_goes() -> None:
    """A viewer told to draw fields itself would draw them otherwise than what was verified."""
    blank = Blank()
    blank.text("Name", RECT)
    blank.form["/NeedAppearances"] = True
    filled = fill(blank.save(), in_field("Name", "Amina")).data
    assert "/NeedAppearances" not in pypdf.PdfReader(io.BytesIO(filled)).trailer["/Root"]["/AcroForm"]


def test_need_appearances_goes_from_a_form_inside_the_catalog() -> None:
    blank = Blank()
    blank.text("Name", RECT)
    form = blank.form
    form["/NeedAppearances"] = True
    blank.pdf.Root["/AcroForm"] = Dictionary({key: form[key] for key in form.keys()})  # noqa: SIM118
    filled = fill(blank.save(), in_field("Name", "Amina")).data
    root = pypdf.PdfReader(io.BytesIO(filled)).trailer["/Root"]
    assert "/NeedAppearances" not in root["/AcroForm"]
    assert "/Pages" in root
    assert values(filled)["Name"] == "Amina"


def test_hidden_values_of_other_fields_stay() -> None:
    blank = Blank()
    blank.text("Name", RECT)
    blank.text("Clinic", (100, 500, 260, 516), V=String("Valley Oak"))
    filled = fill(blank.save(), in_field("Name", "Amina")).data
    assert values(filled) == {"Name": "Amina", "Clinic": "Valley Oak"}


def _widgets(data: bytes) -> list[dict[str, object]]:
    found = []
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        found += [node.get_object() for node in page.get("/Annots") or ()]
    return found


def _fonts_used(data: bytes, name: str) -> set[str]:
    (widget,) = [widget for widget in _widgets(data) if widget.get("/T") == name]
    fonts = widget["/AP"]["/N"]["/Resources"]["/Font"]
    return {str(fonts[key].get_object()["/BaseFont"]) for key in fonts}
