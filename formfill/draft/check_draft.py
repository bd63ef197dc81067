"""Holds a draft to the rules of ``map check``: a place with an error is left for a person, and says why.

A draft is used unreviewed more often than anybody likes, so it must not do what its own check calls an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from formfill.draft.check import drafted_subject, place_errors
from formfill.draft.check_base import Detected, Finding, is_filled
from formfill.draft.tryout import left_unknown
from formfill.model.form_map import FormMap
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.printed import PrintedPage


def without_errors(
    form_map: FormMap, compiled: CompiledForm, found: Detected, printed: tuple[PrintedPage, ...] = ()
) -> tuple[FormMap, dict[int, str]]:
    """The map with every place that has an error left unknown, and why: dict[index in ``fields``, reason].

    Args:
        printed: The blank's print, where it was read already.

    Raises: BlankFormError, for a blank whose print cannot be read.
    """
    subject = drafted_subject(form_map, compiled, found, printed)
    reasons: dict[int, str] = {}
    # one place fewer may be one error more: a date is the signer's once its neighbour is no longer filled
    while wrong := _wrong(form_map, place_errors(subject)):
        reasons |= wrong
        form_map = left_unknown(form_map, wrong)
        subject = replace(subject, form_map=form_map)
    return form_map, reasons


def _wrong(form_map: FormMap, errors: Iterable[Finding]) -> dict[int, str]:
    """What is wrong with the filled places that have an error, by index; of several errors of one place the first."""
    wrong: dict[int, str] = {}
    for finding in errors:
        place = form_map.fields[(finding.number or 1) - 1]
        if finding.number and is_filled(place):
            wrong.setdefault(finding.number - 1, f"read as {place.value}; {finding.code}: {finding.what}")
    return wrong
