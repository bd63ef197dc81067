"""A form's title, number and edition: the largest print at the top that says what it is, the small print in margins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import median

from formfill.draft.addresses import addresses_in
from formfill.draft.facts import PageFacts, lines_of, text_of
from formfill.draft.print_blocks import PrintedLine, printed_lines
from formfill.draft.wordings import folded

_WHAT = re.compile(
    r"authoriz|autoriz|releas|disclos|divulg|request|solicitud|consent|\baccess\b|acceso|amend|enmienda"
    r"|correction|restrict"
)
_BEGINS = re.compile(
    r"^(?:(?:hipaa|patient'?s?|medical|health|proxy|admin|mychart|individual'?s?|general)[ -:]+){0,2}"
    r"(?:authoriz|autoriz|releas(?:e|ing) (?:of|to|for)|disclos|request|solicitud|formulario|consent"
    r"|records? releas|information releas|amend|enmienda)"
)
_ANY = re.compile(r"records|informa|registro|form\b|hipaa")
#: What is printed in sentences, labels and headings of sections, and in no title.
_NO_TITLE = re.compile(
    r"^(?:i|we|yo|this|these|section|part|by signing|please|to be|if|note|failure|completion|instructions|date"
    r"|method|purpose"
    r"|reason|type|\(?\d+[.):]|[a-h][.)])\b|[:?]$|____"
    r"|to be (?:released|disclosed)|revo[ck]|expir|^releas\w* information$|^patients?'? (?:name|information)"
    r"|released? (?:from|to):?$|requested:?$|\bif\b|only\)"
)
_SENTENCE = re.compile(r"\b(?:you|your|my|must|hereby|will|may|su|sus|mi|mis|usted|check|specify|below|are|si|se|is)\b")
_OPEN = re.compile(
    r"\b(?:for|of|to|or|and|and/or|from|the|de|la|para|o|u|y|a|del|protected|or/and|with|release|use)$|[/,&-]$"
)
_NOISE = re.compile(
    r"\*\S+\*|\b(?:page|pagina|página|pg\.?) ?\d+ ?(?:of|de) ?\d+.*$|\(page \d+\)|- administrative use.*$"
    r"|\b[A-Z]{1,4}\d{3,6}(?: \d{1,2}/\d{2,4})?$|\b[A-Z]{2,5}-\d{3}\w* \([\d/-]+\)|[_|]+",
    re.IGNORECASE,
)
_TITLE_PART, _FOOT_PART = 0.45, 0.87
_NEEDED = 0.3
#: Print so many times as tall as most of a page is large.
_LARGE = 1.2
_MOST_LINES, _LONGEST = 4, 140

_DATE = r"(?:0?[1-9]|1[0-2])[/.-](?:(?:[0-3]?\d)[/.-])?(?:20\d{2}|19\d{2}|\d{2})(?!\d)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?,? (?:\d{1,2}, )?(?:19|20)\d{2}"
_REVISED = re.compile(
    rf"(?:\b(?:revised|revision|rev|updated|effective|eff|edition|version|ver|new|revisado"
    rf"|actualizado)\b[ .:]*(?:date)?[ .:-]*"
    rf"|\brev)({_DATE}|{_MONTH}|(?:0[1-9]|1[0-2])\d{{2}}\b|(?:19|20)\d{{2}}\b)",
    re.IGNORECASE,
)
_REVISION = re.compile(r"\b((?:19|20)\d{2}) revision\b", re.IGNORECASE)
_DATED = re.compile(rf"(?<![\d/.-])({_DATE})(?![\d/-])")
_BRACKETED = re.compile(rf"\(({_DATE})\)")
_BARE_DATE = re.compile(rf"\(?({_DATE}|{_MONTH})\)?")
_NAMED = re.compile(
    r"\b(?:forms?|formulario|forma|materials)\b ?(?:no\.?|number"
    r"|n[uú]m\.?)?[ :#]*((?:[A-Z]{1,6}[- ]?)?\d{3,7}[A-Z0-9-]*)\b",
    re.IGNORECASE,
)
_CODES = (
    re.compile(
        r"(?<![\w.@/*-])((?:[A-Z]{1,8}\d{0,3}[.-]){1,2}(?:[A-Z]{1,5}[.-])?\d{2,}[\dA-Za-z]*(?:-[\dA-Za-z]{1,5})*)(?![\w@*])"
    ),
    re.compile(r"(?<![\w.@/*-])([A-Z]{2,8} ?\d{3,}[A-Za-z]{0,2}(?:-[\dA-Z]+)*)(?![\w@*])"),
    re.compile(r"(?<![\w.@/*$()-])#?(\d{3,7}-\d{2,}[A-Za-z]{0,3}(?:-\d+)*)(?![\w@*-])"),
    re.compile(r"(?<![\w.@/*$()-])(\d{6,8})(?= ?(?:\(\d|rev))", re.IGNORECASE),
    re.compile(r"^([A-Z]\d{4,6})$"),
)
_NO_CODE = re.compile(
    r"covid|suite|\bste\b|\broom\b|\bbox\b|\bhb?\d|§|\bcfr\b|\busc\b|icd|statute|\b42 ", re.IGNORECASE
)
_PHONE = re.compile(r"\d{3}[)\s.-]+\d{3}[\s.-]\d{4}")
_ZIP = re.compile(r"\b[A-Z]{2}\.? \d{5}(?:-\d{4})?\b")
_TOP, _FOOT = 0.14, 0.895


def title_of(page: PageFacts) -> str | None:
    """What the form calls itself: from the upper part of its first page, else from the foot."""
    every = [line for line in printed_lines(page) if _clean(line.text)]
    if not every:
        return None
    usual = median(line.height for line in every)
    found: list[tuple[float, list[PrintedLine]]] = []
    for lines in (
        [line for line in every if line.box[1] < _TITLE_PART * page.height],
        [line for line in every if line.box[1] > _FOOT_PART * page.height],
    ):
        # lines after which a title is not at its end
        unfinished = [line for line in lines if _OPEN.search(folded(_clean(line.text)))]
        for run in _runs(lines):
            begun = any(_goes_on(line, run[0]) for line in unfinished)
            found.append((_title_score(page, run, usual) - (1.5 if begun else 0), run))
    score, best = max(found, key=lambda each: each[0], default=(0.0, []))
    return _clean(" ".join(line.text for line in best)) if score > _NEEDED else None


def _clean(text: str) -> str:
    return " ".join(_NOISE.sub(" ", text).split()).strip(" -–.,;")


def _runs(lines: Sequence[PrintedLine]) -> Iterator[list[PrintedLine]]:
    """Each line with those that go on under it in the same type, as titles do."""
    for i, first in enumerate(lines):
        run = [first]
        for line in lines[i + 1 :]:
            if len(run) < _MOST_LINES and _goes_on(run[-1], line):
                run.append(line)
        yield run
        for end in range(1, len(run)):
            yield run[:end]


def _goes_on(one: PrintedLine, other: PrintedLine) -> bool:
    gap = other.box[1] - one.box[3]
    if not -0.4 * one.height < gap < 1.3 * max(one.height, other.height) or other.box[1] <= one.box[1] + 2:
        return False
    aligned = min(
        abs(one.box[0] - other.box[0]),
        abs(one.box[0] + one.box[2] - other.box[0] - other.box[2]) / 2,
        abs(one.box[2] - other.box[2]),
    )
    is_open = _OPEN.search(folded(_clean(one.text))) is not None
    if aligned > (40 if is_open else 14):
        return False
    ratio = max(one.height, other.height) / min(one.height, other.height)
    return ratio < (1.4 if is_open else 1.12) and (is_open or one.bold == other.bold)


def _title_score(page: PageFacts, run: Sequence[PrintedLine], usual: float) -> float:
    """How much some lines look like the title; 0 or less: not at all."""
    text = _clean(" ".join(line.text for line in run))
    plain = folded(text)
    letters = [c for c in text if c.isalpha()]
    if not len(letters) >= 8 or len(text) > _LONGEST or len(text.split()) > 20 or _NO_TITLE.search(plain):
        return 0.0
    if text[0].islower() or re.search(r": [a-z]", text) or not (_WHAT.search(plain) or _ANY.search(plain)):
        return 0.0
    first, last = run[0], run[-1]
    capital = sum(c.isupper() for c in letters) > 0.8 * len(letters)
    titled = sum(word[0].isupper() for word in text.split() if word[0].isalpha()) > 0.55 * len(text.split())
    large = max(line.height for line in run) / usual
    stands_out = capital or titled or large > _LARGE
    if len(text.split()) < 2 or (_SENTENCE.search(plain) and not (stands_out and _BEGINS.search(plain))):
        return 0.0
    centred = abs((first.box[0] + first.box[2]) / 2 - page.width / 2) < 0.06 * page.width
    score = min(large, 2.2) - 1.0 + 0.5 * first.bold + 0.5 * capital + 0.3 * centred
    score += 2.0 if _BEGINS.search(plain) else 0.9 if _WHAT.search(plain) else -0.6
    score -= 0.0 if stands_out else 1.5
    score -= 2.0 * min(first.box[1] / page.height, _TITLE_PART)
    # a run that breaks off is worse than one that ends well
    score += 0.25 * (len(run) - 1) if not _OPEN.search(plain) else -0.8
    return score - (0.4 if last.text.rstrip().endswith(":") else 0.0)


def number_and_edition(pages: Sequence[PageFacts]) -> tuple[str | None, str | None]:
    """The form's number, and the date of its edition, from the top and the foot of its pages."""
    margins = [_margin_text(line) for page in pages for line in _margins(page)]
    margins = [text for text in margins if text]
    number = next((n for text in margins if (n := _number(text))), None)
    edition = next((e for text in margins if (e := _revised(text))), None)
    if edition is None:
        edition = next(
            (d[1] for text in margins if _number(text) and (d := _DATED.search(_without(text, _number(text))))), None
        )
    if edition is None:
        edition = next((d[1] for text in margins if (d := _BARE_DATE.fullmatch(text.strip()) or _paged(text))), None)
    if edition is None:
        edition = next((d[1] for text in margins if len(text.split()) < 9 and (d := _BRACKETED.search(text))), None)
    if edition is None:
        # somewhere else only with the word for it, and not in a sentence
        everywhere = (line.text for page in pages for line in printed_lines(page) if len(line.text.split()) < 12)
        edition = next((e for text in everywhere if (e := _revised(text))), None)
    return number, edition


