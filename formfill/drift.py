"""Form drift: a blank that is not byte for byte the one its map was made for.

The printed labels are the witnesses. All found where the map expects them: the map serves as it is. Moved: each box
moves with its own label. Gone, or found twice so that nobody can say which: the blank is refused, and nothing is
filled. A re-saved copy passes; a new edition passes only where every place still stands beside its words.

A map that gives its labels' own positions (``at:``), or whose own blank is at hand, is followed to the point. Without
them a label must stand beside its box, which tells a re-saved form from a re-worded one, but does not see print that
moved by a few points. Headings and legal text are no witnesses: a page must be looked at where this module warns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from formfill.drift_fields import field_drift
from formfill.errors import BlankFormError
from formfill.model.form_map import FormMap, Piece, Place
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import PrintedPage, fold, hull, picture, printed_pages
from formfill.witness import boxes_of, fields_of, witness, witnessed

Shift = tuple[float, float]
"""How far something moved: points to the right, points down."""

_STILL: Shift = (0.0, 0.0)
#: What extraction may differ by between two copies of one page.
_SAME_PT = 1.0
#: Labels that moved together differ by no more than this.
_TOGETHER_PT = 1.5
#: A label found farther from its old place is taken for another one.
_NEAR_PT = 250.0
_PAGE_SIZE_PT = 1.0
_SHOWN_PROBLEMS = 6


@dataclass(frozen=True)
class Followed:
    """A map with its boxes where the changed blank has them, and what the caseworker must be told."""

    form_map: FormMap
    notes: tuple[str, ...]


def follow(form_map: FormMap, compiled: CompiledForm, original: CompiledForm | None = None) -> Followed:
    """Fit ``form_map`` to a blank with another SHA-256; ``original`` is the map's own blank, where it is at hand.

    Raises: BlankFormError, where the pages are others, or a label or field is gone or cannot be told from another.
    """
    if original is not None:
        form_map = witnessed(form_map, original)
    _check_pages(form_map, compiled)
    pages = printed_pages(compiled.data, [page.shown for page in compiled.pages], form_map.blank.file)
    problems: list[str] = []
    notes: list[str] = []
    _check_empty(form_map, compiled, original)
    read = _readable(form_map, pages, compiled, original, problems)
    shifts = _box_shifts(form_map, pages, read, problems)
    for place in form_map.fields:
        if fields_of(place) and not place.leave:
            found = field_drift(place, compiled, original, pages)
            problems += [found.problem] if found.problem else []
            notes += [found.note] if found.note else []
    if problems:
        raise _refused(form_map, problems)
    places = tuple(_moved(place, shifts.get(i, _STILL)) for i, place in enumerate(form_map.fields))
    notes[:0] = [_move_note(form_map.fields[i], shift) for i, shift in shifts.items() if not _still(shift)]
    return Followed(form_map.model_copy(update={"fields": places}), (_summary(form_map, bool(notes)), *notes))


def docx_note(form_map: FormMap) -> str:
    """What to tell of a DOCX that is not the map's: each of its places is found by its words or tag, or not filled."""
    return f"{_other_file(form_map)}; every place was found again by its words. Look it through before it is signed"


def _readable(
    form_map: FormMap,
    pages: Sequence[PrintedPage],
    compiled: CompiledForm,
    original: CompiledForm | None,
    problems: list[str],
) -> list[int]:
    """The numbers of the pages whose labels must be looked for: all with boxes, but scans that are the same picture."""
    numbers = sorted({place.page for place in form_map.fields if place.page and boxes_of(place)})
    for number in [number for number in numbers if pages[number - 1].is_picture]:
        numbers.remove(number)
        same = original is not None and picture(original.data, number - 1) == picture(compiled.data, number - 1)
        if not same:
            problems.append(f"page {number} is a scan: nothing on it can be read to tell what moved")
    return numbers


def _box_shifts(
    form_map: FormMap, pages: Sequence[PrintedPage], numbers: Sequence[int], problems: list[str]
) -> dict[int, Shift]:
    """How far each place with boxes moved, dict[index in the map, shift]; what cannot be told goes to ``problems``."""
    sheets = []
    for number in numbers:
        marks = [
            _mark(i, place, pages[number - 1])
            for i, place in enumerate(form_map.fields)
            if place.page == number and boxes_of(place) and not place.field
        ]
        sheets.append(_Sheet(number, pages[number - 1], marks))
    shifts: dict[int, Shift] = {}
    for sheet in sheets:
        others = [shift for other in sheets if other is not sheet for shift in other.sure.values()]
        shifts |= sheet.solve(bool(others) and all(map(_still, others)), problems)
    return shifts


@dataclass(frozen=True)
class _Mark:
    """A place on a page, with where its label could have gone.

    ``candidates`` are shifts of the label; None where the map does not say where the label was.
    """

    index: int
    place: Place
    box: ShownBox
    label: str | None
    candidates: tuple[Shift, ...] | None

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2


