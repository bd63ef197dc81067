"""Printed words that are circled: the options beside "circle one", and Yes/No and AM/PM that stand without boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from formfill.draft.facts import PageFacts, Spot, Word, lines_of
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import hull

#: ``Spot.signs`` of a word to circle: its box is around the word, which is its own label.
CIRCLED = "circle"
_CUE = re.compile(r"\bcircle\b|c[ií]rculo|encierr", re.IGNORECASE)
#: What parts options, beside white space.
_BETWEEN = frozenset({"/", "or", "o", "ó", "|"})
_PAIRS = (
    re.compile(r"(yes|s[ií])/?$", re.IGNORECASE),
    re.compile(r"/?no$", re.IGNORECASE),
    re.compile(r"a\.?m\.?/?$", re.IGNORECASE),
    re.compile(r"/?p\.?m\.?$", re.IGNORECASE),
)
_GLUED = re.compile(r"(yes|s[ií]|a\.?m\.?)/(no|p\.?m\.?)$", re.IGNORECASE)
#: Options are few, and of few words.
_MOST_OPTIONS = 8
_MOST_WORDS = 3
#: A gap as wide as this, in type sizes, parts options, and words of a pair from a sentence.
_GAP = 0.9
_PAIR_PT = 80.0
#: The gap, in type sizes, before options that a sentence runs up to.
_SET_OFF = 0.45
#: How far below its cue a line of options is at the most, in points, and how far apart they stand, in type sizes.
_UNDER_PT = 26.0
_FAR = 1.5
#: A line shorter than this may be there to be ticked; a longer one takes the time that AM and PM stand behind.
_TICK_LINE_PT = 40.0


def find_circles(page: PageFacts) -> list[Spot]:
    """The words of ``page`` that are to be circled, each a place to tick."""
    found: list[Spot] = []
    last: list[Word] = []
    for line in lines_of(page.words):
        parted = [part for word in line for part in _parted(word)]
        options = _after_cue(page, parted) or _before_cue(page, parted) or list(_pairs(page, parted))
        options = options or _under_cue(page, last, parted)
        last = parted
        found += [Spot("check", page.number, _around(option), "square", signs=CIRCLED) for option in options]
    return found


def _around(words: Sequence[Word]) -> ShownBox:
    x0, top, x1, bottom = hull([word.box for word in words])
    return x0 - 1.5, top - 1.5, x1 + 1.5, bottom + 1.5


def _parted(word: Word) -> Iterator[Word]:
    """A pair that is printed as one word, as two; its letters are taken to be equally wide."""
    match = _GLUED.match(word.text)
    if not match:
        yield word
        return
    x0, top, x1, bottom = word.box
    pitch = (x1 - x0) / len(word.text)
    yield Word(match[1], (x0, top, x0 + match.end(1) * pitch, bottom), word.size, word.bold)
    yield Word(match[2], (x0 + match.start(2) * pitch, top, x1, bottom), word.size, word.bold)


def _after_cue(page: PageFacts, line: Sequence[Word]) -> list[list[Word]]:
    """The options behind "(circle one):" on its line."""
    cue = next((i for i, word in enumerate(line) if _CUE.search(word.text)), None)
    if cue is None:
        return []
    start = next((i + 1 for i in range(cue, len(line)) if line[i].text.endswith((")", ":"))), None)
    if start is None:
        return []
    return _listed(page, line[start - 1 :])


def _under_cue(page: PageFacts, heading: Sequence[Word], line: Sequence[Word]) -> list[list[Word]]:
    """The options of a line, where the heading over it ends in "(circle one)"; they stand far apart."""
    if not heading or not heading[-1].text.endswith((")", ":")) or not any(_CUE.search(w.text) for w in heading[-4:]):
        return []
    if line[0].box[1] - heading[-1].box[3] > _UNDER_PT:
        return []
    gaps = [b.box[0] - a.box[2] for a, b in pairwise(line)]
    if not any(gap > _FAR * line[0].size for gap in gaps):
        return []
    return _listed(page, [heading[-1], *line])


def _listed(page: PageFacts, line: Sequence[Word]) -> list[list[Word]]:
    """The options in a line behind its first word, parted by signs or, where there are none, by gaps."""
    options: list[list[Word]] = [[]]
    is_listed = any(word.text in _BETWEEN for word in line[1:])
    for before, word in pairwise(line):
        gap = word.box[0] - before.box[2]
        if word.text.startswith("(") or (options[0] and _is_interrupted(page, before, word)):
            break
        if word.text in _BETWEEN:
            options.append([])
        elif not is_listed and gap > _GAP * word.size and options[-1]:
            options.append([word])
        else:
            options[-1].append(word)
    options = [option for option in options if option]
    if not 2 <= len(options) <= _MOST_OPTIONS or any(len(option) > _MOST_WORDS for option in options):
        return []
    return [] if _has_boxes(page, options) else options


def _before_cue(page: PageFacts, line: Sequence[Word]) -> list[list[Word]]:
    """The options before "(circle one)": single words with "or" between them, set off from a sentence."""
    cue = next((i for i, word in enumerate(line) if _CUE.search(word.text)), -1)
    first = next((i for i in range(cue, -1, -1) if line[i].text.startswith("(")), 0) - 1
    if first < 0:
        return []
    options = [line[first]]
    while first >= 2 and line[first - 1].text in _BETWEEN:
        first -= 2
        options.insert(0, line[first])
    if not 2 <= len(options) <= _MOST_OPTIONS:
        return []
    is_set_off = first == 0 or options[0].box[0] - line[first - 1].box[2] > _SET_OFF * options[0].size
    if not is_set_off and not all(word.text.isupper() for word in options):
        return []
    return [] if _has_boxes(page, [options]) else [[word] for word in options]


def _is_interrupted(page: PageFacts, before: Word, word: Word) -> bool:
    """Whether a line to write on begins between two words."""
    y = word.box[3]
    lines = (*page.underscores, *page.across)
    return any(before.box[2] - 2 < x0 < word.box[0] and abs(top - y) < 5 for x0, top, _, _ in lines)


def _pairs(page: PageFacts, line: Sequence[Word]) -> Iterator[list[Word]]:
    """Yes and No, AM and PM, that stand together and by themselves."""
    words = [word for word in line if word.text not in _BETWEEN]
    for i, (one, other) in enumerate(pairwise(words)):
        first, second = (_PAIRS[:2], _PAIRS[2:])[bool(_PAIRS[2].match(one.text))]
        if not first.match(one.text) or not second.match(other.text):
            continue
        before = words[i - 1] if i else None
        after = words[i + 2] if i + 2 < len(words) else None
        apart = before is None or one.box[0] - before.box[2] > _GAP * one.size or before.text.endswith((":", "?", ")"))
        alone = after is None or after.box[0] - other.box[2] > _GAP * one.size or after.text.startswith("(")
        if apart and alone and 0 <= other.box[0] - one.box[2] < _PAIR_PT and not _has_boxes(page, [[one], [other]]):
            yield [one]
            yield [other]


def _has_boxes(page: PageFacts, options: Sequence[Sequence[Word]]) -> bool:
    """Whether something to tick or write on stands before or between the options: they are its labels."""
    x0, top, x1, bottom = hull([word.box for option in options for word in option])
    boxes = (*page.squares, *(widget.box for widget in page.widgets if widget.kind in ("check", "radio")))
    if any(x0 - 18 < b[0] < x1 + 18 and b[1] < bottom and b[3] > top for b in boxes):
        return True
    words = [word.box for option in options for word in option]
    lines = (
        a
        for a in (*page.underscores, *page.across)
        if a[2] - a[0] < _TICK_LINE_PT and not any(b[0] - 3 < a[0] and a[2] < b[2] + 3 for b in words)  # underlined
    )
    return any(x0 - 10 < a[2] and a[0] < x1 - 3 and bottom - 4 < a[1] < bottom + 4 for a in lines)
