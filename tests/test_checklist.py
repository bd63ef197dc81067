"""The checklist and the manifest: set with typst; read back with PDFium and pdfplumber, and looked at by pixels."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import stat
import string
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from formfill import yaml_io
from formfill.catalog import read_blank
from formfill.job import FillJob, fill_form, prepare_packet
from formfill.model.form_map import FormMap, Place, load_form_map
from formfill.model.profile import Representative, load_profile
from formfill.model.provider import load_provider
from formfill.model.request import Request, parse_request
from formfill.packet import typeset
from formfill.packet.assemble import Document, assemble
from formfill.packet.checklist import Checklist, checklist_pdf, language_of, phrases
from formfill.packet.cover import Party
from formfill.packet.manifest import manifest_json
from formfill.packet.signing import ByHand, by_hand, by_hand_in_print, for_signer
from formfill.pdf.compile import compile_blank
from formfill.pdf.shaping import package_fonts
from tests.own_forms import PRINT, SECRETS, fillable, flat, workspace

ROOT = Path(__file__).resolve().parent.parent
DAY = dt.date(2026, 11, 20)
CLINIC = Party(
    "Health Information Management",
    "Valley Oak Community Clinic",
    ("500 Elm Street", "Fresno, CA 93701"),
    fax="(559) 555-0111",
    email="records@valleyoak.example.org",
)
SIGN = ByHand("sign", "signature.patient", 1, (110.0, 238.0, 300.0, 252.0))
DATE = ByHand("date", "signature.date", 1, (400.0, 238.0, 520.0, 252.0))
INITIALS = ByHand("initials", "sensitive.hiv", 2, (60.0, 300.0, 90.0, 312.0))
NAMES = {
    "es": "Spanish", "ar": "Arabic", "prs": "Dari", "ps": "Pashto", "uk": "Ukrainian", "ru": "Russian",
    "vi": "Vietnamese", "zh": "Chinese", "ko": "Korean", "tl": "Tagalog", "fa": "Farsi", "hy": "Armenian",
}  # fmt: skip
RIGHT_TO_LEFT = ("ar", "prs", "ps", "fa")
#: What a checklist of ``everything`` says, whatever the language.
SAID = (
    "title", "keep", "machine", "do", "who_representative", "sign", "date", "initials", "attach", "id_attach", "parent",
    "check", "protected", "chosen", "hiv", "mental_health", "silent", "genetic", "silent_letter", "send", "mail",
    "copy", "answer", "days", "about", "pages",
)  # fmt: skip


def checklist(**changes: Any) -> Checklist:
    known: dict[str, Any] = {
        "form": flat(pages=2),
        "form_title": "Authorization for Release",
        "by_hand": (SIGN, DATE, INITIALS),
        "languages": ("English",),
        "instrument": "access-request",
        "recipient": CLINIC,
        "channel": "mail",
        "date": DAY,
        "state": "CA",
    }
    return Checklist(**(known | changes))


def everything(language: str, **changes: Any) -> Checklist:
    parent = Representative.model_validate({"kind": "parent", "name": "Lucía Peña"})
    known = {"languages": (NAMES[language],), "representative": parent, "chosen": ("hiv", "mental_health")}
    return checklist(**(known | {"silent": ("genetic",)} | changes))


def said(pdf: bytes) -> str:
    """The text of all pages without white space, as PDFium reads it."""
    with pypdfium2.PdfDocument(pdf) as document:
        return squeezed("".join(page.get_textpage().get_text_range() for page in document))


def column(pdf: bytes, *, own: bool) -> str:
    """The text of the first page's left (English) or right half, without white space."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        middle = page.get_width() / 2
        text = page.get_textpage().get_text_bounded(*((middle, 0, None, None) if own else (None, None, middle, None)))
    return squeezed(text)


def squeezed(text: str) -> str:
    """Without white space and marks of direction; composed letters, no presentation forms."""
    kept = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Cf", "Cc"))
    return "".join("".join(kept).split())


def english(key: str, **values: str) -> str:
    return squeezed(str(phrases()["en"][key]).format(**values))


# phrases


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", NAMES)
def test_each_language_has_each_phrase_with_its_placeholders(language: str) -> None:
    original, own = phrases()["en"], phrases()[language]
    assert list(own) == list(original)
    assert own["dir"] == ("rtl" if language in RIGHT_TO_LEFT else "ltr")
    alike = []
    for key, text in original.items():
        if key in ("dir", "names"):
            continue
        assert own[key].strip(), key
        assert placeholders(own[key]) == placeholders(text), key
        assert ("packet.pdf" in own[key]) == ("packet.pdf" in text), key
        alike += [key] if own[key] == text else []
    assert set(alike) <= {"hiv", "name"}  # HIV/AIDS is said so in Vietnamese and Tagalog


