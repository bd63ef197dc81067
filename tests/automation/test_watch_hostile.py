"""Hostile and broken things dropped together with good ones: each is refused with its reason, the good ones done."""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from formfill.automation.inbox import Dropped, Inbox, Quiet, is_temporary, kept_name, request_id
from formfill.automation.unpack import unpack
from formfill.errors import FormfillError, RequestError
from tests.automation.drop_folder import Place, make, request, with_photo_id, zipped
from tests.own_forms import PROFILE


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make(tmp_path / "home")


def locked_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out, encryption=pikepdf.Encryption(owner="x", user="y"))
    return out.getvalue()


def with_attachment(data: bytes, name: str = "id.pdf") -> bytes:
    asked = '{"form": "acme-roi-en", "records": "lab", "dates": "all", "purpose": "personal", "delivery": "cd", '
    asked += '"send": "mail", "provider": {"name": "Acme", "address": {"street": "1 Oak Way", "city": "Oakland", '
    asked += '"state": "CA", "postal_code": "94607"}}}'
    patient = PROFILE.replace("patient:\n", f"patient:\n  photo_id: {{kind: passport, file: {name}}}\n")
    return zipped({"request.json": asked, "profile.yaml": patient, name: data})


#: What is dropped, by name, and a part of why it is refused.
FILES: dict[str, tuple[bytes, str]] = {
    "latin1.yaml": ("form: acme-roi-en\nnotes: José\n".encode("latin-1"), "not UTF-8 text (byte"),
    "tabs.yaml": (b"form:\n\t- x\n", "begins with a tab"),
    "bomb.yaml": (b"a: &a [x, x]\nb: &b [*a, *a]\n", "anchors and aliases"),
    "brackets.yaml": (b"[" * 100_000, "nest"),
    "jbrackets.json": (b"[" * 100_000, "nest"),
    "list.yaml": (b"- form: x\n", "expected the keys of one request"),
    "binary.yaml": (bytes(range(256)), "not UTF-8"),
    "empty.yaml": (b"", "is empty"),
    "ecsv.csv": (b"", "is empty"),
    "ezip.zip": (b"", "is no zip"),
    "cut.zip": (with_photo_id()[:-40], "is no zip"),
    "path.json": (request(profile="../../etc/passwd").encode(), "profile: expected a short name"),
    "id.json": (request(request="../../evil").encode(), "request: expected a short name"),
    "form.json": (request(form="../x").encode(), "form: expected a short name"),
    "script.exe": (b"MZ", "nothing that is taken here"),
    "noend": (b"x", "nothing that is taken here"),
    "notes.txt": (b"x", "nothing that is taken here"),
    "sheet.xlsx": (b"PK\x03\x04 no sheet", "sheet.xlsx"),
    "locked.zip": (with_attachment(locked_pdf()), "patient.photo_id.file: id.pdf"),
    "damaged.zip": (with_attachment(b"%PDF-1.7\nand nothing"), "patient.photo_id.file: id.pdf"),
    "jpeg.zip": (with_attachment(b"\xff\xd8\xff\xe0 cut short", "id.jpg"), "patient.photo_id.file: id.jpg"),
    "way.zip": (with_attachment(b"x", "../../id.jpg"), "leads out of the zip"),
    "wide.csv": (b",".join(b"c%d" % i for i in range(2000)) + b"\n", "columns"),
    "nul.csv": (b"form\0\n1\n", "NUL"),
}


