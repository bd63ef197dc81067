"""An incremental update: new objects behind the file's own bytes, which stay as they are (ISO 32000-2, 7.5.6)."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import Literal

from formfill.pdf.syntax import Encryption, literal

#: One row of a cross-reference stream with /W [1 4 2].
_ROW = struct.Struct(">BIH").pack

XrefKind = Literal["table", "stream"]


@dataclass(frozen=True, slots=True)
class Tail:
    """What a file's newest cross-reference section says, as an update must repeat it.

    ``root``, ``info`` and ``encrypt`` are serialised values ("12 0 R"), empty where the file has none. ``file_id`` is
    the first element of /ID. ``startxref`` is the byte offset of the newest section, ``size`` its /Size.
    """

    kind: XrefKind
    startxref: int
    size: int
    root: bytes
    info: bytes = b""
    encrypt: bytes = b""
    file_id: bytes = b""


class Update:
    """Collects the objects of one update of one file."""

    def __init__(self, tail: Tail, encryption: Encryption | None = None) -> None:
        self.encryption = encryption
        self._tail = tail
        self._next = tail.size
        self._objects: dict[int, tuple[int, bytes]] = {}

    def reserve(self) -> int:
        """A new object number (generation 0)."""
        number = self._next
        self._next += 1
        return number

    def put(self, obj: int, gen: int, body: bytes) -> None:
        """Set the object to ``body``, its serialised value, strings already encrypted."""
        self._objects[obj] = (gen, body)

    def add(self, body: bytes) -> bytes:
        """A new object; returns its reference."""
        obj = self.reserve()
        self._objects[obj] = (0, body)
        return b"%d 0 R" % obj

    def add_stream(self, entries: bytes, data: bytes, *, compress: bool = False) -> bytes:
        """A new stream; ``entries`` are those of its dictionary but /Length. Returns its reference."""
        obj = self.reserve()
        if compress:
            data = zlib.compress(data, 6)
            entries += b"/Filter/FlateDecode"
        if self.encryption:
            data = self.encryption.stream(data, obj, 0)
        self._objects[obj] = (0, b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data))
        return b"%d 0 R" % obj

    def string(self, raw: bytes, obj: int, gen: int) -> bytes:
        """A literal string as it stands inside object ``obj``."""
        return literal(self.encryption.string(raw, obj, gen) if self.encryption else raw)

    def apply(self, data: bytes) -> bytes:
        """``data`` with this update behind it; ``data`` itself where nothing was put."""
        if not self._objects:
            return data
        chunks = [data]
        position = len(data)
        if not data.endswith((b"\n", b"\r")):
            chunks.append(b"\n")
            position += 1
        offsets: list[tuple[int, int, int]] = []
        for obj in sorted(self._objects):
            gen, body = self._objects[obj]
            chunk = b"%d %d obj\n%s\nendobj\n" % (obj, gen, body)
            offsets.append((obj, gen, position))
            chunks.append(chunk)
            position += len(chunk)
        section = self._stream_section if self._tail.kind == "stream" else self._table_section
        chunks.append(section(offsets, position, b"".join(chunks[1:])))
        chunks.append(b"startxref\n%d\n%%%%EOF\n" % position)
        return b"".join(chunks)

    def _entries(self, size: int, added: bytes) -> bytes:
        tail = self._tail
        entries = b"/Size %d/Prev %d/Root %s" % (size, tail.startxref, tail.root)
        if tail.info:
            entries += b"/Info " + tail.info
        if tail.encrypt:
            entries += b"/Encrypt " + tail.encrypt
        if tail.file_id:
            # the first half names the file for ever, the second this version of it (14.4)
            second = hashlib.blake2b(added, digest_size=16).hexdigest().encode()
            entries += b"/ID[<%s><%s>]" % (tail.file_id.hex().encode(), second)
        return entries

    def _table_section(self, offsets: list[tuple[int, int, int]], _position: int, added: bytes) -> bytes:
        rows = [b"xref\n"]
        for first, run in _runs(offsets):
            rows.append(b"%d %d\n" % (first, len(run)))
            rows += [b"%010d %05d n\r\n" % (offset, gen) for _, gen, offset in run]
        rows.append(b"trailer\n<<%s>>\n" % self._entries(self._next, added))
        return b"".join(rows)

    def _stream_section(self, offsets: list[tuple[int, int, int]], position: int, added: bytes) -> bytes:
        obj = self._next  # the section is an object itself, and lists itself
        offsets = [*offsets, (obj, 0, position)]
        index = b" ".join(b"%d %d" % (first, len(run)) for first, run in _runs(offsets))
        rows = b"".join([_ROW(1, offset, gen) for _, gen, offset in offsets])
        # not compressed: for rows this few, starting the compressor costs more than the rest of the fill
        head = b"/Type/XRef/W[1 4 2]/Index[%s]%s/Length %d" % (index, self._entries(obj + 1, added), len(rows))
        return b"%d 0 obj\n<<%s>>\nstream\n%s\nendstream\nendobj\n" % (obj, head, rows)


def _runs(offsets: list[tuple[int, int, int]]) -> list[tuple[int, list[tuple[int, int, int]]]]:
    """Rows in runs of consecutive object numbers, each with its first number."""
    runs: list[tuple[int, list[tuple[int, int, int]]]] = []
    for row in offsets:
        if runs and runs[-1][0] + len(runs[-1][1]) == row[0]:
            runs[-1][1].append(row)
        else:
            runs.append((row[0], [row]))
    return runs
