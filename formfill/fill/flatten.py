"""Flattening: fields become page content, for print, fax and packets. What they show does not change."""

from __future__ import annotations

import io


def flatten_fields(data: bytes) -> bytes:
    """The PDF with its widgets drawn into its pages and no interactive form; an encrypted file stays encrypted.

    So do other annotations that print. Scripts, actions and attached files go with the form, and so do usage rights
    (/Perms): they would accuse the rewritten file of tampering.
    """
    import pikepdf

    from formfill.pdf.active import strip_active
    from formfill.pdf.serialise import saved

    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.flatten_annotations("print")
        strip_active(pdf)
        return saved(pdf, encryption=bool(pdf.is_encrypted), deterministic_id=not pdf.is_encrypted)
