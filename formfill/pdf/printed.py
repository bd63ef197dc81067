"""What a page prints: its letters where they stand, line by line, as displayed; and where given words are found.

Read with PDFium, as the verifier does: it decodes more of the corpus' fonts than pdfminer and is twenty times faster.
Text of form fields and other annotations is no print. A scan has none.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from formfill.errors import BlankFormError
from formfill.pdf.geometry import PageFrame, ShownBox

#: Letters whose baselines differ by less are on one line, in points.
_SAME_LINE_PT = 2.0
#: How far below its first line a wrapped label goes on, in line heights.
_NEXT_LINE = 1.9


@dataclass(frozen=True, slots=True)
class Letter:
    """A printed letter or digit, folded for comparison (no case, accents, ligatures).

    ``box`` is in displayed points. ``starts`` and ``ends`` say whether a word does so here; ``segment`` whether
    nothing is printed for some way to its left, so that a wrapped line may begin here.
    """

    text: str
    box: ShownBox
    starts: bool
    ends: bool
    segment: bool


@dataclass(frozen=True)
class Line:
    """The letters on one baseline, from left to right; ``baseline`` is its displayed y."""

    baseline: float
    letters: tuple[Letter, ...]

    @cached_property
    def text(self) -> str:
        """One character a letter, so that positions in it are positions in ``letters``."""
        return "".join(letter.text for letter in self.letters)


@dataclass(frozen=True)
class PrintedPage:
    """A page's print, from top to bottom."""

    lines: tuple[Line, ...]

    @property
    def is_picture(self) -> bool:
        """Nothing on the page can be read: a scan."""
        return not any(line.letters for line in self.lines)

    def find(self, label: str) -> tuple[ShownBox, ...]:
        """Where ``label`` is printed: whole words, whatever is between them that is no letter, also wrapped."""
        wanted = fold(label)
        if not wanted:
            return ()
        found: dict[ShownBox, None] = {}
        for number, line in enumerate(self.lines):
            for box in self._from(number, line, wanted):
                found[box] = None
        return tuple(found)

    def _from(self, number: int, line: Line, wanted: str) -> Iterator[ShownBox]:
        for start, letter in enumerate(line.letters):
            if not letter.starts or letter.text != wanted[0]:
                continue
            same = _common(line.text[start:], wanted)
            if same == len(wanted):
                run = line.letters[start : start + same]
                if run[-1].ends:
                    yield hull([one.box for one in run])
            # the label may go on below where this line has a gap or ends
            for stop in range(start + 1, start + same + 1):
                last = line.letters[stop - 1]
                at_gap = stop == len(line.letters) or line.letters[stop].segment
                if at_gap and last.ends and stop - start < len(wanted):
                    head = hull([one.box for one in line.letters[start:stop]])
                    tail = self._tail(number, head, wanted[stop - start :])
                    if tail is not None:
                        yield hull([head, tail])

    def _tail(self, number: int, head: ShownBox, wanted: str, depth: int = 0) -> ShownBox | None:
        height = head[3] - head[1]
        for below, line in enumerate(self.lines[number + 1 :], number + 1):
            if line.baseline - self.lines[number].baseline > _NEXT_LINE * max(height, 6):
                return None
            for start, letter in enumerate(line.letters):
                if not letter.segment or letter.box[0] > head[2] or abs(letter.box[0] - head[0]) > 60:
                    continue
                same = _common(line.text[start:], wanted)
                if same == len(wanted) and line.letters[start + same - 1].ends:
                    return hull([one.box for one in line.letters[start : start + same]])
                stop = start + same
                ended = same > 0 and (stop == len(line.letters) or line.letters[stop].segment)
                if ended and depth < 4:
                    part = hull([one.box for one in line.letters[start:stop]])
                    rest = self._tail(below, part, wanted[same:], depth + 1)
                    if rest is not None:
                        return hull([part, rest])
        return None