def test_there_is_no_language_that_is_not_tested() -> None:
    assert set(phrases()) == {"en", *NAMES}


def test_each_protected_category_of_the_vocabulary_has_its_words() -> None:
    from formfill.model.vocabulary import vocabulary

    assert set(vocabulary().choices("sensitive")) <= set(phrases()["en"])


@pytest.mark.parametrize("language", NAMES)
def test_a_language_is_written_in_its_own_script(language: str) -> None:
    scripts = {
        "ar": "ARABIC", "prs": "ARABIC", "ps": "ARABIC", "fa": "ARABIC", "uk": "CYRILLIC", "ru": "CYRILLIC",
        "zh": "CJK", "ko": "HANGUL", "hy": "ARMENIAN",
    }  # fmt: skip
    text = "".join(t for t in phrases()[language].values() if isinstance(t, str))
    for known in ("packet.pdf", *(f"{{{name}}}" for name in ("days", "date", "page")), "ltr", "rtl", "HIV"):
        text = text.replace(known, "")
    found = {unicodedata.name(char).split()[0] for char in text if char.isalpha()}
    assert found == {scripts.get(language, "LATIN")}


@pytest.mark.parametrize(
    ("names", "language"),
    [
        (["Dari"], "prs"), (["Persian (Dari)"], "prs"), (["دری"], "prs"), (["Afghan Farsi"], "prs"),
        (["Persian"], "fa"), (["Farsi"], "fa"), (["FARSI "], "fa"), (["Iranian Persian"], "fa"),
        (["Mandarin"], "zh"), (["Mandarin Chinese"], "zh"), (["中文"], "zh"), (["Chinese (Cantonese)"], "zh"),
        (["Español"], "es"), (["espanol"], "es"), (["Spanish - Mexico"], "es"), (["Spanish, English"], "es"),
        (["Arabic (Iraqi)"], "ar"), (["العربية"], "ar"), (["Pashto/Pushto"], "ps"), (["Tieng Viet"], "vi"),
        (["Tiếng Việt"], "vi"), (["Filipino"], "tl"), (["українська"], "uk"), (["Русский"], "ru"),
        (["한국어"], "ko"), (["Eastern Armenian"], "hy"), (["es"], "es"),
        (["English"], "en"), (["English", "Dari"], "en"), (["Uzbek", "Dari"], "prs"),
        (["Klingon"], None), (["Standard"], None), ([], None),
    ],
)  # fmt: skip
def test_a_language_is_known_by_the_names_that_people_write(names: list[str], language: str | None) -> None:
    assert language_of(names) == language


# the page


@pytest.mark.parametrize("language", [name for name in NAMES if name not in RIGHT_TO_LEFT])
def test_both_languages_are_read_back(language: str) -> None:
    pdf, notes = checklist_pdf(everything(language))
    assert notes == ()
    text, own = said(pdf), column(pdf, own=True)
    for key in SAID:
        values = {"days": "15", "date": "2026-12-10"}
        assert english(key, **values) in text, key
        if key != "pages":
            assert squeezed(str(phrases()[language][key]).format(**values)) in own, key


