"""Active content of a PDF: what a viewer runs, fetches, sends or unpacks when the file is opened or used.

A filled form keeps the official bytes, and with them what its publisher put in; a packet and a flattened form carry
none of it. Links to the web are not counted: nothing happens unless a person follows one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from formfill.errors import BlankFormError
from formfill.pdf.serialise import DAMAGED

#: What each kind of action is told as (ISO 32000-2, table 201).
_ACTIONS = {
    "/JavaScript": "JavaScript",
    "/Launch": "an action that starts a program",
    "/SubmitForm": "an action that sends what is filled in",
    "/ImportData": "an action that reads a file in",
    "/GoToR": "an action that opens another file",
    "/GoToE": "an action that opens an attached file",
    "/Rendition": "sound or film",
    "/Movie": "sound or film",
    "/Sound": "sound or film",
    "/RichMediaExecute": "sound or film",
    "/GoTo3DView": "sound or film",
}
#: Annotations that run or unpack what they hold (table 171).
_ANNOTATIONS = {
    "/FileAttachment": "attached files",
    "/RichMedia": "sound or film",
    "/Screen": "sound or film",
    "/Movie": "sound or film",
    "/Sound": "sound or film",
    "/3D": "sound or film",
}


def active_content(data: bytes, name: str = "the blank") -> tuple[str, ...]:
    """The kinds of active content that a PDF has, in words, each once: ``("JavaScript", "attached files")``.

    Raises: BlankFormError, where the file cannot be opened.
    """
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return tuple(dict.fromkeys(kind for node in _dictionaries(pdf) for kind in _kinds(node)))
    except DAMAGED as exc:
        raise BlankFormError(f"{name}: cannot be read as a PDF: it is damaged or needs a password") from exc


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary of the file, those inside others too; what is referred to is met as an object of its own."""
    for top in pdf.objects:
        waiting = [top]
        while waiting:
            node = waiting.pop()
            if isinstance(node, (pikepdf.Dictionary, pikepdf.Stream)):
                inner = [node[key] for key in node.keys()]  # noqa: SIM118 (iterating yields no keys)
                yield node
            elif isinstance(node, pikepdf.Array):
                inner = list(node)
            else:
                continue
            waiting += [one for one in inner if isinstance(one, pikepdf.Object) and not one.is_indirect]


def _kinds(node: Any) -> Iterator[str]:
    kind = node.get("/S")
    # a structure element has an /S too, which says what it is: /Sound may be one of its names
    if isinstance(kind, pikepdf.Name) and node.get("/P") is None and str(kind) in _ACTIONS:
        yield _ACTIONS[str(kind)]
    if "/JS" in node:
        yield _ACTIONS["/JavaScript"]
    if "/EF" in node or "/EmbeddedFiles" in node:
        yield "attached files"
    if "/XFA" in node and "/Fields" in node:
        yield "an XFA form"
    subtype = node.get("/Subtype")
    if isinstance(subtype, pikepdf.Name) and "/Rect" in node and str(subtype) in _ANNOTATIONS:
        yield _ANNOTATIONS[str(subtype)]


def strip_active(pdf: pikepdf.Pdf) -> None:
    """Take the active content out of an open file, with its interactive form; links to the web and within it stay."""
    for key in ("/AcroForm", "/Perms", "/AF", "/Collection", "/AA", "/OpenAction", "/URI"):
        _drop(pdf.Root, key)
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        for key in ("/JavaScript", "/EmbeddedFiles", "/Renditions"):
            _drop(names, key)
    for page in pdf.pages:
        annotations = page.obj.get("/Annots")
        if annotations is not None:
            kept = [node for node in annotations if _may_stay(node)] if isinstance(annotations, pikepdf.Array) else []
            _drop(page.obj, "/Annots")
            if kept:
                page.obj.Annots = pikepdf.Array(kept)
        _drop(page.obj, "/AF")
    for node in _dictionaries(pdf):
        for key in ("/A", "/PA", "/Next"):
            if _is_action(node.get(key)):
                _drop(node, key)
        if _is_triggers(node.get("/AA")):
            _drop(node, "/AA")
        if node.get("/S") in ("/URI", "/GoTo"):
            _drop(node, "/Next")
        for key in ("/EF", "/JS"):
            _drop(node, key)


def _may_stay(node: Any) -> bool:
    if not isinstance(node, pikepdf.Dictionary):
        return False
    subtype = node.get("/Subtype")
    return isinstance(subtype, pikepdf.Name) and subtype != "/Widget" and str(subtype) not in _ANNOTATIONS


def _is_action(value: Any) -> bool:
    """Whether ``value`` is an action that does more than to show a page or a web address."""
    if isinstance(value, pikepdf.Array):  # /Next may be several
        return any(_is_action(one) for one in value)
    if not isinstance(value, pikepdf.Dictionary) or not isinstance(value.get("/S"), pikepdf.Name):
        return False
    return value.get("/P") is None and value.get("/S") not in ("/URI", "/GoTo", "/Named")


def _is_triggers(value: Any) -> bool:
    """Whether ``value`` is a dictionary of actions; /AA may also be the name of a font among a page's resources."""
    if not isinstance(value, pikepdf.Dictionary) or isinstance(value, pikepdf.Stream) or "/Type" in value:
        return False
    return all(isinstance(one, pikepdf.Dictionary) and "/S" in one for _, one in value.items())


def _drop(node: Any, key: str) -> None:
    if key in node:
        del node[key]
