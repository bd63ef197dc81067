"""The forms that the benchmark fills, and what goes into them."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from formfill.errors import FillError
from formfill.fill.base import Filling
from formfill.fill.pdf import fill_pdf
from formfill.model.form_map import Place
from formfill.pdf.compiled import CompiledForm, Field, compiled_form
from tests.builders import many_fields, owner_only

ROOT = Path(__file__).resolve().parents[2]

#: What real answers look like: the longest that fits a field is taken, from the nth on.
PLAIN = (
    "Amina Yusuf Rahimi",
    "2114 Folsom Blvd, Apt 7",
    "Sacramento, CA 95816",
    "(916) 555-0142",
    "Harbor Refugee Services",
    "amina.rahimi@example.org",
    "1987-03-14",
    "continuity of care",
    "José Muñoz",
    "95816",
    "CA",
    "7",
)
MULTILINGUAL = ("Nguyễn Thị Hồng", "Łukasz Żółć", "Олександр Ковальчук", "امینه رحیمی", "Đỗ", "Ж", "و")
_FORMS = (
    "montefiore-nyack-hospital/form-1",
    "ucsf-medical-center/form-2",
    "northwest-colorado-health/form-2",
    "mercy-general-hospital/form-1",
    "university-of-iowa-hospitals/form-2",
    "medical-city-dallas/form-1",
    "duke-university-hospital/form-1",
    "olmsted-medical-center/form-1",
    "gritman-medical-center/form-1",
    "northlakes-community-clinic/form-2",
    "duke-university-hospital/form-4",
    "newton-wellesley-hospital/form-1",
    "texas-oncology/form-1",
    "newyork-presbyterian-hospital/form-1",
)


@dataclass(frozen=True)
class Tick:
    """One button to turn on. ``state`` is its on-state as text; ``radio`` whether it is one of a group."""

    state: str
    radio: bool


@dataclass(frozen=True)
class Case:
    """One form, and its values: dict[field name, text] and dict[field name, tick]."""

    name: str
    data: bytes
    compiled: CompiledForm
    texts: dict[str, str]
    ticks: dict[str, Tick]

    @property
    def widgets(self) -> int:
        return sum(len(field.widgets) for field in self.compiled.form.fields)

    def fillings(self) -> list[Filling]:
        """The values as formfill takes them."""
        texts = [
            Filling(i, Place(value="x.y", field=name, min_size=4), "text", text=text)
            for i, (name, text) in enumerate(self.texts.items())
        ]
        ticks = [
            Filling(len(texts) + i, Place(value="x.y", field=name), "tick", option=tick.state)
            for i, (name, tick) in enumerate(self.ticks.items())
        ]
        return texts + ticks


def corpus() -> Path:
    """The folder of real forms, which is no part of the repository."""
    folder = Path(os.environ.get("FORMFILL_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not (folder / "INDEX.csv").is_file():
        raise SystemExit("no corpus of real forms here: set FORMFILL_CORPUS to its folder")
    return folder


def cases(values: tuple[str, ...]) -> list[Case]:
    """Real forms, one of them also encrypted as some providers do, and a made one of 241 widgets."""
    folder = corpus()
    blanks = [(name, (folder / f"{name}.pdf").read_bytes()) for name in _FORMS]
    blanks.append(("gritman-medical-center/form-1, AES-256", _encrypted(dict(blanks)["gritman-medical-center/form-1"])))
    blanks.append(("made: 241 widgets", many_fields(241)))
    return [_case(name, data, values) for name, data in blanks]


def _encrypted(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(buffer, encryption=owner_only("aesv3"))
    return buffer.getvalue()


def _case(name: str, data: bytes, values: tuple[str, ...]) -> Case:
    compiled = compiled_form(data, name)
    texts: dict[str, str] = {}
    ticks: dict[str, Tick] = {}
    for index, field in enumerate(compiled.form.fields):
        if len(compiled.fields[field.name]) > 1 or not field.widgets:
            continue
        if field.kind == "text":
            text = _fitting(compiled, field, values, index)
            if text:
                texts[field.name] = text
        elif field.kind in ("check", "radio") and index % 2:
            states = [state for widget in field.widgets for state in widget.states]
            if states and states[0].isascii():
                ticks[field.name] = Tick(states[0], field.kind == "radio")
    return Case(name, data, compiled, texts, ticks)


def _fitting(compiled: CompiledForm, field: Field, values: tuple[str, ...], index: int) -> str | None:
    """A value that the field has room for at its own font size, so that no filler need shrink or cut it."""
    smallest = min(24.0, max(6.0, *(widget.size for widget in field.widgets), 6.0))
    place = Place(value="x.y", field=field.name, min_size=smallest)
    for offset in range(len(values)):
        text = values[(index + offset) % len(values)]
        try:
            fill_pdf(compiled, [Filling(0, place, "text", text=text, addendum=False)])
        except FillError:
            continue
        return text
    return None
