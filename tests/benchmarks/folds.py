"""How well drafts fill forms of organisations that the weights never saw: ``python -m tests.benchmarks.folds``.

Every labelled form is drafted and filled, unreviewed, and its ink scored by the benchmark's own scorer. The weights
that draft it are learnt here without its organisation: in five parts for most, and once without all of
``set_aside.txt``, the organisations from whose forms no rule was written either. So of the three rows of figures,
``set aside`` tells what a new form may expect; the others, how far the rules were learnt from the forms that they are
judged on.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from formfill.cli import main as formfill
from formfill.draft import ranker
from tests.benchmarks.draft import KINDS, ROOT, corpus

sys.path.insert(0, str(ROOT / "scripts"))
import train_ranker

SET_ASIDE = "set aside"
OURS = "labels of ours"
OTHERS = "the benchmark's others"
_LIST = Path(__file__).with_name("set_aside.txt")
_LABELS = ROOT / "scripts" / "labels"
#: What a draft may tick and the scenario says nothing of.
_UNNAMED = ("direction.release", "recipient.other_option", "request.dates_option", "provider.choice")


@dataclass(frozen=True)
class Labelled:
    """A labelled form: in which row of the figures it counts, and what its places are."""

    group: str
    truth: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.truth["form"])

    @property
    def organisation(self) -> str:
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class Scored:
    """A form's score, 0 to 1, and how many places got ink that must have none."""

    form: Labelled
    score: float
    forbidden: int
    places: list[dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=ROOT.parent / "shared" / "bench", help="truth and scorer")
    parser.add_argument("--folds", type=int, default=5, help="parts into which organisations are put")
    parser.add_argument("--shipped", action="store_true", help="draft with the weights that ship, which saw the forms")
    parser.add_argument("--only", nargs="*", default=[SET_ASIDE, OURS, OTHERS], metavar="GROUP", help="which rows")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep maps, filled forms and verdicts there")
    arguments = parser.parse_args()
    if not (arguments.bench / "score_fill.py").is_file():
        raise SystemExit(f"no benchmark in {arguments.bench}: name its folder with --bench")
    forms = labelled_forms(arguments.bench)
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(2) as pool:
        keep = arguments.keep or Path(folder)
        if arguments.shipped:
            jobs = [(form, ranker.SOURCE) for form in forms]
        else:
            seen = list(pool.map(_seen, [form.truth for form in forms]))
            parts = list(enumerate(unseen(forms, arguments.folds)))
            list(pool.map(partial(_learn, seen, Path(folder)), parts))
            jobs = [
                (form, _weights(Path(folder), i)) for i, part in parts for form in forms if form.organisation in part
            ]
        jobs = [job for job in jobs if job[0].group in arguments.only]
        scored = list(pool.map(partial(filled_and_scored, arguments.bench, keep), jobs))
    Console(width=120).print(table(scored))


def labelled_forms(bench: Path) -> list[Labelled]:
    """All labelled forms, in the order of their names."""
    aside = set(re.findall(r"^[\w-]+$", _LIST.read_text(encoding="utf-8"), re.MULTILINE))
    forms = []
    for path in (bench / "truth").glob("*.json"):
        truth = json.loads(path.read_text(encoding="utf-8"))
        for field in truth["fields"]:
            # one form says "line; no (tick = NOT to be released)", where the scorer looks for "no" at the beginning
            field["note"] = field["note"].replace("line; no (", "no (line; ")
        forms.append(Labelled(SET_ASIDE if truth["form"].partition("/")[0] in aside else OTHERS, truth))
    for path in _LABELS.glob("*.json"):
        truth = json.loads(path.read_text(encoding="utf-8"))
        _number_lines(truth["fields"])
        forms.append(Labelled(OURS, truth | {"kind": _kinds()[truth["form"]]}))
    return sorted(forms, key=lambda form: form.name)


def _kinds() -> dict[str, str]:
    with (corpus() / "INDEX.csv").open(newline="", encoding="utf-8") as file:
        return {row["file"]: row["kind"] for row in csv.DictReader(file)}


