"""Every form of the corpus, filled in five scripts: no crash, no worse a file, read back and seen by four programs.

One test a form, so that they spread over processes (``pytest -n auto``). Without a corpus, or without a program, the
tests skip and say so.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fills import form_map
from renderers import DPI, RENDERERS, Pixels, missing
from sweep import corpus_files, letters, poppler_words, read_by_pdfium, read_by_poppler, sweep, texts_on

from formfill.fill.base import Filled, Ink
from formfill.fill.flatten import flatten_fields
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.pdf.look import Document
from formfill.verify import verify_pdf

FILES = corpus_files() or ["none"]
#: How many pages with values are looked at by all four renderers.
PAGES_SEEN = 2


@pytest.mark.parametrize("name", FILES)
def test_values_are_read_back(corpus: Path, name: str, tmp_path: Path) -> None:
    """The official bytes stay, qpdf finds no new fault, PDFium and Poppler read every value at its place."""
    blank = corpus / name
    compiled, filled = sweep(compiled_form(blank.read_bytes(), name))
    assert filled.inks
    assert filled.data.startswith(compiled.data)
    assert compiled.form.normalised or compiled.data == blank.read_bytes()
    out = tmp_path / "filled.pdf"
    out.write_bytes(filled.data)
    problems = _unread_by_pdfium(filled) + _new_faults(blank, out) + _unread_by_poppler(filled, out)
    assert not problems


@pytest.mark.parametrize("name", FILES)
def test_filled_fields_are_verified(corpus: Path, name: str) -> None:
    """The verifier has nothing against a right fill of all fields, editable or flattened."""
    compiled, filled = sweep(compiled_form((corpus / name).read_bytes(), name))
    if not compiled.form.fields:
        return  # lines laid anywhere cover printed words
    nothing_left = form_map()
    verify_pdf(compiled, nothing_left, filled)
    verify_pdf(compiled, nothing_left, replace(filled, data=flatten_fields(filled.data)), flattened=True)


@pytest.mark.parametrize("name", FILES)
def test_values_are_seen(corpus: Path, name: str, tmp_path: Path) -> None:
    """Each value's box has new ink in PDFium, Poppler, MuPDF and Ghostscript."""
    compiled, filled = sweep(compiled_form((corpus / name).read_bytes(), name))
    assert not [problem for renderer in RENDERERS for problem in _unseen_by(renderer, compiled, filled, tmp_path)]


def test_what_is_missing_is_missed(corpus: Path, tmp_path: Path) -> None:
    """The tests above can fail: a blank in place of the filled form leaves every value unread and unseen."""
    blank = corpus / "montefiore-nyack-hospital/form-1.pdf"
    compiled, filled = sweep(compiled_form(blank.read_bytes()))
    nothing = replace(filled, data=compiled.data)
    texts, all_inks = sum(bool(ink.text) for ink in filled.inks), len(filled.inks)
    assert len(_unread_by_pdfium(nothing)) > 0.9 * texts
    for renderer in RENDERERS:
        if missing(renderer) is None:
            assert len(_unseen_by(renderer, compiled, nothing, tmp_path)) == all_inks
    if missing("Poppler") is None:
        assert len(_unread_by_poppler(nothing, blank)) > 0.9 * texts


@pytest.mark.parametrize("renderer", RENDERERS)
def test_renderer_is_here(renderer: str) -> None:
    """Says which of the four eyes ``test_values_are_seen`` went without."""
    if program := missing(renderer):
        pytest.skip(f"{program} is not installed: nothing was looked at by {renderer}")


def _unread_by_pdfium(filled: Filled) -> list[str]:
    problems = []
    with Document(filled.data) as document:
        for page_index in sorted({ink.page_index for ink in filled.inks}):
            look = document.look(page_index)
            for ink in texts_on(filled, page_index):
                if not letters(ink.text) <= read_by_pdfium(look, ink.box):
                    problems.append(f"PDFium does not read page {page_index + 1}, {ink.where}: {ink.text!a}")
    return problems


def _unread_by_poppler(filled: Filled, out: Path) -> list[str]:
    if missing("Poppler"):
        return []
    command = ["pdftotext", "-bbox", "-cropbox", str(out), "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    problems = []
    for page_index, words in enumerate(poppler_words(done.stdout)):
        for ink in texts_on(filled, page_index):
            if not letters(ink.text) <= read_by_poppler(words, ink.box):
                problems.append(f"Poppler does not read page {page_index + 1}, {ink.where}: {ink.text!a}")
    return problems


#: qpdf's exit codes, from good to bad.
_QPDF = {0: 0, 3: 1, 2: 2}


def _new_faults(blank: Path, out: Path) -> list[str]:
    try:
        before, after = (
            subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=False, text=True)
            for path in (blank, out)
        )
    except FileNotFoundError:
        return []
    worse = _QPDF[after.returncode] > _QPDF[before.returncode]
    return [f"qpdf: {after.stderr[-300:]}"] if worse else []


def _unseen_by(renderer: str, compiled: CompiledForm, filled: Filled, folder: Path) -> list[str]:
    if missing(renderer):
        return []
    _, draw = RENDERERS[renderer]
    before, after = folder / "blank.pdf", folder / "filled.pdf"
    before.write_bytes(compiled.data)
    after.write_bytes(filled.data)
    pages = sorted({ink.page_index for ink in filled.inks})[:PAGES_SEEN]
    problems = []
    for page_index, blank, inked in zip(pages, draw(before, pages), draw(after, pages), strict=True):
        problems += [f"{renderer}: {one}" for one in _unseen(compiled, filled, page_index, blank, inked)]
    return problems


def _unseen(compiled: CompiledForm, filled: Filled, page_index: int, blank: Pixels, inked: Pixels) -> list[str]:
    if blank.shape != inked.shape:
        return [f"page {page_index + 1} changed its size from {blank.shape} to {inked.shape}"]
    frame = compiled.pages[page_index].shown
    # a page's size is rounded to whole pixels by each program in its own way
    assert abs(blank.shape[1] - frame.width * DPI / 72) < 3, f"page {page_index + 1} is {blank.shape} pixels"
    across, down = blank.shape[1] / frame.width, blank.shape[0] / frame.height
    changed = np.abs(inked - blank)
    problems = []
    for ink in filled.inks:
        if ink.page_index == page_index and (ink.text or ink.tick):
            x0, top, x1, bottom = ink.box
            rows = slice(max(0, int(top * down) - 1), int(bottom * down) + 2)
            columns = slice(max(0, int(x0 * across) - 1), int(x1 * across) + 2)
            if np.median(blank[rows, columns]) < 100:
                continue  # black on black: an overlay of the test's own choosing lies on a dark picture
            if changed[rows, columns].sum() < 255 * _least_ink(ink):
                problems.append(
                    f"page {page_index + 1}, {ink.where}: {ascii(ink.text) if ink.text else 'tick'} does not show"
                )
    return problems


def _least_ink(ink: Ink) -> float:
    """Black pixels, or lighter ones that weigh as much: half a one a letter; some forms' own ticks are hairlines."""
    return max(2.0, 0.5 * len(ink.text)) if ink.text else 1.0
