"""Which script a name is written in."""

from __future__ import annotations

import unicodedata


def is_latin(text: str) -> bool:
    """Whether most letters of ``text`` are Latin ones; a text without letters is."""
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return 2 * latin >= len(letters)
