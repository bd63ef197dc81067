"""The packet: assembled with pikepdf; read back with pypdf, PDFium, pdfplumber and Pillow."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pypdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from formfill import yaml_io
from formfill.errors import OutputError, ProfileError, ProviderError, RequestError
from formfill.fill.base import AddendumItem, Filled
from formfill.job import FillJob, fill_form
from formfill.model.form_map import FormMap, load_form_map
from formfill.model.profile import Contact, Profile, load_profile
from formfill.model.provider import Provider, load_provider
from formfill.model.request import Request, parse_request
from formfill.packet.assemble import Document, assemble, page_count
from formfill.packet.bundle import Packet, build_packet
from formfill.packet.cover import Cover, Enclosure, Party, cover_pdf
from formfill.parties import instrument
from formfill.values import concept_values

ROOT = Path(__file__).resolve().parent.parent
DAY = dt.date(2026, 11, 20)
NAMES = ("Amina", "Yusuf", "Rahimi")
SENDER = Party(
    "Elena Marsh",
    "Harbor Refugee Services",
    ("88 Pier Avenue, Suite 210", "Oakland, CA 94607"),
    "(510) 555-0177",
    "(510) 555-0178",
    "records@harborrefugee.example.org",
)
CLINIC = Party(
    "Health Information Management",
    "Valley Oak Community Clinic",
    ("500 Elm Street", "Fresno, CA 93701"),
    "(559) 555-0110",
    "(559) 555-0111",
)
PATIENT = Party(
    "Amina Yusuf Rahimi",
    "",
    ("2114 Folsom Blvd, Apt 7", "Sacramento, CA 95816"),
    "(916) 555-0142",
    "",
    "amina.rahimi@example.org",
)


def cover(**changes: Any) -> Cover:
    known: dict[str, Any] = {
        "sender": SENDER,
        "recipient": CLINIC,
        "date": DAY,
        "instrument": "access-request",
        "enclosures": (Enclosure("Authorization", 2), Enclosure("Addendum", 1)),
        "state": "CA",
    }
    return Cover(**(known | changes))


def texts(pdf: bytes) -> list[str]:
    """The text of each page, lines joined by spaces, as PDFium reads it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def render(pdf: bytes, page: int = 0, scale: float = 1) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=scale).to_pil().convert("RGB")
    finally:
        document.close()


def saved(pdf: pikepdf.Pdf, **options: Any) -> bytes:
    result = io.BytesIO()
    pdf.save(result, **options)
    return result.getvalue()


def plain(*words: str) -> bytes:
    """A PDF with one page for each of ``words``, printed at (72, 700)."""
    pdf = pikepdf.Pdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for word in words:
        page = pdf.add_blank_page(page_size=(612, 792))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        page.Contents = pikepdf.Stream(pdf, f"BT /F 14 Tf 72 700 Td ({word}) Tj ET".encode())
    return saved(pdf)


def filled_form(**options: Any) -> bytes:
    """A filled AcroForm with everything that must not travel: scripts, attachment, link, metadata, a hidden note."""
    pdf = pikepdf.open(io.BytesIO(plain("Name:", "Second page")))
    page = pdf.pages[0]
    font = pdf.make_indirect(page.Resources.Font.F)

    def appearance(content: str, width: float, height: float) -> Any:
        return pdf.make_indirect(
            pikepdf.Stream(
                pdf,
                content.encode(),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Form,
                BBox=[0, 0, width, height],
                Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)),
            )
        )

    name = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT=pikepdf.Name.Tx,
        T="name",
        V="Amina Yusuf Rahimi",
        F=4,
        Rect=[120, 695, 320, 713],
        AP=pikepdf.Dictionary(N=appearance("BT /F 12 Tf 2 4 Td (Amina Yusuf Rahimi) Tj ET", 200, 18)),
        AA=pikepdf.Dictionary(K=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")),
    )
    box = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT=pikepdf.Name.Btn,
        T="lab",
        V=pikepdf.Name("/On"),
        AS=pikepdf.Name("/On"),
        F=4,
        Rect=[72, 600, 92, 620],
        AP=pikepdf.Dictionary(
            N=pikepdf.Dictionary(On=appearance("0 g 0 0 20 20 re f", 20, 20), Off=appearance("", 20, 20))
        ),
    )
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Link,
        Rect=[72, 100, 200, 120],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="evil.exe"),
    )
    unprinted = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Square,
        Rect=[300, 300, 400, 400],
        F=2,
        AP=pikepdf.Dictionary(N=appearance("0 g 0 0 100 100 re f", 100, 100)),
    )
    page.Annots = pdf.make_indirect([pdf.make_indirect(item) for item in (name, box, link, unprinted)])
    pdf.Root.AcroForm = pikepdf.Dictionary(
        Fields=[page.Annots[0], page.Annots[1]], NeedAppearances=True, DA="/F 0 Tf 0 g"
    )
    page.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(2)"))
    page.PieceInfo = pikepdf.Dictionary(Editor=pikepdf.Dictionary(Private="Rahimi"))
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(3)")
    pdf.attachments["rahimi.txt"] = b"Amina Yusuf Rahimi"
    with pdf.open_metadata() as metadata:
        metadata["dc:creator"] = ["Amina Yusuf Rahimi"]
    pdf.docinfo["/Author"] = "Amina Yusuf Rahimi"
    pdf.docinfo["/Title"] = "Rahimi form"
    page.Resources.XObject = pikepdf.Dictionary(
        Logo=pikepdf.Stream(
            pdf,
            b"",
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=[0, 0, 1, 1],
            Metadata=pikepdf.Stream(pdf, b"<x>Amina Yusuf Rahimi</x>", Type=pikepdf.Name.Metadata),
        )
    )
    return saved(pdf, **options)


