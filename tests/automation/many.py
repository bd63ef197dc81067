"""Batches for tests: a workspace, and tables of made-up requests."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from formfill.automation.state import BatchState

ROOT = Path(__file__).resolve().parents[2]
ASKED = {
    "profile": "test-patient",
    "form": "acme-roi-en",
    "records": "lab",
    "dates": "all",
    "purpose": "personal",
    "delivery": "cd",
}
MAILED = {"send": "mail", "provider.name": "Acme Clinic", "provider.street": "1 Oak Way", "provider.city": "Oakland"}
MAILED |= {"provider.state": "CA", "provider.zip": "94607"}


def table(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """A CSV of requests: what each row says besides ASKED."""
    whole = [{**ASKED, **row} for row in rows]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(key for row in whole for key in row)))
        writer.writeheader()
        writer.writerows(whole)
    return path


def numbered(count: int) -> list[dict[str, str]]:
    """Requests with ids of their own."""
    return [{"request": f"r-{i:04}"} for i in range(count)]


def report(out: Path) -> list[dict[str, Any]]:
    """The requests of report.json."""
    found: list[dict[str, Any]] = json.loads((out / "report.json").read_text())["requests"]
    return found


def outcomes(out: Path) -> dict[str, str]:
    """What each request came to, dict[id, outcome]; each stands once."""
    rows = report(out)
    assert len({row["request"] for row in rows}) == len(rows)
    return {row["request"]: row["outcome"] for row in rows}


def kept(out: Path) -> dict[str, tuple[str, tuple[str, ...]] | None]:
    """What the state keeps as done, dict[id, digest and files]."""
    with BatchState(str(out)) as state:
        keys = [key for (key,) in state._db.execute("SELECT key FROM requests ORDER BY key")]
        return {key: state.done(key) for key in keys}


def start(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None, **more: Any
) -> subprocess.Popen[str]:
    """``formfill batch`` as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FORMFILL_HOME": str(cwd), **(env or {})}
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    command = [sys.executable, "-m", "formfill", "batch", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, env=environment, text=True, **more)
