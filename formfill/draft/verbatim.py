"""The very words in and around a place as evidence: what labelled forms teach that no wording of ours names.

A word of the label speaks for each candidate ("records.all|check word entire") and for its class; a word further off
only for whose the candidate is or which list it stands in ("recipient word intro below"): too few forms are labelled to
learn more of it. A word seen at one organisation alone teaches nothing (``scripts/train_ranker.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from formfill.draft.candidates import Candidate, group_of, party_of
from formfill.draft.seen import Seen

_WORD = re.compile(r"[^\W\d_]{2,}")
#: How many words of a label count, and of a heading.
_LABEL, _HEADING = 12, 8
#: How many words before a place count, and how many after it.
_BEFORE, _AFTER, _INTRO = 8, 5, 6


class Verbatim:
    """The words of one place."""

    def __init__(self, seen: Seen) -> None:
        self._label = [f"word {word}" for word in words_of(seen.label)[:_LABEL]]
        self._around = [*self._label, *(f"word {where} {word}" for where, word in _around(seen))]
        self._by_class: dict[tuple[str, str], list[str]] = {}

    def evidence(self, candidate: Candidate) -> Iterator[str]:
        """What the words say of one candidate."""
        yield from (f"{candidate} {one}" for one in self._label)
        classes = party_of(candidate.concept), group_of(candidate.concept)
        if classes not in self._by_class:
            party, group = classes
            said = [f"{party} {one}" for one in self._around]
            self._by_class[classes] = said + [f"class {group} {one}" for one in self._label]
        yield from self._by_class[classes]


def words_of(text: str) -> list[str]:
    """The words of a folded text, each once, in order."""
    return list(dict.fromkeys(_WORD.findall(text)))


def _around(seen: Seen) -> Iterator[tuple[str, str]]:
    """(where, word) of the print around a place."""
    slots = seen.slots
    near = {
        "left": words_of(" ".join(slots["left_near"].split()[-4:])),
        "right": words_of(slots["right_near"]),
        "caption": words_of(slots["caption"]),
        "heading": words_of(" ".join(seen.headings[:1]))[:_HEADING],
        "before": _WORD.findall(seen.before)[-_BEFORE:],
        "after": _WORD.findall(seen.after)[:_AFTER],
        "intro": words_of(slots["intro"])[-_INTRO:],
    }
    for where, words in near.items():
        yield from ((where, word) for word in words)
