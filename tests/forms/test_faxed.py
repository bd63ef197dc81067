"""Every form that ships a map and whose blank is at hand, filled and faxed: our values can be read in the fax."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fax_reader import unread
from test_library import MAPS, SCENARIO, blank_of

from formfill.api import named_job
from formfill.catalog import Catalog
from formfill.job import fill_form
from formfill.model.form_map import load_form_map
from formfill.model.request import load_request

#: Of a value's letters and digits; fewer are too few to be sure of.
_SHORTEST = 3
#: What OCR may lose of a form that people can read: dates in tight pieces, numbers that touch a printed bracket.
_LOST = 0.15


@pytest.mark.parametrize("path", MAPS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_values_are_read_in_the_fax(path: Path) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed: apt-get install tesseract-ocr")
    form_map = load_form_map(path)
    if form_map.blank.is_docx:
        pytest.skip("a Word form: its PDF is LibreOffice's, and tests/test_office.py has it")
    request = load_request(SCENARIO / "request.yaml")
    job = named_job(Catalog(None), str(SCENARIO / "profile.yaml"), request, form=path, blank=blank_of(form_map))
    filled = fill_form(job)
    inks = [ink for ink in filled.inks if sum(c.isalnum() for c in ink.text) >= _SHORTEST]
    lost = unread(filled.data, inks)
    assert len(lost) <= max(1, _LOST * len(inks)), lost
