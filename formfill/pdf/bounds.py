"""What a PDF may cost to read: a file past these bounds is no form, and would take all memory or never end.

Real blanks stay far below them: of 171 real forms none has a page of more than 3.1 MB of content, a picture of more
than 9 megapixels, or more than 1,200 objects. The libraries that read PDFs have no such bounds of their own.

Limit: what an encrypted file packs is measured only once it is open. Its object streams are unpacked by then, and may
become a thousand times the 300 kB that each may have.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import Any

import pikepdf

from formfill.pdf.serialise import inherited

MOST_OBJECTS = 100_000
#: Annotations, and the nodes of the tree of fields: a tree whose branches meet again counts each way through it.
MOST_FIELDS = 20_000
DEEPEST = 100
#: What a picture may unpack to, in bytes, and all of a file together.
MOST_STREAM = 400_000_000
MOST_UNPACKED = 1_000_000_000
#: The same for what is no picture: content, fonts, data of programs.
MOST_TEXT = 20_000_000
#: The content of one page or form XObject, in bytes, and how often it may save the state of the graphics (q).
MOST_CONTENT = 8_000_000
MOST_SAVES = 100_000
#: A page of US Letter at 1,000 dpi has 94 megapixels.
MOST_PIXELS = 100_000_000
#: What all pages together draw: bytes of content, each time they are drawn, and a 32nd byte for each pixel.
MOST_DRAWN = 100_000_000
#: The smallest step of a pattern that repeats itself, in its own units.
_LEAST_STEP = 0.1
#: What a byte may become (ISO 32000-2, 7.4): LZW has codes of 12 bits, a run is of 128 bytes.
_RATIOS = {"/LZWDecode": 1400, "/RunLengthDecode": 64}
#: What an object stream has at the most that cannot be measured before it is unpacked; real ones have 30 kB.
MOST_LOCKED = 300_000
_PIECE = 1 << 16
#: How far before its data a stream's dictionary is looked for, in bytes.
_HEAD = 4096
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_SAVES = re.compile(rb"(?<!\S)q(?!\S)")
_DRAWS = re.compile(rb"/([^\s/<>()\[\]{}%]+)\s+Do\b")


def excess_packed(data: bytes) -> str:
    """What a file, not opened yet, packs too much of, in words; "" where it does not.

    Opening unpacks cross-reference and object streams, so they are measured before.
    """
    total = 0
    is_locked = b"/Encrypt" in data
    for start in _STREAM.finditer(data):
        head = _plain(data[max(0, start.start() - _HEAD) : start.start()].rpartition(b" obj")[2])
        # what is encrypted, or packed by another filter than Flate, cannot be measured here
        if b"ObjStm" in head and (is_locked or any(name.encode() in head for name in _RATIOS)):
            if data.find(b"endstream", start.end(), start.end() + MOST_LOCKED) < 0:
                return f"has an object stream of more than {MOST_LOCKED // 1000} kB that is encrypted or oddly packed"
            continue
        most = _most(head)
        size = _unpacked(data, start.end(), most)
        total += size
        if size > most or total > MOST_UNPACKED:
            return f"unpacks to more than {(most if size > most else MOST_UNPACKED) // 10**6} MB"
    return ""


def excess_opened(pdf: pikepdf.Pdf) -> str:
    """What an opened file has too much of, in words; "" where nothing."""
    if len(pdf.objects) > MOST_OBJECTS:
        return f"has more than {MOST_OBJECTS:,} objects"
    return _fields(pdf) or _streams(pdf) or _drawn(pdf)


def _plain(head: bytes) -> bytes:
    """A dictionary's source with its names written out: /Obj#53tm is /ObjStm (ISO 32000-2, 7.3.5)."""
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), head) if b"#" in head else head


def _most(head: bytes) -> int:
    """What a stream may unpack to, by its dictionary's source."""
    is_picture = b"/Image" in head and b"ObjStm" not in head and b"XRef" not in head
    return MOST_STREAM if is_picture else MOST_TEXT


def _unpacked(data: bytes, start: int, most: int) -> int:
    """How many bytes the Flate stream at ``start`` becomes, as far as the bound; 0 for other data. Nothing is kept.

    Where it unpacks to Flate data again, that is unpacked too.
    """
    if not _is_flate(data[start : start + 2]):
        return 0
    packed = zlib.decompressobj()
    size, left, position = 0, data[start : start + _PIECE], start + _PIECE
    inner: Any = None
    try:
        while not packed.eof and size <= most:
            out = packed.decompress(left, 1 << 20)
            if not size and _is_flate(out[:2]):
                inner = _Inner(most)
            size += len(out)
            if inner is not None:
                size = max(size, inner.add(out))
            left = packed.unconsumed_tail
            if not left:
                if position >= len(data):
                    break
                left, position = data[position : position + _PIECE], position + _PIECE
    except zlib.error:
        pass
    return size


class _Inner:
    """Measures Flate data that comes in pieces."""

    def __init__(self, most: int) -> None:
        self._packed = zlib.decompressobj()
        self._most = most
        self._size = 0

    def add(self, piece: bytes) -> int:
        """How much was unpacked up to now."""
        try:
            while piece and self._size <= self._most:
                self._size += len(self._packed.decompress(piece, 1 << 20))
                piece = self._packed.unconsumed_tail
        except zlib.error:
            pass
        return self._size


