"""Files that nobody's program writes: each is read, or refused with a message, and nothing else happens."""

from __future__ import annotations

import contextlib
import copy
import json
import string
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_fhir import GUARDIAN, PATIENT, bundle

from formfill.errors import FormfillError
from formfill.exchange.fhir_read import patients_of, resources
from formfill.exchange.incoming import Incoming
from formfill.exchange.outgoing import leaves
from formfill.exchange.vcard import read_text_of_cards

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
_PLACES = sorted((path for path in leaves(bundle(PATIENT, GUARDIAN))), key=str)
_SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(found: list[Incoming]) -> None:
    for one in found:
        if one.error is None:
            assert one.profile.patient.birth_date
        else:
            assert one.where in str(one.error)


@_SETTINGS
@given(path=st.sampled_from(_PLACES), depth=st.integers(0, 6), value=_JSON)
def test_a_bundle_with_anything_in_any_place(path: tuple[Any, ...], depth: int, value: Any) -> None:
    data: Any = copy.deepcopy(bundle(PATIENT, GUARDIAN))
    here = data
    *above, last = path[: max(1, len(path) - depth)]
    for part in above:
        here = here[part]
    here[last] = value
    with contextlib.suppress(FormfillError):  # a file that is no FHIR
        check(patients_of(resources(json.loads(json.dumps(data)), "hostile.json"), "hostile.json"))


_NAMES = st.sampled_from(
    ("N", "FN", "BDAY", "ADR", "TEL", "EMAIL", "LANG", "GENDER", "NICKNAME", "PHOTO", "X-A", "item1.TEL", "AGENT")
)
_PARAMETERS = st.sampled_from(
    [";TYPE=HOME", ";HOME", ";ENCODING=b", ";ENCODING=QUOTED-PRINTABLE", ";VALUE=uri", ";CHARSET=utf-16", ';X="', ";"]
)
_LINE = st.builds(
    lambda name, parameters, value: f"{name}{''.join(parameters)}:{value}",
    _NAMES,
    st.lists(_PARAMETERS, max_size=3),
    st.text(string.printable + "éßЖ李\u202e\u2028", max_size=40),
)


@_SETTINGS
@given(lines=st.lists(_LINE, max_size=8))
def test_cards_of_any_lines(lines: list[str]) -> None:
    card = "\n".join(["BEGIN:VCARD", "VERSION:3.0", "BDAY:1987-03-14", "N:Rahimi;Amina;;;", *lines, "END:VCARD", ""])
    for one in read_text_of_cards(card, "hostile.vcf"):
        if one.error is None:
            assert one.profile.patient.birth_date
        else:
            assert "hostile.vcf" in str(one.error)
