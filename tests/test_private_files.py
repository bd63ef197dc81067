"""Files of patients are their owner's alone, and so is every folder that is made for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from formfill.files import write_private


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_the_file_and_every_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "outbox/2026/form.pdf"
    write_private(path, b"data")
    assert path.read_bytes() == b"data"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    write_private(tmp_path / "shared/form.pdf", b"data")
    assert (tmp_path / "shared").stat().st_mode & 0o777 == 0o755


def test_an_older_file_that_others_could_read(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]