def _paged(text: str) -> re.Match[str] | None:
    return _DATED.search(text) if re.search(r"\bpage\b|\bpagina\b|página", text, re.IGNORECASE) else None


def _without(text: str, number: str | None) -> str:
    return text.replace(number, " ") if number else text


def _margins(page: PageFacts) -> Iterator[str]:
    lines = list(printed_lines(page))
    yield from (line.text for line in lines if line.box[1] > _FOOT * page.height)
    yield from (line.text for line in lines if line.box[1] < _TOP * page.height)
    # a number and its date may stand far apart on one line
    yield from (text_of(words) for words in lines_of(page.words) if words[0].box[1] > _FOOT * page.height)


def _margin_text(text: str) -> str:
    """A line of the margin that may hold a form's number; empty for sentences, addresses and phones."""
    if len(text.split()) > 16 or "@" in text or _PHONE.search(text) or _NO_CODE.search(text):
        return ""
    return "" if _ZIP.search(text) and (list(addresses_in(text)) or len(text.split()) < 6) else text


def _revised(text: str) -> str | None:
    match = _REVISED.search(text) or _REVISION.search(text)
    return match[1].strip(" .,") if match else None


def _number(text: str) -> str | None:
    if named := _NAMED.search(text):
        return named[1].strip()
    for pattern in _CODES:
        for match in pattern.finditer(text):
            if not _BARE_DATE.fullmatch(match[1]) and not re.fullmatch(
                r"rev\d+|[A-Z]{2} \d{5}", match[1], re.IGNORECASE
            ):
                return match[1]
    return None
