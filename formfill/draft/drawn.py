"""What two pages draw beside words: lines, boxes, logos, and whole scans, compared by their pixels.

Ink of one page that the other has nowhere near is what was taken out or put in. "Near" is where the words around it
went: a line below a paragraph that grew has not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from formfill.draft.pictures import PixelBox

#: Darker than this (of 255) is ink.
_DARK = 150
#: Ink may be this many pixels off and be the same.
_NEAR = 2
#: Fewer pixels than this (of a page at two a point) are the softened edges of what did not change.
_SPECKS = 70
#: How far a scan may lie beside another of the same paper, in points.
_SCAN_PT = 14
#: When more of a scan's ink than this has no partner, the two do not lie on each other.
_HOPELESS = 0.5


@dataclass(frozen=True)
class Drawn:
    """What changed of what is drawn: masks of the old and of the new page (255 where ink was removed, added).

    ``comparable`` is false for two scans that cannot be laid on each other; the masks are then empty.
    """

    removed: Image.Image
    added: Image.Image
    removed_ink: int
    added_ink: int
    comparable: bool = True

    @property
    def is_equal(self) -> bool:
        return self.comparable and not self.removed_ink and not self.added_ink


def drawn(
    old: Image.Image,
    new: Image.Image,
    old_skip: Iterable[PixelBox],
    new_skip: Iterable[PixelBox],
    shifts: Sequence[tuple[float, float]],
    *,
    are_scans: bool,
) -> Drawn:
    """Compare two pages of the same scale.

    Args:
        old_skip: Where words and fields are, which are compared as such; in pixels.
        shifts: How far things may have been pushed, in pixels (right, down).
        are_scans: Neither page has words: how they lie on each other is found out, and ``shifts`` is not used.
    """
    size = max(old.width, new.width), max(old.height, new.height)
    old_ink, new_ink = _ink(old, size), _ink(new, size)
    ways = [scan_shift(old_ink, new_ink)] if are_scans else [(0.0, 0.0), *shifts]
    removed = _alone(_without(old_ink, old_skip), new_ink, [(-x, -y) for x, y in ways])
    added = _alone(_without(new_ink, new_skip), old_ink, ways)
    removed_ink, added_ink = _count(removed), _count(added)
    if are_scans and max(removed_ink, added_ink) > _HOPELESS * max(1, min(_count(old_ink), _count(new_ink))):
        nothing = Image.new("L", size, 0)
        return Drawn(nothing, nothing, removed_ink, added_ink, comparable=False)
    return Drawn(
        removed.crop((0, 0, *old.size)),
        added.crop((0, 0, *new.size)),
        removed_ink if removed_ink > _SPECKS else 0,
        added_ink if added_ink > _SPECKS else 0,
    )


def _ink(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    ink = Image.new("L", size, 0)
    ink.paste(picture.convert("L").point(lambda value: 255 if value < _DARK else 0), (0, 0))
    return ink


def _without(ink: Image.Image, skip: Iterable[PixelBox]) -> Image.Image:
    left = ink.copy()
    draw = ImageDraw.Draw(left)
    for box in skip:
        draw.rectangle((box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2), fill=0)
    return left


def _alone(ink: Image.Image, other: Image.Image, shifts: Iterable[tuple[float, float]]) -> Image.Image:
    """The ink that ``other``, pushed by any of ``shifts``, has nowhere near."""
    wide = other.filter(ImageFilter.MaxFilter(2 * _NEAR + 1))
    partner = Image.new("L", ink.size, 0)
    for x, y in shifts:
        pushed = Image.new("L", ink.size, 0)
        pushed.paste(wide, (round(x), round(y)))
        partner = ImageChops.lighter(partner, pushed)
    return ImageChops.subtract(ink, partner)


def scan_shift(old: Image.Image, new: Image.Image, scale: float = 2.0) -> tuple[float, float]:
    """How far ``new`` lies right of and below ``old``, in pixels: where most ink lies on ink."""
    reach, best = round(_SCAN_PT * scale), (0, 0)
    for shrink, around in ((4, reach), (1, 4)):
        one, other = old.reduce(shrink), new.reduce(shrink)
        steps = range(-(around // shrink), around // shrink + 1)
        options = [(best[0] // shrink + x, best[1] // shrink + y) for x in steps for y in steps]
        found = min(options, key=lambda way: _misfit(one, other, way))
        best = found[0] * shrink, found[1] * shrink
    return best


def _misfit(one: Image.Image, other: Image.Image, way: tuple[int, int]) -> float:
    return float(ImageStat.Stat(ImageChops.difference(one, ImageChops.offset(other, -way[0], -way[1]))).sum[0])


def _count(mask: Image.Image) -> int:
    return mask.histogram()[255]