def _number_lines(fields: list[dict[str, Any]]) -> None:
    """Labels of ours that follow each other with one concept are one place's lines."""
    before: dict[str, Any] = {}
    for field in fields:
        follows = all(field[key] == before.get(key) for key in ("concept", "kind", "page")) and field["kind"] == "text"
        field["line"] = before["line"] + 1 if follows else 1
        before = field


def unseen(forms: Sequence[Labelled], folds: int) -> list[set[str]]:
    """The organisations that each set of weights is to know nothing of: the set-aside ones, and the others in parts."""
    aside = {form.organisation for form in forms if form.group == SET_ASIDE}
    others = sorted({form.organisation for form in forms} - aside)
    return [aside, *({*others[i::folds]} for i in range(folds))]


def _seen(truth: dict[str, Any]) -> train_ranker.Form:
    train_ranker.forget_fonts()
    blank = (corpus() / truth["form"]).read_bytes()
    return train_ranker.seen_form(truth, train_ranker.detect(train_ranker.compiled_form(blank)))


def _learn(seen: Sequence[train_ranker.Form], folder: Path, part: tuple[int, set[str]]) -> None:
    i, out = part
    weights = train_ranker.learn_both([form for form in seen if form.organisation not in out])
    train_ranker.write(weights, _weights(folder, i))


def _weights(folder: Path, i: int) -> Path:
    return folder / f"ranker-{i}.tsv"


def filled_and_scored(bench: Path, keep: Path, job: tuple[Labelled, Path]) -> Scored:
    """One form drafted with the weights of a file, filled for the scenario and scored; a form that fails scores 0."""
    form, source = job
    if str(bench) not in sys.path:
        sys.path.insert(0, str(bench))
    import score_fill

    ranker.SOURCE = source
    ranker.weights.cache_clear()
    folder = keep / form.name.replace("/", "__").removesuffix(".pdf")
    folder.mkdir(parents=True, exist_ok=True)
    blank, drafted, filled = corpus() / form.name, folder / "map.yaml", folder / "filled.pdf"
    for old in (drafted, filled):
        old.unlink(missing_ok=True)
    scenario = ROOT / "tests" / "scenario"
    request = ("--request", scenario / "request.yaml", "--map", drafted, "--blank", blank, "--out", filled)
    for command in (("map", "draft", blank, "--out", drafted), ("fill", scenario / "profile.yaml", *request)):
        train_ranker.forget_fonts()
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
            code = formfill([str(word) for word in command])
        if code:
            print(f"{form.name}: {said.getvalue().strip()}", file=sys.stderr)
            return Scored(form, 0.0, 0, [])
    expected = json.loads((bench / "expected.json").read_text(encoding="utf-8")) | dict.fromkeys(_UNNAMED)
    train_ranker.forget_fonts()
    verdict = score_fill.score(str(blank), str(filled), form.truth, expected)
    (folder / "score.json").write_text(json.dumps(verdict, indent=1), encoding="utf-8")
    return Scored(form, verdict["score"], verdict["forbidden"], verdict["places"])


def table(scored: Sequence[Scored]) -> Table:
    """Mean scores by group and kind of form, and the forbidden ink."""
    table = Table(title=f"{len(scored)} forms, drafted, filled unreviewed, scored")
    for column in ("", "forms", *KINDS, "all", "two standard errors", "forbidden ink"):
        table.add_column(column, justify="left" if not column else "right")
    for group in (SET_ASIDE, OURS, OTHERS):
        scores: dict[str, list[float]] = defaultdict(list)
        some = [one for one in scored if one.form.group == group]
        if not some:
            continue
        for one in some:
            scores[one.form.truth["kind"]].append(one.score)
        every = [one.score for one in some]
        mean = sum(every) / len(every)
        spread = (sum((score - mean) ** 2 for score in every) / max(1, len(every) - 1) / len(every)) ** 0.5
        kinds = (f"{sum(scores[kind]) / len(scores[kind]):.3f}" if scores[kind] else "" for kind in KINDS)
        forbidden = str(sum(one.forbidden for one in some))
        table.add_row(group, str(len(some)), *kinds, f"{mean:.3f}", f"{2 * spread:.3f}", forbidden)
    return table


if __name__ == "__main__":
    main()