def strings_outside_pages(pdf: bytes) -> list[str]:
    """Every string and name of the file's objects: all but what is drawn."""
    found: list[str] = []

    def walk(item: Any, depth: int = 0) -> None:
        if isinstance(item, pikepdf.String | pikepdf.Name):
            found.append(str(item))
        elif isinstance(item, pikepdf.Array):
            for child in item:
                if not child_is_reference(child):
                    walk(child, depth + 1)
        elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            for key, child in item.items():
                found.append(key)
                if not child_is_reference(child):
                    walk(child, depth + 1)

    def child_is_reference(child: Any) -> bool:
        return isinstance(child, pikepdf.Object) and child.is_indirect

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for item in opened.objects:
            walk(item)
        walk(opened.trailer)
    return found


# assembling


def test_documents_stand_in_order_with_a_bookmark_each() -> None:
    pdf = assemble(
        [
            Document("Cover sheet", plain("one")),
            Document("Form", plain("two", "three")),
            Document("Addendum", plain("four")),
        ]
    )
    assert texts(pdf) == ["one", "two", "three", "four"]
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    outline = [(item.title, reader.get_destination_page_number(item)) for item in reader.outline]
    assert outline == [("Cover sheet", 0), ("Form", 1), ("Addendum", 3)]


def test_what_a_filled_form_shows_is_printed_and_the_rest_stays_behind() -> None:
    pdf = assemble([Document("Form", filled_form())])
    assert texts(pdf) == ["Name: Amina Yusuf Rahimi", "Second page"]
    picture = render(pdf)
    assert picture.getpixel((82, 792 - 610)) == (0, 0, 0)  # the ticked box
    assert picture.getpixel((350, 792 - 350)) == (255, 255, 255)  # the hidden note
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert dict(reader.metadata or {}) == {"/Title": "Records request"}
    assert reader.xmp_metadata is None
    assert not reader.get_fields()
    assert not reader.attachments
    said = strings_outside_pages(pdf)
    for name in NAMES:
        assert not [text for text in said if name.lower() in text.lower()]
    for key in (
        "/JS", "/JavaScript", "/OpenAction", "/AA", "/A", "/Launch", "/EmbeddedFiles", "/AcroForm", "/Annots",
        "/Metadata", "/PieceInfo", "/Author", "/Producer", "/Creator",
    ):  # fmt: skip
        assert key not in said


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_form_locked_by_its_owner_is_read_and_the_packet_is_open(revision: int) -> None:
    locked = filled_form(
        encryption=pikepdf.Encryption(
            owner="owner",
            user="",
            R=revision,
            aes=revision > 3,
            metadata=revision > 3,
            allow=pikepdf.Permissions(extract=False),
        )
    )
    pdf = assemble([Document("Cover sheet", plain("cover")), Document("Form", locked)])
    assert not pypdf.PdfReader(io.BytesIO(pdf)).is_encrypted
    assert texts(pdf)[1] == "Name: Amina Yusuf Rahimi"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "neither PDF, JPEG nor PNG"),
        (b"GIF89a" + bytes(50), "neither PDF, JPEG nor PNG"),
        (b"%PDF-1.7\nnothing", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "damaged"),
        (saved(pikepdf.Pdf.new()), "no pages"),
        (filled_form(encryption=pikepdf.Encryption(owner="o", user="u")), "password"),
    ],
    ids=["empty", "gif", "broken pdf", "broken png", "broken jpeg", "no pages", "password"],
)
def test_what_cannot_be_taken_in_is_named(data: bytes, message: str) -> None:
    with pytest.raises(OutputError, match=f"^Copy of photo identification: .*{message}"):
        assemble([Document("Copy of photo identification", data)])


def test_the_same_documents_make_the_same_bytes() -> None:
    documents = [Document("Form", filled_form(static_id=True)), Document("ID", photo("JPEG"))]
    assert assemble(documents) == assemble(documents)


def test_rotation_crop_box_and_inherited_attributes_are_kept() -> None:
    pdf = pikepdf.open(io.BytesIO(plain("inherited")))
    page = pdf.pages[0]
    pdf.Root.Pages.MediaBox = [0, 0, 400, 800]
    pdf.Root.Pages.Rotate = 90
    pdf.Root.Pages.Resources = page.Resources
    del page.obj["/MediaBox"], page.obj["/Resources"]
    page.CropBox = [50, 600, 350, 780]
    (shown,) = pypdfium2.PdfDocument(assemble([Document("Form", saved(pdf))]))
    assert shown.get_size() == (180, 300)
    assert shown.get_rotation() == 90
    assert "inherited" in shown.get_textpage().get_text_range()


