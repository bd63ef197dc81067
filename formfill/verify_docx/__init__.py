"""Verify a filled DOCX, and the PDF that is made of it, with another reader than wrote them."""

from formfill.verify_docx.compare import verify_docx
from formfill.verify_docx.converted import verify_converted

__all__ = ["verify_converted", "verify_docx"]
