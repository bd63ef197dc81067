"""What is seen of a place: the print in each of its surroundings, folded, the words that name it, and its company.

The company of a place is the block that it stands in, with a name at its head, and for a box the list of boxes around.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, zip_longest

from formfill.draft.blanks import CAPTIONED
from formfill.draft.facts import Detection, Spot, Word, lines_of, text_of
from formfill.draft.labels import Reading
from formfill.draft.meant import meant
from formfill.draft.setting import setting
from formfill.draft.wordings import PARTIES, asked, folded, manner, spoken_of

#: The signs that are boxes to tick.
_BOXES = frozenset("\u25a1\u2610\u2751\u2752\u274f\u2750\u25a2\u25fb\u20de")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\W]+|(?<=[A-Za-z])(?=\d)")
_WIDTHS = (12, 18, 28, 45, 70, 110, 160, 230, 330)
#: What the head of a block asks; where a signature is asked too, the name is the signer's.
_HEAD_ASKS = frozenset({"name", "full_name", "organization", "last_name"})
_NO_HEAD_ASKS = frozenset({"signature", "printed_name"})
#: How far up or down a place to sign is near, in points.
_SIGNATURE_PT = 60
#: Of one line are places whose lower edges differ by less, in points.
_LINE_PT = 6.0
#: Whom a section may be of.
_PEOPLE = frozenset({*PARTIES, "signer", "witness", "interpreter", "staff", "attorney"})
#: What leaves a phrase open at the end of a line: "Registro de", "Operative/".
_OPEN_END = re.compile(r"(?:[/&]|\b(?:of|and|or|for|to|the|with|del?|la|las|los|el|y|o|para|con|sobre|al?))$")
#: Where the next line of a label lies: how far below, in type sizes, and how little aside; and how much of it counts.
_LEADING = 1.9
_INDENT_PT = 4.0
_WRAPPED = 4
#: A box is no farther than this from its label.
_BESIDE_PT = 20.0
#: The lists that boxes are told apart by; where a heading speaks of several, the first of them counts.
LISTS = ("purpose", "delivery", "records")
#: How many runs of print over a place are read for the line that leads to it.
LEADING_RUNS = 8
#: The same print is said over many places.
_folded = lru_cache(maxsize=20_000)(folded)


class Seen:
    """One place's print, folded, and what is found in it.

    Attributes:
        slots: dict[name of the surrounding ("left_near", "over", …), folded text].
        headings: The nearest three headings, folded, the nearest first.
        before: The folded text before the place in reading order, ``after`` what follows.
        label: The words most likely to name the place; ``where`` is the slot that they stand in.
        asks: What the label asks.
        cues: (where, parties spoken of there), the label's first.
        block: The place at the head of the block that this one stands in; ``blocks`` counts the heads before it.
        led: The list that the surroundings name: the cell at the left, a line that leads here, or the heading over
            it; "" for none.
        among: What the boxes around this one are mostly about ("records"), or "".
        width: The place's width, as a number of steps from 0.
        setting: How the place lies among print and lines, in words of ``setting.py``.
        signature: Where the nearest place to sign lies ("beside", "over", "under") and whose it is, if one is near;
            ``signatures`` counts those before it on the page.
        relations: On how many lines of the page a relationship is asked, if it is on this place's own, else 0: one who
            signs instead is one, those who may get records are several.
    """

    def __init__(self, spot: Spot, reading: Reading, wrapped: Sequence[Word] = ()) -> None:
        self.spot = spot
        self.reading = reading
        widget = spot.widget
        right = _to_box(reading.right) if spot.kind == "check" else reading.right
        right = (*right, *wrapped)
        self.slots = {
            "left_near": _said(reading.left[-4:]),
            "left": _said(reading.left[-10:]),
            "right_near": _said(right[:4]),
            "right": _said(right[:12]),
            "over_taken" if reading.over_taken else "over": _said(reading.over[:10]),
            "under_taken" if reading.under_taken else "under": _said(reading.under[:10]),
            "caption": _said(reading.caption[:10]),
            "column": folded(reading.column),
            "field": folded(" ".join(_CAMEL.split(widget.field))) if widget else "",
            "tooltip": folded(widget.tooltip[:120]) if widget else "",
            "intro": folded(reading.intro)[-90:],
        }
        self.before = folded(" ".join(reading.before))
        self.after = folded(" ".join(reading.after))
        self.headings = [folded(heading) for heading in reading.headings[:3]]
        self.label, self.where = self._label()
        self.asks = frozenset(asked(self.label))
        self.cues = [(where, parties) for where, parties in self._cues() if parties]
        self.led = _led(reading)
        self.block: Seen | None = None
        self.blocks = 0
        self.among = ""
        self.setting: tuple[str, ...] = ()
        self.signature: tuple[str, str] | None = None
        self.signatures = 0
        self.relations = 0
        self.width = sum(spot.box[2] - spot.box[0] > w for w in _WIDTHS)

    def _cues(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Whose things each of the surroundings speaks of, those first that govern the place most."""
        section = self.reading.section
        organisation = ("organisation",) if "organisation" in manner(self.label) else ()
        yield "own", (*spoken_of(self.label), *organisation)
        yield "margin", _people(folded(self.reading.margin))
        yield "section", _section_people(self.reading)
        yield "over section", _people(_lead(section.heading))
        yield "beyond", _people(_lead(section.beyond))
        for i, heading in enumerate(self.headings):
            yield f"heading{i}", spoken_of(heading)
        yield "intro", spoken_of(self.slots["intro"])
        yield "before", spoken_of(self.before[-170:])

    def _label(self) -> tuple[str, str]:
        """The words most likely to name the place, and where they are."""
        sides: tuple[str, ...]
        if self.spot.kind == "check":
            sides = ("right", "left_near", "over", "field", "tooltip")
        elif self.spot.signs == CAPTIONED:
            sides = ("caption", "over", "under", "left_near", "column")
        elif self.spot.sign in ("rule", "underscore") and asked(self.slots["column"]):
            sides = ("column",)
        elif self._labelled_right():
            sides = ("right", "left_near", "caption", "column", "field")
        else:
            sides = ("left_near", "caption", "column", "right", "field", "tooltip")
        texts = [(self.slots.get(side, ""), side) for side in sides]
        first = next(((text, side) for text, side in texts if asked(text)), None)
        return first or next(((text, side) for text, side in texts if text), ("", "nowhere"))

    def _labelled_right(self) -> bool:
        """A short line before its words, like a box to tick."""
        if self.reading.side:
            return self.reading.side == "right"
        return self.spot.box[2] - self.spot.box[0] < 42 and not self.slots["left_near"].endswith((":", "#"))


