"""Whatever the text, box, rotation and quadding: ink stays inside the box, or the value is not put there at all.

``FORMFILL_EXAMPLES=5000 pytest tests/pdf/test_text_property.py`` looks harder than the default does.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from typing import Any

import pytest
from builders import COMB, MULTILINE, Blank
from fills import form_map, in_box, in_field
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary
from readback import pixels

from formfill.errors import FillError
from formfill.fill.base import Filled, Ink
from formfill.fill.pdf import fill_pdf
from formfill.pdf.compile import compile_blank
from formfill.pdf.compiled import CompiledForm
from formfill.verify import verify_pdf

settings.register_profile(
    "text",
    max_examples=int(os.environ.get("FORMFILL_EXAMPLES", "120")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize="FORMFILL_EXAMPLES" not in os.environ,
)
TEXT = settings.get_profile("text")

SCALE = 4.0
#: The softened edge of a letter may colour the pixels beside it, in points.
EDGE = 0.5
WIDTH, HEIGHT = 320.0, 220.0

LATIN = "AaBbEeGgIiJjMmNnQqWwYyZz0123456789.,;:'&@#/-+_%$"
ACCENTED = "ÁÂÃÄÅÇÉÊËÍÎÑÓÔÕÖÚÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýßøØæŁłŻżÓóĆćĘęŚśŹźŇňŘřŠšŽžİıĞğŞş"
VIETNAMESE = "ẮắẰằẶặẤấỀềỆệỒồỘộỨứỮữỴỵỷĐđƠơƯư"
CYRILLIC = "АаБбВвГгҐґДдЖжЄєІіЇїЙйКкЛлЩщЮюЯяЪъЫы"
GREEK = "ΑαΒβΓγΔδΩωΆάΈέΉήΪϊΰ"
ARABIC_LETTERS = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیءآأؤئةىيك"
ARABIC = ARABIC_LETTERS + "۰۱۲۳۴۵۶۷۸۹،؛؟"
MARKS = "\u0300\u0301\u0302\u0303\u0308\u0323\u0327\u0331\u064b\u064e\u064f\u0650\u0651\u0652"
ODD = "\t\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\ufeff\ufffd😀中\x00\x07\U000e0041"


def words(*alphabets: str) -> st.SearchStrategy[str]:
    """Texts of words, each of one alphabet, as people write them."""
    word = st.one_of(*(st.text(alphabet, min_size=1, max_size=14) for alphabet in alphabets), arabic_words, usual)
    return st.lists(word, min_size=1, max_size=9).map(" ".join)


#: With a letter at least: a comma alone says nothing of its direction.
arabic_words = st.tuples(st.sampled_from(ARABIC_LETTERS), st.text(ARABIC, max_size=12)).map("".join)
usual = st.sampled_from(["(916) 555-0142", "12/4", "(5)", "Apt. #7", "St. John's", "03/14/1987", "MD,", "O'Neill-Đỗ"])
plausible = words(LATIN, ACCENTED, VIETNAMESE, CYRILLIC, GREEK)
anything = st.one_of(
    plausible,
    st.text(LATIN + "()" + ACCENTED + ARABIC + MARKS + ODD + " \n", min_size=1, max_size=60),
    st.text("Ww", min_size=1, max_size=400),
    st.lists(plausible, min_size=1, max_size=6).map("\n".join),
    st.text(min_size=1, max_size=40),
)
rotations = st.sampled_from([0, 90, 180, 270])
aligns = st.sampled_from([None, "left", "center", "right"])
sizes = st.one_of(st.none(), st.floats(4, 24))
minimums = st.floats(4, 10)


@st.composite
def boxes(draw: Any, width: float = WIDTH, height: float = HEIGHT) -> tuple[float, float, float, float]:
    """A box well inside a displayed page, from a sliver to most of it."""
    x0 = draw(st.floats(10, width - 30))
    top = draw(st.floats(10, height - 30))
    return x0, top, draw(st.floats(x0 + 2, width - 10)), draw(st.floats(top + 2, height - 10))


def compiled_blank(blank: Blank) -> CompiledForm:
    # no cache on disk: every example is a form of its own
    return compile_blank(blank.save(), "0" * 64, "an example")


def fill_or_refuse(compiled: CompiledForm, filling: Any) -> Filled | None:
    """The fill, or None where the value was refused: then nothing was written, and the message does not tell it."""
    try:
        return fill_pdf(compiled, [filling])
    except FillError as refused:
        message = str(refused)
    assert len(filling.text.strip()) <= 6 or filling.text not in message
    return None


def assert_ink_inside(filled: Filled, blank: bytes | None = None) -> None:
    """No pixel outside the boxes of what was inked; where text should be, some pixel inside."""
    seen = pixels(filled.data, scale=SCALE) < 195
    if blank is not None:
        seen &= pixels(blank, scale=SCALE) >= 195
    for ink in filled.inks:
        x0, top, x1, bottom = ink.box
        rows = slice(max(0, int((top - EDGE) * SCALE)), int((bottom + EDGE) * SCALE) + 1)
        columns = slice(max(0, int((x0 - EDGE) * SCALE)), int((x1 + EDGE) * SCALE) + 1)
        if _is_visible(ink):
            assert seen[rows, columns].any(), "the text does not show"
        seen[rows, columns] = False
    assert not seen.any(), "there is ink outside the box"


def _is_visible(ink: Ink) -> bool:
    return any(unicodedata.category(char)[0] in "LN" for char in ink.text)


def assert_nothing_lost(text: str, filled: Filled) -> None:
    """The whole text stands in the places, or the whole text is in the addendum."""
    said = Counter("".join(ink.text for ink in filled.inks).split()), Counter(text.split())
    if filled.addendum:
        assert [item.text for item in filled.addendum] == [text]
    else:
        assert "".join(sorted("".join(said[0].elements()))) == "".join(sorted("".join(said[1].elements())))


@TEXT
@given(text=anything, box=boxes(), rotate=rotations, align=aligns, size=sizes, minimum=minimums, addendum=st.booleans())
@example(text="و" * 12, box=(10, 10, 60, 24), rotate=0, align="right", size=None, minimum=7, addendum=False)
@example(text="A\u0302\u0301\u0301\u0301\u0301 g\u0323\u0323", box=(10, 10, 80, 22), rotate=0, align=None, size=None, minimum=4, addendum=False)  # fmt: skip  # noqa: E501
@example(text="fjJ", box=(10, 10, 26, 24), rotate=90, align="center", size=24, minimum=4, addendum=False)
def test_overlay_ink_stays_inside(
    text: str, box: Any, rotate: int, align: Any, size: float | None, minimum: float, addendum: bool
) -> None:
    page = (WIDTH, HEIGHT) if rotate in (0, 180) else (HEIGHT, WIDTH)
    blank = Blank(pages=0)
    blank.page(media=(-7, 13, page[0] - 7, page[1] + 13), rotate=rotate)
    filling = in_box(box, text, align=align, size=size, min_size=minimum, addendum=addendum)
    filled = fill_or_refuse(compiled_blank(blank), filling)
    if filled is not None:
        assert_ink_inside(filled)
        assert_nothing_lost(text, filled)


@pytest.mark.parametrize("text", ["\u0300", "\u064b"])
def test_lone_mark(text: str) -> None:
    blank = Blank(pages=0)
    blank.page(media=(0, 0, WIDTH, HEIGHT))
    filled = fill_or_refuse(compiled_blank(blank), in_box((10, 10, 12, 15), text, align="right", min_size=4))
    if filled is not None:
        assert_ink_inside(filled)


@TEXT
@given(
    text=anything, box=boxes(), rotate=rotations, turn=rotations, quadding=st.sampled_from([0, 1, 2]),
    size=st.one_of(st.just(0.0), st.floats(4, 24)), flags=st.sampled_from([0, MULTILINE]),
    border=st.one_of(st.none(), st.floats(0.5, 3)), minimum=minimums, addendum=st.booleans(),
)  # fmt: skip
def test_field_ink_stays_inside(
    text: str, box: Any, rotate: int, turn: int, quadding: int, size: float, flags: int, border: float | None,
    minimum: float, addendum: bool,
) -> None:  # fmt: skip
    page = (WIDTH, HEIGHT) if rotate in (0, 180) else (HEIGHT, WIDTH)
    blank = Blank(pages=0)
    blank.page(media=(0, 0, *page), rotate=rotate)
    # a box as displayed on the unturned page is as good as any other rectangle, where it lies on the page
    x0, top, x1, bottom = box
    rect = (x0, top, x1, bottom) if rotate in (0, 180) else (top, x0, bottom, x1)
    entries: dict[str, Any] = {"MK": Dictionary(R=turn)}
    if border is not None:
        entries["MK"]["/BC"] = Array([0.9])
        entries["BS"] = Dictionary(W=border)
    blank.text("f", rect, Q=quadding, Ff=flags, DA=b"/Helv %.2f Tf 0 g" % size, **entries)
    compiled = compiled_blank(blank)
    filled = fill_or_refuse(compiled, in_field("f", text, min_size=minimum, addendum=addendum))
    if filled is not None:
        assert_ink_inside(filled)
        if not filled.addendum:
            assert_nothing_lost(text, filled)


@TEXT
@given(text=plausible, data=st.data(), minimum=minimums)
def test_text_that_flows_stays_in_its_boxes(text: str, data: Any, minimum: float) -> None:
    count = data.draw(st.integers(2, 4))
    flow = []
    for index in range(count):
        x0 = data.draw(st.floats(10, 150))
        top = 10 + index * 50
        flow.append((x0, float(top), x0 + data.draw(st.floats(4, 150)), top + data.draw(st.floats(4, 40))))
    blank = Blank(pages=0)
    blank.page(media=(0, 0, WIDTH, HEIGHT))
    filled = fill_or_refuse(compiled_blank(blank), in_box(tuple(flow), text, min_size=minimum))
    if filled is not None:
        assert_ink_inside(filled)
        assert_nothing_lost(text, filled)


@TEXT
@given(
    text=st.text("0123456789ABCŁЖ ", min_size=1, max_size=12), cells=st.integers(2, 20), box=boxes(), rotate=rotations
)
def test_comb_ink_stays_inside(text: str, cells: int, box: Any, rotate: int) -> None:
    page = (WIDTH, HEIGHT) if rotate in (0, 180) else (HEIGHT, WIDTH)
    blank = Blank(pages=0)
    blank.page(media=(0, 0, *page), rotate=rotate)
    x0, top, x1, bottom = box
    rect = (x0, top, x1, bottom) if rotate in (0, 180) else (top, x0, bottom, x1)
    blank.text("f", rect, Ff=COMB, MaxLen=cells, MK=Dictionary(R=rotate))
    filled = fill_or_refuse(compiled_blank(blank), in_field("f", text))
    if filled is not None:
        assert_ink_inside(filled)
        assert len(filled.inks[0].text) <= cells


@TEXT
@given(text=plausible, box=boxes(), rotate=rotations, align=aligns)
def test_what_people_write_is_read_back(text: str, box: Any, rotate: int, align: Any) -> None:
    """The verifier agrees with the writer on every text of real letters, in fields and overlays alike."""
    page = (WIDTH, HEIGHT) if rotate in (0, 180) else (HEIGHT, WIDTH)
    blank = Blank(pages=0)
    blank.page(media=(0, 0, *page), rotate=rotate)
    rect = (10, 10, 200, 40) if rotate in (0, 180) else (10, 10, 40, 200)
    blank.text("f", rect, Ff=MULTILINE, MK=Dictionary(R=rotate))
    blank.page(media=(0, 0, *page), rotate=rotate)
    compiled = compiled_blank(blank)
    fillings = [in_field("f", text, min_size=4), in_box(box, text, page=2, align=align, min_size=4)]
    for filling in fillings:
        filled = fill_or_refuse(compiled, filling)
        if filled is not None:
            verify_without_cache(compiled, filled)


def verify_without_cache(compiled: CompiledForm, filled: Filled) -> None:
    """The cache keeps a blank's looks by its hash, and all examples share one: each is given its own."""
    import hashlib

    own = CompiledForm(compiled.data, compiled.form)
    own.sha256 = hashlib.sha256(compiled.data).hexdigest()
    verify_pdf(own, form_map(), filled)


@pytest.fixture(autouse=True)
def _throw_looks_away(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMFILL_CACHE", str(tmp_path))
