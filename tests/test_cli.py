"""The command line as a whole: help, documentation, the boundary where errors become exit codes."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

import formfill.cli
from formfill.cli import main
from formfill.errors import ExitCode, FillError


def test_every_command_is_documented(root: Path) -> None:
    made = runpy.run_path(str(root / "docs/make_commands.py"))
    assert (root / "docs/commands.md").read_text() == made["document"](), "run: python docs/make_commands.py"


def test_every_help_shows_a_worked_example(root: Path) -> None:
    made = runpy.run_path(str(root / "docs/make_commands.py"))
    for path, text in made["commands"](formfill.cli.formfill, "formfill"):
        assert re.search(rf"Example:\n +{path}( |$)", text, re.MULTILINE), f"{path} --help has no example of {path}"


def test_every_exit_code_is_documented(root: Path) -> None:
    page = (root / "docs/commands.md").read_text()
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == {int(code) for code in ExitCode}


def test_the_examples_in_help_run(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that need no file of the reader's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    (tmp_path / "formfill.yaml").write_text("")  # the ledger is in a workspace
    made = runpy.run_path(str(root / "docs/make_commands.py"))
    ran = []
    for path, text in made["commands"](formfill.cli.formfill, "formfill"):
        example = re.sub(r"\\\s+", "", text[text.index("Example:\n") :].split("\n\n")[0].split("\n", 1)[1]).split("\n")[
            0
        ]
        arguments = example.split(">")[0].split()[1:]
        needs = (
            "~",
            "pull",
            "inspect",
            "profiles/",
            "form_maps/",
            "roi-20",
            "BLANK",
            "k7qf3m",
            "formfill send",
            "formfill watch",
        )
        needs += tuple(f"profile {command}" for command in ("edit", "history", "lock", "unlock", "key", "merge"))
        if not any(own in example for own in needs):
            assert main(arguments) == 0, example
            ran.append(path)
    assert {"formfill fill", "formfill prepare", "formfill form list", "formfill schema"} <= set(ran)
    assert (tmp_path / "out/model-access-request-en.pdf").is_file()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command ``fail`` that raises what its argument says."""
    kinds = {
        "bug": KeyError("Amina Rahimi, 1987-03-14"),
        "expected": FillError("first line\nsecond line"),
        "interrupted": KeyboardInterrupt(),
    }

    @click.command()
    @click.argument("kind")
    def fail(kind: str) -> None:
        raise kinds[kind]

    module = ModuleType("failing_command")
    module.fail = fail  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "failing_command", module)
    monkeypatch.setitem(formfill.cli.formfill.lazy, "fail", "failing_command:fail")  # type: ignore[attr-defined]


@pytest.mark.usefixtures("failing")
def test_a_bug_tells_where_and_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fail", "bug"]) == 70
    said = capsys.readouterr()
    assert re.search(r"a bug in formfill: KeyError at \w+\.py:\d+", said.err)
    assert "--debug" in said.err
    assert "Amina" not in said.out + said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("failing")
def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--debug", "fail", "bug"]) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.usefixtures("failing")
def test_an_expected_failure_is_its_message_and_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fail", "expected"]) == 6
    assert capsys.readouterr().err == "formfill: first line\nformfill: second line\n"


@pytest.mark.usefixtures("failing")
def test_an_interruption_has_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fail", "interrupted"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_went_away_is_no_failure() -> None:
    program = "import sys; from formfill.cli import main; sys.exit(main(['schema', 'profile']))"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0
    assert error == b""


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["--version"], 0), (["nope"], 2), (["fill"], 2), (["schema", "x"], 2)]
)
def test_usage(arguments: list[str], code: int) -> None:
    assert main(arguments) == code


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "formfill", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("formfill, version ")
    assert subprocess.run([sys.executable, "-m", "formfill", "nope"], capture_output=True).returncode == 2


def test_help_of_one_command_imports_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    program = "import sys; from formfill.cli import main; main(['init', '--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "formfill.cli.fill" not in done.stdout.split()
    assert "formfill.cli.init" in done.stdout.split()


@pytest.mark.parametrize("what", ["profile", "provider", "request", "form-map"])
def test_schema_prints_a_json_schema(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", what]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["additionalProperties"] is False
    assert any("description" in member for member in schema["properties"].values())
