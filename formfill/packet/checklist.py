"""The checklist: what whoever signs must do before the packet leaves. It is theirs, and is never sent.

One page, two where the form has several: what to sign, date and initial, with numbered arrows on a small picture of
each page of the form; what to attach; what the signature releases; where to send it; when to expect an answer. In
English and, side by side, in the patient's language. The translations are data, ``phrases.yaml``, and marked on the
page as made by a machine: a text that decides about rights needs a person's check (45 CFR 92.201(c)(3)).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from formfill import yaml_io
from formfill.errors import OutputError
from formfill.model.form_map import Instrument
from formfill.model.profile import Representative
from formfill.packet.cover import Party
from formfill.packet.signing import ACTS, ByHand
from formfill.store.deadlines import Clock, deadlines

_PHRASES = Path(__file__).parent / "phrases.yaml"
#: What an entry of ``phrases.yaml`` says of the language itself.
_ABOUT = ("name", "dir", "names")
#: Pixels of a page's picture for each of its points: print can be recognised, and hardly read.
_PICTURE_SCALE = 0.75
#: Two places whose middles differ by less are on one line of the form, in points.
_ONE_LINE_PT = 8.0
_REPRESENTATIVES = {
    "parent": "parent",
    "guardian": "court",
    "conservator": "court",
    "poa": "agent",
    "executor": "estate",
}

Pair = dict[str, str]
"""A phrase in English and, under "own", in the patient's language."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """What a checklist says of one request."""

    form: bytes
    """The filled form as PDF: its pages are pictured."""
    form_title: str
    by_hand: tuple[ByHand, ...]
    """What whoever signs must fill in."""
    languages: tuple[str, ...]
    """The patient's, as people call them, the preferred one first."""
    instrument: Instrument
    recipient: Party
    channel: str
    date: dt.date
    state: str = ""
    representative: Representative | None = None
    deceased: bool = False
    id_enclosed: bool = False
    """Whether the packet has a copy of the patient's photo ID."""
    id_required: bool | None = None
    proof_enclosed: bool = False
    chosen: tuple[str, ...] = ()
    """The protected categories that the patient chose, by their names in the vocabulary."""
    chosen_in_words: str = ""
    silent: tuple[str, ...] = ()
    """Those that signing alone releases and the patient did not choose."""


@cache
def phrases() -> Mapping[str, Mapping[str, Any]]:
    """What a checklist says: dict[language, dict[phrase, text]]."""
    found: dict[str, dict[str, Any]] = yaml_io.load(_PHRASES, OutputError).data
    return found


def language_of(names: Iterable[str]) -> str | None:
    """The first of the patient's languages that there is a translation for; "en" for English, None for none of them."""
    return next((code for name in names if (code := _code(name)) is not None), None)


def checklist_pdf(checklist: Checklist) -> tuple[bytes, tuple[str, ...]]:
    """The checklist as PDF, one or two Letter pages, and what must be told about it.

    Raises: OutputError, where the form cannot be pictured. FillError, for a character of the provider's address or
    of the patient's own words that no installed font has.
    """
    from formfill.packet.typeset import typeset

    language, notes = _language(checklist.languages)
    words = _Words(language)
    marks = {place: number for number, place in enumerate((p for p in checklist.by_hand if p.box is not None), 1)}
    sections = [
        _section(words.pair("do"), _to_write(checklist, words, marks)),
        _section(words.pair("attach"), _to_attach(checklist, words)),
        _section(words.pair("protected"), _protected(checklist, words) if checklist.instrument != "amendment" else ()),
        _section(words.pair("send"), _to_send(checklist, words)),
        _section(words.pair("answer"), _answer(checklist, words)),
    ]
    data = {
        "language": {"code": language or "en", "dir": words.direction},
        "title": words.pair("title"),
        "keep": words.pair("keep"),
        "machine": words.pair("machine") if language else None,
        "about": " · ".join(part for part in (checklist.form_title, checklist.recipient.organisation) if part),
        "sections": [section for section in sections if section["items"]],
        "pages_title": words.pair("pages"),
        "pages": [
            {**picture, "caption": words.pair("page", page=str(number)), "marks": _arrows(marks, number, picture)}
            for number, picture in enumerate(_pictures(checklist.form), 1)
        ],
    }
    return typeset("checklist", data), notes


