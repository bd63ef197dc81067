"""Tables as they come: CSV, XLSX, JSON and YAML, sound and spoilt."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formfill.errors import TableError
from formfill.tables.base import Row
from formfill.tables.read import open_table


def rows(path: Path, sheet: str | None = None) -> list[Row]:
    with open_table(path, sheet) as table:
        return list(table.rows)


def write(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def book(folder: Path, *cells: list[Any], formats: dict[str, str] | None = None) -> Path:
    path = folder / "table.xlsx"
    workbook = openpyxl.Workbook()
    for row in cells:
        workbook.active.append(row)
    for cell, number_format in (formats or {}).items():
        workbook.active[cell].number_format = number_format
    workbook.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_in_each_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    text = end.join([delimiter.join(["request", "records"]), delimiter.join(["a-1", '"Nguyễn; امینه, x"']), ""])
    mark = "\ufeff" if encoding.endswith("e") else ""
    (row,) = rows(write(tmp_path, "t.csv", (mark + text).encode(encoding)))
    assert row.cells == {"request": "a-1", "records": "Nguyễn; امینه, x"}
    assert row.line == 2


_CELLS = st.lists(
    st.tuples(*[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)] * 3)
)


@given(_CELLS, st.sampled_from(",;\t"), st.sampled_from(["utf-8-sig", "utf-16"]), st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, ...]], delimiter: str, encoding: str, end: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *cells])
    found = rows(write(tmp_path_factory.getbasetemp(), "any.csv", out.getvalue().encode(encoding)))
    assert [row.error for row in found] == [None] * len(found)
    expected = [dict(zip("abc", (cell.strip() for cell in row), strict=True)) for row in cells]
    assert [row.cells for row in found] == [
        {k: v for k, v in row.items() if v} for row in expected if any(row.values())
    ]


def test_a_csv_row_is_where_it_begins(tmp_path: Path) -> None:
    found = rows(write(tmp_path, "t.csv", 'a,b\n1,"two\nlines"\n\n3,4\n'))
    assert [(row.line, row.cells) for row in found] == [(2, {"a": "1", "b": "two\nlines"}), (5, {"a": "3", "b": "4"})]


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        (b"1,2,3", "has 3 cells where the header has 2"),
        (b"1", "has 1 cells where the header has 2"),
        (b"1,nul\0", "column 'b': holds a NUL character"),
        (b"1,Mu\xf1oz", "column 'b': not UTF-8 text"),
        (b'1,"two"three', "the quotes do not close"),
        (b"1," + b"x" * 100_001, "column 'b': a cell is longer than 100,000 characters"),
        (b"1," + b"x" * 200_001, "a cell is longer than 100,000 characters"),
    ],
)
def test_a_bad_row_does_not_stop_the_others(tmp_path: Path, spoilt: bytes, message: str) -> None:
    first, bad, last = rows(write(tmp_path, "t.csv", b"a,b\n1,2\n" + spoilt + b"\n5,6\n"))
    assert (first.cells, last.cells) == ({"a": "1", "b": "2"}, {"a": "5", "b": "6"})
    assert bad.line == 3
    assert message in str(bad.error)
    assert str(bad.error).startswith(f"{tmp_path}/t.csv:3: ")
    assert "oz" not in str(bad.error)


def test_a_quote_left_open_names_the_lines_that_it_took(tmp_path: Path) -> None:
    good, bad = rows(write(tmp_path, "t.csv", 'a,b\n1,2\n3,"4\n5,6\n7,8\n'))
    assert good.cells == {"a": "1", "b": "2"}
    assert "lines 3 to 5 were not read" in str(bad.error)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"\n \n", "is empty"),
        ("t.csv", b"a,,b\n1,2,3\n", "column 2 has no header"),
        ("t.csv", b"a,b,A\n1,2,3\n", "columns 1 and 3 are both called 'A'"),
        ("t.csv", "a,b\n".encode("utf-16-le"), "NUL characters"),
        ("t.csv", "Straße,b\n".encode("latin-1"), "not UTF-8 text"),
        ("t.csv", b"a," * 1001 + b"a", "more than 1,000 columns"),
        ("t.csv", b"\xff\xfea\0\n", "damaged UTF-16"),
        ("t.csv", b"PK\x03\x04", "XLSX file, not CSV"),
        ("t.csv", b'"a,b\n1,2\n', "quote left open"),
        ("t.xlsx", b"PK\x03\x04", "is no XLSX file"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "locked with a password"),
        ("t.xls", b"", "save it as .xlsx or CSV"),
        ("t.json", b"[", "not valid JSON"),
        ("t.json", b'[{"a": 1, "a": 2}]', "a key stands twice"),
        ("t.yaml", b"- &a {x: 1}\n- *a\n", "anchors"),
        ("t.yaml", b"\xff", "not UTF-8"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(TableError, match=message) as told:
        rows(write(tmp_path, name, data))
    assert name in str(told.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        rows(tmp_path / "none.csv")


def test_a_long_csv_is_not_held_in_memory(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", "a,b\n" + f"{'x' * 100},{'y' * 100}\n" * 50_000)
    tracemalloc.start()
    with open_table(path) as table:
        count = sum(1 for _ in table.rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 1_000_000 < path.stat().st_size


def test_xlsx_cells_are_as_people_see_them(tmp_path: Path) -> None:
    cells = ["0123", 7.0, 2.5, dt.date(1987, 3, 14), dt.datetime(2026, 1, 2, 9, 30), True, 2134, 78051120, " x "]
    path = book(
        tmp_path, list("abcdefghi"), [], cells, formats={"G3": "00000", "H3": "000\\-00\\-0000", "D3": "mm/dd/yyyy"}
    )
    (row,) = rows(path)
    assert row.line == 3
    assert list(row.cells.values()) == [
        *("0123", "7", "2.5", "1987-03-14", "2026-01-02 09:30", "true", "02134", "078-05-1120", "x")
    ]


def test_xlsx_short_rows_are_whole_and_gaps_are_counted(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b"])
    workbook.active["A1000"] = "far"
    workbook.create_sheet("Other").append(["c"])
    workbook["Other"].append(["here"])
    workbook.save(tmp_path / "t.xlsx")
    assert [(row.line, row.cells) for row in rows(tmp_path / "t.xlsx")] == [(1000, {"a": "far"})]
    assert rows(tmp_path / "t.xlsx", "Other")[0].cells == {"c": "here"}
    with pytest.raises(TableError, match="no sheet 'None'; its sheets: Sheet, Other"):
        rows(tmp_path / "t.xlsx", "None")


def test_an_xlsx_formula_without_value_or_with_an_error_spoils_its_row_alone(tmp_path: Path) -> None:
    never, fine = rows(book(tmp_path, ["a", "b"], ["x", "=1+1"], ["y", "z"]))
    assert "column 'b': a formula without its value" in str(never.error)
    assert fine.cells == {"a": "y", "b": "z"}
    path = _replaced(tmp_path / "table.xlsx", b"<v></v>", b"<v>2</v>", b"<v />", b"<v>2</v>")
    assert rows(path)[0].cells == {"a": "x", "b": "2"}


def _replaced(path: Path, *pairs: bytes, member: str = "xl/worksheets/sheet1.xml") -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            data = old.read(one)
            for before, after in zip(pairs[::2], pairs[1::2], strict=True):
                data = data.replace(before, after) if one.filename == member else data
            new.writestr(one.filename, data)
    path.write_bytes(out.getvalue())
    return path


def test_hostile_xlsx_is_refused(tmp_path: Path) -> None:
    plain = book(tmp_path, ["a"], ["b"]).read_bytes()
    entity = b'<!DOCTYPE x [<!ENTITY e "eeeeeeeeee">]><worksheet'
    row = b'<row r="2">' + b"<c/>" * 4_000_000 + b"</row></sheetData>"
    for pairs, message in [
        ((b"<worksheet", entity), "declares a document type"),
        ((b"</sheetData>", row), "a row is larger"),
        ((b"<sheetData>", b"<sheetData><<"), "no sound XLSX"),
    ]:
        (tmp_path / "table.xlsx").write_bytes(plain)
        with pytest.raises(TableError, match=message):
            rows(_replaced(tmp_path / "table.xlsx", *pairs))
    (tmp_path / "table.xlsx").write_bytes(plain)
    with zipfile.ZipFile(tmp_path / "table.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", bytes(300_000_000))
    with pytest.raises(TableError, match="would unpack to more"):
        rows(tmp_path / "table.xlsx")


def test_jsonl(tmp_path: Path) -> None:
    lines = [
        '{"zip": 95816, "no": null, "yes": true, "in": {"a": [1.5]}}', "", "{bad", "[1]", '{"a": NaN}', '{"b": "c"}',
    ]  # fmt: skip
    found = rows(write(tmp_path, "t.jsonl", "\n".join(lines)))
    assert found[0].cells == {"zip": "95816", "yes": "true", "in": {"a": ["1.5"]}}
    assert [row.line for row in found] == [1, 3, 4, 5, 6]
    assert ["not valid JSON" in str(found[1].error), "a mapping" in str(found[2].error)] == [True, True]
    assert found[-1].cells == {"b": "c"}


def test_deep_json_is_a_bad_row(tmp_path: Path) -> None:
    deep = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    bad, good = rows(write(tmp_path, "t.jsonl", f'{deep}\n{{"b": "c"}}\n'))
    assert "nested deeper" in str(bad.error)
    assert good.cells == {"b": "c"}


def test_yaml_and_json_lists(tmp_path: Path) -> None:
    found = rows(write(tmp_path, "t.yaml", "- request: a\n  records: [lab]\n\n- request: b\n- text\n"))
    assert [(row.line, row.cells) for row in found[:2]] == [
        (1, {"request": "a", "records": ["lab"]}),
        (4, {"request": "b"}),
    ]
    assert "a mapping (key: value) was expected" in str(found[2].error)
    assert rows(write(tmp_path, "t.json", json.dumps([{"a": 1}, {"a": "02"}])))[1].cells == {"a": "02"}


def test_each_file_of_a_folder_is_a_row(tmp_path: Path) -> None:
    write(tmp_path, "b.yaml", "request: b\n")
    write(tmp_path, "a.json", '{"request": "a"}')
    write(tmp_path, "c.yaml", "- x: 1\n- x: 2\n")
    write(tmp_path, "d.yaml", "x: [")
    write(tmp_path, ".hidden.yaml", "x: 1")
    write(tmp_path, "notes.txt", "not one")
    found = rows(tmp_path)
    assert [Path(row.source).name for row in found] == ["a.json", "b.yaml", "c.yaml", "d.yaml"]
    assert [bool(row.error) for row in found] == [False, False, True, True]
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match=r"has no \.yaml"):
        rows(tmp_path / "empty")
