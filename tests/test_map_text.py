"""The map writer: every map that ships, and maps full of awkward texts, load to an equal map again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from formfill import yaml_io
from formfill.catalog import shipped_library
from formfill.draft.map_text import map_text
from formfill.errors import FormMapError
from formfill.model.base import validate
from formfill.model.form_map import Blank, FormMap, Piece, Place, load_form_map

MAPS = sorted(p for p in (shipped_library() / "form_maps").glob("*/*.yaml") if p.name != "provider.yaml")
BLANK = Blank(file="clinic/roi.pdf", sha256="0" * 64)
BOX = (72.0, 100.0, 200.0, 112.0)


def read(text: str) -> FormMap:
    return validate(FormMap, yaml_io.loads(text, "written", FormMapError), FormMapError)


def form(*places: Place, **keys: object) -> FormMap:
    return FormMap(form="clinic-roi", title="Release", provider="clinic", blank=BLANK, fields=places, **keys)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", MAPS, ids=[f"{path.parent.name}-{path.stem}" for path in MAPS])
def test_every_map_loads_again(path: Path) -> None:
    form_map = load_form_map(path)
    comments = dict.fromkeys(range(len(form_map.fields)), "moved: 3 points down")
    text = map_text(form_map, comments, "A draft: look at it\nSecond line", sections={0: "Patient"}, footer="Gone: #1")
    assert read(text) == form_map
    # another reader of YAML sees the same keys
    assert len(yaml.safe_load(text)["fields"]) == len(form_map.fields)
    assert all(
        len(line) <= 120 for line in text.splitlines() if not re.search("field: |label: |option: |title: ", line)
    )


def test_it_is_written_as_a_person_would() -> None:
    places = (
        Place(value="patient.full_name", page=1, box=(72, 100.25, 200, 112), label="Name: #1", at=BOX, confidence=0.5),
        Place(leave="unknown", kind="check", field="Box 1", widget=2, label="Yes"),
        Place(value="{{ patient.last_name }}", page=2, boxes=(BOX, BOX), when="recipient.self", note="odd"),
        Place(value="patient.birth_date", page=1, pieces=(Piece(part="month", box=BOX), Piece(part="year", box=BOX))),
    )
    text = map_text(form(*places), {1: "what is it?"}, "A draft.", sections={2: "Second page"})
    expected = f"""\
# A draft.
form: clinic-roi
title: Release
provider: clinic
language: en
instrument: authorization
blank:
  file: clinic/roi.pdf
  sha256: {"0" * 64}
fields:
  - value: patient.full_name
    page: 1
    box: [72.0, 100.25, 200.0, 112.0]
    label: "Name: #1"
    at: [72.0, 100.0, 200.0, 112.0]
    confidence: 0.5
  # what is it?
  - leave: unknown
    kind: check
    field: Box 1
    widget: 2
    label: "Yes"

  # Second page
  - value: "{{{{ patient.last_name }}}}"
    page: 2
    boxes:
      - [72.0, 100.0, 200.0, 112.0]
      - [72.0, 100.0, 200.0, 112.0]
    when: recipient.self
    note: "odd"
  - value: patient.birth_date
    page: 1
    pieces:
      - {{part: month, box: [72.0, 100.0, 200.0, 112.0]}}
      - {{part: year, box: [72.0, 100.0, 200.0, 112.0]}}
"""
    assert text == expected


def test_a_map_without_places() -> None:
    assert read(map_text(form())).fields == ()


@pytest.mark.parametrize(
    "text",
    [
        *("null", "~", "yes", "No", "2022", "06/2022", "0e1", "- a", "a: b", "a #b", "# a"),
        *("[a", "{a", "*a", "&a", "!a"),
        *('say "x"', "it's", "back\\slash", "two\nlines", "tab\there", "nbsp\u00a0in", "\uf06f box", "line\u2028sep"),
        *("\U0001f600", "a:", "%a", "@a", "`a`", "| a", "> a", "? a", "Ñandú", "x" * 300, "word " * 60 + "end"),
    ],
)
def test_awkward_texts(text: str) -> None:
    place = Place(value="patient.full_name", field=text, label=text, note=text, option=text, format=text)
    part = Place(value="patient.phone", pieces=(Piece(part="area", field=text),))
    form_map = form(place, part, notes=text, form_number=text)
    assert read(map_text(form_map, {0: text}, text, sections={1: text}, footer=text)) == form_map


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip() and text.isprintable()))
def test_any_text(text: str) -> None:
    form_map = form(Place(value="patient.full_name", field=text, label=text, note=text), notes=text)
    assert read(map_text(form_map, {0: text}, text)) == form_map


def test_long_notes_are_folded_and_read_back() -> None:
    note = "Without dates the last two years are sent: " + "and so on # " * 30 + "end"
    form_map = form(Place(value="patient.full_name", page=1, box=BOX, note=note), notes=note)
    text = map_text(form_map)
    assert "notes: >-" in text
    assert all(
        len(line) <= 120 for line in text.splitlines() if not re.search("field: |label: |option: |title: ", line)
    )
    assert read(text) == form_map
