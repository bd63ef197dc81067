"""A blank's pages as facts, and every place on them where somebody is meant to write or tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pypdfium2

from formfill.draft.blanks import find_blanks
from formfill.draft.boxes import middle_in, overlaps
from formfill.draft.circles import find_circles
from formfill.draft.facts import Detection, PageFacts, PlaceKind, Spot, WidgetFacts, Word
from formfill.draft.joined import joined
from formfill.draft.print_lines import read_lines
from formfill.draft.print_text import Print, read_print
from formfill.draft.squares import Grey, find_rounds, find_squares, is_dark, is_unseen, rendered
from formfill.pdf.compiled import COMB, MULTILINE, CompiledForm
from formfill.pdf.geometry import ShownBox

#: A page with fewer words than this is read off its pixels.
_FEW_WORDS = 12
#: Places that have more than this share of the smaller one in common are the same.
_SAME = 0.2
#: A widget that has more than this share in common with another of its field lies on it.
_COVERED = 0.8
_HIDDEN = 1 << 1 | 1 << 5  # annotation flags Hidden and NoView, ISO 32000-2, table 167


def detect(compiled: CompiledForm) -> Detection:
    """Read every page. Raises: BlankFormError, for a scan where no OCR is installed."""
    document = pypdfium2.PdfDocument(compiled.data)
    pages: list[PageFacts] = []
    spots: list[Spot] = []
    try:
        # all print is read before any page is rendered: that leaves the stand-ins of fonts that are not embedded with
        # the widths of the letters drawn last
        prints = [read_print(document[index], page.shown) for index, page in enumerate(compiled.pages)]
        for index, printed in enumerate(prints):
            page, pixels = _page(compiled, document[index], index, printed)
            found = [
                spot for spot in find_spots(page) if pixels is None or spot.widget or not is_dark(pixels, spot.box)
            ]
            pages.append(page)
            spots += joined(page, in_reading_order(found))
    finally:
        document.close()
    return Detection(tuple(pages), tuple(spots), tuple(one.printed for one in prints))


def _page(
    compiled: CompiledForm, sheet: pypdfium2.PdfPage, index: int, printed: Print
) -> tuple[PageFacts, Grey | None]:
    """A page's facts, and its pixels, where it was read by its objects."""
    frame = compiled.pages[index].shown
    widgets = tuple(_widgets(compiled, index))
    if len(printed.words) < _FEW_WORDS and not widgets:
        from formfill.draft.scan import read_scan

        scan = read_scan(compiled.data, index, frame)
        facts = PageFacts(
            index + 1,
            frame.width,
            frame.height,
            scan.words,
            scan.across,
            scan.down,
            (),
            scan.squares,
            scan.shades,
            widgets,
            is_scan=True,
        )
        return facts, None
    drawing = read_lines(sheet, frame)
    pixels = rendered(sheet)
    squares = tuple(find_squares(pixels, printed.glyphs))
    squares += tuple(box for box in find_rounds(drawing.circles, printed.words) if not overlaps(box, squares, _SAME))
    words = tuple(w for w in printed.words if not _is_square(w, squares) and not is_unseen(pixels, w.box))
    facts = PageFacts(
        index + 1,
        frame.width,
        frame.height,
        words,
        tuple(drawing.across),
        tuple(drawing.down),
        tuple(run for run in printed.runs if not _is_in_square(run, squares)),
        squares,
        tuple(drawing.shades),
        widgets,
    )
    return facts, pixels


def _is_square(word: Word, squares: Sequence[ShownBox]) -> bool:
    """A word that is a box to tick itself, whatever letter it is coded as."""
    return len(word.text) <= 2 and any(middle_in(word.box, square, 2.0) for square in squares)


def _is_in_square(run: ShownBox, squares: Sequence[ShownBox]) -> bool:
    """An underscore between the brackets of a typed box."""
    return any(square[0] - 1 < run[0] and run[2] < square[2] + 1 and middle_in(run, square) for square in squares)


def _widgets(compiled: CompiledForm, index: int) -> Iterator[WidgetFacts]:
    for field in compiled.form.fields:
        for number, widget in enumerate(field.widgets, 1):
            if widget.page_index != index or widget.flags & _HIDDEN:
                continue
            x0, top, x1, bottom = widget.shown
            if x1 - x0 < 1 or bottom - top < 1:
                continue
            yield WidgetFacts(
                field=field.name,
                kind=field.kind,
                number=number,
                widgets=len(field.widgets),
                box=widget.shown,
                tooltip=field.tooltip,
                option=widget.states[0] if widget.states else None,
                multiline=bool(field.flags & MULTILINE),
                max_len=field.max_len,
                comb=bool(field.flags & COMB),
            )


def find_spots(page: PageFacts) -> list[Spot]:
    """The places of a page, its widgets before what is only printed."""
    spots: list[Spot] = []
    for widget in page.widgets:
        if widget.kind == "button" or any(_shows_the_same(widget, spot) for spot in spots):
            continue
        kind: PlaceKind = "check" if widget.kind in ("check", "radio") else "text"
        spots.append(Spot(kind, page.number, widget.box, "widget", widget))
    taken = [spot.box for spot in spots]
    spots += [Spot("check", page.number, box, "square") for box in page.squares if not overlaps(box, taken, _SAME)]
    spots += [spot for spot in find_circles(page) if not overlaps(spot.box, taken, _SAME)]
    spots += [spot for spot in find_blanks(page) if not overlaps(spot.box, taken, _SAME)]
    return spots


def _shows_the_same(widget: WidgetFacts, spot: Spot) -> bool:
    """A text field's widget that lies on another of its own."""
    other = spot.widget
    if other is None or other.field != widget.field or widget.kind != "text":
        return False
    return overlaps(widget.box, [spot.box], _COVERED)


def in_reading_order(spots: Sequence[Spot]) -> list[Spot]:
    """Line by line, each from the left; places whose middles differ by little stand on one line."""
    rows: list[list[Spot]] = []
    for spot in sorted(spots, key=lambda s: s.box[3]):
        if rows and spot.box[3] - rows[-1][0].box[3] < 5:
            rows[-1].append(spot)
        else:
            rows.append([spot])
    return [spot for row in rows for spot in sorted(row, key=lambda s: s.box[0])]
