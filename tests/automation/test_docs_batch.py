"""docs/batch.md: each command that it shows is run, and says what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from formfill.cli import main
from tests.automation.many import outcomes


def test_the_commands_of_the_page(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    page = (root / "docs/batch.md").read_text(encoding="utf-8")
    for language, name in (("csv", "export.csv"), ("yaml", "apricot.yaml")):
        (block,) = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        (tmp_path / name).write_text(block)
    commands = re.findall(r"^\$ formfill (.*)\n(?:(\d.*)\n)?", page, re.MULTILINE)
    assert len(commands) == 4
    for command, says in commands:
        arguments, _, target = command.partition(" > ")
        assert main(shlex.split(arguments)) == 0, command
        out = capsys.readouterr().out
        if target:
            (tmp_path / target).write_text(out)
        assert out.strip() == says or target
    assert outcomes(tmp_path / "outbox") == {"077": "unchanged", "078": "unchanged"}


def test_the_commands_for_clusters_and_object_stores_are_options_that_are_there(root: Path) -> None:
    """They are run in test_cluster.py and test_batch_remote.py; here, that the page writes them as they are."""
    page = (root / "docs/batch.md").read_text(encoding="utf-8")
    shown = re.findall(r"^machine-\d \$ formfill batch (.*)$", page, re.MULTILINE)
    assert len(shown) == 2
    from formfill.cli.batch import batch

    for arguments in shown:
        context = batch.make_context("batch", shlex.split(arguments))
        assert context.params["table"]
        assert context.params["out"]
