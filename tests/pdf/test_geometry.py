"""Displayed points and user space, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formfill.pdf.geometry import PageFrame

frames = st.builds(
    lambda x0, y0, width, height, rotate: PageFrame(x0, y0, x0 + width, y0 + height, rotate),
    st.integers(-500, 500), st.integers(-500, 500), st.integers(50, 2000), st.integers(50, 2000),
    st.sampled_from([0, 90, 180, 270]),
)  # fmt: skip


@given(frames, st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(21, 50), st.integers(21, 50)))
def test_there_and_back(frame: PageFrame, box: tuple[int, int, int, int]) -> None:
    user = frame.from_top_left(box)
    assert user[0] < user[2]
    assert user[1] < user[3]
    assert frame.to_top_left(user) == box


@given(frames)
def test_the_whole_page(frame: PageFrame) -> None:
    whole = (0, 0, frame.width, frame.height)
    assert frame.from_top_left(whole) == (frame.x0, frame.y0, frame.x1, frame.y1)
    assert frame.to_top_left((frame.x0, frame.y0, frame.x1, frame.y1)) == whole


@pytest.mark.parametrize(
    ("rotate", "corner"), [(0, (10, 792)), (90, (10, 20)), (180, (612, 20)), (270, (612, 792))]
)  # fmt: skip
def test_top_left_corner_as_displayed(rotate: int, corner: tuple[int, int]) -> None:
    """/Rotate turns clockwise: after 90 degrees the page's bottom left corner is at the top left."""
    frame = PageFrame(10, 20, 612, 792, rotate)
    x0, y0, x1, y1 = frame.from_top_left((0, 0, 0.001, 0.001))
    assert (round(x0), round(y0)) == corner
    assert (round(x1), round(y1)) == corner


@given(frames)
def test_matrix_agrees_with_boxes(frame: PageFrame) -> None:
    a, b, c, d, e, f = frame.matrix
    x, y = 13, 17  # displayed, y up
    user = frame.from_top_left((x, frame.height - y, x, frame.height - y))
    assert (a * x + c * y + e, b * x + d * y + f) == (user[0], user[1])
