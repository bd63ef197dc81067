"""How a place lies among print and lines: near which words, in which frame, one of how many alike.

What tells a blank from a line that is none: words right beside it or a caption under its middle speak for a blank,
print on the line and the corners of a frame against it.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence

from formfill.draft.facts import PageFacts, Spot
from formfill.draft.labels import Reading

#: Steps of distances, in points.
_GAPS = (1.5, 4.0, 9.0, 20.0, 45.0)
#: Steps of the share of a line that a place takes.
_SHARES = (0.3, 0.6, 0.9)


def setting(spot: Spot, reading: Reading, page: PageFacts, spots: Sequence[Spot]) -> Iterator[str]:
    """What the lie of a place shows, each as a few words; ``spots`` are all of the form's."""
    x0, top, x1, bottom = spot.box
    if reading.left:
        last = reading.left[-1]
        gap = bisect(_GAPS, x0 - last.box[2])
        stop = last.text[-1] if last.text[-1] in ":)#.?" else "w"
        yield f"left gap {gap}"
        yield f"left gap {gap} {stop}"
        yield f"left foot {max(-3, min(3, round((last.box[3] - bottom) / 2)))}"
        yield f"left {'bold' if last.bold else 'plain'}"
    if reading.right:
        yield f"right gap {bisect(_GAPS, reading.right[0].box[0] - x1)}"
    if reading.over:
        yield f"over gap {bisect(_GAPS, top - max(w.box[3] for w in reading.over))}"
    if reading.under:
        yield f"under gap {bisect(_GAPS, min(w.box[1] for w in reading.under) - bottom)}"
        start, end = reading.under[0].box[0], reading.under[-1].box[2]
        yield f"under {'middle' if abs(start + end - x0 - x1) < 24 else 'start' if abs(start - x0) < 8 else 'apart'}"
    inside = sum(x0 < w.middle_x < x1 and top < w.middle_y < bottom for w in page.words)
    yield f"inside {min(3, inside)}"
    yield f"corners {_corners(spot, page)}"
    yield f"alike {min(4, sum(_alike(spot, other) for other in spots))}"
    yield f"in row {min(4, sum(_in_row(spot, other) for other in spots))}"
    widest = max((a[2] - a[0] for a in page.across if abs(a[1] - bottom) < 3 and a[0] < x1 and a[2] > x0), default=0.0)
    if widest:
        yield f"of line {bisect(_SHARES, (x1 - x0) / widest)}"
        yield f"line {bisect((0.3, 0.6, 0.85), widest / page.width)} of page"
    yield f"wide {bisect((0.1, 0.2, 0.4, 0.7), (x1 - x0) / page.width)}"


def _corners(spot: Spot, page: PageFacts) -> int:
    """How many of a place's two lower ends a vertical line touches."""
    x0, _, x1, bottom = spot.box
    ends = [d for d in page.down if d[1] < bottom - 4 and d[3] > bottom - 2.5]
    return sum(any(abs(d[0] - x) < 3 for d in ends) for x in (x0, x1))


def _alike(spot: Spot, other: Spot) -> bool:
    """Whether another place lies right above or below, as wide and of the same make: one of a stack."""
    return (
        other is not spot
        and other.page == spot.page
        and other.sign == spot.sign
        and abs(other.box[0] - spot.box[0]) < 3
        and abs(other.box[2] - spot.box[2]) < 3
        and abs(other.box[3] - spot.box[3]) < 60
    )


def _in_row(spot: Spot, other: Spot) -> bool:
    """Whether another text place lies at the same height."""
    return (
        other is not spot and other.page == spot.page and other.kind == "text" and abs(other.box[3] - spot.box[3]) < 4
    )
