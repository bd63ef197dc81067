"""A provider record from what a form prints of its provider."""

from __future__ import annotations

import re

from formfill.draft.heading import Head


def provider_text(head: Head, provider: str) -> str:
    """``provider.yaml`` as text: what was found, to be looked through; what was not, as comments."""
    lines = [
        "# Read off the form; look it through. Keys: formfill schema provider",
        f"id: {provider}",
        f"name: {provider.replace('-', ' ').title()}  # as the form names it",
    ]
    if head.address:
        street, city, state, code = head.address
        lines += [f"state: {state}", "address:", f"  street: {_quoted(street)}", f"  city: {_quoted(city)}"]
        lines += [f"  state: {state}", f'  postal_code: "{code}"']
    else:
        lines.append("# address: where requests are mailed; the form prints none that was found")
    for key, value in (("phone", head.phone), ("fax", head.fax)):
        digits = re.sub(r"\D", "", value or "")
        lines.append(f"{key}: ({digits[:3]}) {digits[3:6]}-{digits[6:]}" if len(digits) == 10 else f"# {key}:")
    lines.append(f"email: {head.email}" if head.email else "# email:")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
