"""One packet.pdf out of many documents, in the order given.

Only what prints is taken over: each page's content, resources, boxes and rotation, and the appearance of its form
fields and annotations, made part of the page. What else a file carries stays behind: scripts, actions, attached files,
links, bookmarks, metadata, form fields, camera data of photos. A document that is locked against changes (owner
password) is read as any viewer reads it. Same documents, same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from formfill.errors import OutputError
from formfill.pdf.bounds import excess_opened, excess_packed
from formfill.pdf.serialise import DAMAGED

TITLE = "Records request"

_LETTER_PT = (612.0, 792.0)
#: Printers and fax machines lose what lies nearer to the edge than a quarter inch; a photo keeps well clear of it.
_MARGIN_PT = 54.0
#: A photo is not blown up beyond this, and not kept finer: print and fax show no more.
_LEAST_DPI, _MOST_DPI = 100, 300
_MOST_PIXELS = 100_000_000
#: What a HEIC file says it is (ISO/IEC 23008-12, 10.2).
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_PAGE_KEYS = ("/Type", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group")
#: What a page's resources may carry beside what they draw: metadata, private data of programs, attached files,
#: replacement images and content kept in other files.
_HIDDEN_KEYS = (
    "/Metadata",
    "/PieceInfo",
    "/AF",
    "/AA",
    "/OPI",
    "/Ref",
    "/LastModified",
    "/StructParent",
    "/StructParents",
)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a packet: a PDF, JPEG or PNG, or a HEIC photo where the extra ``heic`` is installed.

    ``title`` is its bookmark and its name in messages; it never holds a patient's name.
    """

    title: str
    data: bytes


def assemble(documents: Sequence[Document], duplex: bool = False) -> bytes:
    """One PDF of all ``documents``, a bookmark at the first page of each.

    Args:
        duplex: A blank page behind each document of an odd number of pages, so that printed on both sides each
            begins on a sheet of its own.

    Raises: OutputError, naming the document: locked with a password, damaged, without pages, or of another kind.
    """
    import pikepdf

    packet = pikepdf.Pdf.new()
    layers = _Layers(packet)
    with packet.open_outline() as outline:
        for document in documents:
            first = len(packet.pages)
            source = _open(document)
            try:
                _flatten(source)
                for page in source.pages:
                    _keep_only(page.obj, _PAGE_KEYS)
                packet.pages.extend(source.pages)
                if duplex and len(source.pages) % 2:
                    packet.add_blank_page(page_size=_shown_size(source.pages[-1]))
                layers.add(source)
            except DAMAGED as exc:
                raise _damaged(document) from exc
            outline.root.append(pikepdf.OutlineItem(document.title, first))
    layers.write()
    _strip_hidden(packet)
    packet.docinfo["/Title"] = TITLE
    # the reader's window shows this title, not a file name
    packet.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    result = io.BytesIO()
    packet.save(result, deterministic_id=True, min_version="1.7")
    return result.getvalue()


def page_count(document: Document) -> int:
    """How many pages ``document`` has in a packet. Raises: OutputError, as ``assemble`` does."""
    return len(_open(document).pages)


def _open(document: Document) -> Any:
    import pikepdf

    data = document.data
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        data = _image_page(document)
    elif _is_heic(data):
        _read_heic(document)
        data = _image_page(document)
    elif b"%PDF-" not in data[:1024]:
        raise OutputError(f"{document.title}: is neither PDF, JPEG nor PNG: save it as one of these")
    _refuse(document, excess_packed(data))
    try:
        pdf = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
        pages = len(pdf.pages)
        excess = excess_opened(pdf)
    except pikepdf.PasswordError:
        raise OutputError(f"{document.title}: opens only with a password: save a copy without one") from None
    except DAMAGED as exc:
        raise _damaged(document) from exc
    _refuse(document, excess)
    if not pages:
        raise OutputError(f"{document.title}: has no pages")
    return pdf


def _refuse(document: Document, excess: str) -> None:
    if excess:
        raise OutputError(f"{document.title}: {excess}: print or scan it, and take that")


