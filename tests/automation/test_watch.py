"""The drop folder: what is taken and what becomes of it, by a real watcher in processes of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pypdf
import pytest

from formfill.automation.notice import is_on_a_share
from formfill.cli import main
from formfill.store import database
from tests.automation.drop_folder import Place, check, make, request, table, with_photo_id, zipped
from tests.own_forms import PROFILE, SECRETS


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make(tmp_path / "home")


@contextmanager
def watching(place: Place, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A watcher that goes on, until it is stopped here."""
    watcher = subprocess.Popen(place.command(*more), cwd=place.home, env=place.environment(), stderr=subprocess.DEVNULL)
    try:
        yield watcher
    finally:
        watcher.kill()
        watcher.wait()


def until(true: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def test_all_kinds(place: Place) -> None:
    place.drop("form.json", request())
    place.drop("mail.yaml", request(send="mail"))
    place.drop("zip.zip", with_photo_id())
    place.drop("many.csv", table(3))
    done = place.watch()
    assert done.returncode == 0, done.stderr
    assert check(place, {"form.json", "mail.yaml", "zip.zip", "many.csv"}) == {
        "done": 4,
        "failed": 0,
        "packets": 2,
        "ledger": 2,
    }
    assert not [secret for secret in (*SECRETS, "form", "many", "test-patient") if secret in done.stderr]
    (packet,) = place.out.glob("zip-*/packet.pdf")
    assert len(pypdf.PdfReader(packet).pages) == 3  # cover, form, copy of the ID
    for path in [*place.out.rglob("*"), *place.inbox.rglob("*")]:
        if path.is_dir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        elif path.is_relative_to(place.out):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_patient_written_out_and_an_id_of_its_own(place: Place) -> None:
    patient = "profile:\n" + "".join(f"  {line}\n" for line in PROFILE.replace("Rahimi", "Karimi").splitlines())
    asked = json.loads(request(request="case-12"))
    rest = "".join(f"{key}: {json.dumps(value)}\n" for key, value in asked.items() if key != "profile")
    place.drop("July Labs.yaml", patient + rest)
    assert place.watch().returncode == 0
    text = pypdf.PdfReader(place.out / "case-12/acme-roi-en.pdf").pages[0].extract_text()
    assert "Karimi" in text


def test_a_packet_of_another_file_is_not_replaced(place: Place) -> None:
    place.drop("one.json", request(request="case-12"))
    assert place.watch().returncode == 0
    before = (place.out / "case-12/acme-roi-en.pdf").read_bytes()
    place.drop("two.json", request(request="case-12", records=["immunizations"]))
    assert place.watch().returncode == 10
    assert "case-12 is in the outbox already" in place.reason("two")
    assert (place.out / "case-12/acme-roi-en.pdf").read_bytes() == before


def test_a_mistake_is_told_with_its_line_and_the_file_can_be_dropped_again(place: Place) -> None:
    place.drop("labs.yaml", "form: acme-roi-en\nprofile: test-patient\ndelivery: pigeon\n")
    assert place.watch().returncode == 10
    said = place.reason("labs")
    assert "labs.yaml:3: delivery: unknown" in said or "labs.yaml:3: delivery[0]: unknown" in said
    assert "RequestError, exit code 4" in said
    (failed,) = (one for one in (place.inbox / "failed").iterdir() if one.suffix == ".yaml")
    assert stat.S_IMODE((place.inbox / "failed" / failed.name.replace("yaml", "reason.txt")).stat().st_mode) == 0o600
    failed.rename(place.inbox / failed.name)
    (place.inbox / failed.name).write_text(request())
    assert place.watch().returncode == 0
    assert place.kept("done") == ["labs.yaml"]  # and not labs.k7qf3m.yaml


def test_names_are_never_taken_twice(place: Place) -> None:
    for _ in range(3):
        place.drop("same.json", request())
        assert place.watch().returncode == 0
    assert place.kept("done") == ["same.json"] * 3
    assert len(list(place.out.iterdir())) == 3


def test_bad_rows_come_back_to_be_mended(place: Place) -> None:
    place.drop("july.csv", table(4, bad=[1, 3]))
    book = openpyxl.Workbook()
    for line in table(2, bad=[0]).splitlines():
        book.active.append(line.split(","))
    book.save(place.inbox / "sheet.xlsx")
    place.drop("lines.jsonl", f"{request()}\n{request(delivery='pigeon')}\n")
    assert place.watch().returncode == 10
    failed = place.inbox / "failed"
    assert place.kept("failed") == ["july.csv", "lines.jsonl", "sheet.xlsx"]
    (again,) = failed.glob("july.*.again.csv")
    assert again.read_text() == table(2, bad=[0, 1])
    (sheet,) = failed.glob("sheet.*.again.csv")
    assert sheet.read_text(encoding="utf-8-sig").splitlines() == table(1, bad=[0]).splitlines()
    (lines,) = failed.glob("lines.*.again.jsonl")
    assert [json.loads(line)["delivery"] for line in lines.read_text().splitlines()] == ["pigeon"]
    assert "2 of 4 rows could not be done" in place.reason("july")
    assert "july.csv:3: delivery" in place.reason("july")
    assert len(list(failed.glob("*.report.csv"))) == 3
    assert len(list(place.out.glob("july-*/*/acme-roi-en.pdf"))) == 2
    (place.inbox / again.name).write_text(again.read_text().replace("pigeon", "cd"))
    assert place.watch().returncode == 0
    assert place.kept("done") == ["july.csv"]


def test_only_what_is_whole_is_taken(place: Place) -> None:
    with watching(place, "--quiet-seconds", "0.6") as watcher:
        until((place.inbox / "done").exists)
        data = request()
        with (place.inbox / "slow.json").open("w") as stream:
            for i in range(0, len(data), 40):
                stream.write(data[i : i + 40])
                stream.flush()
                time.sleep(0.2)
        (place.inbox / "~$sheet.xlsx").write_text("")
        (place.inbox / "half.json.part").write_text(data[:10])
        place.drop("good.json", data)
        until(lambda: len(place.kept("done")) == 2)
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(timeout=20) == 0
    assert place.kept("failed") == []
    assert sorted(one.name for one in place.inbox.iterdir() if one.is_file()) == ["half.json.part", "~$sheet.xlsx"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_is_stopped_after_the_request_in_hand(place: Place, number: signal.Signals) -> None:
    for i in range(60):
        place.drop(f"r{i}.json", request(send="mail"))
    with watching(place, "-j", "1") as watcher:
        until(lambda: len(place.kept("done")) > 3)
        watcher.send_signal(number)
        assert watcher.wait(timeout=20) == 0
        assert main(["watch", str(place.inbox), "--status"]) == 1
    some = len(place.kept("done"))
    assert 3 < some < 60
    assert not list(place.inbox.glob(".formfill/*/*/begun"))
    assert place.watch().returncode == 0
    assert check(place, {f"r{i}.json" for i in range(60)})["ledger"] == 60


def test_a_worker_that_is_killed_costs_nothing_else(place: Place) -> None:
    with watching(place, "-j", "1") as watcher:
        until((place.inbox / "done").exists)
        place.drop("first.json", request())
        until(lambda: place.kept("done") == ["first.json"])
        for i in range(40):
            place.drop(f"r{i}.json", request(send="mail"))
        until(lambda: len(place.kept("done")) > 4)
        os.kill(_worker(watcher.pid), signal.SIGKILL)
        until(lambda: len(place.kept("done")) == 41)
        watcher.terminate()
        assert watcher.wait(timeout=20) == 0
    place.watch()
    assert check(place, {"first.json", *(f"r{i}.json" for i in range(40))})["done"] == 41


def test_links_put_in_the_place_of_files_while_they_are_taken(place: Place, tmp_path: Path) -> None:
    """A race: whoever may write into the drop folder turns what lies there into a link to what only we may read."""
    secret = tmp_path / "secret.json"
    secret.write_text(request(request="stolen"))
    chance, count = random.Random(3), 150
    with watching(place, "-j", "2") as watcher:
        until((place.inbox / "done").exists)
        for i in range(count):
            place.drop(f"r{i}.json", request())
            time.sleep(chance.uniform(0, 0.08))
            link = place.inbox / f".link{i}"
            link.symlink_to(secret)
            link.replace(place.inbox / f"r{i}.json")
        until(lambda: not list(place.inbox.glob("r*.json")), 60)
        watcher.terminate()
        assert watcher.wait(timeout=30) == 0
    assert not list(place.out.glob("stolen*"))
    refused, done = place.kept("failed"), place.kept("done")
    assert len(refused) > count // 2
    assert len(done) > 3, "no file was taken before its link came: no race"
    assert all(one.is_symlink() for one in (place.inbox / "failed").iterdir() if one.suffix != ".txt")
    print(f"{count} links in the place of files: {len(done)} files done, {len(refused)} links refused, none followed")


def test_a_table_is_stopped_between_rows_and_goes_on(place: Place) -> None:
    place.drop("many.csv", table(600))
    with watching(place, "-j", "1") as watcher:
        until(lambda: len(list(place.out.glob("many-*/many-*"))) > 5)
        place.drop("one.json", request())
        until(lambda: place.kept("done") == ["one.json"])  # a table holds up no request
        watcher.terminate()
        assert watcher.wait(timeout=30) == 0
    assert 5 < len(list(place.out.glob("many-*/many-*"))) < 600
    assert place.kept("failed") == []
    assert place.watch("-j", "2").returncode == 0
    assert check(place, {"many.csv", "one.json"})["done"] == 2
    report = json.loads(next(place.out.glob("many-*/report.json")).read_text())
    assert report["unchanged"] > 5
    assert report["unchanged"] + report["done"] == 600


def test_a_locked_workspace(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key.txt"
    assert main(["--workspace", str(place.home), "profile", "lock", "--key-file", str(key)]) == 0
    monkeypatch.setenv("FORMFILL_KEY_FILE", str(key))
    assert not (place.home / "profiles/test-patient.yaml").exists()
    place.drop("one.json", request(send="mail"))
    place.drop("many.csv", table(2))
    done = place.watch("-j", "2")
    assert done.returncode == 0, done.stderr
    assert check(place, {"one.json", "many.csv"})["packets"] == 1


@pytest.mark.parametrize("more", [[], ["--poll", "0.2"]])
def test_files_are_noticed_as_they_come(place: Place, more: list[str]) -> None:
    with watching(place, *more, "--sweep", "300"):
        until(lambda: list(place.inbox.glob(".formfill/*/status.json")))
        for number in range(3):
            place.drop(f"r{number}.json", request())
            until(lambda: len(place.kept("done")) == number + 1)  # noqa: B023
    assert set(place.kept("done")) == {"r0.json", "r1.json", "r2.json"}


def test_a_share_is_known_by_its_file_system(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/vda / ext4 rw 0 0\nserver:/x {tmp_path}/nfs nfs4 rw 0 0\n"
        f"//server/x {tmp_path}/with\\040space cifs rw 0 0\ntmpfs {tmp_path}/nfs/here tmpfs rw 0 0\n"
    )
    for name, is_share in {"": False, "nfs/inbox": True, "with space": True, "nfs/here/inbox": False}.items():
        assert is_on_a_share(tmp_path / name, mounts) == is_share, name


def _worker(watcher: int) -> int:
    """The process below the watcher that has used most of the processor."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = path.read_text().rpartition(")")[2].split() if path.exists() else []
        if fields and _ancestor(int(path.parent.name), watcher):
            found.append((int(fields[11]) + int(fields[12]), int(path.parent.name)))
    return max(found)[1]


def _ancestor(pid: int, wanted: int) -> bool:
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == wanted:
            return True
    return False


def test_what_will_not_pass_is_failed_at_once(place: Place) -> None:
    place.out.write_text("a file where the outbox should be")
    place.drop("good.json", request())
    assert place.watch().returncode == 10
    assert "outbox" in place.reason("good")  # no passing fault: at once


def test_a_locked_ledger_is_waited_for(place: Place) -> None:
    place.drop("first.json", request(send="mail"))
    assert place.watch().returncode == 0
    lock = sqlite3.connect(place.home / database.NAME, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    place.drop("other.json", request(send="mail", records=["immunizations"]))
    place.drop("form.json", request())
    with watching(place, "-j", "2", "--retries", "20") as watcher:
        until(lambda: place.kept("done") == ["first.json", "form.json"])  # one that waits holds up no other
        lock.execute("COMMIT")
        lock.close()
        until(lambda: "other.json" in place.kept("done"), 60)
        watcher.terminate()
        watcher.wait(timeout=20)
    place.watch()
    assert check(place, {"first.json", "other.json", "form.json"})["ledger"] == 2


def test_status(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["watch", str(place.inbox), "--status"]
    assert main(ask) == 1
    with watching(place) as watcher:
        place.drop("Amina Rahimi.json", request())
        place.drop("bad.json", request(delivery="pigeon"))
        until(lambda: place.kept("done") and place.kept("failed"))
        until(lambda: main([*ask, "--json"]) == 0 and '"failed": 1' in capsys.readouterr().out)
        capsys.readouterr()
        assert main([*ask, "--json"]) == 0
        (told,) = json.loads(capsys.readouterr().out)
        assert (told["state"], told["pid"], told["last_error"]) == ("running", watcher.pid, "RequestError")
        assert told["today"] == {"done": 1, "failed": 1}
        words = [value for value in told.values() if isinstance(value, str)]  # a time may have any digits in it
        assert not [secret for secret in SECRETS if secret in " ".join(words)]
        watcher.send_signal(signal.SIGSTOP)
        (status,) = place.inbox.glob(".formfill/*/status.json")
        old = json.loads(status.read_text()) | {"written": time.time() - 100}
        status.write_text(json.dumps(old))
        assert main(ask) == 1
        assert capsys.readouterr().out.startswith("stalled: ")
        watcher.kill()
        watcher.wait()
        until(lambda: main(ask) == 1 and "stopped" in capsys.readouterr().out)


def test_the_outbox_is_no_part_of_the_drop_folder(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    for out in (place.inbox / "out", place.inbox, place.home):
        assert main(["--workspace", str(place.home), "watch", str(place.inbox), "--out", str(out), "--once"]) == 8
        assert "must not be one in the other" in capsys.readouterr().err


def test_a_zip_says_what_is_wrong_with_it(place: Place) -> None:
    asked = {key: value for key, value in json.loads(request()).items() if key != "profile"}
    one = json.dumps(asked)
    bad: dict[str, tuple[dict[str, str | bytes], str]] = {
        "two": ({"a.json": one, "b.json": one}, "has 2 requests at its top"),
        "none": ({"id.jpg": b"x"}, "has 0 requests at its top"),
        "extra": ({"a.json": one, "profile.yaml": PROFILE, "id.jpg": b"x"}, "id.jpg: nobody names this file"),
        "spoilt": (
            {
                "a.json": json.dumps(asked | {"send": "mail"}),
                "profile.yaml": PROFILE.replace("patient:\n", "patient:\n  photo_id: {kind: passport, file: id.jpg}\n"),
                "id.jpg": b"no picture",
            },
            "patient.photo_id.file: id.jpg: ",
        ),
    }
    for name, (files, _) in bad.items():
        place.drop(f"{name}.zip", zipped(files))
    # as a computer zips a folder
    place.drop("folder.zip", zipped({"July/a.json": one, "July/profile.yaml": PROFILE, "__MACOSX/July/._a.json": b"x"}))
    assert place.watch().returncode == 10
    assert place.kept("done") == ["folder.zip"]
    for name, (_, says) in bad.items():
        assert says in place.reason(name)
