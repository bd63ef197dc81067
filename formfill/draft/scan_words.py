"""The words of a scanned page, read by Tesseract, a program that is called where a scan is to be read and only then."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from formfill.draft.facts import Word
from formfill.draft.scan_lines import DPI, Picture, PixelBox
from formfill.errors import BlankFormError

REMEDY = "apt-get install tesseract-ocr tesseract-ocr-spa (Debian, Ubuntu), or from https://tesseract-ocr.github.io"
_TIMEOUT_S = 60
#: Sparse text: a form is labels here and there, and no column of prose.
_LAYOUT = "11"
#: What rules, dots and the edges of boxes are read as.
JUNK = frozenset("_-—–|.=~¯'`,:;·\"“”‘’«»<>°¬")
_MARKS = frozenset("-—–/:&")
_DEEP = frozenset("gjpqyQ,;()[]{}|/@$ç§")
_FLAT = frozenset("acemnorsuvwxz.,:;-—–~_=+<>·•*\"'")
#: Heights above and below the baseline, in type sizes, of common faces.
_TALL, _LOW, _DEPTH = 0.70, 0.48, 0.21


@dataclass(frozen=True, slots=True)
class Read:
    """A word as Tesseract gives it: its ink in pixels, how sure it is (0 to 100), and the line it stands in."""

    text: str
    box: PixelBox
    sure: float
    line: tuple[str, ...]


def find_tesseract(page_number: int, environment: Mapping[str, str] = os.environ) -> str:
    """The path of the program. Raises: BlankFormError with the remedy; ``page_number`` counts from 1."""
    found = shutil.which("tesseract", path=environment.get("PATH"))
    if found is None:
        raise BlankFormError(f"page {page_number} is a scan: reading it needs Tesseract: {REMEDY}")
    return found


def read_words(picture: Picture, page_number: int, language: str) -> list[Read]:
    """All that Tesseract takes for a word in a grey picture of ``DPI``. Nothing is written to disk.

    Raises: BlankFormError, where Tesseract or a language of it is missing, fails, or takes too long.
    """
    program = find_tesseract(page_number)
    rows, columns = picture.shape
    command = [program, "stdin", "stdout", "-l", language, "--psm", _LAYOUT, "--dpi", str(DPI)]
    try:
        done = subprocess.run(
            [*command, "-c", "tessedit_create_tsv=1"],
            input=b"P5 %d %d 255\n" % (columns, rows) + picture.tobytes(),
            capture_output=True,
            # one thread: several are no faster on a page, and a batch reads several pages at once
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BlankFormError(
            f"page {page_number} is a scan, and Tesseract took longer than {_TIMEOUT_S} seconds to read it. Try again"
        ) from None
    except OSError as exc:
        raise BlankFormError(
            f"page {page_number} is a scan, and Tesseract cannot be started: {exc.strerror}. {REMEDY}"
        ) from exc
    # with one of two languages missing Tesseract goes on and says so on stderr
    if b"Failed loading language" in done.stderr:
        raise BlankFormError(f"page {page_number} is a scan: reading it needs Tesseract's {language}: {REMEDY}")
    if done.returncode != 0:
        raise BlankFormError(f"page {page_number} is a scan that Tesseract cannot read (exit code {done.returncode})")
    return list(_parse(done.stdout.decode("utf-8", "replace")))


def _parse(table: str) -> Iterator[Read]:
    """Tesseract's TSV: level, page, block, paragraph, line, word, left, top, width, height, confidence, text."""
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            left, top, width, height = (int(cell) for cell in cells[6:10])
            yield Read(cells[11].strip(), (left, top, left + width, top + height), float(cells[10]), tuple(cells[2:5]))


def tightened(reads: Iterable[Read], picture: Picture) -> list[Read]:
    """With boxes around the letters alone: not what is left of a rule above or below, which Tesseract counts in."""
    return [replace(read, box=_ink_box(read, picture)) for read in reads]


