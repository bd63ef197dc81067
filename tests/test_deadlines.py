"""Due dates, each worked out by hand on a calendar of its year."""

from __future__ import annotations

import datetime as dt

import pytest

from formfill.store.deadlines import (
    Clock,
    add_working_days,
    complaint_by,
    deadlines,
    extension_problem,
    governing,
    is_working_day,
    next_working_day,
    state_rules,
    urgency,
)

day = dt.date.fromisoformat


def access(received: str, state: str = "CA", **more: object) -> Clock:
    return Clock(instrument="access-request", state=state, received=day(received), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-07-06", "2026-07-21"),  # Monday to Tuesday: nothing in the way
        ("2026-07-10", "2026-07-27"),  # the 15th day is Saturday July 25
        ("2026-07-11", "2026-07-27"),  # ... and Sunday July 26
        ("2026-03-16", "2026-04-01"),  # ... and Cesar Chavez Day, Tuesday March 31
        ("2024-03-16", "2024-04-02"),  # ... Sunday March 31, so that Monday April 1 is the holiday (Gov. Code 6701)
        ("2026-11-11", "2026-11-30"),  # Thanksgiving, the Friday after it, the weekend
        ("2026-12-10", "2026-12-28"),  # Christmas on a Friday, the weekend
        ("2026-12-17", "2027-01-04"),  # New Year's Day on a Friday, the weekend, another year
        ("2026-06-18", "2026-07-03"),  # July 4 is a Saturday: California keeps no Friday for it
        ("2027-06-19", "2027-07-06"),  # July 4 is a Sunday: the Monday is a holiday
        ("2028-10-26", "2028-11-13"),  # November 11 is a Saturday: its Friday is a holiday; then the weekend
        ("2028-01-31", "2028-02-15"),  # Susan B. Anthony Day is a day in schools, and no holiday
        ("2028-02-14", "2028-02-29"),  # a leap day
        ("2026-12-31", "2027-01-15"),
    ],
)
def test_copies_in_california(received: str, due: str) -> None:
    first = governing(access(received))
    assert first is not None
    assert first.due == day(due)
    assert first.citation == "California Health and Safety Code 123110"
    assert not first.estimated
    assert not first.check


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-07-06", "2026-07-13"),  # Tue, Wed, Thu, Fri, Mon
        ("2026-07-10", "2026-07-17"),  # from a Friday
        ("2026-07-11", "2026-07-17"),  # from a Saturday: Monday is the first
        ("2026-03-26", "2026-04-03"),  # Fri 27, Mon 30, (Tue 31: Cesar Chavez Day), Wed 1, Thu 2, Fri 3
        ("2026-11-20", "2026-12-01"),  # Mon 23, Tue 24, Wed 25, (Thanksgiving, Friday, weekend), Mon 30, Tue 1
        ("2026-12-23", "2026-12-31"),  # Thu 24, (Christmas, weekend), Mon 28, Tue 29, Wed 30, Thu 31
        ("2026-12-28", "2027-01-05"),  # Tue 29, Wed 30, Thu 31, (New Year, weekend), Mon 4, Tue 5
    ],
)
def test_inspection_in_california(received: str, due: str) -> None:
    first = governing(access(received, wants="inspection"))
    assert first is not None
    assert first.due == day(due)
    assert "5 working days" in first.rule


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-07-06", "2026-08-05"),
        ("2026-12-15", "2027-01-14"),
        ("2026-11-25", "2026-12-25"),  # calendar days: the federal rule moves no date for Christmas
        ("2027-01-31", "2027-03-02"),
        ("2028-01-31", "2028-03-01"),  # a leap year
        ("2026-07-02", "2026-08-01"),  # nor for a Saturday
    ],
)
def test_the_federal_thirty_days(received: str, due: str) -> None:
    (only,) = deadlines(access(received, state="OH"))
    assert only.due == day(due)
    assert only.citation == "45 CFR 164.524(b)(2)"


def test_both_laws_and_the_earliest_governs() -> None:
    found = deadlines(access("2026-07-06"))
    assert [(one.due, one.citation[:10]) for one in found] == [
        (day("2026-07-21"), "California"),
        (day("2026-08-05"), "45 CFR 164"),
    ]


@pytest.mark.parametrize(
    ("state", "received", "due"),
    [
        ("TX", "2026-07-06", "2026-07-27"),  # three weeks of working days
        ("WA", "2026-08-24", "2026-09-15"),  # Labor Day, September 7, is none
    ],
)
def test_a_rule_not_read_in_its_source_says_so(state: str, received: str, due: str) -> None:
    state_s, federal = deadlines(access(received, state=state))
    assert state_s.due == day(due)
    assert state_s.check
    assert "check with the provider" in state_s.words
    assert not federal.check
    assert "check with the provider" not in federal.words


def test_a_state_without_a_rule_or_not_known_has_the_federal_one() -> None:
    for state in ("OH", "", "AE"):
        assert [one.citation for one in deadlines(access("2026-07-06", state=state))] == ["45 CFR 164.524(b)(2)"]
        assert state_rules(state) == ()


