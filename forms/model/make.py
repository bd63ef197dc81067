#!/usr/bin/env python3
"""Makes the model forms and their maps:  python forms/model/make.py [--forms DIR] [--maps DIR]

A form is laid out by typst from source/; the places it reports become AcroForm fields and the entries of its map, so
that page, fields and map say the same. No network; the same versions of typst and the fonts give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from acroform import Spot, add_fields
from map_text import Heading, Meaning, box_map, control_map, field_map
from sources import EDITION, Form, lay_out, meaning
from typefaces import make_typefaces
from word_form import make_word_form

HERE = Path(__file__).resolve().parent
FORMS = tuple(
    Form(source, language, f"{number} {language.upper()}", instrument, large)
    for source, number, instrument, large in (
        ("access-request", "1", "access-request", False),
        ("authorization-ca", "2-CA", "authorization", True),
        ("amendment", "3", "amendment", False),
    )
    for language in ("en", "es")
)
#: The form that is also made without fields, and as a Word document.
PLAIN = FORMS[0]
#: What a person types, in points; a California authorization is in 14 points or more throughout.
ENTRY_PT, LARGE_PT = 11.0, 14.0
_NOTES = {
    "access-request": "For a provider whose own form is not known. A sensitive category without a mark is left out.",
    "authorization": "For a recipient other than the patient, in California. Nothing on it is smaller than 14 points.",
    "amendment": "Part A is for any state, Part B (the addendum of up to 250 words) for California.",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--forms", type=Path, default=HERE, help="where the blanks go")
    parser.add_argument("--maps", type=Path, default=HERE.parents[1] / "form_maps" / "model", help="where the maps go")
    options = parser.parse_args()
    for folder in (options.forms, options.maps):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as fonts:
        make_typefaces(Path(fonts))
        for form in FORMS:
            page, reported = lay_out(form, Path(fonts))
            places = [(spot, meaning(key, form.language)) for key, spot in reported]
            blank = add_fields(page, [spot for spot, _ in places], LARGE_PT if form.large else ENTRY_PT)
            heading = _heading(form, f"{form.name}.pdf", blank)
            text = field_map(heading, places, blank, LARGE_PT if form.large else None)
            (options.forms / f"{form.name}.pdf").write_bytes(blank)
            (options.maps / f"{form.name}.yaml").write_text(text, encoding="utf-8")
            if form == PLAIN:
                _make_flat(page, places, options.forms, options.maps)
    _make_word(options.forms, options.maps)


def _make_flat(page: bytes, places: Sequence[tuple[Spot, Meaning]], forms: Path, maps: Path) -> None:
    name = f"{PLAIN.source}-flat-{PLAIN.language}"
    text = box_map(_heading(PLAIN, f"{name}.pdf", page), places, page)
    (forms / f"{name}.pdf").write_bytes(page)
    (maps / f"{name}.yaml").write_text(text, encoding="utf-8")


def _make_word(forms: Path, maps: Path) -> None:
    name = f"{PLAIN.source}-docx-{PLAIN.language}"
    document, controls = make_word_form(PLAIN)
    text = control_map(_heading(PLAIN, f"{name}.docx", document), controls)
    (forms / f"{name}.docx").write_bytes(document)
    (maps / f"{name}.yaml").write_text(text, encoding="utf-8")


def _heading(form: Form, file: str, blank: bytes) -> Heading:
    return Heading(
        form=f"model-{file.partition('.')[0]}",
        title=form.words()["title"],
        language=form.language,
        instrument=form.instrument,
        file=f"model/{file}",
        sha256=hashlib.sha256(blank).hexdigest(),
        form_number=f"{form.words()['model_form']} {form.number}",
        edition=EDITION,
        notes=_NOTES[form.instrument],
    )


if __name__ == "__main__":
    main()
