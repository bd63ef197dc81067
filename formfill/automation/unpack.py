"""Unpacks a dropped zip: a few plain files into an empty folder, or nothing where anything in it is odd."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from formfill.errors import OutputError, RequestError
from formfill.zips import DAMAGED_ZIP

MAX_ZIP = 100_000_000
MAX_MEMBERS = 100
MAX_UNPACKED = 250_000_000
#: The most that a file may grow; text and scans stay far below.
MAX_RATIO = 200
_SMALL = 1_000_000
_MAX_DIRECTORY = 200_000
_CHUNK = 1 << 20
#: What computers add of their own.
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar")


def unpack(stream: BinaryIO, name: str, folder: Path) -> list[Path]:
    """Unpack into ``folder``, made for it, and say which files there are, by their paths below it.

    A zip of one folder gives what is in that folder. Raises: RequestError, saying what is odd. OutputError.
    """
    _survey(stream, name)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not _is_litter(one.filename)]
            paths = _paths(members, name)
            return _unpacked(archive, dict(zip(paths, members, strict=True)), name, folder)
    except DAMAGED_ZIP as exc:
        raise RequestError(
            f"{name}: is damaged, cut short or no plain zip ({type(exc).__name__}): zip it anew, and copy it whole"
        ) from None


def _survey(stream: BinaryIO, name: str) -> None:
    """Whether the list of members is short: zipfile reads all of it into memory."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        raise RequestError(f"{name}: is no zip, or was cut short: zip it anew, and copy it whole")
    count, directory = struct.unpack("<10xHL", tail[end : end + 16])
    # a zip of zip64 says its counts elsewhere, where they may be any
    is_zip64 = tail[max(0, end - 20) : end].startswith(b"PK\x06\x07")
    if count > MAX_MEMBERS or directory > _MAX_DIRECTORY or is_zip64:
        raise RequestError(f"{name}: holds more than {MAX_MEMBERS} files: zip one request and what belongs to it")
    stream.seek(0)


def _is_litter(name: str) -> bool:
    return any(part in _LITTER or part.startswith("._") for part in name.split("/"))


def _paths(members: list[zipfile.ZipInfo], name: str) -> list[Path]:
    for one in members:
        _refuse(one, name)
    parts = [PurePosixPath(one.filename).parts for one in members]
    is_one_folder = len({one[0] for one in parts}) == 1 and all(len(one) > 1 for one in parts)
    paths = [Path(*one[is_one_folder:]) for one in parts]
    if len({str(path).casefold() for path in paths}) < len(paths):
        raise RequestError(f"{name}: two files in it have the same name: zip it anew")
    return paths


def _refuse(one: zipfile.ZipInfo, name: str) -> None:
    """Raises: RequestError, for a member that is not unpacked."""
    inner, parts = one.filename, one.filename.split("/")
    kind = stat.S_IFMT(one.external_attr >> 16)
    if not inner.isprintable() or len(inner.encode("utf-8", "replace")) > 200:
        raise RequestError(f"{name}: a file in it has a name that is too long or cannot be printed: give it another")
    if inner.startswith("/") or "\\" in inner or ":" in inner or not all(parts) or {".", ".."} & set(parts):
        raise RequestError(f"{name}: {inner}: leads out of the zip: zip plain files")
    if kind not in (0, stat.S_IFREG):
        raise RequestError(f"{name}: {inner}: is a link or device: zip the file itself")
    if one.flag_bits & 0x1:
        raise RequestError(f"{name}: {inner}: is encrypted: zip it without a password")
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RequestError(f"{name}: {inner}: is packed in a way that is not read here: zip it anew")
    if inner.lower().endswith(_ARCHIVES):
        raise RequestError(f"{name}: {inner}: is an archive in an archive: zip the files themselves")
    if one.file_size > max(_SMALL, MAX_RATIO * one.compress_size):
        raise RequestError(f"{name}: {inner}: unpacks to more than {MAX_RATIO} times its size: zip plain files")


def _unpacked(archive: zipfile.ZipFile, members: dict[Path, zipfile.ZipInfo], name: str, folder: Path) -> list[Path]:
    left = MAX_UNPACKED
    for path, member in members.items():
        target = folder / path
        try:
            target.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            fd = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except OSError as exc:
            raise OutputError(f"{name}: cannot be unpacked: {exc.strerror}") from exc
        with os.fdopen(fd, "wb") as out, archive.open(member) as packed:
            while chunk := packed.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise RequestError(f"{name}: unpacks to more than {MAX_UNPACKED:,} bytes: send smaller pictures")
                try:
                    out.write(chunk)
                except OSError as exc:
                    raise OutputError(f"{name}: cannot be unpacked: {exc.strerror}") from exc
    return list(members)