def test_resources_may_have_the_names_of_what_is_stripped() -> None:
    pdf = pikepdf.open(io.BytesIO(plain("drawn with a font called AA")))
    page = pdf.pages[0]
    page.Resources.Font = pdf.make_indirect(pikepdf.Dictionary(AA=page.Resources.Font.F))
    page.Contents = pikepdf.Stream(pdf, page.Contents.read_bytes().replace(b"/F ", b"/AA "))
    (shown,) = pypdfium2.PdfDocument(assemble([Document("Form", saved(pdf))]))
    assert shown.get_textpage().get_text_range() == "drawn with a font called AA"
    assert "/AA" in strings_outside_pages(assemble([Document("Form", saved(pdf))]))


def test_a_layer_that_does_not_print_stays_away() -> None:
    pdf = pikepdf.open(io.BytesIO(plain("shown")))
    page = pdf.pages[0]
    groups = [
        pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=f"layer {number}")) for number in range(2)
    ]
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=groups, D=pikepdf.Dictionary(OFF=[groups[1]]))
    page.Resources.Properties = pikepdf.Dictionary(L0=groups[0], L1=groups[1])
    marks = [f"/OC /L{number} BDC {x} 300 50 50 re f EMC" for number, x in ((0, 100), (1, 300))]
    page.Contents = pikepdf.Stream(pdf, "\n".join(marks).encode())
    picture = render(assemble([Document("Cover sheet", plain("one")), Document("Form", saved(pdf))]), 1)
    assert picture.getpixel((125, 792 - 325)) == (0, 0, 0)
    assert picture.getpixel((325, 792 - 325)) == (255, 255, 255)


def photo(kind: str, *, orientation: int = 1, mode: str = "RGB", size: tuple[int, int] = (1200, 760)) -> bytes:
    """An ID card: red corner top left, blue corner bottom right, as it looks when turned upright."""
    card = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    draw.rectangle((size[0] * 3 // 4, size[1] * 3 // 4, *size), fill="blue")
    if mode == "RGBA":  # white is see-through, and black below
        white = card.convert("L").point(lambda value: 0 if value == 255 else 255)
        card = Image.composite(card, Image.new("RGB", size, "black"), white)
        card.putalpha(white)
    elif mode == "I;16":
        dark = card.convert("L").point(lambda value: 255 if value == 255 else 0)
        card = Image.frombytes("I;16", size, bytes(byte for value in dark.tobytes() for byte in (value, value)))
    else:
        card = card.convert(mode)
    stored = card.transpose(Image.Transpose.ROTATE_90) if orientation == 6 else card
    result = io.BytesIO()
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x013B] = "Amina Yusuf Rahimi"  # artist
        exif[0x010F] = "Camera of Rahimi"
        stored.save(result, kind, exif=exif, quality=95)
    else:
        stored.save(result, kind)
    return result.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        photo("JPEG"),
        photo("JPEG", orientation=6),
        photo("JPEG", mode="CMYK"),
        photo("PNG"),
        photo("PNG", mode="RGBA"),
        photo("PNG", mode="L"),
        photo("PNG", mode="1"),
        photo("PNG", mode="I;16"),
    ],
    ids=["jpeg", "jpeg on its side", "cmyk", "png", "transparent", "grey", "bilevel", "16 bit"],
)
def test_a_photo_of_an_id_stands_upright_within_the_margins_of_a_letter_page(data: bytes) -> None:
    pdf = assemble([Document("Copy of photo identification", data)])
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        (page,) = opened.pages
        assert (page.width, page.height) == (612, 792)
        (image,) = page.images
    box = (image["x0"], image["top"], image["x1"], image["bottom"])
    assert min(box[0], box[1], 612 - box[2], 792 - box[3]) >= 53.9
    assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(1200 / 760, rel=0.01)
    picture = render(pdf)
    first = picture.getpixel((round(box[0] + 20), round(box[1] + 20)))
    last = picture.getpixel((round(box[2] - 20), round(box[3] - 20)))
    middle = picture.getpixel((306, round((box[1] + box[3]) / 2)))
    other = picture.getpixel((round(box[2] - 20), round(box[1] + 20)))
    assert isinstance(first, tuple)
    assert isinstance(last, tuple)
    assert min(middle) > 240
    assert min(other) > 240
    assert min(first) < 130
    assert min(last) < 130
    if len(set(first)) > 1:  # not grey
        assert first[0] > 200  # red stands first
        assert last[2] > 200
    assert b"Rahimi" not in b"".join(streams(pdf))


def streams(pdf: bytes) -> list[bytes]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [item.read_raw_bytes() for item in opened.objects if isinstance(item, pikepdf.Stream)]


def test_a_large_photo_is_brought_to_what_print_can_show() -> None:
    pdf = assemble([Document("ID", photo("JPEG", size=(6000, 4000)))])
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        (image,) = opened.pages[0].images
    width, _ = image["srcsize"]
    assert 250 <= width / (image["width"] / 72) <= 301


def test_a_small_photo_is_not_blown_up() -> None:
    pdf = assemble([Document("ID", photo("PNG", size=(300, 190)))])
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        (image,) = opened.pages[0].images
    assert image["width"] == pytest.approx(216, abs=1)


def test_a_picture_too_large_to_open_is_refused() -> None:
    result = io.BytesIO()
    Image.new("1", (20_000, 6_000)).save(result, "PNG")
    with pytest.raises(OutputError, match="megapixels"):
        assemble([Document("ID", result.getvalue())])


