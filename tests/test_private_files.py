"""Files with patient data: together or not at all, and for their owner alone."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from formfill.errors import OutputError
from formfill.files import is_there, sweep, temporary_prefix, write_all_private, write_private


def test_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    (tmp_path / "old").write_bytes(b"old")
    files = {tmp_path / "one": b"1", tmp_path / "old": b"new", tmp_path / "two": b"2"}
    with pytest.raises(OutputError, match="two: is a folder"):
        write_all_private(files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old", "two"]
    assert (tmp_path / "old").read_bytes() == b"old"


def test_what_is_stale_goes(tmp_path: Path) -> None:
    (tmp_path / "fax.tiff").write_bytes(b"of another request")
    write_all_private({tmp_path / "packet.pdf": b"x"}, stale=[tmp_path / "fax.tiff", tmp_path / "never-there"])
    assert [path.name for path in tmp_path.iterdir()] == ["packet.pdf"]


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_only_the_owner_reads_them_and_enters_the_new_folders(tmp_path: Path) -> None:
    path = tmp_path / "new/folder/x.pdf"
    write_private(path, b"x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    write_private(tmp_path / "shared/x.pdf", b"x")
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755


def test_a_file_that_others_could_read_is_the_owners_alone_once_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["file/x.pdf", "file/deep/x.pdf"])
def test_a_file_in_the_way_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file is no folder"):
        write_private(tmp_path / name, b"x")


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_private(tmp_path / ("a" * 300), b"x")
    assert not is_there(Path.is_file, tmp_path / ("a" * 300))


def test_a_killed_writer_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    write_private(path, b"a" * 3_000_000)
    program = (
        "import sys; from pathlib import Path; from formfill.files import write_private\n"
        "while True:\n  for letter in (b'a', b'b'): write_private(Path(sys.argv[1]), letter * 3_000_000)"
    )
    for wait in (0.3, 0.37, 0.45):
        with subprocess.Popen([sys.executable, "-c", program, str(path)]) as writer:
            time.sleep(wait)
            os.kill(writer.pid, signal.SIGKILL)
        assert path.read_bytes() in (b"a" * 3_000_000, b"b" * 3_000_000)


def hanging(folder: Path, temporary: Path) -> subprocess.Popen[str]:
    """A process that hangs in the middle of writing a patient's file, with another file to convert at hand."""
    script = f"""
import os, tempfile, time
from formfill import files
tempfile.tempdir = {str(temporary)!r}
folder = tempfile.mkdtemp(prefix=files.temporary_prefix())
open(folder + "/form.docx", "w").write("Amina Rahimi")
def hang(fd):
    print("writing", flush=True)
    time.sleep(600)
os.fsync = hang
files.write_private(files.Path({str(folder / "packet.pdf")!r}), b"Amina Rahimi")
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def start_and_write(path: Path, temporary: Path) -> None:
    """What a new process does first."""
    script = "import sys; from pathlib import Path; from formfill.files import write_private\n"
    script += "write_private(Path(sys.argv[1]), b'other')"
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, env={**os.environ, "TMPDIR": str(temporary)})


def test_what_a_killed_process_left_is_swept_at_the_next_start(tmp_path: Path) -> None:
    folder, temporary = tmp_path / "out", tmp_path / "tmp"
    temporary.mkdir()
    with hanging(folder, temporary) as process:
        left = [*folder.iterdir(), *temporary.iterdir()]
        start_and_write(folder / "other.pdf", temporary)
        still = [path for path in left if path.exists()]
        process.kill()
    assert len(left) == 2
    assert still == left, "the process was at it"
    start_and_write(folder / "other.pdf", temporary)
    assert [path.name for path in folder.iterdir()] == ["other.pdf"]
    assert list(temporary.iterdir()) == []


def test_what_another_machine_writes_is_left_for_a_day(tmp_path: Path) -> None:
    fresh, old = tmp_path / ".formfill-0a1b2c3d-4711-x.tmp", tmp_path / ".formfill-0a1b2c3d-4712-x.tmp"
    for path in (fresh, old):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 90_000,) * 2)
    write_private(tmp_path / "other.pdf", b"other")
    assert fresh.exists()
    assert not old.exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells when a process began")
def test_the_number_of_a_process_may_be_used_again(tmp_path: Path) -> None:
    """What a dead process left is swept, though another has its number by now; what a live one has stays."""
    prefix = temporary_prefix()
    mine, machine_and_pid = tmp_path / f"{prefix}x.tmp", prefix.rpartition(".")[0]
    earlier = tmp_path / f"{machine_and_pid}.1-x.tmp"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        number = machine_and_pid.rpartition("-")[0] + f"-{other.pid}"
        birth = Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()[19]
        alive, ended = tmp_path / f"{number}.{birth}-x.tmp", tmp_path / f"{number}.1-x.tmp"
        for path in (mine, earlier, alive, ended):
            path.write_text("")
        sweep(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {mine.name, alive.name}
        other.kill()
        time.sleep(0.2)  # nobody has asked how it ended: its number is still taken
        sweep(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {mine.name}