def see(detection: Detection, readings: Sequence[Reading]) -> list[Seen]:
    """Every place of a form, in the order of its spots; ``readings`` are those of ``labels.read_form``."""
    all_seen = [
        Seen(spot, reading, _wrapped(spot, reading, detection))
        for spot, reading in zip(detection.spots, readings, strict=True)
    ]
    for seen in all_seen:
        seen.setting = tuple(setting(seen.spot, seen.reading, detection.pages[seen.spot.page - 1], detection.spots))
    _find_blocks(all_seen)
    _find_lists(all_seen)
    _find_signatures(all_seen)
    _find_relations(all_seen)
    return all_seen


def _to_box(words: Sequence[Word]) -> Sequence[Word]:
    """The words beside a box up to the next one, which may be printed as a letter and be no place."""
    end = next((i for i, word in enumerate(words) if i and word.text[0] in _BOXES), len(words))
    return words[:end]


def _wrapped(spot: Spot, reading: Reading, detection: Detection) -> Sequence[Word]:
    """How the label of a box goes on below its first line, where that ends in the middle of a phrase.

    It goes on right under its first word, where no box of its own begins another label.
    """
    words = reading.right
    if spot.kind != "check" or not words or not _OPEN_END.search(_said(words)) or words != _to_box(words):
        return ()
    left, foot = words[0].box[0], max(word.box[3] for word in words)
    lines = lines_of([
        word
        for word in detection.pages[spot.page - 1].words
        if foot + 2 < word.box[3] < foot + _LEADING * words[0].size and word.box[0] > left - _INDENT_PT
    ])  # fmt: skip
    if not lines or abs(lines[0][0].box[0] - left) > _INDENT_PT:
        return ()
    line = lines[0]
    beside = (other.box for other in detection.spots if other.page == spot.page and other.kind == "check")
    if any(abs(box[3] - line[0].box[3]) < 6 and 0 < line[0].box[0] - box[2] < _BESIDE_PT for box in beside):
        return ()
    end = next((i for i, (a, b) in enumerate(pairwise(line), 1) if b.box[0] - a.box[2] > 1.2 * a.size), len(line))
    return line[: min(end, _WRAPPED)]


def _led(reading: Reading) -> str:
    section = reading.section
    leads = [run for run in section.under[:LEADING_RUNS] if run.rstrip().endswith(":")]
    said = (reading.margin, *leads, " ".join(reversed(section.heading)))
    return next((named for named in map(list_in, said) if named), "")


def list_in(said: str) -> str:
    """The list that a few words, as printed, name; "" for none."""
    parties = spoken_of(_folded(said))
    return next((one for one in LISTS if one in parties), "")


def _said(words: Iterable[Word]) -> str:
    return folded(text_of(words))


