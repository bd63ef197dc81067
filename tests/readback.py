"""Reads filled forms back with libraries that did not write them: PDFium, pypdf, pdfplumber, qpdf.

Boxes are in displayed points, origin top left, [x0, top, x1, bottom].
"""

from __future__ import annotations

import ctypes
import io
import shutil
import subprocess
import tempfile
from typing import Any

import numpy as np
import pypdf
import pypdfium2
import pypdfium2.raw as raw
import pytest

from formfill.pdf.geometry import ShownBox

Pixels = Any


def opened(data: bytes, password: str | None = None) -> Any:
    """PDFium's document, with every page's fields printed into it in memory."""
    document = pypdfium2.PdfDocument(data, password=password)
    for index in range(len(document)):
        page = document[index]
        raw.FPDFPage_Flatten(page.raw, raw.FLAT_PRINT)
        page.close()
    return document


def text_in(data: bytes, box: ShownBox, page_index: int = 0) -> str:
    """What PDFium reads in a box, fields included, without spaces; letters count by their middle."""
    return "".join(char for char, _ in _letters(data, box, page_index))


def from_left_to_right(data: bytes, box: ShownBox, page_index: int = 0) -> str:
    """As ``text_in``, but in the order in which the letters stand, whatever way they are read."""
    return "".join(char for char, _ in sorted(_letters(data, box, page_index), key=lambda letter: letter[1]))


def _letters(data: bytes, box: ShownBox, page_index: int) -> list[tuple[str, float]]:
    document = opened(data)
    page = document[page_index]
    text_page = page.get_textpage()
    matrix = _to_shown(page)
    found = []
    for i in range(text_page.count_chars()):
        x0, y0, x1, y1 = text_page.get_charbox(i)
        x, y = matrix((x0 + x1) / 2, (y0 + y1) / 2)
        char = text_page.get_text_range(i, 1)
        if char.strip() and box[0] <= x <= box[2] and box[1] <= y <= box[3]:
            found.append((char, x))
    return found


def _to_shown(page: Any) -> Any:
    """User space to displayed points, by PDFium's own reckoning of rotation and crop box."""
    width, height = page.get_size()

    def convert(x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        scale = 100  # FPDF_PageToDevice answers in whole pixels
        raw.FPDF_PageToDevice(page.raw, 0, 0, round(width * scale), round(height * scale), 0, x, y, across, down)
        return across.value / scale, down.value / scale

    return convert


def pixels(data: bytes, page_index: int = 0, scale: float = 3.0) -> Pixels:
    """The page in grey as it prints, ``scale`` pixels a point: array[row, column] of 0 (black) to 255."""
    page = opened(data)[page_index]
    return page.render(scale=scale, grayscale=True, draw_annots=True).to_numpy().squeeze().astype(int)


def ink(blank: bytes, data: bytes, page_index: int = 0, scale: float = 3.0) -> ShownBox | None:
    """The smallest box around all pixels that differ from the blank's; None where none does."""
    changed = np.abs(pixels(blank, page_index, scale) - pixels(data, page_index, scale)) > 60
    if not changed.any():
        return None
    rows, columns = np.where(changed.any(axis=1))[0], np.where(changed.any(axis=0))[0]
    return columns[0] / scale, rows[0] / scale, (columns[-1] + 1) / scale, (rows[-1] + 1) / scale


def share_inked(blank: bytes, data: bytes, box: ShownBox, page_index: int = 0, scale: float = 3.0) -> float:
    """The share of a box's pixels that differ from the blank's."""
    x0, top, x1, bottom = (round(v * scale) for v in box)
    one, other = pixels(blank, page_index, scale), pixels(data, page_index, scale)
    return float((np.abs(one - other) > 60)[top:bottom, x0:x1].mean())


def within(inner: ShownBox | None, outer: ShownBox, slack: float = 0.7) -> bool:
    """Whether ``inner`` lies in ``outer``; the softened edge of a stroke may reach a little over."""
    return inner is not None and (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def values(data: bytes) -> dict[str, str]:
    """The values of all fields, by fully qualified name, as pypdf reads them."""
    fields = pypdf.PdfReader(io.BytesIO(data)).get_fields() or {}
    return {name: str(field.get("/V", "")) for name, field in fields.items()}


def states(data: bytes) -> list[str]:
    """/AS of every button widget, page by page, as pypdf reads them."""
    found = []
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        for node in page.get("/Annots") or ():
            widget = node.get_object()
            if "/AS" in widget:
                found.append(str(widget["/AS"]))
    return found


def check_with_qpdf(data: bytes) -> None:
    """qpdf must find no fault in the file; skips where it is not installed."""
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        checked = subprocess.run(["qpdf", "--check", file.name], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr.decode() or checked.stdout.decode()
