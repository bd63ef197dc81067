"""Learns the ranker's weights from labelled forms, and says how well it reads forms of organisations it never saw.

    python scripts/train_ranker.py [--truth DIR …] [--corpus DIR] [--without ORGANISATION …] [--folds N] [--out FILE]

Needs scipy beside an installed formfill. The labelled forms are those of the benchmark (truth/*.json: concept, kind,
page from 0, box) and those of ``scripts/labels``; the forms themselves stay outside of the repository.

The second look at a place (``company.py``) is learnt from first looks at forms of organisations that were left out
while the first look was learnt: what it will meet on a new form.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes share the cores already
import numpy as np
import pypdfium2.raw
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from formfill.draft.candidates import NONE, Candidate
from formfill.draft.company import company_evidence
from formfill.draft.detect import detect
from formfill.draft.evidence import form_evidence
from formfill.draft.facts import Detection, Spot
from formfill.draft.labels import read_form
from formfill.draft.ranker import SOURCE, Ranked, rank
from formfill.draft.seen import Seen
from formfill.pdf.compiled import compiled_form

ROOT = Path(__file__).resolve().parent.parent
#: The strength of the pull towards small weights.
L2 = 10.0
#: The same for what company says.
L2_COMPANY = 8.0
#: Into how many parts the organisations are put, so that each is looked at by weights that never saw it.
PARTS = 4
#: Evidence seen at fewer organisations says nothing of the next one.
SEEN_AT = 2
SMALLEST = 0.02
_EXCLUDES = re.compile(r"(^|; )no\b|exclude|not to be released|do not", re.IGNORECASE)


@dataclass
class Row:
    """One place: its candidates with their evidence, which of them is right (None: none of them), and what they score
    before this evidence counts."""

    organisation: str
    candidates: list[tuple[Candidate, list[str]]]
    right: int | None
    before: list[float] | None = None


@dataclass
class Form:
    """A labelled form: its places as seen, as rows of what each is by itself, and what they are in truth."""

    name: str
    seen: list[Seen]
    rows: list[Row]
    truth: list[str]

    @property
    def organisation(self) -> str:
        """The folder that the form lies in."""
        return self.name.split("/")[0]


def main() -> None:
    """Learn from all labelled forms, cross-validate if asked to, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = ROOT.parent / "shared"
    parser.add_argument(
        "--truth", type=Path, nargs="*", default=[shared / "bench" / "truth", ROOT / "scripts" / "labels"]
    )
    parser.add_argument("--corpus", type=Path, default=shared / "corpus")
    parser.add_argument("--without", nargs="*", default=[], help="organisations (folders) whose forms are left out")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate by organisation in so many parts")
    parser.add_argument("--out", type=Path, default=SOURCE)
    options = parser.parse_args()
    files = [(path, options.corpus) for folder in options.truth for path in sorted(folder.glob("*.json"))]
    with ProcessPoolExecutor(2) as pool:
        forms = list(pool.map(read, files))
    forms = [form for form in forms if form.organisation not in options.without]
    print(f"{sum(len(form.rows) for form in forms)} places of {len(forms)} forms")
    if options.folds:
        with ProcessPoolExecutor(2) as pool:
            counts = sum(pool.map(partial(_fold, forms), parts(forms, options.folds)), Counter[str]())
        every, asking = counts["right"] / counts["places"], counts["asked right"] / counts["asked"]
        print(f"of {counts['places']} places of organisations not learnt from: {every:.3f} right;", end=" ")
        print(f"of the {counts['asked']} that ask: {asking:.3f}")
    weights = learn_both(forms)
    write(weights, options.out)
    print(f"{options.out}: {len(weights)} weights")


def read(job: tuple[Path, Path]) -> Form:
    """One labelled form; ``job`` is its truth file and the folder of the corpus."""
    path, corpus = job
    truth = json.loads(path.read_text(encoding="utf-8"))
    forget_fonts()
    detection = detect(compiled_form((corpus / truth["form"]).read_bytes()))
    return seen_form(truth, detection)


def forget_fonts() -> None:
    """Start PDFium anew: a form is read as by a process of its own, whatever fonts those before it had.

    No document may be open.
    """
    pypdfium2.raw.FPDF_DestroyLibrary()
    pypdfium2.raw.FPDF_InitLibrary()


def seen_form(truth: dict[str, Any], detection: Detection) -> Form:
    """A form as it is seen, with what its places are in truth."""
    names = labelled(truth, detection)
    places = list(form_evidence(detection, read_form(detection)))
    form = Form(truth["form"], [seen for seen, _ in places], [], names)
    form.rows = [
        Row(form.organisation, candidates, _index(candidates, name))
        for (_, candidates), name in zip(places, names, strict=True)
    ]
    return form


