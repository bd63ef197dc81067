"""Tables of patients: what is exported comes back, also past a spreadsheet's formulas; a bad row is told."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from made_up import PROFILES

from formfill.errors import TableError
from formfill.exchange.incoming import profile_of
from formfill.exchange.outgoing import leaves, plain_keys
from formfill.exchange.table_read import read_table
from formfill.exchange.table_write import csv_table
from formfill.tables.cells import FORMULA
from formfill.tables.columns import ColumnMap
from formfill.yaml_io import dotted


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(keys=PROFILES)
def test_what_is_exported_comes_back_or_is_named(keys: dict[str, Any]) -> None:
    before = plain_keys(profile_of(keys, "made up"))
    written = csv_table([before])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.csv"
        path.write_bytes(written.data)
        (back,) = read_table(path)
    after = leaves(plain_keys(back.profile))
    gone = {dotted(path) for path, value in leaves(before).items() if after.get(path) != value}
    assert gone == set(written.lost.get(before["profile"], ()))
    for row in csv.reader(io.StringIO(written.data.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(FORMULA) for cell in row)


def test_a_formula_is_defused_and_read_back(tmp_path: Path) -> None:
    patient = {
        "given_name": '=HYPERLINK("http://x.example";"Amina")',
        "family_name": "-Rahimi",
        "birth_date": "1987-03-14",
    }
    keys = {"profile": "p", "patient": patient}
    written = csv_table([keys])
    (row,) = csv.DictReader(io.StringIO(written.data.decode("utf-8-sig")))
    assert row["patient.given_name"].startswith("'=")
    assert row["patient.family_name"] == "'-Rahimi"
    (tmp_path / "patients.csv").write_bytes(written.data)
    (back,) = read_table(tmp_path / "patients.csv")
    assert plain_keys(back.profile) == keys
    assert written.lost == {}


def test_another_programs_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Client First Name", "Client Last Name", "DOB", "Gender", "Program"])
    sheet.append(["Amina", "Rahimi", "03/14/1987", "F", "Housing"])
    sheet.append(["Mateo", "Flores", "14/03/1987", "M", "Housing"])
    book.save(tmp_path / "intake.xlsx")
    column_map = ColumnMap.model_validate(
        {
            "columns": {
                "Client First Name": "patient.given_name",
                "Client Last Name": "patient.family_name",
                "DOB": {"to": "patient.birth_date", "dates": "%m/%d/%Y"},
                "Gender": {"to": "patient.sex", "values": {"F": "female", "M": "male"}},
                "Program": "ignore",
            }
        }
    )
    good, bad = read_table(tmp_path / "intake.xlsx", column_map)
    assert good.profile.patient.birth_date.isoformat() == "1987-03-14"
    assert good.profile.patient.sex == "female"
    assert "intake.xlsx:3: column 'DOB': expected a date written %m/%d/%Y" in str(bad.error)
    assert "14/03" not in str(bad.error)


def test_a_row_that_is_wrong_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_text(
        "patient.given_name,patient.birth_date,patient.address.street,patient.address.city,patient.address.state\n"
        "Amina,1987-03-14,1 Elm Street,Oakland,Kalifornien\n"
        "Laila,1990-01-02,,,\n"
        ",,,,CA\n"
    )
    wrong, good, nobody = read_table(path)
    assert "patients.csv:2: patient.address.state: expected a state's two letters" in str(wrong.error)
    assert good.profile.patient.given_name == "Laila"
    assert "patients.csv:4" in str(nobody.error)


def test_columns_of_requests_are_told(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_text("patient.given_name,patient.birth_date,form\nAmina,1987-03-14,acme-roi-en\n")
    (one,) = read_table(path)
    assert any("not kept: form" in note for note in one.notes)
    path.write_text("form,records\nacme-roi-en,lab\n")
    (nobody,) = read_table(path)
    assert "has no column of a patient" in str(nobody.error)
    path.write_text("patient.given_nam\nAmina\n")
    with pytest.raises(TableError, match=r"did you mean patient\.given_name"):
        list(read_table(path))
