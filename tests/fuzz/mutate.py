"""Spoils good inputs: bytes, numbers, words and whole stretches, also inside the parts of a ZIP."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Sequence

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_ODD_NUMBERS = (
    b"0", b"-1", b"1", b"2147483647", b"-2147483648", b"4294967296", b"99999999999999999999", b"0.0000001", b"1e999",
    b"65535", b"65536", b"1000000", b"-0", b"3.4e38", b".", b"--5",
)  # fmt: skip
_MOST = 2_000_000


def mutated(data: bytes, rng: random.Random, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """``data`` spoilt in one to eight places; ``others`` lend stretches of their own."""
    if data.startswith(b"PK\x03\x04") and rng.random() < 0.9:
        return _in_a_part(data, rng, words)
    spoilt = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        _spoil(spoilt, rng, words, others)
    return bytes(spoilt[:_MOST])


def _spoil(data: bytearray, rng: random.Random, words: Sequence[bytes], others: Sequence[bytes]) -> None:
    if not data:
        data += rng.randbytes(8)
    at = rng.randrange(len(data))
    length = min(rng.choice((1, 2, 4, 16, 64, 500)), len(data) - at)
    kind = rng.randrange(10)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + length] = rng.randbytes(length)
    elif kind == 2:
        del data[at : at + length]
    elif kind == 3:
        data[at:at] = data[at : at + length] * rng.choice((1, 2, 50))
    elif kind in (4, 5):
        _other_number(data, at, rng)
    elif kind in (6, 7) and words:
        word = rng.choice(words)
        if kind == 6:  # in place, so that offsets hold
            data[at : at + len(word)] = word
        else:
            data[at:at] = word
    elif kind == 8 and others:
        other = rng.choice(others)
        begin = rng.randrange(max(len(other), 1))
        data[at : at + length] = other[begin : begin + length]
    else:
        to = rng.randrange(len(data))
        data[at : at + length], data[to : to + length] = data[to : to + length], data[at : at + length]


def _other_number(data: bytearray, at: int, rng: random.Random) -> None:
    found = _NUMBER.search(data, at)
    if found is None:
        return
    new = rng.choice((*_ODD_NUMBERS, b"%d" % rng.randrange(40)))
    if rng.random() < 0.5:  # of the same length, so that offsets hold
        new = new[: len(found[0])].rjust(len(found[0]), b" ")
    data[found.start() : found.end()] = new


def _in_a_part(data: bytes, rng: random.Random, words: Sequence[bytes]) -> bytes:
    """The archive with one of its parts spoilt, dropped, or written twice."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        names = [info.filename for info in archive.infolist()]
        chosen = rng.choice([*names, *[name for name in names if name.endswith("document.xml")] * 4])
        dropped = rng.random() < 0.03
        for name in names:
            part = bytearray(archive.read(name))
            if name == chosen:
                if dropped:
                    continue
                for _ in range(rng.choice((1, 2, 4))):
                    _spoil_markup(part, rng, words)
            made.writestr(name, bytes(part[:_MOST]))
    return out.getvalue()


def _spoil_markup(part: bytearray, rng: random.Random, words: Sequence[bytes]) -> None:
    """Markup is mostly kept well-formed: elements are dropped, doubled, renamed, moved."""
    elements = [match.span() for match in re.finditer(rb"<w:(\w+)\b[^>]*?(?:/>|>.*?</w:\1>)", bytes(part), re.DOTALL)]
    kind = rng.randrange(6)
    if not elements or kind == 5:
        _spoil(part, rng, words, ())
        return
    begin, end = rng.choice(elements)
    element = bytes(part[begin:end])
    if kind == 0:
        del part[begin:end]
    elif kind == 1:
        part[begin:end] = element * rng.choice((2, 3, 40))
    elif kind == 2:
        other = rng.choice(elements)
        part[begin:end] = part[other[0] : other[1]]
    elif kind == 3:
        depth = rng.choice((1, 3, 200))
        part[begin:end] = b"<w:sdt><w:sdtContent>" * depth + element + b"</w:sdtContent></w:sdt>" * depth
    else:
        number = _NUMBER.search(element)
        if number is not None:
            part[begin + number.start() : begin + number.end()] = rng.choice(_ODD_NUMBERS)
