"""``formfill batch``: what comes of each row, and of the same table again."""

from __future__ import annotations

import csv
import json
import os
import stat
import sys
from pathlib import Path

import openpyxl
import pypdf
import pytest
import yaml

from formfill.automation.state import BatchState
from formfill.automation.workers import local_workers
from formfill.cli import main
from formfill.errors import OutputError
from formfill.store.ledger import Ledger
from tests.automation.many import ASKED, MAILED, ROOT, kept, numbered, outcomes, report, table
from tests.own_forms import SECRETS, workspace
from tests.terminal import at_terminal


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    return tmp_path


def batch(*arguments: str) -> int:
    return main(["batch", *arguments, "--out", "out", "-j", "1"])


def test_bad_rows_do_not_stop_good_ones(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"request": "good"},
        {"request": "no-form", "form": "acme-roi-fr"},
        {"request": "no-patient", "profile": "nobody"},
        {"request": "no-record", "records": "labs"},
        {"request": "Bad Id"},
        {"request": "report.csv"},
        {"request": "good"},
        {"request": "own-profile", "profile": "", "patient.given_name": "Bo", "patient.birth_date": "1990-01-02"},
        {"request": "bad-date", "profile": "", "patient.given_name": "Bo", "patient.birth_date": "2.1.90"},
        {},
    ]
    assert batch(str(table(place / "t.csv", rows))) == 10
    found = report(place / "out")
    assert [(row["request"], row["outcome"], row["exit_code"], row["line"]) for row in found] == [
        ("good", "done", 0, 2),
        ("no-form", "failed", 3, 3),
        ("no-patient", "failed", 4, 4),
        ("no-record", "failed", 4, 5),
        ("bad id", "failed", 4, 6),
        ("report.csv", "failed", 4, 7),
        ("good", "failed", 4, 8),
        ("own-profile", "done", 0, 9),
        ("bad-date", "failed", 4, 10),
        ("t-11", "done", 0, 11),
    ]
    messages = {row["line"]: row["message"] for row in found}
    assert "did you mean lab" in messages[5]
    assert f"{place}/t.csv:8: request: good is also the id of {place}/t.csv:2" in messages[8]
    assert f"{place}/t.csv:10: patient.birth_date: expected YYYY-MM-DD" in messages[10]
    said = capsys.readouterr()
    assert "3 done, 0 unchanged, 7 failed: out/report.csv" in said.out
    text = "".join(page.extract_text() for page in pypdf.PdfReader(place / "out/own-profile/acme-roi-en.pdf").pages)
    assert "Bo" in text
    everything = said.out + said.err + (place / "out/report.csv").read_text() + (place / "out/report.json").read_text()
    assert not any(secret in everything for secret in SECRETS)
    assert {path.name for path in (place / "out").iterdir()} == {
        *("good", "own-profile", "t-11", "batch.sqlite", "report.csv", "report.json")
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in (place / "out").glob("*.*")} == {0o600}


def test_the_same_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(place / "t.csv", [*numbered(3), {"request": "bad", "profile": "nobody"}])
    assert batch(str(path)) == 10
    before = kept(place / "out")
    (place / "out/r-0001/acme-roi-en.pdf").unlink()
    table(path, [*numbered(2), {"request": "r-0002", "delivery": "usb"}, {"request": "bad"}])
    assert batch(str(path)) == 0
    assert outcomes(place / "out") == {"r-0000": "unchanged", "r-0001": "done", "r-0002": "done", "bad": "done"}
    after = kept(place / "out")
    assert before["r-0001"] == after["r-0001"] != None  # noqa: E711
    assert before["r-0002"] != after["r-0002"]
    assert (place / "out/r-0001/acme-roi-en.pdf").exists()
    capsys.readouterr()
    assert batch(str(path), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["done"], told["unchanged"], told["failed"], told["stopped"]) == (0, 4, 0, False)


