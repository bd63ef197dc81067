"""docs/exchange.md: its commands run, on the files beside it, and what it says of them holds."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from own_forms import workspace
from terminal import at_terminal

from formfill.catalog import Catalog
from formfill.cli import main


def test_commands_of_the_page_work(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (root / "docs/exchange.md").read_text(encoding="utf-8")
    commands = [shlex.split(line)[1:] for line in re.findall(r"^    (formfill .*)$", page, re.MULTILINE)]
    assert {command[1] for command in commands} == {"new", "import", "duplicates", "merge", "export"}
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    shutil.copytree(root / "docs/exchange", tmp_path, dirs_exist_ok=True)
    shutil.copy(root / "profiles/amina-rahimi.yaml", "profiles")
    twice = Path("profiles/amina-rahimi.yaml").read_text(encoding="utf-8").replace("Amina\n", "Ameena\n", 1)
    Path("profiles/amina-rahimi-2.yaml").write_text(twice.replace("amina-rahimi", "amina-rahimi-2"), encoding="utf-8")
    out = ""
    for command in commands:
        if command[1] == "new":
            code, _ = at_terminal([sys.executable, "-m", "formfill", *command], [("First", "\x03")])
            assert code == 130
            continue
        assert main(command) == 0, command
        out += capsys.readouterr().out
    assert "contacts.vcf:1: updated: daria-bondarenko" in out, "Daryna is Daria"
    library = Catalog(tmp_path)
    child = library.profile("nadia-amari")
    assert child.patient.record_numbers == {"valley-oak": "VO-0091"}
    assert child.representative is not None
    assert child.representative.kind == "guardian"
    assert library.profile("yonas-tekle").patient.languages[0].language == "Tigrinya"
    assert "Ameena" in str(library.profile("amina-rahimi").patient.former_names)
    assert "amina-rahimi-2" not in library.profile_paths()
    assert Path("nadia.yaml").is_file()


def test_the_column_map_on_the_page_is_the_one_that_runs(root: Path) -> None:
    page = (root / "docs/exchange.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    assert shown[1] == (root / "docs/exchange/intake-columns.yaml").read_text(encoding="utf-8")
