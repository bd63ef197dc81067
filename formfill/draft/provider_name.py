"""The name of the provider whose form it is: in its letterhead, over its address, where the patient authorizes it."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from formfill.draft.print_blocks import PrintBlock

_CAPITAL = r"(?:[A-ZÁÉÍÓÚÑ][\w'’&/-]*|(?:St|Mt|Ft|Dr)\.)"
_JOIN = r"(?: (?:of|at|and|&|for|de|del|y)(?: (?:the|la|las|los|el))? | )"
_PHRASE = re.compile(
    rf"{_CAPITAL}(?:{_JOIN}{_CAPITAL}){{0,9}}(?:,? (?:P\. ?C|Inc|L\.?L\.?C|P\. ?A|P\.?L\.?L\.?C|Ltd)\b\.?)?"
)
#: What such organisations call themselves.
_ORGANISATION = re.compile(
    r"\b(?:hospitals?|medical (?:center|centre|group|associates|clinics?|partners|foundation)|clinics?|clinicas?"
    r"|physicians|associates|oncology|surgical|surgeons|pediatrics|orthopa?edics?|cardiology|dermatology"
    r"|urology|retina"
    r"|cooperative|medicine|infirmary|hospice|centros? de salud|centro medico|consultorios"
    r"|[a-z]*health(?:care)?|[a-z]{3,}care)\b"
)
#: Words that say what sort of organisation it is, and not which.
_GENERIC = frozenset((
    "medical", "center", "centre", "group", "associates", "clinic", "clinics", "clinica", "hospital", "hospitals",
    "health", "healthcare", "care", "system", "network", "services", "service", "physicians", "oncology",
    "surgical", "surgeons", "pediatrics", "orthopedics", "cardiology", "dermatology", "urology", "medicine",
    "cooperative", "hospice", "centro", "centros", "salud", "medico", "consultorios", "family", "community",
    "regional", "general", "county", "district", "public", "foundation", "partners", "inc", "llc", "pc", "pa",
    "ltd", "of", "the", "and", "at", "for", "de", "del", "la", "y", "in", "reproductive", "primary", "specialty",
    "internal", "home", "sports", "complementary", "preventive", "behavioral", "mental", "women", "womens",
    "childrens", "children", "emergency", "occupational", "rehabilitation", "surgery", "institute", "plan",
    "university", "memorial", "radiation", "eye", "dental", "managed", "acute", "urgent",
))  # fmt: skip
#: Words of titles, headings, labels, laws and departments; a name has none of them.
_STOP = re.compile(
    r"authoriz\w*|autoriz\w*|releas\w*|disclos\w*|divulg\w*|request\w*|solicit\w*|inform\w*|records?|registros?"
    r"|expediente\w*"
    r"|patients?|paciente\w*|forms?|formulario|insurance|portability|accountability|privacy|officer|director"
    r"|manager|notices?"
    r"|departments?|departamento|dept|him|management|names?|nombre|address\w*|phone|fax|dates?|signature"
    r"|protected|psych\w*"
    r"|state|federal|laws?|rights|act|section|page|purpose|contin\w*|transfer\w*|providers?|facility|persons?"
    r"|attorney|legal"
    r"|social|security|number|drugs?|alcohol|abuse|my|your|this|please|send|mail\w*|only|office|staff|other"
    r"|history|reports?"
    r"|notes?|visits?|label|reference|education|therapy|mychart|portal|app|copy|consent|medicare|medicaid"
    r"|operations|program"
    r"|diagnos\w*|treatment|i|if|we|us|any|all|to|when|until|in|on|by|from|enter|el|a|as|or|no|yes|non|per|with"
    r"|id|attn|code"
    r"|attention|atencion|inpatient|outpatient|in-clinic|one|two|see|specify|location|formerly|delivery"
    r"|immunization\w*|images?"
    r"|progress|lab\w*|cd|employee|witness|physical|mental|hipaa|safety|campus|street|plaza|avenue|road|drive"
    r"|texas health"
    r"|its|agents?|prox(?:y|ies)|power|poa|entit(?:y|ies)|providing|service|oversight|evaluation|screenings?"
    r"|support|covid-?\d*"
    r"|ciox|datavant|organization|company|name/organization|billing|financial|entire|summary|discharge|complete"
    r"|discuss\w*"
)
_COMMON_JOIN = re.compile(
    r"^(?:(?:(?i:of|at|and|&|for|y|the)|de|del|la|las|los|el|in) )+|(?: (?:(?i:of|at|and|&|for|y|the)|de|del|la"
    r"|el|in))+$"
)
#: What follows the last word of no name: "Protected Health Information".
_GOES_ON = re.compile(
    r"^ *\n? *(?:info|inform|record|manage|clinical|insurance|plan\b|proxy|agent|registro|power)", re.IGNORECASE
)
_AUTHORIZED = re.compile(
    r"(?:authoriz(?:e|es|ing)|permit|allow|autorizo|autoriza|request)(?:/request)?(?: and request| or request)?:?"
    r" +(?:a )?(?:the |el |la |los )?(?:staff of )?(?:physicians? (?:of|at) )?$"
)
_AUTHORITY = re.compile(r"^[^.:]{0,70}?\b(?:to|its|a|and|or)\b")
_RELEASED_FROM = re.compile(r"(?:\b(?:from|by|de):?|released from:|submit\w* to:?|notif\w*|writing to:?) $")
_CONDITION = re.compile(
    r"^(?:['’]s)? (?:will not|may not|cannot|shall not|recognizes|requires|no puede|no condicionar"
    r"|has the right|may charge"
    r"|can release|is not responsible|and its agents|employees)"
)
#: So many characters behind a name its address begins: a department stands between.
_ADDRESS_BEHIND = 95
_LETTERHEAD, _FOOTER = 0.16, 0.88
#: What a name must weigh to be taken, and by how much it must outweigh the next.
_NEEDED, _AHEAD = 1.2, 1.3


@dataclass
class _Candidate:
    texts: list[str] = field(default_factory=list)
    cues: dict[str, float] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        return sum(self.cues.values()) + 0.6 * min(len(self.texts), 5)


def provider_name(blocks: Sequence[PrintBlock], streets: Sequence[str] = ()) -> str | None:
    """The provider's name as the form prints it; None where none stands out.

    ``streets`` are how the provider's addresses begin: a name right before one is the provider's.
    """
    found: dict[str, _Candidate] = defaultdict(_Candidate)
    for text, cue, weight in _mentions(blocks, streets):
        candidate = found[_key(text)]
        candidate.texts.append(text)
        if cue:
            candidate.cues[cue] = max(candidate.cues.get(cue, 0), weight)
    ranked = sorted(found, key=lambda key: (found[key].weight, len(key)), reverse=True)
    if not ranked:
        return None
    best, others = ranked[0], [key for key in ranked[1:] if key not in ranked[0] and ranked[0] not in key]
    if found[best].weight < _NEEDED or (others and found[best].weight < _AHEAD * found[others[0]].weight):
        return None
    return _written(found[best].texts)


def _mentions(blocks: Sequence[PrintBlock], streets: Sequence[str]) -> Iterator[tuple[str, str, float]]:
    """What may be the provider's name, each time it is printed, with what speaks for it and how loudly."""
    for block in blocks:
        for begin, text in _sentences(block):
            for match in _PHRASE.finditer(text):
                for start, name in _names(match[0]):
                    start += match.start()
                    if _GOES_ON.match(text[start + len(name) :]):
                        continue
                    yield name, *_cue(block, begin + start, name, streets)