def _people(text: str) -> tuple[str, ...]:
    """Whom a folded text speaks of, the last mentioned first."""
    return tuple(one for one in spoken_of(text) if one in _PEOPLE)


def _section_people(reading: Reading) -> tuple[str, ...]:
    """Whom the print nearest to a place speaks of, before it or over it in its section.

    Under boxes for either way, "release to" and "obtain from", one block is the other party's: the recipient's.
    """
    section = reading.section
    ways = [next(iter(_people(_folded(option))), "") for option in section.options]
    people = _people(_lead((text_of(reading.left[-10:]), *section.under, *section.heading)))
    if people[:1] and people[0] in ways and {"recipient", "provider"} <= set(ways):
        return ("recipient", *(one for one in people if one != "recipient"))
    return people


def _lead(runs: Sequence[str]) -> str:
    """The nearest of ``runs`` that speaks of somebody, folded."""
    for run, above in zip_longest(runs, runs[1:], fillvalue=""):
        # a sentence may go on from the line above
        for said in (run, f"{above} {run}"):
            if _people(_folded(said)):
                return _folded(said)
    return ""


def _find_blocks(all_seen: Sequence[Seen]) -> None:
    """For each place the nearest name before it, at its height or above in its column: the head of its block."""
    heads: list[Seen] = []
    for seen in all_seen:
        spot = seen.spot
        if spot.kind != "text":
            continue
        if seen.asks & _HEAD_ASKS and not seen.asks & _NO_HEAD_ASKS:
            heads.append(seen)
        near = [head for head in heads[-6:] if _may_head(head, seen)]
        near = [head for head in near if head.reading.section.heading == seen.reading.section.heading] or near
        seen.block = max(near, key=lambda head: (_same_column(head.spot, spot), head.spot.box[3]), default=None)
        seen.blocks = len(heads)


def _may_head(head: Seen, seen: Seen) -> bool:
    """Whether ``seen`` is near enough below or beside ``head``, in rows with the same cell at their left, to be of its
    block."""
    one, other = head.spot, seen.spot
    if one.page != other.page or not -4 <= other.box[3] - one.box[3] < 130:
        return False
    near = one.box[0] < other.box[2] + 40 and one.box[2] > other.box[0] - 260
    return near and head.reading.margin == seen.reading.margin


def _same_column(head: Spot, spot: Spot) -> bool:
    return abs(head.box[0] - spot.box[0]) < 110 or abs(head.box[3] - spot.box[3]) < 6


def _find_lists(all_seen: Sequence[Seen]) -> None:
    """For each box what most of the boxes around it are about: a list of records, purposes, ways of delivery."""
    boxes = [seen for seen in all_seen if seen.spot.kind == "check" or seen.width <= 4]
    for i, seen in enumerate(boxes):
        votes: dict[str, float] = {}
        for j in range(max(0, i - 4), min(len(boxes), i + 5)):
            other = boxes[j]
            if j == i or other.spot.page != seen.spot.page or abs(other.spot.box[3] - seen.spot.box[3]) > 60:
                continue
            for head in {ask.partition(".")[0] for ask in other.asks if "." in ask}:
                votes[head] = votes.get(head, 0) + 1 / abs(j - i)
        if votes:
            seen.among = max(votes, key=lambda head: (votes[head], head))


def _find_signatures(all_seen: Sequence[Seen]) -> None:
    """For each place the nearest one to sign, within a few lines of it."""
    signing = [(j, other) for j, other in enumerate(all_seen) if "signature" in meant(other.label)]
    for i, seen in enumerate(all_seen):
        nearest = math.inf
        for j, other in signing:
            if j == i or other.spot.page != seen.spot.page:
                continue
            seen.signatures += j < i
            down = other.spot.box[3] - seen.spot.box[3]
            far = abs(down) + 0.1 * abs(other.spot.box[0] - seen.spot.box[0])
            if abs(down) <= _SIGNATURE_PT and far < nearest:
                nearest = far
                where = "beside" if abs(down) < 6 else "over" if down < 0 else "under"
                seen.signature = (where, next(iter(spoken_of(other.label)), "nobody"))


def _find_relations(all_seen: Sequence[Seen]) -> None:
    """For each place on a line with one that asks how somebody is related to the patient, how many such lines there
    are."""
    asking = [seen.spot for seen in all_seen if "relationship" in meant(seen.label) and seen.spot.kind == "text"]
    for seen in all_seen:
        page, level = seen.spot.page, seen.spot.box[3]
        if any(spot.page == page and abs(spot.box[3] - level) < _LINE_PT for spot in asking):
            seen.relations = len({round(spot.box[3] / _LINE_PT) for spot in asking if spot.page == page})
