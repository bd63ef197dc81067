"""Weighs the evidence: how likely each candidate of a place is.

A log-linear model: a candidate's score is the sum of its evidence's weights, and its probability its share among the
place's candidates. The weights are data (``ranker.tsv``, one line a piece of evidence), learnt from labelled forms by
``scripts/train_ranker.py``; every probability can therefore be explained by the evidence that made it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from formfill.draft.evidence import Candidate
from formfill.errors import FormMapError

SOURCE = Path(__file__).with_name("ranker.tsv")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its probability among its place's, 0 to 1, and the evidence that spoke loudest for it."""

    candidate: Candidate
    probability: float
    reason: tuple[str, ...]


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
    candidates: Sequence[tuple[Candidate, Iterable[str]]], known: Mapping[str, float] | None = None
) -> list[Ranked]:
    """The candidates of one place with their evidence, the likeliest first."""
    known = weights() if known is None else known
    scored = []
    for candidate, evidence in candidates:
        parts = [(known[name], name) for name in evidence if name in known]
        scored.append((sum(weight for weight, _ in parts), candidate, parts))
    top = max(score for score, _, _ in scored)
    shares = [math.exp(score - top) for score, _, _ in scored]
    total = sum(shares)
    ranked = []
    for share, (_, candidate, parts) in zip(shares, scored, strict=True):
        loudest = sorted((part for part in parts if not part[1].startswith("is ")), reverse=True)[:3]
        ranked.append(Ranked(candidate, share / total, tuple(name for weight, name in loudest if weight > 0.15)))
    return sorted(ranked, key=lambda one: -one.probability)
