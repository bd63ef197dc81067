"""Fixtures that all tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# a shell's background job is deaf to Ctrl-C, and what it starts inherits that: the tests that type Ctrl-C need ears
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real forms, which is no part of the repository."""
    folder = Path(os.environ.get("FORMFILL_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not (folder / "INDEX.csv").is_file():
        pytest.skip("no corpus of real forms here: set FORMFILL_CORPUS to its folder")
    return folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test run compiles for itself, and leaves the person's own cache alone."""
    monkeypatch.setenv("FORMFILL_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
