"""A draft is held to its own check: what the check calls an error is left for a person, with the reason."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from builders import Blank
from own_forms import PRINT, flat, form_map

from formfill.draft.check import drafted_subject, place_errors, read_subject
from formfill.draft.check_draft import without_errors
from formfill.draft.detect import detect
from formfill.draft.draft import draft_map
from formfill.draft.facts import Detection
from formfill.model.form_map import FormMap
from formfill.pdf.compile import compile_blank
from formfill.pdf.compiled import CompiledForm

NAME = '  - {value: patient.full_name, page: 1, box: [125, 98, 330, 112], label: "Patient name:"}\n'


def compiled(data: bytes) -> CompiledForm:
    return compile_blank(data, hashlib.sha256(data).hexdigest(), "the blank")


def made(data: bytes, places: str, tmp_path: Path) -> FormMap:
    path = tmp_path / "map.yaml"
    path.write_text(form_map(data, NAME + places))
    return read_subject(path).form_map


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ('value: records.lab, page: 1, box: [55, 130, 65, 140], label: "HIV results"', "sensitive-box"),
        ('value: sensitive.hiv, page: 1, box: [55, 130, 65, 140], label: "HIV and STDs"', "combined-box"),
        ('value: sensitive.hiv, page: 1, box: [55, 130, 65, 140], label: "Do NOT release HIV"', "polarity"),
        ('value: patient.first_name, page: 1, box: [110, 238, 300, 252], label: "Signature:"', "signing-filled"),
        ('value: patient.mrn, page: 1, box: [200, 98, 400, 112], label: "Record number"', "overlap"),
        ('value: patient.mrn, page: 1, box: [425, 98, 435, 108], label: "Record number"', "text-in-check"),
        ('value: patient.mrn, page: 1, box: [425, 98, 540, 102], label: "Record number"', "too-small"),
        ('value: patient.mrn, page: 1, box: [425, 98, 640, 112], label: "Record number"', "outside-page"),
        ("value: records.lab, field: Text", "check-in-text"),
    ],
)
def test_a_place_with_an_error_is_left_and_says_why(place: str, code: str, tmp_path: Path) -> None:
    blank = Blank()
    blank.text("Text", (72, 500, 300, 520))
    data = blank.save()
    form, nothing = compiled(data), Detection((), ())
    drafted = made(data, f"  - {{{place}}}\n", tmp_path)
    told = [finding.code for finding in place_errors(drafted_subject(drafted, form, nothing))]
    assert told == [code]
    mended, reasons = without_errors(drafted, form, nothing)
    assert [one.leave for one in mended.fields] == [None, "unknown"]
    assert list(reasons) == [1]
    assert reasons[1].startswith(f"read as {drafted.fields[1].value}; {code}: ")


def test_a_box_that_is_left_stays_a_box(tmp_path: Path) -> None:
    data = flat()
    places = (
        '  - {value: sensitive.hiv and sensitive.std, page: 1, box: [55, 130, 65, 140], label: "HIV, STDs, genetic"}\n'
    )
    form = compiled(data)
    mended, _ = without_errors(made(data, places, tmp_path), form, detect(form))
    assert (mended.fields[1].leave, mended.fields[1].kind) == ("unknown", "check")


def test_what_is_right_stays_as_it_is(tmp_path: Path) -> None:
    data = flat()
    places = '  - {value: records.lab, page: 1, box: [55, 130, 65, 140], label: "Laboratory results"}\n'
    drafted, form = made(data, places, tmp_path), compiled(data)
    assert without_errors(drafted, form, detect(form)) == (drafted, {})


def test_a_line_that_runs_off_the_page_is_cut_at_its_edge() -> None:
    rule = "#line(length: 300pt, stroke: 0.5pt)"
    data = flat((*PRINT, ("Medical record number:", 330, 300), (rule, 450, 310)))
    detected = [spot.box for spot in detect(compiled(data)).spots if spot.box[2] > 620]
    assert detected, "the place is found with all of its line"
    draft = draft_map(data, form="acme-roi-en", provider="acme", file="acme/roi-en.pdf")
    (place,) = [place for place in draft.form_map.fields if place.box and 285 < place.box[1] < 315]
    assert place.box is not None
    assert place.box[2] == 612
