"""Builders of small Word documents, part by part, for the tests of the DOCX backend. All content is made up."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" mc:Ignorable="w14 w15"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_SECTION = (
    '<w:sectPr>{refs}<w:pgSz w:w="12240" w:h="15840"/>'
    '<w:pgMar w:top="720" w:right="720" w:bottom="720" w:left="720" w:header="360" w:footer="360" w:gutter="0"/>'
    "</w:sectPr>"
)
_STYLES = (
    "<w:docDefaults><w:rPrDefault><w:rPr>"
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="22"/><w:szCs w:val="22"/>'
    "</w:rPr></w:rPrDefault></w:docDefaults>"
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="character" w:styleId="PlaceholderText"><w:name w:val="Placeholder Text"/>'
    '<w:rPr><w:color w:val="808080"/></w:rPr></w:style>'
)


def run(text: str = "", properties: str = "", inner: str = "") -> str:
    """A run; tabs in ``text`` become w:tab, line feeds w:br."""
    pieces = []
    for number, line in enumerate(text.split("\n")):
        pieces += ["<w:br/>"] if number else []
        for column, cell in enumerate(line.split("\t")):
            pieces += ["<w:tab/>"] if column else []
            pieces += [f'<w:t xml:space="preserve">{escape(cell)}</w:t>'] if cell else []
    rpr = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f"<w:r>{rpr}{''.join(pieces)}{inner}</w:r>"


def paragraph(*content: str, properties: str = "") -> str:
    """A paragraph; plain texts become runs, what begins with < stands as it is."""
    inner = "".join(item if item.startswith("<") else run(item) for item in content)
    ppr = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{ppr}{inner}</w:p>"


def table(*rows: tuple[str, ...], widths: tuple[int, ...] = (), height: int = 0) -> str:
    """A table with borders; a cell is a text or a paragraph's XML."""
    widths = widths or tuple(3000 for _ in rows[0])
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    trpr = f'<w:trPr><w:trHeight w:val="{height}"/></w:trPr>' if height else ""
    body = ""
    for row in rows:
        cells = ""
        for width, cell in zip(widths, row, strict=True):
            inner = cell if cell.startswith("<w:p") else paragraph(*([cell] if cell else []))
            cells += f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inner}</w:tc>'
        body += f"<w:tr>{trpr}{cells}</w:tr>"
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    properties = f'<w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>{borders}</w:tblBorders></w:tblPr>'
    return f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"


def control(
    kind: str = "<w:text/>", tag: str = "", title: str = "", shown: str = "Click here", *, prompt: bool = True,
    extra: str = "", block: bool = False,
) -> str:  # fmt: skip
    """A content control around ``shown``; ``kind`` is the element that says what it takes."""
    names = (f'<w:alias w:val="{title}"/>' if title else "") + (f'<w:tag w:val="{tag}"/>' if tag else "")
    placeholder = "<w:showingPlcHdr/>" if prompt else ""
    content = run(shown, '<w:rStyle w:val="PlaceholderText"/>' if prompt else "")
    content = paragraph(content) if block else content
    return f"<w:sdt><w:sdtPr>{names}{extra}{placeholder}{kind}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def checkbox_control(tag: str = "", checked: bool = False) -> str:
    state = (
        f'<w14:checkbox><w14:checked w14:val="{int(checked)}"/><w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
        '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox>'
    )
    return control(state, tag, shown="\u2612" if checked else "\u2610", prompt=False)


def form_field(name: str, inner: str, code: str, result: str | None = "\u2002" * 5) -> str:
    """A legacy form field; ``inner`` is what w:ffData says besides the name."""
    data = f'<w:ffData><w:name w:val="{name}"/><w:enabled/><w:calcOnExit w:val="0"/>{inner}</w:ffData>'
    shown = "" if result is None else '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run(result, "<w:noProof/>")
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{data}</w:fldChar></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>{shown}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def text_box(*paragraphs: str) -> str:
    """A run with a text box, in both versions that Word writes."""
    inner = f"<w:txbxContent>{''.join(paragraphs)}</w:txbxContent>"
    shape = (
        '<w:drawing><wp:inline><wp:extent cx="3000000" cy="600000"/><wp:docPr id="1" name="Text Box 1"/><a:graphic>'
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>'
        '<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="3000000" cy="600000"/></a:xfrm>'
        f'<a:prstGeom prst="rect"/></wps:spPr><wps:txbx>{inner}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing>"
    )
    old = f'<w:pict><v:shape style="width:236pt;height:47pt"><v:textbox>{inner}</v:textbox></v:shape></w:pict>'
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{shape}</mc:Choice>'
        f"<mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r>"
    )


def docx(
    *body: str, header: str = "", footer: str = "", parts: dict[str, bytes] | None = None,
    relations: str = "", main_type: str = f"{_TYPE}.document.main+xml", overrides: str = "",
) -> bytes:  # fmt: skip
    """A whole document of these paragraphs and tables."""
    refs, types = "", overrides
    rels = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/{kind}" Target="{kind}.xml"/>'
        for n, kind in enumerate(("styles", "settings"), 1)
    )
    files: dict[str, bytes] = {}
    for number, (kind, text) in enumerate((("header", header), ("footer", footer)), 10):
        if text:
            refs += f'<w:{kind}Reference w:type="default" r:id="rId{number}"/>'
            rels += f'<Relationship Id="rId{number}" Type="{_REL}/{kind}" Target="{kind}1.xml"/>'
            types += f'<Override PartName="/word/{kind}1.xml" ContentType="{_TYPE}.{kind}+xml"/>'
            root = "hdr" if kind == "header" else "ftr"
            files[f"word/{kind}1.xml"] = f"{_HEAD}<w:{root} {NAMESPACES}>{text}</w:{root}>".encode()
    document = f"<w:document {NAMESPACES}><w:body>{''.join(body)}{_SECTION.format(refs=refs)}</w:body></w:document>"
    package = {
        "[Content_Types].xml": (
            f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main_type}"/>'
            f'<Override PartName="/word/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
            f'<Override PartName="/word/settings.xml" ContentType="{_TYPE}.settings+xml"/>{types}</Types>'
        ).encode(),
        "_rels/.rels": (
            f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="word/document.xml"/></Relationships>'
        ).encode(),
        "word/document.xml": (_HEAD + document).encode(),
        "word/_rels/document.xml.rels": (
            f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{rels}{relations}</Relationships>"
        ).encode(),
        "word/styles.xml": f"{_HEAD}<w:styles {NAMESPACES}>{_STYLES}</w:styles>".encode(),
        "word/settings.xml": f'{_HEAD}<w:settings {NAMESPACES}><w:defaultTabStop w:val="720"/></w:settings>'.encode(),
        **files,
        **(parts or {}),
    }
    return zipped(package)


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def with_part(data: bytes, name: str, change: tuple[str, str]) -> bytes:
    """The document with one text of one part replaced, as a tamperer would."""
    parts = unzipped(data)
    text = parts[name].decode()
    assert change[0] in text, f"{change[0]!r} is not in {name}"
    parts[name] = text.replace(*change, 1).encode()
    return zipped(parts)
