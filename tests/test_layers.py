"""Imports point down only: a lower layer never imports a higher one, not even inside a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

#: From the top down. A module belongs to the layer with the longest prefix of its name; names in one layer may
#: import each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("formfill.__main__",),
    ("formfill.cli", "formfill.desk"),
    ("formfill.automation",),
    ("formfill", "formfill.api"),  # fill in three lines of Python
    ("formfill.trial",),
    ("formfill.job", "formfill.entering", "formfill.purging"),
    ("formfill.letters", "formfill.letter_page", "formfill.advise"),
    ("formfill.policy", "formfill.policy_people", "formfill.policy_case"),
    ("formfill.packet",),
    ("formfill.channels",),
    ("formfill.draft",),
    ("formfill.fill",),
    ("formfill.verify", "formfill.verify_docx"),
    ("formfill.resolve",),
    ("formfill.values", "formfill.gathered", "formfill.asked", "formfill.parties"),
    ("formfill.expressions", "formfill.writings"),
    ("formfill.fill.base",),  # the contract between resolve, the backends and verify
    ("formfill.drift", "formfill.drift_fields"),
    ("formfill.witness",),
    ("formfill.catalog", "formfill.pull"),
    ("formfill.exchange",),
    ("formfill.store",),
    ("formfill.tables",),
    ("formfill.model",),
    ("formfill.pdf",),
    ("formfill.yaml_io", "formfill.yaml_edit", "formfill.files", "formfill.remote", "formfill.zips"),
    ("formfill.errors", "formfill.version"),
)
PACKAGE = Path(__file__).resolve().parent.parent / "formfill"


def rank(module: str) -> int:
    """The layer's number from the top; the longest prefix decides."""
    found = [(len(name), i) for i, names in enumerate(LAYERS) for name in names if _is_in(module, name)]
    if not found:
        raise AssertionError(f"{module} belongs to no layer: add it to LAYERS")
    return max(found)[1]


def _is_in(module: str, layer: str) -> bool:
    return module == layer or (layer != "formfill" and module.startswith(layer + "."))


def imports(path: Path, module: str) -> Iterator[tuple[int, str]]:
    """Every module of formfill that a file imports, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "formfill":
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            base = node.module or ""
            if base.split(".")[0] == "formfill":
                for alias in node.names:
                    inner = f"{base}.{alias.name}"
                    is_module = _file(inner) is not None
                    if inner != "formfill.__version__":
                        yield node.lineno, inner if is_module else base


def _file(module: str) -> Path | None:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def modules() -> list[tuple[str, Path]]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


@pytest.mark.parametrize(("module", "path"), modules(), ids=[name for name, _ in modules()])
def test_imports_point_down(module: str, path: Path) -> None:
    own = rank(module)
    for line, imported in imports(path, module):
        assert rank(imported) >= own, f"{path}:{line}: {module} imports {imported}, which stands above it"


@pytest.mark.parametrize(("module", "path"), modules(), ids=[name for name, _ in modules()])
def test_modules_stay_small(module: str, path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, f"{path}: over 400 lines: it has two purposes"
