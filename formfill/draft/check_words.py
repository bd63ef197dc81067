"""The words by which a printed label speaks of a protected category, a signature, or of keeping something back.

English and Spanish, without accents and in small letters (``plain``). They are chosen to be sure rather than complete:
a finding that is none costs the trust in all others.
"""

from __future__ import annotations

import re
import unicodedata

_CATEGORIES: dict[str, str] = {
    "sensitive.hiv": r"\bhiv\b|(?<!hearing )\baids\b|\bvih\b|\bsida\b|immunodeficiency virus|inmunodeficiencia",
    "sensitive.psychotherapy_notes": r"\bpsychotherap\w*|\bpsicoterap\w*",
    "sensitive.mental_health": (
        r"\bmental(?:ly)?[ /-]+(?:health|ill\w*|disorders?|and behavioral|(?:and )?/?behavioral)|\bbehavioral health|"
        r"\bpsychiatr\w*|\bpsycholog\w*|\bpsych\b|\bsalud mental|\bp?siquiatr\w*|\bpsicologic\w*|"
        r"\bsalud (?:psiquiatrica/)?conductual"
    ),
    "sensitive.substance_use": (
        r"\bsubstance\b|\balcohol\w*|\bdrugs?(?=.{0,25}\b(?:abuse|alcohol|addiction))|"
        r"\bdrug (?:treatment|use|diagnosis)|\bchemical depend\w*|\baddiction|42 c\.?f\.?r|"
        r"\bsustancias\b|\bdrogas\b|\badiccion|\bdrogadiccion|\bsud\b"
    ),
    "sensitive.genetic": r"\bgenetic\w*",
    "sensitive.std": (
        r"\bsexually transmi\w*|\bstds\b|\bstd\b(?!.{0,12}\b(?:ltd|disab))|\bvenereal|\bcommunicable|\bcontagious|"
        r"\btransmision sexual|\bcontagiosas|\benfermedades transmisibles"
    ),
    "sensitive.reproductive": (
        r"\breproductive\b|\babortion|\bcontracepti\w*|\breproductiva\b|\baborto|\banticoncepti\w*"
    ),
    "sensitive.gender_affirming": r"\bgender[ -]affirm\w*|\bafirmacion de genero|\btransgender",
    "sensitive.abuse": (
        r"\b(?:domestic|child|elder|sexual|physical|suspected) (?:abuse|violence|assault)|\bviolencia domestica|"
        r"\babuso (?:sexual|infantil|fisico)|\bmaltrato"
    ),
    "sensitive.sickle_cell": r"\bsickle[ -]cell|\bfalciforme",
    "sensitive.developmental_disability": r"\bdevelopmental(?:ly)? disab\w*|\bdiscapacidad(?:es)? del desarrollo",
}
_CATEGORY = {name: re.compile(pattern) for name, pattern in _CATEGORIES.items()}
#: "Mental health (excluding psychotherapy notes)": the box is not for what stands behind such words.
_LEFT_OUT = re.compile(
    r"(?<=\w)[\s,(;–-]+(?:excluding|excludes|except(?: for)?|other than|not including|does not include|no incluye|"
    r"excepto|excluyendo|que no sean)\b.*"
)

_SIGNING: dict[str, str] = {
    "the date of the signature": (
        r"\bdate (?:signed|of (?:the )?signature|of signing)|\bsignature date|\bfecha de (?:la )?firma|"
        r"\bfecha en que firm"
    ),
    "a signature": r"\bsignature\b|\bsign here\b|\bfirma\b|\bfirme aqui\b",
    "initials": r"\binitials?\b|\biniciales\b|\binicial\b",
    "a witness": r"\bwitness\w*|\btestigos?\b",
    "a notary": r"\bnotary\b|\bnotario\b",
    "an interpreter": r"\binterpreter|\btranslator|\binterprete\b|\btraductor",
    "the provider's staff": (
        r"\b(?:office|staff|internal|clinic|hospital|facility|department|him|official)(?:'s)? use\b|"
        r"\bstaff (?:name|member|only)|\b(?:verified|processed|prepared) by\b|"
        r"\buso (?:exclusivo|interno|oficial|de oficina|de la oficina)|"
        r"\bverificado por|\bprocesado por"
    ),
}
_SIGNS = {what: re.compile(pattern) for what, pattern in _SIGNING.items()}
#: Beside a signature line these ask for something that is no signature: a name in print, a relationship.
_NO_SIGNATURE = re.compile(
    r"\bprint\w*|\bname\b|\bnombre\b|\bimprenta|\bmolde|\brelation\w*|\bparentesco|\brelacion|\breason|\brazon|\bmotivo|"
    r"\bif (?:not )?signed|\bnot signed|\bsigned by|\bauthority|\bautoridad|\bfirmado por|\bsigning for|\bexpir\w*|"
    r"\b(?:from|after|following) (?:the )?(?:date of )?signature|\bunable to sign|\bcannot sign|"
    r"\b(?:unless|if not) otherwise|\bsalvo (?:que|indicacion)|\ba menos que"
)
_MIDDLE_INITIAL = re.compile(r"\bmiddle|\bfirst|\blast|\bm\.?i\.?\b|\bnombre|\bapellido|\bdel segundo\b")
_DATE_ALONE = re.compile(r"\W*(?:today'?s )?(?:date|fecha)(?: ?(?:/|and|y) ?(?:time|hora))?\W*")

