"""What columns mean: names of ours, concepts, and column maps."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from formfill.catalog import Catalog
from formfill.errors import FormfillError, TableError
from formfill.model.profile import parse_profile
from formfill.model.request import parse_request
from formfill.model.vocabulary import vocabulary
from formfill.tables.base import Row
from formfill.tables.columns import ColumnMap, Columns, load_column_map
from formfill.tables.names import known_names, target_of
from formfill.tables.template import template, template_for
from formfill.values import placed_concepts
from formfill.yaml_io import from_keys


def read(columns: Columns | None = None, /, **cells: Any) -> tuple[Any, Any]:
    named = {name.replace("__", "."): value for name, value in cells.items()}
    reading = (columns or Columns()).read(Row("t.csv", 14, named))
    return reading.request.data, reading.profile.data if reading.profile else None


def refused(columns: Columns | None = None, /, **cells: Any) -> str:
    with pytest.raises(TableError) as told:
        read(columns, **cells)
    return str(told.value)


def test_keys_of_requests_and_profiles() -> None:
    request, profile = read(
        **{
            "request": "r-1",
            "profile": "test-patient",
            "records": "lab, immunizations",
            "dates.from": "2021-01-15",
            "purpose": "personal; other:school form, with stamp",
            "delivery": "cd",
            "recipients.caseworker.name": "Elena Marsh",
            "patient.given_name": "Amina",
            "patient.languages.interpreter": "x",
            "patient.languages": "Dari; English",
            "patient.record_numbers.valley-oak": "00123",
            "patient.former_names": "Rahimi, Amina; Karimi, A.",
        }
    )
    assert request == {
        "request": "r-1",
        "profile": "test-patient",
        "records": ["lab", "immunizations"],
        "dates": {"from": "2021-01-15"},
        "purpose": ["personal", {"other": "school form, with stamp"}],
        "delivery": ["cd"],
    }
    assert profile == {
        "profile": "test-patient",
        "recipients": {"caseworker": {"name": "Elena Marsh"}},
        "patient": {
            "given_name": "Amina",
            "languages": [{"language": "Dari", "interpreter": "true"}, {"language": "English"}],
            "record_numbers": {"valley-oak": "00123"},
            "former_names": ["Rahimi, Amina", "Karimi, A."],
        },
    }


def test_concepts_that_say_one_thing() -> None:
    request, profile = read(
        **{
            "patient.zip": "02134",
            "patient.phone": "(916) 555-0142",
            "records.lab": "X",
            "records.vision": "no",
            "records.other_text": "growth chart",
            "sensitive.hiv": "1",
            "request.dates_all": "yes",
            "request.fee_limit": "$25",
            "delivery.pickup": "✓",
        }
    )
    assert request == {
        "records": ["lab", {"other": "growth chart"}],
        "sensitive": ["hiv"],
        "dates": "all",
        "fee_limit": "$25",
        "delivery_by": "pickup",
    }
    assert profile == {"patient": {"address": {"postal_code": "02134"}, "phones": {"mobile": "(916) 555-0142"}}}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("all", "all"),
        ("2021-01-15/2025-06-30", {"from": "2021-01-15", "to": "2025-06-30"}),
        ("2021-01-15/..", {"from": "2021-01-15"}),
    ],
)
def test_dates_as_the_ledger_writes_them(written: str, meant: Any) -> None:
    assert read(dates=written)[0] == {"dates": meant}


def test_every_concept_is_a_column_or_says_what_to_write_instead() -> None:
    for concept in vocabulary().concepts:
        said = ""
        try:
            target_of(concept, "t.csv")
        except TableError as exc:
            said = str(exc)
        if said and "written by hand" not in said:
            instead = said.partition(": write ")[2].split(", with")[0].split(", ")
            assert [target_of(name.replace("PROVIDER", "acme"), "t.csv") for name in instead], said


def test_every_name_leads_into_the_models() -> None:
    """No name sets a key that the model of a request or a profile does not know."""
    for name, target in known_names().items():
        cell = {"check": "x", "flag": "yes"}.get(target.kind, "1987-03-14")
        reading = Columns().read(Row("t.csv", 2, {name.replace("*", "acme"): cell}))
        document = reading.profile if target.of == "profile" else reading.request
        assert document is not None
        said = ""
        try:
            parse_profile(document) if target.of == "profile" else parse_request(document)
        except FormfillError as exc:
            said = str(exc)
        assert "unknown key" not in said


def test_names_that_nobody_knows() -> None:
    assert "did you mean patient.given_name" in refused(**{"patient.givenname": "A"})
    assert "write patient.given_name, patient.additional_name" in refused(**{"patient.full_name": "A B"})
    assert "has keys of its own: write patient.phones.mobile" in refused(**{"patient.phones": "1"})
    assert "t.csv:14: column 'records.lab': expected x" in refused(**{"records.lab": "Amina"})
    assert "not the same" in refused(**{"patient.zip": "1", "patient.address.postal_code": "2"})
    assert "two columns say provider" in refused(**{"provider": "acme", "provider.name": "Acme"})
    problems = refused(**{"nme": "A", "records.lab": "perhaps"}).splitlines()
    assert len(problems) == 2


def test_what_yaml_and_json_have_below_a_key() -> None:
    request, profile = read(
        records=["lab", {"other": "x-ray, left"}],
        dates={"from": "2021-01-15"},
        patient={"given_name": "Amina", "insurance": [{"payer": "A"}, {"payer": "B"}]},
    )
    assert request == {"records": ["lab", {"other": "x-ray, left"}], "dates": {"from": "2021-01-15"}}
    assert profile == {"patient": {"given_name": "Amina", "insurance": [{"payer": "A"}, {"payer": "B"}]}}


MAP = """\
columns:
  Client First Name: patient.given_name
  Client Last Name: patient.family_name
  DOB: {to: patient.birth_date, dates: "%m/%d/%Y"}
  Gender: {to: patient.sex, values: {F: female, M: male}}
  "Case #": request
  Program: ignore
