"""Blanks that are shifted, re-saved, re-worded, re-ordered: followed to the point, or refused."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from own_forms import Print, flat, resaved

from formfill.catalog import load_outline
from formfill.drift import follow
from formfill.errors import BlankFormError
from formfill.model.form_map import Blank, FormMap, Place, load_form_map
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.witness import witnessed

PRINT: tuple[Print, ...] = (
    ("Name of patient:", 50, 100),
    ("Date of birth:", 350, 100),
    ("Phone:", 50, 130),
    ("Laboratory results", 70, 200),
    ("Immunizations", 70, 220),
    ("Send to", 50, 260),
    ("Organization:", 50, 290),
    ("Phone:", 50, 320),
)
PLACES: tuple[Place, ...] = (
    Place(value="patient.full_name", page=1, box=(140, 98, 330, 112), label="Name of patient:"),
    Place(value="patient.birth_date", page=1, box=(425, 98, 540, 112), label="Date of birth:"),
    Place(value="patient.phone", page=1, box=(90, 128, 240, 142), label="Phone:"),
    Place(value="records.lab", page=1, box=(55, 200, 65, 210), label="Laboratory results"),
    Place(value="records.immunizations", page=1, box=(55, 220, 65, 230), label="Immunizations"),
    Place(value="recipient.organization", page=1, box=(120, 288, 300, 302), label="Organization:"),
    Place(value="recipient.phone", page=1, box=(90, 318, 240, 332), label="Phone:"),
)


def form_map(places: Sequence[Place] = PLACES) -> FormMap:
    return FormMap(
        form="test-roi-en",
        title="Test",
        provider="test",
        blank=Blank(file="test/roi-en.pdf", sha256="0" * 64, edition="01/2024"),
        fields=tuple(places),
    )


@pytest.fixture(scope="module")
def original() -> CompiledForm:
    return compiled_form(flat(PRINT))


@pytest.fixture(scope="module")
def exact(original: CompiledForm) -> FormMap:
    """The map with its witnesses written in."""
    written = witnessed(form_map(), original)
    assert all(place.at for place in written.fields)
    return written


def boxes(of: FormMap) -> list[tuple[float, ...] | None]:
    return [place.box for place in of.fields]


def shifted(by: Sequence[tuple[float, float]]) -> bytes:
    return flat([(words, x + dx, top + dy) for (words, x, top), (dx, dy) in zip(PRINT, by, strict=True)])


@pytest.mark.parametrize("with_at", [True, False])
def test_resaved_blank_goes_on_with_a_warning(exact: FormMap, original: CompiledForm, with_at: bool) -> None:
    the_map = exact if with_at else form_map()
    followed = follow(the_map, compiled_form(resaved(original.data)))
    assert boxes(followed.form_map) == boxes(the_map)
    assert len(followed.notes) == 1
    assert "01/2024" in followed.notes[0]
    assert "before it is signed" in followed.notes[0]


def test_a_shifted_form_takes_every_box_along(exact: FormMap) -> None:
    followed = follow(exact, compiled_form(shifted([(7, 21)] * len(PRINT))))
    for before, after in zip(exact.fields, followed.form_map.fields, strict=True):
        assert before.box is not None
        assert after.box == pytest.approx(
            [before.box[0] + 7, before.box[1] + 21, before.box[2] + 7, before.box[3] + 21], abs=0.2
        )
    assert "'Name of patient:' moved 7.0 pt right and 21.0 pt down" in followed.notes[1]
    assert len(followed.notes) == 1 + len(PLACES)


def test_a_small_shift_is_followed_to_the_point(exact: FormMap) -> None:
    followed = follow(exact, compiled_form(shifted([(0, 4)] * len(PRINT))))
    assert followed.form_map.fields[0].box == pytest.approx((140, 102, 330, 116), abs=0.2)


def test_the_original_at_hand_serves_as_witness(original: CompiledForm) -> None:
    followed = follow(form_map(), compiled_form(shifted([(0, 4)] * len(PRINT))), original)
    assert followed.form_map.fields[0].box == pytest.approx((140, 102, 330, 116), abs=0.2)


def test_an_inserted_line_moves_what_is_below_it_and_nothing_else(exact: FormMap) -> None:
    """Two places have the label "Phone:", and the lower one lands where its neighbours do."""
    followed = follow(exact, compiled_form(shifted([(0, 0)] * 3 + [(0, 15)] * 5)))
    tops = [place.box[1] for place in followed.form_map.fields if place.box]
    assert tops == pytest.approx([98, 98, 128, 215, 235, 303, 333], abs=0.2)


def test_rows_of_equal_labels_follow_their_neighbours() -> None:
    """A row more above: every "Yes" but one still finds a "Yes" at its old spot, which is another question's."""
    rows = [("Asthma", 50.0, 100.0), ("Diabetes", 50.0, 120.0), ("Allergy", 50.0, 140.0)]
    old = [mark for name, x, top in rows for mark in ((name, x, top), ("Yes", 200.0, top))]
    new = [("Anemia", 50.0, 100.0), ("Yes", 200.0, 100.0), *((words, x, top + 20) for words, x, top in old)]
    places = [
        *(Place(leave="other", page=1, box=(120, top, 180, top + 10), label=name) for name, _, top in rows),
        *(Place(value="records.lab", page=1, box=(185, top, 195, top + 10), label="Yes") for _, _, top in rows),
    ]
    written = witnessed(form_map(places), compiled_form(flat(old)))
    followed = follow(written, compiled_form(flat(new)))
    assert [place.box[1] for place in followed.form_map.fields[3:] if place.box] == pytest.approx(
        [120, 140, 160], abs=0.2
    )


