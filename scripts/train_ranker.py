"""Learns the ranker's weights from labelled forms, and says how well it reads forms of organisations it never saw.

    python scripts/train_ranker.py [--truth DIR] [--corpus DIR] [--without ORGANISATION …] [--folds N] [--out FILE]

Needs scipy beside an installed formfill. The labelled forms are those of the benchmark (truth/*.json: concept, kind,
page from 0, box); they stay outside of the repository, the weights are written into it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from formfill.draft.detect import detect
from formfill.draft.evidence import NONE, Candidate, form_evidence
from formfill.draft.facts import Detection, Spot
from formfill.draft.labels import read_form
from formfill.draft.ranker import SOURCE
from formfill.pdf.compiled import compiled_form

ROOT = Path(__file__).resolve().parent.parent
#: The strength of the pull towards small weights.
L2 = 3.0
#: Evidence seen at fewer organisations says nothing of the next one.
SEEN_AT = 2
SMALLEST = 0.02
_EXCLUDES = re.compile(r"(^|; )no\b|exclude|not to be released|do not", re.IGNORECASE)


@dataclass
class Row:
    """One place: its form, its candidates' evidence, and which of them is right (None: none of them)."""

    form: str
    names: list[str]
    evidence: list[list[str]]
    right: int | None
    truth: str


def main() -> None:
    """Learn from all labelled forms, cross-validate if asked to, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", type=Path, default=ROOT.parent / "shared" / "bench" / "truth")
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--without", nargs="*", default=[], help="organisations (folders) whose forms are left out")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate by organisation in so many parts")
    parser.add_argument("--out", type=Path, default=SOURCE)
    options = parser.parse_args()
    files = [(path, options.corpus) for path in sorted(options.truth.glob("*.json"))]
    with ProcessPoolExecutor(2) as pool:
        rows = [row for form in pool.map(_form_rows, files) for row in form]
    rows = [row for row in rows if _organisation(row) not in options.without]
    print(f"{len(rows)} places of {len({row.form for row in rows})} forms")
    if options.folds:
        _cross_validate(rows, options.folds)
    weights = learn(rows)
    write(weights, options.out)
    print(f"{options.out}: {len(weights)} weights")


def _organisation(row: Row) -> str:
    return row.form.split("/")[0]


def _form_rows(job: tuple[Path, Path]) -> list[Row]:
    """The places of one form; ``job`` is its truth file and the folder of the corpus."""
    path, corpus = job
    truth = json.loads(path.read_text(encoding="utf-8"))
    detection = detect(compiled_form((corpus / truth["form"]).read_bytes()))
    labels = labelled(truth, detection)
    rows = []
    for (_, candidates), label in zip(form_evidence(detection, read_form(detection)), labels, strict=True):
        names = [str(candidate) for candidate, _ in candidates]
        right = names.index(label) if label in names else None
        rows.append(Row(truth["form"], names, [list(seen) for _, seen in candidates], right, label))
    return rows


def labelled(truth: dict[str, Any], detection: Detection) -> list[str]:
    """What each place of a form is by its truth, as ``str(Candidate)``; ``none|text`` where nothing is meant to be."""
    labels = [str(Candidate(NONE, "text"))] * len(detection.spots)
    pairs = []
    for i, field in enumerate(truth["fields"]):
        for k, spot in enumerate(detection.spots):
            if spot.page == field["page"] + 1:
                for n, box in enumerate(_boxes(spot)):
                    share = _shared(box, field["bbox"])
                    if share >= 0.3:
                        pairs.append((share - 0.01 * n, i, k, n))
    used: set[Any] = set()
    first: dict[int, int] = {}
    for _, i, k, n in sorted(pairs, reverse=True):
        if i in used or (k, n) in used:
            continue
        used |= {i, (k, n)}
        if k not in first or n < first[k]:
            first[k] = n
            labels[k] = _name(truth["fields"][i], detection.spots[k])
    return labels


def _boxes(spot: Spot) -> list[Any]:
    return [piece.box for piece in spot.pieces] or list(spot.lines) or [spot.box]


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    """The share of the wider box's width that two boxes on one height have in common."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0.3 * min(one[3] - one[1], other[3] - other[1]):
        return 0.0
    return across / max(one[2] - one[0], other[2] - other[0])


