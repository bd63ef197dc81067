"""PDF objects as bytes (ISO 32000-2, 7.3), and the encryption of what is appended to an encrypted file (7.6)."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Cipher = Literal["rc4", "aesv2", "aesv3", "none"]

_ESCAPES = re.compile(rb"[\\()\r\n]")
_ESCAPED = {b"\\": rb"\\", b"(": rb"\(", b")": rb"\)", b"\r": rb"\r", b"\n": rb"\n"}
_IRREGULAR = re.compile(rb"[^!-~]|[#%()<>\[\]{}/]")


@lru_cache(maxsize=1 << 14)  # a form's own measures come again with each fill
def number(value: float) -> bytes:
    """A number with at most three decimals and no exponent."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return b"0" if text in ("-0", "") else text.encode()


def literal(raw: bytes) -> bytes:
    """A literal string."""
    return b"(" + _ESCAPES.sub(lambda m: _ESCAPED[m[0]], raw) + b")"


def name(raw: bytes) -> bytes:
    """A name, from its decoded bytes without the slash."""
    return b"/" + _IRREGULAR.sub(lambda m: b"#%02x" % m[0][0], raw)


def text_bytes(text: str) -> bytes:
    """A text string's bytes: ASCII as it is, all else UTF-16BE with its byte order mark (7.9.2.2)."""
    if text.isascii() and (text.isprintable() or all(c >= " " or c in "\n\r\t" for c in text)):
        return text.encode("ascii")
    return b"\xfe\xff" + text.encode("utf-16-be")


@dataclass(frozen=True, slots=True)
class Encryption:
    """The file encryption key and the ciphers of strings and streams."""

    key: bytes
    strings: Cipher
    streams: Cipher

    def string(self, raw: bytes, obj: int, gen: int) -> bytes:
        return self._apply(self.strings, raw, obj, gen)

    def stream(self, raw: bytes, obj: int, gen: int) -> bytes:
        return self._apply(self.streams, raw, obj, gen)

    def _apply(self, cipher: Cipher, raw: bytes, obj: int, gen: int) -> bytes:
        if cipher == "none":
            return raw
        from cryptography.hazmat.primitives.ciphers import Cipher as Engine
        from cryptography.hazmat.primitives.ciphers import algorithms, modes

        key = self.key
        if cipher != "aesv3":  # algorithm 1: a key of its own for each object
            salt = b"sAlT" if cipher == "aesv2" else b""
            mixed = key + obj.to_bytes(3, "little") + gen.to_bytes(2, "little") + salt
            key = hashlib.md5(mixed, usedforsecurity=False).digest()[: min(16, len(self.key) + 5)]
        if cipher == "rc4":
            return _rc4(key, raw)
        padding = 16 - len(raw) % 16
        iv = os.urandom(16)
        encryptor = Engine(algorithms.AES(key), modes.CBC(iv)).encryptor()
        return iv + encryptor.update(raw + bytes([padding]) * padding) + encryptor.finalize()


def _rc4(key: bytes, data: bytes) -> bytes:
    """RC4, which old files need and which current crypto libraries no longer offer for keys of every length."""
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out = bytearray(len(data))
    i = j = 0
    for n, byte in enumerate(data):
        i = (i + 1) & 255
        x = state[i]
        j = (j + x) & 255
        y = state[j]
        state[i], state[j] = y, x
        out[n] = byte ^ state[(x + y) & 255]
    return bytes(out)