def picture(data: bytes, page_index: int, name: str = "the blank") -> bytes:
    """A page's pixels in grey, one a point: equal for two copies of one scan. Raises: BlankFormError."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise _unreadable(name) from None
    try:
        bitmap = document[page_index].render(scale=1, grayscale=True, may_draw_forms=False)
        return f"{bitmap.width}x{bitmap.height} ".encode() + bytes(bitmap.buffer)
    finally:
        document.close()


def printed_pages(data: bytes, frames: Sequence[PageFrame], name: str = "the blank") -> tuple[PrintedPage, ...]:
    """The print of every page; ``frames`` are the pages' frames, in order.

    Raises: BlankFormError, where PDFium cannot open the file.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise _unreadable(name) from None
    pages = []
    try:
        for index, frame in enumerate(frames):
            page = document[index]
            text_page = page.get_textpage()
            pages.append(printed_page(text_page.raw, frame))
            text_page.close()
            page.close()
    finally:
        document.close()
    return tuple(pages)


def printed_page(text_page: Any, frame: PageFrame) -> PrintedPage:
    """The print of one page; ``text_page`` is PDFium's (FPDF_TEXTPAGE)."""
    return PrintedPage(tuple(_lines(_glyphs(text_page, frame))))


def _unreadable(name: str) -> BlankFormError:
    return BlankFormError(f"{name}: cannot be read as a PDF: it is damaged or needs a password")


def fold(text: str) -> str:
    """Letters and digits of ``text`` alone, without case and accents: what labels are compared by."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def hull(boxes: Sequence[ShownBox]) -> ShownBox:
    """The smallest box around ``boxes``."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


@dataclass(frozen=True, slots=True)
class _Glyph:
    text: str
    baseline: float
    box: ShownBox


def _glyphs(page: Any, frame: PageFrame) -> Iterator[_Glyph]:
    """Every printed character with a place; ``text`` is what it folds to, empty for one that is no letter."""
    import pypdfium2.raw as raw

    x, y = ctypes.c_double(), ctypes.c_double()
    loose = raw.FS_RECTF()
    for i in range(raw.FPDFText_CountChars(page)):
        code = raw.FPDFText_GetUnicode(page, i)
        char = chr(code) if 0 < code < 0x110000 else "\ufffd"
        if char.isspace() or not raw.FPDFText_GetLooseCharBox(page, i, loose):
            continue
        raw.FPDFText_GetCharOrigin(page, i, x, y)
        box = frame.to_top_left(
            (
                min(loose.left, loose.right),
                min(loose.bottom, loose.top),
                max(loose.left, loose.right),
                max(loose.bottom, loose.top),
            )
        )
        baseline = frame.to_top_left((x.value, y.value, x.value, y.value))[1]
        yield _Glyph(fold(char), baseline, box)


def _lines(glyphs: Iterator[_Glyph]) -> Iterator[Line]:
    rows: list[list[_Glyph]] = []
    for glyph in sorted(glyphs, key=lambda one: one.baseline):
        if rows and glyph.baseline - rows[-1][0].baseline <= _SAME_LINE_PT:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    for row in rows:
        row.sort(key=lambda one: one.box[0])
        yield Line(row[0].baseline, tuple(_letters(row)))


def _letters(row: list[_Glyph]) -> Iterator[Letter]:
    gaps = [True, *(_gap(a, b, 0.12) for a, b in pairwise(row)), True]
    wide = [True, *(_gap(a, b, 0.9) for a, b in pairwise(row))]
    for i, glyph in enumerate(row):
        starts = gaps[i] or not row[i - 1].text
        ends = gaps[i + 1] or not row[i + 1].text
        # marks before a label (a box to tick, a bullet) do not belong to it: it may begin a line after them
        segment = wide[i] or (starts and all(not one.text for one in row[:i]))
        segment = segment or (i > 0 and not row[i - 1].text and wide[i - 1])
        for k, char in enumerate(glyph.text):
            last = k == len(glyph.text) - 1
            yield Letter(char, glyph.box, starts and k == 0, ends and last, segment and k == 0)


def _gap(left: _Glyph, right: _Glyph, em: float) -> bool:
    size = max(left.box[3] - left.box[1], right.box[3] - right.box[1], 4.0)
    return right.box[0] - left.box[2] > em * size


def _common(text: str, wanted: str) -> int:
    length = 0
    for a, b in zip(text, wanted, strict=False):
        if a != b:
            break
        length += 1
    return length
