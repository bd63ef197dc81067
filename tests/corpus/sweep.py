"""What the corpus tests put into every real form, and how they look for it."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from formfill.errors import FillError
from formfill.fill.base import Filled, Filling, Ink
from formfill.fill.pdf import fill_pdf
from formfill.model.form_map import Place
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.pdf.look import PageLook

TEXTS = ("Ada Lovelace 12", "Nguyễn Thị Hồng", "Łukasz Żółć", "Олександр Ковальчук", "امینه رحیمی")
#: Lines laid over each page of a form without fields.
LINES = 20

ROOT = Path(__file__).resolve().parents[2]


def corpus_files() -> list[str]:
    """The names of all PDFs of the corpus, for parameters; empty where there is no corpus."""
    folder = Path(os.environ.get("FORMFILL_CORPUS") or ROOT.parent / "shared" / "corpus")
    return sorted(str(path.relative_to(folder)) for path in folder.glob("*/*.pdf"))


class Swept(NamedTuple):
    """One form filled: its texts in turn, and half of its boxes ticked."""

    compiled: CompiledForm
    filled: Filled


def sweep(compiled: CompiledForm) -> Swept:
    """Fill all fields, or lay lines over all pages of a form that has none."""
    fillings = [filling for filling in _in_fields(compiled) if _fits(compiled, filling)] or _overlays(compiled)
    return Swept(compiled, fill_pdf(compiled, fillings))


def _in_fields(compiled: CompiledForm) -> list[Filling]:
    fillings: list[Filling] = []
    for name, fields in compiled.fields.items():
        number = len(fillings)
        field = fields[0]
        if not any(one.widgets for one in fields) or len({one.kind for one in fields}) > 1:
            continue
        if field.kind == "text":
            place = Place(value="x.y", field=name, min_size=4)
            fillings.append(Filling(number, place, "text", text=TEXTS[number % 5], addendum=False))
        elif field.kind in ("check", "radio") and number % 2:
            states = [state for widget in field.widgets for state in widget.states]
            fillings.append(
                Filling(number, Place(value="x.y", field=name), "tick", option=states[0] if states else None)
            )
    return fillings


def _fits(compiled: CompiledForm, filling: Filling) -> bool:
    try:
        fill_pdf(compiled, [filling])
    except FillError:
        return False
    return True


def _overlays(compiled: CompiledForm) -> list[Filling]:
    fillings = []
    for page_number, page in enumerate(compiled.pages, 1):
        frame = page.shown
        for line in range(LINES):
            x, top = 20 + line % 3 * (frame.width - 180) / 2, 20 + line * (frame.height - 60) / LINES
            place = Place(value="x.y", page=page_number, box=(x, top, x + 140, top + 12), min_size=4)
            fillings.append(Filling(len(fillings), place, "text", text=TEXTS[len(fillings) % 5]))
    return fillings


def letters(text: str) -> Counter[str]:
    """The letters of a text, however a program writes ligatures and joined forms."""
    folded = unicodedata.normalize("NFKC", text)
    return Counter(c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))


def read_by_pdfium(look: PageLook, box: ShownBox) -> Counter[str]:
    """The letters whose middle lies in a box."""
    found: Counter[str] = Counter()
    for i, char in enumerate(look.chars):
        x0, top, x1, bottom = look.box(i)
        if box[0] - 1 <= (x0 + x1) / 2 <= box[2] + 1 and box[1] - 1 <= (top + bottom) / 2 <= box[3] + 1:
            found.update(letters(char))
    return found


Word = tuple[ShownBox, str]


def poppler_words(xhtml: bytes) -> list[list[Word]]:
    """The words of each page from ``pdftotext -bbox``."""
    # control characters in a form's own print are no XML
    text = re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#x?[01]?[0-9a-fA-F];", b"", xhtml)
    pages = []
    for page in ElementTree.fromstring(text).iter("{http://www.w3.org/1999/xhtml}page"):
        words = []
        for word in page.iter("{http://www.w3.org/1999/xhtml}word"):
            x0, top, x1, bottom = (float(word.get(key, 0)) for key in ("xMin", "yMin", "xMax", "yMax"))
            words.append(((x0, top, x1, bottom), word.text or ""))
        pages.append(words)
    return pages


def read_by_poppler(words: list[Word], box: ShownBox) -> Counter[str]:
    """The letters of all words that reach into a box."""
    found: Counter[str] = Counter()
    for (x0, top, x1, bottom), text in words:
        if x0 < box[2] and x1 > box[0] and top < box[3] and bottom > box[1]:
            found.update(letters(text))
    return found


def texts_on(filled: Filled, page_index: int) -> list[Ink]:
    return [ink for ink in filled.inks if ink.page_index == page_index and ink.text]
