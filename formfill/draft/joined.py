"""Places that belong together: lines that one text runs over, and the parts of a date or phone number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from formfill.draft.facts import PageFacts, Spot, Word
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import hull

#: Between two lines of one text, from rule to rule, in points.
_PITCH_PT = (8.0, 34.0)
#: The print that parts a date or a phone number, and how wide one part may be.
_SIGNS = frozenset("/-–—()\\.")
_PART_PT = 150.0
_PART_GAP_PT = 30.0
#: Words under the parts of a date, which do not make it something else.
_PARTS = frozenset({"mm", "dd", "yyyy", "yy", "month", "day", "year", "mes", "dia", "día", "año", "aaaa", "ano"})


def joined(page: PageFacts, spots: Sequence[Spot]) -> list[Spot]:
    """``spots`` of one page, in reading order, with pieces and lines joined."""
    return _lines(page, _pieces(page, list(spots)))


def _pieces(page: PageFacts, spots: list[Spot]) -> list[Spot]:
    """The places with the parts of each date and phone number as one."""
    found: list[Spot] = []
    i = 0
    while i < len(spots):
        chain, signs = [spots[i]], ""
        while i + len(chain) < len(spots):
            between = _between(page, chain[-1], spots[i + len(chain)])
            if between is None:
                break
            signs += between
            chain.append(spots[i + len(chain)])
        signs = _opening(page, chain[0]) + signs
        if len(chain) >= 2 and _is_number(signs, len(chain)):
            box = hull([spot.box for spot in chain])
            found.append(replace(chain[0], box=box, pieces=tuple(chain), signs=signs))
            i += len(chain)
        else:
            found.append(spots[i])
            i += 1
    return found


def _between(page: PageFacts, one: Spot, other: Spot) -> str | None:
    """The signs printed between two neighbouring places of a line; None where they are not parts of one number."""
    if one.kind != "text" or other.kind != "text":
        return None
    a, b = one.box, other.box
    if b[0] - a[2] > _PART_GAP_PT or b[0] < a[2] - 2 or abs(a[3] - b[3]) > 6:
        return None
    if max(a[2] - a[0], b[2] - b[0]) > _PART_PT:
        return None
    mid = (max(a[1], a[3] - 12) + a[3]) / 2
    words = [w for w in page.words if a[2] - 2 <= w.middle_x <= b[0] + 2 and w.box[1] - 4 < mid < w.box[3] + 4]
    text = "".join(word.text for word in sorted(words, key=lambda w: w.box[0]))
    if text.strip(" :").lower() in _PARTS:
        return "/"  # "Month ___ Day ___ Year ___"
    # a bracket that opens begins a number of its own
    return text if text and all(c in _SIGNS for c in text) and "(" not in text else None


def _opening(page: PageFacts, spot: Spot) -> str:
    """The bracket right before a place, or nothing."""
    x0, top, _, bottom = spot.box
    near = [w for w in page.words if w.box[2] <= x0 + 2 and x0 - w.box[2] < 8 and w.box[1] < bottom and w.box[3] > top]
    return "(" if near and max(near, key=lambda w: w.box[2]).text.endswith("(") else ""


def _is_number(signs: str, parts: int) -> bool:
    """Whether so many parts with these signs between them are a phone number or a date."""
    if "(" in signs or ")" in signs:
        return parts in (2, 3)
    return parts == 3 and len(set(signs.replace("–", "-").replace("—", "-"))) == 1


def _lines(page: PageFacts, spots: list[Spot]) -> list[Spot]:
    """The places with the lines of each text that runs on as one."""
    taken: set[int] = set()
    found = []
    for i, spot in enumerate(spots):
        if i in taken:
            continue
        lines = [spot.box]
        if spot.sign in ("underscore", "rule") and not spot.pieces:
            last = spot
            for j in range(i + 1, len(spots)):
                other = spots[j]
                if j in taken or other.sign not in ("underscore", "rule") or other.pieces:
                    continue
                if other.box[3] - last.box[3] > _PITCH_PT[1]:
                    break
                if _goes_on(page, spots, last, other, len(lines)):
                    lines.append(other.box)
                    taken.add(j)
                    last = other
        found.append(replace(spot, lines=tuple(lines)) if len(lines) > 1 else spot)
    return found


def _goes_on(page: PageFacts, spots: Sequence[Spot], one: Spot, other: Spot, count: int) -> bool:
    """Whether ``other`` is the next line of the text that ``one`` begins or continues."""
    a, b = one.box, other.box
    pitch = b[3] - a[3]
    if not _PITCH_PT[0] <= pitch <= _PITCH_PT[1]:
        return False
    width_a, width_b = a[2] - a[0], b[2] - b[0]
    if width_b < 90 or b[0] > a[0] + 12 or abs(a[2] - b[2]) > max(45.0, 0.12 * width_b):
        return False
    if width_b > (6 if abs(a[2] - b[2]) < 14 else 2.6) * width_a and count == 1:
        return False
    # nothing printed between the lines, nothing on the second one, no other place beside it
    between = [w for w in page.words if w.box[0] < b[2] - 3 and w.box[2] > b[0] + 3 and a[3] + 0.5 < w.middle_y < b[3]]
    if between:
        return False
    beside = [w for w in page.words if _on_line(w, b) and w.box[2] <= b[0] + 3 and b[0] - w.box[2] < 140]
    if beside or any(_is_caption(w, b) for w in page.words):
        return False
    columns = any(s is not one and _beside(s.box, a) for s in spots)
    return columns or not any(s is not other and _beside(s.box, b) for s in spots)


def _on_line(word: Word, box: ShownBox) -> bool:
    return box[3] - 11 < word.middle_y < box[3] + 2


def _is_caption(word: Word, box: ShownBox) -> bool:
    """Small print right under a line names it, and then it is a blank of its own."""
    return box[0] <= word.middle_x <= box[2] and 0 <= word.box[1] - box[3] < 3.2 and word.box[3] - word.box[1] < 8.5


def _beside(one: ShownBox, box: ShownBox) -> bool:
    return abs(one[3] - box[3]) < 5 and (one[2] <= box[0] + 2 or one[0] >= box[2] - 2)
