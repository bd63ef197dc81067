"""Whether a filled form says what it should: read back and rendered by PDFium, with which no filler here writes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass

from formfill.pdf.geometry import ShownBox
from formfill.pdf.look import SCALE, Document, PageLook, blank_looks
from tests.benchmarks.cases import Case


@dataclass
class Verdict:
    """How many fields were right, of how many."""

    texts_right: int = 0
    texts: int = 0
    ticks_right: int = 0
    ticks: int = 0

    @property
    def all_texts(self) -> bool:
        return self.texts_right == self.texts

    def add(self, other: Verdict) -> None:
        self.texts_right += other.texts_right
        self.texts += other.texts
        self.ticks_right += other.ticks_right
        self.ticks += other.ticks


def judge(case: Case, data: bytes) -> Verdict:
    """Each text must stand whole in its widget, where its quadding says; each tick must have inked its widget."""
    verdict = Verdict()
    before = blank_looks(case.compiled.data, case.compiled.sha256)
    with Document(data) as document:
        after = [document.look(index) for index in range(len(document))]
    for field in case.compiled.form.fields:
        places = [(w, case.compiled.pages[w.page_index].shown.to_top_left(w.rect)) for w in field.widgets]
        if field.name in case.texts:
            text = case.texts[field.name]
            verdict.texts += 1
            verdict.texts_right += any(_says(after[w.page_index], box, text, w.quadding) for w, box in places)
        elif field.name in case.ticks:
            verdict.ticks += 1
            verdict.ticks_right += any(_inked(before[w.page_index], after[w.page_index], box) for w, box in places)
    return verdict


def _says(look: PageLook, box: ShownBox, text: str, quadding: int) -> bool:
    inside = Counter[str]()
    left, right = box[2], box[0]
    for i, char in enumerate(look.chars):
        x0, top, x1, bottom = look.box(i)
        x, y = (x0 + x1) / 2, (top + bottom) / 2
        if box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1:
            inside.update(unicodedata.normalize("NFKC", char))
            left, right = min(left, x0), max(right, x1)
    wanted = Counter(c for c in unicodedata.normalize("NFKC", text) if not c.isspace())
    centred = abs((left - box[0]) - (box[2] - right)) < max(6.0, 0.1 * (box[2] - box[0]))
    return wanted <= inside and (centred or quadding != 1)


def _inked(before: PageLook, after: PageLook, box: ShownBox) -> bool:
    x0, top, x1, bottom = (round(v * SCALE) for v in box)
    changed = total = 0
    for row in range(max(0, top), min(before.height, bottom)):
        one = before.grey[row * before.width + x0 : row * before.width + x1]
        other = after.grey[row * after.width + x0 : row * after.width + x1]
        total += len(one)
        changed += sum(abs(p - q) > 40 for p, q in zip(one, other, strict=False))
    return changed > 0.01 * total