@pytest.mark.parametrize("with_at", [True, False])
@pytest.mark.parametrize("row", [0, 1, 3, 6])
def test_a_reworded_label_is_refused(exact: FormMap, with_at: bool, row: int) -> None:
    prints = list(PRINT)
    prints[row] = ("Name of mother:", *prints[row][1:])
    with pytest.raises(BlankFormError, match="Nothing was filled") as caught:
        follow(exact if with_at else form_map(), compiled_form(flat(prints)))
    assert repr(PRINT[row][0]) in str(caught.value)
    assert caught.value.exit_code == 5


def test_one_of_two_equal_labels_gone_is_refused(exact: FormMap) -> None:
    with pytest.raises(BlankFormError, match=r"'Phone:'"):
        follow(exact, compiled_form(flat([*PRINT[:2], *PRINT[3:]])))


def test_labels_that_changed_places_are_refused(exact: FormMap) -> None:
    prints = list(PRINT)
    prints[3], prints[4] = ("Immunizations", 70, 200), ("Laboratory results", 70, 220)
    with pytest.raises(BlankFormError, match="no longer stand in that order"):
        follow(exact, compiled_form(flat(prints)))


def test_a_page_more_is_refused(exact: FormMap) -> None:
    with pytest.raises(BlankFormError, match="2 pages; the map is for 1"):
        follow(exact, compiled_form(flat(PRINT, pages=2)))


def test_another_page_size_is_refused(exact: FormMap) -> None:
    with pytest.raises(BlankFormError, match=r"page 1 measures 595 × 842"):
        follow(exact, compiled_form(flat(PRINT, size=(595, 842))))


def test_a_page_that_ends_above_a_box_is_refused() -> None:
    with pytest.raises(BlankFormError, match="too small"):
        follow(form_map(), compiled_form(flat(PRINT[:5], size=(612, 250))))


def test_an_unlabelled_box_moves_with_its_neighbours(exact: FormMap) -> None:
    places = list(exact.fields)
    places[3] = places[3].model_copy(update={"label": None, "at": None})
    bare = exact.model_copy(update={"fields": tuple(places)})
    followed = follow(bare, compiled_form(shifted([(0, 9)] * len(PRINT))))
    assert followed.form_map.fields[3].box == pytest.approx((55, 209, 65, 219), abs=0.2)


def test_an_unlabelled_box_between_two_shifts_is_refused(exact: FormMap) -> None:
    places = list(exact.fields)
    places[3] = places[3].model_copy(update={"label": None, "at": None})
    bare = exact.model_copy(update={"fields": tuple(places)})
    with pytest.raises(BlankFormError, match="it has no label"):
        follow(bare, compiled_form(shifted([(0, 0)] * 3 + [(0, 15)] * 5)))


