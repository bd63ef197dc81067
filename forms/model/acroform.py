"""Fields for a laid-out page: an AcroForm whose every widget has an appearance of its own and no script.

Field names are English; tooltips are in the form's language. A signature field stays a signature field, so that the
filler knows not to write there. Check boxes and radio buttons come with both their states drawn, as vectors: a cross
and a dot that survive a fax. The fields are listed in the structure tree after the text, in the order of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import pikepdf
from pikepdf import Array, Dictionary, Name, String

Kind = Literal["text", "check", "radio", "initials", "signature"]

_PRINT = 4  # annotation flag 3 (ISO 32000-1, 12.5.3)
_MULTILINE = 1 << 12
_RADIO = 1 << 15
_DO_NOT_SCROLL = 1 << 23  # what does not fit would not be on the paper either

#: PDFDocEncoding as differences to Helvetica's own encoding (ISO 32000-1, annex D.2).
_DIFFERENCES: dict[int, str] = {
    24: "breve caron circumflex dotaccent hungarumlaut ogonek ring tilde",
    39: "quotesingle",
    96: "grave",
    128: "bullet dagger daggerdbl ellipsis emdash endash florin fraction guilsinglleft guilsinglright minus "
    "perthousand quotedblbase quotedblleft quotedblright quoteleft quoteright quotesinglbase trademark fi fl Lslash OE "
    "Scaron Ydieresis Zcaron dotlessi lslash oe scaron zcaron",
    160: "Euro",
    164: "currency",
    166: "brokenbar",
    168: "dieresis copyright ordfeminine",
    172: "logicalnot .notdef registered macron degree plusminus twosuperior threesuperior acute mu",
    183: "periodcentered cedilla onesuperior ordmasculine",
    188: "onequarter onehalf threequarters",
    192: "Agrave Aacute Acircumflex Atilde Adieresis Aring AE Ccedilla Egrave Eacute Ecircumflex Edieresis Igrave "
    "Iacute Icircumflex Idieresis Eth Ntilde Ograve Oacute Ocircumflex Otilde Odieresis multiply Oslash Ugrave Uacute "
    "Ucircumflex Udieresis Yacute Thorn germandbls agrave aacute acircumflex atilde adieresis aring ae ccedilla egrave "
    "eacute ecircumflex edieresis igrave iacute icircumflex idieresis eth ntilde ograve oacute ocircumflex otilde "
    "odieresis divide oslash ugrave uacute ucircumflex udieresis yacute thorn ydieresis",
}


@dataclass(frozen=True)
class Spot:
    """One rectangle to fill: a widget of the field ``name``.

    ``x``, ``y``, ``width`` and ``height`` are in points, from the top left of page ``page`` (from 1). ``option`` is the
    on-state of a radio button, ``tip`` what a screen reader says, ``group_tip`` what it says of the radio group.
    """

    name: str
    kind: Kind
    page: int
    x: float
    y: float
    width: float
    height: float
    tip: str
    option: str = "Yes"
    group_tip: str = ""
    lines: int = 1


def add_fields(data: bytes, spots: Sequence[Spot], entry_size_pt: float) -> bytes:
    """The PDF ``data`` with a field for each spot; spots of one name are widgets of one field.

    Text is entered in Helvetica of ``entry_size_pt``. The same input gives the same bytes.
    """
    with pikepdf.open(BytesIO(data)) as pdf:
        writer = _Writer(pdf, entry_size_pt)
        for name in dict.fromkeys(spot.name for spot in spots):
            writer.add(name, [spot for spot in spots if spot.name == name])
        writer.finish(spots)
        out = BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


class _Writer:
    def __init__(self, pdf: pikepdf.Pdf, entry_size_pt: float) -> None:
        self._pdf = pdf
        self._size = entry_size_pt
        self._fields: list[pikepdf.Object] = []
        self._widgets: dict[Spot, pikepdf.Object] = {}
        self._looks: dict[tuple[str, float, float], pikepdf.Object] = {}

    def add(self, name: str, spots: list[Spot]) -> None:
        """One field with its widgets; where it has only one, both are one dictionary."""
        first = spots[0]
        field = self._field(first)
        field[Name.T] = String(name)
        if len(spots) == 1 and first.kind != "radio":
            widget = self._pdf.make_indirect(Dictionary({**self._widget(first), **field}))
            self._widgets[first] = widget
            self._fields.append(widget)
            return
        field = self._pdf.make_indirect(field)
        field[Name.Kids] = Array()
        for spot in spots:
            widget = self._pdf.make_indirect(self._widget(spot))
            widget[Name.Parent] = field
            if spot.kind == "radio":
                widget[Name.TU] = String(spot.tip)
            field.Kids.append(widget)
            self._widgets[spot] = widget
        self._fields.append(field)

    def finish(self, spots: Sequence[Spot]) -> None:
        """Put the widgets on their pages and into the structure tree, in the order of ``spots``, and write the form."""
        pdf, root = self._pdf, self._pdf.Root
        tree = root.StructTreeRoot
        document = tree.K[0]
        number = int(tree.ParentTreeNextKey)
        parents: list[int | pikepdf.Object] = list(tree.ParentTree.Nums)
        for spot in spots:
            widget, page = self._widgets[spot], pdf.pages[spot.page - 1]
            widget[Name.P] = page.obj
            widget[Name.StructParent] = number
            if Name.Annots not in page.obj:
                page.obj[Name.Annots] = Array()
                page.obj[Name.Tabs] = Name.S
            page.obj.Annots.append(widget)
            reference = Dictionary(Type=Name.OBJR, Obj=widget, Pg=page.obj)
            element = pdf.make_indirect(
                Dictionary(Type=Name.StructElem, S=Name.Form, P=document, Pg=page.obj, K=Array([reference]))
            )
            document.K.append(element)
            parents.extend((number, element))
            number += 1
        tree.ParentTree[Name.Nums] = Array(parents)
        tree[Name.ParentTreeNextKey] = number
        encoding: list[int | pikepdf.Object] = []
        for code, names in _DIFFERENCES.items():
            encoding += [code, *(Name("/" + name) for name in names.split())]
        fonts = Dictionary(
            Helv=pdf.make_indirect(
                Dictionary(
                    Type=Name.Font,
                    Subtype=Name.Type1,
                    BaseFont=Name.Helvetica,
                    Name=Name.Helv,
                    Encoding=Dictionary(Type=Name.Encoding, Differences=Array(encoding)),
                )
            ),
            ZaDb=pdf.make_indirect(
                Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.ZapfDingbats, Name=Name.ZaDb)
            ),
        )
        root[Name.AcroForm] = pdf.make_indirect(
            Dictionary(Fields=Array(self._fields), DR=Dictionary(Font=fonts), DA=String(f"/Helv {self._size:g} Tf 0 g"))
        )
        root.ViewerPreferences[Name.DisplayDocTitle] = True

    def _field(self, spot: Spot) -> Dictionary:
        if spot.kind == "signature":
            return Dictionary(FT=Name.Sig, TU=String(spot.tip))
        if spot.kind == "check":
            return Dictionary(FT=Name.Btn, TU=String(spot.tip), V=Name.Off)
        if spot.kind == "radio":
            return Dictionary(FT=Name.Btn, Ff=_RADIO, TU=String(spot.group_tip), V=Name.Off)
        flags = _DO_NOT_SCROLL | (_MULTILINE if spot.lines > 1 else 0)
        return Dictionary(FT=Name.Tx, Ff=flags, TU=String(spot.tip), DA=String(f"/Helv {self._size:g} Tf 0 g"))

    def _widget(self, spot: Spot) -> Dictionary:
        top = float(self._pdf.pages[spot.page - 1].MediaBox[3]) - spot.y
        rect = [round(v, 2) for v in (spot.x, top - spot.height, spot.x + spot.width, top)]
        widget = Dictionary(Type=Name.Annot, Subtype=Name.Widget, F=_PRINT, Rect=Array(rect))
        if spot.kind in ("check", "radio"):
            mark, drawn = ("8", _cross) if spot.kind == "check" else ("l", _dot)
            on = self._look(spot.kind, spot.width, spot.height, drawn(spot.width))
            off = self._look("off", spot.width, spot.height, b"")
            widget[Name.AS] = Name.Off
            widget[Name.AP] = Dictionary(N=Dictionary({f"/{spot.option}": on, "/Off": off}))
            widget[Name.MK] = Dictionary(CA=String(mark))
            widget[Name.DA] = String("/ZaDb 0 Tf 0 g")
        else:
            content = b"" if spot.kind == "signature" else b"/Tx BMC EMC"
            widget[Name.AP] = Dictionary(N=self._look(spot.kind, spot.width, spot.height, content))
        return widget

    def _look(self, kind: str, width: float, height: float, content: bytes) -> pikepdf.Object:
        key = (kind, round(width, 2), round(height, 2))
        if key not in self._looks:
            stream = self._pdf.make_stream(
                content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, *key[1:]]), Resources=Dictionary()
            )
            self._looks[key] = stream
        return self._looks[key]


def _cross(side: float) -> bytes:
    low, high = 0.2 * side, 0.8 * side
    lines = f"{low:.2f} {low:.2f} m {high:.2f} {high:.2f} l {low:.2f} {high:.2f} m {high:.2f} {low:.2f} l S"
    return f"q 0 G 1 J {0.16 * side:.2f} w {lines} Q".encode()


def _dot(side: float) -> bytes:
    # a circle as four Bézier curves, with control points at 0.5523 of its radius
    radius = 0.27 * side
    at = {
        letter: f"{side / 2 + factor * radius:.2f}"
        for letter, factor in zip("abcde", (-1, -0.5523, 0, 0.5523, 1), strict=True)
    }
    path = "ec m ed de ce c be ad ac c ab ba ca c da eb ec c f"
    steps = (f"{at[step[0]]} {at[step[1]]}" if len(step) == 2 else step for step in path.split())
    return f"q 0 g {' '.join(steps)} Q".encode()
