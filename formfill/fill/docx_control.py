"""Filling a content control (w:sdt): text, date, drop-down, combo box, checkbox.

The control stays a control, so that a person can still change it in Word: its prompt goes, its state is set, and a
binding to custom XML is dropped, since Word would show the bound (old) value over what is written here (17.5.2.6).
"""

from __future__ import annotations

import datetime as dt
import re

from lxml import etree

from formfill.errors import FillError, FormMapError
from formfill.fill.base import Filling
from formfill.fill.docx_blank import lines_in_cell, single_line, sizes_from, wrap
from formfill.fill.docx_format import W
from formfill.fill.docx_labels import Document, Target
from formfill.fill.docx_layout import cell_width
from formfill.fill.docx_package import Element
from formfill.fill.docx_runs import run_properties, set_property, sized, value_pieces, without
from formfill.fill.docx_text import W14, Piece, control_kind, make_run
from formfill.writings import MONTHS

_W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"
_LOCKED = ("contentLocked", "sdtContentLocked")
_DAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "es": ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
}
#: Patterns of strptime: the formats that a date may arrive in where the map names none.
_WRITINGS = ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y")
#: dict[token of a map's format, directive of strptime]
_STRPTIME = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "M": "%m", "DD": "%d", "D": "%d"}
_CHECKED, _UNCHECKED = ("2612", "MS Gothic"), ("2610", "MS Gothic")


def size_in_cell(document: Document, target: Target, filling: Filling) -> float | None:
    """The size in points at which a text keeps the table row of its control as high as it is; 0 for its own size.

    Returns: None where it does not fit at the smallest size that the map allows. A control that shares its line with
    print, or stands in no cell, takes any text: what follows moves along, as in Word.
    """
    line, sdt = target.line, target.owner
    room = None if line.cell is None else cell_width(line.cell)
    if room is None or line.text.strip() != "_" or control_kind(sdt) not in ("text", "rich", "comboBox"):
        return 0.0
    fmt = line.styles.of(_entered_type(sdt, list(line.paragraph.iter(W + "r"))), line.paragraph)
    base = filling.place.size or fmt.size_pt
    for size in sizes_from(base, min(filling.place.min_size, base)):
        rooms = [room] * lines_in_cell(document, line, size)
        if wrap(single_line(filling.text), rooms, fmt, size) is not None:
            return 0.0 if size == fmt.size_pt else size
    return None


def fill_control(sdt: Element, filling: Filling, size_pt: float = 0.0) -> None:
    """Write a text, date, option or tick into a content control; a text at ``size_pt`` points, 0 for its own size.

    Raises: FillError, for an option that the control does not list or a text that is no date; FormMapError, for a
    control that takes another kind of value, or that is locked.
    """
    kind = control_kind(sdt)
    properties = sdt.find(W + "sdtPr")
    where = filling.place.where()
    lock = properties.find(W + "lock")
    if lock is not None and lock.get(W + "val") in _LOCKED:
        raise FormMapError(f"{where}: the form's author locked what this control says. Leave it, or map another place")
    if kind == "checkbox":
        if filling.action not in ("tick", "untick"):
            raise FormMapError(f"{where}: is a checkbox; the place must be a check")
        _tick(sdt, filling.action == "tick", where)
    elif kind in ("dropDownList", "comboBox") and filling.action in ("choose", "tick", "text"):
        _choose(sdt, kind, filling)
    elif filling.action != "text":
        raise FormMapError(f"{where}: takes a text, not a tick or option")
    elif kind == "date":
        _set_date(sdt, filling)
    else:
        multi_line = kind == "rich" or (properties.find(W + "text").get(W + "multiLine") in ("1", "true", "on"))
        text = filling.text.strip() if multi_line else single_line(filling.text)
        write_content(sdt, text, where, size_pt=size_pt)
    for tag in (W + "showingPlcHdr", W + "dataBinding", _W15 + "dataBinding"):
        for node in properties.findall(tag):
            properties.remove(node)


def write_content(sdt: Element, text: str, where: str, font: str | None = None, size_pt: float = 0.0) -> None:
    """Replace what a control shows by ``text``, in the type that its author chose for it."""
    content = sdt.find(W + "sdtContent")
    if content is None:
        content = etree.SubElement(sdt, W + "sdtContent")
    paragraph = next(content.iter(W + "p"), None)
    parent = content if paragraph is None else paragraph
    runs = list(parent.iter(W + "r"))
    properties = _entered_type(sdt, runs)
    if font is not None:
        fonts = set_property(properties, "rFonts", ascii=font, hAnsi=font, eastAsia=font, cs=font, hint="eastAsia")
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(W + theme, None)
    if size_pt:
        sized(properties, size_pt)
    for child in list(parent):
        if child.tag in (W + "r", W + "hyperlink", W + "smartTag", W + "ins", W + "proofErr", W + "sdt"):
            parent.remove(child)
    pieces = value_pieces(text, properties, where) if text else [Piece("", properties)]
    for piece in pieces:
        parent.append(make_run(piece))


