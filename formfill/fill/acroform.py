"""The AcroForm backend: values into fields, with an appearance stream of our own for every widget.

Buttons keep the form's own marks and only change state; an option that a field does not have is an error that lists
those it has, never /Off.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from formfill.errors import FillError
from formfill.fill.appearance import cross_operators, frame, inset, text_stream
from formfill.fill.base import Ink, Wish
from formfill.pdf.compiled import (
    COMB,
    COMBO,
    EDIT,
    MULTILINE,
    RADIOS_IN_UNISON,
    RICH_TEXT,
    CompiledForm,
    Field,
    FieldKind,
    Widget,
)
from formfill.pdf.incremental import Update
from formfill.pdf.syntax import name, number, text_bytes
from formfill.pdf.text_fit import LEADING, Face, Layout, Setting, Style, fit, fit_comb
from formfill.pdf.typesetter import Typesetter

#: The largest size that an automatic font size (0 Tf) is set in, in points; for fields of several lines, lower.
AUTO_MAX = 12.0
AUTO_MAX_MULTILINE = 10.0
#: The size, in points, down to which one line is better than two.
READABLE = 8.0

_DIGITS_AND_SEPARATORS = re.compile(r"[\d\s()./+-]+")


class Laid(NamedTuple):
    """A text as it fits one widget."""

    field: Field
    widget: Widget
    layout: Layout
    face: Face


class FieldWriter:
    """Writes one fill's values into the fields of one form."""

    def __init__(self, compiled: CompiledForm, update: Update, typesetter: Typesetter) -> None:
        self._compiled = compiled
        self._update = update
        self._typesetter = typesetter
        self._states: dict[int, str] = {}
        self.inks: list[Ink] = []

    def fields(self, name: str, kinds: tuple[FieldKind, ...]) -> list[Field]:
        """The fields called ``name`` of one kind among ``kinds``: equal names are one field to a viewer (12.7.4.2).

        Raises: FillError, with names that are near.
        """
        found = self._compiled.fields.get(name)
        if not found:
            import difflib

            near = difflib.get_close_matches(name, self._compiled.fields, 3, 0.5)
            hint = f"; near it: {', '.join(map(repr, near))}" if near else ""
            raise FillError(f"the blank has no field {name!r}{hint}")
        fitting = [one for one in found if one.kind in kinds]
        if not fitting:
            raise FillError(f"field {name!r} is a {found[0].kind} field; the map wants a {kinds[0]} field there")
        return [one for one in fitting if one.kind == fitting[0].kind]

    def lay_out(self, fields: Sequence[Field], text: str, wish: Wish) -> list[Laid] | None:
        """``text`` as it fits every widget of text or choice fields, or None."""
        laid: list[Laid] = []
        for field in fields:
            for widget in field.widgets if len(field.widgets) == 1 else _visible(field.widgets):
                face = self._typesetter.face(text, widget.font)
                layout = self._fit(field, widget, face, text, wish)
                if layout is None:
                    return None
                laid.append(Laid(field, widget, layout, face))
        return laid

    def _fit(self, field: Field, widget: Widget, face: Face, text: str, wish: Wish) -> Layout | None:
        if field.max_len is not None and len(text) > field.max_len:
            return None
        key = (widget.obj, wish)
        settings = self._compiled.settings
        setting = settings.get(key) or settings.setdefault(key, _setting(field, widget, wish))
        if setting.cells:
            return fit_comb(face, text, *setting.box, setting.cells, setting.style)
        layout = fit(face, text, (setting.box,), setting.style)
        if layout is None and setting.wrapped is not None:
            layout = fit(face, text, (setting.box,), setting.wrapped)
        return layout

    def write_text(self, fields: Sequence[Field], value: str, shown: str, laid: Sequence[Laid]) -> None:
        """Set the fields to ``value`` and draw its text ``shown``, which was laid out."""
        update = self._update
        raw = text_bytes(value)
        for field in fields:
            flags = field.flags
            if field.kind == "text":
                flags &= ~RICH_TEXT  # /RV, the old rich value, is gone
                if any(len(one.layout.lines) > 1 and not one.layout.cells for one in laid):
                    flags |= MULTILINE  # so that editing keeps the lines
            by_widget = {id(one.widget): one for one in laid}
            for widget in field.widgets:
                one = by_widget.get(id(widget))
                # a widget that lies under another of its field shows nothing: the other shows the text
                layout, face = (one.layout, one.face) if one else (None, None)
                width, height, head = frame(widget)
                content = text_stream(widget, width, height, layout, face)
                if face is not None:
                    head += b"/Resources<</Font<<%s>>>>" % self._typesetter.resources(face)
                    self._ink(widget, text=shown, value=value, where=field.name)
                ap = update.add_stream(head, content)
                own = b"/V %s/Ff %d" % (update.string(raw, widget.obj, widget.gen), flags) if widget.merged else b""
                update.put(
                    widget.obj, widget.gen, b"<<%s/F %d/AP<</N %s>>%s>>" % (widget.body, _flags(widget), ap, own)
                )
            self._put_holder(field, update.string(raw, field.obj, field.gen), flags)

    def _put_holder(self, field: Field, value: bytes, flags: int) -> None:
        """Set the value of a field that is no widget itself."""
        if not any(widget.merged for widget in field.widgets):
            self._update.put(field.obj, field.gen, b"<<%s/V %s/Ff %d>>" % (field.body, value, flags))

    def text_options(self, field: Field, text: str) -> list[str]:
        """Other writings of ``text`` that a field of few characters asks for: a date or phone without separators."""
        if field.max_len is None or len(text) <= field.max_len or not _DIGITS_AND_SEPARATORS.fullmatch(text):
            return []
        bare = re.sub(r"\D", "", text)
        return [bare] if len(bare) <= field.max_len else []

    def option(self, field: Field, wanted: str) -> tuple[str, str]:
        """Export value and displayed text of a choice. Raises: FillError, listing the options."""
        for export, shown in field.options:
            if wanted in (export, shown):
                return export, shown
        for export, shown in field.options:
            if wanted.casefold().strip() in (export.casefold().strip(), shown.casefold().strip()):
                return export, shown
        if field.flags & COMBO and field.flags & EDIT:
            return wanted, wanted
        listed = ", ".join(repr(shown) for _, shown in field.options) or "none at all"
        raise FillError(f"field {field.name!r} has no option like the one asked for; it has: {listed}")

    def choose(self, fields: Sequence[Field], wanted: str, wish: Wish) -> None:
        """Select an option of a choice field. Raises: FillError."""
        export, shown = self.option(fields[0], wanted)
        laid = self.lay_out(fields, shown, wish)
        if laid is None:
            raise FillError(f"field {fields[0].name!r}: its option does not fit its box")
        self.write_text(fields, export, shown, laid)

    def tick(self, field: Field, option: str | None, widget_number: int | None) -> None:
        """Turn a check box or radio button on. Raises: FillError for an option or widget that it does not have."""
        widgets = field.widgets
        if widget_number is not None:
            if widget_number > len(widgets):
                raise FillError(f"field {field.name!r} has {len(widgets)} widgets; the map asks for {widget_number}")
            on = [widgets[widget_number - 1]]
            state = self._state(field, on, option)
        else:
            state = self._state(field, widgets, option)
            on = [w for w in widgets if state in w.states or not any(v.states for v in widgets)]
            if field.kind == "radio" and not field.flags & RADIOS_IN_UNISON:
                on = on[:1]
        if self._states.setdefault(id(field), state) != state:
            raise FillError(f"field {field.name!r} takes one option, and the request asks for two of them")
        self._switch(field, state, on)

    def untick(self, field_name: str) -> None:
        """Turn off the box called so, where the blank comes with it ticked and nothing else was chosen."""
        for field in self._compiled.fields.get(field_name, ()):
            ticked = field.kind in ("check", "radio") and any(field.value in w.states for w in field.widgets)
            if ticked and id(field) not in self._states:
                self._switch(field, "Off", [])

    def _state(self, field: Field, widgets: list[Widget], option: str | None) -> str:
        states = list(dict.fromkeys(state for widget in widgets for state in widget.states))
        if option is None:
            if len(states) > 1:
                listed = ", ".join(map(repr, states))
                raise FillError(f"field {field.name!r} has several on-states ({listed}): the map must name its option")
            return states[0] if states else "Yes"
        raw = option.encode("utf-8").decode("latin-1")
        for candidate in (raw, option):
            if candidate in states:
                return candidate
        for index, (export, shown) in enumerate(field.options):  # /Opt names the widgets in their order (12.7.5.2.3)
            if option in (export, shown) and index < len(field.widgets) and field.widgets[index].states:
                return field.widgets[index].states[0]
        if not states:
            return raw
        listed = ", ".join(map(repr, states))
        raise FillError(f"field {field.name!r} has no option {option!r}; it has: {listed}")

    def _switch(self, field: Field, state: str, on: list[Widget]) -> None:
        update = self._update
        value = name(state.encode("latin-1"))
        for widget in field.widgets:
            is_on = any(widget is w for w in on)
            ap = self._button_appearance(widget, state) if is_on and _needs_mark(widget, state) else _kept(widget)
            own = b"/V %s/Ff %d" % (value, field.flags) if widget.merged else b""
            update.put(
                widget.obj,
                widget.gen,
                b"<<%s/F %d/AS %s%s%s>>" % (widget.body, _flags(widget), value if is_on else b"/Off", ap, own),
            )
            was_on = field.value in widget.states
            if is_on or was_on:  # one that the blank comes with ticked may lose its ink, or already has it
                self._ink(widget, tick=is_on and not was_on, where=field.name)
        self._put_holder(field, value, field.flags)

    def _button_appearance(self, widget: Widget, state: str) -> bytes:
        """An /AP for a box that has none for its on-state, or one that hardly shows: an X, as people mark paper."""
        x0, y0, x1, y1 = widget.rect
        cross = cross_operators(0, 0, x1 - x0, y1 - y0)
        head = b"/Type/XObject/Subtype/Form/BBox[0 0 %s %s]" % (number(x1 - x0), number(y1 - y0))
        if own := widget.drawn.get(state):  # the form's own mark stays, below ours
            head += b"/Resources<</XObject<</FFm %s>>>>" % own.encode()
            on = self._update.add_stream(head, b"/FFm Do " + cross)
            off = widget.drawn.get("Off", "").encode() or self._update.add_stream(head, b"")
        else:
            border = text_stream(widget, x1 - x0, y1 - y0, None, None)
            on = self._update.add_stream(head, border + b" " + cross)
            off = self._update.add_stream(head, border)
        return b"/AP<</N<<%s %s/Off %s>>>>" % (name(state.encode("latin-1")), on, off)

    def _ink(
        self, widget: Widget, *, text: str = "", tick: bool = False, value: str | None = None, where: str = ""
    ) -> None:
        self.inks.append(Ink(widget.page_index, widget.shown, text, tick, f"field {where!r}", value))


