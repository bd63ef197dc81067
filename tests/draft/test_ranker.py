"""The ranker: weights that are data, probabilities that evidence explains."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from builders import Blank

from formfill.draft import ranker
from formfill.draft.candidates import NONE, Candidate
from formfill.draft.detect import detect
from formfill.draft.evidence import form_evidence
from formfill.draft.labels import read_form
from formfill.draft.propose import propose
from formfill.draft.ranker import SOURCE, rank, weights
from formfill.draft.seen import see
from formfill.draft.verbatim import Verbatim
from formfill.errors import FormMapError
from formfill.model.vocabulary import vocabulary
from formfill.pdf.compile import compile_blank

NAME = Candidate("patient.full_name", "text")
DATE = Candidate("signature.date", "text")
NOTHING = Candidate(NONE, "text")
KNOWN = {"says name": 2.0, "says date": 1.5, "small": 0.1, "is none|text": 0.5, "against": -3.0}


def a_page() -> bytes:
    blank = Blank(pages=0)
    words = [
        (50, 740, "Authorization to Release Health Information from one clinic to another or to the patient"),
        (50, 700, "Patient name: ______________________ Date of birth: ______________"),
        (70, 660, "Laboratory results"),
        (50, 600, "Signature: ______________________ Date: ______________"),
    ]
    blank.page(words=words, content=b"54 660 9 9 re S\n")
    return blank.save()


# the weights


def test_the_weights_load() -> None:
    known = weights()
    assert len(known) > 1000
    assert all(math.isfinite(weight) and abs(weight) < 10 for weight in known.values())


def test_every_line_is_a_weight_and_its_evidence() -> None:
    lines = [line for line in SOURCE.read_text().splitlines() if not line.startswith("#")]
    names = [line.partition("\t")[2] for line in lines]
    assert len(set(names)) == len(names) == len(weights())
    assert all(names)


def test_weights_speak_of_concepts_that_exist() -> None:
    """Evidence of a concept that was renamed would be dead weight."""
    heads = {name.partition(".")[0] for name in vocabulary().concepts if "." in name}
    stale = set()
    for name in weights():
        concept = name.partition("|")[0].removeprefix("is ")
        if (
            "." in concept
            and " " not in concept
            and concept.partition(".")[0] in heads
            and concept not in vocabulary().concepts
        ):
            stale.add(concept)
    assert not stale


@pytest.mark.parametrize("text", ["heavy\tsays name\n", "2000 says name\nx"])
def test_a_weight_that_is_none_is_told(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ranker.tsv"
    file.write_text(text)
    monkeypatch.setattr(ranker, "SOURCE", file)
    with pytest.raises(FormMapError, match=r"ranker\.tsv: cannot be read .*train_ranker"):
        weights.__wrapped__()


# the rank


def test_probabilities_sum_to_one_the_likeliest_first() -> None:
    ranked = rank([(NOTHING, ["is none|text"]), (DATE, ["says date"]), (NAME, ["says name"])], KNOWN)
    assert [one.candidate for one in ranked] == [NAME, DATE, NOTHING]
    assert sum(one.probability for one in ranked) == pytest.approx(1)
    assert ranked[0].probability == pytest.approx(math.exp(2.0) / (math.exp(2.0) + math.exp(1.5) + math.exp(0.5)))


def test_without_evidence_all_are_alike() -> None:
    assert [one.probability for one in rank([(NAME, []), (DATE, []), (NOTHING, [])], KNOWN)] == pytest.approx(
        [1 / 3] * 3
    )


def test_evidence_moves_the_rank() -> None:
    before = rank([(NAME, ["says name"]), (DATE, ["says date"])], KNOWN)
    for_date = rank([(NAME, ["says name"]), (DATE, ["says date", "says name"])], KNOWN)
    against_name = rank([(NAME, ["says name", "against"]), (DATE, ["says date"])], KNOWN)
    assert (before[0].candidate, for_date[0].candidate, against_name[0].candidate) == (NAME, DATE, DATE)


def test_unknown_evidence_weighs_nothing() -> None:
    plain = rank([(NAME, ["says name"]), (DATE, ["says date"])], KNOWN)
    more = rank([(NAME, ["says name", "never seen"]), (DATE, ["says date"])], KNOWN)
    assert [one.probability for one in plain] == [one.probability for one in more]


def test_a_candidate_says_what_spoke_for_it() -> None:
    [name, _] = rank([(NAME, ["small", "says date", "says name", "is none|text"]), (DATE, ["against"])], KNOWN)
    # not what spoke little, nor how usual the candidate is
    assert name.reason == ("says name", "says date")


def test_large_scores_do_not_overflow() -> None:
    ranked = rank([(NAME, ["x"]), (DATE, [])], {"x": 5000.0})
    assert (ranked[0].probability, ranked[1].probability) == (1.0, 0.0)


# a real page


def test_every_place_has_candidates_of_its_own_kind_and_nothing() -> None:
    detection = detect(compile_blank(a_page(), "0" * 64, "blank.pdf"))
    seen = list(form_evidence(detection, read_form(detection)))
    assert len(seen) == len(detection.spots) == 5
    for one, candidates in seen:
        some = [candidate for candidate, _ in candidates]
        assert len(set(some)) == len(some)
        assert any(candidate.concept == NONE for candidate in some)
        if one.spot.kind == "check":
            assert not any(candidate.kind == "text" and candidate.concept != NONE for candidate in some)


def test_a_places_probabilities_sum_to_one() -> None:
    detection = detect(compile_blank(a_page(), "0" * 64, "blank.pdf"))
    for proposal in propose(detection):
        assert sum(one.probability for one in proposal.ranked) == pytest.approx(1)
        assert 0 < proposal.confidence <= 1


def test_made_up_weights_change_what_is_proposed() -> None:
    """The weights decide, not the code: without any, nobody is sure of anything."""
    detection = detect(compile_blank(a_page(), "0" * 64, "blank.pdf"))
    learnt = {proposal.concept for proposal in propose(detection)}
    assert {"patient.full_name", "patient.birth_date", "records.lab", "signature.patient", "signature.date"} <= learnt
    ignorant = {proposal.concept for proposal in propose(detection, {"x": 0.0})}
    assert not ignorant & {"patient.full_name", "patient.birth_date", "records.lab"}


# the very words


def said_of(candidate: Candidate, label: str) -> set[str]:
    blank = Blank(pages=0)
    blank.page(words=[(50, 700, f"{label}: ______________________")])
    detection = detect(compile_blank(blank.save(), "0" * 64, "blank"))
    (seen,) = see(detection, read_form(detection))
    return set(Verbatim(seen).evidence(candidate))


def test_words_of_a_label_speak_for_the_candidate_and_its_class() -> None:
    said = said_of(NAME, "Legal guardian's full name")
    assert {"patient.full_name|text word guardian", "patient word guardian", "class party word guardian"} <= said
    assert "patient.full_name|text word name" not in said_of(NAME, "Chart owner")


def test_words_around_a_label_speak_of_the_party_alone() -> None:
    said = {one for one in said_of(NAME, "Legal guardian's full name") if " before " in one}
    assert said
    assert all(one.startswith("patient word before ") for one in said)
