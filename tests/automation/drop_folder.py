"""A drop folder to try things on: what is dropped there, and whether everything in it is as it should be afterwards."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from PIL import Image

from tests.automation.test_work import ASKED
from tests.own_forms import PROFILE, workspace

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Place:
    """A workspace with a drop folder, an outbox and a folder for temporary files."""

    home: Path

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def out(self) -> Path:
        return self.home / "outbox"

    @property
    def temporary(self) -> Path:
        return self.home / "tmp"

    def environment(self) -> dict[str, str]:
        """Of a process that watches."""
        kept = {name: value for name, value in os.environ.items() if name != "FORMFILL_HOME"}
        return kept | {"TMPDIR": str(self.temporary), "PYTHONPATH": str(ROOT)}

    def command(self, *more: str) -> list[str]:
        """Of a watcher that does not wait long."""
        quick = ["--quiet-seconds", "0.05", "--retry-seconds", "0.05", "--sweep", "1"]
        return [sys.executable, "-m", "formfill", "watch", "inbox", "--out", "outbox", *quick, *more]

    def watch(self, *more: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Do what is there, and end."""
        return subprocess.run(
            self.command("--once", *more),
            cwd=self.home,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def drop(self, name: str, data: str | bytes) -> None:
        """Put a file there as a program does that knows how: under another name first."""
        part = self.inbox / f".{name}.part"
        part.write_bytes(data.encode() if isinstance(data, str) else data)
        part.rename(self.inbox / name)

    def kept(self, folder: str) -> list[str]:
        """What lies in done/ or failed/ without what was put beside it, by the names that it was dropped as."""
        path = self.inbox / folder
        names = [one.name for one in path.iterdir()] if path.is_dir() else []
        return sorted(_dropped_as(name) for name in names if len(name.split(".")) == 3)

    def reason(self, stem: str) -> str:
        """Why a file failed."""
        (path,) = (self.inbox / "failed").glob(f"{stem}.*.reason.txt")
        return path.read_text()


def make(folder: Path) -> Place:
    place = Place(workspace(folder))
    for one in (place.inbox, place.temporary):
        one.mkdir()
    return place


def request(**keys: object) -> str:
    """A request for the saved profile, as JSON."""
    return json.dumps({"profile": "test-patient", **ASKED, **keys})


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def with_photo_id() -> bytes:
    """A zip of a request by mail, its patient and a photo ID."""
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(picture, "JPEG")
    named = PROFILE.replace("patient:\n", "patient:\n  photo_id: {kind: passport, file: id.jpg}\n")
    asked = {key: value for key, value in json.loads(request(send="mail")).items() if key != "profile"}
    return zipped({"request.json": json.dumps(asked), "profile.yaml": named, "id.jpg": picture.getvalue()})


def table(rows: int, bad: Sequence[int] = ()) -> str:
    """A CSV; the rows of ``bad`` (from 0) ask for a delivery that nobody knows."""
    head = "profile,form,records,dates,purpose,delivery\n"
    return head + "".join(
        f"test-patient,acme-roi-en,lab,all,personal,{'pigeon' if i in bad else 'cd'}\n" for i in range(rows)
    )


def check(place: Place, dropped: set[str]) -> dict[str, int]:
    """Everything that was dropped is in done/ or failed/, once; every packet is whole; nothing is left over.

    ``dropped`` are names with other stems each. Returns how many there are of what.
    """
    done, failed = place.kept("done"), place.kept("failed")
    assert Counter([*done, *failed]) == Counter(dropped)
    ours = {"done", "failed", ".formfill"}
    assert {one.name for one in place.inbox.iterdir()} <= ours, list(place.inbox.iterdir())
    assert not [one for one in (place.inbox / ".formfill").glob("*/*") if one.is_dir()]
    left = [one for one in place.temporary.rglob("*") if one.is_file()]
    left += [*place.home.rglob(".formfill-*"), *place.home.rglob("*.tmp")]
    assert not left, left
    reasons = {_dropped_as(one.name[: -len("reason.txt")]) for one in (place.inbox / "failed").glob("*.reason.txt")}
    assert reasons == {f"{Path(name).stem}." for name in failed}
    _check_tables(place)
    packets = _packets(place, [name for name in done if Path(name).suffix != ".csv"])
    entries = _ledger(place)
    assert Counter(entries) == Counter(f"outbox/{name}" for name in packets)
    return {"done": len(done), "failed": len(failed), "packets": len(packets), "ledger": len(entries)}


def _check_tables(place: Place) -> None:
    """Each row of each table that ended has a form, or is in the file of those that failed."""
    for path in [*place.inbox.glob("done/*.csv"), *place.inbox.glob("failed/*.csv")]:
        stem, token, *more = path.name.split(".")
        if len(more) == 1:
            rows = len(path.read_text().splitlines()) - 1
            forms = len(list(place.out.glob(f"{stem}-{token}/*/acme-roi-en.pdf")))
            reason = "".join(one.read_text() for one in place.inbox.glob(f"failed/{stem}.{token}.reason.txt"))
            if "WorkerDied" in reason:
                continue  # a test that kills workers may kill one twice over the same table
            again = list(place.inbox.glob(f"failed/{stem}.{token}.again.csv"))
            failed = sum(len(one.read_text().splitlines()) - 1 for one in again)
            assert forms + failed == rows, (path, reason)
            assert bool(failed) == (path.parent.name == "failed")


def _packets(place: Place, done: list[str]) -> list[str]:
    """The folders with a packet by mail; every PDF opens, and has the hash that the manifest says."""
    there = place.out.iterdir() if place.out.exists() else []
    folders = [one for one in there if not (one / "batch.sqlite").exists()]
    assert Counter(one.name.rpartition("-")[0] for one in folders) == Counter(Path(name).stem for name in done)
    packets = []
    for folder in [*folders, *(one.parent for one in place.out.glob("*/*/acme-roi-en.pdf"))]:
        files = [one for one in folder.iterdir() if one.is_file()]
        for path in files:
            if path.suffix == ".pdf":
                with pikepdf.open(path) as pdf:
                    assert len(pdf.pages) > 0
        manifest = folder / "manifest.json"
        if manifest.exists():
            said = {one["name"]: one["sha256"] for one in json.loads(manifest.read_bytes())["files"]}
            real = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in files if one != manifest}
            assert said == real
            packets.append(folder.name)
        else:
            assert [one.name for one in files] == ["acme-roi-en.pdf"]
    return packets


def _ledger(place: Place) -> list[str]:
    path = place.home / "ledger.sqlite"
    if not path.exists():
        return []
    db = sqlite3.connect(path)
    try:
        return [folder for (folder,) in db.execute("SELECT folder FROM requests")]
    finally:
        db.close()


def _dropped_as(name: str) -> str:
    """``july.k7qf3m.yaml`` was july.yaml."""
    stem, _, ending = name.rsplit(".", 2)
    return f"{stem}.{ending}"
