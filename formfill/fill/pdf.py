"""Fills a PDF: fillings into one incremental update, through fields and overlays alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from formfill.errors import FillError, UnwritableError
from formfill.fill.acroform import FieldWriter
from formfill.fill.base import AddendumItem, Filled, Filling, Ink, Wish, addendum_letter
from formfill.fill.overlay import PageWriter
from formfill.model.form_map import Piece, Place
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.pdf.incremental import Update
from formfill.pdf.typesetter import Typesetter

L = TypeVar("L")

_ALIGN = {"left": 0, "center": 1, "right": 2}
#: What a place says instead of a value that went to the addendum, from the clearest to the shortest.
_REFERENCES = {
    "en": ("see addendum {}", "see add. {}", "add. {}"),
    "es": ("véase anexo {}", "v. anexo {}", "anexo {}"),
}


#: Pieces whose feet differ by less stand on one line.
_ONE_LINE_PT = 6.0


def fill_pdf(
    compiled: CompiledForm, fillings: Sequence[Filling], *, flatten: bool = False, language: str = "en"
) -> Filled:
    """The blank with ``fillings`` in it, editable unless ``flatten``; ``language`` is the form's.

    Nothing is cut: a text that does not fit at the place's smallest size is tried in its shorter writings, then goes
    to the addendum in full.

    Raises: FillError, for an unknown field or option, a page that is not there, or a value that may not go to an
    addendum and does not fit.
    """
    update = Update(compiled.tail, compiled.encryption)
    job = _Job(compiled, update, language)
    for filling in fillings:
        try:
            job.fill(filling)
        except UnwritableError as exc:
            raise FillError(f"{filling.place.where()}: {filling.concept or 'the value'}: {exc}") from None
    job.finish()
    data = update.apply(compiled.data)
    if flatten:
        from formfill.fill.flatten import flatten_fields

        data = flatten_fields(data)
    return Filled(data, tuple(job.inks), tuple(job.addendum))


class _Job:
    def __init__(self, compiled: CompiledForm, update: Update, language: str) -> None:
        self._compiled = compiled
        self._references = _REFERENCES.get(language, _REFERENCES["en"])
        self._update = update
        self._typesetter = Typesetter(compiled, update)
        self._fields = FieldWriter(compiled, update, self._typesetter)
        self._pages = PageWriter(compiled, update, self._typesetter)
        self.addendum: list[AddendumItem] = []

    @property
    def inks(self) -> list[Ink]:
        return self._fields.inks + self._pages.inks

    def fill(self, filling: Filling) -> None:
        place = filling.place
        if filling.action == "text":
            if place.pieces:
                size = self._size_of_pieces(filling)
                for piece in place.pieces:
                    if text := filling.parts.get(piece.part, ""):
                        self._piece(filling, piece, text, size)
            else:
                self._text(filling)
        elif filling.action in ("tick", "choose"):
            self._mark(filling)
        elif place.value is not None and place.field is not None:
            # a box that the request does not tick stays off even where the blank comes with it ticked
            self._fields.untick(place.field)

    def finish(self) -> None:
        self._pages.finish()
        self._typesetter.finish()
        if self._compiled.form.acro_form and self._fields.inks:
            obj, gen, entries = self._compiled.form.acro_form
            self._update.put(obj, gen, b"<<%s>>" % entries.encode("latin-1"))

    def _mark(self, filling: Filling) -> None:
        place = filling.place
        if place.field is None:
            for box in place.boxes or ((place.box,) if place.box else ()):
                self._on_page(self._page(place.page), (box,), place.where())
                self._pages.tick(self._page(place.page), box, circle=place.mark == "circle", where=place.where())
            return
        fields = self._fields.fields(place.field, ("check", "radio", "choice"))
        option = filling.option or place.option or place.choose
        if fields[0].kind != "choice":
            for field in fields:
                self._fields.tick(field, option, place.widget)
        elif option is not None:
            self._fields.choose(fields, option, _wish(place))
        else:
            raise FillError(f"field {place.field!r} is a choice: the map must name its option")

    def _text(self, filling: Filling) -> None:
        place = filling.place
        wish = _wish(place)
        if place.field is not None:
            fields = self._fields.fields(place.field, ("text", "choice"))
            if fields[0].kind == "choice":
                self._fields.choose(fields, filling.text, wish)
                return
            others = self._fields.text_options(fields[0], filling.text)
            text, laid = self._first_fit(filling, lambda t: self._fields.lay_out(fields, t, wish), others)
            self._fields.write_text(fields, text, text, laid)
            return
        boxes = place.boxes or ((place.box,) if place.box else ())
        page_index = self._page(place.page)
        self._on_page(page_index, boxes, place.where())
        _, (layout, face) = self._first_fit(filling, lambda t: self._pages.lay_out(boxes, t, wish))
        self._pages.write_text(page_index, boxes, layout, face, place.where())

    def _size_of_pieces(self, filling: Filling) -> float | None:
        """The size in points that all pieces drawn on one line have room for; None for each its own."""
        place = filling.place
        drawn = [(piece.box, filling.parts.get(piece.part, "")) for piece in place.pieces or () if piece.box]
        feet = [box[3] for box, _ in drawn]
        if place.size is not None or len(drawn) < 2 or max(feet) - min(feet) > _ONE_LINE_PT:
            return place.size
        laid = [self._pages.lay_out((box,), text, _wish(place)) for box, text in drawn if text]
        return min((found[0].size for found in laid if found), default=None)

    def _piece(self, filling: Filling, piece: Piece, text: str, size: float | None) -> None:
        place = filling.place
        where = f"{place.where()}, its {piece.part}"
        if piece.field is not None:
            fields = self._fields.fields(piece.field, ("text", "choice"))
            laid = self._fields.lay_out(fields, text, _wish(place))
            if laid is None:
                raise self._no_room(filling, where)
            self._fields.write_text(fields, text, text, laid)
            return
        assert piece.box is not None
        boxes: tuple[ShownBox, ...] = (piece.box,)
        align = _ALIGN[place.align or ("left" if piece.part in ("street", "city") else "center")]
        self._on_page(self._page(piece.page or place.page), boxes, where)
        found = self._pages.lay_out(boxes, text, _wish(place)._replace(align=align, size=size))
        if found is None:
            raise self._no_room(filling, where)
        self._pages.write_text(self._page(piece.page or place.page), boxes, *found, where)

    def _first_fit(
        self, filling: Filling, lay_out: Callable[[str], L | None], others: Sequence[str] = ()
    ) -> tuple[str, L]:
        """The first writing of the value that fits, else the reference to its addendum."""
        for text in (filling.text, *others, *filling.shorter):
            layout = lay_out(text)
            if layout is not None:
                return text, layout
        if filling.addendum:
            letter = addendum_letter(len(self.addendum))
            for pattern in self._references:
                text = pattern.format(letter)
                layout = lay_out(text)
                if layout is not None:
                    label = filling.place.label or (filling.concept or "").replace(".", " ").replace("_", " ")
                    self.addendum.append(AddendumItem(letter, label, filling.text))
                    return text, layout
        raise self._no_room(filling, filling.place.where())

    @staticmethod
    def _no_room(filling: Filling, where: str) -> FillError:
        what = filling.concept or "the value"
        return FillError(
            f"{where}: {what} ({len(filling.text)} characters) does not fit at {filling.place.min_size:g} pt; "
            "shorten it in the profile or request, or give the place a larger box or a smaller min_size in the map"
        )

    def _on_page(self, page_index: int, boxes: Sequence[ShownBox], where: str) -> None:
        frame = self._compiled.pages[page_index].shown
        for x0, top, x1, bottom in boxes:
            if x0 < -1 or top < -1 or x1 > frame.width + 1 or bottom > frame.height + 1:
                raise FillError(
                    f"{where}: its box lies outside the page, which is {frame.width:.0f} by {frame.height:.0f} points: "
                    "mend the box in the map"
                )

    def _page(self, number: int | None) -> int:
        if number is None or number > len(self._compiled.pages):
            raise FillError(f"the map has a place on page {number}; the blank has {len(self._compiled.pages)}")
        return number - 1


def _wish(place: Place) -> Wish:
    return Wish(place.size, place.min_size, _ALIGN[place.align] if place.align else None, place.comb)
