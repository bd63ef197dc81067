"""manifest.json: what a packet's folder holds and what it is for, so that any later change to a file is seen.

It says nothing of the patient: the form, the channel, the day and the instrument, and of each file its name, SHA-256,
size and pages.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any

from formfill import __version__
from formfill.model.form_map import Instrument

MANIFEST = "manifest.json"


def manifest_json(
    files: Mapping[str, bytes], form: str, channel: str, date: dt.date, instrument: Instrument, sent: frozenset[str]
) -> bytes:
    """The manifest of ``files`` (dict[file name, bytes]); ``sent`` are the names of those that leave or are printed."""
    content = {
        "formfill": __version__,
        "form": form,
        "instrument": instrument,
        "channel": channel,
        "date": date.isoformat(),
        "files": [
            {
                "name": name,
                "sent": name in sent,
                "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data),
                "pages": _pages(data),
            }
            for name, data in files.items()
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _pages(data: bytes) -> int | None:
    """How many pages a PDF or TIFF has; None for what has none, or is locked with a password."""
    if data.startswith(b"%PDF-"):
        import pikepdf

        try:
            with pikepdf.open(io.BytesIO(data)) as pdf:
                return len(pdf.pages)
        except pikepdf.PasswordError:
            return None
    if data.startswith((b"II*\0", b"MM\0*")):
        from PIL import Image

        with Image.open(io.BytesIO(data)) as picture:
            frames: Any = picture
            return int(frames.n_frames)
    return None