def _sentences(block: PrintBlock) -> Iterator[tuple[int, str]]:
    """The lines of a block, each with where it begins; those that a sentence fills to the end as one."""
    begin, joined = 0, ""
    start = 0
    widest = max(line.box[2] for line in block.lines)
    for line in block.lines:
        joined = f"{joined} {line.text}" if joined else line.text
        begin += len(line.text) + 1
        small = sum(word[:1].islower() for word in line.text.split())
        if line.box[2] < widest - 60 or small < 4:
            yield start, joined
            start, joined = begin, ""
    if joined:
        yield start, joined


def _names(phrase: str) -> Iterator[tuple[int, str]]:
    """The parts of capitalised words that can be an organisation's name."""
    start = 0
    part: list[str] = []
    for offset, word in [*_words(phrase), (len(phrase), "")]:
        if word and not any(_STOP.fullmatch(half.strip(".,'")) for half in _plain(word).split("/")):
            if not part:
                start = offset
            part.append(word)
            continue
        text = " ".join(part)
        name = _COMMON_JOIN.sub("", text)
        if _is_name(name) and not _GOES_ON.match(word):
            yield start + text.find(name), name
        part = []


def _words(phrase: str) -> Iterator[tuple[int, str]]:
    for match in re.finditer(r"\S+", phrase):
        yield match.start(), match[0]


def _is_name(text: str) -> bool:
    plain = _plain(text)
    words = re.findall(r"[a-z]+", plain)
    return (
        6 <= len(plain) <= 70
        and _ORGANISATION.search(plain) is not None
        and (any(len(word) > 2 and word not in _GENERIC for word in words) or (len(words) > 3 and words[-1] == "inc"))
    )


def _cue(block: PrintBlock, start: int, name: str, streets: Sequence[str]) -> tuple[str, float]:
    """What the place of a name says for it."""
    text = block.text
    before = _plain(text[max(0, start - 60) : start])
    behind = text[start + len(name) :]
    if _AUTHORIZED.search(before.replace("\n", " ")) and _AUTHORITY.match(_plain(behind).replace("\n", " ") or "to"):
        return "authorized", 2.4
    line = block.line_at(start)
    alone = len(name) > 0.6 * len(line.text)
    height = block.page.height
    if alone and block.page.number == 1 and line.box[1] < _LETTERHEAD * height:
        # one word may be what is left of a logo
        return "letterhead", 2.4 if " " in name else 1.0
    if any(street in behind[:_ADDRESS_BEHIND] for street in streets):
        return "address", 1.8
    if alone and block.box[3] > _FOOTER * height:
        return "footer", 1.0
    if _CONDITION.match(behind.replace("\n", " ")):
        return "sentence", 1.0
    if _RELEASED_FROM.search(f"{_plain(block.above)} {before}".replace("\n", " ")):
        return "from", 0.9
    return "", 0.0


def _plain(text: str) -> str:
    """Lower case without accents, of the same length."""
    plain = "".join(unicodedata.normalize("NFD", c)[0] for c in text)
    return plain.lower() if len(plain.lower()) == len(text) else text.lower()


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", _plain(re.sub(r"['’]s$", "", text))).strip()


def _written(texts: Sequence[str]) -> str:
    """The name in the writing that is not all capitals, where there is one."""
    texts = [re.sub(r"['’]s$", "", text) for text in texts]
    mixed = [
        text for text in texts if any(word[0].isupper() and any(c.islower() for c in word) for word in text.split())
    ]
    if mixed:
        return max(mixed, key=lambda text: (mixed.count(text), len(text)))
    words = texts[0].split()
    return " ".join(
        word.lower()
        if i and word.lower() in ("of", "the", "and", "at", "for", "de", "la", "del", "y")
        else word.capitalize()
        for i, word in enumerate(words)
    )