def test_all_at_once(place: Place, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text(request())
    odd = _odd(place, secret)
    for name, (data, _) in FILES.items():
        place.drop(name, data)
    good = {f"good{number}.json" for number in range(5)}
    for name in good:
        place.drop(name, request())
    done = place.watch("-j", "2", "--retries", "1")
    assert done.returncode == 10, done.stderr
    assert set(place.kept("done")) == good
    told = {Path(name).stem: says for name, (_, says) in FILES.items()} | odd
    assert not [(stem, says, place.reason(stem)) for stem, says in told.items() if says not in place.reason(stem)]
    assert secret.read_text() == request()
    assert {one.name for one in place.inbox.iterdir()} == {"done", "failed", ".formfill"}
    assert len(list(place.out.iterdir())) == len(good)
    print(f"{len(FILES) + len(odd)} hostile, {len(good)} good: all as they should be")


def _odd(place: Place, secret: Path) -> dict[str, str]:
    """Things that are no plain files, or have odd names; why each is refused, by the beginning of its reason's name."""
    inbox = place.inbox
    (inbox / "link.yaml").symlink_to(secret)
    (inbox / "folder.yaml").symlink_to("/etc")
    (inbox / "nowhere.yaml").symlink_to("/no/such")
    (inbox / "hard.yaml").hardlink_to(secret)
    os.mkfifo(inbox / "fifo.yaml")
    with socket.socket(socket.AF_UNIX) as unix:
        here = Path.cwd()
        os.chdir(inbox)  # a socket's path may have 107 letters
        try:
            unix.bind("socket.yaml")
        finally:
            os.chdir(here)
    (inbox / "dir.zip").mkdir()
    (inbox / "dir.zip/x.yaml").write_text(request())
    (inbox / "two\nlines.json").write_text(request())
    (inbox / "turned\u202enosj.json").write_text(request())
    Path(os.fsdecode(os.fsencode(inbox) + b"/bytes\xff.json")).write_text(request())
    (inbox / f"{'long' * 60}.json").write_text(request())
    odd = {
        **dict.fromkeys(("link", "folder", "nowhere"), "it is a link"),
        "hard": "second name elsewhere",
        **dict.fromkeys(("fifo", "socket"), "no file but a device, pipe or socket"),
        "dir": "it is a folder",
        **dict.fromkeys(("two_lines", "turned_nosj", "bytes_"), "signs that cannot be printed"),
        "longlong*": "longer than 200 bytes",
    }
    if os.geteuid() == 0:
        try:
            os.mknod(inbox / "device.yaml", stat.S_IFCHR | 0o600, os.makedev(1, 5))
            odd["device"] = "no file but a device, pipe or socket"
        except PermissionError:
            pass
    return odd


def test_a_file_of_two_gigabytes_is_refused_unread(place: Place) -> None:
    for name in ("a.yaml", "b.zip", "c.csv"):
        with (place.inbox / name).open("wb") as stream:
            stream.truncate(2 << 30)
    assert place.watch(timeout=60).returncode == 10
    for stem in "abc":
        assert "has 2,147,483,648 bytes; the most that is read is" in place.reason(stem)


def test_a_link_in_the_place_of_our_folders(place: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (place.inbox / "done").symlink_to(tmp_path / "elsewhere")
    place.drop("good.json", request())
    done = place.watch()
    assert done.returncode == 8
    assert "done: must be a folder" in done.stderr
    assert not list((tmp_path / "elsewhere").iterdir())
    assert (place.inbox / "good.json").exists()


def member(name: str, **attributes: object) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def archive(*members: tuple[zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for info, data in members:
            packed.writestr(info, data, method)
    return out.getvalue()


def encrypted(data: bytes) -> bytes:
    """The zip with the mark that its first member is encrypted."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 8] + struct.pack("<H", 1) + data[at + 10 :]


def lying() -> bytes:
    """A zip whose member says that it is small, and is not."""
    data = archive((member("a.yaml"), b"\0" * 50_000_000))
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<L", 100) + data[at + 28 :]


ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "grows": (lambda: archive((member("a.yaml"), b"\0" * 50_000_000)), "more than 200 times its size"),
    "lies": (lying, "damaged, cut short"),
    "many": (lambda: archive(*((member(f"{i}"), b"") for i in range(101))), "more than 100 files"),
    "nested": (lambda: archive((member("inner.zip"), archive((member("a"), b"")))), "archive in an archive"),
    "absolute": (lambda: archive((member("/etc/x"), b"")), "leads out of the zip"),
    "up": (lambda: archive((member("a/../../x"), b"")), "leads out of the zip"),
    "drive": (lambda: archive((member("C:x"), b"")), "leads out of the zip"),
    "backslash": (lambda: archive((member("..\\x"), b"")), "leads out of the zip"),
    "link": (lambda: archive((member("x", external_attr=(stat.S_IFLNK | 0o777) << 16), b"/etc")), "is a link"),
    "device": (lambda: archive((member("x", external_attr=(stat.S_IFCHR | 0o777) << 16), b"")), "is a link"),
    "locked": (lambda: encrypted(archive((member("x"), b"text"))), "is encrypted"),
    "bzip2": (lambda: archive((member("x"), b"text"), method=zipfile.ZIP_BZIP2), "packed in a way"),
    "same": (lambda: archive((member("ID.jpg"), b"a"), (member("id.jpg"), b"b")), "the same name"),
    "control": (lambda: archive((member("a\nb"), b"")), "cannot be printed"),
    "spoilt": (lambda: archive((member("x"), b"text" * 99)).replace(b"x", b"y", 1), "damaged"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_odd_zips_are_refused(name: str, tmp_path: Path) -> None:
    make_zip, says = ZIPS[name]
    with pytest.raises(RequestError, match=says) as told:
        unpack(io.BytesIO(make_zip()), "x.zip", tmp_path / "files")
    assert "\n" not in str(told.value)
    assert [one.name for one in tmp_path.iterdir()] in ([], ["files"])


def test_the_whole_of_a_zip_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formfill.automation.unpack.MAX_UNPACKED", 1000)
    data = archive((member("a"), os.urandom(600)), (member("b"), os.urandom(600)))
    with pytest.raises(RequestError, match="unpacks to more than 1,000 bytes"):
        unpack(io.BytesIO(data), "x.zip", tmp_path / "files")


def test_any_bytes_for_a_zip(tmp_path: Path) -> None:
    """What is cut, and what has another byte in one place, is refused or unpacked below its folder; nothing else."""
    sound = archive((member("a.yaml"), b"form: x\n" * 20), (member("b/c.jpg"), b"picture"))
    ends = 0
    for at in range(len(sound)):
        for data in (sound[:at], sound[:at] + bytes([sound[at] ^ 0x55]) + sound[at + 1 :]):
            folder = tmp_path / f"{ends}"
            try:
                paths = unpack(io.BytesIO(data), "x.zip", folder)
                assert all((folder / path).resolve().is_relative_to(folder) for path in paths)
            except FormfillError:
                pass
            ends += 1
    assert ends == 2 * len(sound)


@pytest.mark.parametrize(
    "name", [".x", "~$a.xlsx", "a.part", "A.TMP", "b.crdownload", "c.yaml~", "Thumbs.db", ".~lock.x#"]
)
def test_temporary_names(name: str) -> None:
    assert is_temporary(name)


@pytest.mark.parametrize("name", ["a.yaml", "part.json", "tmp.csv", "a~b.zip", "x.partial.yaml"])
def test_other_names(name: str) -> None:
    assert not is_temporary(name)


@pytest.mark.parametrize(
    ("name", "kept", "identity"),
    [
        ("July Labs.yaml", "July Labs.k7qf3m.yaml", "july-labs-k7qf3m"),
        ("July.abc234.yaml", "July.k7qf3m.yaml", "july-k7qf3m"),
        ("july.abc234.again.csv", "july.k7qf3m.csv", "july-k7qf3m"),
        ("Nguyễn.zip", "Nguyễn.k7qf3m.zip", "nguyen-k7qf3m"),
        ("李.json", "李.k7qf3m.json", "request-k7qf3m"),
        ("a\nb\udcff.json", "a_b_.k7qf3m.json", "a-b-k7qf3m"),
        ("noend", "noend.k7qf3m", "noend-k7qf3m"),
    ],
)
def test_names_that_are_kept(name: str, kept: str, identity: str) -> None:
    assert kept_name(name, "k7qf3m") == kept
    assert request_id(name, "k7qf3m") == identity


def test_long_names_fit_a_disk() -> None:
    assert len(kept_name("名" * 85, "k7qf3m", "reason.txt").encode()) < 255


def test_quiet_waits_by_its_own_clock() -> None:
    """The clock of a share may be years off: only whether a file changes counts."""
    quiet = Quiet(2.0, trust_renames=False)

    def look(size: int, now: float, written: int = 5) -> tuple[list[str], float | None]:
        whole, again = quiet.whole([Dropped("a", (1, size, written), 10**18)], now)
        return [one.name for one in whole], again

    assert look(10, 100.0) == ([], 102.0)
    assert look(20, 101.5) == ([], 103.5)  # it grew
    assert look(20, 103.0, written=6) == ([], 105.0)  # it was written to
    assert look(20, 105.0, written=6) == (["a"], None)


def test_a_file_that_was_moved_in_is_whole() -> None:
    quiet = Quiet(2.0)
    moved = Dropped("a", (1, 10, 1_000), 1_000 + 5 * 10**9)
    assert quiet.whole([moved], 0.0) == ([moved], None)
    just_written = Dropped("b", (1, 10, 1_000), 1_000 + 10**6)
    assert quiet.whole([just_written], 0.0) == ([], 2.0)


def test_what_dropped_folders_are_called(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.make()
    (tmp_path / "a.json").write_text("")
    (tmp_path / ".b").write_text("")
    assert [one.name for one in inbox.dropped()] == ["a.json"]