def _mark(index: int, place: Place, page: PrintedPage) -> _Mark:
    label = place.label if place.label and fold(place.label) else None
    candidates = None
    if label and place.at:
        at = place.at
        shifts = [(round(seen[0] - at[0], 1), round(seen[3] - at[3], 1)) for seen in page.find(label)]
        candidates = tuple(s for s in shifts if max(abs(s[0]), abs(s[1])) <= _NEAR_PT)
        if not candidates and place.leave:
            label, candidates = None, None  # what stays empty moves with its neighbours
    return _Mark(index, place, hull(boxes_of(place)), label, candidates)


class _Sheet:
    """One page: its marks, and for the sure ones (whose label is found exactly once) how far they moved."""

    def __init__(self, number: int, page: PrintedPage, marks: Sequence[_Mark]) -> None:
        self.number = number
        self.page = page
        self.marks = marks
        self.sure = self._sure()

    def _sure(self) -> dict[int, Shift]:
        once = [mark for mark in self.marks if mark.candidates is not None and len(mark.candidates) == 1]
        claimed: dict[tuple[str, ShownBox], list[_Mark]] = {}
        for mark in once:
            if mark.label and mark.place.at:
                seen = min(self.page.find(mark.label), key=lambda box, at=mark.place.at: _far(box, at))  # type: ignore[misc]
                claimed.setdefault((fold(mark.label), seen), []).append(mark)
        # one printed label cannot stand for two: somebody's is gone, and the neighbours must say whose
        single = [marks for marks in claimed.values() if len({mark.place.at for mark in marks}) == 1]
        return {mark.index: _snapped(mark.candidates[0]) for marks in single for mark in marks if mark.candidates}

    def solve(self, elsewhere_still: bool, problems: list[str]) -> dict[int, Shift]:
        self._check_order(problems)
        shifts = dict(self.sure)
        for mark in self.marks:
            if mark.index in shifts:
                continue
            options = self._options(mark, elsewhere_still)
            fitting = self._fitting(mark, options)
            if len(fitting) == 1 or (fitting and mark.place.leave):
                shifts[mark.index] = fitting[0]
            elif not mark.place.leave:
                problems.append(self._problem(mark, bool(fitting)))
        return shifts

    def _options(self, mark: _Mark, elsewhere_still: bool) -> list[Shift]:
        """What the nearest sure marks above and below say; on a page without one, what explains all its labels."""
        sure = [other for other in self.marks if other.index in self.sure]
        if sure:
            above = [other for other in sure if other.middle <= mark.middle + 3]
            below = [other for other in sure if other.middle >= mark.middle - 3]
            near = [min(side, key=lambda other: abs(other.middle - mark.middle)) for side in (above, below) if side]
            return _distinct(self.sure[other.index] for other in near)
        exact = [other.candidates for other in self.marks if other.candidates]
        if not exact or elsewhere_still:
            return [_STILL] if any(other.label for other in self.marks) else []
        return _distinct(_snapped(s) for s in exact[0] if all(any(_together(s, c) for c in shifts) for shifts in exact))

    def _fitting(self, mark: _Mark, options: list[Shift]) -> list[Shift]:
        if mark.candidates is not None:
            return _distinct(o for o in options if any(_together(o, c) for c in mark.candidates))
        if mark.label:
            return [o for o in options if witness(self.page, mark.label, _by(mark.box, o)) is not None]
        return options

    def _problem(self, mark: _Mark, several: bool) -> str:
        if not mark.label:
            return f"page {self.number}: nothing says where the place at {_rounded(mark.box)} went: it has no label"
        gone = not several and not mark.candidates and not self.page.find(mark.label)
        what = "is gone" if gone else "cannot be told from another" if several else "no longer stands where its box is"
        return f"page {self.number}: the label {mark.label!r} {what}"

    def _check_order(self, problems: list[str]) -> None:
        """A label that overtook another of its column is more likely another label with the same words."""
        sure = [mark for mark in self.marks if mark.index in self.sure]
        for one, two in combinations(sorted(sure, key=lambda mark: mark.box[1]), 2):
            same_column = min(one.box[2], two.box[2]) - max(one.box[0], two.box[0]) > 0
            below = two.box[1] - one.box[1]
            if same_column and below > 3 and below + self.sure[two.index][1] - self.sure[one.index][1] <= 0:
                problems.append(f"page {self.number}: {one.label!r} and {two.label!r} no longer stand in that order")


