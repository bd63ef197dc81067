"""Four eyes on a page: PDFium, Poppler, MuPDF and Ghostscript, each as grey pixels of the page as displayed."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as raw

#: Enough to see whether a line of small text is there.
DPI = 60

Pixels = Any


def by_pdfium(path: Path, pages: Sequence[int]) -> list[Pixels]:
    """As it prints: fields are flattened in memory."""
    document = pypdfium2.PdfDocument(path)
    try:
        found = []
        for index in pages:
            page = document[index]
            if raw.FPDFPage_Flatten(page.raw, raw.FLAT_PRINT) == raw.FLATTEN_SUCCESS:
                page.close()
                page = document[index]
            found.append(page.render(scale=DPI / 72, grayscale=True).to_numpy().squeeze().astype(np.int16))
        return found
    finally:
        document.close()


def by_poppler(path: Path, pages: Sequence[int]) -> list[Pixels]:
    command = ["pdftoppm", "-gray", "-cropbox", "-r", str(DPI), "-f", str(pages[0] + 1), "-l", str(pages[-1] + 1)]
    return _chosen(_run([*command, str(path)]), pages)


def by_mupdf(path: Path, pages: Sequence[int]) -> list[Pixels]:
    wanted = ",".join(str(index + 1) for index in pages)
    return _images(
        _run(["mutool", "draw", "-q", "-c", "gray", "-F", "pgm", "-r", str(DPI), "-o", "-", str(path), wanted])
    )


def by_ghostscript(path: Path, pages: Sequence[int]) -> list[Pixels]:
    span = [f"-dFirstPage={pages[0] + 1}", f"-dLastPage={pages[-1] + 1}"]
    command = ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dUseCropBox", "-sDEVICE=pgmraw", "-dPrinted=true"]
    smooth = ["-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"]
    output = _run([*command, *smooth, f"-r{DPI}", *span, "-sOutputFile=%stdout", "-sstdout=%stderr", str(path)])
    return _chosen(output, pages)


RENDERERS: dict[str, tuple[str | None, Callable[[Path, Sequence[int]], list[Pixels]]]] = {
    "PDFium": (None, by_pdfium),
    "Poppler": ("pdftoppm", by_poppler),
    "MuPDF": ("mutool", by_mupdf),
    "Ghostscript": ("gs", by_ghostscript),
}


def missing(name: str) -> str | None:
    """The program that a renderer needs and this machine lacks."""
    program, _ = RENDERERS[name]
    return program if program is not None and shutil.which(program) is None else None


def _run(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    if not done.stdout:
        raise AssertionError(f"{command[0]} drew nothing: {done.stderr.decode(errors='replace')[-300:]}")
    return done.stdout


def _chosen(output: bytes, pages: Sequence[int]) -> list[Pixels]:
    images = _images(output)
    return [images[index - pages[0]] for index in pages]


def _images(output: bytes) -> list[Pixels]:
    """Portable grey maps, one behind the other."""
    stream, images = io.BytesIO(output), []
    while stream.tell() < len(output):
        words: list[bytes] = []
        while len(words) < 4:
            line = stream.readline()
            if not line:
                raise AssertionError("a renderer's picture is cut off")
            words += line.split(b"#")[0].split()
        assert words[0] == b"P5", words[0]
        width, height = int(words[1]), int(words[2])
        pixels = np.frombuffer(stream.read(width * height), dtype=np.uint8)
        images.append(pixels.reshape(height, width).astype(np.int16))
    return images