def _is_flate(head: bytes) -> bool:
    """Whether data begins as zlib's does (RFC 1950, 2.2)."""
    return len(head) == 2 and head[0] & 15 == 8 and int.from_bytes(head, "big") % 31 == 0


def _fields(pdf: pikepdf.Pdf) -> str:
    annotations = sum(len(page.obj.get("/Annots", ())) for page in pdf.pages)
    if annotations > MOST_FIELDS:
        return f"has more than {MOST_FIELDS:,} fields and annotations"
    form = pdf.Root.get("/AcroForm")
    roots = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    waiting = [(node, frozenset[Any]()) for node in roots] if isinstance(roots, pikepdf.Array) else []
    for _ in range(2 * MOST_FIELDS):
        if not waiting:
            return ""
        node, above = waiting.pop()
        kids = node.get("/Kids") if isinstance(node, pikepdf.Dictionary) else None
        # a field that stands below itself is met once
        if isinstance(kids, pikepdf.Array) and node.objgen not in above:
            if len(above) >= DEEPEST:
                return f"has fields nested deeper than {DEEPEST} levels"
            below = above | {node.objgen}
            waiting += [(kid, below) for kid in kids]
    return f"has more than {MOST_FIELDS:,} fields and annotations"


def _streams(pdf: pikepdf.Pdf) -> str:
    total = 0
    for node in pdf.objects:
        if not isinstance(node, pikepdf.Stream):
            continue
        if node.get("/Subtype") == "/Image":
            pixels = _number(node.get("/Width")) * _number(node.get("/Height"))
            if pixels > MOST_PIXELS:
                return (
                    f"has a picture of {pixels // 10**6:,} megapixels; a form's has {MOST_PIXELS // 10**6} at the most"
                )
            continue
        size = _size(node)
        total += size
        if size > MOST_TEXT or total > 5 * MOST_TEXT:
            return f"has content of more than {MOST_TEXT // 10**6} MB"
        if node.get("/PatternType") == 1:
            steps = [abs(float(node.get(key, 1))) for key in ("/XStep", "/YStep")]
            if min(steps) < _LEAST_STEP:
                return "has a pattern that is repeated without end"
    return ""


def _size(node: Any) -> int:
    """How many bytes a stream becomes, at the most, without unpacking it whole."""
    raw = node.read_raw_bytes()
    filters = node.get("/Filter")
    names = [str(one) for one in filters] if isinstance(filters, pikepdf.Array) else [str(filters)] if filters else []
    size = max(_unpacked(raw, 0, MOST_TEXT), len(raw)) if "/FlateDecode" in names or "/Fl" in names else len(raw)
    for name in names:
        size *= _RATIOS.get(name, 1)
    return size


def _drawn(pdf: pikepdf.Pdf) -> str:
    costs: dict[tuple[int, int], int] = {}
    total = 0
    for page in pdf.pages:
        total += _cost(page.obj, costs, 0)
        for annotation in page.obj.get("/Annots", ()):
            looks = annotation.get("/AP") if isinstance(annotation, pikepdf.Dictionary) else None
            look = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
            total += _cost(look, costs, 0) if isinstance(look, pikepdf.Stream) else 0
        if total > MOST_DRAWN:
            return "draws more than any form does"
    return ""


def _cost(node: Any, costs: dict[tuple[int, int], int], depth: int) -> int:
    """What drawing a page or form XObject costs, in bytes of content: its own, and those of what it draws."""
    if depth > DEEPEST:
        return MOST_DRAWN + 1
    content = _content(node)
    if len(content) > MOST_CONTENT or (len(content) > MOST_SAVES and len(_SAVES.findall(content)) > MOST_SAVES):
        return MOST_DRAWN + 1
    resources = inherited(node, "/Resources")
    pictures = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    total = len(content)
    if not isinstance(pictures, pikepdf.Dictionary):
        return total
    for name, times in Counter(_DRAWS.findall(content)).items():
        picture = pictures.get("/" + name.decode("latin-1"))
        if not isinstance(picture, pikepdf.Stream):
            continue
        key = picture.objgen
        if key not in costs:
            costs[key] = MOST_DRAWN + 1  # one that draws itself ends nowhere
            is_form = picture.get("/Subtype") == "/Form"
            costs[key] = _cost(picture, costs, depth + 1) if is_form else _pixels(picture) // 32
        total += times * costs[key]
        if total > MOST_DRAWN:
            break
    return total


def _content(node: Any) -> bytes:
    parts = node if isinstance(node, pikepdf.Stream) else node.get("/Contents")
    streams = parts if isinstance(parts, pikepdf.Array) else [parts]
    found = []
    for part in streams:
        if isinstance(part, pikepdf.Stream):
            try:
                found.append(part.read_bytes())
            except pikepdf.PdfError:
                continue  # a filter that qpdf does not know: nobody else draws it either
    return b"\n".join(found)


def _pixels(picture: Any) -> int:
    return _number(picture.get("/Width")) * _number(picture.get("/Height"))


def _number(value: Any) -> int:
    return max(int(value), 0) if isinstance(value, int) else 0
