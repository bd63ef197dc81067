"""What a form says of its provider's ways: portal, website, fees, and the ID that must come with a request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from formfill.draft.print_blocks import PrintBlock
from formfill.draft.wordings import folded

_PRODUCTS = (
    "MyChart Plus", "MyChart", "FollowMyHealth", "HealtheLife", "NextGen", "Patient Gateway", "athenahealth",
    "eClinicalWorks", "Healow", "MyHealthRecord", "MyHealth", "Epic Share Everywhere",
)  # fmt: skip
_PORTAL = re.compile(
    r"\b(?:patient|online|web)[ -]?portal\b|\bportal (?:del? |para )?(?:los )?pacientes?\b|\bportal en linea\b"
)
_WEB = re.compile(
    r"\b(?:https?://|www\.)[^\s,;|)]+|(?<![@\w./-])[a-z][a-z0-9-]{3,}\.(?:org|com|net|health)\b(?!@)", re.IGNORECASE
)
_NO_WEBSITE = re.compile(r"\.gov\b|hhs|facebook|twitter|datavant|ciox|adobe|google|outlook|gmail", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[A-ZÁÉÍÓÚ¿¡*(])|\s+(?=\d{1,2}[.)] )|\s*[•▪●□❑]\s*|\s{2,}")
_LEAD = re.compile(r"^(?:[^\w($¿¡\"“]+|\d{1,2}[.)] )+")
_FEE = re.compile(
    r"\b(?:fees?|charge[sd]?|costs?|tarifas?|cargos?|costos?|cobr\w+)\b[^.]{0,120}\b(?:cop(?:y|ies|ying)"
    r"|records?|request\w*|pages?"
    r"|reproduc\w*|retriev\w*|associated|copias?|registros?|solicitud\w*|historia|expediente|apply|appl\w+)\b"
    r"|\b(?:cop(?:y|ies|ying)|records?|request\w*|copias?|registros?)\b[^.]{0,60}\b(?:fees?|charge[sd]?|costs?"
    r"|tarifas?|cargos?|costos?|cobr\w+)\b"
    r"|\bfees? may (?:apply|be charged)\b|\bmay be a fee\b"
)
_NO_FEE = re.compile(
    r"in charge|free of charge|at no cost|sin costo|discharge|insurance|i agree to pay|person in|12.month"
    r"|portal at|for office"
    r"|deny|denial|cost calculation"
)
_ID = (
    r"(?:photo|picture|government[- ]issued|valid|state)[- ](?:id\b|i\.d\.|identification)|driver'?s licen[sc]e"
    r"|identificacion con foto"
    r"|copia de (?:su |la |una )?identificacion|copy of (?:your |a |the )?(?:\w+ )?(?:id\b|identification)"
)
_MUST = r"required|must|attach\w*|include|enclos\w*|provide|requerid\w|adjunt\w+|inclu\w+|presentar"
_ID_MUST = re.compile(rf"(?:{_MUST})\b[^.]{{0,60}}(?:{_ID})|(?:{_ID})[^.]{{0,50}}\b(?:{_MUST})")
_ID_LATER = re.compile(
    r"pick(?:ed|ing)?[ -]?up|recog|only required if|office use|verified|verificad|employee|legal(?:ly)? authori"
    r"|person responsible"
)
#: A remark in brackets: "Dates of service (copy fees may apply)".
_REMARK = re.compile(r"\(([^()]{12,})\)")
_LONGEST = 240
_LETTERHEAD, _FOOTER = 0.2, 0.88


def portal(blocks: Sequence[PrintBlock]) -> tuple[str, str | None] | None:
    """The kind of portal that the form names, and its web address where it is printed with it."""
    text = " ".join(block.text.replace("\n", " ") for block in blocks)
    kind = next((name for name in _PRODUCTS if re.search(rf"\b{name.replace(' ', ' ?')}\b", text)), None)
    if kind is None and not _PORTAL.search(folded(text)):
        return None
    url = next(
        (u for s in sentences(blocks) if re.search(r"\bportal|my ?chart", s, re.IGNORECASE) for u in _urls(s)), None
    )
    return kind or "Patient portal", url


def website(blocks: Sequence[PrintBlock]) -> str | None:
    """The one web address in letterheads and footers."""
    found = {
        url.lower(): url
        for block in blocks
        if block.box[1] < _LETTERHEAD * block.page.height or block.box[3] > _FOOTER * block.page.height
        for url in _urls(block.text)
        if not re.search(r"account|portal|mychart", url, re.IGNORECASE)
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _urls(text: str) -> Iterator[str]:
    for match in _WEB.finditer(text):
        url = match[0].rstrip(".,:;)")
        if not _NO_WEBSITE.search(url) and "." in url:
            yield url if url.lower().startswith("http") else f"https://{url}"


def fees(blocks: Sequence[PrintBlock]) -> str | None:
    """The sentence that says what copies cost, as printed."""
    found = []
    for sentence in sentences(blocks):
        text = next((r[1] for r in _REMARK.finditer(sentence) if _FEE.search(folded(r[1]))), sentence)
        # a heading says nothing yet, and a dollar sign before a word is a blank to fill
        if text.endswith(":") or re.search(r"\$ *[A-Za-z]|\$$", text) or not 12 <= len(text) <= _LONGEST:
            continue
        if _FEE.search(folded(text)) and not _NO_FEE.search(folded(text)):
            found.append(text)
    priced = [s for s in found if "$" in s]
    return (priced or found or [None])[0]


def id_required(blocks: Sequence[PrintBlock]) -> tuple[bool, str] | None:
    """Whether ID must come with the request, and the sentence that speaks of it; None where none does."""
    for sentence in sentences(blocks):
        plain = folded(sentence)
        if _ID_MUST.search(plain) and len(sentence) <= _LONGEST:
            return _ID_LATER.search(plain) is None, sentence
    return None


def sentences(blocks: Sequence[PrintBlock]) -> Iterator[str]:
    """The sentences of all blocks; what stands in lines of its own counts as one."""
    for block in blocks:
        for sentence in _SENTENCE.split(block.text.replace("\n", " ")):
            if text := _LEAD.sub("", " ".join(sentence.split())).strip(" *-–_"):
                yield text