@pytest.mark.parametrize(
    ("extended_on", "until", "due"),
    [
        ("2026-08-05", None, "2026-09-04"),  # told on the last day: R+60
        ("2026-07-20", "2026-08-20", "2026-08-20"),  # what the provider promised
        ("2026-07-20", "2026-10-01", "2026-09-04"),  # it promised itself more than the law lets it have
        ("2026-07-20", "2026-07-25", "2026-08-05"),  # a promise inside the first span takes nothing from it
        ("2026-08-06", None, "2026-08-05"),  # told a day late: no extension
    ],
)
def test_one_extension_in_writing_inside_the_first_thirty_days(extended_on: str, until: str | None, due: str) -> None:
    clock = access("2026-07-06", extended_on=day(extended_on), extended_until=day(until) if until else None)
    state_s, federal = deadlines(clock)
    assert federal.due == day(due)
    assert state_s.due == day("2026-07-21"), "the state's clock is not extended by the federal rule"


def test_an_extension_that_does_not_count_is_explained() -> None:
    late = access("2026-07-06", extended_on=day("2026-08-06"))
    assert "came after 2026-08-05" in str(extension_problem(late))
    long = access("2026-07-06", extended_on=day("2026-07-20"), extended_until=day("2026-10-01"))
    assert "2026-09-04 counts" in str(extension_problem(long))
    right = access("2026-07-06", extended_on=day("2026-07-20"), extended_until=day("2026-09-04"))
    assert extension_problem(right) is None
    assert extension_problem(access("2026-07-06")) is None
    authorization = Clock(instrument="authorization", received=day("2026-07-06"), extended_on=day("2026-07-20"))
    assert "no deadline" in str(extension_problem(authorization))


@pytest.mark.parametrize(
    ("extended_on", "due"), [(None, "2026-09-04"), ("2026-09-04", "2026-10-04"), ("2026-09-05", "2026-09-04")]
)
def test_an_amendment_has_sixty_days_and_once_thirty_more(extended_on: str | None, due: str) -> None:
    clock = Clock(
        instrument="amendment",
        state="CA",
        received=day("2026-07-06"),
        extended_on=day(extended_on) if extended_on else None,
    )
    (only,) = deadlines(clock)
    assert only.due == day(due)
    assert only.citation == "45 CFR 164.526(b)(2)"


@pytest.mark.parametrize("instrument", ["authorization", "other"])
def test_no_law_sets_a_date_for_an_authorization(instrument: str) -> None:
    (only,) = deadlines(Clock(instrument=instrument, state="CA", received=day("2026-07-06")))  # type: ignore[arg-type]
    assert only.courtesy
    assert only.citation == ""
    assert only.due == day("2026-08-05")
    assert "courtesy" in only.words


def test_without_a_confirmation_the_receipt_is_estimated() -> None:
    sent = Clock(instrument="access-request", state="CA", sent=day("2026-07-06"))
    first, second = deadlines(sent)
    # taken to be received on Saturday July 11; the 15th day is a Sunday
    assert (first.due, second.due) == (day("2026-07-27"), day("2026-08-10"))
    assert first.estimated
    assert second.estimated
    assert "estimated" in first.words
    known = Clock(instrument="access-request", state="CA", sent=day("2026-07-06"), received=day("2026-07-07"))
    assert deadlines(known)[0].due == day("2026-07-22")
    assert not deadlines(known)[0].estimated


def test_nothing_is_due_before_it_is_sent() -> None:
    assert deadlines(Clock(instrument="access-request", state="CA")) == ()
    assert governing(Clock(instrument="access-request", state="CA")) is None


@pytest.mark.parametrize(
    ("violation", "due"), [("2026-08-05", "2027-02-01"), ("2027-09-01", "2028-02-28"), ("2026-01-01", "2026-06-30")]
)
def test_a_complaint_within_180_days(violation: str, due: str) -> None:
    assert complaint_by(day(violation)).due == day(due)


@pytest.mark.parametrize(
    ("date", "open_"),
    [
        ("2026-03-31", False),  # Cesar Chavez Day
        ("2026-07-03", True),  # the federal holiday for a Saturday July 4, and none in California
        ("2027-07-05", False),
        ("2027-12-31", True),  # New Year's Day 2028 is a Saturday
        ("2028-11-10", False),  # Veterans Day on a Saturday
        ("2026-11-27", False),  # the day after Thanksgiving
        ("2026-11-28", False),  # a Saturday
        ("2026-10-12", True),  # Columbus Day is not kept by California's offices
    ],
)
def test_working_days_of_california(date: str, open_: bool) -> None:
    assert is_working_day(day(date), "CA") is open_


def test_other_states_keep_the_federal_friday() -> None:
    assert not is_working_day(day("2026-07-03"), "TX")
    assert is_working_day(day("2026-03-31"), "OH")


def test_rolling_and_counting() -> None:
    assert next_working_day(day("2026-11-26"), "CA") == day("2026-11-30")
    assert next_working_day(day("2026-11-25"), "CA") == day("2026-11-25")
    assert add_working_days(day("2026-11-26"), 1, "CA") == day("2026-11-30")


@pytest.mark.parametrize(
    ("today", "how"),
    [("2026-07-22", "overdue"), ("2026-07-21", "soon"), ("2026-07-16", "soon"), ("2026-07-15", "later")],
)
def test_urgency(today: str, how: str) -> None:
    assert urgency(day("2026-07-21"), day(today)) == how