def test_real_forms_look_the_same_in_the_packet(corpus: Path) -> None:
    # as poppler prints them: PDFium draws borders of its own around boxes without an appearance
    if shutil.which("pdftoppm") is None:
        pytest.skip("poppler is not installed: apt-get install poppler-utils")

    def pictures(data: bytes) -> list[Image.Image]:
        done = subprocess.run(["pdftoppm", "-r", "60", "-gray", "-"], input=data, capture_output=True, check=True)
        stream, result = io.BytesIO(done.stdout), []
        while stream.tell() < len(done.stdout):
            header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", done.stdout[stream.tell() :])
            assert header
            stream.seek(header.end(), io.SEEK_CUR)
            size = (int(header[1]), int(header[2]))
            result.append(Image.frombytes("L", size, stream.read(size[0] * size[1])))
        return result

    for name in (
        "ucsf-medical-center/form-2.pdf",
        "natividad-medical-center/form-2.pdf",
        "mercy-general-hospital/form-1.pdf",
        "duke-university-hospital/form-3.pdf",
    ):
        blank = (corpus / name).read_bytes()
        before, after = pictures(blank), pictures(assemble([Document("Form", blank)]))
        assert [picture.size for picture in before] == [picture.size for picture in after], name
        for one, other in zip(before, after, strict=True):
            assert one.tobytes() == other.tobytes(), name


def test_a_real_form_is_filled_verified_and_bundled(corpus: Path, folder: Path) -> None:
    # an encrypted flat form: its values are drawn by an update and encrypted with the file's own key
    form_map = load_form_map(ROOT / "form_maps" / "natividad" / "roi-en.yaml")
    provider = load_provider(ROOT / "form_maps" / "natividad" / "provider.yaml")
    profile, asked = load_profile(folder / "amina.yaml"), request(recipient="caseworker")
    blank = corpus / "natividad-medical-center" / "form-2.pdf"
    filled = fill_form(FillJob(profile=profile, provider=provider, request=asked, form_map=form_map, blank=blank))
    assert pypdf.PdfReader(io.BytesIO(filled.data)).is_encrypted
    values = concept_values(profile, provider, asked, form_map)
    packet = build_packet(filled, form_map, profile, provider, asked, values, "mail", date=DAY)
    pages = texts(packet.pdf)
    assert len(filled.inks) > 5
    for ink in filled.inks:
        assert " ".join(ink.text.split()) in pages[1 + ink.page_index]
    assert "Natividad Medical Center 1441 Constitution Boulevard Salinas, CA 93912-1611" in pages[0]
    assert "authorization to release" in pages[0]
    assert not pypdf.PdfReader(io.BytesIO(packet.pdf)).is_encrypted


# cover sheets


def test_the_mail_cover_shows_the_address_in_the_window_and_nothing_else() -> None:
    with pdfplumber.open(io.BytesIO(cover_pdf(cover(), "letter"))) as pdf:
        (page,) = pdf.pages
        words = page.extract_words(keep_blank_chars=True)
    # the box that every #10 window shows, and all that it may show as the sheet slides in the envelope
    safe = (0.5 * 72, 2.04 * 72, 4.0 * 72, 2.915 * 72)
    seen = [word for word in words if word["x0"] < 5.4 * 72 and word["bottom"] > 1.95 * 72 and word["top"] < 3.67 * 72]
    assert [word["text"] for word in seen] == [CLINIC.name, CLINIC.organisation, *CLINIC.address]
    for word in seen:
        assert word["x0"] >= safe[0] - 0.5
        assert word["top"] >= safe[1] - 0.5
        assert word["x1"] <= safe[2] + 0.5
        assert word["bottom"] <= safe[3] + 0.5


def test_a_long_address_is_set_smaller_but_stays_in_the_window() -> None:
    long = Party(
        "Health Information Management, Release of Information Unit",
        "The Very Long Name of a Community Regional Medical Center and Affiliated Clinics",
        ("Building 7, Second Floor, Mail Stop 1234-B", "Fresno, CA 93701"),
    )
    with pdfplumber.open(io.BytesIO(cover_pdf(cover(recipient=long), "letter"))) as pdf:
        window = pdf.pages[0].crop((0.49 * 72, 2.03 * 72, 4.01 * 72, 2.93 * 72))
        text = " ".join((window.extract_text() or "").split())
        assert text == " ".join((long.name, long.organisation, *long.address))
        assert min(char["size"] for char in window.chars) >= 7.4


def test_an_address_that_fits_no_window_is_an_error_that_repeats_nothing_of_it() -> None:
    with pytest.raises(OutputError, match="window") as caught:
        cover_pdf(cover(recipient=Party("Xanthippe " * 80, "Org", ("Street", "City"))), "letter")
    assert "Xanthippe" not in str(caught.value)


def test_the_fax_cover_says_all_that_a_fax_needs() -> None:
    (text,) = texts(cover_pdf(cover(), "fax"))
    for said in (
        "FAX", "November 20, 2026", "4 pages, this one included", "Re: Request for medical records",
        "Valley Oak Community Clinic", "(559) 555-0111", "(559) 555-0110", "500 Elm Street",
        "Elena Marsh", "Harbor Refugee Services", "(510) 555-0177", "(510) 555-0178",
        "Authorization 2 pages", "Addendum 1 page", "Confidential", "destroy every page", "call (510) 555-0177",
    ):  # fmt: skip
        assert said in text


