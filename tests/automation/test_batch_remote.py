"""A table and an outbox in an object store: moto's server, which speaks S3."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.automation.many import MAILED, numbered, start, table
from tests.own_forms import workspace

boto3 = pytest.importorskip("boto3")
pytest.importorskip("s3fs")
pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """moto's server in a process of its own, and what points S3 there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            _until_it_answers(port, server)
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "made-up",
                "AWS_SECRET_ACCESS_KEY": "made-up",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
        finally:
            server.terminate()


def _until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("moto's server did not start")


@pytest.fixture
def s3(environment: dict[str, str]) -> Iterator[object]:
    client = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="records")
    yield client
    for one in client.list_objects_v2(Bucket="records").get("Contents", []):
        client.delete_object(Bucket="records", Key=one["Key"])
    client.delete_bucket(Bucket="records")
    client.close()


def run(cwd: Path, environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = start(*arguments, cwd=cwd, env={**environment, "TMPDIR": str(cwd / "tmp")})
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def keys(s3: object) -> set[str]:
    return {one["Key"] for one in s3.list_objects_v2(Bucket="records").get("Contents", [])}  # type: ignore[attr-defined]


def body(s3: object, key: str) -> bytes:
    return bytes(s3.get_object(Bucket="records", Key=key)["Body"].read())  # type: ignore[attr-defined]


def test_table_and_outbox_in_s3(tmp_path: Path, environment: dict[str, str], s3: object) -> None:
    place = workspace(tmp_path)
    (place / "tmp").mkdir()
    rows = [{**row, **MAILED} for row in numbered(3)]
    path = table(tmp_path / "t.csv", [*rows, {"request": "bad", "profile": "nobody"}])
    s3.upload_file(str(path), "records", "in/t.csv")  # type: ignore[attr-defined]
    code, out, err = run(place, environment, "s3://records/in/t.csv", "--out", "s3://records/out", "-j", "2")
    assert code == 10, err
    assert "3 done, 0 unchanged, 1 failed: s3://records/out/report.csv" in out
    packets = {f"out/r-000{i}/{name}" for i in range(3) for name in ("packet.pdf", "checklist.pdf", "manifest.json")}
    assert packets | {"out/batch.sqlite", "out/report.csv", "out/report.json", "in/t.csv"} == keys(s3)
    assert body(s3, "out/r-0000/packet.pdf").startswith(b"%PDF")
    report = json.loads(body(s3, "out/report.json"))
    assert [row["outcome"] for row in report["requests"]] == ["done", "done", "done", "failed"]
    assert report["requests"][0]["folder"] == "s3://records/out/r-0000"

    code, out, err = run(place, environment, "s3://records/in/t.csv", "--out", "s3://records/out", "-j", "1")
    assert "0 done, 3 unchanged, 1 failed" in out, err
    (tmp_path / "state").write_bytes(body(s3, "out/batch.sqlite"))
    state = sqlite3.connect(tmp_path / "state")
    assert state.execute("SELECT count(*) FROM requests").fetchone() == (4,)
    state.close()
    assert list((place / "tmp").iterdir()) == [], "no copy of the state is left on this machine"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["s3://records/none.csv", "--out", "s3://records/out"], 4, "s3://records/none.csv: no such file"),
        (["t.csv", "--out", "s3://no-such-bucket/out"], 8, "s3://no-such-bucket/out"),
        (["t.csv", "--out", "gopher://records/out"], 8, "gopher"),
    ],
)
def test_what_is_not_there(
    tmp_path: Path, environment: dict[str, str], s3: object, arguments: list[str], code: int, message: str
) -> None:
    place = workspace(tmp_path)
    (place / "tmp").mkdir()
    table(place / "t.csv", numbered(1))
    found, _, err = run(place, environment, *arguments)
    assert found == code, err
    assert message in err
    assert "Traceback" not in err
