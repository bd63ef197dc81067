"""Chooses the font for each text of one fill, and embeds what was used, once for the whole file.

In order: the field's own font where it can write the text; Helvetica; shaped text in an embedded subset of Noto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from formfill.pdf.compiled import CompiledForm
from formfill.pdf.faces import STANDARD, SimpleFace
from formfill.pdf.incremental import Update
from formfill.pdf.text_fit import Face

if TYPE_CHECKING:
    from formfill.pdf.embedding import ShapedFace


class Typesetter:
    """The fonts of one update."""

    def __init__(self, compiled: CompiledForm, update: Update) -> None:
        self._compiled = compiled
        self._update = update
        self._standard_reference = b""
        self._shaped: ShapedFace | None = None
        self._shaped_references: dict[int, bytes] = {}

    def face(self, text: str, own: str = "") -> Face:
        """A face that can show ``text``; ``own`` is the key of the field's own font, "" for none."""
        faces = self._compiled.faces
        if own:
            face = faces[own]
            if face.can_show(text):
                return face
        standard = faces[STANDARD]
        if standard.can_show(text):
            return standard
        if self._shaped is None:
            from formfill.pdf.embedding import ShapedFace

            self._shaped = ShapedFace()
        return self._shaped

    def resources(self, face: Face) -> bytes:
        """The entries of a /Font dictionary that what ``face`` has shown so far needs."""
        if isinstance(face, SimpleFace):
            return face.resource + b" " + (face.reference or self._standard())
        assert self._shaped is not None
        return self._shaped.reserve(self._update, self._shaped_references)

    def _standard(self) -> bytes:
        if not self._standard_reference:
            self._standard_reference = self._update.add(
                b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
            )
        return self._standard_reference

    def finish(self) -> None:
        """Add the embedded fonts' objects; call once, after all text was shown."""
        if self._shaped is not None:
            self._shaped.embed(self._update, self._shaped_references)