def _check_pages(form_map: FormMap, compiled: CompiledForm) -> None:
    found = [(page.shown.width, page.shown.height) for page in compiled.pages]
    expected = form_map.blank.pages
    if expected is not None:
        if len(found) != len(expected):
            raise _refused(form_map, [f"it has {len(found)} pages; the map is for {len(expected)}"])
        for number, (now, then) in enumerate(zip(found, expected, strict=True), 1):
            if max(abs(now[0] - then[0]), abs(now[1] - then[1])) > _PAGE_SIZE_PT:
                sizes = f"{now[0]:.0f} × {now[1]:.0f} points; the map is for {then[0]:.0f} × {then[1]:.0f}"
                raise _refused(form_map, [f"page {number} measures {sizes}"])
    for place in form_map.fields:
        if place.page is None or not boxes_of(place):
            continue
        if place.page > len(found):
            raise _refused(form_map, [f"it has {len(found)} pages; the map names page {place.page}"])
        width, height = found[place.page - 1]
        box = hull(boxes_of(place))
        if box[2] > width + _PAGE_SIZE_PT or box[3] > height + _PAGE_SIZE_PT:
            raise _refused(form_map, [f"page {place.page} measures {width:.0f} × {height:.0f} points: too small"])


def _check_empty(form_map: FormMap, compiled: CompiledForm, original: CompiledForm | None) -> None:
    """A form that was filled before is no blank: what stands in it would be read as this patient's."""
    names = dict.fromkeys(name for place in form_map.fields if place.value for name in fields_of(place))
    full = [name for name in names if _written(compiled, name) - (_written(original, name) if original else {""})]
    if full:
        raise BlankFormError(
            f"{_other_file(form_map)}, and is filled out already: {len(full)} of its fields hold a text, first "
            f"{full[0]!r}. Nothing was filled. Use an empty copy of the form"
        )


def _written(compiled: CompiledForm, name: str) -> set[str]:
    return {field.value.strip() for field in compiled.fields.get(name, ()) if field.kind == "text"} - {""}


def _moved(place: Place, shift: Shift) -> Place:
    if _still(shift):
        return place
    pieces = place.pieces and tuple(_moved_piece(piece, place.page, shift) for piece in place.pieces)
    return place.model_copy(
        update={
            "box": place.box and _by(place.box, shift),
            "boxes": place.boxes and tuple(_by(box, shift) for box in place.boxes),
            "pieces": pieces,
            "at": place.at and _by(place.at, shift),
        }
    )


def _moved_piece(piece: Piece, page: int | None, shift: Shift) -> Piece:
    if piece.box is None or piece.page not in (None, page):
        return piece
    return piece.model_copy(update={"box": _by(piece.box, shift)})


def _summary(form_map: FormMap, changed: bool) -> str:
    if changed:
        return f"{_other_file(form_map)}. What moved was followed; look at every page before it is signed"
    how = "where the map expects them" if any(place.at for place in form_map.fields) else "beside their places"
    return f"{_other_file(form_map)}; all labels and fields were found {how}. Look it through before it is signed"


def _move_note(place: Place, shift: Shift) -> str:
    across = f"{abs(shift[0]):.1f} pt {'right' if shift[0] > 0 else 'left'}" if abs(shift[0]) > _SAME_PT else ""
    down = f"{abs(shift[1]):.1f} pt {'down' if shift[1] > 0 else 'up'}" if abs(shift[1]) > _SAME_PT else ""
    name = repr(place.label) if place.label else place.value or place.leave
    return f"page {place.page}: {name} moved {' and '.join(filter(None, (across, down)))}; its box moved with it"


def _other_file(form_map: FormMap) -> str:
    edition = f", edition {form_map.blank.edition}" if form_map.blank.edition else ""
    return f"{form_map.form}: this blank is not the file that the map was made for{edition}"


def _refused(form_map: FormMap, problems: Sequence[str]) -> BlankFormError:
    problems = list(dict.fromkeys(problems))
    more = [f"and {len(problems) - _SHOWN_PROBLEMS} more"] if len(problems) > _SHOWN_PROBLEMS else []
    shown = "\n".join(f"  {problem}" for problem in [*problems[:_SHOWN_PROBLEMS], *more])
    return BlankFormError(
        f"{_other_file(form_map)}, and has changed:\n{shown}\n"
        f"Nothing was filled. Use the map's own blank ({form_map.blank.file}), or make a map for this one"
    )


def _still(shift: Shift) -> bool:
    return abs(shift[0]) <= _SAME_PT and abs(shift[1]) <= _SAME_PT


def _snapped(shift: Shift) -> Shift:
    return _STILL if _still(shift) else shift


def _together(one: Shift, two: Shift) -> bool:
    return abs(one[0] - two[0]) <= _TOGETHER_PT and abs(one[1] - two[1]) <= _TOGETHER_PT


def _distinct(shifts: Iterable[Shift]) -> list[Shift]:
    kept: list[Shift] = []
    for shift in shifts:
        if not any(_together(shift, other) for other in kept):
            kept.append(shift)
    return kept


def _far(one: ShownBox, two: ShownBox) -> float:
    return abs(one[0] - two[0]) + abs(one[3] - two[3])


def _by(box: ShownBox, shift: Shift) -> ShownBox:
    dx, dy = shift
    return round(box[0] + dx, 1), round(box[1] + dy, 1), round(box[2] + dx, 1), round(box[3] + dy, 1)


def _rounded(box: ShownBox) -> tuple[int, ...]:
    return tuple(round(edge) for edge in box)
