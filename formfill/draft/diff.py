"""Two editions of a form, compared by what they print and by their form fields.

Words are compared as people see them: the same word on the same spot is the same; one that stands elsewhere has moved,
whatever the order in which the two files happen to draw. Pages are matched by their words, so that one that was put in
or taken out does not make all after it look changed. Drawn lines and pictures are no words: see ``diff_pictures``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from formfill.errors import BlankFormError
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import PageFrame, ShownBox
from formfill.pdf.printed import hull

#: What became of a word or field: the same on the same spot; pushed along with its neighbours; put somewhere else.
Fate = Literal["same", "shifted", "moved", "removed", "added"]

#: On the same spot: this near, in points.
_STILL_PT = 2.0
#: Words that were put elsewhere are told from others by running on for so many words; fewer, by having so many
#: letters and standing in each edition once.
_RUN_WORDS, _RUN_LETTERS = 3, 12
#: What overtook so many words that stayed where they were was not pushed along, but moved.
_OVERTAKEN = 4
#: How alike two pages must be to count as editions of one, 0 to 1.
_ALIKE = 0.25
_LINE_PT = 3.0
_FILLER = re.compile(r"[_.…‐–—-]{2,}|_")


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """A word as printed. ``page`` counts from 1; ``box`` is in displayed points, origin top left."""

    text: str
    page: int
    box: ShownBox


@dataclass(frozen=True, slots=True)
class FieldAt:
    """A widget of a form field."""

    name: str
    kind: str
    page: int
    box: ShownBox


@dataclass(frozen=True)
class Edition:
    """What one of the two files has."""

    pages: tuple[PageFrame, ...]
    words: tuple[PrintedWord, ...]
    fields: tuple[FieldAt, ...]

    def words_on(self, page: int) -> list[int]:
        """The indices of the words of a page."""
        return [i for i, word in enumerate(self.words) if word.page == page]


@dataclass(frozen=True)
class Diff:
    """How the new edition differs.

    ``pages`` pairs the page numbers, None for one that the other edition has not. ``old_fates`` and ``new_fates`` say
    what became of each word of an edition, by index; ``old_field_fates`` and ``new_field_fates`` of each field.
    """

    old: Edition
    new: Edition
    pages: tuple[tuple[int | None, int | None], ...]
    old_fates: tuple[Fate, ...]
    new_fates: tuple[Fate, ...]
    old_field_fates: tuple[Fate, ...]
    new_field_fates: tuple[Fate, ...]
    shifts: dict[tuple[int, int], tuple[tuple[float, float], ...]] = field(default_factory=dict)
    """How far words of two matched pages were pushed, dict[(old page, new page), (right, down) in points]."""

    @property
    def resized(self) -> list[tuple[int, int]]:
        """The matched pages whose sizes differ."""
        return [
            (a, b) for a, b in self.pages if a and b and _sizes_differ(self.old.pages[a - 1], self.new.pages[b - 1])
        ]

    @property
    def is_equal(self) -> bool:
        """Whether the same words and fields stand on the same spots of the same pages."""
        fates = (self.old_fates, self.new_fates, self.old_field_fates, self.new_field_fates)
        return (
            all(fate == "same" for some in fates for fate in some)
            and all(a == b for a, b in self.pages)
            and not self.resized
        )


def edition(compiled: CompiledForm, name: str) -> Edition:
    """What a file prints and which fields it has. Raises: BlankFormError."""
    frames = tuple(page.shown for page in compiled.pages)
    fields = tuple(
        FieldAt(one.name, one.kind, widget.page_index + 1, widget.shown)
        for one in compiled.form.fields
        for widget in one.widgets
    )
    return Edition(frames, tuple(_words(compiled.data, frames, name)), fields)


def compare(old: Edition, new: Edition) -> Diff:
    """What differs between two editions."""
    pages = match_pages(old, new)
    fates = _Fates(old.words, new.words)
    for a, b in pages:
        if a and b:
            fates.match_page(old.words_on(a), new.words_on(b))
    fates.match_moved()
    old_fields, new_fields = _field_fates(old, new, dict(pages))
    return Diff(
        old, new, pages, tuple(fates.old), tuple(fates.new), tuple(old_fields), tuple(new_fields), fates.shifts()
    )


def match_pages(old: Edition, new: Edition) -> tuple[tuple[int | None, int | None], ...]:
    """Which page became which, in order: the pairing whose pages have the most words in common."""
    olds = [Counter(old.words[i].text for i in old.words_on(n)) for n in range(1, len(old.pages) + 1)]
    news = [Counter(new.words[i].text for i in new.words_on(n)) for n in range(1, len(new.pages) + 1)]
    likeness = [[_likeness(a, b) for b in news] for a in olds]
    # best[i][j]: how alike the first i old and j new pages can be paired
    best = [[0.0] * (len(news) + 1) for _ in range(len(olds) + 1)]
    for i in range(1, len(olds) + 1):
        for j in range(1, len(news) + 1):
            pair = likeness[i - 1][j - 1]
            together = best[i - 1][j - 1] + pair if pair >= _ALIKE else 0.0
            best[i][j] = max(best[i - 1][j], best[i][j - 1], together)
    pairs: list[tuple[int | None, int | None]] = []
    i, j = len(olds), len(news)
    while i or j:
        if i and j and likeness[i - 1][j - 1] >= _ALIKE and best[i][j] == best[i - 1][j - 1] + likeness[i - 1][j - 1]:
            pairs.append((i, j))
            i, j = i - 1, j - 1
        elif i and (not j or best[i][j] == best[i - 1][j]):
            pairs.append((i, None))
            i -= 1
        else:
            pairs.append((None, j))
            j -= 1
    pairs.reverse()
    # pages that have little in common but stand alone between the same neighbours are one page rewritten
    return tuple(_joined(pairs))


def _joined(pairs: Sequence[tuple[int | None, int | None]]) -> Iterator[tuple[int | None, int | None]]:
    waiting: list[tuple[int | None, int | None]] = []
    for pair in [*pairs, (0, 0)]:
        if None in pair:
            waiting.append(pair)
            continue
        gone, come = [a for a, _ in waiting if a], [b for _, b in waiting if b]
        if len(gone) == len(come):
            yield from zip(gone, come, strict=True)
        else:
            yield from waiting
        waiting = []
        if pair != (0, 0):
            yield pair


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    total = a.total() + b.total()
    # two pictures without a word may be the same
    return 2 * (a & b).total() / total if total else 0.5


class _Fates:
    """Finds out what became of each word."""

    def __init__(self, old: Sequence[PrintedWord], new: Sequence[PrintedWord]) -> None:
        self._old_words, self._new_words = old, new
        self.old: list[Fate] = ["removed"] * len(old)
        self.new: list[Fate] = ["added"] * len(new)
        self._shifts: dict[tuple[int, int], Counter[tuple[float, float]]] = defaultdict(Counter)

    def match_page(self, olds: list[int], news: list[int]) -> None:
        """Match the words of two pages that are one: on the same spot first, then in their order."""
        still = self._match_spots(olds, news)
        left, right = self._unmatched(olds, news)
        for i, j, size in _blocks(*self._texts(left, right)):
            one, other = left[i], right[j]
            overtaken = sum((a - one) * (b - other) < 0 for a, b in still)
            for k in range(size):
                self._pair(left[i + k], right[j + k], "shifted" if overtaken < _OVERTAKEN else "moved")

    def _match_spots(self, olds: list[int], news: list[int]) -> list[tuple[int, int]]:
        """Match what stayed where it was; the pairs."""
        still = []
        spots: dict[str, list[int]] = defaultdict(list)
        for j in news:
            spots[self._new_words[j].text].append(j)
        for i in olds:
            word = self._old_words[i]
            near = [j for j in spots[word.text] if _distance(word.box, self._new_words[j].box) <= _STILL_PT]
            if near:
                j = min(near, key=lambda one: _distance(word.box, self._new_words[one].box))
                spots[word.text].remove(j)
                self._pair(i, j, "same")
                still.append((i, j))
        return still

    def match_moved(self) -> None:
        """Of what is left on all pages: the same words running on elsewhere were moved."""
        left, right = self._unmatched(range(len(self._old_words)), range(len(self._new_words)))
        while True:
            olds, news = self._texts(left, right)
            # the longest first: shorter runs may be parts of it
            found = SequenceMatcher(None, olds, news, autojunk=False).find_longest_match()
            if found.size < _RUN_WORDS:
                break
            for k in range(found.size):
                self._pair(left[found.a + k], right[found.b + k], "moved")
            del left[found.a : found.a + found.size]
            del right[found.b : found.b + found.size]
        for size in range(_RUN_WORDS - 1, 0, -1):
            left, right = self._unmatched(left, right)
            old_runs, new_runs = (_once(texts, size) for texts in self._texts(left, right))
            for run in old_runs.keys() & new_runs.keys():
                pairs = [(left[old_runs[run] + k], right[new_runs[run] + k]) for k in range(size)]
                is_free = all(self.old[i] == "removed" and self.new[j] == "added" for i, j in pairs)
                if is_free and sum(map(len, run)) >= _RUN_LETTERS:
                    for i, j in pairs:
                        self._pair(i, j, "moved")

    def _texts(self, left: Sequence[int], right: Sequence[int]) -> tuple[list[str], list[str]]:
        return [self._old_words[i].text for i in left], [self._new_words[j].text for j in right]

    def _unmatched(self, olds: Sequence[int], news: Sequence[int]) -> tuple[list[int], list[int]]:
        return [i for i in olds if self.old[i] == "removed"], [j for j in news if self.new[j] == "added"]

    def _pair(self, i: int, j: int, fate: Fate) -> None:
        a, b = self._old_words[i], self._new_words[j]
        if _distance(a.box, b.box) <= _STILL_PT and (fate != "moved" or a.page == b.page):
            fate = "same"
        self.old[i] = self.new[j] = fate
        shift = (round(b.box[0] - a.box[0]), round(b.box[1] - a.box[1]))
        self._shifts[a.page, b.page][shift] += 1

    def shifts(self) -> dict[tuple[int, int], tuple[tuple[float, float], ...]]:
        """The shifts that enough words of two pages share to be those of what is drawn around them."""
        return {
            pages: tuple(shift for shift, count in counts.most_common(12) if count >= 3)
            for pages, counts in self._shifts.items()
        }


def _once(texts: Sequence[str], size: int) -> dict[tuple[str, ...], int]:
    """Where each run of ``size`` words stands that stands once: dict[run, its start]."""
    starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for start in range(len(texts) - size + 1):
        starts[tuple(texts[start : start + size])].append(start)
    return {run: found[0] for run, found in starts.items() if len(found) == 1}


def _blocks(olds: Sequence[str], news: Sequence[str]) -> list[tuple[int, int, int]]:
    """What two sequences have in common in the same order: (start in old, start in new, length)."""
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    # a short word alone between others ("of") is chance, and would read as moved
    return [
        (i, j, size)
        for i, j, size in matcher.get_matching_blocks()
        if size >= 2 or (size == 1 and len(olds[i]) >= 4 and olds.count(olds[i]) == 1)
    ]


def _field_fates(old: Edition, new: Edition, pages: dict[int | None, int | None]) -> tuple[list[Fate], list[Fate]]:
    """Fields are the same by name, kind and order of their widgets; what was renamed on its spot is not."""
    olds: list[Fate] = ["removed"] * len(old.fields)
    news: list[Fate] = ["added"] * len(new.fields)
    by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
    for j, one in enumerate(new.fields):
        by_name[one.name, one.kind].append(j)
    for i, one in enumerate(old.fields):
        twins = by_name[one.name, one.kind]
        if twins:
            j = min(
                twins, key=lambda k: (new.fields[k].page != pages.get(one.page), _distance(one.box, new.fields[k].box))
            )
            twins.remove(j)
            still = _distance(one.box, new.fields[j].box) <= _STILL_PT and new.fields[j].page == pages.get(one.page)
            olds[i] = news[j] = "same" if still else "moved"
    return olds, news


def _distance(one: ShownBox, other: ShownBox) -> float:
    """How far the left end of a box moved along its line, or its middle from line to line, in points."""
    return max(abs(one[0] - other[0]), abs(one[1] + one[3] - other[1] - other[3]) / 2)


def _sizes_differ(one: PageFrame, other: PageFrame) -> bool:
    return max(abs(one.width - other.width), abs(one.height - other.height)) > 1


def snippets(words: Sequence[PrintedWord], fates: Sequence[Fate], fate: Fate) -> list[tuple[int, str]]:
    """The words of one fate as they run on: (page, words), in order."""
    found: list[tuple[int, list[str]]] = []
    last = -2
    for i, word in enumerate(words):
        if fates[i] == fate:
            if last == i - 1 and found[-1][0] == word.page:
                found[-1][1].append(word.text)
            else:
                found.append((word.page, [word.text]))
            last = i
    return [(page, " ".join(texts)) for page, texts in found]


def _words(data: bytes, frames: Sequence[PageFrame], name: str) -> Iterator[PrintedWord]:
    import pypdfium2
    import pypdfium2.raw as raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise BlankFormError(f"{name}: cannot be read as a PDF: it is damaged or needs a password") from None
    try:
        for number, frame in enumerate(frames, 1):
            page = document[number - 1]
            text_page = page.get_textpage()
            yield from _in_lines(list(_words_of(raw, text_page.raw, frame, number)))
            text_page.close()
            page.close()
    finally:
        document.close()


def _words_of(raw: Any, page: Any, frame: PageFrame, number: int) -> Iterator[PrintedWord]:
    """The words in the order in which the file draws them. A run of underscores or dots is one word, of any length."""
    loose = raw.FS_RECTF()
    chars: list[tuple[str, ShownBox]] = []

    def word() -> Iterator[PrintedWord]:
        if chars:
            text = _FILLER.sub("__", "".join(char for char, _ in chars))
            yield PrintedWord(text, number, hull([box for _, box in chars]))
            chars.clear()

    for i in range(raw.FPDFText_CountChars(page)):
        code = raw.FPDFText_GetUnicode(page, i)
        char = chr(code) if 0 < code < 0x110000 else "\ufffd"
        if code == 2:  # what PDFium makes of a hyphen at the end of a line
            char = "-"
        if char.isspace() or not raw.FPDFText_GetLooseCharBox(page, i, loose):
            yield from word()
            continue
        left, right = sorted((loose.left, loose.right))
        low, high = sorted((loose.bottom, loose.top))
        box = frame.to_top_left((left, low, right, high))
        filler = bool(_FILLER.fullmatch(char))
        if chars and (_is_apart(chars[-1][1], box) or filler != bool(_FILLER.fullmatch(chars[-1][0]))):
            yield from word()
        chars.append((char, box))
    yield from word()


def _is_apart(one: ShownBox, other: ShownBox) -> bool:
    size = max(one[3] - one[1], 4.0)
    off_line = abs(one[1] + one[3] - other[1] - other[3]) / 2 > 0.5 * size
    return off_line or other[0] - one[2] > 0.25 * size or one[0] - other[2] > 0.25 * size


def _in_lines(words: list[PrintedWord]) -> Iterator[PrintedWord]:
    """Words from top to bottom, each line from left to right."""
    rows: list[list[PrintedWord]] = []
    for word in sorted(words, key=lambda one: one.box[3]):
        if rows and word.box[3] - rows[-1][0].box[3] <= _LINE_PT:
            rows[-1].append(word)
        else:
            rows.append([word])
    for row in rows:
        yield from sorted(row, key=lambda one: one.box[0])