def _name(field: dict[str, Any], spot: Spot) -> str:
    """A labelled field as ``str(Candidate)``; the parts of a birth date are the date where they were found as one."""
    concept, kind = field["concept"], field["kind"]
    if spot.pieces:
        concept = re.sub(r"birth_date\.(month|day|year)", "birth_date", concept)
    excludes = concept.startswith("sensitive.") and kind in ("check", "initials") and _EXCLUDES.search(field["note"])
    return str(Candidate(concept, kind, bool(excludes)))


def learn(rows: Sequence[Row]) -> dict[str, float]:
    """The weights that make the right candidates of ``rows`` likeliest."""
    seen_at: dict[str, set[str]] = {}
    for row in rows:
        for seen in row.evidence:
            for name in seen:
                seen_at.setdefault(name, set()).add(_organisation(row))
    names = [name for name, places in seen_at.items() if len(places) >= SEEN_AT]
    index = {name: i for i, name in enumerate(names)}
    used = [row for row in rows if row.right is not None]
    columns: list[int] = []
    ends, starts = [0], [0]
    for row in used:
        for seen in row.evidence:
            columns += [index[name] for name in seen if name in index]
            ends.append(len(columns))
        starts.append(len(ends) - 1)
    matrix = sparse.csr_matrix(
        (np.ones(len(columns), np.float32), np.array(columns, np.int32), np.array(ends)), (len(ends) - 1, len(names))
    )
    back = matrix.T.tocsr()
    first = np.array(starts)
    right = first[:-1] + np.array([row.right for row in used])
    place = np.repeat(np.arange(len(used)), np.diff(first))

    def loss(w: Any) -> Any:
        score = matrix @ w
        top = np.maximum.reduceat(score, first[:-1])
        share = np.exp(score - top[place])
        total = np.add.reduceat(share, first[:-1])
        wrong = share / total[place]
        value = (np.log(total) + top - score[right]).sum() + 0.5 * L2 * (w @ w)
        wrong[right] -= 1
        return value, back @ wrong + L2 * w

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 120})
    return {name: float(w) for name, w in zip(names, found.x, strict=True) if abs(w) >= SMALLEST}


def _cross_validate(rows: Sequence[Row], folds: int) -> None:
    organisations = sorted({_organisation(row) for row in rows})
    right: Counter[str] = Counter()
    for fold in range(folds):
        out = set(organisations[fold::folds])
        weights = learn([row for row in rows if _organisation(row) not in out])
        for row, guess in _guesses([row for row in rows if _organisation(row) in out], weights):
            right["places"] += 1
            right["right"] += guess == row.truth
            if not row.truth.startswith(NONE):
                right["asked"] += 1
                right["asked right"] += guess == row.truth
    places, asked = right["places"], right["asked"]
    every, asking = right["right"] / places, right["asked right"] / asked
    print(
        f"of {places} places of organisations not learnt from: {every:.3f} right; of the {asked} that ask: {asking:.3f}"
    )


def _guesses(rows: Sequence[Row], weights: dict[str, float]) -> Iterator[tuple[Row, str]]:
    for row in rows:
        scores = [sum(weights.get(name, 0.0) for name in seen) for seen in row.evidence]
        yield row, row.names[int(np.argmax(scores))]


def write(weights: dict[str, float], path: Path) -> None:
    """The weights in thousandths, heaviest first."""
    lines = ["# Evidence and its weight in thousandths; written by scripts/train_ranker.py."]
    ordered = sorted(weights.items(), key=lambda item: (-abs(item[1]), item[0]))
    lines += [f"{round(weight * 1000)}\t{name}" for name, weight in ordered]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
