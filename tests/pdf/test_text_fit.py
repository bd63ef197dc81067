"""Fitting: sizes, wrapping, flowing, combs; nothing is cut and nothing is lost."""

from __future__ import annotations

from formfill.pdf.text_fit import Style, fit, fit_comb


class Typewriter:
    """A face whose every letter is half an em wide, with ink from -0.2 to 0.8 em."""

    def width(self, text: str) -> float:
        return 0.5 * len(text)

    def ink(self, text: str) -> tuple[float, float]:
        return 0.8, -0.2

    def show(self, text: str, size: float) -> bytes:
        return text.encode()


FACE = Typewriter()
PLAIN = Style(preferred=10, minimum=7, padding=0)
WRAPPED = Style(preferred=10, minimum=7, padding=0, wrap=True)


def lines(layout: object) -> list[str]:
    return [line.text for line in layout.lines]  # type: ignore[attr-defined]


def test_preferred_size_where_it_fits() -> None:
    layout = fit(FACE, "twelve chars", [(60, 12)], PLAIN)
    assert layout is not None
    assert layout.size == 10
    assert layout.lines[0].width == 60


def test_smaller_where_it_does_not_and_no_further_than_the_minimum() -> None:
    layout = fit(FACE, "twelve chars", [(45, 12)], PLAIN)
    assert layout is not None
    assert 7.4 < layout.size <= 7.5
    assert fit(FACE, "twelve chars", [(41, 12)], PLAIN) is None


def test_low_box_lowers_the_size() -> None:
    layout = fit(FACE, "x", [(60, 8)], PLAIN)
    assert layout is not None
    assert layout.size == 8
    assert fit(FACE, "x", [(60, 6)], PLAIN) is None


def test_newlines_become_spaces_on_one_line() -> None:
    layout = fit(FACE, " one\r\ntwo\n\nthree ", [(100, 12)], PLAIN)
    assert layout is not None
    assert lines(layout) == ["one two three"]


def test_words_wrap_and_paragraphs_stay() -> None:
    layout = fit(FACE, "one two three\nfour", [(40, 60)], WRAPPED)
    assert layout is not None
    assert lines(layout) == ["one two", "three", "four"]
    tops = [line.y for line in layout.lines]
    assert tops == sorted(tops, reverse=True)


def test_a_word_wider_than_the_box_is_not_broken() -> None:
    assert fit(FACE, "incomprehensibilities", [(40, 200)], WRAPPED) is None


def test_too_many_lines() -> None:
    assert fit(FACE, "one two three four five six seven", [(25, 20)], WRAPPED) is None


def test_flow_goes_on_in_the_next_box() -> None:
    layout = fit(FACE, "one two three four five", [(40, 12), (60, 12)], WRAPPED)
    assert layout is not None
    assert [(line.box, line.text) for line in layout.lines] == [(0, "one two"), (1, "three four"), (1, "five")] or [
        (line.box, line.text) for line in layout.lines
    ] == [(0, "one two"), (1, "three four five")]
    assert " ".join(lines(layout)) == "one two three four five"


def test_a_first_box_too_short_for_the_first_word_is_skipped() -> None:
    layout = fit(FACE, "immunizations", [(20, 12), (90, 12)], WRAPPED)
    assert layout is not None
    assert [(line.box, line.text) for line in layout.lines] == [(1, "immunizations")]


def test_alignment() -> None:
    starts = []
    for align in (0, 1, 2):
        layout = fit(FACE, "ten", [(100, 12)], Style(preferred=10, minimum=7, padding=2, align=align))
        assert layout is not None
        starts.append(layout.lines[0].x)
    assert starts == [2, 42.5, 83]


def test_no_room_at_all() -> None:
    assert fit(FACE, "x", [(3, 12)], Style(preferred=10, minimum=7, padding=2)) is None
    assert fit(FACE, "x", [(0.1, 0.1)], WRAPPED) is None


def test_comb_cells() -> None:
    layout = fit_comb(FACE, "19 7", 80, 12, 4, PLAIN)
    assert layout is not None
    assert [(line.text, line.x) for line in layout.lines] == [("1", 7.5), ("9", 27.5), ("7", 67.5)]
    assert fit_comb(FACE, "19870", 80, 12, 4, PLAIN) is None
    assert fit_comb(FACE, "1987", 12, 12, 4, PLAIN) is None, "cells narrower than the smallest letter"


def test_comb_alignment() -> None:
    first = {}
    for align in (0, 1, 2):
        layout = fit_comb(FACE, "12", 80, 12, 8, Style(preferred=10, minimum=7, align=align))
        assert layout is not None
        first[align] = int(layout.lines[0].x // 10)
    assert first == {0: 0, 1: 3, 2: 6}