@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_a_language_from_right_to_left_is_drawn_as_another_program_draws_it(language: str) -> None:
    """Letters joined, dotted and in order: as Pillow (with Raqm) shapes and draws the same words.

    PDFium reads a letter and its dots, which the font draws apart, as two letters: its text cannot be compared.
    """
    pdf, notes = checklist_pdf(everything(language))
    assert notes == ()
    scale = 8
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0].render(scale=scale, grayscale=True).to_pil()
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        words = opened.pages[0].extract_words(extra_attrs=["size"])
    (path,) = package_fonts("fontpkg_noto_sans_arabic")
    for key in ("send", "answer"):  # headings of one word: how wide a space is, is a matter of the Latin font
        beside = next(word for word in words if word["text"] == phrases()["en"][key] and word["x0"] < 60)
        rows = round((beside["top"] - 3) * scale), round((beside["bottom"] + 2) * scale)
        strip = page.crop((page.width // 2, rows[0], page.width, rows[1]))
        found = inked(strip.point(lambda value: 255 if value < 128 else 0))
        font = ImageFont.truetype(str(path), beside["size"] * scale)
        font.set_variation_by_axes([700 if axis["name"] == b"Weight" else 100 for axis in font.get_variation_axes()])
        word = str(phrases()[language][key])
        assert likeness(found, drawn(word, font)) > 0.75, key
        assert likeness(found, drawn("\u200c".join(word), font)) < 0.5  # letters that are not joined


def drawn(word: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    picture = Image.new("L", (2000, 400), 0)
    ImageDraw.Draw(picture).text((40, 200), word, 255, font, direction="rtl", anchor="ls")
    return inked(picture.point(lambda value: 255 if value > 127 else 0))


def likeness(one: Image.Image, other: Image.Image) -> float:
    """How much of the ink of two pictures is the same; 0 where their sizes differ."""
    if one.size != pytest.approx(other.size, abs=4):
        return 0
    same = ImageChops.logical_and(one.convert("1"), other.resize(one.size).convert("1"))
    return ink(same) / max(ink(one), ink(other))


def inked(picture: Image.Image) -> Image.Image:
    """The part of a picture that is not black."""
    box = picture.getbbox()
    assert box is not None
    return picture.crop(box)


def ink(picture: Image.Image) -> int:
    return picture.convert("L").histogram()[255]


@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_each_letter_of_a_language_from_right_to_left_is_on_the_page(language: str) -> None:
    own = column(checklist_pdf(everything(language))[0], own=True)
    wanted = "".join(str(phrases()[language][key]) for key in SAID if key != "pages")
    letters = {char for char in squeezed(wanted) if char.isalpha() and not char.isascii()}
    assert letters - set(own) == set()


@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_latin_letters_and_numbers_keep_their_order_from_right_to_left(language: str) -> None:
    pdf, _ = checklist_pdf(everything(language))
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        chars = page.crop((page.width / 2, 0, page.width, page.height)).chars
        lines: dict[int, list[Any]] = {}
        for char in chars:
            lines.setdefault(round(char["top"] / 3), []).append(char)
        texts = ["".join(c["text"] for c in sorted(line, key=lambda c: c["x0"])) for line in lines.values()]
        assert any("packet.pdf" in text for text in texts)
        assert any("2026-12-10" in text for text in texts)
        assert any("15" in text for text in texts)
        # the title ends where the page does, and begins there too
        title = [char for char in chars if char["size"] > 14]
        assert max(char["x1"] for char in title) == pytest.approx(page.width - 43.2, abs=3)


def test_no_letter_is_missing_in_any_language() -> None:
    for language in NAMES:
        pdf, _ = checklist_pdf(everything(language))
        with pikepdf.open(io.BytesIO(pdf)) as document:
            fonts = {str(item.BaseFont) for item in document.objects if is_font(item)}
        assert fonts, language
        # what no font has is drawn with glyph 0, which PDFium reads as nothing or U+FFFE
        assert not {"\ufffd", "\ufffe", "\x00"} & set(said(pdf)), language
        assert typeset.can_typeset("".join(t for t in phrases()[language].values() if isinstance(t, str)))


def is_font(item: Any) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/BaseFont" in item


def test_english_alone_has_one_column_and_no_word_of_translation() -> None:
    pdf, notes = checklist_pdf(checklist())
    assert notes == ()
    text = said(pdf)
    assert english("machine") not in text
    assert english("title") in text


def test_a_language_without_translation_is_told() -> None:
    pdf, notes = checklist_pdf(checklist(languages=("Tigrinya",)))
    assert english("title") in said(pdf)
    assert english("machine") not in said(pdf)
    (note,) = notes
    assert "English alone" in note
    assert "Dari" in note
    assert "Tigrinya" not in note


def test_without_the_fonts_for_chinese_it_is_english_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset, "_EXTRA_FONTS", ())
    pdf, notes = checklist_pdf(everything("zh"))
    assert "formfill[cjk]" in notes[0]
    assert not re.search(r"[\u4e00-\u9fff]", said(pdf))
    assert english("title") in said(pdf)


@pytest.mark.parametrize(
    ("changes", "keys", "missing"),
    [
        ({}, ["who_patient", "id_ask", "chosen_none", "mail", "days"], ["parent", "check", "silent", "id_attach"]),
        ({"id_required": True}, ["id_attach"], ["id_ask"]),
        ({"id_enclosed": True, "id_required": True}, ["id_enclosed"], ["id_attach", "id_ask"]),
        ({"instrument": "authorization"}, ["ask"], ["days", "about"]),
        ({"instrument": "amendment"}, ["days"], ["chosen_none", "protected"]),
        ({"channel": "fax"}, ["fax"], ["mail"]),
        ({"channel": "email"}, ["email"], ["mail"]),
        ({"channel": "hand"}, ["hand"], ["mail"]),
        ({"channel": "portal"}, ["portal"], ["mail"]),
        ({"by_hand": (ByHand("sign", "signature.patient"),)}, ["sign", "unmarked"], ["date", "initials"]),
        ({"by_hand": (ByHand("witness", "witness.name", 1, SIGN.box),)}, ["witness"], ["sign", "interpreter"]),
    ],
)
def test_what_it_says_is_what_the_request_needs(changes: dict[str, Any], keys: list[str], missing: list[str]) -> None:
    days = "60" if changes.get("instrument") == "amendment" else "15"
    text = said(checklist_pdf(checklist(**changes))[0])
    values = {"days": days, "date": "2026-12-10"}
    assert [key for key in keys if english(key, **values) not in text] == []
    assert [key for key in missing if english(key, **values) in text] == []


@pytest.mark.parametrize(
    ("kind", "deceased", "key"),
    [
        ("parent", False, "parent"), ("guardian", False, "court"), ("conservator", False, "court"),
        ("poa", False, "agent"), ("executor", True, "estate"), ("next_of_kin", True, "estate"),
        ("next_of_kin", False, "proof"), ("other", False, "proof"),
    ],
)  # fmt: skip
def test_a_representative_proves_the_right_to_sign(kind: str, deceased: bool, key: str) -> None:
    signer = Representative.model_validate({"kind": kind, "name": "Lucía Peña"})
    text = said(checklist_pdf(checklist(representative=signer, deceased=deceased))[0])
    assert english(key) in text
    assert english("check") in text  # not each provider wants the same paper
    enclosed = said(checklist_pdf(checklist(representative=signer, deceased=deceased, proof_enclosed=True))[0])
    assert english(key) not in enclosed
    assert english("proof_enclosed") in enclosed
    assert english("id_attach") in said(checklist_pdf(checklist(representative=signer, id_enclosed=True))[0])


@pytest.mark.parametrize(
    ("state", "channel", "days", "date"),
    [("CA", "mail", "15", "2026-12-10"), ("CA", "fax", "15", "2026-12-07"), ("TX", "mail", "30", "2026-12-25")],
)
def test_when_to_expect_an_answer(state: str, channel: str, days: str, date: str) -> None:
    text = said(checklist_pdf(checklist(state=state, channel=channel))[0])
    assert english("days", days=days) in text
    assert english("about", date=date) in text


def test_where_it_goes() -> None:
    assert "500ElmStreetFresno,CA93701" in said(checklist_pdf(checklist())[0])
    fax = said(checklist_pdf(checklist(channel="fax"))[0])
    assert "(559)555-0111" in fax
    assert "ElmStreet" not in fax
    assert CLINIC.email in said(checklist_pdf(checklist(channel="email"))[0])


@pytest.mark.parametrize("language", ["en", *NAMES])
@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_it_is_never_longer_than_two_pages(language: str, count: int) -> None:
    many = tuple(
        ByHand("initials", "sensitive.hiv", number, (60.0, 100.0 + 12 * i, 90.0, 110.0 + 12 * i))
        for number in range(1, count + 1)
        for i in range(3)
    )
    chosen = tuple(key for key in list(phrases()["en"]) if key in ("hiv", "std", "abuse", "genetic", "sickle_cell"))
    changes = {"form": flat(pages=count), "by_hand": (SIGN, DATE, *many), "chosen": chosen}
    asked = checklist(**changes) if language == "en" else everything(language, **changes)
    with pdfplumber.open(io.BytesIO(checklist_pdf(asked)[0])) as document:
        assert len(document.pages) <= 2
        pictures = [image for page in document.pages for image in page.images]
        assert len(pictures) == count
        assert all(0 < image["x0"] < image["x1"] < 612 and image["bottom"] < 792 for image in pictures)


def test_the_pictures_stand_below_the_list_where_there_is_room() -> None:
    with pdfplumber.open(io.BytesIO(checklist_pdf(checklist(form=flat(), by_hand=(SIGN, DATE)))[0])) as document:
        (page,) = document.pages
        (image,) = page.images
        assert min(image["x1"] - image["x0"], 143) == 143  # two inches at least
        words = [word for word in page.extract_words() if word["top"] > image["top"] and word["x0"] > image["x1"] + 25]
        assert words == []


def test_metadata_name_nobody() -> None:
    with pikepdf.open(io.BytesIO(checklist_pdf(everything("es"))[0])) as document:
        assert str(document.docinfo["/Title"]) == "Checklist"
        assert "/Author" not in document.docinfo


# the arrows


def marked(pdf: bytes) -> list[tuple[int, list[tuple[float, ...]], tuple[float, ...]]]:
    """Of each picture: its page, the boxes marked on it in displayed points of the form (Letter), its own box."""
    found = []
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        for number, page in enumerate(document.pages):
            for image in page.images:
                x0, top, width = image["x0"], image["top"], image["x1"] - image["x0"]
                scale, sides = 612 / width, (("x0", x0), ("top", top), ("x1", x0), ("bottom", top))
                boxes = [
                    tuple((r[key] - start) * scale for key, start in sides)
                    for r in page.rects
                    if r["x0"] > x0 - 1 and r["x1"] < image["x1"] + 1 and r["top"] > top - 1
                    and r["bottom"] < image["bottom"] + 1 and r["x1"] - r["x0"] < width - 2
                ]  # fmt: skip
                found.append((number, sorted(set(boxes)), (x0, top, image["x1"], image["bottom"])))
    return found


def test_marks_lie_on_the_places_to_write() -> None:
    pdf, _ = checklist_pdf(everything("ar"))
    first, second = marked(pdf)
    assert first[1] == [pytest.approx(SIGN.box, abs=1), pytest.approx(DATE.box, abs=1)]
    assert second[1] == [pytest.approx(INITIALS.box, abs=1)]


def test_arrows_point_at_the_places_from_outside_the_page() -> None:
    pdf, _ = checklist_pdf(checklist())
    (number, _, (x0, top, x1, _)), _ = marked(pdf)
    scale = (x1 - x0) / 612
    assert SIGN.box
    assert DATE.box
    middle = top + 245 * scale
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[number].render(scale=4).to_pil().convert("RGB")

    def is_red(x: float, y: float) -> bool:
        red, green, blue = picture.getpixel((round(4 * x), round(4 * y)))
        return red > 140 and green < 90 and blue < 110

    for tip, rim in ((x0 + SIGN.box[0] * scale, x0 - 8.5), (x0 + DATE.box[2] * scale, x1 + 8.5)):
        inward = 1 if tip > rim else -1
        start, end = rim + inward * 7, tip - inward * 1
        steps = [start + (end - start) * i / 20 for i in range(21)]
        assert all(is_red(x, middle) for x in steps)
        assert is_red(rim - inward * 4.5, middle)  # the disc with its number
        assert not is_red(rim - inward * 12, middle)
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        discs = {
            word["text"]: (word["x0"] + word["x1"]) / 2
            for word in document.pages[number].extract_words()
            if abs((word["top"] + word["bottom"]) / 2 - middle) < 3
        }
    assert discs["1"] < x0
    assert discs["2"] > x1


def test_many_places_close_together_have_discs_apart() -> None:
    close = tuple(
        ByHand("initials", f"sensitive.{i}", 1, (60.0, 600.0 + 9 * i, 90.0, 608.0 + 9 * i)) for i in range(20)
    )
    pdf, _ = checklist_pdf(checklist(form=flat(), by_hand=close))
    (number, _, (x0, top, _, bottom)), *_ = marked(pdf)
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        words = [w for w in document.pages[number].extract_words() if w["x1"] < x0 and w["top"] > top - 5]
    middles = {int(w["text"]): (w["top"] + w["bottom"]) / 2 for w in words if w["text"].isdigit()}
    assert sorted(middles) == list(range(1, 21))
    heights = [middles[i] for i in range(1, 21)]
    assert all(after - before > 5 for before, after in pairwise(heights))
    assert heights[-1] < bottom + 3


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_fields_are_marked_where_their_widgets_show_also_on_turned_pages(rotate: int) -> None:
    blank = fillable([("Sign", (110, 540, 300, 554), ""), ("When", (400, 540, 520, 554), "")], PRINT)
    with pikepdf.open(io.BytesIO(blank)) as pdf:
        pdf.pages[0].Rotate = rotate
        pdf.pages[0].MediaBox = [-20, -30, 592, 762]
        out = io.BytesIO()
        pdf.save(out)
    blank = out.getvalue()
    places = [Place(leave="signature.patient", field="Sign"), Place(leave="signature.date", field="When")]
    compiled = compile_blank(blank, hashlib.sha256(blank).hexdigest(), "the blank")
    found = {place.act: place for place in by_hand(places, compiled)}
    upright = (130.0, 208.0, 320.0, 222.0)
    width, height = 612, 792
    turned = {
        0: upright,
        90: (height - upright[3], upright[0], height - upright[1], upright[2]),
        180: (width - upright[2], height - upright[3], width - upright[0], height - upright[1]),
        270: (upright[1], width - upright[2], upright[3], width - upright[0]),
    }
    assert found["sign"].box == pytest.approx(turned[rotate])
    assert found["sign"].page_number == 1
    assert by_hand(places)[0].box is None  # without the blank nobody knows


def test_two_widgets_on_one_spot_are_one_place() -> None:
    widgets = [("Date", (400.0, 540.0, 520.0, 554.0), ""), ("Date2", (401.0, 540.0, 520.0, 555.0), "")]
    blank = fillable(widgets)
    compiled = compile_blank(blank, hashlib.sha256(blank).hexdigest(), "the blank")
    places = [Place(leave="signature.date", field=name) for name in ("Date", "Date2")]
    assert len(by_hand(places, compiled)) == 1


def test_the_parts_of_a_date_are_one_place() -> None:
    parts = {"month": [400, 238, 420, 252], "day": [428, 239, 448, 253], "year": [456, 238, 500, 252]}
    apart = [Place.model_validate({"leave": "signature.date", "page": 1, "box": box}) for box in parts.values()]
    pieces = [{"part": part, "box": box} for part, box in parts.items()]
    together = Place.model_validate({"leave": "signature.date", "page": 1, "pieces": pieces})
    fields = [(part, (box[0], 540, box[2], 554), "") for part, box in parts.items()]
    blank = fillable(fields)
    compiled = compile_blank(blank, hashlib.sha256(blank).hexdigest(), "the blank")
    widgets = {"leave": "signature.date", "pieces": [{"part": part, "field": part} for part in parts]}
    assert [place.box for place in by_hand(apart)] == [(400, 238, 500, 253)]
    assert [place.box for place in by_hand([together])] == [(400, 238, 500, 253)]
    (date,) = by_hand([Place.model_validate(widgets)], compiled)
    assert date.box == pytest.approx((400, 238, 500, 252))
    second = Place.model_validate({"leave": "signature.date", "page": 1, "box": [540, 238, 600, 252]})
    assert len(by_hand([together, second])) == 2


def test_a_converted_docx_is_searched_for_the_words_beside_its_places() -> None:
    prints = (
        ("Signature", 50, 200),
        ("I sign with my signature here.", 50, 220),
        ("Signature:", 50, 240),
        ("Date:", 350, 240),
    )
    docx = FormMap.model_validate(
        {
            "form": "acme-docx", "title": "Release", "provider": "acme",
            "blank": {"file": "acme/roi.docx", "sha256": "0" * 64},
            "fields": [
                {"leave": "signature.patient", "control": "sig", "label": "Signature"},
                {"leave": "signature.date", "after": "Date:"},
                {"leave": "witness.name", "after": "Witness:"},
            ],
        }
    )  # fmt: skip
    found = {place.act: place for place in by_hand_in_print(docx, flat(prints))}
    assert found["sign"].box is not None
    assert found["sign"].box[1] == pytest.approx(240, abs=4)
    assert found["date"].box is not None
    assert found["date"].box[0] == pytest.approx(350, abs=2)
    assert found["witness"].box is None


# who signs what


def release(*places: dict[str, Any], silent: tuple[str, ...] = ()) -> FormMap:
    return FormMap.model_validate(
        {
            "form": "acme-roi-en", "title": "Release", "provider": "acme", "releases_without_mark": silent,
            "blank": {"file": "acme/roi-en.pdf", "sha256": "0" * 64},
            "fields": [
                {"page": 1, "box": [50, 50 + 20 * i, 90, 60 + 20 * i], **place} for i, place in enumerate(places)
            ],
        }
    )  # fmt: skip


def concepts(form: FormMap, *sensitive: str, represented: bool = False, minor: bool = False) -> list[str]:
    places = for_signer(by_hand(form.fields), form, sensitive, represented=represented, minor=minor)
    return [place.concept for place in places]


BOTH = (
    {"leave": "signature.patient"}, {"leave": "signature.date"}, {"leave": "signature.representative"},
    {"leave": "signature.representative_date"}, {"leave": "signature.minor"}, {"leave": "staff.use"},
    {"leave": "other"},
)  # fmt: skip


def test_the_patient_and_a_representative_sign_on_their_own_lines() -> None:
    form = release(*BOTH)
    assert concepts(form) == ["signature.patient", "signature.date"]
    assert concepts(form, represented=True) == ["signature.representative", "signature.representative_date"]
    assert concepts(form, represented=True, minor=True)[-1] == "signature.minor"


def test_a_line_that_serves_both_is_the_representatives_too() -> None:
    form = release({"leave": "signature.patient"}, {"leave": "signature.date"})
    assert concepts(form, represented=True) == ["signature.patient", "signature.date"]
    shared = release({"leave": "signature.representative"}, {"leave": "signature.date"})
    assert concepts(shared, represented=True) == ["signature.representative", "signature.date"]
    assert concepts(shared) == ["signature.representative", "signature.date"]


def test_initials_are_asked_for_what_the_patient_chose_alone() -> None:
    form = release({"leave": "sensitive.hiv", "kind": "initials"}, {"leave": "sensitive.genetic", "kind": "initials"})
    assert concepts(form) == []
    assert concepts(form, "genetic") == ["sensitive.genetic"]


def test_initials_that_keep_back_are_asked_for_what_the_patient_did_not_choose() -> None:
    lines = ({"leave": "sensitive.hiv", "kind": "initials"}, {"leave": "sensitive.genetic", "kind": "initials"})
    form = release(*lines, silent=("sensitive.hiv", "sensitive.genetic"))
    assert concepts(form, "genetic") == ["sensitive.hiv"]


def test_a_box_that_a_person_ticks_is_no_line_to_initial() -> None:
    assert concepts(release({"leave": "sensitive.hiv", "kind": "check"}), "hiv") == []
    assert concepts(release({"leave": "signature.time"}, {"leave": "signature.time", "kind": "check"})) == [
        "signature.time"
    ]


def test_places_are_numbered_as_people_read() -> None:
    form = release(
        {"leave": "signature.date", "box": [400, 700, 500, 712]},
        {"leave": "signature.patient", "box": [50, 702, 300, 714]},
        {"leave": "witness.signature", "page": 2},
        {"leave": "signature.initials", "box": [50, 100, 80, 112]},
    )
    assert [place.act for place in by_hand(form.fields)] == ["initials", "sign", "date", "witness"]


# in the packet

PROVIDER = """\
id: acme
name: Acme Clinic
state: CA
address: {street: 500 Elm Street, city: Fresno, state: CA, postal_code: "93701"}
fax: (559) 555-0111
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(workspace(tmp_path))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    profile = tmp_path / "profiles/test-patient.yaml"
    profile.write_text(profile.read_text().replace("recipients:", "  languages: [{language: Dari}]\nrecipients:"))
    return tmp_path


def job(place: Path, blank: Path | None = None, **asked: Any) -> FillJob:
    return FillJob(
        load_profile(place / "profiles/test-patient.yaml"),
        load_provider(place / "form_maps/acme/provider.yaml"),
        request(**asked),
        load_form_map(place / "form_maps/acme/roi-en.yaml"),
        blank or place / "forms/acme/roi-en.pdf",
        original=place / "forms/acme/roi-en.pdf",
    )


#: What the law wants a request to say.
ASKED = {"records": ["lab"], "dates": "all", "purpose": ["personal"], "delivery": ["cd"]}


def request(**asked: Any) -> Request:
    return parse_request(yaml_io.Document("request", {**ASKED, **asked}))


@pytest.mark.parametrize("send", ["mail", "fax"])
def test_the_checklist_is_written_beside_and_never_sent(place: Path, send: str) -> None:
    packet = prepare_packet(job(place), send).packet
    paths = {path.name: path for path in packet.save(place / "out")}
    assert set(paths) == {*packet.files, "checklist.pdf", "manifest.json"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in paths.values())
    listed = said(paths["checklist.pdf"].read_bytes())
    assert english("keep") in listed
    assert squeezed("امضا")[0] in listed
    for data in packet.files.values():
        if data.startswith(b"%PDF-"):
            assert english("keep") not in said(data)
    with pypdfium2.PdfDocument(packet.pdf) as document:
        assert len(document) == sum(part.pages for part in packet.documents) == 2
    if send == "fax":
        with Image.open(io.BytesIO(packet.files["fax.tiff"])) as fax:
            assert fax.n_frames == 2
    ((_, boxes, _),) = marked(packet.kept["checklist.pdf"])
    assert boxes == [pytest.approx((110, 238, 300, 252), abs=1)]


def test_the_manifest_tells_each_file_and_no_value_of_the_patient(place: Path) -> None:
    packet = prepare_packet(job(place, recipient="caseworker"), "fax").packet
    packet.save(place / "out")
    text = (place / "out/manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert {key: manifest[key] for key in ("form", "channel", "instrument", "date")} == {
        "form": "acme-roi-en",
        "channel": "fax",
        "instrument": "authorization",
        "date": dt.date.today().isoformat(),
    }
    rows = {row["name"]: row for row in manifest["files"]}
    written = {path.name: path.read_bytes() for path in (place / "out").iterdir() if path.name != "manifest.json"}
    assert set(rows) == set(written)
    for name, data in written.items():
        assert rows[name]["sha256"] == hashlib.sha256(data).hexdigest()
        assert rows[name]["size"] == len(data)
        assert rows[name]["sent"] == (name not in ("checklist.pdf", "route.json"))
    assert rows["packet.pdf"]["pages"] == rows["fax.tiff"]["pages"] == 2
    assert rows["checklist.pdf"]["pages"] in (1, 2)
    assert not [secret for secret in (*SECRETS, "test-patient", "Elena", "Dari") if secret in text]


def test_a_locked_or_unknown_file_has_no_page_count() -> None:
    with pikepdf.open(io.BytesIO(flat())) as pdf:
        locked = io.BytesIO()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    files = {"packet.pdf": locked.getvalue(), "packet.eml": b"From: office"}
    rows = json.loads(manifest_json(files, "acme-roi-en", "email", DAY, "authorization", frozenset(files)))["files"]
    assert [row["pages"] for row in rows] == [None, None]


def test_marks_follow_a_blank_whose_print_moved(place: Path) -> None:
    moved = place / "moved.pdf"
    moved.write_bytes(flat([(words, x, top + 30) for words, x, top in PRINT]))
    filled = fill_form(job(place, moved))
    assert filled.hand is not None
    (sign,) = filled.hand
    assert sign.box == pytest.approx((110, 268, 300, 282), abs=1)


def test_the_picture_shows_what_is_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blank = fillable([("Name", (125, 680, 330, 694), ""), ("Sign", (110, 540, 300, 554), "")], PRINT)
    places = "  - {value: patient.full_name, field: Name}\n  - {leave: signature.patient, field: Sign}\n"
    monkeypatch.chdir(workspace(tmp_path, blank, places))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    packet = prepare_packet(job(tmp_path), "mail").packet
    ((number, boxes, (x0, top, x1, _)),) = marked(packet.kept["checklist.pdf"])
    assert boxes == [pytest.approx((110, 238, 300, 252), abs=1)]
    scale = (x1 - x0) / 612
    with pypdfium2.PdfDocument(packet.kept["checklist.pdf"]) as document:
        picture = document[number].render(scale=3).to_pil().convert("L")
    name = picture.crop(
        tuple(round(3 * v) for v in (x0 + 125 * scale, top + 98 * scale, x0 + 240 * scale, top + 112 * scale))
    )
    assert name.getextrema()[0] < 128


# both sides


def test_printed_on_both_sides_each_document_begins_on_a_sheet(place: Path) -> None:
    plain, both = (prepare_packet(job(place), "mail", duplex=duplex).packet for duplex in (False, True))
    assert both.documents == plain.documents  # the cover counts what is printed
    with pypdfium2.PdfDocument(both.pdf) as document:
        texts = [bool(page.get_textpage().get_text_range().strip()) for page in document]
    assert texts == [True, False, True, False]
    rows = json.loads(both.kept["manifest.json"])["files"]
    assert rows[0]["pages"] == 4


def test_a_fax_has_no_back_pages(place: Path) -> None:
    packet = prepare_packet(job(place), "fax", duplex=True).packet
    with Image.open(io.BytesIO(packet.files["fax.tiff"])) as fax:
        assert fax.n_frames == 2
    assert [note for note in packet.notes if "back pages" in note]


def test_a_back_page_has_the_size_of_its_front() -> None:
    with pikepdf.open(io.BytesIO(flat(size=(792, 612)))) as pdf:
        pdf.pages[0].Rotate = 90
        turned = io.BytesIO()
        pdf.save(turned)
    documents = [Document("One", turned.getvalue()), Document("Two", flat(pages=2)), Document("Three", flat())]
    with pypdfium2.PdfDocument(assemble(documents, duplex=True)) as document:
        assert [page.get_size() for page in document] == [(612, 792)] * 6
        outline = [item.get_dest().get_index() for item in document.get_toc()]
    assert outline == [0, 2, 4]


@pytest.mark.parametrize("number", range(2))
def test_our_own_forms_are_marked_where_people_sign(number: int) -> None:
    name = ("authorization-ca-en", "access-request-en")[number]
    model = load_form_map(ROOT / f"form_maps/model/{name}.yaml")
    blank = read_blank(ROOT / "forms" / model.blank.file)
    compiled = compile_blank(blank, model.blank.sha256, name)
    acts = {place.act for place in by_hand(model.fields, compiled) if place.box is not None}
    assert {"sign", "date"} <= acts
    assert all(place.box for place in by_hand(model.fields, compiled))
