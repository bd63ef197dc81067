"""Check boxes, radio buttons and choices: real on-states, every kid set, the form's own marks kept."""

from __future__ import annotations

import io

import pypdf
import pytest
from builders import COMBO, EDIT, LETTER, RADIOS_IN_UNISON, Blank
from fills import chosen, fill, ticked, unticked
from pikepdf import Array, Dictionary, Name, String
from readback import check_with_qpdf, ink, share_inked, states, text_in, values, within

from formfill.errors import FillError

RECT = (100.0, 600.0, 112.0, 612.0)
KIDS = [((100.0, 600.0 - 20 * i, 112.0, 612.0 - 20 * i), state) for i, state in enumerate(("Paper", "CD", "USB"))]


def shown(rect: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return rect[0], LETTER[3] - rect[3], rect[2], LETTER[3] - rect[1]


def group(**entries: object) -> bytes:
    blank = Blank()
    blank.radio("Format", KIDS, **entries)
    return blank.save()


def test_check_box_keeps_its_own_mark() -> None:
    blank = Blank()
    node = blank.check("Lab", RECT, "On")
    data = blank.save()
    filled = fill(data, ticked("Lab")).data
    assert states(filled) == ["/On"]
    assert values(filled)["Lab"] == "/On"
    before = pypdf.PdfReader(io.BytesIO(data)).pages[0]["/Annots"][0].get_object()["/AP"]["/N"]["/On"]
    after = pypdf.PdfReader(io.BytesIO(filled)).pages[0]["/Annots"][0].get_object()["/AP"]["/N"]["/On"]
    assert before.get_data() == after.get_data()
    assert share_inked(data, filled, shown(RECT)) > 0.3
    assert node is not None
    check_with_qpdf(filled)


@pytest.mark.parametrize("option", ["Yes", "on", "1"])
def test_unknown_state_of_a_check_box_lists_those_it_has(option: str) -> None:
    blank = Blank()
    blank.check("Lab", RECT, "Wanted")
    with pytest.raises(FillError, match=f"field 'Lab' has no option '{option}'; it has: 'Wanted'"):
        fill(blank.save(), ticked("Lab", option))


def test_check_box_without_appearance_is_drawn() -> None:
    blank = Blank()
    node = blank.check("Lab", RECT)
    del node["/AP"]
    data = blank.save()
    filled = fill(data, ticked("Lab")).data
    (state,) = states(filled)
    assert state == values(filled)["Lab"] != "/Off"
    assert within(ink(data, filled), shown(RECT))
    assert share_inked(data, filled, shown(RECT)) > 0.08


def test_check_box_whose_on_state_draws_nothing_is_drawn() -> None:
    """What hardly shows is no answer on a fax."""
    blank = Blank()
    node = blank.check("Lab", RECT)
    node["/AP"]["/N"]["/Yes"] = blank.appearance(12, 12, b"0.5 0.5 0.3 0.3 re f")
    data = blank.save()
    filled = fill(data, ticked("Lab")).data
    assert states(filled) == ["/Yes"]
    assert share_inked(data, filled, shown(RECT)) > 0.08
    assert within(ink(data, filled), shown(RECT))


def test_two_states_need_the_map_to_say_which() -> None:
    blank = Blank()
    boxes = [blank.widget(rect, AS=Name.Off, AP=blank.marks(rect, state)) for rect, state in KIDS[:2]]
    blank.parent("Format", boxes, FT=Name.Btn)
    data = blank.save()
    with pytest.raises(FillError, match=r"several on-states \('Paper', 'CD'\): the map must name its option"):
        fill(data, ticked("Format"))
    assert states(fill(data, ticked("Format", "CD")).data) == ["/Off", "/CD"]
    assert states(fill(data, ticked("Format", widget=2)).data) == ["/Off", "/CD"]


def test_all_widgets_of_one_state_are_ticked() -> None:
    blank = Blank(pages=2)
    boxes = [blank.widget(RECT, page, AS=Name.Off, AP=blank.marks(RECT, "Yes")) for page in range(2)]
    blank.parent("Lab", boxes, FT=Name.Btn)
    filled = fill(blank.save(), ticked("Lab"))
    assert states(filled.data) == ["/Yes", "/Yes"]
    assert {one.page_index for one in filled.inks} == {0, 1}


def test_widget_that_is_not_there() -> None:
    blank = Blank()
    blank.check("Lab", RECT)
    with pytest.raises(FillError, match="has 1 widgets; the map asks for 2"):
        fill(blank.save(), ticked("Lab", widget=2))


@pytest.mark.parametrize(("index", "state"), [(i, state) for i, (_, state) in enumerate(KIDS)])
def test_radio_sets_the_state_of_every_kid(index: int, state: str) -> None:
    data = group()
    filled = fill(data, ticked("Format", state)).data
    assert states(filled) == [f"/{state}" if i == index else "/Off" for i in range(3)]
    assert values(filled)["Format"] == f"/{state}"
    assert within(ink(data, filled), shown(KIDS[index][0]))
    check_with_qpdf(filled)


def test_radio_by_choose() -> None:
    assert states(fill(group(), chosen("Format", "USB")).data) == ["/Off", "/Off", "/USB"]


def test_unknown_radio_option_lists_those_it_has() -> None:
    with pytest.raises(FillError, match="has no option 'Fax'; it has: 'Paper', 'CD', 'USB'"):
        fill(group(), ticked("Format", "Fax"))


def test_radio_options_are_named_by_opt() -> None:
    """/Opt gives the kids' export values where their on-states are but numbers (12.7.5.2.3)."""
    blank = Blank()
    numbered = [(rect, str(i)) for i, (rect, _) in enumerate(KIDS)]
    blank.radio("Format", numbered, Opt=Array([String("Paper copies"), String("Compact disc"), String("Żółty")]))
    data = blank.save()
    assert states(fill(data, ticked("Format", "Compact disc")).data) == ["/Off", "/1", "/Off"]
    assert states(fill(data, ticked("Format", "Żółty")).data) == ["/Off", "/Off", "/2"]
    assert states(fill(data, ticked("Format", "0")).data) == ["/0", "/Off", "/Off"], "the state itself serves, too"


def test_two_options_of_one_group_are_refused() -> None:
    with pytest.raises(FillError, match="takes one option"):
        fill(group(), ticked("Format", "CD"), ticked("Format", "USB"))


def test_kids_of_one_state_go_on_together_only_in_unison() -> None:
    """Three buttons of one state name: one at a time, unless RadiosInUnison says otherwise (table 227)."""
    same = [(rect, "Yes") for rect, _ in KIDS]
    for flags, expected in ((0, ["/Yes", "/Off", "/Off"]), (RADIOS_IN_UNISON, ["/Yes"] * 3)):
        blank = Blank()
        blank.radio("Format", same, Ff=flags)
        assert states(fill(blank.save(), ticked("Format")).data) == expected


def test_widget_of_a_radio_group_by_number() -> None:
    assert states(fill(group(), ticked("Format", widget=2)).data) == ["/Off", "/CD", "/Off"]


def test_on_state_that_is_no_utf8() -> None:
    """/S#ed (Sí in Latin-1) occurs in Spanish forms."""
    blank = Blank()
    blank.check("Acepta", RECT, "Sxed")
    data = blank.save().replace(b"/Sxed", b"/S#ed")
    for option in (None, "Sí"):
        filled = fill(data, ticked("Acepta", option)).data
        assert b"/AS /S#ed" in filled[len(data) :]
        assert within(ink(data, filled), shown(RECT))


def test_state_names_with_spaces_and_signs() -> None:
    blank = Blank()
    blank.check("Lab", RECT, "Yes, please (all) #1/2")
    data = blank.save()
    filled = fill(data, ticked("Lab", "Yes, please (all) #1/2")).data
    assert states(filled) == ["/Yes, please (all) #1/2"]
    check_with_qpdf(filled)


def test_box_that_the_blank_ticks_is_unticked_and_back() -> None:
    blank = Blank()
    node = blank.check("Lab", RECT)
    node["/V"], node["/AS"] = Name.Yes, Name.Yes
    data = blank.save()
    off = fill(data, unticked("Lab"))
    assert states(off.data) == ["/Off"]
    assert values(off.data)["Lab"] == "/Off"
    assert share_inked(data, off.data, shown(RECT)) > 0.3, "its ink is gone"
    on = fill(data, ticked("Lab"))
    assert states(on.data) == ["/Yes"]
    assert ink(data, on.data) is None


def test_radio_that_the_blank_sets_moves_to_another() -> None:
    blank = Blank()
    parent = blank.radio("Format", KIDS)
    parent["/V"] = Name.Paper
    parent["/Kids"][0]["/AS"] = Name.Paper
    data = blank.save()
    filled = fill(data, ticked("Format", "CD")).data
    assert states(filled) == ["/Off", "/CD", "/Off"]
    assert states(fill(data, unticked("Format")).data) == ["/Off", "/Off", "/Off"]


def test_untick_of_what_is_off_changes_nothing() -> None:
    blank = Blank()
    blank.check("Lab", RECT)
    data = blank.save()
    assert fill(data, unticked("Lab")).data == data


# choices


def choices(**entries: object) -> bytes:
    blank = Blank()
    blank.choice("State", (100, 600, 200, 616), [("CA", "California"), ("NV", "Nevada"), "Oregon"], **entries)
    return blank.save()


BOX = (100.0, 176.0, 200.0, 192.0)


@pytest.mark.parametrize("wanted", ["California", "CA", "california", " ca "])
def test_choice_by_export_value_or_shown_text(wanted: str) -> None:
    filled = fill(choices(Ff=COMBO), chosen("State", wanted)).data
    assert values(filled)["State"] == "CA"
    assert text_in(filled, BOX) == "California"


def test_choice_without_pairs() -> None:
    filled = fill(choices(Ff=COMBO), chosen("State", "Oregon")).data
    assert values(filled)["State"] == "Oregon"
    assert text_in(filled, BOX) == "Oregon"


def test_unknown_choice_lists_the_options() -> None:
    with pytest.raises(FillError, match="it has: 'California', 'Nevada', 'Oregon'"):
        fill(choices(Ff=COMBO), chosen("State", "Texas"))


def test_editable_choice_takes_what_is_not_listed() -> None:
    filled = fill(choices(Ff=COMBO | EDIT), chosen("State", "Texas")).data
    assert values(filled)["State"] == "Texas"
    assert text_in(filled, BOX) == "Texas"


def test_list_box_shows_its_choice() -> None:
    filled = fill(choices(I=Array([1])), chosen("State", "Nevada")).data
    assert values(filled)["State"] == "NV"
    assert text_in(filled, BOX) == "Nevada"
    field = pypdf.PdfReader(io.BytesIO(filled)).pages[0]["/Annots"][0].get_object()
    assert "/I" not in field, "the old selection by number would win in some viewers"


def test_choice_without_options() -> None:
    blank = Blank()
    node = blank.choice("State", (100, 600, 200, 616), [], Ff=COMBO)
    del node["/Opt"]
    with pytest.raises(FillError, match="none at all"):
        fill(blank.save(), chosen("State", "Texas"))


def test_push_button_is_no_place() -> None:
    blank = Blank()
    blank.parent("Print", [blank.widget(RECT, MK=Dictionary(CA=String("Print")))], FT=Name.Btn, Ff=1 << 16)
    with pytest.raises(FillError, match="is a button field"):
        fill(blank.save(), ticked("Print"))
