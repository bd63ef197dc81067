"""Verify a filled DOCX, fail closed: reopened with another reader than wrote it, it says what it should and no more.

For each paragraph of the blank a pattern is made: its print literally, each filled place as its value, every other
blank, box and widget exactly as it was. The output's paragraph must match the whole of it. Thus a value that is cut, in
another place, or over print is caught, and so is a touched signature line. Parts without text must be the same bytes.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from formfill.errors import VerifyError
from formfill.fill.base import Filled, Filling
from formfill.model.form_map import FormMap
from formfill.verify_docx.find import Finder, Spot, parts
from formfill.verify_docx.text import EMPTY_BOXES, TICKED_BOXES, Paragraph, Reading, read

#: What a blank is made of, before and after it is filled
_FILL = "[_\u00a0\u2002\\s]*"
_BOXES = EMPTY_BOXES + TICKED_BOXES
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)T")


@dataclass
class _Expected:
    """What a segment must say in the output: a regular expression, and for a text what its captures must join to."""

    pattern: str
    texts: frozenset[str] = frozenset()
    where: str = ""
    captured: list[str] = field(default_factory=list)


def verify_docx(blank: bytes, form_map: FormMap, fillings: Sequence[Filling], filled: Filled) -> None:
    """Compare a filled DOCX with its blank (as DOCX) and with what should have been filled.

    Raises: VerifyError, naming the place, never the value.
    """
    before, groups = read(blank)
    after, same_groups = read(filled.data, groups)
    if same_groups != groups:
        raise VerifyError("the output has fewer content controls than the blank; it was withheld")
    if form_map.template:
        _verify_template(before, after, fillings)
        return
    _same_parts(before, after)
    _Comparison(before, after, form_map, fillings, filled).verify()


def _same_parts(before: Reading, after: Reading) -> None:
    if list(before.parts) != list(after.parts):
        raise VerifyError("the output has other parts than the blank; it was withheld")
    for name, data in before.parts.items():
        if name not in before.skeletons and after.parts[name] != data:
            raise VerifyError(f"{name} of the blank changed, though it holds no place; the output was withheld")
    for name, skeleton in before.skeletons.items():
        if after.skeletons.get(name) != skeleton:
            raise VerifyError(f"{name}: tables, sections, drawings or paragraphs changed; the output was withheld")


class _Comparison:
    def __init__(
        self, before: Reading, after: Reading, form_map: FormMap, fillings: Sequence[Filling], filled: Filled
    ) -> None:
        self.before = [p for p in before.paragraphs if not p.fallback]
        self.after = [p for p in after.paragraphs if not p.fallback]
        self.copies = [[p for p in reading.paragraphs if p.fallback] for reading in (before, after)]
        self.finder = Finder(self.before)
        self.taken = {self.finder.find(place) for place in form_map.fields}
        self.fillings = {filling.number: filling for filling in fillings}
        self.addendum = {item.text: item.letter for item in filled.addendum}
        self.expected: dict[Spot, _Expected] = {}
        self.widgets: dict[Spot, Filling] = {}

    def verify(self) -> None:
        if len(self.before) != len(self.after):
            raise VerifyError("the output has more or fewer paragraphs than the blank; it was withheld")
        for filling in self.fillings.values():
            self._expect(filling, self.finder.find(filling.place))
        for number, (old, new) in enumerate(zip(self.before, self.after, strict=True)):
            self._paragraph(number, old, new)
        for expected in self.expected.values():
            if expected.texts and _joined(expected.captured) not in {_joined([text]) for text in expected.texts}:
                raise VerifyError(f"{expected.where}: does not say its value whole; the output was withheld")
        self._same_copies()

    def _expect(self, filling: Filling, spot: Spot) -> None:
        where = filling.place.where()
        if filling.action == "leave" or (filling.action == "text" and not filling.text.strip()):
            return
        paragraph = self.before[spot.paragraph]
        if spot.segment is None:
            texts = {"X"} if filling.action == "tick" else self._texts(filling)
            if filling.action != "untick":
                self.expected[spot] = _Expected(f"({_FILL}.+?{_FILL})", frozenset(texts), where)
            return
        segment = paragraph.segments[spot.segment]
        if segment.kind == "widget":
            self.widgets[spot] = filling
        elif filling.action == "untick":
            if segment.text in TICKED_BOXES:
                self.expected[spot] = _Expected(f"[{EMPTY_BOXES}]", where=where)
        elif segment.kind == "box":
            pattern = f"[{TICKED_BOXES}]" if segment.text in _BOXES else r"[\[(]X[\])]"
            self.expected[spot] = _Expected(pattern, where=where)
        elif filling.action == "tick":
            self.expected[spot] = _Expected(f"({_FILL}X{_FILL})", frozenset({"X"}), where)
        else:
            self._expect_text(filling, spot, paragraph)

    def _expect_text(self, filling: Filling, spot: Spot, paragraph: Paragraph) -> None:
        texts, where = self._texts(filling), filling.place.where()
        printed = list(parts(paragraph, spot))
        if printed:
            groups = re.findall(r"\d+", filling.text)
            for part, group in zip(printed, groups, strict=False):
                year = {group[-2:]} if part == printed[-1] and len(group) == 4 else set()
                self._expect_one_of(part, frozenset({group, *year}), where)
            return
        further = list(self.finder.following(spot, self.taken))
        if not further:
            self._expect_one_of(spot, texts, where)
            return
        first = _Expected("(.+?)", texts, where)
        self.expected[spot] = first
        for line in further:
            # what it captures counts for the value; a line that the value did not need stays as it is
            self.expected[line] = _Expected("(.*?)", where=where, captured=first.captured)

    def _expect_one_of(self, spot: Spot, texts: frozenset[str], where: str) -> None:
        writings = "|".join(r"\s+".join(re.escape(word) for word in text.split()) for text in sorted(texts))
        self.expected[spot] = _Expected(f"({_FILL}(?:{writings}){_FILL})", texts, where)

    def _texts(self, filling: Filling) -> frozenset[str]:
        texts = {_one_line(text) for text in (filling.text, *filling.shorter)}
        letter = self.addendum.get(filling.text)
        if letter is not None:
            texts |= {f"see addendum {letter}", f"addendum {letter}"}
        return frozenset(texts)

    def _paragraph(self, number: int, old: Paragraph, new: Paragraph) -> None:
        spots = [Spot(number, index) for index in range(len(old.segments))] or [Spot(number, None)]
        if Spot(number, None) in self.expected:
            spots = [Spot(number, None)]
        pattern, capturing = "", []
        for spot in spots:
            expected = self.expected.get(spot)
            if expected is None:
                pattern += re.escape(old.segments[spot.segment].text) if spot.segment is not None else ""
                continue
            pattern += expected.pattern
            if re.compile(expected.pattern).groups:
                capturing.append(expected)
        match = re.fullmatch(pattern, new.text, re.DOTALL)
        if match is None:
            places = [self.expected[spot].where for spot in spots if spot in self.expected]
            at = (
                f"near {places[0]}"
                if places
                else f"paragraph {number + 1} ({_shown(old.text)!r}), where nothing is filled"
            )
            raise VerifyError(f"{at}: the output does not read as the blank with its values; it was withheld")
        for expected, text in zip(capturing, match.groups(), strict=True):
            expected.captured.append(text)
        self._widgets(number, old, new)

    def _widgets(self, number: int, old: Paragraph, new: Paragraph) -> None:
        indexes = [index for index, segment in enumerate(old.segments) if segment.kind == "widget"]
        for index, was, now in zip(indexes, old.widgets, new.widgets, strict=True):
            filling = self.widgets.get(Spot(number, index))
            if filling is None:
                if now != was:
                    raise VerifyError(f"the control {was.names} was changed, though the map leaves it; output withheld")
                continue
            where = filling.place.where()
            if now.placeholder or now.bound or now.names != was.names or now.kind != was.kind:
                raise VerifyError(
                    f"{where}: the control still shows its prompt or bound value; the output was withheld"
                )
            if was.kind == "checkbox":
                good = (now.checked in ("1", "true", "on")) == (filling.action == "tick")
                glyph = not now.text or now.text != was.text or filling.action == "untick" or was.checked == "1"
            elif was.kind == "date" and any(char.isdigit() for char in filling.text):
                day = _DATE.match(now.date)
                date = dt.date(*map(int, day.groups())) if day else None
                good, glyph = date is not None and _says(filling.text, date), _says(now.text, date)
            elif was.options:
                wanted = (
                    (filling.option or filling.place.choose or filling.place.option or filling.text).strip().casefold()
                )
                shown = {o.casefold(): v.casefold() for o, v in was.options}
                said = now.text.strip().casefold()
                good, glyph = wanted in (said, shown.get(said)), True
            else:
                texts = {*self._texts(filling), filling.text}
                # words in a date control leave no date behind that Word would rather show
                good, glyph = _joined([now.text]) in {_joined([text]) for text in texts}, not now.date
            if not good or not glyph:
                raise VerifyError(f"{where}: the control does not say its value; the output was withheld")

    def _same_copies(self) -> None:
        """A text box has a copy for older readers: where it was equal on the blank, it must be equal in the output."""
        if len(self.copies[0]) != len(self.copies[1]):
            raise VerifyError("the output has other text boxes than the blank; it was withheld")
        shown = [p.text for p in self.before]
        for old, new in zip(*self.copies, strict=True):
            same = [self.after[i].text for i, text in enumerate(shown) if text == old.text]
            if new.text != old.text and new.text not in same:
                raise VerifyError("a text box and its copy for older readers differ; the output was withheld")


def _joined(captured: Sequence[str]) -> str:
    """What was written over one or more blanks, as one text."""
    lines = (re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip(" _") for text in captured)
    return " ".join(line for line in lines if line)


def _one_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines[:-1] = [line.rstrip(",") for line in lines[:-1]]
    return re.sub(r"\s+", " ", ", ".join(lines)).strip()


def _says(text: str, date: dt.date | None) -> bool:
    """Whether a text says this date, in whatever order: its day and year in digits, its month in digits or letters."""
    if date is None:
        return False
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    words = bool(re.search(r"[^\W\d]{3}", text))
    years = (date.year, date.year % 100)
    return date.day in numbers and any(y in numbers for y in years) and (words or date.month in numbers)


def _verify_template(before: Reading, after: Reading, fillings: Sequence[Filling]) -> None:
    """A rendered template has no tag left, the values of its places, and all other parts as they were."""
    if list(before.parts) != list(after.parts):
        raise VerifyError("the output has other parts than the template; it was withheld")
    for name, data in before.parts.items():
        if name not in before.skeletons and after.parts[name] != data:
            raise VerifyError(f"{name} of the template changed; the output was withheld")
    said = _joined([paragraph.text for paragraph in after.paragraphs])
    if re.search(r"\{\{|\{%|\}\}|%\}", said):
        raise VerifyError("the output still has template tags; it was withheld")
    for filling in fillings:
        if filling.action == "text" and _joined([_one_line(filling.text)]) not in _joined([_one_line(said)]):
            raise VerifyError(f"{filling.place.where()}: the rendered template does not say its value; it was withheld")


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:37] + "…"
