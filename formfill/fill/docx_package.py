"""A DOCX as a ZIP package: opened with suspicion, changed part by part, saved with all else byte for byte.

Promise: only the parts that were asked for with ``change`` are written anew; every other part keeps its bytes, its
place in the archive and its date. Nothing outside the file is read: no entity, no DTD, no linked picture.

What would fetch or run something is taken off or refused (docx_active.py).

Limits: Strict Open XML (ISO 29500 Strict namespaces) is refused, with the remedy; macros and signatures are refused.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from formfill.errors import BlankFormError
from formfill.zips import DAMAGED_ZIP

#: lxml's element; the library has no types of its own
Element = Any

MAX_UNCOMPRESSED = 100_000_000
#: Deflate reaches about 1,000:1 on zeros; a part of a real form stays below 100:1.
MAX_RATIO = 200
MAX_PARTS = 5_000
#: IndexError is for a part without a name.
_DAMAGED = (*DAMAGED_ZIP, IndexError, OSError)

_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STORIES = ("header", "footer", "footnotes", "endnotes")

SAVE_AS_DOCX = "Open it in Word or LibreOffice, save it as Word document (.docx), and use that"


def is_ole(data: bytes) -> bool:
    """Whether these are the bytes of a Word 97-2003 file (.doc), or of an encrypted DOCX: both are OLE containers."""
    return data.startswith(_OLE)


def is_encrypted_ole(data: bytes) -> bool:
    """Whether an OLE container holds an encrypted package ([MS-OFFCRYPTO] 2.3.4.4 names the stream)."""
    return is_ole(data) and "EncryptedPackage".encode("utf-16-le") in data


@dataclass
class Package:
    """The parts of one DOCX: dict[part name without leading slash, bytes]."""

    infos: list[zipfile.ZipInfo]
    parts: dict[str, bytes]
    main: str
    """The part that holds the body, commonly word/document.xml."""
    _trees: dict[str, Element] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    def tree(self, name: str) -> Element:
        """The parsed root of a part. Raises: BlankFormError."""
        if name not in self._trees:
            self._trees[name] = parse_part(name, self.parts[name])
        return self._trees[name]

    def change(self, name: str) -> None:
        """Have ``name`` written from its tree when saved."""
        self._changed.add(name)

    def replace(self, name: str, data: bytes) -> None:
        self.parts[name] = data
        self._trees.pop(name, None)

    def related(self, kind: str) -> Iterator[str]:
        """The parts inside the package that the main part relates to as ``kind``, in the order of its relationships."""
        folder, base = posixpath.split(self.main)
        rels = posixpath.join(folder, "_rels", base + ".rels")
        if rels not in self.parts:
            return
        for relation in self.tree(rels):
            if relation.get("TargetMode") == "External" or not str(relation.get("Type", "")).endswith("/" + kind):
                continue
            name = _resolve(folder, relation.get("Target") or "")
            if name in self.parts:
                yield name

    def stories(self) -> list[str]:
        """The parts that hold text: the body, then headers, footers and notes."""
        return [self.main, *(name for kind in _STORIES for name in self.related(kind))]

    def save(self) -> bytes:
        """The package, with changed parts written anew and all others as they were."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for info in self.infos:
                data = self.parts[info.filename]
                if info.filename in self._changed:
                    data = _DECLARATION + etree.tostring(self._trees[info.filename], encoding="UTF-8")
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.compress_type = info.compress_type
                copy.external_attr = info.external_attr
                archive.writestr(copy, data)
        return out.getvalue()


