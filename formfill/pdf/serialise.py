"""pikepdf objects as the bytes of a PDF file, strings encrypted where the file is."""

from __future__ import annotations

import io
import warnings
from decimal import Decimal
from typing import Any

import pikepdf

from formfill.pdf.syntax import Cipher, Encryption, literal, name

#: What pikepdf raises for a file that is damaged, or made to look so: which of them depends on where and how.
DAMAGED = (
    pikepdf.PdfError,
    pikepdf.PasswordError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
)


def inherited(node: Any, key: str) -> Any:
    """An attribute of a page or field, its own or its ancestors' (ISO 32000-2, 7.7.3.4 and 12.7.4.1)."""
    for _ in range(64):  # a /Parent chain that loops ends here
        if node is None:
            return None
        value = node.get(key)
        if value is not None:
            return value
        node = node.get("/Parent")
    return None


def saved(pdf: pikepdf.Pdf, **options: Any) -> bytes:
    """The file that ``pdf`` is, as ``Pdf.save`` writes it."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # pikepdf warns of widgets that no field tree names: they are handled like all others
        warnings.simplefilter("ignore")
        pdf.save(buffer, **options)
    return buffer.getvalue()


def key_bytes(key: str) -> bytes:
    """A dictionary key as pikepdf gives it ("/S\\udced"), as the name's bytes without the slash."""
    return key[1:].encode("utf-8", "surrogateescape")


class Serialiser:
    """Writes values for one file. Results are text in Latin-1, so that they can be kept as JSON."""

    def __init__(self, cipher: tuple[str, Cipher, Cipher] | None) -> None:
        self._encryption = Encryption(cipher[0].encode("latin-1"), cipher[1], cipher[2]) if cipher else None

    def value(self, value: Any, obj: int, gen: int) -> str:
        """``value`` as it stands inside object ``obj``: a reference, where it is an object of its own."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None:
            return "null"
        if isinstance(value, (int, float, Decimal)):
            return str(value)
        if value.is_indirect:
            return "{} {} R".format(*value.objgen)
        if self._encryption is not None:
            if isinstance(value, pikepdf.String):
                return literal(self._encryption.string(bytes(value), obj, gen)).decode("latin-1")
            if isinstance(value, pikepdf.Array):
                return "[" + " ".join(self.value(item, obj, gen) for item in value) + "]"
            if isinstance(value, pikepdf.Dictionary):
                return f"<<{self.entries(value, obj, gen)}>>"
        return value.unparse().decode("latin-1")  # type: ignore[no-any-return]

    def entries(self, dictionary: Any, obj: int, gen: int, skip: tuple[str, ...] = ()) -> str:
        """The entries of a dictionary but ``skip``, without its brackets."""
        parts = []
        for key in dictionary.keys():  # noqa: SIM118 (iterating a pikepdf dictionary yields no keys)
            if key not in skip:
                label = name(key_bytes(key)).decode("latin-1")
                parts.append(f"{label} {self.value(dictionary[key], obj, gen)}")
        return "".join(parts)