_NOT_RELEASED = re.compile(
    r"\bdo(?:es)? not (?:release|disclose|include|send|share|want|wish|authorize|consent|give|permit|allow)|"
    r"\bdon't (?:release|want|include|send|share)|\bnot to (?:be )?(?:release|disclose|include|sen[dt]|share)\w*|"
    r"^\W*(?:exclude|excluding|except|withhold|omit|do not)\b|\bmay not be (?:released|disclosed)|"
    r"\bno (?:deseo|autorizo|quiero|divulg\w+|revel\w+|liber\w+|incluy\w+|envi\w+|compart\w+)|"
    r"^\W*(?:excluir|excluya|excepto|omitir|no divulgar)\b"
)
#: "Not unless I initial" lets a mark release; "not encrypted" is how the records go, and keeps none back.
_NOT_ALL_OUT = re.compile(
    r"\bunless\b|\buntil\b|\bwithout\b|\ba menos\b|\bsin\b|\bhasta\b|"
    r"\bnot (?:want|wish|need)\b.{0,40}\bencrypt|\bno (?:deseo|quiero)\b.{0,40}\b(?:cifrad|encriptad)"
)
_EXCEPT_LINE = re.compile(
    r"\b(?:except(?:ions?)?(?: for)?|exclud(?:e|ing)|exclusions?|excepto|excluir|do not release)\W*$"
)
#: The same, as a page's print is searched: letters alone, no spaces between them.
_HEADING = re.compile(
    r"donot(?:release|disclose|include|send|share|want|wish|authorize|consent)|notto?be(?:release|disclose|include|sent)|"
    r"notrelease|notdisclose|exclu|except|withh[eo]ld|omit|nodeseo|noautorizo|noquiero|nodivulg|norevel|noliber|noincluy"
)


def plain(text: str) -> str:
    """``text`` in small letters without accents and with single spaces: as the patterns here have it."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def categories_in(label: str) -> tuple[str, ...]:
    """The protected categories that a label names, as concepts; not those that it leaves out again."""
    text = _LEFT_OUT.sub("", plain(label))
    found = [name for name, pattern in _CATEGORY.items() if pattern.search(text)]
    # notes of psychotherapy are told apart from mental health only where the label names both
    if "sensitive.psychotherapy_notes" in found and "sensitive.mental_health" in found:
        rest = _CATEGORY["sensitive.psychotherapy_notes"].sub("", text)
        if not _CATEGORY["sensitive.mental_health"].search(rest):
            found.remove("sensitive.mental_health")
    return tuple(found)


def signing_in(label: str, value: str) -> str | None:
    """What of the things that are only filled by hand a label asks for; None for nothing of the kind.

    ``value`` is what the map says of the place: a name in print or a middle initial may stand beside such words.
    """
    text = plain(label)
    for what, pattern in _SIGNS.items():
        if not pattern.search(text):
            continue
        if what in ("a signature", "the date of the signature") and _NO_SIGNATURE.search(text):
            continue
        if what == "initials" and _MIDDLE_INITIAL.search(text):
            continue
        if what == "an interpreter" and value in ("patient.language", "patient.interpreter_needed"):
            continue
        return what
    return None


def is_date_alone(label: str) -> bool:
    """Whether a label is the bare word for a date, with or without the time."""
    return _DATE_ALONE.fullmatch(plain(label)) is not None


def keeps_back(label: str) -> bool:
    """Whether the label of a box says that a mark in it keeps something back."""
    text = _LEFT_OUT.sub("", plain(label))
    return _NOT_RELEASED.search(text) is not None and _NOT_ALL_OUT.search(text) is None


def asks_for_exceptions(label: str) -> bool:
    """Whether what is written behind the label is kept back ("Entire record except:")."""
    return _EXCEPT_LINE.search(plain(label)) is not None


def print_keeps_back(letters: str) -> bool:
    """Whether a line of print, as its letters alone without spaces, speaks of keeping something back."""
    return _HEADING.search(letters) is not None