def options(sdt: Element) -> list[tuple[str, str]]:
    """What a drop-down or combo box lists: (shown text, value); an entry without a value is the prompt."""
    items = sdt.find(W + "sdtPr").iterfind(f"*/{W}listItem")
    pairs = [
        (item.get(W + "displayText") or item.get(W + "value") or "", item.get(W + "value") or "") for item in items
    ]
    return [(shown, value) for shown, value in pairs if value]


def is_checked(sdt: Element) -> bool:
    """Whether a checkbox control is ticked."""
    checked = sdt.find(f"{W}sdtPr/{W14}checkbox/{W14}checked")
    return checked is not None and checked.get(W14 + "val", "1") in ("1", "true", "on")


def _entered_type(sdt: Element, runs: list[Element]) -> Element:
    own = sdt.find(f"{W}sdtPr/{W}rPr")
    if own is not None:
        return run_properties(own)
    donor = runs[0].find(W + "rPr") if runs else None
    properties = run_properties(donor)
    style = properties.find(W + "rStyle")
    if style is not None and "placeholder" in style.get(W + "val", "").lower():
        without(properties, "rStyle", "color")
    return properties


def _tick(sdt: Element, ticked: bool, where: str) -> None:
    box = sdt.find(f"{W}sdtPr/{W14}checkbox")
    checked = box.find(W14 + "checked")
    if checked is None:
        checked = etree.Element(W14 + "checked")
        box.insert(0, checked)
    checked.set(W14 + "val", "1" if ticked else "0")
    state = box.find(W14 + ("checkedState" if ticked else "uncheckedState"))
    code, font = _CHECKED if ticked else _UNCHECKED
    if state is not None:
        code, font = state.get(W14 + "val") or code, state.get(W14 + "font") or font
    write_content(sdt, chr(int(code, 16)), where, font)


def _choose(sdt: Element, kind: str, filling: Filling) -> None:
    where = filling.place.where()
    wanted = filling.option or filling.place.choose or filling.place.option or filling.text
    listed = options(sdt)
    for shown, value in listed:
        if wanted.strip().casefold() in (shown.strip().casefold(), value.strip().casefold()):
            write_content(sdt, shown, where)
            sdt.find(f"{W}sdtPr/{W}{kind}").set(W + "lastValue", value)
            return
    if kind == "comboBox" and filling.action == "text":
        # a combo box takes what is typed as well as what it lists
        write_content(sdt, single_line(wanted), where)
        return
    known = ", ".join(repr(shown) for shown, _ in listed) or "none"
    raise FillError(f"{where}: has no such option; it lists: {known}")


def _set_date(sdt: Element, filling: Filling) -> None:
    where = filling.place.where()
    node = sdt.find(f"{W}sdtPr/{W}date")
    date = parse_date(filling.text, filling.place.format)
    if date is None:
        if any(char.isdigit() for char in filling.text):
            raise FillError(
                f"{where}: takes a date. Give the place a value that is one, or a format that says how it is written"
            )
        # "present", "all dates": a person may type words there, too
        node.attrib.pop(W + "fullDate", None)
        write_content(sdt, single_line(filling.text), where)
        return
    node.set(W + "fullDate", f"{date.isoformat()}T00:00:00Z")
    pattern, language = node.find(W + "dateFormat"), node.find(W + "lid")
    shown = format_date(
        date,
        "M/d/yyyy" if pattern is None else pattern.get(W + "val", "M/d/yyyy"),
        "en" if language is None else language.get(W + "val", "en")[:2].lower(),
    )
    write_content(sdt, filling.text if shown is None else shown, where)


def parse_date(text: str, writing: str | None) -> dt.date | None:
    """The date that a text says, in the map's ``writing`` or one of those that formfill itself writes."""
    patterns = list(_WRITINGS)
    if writing:
        pattern = re.sub(r"YYYY|YY|MM?|DD?", lambda m: _STRPTIME[m.group()], writing)
        patterns.insert(0, pattern)
    for pattern in patterns:
        try:
            return dt.datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    return None


def format_date(date: dt.date, pattern: str, language: str) -> str | None:
    """A date in a format of Word ("MMMM d, yyyy"); None where it wants names in a language that is not known here."""
    if language not in MONTHS and re.search(r"MMM|ddd", pattern):
        return None
    months, days = MONTHS.get(language, []), _DAYS.get(language, [])

    def part(match: re.Match[str]) -> str:
        code = match.group()
        if code.startswith("'"):
            return code.strip("'")
        if code[0] == "y":
            return f"{date.year % 100:02d}" if len(code) <= 2 else f"{date.year:04d}"
        number, names = (date.month, months) if code[0] == "M" else (date.day, days)
        if len(code) <= 2:
            return str(number).zfill(len(code))
        name = names[date.month - 1] if code[0] == "M" else names[date.weekday()]
        return name[:3] if len(code) == 3 else name

    return re.sub(r"'[^']*'|y+|M+|d+", part, pattern)
