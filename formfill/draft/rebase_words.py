"""Which printed word of one edition became which of the next, and from that, where a box between the words went."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median

from formfill.draft.facts import PageFacts, Word
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import fold

#: Words farther from a box than this, in points from line to line, say nothing about where it went.
_NEAR_PT = 60.0
#: Along a line words keep together over longer ways than across lines.
_ALONG = 0.3
_NEIGHBOURS = 6
#: Words that run on in both editions were moved together; fewer are chance.
_RUN_WORDS = 3


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a box should stand in the new edition, by the words around it; ``sure`` is 1 where they stand beside it."""

    page: int
    box: ShownBox
    sure: float


class Carrier:
    """The words of two editions, paired: in their order first, then those that were put elsewhere."""

    def __init__(self, old: Sequence[PageFacts], new: Sequence[PageFacts]) -> None:
        olds, news = _words(old), _words(new)
        self._moved: dict[int, list[tuple[ShownBox, int, float, float]]] = defaultdict(list)
        paired_old: set[int] = set()
        paired_new: set[int] = set()
        for i, j in _pairs([fold(w.text) for _, w in olds], [fold(w.text) for _, w in news]):
            (page, word), (other, after) = olds[i], news[j]
            shift = (after.box[0] - word.box[0], after.box[3] - word.box[3])
            self._moved[page].append((word.box, other, *shift))
            paired_old.add(i)
            paired_new.add(j)
        self.come = [(page, word) for j, (page, word) in enumerate(news) if j not in paired_new]
        self.gone = [(page, word) for i, (page, word) in enumerate(olds) if i not in paired_old]

    def expected(self, page: int, box: ShownBox, anchor: ShownBox | None = None) -> Expected | None:
        """Where ``box`` went with the words nearest to it, or nearest to ``anchor``, its label.

        None where none of them is printed any more.
        """
        place = anchor or box
        near = sorted(((_apart(place, moved[0]), moved) for moved in self._moved[page]), key=lambda pair: pair[0])
        near = [(apart, moved) for apart, moved in near[:_NEIGHBOURS] if apart <= _NEAR_PT]
        if not near:
            return None
        votes = Counter[int]()
        for apart, moved in near:
            votes[moved[1]] += round(100 / (4 + apart))
        target = votes.most_common(1)[0][0]
        shifts = [(apart, moved) for apart, moved in near if moved[1] == target]
        # the nearest words, most often the label, count more than those of the next line
        closest = [moved for apart, moved in shifts if apart <= shifts[0][0] + 8] or [shifts[0][1]]
        right, down = median(m[2] for m in closest), median(m[3] for m in closest)
        shifted = (box[0] + right, box[1] + down, box[2] + right, box[3] + down)
        return Expected(target, shifted, 1 / (1 + (shifts[0][0] / 25) ** 2))


def _words(pages: Sequence[PageFacts]) -> list[tuple[int, Word]]:
    return [(page.number, word) for page in pages for word in page.words if fold(word.text)]


def _pairs(olds: list[str], news: list[str]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for i, j, size in SequenceMatcher(None, olds, news, autojunk=False).get_matching_blocks():
        # a short word alone between others ("of") is chance
        if size >= 2 or (size == 1 and len(olds[i]) >= 4 and olds.count(olds[i]) == 1):
            pairs += [(i + k, j + k) for k in range(size)]
    taken_old, taken_new = {i for i, _ in pairs}, {j for _, j in pairs}
    left = [i for i in range(len(olds)) if i not in taken_old]
    right = [j for j in range(len(news)) if j not in taken_new]
    while left and right:
        texts = [olds[i] for i in left], [news[j] for j in right]
        run = SequenceMatcher(None, *texts, autojunk=False).find_longest_match()
        if run.size < _RUN_WORDS:
            break
        pairs += [(left[run.a + k], right[run.b + k]) for k in range(run.size)]
        del left[run.a : run.a + run.size]
        del right[run.b : run.b + run.size]
    return pairs


def _apart(box: ShownBox, word: ShownBox) -> float:
    across = max(0.0, box[0] - word[2], word[0] - box[2])
    # a tall box's text stands at its foot as a rule, and its label beside its first or last line
    down = max(0.0, box[1] - word[3], word[1] - box[3])
    return _ALONG * across + down
