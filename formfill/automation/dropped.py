"""Reads a request that was dropped: a YAML or JSON file, or a zip of one with what belongs to it."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from formfill import yaml_io
from formfill.automation.inbox import request_id
from formfill.automation.unpack import MAX_ZIP, unpack
from formfill.automation.work import Work
from formfill.errors import RequestError
from formfill.tables.structured import read_json
from formfill.yaml_io import Document

_TEXTS = (".yaml", ".yml", ".json")
_PROFILE = ("profile.yaml", "profile.yml", "profile.json")


def read_dropped(path: Path, token: str, folder: Path) -> Work:
    """The request in a dropped file. What a zip holds is unpacked into ``folder``, emptied before.

    ``profile:`` is the name of a saved one, or the patient's keys; in a zip they may stand in profile.yaml.

    Raises: RequestError. OutputError, where there is no room to unpack.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if path.suffix.lower() == ".zip":
        with opened(path, MAX_ZIP) as stream:
            work = _of_zip(unpack(stream, path.name, folder), path.name, folder)
    else:
        with opened(path, yaml_io.MAX_BYTES) as stream:
            work = _of_document(_document(stream.read(), path.name))
    name = _given_id(work.request) or request_id(path.name, token)
    # without a folder of its own, what the profile names would be looked for where the watcher was started
    return replace(_named(work, name), id=name, folder=folder, file=path.name)


@contextlib.contextmanager
def opened(path: Path, most: int) -> Iterator[BinaryIO]:
    """A plain file of ``most`` bytes at most, to read. What it is, is asked of the open file.

    Raises: RequestError.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        fd = os.open(path, flags)
    except OSError as exc:
        raise RequestError(f"{path.name}: cannot be read: {exc.strerror}") from exc
    with os.fdopen(fd, "rb") as stream:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise RequestError(f"{path.name}: is no file")
        if before.st_size > most:
            raise RequestError(f"{path.name}: has {before.st_size:,} bytes; the most that is read is {most:,}")
        try:
            yield stream
        except OSError as exc:
            raise RequestError(f"{path.name}: cannot be read: {exc.strerror}") from exc
        after = os.fstat(fd)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise RequestError(f"{path.name}: is still being written to") from BlockingIOError(errno.EAGAIN, "")


def _of_zip(paths: list[Path], name: str, folder: Path) -> Work:
    top = [path for path in paths if len(path.parts) == 1 and path.suffix.lower() in _TEXTS]
    profiles = [path for path in top if path.name.lower() in _PROFILE]
    requests = [path for path in top if path not in profiles]
    if len(requests) != 1 or len(profiles) > 1:
        raise RequestError(
            f"{name}: has {len(requests)} requests at its top and {len(profiles)} profiles; expected one .yaml or "
            ".json file that is the request, and at most one profile.yaml"
        )
    work = _of_document(_document_in(folder / requests[0], f"{name}/{requests[0]}"))
    if profiles and work.profile is not None:
        raise RequestError(f"{name}: the patient stands in {requests[0]} and in {profiles[0]}: leave one out")
    if profiles:
        work = replace(work, profile=_document_in(folder / profiles[0], f"{name}/{profiles[0]}"))
    named = {Path(one) for one in _named_files(work.profile)}
    if extra := [path for path in paths if path not in (*requests, *profiles) and path not in named]:
        raise RequestError(
            f"{name}: {extra[0]}: nobody names this file, so it would not be sent: name it in the profile "
            "(patient.photo_id.file, representative.documents), or leave it out"
        )
    return work


def _named_files(profile: Document | None) -> Iterator[str]:
    """The files that a profile names, whether or not it is a sound one."""
    data = profile.data if profile is not None and isinstance(profile.data, dict) else {}
    patient, representative = data.get("patient"), data.get("representative")
    photo_id = patient.get("photo_id") if isinstance(patient, dict) else None
    proofs = representative.get("documents") if isinstance(representative, dict) else None
    found = photo_id.get("file") if isinstance(photo_id, dict) else None
    for name in (found, *(proofs if isinstance(proofs, list) else [proofs])):
        if isinstance(name, str):
            yield name


def _document_in(path: Path, source: str) -> Document:
    with opened(path, yaml_io.MAX_BYTES) as stream:
        return _document(stream.read(), source)


def _document(data: bytes, source: str) -> Document:
    if source.lower().endswith(".json"):
        rows = list(read_json(io.BytesIO(data), source).rows)
        if len(rows) == 1 and rows[0].error is not None:
            raise RequestError(str(rows[0].error))
        document = yaml_io.from_keys(rows[0].cells, source) if len(rows) == 1 else Document(source, rows)
    else:
        try:
            document = yaml_io.loads(data.decode("utf-8-sig"), source, RequestError)
        except UnicodeDecodeError as exc:
            raise RequestError(f"{source}: not UTF-8 text (byte {exc.start}): save it as UTF-8") from None
    if not isinstance(document.data, dict):
        raise RequestError(
            f"{source}: expected the keys of one request (form: …); for many write a table: .csv, .xlsx or .jsonl"
        )
    return document


def _of_document(document: Document) -> Work:
    """The request, and the patient whose keys stand in it below ``profile:``."""
    data = dict(document.data)
    if not isinstance(data.get("profile"), dict):
        return Work(id="", request=document)
    profile = Document(
        document.source,
        data.pop("profile"),
        {path[1:]: line for path, line in document.lines.items() if path[:1] == ("profile",)},
    )
    return Work(id="", request=Document(document.source, data, document.lines), profile=profile)


def _given_id(request: Document) -> str | None:
    given = request.data.get("request")
    return given.strip() if isinstance(given, str) and given.strip() else None


def _named(work: Work, name: str) -> Work:
    """The patient's own name, where the file gives none, is the request's."""
    if work.profile is None or not isinstance(work.profile.data, dict) or "profile" in work.profile.data:
        return work
    return replace(work, profile=replace(work.profile, data={"profile": name, **work.profile.data}))
