"""vCard 3 and 4 (RFC 2426, RFC 6350), and what phones write of 2.1, as keys of profiles; a file may hold many cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from formfill.errors import ProfileError
from formfill.exchange.fhir_codes import language_name
from formfill.exchange.incoming import Gathering, Incoming
from formfill.exchange.json_text import read_text
from formfill.exchange.phones import dialled, put_phone
from formfill.exchange.scripts import is_latin

#: Cards may hold photos.
_MAX_BYTES = 50_000_000
_BEGIN = re.compile(r"BEGIN\s*:\s*VCARD", re.IGNORECASE)
_END = re.compile(r"END\s*:\s*VCARD", re.IGNORECASE)
_SEXES = {"F": "female", "M": "male", "O": "other", "U": "unknown", "N": "unknown"}
_BASIC_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?")
#: What says nothing of a patient.
_FRAME = frozenset({"VERSION", "FN", "UID", "REV", "PRODID", "KIND", "SOURCE", "PROFILE", "X-ABLABEL", "X-ABADR"})


def read_vcards(path: Path) -> list[Incoming]:
    """The patients of a file; a card that is damaged or of nobody is said so in its own ``Incoming``.

    Raises: ProfileError, for a file that cannot be read, or holds no card.
    """
    return read_text_of_cards(read_text(path, "a vCard", _MAX_BYTES), str(path))


def read_text_of_cards(text: str, source: str) -> list[Incoming]:
    """The patients of cards in ``text``; ``source`` is what messages call it. Raises: ProfileError for no card."""
    cards = list(_cards(text))
    if not cards:
        raise ProfileError(f"{source}: holds no vCard (BEGIN:VCARD … END:VCARD)")
    return [_incoming(card, f"{source}:{line}", line) for line, card in cards]


def _cards(text: str) -> Iterator[tuple[int, str]]:
    """The text of each card, with the line where it begins; one that does not end runs to the next."""
    begun, lines = 0, list[str]()
    # not splitlines: it also splits at U+2028, which a note may hold
    for number, line in enumerate(text.replace("\r", "").split("\n"), 1):
        if _BEGIN.match(line):
            if lines:
                yield begun, "\n".join(lines)
            begun, lines = number, []
        if begun:
            lines.append(line)
        if lines and _END.match(line):
            yield begun, "\n".join(lines)
            begun, lines = 0, []
    if lines:
        yield begun, "\n".join(lines)


def _incoming(text: str, where: str, line: int) -> Incoming:
    import vobject

    try:
        card = next(vobject.readComponents(text, allowQP=True))
        lines = [one for one in card.getChildren() if isinstance(one, vobject.base.ContentLine)]
    except Exception as exc:  # whatever its parsing meets comes out; the text of most holds the line itself
        number = getattr(exc, "lineNumber", None) or 1
        file = where.rpartition(":")[0]
        error = ProfileError(f"{file}:{line + number - 1}: not a valid line of a vCard: export it again, or mend it")
        return Incoming(where, {}, (), error)
    into = Gathering(where)
    missed = [one.name for one in lines if not _put(one, into) and one.name not in _FRAME]
    if missed:
        into.note(f"not kept: {', '.join(dict.fromkeys(missed))}")
    _put_whole_name(lines, into)
    return into.settled()


def _put(line: Any, into: Gathering) -> bool:
    """Keep one line of a card; whether there is a place for it."""
    at = f"{line.name} (line {line.lineNumber} of the card)"
    put = _PLACES.get(line.name)
    if put is None:
        return False
    put(line, at, into)
    return True


def _put_name(line: Any, at: str, into: Gathering) -> None:
    name = line.value
    into.put("patient.given_name", _joined(name.given), at)
    into.put("patient.additional_name", _joined(name.additional), at)
    into.put("patient.family_name", f"{_joined(name.family)} {_joined(name.suffix)}".strip(), at)
    if _joined(name.prefix):
        into.note(f"not kept: the title of {at}")


def _put_whole_name(lines: list[Any], into: Gathering) -> None:
    """FN, where N says nothing, or where it is the name in another script."""
    whole = next((_joined(line.value) for line in lines if line.name == "FN"), "")
    if not into.has("patient.given_name") and not into.has("patient.family_name"):
        into.put("patient.given_name", whole, "FN")
        if whole:
            into.note("FN: the name only as one text: taken for a given name")
    elif whole and not is_latin(whole):
        into.put("patient.native_name", {"text": whole}, "FN")


def _put_birth_date(line: Any, at: str, into: Gathering) -> None:
    value = _joined(line.value)
    match = _BASIC_DATE.fullmatch(value)
    if not into.has("patient.birth_date"):
        into.put("patient.birth_date", "-".join(match.groups()) if match else value, at)


def _put_gender(line: Any, at: str, into: Gathering) -> None:
    into.put("patient.sex", _SEXES.get(_joined(line.value)[:1].upper()), at)


def _put_address(line: Any, at: str, into: Gathering) -> None:
    if into.has("patient.address") and "HOME" not in _types(line):
        into.note(f"{at}: a further address: left out")
        return
    if into.has("patient.address"):
        into.note("ADR: another address than that at home: left out")
    value = line.value
    box, street, extended = (_joined(part) for part in (value.box, value.street, value.extended))
    first, *rest = [part for part in (street, box and f"PO Box {_digits(box)}", extended) if part] or [""]
    keys = {
        "street": first,
        "unit": ", ".join(rest),
        "city": _joined(value.city),
        "state": _joined(value.region),
        "postal_code": _joined(value.code),
        "country": _joined(value.country),
    }
    into.put("patient.address", {key: one for key, one in keys.items() if one}, at)


def _digits(box: str) -> str:
    return re.sub(r"^\s*(p\.?\s*o\.?\s*)?box\s*", "", box, flags=re.IGNORECASE)


def _put_phone(line: Any, at: str, into: Gathering) -> None:
    number, types = _joined(line.value), _types(line)
    if "FAX" in types:
        if into.has("patient.fax"):
            into.note(f"{at}: a further fax: left out")
        else:
            into.put("patient.fax", dialled(number), at)
        return
    kinds = {"CELL": "mobile", "HOME": "home", "WORK": "work"}
    kind = put_phone(into, number, next((kinds[one] for one in kinds if one in types), None), at)
    if kind and ("PREF" in types or line.params.get("PREF") == ["1"]):
        into.put("patient.phones.preferred", kind, at)


def _put_language(line: Any, at: str, into: Gathering) -> None:
    name = language_name(_joined(line.value))
    spoken: list[dict[str, str]] = into.keys.get("patient", {}).get("languages", [])
    if name:
        into.put("patient.languages", [*spoken, {"language": name}], at)
    else:
        into.note(f"{at}: no language that we know: left out")


def _put_former(line: Any, at: str, into: Gathering) -> None:
    into.put("patient.former_names", [_joined(line.value)], at)


def _put_first(key: str, what: str) -> Any:
    """Keeps the first of its lines as ``key``."""

    def put(line: Any, at: str, into: Gathering) -> None:
        if into.has(key):
            into.note(f"{at}: a further {what}: left out")
        else:
            into.put(key, _joined(line.value), at)

    return put


_PLACES = {
    "N": _put_name,
    "NICKNAME": _put_first("patient.preferred_name", "nickname"),
    "X-MAIDENNAME": _put_former,
    "BDAY": _put_birth_date,
    "GENDER": _put_gender,
    "ADR": _put_address,
    "TEL": _put_phone,
    "EMAIL": _put_first("patient.email", "e-mail address"),
    "LANG": _put_language,
    "NOTE": _put_first("notes", "note"),
}


def _types(line: Any) -> set[str]:
    """The kinds of a number or address: TYPE=HOME,FAX, TYPE="home,fax", or bare as 2.1 has them."""
    found = [*line.params.get("TYPE", []), *line.singletonparams]
    return {kind.strip().upper() for one in found for kind in one.split(",")}


def _joined(value: Any) -> str:
    parts = value if isinstance(value, (list, tuple)) else [value]
    return " ".join(str(part).strip() for part in parts if part).strip()
