"""Which saved profiles are likely of one patient: born on the same day, and named alike.

A name is compared however it was written: in any order, with or without accents, hyphens, middle names or the second
surname, in another transliteration (Mohammed, Muhammad) or another script (محمد). A birth date with day and month
swapped counts where the names leave little doubt. What is found is a hint for a person; nothing is joined by itself.

Known limits: translated names (Mykola, Nicholas), nicknames that no profile has (Bob), Chinese names in another
romanisation than pinyin, and a birth date that is wrong in any other way are not found.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from formfill.exchange.spelling import Word, weighty, words
from formfill.model.profile import Profile

#: Each word of the shorter name must have one in the longer that is at least so like it.
_WORD_ALIKE = 0.86
#: A single word is a thin ground.
_ONLY_WORD_ALIKE = 0.94
_ALIKE_WITH_DATE_SWAPPED = 0.93


@dataclass(frozen=True)
class Known:
    """What likeness is judged by."""

    profile: str
    names: tuple[str, ...]
    """Every name the patient has or had, each whole."""
    birth_date: dt.date


@dataclass(frozen=True)
class Pair:
    """Two profiles that are likely of one patient."""

    one: Known
    other: Known
    why: str


def known_of(profile: str, names: Sequence[str], birth_date: str) -> Known:
    """What is known of a patient; ``names`` begin with the whole legal one, and may hold first names alone."""
    whole, *more = names
    last = whole.split()[-1] if len(whole.split()) > 1 else ""
    # by "Rose" alone she would be like every Rose who was born that day
    told = [whole, *(name if len(name.split()) > 1 or not last else f"{name} {last}" for name in more)]
    return Known(profile, tuple(dict.fromkeys(told)), dt.date.fromisoformat(birth_date))


def known_patient(profile: Profile) -> Known:
    """What is known of the patient of a profile."""
    patient = profile.patient
    whole = " ".join(filter(None, (patient.given_name, patient.additional_name, patient.family_name)))
    native = patient.native_name.text if patient.native_name else None
    names = filter(None, (whole, patient.preferred_name, native, *patient.former_names))
    return known_of(profile.profile, tuple(names), patient.birth_date.isoformat())


class Patients:
    """Patients, looked up by likeness; by their birth dates first, so that thousands are quickly looked through."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self._by_date: defaultdict[object, list[Known]] = defaultdict(list)
        for one in known:
            self.add(one)

    def add(self, one: Known) -> None:
        """Let one be found from now on."""
        self._by_date[_either_way(one.birth_date)].append(one)

    def like(self, one: Known) -> list[Pair]:
        """Those that are likely of the patient of ``one``, each with ``one`` before it."""
        return [pair for other in self._by_date[_either_way(one.birth_date)] if (pair := _pair(one, other)) is not None]


def pairs(all_known: Iterable[Known]) -> list[Pair]:
    """Every two that are likely of one patient."""
    before = Patients()
    found: list[Pair] = []
    for one in all_known:
        found += [Pair(pair.other, pair.one, pair.why) for pair in before.like(one)]
        before.add(one)
    return found


def _pair(one: Known, other: Known) -> Pair | None:
    """Two whose birth dates are the same, or the same with day and month swapped."""
    likeness = _names_alike(one.names, other.names)
    if one.birth_date == other.birth_date:
        return Pair(one, other, "same birth date, names alike") if likeness else None
    is_sure = likeness >= _ALIKE_WITH_DATE_SWAPPED
    return Pair(one, other, "day and month of birth swapped, names alike") if is_sure else None


def _either_way(date: dt.date) -> tuple[int, frozenset[int]]:
    return date.year, frozenset((date.month, date.day))


def _names_alike(names: Sequence[str], others: Sequence[str]) -> float:
    """From 0 to 1: how alike the two most alike names are; 0 for unlike ones."""
    left, right = [_words(name) for name in names], [_words(name) for name in others]
    # brothers whose names differ in vowels alone look the same in a script that does not write vowels
    across = not (any(map(_has_vowels, left)) and any(map(_has_vowels, right)))
    compared = [
        _alike(one, other) for one in left for other in right if across or _has_vowels(one) == _has_vowels(other)
    ]
    return max(compared, default=0.0)


@cache
def _words(name: str) -> tuple[Word, ...]:
    return words(name)


def _has_vowels(name: Sequence[Word]) -> bool:
    return all(word.has_vowels for word in name)


def _alike(one: Sequence[Word], other: Sequence[Word]) -> float:
    return max((_matched(left, right) for left in _joinings(one) for right in _joinings(other)), default=0.0)


def _joinings(name: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The words as they are, and with two neighbours written as one: Xiao Ming, Xiaoming; al Hassan, Alhassan."""
    yield weighty(name)
    if len(name) > 2:
        for i in range(len(name) - 1):
            yield weighty((*name[:i], name[i] + name[i + 1], *name[i + 2 :]))


def _matched(one: Sequence[Word], other: Sequence[Word]) -> float:
    """How alike on average the words of the shorter name are to theirs in the longer; 0 where one has none."""
    shorter, longer = sorted((one, other), key=len)
    if not shorter:
        return 0.0
    found: list[float] = []
    left = list(longer)
    for word in sorted(shorter, key=lambda word: -len(word.letters)):
        likeness, i = max((word.like(candidate), -i) for i, candidate in enumerate(left))
        if likeness < (_WORD_ALIKE if len(shorter) > 1 else _ONLY_WORD_ALIKE):
            return 0.0
        found.append(likeness)
        del left[-i]
    return sum(found) / len(found)
