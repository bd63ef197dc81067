"""A compiled form: all that filling a blank needs, worked out once and kept on disk by the blank's SHA-256.

The cache holds bytes and JSON, never pickle, and nothing of a patient. Byte strings stand in the JSON as Latin-1.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from formfill.errors import OutputError
from formfill.files import cache_dir, write_private
from formfill.pdf.faces import SimpleFace, SimpleFont
from formfill.pdf.geometry import PageFrame, ShownBox, UserBox
from formfill.pdf.incremental import Tail, XrefKind
from formfill.pdf.syntax import Cipher, Encryption
from formfill.pdf.text_fit import Setting

if TYPE_CHECKING:
    from formfill.pdf.look import PageLook

#: Raised whenever what compiling yields changes: older cached forms are then compiled anew.
FORMAT = 5

FieldKind = Literal["text", "check", "radio", "choice", "signature", "button"]

# field flags, ISO 32000-2, tables 226, 228 and 230; bit positions count from 1
MULTILINE = 1 << 12
RICH_TEXT = 1 << 25
COMB = 1 << 24
COMBO = 1 << 17
EDIT = 1 << 18
RADIOS_IN_UNISON = 1 << 25


@dataclass(slots=True)
class Widget:
    """One widget annotation. ``rect`` is in user space; ``rotation`` is /MK /R, counterclockwise degrees.

    ``body`` is its dictionary's entries without /AP, /AS and /F and, where field and widget are one object
    (``merged``), without /V, /Ff, /I and /RV. ``ap`` is its /AP. ``states`` are the on-states as the bytes of their
    names; ``drawn`` has those of them, and "Off", that have an appearance stream, with its reference; ``faint`` says
    that the on-state hardly shows. ``shown`` is its rectangle in displayed points. ``colour``, ``border_colour`` and
    ``background`` are operators and numbers ready for a content stream ("0 g"); ``mark`` is /MK /CA.
    """

    obj: int
    gen: int
    page_index: int
    rect: UserBox
    rotation: int
    flags: int
    body: bytes
    ap: bytes
    merged: bool
    font: str
    size: float
    colour: bytes
    quadding: int
    border_width: float
    border_style: str
    border_colour: bytes
    background: bytes
    mark: str
    states: list[str] = field(default_factory=list)
    drawn: dict[str, str] = field(default_factory=dict)
    faint: bool = False
    shown: ShownBox = (0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True)
class Field:
    """A terminal field. ``options`` pairs export value and displayed text of a choice, or of a button's /Opt;
    ``value`` is what the blank itself comes with (a text, or the bytes of an on-state's name)."""

    name: str
    kind: FieldKind
    obj: int
    gen: int
    body: bytes
    flags: int
    max_len: int | None
    options: list[tuple[str, str]]
    tooltip: str
    value: str
    widgets: list[Widget] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """One page. ``body`` is its dictionary's entries without /Contents and /Resources; ``resources`` and
    ``xobjects`` those of its /Resources but /XObject, and of that, inherited ones written out.

    ``opens`` and ``closes`` are how many q its contents leave open, and how many Q they have too many.
    """

    obj: int
    gen: int
    frame: tuple[float, float, float, float, int]
    body: str
    contents: list[str]
    resources: str
    xobjects: str
    opens: int
    closes: int

    @property
    def shown(self) -> PageFrame:
        return PageFrame(*self.frame)


@dataclass(slots=True)
class Form:
    """The facts of one blank, as cached."""

    sha256: str
    normalised: bool
    kind: XrefKind
    startxref: int
    size: int
    root: str
    info: str
    encrypt: str
    file_id: str
    cipher: tuple[str, Cipher, Cipher] | None
    pages: list[Page]
    fields: list[Field]
    fonts: dict[str, SimpleFont]
    acro_form: tuple[int, int, str] | None
    """Object, generation and new entries of an AcroForm dictionary that must change: NeedAppearances, hybrid XFA."""


class CompiledForm:
    """A blank's bytes (normalised where it could not take an update) with its facts."""

    def __init__(self, data: bytes, form: Form, *, cached: bool = False) -> None:
        self.data = data
        self.cached = cached
        """Whether what is worked out of this blank may be kept on disk: not of a file that may be filled out."""
        self.form = form
        self.pages = form.pages
        self.sha256 = form.sha256
        self.settings: dict[tuple[int, Hashable], Setting] = {}
        """How texts are set in each widget, worked out when first asked for."""

    @cached_property
    def tail(self) -> Tail:
        f = self.form
        b = _latin
        return Tail(f.kind, f.startxref, f.size, b(f.root), b(f.info), b(f.encrypt), b(f.file_id))

    @cached_property
    def encryption(self) -> Encryption | None:
        if self.form.cipher is None:
            return None
        key, strings, streams = self.form.cipher
        return Encryption(_latin(key), strings, streams)

    @cached_property
    def fields(self) -> dict[str, list[Field]]:
        """Fields by fully qualified name; a name may repeat (a check and a text both "Other")."""
        found: dict[str, list[Field]] = {}
        for one in self.form.fields:
            found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def faces(self) -> dict[str, SimpleFace]:
        """The file's usable fonts by key, and under "*" Helvetica for overlays and where a field's own cannot serve."""
        return {key: SimpleFace(font) for key, font in self.form.fonts.items()}

    @cached_property
    def looks(self) -> list[PageLook]:
        """How each page of the blank looks. Raises: BlankFormError, where PDFium cannot show it."""
        from formfill.pdf.look import blank_looks

        return blank_looks(self.data, self.sha256 if self.cached else None)


def _latin(text: str) -> bytes:
    return text.encode("latin-1")


def compiled_form(data: bytes, name: str = "the blank") -> CompiledForm:
    """The compiled form of a blank's bytes, from the cache or made now; ``name`` is what messages call it.

    Raises: BlankFormError, for bytes that are no PDF form that can be filled.
    """
    sha = hashlib.sha256(data).hexdigest()
    folder = cache_dir() / "forms"
    kept = folder / f"{sha}.{FORMAT}.json"
    form = _read(kept)
    if form is not None:
        if not form.normalised:
            return CompiledForm(data, form, cached=True)
        with contextlib.suppress(OSError):
            return CompiledForm(kept.with_suffix(".pdf").read_bytes(), form, cached=True)
    from formfill.pdf.compile import compile_blank

    compiled: CompiledForm = compile_blank(data, sha, name)
    # a cache that cannot be written costs time, not correctness
    with contextlib.suppress(OutputError):
        if compiled.form.normalised:
            write_private(kept.with_suffix(".pdf"), compiled.data)
        write_private(kept, _packed(compiled.form))
    compiled.cached = True
    return compiled


def _packed(form: Form) -> bytes:
    return json.dumps(asdict(form), separators=(",", ":"), default=lambda raw: raw.decode("latin-1")).encode()


def _widget(raw: dict[str, Any]) -> Widget:
    for key in ("body", "ap", "colour", "border_colour", "background"):
        raw[key] = raw[key].encode("latin-1")
    return Widget(**(raw | {"rect": tuple(raw["rect"]), "shown": tuple(raw["shown"])}))


def _read(path: Path) -> Form | None:
    try:
        raw: dict[str, Any] = json.loads(path.read_bytes())
        raw["pages"] = [Page(**(p | {"frame": tuple(p["frame"])})) for p in raw["pages"]]
        for one in raw["fields"]:
            one["widgets"] = [_widget(w) for w in one["widgets"]]
            one["body"] = one["body"].encode("latin-1")
            one["options"] = [tuple(pair) for pair in one["options"]]
        raw["fields"] = [Field(**f) for f in raw["fields"]]
        raw["fonts"] = {key: SimpleFont(**f) for key, f in raw["fonts"].items()}
        raw["cipher"] = raw["cipher"] and tuple(raw["cipher"])
        raw["acro_form"] = raw["acro_form"] and tuple(raw["acro_form"])
        return Form(**raw)
    except (OSError, ValueError, TypeError, KeyError):
        return None  # absent, torn or of another format: compiled anew
