"""Every form of the corpus is drafted, unreviewed: the draft loads again, can be checked, and fills a verified form.

One test a form, so that they spread over processes (``pytest -n auto``). A scan takes ten times as long as another form,
nearly all of it Tesseract's; so of the scans every third is drafted here, in the order of their names, and all of them by
``python -m tests.benchmarks.draft``.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from sweep import ROOT, corpus_files

from formfill.draft.check import check_map, read_subject
from formfill.draft.draft import Draft, draft_map
from formfill.draft.map_text import map_text
from formfill.errors import FormfillError
from formfill.job import FillJob, fill_form
from formfill.model.profile import load_profile
from formfill.model.request import load_request

SCENARIO = ROOT / "tests" / "scenario"
EVERY_NTH_SCAN = 3


def _kinds() -> dict[str, str]:
    """dict[file, flat, acro or scan], as the corpus' index says; empty where there is no corpus."""
    files = corpus_files()
    if not files:
        return {}
    from sweep import corpus_folder

    with (corpus_folder() / "INDEX.csv").open(newline="") as file:
        return {row["file"]: row["kind"] for row in csv.DictReader(file) if row["file"] in files}
