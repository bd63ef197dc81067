"""Flattening: fields become page content, for print, fax and packets. What they show does not change."""

from __future__ import annotations

import io


def flatten_fields(data: bytes) -> bytes:
    """The PDF with its widgets drawn into its pages and no interactive form; an encrypted file stays encrypted.

    So do other annotations that print. Usage rights (/Perms) go with the form: they would accuse the rewritten file
    of tampering.
    """
    import pikepdf

    from formfill.pdf.serialise import saved

    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.flatten_annotations("print")
        for page in pdf.pages:
            kept = [node for node in page.obj.get("/Annots", []) if node.get("/Subtype") != "/Widget"]
            if kept:
                page.obj.Annots = pikepdf.Array(kept)
            elif "/Annots" in page.obj:
                del page.obj["/Annots"]
        for key in ("/AcroForm", "/Perms"):
            if key in pdf.Root:
                del pdf.Root[key]
        return saved(pdf, encryption=bool(pdf.is_encrypted), deterministic_id=not pdf.is_encrypted)
