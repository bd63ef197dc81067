"""Two profiles made into one."""

from __future__ import annotations

from typing import Any

from formfill.exchange.incoming import profile_of
from formfill.exchange.merging import Difference, merged, merged_text
from formfill.exchange.outgoing import plain_keys
from formfill.yaml_io import loads

A: dict[str, Any] = {
    "profile": "a",
    "patient": {
        "given_name": "Amina",
        "family_name": "Rahimi",
        "birth_date": "1987-03-14",
        "address": {"street": "2114 Folsom Blvd", "unit": "Apt 7", "city": "Sacramento", "state": "CA"},
        "phones": {"mobile": "9165550142"},
        "languages": [{"language": "Dari"}],
        "former_names": ["Amina Noori"],
    },
    "recipients": {"caseworker": {"name": "Elena Marsh", "phone": "5105550177"}},
}
B: dict[str, Any] = {
    "profile": "b",
    "patient": {
        "given_name": "Ameena",
        "family_name": "Raheemi",
        "birth_date": "1987-03-14",
        "address": {"street": "9 New Street", "city": "Oakland", "state": "CA"},
        "phones": {"mobile": "9165550142", "home": "9165550143"},
        "languages": [{"language": "dari", "interpreter": True}, {"language": "English"}],
        "former_names": ["AMINA NOORI", "Amina Karimi"],
        "sex": "female",
    },
    "recipients": {
        "caseworker": {"name": "Jo Park", "phone": "5105550100"},
        "worker": {"name": "Elena Marsh", "fax": "5105550178"},
    },
}


def make(side: str) -> tuple[dict[str, Any], list[str]]:
    asked: list[str] = []

    def choose(difference: Difference) -> Any:
        asked.append(difference.key)
        return side

    return merged(A, B, choose).keys, asked


def test_what_one_has_is_taken_and_lists_are_united() -> None:
    keys, asked = make("a")
    patient = keys["patient"]
    assert keys["profile"] == "a"
    assert patient["sex"] == "female"
    assert patient["phones"] == {"mobile": "9165550142", "home": "9165550143"}
    assert patient["languages"] == [{"language": "Dari", "interpreter": True}, {"language": "English"}]
    assert patient["former_names"] == ["Amina Noori", "Amina Karimi", "Ameena Raheemi"]
    assert patient["given_name"] == "Amina"
    assert patient["address"] == A["patient"]["address"], "an address is one thing"
    assert asked == ["patient.given_name", "patient.family_name", "patient.address"]
    plain_keys(profile_of(keys, "merged"))


def test_the_other_side() -> None:
    keys, _ = make("b")
    assert keys["patient"]["address"] == B["patient"]["address"]
    assert "unit" not in keys["patient"]["address"]
    assert keys["patient"]["given_name"] == "Ameena"
    assert "Amina Rahimi" in keys["patient"]["former_names"], "records may be filed under it"


def test_people_are_told_apart_by_their_names() -> None:
    keys, _ = make("a")
    assert keys["recipients"] == {
        "caseworker": {"name": "Elena Marsh", "phone": "5105550177", "fax": "5105550178"},
        "caseworker-2": {"name": "Jo Park", "phone": "5105550100"},
    }
    mother = {"kind": "parent", "name": "Laila", "phone": "5105550111"}
    other = {"kind": "guardian", "name": "Elena Marsh"}
    asked: list[Difference] = []
    keys = merged(
        {**A, "representative": mother}, {**A, "representative": other}, lambda one: asked.append(one) or "b"
    ).keys
    assert keys["representative"] == other, "not half of each"
    assert [one.key for one in asked] == ["representative"]


def test_a_part_of_the_name_is_no_other_name() -> None:
    longer = {**A, "patient": {**A["patient"], "additional_name": "Yusuf"}}
    keys = merged(A, longer, lambda _: "a").keys
    assert keys["patient"]["former_names"] == ["Amina Noori"]
    assert merged(A, A, lambda _: "a").keys == A


def test_comments_stay_where_that_can_be() -> None:
    text = (
        "# of the intake\nprofile: a\npatient:\n  given_name: Amina\n  family_name: Rahimi # as on the passport\n"
        "  birth_date: 1987-03-14\n  phones: {mobile: (916) 555-0142}\n"
    )
    before = plain_keys(profile_of(loads(text, "a", ValueError).data, "a"))  # type: ignore[arg-type]
    after = merged(before, B, lambda _: "a").keys
    new = merged_text(text, before, after)
    assert "# of the intake" in new
    assert "# as on the passport" in new
    assert "(916) 555-0142" in new
    assert plain_keys(profile_of(loads(new, "a", ValueError).data, "a")) == after  # type: ignore[arg-type]
    assert merged_text(text, before, before) == text