def test_a_fax_of_the_patient_does_not_name_the_patient() -> None:
    from_patient = cover(sender=PATIENT, sender_on_fax="The patient, named on the enclosed form")
    pdf = cover_pdf(from_patient, "fax")
    (text,) = texts(pdf)
    said = " ".join([text, *strings_outside_pages(pdf)]).lower()
    for name in NAMES:
        assert name.lower() not in said
    assert "(916) 555-0142" in text  # who gets the fax by mistake must reach somebody
    assert "The patient, named on the enclosed form" in text
    assert "Amina Yusuf Rahimi" in texts(cover_pdf(from_patient, "letter"))[0]


@pytest.mark.parametrize("kind", ["letter", "fax"])
@pytest.mark.parametrize(
    ("asked", "state", "said", "unsaid"),
    [
        ("access-request", "CA", ["within 15 days", "123110", "45 CFR 164.524"], []),
        ("access-request", "OR", ["within 30 days of receiving", "45 CFR 164.524"], ["15 days", "California Health"]),
        ("access-request", "", ["within 30 days"], ["15 days"]),
        ("authorization", "CA", ["authorization to release"], [" days", "164.524", "123110"]),
        ("amendment", "CA", ["request to amend"], [" days", "164.524"]),
    ],
)
def test_a_deadline_is_cited_only_where_the_law_gives_one(
    kind: Any, asked: Any, state: str, said: list[str], unsaid: list[str]
) -> None:
    (text,) = texts(cover_pdf(cover(instrument=asked, state=state, delivery=("on paper",)), kind))
    for words in said:
        assert words in text
    for words in unsaid:
        assert words not in text


@pytest.mark.parametrize("kind", ["letter", "fax"])
def test_the_cover_says_how_the_records_should_come_and_what_help_is_needed(kind: Any) -> None:
    (text,) = texts(
        cover_pdf(
            cover(
                records=("Laboratory results", "Immunizations"),
                dates="January 15, 2021 - June 30, 2025",
                delivery=("on a CD or DVD", "on paper"),
                interpreter_language="Dari",
                withheld=("HIV/AIDS information",),
            ),
            kind,
        )
    )
    assert "Please provide the records on a CD or DVD; if that cannot be done, on paper." in text
    assert "Laboratory results, immunizations" in text
    assert "Dates of service: January 15, 2021 - June 30, 2025" in text
    assert "interpreter (Dari)" in text
    assert "has not chosen to release: HIV/AIDS information" in text


def test_a_cover_that_says_very_much_takes_a_second_page_and_counts_it() -> None:
    pdf = cover_pdf(cover(records=tuple(f"Kind of record number {number}" for number in range(70))), "fax")
    first, second = texts(pdf)
    assert "5 pages, this one included" in first
    assert "Confidential" in first
    assert "number 69" in first + second


# the whole packet


PROFILE = """\
profile: amina
patient:
  given_name: Amina
  additional_name: Yusuf
  family_name: Rahimi
  birth_date: 1987-03-14
  address: {street: 2114 Folsom Blvd, unit: Apt 7, city: Sacramento, state: CA, postal_code: "95816"}
  phones: {mobile: (916) 555-0142}
  email: amina.rahimi@example.org
  languages:
    - {language: Dari, interpreter: true}
  photo_id: {file: id.jpg}
"""
CASEWORKER = """\
recipients:
  caseworker:
    name: Elena Marsh
    organization: Harbor Refugee Services
    address: {street: 88 Pier Avenue, unit: Suite 210, city: Oakland, state: CA, postal_code: "94607"}
    phone: (510) 555-0177
    fax: (510) 555-0178
    relationship: Caseworker
"""
ITEM = AddendumItem(
    "A", "Address of recipient", "Harbor Refugee Services, 88 Pier Avenue, Suite 210, Oakland, CA 94607"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "id.jpg").write_bytes(photo("JPEG", orientation=6))
    (tmp_path / "amina.yaml").write_text(PROFILE + CASEWORKER, encoding="utf-8")
    (tmp_path / "alone.yaml").write_text(PROFILE, encoding="utf-8")
    return tmp_path


def clinic(**changes: Any) -> Provider:
    known = {
        "id": "valley-oak",
        "name": "Valley Oak Community Clinic",
        "state": "CA",
        "address": {"street": "500 Elm Street", "city": "Fresno", "state": "CA", "postal_code": "93701"},
        "phone": "(559) 555-0110",
        "fax": "(559) 555-0111",
    }
    return Provider.model_validate(known | changes)


def form(**changes: Any) -> FormMap:
    known = {
        "form": "valley-oak-roi-en",
        "title": "Authorization for Release",
        "provider": "valley-oak",
        "blank": {"file": "valley-oak/roi-en.pdf", "sha256": "0" * 64},
    }
    return FormMap.model_validate(known | changes)


def request(**changes: Any) -> Request:
    known = {
        "records": ["lab", "immunizations"],
        "dates": {"from": "2021-01-15", "to": "2025-06-30"},
        "purpose": "continuity_of_care",
        "delivery": ["usb", "cd"],
    }
    return parse_request(yaml_io.Document("request", known | changes))


def built(
    profile: Profile,
    send: str,
    *,
    provider: Provider | None = None,
    asked: Request | None = None,
    form_map: FormMap | None = None,
    organisation: Contact | None = None,
    addendum: tuple[AddendumItem, ...] = (ITEM,),
) -> Packet:
    provider, asked, form_map = provider or clinic(), asked or request(), form_map or form()
    values = concept_values(profile, provider, asked, form_map)
    return build_packet(
        Filled(filled_form(), addendum=addendum), form_map, profile, provider, asked, values, send, organisation, DAY
    )


