"""Every PDF of the corpus compiles, and what was found in it is what the corpus' index says."""

from __future__ import annotations

import csv
import hashlib
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from formfill.pdf.compile import compile_blank
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.pdf.geometry import PageFrame


@pytest.fixture(scope="module")
def rows(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "INDEX.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["file"].endswith(".pdf")]


@pytest.fixture(scope="module")
def compiled(corpus: Path, rows: list[dict[str, str]]) -> dict[str, CompiledForm]:
    """Every form, compiled anew, without the cache."""
    forms = {}
    for row in rows:
        data = (corpus / row["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"], f"{row['file']} is not the file of the index"
        forms[row["file"]] = compile_blank(data, row["sha256"], row["file"])
    return forms


def test_pages_widgets_and_encryption_are_as_the_index_says(
    rows: list[dict[str, str]], compiled: dict[str, CompiledForm]
) -> None:
    assert len(rows) == 171
    wrong = []
    for row in rows:
        form = compiled[row["file"]].form
        widgets = sum(len(field.widgets) for field in form.fields)
        found = (str(len(form.pages)), str(widgets), "yes" if form.cipher else "")
        if found != (row["pages"], row["widgets"], row["encrypted"]):
            wrong.append((row["file"], found, (row["pages"], row["widgets"], row["encrypted"])))
    assert not wrong


def test_every_widget_lies_on_its_page_and_every_button_has_a_state(compiled: dict[str, CompiledForm]) -> None:
    stray, stateless = [], []
    for name, one in compiled.items():
        for field in one.form.fields:
            for widget in field.widgets:
                frame: PageFrame = one.pages[widget.page_index].shown
                x0, top, x1, bottom = frame.to_top_left(widget.rect)
                if x1 < 0 or bottom < 0 or x0 > frame.width or top > frame.height:
                    stray.append((name, field.name))
                if field.kind in ("check", "radio") and not widget.states:
                    stateless.append((name, field.name))
    assert not stray
    assert not stateless


def test_no_official_byte_changes(compiled: dict[str, CompiledForm]) -> None:
    """Every form of the corpus can take an update: none had to be rewritten."""
    assert not [name for name, one in compiled.items() if one.form.normalised]
    assert all(hashlib.sha256(one.data).hexdigest() == one.sha256 for one in compiled.values())


def test_cache_gives_back_the_same_form_and_faster(corpus: Path, compiled: dict[str, CompiledForm]) -> None:
    """Salted encryption apart, a form from the cache is the form that was compiled."""
    spent = []
    for name, one in compiled.items():
        data = (corpus / name).read_bytes()
        compiled_form(data)
        start = time.perf_counter()
        cached = compiled_form(data)
        spent.append(time.perf_counter() - start)
        if one.form.cipher is None:
            assert asdict(cached.form) == asdict(one.form), name
    assert sorted(spent)[len(spent) // 2] < 0.05
