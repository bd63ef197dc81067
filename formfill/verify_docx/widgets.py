"""Content controls and legacy form fields, as the verifier reads them: what each shows, and what it stores."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"


@dataclass
class Widget:
    """A content control or form field: its names, and all that it shows and stores."""

    names: tuple[str, ...]
    kind: str
    text: str = ""
    checked: str = ""
    placeholder: bool = False
    bound: bool = False
    date: str = ""
    options: tuple[tuple[str, str], ...] = ()


def form_field(data: ET.Element) -> Widget:
    name = data.find(W + "name")
    names = () if name is None else (name.get(W + "val", ""),)
    box, choice = data.find(W + "checkBox"), data.find(W + "ddList")
    if box is not None:
        checked, default = box.find(W + "checked"), box.find(W + "default")
        state = checked if checked is not None else default
        return Widget(names, "checkbox", checked="0" if state is None else state.get(W + "val", "1"))
    if choice is not None:
        entries = [entry.get(W + "val", "") for entry in choice.iterfind(W + "listEntry")]
        result = choice.find(W + "result")
        index = "0" if result is None else result.get(W + "val", "0")
        shown = entries[int(index)] if index.isdecimal() and int(index) < len(entries) else ""
        return Widget(names, "choice", shown, options=tuple((entry, entry) for entry in entries))
    return Widget(names, "text")


def control(sdt: ET.Element) -> Widget:
    properties = sdt.find(W + "sdtPr")
    if properties is None:
        return Widget((), "other")
    names = [node.get(W + "val", "") for tag in ("tag", "alias") if (node := properties.find(W + tag)) is not None]
    content = sdt.find(W + "sdtContent")
    pieces = [] if content is None else [_piece(node) for node in content.iter()]
    box = properties.find(W14 + "checkbox")
    date = properties.find(W + "date")
    kinds = ("date", "text", "dropDownList", "comboBox")
    kind = next((kind for kind in kinds if properties.find(W + kind) is not None), "rich")
    if properties.find(W + "picture") is not None or properties.find(W + "docPartList") is not None:
        kind = "other"
    checked = None if box is None else box.find(W14 + "checked")
    items = properties.iterfind(f"*/{W}listItem")
    return Widget(
        tuple(names),
        "checkbox" if box is not None else kind,
        "".join(pieces),
        "" if box is None else "0" if checked is None else checked.get(W14 + "val", "1"),
        properties.find(W + "showingPlcHdr") is not None,
        any(node.tag.endswith("}dataBinding") for node in properties),
        "" if date is None else date.get(W + "fullDate", ""),
        tuple((item.get(W + "displayText", item.get(W + "value", "")), item.get(W + "value", "")) for item in items),
    )


def _piece(node: ET.Element) -> str:
    return (node.text or "") if node.tag == W + "t" else "\n" if node.tag == W + "br" else ""
