"""The access request as a Word document: the same words and places, each place a content control.

The tag of a control is the concept it is for. Controls stand in the cells of tables with fixed columns, so that what is
typed does not move the page; a row for texts grows before it hides a line. An empty control shows blanks, not a prompt
that would be printed.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from acroform import Kind
from map_text import Control
from sources import EDITION, MADE, Form, meaning, places

WordKind = Literal["text", "date", "check", "yes-no", "combo", "signature"]

_NS = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
_WIDTH = 10440  # the text's width, in twentieths of a point (522 pt), as on the PDF
#: Two tables that touch are one to Word: a line of one point keeps them apart.
_SEPARATOR = (
    '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    '<w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
)
_EMPTY = "\u2003" * 6
_KINDS = ("parent", "guardian", "conservator", "poa", "executor")
_DATES = ("birth_date", "date_from", "date_to", "needed_by", "sign_date")
_RECORDS = (
    *("abstract", "lab", "immunizations", "clinic_notes", "pathology", "medications", "progress_notes"),
    *("pathology_slides", "allergies", "history_physical", "radiology_reports", "problem_list", "consultation"),
    *("radiology_images", "obstetric", "emergency", "cardiology", "dental", "inpatient", "sleep_pulm_neuro", "vision"),
    *("discharge_summary", "physician_orders", "photos", "discharge_instructions", "nursing_notes", "demographics"),
    *("operative", "care_plan", "billing", "anesthesia", "therapy", "itemized", "school_forms", "disability_forms"),
    "advance_directive",
)
_DELIVERY = ("paper", "cd", "usb", "mail", "pickup", "inspect", "email_encrypted", "email_unencrypted", "portal")
_SENSITIVE = (
    *("mental_health", "reproductive", "substance_use", "gender_affirming", "hiv", "abuse", "std"),
    *("developmental_disability", "genetic", "sickle_cell"),
)


def make_word_form(form: Form) -> tuple[bytes, list[Control]]:
    """The document, the same bytes each time, and its controls in reading order."""
    page = _Page(form)
    page.compose()
    return _document(form, "".join(page.body)), page.controls


class _Page:
    """Collects the body's XML and the controls in it."""

    def __init__(self, form: Form) -> None:
        self._language = form.language
        self._words = form.words()
        self._places = places()
        self._count: Counter[str] = Counter()
        self.controls: list[Control] = []
        self.body: list[str] = []

    def compose(self) -> None:
        """The form from its title to the box for staff."""
        add = self.body.append
        add(_paragraph(_runs(self._words["title"]), style="Title"))
        add(_paragraph(_runs(self._words["subtitle"])))
        self._section(1, "patient_section")
        self._cells(
            [("patient_name", 8), ("birth_date", 4)],
            [("other_names", 8), ("record_number", 4)],
            [("patient_street", 6), ("patient_city", 6)],
            [("patient_phone", 3), ("patient_email", 5), ("language", 4)],
        )
        self._line(
            (_runs(self._label("interpreter") + " Yes or no:"), 6900), (self._control("interpreter", "yes-no"), None)
        )
        self._section(2, "provider_section")
        self._cells(
            [("provider_name", 8), ("provider_phone", 4)],
            [("provider_street", 4), ("provider_city", 4), ("provider_fax", 4)],
        )
        self._section(3, "records_section")
        self._line(
            (_runs(self._words["dates_lead"]), 1400),
            (self._tick("dates_all"), 1300),
            (self._tick("dates_option"), 900),
            (self._control("date_from", "date"), None),
            (_runs(f"   {self._label('date_to')}"), 500),
            (self._control("date_to", "date"), None),
        )
        add(_paragraph(self._mark("all") + _runs(self._words["complete_means"]), before=60))
        add(_paragraph(self._tick("ehi_export"), before=40, after=40))
        self._grid(_RECORDS, 3)
        self._line((self._tick("other"), 900), (self._control("other_text", "text"), None))
        self._section(4, "sensitive_section")
        add(_paragraph(_runs(self._words["sensitive_intro"]), after=40))
        self._grid(_SENSITIVE, 2)
        self._line((self._tick("other_sensitive"), 900), (self._control("other_sensitive_text", "text"), None))
        self._section(5, "delivery_section", new_page=True)
        self._grid(
            ("paper", "cd", "usb", "mail", "pickup", "inspect", "email_encrypted", "email_unencrypted", "portal"), 3
        )
        self._line((_runs(self._label("email_address")), 900), (self._control("email_address", "text"), None))
        add(_paragraph(_runs(self._words["email_warning"]), before=60))
        self._line(
            (self._tick("fax"), 900),
            (self._control("fax_number", "text"), None),
            (_runs("   ") + self._tick("other_delivery"), 1000),
            (self._control("other_delivery_text", "text"), None),
        )
        self._line(
            (_runs(self._label("fee_limit")), 3100),
            (self._control("fee_limit", "text"), None),
            (_runs(f"   {self._label('needed_by')}"), 1600),
            (self._control("needed_by", "date"), None),
        )
        self._section(6, "recipient_section")
        add(_paragraph(self._tick("recipient_self") + _runs("          ") + self._tick("recipient_other"), after=60))
        self._cells(
            [("recipient_name", 8), ("recipient_relationship", 4)],
            [("recipient_attention", 6), ("recipient_email", 6)],
            [("recipient_street", 6), ("recipient_city", 6)],
            [("recipient_phone", 6), ("recipient_fax", 6)],
        )
        add(_paragraph(_runs(self._words["recipient_note"]), before=60))
        self._section(7, "representative_section")
        add(_paragraph(_runs(self._words["representative_only"]), after=60))
        self._cells(
            [("representative_name", 5), ("representative_relationship", 4), ("representative_phone", 3)],
            [("representative_authority", 12)],
        )
        self._section(8, "signature_section")
        add(_paragraph(_runs(self._words["signature_intro"]), after=60))
        self._cells([("signature", 5), ("printed_name", 4), ("sign_date", 3)], height=800)
        self._section(None, "law_section")
        for key in ("law_time", "law_format", "law_fee", "law_denial"):
            add(_paragraph(_runs(self._words[key], size=17), before=20))
        add(_paragraph(_runs(self._words["staff_section"]), before=160, after=40))
        self._cells([("staff_received", 4), ("staff_identity", 4), ("staff_done", 4)])

    def _label(self, key: str) -> str:
        label: str = self._places[key][self._language]
        return label

    def _section(self, number: int | None, key: str, *, new_page: bool = False) -> None:
        words = self._words[key] if number is None else f"{number}  {self._words[key]}"
        self.body.append(_paragraph(_runs(words), style="Heading1", new_page=new_page))

    def _cells(self, *rows: Iterable[tuple[str, int]], height: int = 560) -> None:
        grid = f'<w:gridCol w:w="{_WIDTH // 12}"/>' * 12
        lines = []
        for row in rows:
            cells = []
            for key, span in row:
                kind: WordKind = "date" if key in _DATES else "text"
                if key in ("signature", "representative_relationship"):
                    kind = "signature" if key == "signature" else "combo"
                caption = _paragraph(_runs(self._label(key), size=15), keep=True)
                cells.append(
                    _cell(caption + _paragraph(self._control(key, kind), style="Entry"), _WIDTH * span // 12, span)
                )
            rule = f'<w:trPr><w:cantSplit/><w:trHeight w:val="{height}" w:hRule="atLeast"/></w:trPr>'
            lines.append(f"<w:tr>{rule}{''.join(cells)}</w:tr>")
        self.body.append(_table(grid, lines, borders=True))

    def _line(self, *parts: tuple[str, int | None]) -> None:
        """Words and controls on one line: (content, width in twentieths of a point); None is a line to write on, and
        those share what the others leave."""
        taken = sum(width for _, width in parts if width is not None)
        rest = (_WIDTH - taken) // sum(width is None for _, width in parts)
        cells = [
            _cell(
                _paragraph(content, style="Entry" if width is None else ""),
                rest if width is None else width,
                1,
                underlined=width is None,
            )
            for content, width in parts
        ]
        grid = "".join(f'<w:gridCol w:w="{rest if width is None else width}"/>' for _, width in parts)
        rule = '<w:trPr><w:cantSplit/><w:trHeight w:val="370" w:hRule="atLeast"/></w:trPr>'
        table = _table(grid, [f"<w:tr>{rule}{''.join(cells)}</w:tr>"], borders=False)
        self.body.extend((_SEPARATOR, table, _SEPARATOR))

    def _grid(self, keys: Iterable[str], columns: int) -> None:
        ticks = [_cell(_paragraph(self._tick(key)), _WIDTH // columns, 1) for key in keys]
        ticks += [_cell(_paragraph(""), _WIDTH // columns, 1)] * (-len(ticks) % columns)
        rule = '<w:trPr><w:cantSplit/><w:trHeight w:val="258" w:hRule="exact"/></w:trPr>'
        rows = [f"<w:tr>{rule}{''.join(ticks[i : i + columns])}</w:tr>" for i in range(0, len(ticks), columns)]
        self.body.append(_table(f'<w:gridCol w:w="{_WIDTH // columns}"/>' * columns, rows, borders=False))

    def _mark(self, key: str) -> str:
        return self._control(key, "check") + _runs(" ")

    def _tick(self, key: str) -> str:
        return self._mark(key) + _runs(self._label(key))

    def _control(self, key: str, kind: WordKind) -> str:
        says = meaning(key, self._language)
        tag = says.value or says.leave or ""
        self._count[tag] += 1
        place_kind: Kind = {"check": "check", "yes-no": "check", "signature": "signature"}.get(kind, "text")  # type: ignore[assignment]
        option = "Yes" if kind == "yes-no" else None
        self.controls.append(Control(tag, place_kind, says, self._count[tag], option))
        title = self._places[key]["name"]
        return _sdt(tag, title, len(self.controls), kind, self._choices(kind))

    def _choices(self, kind: WordKind) -> tuple[str, ...]:
        if kind == "yes-no":
            return "Yes", "No"
        return tuple(self._label(key) for key in _KINDS) if kind == "combo" else ()


def _sdt(tag: str, title: str, number: int, kind: WordKind, choices: tuple[str, ...]) -> str:
    """A run-level content control (ISO 29500-1, 17.5.2). Its number makes its identity the same in each build."""
    shown = f'<w:r><w:t xml:space="preserve">{_EMPTY}</w:t></w:r>'
    prompt = "<w:showingPlcHdr/>"
    items = "".join(f"<w:listItem w:displayText={quoteattr(c)} w:value={quoteattr(c)}/>" for c in choices)
    if kind == "check":
        prompt = ""
        state = 'w14:font="MS Gothic"/>'
        what = (
            f'<w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="2612" {state}'
            f'<w14:uncheckedState w14:val="2610" {state}</w14:checkbox>'
        )
        face = '<w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic" w:eastAsia="MS Gothic" w:hint="eastAsia"/>'
        shown = f'<w:r><w:rPr>{face}<w:sz w:val="20"/><w:szCs w:val="20"/></w:rPr><w:t>☐</w:t></w:r>'
    elif kind == "date":
        what = (
            '<w:date><w:dateFormat w:val="MM/dd/yyyy"/><w:lid w:val="en-US"/>'
            '<w:storeMappedDataAs w:val="dateTime"/><w:calendar w:val="gregorian"/></w:date>'
        )
    elif kind in ("yes-no", "combo"):
        element = "dropDownList" if kind == "yes-no" else "comboBox"
        what = f"<w:{element}>{items}</w:{element}>"
    else:
        what = "<w:text/>"
    name = f'<w:alias w:val={quoteattr(title)}/><w:tag w:val={quoteattr(tag)}/><w:id w:val="{1000 + number}"/>'
    return f"<w:sdt><w:sdtPr>{name}{prompt}{what}</w:sdtPr><w:sdtContent>{shown}</w:sdtContent></w:sdt>"


def _runs(words: str, size: int | None = None) -> str:
    """Runs for words in the sources' markup: ``*bold*``, ``~`` for a space that does not break."""
    large = f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>' if size else ""
    parts = re.split(r"\*", words.replace("~", "\u00a0"))
    runs = ""
    for index, part in enumerate(parts):
        if part:
            bold = "<w:b/>" if index % 2 else ""
            runs += f'<w:r><w:rPr>{bold}{large}</w:rPr><w:t xml:space="preserve">{escape(part)}</w:t></w:r>'
    return runs


def _paragraph(
    content: str, *, style: str = "", before: int = 0, after: int = 0, keep: bool = False, new_page: bool = False
) -> str:
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties += "<w:keepNext/>" * keep + "<w:pageBreakBefore/>" * new_page
    if before or after:
        properties += f'<w:spacing w:before="{before}" w:after="{after}"/>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


def _cell(content: str, width: int, span: int, *, underlined: bool | None = None) -> str:
    """A table cell; ``underlined`` is None for one in a grid, else whether its lower edge is a line to write on."""
    properties = f'<w:tcW w:w="{width}" w:type="dxa"/><w:gridSpan w:val="{span}"/>'
    if underlined:
        properties += '<w:tcBorders><w:bottom w:val="single" w:sz="5" w:space="0" w:color="000000"/></w:tcBorders>'
    if underlined is not None:
        properties += '<w:vAlign w:val="bottom"/>'
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def _table(grid: str, rows: Iterable[str], *, borders: bool) -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    lines = "".join(f'<w:{side} w:val="single" w:sz="5" w:space="0" w:color="000000"/>' for side in sides)
    margin = 60 if borders else 0
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{_WIDTH}" w:type="dxa"/>'
        + f'<w:tblInd w:w="{margin}" w:type="dxa"/>'
        + (f"<w:tblBorders>{lines}</w:tblBorders>" if borders else "")
        + '<w:tblLayout w:type="fixed"/><w:tblCellMar>'
        + f'<w:left w:w="{margin}" w:type="dxa"/><w:right w:w="{margin}" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        + f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _document(form: Form, body: str) -> bytes:
    """The package around the body: page, styles, footer, properties, all with a fixed date."""
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import parse_xml
    from docx.shared import Pt

    words = form.words()
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Pt(612), Pt(792)
    section.left_margin = section.right_margin = Pt(45)
    section.top_margin, section.bottom_margin, section.footer_distance = Pt(45), Pt(58), Pt(44)
    document.styles.add_style("Entry", WD_STYLE_TYPE.PARAGRAPH)
    for name, size, before, after in (
        ("Normal", 9, 0, 0),
        ("Title", 19, 0, 2),
        ("Heading 1", 10.5, 8, 4),
        ("Entry", 10.5, 1, 0),
    ):
        style = document.styles[name]
        style.font.name, style.font.size = "Arial", Pt(size)
        style.font.bold = name in ("Title", "Heading 1")
        style.font.color.rgb = None
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.line_spacing = 1.0
        _plain(style, rule=name == "Heading 1")
    content = parse_xml(f"<w:body {_NS}>{body}</w:body>")
    for element in reversed(list(content)):
        document.element.body.insert(0, element)
    footer = f"{words['model_form']} {form.number} · {words['edition']} {EDITION}"
    number = "".join(
        _runs(f"\t{words['page']} " if code == "PAGE" else f" {words['of']} ")
        + f'<w:fldSimple w:instr="{code}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        for code in ("PAGE", "NUMPAGES")
    )
    stops = "".join(f'<w:tab w:val="clear" w:pos="{stop}"/>' for stop in (4320, 8640))
    tab = f'<w:tabs>{stops}<w:tab w:val="right" w:pos="{_WIDTH}"/></w:tabs>'
    top = '<w:pBdr><w:top w:val="single" w:sz="5" w:space="4" w:color="000000"/></w:pBdr>'
    line = parse_xml(f"<w:p {_NS}><w:pPr>{top}{tab}</w:pPr>{_runs(footer)}{number}</w:p>")
    old = section.footer.paragraphs[0]._p
    old.addprevious(line)
    old.getparent().remove(old)
    properties = document.core_properties
    properties.title, properties.author, properties.language = words["title"], "", form.language
    properties.comments, properties.last_modified_by = "", ""
    properties.created = properties.modified = MADE.replace(tzinfo=None)
    out = BytesIO()
    document.save(out)
    return _repacked(out.getvalue())


def _plain(style: object, *, rule: bool) -> None:
    """Take the template's colours, lines and theme fonts from a style; ``rule`` draws a line above it."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    element = style.element  # type: ignore[attr-defined]
    for tag in ("w:pBdr", "w:color", "w:spacing", "w:kern"):
        for node in element.findall(f".//{qn(tag)}"):
            if tag != "w:spacing" or node.getparent().tag == qn("w:rPr"):
                node.getparent().remove(node)
    fonts = element.find(f".//{qn('w:rFonts')}")
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    if rule:
        line = '<w:top w:val="single" w:sz="11" w:space="3" w:color="000000"/>'
        element.pPr.insert_element_before(
            parse_xml(f"<w:pBdr {_NS}>{line}</w:pBdr>"), "w:spacing", "w:ind", "w:outlineLvl"
        )


def _repacked(package: bytes) -> bytes:
    """The same package with one date on all its parts."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = zipfile.ZipInfo(info.filename, MADE.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(info))
    return out.getvalue()