def _is_heic(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS


def _read_heic(document: Document) -> None:
    """Let Pillow read the photos of an iPhone. Raises: OutputError, where the library for it is not installed."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise OutputError(
            f"{document.title}: is a HEIC photo: save it as JPEG, or install what reads it: "
            "pip install 'formfill[heic]'"
        ) from None
    register_heif_opener()


def _damaged(document: Document) -> OutputError:
    return OutputError(f"{document.title}: is damaged and cannot be put into the packet: save or scan it again")


def _flatten(source: Any) -> None:
    """Make what form fields and annotations show on paper part of the page."""
    form = source.Root.get("/AcroForm")
    if form is not None and "/NeedAppearances" in form:
        # our fields have their appearance; with this set, qpdf would leave them out
        del form["/NeedAppearances"]
    if any("/Annots" in page for page in source.pages):
        source.flatten_annotations("print")


def _shown_size(page: Any) -> tuple[float, float]:
    """Width and height of a page as displayed, in points."""
    x0, y0, x1, y1 = (float(side) for side in page.cropbox)
    width, height = abs(x1 - x0), abs(y1 - y0)
    return (height, width) if int(page.obj.get("/Rotate", 0)) % 180 else (width, height)


def _keep_only(dictionary: Any, keys: Iterable[str]) -> None:
    for key in set(dictionary.keys()) - set(keys):
        del dictionary[key]


def _strip_hidden(packet: Any) -> None:
    import pikepdf

    for item in packet.objects:
        # a dictionary without /Type may be one of resources, where /AA or /Ref is the name of a font or picture
        if isinstance(item, pikepdf.Stream) or (isinstance(item, pikepdf.Dictionary) and "/Type" in item):
            for key in _HIDDEN_KEYS:
                if key in item:
                    del item[key]


class _Layers:
    """Optional content (layers) of all documents: what one of them hides on paper stays hidden (ISO 32000-2, 8.11)."""

    def __init__(self, packet: Any) -> None:
        self._packet = packet
        self._groups: list[Any] = []
        self._off: list[Any] = []

    def add(self, source: Any) -> None:
        properties = source.Root.get("/OCProperties")
        if properties is None:
            return
        settings = properties.get("/D", {})
        groups = [group for group in properties.get("/OCGs", ()) if group.is_indirect]
        hidden = {group.objgen for group in settings.get("/OFF", ())}
        shown = {group.objgen for group in settings.get("/ON", ())}
        all_off = str(settings.get("/BaseState", "/ON")) == "/OFF"
        for group in groups:
            usage = group.get("/Usage", {})
            state = str(usage.get("/Print", {}).get("/PrintState", ""))
            off = group.objgen in hidden or (all_off and group.objgen not in shown)
            copy = self._packet.copy_foreign(group)
            self._groups.append(copy)
            if state == "/OFF" or (off and state != "/ON"):
                self._off.append(copy)

    def write(self) -> None:
        import pikepdf

        if self._groups:
            self._packet.Root.OCProperties = pikepdf.Dictionary(
                OCGs=pikepdf.Array(self._groups),
                D=pikepdf.Dictionary(Name="Print", OFF=pikepdf.Array(self._off)),
            )


def _image_page(document: Document) -> bytes:
    """A Letter page with the photo or scan, upright and as large as its margins and sharpness allow.

    The picture is encoded anew: a photo's file tells where and by whom it was taken.
    """
    import pikepdf

    jpeg, (width, height), grey = _upright_jpeg(document)
    room = (_LETTER_PT[0] - 2 * _MARGIN_PT, _LETTER_PT[1] - 2 * _MARGIN_PT)
    scale = min(room[0] / width, room[1] / height, 72 / _LEAST_DPI)
    w, h = width * scale, height * scale
    x, y = (_LETTER_PT[0] - w) / 2, (_LETTER_PT[1] - h) / 2
    pdf = pikepdf.Pdf.new()
    image = pikepdf.Stream(
        pdf,
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        ColorSpace=pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    page = pdf.add_blank_page(page_size=_LETTER_PT)
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Image=image))
    page.Contents = pikepdf.Stream(pdf, f"q {w:.2f} 0 0 {h:.2f} {x:.2f} {y:.2f} cm /Image Do Q".encode())
    result = io.BytesIO()
    pdf.save(result)
    return result.getvalue()


def _upright_jpeg(document: Document) -> tuple[bytes, tuple[int, int], bool]:
    """The picture as JPEG without any metadata, its size in pixels, and whether it is grey."""
    import warnings

    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the next lines decide
            picture: Image.Image = Image.open(
                io.BytesIO(document.data), formats=("HEIF",) if _is_heic(document.data) else ("JPEG", "PNG")
            )
        if picture.width * picture.height > _MOST_PIXELS:
            raise OutputError(f"{document.title}: is larger than {_MOST_PIXELS // 10**6} megapixels: save it smaller")
        picture = ImageOps.exif_transpose(picture)
        if picture.has_transparency_data:
            white = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(white, picture.convert("RGBA"))
        grey = picture.mode in ("1", "L", "I;16", "I")
        if picture.mode in ("I;16", "I"):
            picture = picture.point(lambda value: value / 256)  # 16 bits a pixel; convert() alone would clip
        picture = picture.convert("L" if grey else "RGB")
    except (Image.DecompressionBombError, UnidentifiedImageError, OSError, SyntaxError, ValueError) as exc:
        raise _damaged(document) from exc
    room = [(side - 2 * _MARGIN_PT) / 72 * _MOST_DPI for side in _LETTER_PT]
    picture.thumbnail((int(room[0]), int(room[1])), Image.Resampling.LANCZOS)
    result = io.BytesIO()
    picture.save(result, "JPEG", quality=90, subsampling=0)
    return result.getvalue(), picture.size, grey
