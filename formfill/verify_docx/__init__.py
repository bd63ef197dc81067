"""Verify a filled DOCX with another reader than wrote it."""

from formfill.verify_docx.compare import verify_docx

__all__ = ["verify_docx"]