constants: {delivery: cd, send: fax, dates: {from: 2020-01-01}}
"""


@pytest.fixture
def mapped(tmp_path: Path) -> Columns:
    (tmp_path / "map.yaml").write_text(MAP)
    return Columns(load_column_map(tmp_path / "map.yaml"), "map.yaml")


def test_a_column_map(mapped: Columns) -> None:
    headers = ["Client  first name", "Client Last Name", "DOB", "Gender", "Case #", "Program", "records"]
    mapped.check(headers, "t.csv:1")
    cells = dict(zip(headers, ["Amina", "Rahimi", "3/14/1987", "f", "a-7", "Housing", "lab"], strict=True))
    request, profile = read(mapped, **cells)
    assert profile == {
        "patient": {"given_name": "Amina", "family_name": "Rahimi", "birth_date": "1987-03-14", "sex": "female"}
    }
    assert request == {
        "request": "a-7", "records": ["lab"], "delivery": ["cd"], "send": "fax", "dates": {"from": "2020-01-01"},
    }  # fmt: skip
    assert read(mapped, delivery="usb")[0]["delivery"] == ["usb"]


def test_what_a_column_map_does_not_say(mapped: Columns) -> None:
    with pytest.raises(TableError) as told:
        mapped.check(["DOBB", "Gender"], "t.csv:1")
    assert "'DOBB' is no name that formfill knows" in str(told.value)
    assert "there is no column 'DOB', which the column map names; did you mean DOBB?" in str(told.value)
    assert refused(mapped, Gender="Amina") == (
        "t.csv:14: column 'Gender': the cell is none that the column map knows: f, m"
    )
    assert "expected a date written %m/%d/%Y" in refused(mapped, DOB="1987-03-14")
    assert "1987" not in refused(mapped, DOB="1987-03-14")
    with pytest.raises(TableError, match=r"map\.yaml: columns: X: 'patient\.nme' is no name"):
        Columns(ColumnMap.model_validate({"columns": {"X": "patient.nme"}}), "map.yaml")


def test_unknown_columns_may_be_ignored() -> None:
    columns = Columns(ColumnMap(others="ignore"))
    columns.check(["Program", "records"], "t.csv:1")
    assert read(columns, Program="Housing", records="lab") == ({"records": ["lab"]}, None)


def test_defused_cells_are_undone_where_the_map_says_so() -> None:
    assert read(notes="'=1+1")[0] == {"notes": "'=1+1"}
    assert read(Columns(ColumnMap(defused=True)), notes="'=1+1")[0] == {"notes": "=1+1"}


def test_the_templates_are_read_again(tmp_path: Path) -> None:
    library = Catalog(None)
    texts = [template()]
    for form_map in library.outlines():
        whole = library.form_map(form_map.form)
        texts.append(template_for(whole.form, "acme", placed_concepts(whole)))
    for text in texts:
        header, example = csv.reader(io.StringIO(text))
        reading = Columns().read(Row("t.csv", 2, {k: v for k, v in zip(header, example, strict=True) if v}))
        parse_request(reading.request)
        if reading.profile:
            parse_profile(from_keys({"profile": "made-up", **reading.profile.data}, "t.csv:2"))
        Columns().check([name.replace("PROVIDER", "acme") for name in header], "t.csv:1")