def test_a_packet_by_mail_is_whole_and_in_order(folder: Path) -> None:
    packet = built(load_profile(folder / "amina.yaml"), "mail")
    pages = texts(packet.pdf)
    assert [(document.title, document.pages) for document in packet.documents] == [
        ("Cover sheet", 1), ("Authorization for Release", 2), ("Addendum", 1), ("Copy of photo identification", 1)
    ]  # fmt: skip
    assert len(pages) == 5
    assert "5 pages in all" in pages[0]
    assert pages[1] == "Name: Amina Yusuf Rahimi"
    assert ITEM.text in pages[3]
    assert "Amina Yusuf Rahimi" in pages[3]
    assert pages[4] == ""
    assert packet.files == {"packet.pdf": packet.pdf}
    assert "on a USB flash drive; if that cannot be done, on a CD or DVD" in pages[0]
    assert "within 15 days" in pages[0]  # the records go to the patient: access, whatever the form calls itself
    assert "Elena Marsh" in pages[0]
    assert "Fresno, CA 93701" in pages[0]


def test_the_metadata_names_nobody_for_poppler_either(folder: Path) -> None:
    if shutil.which("pdfinfo") is None:
        pytest.skip("poppler is not installed: apt-get install poppler-utils")
    packet = built(load_profile(folder / "amina.yaml"), "mail")
    path, *_ = packet.save(folder / "out")
    said = subprocess.run(["pdfinfo", "-meta", str(path)], capture_output=True, text=True, check=True).stdout
    said += subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^Title:\s+Records request$", said, re.MULTILINE)
    assert re.search(r"^Pages:\s+5$", said, re.MULTILINE)
    assert re.search(r"^Form:\s+none$", said, re.MULTILINE)
    assert re.search(r"^JavaScript:\s+no$", said, re.MULTILINE)
    for word in (*NAMES, "Author", "Creator", "Producer"):
        assert word not in said


def test_a_packet_by_fax_counts_its_pages_and_its_cover_names_no_patient(folder: Path) -> None:
    packet = built(load_profile(folder / "alone.yaml"), "fax")
    pages = texts(packet.pdf)
    assert set(packet.files) == {"packet.pdf", "fax.tiff", "route.json"}
    with Image.open(io.BytesIO(packet.files["fax.tiff"])) as tiff:
        assert tiff.n_frames == len(pages) == 5
    assert "5 pages, this one included" in pages[0]
    for name in (*NAMES, "Folsom", "amina.rahimi"):
        assert name.lower() not in pages[0].lower()
    assert "(916) 555-0142" in pages[0]
    assert "(559) 555-0111" in pages[0]


def test_a_fax_of_a_relative_who_signs_names_neither(folder: Path) -> None:
    parent = "representative: {kind: parent, name: Yusuf Rahimi, phone: (916) 555-0143}\n"
    (folder / "minor.yaml").write_text(PROFILE + parent, encoding="utf-8")
    profile = load_profile(folder / "minor.yaml")
    page = texts(built(profile, "fax").pdf)[0]
    assert "The patient’s representative, named on the enclosed form" in page
    assert "call (916) 555-0143" in page
    for name in NAMES:
        assert name not in page
    assert "Yusuf Rahimi" in texts(built(profile, "mail").pdf)[0]


