"""Reads values back from a fax: each box cut out of the picture, without its printed lines, and given to Tesseract."""

from __future__ import annotations

import difflib
import io
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
from PIL import Image

from formfill.channels.fax import DPI, WIDTH_PX, fax_tiff
from formfill.fill.base import Ink
from formfill.packet.assemble import Document, assemble

#: What is drawn longer than this is a line of the form and no letter, in dots.
_LINE_PX = (30, 34)
#: What is no higher is what is left of a line, and no letter or digit, in dots.
_SPECK_PX = 5
#: Tesseract's page segmentation: a block of text, then a single line.
_LAYOUTS = ("6", "7")
#: So much of a value's letters read in order is the value: OCR takes 1 for I and 0 for O.
_READ = 0.85
_ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1", "s": "5", "z": "2", "b": "8", "q": "9", "g": "9"})


def unread(filled: bytes, inks: Sequence[Ink]) -> list[str]:
    """The texts among ``inks`` that cannot be read in the fax of a filled form."""
    pdf = assemble([Document("Form", filled)])
    document = pypdfium2.PdfDocument(pdf)
    sizes = [page.get_size() for page in document]
    document.close()
    with Image.open(io.BytesIO(fax_tiff(pdf))) as fax:
        pictures = []
        for ink in inks:
            fax.seek(ink.page_index)
            pictures.append(_cut(fax, sizes[ink.page_index], ink))
    left = list(range(len(inks)))
    for layout in _LAYOUTS:
        said = _read([pictures[i] for i in left], layout)
        left = [i for i, text in zip(left, said, strict=True) if not _says(text, inks[i].text)]
        if not left:
            break
    return [inks[i].text for i in left]


def _cut(fax: Image.Image, size: tuple[float, float], ink: Ink) -> Image.Image:
    """One box of a page of ``size`` points, twice as large, without lines."""
    scale = min(612 / size[0], 14 * 72 / size[1], 1.0)
    width, height = min(round(size[0] * scale / 612 * WIDTH_PX), WIDTH_PX), round(size[1] * scale / 72 * DPI[1])
    start, across, down = (WIDTH_PX - width) // 2, width / size[0], height / size[1]
    x0, top, x1, bottom = ink.box
    box = (int(start + x0 * across) - 4, int(top * down) - 8, int(start + x1 * across) + 4, int(bottom * down) + 8)
    black = 255 - np.asarray(fax.crop(box).convert("L"))
    for kernel in (np.ones((1, _LINE_PX[0]), np.uint8), np.ones((_LINE_PX[1], 1), np.uint8)):
        black = cv2.subtract(black, cv2.morphologyEx(black, cv2.MORPH_OPEN, kernel))
    _, marks, sizes, _ = cv2.connectedComponentsWithStats(black, connectivity=8)
    black[np.isin(marks, np.flatnonzero(sizes[:, cv2.CC_STAT_HEIGHT] <= _SPECK_PX))] = 0
    large = Image.fromarray(255 - black).resize((black.shape[1] * 2, black.shape[0] * 2 * DPI[0] // DPI[1]))
    sheet = Image.new("L", (large.width + 60, large.height + 60), 255)
    sheet.paste(large, (30, 30))
    return sheet


def _read(pictures: Sequence[Image.Image], layout: str) -> list[str]:
    """What Tesseract reads in each."""
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder) / f"{number}.png" for number in range(len(pictures))]
        for name, picture in zip(names, pictures, strict=True):
            picture.save(name)
        listed = Path(folder) / "list.txt"
        listed.write_text("".join(f"{name}\n" for name in names))
        done = subprocess.run(
            ["tesseract", str(listed), "-", "--psm", layout],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    return done.stdout.split("\f")[: len(pictures)]


def _says(read: str, value: str) -> bool:
    wanted, found = _folded(value), _folded(read)
    matcher = difflib.SequenceMatcher(None, wanted, found, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) >= _READ * len(wanted)


def _folded(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum()).translate(_ALIKE)
