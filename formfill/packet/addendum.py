"""The addendum: values that did not fit their place on the form, in full."""

from __future__ import annotations

from collections.abc import Sequence

from formfill.fill.base import AddendumItem


def addendum_pdf(items: Sequence[AddendumItem], form_title: str, patient_name: str, birth_date: str) -> bytes:
    """The addendum as PDF, as many Letter pages as it takes; each names the patient, the form, and page x of y.

    ``birth_date`` is written as it should be read.

    Raises: FillError, for a character that no installed font has.
    """
    from formfill.packet.typeset import paragraphs, typeset

    return typeset(
        "addendum",
        {
            "form_title": form_title,
            "patient_name": patient_name,
            "birth_date": birth_date,
            "items": [
                {"letter": item.letter, "label": item.label.strip().rstrip(":").strip(), "value": paragraphs(item.text)}
                for item in items
            ],
        },
    )
