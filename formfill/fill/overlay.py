"""The overlay backend: values onto pages that have no fields, in one content stream a page."""

from __future__ import annotations

from collections.abc import Sequence

from formfill.fill.appearance import circle_operators, cross_operators, text_operators
from formfill.fill.base import Ink, Wish
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.pdf.incremental import Update
from formfill.pdf.syntax import number
from formfill.pdf.text_fit import LEADING, Face, Layout, Style, fit, fit_comb
from formfill.pdf.typesetter import Typesetter

#: The size that a value is set in where its box is tall enough, in points.
PREFERRED = 10.0


class PageWriter:
    """Draws one fill's values on the pages of one form. Boxes are in displayed points, origin top left."""

    def __init__(self, compiled: CompiledForm, update: Update, typesetter: Typesetter) -> None:
        self._compiled = compiled
        self._update = update
        self._typesetter = typesetter
        self._content: dict[int, list[bytes]] = {}
        self._faces: dict[int, list[Face]] = {}
        self.inks: list[Ink] = []

    def lay_out(self, boxes: Sequence[ShownBox], text: str, wish: Wish) -> tuple[Layout, Face] | None:
        """``text`` as it fits the boxes, one line or more each, or None."""
        face = self._typesetter.face(text)
        sizes = [(x1 - x0, bottom - top) for x0, top, x1, bottom in boxes]
        preferred = wish.size or PREFERRED
        padding = 1.5 if min(width for width, _ in sizes) > 16 else 0.3
        style = Style(preferred, min(wish.minimum, preferred), wish.align or 0, padding)
        layout = None
        if wish.comb:
            layout = fit_comb(face, text, *sizes[0], wish.comb, style)
        elif len(boxes) == 1:
            layout = fit(face, text, sizes, style)
        tall = len(boxes) > 1 or sizes[0][1] >= 2 * LEADING * style.minimum
        if not wish.comb and tall and (layout is None or layout.size < preferred):
            layout = fit(face, text, sizes, style._replace(wrap=True)) or layout
        return None if layout is None else (layout, face)

    def write_text(self, page_index: int, boxes: Sequence[ShownBox], layout: Layout, face: Face, where: str) -> None:
        """Draw a text that was laid out."""
        frame = self._compiled.pages[page_index].shown
        for index, (x0, top, x1, bottom) in enumerate(boxes):
            lines = [line for line in layout.lines if line.box == index]
            if not lines:
                continue
            shown = text_operators(layout, face, box=index, dx=x0, dy=frame.height - bottom)
            self._content.setdefault(page_index, []).append(b"BT 0 g %s ET" % shown)
            said = "".join(line.text for line in lines) if layout.cells else " ".join(line.text for line in lines)
            self.inks.append(Ink(page_index, (x0, top, x1, bottom), said, where=where))
        faces = self._faces.setdefault(page_index, [])
        if not any(face is other for other in faces):
            faces.append(face)

    def tick(self, page_index: int, box: ShownBox, *, circle: bool, where: str) -> None:
        """Mark a box with an X, or circle the printed words in it."""
        x0, top, x1, bottom = box
        frame = self._compiled.pages[page_index].shown
        draw = circle_operators if circle else cross_operators
        mark = draw(x0, frame.height - bottom, x1 - x0, bottom - top)
        self._content.setdefault(page_index, []).append(mark)
        self.inks.append(Ink(page_index, box, tick=True, where=where))

    def finish(self) -> None:
        """Add what was drawn on each page: one form XObject with fonts of its own, and the page that shows it last."""
        n = number
        for page_index, parts in self._content.items():
            page = self._compiled.pages[page_index]
            frame = page.shown
            fonts = b"".join(self._typesetter.resources(face) for face in self._faces.get(page_index, ()))
            drawn = self._update.add_stream(
                b"/Type/XObject/Subtype/Form/BBox[0 0 %s %s]/Resources<</Font<<%s>>>>"
                % (n(frame.width), n(frame.height), fonts),
                b"\n".join(parts),
            )
            name = _free_name(page.xobjects)
            place = b" ".join(n(v) for v in frame.matrix)
            before = self._update.add_stream(b"", b"q " * (page.closes + 1))
            after = self._update.add_stream(b"", b"%sq %s cm %s Do Q" % (b"Q " * (page.opens + 1), place, name))
            contents = b" ".join([before, *(c.encode() for c in page.contents), after])
            self._update.put(
                page.obj,
                page.gen,
                b"<<%s/Contents[%s]/Resources<<%s/XObject<<%s%s %s>>>>>>"
                % (
                    page.body.encode("latin-1"),
                    contents,
                    page.resources.encode("latin-1"),
                    page.xobjects.encode("latin-1"),
                    name,
                    drawn,
                ),
            )


def _free_name(taken: str) -> bytes:
    """A resource name that the page does not use yet: a filled form may be filled again."""
    count = 0
    while f"/FFo{count} " in taken or f"/FFo{count}/" in taken:
        count += 1
    return b"/FFo%d" % count
