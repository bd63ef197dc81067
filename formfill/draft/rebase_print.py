"""What the pages of a blank print, also those of a scan; and what on them looks like the date of an edition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from formfill.draft.facts import PageFacts, Word, lines_of
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.printed import Letter, Line, PrintedPage, fold, printed_pages

_EDITION = re.compile(
    r"\b(?:rev(?:\.|ised|ision)?|edition|form date|updated?|eff(?:\.|ective)?)\b[:\s]*(?:date[:\s]*)?"
    r"[(]?\d{1,2}[/.-](?:\d{1,2}[/.-])?\d{2,4}|[(]\d{1,2}/(?:\d{1,2}/)?\d{2,4}[)]",
    re.IGNORECASE,
)


def prints(compiled: CompiledForm, pages: Sequence[PageFacts], name: str) -> tuple[PrintedPage, ...]:
    """The print of all pages; of a scan, what OCR read."""
    printed = printed_pages(compiled.data, [page.shown for page in compiled.pages], name)
    return tuple(_read_print(facts) if facts.is_scan else page for facts, page in zip(pages, printed, strict=True))


def _read_print(page: PageFacts) -> PrintedPage:
    lines = []
    for words in lines_of(page.words):
        letters = [letter for k, word in enumerate(words) for letter in _letters(word, starts_line=k == 0)]
        lines.append(Line(words[0].box[3], tuple(letters)))
    return PrintedPage(tuple(lines))


def _letters(word: Word, *, starts_line: bool) -> Iterator[Letter]:
    text = fold(word.text)
    for k, char in enumerate(text):
        yield Letter(char, word.box, k == 0, k == len(text) - 1, starts_line and k == 0)


def editions(pages: Sequence[PageFacts]) -> Iterator[str]:
    """What the pages print that looks like the number or date of an edition."""
    for page in pages:
        for words in lines_of(page.words):
            if match := _EDITION.search(" ".join(word.text for word in words)):
                yield match[0].strip("() ")
