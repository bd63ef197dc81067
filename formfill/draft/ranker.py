"""Weighs the evidence: how likely each candidate of a place is.

A log-linear model: a candidate's score is the sum of its evidence's weights, and its probability its share among the
place's candidates. Every place is ranked twice: by itself, and then with what its company says of it, which is added
to the score (``company.py``). The weights are data (``ranker.tsv``, one line a piece of
evidence), learnt from labelled forms by ``scripts/train_ranker.py``; every probability can therefore be explained by
the evidence that made it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from formfill.draft.candidates import NONE, Candidate
from formfill.errors import FormMapError

SOURCE = Path(__file__).with_name("ranker.tsv")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its probability among its place's, 0 to 1, the evidence that spoke loudest for it, and the sum
    of its evidence's weights."""

    candidate: Candidate
    probability: float
    reason: tuple[str, ...]
    score: float = 0.0


@cache
def weights() -> dict[str, float]:
    """Evidence and its weight. Raises: FormMapError, for a file that cannot be read."""
    found: dict[str, float] = {}
    try:
        for line in SOURCE.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                weight, _, name = line.partition("\t")
                found[name] = float(weight) / 1000
    except (OSError, ValueError) as exc:
        raise FormMapError(f"{SOURCE.name}: cannot be read ({exc}); write it anew: scripts/train_ranker.py") from None
    return found


def rank(
    candidates: Sequence[tuple[Candidate, Iterable[str]]],
    known: Mapping[str, float] | None = None,
    before: Sequence[Ranked] = (),
) -> list[Ranked]:
    """The candidates of one place with their evidence, the likeliest first.

    Args:
        known: The weights; else those that ship.
        before: What an earlier look made of the same candidates, in their order: the new evidence is added to it.
    """
    known = weights() if known is None else known
    scored = []
    for i, (candidate, evidence) in enumerate(candidates):
        parts = [(known[name], name) for name in evidence if name in known]
        score = sum(weight for weight, _ in parts) + (before[i].score if before else 0.0)
        reason = before[i].reason if before else _loudest(parts)
        scored.append((score, candidate, reason))
    top = max(score for score, _, _ in scored)
    shares = [math.exp(score - top) for score, _, _ in scored]
    total = sum(shares)
    ranked = [
        Ranked(candidate, share / total, reason, score)
        for share, (score, candidate, reason) in zip(shares, scored, strict=True)
    ]
    return sorted(ranked, key=lambda one: -one.probability)


def nothing(ranking: Iterable[Ranked]) -> float:
    """How likely a place is none, 0 to 1."""
    return sum(one.probability for one in ranking if one.candidate.concept == NONE)


def _loudest(parts: Iterable[tuple[float, str]]) -> tuple[str, ...]:
    """The three pieces of evidence that weigh most for a candidate."""
    loudest = sorted((part for part in parts if not part[1].startswith("is ")), reverse=True)[:3]
    return tuple(name for weight, name in loudest if weight > 0.15)
