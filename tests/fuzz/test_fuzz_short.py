"""The short fuzz: the same spoilt inputs each time, through every reader; and what the long one found, kept."""

from __future__ import annotations

import contextlib
import random
import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formfill.errors import FormfillError
from formfill.model.profile import parse_profile
from formfill.model.request import parse_request
from formfill.yaml_io import from_keys, loads
from tests.fuzz.mutate import mutated
from tests.fuzz.run import what_happens
from tests.fuzz.targets import TARGETS

#: How many inputs each reader gets; drafting takes a second each.
COUNTS = {"pdf": 25, "draft": 3, "docx": 400, "yaml": 200, "request": 40, "image": 300, "certificate": 200}
_USUAL = 300
_FEW = settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", TARGETS)
def test_spoilt_inputs_are_read_or_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORMFILL_CORPUS", raising=False)
    target = TARGETS[name]
    seeds = list(target.seeds())
    rng = random.Random(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries warn of what is damaged
        happened = {
            what_happens(target, mutated(rng.choice(seeds), rng, target.words, seeds))
            for _ in range(COUNTS.get(name, _USUAL))
        }
    assert happened <= {None, "refused"}


@pytest.mark.parametrize("name", TARGETS)
def test_good_inputs_are_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that refused everything would pass the test above."""
    monkeypatch.delenv("FORMFILL_CORPUS", raising=False)
    target = TARGETS[name]
    for data in list(target.seeds())[: 2 if name == "draft" else 9]:
        assert what_happens(target, data) is None


_NAMES = (
    "profile", "patient", "given_name", "family_name", "birth_date", "address", "street", "state", "phones", "email",
    "recipients", "representative", "records", "dates", "from", "to", "purpose", "delivery", "provider", "expires",
)  # fmt: skip
_KEYS = st.recursive(
    st.none() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=8), inner),
    max_leaves=12,
)


@_FEW
@given(st.dictionaries(st.sampled_from(_NAMES), _KEYS, max_size=8))
def test_any_keys_make_a_record_or_an_error(keys: dict[str, object]) -> None:
    for parse in (parse_profile, parse_request):
        with contextlib.suppress(FormfillError):
            parse(from_keys(dict(keys), "row 7"))


@_FEW
@given(st.text(max_size=200) | st.text("{}[]:-,&*!|>'\"#%@` \n\tab", max_size=60))
def test_any_text_is_yaml_or_an_error(text: str) -> None:
    with contextlib.suppress(FormfillError):
        loads(text, "any.yaml", FormfillError)
