"""Every form of the corpus is drafted, unreviewed: the draft loads again, can be checked, and fills a verified form.

One test a form, so that they spread over processes (``pytest -n auto``). A page that is a picture takes ten times as
long as another, nearly all of it Tesseract's; so of the scans every third is drafted here, in the order of their names,
and all of them by ``python -m tests.benchmarks.draft``.
"""

from __future__ import annotations

import csv
import shutil
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from sweep import ROOT, corpus_files

from formfill.draft.check import check_map, read_subject
from formfill.draft.check_base import is_filled
from formfill.draft.draft import draft_map
from formfill.draft.map_text import map_text
from formfill.errors import BlankFormError
from formfill.job import FilledForm, FillJob, fill_form
from formfill.model.form_map import FormMap
from formfill.model.profile import load_profile
from formfill.model.request import load_request

SCENARIO = ROOT / "tests" / "scenario"
EVERY_NTH_SCAN = 3
#: A letter about fees and instructions for a form; every other PDF of the corpus asks something.
NO_FORMS = ("adena-regional-medical-center/form-3.pdf", "duke-university-hospital/form-2.pdf")
#: What a draft may lack, for its reviewer to find: the check tells of it. An error of any other kind is about a place,
#: and a draft leaves such a place for a person.
FOR_THE_REVIEWER = frozenset({"missing-place"})
#: What is filled by nobody but the person who signs, or by the staff.
_HANDS = ("signature.", "witness.", "interpreter.", "staff.")


@cache
def scans(folder: Path) -> tuple[str, ...]:
    with (folder / "INDEX.csv").open(newline="") as file:
        return tuple(sorted(row["file"] for row in csv.DictReader(file) if row["kind"] == "scan"))


@pytest.mark.parametrize("name", corpus_files() or ["none"])
def test_a_draft_loads_is_checked_and_fills(corpus: Path, name: str, tmp_path: Path) -> None:
    if name in scans(corpus) and scans(corpus).index(name) % EVERY_NTH_SCAN:
        pytest.skip(f"a scan: every {EVERY_NTH_SCAN}rd is drafted here, all by tests.benchmarks.draft")
    data = (corpus / name).read_bytes()
    try:
        made = draft_map(data, form="corpus-roi", provider="valley-oak", file="valley-oak/roi.pdf", name=name)
    except BlankFormError:
        if shutil.which("tesseract"):
            raise
        pytest.skip("Tesseract is not installed, and a page of this form is a picture")
    draft = tmp_path / "map.yaml"
    draft.write_text(map_text(made.form_map, made.comments, "Drafted."))
    subject = read_subject(draft)
    assert subject.form_map == made.form_map
    assert made.form_map.fields or name in NO_FORMS
    assert not _by_hand_but_filled(made.form_map)
    findings = check_map(subject, data, found=made.detection)
    wrong = {
        f.code: f"{f.where}: {f.what}" for f in findings if f.severity == "error" and f.code not in FOR_THE_REVIEWER
    }
    assert not wrong
    filled = scenario_fill(made.form_map, corpus / name)
    with pypdfium2.PdfDocument(filled.data) as written, pypdfium2.PdfDocument(data) as blank:
        assert len(written) == len(blank)


def _by_hand_but_filled(form_map: FormMap) -> list[str]:
    return [
        place.where()
        for place in form_map.fields
        if is_filled(place) and (place.value or "").startswith(_HANDS) and place.value != "signature.printed_name"
    ]


def scenario_fill(form_map: FormMap, blank: Path) -> FilledForm:
    """The scenario's patient and request on a draft. Raises: what ``fill_form`` raises."""
    request = load_request(SCENARIO / "request.yaml")
    profile = load_profile(SCENARIO / "profile.yaml")
    return fill_form(FillJob(profile, request.provider, request, form_map, blank))
