"""What stands at the head of a column: of a table's cells, of short lines one under another."""

from __future__ import annotations

from test_sections import rule, words

from formfill.draft.facts import PageFacts, Spot
from formfill.draft.labels import read_labels


def cell(x0: float, x1: float, y: float) -> Spot:
    return Spot("text", 1, (x0, y - 19, x1, y), "cell")


def table(*head: tuple[float, float, str]) -> PageFacts:
    """A table of two columns, with a high head over rows of 20 points."""
    across = tuple((50.0, y, 250.0, y + 0.5) for y in (100.0, 160.0, 180.0, 200.0))
    walls = tuple((x, 100.0, x + 0.5, 200.0) for x in (50.0, 110.0, 250.0))
    return PageFacts(1, 612, 792, words((50, 90, "People who may hear of my health"), *head), across, walls)


def columns(page: PageFacts, *spots: Spot) -> list[str]:
    return [reading.column for reading in read_labels(page, spots)]


def test_all_lines_of_a_head_are_read() -> None:
    page = table((115, 115, "Telephone"), (115, 128, "number"))
    assert columns(page, cell(111, 249, 180), cell(111, 249, 200)) == ["Telephone number"] * 2


def test_a_word_that_a_narrow_head_breaks_is_one() -> None:
    page = table((55, 115, "RELATIONS"), (55, 128, "HIP"))
    assert columns(page, cell(51, 109, 180)) == ["RELATIONSHIP"]


def test_a_head_ends_at_its_line_and_where_its_column_is_not_as_wide() -> None:
    page = table((115, 128, "Telephone"))
    assert columns(page, cell(111, 249, 180)) == ["Telephone"]
    wide = table((115, 115, "How to reach"), (115, 128, "Telephone"))
    assert columns(wide, cell(150, 249, 180)) == ["Telephone"]


def stack(count: int) -> list[Spot]:
    return [rule(200, 260, 130 + 14 * i) for i in range(count)]


def test_words_over_a_column_of_short_lines_are_its_head() -> None:
    page = PageFacts(1, 612, 792, words((205, 112, "Dates"), (50, 130, "Lab reports"), (50, 144, "Consultations")))
    assert columns(page, *stack(3)) == ["Dates"] * 3


def test_two_lines_are_no_column_and_a_sentence_is_no_head() -> None:
    page = PageFacts(1, 612, 792, words((205, 112, "Dates")))
    assert columns(page, *stack(2)) == [""] * 2
    sentence = PageFacts(1, 612, 792, words((100, 112, "Please give us the dates of all of your visits")))
    assert columns(sentence, *stack(3)) == [""] * 3