def _index(candidates: Sequence[tuple[Candidate, list[str]]], name: str) -> int | None:
    return next((i for i, (candidate, _) in enumerate(candidates) if str(candidate) == name), None)


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


def parts(forms: Sequence[Form], count: int) -> list[set[str]]:
    """The organisations in so many parts."""
    organisations = sorted({form.organisation for form in forms})
    return [set(organisations[i::count]) for i in range(count)]


def learn_both(forms: Sequence[Form]) -> dict[str, float]:
    """The weights of a place's own evidence and of its company's."""
    company: list[Row] = []
    for part in parts(forms, PARTS):
        weights = learn([row for form in forms if form.organisation not in part for row in form.rows], L2)
        company += [row for form in forms if form.organisation in part for row in second_look(form, weights)]
    return learn([row for form in forms for row in form.rows], L2) | learn(company, L2_COMPANY)


def second_look(form: Form, weights: dict[str, float]) -> list[Row]:
    """A form's places with what company says of them, after a first look with ``weights``."""
    alone = first_look(form, weights)
    return [
        Row(form.organisation, candidates, _index(candidates, name), [one.score for one in ranking])
        for candidates, ranking, name in zip(company_evidence(form.seen, alone), alone, form.truth, strict=True)
    ]


def first_look(form: Form, weights: dict[str, float]) -> list[list[Ranked]]:
    """Each place's candidates ranked by their own evidence."""
    return [rank(row.candidates, weights) for row in form.rows]


def learn(rows: Sequence[Row], l2: float) -> dict[str, float]:
    """The weights that make the right candidates of ``rows`` likeliest."""
    seen_at: dict[str, set[str]] = {}
    for organisation in {row.organisation for row in rows}:
        own = (row for row in rows if row.organisation == organisation)
        for name in {name for row in own for _, evidence in row.candidates for name in evidence}:
            seen_at.setdefault(name, set()).add(organisation)
    names = sorted(name for name, places in seen_at.items() if len(places) >= SEEN_AT)
    index = {name: i for i, name in enumerate(names)}
    used = [row for row in rows if row.right is not None]
    columns: list[int] = []
    ends, starts = [0], [0]
    before: list[float] = []
    for row in used:
        for _, evidence in row.candidates:
            columns += [index[name] for name in evidence if name in index]
            ends.append(len(columns))
        before += row.before or [0.0] * len(row.candidates)
        starts.append(len(ends) - 1)
    shape = (len(ends) - 1, len(names))
    matrix = sparse.csr_matrix((np.ones(len(columns)), np.array(columns, np.int32), np.array(ends)), shape)
    back = matrix.T.tocsr()
    first, offset = np.array(starts), np.array(before)
    right = first[:-1] + np.array([row.right for row in used])
    place = np.repeat(np.arange(len(used)), np.diff(first))

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = matrix @ w + offset
        top = np.maximum.reduceat(score, first[:-1])
        share = np.exp(score - top[place])
        total = np.add.reduceat(share, first[:-1])
        wrong = share / total[place]
        value = (np.log(total) + top - score[right]).sum() + 0.5 * l2 * (w @ w)
        wrong[right] -= 1
        return value, back @ wrong + l2 * w

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 120})
    return {name: float(w) for name, w in zip(names, found.x, strict=True) if abs(w) >= SMALLEST}


def _fold(forms: Sequence[Form], out: Collection[str]) -> Counter[str]:
    """How many places of the organisations ``out`` are read right by weights learnt from all others."""
    weights = learn_both([form for form in forms if form.organisation not in out])
    right: Counter[str] = Counter()
    for form in forms:
        if form.organisation in out:
            alone = first_look(form, weights)
            for candidates, ranking, truth in zip(company_evidence(form.seen, alone), alone, form.truth, strict=True):
                guess = str(rank(candidates, weights, ranking)[0].candidate)
                asks = not truth.startswith(NONE)
                right.update(
                    {"places": 1, "right": guess == truth, "asked": asks, "asked right": asks and guess == truth}
                )
    return right


def write(weights: dict[str, float], path: Path) -> None:
    """The weights in thousandths, heaviest first."""
    lines = ["# Evidence and its weight in thousandths; written by scripts/train_ranker.py."]
    ordered = sorted(weights.items(), key=lambda item: (-abs(item[1]), item[0]))
    lines += [f"{round(weight * 1000)}\t{name}" for name, weight in ordered]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
