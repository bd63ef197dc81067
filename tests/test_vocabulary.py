"""The vocabulary file: it is YAML, it is whole, and each concept says what a fill may do with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from formfill.errors import FormMapError
from formfill.model.vocabulary import SOURCE, Concept, parse_vocabulary, vocabulary

#: Concepts that benchmark truth or label lexicons name; a vocabulary without one of them could not map their forms.
NEEDED = """
    patient.full_name patient.birth_date.month patient.ssn_last4 provider.choice provider.site_text recipient.self
    records.sleep_pulm_neuro delivery.cd_usb sensitive.gender_affirming request.dates_last_2_years
    representative.kind.self signature.representative_date witness.signature interpreter.name staff.use other
"""


def concepts() -> dict[str, Concept]:
    return vocabulary().concepts


def test_pyyaml_reads_the_file_the_same() -> None:
    flat: dict[str, dict[str, Any]] = {}
    for group, members in yaml.safe_load(SOURCE.read_text(encoding="utf-8")).items():
        if "kind" in members:
            flat[group] = members
        else:
            flat |= {f"{group}.{name}": member for name, member in members.items()}
    assert list(flat) == list(concepts())
    for name, member in flat.items():
        concept = concepts()[name]
        for key in ("kind", "fill", "means", "key", "en", "es"):
            assert getattr(concept, key) == member.get(key), f"{name}: {key}"
        assert concept.overflow == member.get("overflow", "error"), name
        assert list(concept.abbreviate) == member.get("abbreviate", []), name
        assert list(concept.also) == member.get("also", []), name


@pytest.mark.parametrize("name", NEEDED.split())
def test_needed_concepts_are_there(name: str) -> None:
    assert name in concepts()


def test_every_concept_of_the_benchmark_is_reachable(corpus: Path) -> None:
    bench = corpus.parent / "bench"
    if not bench.is_dir():
        pytest.skip("no benchmark beside the corpus")
    named = set(json.loads((bench / "expected.json").read_text(encoding="utf-8")))
    for truth in (bench / "truth").glob("*.json"):
        named |= {field["concept"] for field in json.loads(truth.read_text(encoding="utf-8"))["fields"]}
    assert len(named) > 150
    assert [name for name in sorted(named) if vocabulary().same_as(name) is None] == []


def test_every_concept_of_the_lexicon_is_reachable(corpus: Path) -> None:
    lexicon = corpus.parent / "reference" / "lexicon.yaml"
    if not lexicon.is_file():
        pytest.skip("no lexicon beside the corpus")
    named = [line.strip(" :\n") for line in lexicon.read_text(encoding="utf-8").splitlines() if _is_concept_line(line)]
    assert len(named) > 100
    assert [name for name in named if vocabulary().same_as(name) is None] == []


def _is_concept_line(line: str) -> bool:
    return line.startswith("  ") and not line.startswith("   ") and line.rstrip().endswith(":")


def test_other_names_lead_to_their_concept() -> None:
    assert vocabulary().same_as("request.needed_by") == "request.date_needed_by"
    assert vocabulary().same_as("records.photos_video") == "records.photos"
    assert vocabulary().close("request.needed_by") == ("request.date_needed_by",)
    every = [name for concept in concepts().values() for name in concept.also]
    assert len(every) == len(set(every))
    assert not set(every) & set(concepts())


@pytest.mark.parametrize("concept", concepts().values(), ids=lambda concept: concept.name)
def test_a_concept_says_what_may_be_done_with_it(concept: Concept) -> None:
    assert concept.means.endswith(".")
    assert len(concept.means) > 15
    if concept.kind in ("signature", "initials", "staff", "heading"):
        assert concept.fill == "never"
    if concept.name.startswith(("signature.", "witness.", "interpreter.", "staff.")):
        assert concept.fill == ("auto" if concept.name == "signature.printed_name" else "never")
    if concept.name.startswith("sensitive."):
        assert concept.fill == "explicit"
    if concept.fill not in ("never",):
        assert concept.key, "a message must be able to say where the value is written"


def test_identity_never_goes_to_an_addendum_and_keeps_its_unit() -> None:
    for name in ("full_name", "birth_date", "mrn", "ssn", "phone", "state", "zip"):
        assert concepts()[f"patient.{name}"].overflow == "error", name
    for name in ("patient.address", "records.other_text", "purpose.text", "recipient.name", "recipient.address"):
        assert concepts()[name].overflow == "addendum", name
    assert {rule for concept in concepts().values() for rule in concept.abbreviate} == {
        "middle_initial",
        "street_suffix",
        "plain_phone",
        "short_date",
        "short_year",
    }
    assert "short_year" not in concepts()["patient.birth_date"].abbreviate, "87 has two readings"


@pytest.mark.parametrize("group", ["records", "purpose", "delivery", "sensitive"])
def test_what_a_request_may_name_has_words_in_two_languages(group: str) -> None:
    assert len(vocabulary().choices(group)) > 10
    for name in vocabulary().choices(group):
        concept = concepts()[f"{group}.{name}"]
        assert concept.en, concept.name
        assert concept.es, concept.name
        assert concept.words("en") == concept.en
        assert concept.words("es") == concept.es
    assert "other" not in vocabulary().choices(group)


def test_near_misses() -> None:
    assert vocabulary().close("records.labs")[0] == "records.lab"
    assert vocabulary().close("patient.birthdate")[0] == "patient.birth_date"
    assert vocabulary().close("patient.postal_zip")
    assert vocabulary().close("zzzzzzzz") == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "patient:\n  a: {kind: text, fill: auto, means: A.}\n  a: {kind: text, fill: auto, means: A.}",
            ":3: patient.a st",
        ),
        ("patient:\n  a: {kind: txt, fill: auto, means: A.}", ":2: patient.a: kind: expected one of text"),
        ("patient:\n  a: {kind: text, fill: sometimes, means: A.}", "fill: expected one of required"),
        ("patient:\n  a: {kind: text, fill: auto, means: One, two}", "put texts in"),
        ("patient:\n  a: {kind: text, fill: auto}", "means"),
        ("patient:\n  a: {kind: text, fill: auto, means: A., colour: red}", "colour"),
        ("patient:\n  a:\n    kind: text", ":2: expected a group, or one concept on one line"),
    ],
)
def test_a_wrong_line_is_named(text: str, problem: str) -> None:
    with pytest.raises(FormMapError) as caught:
        parse_vocabulary(text)
    assert problem in str(caught.value)
