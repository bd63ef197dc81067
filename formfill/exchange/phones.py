"""Phones as other programs write them (tel: addresses of RFC 3966), and as they read ours."""

from __future__ import annotations

import re
from urllib.parse import unquote

from formfill.exchange.incoming import Gathering

_US = re.compile(r"(\d{3})(\d{3})(\d{4})(?:x(\d+))?")


def dialled(text: str) -> str:
    """A number without what RFC 3966 puts round it: ``tel:+1-916-555-0142;ext=20`` is ``+1-916-555-0142 x20``."""
    if not text.lower().startswith(("tel:", "fax:", "sms:")):
        return text
    number, *parameters = unquote(text[4:]).split(";")
    extensions = [value for name, _, value in (one.partition("=") for one in parameters) if name.lower() == "ext"]
    return f"{number} x{extensions[0]}" if extensions else number


def readable(phone: str) -> str:
    """A profile's phone (``9165550142x20``) as it is exported: ``+1 916 555 0142 x20``; others as they are."""
    match = _US.fullmatch(phone)
    if match is None:
        return phone
    return f"+1 {match[1]} {match[2]} {match[3]}" + (f" x{match[4]}" if match[4] else "")


def put_phone(into: Gathering, number: str, kind: str | None, at: str) -> str | None:
    """Put a phone where there is room for it; which of the profile's it became, None for none.

    ``kind`` is mobile, home or work; None where the file does not say.
    """
    taken = into.keys.get("patient", {}).get("phones", {})
    free = [one for one in (("home", "mobile", "work") if kind is None else (kind,)) if one not in taken]
    if not free:
        into.note(f"{at}: a further phone: left out")
        return None
    if kind is None:
        into.note(f"{at}: does not say what phone it is: kept as the {free[0]} phone")
    into.put(f"patient.phones.{free[0]}", dialled(number), at)
    return free[0]
