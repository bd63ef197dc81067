"""Old boxes and new ones, paired: by their words, where the print around them went, their field's name and their order.

The pairing is made for the whole form at once. What is sure beyond doubt comes first; the rest is paired so that it
keeps its order, as most editions do; what overtook others, at last, if its words say so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import hypot

from formfill.draft.facts import Word
from formfill.draft.rebase_units import Unit, own
from formfill.draft.rebase_words import Carrier, Expected
from formfill.draft.wordings import asked, folded
from formfill.pdf.printed import hull

#: Below this a pair is chance; above that, with no rival near, it is sure.
_LEAST, _SURE, _AHEAD = 0.33, 0.8, 0.15
#: How like the words of two places are that are the same for all that a person cares.
_NAMED = 0.85
#: What overtook others must be liker than that.
_OVERTAKING = 0.5
_TOKEN = re.compile(r"[^\W_]+")
#: Names that programs give by counting: they say nothing about what a field is for.
_COUNTED = re.compile(
    r"(text|text ?field|check ?box|undefined|field|fill|group|button|radio ?button|untitled|topmostsubform)"
    r"[ _.-]?\d*(\[\d+\])?(_\d+)*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pairing:
    """Which unit became which, dict[index of the old, index of the new], how like they are, and the next best."""

    pairs: dict[int, int]
    likeness: dict[int, float]
    rival: dict[int, float]
    expected: dict[int, Expected]


def pair(olds: Sequence[Unit], news: Sequence[Unit], carrier: Carrier) -> Pairing:
    """Pair the units of two editions. Circles around words are no units to pair: nothing is drawn there."""
    expected = {i: found for i, old in enumerate(olds) if (found := _expected(old, carrier)) is not None}
    named = [
        [0.0 if old.is_circle or not _same_kind(old, new) else _named_alike(old, new) for new in news] for old in olds
    ]
    table = [
        [
            0.0 if old.is_circle or not _same_kind(old, new) else likeness(old, new, expected.get(i), named[i][j])
            for j, new in enumerate(news)
        ]
        for i, old in enumerate(olds)
    ]
    for i, row in enumerate(named):
        if max(row, default=0.0) >= _NAMED:  # its words are printed elsewhere: other words are another place
            table[i] = [value if row[j] >= 0.3 else 0.4 * value for j, value in enumerate(table[i])]
    pairs = dict(_named_once(olds, named)) | dict(_sure(table))
    pairs |= _in_order(table, pairs)
    pairs |= _overtaking(table, pairs)
    pairs |= _on_one_line(olds, pairs)
    rival = {
        i: max((table[k][j] for k in range(len(olds)) if k != i and k not in pairs), default=0.0)
        for i, j in pairs.items()
    }
    for i, j in pairs.items():
        free = (value for k, value in enumerate(table[i]) if k != j and not _one_spot(news[k], news[j]))
        rival[i] = max(rival[i], *free, 0.0)
    return Pairing(pairs, {i: table[i][j] for i, j in pairs.items()}, rival, expected)


def _expected(old: Unit, carrier: Carrier) -> Expected | None:
    """Where a box should be, by its own words before others that happen to stand near."""
    if old.box is None:
        return None
    words = own(old)
    words = words[:4] if words and words[0].box[0] > old.box[0] else words[-4:]
    anchor = old.at or (hull([word.box for word in words]) if words else None)
    return carrier.expected(old.page, old.box, anchor)


def _one_spot(one: Unit, other: Unit) -> bool:
    return one.spot is other.spot


def likeness(old: Unit, new: Unit, expected: Expected | None, named: float) -> float:
    """How like two units of one kind are, 0 to 1; ``named`` is how like their own words are."""
    words = _words_alike(old, new, named)
    total = words
    if expected is not None and new.box is not None:
        near = _near(expected, new)
        weight = 0.5 * expected.sure
        total = (1 - weight) * words + weight * near
        # a pushed-down place keeps its words; print that only happens to end up there does not bring them
        total = max(total, 0.5 * near * expected.sure)
    total = 0.92 * total + 0.08 * _width_alike(old, new)
    if old.label and _contradict(old.label, new):
        total *= 0.6
    if old.field and old.field == new.field:
        total = 0.75 * total + 0.25 if _COUNTED.fullmatch(old.field) is None else 0.95 * total + 0.05
    return total


def _same_kind(old: Unit, new: Unit) -> bool:
    both = old.kind is None or new.kind is None or old.kind == new.kind
    return both and min(old.line, 1) == min(new.line, 1)


def _near(expected: Expected, new: Unit) -> float:
    assert new.box is not None
    if expected.page != new.page:
        return 0.0
    one, other = expected.box, new.box
    across = min(abs(one[0] - other[0]), abs(one[0] + one[2] - other[0] - other[2]) / 2)
    down = min(abs(one[3] - other[3]), abs(one[1] + one[3] - other[1] - other[3]) / 2)
    return 1 / (1 + (hypot(across / 3, down) / 7) ** 2)


def _width_alike(old: Unit, new: Unit) -> float:
    if old.box is None or new.box is None:
        return 0.5
    one, other = old.box[2] - old.box[0], new.box[2] - new.box[0]
    return min(one, other) / max(one, other, 0.1)


def _words_alike(old: Unit, new: Unit, named: float) -> float:
    assert new.reading is not None
    if old.reading is None:
        return named
    one, other = old.reading, new.reading
    around = _dice(_texts([*one.before[-14:], *one.after]), _texts([*other.before[-14:], *other.after]))
    heading = _dice(_texts(one.headings[:1]), _texts(other.headings[:1])) if one.headings or other.headings else named
    return 0.6 * named + 0.25 * around + 0.15 * heading


def _named_alike(old: Unit, new: Unit) -> float:
    """How like the words are that name two units, those on the same side of them."""
    assert new.reading is not None
    if old.reading is None:
        return _label_alike(old, new)
    one, other = old.reading, new.reading
    if new.kind == "check":
        named = _dice(_said(one.right[:12]), _said(other.right[:12]))
        if not one.right:
            named = max(named, _dice(_said(one.left[-6:]), _said(other.left[-6:])))
    else:
        total = weights = 0.0
        for weight, was, now in (
            (0.6, one.left[-9:], other.left[-9:]),
            (0.25, () if one.over_taken else one.over[:9], () if other.over_taken else other.over[:9]),
            (0.25, () if one.under_taken else one.under[:9], () if other.under_taken else other.under[:9]),
        ):
            if was or now:
                total += weight * _dice(_said(was), _said(now))
                weights += weight
        named = total / weights if weights else 0.0
    return max(named, 0.9 * _label_alike(old, new)) if old.label else named


def _contradict(label: str, new: Unit) -> bool:
    """Whether the words beside the new place ask for something else, and nothing of what the old label asks."""
    assert new.reading is not None
    was = set(asked(folded(label)))
    sides = (new.reading.left[-6:], new.reading.right[:10], new.reading.over, new.reading.under)
    now = {name for side in sides for name in asked(folded(" ".join(word.text for word in side)))}
    return bool(was and now and not was & now)


def _label_alike(old: Unit, new: Unit) -> float:
    """How much of a label is printed beside a new box: 1 where all of it is, and little else."""
    assert new.reading is not None
    wanted = _texts([old.label])
    if not wanted:
        return 0.0
    reading = new.reading
    over, under = () if reading.over_taken else reading.over, () if reading.under_taken else reading.under
    sides: list[tuple[float, Sequence[Word]]] = [(1.0, reading.left[-12:]), (0.9, over), (0.9, under)]
    is_right = bool(old.at and old.box and old.at[0] > old.box[0] and old.at[3] > old.box[1] and old.at[1] < old.box[3])
    if new.kind == "check" or (reading.right and is_right):
        # what stands left of a box that has words on its right names the box before it
        sides = [(1.0, reading.right[:14])] if reading.right else [(0.85, reading.left[-8:]), (0.7, over)]
    elif old.kind is None and old.box is None:  # initials stand before their words more often than behind them
        sides = [(1.0, reading.right[:8]), *((0.9 * weight, words) for weight, words in sides)]
    else:
        sides.append((0.75, reading.right[:8]))
    best = 0.0
    for weight, words in sides:
        found = _said(words)
        common = sum((Counter(wanted) & Counter(found)).values())
        held = common / len(wanted)
        best = max(best, weight * (0.8 * held + 0.2 * _dice(wanted, found)))
    return best


def _said(words: Iterable[Word]) -> tuple[str, ...]:
    return _texts(word.text for word in words)


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(token for text in texts for token in _tokens(text))


@lru_cache(maxsize=20_000)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(folded(text)))


def _dice(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    if not one and not other:
        return 0.5
    return 2 * sum((Counter(one) & Counter(other)).values()) / (len(one) + len(other))


# pairing


def _named_once(olds: Sequence[Unit], named: Sequence[Sequence[float]]) -> Iterable[tuple[int, int]]:
    """Pairs by words of their own that name no other place of either edition, wherever they stand now."""
    columns = list(zip(*named, strict=True))
    for i, row in enumerate(named):
        for j, value in enumerate(row):
            if value < _NAMED or _is_bare(olds[i]):
                continue
            rivals = [*row[:j], *row[j + 1 :], *columns[j][:i], *columns[j][i + 1 :]]
            if max(rivals, default=0.0) <= _NAMED - 0.3:
                yield i, j


def _is_bare(old: Unit) -> bool:
    """A text whose words any form has in several places ("Date:"): that it stands once in each proves nothing."""
    words = _texts([old.label]) or _said(own(old))
    return not words or (old.kind != "check" and len(words) < 2)


def _sure(table: Sequence[Sequence[float]]) -> Iterable[tuple[int, int]]:
    """Pairs that are best for both by far."""
    if not table or not table[0]:
        return
    columns = list(zip(*table, strict=True))
    for i, row in enumerate(table):
        j = max(range(len(row)), key=row.__getitem__)
        value = row[j]
        rival = max(sorted(row)[-2] if len(row) > 1 else 0.0, sorted(columns[j])[-2] if len(table) > 1 else 0.0)
        if value >= _SURE and value - rival >= _AHEAD:
            yield i, j


def _in_order(table: Sequence[Sequence[float]], taken: dict[int, int]) -> dict[int, int]:
    """The pairing in order that is likest over all; what is sure already counts so that the rest stays beside it."""
    rows, columns = len(table), len(table[0]) if table else 0
    used = set(taken.values())

    def value(i: int, j: int) -> float:
        if i in taken:
            return 1.0 if taken[i] == j else 0.0
        return 0.0 if j in used or table[i][j] < _LEAST else table[i][j] - 0.8 * _LEAST

    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        row, above = best[i], best[i - 1]
        for j in range(1, columns + 1):
            gain = value(i - 1, j - 1)
            row[j] = max(above[j], row[j - 1], above[j - 1] + gain if gain else 0.0)
    pairs = {}
    i, j = rows, columns
    while i and j:
        gain = value(i - 1, j - 1)
        if gain and best[i][j] == best[i - 1][j - 1] + gain:
            i, j = i - 1, j - 1
            if i not in taken:
                pairs[i] = j
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return pairs


def _on_one_line(olds: Sequence[Unit], taken: dict[int, int]) -> dict[int, int]:
    """What a map has beside another place on one blank line ("Phone/Fax ____") goes where that goes."""
    lines = {(id(old.spot), old.line): taken[i] for i, old in enumerate(olds) if i in taken and old.spot is not None}
    rest = ((i, lines.get((id(old.spot), old.line))) for i, old in enumerate(olds) if i not in taken)
    return {i: j for i, j in rest if j is not None}


def _overtaking(table: Sequence[Sequence[float]], taken: dict[int, int]) -> dict[int, int]:
    used = set(taken.values())
    rest = sorted(
        (
            (value, i, j)
            for i, row in enumerate(table)
            if i not in taken
            for j, value in enumerate(row)
            if j not in used and value >= _OVERTAKING
        ),
        reverse=True,
    )
    pairs: dict[int, int] = {}
    for _, i, j in rest:
        if i not in pairs and j not in used:
            pairs[i] = j
            used.add(j)
    return pairs