def _ink_box(read: Read, picture: Picture) -> PixelBox:
    x0, top, x1, bottom = (round(v) for v in read.box)
    counts = (picture[top:bottom, x0:x1] < 140).sum(axis=1)
    rows = [(at, int(count)) for at, count in enumerate(counts) if count]
    bands: list[list[tuple[int, int]]] = []
    for at, count in rows:
        if bands and at - bands[-1][-1][0] == 1:
            bands[-1].append((at, count))
        else:
            bands.append([(at, count)])
    if not bands:
        return read.box
    main = max(bands, key=lambda band: sum(count for _, count in band))
    first, last, height = main[0][0], main[-1][0], len(main)
    for band in bands:
        away = max(first - band[-1][0], band[0][0] - last)
        is_rule = len(band) <= 6 and len(read.text) > 2 and max(count for _, count in band) > 0.3 * (x1 - x0)
        if away <= max(3, 0.35 * height) and not is_rule:
            first, last = min(first, band[0][0]), max(last, band[-1][0])
    return x0, top + first, x1, top + last + 1


def sensible(reads: Iterable[Read], across: Sequence[PixelBox], squares: Sequence[PixelBox]) -> list[Read]:
    """Without what lines, boxes, dirt and pictures were taken for; words that begin with a box begin after it."""
    kept = []
    for read in reads:
        cut = _trimmed(_off_boxes(read, squares), across)
        if cut is not None and not _is_dirt(cut, across):
            kept.append(cut)
    by_line: dict[tuple[str, ...], list[Read]] = defaultdict(list)
    for read in kept:
        by_line[read.line].append(read)
    doubtful = {line for line, members in by_line.items() if _is_doubtful(members)}
    return [read for read in kept if read.line not in doubtful]


def _off_boxes(read: Read, squares: Sequence[PixelBox]) -> Read | None:
    """The word without the boxes that it begins with, which are read as O, D, [] or LI."""
    x0, top, x1, bottom = read.box
    for box in squares:
        height = min(bottom, box[3]) - max(top, box[1])
        shared = min(x1, box[2]) - max(x0, box[0])
        if height < 0.5 * min(bottom - top, box[3] - box[1]) or shared <= 0:
            continue
        if shared > 0.6 * (x1 - x0):
            return None
        if x0 < box[2] - 0.5 * (box[2] - box[0]) and x0 > box[0] - 4:
            letters = max(1, round(shared / (x1 - x0) * len(read.text)))
            rest = read.text[letters:]
            return replace(read, text=rest, box=(box[2], top, x1, bottom)) if rest else None
    return read


def _trimmed(read: Read | None, across: Sequence[PixelBox]) -> Read | None:
    """The word without the line that it touches, or underscores, at its ends."""
    if read is None:
        return None
    x0, top, x1, bottom = read.box
    text, each = read.text, (x1 - x0) / len(read.text)
    if text == "|" and read.sure >= 30:
        return replace(read, text="I")  # vertical lines were taken out before the reading
    near = [
        line for line in across if top < (line[1] + line[3]) / 2 < bottom + 6 and line[0] < x1 + 8 and line[2] > x0 - 8
    ]
    ends = "".join(JUNK - frozenset(':;,"“”'))
    right = text.rstrip(ends if any(line[2] > x1 for line in near) else "_¬|")
    left = right.lstrip(ends if any(line[0] < x0 for line in near) else "_¬|")
    if not left:
        return None if near or "_" in text else read
    box = (x0 + (len(right) - len(left)) * each, top, x1 - (len(text) - len(right)) * each, bottom)
    return replace(read, text=left, box=box)


def _is_dirt(read: Read, across: Sequence[PixelBox]) -> bool:
    x0, top, x1, bottom = read.box
    letters = sum(c.isalnum() for c in read.text)
    if all(c in JUNK for c in read.text) and not (read.sure >= 60 and all(c in _MARKS for c in read.text)):
        return True
    if letters >= 3 and bottom - top > 2.2 * (x1 - x0):
        return True  # print that runs up the margin
    if letters <= 1 and read.sure < 30:
        return True
    on_line = any(
        line[1] < bottom + 2 and line[3] > top - 2 and min(x1, line[2]) - max(x0, line[0]) > 0.5 * (x1 - x0)
        for line in across
    )
    return on_line and read.sure < 25 and letters <= 4


