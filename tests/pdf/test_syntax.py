"""PDF objects as bytes, and the ciphers, against pikepdf's parser and published vectors."""

from __future__ import annotations

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formfill.pdf.syntax import Encryption, literal, name, number, text_bytes

QUICK = settings(max_examples=100, deadline=None)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, b"0"), (-0.0, b"0"), (1.0, b"1"), (0.1 + 0.2, b"0.3"), (-2.5, b"-2.5"), (1e-7, b"0"), (-0.0004, b"0"),
     (123456789.0, b"123456789"), (1e10, b"10000000000"), (100.0, b"100"), (0.5004, b"0.5")],
)  # fmt: skip
def test_numbers_have_no_exponent_and_no_waste(value: float, written: bytes) -> None:
    assert number(value) == written


@QUICK
@given(st.binary(max_size=200))
def test_literal_strings_are_read_back(raw: bytes) -> None:
    assert bytes(pikepdf.Object.parse(literal(raw))) == raw


@QUICK
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\0"), min_size=1))
def test_names_are_read_back(text: str) -> None:
    parsed = pikepdf.Object.parse(name(text.encode()))
    assert isinstance(parsed, pikepdf.Name)
    assert str(parsed)[1:] == text


def test_names_of_odd_bytes() -> None:
    assert name(b"S\xed") == b"/S#ed"
    assert name(b"Yes, (all) #1/2") == b"/Yes,#20#28all#29#20#231#2f2"


@QUICK
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
def test_text_strings_are_read_back(text: str) -> None:
    assert str(pikepdf.Object.parse(literal(text_bytes(text)))) == text


@pytest.mark.parametrize(
    ("key", "plain", "cipher"),
    [
        (b"Key", b"Plaintext", "bbf316e8d940af0ad3"),
        (b"Wiki", b"pedia", "1021bf0420"),
        (b"Secret", b"Attack at dawn", "45a01f645fc35b383552544b9bf5"),
    ],
)
def test_rc4_vectors(key: bytes, plain: bytes, cipher: str) -> None:
    from formfill.pdf.syntax import _rc4

    assert _rc4(key, plain).hex() == cipher


@pytest.mark.parametrize("cipher", ["aesv2", "aesv3"])
def test_aes_is_salted_and_padded(cipher: str) -> None:
    encryption = Encryption(b"k" * (32 if cipher == "aesv3" else 16), cipher, cipher)  # type: ignore[arg-type]
    one, other = encryption.string(b"x" * 16, 7, 0), encryption.string(b"x" * 16, 7, 0)
    assert one != other, "each string has an initialisation vector of its own"
    assert len(one) == 16 + 32, "a whole block is padded by a whole block (7.6.3.1)"


def test_no_cipher_leaves_bytes_alone() -> None:
    encryption = Encryption(b"key", "none", "rc4")
    assert encryption.string(b"plain", 1, 0) == b"plain"
    assert encryption.stream(b"plain", 1, 0) != b"plain"
    assert encryption.stream(b"plain", 1, 0) != encryption.stream(b"plain", 2, 0), "a key for each object"