def test_a_scan_is_known_by_its_picture() -> None:
    """A page of pixels has no words: the same picture passes where the map's own is at hand, and nothing else does."""
    scan = compiled_form(pictured(PRINT))
    again = compiled_form(resaved(scan.data))
    assert boxes(follow(form_map(), again, scan).form_map) == boxes(form_map())
    with pytest.raises(BlankFormError, match="page 1 is a scan"):
        follow(form_map(), again)
    with pytest.raises(BlankFormError, match="page 1 is a scan"):
        follow(form_map(), compiled_form(pictured(PRINT[1:])), scan)


def pictured(prints: Sequence[Print]) -> bytes:
    """A form as a scanner delivers it: one picture a page."""
    with pypdfium2.PdfDocument(flat(prints)) as document:
        image = document[0].render(scale=2).to_pil()
    out = io.BytesIO()
    image.save(out, "PDF", resolution=144)
    return out.getvalue()


def test_rotated_and_cropped_pages_are_read_as_displayed(exact: FormMap, original: CompiledForm) -> None:
    """The same sheet with a crop box and a media box that start elsewhere: every label keeps its displayed place."""
    with pikepdf.open(io.BytesIO(original.data)) as pdf:
        page = pdf.pages[0]
        page.contents_coalesce()
        content = page.Contents.read_bytes()
        page.Contents = pdf.make_stream(b"q 0 1 -1 0 922 200 cm " + content + b" Q")
        page.MediaBox = pikepdf.Array([100, 170, 1000, 1000])
        page.CropBox = pikepdf.Array([130, 200, 130 + 792, 200 + 612])
        page.Rotate = 90
        out = io.BytesIO()
        pdf.save(out)
    followed = follow(exact, compiled_form(out.getvalue()))
    assert boxes(followed.form_map) == boxes(exact)


def test_corpus_forms_saved_again(corpus: Path, root: Path) -> None:
    """A provider's real blank, re-saved: every map that ships goes on without moving a box."""
    held = {}
    for row in sorted(corpus.glob("*/*.pdf")):
        held[hashlib.sha256(row.read_bytes()).hexdigest()] = row
    tried = 0
    for path in sorted((root / "form_maps").glob("*/*.yaml")):
        if path.name == "provider.yaml" or load_outline(path).blank.sha256 not in held:
            continue
        the_map = load_form_map(path)
        data = held[the_map.blank.sha256].read_bytes()
        own = compiled_form(data)
        written = witnessed(the_map, own)
        followed = follow(written, compiled_form(resaved(data)), own)
        assert boxes(followed.form_map) == boxes(the_map), path
        tried += 1
    if not tried:
        pytest.skip("no form map for a form of the corpus yet")


def test_an_earlier_edition_of_a_real_form(corpus: Path, root: Path) -> None:
    """Two editions of one hospital's form differ in a phone number at the foot: the map of one serves the other."""
    the_map = load_form_map(root / "form_maps/goleta-valley-cottage/roi-en.yaml")
    folder = corpus / "goleta-valley-cottage-hospital"
    followed = follow(the_map, compiled_form((folder / "form-3.pdf").read_bytes()))
    assert boxes(followed.form_map) == boxes(the_map)
    with pytest.raises(BlankFormError, match="Nothing was filled"):
        follow(the_map, compiled_form((folder / "form-2.pdf").read_bytes()))


@pytest.mark.parametrize("provider", ["natividad", "ucsf", "gritman", "duke"])
def test_another_form_is_refused(corpus: Path, root: Path, provider: str) -> None:
    the_map = load_form_map(root / f"form_maps/{provider}/roi-en.yaml")
    for other in (
        "natividad-medical-center/form-1.pdf",
        "ucsf-medical-center/form-3.pdf",
        "tioga-medical-center/form-1.pdf",
    ):
        with pytest.raises(BlankFormError, match="Nothing was filled"):
            follow(the_map, compiled_form((corpus / other).read_bytes()))
