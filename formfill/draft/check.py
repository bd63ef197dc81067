"""Checks a form map: against the vocabulary, its blank, its provider record, and what a form must never do by itself.

What needs the blank is checked where the blank is at hand; without it a note says what was not looked at. A finding is
an error where a fill would fail, or do what nobody asked for; a warning where a person must look; a note to know of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from formfill import yaml_io
from formfill.catalog import is_blank_of
from formfill.draft.check_base import Detected, Finding, Print, Severity, Subject
from formfill.draft.check_docx import word_places
from formfill.draft.check_fields import fields
from formfill.draft.check_forgotten import forgotten
from formfill.draft.check_labels import labels
from formfill.draft.check_meaning import meaning
from formfill.draft.check_places import places
from formfill.draft.check_safety import safety
from formfill.draft.check_whole import page_sizes, whole
from formfill.errors import BlankFormError, ConverterError, FormfillError, FormMapError
from formfill.model.base import validate
from formfill.model.form_map import FormMap
from formfill.model.provider import Provider
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.pdf.printed import PrintedPage

_ORDER = {"error": 0, "warning": 1, "note": 2}


def read_subject(path: Path) -> Subject:
    """The map in a file, with its lines, held against nothing yet. Raises: FormMapError."""
    document = yaml_io.load(path, FormMapError)
    return Subject(validate(FormMap, document, FormMapError), document)


def check_map(
    subject: Subject,
    blank: bytes | None,
    *,
    provider: Provider | None = None,
    known_forms: Collection[str] = (),
    found: Detected | None = None,
) -> tuple[Finding, ...]:
    """Every finding about a map, by severity and then by place.

    Args:
        blank: The bytes of its blank; None where it is not at hand.
        provider: The record of the form's provider; None where there is none.
        known_forms: The ids that superseded_by may name.
        found: The places detected on the blank, where that was done already.
    """
    subject = replace(subject, provider=provider)
    findings: list[Finding] = []
    word = b""
    if blank is None:
        findings.append(_absent(subject))
    else:
        findings += _other_file(subject, blank)
        if subject.form_map.blank.is_docx:
            word = blank
        else:
            subject, problems = _with_blank(subject, blank, found)
            findings += problems
    for part in (meaning, safety):
        findings += part(subject)
    findings += whole(subject, known_forms)
    if word and not subject.form_map.template:
        findings += _word(subject, word)
    elif not subject.form_map.blank.is_docx:
        for part in (fields, places, forgotten, labels, page_sizes):
            findings += part(subject)
    return _in_order(findings)


def drafted_subject(
    form_map: FormMap, compiled: CompiledForm, found: Detected, printed: tuple[PrintedPage, ...] = ()
) -> Subject:
    """A map that stands in no file yet, held against its PDF blank. Raises: BlankFormError, for an unreadable blank.

    Args:
        printed: The blank's print, where it was read already.
    """
    document = yaml_io.from_keys({}, form_map.form)
    print_of = _print_of(compiled, form_map.blank.file, printed)
    return Subject(form_map, document, compiled=compiled, print=print_of, found=found)


def place_errors(subject: Subject) -> Iterator[Finding]:
    """The errors about single places of a PDF map: what a fill would stumble over there, or do without being asked."""
    for part in (meaning, safety, fields, places):
        yield from (finding for finding in part(subject) if finding.severity == "error" and finding.number)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    distinct = dict.fromkeys(findings)
    return tuple(sorted(distinct, key=lambda f: (_ORDER[f.severity], f.number or 0, f.page or 0)))


def _absent(subject: Subject) -> Finding:
    blank = subject.form_map.blank
    unseen = "its fields, boxes, print, labels and what the map forgets" if not blank.is_docx else "its places"
    remedy = f"get it (formfill form pull {subject.form_map.form}) or name it (--blank FILE), and check again"
    what = f"the blank {blank.file} is not here: {unseen} were not checked"
    return subject.about("note", "blank-absent", what, remedy, key="blank.file")


def _other_file(subject: Subject, blank: bytes) -> list[Finding]:
    if is_blank_of(subject.form_map, blank):
        return []
    sha256 = hashlib.sha256(blank).hexdigest()
    what = f"the blank at hand is another file than the map's (SHA-256 {sha256[:12]}…)"
    remedy = (
        f"get the map's own blank, or carry the map to this one: formfill map rebase {subject.form_map.form} --to FILE"
    )
    return [subject.about("warning", "blank-differs", what, remedy, key="blank.sha256")]


def _with_blank(subject: Subject, blank: bytes, found: Detected | None) -> tuple[Subject, list[Finding]]:
    """The subject with all that its PDF blank shows; what cannot be read of it is a finding."""
    from formfill.pdf.compile import compile_blank

    name = subject.form_map.blank.file
    try:
        # another file may be a form that holds a patient's values, which the cache must not
        own = is_blank_of(subject.form_map, blank)
        compiled = compiled_form(blank, name) if own else compile_blank(blank, hashlib.sha256(blank).hexdigest(), name)
        findings: list[Finding] = []
        if found is None:
            found, findings = _detected(subject, compiled)
        print_of = _print_of(compiled, name, found.printed if found else ())
    except BlankFormError as exc:
        return subject, [subject.about("error", "blank-unreadable", str(exc), "get the blank again", key="blank.file")]
    subject = replace(subject, compiled=compiled, print=print_of, found=found)
    numbers = [number for number, page in enumerate(print_of.pages, 1) if page.is_picture]
    if numbers:
        what = f"page {', '.join(map(str, numbers))}: a scan, so its labels were not checked"
        findings.append(subject.about("note", "scan", what, "look at it: formfill map preview"))
    return subject, findings


def _print_of(compiled: CompiledForm, name: str, printed: tuple[PrintedPage, ...] = ()) -> Print:
    """What a blank prints, which messages call ``name``. Raises: BlankFormError, for one that cannot be read."""
    from formfill.pdf.printed import printed_pages

    pages = printed or printed_pages(compiled.data, [page.shown for page in compiled.pages], name)
    return Print(pages, tuple(compiled.looks))


def _detected(subject: Subject, compiled: CompiledForm) -> tuple[Detected | None, list[Finding]]:
    try:
        from formfill.draft.detect import detect

        return detect(compiled), []
    except FormfillError as exc:
        what = f"what the map forgets was not looked for: {exc}"
        return None, [subject.about("note", "not-detected", what, "look at it: formfill map preview")]


def _word(subject: Subject, blank: bytes) -> list[Finding]:
    try:
        return list(word_places(subject, blank))
    except (BlankFormError, ConverterError) as exc:
        severity: Severity = "note" if isinstance(exc, ConverterError) else "error"
        remedy = "install LibreOffice" if severity == "note" else "get the blank again"
        return [subject.about(severity, "blank-unreadable", str(exc), remedy, key="blank.file")]
