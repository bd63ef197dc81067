"""A page's printed lines, cut into stretches at gaps and changes of weight; which of them head or introduce places."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from formfill.draft.facts import PageFacts, Spot, Word, lines_of, text_of
from formfill.draft.wordings import asked, folded, spoken_of
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import hull

_LONGEST_HEADING = 14
_NUMBERED = re.compile(r"(section|part|secci[oó]n|\d{1,2}[.)]|[A-H][.)])\s", re.IGNORECASE)
#: What a label asks though it may be printed like a heading.
_NAMES = frozenset({"name", "full_name", "first_name", "last_name", "printed_name", "other_names"})
_DETAILS = _NAMES | {
    *("birth_date", "ssn", "mrn", "address", "street", "city", "state", "zip", "city_state_zip"),
    *("phone", "fax", "email", "relationship", "signature", "date"),
}
#: A shaded area higher than this is no heading's ground, in points.
_HIGHEST_SHADE_PT = 40.0


@dataclass
class Line:
    """The words of one printed line from the left, and the stretches of them that belong together."""

    words: list[Word]
    top: float
    bottom: float
    stretches: list[list[Word]] = field(default_factory=list)


def stretched_lines(page: PageFacts) -> list[Line]:
    """The lines of a page by their lower edges, from the top; without words that are only a stroke."""
    lines = [_line(words) for words in lines_of([w for w in page.words if w.text.strip("|_")])]
    return sorted(lines, key=lambda line: line.bottom)


def type_size(page: PageFacts) -> float:
    """The type size of most of a page's print, in points; a usual one where nothing is printed."""
    return median(word.size for word in page.words) if page.words else 10.0


def headings(page: PageFacts, lines: Sequence[Line], labels: Collection[int]) -> Iterator[tuple[str, ShownBox]]:
    """Stretches of print that look like headings; ``labels`` are the id() of words that name a place themselves."""
    usual = type_size(page)
    for line in lines:
        for stretch in line.stretches:
            if sum(id(word) in labels for word in stretch) * 2 > len(stretch):
                continue
            if is_heading(page, stretch, usual):
                yield text_of(stretch), hull([word.box for word in stretch])


def is_heading(page: PageFacts, words: Sequence[Word], usual: float) -> bool:
    """Whether words on a line look like a heading; ``usual`` is the page's type size."""
    text = text_of(words)
    letters = [c for c in text if c.isalpha()]
    if len(words) > _LONGEST_HEADING or len(letters) < 4:
        return False
    if _names_a_detail(folded(text)):
        return False
    capital = sum(c.isupper() for c in letters) > 0.85 * len(letters)
    bold = all(word.bold for word in words)
    large = words[0].size > 1.14 * usual
    shaded = _is_shaded(page, hull([word.box for word in words]))
    return shaded or large or bold or capital or bool(_NUMBERED.match(text))


def _names_a_detail(text: str) -> bool:
    """Whether a folded text asks a name, an address or the like and does not say whose: a label, not a heading."""
    return not _DETAILS.isdisjoint(asked(text)) and not spoken_of(text)


def _is_shaded(page: PageFacts, box: ShownBox) -> bool:
    return any(
        s[0] - 2 <= box[0]
        and box[2] <= s[2] + 2
        and s[1] - 3 <= box[1]
        and box[3] <= s[3] + 3
        and s[3] - s[1] < _HIGHEST_SHADE_PT
        for s in page.shades
    )


def intros(lines: Sequence[Line], spots: Sequence[Spot]) -> Iterator[tuple[str, ShownBox]]:
    """Stretches that end in a colon with no place right behind it: what they ask is asked of the places below."""
    for line in lines:
        for stretch in line.stretches:
            if not stretch[-1].text.rstrip().endswith(":") or len(stretch) < 2:
                continue
            box = hull([word.box for word in stretch])
            if not any(_follows(spot.box, box) for spot in spots):
                yield text_of(stretch), box


def _follows(spot: ShownBox, box: ShownBox) -> bool:
    """Whether a place begins right behind ``box``, on its line."""
    return spot[0] > box[2] - 4 and spot[0] - box[2] < 14 and spot[1] < box[3] and spot[3] > box[1]


def _line(words: list[Word]) -> Line:
    line = Line(words, min(w.box[1] for w in words), max(w.box[3] for w in words))
    for word in words:
        last = line.stretches[-1][-1] if line.stretches else None
        if last is not None and word.box[0] - last.box[2] < 1.4 * max(word.size, 6) and word.bold == last.bold:
            line.stretches[-1].append(word)
        else:
            line.stretches.append([word])
    return line