def _is_doubtful(members: Sequence[Read]) -> bool:
    """A line of few letters that are all unsure: a logo, a bar code, a signature."""
    letters = sum(c.isalnum() for read in members for c in read.text)
    surest = max(read.sure for read in members)
    is_label = surest >= 45 and any(
        len(part) >= 3 and part.isalpha() for part in (r.text.rstrip(":.") for r in members)
    )
    return surest < 30 or (surest < 60 and letters <= 5 and not is_label)


def words(reads: Sequence[Read], scale: float, slope: float | None = None) -> list[Word]:
    """As words in points, in reading order; ``scale`` is pixels a point, ``slope`` how the page's lines climb, where
    its rules tell.

    Type size and baseline are judged by a whole line: the boxes of single short words are too inexact.
    """
    by_line: dict[tuple[str, ...], list[Read]] = defaultdict(list)
    for read in reads:
        by_line[read.line].append(read)
    lines = [(members, _line_size(members)) for members in by_line.values()]
    slope = _slope(lines) if slope is None else slope
    found: list[tuple[float, Word]] = []
    for members, size in lines:
        level = median(_baseline(read, size) - slope * read.box[0] for read in members)
        for read in members:
            baseline = level + slope * read.box[0]
            if len(members) < 3 and abs(_baseline(read, size) - baseline) > 0.6 * size:
                baseline = _baseline(read, size)
            for part in _parts(read):
                box = (
                    part.box[0] / scale,
                    min(max(part.box[1], baseline - size), baseline - 0.5 * size) / scale,
                    part.box[2] / scale,
                    max(min(part.box[3], baseline + 0.3 * size), baseline) / scale,
                )
                at = (baseline - slope * part.box[0]) / scale
                found.append((at, Word(part.text, box, round(size / scale, 1))))
    return _in_order(found)


def _line_size(members: Sequence[Read]) -> float:
    sizes = [(_size(read), len(read.text)) for read in members if any(c.isalnum() for c in read.text)]
    return median([size for size, letters in sizes for _ in range(letters)] or [_size(members[0])])


def _size(read: Read) -> float:
    # a word among dirt has a box too tall, but no wider than its letters: a condensed one is 0.35 sizes wide
    height = min(read.box[3] - read.box[1], 2.6 * (read.box[2] - read.box[0]) / max(2, len(read.text)))
    tall = _LOW if all(c in _FLAT for c in read.text) else _TALL
    return float(height / (tall + (_DEPTH if _DEEP & set(read.text) else 0)))


def _baseline(read: Read, size: float) -> float:
    return read.box[3] - (_DEPTH * size if _DEEP & set(read.text) else 0)


def _parts(read: Read) -> Iterator[Read]:
    """Parted after a colon or bracket that the next word is glued to, as in print that has letters."""
    start, text = 0, read.text
    each = (read.box[2] - read.box[0]) / len(text)
    cuts = [i for i, (a, b) in enumerate(pairwise(text), 1) if a in ":)" and b.isalpha()]
    for stop in [*cuts, len(text)]:
        box = (read.box[0] + start * each, read.box[1], read.box[0] + stop * each, read.box[3])
        yield replace(read, text=text[start:stop], box=box)
        start = stop


def _in_order(found: Sequence[tuple[float, Word]]) -> list[Word]:
    """By lines from the top, each from the left; each word comes with its baseline, made level."""
    rows: list[list[tuple[float, Word]]] = []
    for at, word in sorted(found, key=lambda one: one[0]):
        if rows and at - rows[-1][0][0] <= max(2.5, 0.35 * word.size):
            rows[-1].append((at, word))
        else:
            rows.append([(at, word)])
    return [word for row in rows for _, word in sorted(row, key=lambda one: one[1].box[0])]


def _slope(lines: Sequence[tuple[Sequence[Read], float]]) -> float:
    """How the lines of a page that was laid in crooked climb."""
    slopes = []
    for members, size in lines:
        for a, b in pairwise(members):
            run = b.box[0] - a.box[0]
            if run > 4 * size and len(a.text) > 2 and len(b.text) > 2:
                slopes.append((_baseline(b, size) - _baseline(a, size)) / run)
        first, last = members[0], members[-1]
        run = last.box[0] - first.box[0]
        if run > 20 * size and len(members) >= 4:
            slopes += [(_baseline(last, size) - _baseline(first, size)) / run] * len(members)
    return max(-0.04, min(0.04, median(slopes))) if len(slopes) >= 8 else 0.0
