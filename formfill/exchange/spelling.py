"""The words of a name in plain letters, so that two spellings of one name can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

#: Scripts that write consonants, and few of the vowels.
_ABJADS = ("ARABIC", "HEBREW", "SYRIAC")
#: Scripts that write a syllable a sign, without spaces.
_SYLLABLES = ("CJK", "HANGUL")
#: Words that are written or left out as it comes.
_PARTICLES = frozenset(
    ("al", "el", "ul", "bin", "ibn", "bint", "ben", "de", "del", "la", "las", "los", "da", "dos", "van", "von", "der")
)
#: From the writings of one sound to one of them; in this order, capitals stand for sounds of two letters.
_SOUNDS = (
    ("tsch|tch|tsh|cz|ch", "C"),
    ("sch|shch|sh|sz", "S"),
    ("dzh|dj|zh", "j"),
    ("x", "ks"),
    ("ph", "f"),
    ("q|ck", "k"),
    ("c(?=[eiy])", "s"),
    ("c", "k"),
    ("z", "s"),
    ("ou|oo|o", "u"),
    ("ee|ei|ey|e|y", "i"),
    ("w", "v"),
    ("^j(?=u)", "i"),
    ("(?<=[bdfgkpstvC])h", ""),
    (r"(.)\1+", r"\1"),
    ("(?<=.)h$", ""),
)
_SKELETON_ALIKE = 0.95
_VOWELS_ALIKE = 0.55


@dataclass(frozen=True)
class Word:
    """One word of a name."""

    letters: str
    """Small letters of ASCII."""
    has_vowels: bool = True
    """Whether its script writes the vowels."""

    def __add__(self, other: Word) -> Word:
        return Word(self.letters + other.letters, self.has_vowels and other.has_vowels)

    @cached_property
    def sound(self) -> str:
        """The word with one spelling for each sound."""
        sound = self.letters
        for writings, one in _SOUNDS:
            sound = re.sub(writings, one, sound)
        return sound

    @cached_property
    def vowels(self) -> str:
        return re.sub("[^aiu]", "", self.sound)

    @cached_property
    def consonants(self) -> str:
        return re.sub("[aiu]", "", self.sound)

    @cached_property
    def skeleton(self) -> str:
        """The consonants that a script without vowels surely writes; v and y stand for vowels there too."""
        return re.sub(r"(.)\1+", r"\1", re.sub("[aiuv]", "", self.sound))

    def like(self, other: Word) -> float:
        """From 0 to 1."""
        from rapidfuzz import fuzz
        from rapidfuzz.distance import JaroWinkler

        if self.letters == other.letters:
            return 1.0
        if self.has_vowels != other.has_vowels:
            return _SKELETON_ALIKE if self.skeleton == other.skeleton else 0.0
        if not self.has_vowels:
            return 0.0
        near = (JaroWinkler.similarity(self.sound, other.sound) + fuzz.ratio(self.sound, other.sound) / 100) / 2
        if self.consonants != other.consonants:
            return near
        # brothers and sisters are often named with the same consonants: Hassan and Hussein
        vowels = fuzz.ratio(self.vowels, other.vowels) / 100
        return max(near, _SKELETON_ALIKE) if vowels >= _VOWELS_ALIKE else 0.0


def words(name: str) -> tuple[Word, ...]:
    """The words of a name, all of them."""
    parts = re.split(r"[\s\-,.·/]+", unicodedata.normalize("NFKC", name))
    return tuple(word for part in parts for word in _plain(part))


def weighty(name: Sequence[Word]) -> Sequence[Word]:
    """The words of a name without initials and particles, where two others remain."""
    found = [word for word in name if len(word.letters) > 1 and word.letters not in _PARTICLES]
    return found if len(found) > 1 else name


def _plain(part: str) -> Iterator[Word]:
    from anyascii import anyascii

    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in part if letter.isalpha()}
    plain = re.sub(r"[^A-Za-z]", "", anyascii(part))
    pieces = re.findall("[A-Z][a-z]*", plain) if scripts & set(_SYLLABLES) else [plain]
    for piece in pieces:
        if piece:
            yield Word(piece.lower(), has_vowels=not scripts & set(_ABJADS))
