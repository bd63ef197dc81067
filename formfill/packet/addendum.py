"""The addendum: values that did not fit their place on the form, in full."""

from __future__ import annotations

from collections.abc import Sequence

from formfill.fill.base import AddendumItem

#: What the page says in its own words, by the form's language.
_WORDS = {
    "en": {
        "heading": "Addendum to",
        "patient": "Patient",
        "born": "Born",
        "page": "Page",
        "of": "of",
        "about": 'Each entry belongs to the place of the form that says "see addendum" with the same letter.',
    },
    "es": {
        "heading": "Anexo de",
        "patient": "Paciente",
        "born": "Nacimiento",
        "page": "Página",
        "of": "de",
        "about": "Cada entrada corresponde al lugar del formulario que dice «véase anexo» con la misma letra.",
    },
}


def addendum_pdf(
    items: Sequence[AddendumItem], form_title: str, patient_name: str, birth_date: str, language: str = "en"
) -> bytes:
    """The addendum as PDF, as many Letter pages as it takes; each names the patient, the form, and page x of y.

    ``birth_date`` is written as it should be read; ``language`` is the form's.

    Raises: FillError, for a character that no installed font has.
    """
    from formfill.packet.typeset import paragraphs, typeset

    return typeset(
        "addendum",
        {
            "words": _WORDS.get(language, _WORDS["en"]),
            "form_title": form_title,
            "patient_name": patient_name,
            "birth_date": birth_date,
            "items": [
                {"letter": item.letter, "label": item.label.strip().rstrip(":").strip(), "value": paragraphs(item.text)}
                for item in items
            ],
        },
    )