def test_a_changed_profile_is_a_changed_request(place: Path) -> None:
    path = table(place / "t.csv", numbered(1))
    assert batch(str(path)) == 0
    profile = place / "profiles/test-patient.yaml"
    profile.write_text(profile.read_text().replace("Amina", "Amira"))
    assert batch(str(path)) == 0
    assert outcomes(place / "out") == {"r-0000": "done"}


def test_each_kind_of_table(place: Path) -> None:
    (place / "t.jsonl").write_text("".join(json.dumps({"request": f"j{i}", **ASKED}) + "\n" for i in range(2)))
    (place / "t.yaml").write_text(yaml.safe_dump([{"request": "y0", **ASKED, "records": ["lab"]}]))
    book = openpyxl.Workbook()
    book.active.append(["request", *ASKED])
    book.active.append(["x0", *ASKED.values()])
    book.save(place / "t.xlsx")
    (place / "asked").mkdir()
    (place / "asked/First request.yaml").write_text(yaml.safe_dump(ASKED))
    for name, ids in [("t.jsonl", ["j0", "j1"]), ("t.yaml", ["y0"]), ("t.xlsx", ["x0"]), ("asked", ["first-request"])]:
        assert batch(name) == 0
        assert outcomes(place / "out") == dict.fromkeys(ids, "done")
    digests = [one[0] for one in kept(place / "out").values() if one]
    assert len(digests) == 5


