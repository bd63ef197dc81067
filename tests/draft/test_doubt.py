"""What is left to a person, of proposals made by hand on a page of one place."""

from __future__ import annotations

import pytest
from test_settled import LINE, seen

from formfill.draft.candidates import Candidate
from formfill.draft.doubt import doubt
from formfill.draft.proposal import Proposal
from formfill.draft.ranker import Ranked


@pytest.mark.parametrize(
    ("cues", "left"),
    [
        ([("section", ("staff",))], True),
        ([("heading0", ("staff",)), ("before", ("recipient",))], True),
        ([("own", ("staff",)), ("margin", ("recipient",))], True),
        ([("margin", ("staff",)), ("section", ("recipient",))], True),
        ([("margin", ("recipient",)), ("section", ("staff",))], False),
        ([("section", ("recipient",)), ("beyond", ("staff",))], False),
    ],
)
def test_a_row_headed_as_somebodys_is_not_the_staffs(cues: list[tuple[str, tuple[str, ...]]], left: bool) -> None:
    [one] = seen([(50, 700, f"Fax: {LINE}")])
    one.cues = cues
    ranked = [Ranked(Candidate("recipient.fax", "text"), 0.8, (), 0.0)]
    p = Proposal(one.spot, one, ranked, "recipient.fax", "text", excludes=False, confidence=0.8)
    doubt(p)
    assert (p.concept == "unknown") is left