def _flags(widget: Widget) -> int:
    """Its annotation flags with Print (12.5.3): some forms leave it out, and what is filled must print."""
    return widget.flags | 4


def _kept(widget: Widget) -> bytes:
    return b"/AP " + widget.ap if widget.ap else b""


def _needs_mark(widget: Widget, state: str) -> bool:
    return state not in widget.drawn or widget.faint


def _visible(widgets: list[Widget]) -> list[Widget]:
    """The widgets of one field but those that lie under another of it: the same text twice on one spot blurs."""
    return [w for i, w in enumerate(widgets) if not any(_covers(other, w) for other in widgets[i + 1 :])]


def _covers(upper: Widget, lower: Widget) -> bool:
    if upper.page_index != lower.page_index:
        return False
    a, b = upper.rect, lower.rect
    across = min(a[2], b[2]) - max(a[0], b[0])
    up = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((r[2] - r[0]) * (r[3] - r[1]) for r in (a, b))
    return across > 0 and up > 0 and across * up > 0.5 * smaller


def _setting(field: Field, widget: Widget, wish: Wish) -> Setting:
    width, height, _ = frame(widget)
    height -= 2 * inset(widget)
    multiline = bool(field.flags & MULTILINE) and field.kind == "text"
    preferred = wish.size or widget.size
    if not preferred:
        preferred = AUTO_MAX_MULTILINE if multiline else min(AUTO_MAX, max(wish.minimum, height * 0.75))
    align = widget.quadding if wish.align is None else wish.align
    padding = max(2.0, 2 * inset(widget)) if width > 24 else max(0.5, inset(widget))
    minimum = min(wish.minimum, preferred)
    if multiline and height < 2 * LEADING * preferred:
        # many a form calls its single lines multi-line: one line, if it stays readable, before two cramped ones
        one_line = Style(preferred, max(minimum, min(READABLE, preferred)), align, padding)
        return Setting((width, height), one_line, one_line._replace(minimum=minimum, wrap=True), 0)
    style = Style(preferred, minimum, align, padding, wrap=multiline)
    cells = field.max_len if field.flags & COMB and field.max_len and not multiline else 0
    # a box with room for two lines may hold two, whatever its flag says: better than smaller than readable
    tall = not multiline and height >= 2 * LEADING * style.minimum
    return Setting((width, height), style, style._replace(wrap=True) if tall else None, cells)
