"""Every form map that ships and whose blank is at hand: clean, filled for the scenario, verified, and read back.

Providers' blanks are found in the corpus by their SHA-256; without it only our own forms are tested. A golden holds
what another library than the writer reads at each place; ``pytest tests/forms --regenerate`` writes it anew.
"""

from __future__ import annotations

import csv
import json
import os
from functools import cache
from pathlib import Path

import pytest
from filled_places import read_back

from formfill.api import named_job
from formfill.catalog import Catalog
from formfill.draft.check import check_map, read_subject
from formfill.draft.facts import Detection
from formfill.job import fill_form
from formfill.model.form_map import FormMap, load_form_map
from formfill.model.request import load_request
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.pdf.printed import printed_pages

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).resolve().parent / "golden"
SCENARIO = ROOT / "tests" / "scenario"
_FORMS = frozenset(Catalog(None).form_map_paths())
MAPS = sorted(path for path in (ROOT / "form_maps").glob("*/*.yaml") if path.name != "provider.yaml")


@cache
def _corpus() -> dict[str, Path]:
    """dict[SHA-256, file] of the corpus; empty where there is none."""
    folder = Path(os.environ.get("FORMFILL_CORPUS") or ROOT.parent / "shared" / "corpus")
    index = folder / "INDEX.csv"
    if not index.is_file():
        return {}
    with index.open(newline="", encoding="utf-8") as rows:
        return {row["sha256"]: folder / row["file"] for row in csv.DictReader(rows)}


def blank_of(form_map: FormMap) -> Path:
    """The blank of a map, ours or the corpus'; skips where it is not at hand."""
    own = ROOT / "forms" / form_map.blank.file
    path = own if own.is_file() else _corpus().get(form_map.blank.sha256)
    if path is None or not path.is_file():
        pytest.skip(f"{form_map.blank.file} is not here: set FORMFILL_CORPUS to the folder of real forms")
    return path


def _found(compiled: CompiledForm | None) -> Detection | None:
    """Nothing for a scan: reading it takes half a minute, and tells of warnings alone. None: the check looks itself."""
    if compiled is None:
        return None
    pages = printed_pages(compiled.data, [page.shown for page in compiled.pages])
    return Detection((), ()) if any(page.is_picture for page in pages) else None


def _named(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", MAPS, ids=_named)
def test_map_is_right(path: Path, regenerate: bool) -> None:
    """No error in the map, a fill that the verifier lets pass, and the same words at the same places as before."""
    catalog = Catalog(None)
    subject = read_subject(path)
    form_map = load_form_map(path)
    blank = blank_of(form_map)
    provider = catalog.provider(form_map.provider) if catalog.has_provider(form_map.provider) else None

    compiled = None if form_map.blank.is_docx else compiled_form(blank.read_bytes(), form_map.blank.file)
    findings = check_map(subject, blank.read_bytes(), provider=provider, known_forms=_FORMS, found=_found(compiled))
    assert [f"{found.code}: {found.what}" for found in findings if found.severity == "error"] == []

    request = load_request(SCENARIO / "request.yaml")
    filled = fill_form(named_job(catalog, str(SCENARIO / "profile.yaml"), request, form=path, blank=blank))
    if compiled is None:
        return  # a Word form is read back by tests/test_docx.py
    rows = read_back(form_map, compiled, filled.data)
    golden = GOLDEN / f"{form_map.form}.json"
    if regenerate:
        golden.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert golden.is_file(), f"{golden} is missing: look at the form, then pytest tests/forms --regenerate"
    assert rows == json.loads(golden.read_text(encoding="utf-8"))


def test_id_says_where_the_map_is() -> None:
    """form_maps/<provider>/<name>.yaml is the form <provider>-<name>: the catalog finds it without reading them all."""
    assert [path for path in MAPS if load_form_map(path).form != _named(path)] == []


def test_no_golden_without_a_map() -> None:
    """A map that is taken away or renamed takes its golden with it."""
    known = {_named(path) for path in MAPS}
    assert sorted(path.name for path in GOLDEN.glob("*.json") if path.stem not in known) == []
