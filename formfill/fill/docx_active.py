"""Active content of a Word form: what whoever opens it would fetch, run or open without being asked.

A template or data source kept elsewhere is taken off, since nothing of it is printed. What is printed of another file
(a linked picture, an embedded object) cannot be: such a document is refused, with what to do. Links that a person
follows stay.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from formfill.errors import BlankFormError
from formfill.fill.docx_format import W

if TYPE_CHECKING:
    from formfill.fill.docx_package import Element, Package

#: Relationships to outside that go, and the element of word/settings.xml that goes with them.
_TAKEN_OFF = {
    "attachedTemplate": "attachedTemplate",
    "mailMergeSource": "mailMerge",
    "mailMergeHeaderSource": "mailMerge",
}
#: Parts that are other documents or programs (ECMA-376 part 1, 15.2; ActiveX: [MS-OE376]).
_EMBEDDED = {
    "aFChunk": "another document (altChunk)",
    "oleObject": "an embedded object (OLE)",
    "package": "an embedded file",
    "control": "an ActiveX control",
    "subDocument": "a subdocument",
    "frame": "a frame with another document",
}
#: Fields that fetch or start something when they are brought up to date (17.16.5).
_FETCHING = frozenset({"DDE", "DDEAUTO", "IMPORT", "INCLUDE", "INCLUDEPICTURE", "INCLUDETEXT", "LINK", "RD"})
_REMEDY = "Open it in Word, take that out (a field: Ctrl+Shift+F9; a link: Edit Links to Files, Break Link), save it"


def take_off_active(package: Package) -> None:
    """Take off what fetches and does not print. Raises: BlankFormError, for active content that prints."""
    for name in [name for name in package.parts if name.endswith(".rels")]:
        for relation in list(package.tree(name)):
            kind = posixpath.basename(str(relation.get("Type", "")))
            outside = str(relation.get("TargetMode", "")).lower() == "external"
            if outside and kind in _TAKEN_OFF:
                package.tree(name).remove(relation)
                package.change(name)
                _without_setting(package, name, _TAKEN_OFF[kind])
            elif kind in _EMBEDDED:
                raise BlankFormError(
                    f"the document holds {_EMBEDDED[kind]}, which would not be safe to pass on. {_REMEDY}"
                )
            elif outside and kind != "hyperlink":
                raise BlankFormError(
                    f"the document takes {_named(kind)} from elsewhere, which whoever opens it would fetch. {_REMEDY}"
                )
    for story in package.stories():
        for code in _field_codes(package.tree(story)):
            word = code.split()[0].upper() if code.split() else ""
            if word in _FETCHING:
                raise BlankFormError(f"the document has a field {word}, which fetches another file. {_REMEDY}")


def _named(kind: str) -> str:
    """A relationship's kind as a message may repeat it."""
    return f"a part ({kind})" if re.fullmatch(r"[A-Za-z]{1,40}", kind) else "a part"


def _without_setting(package: Package, rels: str, tag: str) -> None:
    folder, base = posixpath.split(rels)
    owner = posixpath.join(posixpath.dirname(folder), base.removesuffix(".rels"))
    if owner not in package.parts:
        return
    root = package.tree(owner)
    for element in list(root.iter(W + tag)):
        element.getparent().remove(element)
        package.change(owner)


def _field_codes(story: Element) -> Iterator[str]:
    """The instructions of all fields; one may be spread over runs (17.16.18)."""
    code = ""
    for element in story.iter(W + "fldChar", W + "instrText", W + "fldSimple"):
        if element.tag == W + "instrText":
            code += element.text or ""
        else:
            yield code
            code = element.get(W + "instr") or "" if element.tag == W + "fldSimple" else ""
    yield code