def open_package(data: bytes) -> Package:
    """Read a DOCX.

    Raises: BlankFormError, for whatever is no plain Word document: empty, truncated, another format, encrypted, with
    macros, signed, or made to exhaust memory.
    """
    from formfill.fill.docx_active import take_off_active

    _refuse_other_formats(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _refuse_bombs(infos)
            parts = {info.filename: archive.read(info) for info in infos}
    except _DAMAGED as exc:
        raise BlankFormError(
            "the DOCX is damaged (its ZIP cannot be read to the end). Download it again from the provider"
        ) from exc
    package = Package(infos, parts, "")
    package.main = _main_part(package)
    _refuse_macros_and_signatures(package)
    take_off_active(package)
    return package


def parse_part(name: str, data: bytes) -> Element:
    """The root of an XML part; entities are not expanded, nothing is fetched.

    Raises: BlankFormError, also for a part with a document type declaration (ECMA-376 part 2, 8.1.4 forbids it).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        raise BlankFormError(f"the DOCX is damaged: {name} is not well-formed XML. Download it again") from exc
    if root.getroottree().docinfo.internalDTD is not None:
        raise BlankFormError(f"the DOCX declares a document type in {name}, as no Word file does: it was not opened")
    return root


def _refuse_other_formats(data: bytes) -> None:
    if not data:
        raise BlankFormError("the file is empty (0 bytes). Download it again from the provider")
    if data[:1024].lstrip().startswith(b"%PDF-"):
        raise BlankFormError("the file is a PDF with the name of a DOCX. Rename it to .pdf, and map it as a PDF")
    if is_encrypted_ole(data):
        raise BlankFormError(
            "the document is encrypted with a password. Open it in Word, remove the password, save it again"
        )
    if is_ole(data):
        raise BlankFormError(f"the file is a Word 97-2003 document (.doc). {SAVE_AS_DOCX}")
    if data.startswith(b"{\\rtf"):
        raise BlankFormError(f"the file is RTF, not DOCX. {SAVE_AS_DOCX}")
    if not data.startswith(b"PK"):
        raise BlankFormError("the file is no DOCX (it is no ZIP archive). Download it again from the provider")


def _refuse_bombs(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_PARTS or sum(info.file_size for info in infos) > MAX_UNCOMPRESSED:
        raise BlankFormError(
            f"the DOCX would unpack to more than {MAX_PARTS:,} parts or {MAX_UNCOMPRESSED // 1_000_000} MB: "
            "no form is that large, it was not opened"
        )
    for info in infos:
        if info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise BlankFormError("a part of the DOCX is packed more than 200:1, as a ZIP bomb is: it was not opened")
        if info.flag_bits & 1:
            raise BlankFormError("the DOCX is an encrypted ZIP. Save it without a password, and use that")
    names = [info.filename for info in infos]
    if len({name.lower() for name in names}) != len(names):
        raise BlankFormError("the DOCX holds a part twice: readers differ on which one counts, it was not opened")


def _main_part(package: Package) -> str:
    if "_rels/.rels" in package.parts and "[Content_Types].xml" in package.parts:
        for relation in package.tree("_rels/.rels"):
            kind = relation.get("Type")
            if kind == f"{_STRICT}/officeDocument":
                raise BlankFormError(f"the document is Strict Open XML. {SAVE_AS_DOCX}")
            name = _resolve("", relation.get("Target") or "")
            if kind == f"{_OFFICE}/officeDocument" and name in package.parts:
                if not package.tree(name).tag.endswith("}document"):
                    raise BlankFormError("the file is an Office file, but no Word document. Map the Word or PDF form")
                return name
    raise BlankFormError("the file is a ZIP archive, but no Word document. Download the form again")


def _refuse_macros_and_signatures(package: Package) -> None:
    types = [str(item.get("ContentType", "")) for item in package.tree("[Content_Types].xml")]
    names = [name.lower() for name in package.parts]
    if any("macroEnabled" in kind for kind in types) or any(name.endswith("vbaproject.bin") for name in names):
        raise BlankFormError(f"the document carries macros (.docm), which formfill does not open. {SAVE_AS_DOCX}")
    if any(name.startswith("_xmlsignatures/") for name in names):
        raise BlankFormError("the document carries a digital signature that filling would break. Get the unsigned form")


def _resolve(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(folder, target))
