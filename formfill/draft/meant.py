"""Which of the wordings found in a label are meant: "email address" asks for an e-mail address, not for a street."""

from __future__ import annotations

from functools import lru_cache

from formfill.draft.wordings import asked, wordings


@lru_cache(maxsize=20_000)
def meant(text: str) -> tuple[str, ...]:
    """What a folded text asks, without the wordings that stand inside longer ones; in the order in which they end."""
    spans = [(m.start(), m.end(), ask) for ask in asked(text) for m in wordings().asks[ask].finditer(text)]
    ends: dict[str, int] = {}
    for start, end, ask in spans:
        inside = any(a <= start and end <= b and b - a > end - start for a, b, _ in spans)
        if not inside:
            ends[ask] = max(end, ends.get(ask, 0))
    return tuple(sorted(ends, key=lambda ask: (ends[ask], ask)))


@lru_cache(maxsize=20_000)
def share_told(text: str, asks: frozenset[str]) -> float:
    """The share of a folded text's letters that wordings of ``asks`` cover, 0 to 1."""
    covered: set[int] = set()
    for ask in asks:
        for match in wordings().asks[ask].finditer(text):
            covered.update(range(*match.span()))
    letters = [i for i, c in enumerate(text) if c.isalpha()]
    return sum(i in covered for i in letters) / len(letters) if letters else 0.0