def _language(names: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """The language beside English, None for none, and what to tell about it."""
    from formfill.packet.typeset import can_typeset

    code = language_of(names)
    if code is None and names:
        known = ", ".join(str(words["names"][0]).title() for key, words in phrases().items() if key != "en")
        return None, (
            f"the checklist is in English alone: there is no translation for the patient's language ({known})",
        )
    if code in (None, "en"):
        return None, ()
    if not can_typeset("".join(text for text in phrases()[code].values() if isinstance(text, str))):
        return None, (
            "the checklist is in English alone: the fonts for the patient's language are not installed: "
            "pip install 'formfill[cjk]'",
        )
    return code, ()


def _code(name: str) -> str | None:
    """The language that a person calls ``name``: "Dari", "Persian (Dari)", "Español", "Mandarin Chinese"."""
    wanted = _plain(name)
    found: dict[str, int] = {}
    for code, words in phrases().items():
        for known in map(_plain, words["names"]):
            if known == wanted:
                return code
            if len(known) > 3 and f" {known} " in f" {wanted} ":
                found[code] = max(found.get(code, 0), len(known))
    if "prs" in found:
        return "prs"  # "Persian (Dari)" is Dari
    if len(found) > 1:
        found.pop("en", None)
    return max(found, key=lambda code: found[code], default=None)


def _plain(name: str) -> str:
    """Small letters without accents, words apart by one space."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(re.sub(r"[\W_]+", " ", "".join(c for c in letters if not unicodedata.combining(c))).split())


class _Words:
    """Phrases in English and in the patient's language."""

    def __init__(self, language: str | None) -> None:
        self._own = phrases()[language] if language else None
        self.direction: str = self._own["dir"] if self._own else "ltr"

    def pair(self, key: str, **values: str) -> Pair:
        from formfill.packet.typeset import isolated

        pair = {"en": str(phrases()["en"][key]).format(**values)}
        if self._own is not None:
            own = str(self._own[key]).format(**values)
            pair["own"] = isolated(own) if self.direction == "rtl" else own
        return pair

    def category(self, name: str) -> Pair:
        """A protected category; one that the phrases do not know, as the vocabulary calls it."""
        from formfill.model.choices import words_of

        known = name in phrases()["en"]
        return self.pair(name) if known else {"en": words_of("sensitive", name)}


def _section(heading: Pair, items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"heading": heading, "items": list(items)}


def _item(
    words: Pair,
    *,
    marks: Sequence[int] = (),
    bullets: Sequence[Pair] = (),
    lines: Sequence[str] = (),
    tick: bool = True,
) -> dict[str, Any]:
    """A line of the list. ``tick``: whether it is something to do, with a box to tick off."""
    return {"words": words, "marks": list(marks), "bullets": list(bullets), "lines": list(lines), "tick": tick}


def _to_write(checklist: Checklist, words: _Words, marks: Mapping[ByHand, int]) -> Iterator[dict[str, Any]]:
    yield _item(words.pair("who_representative" if checklist.representative else "who_patient"), tick=False)
    found = {act: [place for place in checklist.by_hand if place.act == act] for act in ACTS}
    numbers = {act: [marks[place] for place in places if place.box is not None] for act, places in found.items()}
    # as the numbers on the pages go; what has none comes last
    for act in sorted(found, key=lambda act: min(numbers[act], default=len(marks) + 1)):
        if places := found[act]:
            lost = any(place.box is None for place in places)
            yield _item(words.pair(act), marks=numbers[act], bullets=[words.pair("unmarked")] if lost else ())


def _to_attach(checklist: Checklist, words: _Words) -> Iterator[dict[str, Any]]:
    """Who is asked for what: 45 CFR 164.514(h) names no kind of ID, and leaves the proof of authority to state law."""
    if checklist.id_enclosed:
        yield _item(words.pair("id_enclosed"), tick=False)
    if checklist.representative is None:
        if not checklist.id_enclosed:
            yield _item(words.pair("id_attach" if checklist.id_required else "id_ask"))
        return
    yield _item(words.pair("id_attach"))  # the one in the packet is the patient's
    if checklist.proof_enclosed:
        yield _item(words.pair("proof_enclosed"), tick=False)
        return
    kind = _REPRESENTATIVES.get(checklist.representative.kind, "estate" if checklist.deceased else "proof")
    yield _item(words.pair(kind))
    yield _item(words.pair("check"))


def _protected(checklist: Checklist, words: _Words) -> Iterator[dict[str, Any]]:
    chosen = [words.category(name) for name in checklist.chosen]
    if checklist.chosen_in_words:
        chosen.append({"en": checklist.chosen_in_words})
    yield _item(words.pair("chosen" if chosen else "chosen_none"), bullets=chosen, tick=False)
    if checklist.silent:
        yield _item(words.pair("silent"), bullets=[words.category(name) for name in checklist.silent], tick=False)
        yield _item(words.pair("silent_letter"))


def _to_send(checklist: Checklist, words: _Words) -> Iterator[dict[str, Any]]:
    to = checklist.recipient
    where: dict[str, tuple[str, ...]] = {"fax": (to.fax,), "email": (to.email,), "portal": ()}
    lines = (to.name, to.organisation, *where.get(checklist.channel, to.address))
    yield _item(words.pair(checklist.channel), lines=[line for line in lines if line])
    yield _item(words.pair("copy"))


def _answer(checklist: Checklist, words: _Words) -> Iterator[dict[str, Any]]:
    """By when: 45 CFR 164.524(b)(2), 164.526(b)(2); California Health and Safety Code 123110. No law sets a day for
    an authorization to a third party.
    """
    clock = Clock(
        instrument=checklist.instrument,
        state=checklist.state,
        sent=checklist.date,
        received=None if checklist.channel == "mail" else checklist.date,
    )
    # a rule that was not read in its own source is no promise to a patient
    first = next((one for one in deadlines(clock) if not one.courtesy and not one.check), None)
    if first is None:
        yield _item(words.pair("ask"))
        return
    yield _item(words.pair("days", days=str(first.days)), tick=False)
    yield _item(words.pair("about", date=first.due.isoformat()), tick=False)


def _pictures(form: bytes) -> Iterator[dict[str, Any]]:
    """Each page of the form: a grey JPEG as numbers (typst takes no bytes from outside), its size in points."""
    import io

    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(form)
    except pypdfium2.PdfiumError as exc:
        raise OutputError("the filled form cannot be pictured on the checklist: PDFium does not open it") from exc
    try:
        document.init_forms()  # without it the fields' values are not drawn
        for page in document:
            width, height = page.get_size()
            file = io.BytesIO()
            page.render(scale=_PICTURE_SCALE, grayscale=True).to_pil().save(file, "JPEG", quality=70)
            yield {"image": list(file.getvalue()), "width": width, "height": height}
            page.close()
    finally:
        document.close()


def _arrows(marks: Mapping[ByHand, int], page_number: int, picture: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The numbered places of one page, from top to bottom: box in points, and from which side its arrow comes.

    The first place of a line is pointed at from the left, the last one from the right.
    """
    here = [(place.box, number) for place, number in marks.items() if place.page_number == page_number and place.box]
    found = []
    for box, number in here:
        middle = (box[1] + box[3]) / 2
        line = [other for other, _ in here if abs((other[1] + other[3]) / 2 - middle) < _ONE_LINE_PT]
        first, last = min(line)[0] == box[0], max(line)[0] == box[0]
        is_left = first if first != last else box[0] + box[2] < picture["width"]
        found.append({"number": number, "box": box, "side": "left" if is_left else "right"})
    return sorted(found, key=lambda arrow: (arrow["box"][1] + arrow["box"][3], arrow["box"][0]))
