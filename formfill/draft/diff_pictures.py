"""Two editions as pictures: the pages side by side, what was removed in red on the left, what was added in green on the
right, what was moved in blue on both, what its neighbours pushed along in grey."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageFilter

from formfill.draft.diff import Diff, Fate, FieldAt, PrintedWord
from formfill.draft.drawn import Drawn, drawn
from formfill.draft.pictures import INK, MARGIN, MUTED, PAPER, Colour, PixelBox, Sheet, at_scale, face, page_pictures

#: Pixels a point.
SCALE = 2.0
COLOURS: dict[Fate, Colour] = {
    "removed": (214, 30, 30),
    "added": (18, 140, 60),
    "moved": (32, 96, 210),
    "shifted": (112, 124, 140),
}
_STRENGTH: dict[Fate, int] = {"removed": 95, "added": 95, "moved": 85, "shifted": 42}
_LEGEND: tuple[tuple[Fate, str], ...] = (
    ("removed", "removed"),
    ("added", "added"),
    ("moved", "moved to another place"),
    ("shifted", "pushed along with its neighbours"),
)
HEAD = 60


@dataclass(frozen=True)
class Pair:
    """A picture of two pages, one of which may be None; ``drawn`` is None for a page that has no partner."""

    old: int | None
    new: int | None
    picture: Image.Image
    drawn: Drawn | None


def pairs(diff: Diff, old_data: bytes, new_data: bytes, names: tuple[str, str]) -> Iterator[Pair]:
    """A picture of every pair of pages, one at a time. Raises: BlankFormError."""
    for a, b in diff.pages:
        old = page_pictures(old_data, [a], scale=SCALE, name=names[0])[0] if a else None
        new = page_pictures(new_data, [b], scale=SCALE, name=names[1])[0] if b else None
        changed = _drawn(diff, a, b, old, new) if a and b and old and new else None
        yield Pair(a, b, _picture(diff, (a, b), (old, new), changed, names), changed)


def _drawn(diff: Diff, a: int, b: int, old: Image.Image, new: Image.Image) -> Drawn:
    def skip(words: Sequence[PrintedWord], fields: Sequence[FieldAt], page: int) -> list[PixelBox]:
        return [at_scale(one.box, SCALE) for some in (words, fields) for one in some if one.page == page]

    shifts = [(x * SCALE, y * SCALE) for x, y in diff.shifts.get((a, b), ())]
    old_skip = skip(diff.old.words, diff.old.fields, a)
    new_skip = skip(diff.new.words, diff.new.fields, b)
    are_scans = not diff.old.words_on(a) and not diff.new.words_on(b)
    return drawn(old, new, old_skip, new_skip, shifts, are_scans=are_scans)


def _picture(
    diff: Diff,
    numbers: tuple[int | None, int | None],
    pages: tuple[Image.Image | None, Image.Image | None],
    changed: Drawn | None,
    names: tuple[str, str],
) -> Image.Image:
    widths = [page.width if page else 0 for page in pages]
    widths = [width or max(widths) for width in widths]
    height = max(page.height for page in pages if page)
    sheet = Sheet(sum(widths) + 3 * MARGIN, HEAD + height + 56)
    lefts = (MARGIN, 2 * MARGIN + widths[0])
    sides = (
        (diff.old.words, diff.old_fates, diff.old.fields, diff.old_field_fates),
        (diff.new.words, diff.new_fates, diff.new.fields, diff.new_field_fates),
    )
    for side, (number, page) in enumerate(zip(numbers, pages, strict=True)):
        left = lefts[side]
        title = f"page {number} of {len((diff.old, diff.new)[side].pages)}" if number else "no such page"
        sheet.text((left, 24), names[side], face(20, 700))
        sheet.text((left, 46), title, face(16), MUTED)
        if page is None or number is None:
            sheet.box((left, HEAD, left + widths[side], HEAD + height), PAPER, fill=110)
            continue
        mask = (changed.removed, changed.added)[side] if changed else None
        colour = COLOURS["added" if side else "removed"]
        sheet.paste(_stained(page, mask, colour), left, HEAD)
        words, fates, fields, field_fates = sides[side]
        _draw_words(sheet, words, fates, number, left, widths[side])
        for one, fate in zip(fields, field_fates, strict=True):
            if one.page == number and fate != "same":
                box = at_scale(one.box, SCALE, left, HEAD)
                sheet.box(box, COLOURS[fate], fill=24, edge=255, width=3)
    _draw_legend(sheet, HEAD + height + 30)
    return sheet.base


def _stained(page: Image.Image, mask: Image.Image | None, colour: Colour) -> Image.Image:
    """The page with the ink under the mask in ``colour``, a little thicker, so that a hairline is seen."""
    if mask is None or mask.getbbox() is None:
        return page
    stained = page.copy()
    stained.paste(colour, (0, 0), mask.filter(ImageFilter.MaxFilter(3)))
    return stained


def _draw_words(
    sheet: Sheet, words: Sequence[PrintedWord], fates: Sequence[Fate], page: int, left: int, width: int
) -> None:
    """Bands over the words, joined along a line, and bars at the page's edge beside lines that changed."""
    for fate, box in _bands(words, fates, page):
        band = at_scale(box, SCALE, left, HEAD)
        sheet.box(band, COLOURS[fate], fill=_STRENGTH[fate], radius=3)
        if fate in ("removed", "added"):
            edge = left if fate == "removed" else left + width - 6
            sheet.box((edge, band[1], edge + 6, band[3]), COLOURS[fate], fill=255)


def _bands(
    words: Sequence[PrintedWord], fates: Sequence[Fate], page: int
) -> Iterator[tuple[Fate, tuple[float, float, float, float]]]:
    band: tuple[float, float, float, float] | None = None
    last: Fate = "same"
    for word, fate in zip(words, fates, strict=True):
        if word.page != page:
            continue
        joins = band is not None and fate == last and abs(word.box[3] - band[3]) < 3 and 0 <= word.box[0] - band[2] < 9
        if band is not None and joins:
            band = (band[0], min(band[1], word.box[1]), word.box[2], max(band[3], word.box[3]))
            continue
        if band is not None and last != "same":
            yield last, band
        band, last = word.box, fate
    if band is not None and last != "same":
        yield last, band


def _draw_legend(sheet: Sheet, y: float) -> None:
    x = float(MARGIN)
    font = face(17)
    for fate, words in _LEGEND:
        sheet.box((x, y - 9, x + 28, y + 9), COLOURS[fate], fill=max(70, _STRENGTH[fate]), radius=3)
        sheet.text((x + 36, y), words, font, INK)
        x += 36 + font.getlength(words) + 40
    sheet.text((x, y), "Outlined: form fields.", font, MUTED)
