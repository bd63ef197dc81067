"""docs/security.md: every threat names a test, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
FOLDER = re.compile(r"`tests/security/(\w+\.py)")


def document(root: Path) -> str:
    return (root / "docs/security.md").read_text(encoding="utf-8")


def test_every_named_test_exists(root: Path) -> None:
    named = NAMED.findall(document(root))
    assert len(named) > 30
    for file, test in named:
        path = root / file
        assert path.is_file(), f"docs/security.md names {file}, which is not there"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert not test or test in tests, f"docs/security.md names {file}::{test}, which is not there"


def test_every_threat_names_a_test(root: Path) -> None:
    rows = [line for line in document(root).splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    threats = [row for row in rows if not row.startswith(("| it tries", "| they try"))]
    assert len(threats) > 25
    for row in threats:
        assert NAMED.search(row), row


def test_every_file_of_security_tests_is_named(root: Path) -> None:
    here = {path.name for path in (root / "tests/security").glob("test_*.py")} - {Path(__file__).name}
    assert here <= set(FOLDER.findall(document(root)))