def test_a_column_map(place: Path) -> None:
    (place / "map.yaml").write_text(
        "columns:\n  First: patient.given_name\n  Born: {to: patient.birth_date, dates: '%m/%d/%Y'}\n"
        "  'Case #': request\n  Program: ignore\n"
        "constants: {form: acme-roi-en, records: lab, dates: all, purpose: personal, delivery: cd}\n"
    )
    (place / "export.csv").write_text("Case #;First;Born;Program\nA-077;Bo;1/2/1990;Housing\n")
    assert batch("export.csv", "--columns", "map.yaml") == 0
    assert outcomes(place / "out") == {"a-077": "done"}


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is empty"), ("profile,nme\na,b\n", "'nme' is no name"), ("profile,profile\n", "both called")],
)
def test_a_table_that_cannot_be_read(place: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    (place / "t.csv").write_text(text)
    assert batch("t.csv") == 4
    assert message in capsys.readouterr().err
    assert not (place / "out").exists()


def test_a_table_that_is_damaged_further_down(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(place / "t.csv", numbered(40))
    path.write_bytes(path.read_text().encode("utf-16") + b"\0")  # cut in the middle of a letter
    assert main(["batch", "t.csv", "--out", "out", "-j", "2"]) == 4
    assert "is damaged UTF-16" in capsys.readouterr().err
    assert outcomes(place / "out") == {f"r-{i:04}": "done" for i in range(40)}, "what was read is done, and reported"


def test_what_the_command_line_must_say(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "t.csv"]) == 2
    assert "--out DIR" in capsys.readouterr().err
    assert main(["batch", "none.csv", "--out", "out"]) == 4


def test_packets_are_entered_into_the_ledger_once(place: Path) -> None:
    path = table(
        place / "t.csv",
        [{"request": f"r{i}", "records": records, **MAILED} for i, records in enumerate(("lab", "vision"))],
    )
    assert batch(str(path), "--no-ledger") == 0
    assert not (place / "ledger.sqlite").exists()
    (place / "out/batch.sqlite").unlink()
    for _ in range(2):
        assert batch(str(path)) == 0
        with Ledger(place) as ledger:
            assert [one.request.folder for one in ledger.entries()] in (["out/r0", "out/r1"], ["out/r1", "out/r0"])
    (place / "out/batch.sqlite").unlink()  # as after a kill between ledger and state
    assert batch(str(path)) == 0
    with Ledger(place) as ledger:
        assert len(ledger.entries()) == 2
        ledger.verify_audit()
    assert all("was prepared before" in row["notes"][-1] for row in report(place / "out"))


def test_report_csv_is_safe_in_a_spreadsheet(place: Path) -> None:
    path = table(place / "=cmd.csv", [{"profile": "nobody"}])
    assert batch(path.name) == 10
    with (place / "out/report.csv").open(newline="", encoding="utf-8-sig") as stream:
        (row,) = csv.DictReader(stream)
    assert row["file"] == "'=cmd.csv"
    assert (row["request"], row["error"], row["line"]) == ("cmd-2", "ProfileError", "2")


def test_one_batch_at_a_time_writes_into_a_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(place / "t.csv", numbered(1))
    with BatchState(str(place / "out")):
        assert batch(str(path)) == 8
    assert "another batch is writing" in capsys.readouterr().err
    assert batch(str(path)) == 0


def test_a_state_file_of_another_program(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "out").mkdir()
    (place / "out/batch.sqlite").write_bytes(b"no database at all" * 100)
    assert batch(str(table(place / "t.csv", numbered(1)))) == 8
    assert "move it away" in capsys.readouterr().err
    (place / "out/batch.sqlite").unlink()
    (place / "out/batch.sqlite").symlink_to(place / "elsewhere")
    with pytest.raises(OutputError, match="not a link"):
        BatchState(str(place / "out"))


def test_the_template_is_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    for form in ([], ["model-access-request-en"]):
        capsys.readouterr()
        assert main(["batch", "--template", *form]) == 0
        (tmp_path / "t.csv").write_text(capsys.readouterr().out)
        assert batch("t.csv") == 0
        assert outcomes(tmp_path / "out") == {"2026-lab-001": "done"}
    assert main(["batch", "--template", "no-such-form"]) == 3


def test_several_processes(place: Path) -> None:
    path = table(place / "t.csv", [*numbered(30), {"request": "bad", "profile": "nobody"}])
    assert main(["batch", str(path), "--out", "out", "-j", "2"]) == 10
    assert outcomes(place / "out") == {f"r-{i:04}": "done" for i in range(30)} | {"bad": "failed"}
    assert len(list((place / "out").glob("r-*/acme-roi-en.pdf"))) == 30


def test_a_passphrase_is_asked_once_for_all_processes(place: Path) -> None:
    command = [sys.executable, "-m", "formfill"]
    lock = [("New passphrase", "seven made-up words\n"), ("The same again", "seven made-up words\n")]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    code, screen = at_terminal([*command, "profile", "lock", "--passphrase"], lock, env=env, cwd=place)
    assert code == 0, screen
    assert not (place / "profiles/test-patient.yaml").exists()
    path = table(place / "t.csv", numbered(10))
    batch_2 = [*command, "batch", path, "--out", "out", "-j", "2"]
    code, screen = at_terminal(batch_2, [("Passphrase of", "seven made-up words\n")], env=env, cwd=place)
    assert code == 0, screen
    assert screen.count("Passphrase of") == 1
    assert set(outcomes(place / "out").values()) == {"done"}
    code, screen = at_terminal(batch_2, [("Passphrase of", "wrong\n")], env=env, cwd=place)
    assert code != 0
    assert "not its passphrase" in screen


def test_a_terminal_has_a_bar(place: Path) -> None:
    path = table(place / "t.csv", numbered(3))
    command = [sys.executable, "-m", "formfill", "batch", path, "--out", "out", "-j", "1"]
    code, screen = at_terminal(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=place)
    assert code == 0
    assert "3/3" in screen
    assert "/s" in screen
    assert "3 done, 0 unchanged, 0 failed" in screen


def test_a_long_path_of_the_temporary_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a socket's path may be, with which processes are begun otherwise."""
    folder = place / ("t" * 100)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with local_workers(2) as workers:
        assert workers.submit(os.getpid).result() != os.getpid()