def test_files_are_private_and_their_names_tell_nothing(folder: Path) -> None:
    paths = built(load_profile(folder / "amina.yaml"), "fax").save(folder / "out")
    assert [path.name for path in paths] == ["packet.pdf", "fax.tiff", "route.json", "checklist.pdf", "manifest.json"]
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_values_of_a_faxed_packet_are_legible_to_ocr(folder: Path) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed: apt-get install tesseract-ocr")
    packet = built(load_profile(folder / "amina.yaml"), "fax")
    _, tiff, *_ = packet.save(folder / "out")
    found = subprocess.run(
        ["tesseract", str(tiff), "-", "--psm", "4"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    ).stdout
    said = " ".join(found.split())
    for value in (
        "Amina Yusuf Rahimi",
        "(559) 555-0111",
        "88 Pier Avenue",
        "Oakland, CA 94607",
        "5 pages, this one included",
    ):
        assert value in said


@pytest.mark.parametrize("kind", ["jpeg", "png", "pdf"])
def test_the_id_copy_may_be_jpeg_png_or_pdf(folder: Path, kind: str) -> None:
    data = {"jpeg": photo("JPEG"), "png": photo("PNG"), "pdf": plain("card front", "card back")}[kind]
    (folder / f"card.{kind}").write_bytes(data)
    (folder / "other.yaml").write_text(PROFILE.replace("id.jpg", f"card.{kind}"), encoding="utf-8")
    packet = built(load_profile(folder / "other.yaml"), "mail", addendum=())
    assert [document.pages for document in packet.documents] == [1, 2, 2 if kind == "pdf" else 1]


def test_a_photo_of_a_phone_may_be_heic(folder: Path) -> None:
    from pillow_heif import from_pillow

    heic = io.BytesIO()
    with Image.open(io.BytesIO(photo("PNG"))) as picture:
        from_pillow(picture.convert("RGB")).save(heic)
    (folder / "id.jpg").write_bytes(heic.getvalue())
    packet = built(load_profile(folder / "amina.yaml"), "mail")
    assert packet.documents[-1].pages == 1
    page = render(packet.pdf, 4)
    assert page.convert("L").getextrema()[0] < 128


def test_what_proves_a_representatives_authority_is_enclosed(folder: Path) -> None:
    parent = """\
representative: {kind: guardian, name: Yusuf Noori, phone: (916) 555-0143, documents: [letters.pdf, custody.png]}
"""
    (folder / "minor.yaml").write_text(PROFILE + parent, encoding="utf-8")
    (folder / "letters.pdf").write_bytes(plain("Letters of guardianship", "of 2024"))
    (folder / "custody.png").write_bytes(photo("PNG"))
    profile = load_profile(folder / "minor.yaml")
    packet = built(profile, "mail")
    assert [(document.title, document.pages) for document in packet.documents[-2:]] == [
        ("Proof of authority 1", 2),
        ("Proof of authority 2", 1),
    ]
    assert "Letters of guardianship" in texts(packet.pdf)[-3]
    own = built(profile, "mail", asked=request(signer="patient"))
    assert not [document for document in own.documents if "authority" in document.title]
    (folder / "custody.png").unlink()
    with pytest.raises(ProfileError, match=r"representative\.documents\[1\]: custody\.png: cannot be read"):
        built(profile, "mail")


@pytest.mark.parametrize("send", ["mail", "fax"])
def test_the_cover_says_when_to_call_about_a_fee(folder: Path, send: str) -> None:
    profile = load_profile(folder / "amina.yaml")
    text = texts(built(profile, send, asked=request(fee_limit="$25")).pdf)[0]
    assert "call before charging more than $25. A patient’s own copy" in text
    assert "164.524(c)(4)" in text
    text = texts(built(profile, send, asked=request(recipient="caseworker")).pdf)[0]
    assert "call before making copies, if there is a fee." in text
    assert "164.524" not in text


def test_an_id_copy_that_cannot_be_read_names_its_key_and_remedy(folder: Path) -> None:
    (folder / "id.jpg").unlink()
    with pytest.raises(ProfileError, match=r"patient\.photo_id\.file: id\.jpg: cannot be read .*leave the key out"):
        built(load_profile(folder / "amina.yaml"), "mail")
    (folder / "id.jpg").write_bytes(b"II*\0 a TIFF")
    with pytest.raises(ProfileError, match=r"id\.jpg: .*neither PDF, JPEG nor PNG"):
        built(load_profile(folder / "amina.yaml"), "mail")


def test_a_provider_that_cannot_be_reached_so_is_an_error(folder: Path) -> None:
    profile = load_profile(folder / "amina.yaml")
    with pytest.raises(ProviderError, match="provider valley-oak: fax: "):
        built(profile, "fax", provider=clinic(fax=None))
    with pytest.raises(ProviderError, match="provider valley-oak: address: "):
        built(profile, "mail", provider=clinic(address=None))
    with pytest.raises(RequestError, match="pigeon"):
        built(profile, "pigeon")


def test_the_organisation_sends_where_there_is_one(folder: Path) -> None:
    office = Contact.model_validate(
        {
            "organization": "Bay Legal Aid Desk",
            "phone": "(415) 555-0133",
            "address": {"street": "1 Main St", "city": "Reno"},
        }
    )
    page = texts(built(load_profile(folder / "amina.yaml"), "fax", organisation=office).pdf)[0]
    assert "Bay Legal Aid Desk" in page
    assert "call (415) 555-0133" in page
    assert "Elena Marsh" not in page


def test_a_site_with_an_address_of_its_own_gets_the_request(folder: Path) -> None:
    north = {
        "name": "North Clinic",
        "address": {"street": "9 North Rd", "city": "Madera", "state": "CA", "postal_code": "93637"},
    }
    page = texts(
        built(
            load_profile(folder / "amina.yaml"),
            "mail",
            provider=clinic(locations=[north, "Main Clinic"]),
            asked=request(locations=["North Clinic"]),
        ).pdf
    )[0]
    assert "9 North Rd Madera, CA 93637" in page
    assert "Fresno" not in page


def test_a_provider_that_the_request_writes_out_gets_the_request(folder: Path) -> None:
    asked = request(
        provider={
            "organization": "Pine Clinic",
            "address": {"street": "3 Pine St", "city": "Bend", "state": "OR", "postal_code": "97701"},
        }
    )
    page = texts(built(load_profile(folder / "amina.yaml"), "mail", asked=asked).pdf)[0]
    assert "Pine Clinic 3 Pine St Bend, OR 97701" in page
    assert "15 days" not in page  # not in California


def test_the_instrument_follows_who_gets_the_records(folder: Path) -> None:
    profile = load_profile(folder / "amina.yaml")
    assert instrument(form(), profile, request()) == "access-request"
    assert instrument(form(), profile, request(recipient="self")) == "access-request"
    assert instrument(form(), profile, request(recipient="caseworker")) == "authorization"
    assert instrument(form(), profile, request(direction="exchange")) == "authorization"
    assert instrument(form(instrument="amendment"), profile, request()) == "amendment"
    assert instrument(form(instrument="access-request"), profile, request(recipient="caseworker")) == "access-request"


def test_what_signing_alone_would_release_is_withheld_unless_chosen(folder: Path) -> None:
    profile = load_profile(folder / "amina.yaml")
    silent = form(releases_without_mark=["sensitive.hiv", "sensitive.genetic"])
    page = texts(built(profile, "mail", form_map=silent, asked=request(sensitive=["genetic"])).pdf)[0]
    assert "has not chosen to release: HIV/AIDS information." in page
    assert "Genetic" not in page


EVENT = "when Amina’s case at the consulate is decided"


@pytest.mark.parametrize("send", ["mail", "fax"])
def test_the_cover_says_what_the_notes_leave_to_it(folder: Path, send: str) -> None:
    profile = load_profile(folder / "amina.yaml")
    asked = request(
        records=["dental", {"other": "letters of Amina Yusuf Rahimi"}],
        purpose=["legal"],
        delivery=["fax", "email_unencrypted"],
        sensitive=["hiv"],
        sensitive_text="a visit in March",
        expires="2027-11-20",
        recipient="caseworker",
    )
    notes = " ".join(concept_values(profile, clinic(), asked, form()).notes)
    page = texts(built(profile, send, asked=asked).pdf)[0]
    for told, said in (
        ("records.dental, another kind", "Dental"),
        ("for the purpose", "Purpose: Legal matter"),
        ("the delivery format", "Please provide the records by fax to (510) 555-0178; if that cannot be done, by "),
        ("release sensitive.hiv", "has also chosen to release: HIV/"),
        ("sensitive_text", "AIDS information, a visit in March. The form has no place to say so."),
        ("the date that ends", "The patient’s permission ends: November 20, 2027."),
    ):
        assert told in notes
        assert said in page
    event = texts(built(profile, send, asked=request(expires=EVENT, recipient="caseworker")).pdf)[0]
    if send == "fax":
        assert "letters of the patient" in page
        assert "permission ends: when the patient’s case at the consulate is decided." in event
        for name in NAMES:
            assert name not in page + event
    else:
        assert "letters of Amina Yusuf Rahimi" in page
        assert f"permission ends: {EVENT}." in event


def test_what_the_form_says_the_cover_does_not_say_again(folder: Path) -> None:
    places = ["sensitive.hiv", "authorization.expires_date"]
    asked = request(sensitive=["hiv", "genetic"], expires="2027-11-20", recipient="caseworker")
    boxes = {"page": 1, "box": [72, 72, 90, 90]}
    placed = form(fields=[{"value": value, **boxes} for value in places], releases_without_mark=["sensitive.genetic"])
    profile = load_profile(folder / "amina.yaml")
    assert not [note for note in concept_values(profile, clinic(), asked, placed).notes if "sensitive" in note]
    page = texts(built(profile, "mail", asked=asked, form_map=placed).pdf)[0]
    for unsaid in ("HIV", "Genetic", "permission ends", "2027"):
        assert unsaid not in page


def test_an_address_for_e_mail_stands_on_the_cover_unless_it_would_name_the_patient_on_a_fax(folder: Path) -> None:
    alone = load_profile(folder / "alone.yaml")
    asked = request(delivery=["email_unencrypted", "fax"])
    letter, fax = (texts(built(alone, send, asked=asked).pdf)[0] for send in ("mail", "fax"))
    assert "by unencrypted e-mail to amina.rahimi@example.org, as the patient chose; if that cannot" in letter
    assert "by unencrypted e-mail to an address that the sender tells by phone, as the patient chose" in fax
    assert "by fax." in fax  # the patient has none
    (note,) = said(built(alone, "fax", asked=asked))
    assert "neither the form nor the fax cover" in note
    assert "@" not in note
    box = {"value": "delivery.email_address", "page": 1, "box": [72, 72, 90, 90]}
    on_form = built(alone, "fax", asked=asked, form_map=form(fields=[box]))
    assert said(on_form) == []
    assert "e-mail to the address on the enclosed form, as the patient chose" in texts(on_form.pdf)[0]
    office = request(delivery=["email"], recipient={"organization": "Harbor", "email": "intake@harbor.example.org"})
    assert "by e-mail to intake@harbor.example.org." in texts(built(alone, "fax", asked=office).pdf)[0]


def said(packet: Packet) -> list[str]:
    """Its notes, but for those on how its pages look by fax."""
    return [note for note in packet.notes if not note.startswith("fax page")]


def test_notes_tell_what_the_provider_does_not_take(folder: Path) -> None:
    profile = load_profile(folder / "amina.yaml")
    notes = said(built(profile, "fax", provider=clinic(accepts=["mail"], fax_page_limit=3)))
    assert len(notes) == 2
    assert "by mail, not by fax" in notes[0]
    assert "5 pages" in notes[1]
    assert "takes 3" in notes[1]
    assert said(built(profile, "fax", provider=clinic(accepts=["fax"], fax_page_limit=5))) == []


def test_notes_tell_what_a_fax_loses(folder: Path) -> None:
    packet = built(load_profile(folder / "amina.yaml"), "fax")
    (note,) = [note for note in packet.notes if note.startswith("fax page")]
    assert note.startswith("fax page 5: grey areas"), "the copy of the ID"
    assert not [note for note in built(load_profile(folder / "amina.yaml"), "mail").notes if "fax" in note]


def test_page_count_is_of_the_packet_not_of_the_file() -> None:
    assert page_count(Document("ID", photo("PNG"))) == 1
    assert page_count(Document("Form", filled_form())) == 2
