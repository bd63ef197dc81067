"""Made-up profiles by hypothesis: what FHIR can hold, in the shapes that people type."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from babel import Locale
from hypothesis import strategies as st

_NONE = ("und", "mul", "zxx")
#: Letters of many scripts, and what spreadsheets and markup stumble over.
_LETTERS = st.characters(exclude_categories=["C", "Z", "M"]) | st.sampled_from(list("='+-@<>&\"\\|;,'"))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_latin(text: str) -> bool:
    return all(not letter.isalpha() or unicodedata.name(letter, "").startswith("LATIN") for letter in text)


def _says_something(patient: dict[str, Any]) -> bool:
    """Whether the preferred name is another than the legal one; other systems send the same one twice."""
    legal = [patient[key] for key in ("given_name", "additional_name", "family_name") if key in patient]
    return patient.get("preferred_name") != " ".join(legal)


TEXT = st.text(_LETTERS | st.just(" "), min_size=1, max_size=30).map(_plain).filter(bool)
#: Names stand in a profile as the legal papers have them.
LATIN = TEXT.filter(_is_latin)
#: A FHIR line that begins with c/o is read as whose mailbox it is; nobody's street does.
LINE = TEXT.filter(lambda text: not text.lower().startswith(("c/o", "care of")))
STREET = st.builds(lambda number, text: f"{number} {text}", st.integers(1, 9999), LINE)
SLUG = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
LANGUAGE = st.sampled_from(
    ["Dari", *sorted(name for tag, name in Locale("en").languages.items() if len(tag) <= 3 and tag not in _NONE)]
)
PHONE = st.builds(
    lambda digits, extension: f"{digits}{f'x{extension}' if extension else ''}",
    st.from_regex(r"[2-9][0-9]{9}", fullmatch=True),
    st.none() | st.integers(1, 99999),
) | st.from_regex(r"\+44 [0-9]{3,4} [0-9]{4,6}", fullmatch=True)
EMAIL = st.from_regex(r"[a-z0-9.+-]{1,12}@[a-z0-9-]{1,10}\.(org|example)", fullmatch=True)
BIRTH_DATE = st.dates(dt.date(1900, 1, 1), dt.date(2024, 1, 1)).map(dt.date.isoformat)
FOREIGN = {"city": TEXT, "country": st.sampled_from(["México", "Україна", "Afghanistan"])}
HOME = {"city": TEXT, "state": st.sampled_from(["CA", "NY", "PR"]), "postal_code": st.just("02134")}
ADDRESS = st.fixed_dictionaries({"street": STREET, **HOME}, optional={"unit": LINE, "care_of": LINE}) | (
    st.fixed_dictionaries({"street": STREET, **FOREIGN}, optional={"state": TEXT, "postal_code": TEXT, "unit": LINE})
)
REACHED = {"phone": PHONE, "email": EMAIL, "address": ADDRESS, "relationship": TEXT}


@st.composite
def _phones(draw: st.DrawFn) -> dict[str, str]:
    phones = draw(st.dictionaries(st.sampled_from(["mobile", "home", "work"]), PHONE, min_size=1))
    if draw(st.booleans()):
        phones["preferred"] = draw(st.sampled_from(sorted(phones)))
    return phones


@st.composite
def _languages(draw: st.DrawFn) -> list[dict[str, Any]]:
    spoken = [{"language": name} for name in draw(st.lists(LANGUAGE, min_size=1, max_size=3, unique=True))]
    if draw(st.booleans()):
        spoken[0]["interpreter"] = True  # type: ignore[assignment]
    return spoken


NATIVE = st.fixed_dictionaries({"text": TEXT}, optional={"language": LANGUAGE})
PATIENT = st.fixed_dictionaries(
    {"given_name": LATIN, "birth_date": BIRTH_DATE},
    optional={
        "additional_name": LATIN,
        "family_name": LATIN,
        "preferred_name": LATIN,
        "former_names": st.lists(TEXT, min_size=1, max_size=3),
        "native_name": NATIVE,
        "deceased": st.just(True),
        "sex": st.sampled_from(["female", "male", "other", "unknown"]),
        "address": ADDRESS,
        "phones": _phones(),
        "fax": PHONE,
        "email": EMAIL,
        "languages": _languages(),
        "ssn": st.just("987-65-4321"),
        "record_numbers": st.dictionaries(SLUG, TEXT, min_size=1, max_size=2),
        "account_numbers": st.dictionaries(SLUG, TEXT, min_size=1, max_size=2),
    },
).filter(_says_something)
REPRESENTATIVE = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["parent", "guardian", "conservator", "poa", "executor", "next_of_kin", "other"]),
        "name": TEXT,
    },
    optional=REACHED,
)
RECIPIENT = st.fixed_dictionaries({"name": TEXT}, optional={"organization": TEXT, "fax": PHONE, **REACHED})
#: Keys of profiles of which FHIR can hold everything.
PROFILES = st.fixed_dictionaries(
    {"profile": SLUG, "patient": PATIENT},
    optional={
        "representative": REPRESENTATIVE,
        "recipients": st.dictionaries(SLUG, RECIPIENT, min_size=1, max_size=2),
    },
)
