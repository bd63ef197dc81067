"""Flattening: fields become page content, for print, fax and packets. What they show does not change."""

from __future__ import annotations

import io

from formfill.errors import BlankFormError


def flatten_fields(data: bytes) -> bytes:
    """The PDF with its widgets drawn into its pages and no interactive form; an encrypted file stays encrypted.

    So do other annotations that print. Scripts, actions and attached files go with the form, and so do usage rights
    (/Perms): they would accuse the rewritten file of tampering.

    Raises: BlankFormError, for a file that qpdf cannot flatten.
    """
    import pikepdf

    from formfill.pdf.active import strip_active
    from formfill.pdf.serialise import DAMAGED, saved

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pdf.flatten_annotations("print")
            strip_active(pdf)
            return saved(pdf, encryption=bool(pdf.is_encrypted), deterministic_id=not pdf.is_encrypted)
    except DAMAGED as exc:
        raise BlankFormError(
            "the blank is damaged where its fields are drawn, and cannot be flattened: fill it without, or get it again"
        ) from exc
