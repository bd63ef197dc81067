"""``formfill map preview``: pictures that Pillow opens again, and whose pixels are coloured where the places are."""

from __future__ import annotations

import csv
import stat
import webbrowser
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from builders import Blank
from own_forms import PLACES, flat, form_map, workspace
from PIL import Image, ImageDraw

from formfill.cli import main
from formfill.draft import marks
from formfill.draft.marks import Mark, marks_of, name_of, sort_of
from formfill.draft.pictures import Colour
from formfill.draft.preview import GUTTER, HEAD, SCALE
from formfill.draft.tags import InkMap, Tagger, wrapped
from formfill.model.form_map import FormMap, Place, load_form_map
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import printed_pages

Capture = pytest.CaptureFixture[str]

MANY = """\
  - {value: patient.full_name, page: 1, box: [125, 98, 330, 112], label: "Patient name:", confidence: 0.97}
  - value: patient.birth_date
    page: 1
    pieces:
      - {part: month, box: [425, 98, 455, 112]}
      - {part: day, box: [460, 98, 490, 112]}
      - {part: year, box: [495, 98, 540, 112]}
    label: "Date of birth:"
    format: MM/DD/YYYY
    confidence: 0.62
  - {value: records.lab, page: 1, box: [55, 130, 65, 140], label: Laboratory results, when: request.date_from}
  - {value: not sensitive.hiv, page: 1, box: [55, 150, 65, 160], label: Immunizations, confidence: 0.8}
  - {value: records.other_text, page: 1, boxes: [[130, 168, 330, 182], [50, 184, 330, 198]], label: "Other records:"}
  - {leave: unknown, page: 1, box: [120, 200, 300, 214], label: No such words, confidence: 0.31}
  - {leave: staff.use, page: 1, box: [400, 300, 560, 340]}
  - {leave: other, page: 1, box: [400, 350, 560, 366]}
  - {leave: signature.patient, page: 1, box: [110, 238, 300, 252], label: "Signature:"}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a map of every kind of place, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(workspace(folder, flat(pages=2), MANY))
    return folder


def loaded(home: Path) -> FormMap:
    return load_form_map(home / "form_maps/acme/roi-en.yaml")


def marked(form_map: FormMap, data: bytes) -> tuple[marks.Marks, CompiledForm]:
    compiled = compiled_form(data)
    printed = printed_pages(compiled.data, [page.shown for page in compiled.pages])
    return marks_of(form_map, compiled, printed), compiled


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        return np.asarray(image).astype(int)


def has_edge(pixels: np.ndarray, box: ShownBox, colour: Colour) -> bool:
    """Whether the box's upper edge, where no caption or tag stands, is drawn in ``colour``."""
    x0, x1 = (round(v * SCALE + GUTTER) for v in (box[0], box[2]))
    top = round(box[1] * SCALE + HEAD)
    rows = np.median(pixels[top - 2 : top + 3, x0 + 3 : x1 - 3], axis=1)
    return bool((np.abs(rows - np.array(colour)).max(axis=1) < 60).any())


def assert_coloured(folder: Path, stem: str, found: list[Mark], page: int) -> None:
    """Every place that is wide enough to measure has an edge of its own sort's colour."""
    pixels = picture(folder / f"{stem}-page-{page}.png")
    seen = 0
    for mark in found:
        for part in mark.parts:
            neighbours = [p.box for m in found for p in m.parts if p is not part and m.sort is not mark.sort]
            if any(_meet(part.box, other) for other in neighbours):
                continue
            assert has_edge(pixels, part.box, mark.sort.colour), (mark.name, part)
            seen += 1
    assert seen >= 0.8 * sum(len(mark.parts) for mark in found)


def _meet(one: ShownBox, other: ShownBox) -> bool:
    return one[0] < other[2] + 4 and other[0] < one[2] + 4 and one[1] < other[3] + 4 and other[1] < one[3] + 4


# pictures


def test_places_are_coloured_by_what_is_done_there(home: Path, capsys: Capture) -> None:
    assert main(["map", "preview", "form_maps/acme/roi-en.yaml"]) == 0
    folder = home / "form_maps/acme/roi-en-preview"
    assert sorted(path.name for path in folder.iterdir()) == [
        "roi-en-page-1.png",
        "roi-en-page-2.png",
        "roi-en-preview.html",
    ]
    found = marked(loaded(home), (home / "forms/acme/roi-en.pdf").read_bytes())[0].on(1)
    assert {mark.sort.name for mark in found} == {"text", "tick", "excluding", "unknown", "staff", "left", "hand"}
    assert_coloured(folder, "roi-en", found, 1)
    said = capsys.readouterr().out
    assert "9 places: 3 text, 1 tick, 1 excluding, 1 hand, 1 staff, 1 left, 1 unknown; 1 labels not found" in said


def test_pictures_are_their_owners_alone(home: Path) -> None:
    assert main(["map", "preview", "acme-roi-en", "--out", "seen"]) == 0
    for path in (home / "seen").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_blank_is_still_seen(home: Path) -> None:
    assert main(["map", "preview", "acme-roi-en", "--out", "seen"]) == 0
    pixels = picture(home / "seen/roi-en-page-1.png")
    # "Patient name:" is printed black at (50, 100)
    x0, x1, y0, y1 = 50 * SCALE + GUTTER, 110 * SCALE + GUTTER, 98 * SCALE + HEAD, 112 * SCALE + HEAD
    assert (pixels[round(y0) : round(y1), round(x0) : round(x1)].max(axis=2) < 90).mean() > 0.05


def test_a_label_is_tied_to_its_place(home: Path) -> None:
    (mark, *_) = marked(loaded(home), (home / "forms/acme/roi-en.pdf").read_bytes())[0].on(1)
    assert mark.label_at is not None
    assert main(["map", "preview", "acme-roi-en", "--out", "seen"]) == 0
    pixels = picture(home / "seen/roi-en-page-1.png")
    x0, x1 = (round(v * SCALE + GUTTER) for v in (mark.label_at[0], mark.label_at[2]))
    below = round(mark.label_at[3] * SCALE + HEAD)
    line = np.median(pixels[below - 1 : below + 1, x0 + 2 : x1 - 2].reshape(-1, 3), axis=0)
    assert line[2] > line[0] + 40  # underlined in the blue of a text
    between = round((mark.label_at[2] + 125) / 2 * SCALE + GUTTER)
    column = pixels[round(98 * SCALE + HEAD) : round(112 * SCALE + HEAD), between]
    assert (column[:, 2] > column[:, 0] + 40).any()  # and a line leads to the place


def test_one_page_leaves_the_others_and_a_whole_run_removes_what_is_stale(home: Path, capsys: Capture) -> None:
    assert main(["map", "preview", "acme-roi-en", "--out", "seen"]) == 0
    stale = home / "seen/roi-en-page-7.png"
    mine = home / "seen/mine-page-1.png"
    stale.write_bytes(b"old")
    mine.write_bytes(b"mine")
    assert main(["map", "preview", "acme-roi-en", "--out", "seen", "--page", "2"]) == 0
    assert stale.exists()
    assert (home / "seen/roi-en-page-1.png").exists()
    assert main(["map", "preview", "acme-roi-en", "--out", "seen"]) == 0
    assert not stale.exists()
    assert mine.read_bytes() == b"mine"
    assert main(["map", "preview", "acme-roi-en", "--out", "seen", "--page", "3"]) == 2
    assert "has 2 pages" in capsys.readouterr().err


def test_open_shows_the_page_of_all_pictures(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    assert main(["map", "preview", "acme-roi-en", "--out", "seen", "--open"]) == 0
    assert opened == [(home / "seen/roi-en-preview.html").as_uri()]
    page = (home / "seen/roi-en-preview.html").read_text(encoding="utf-8")
    assert page.count("<img") == 2
    for words in ("patient.full_name", "0.62", "reviewed", "only if request.date_from", "No such words (not found"):
        assert words in page
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    assert main(["map", "preview", "acme-roi-en", "--out", "seen", "--open"]) == 0
    assert "open seen/roi-en-preview.html yourself" in capsys.readouterr().err


def test_what_a_map_says_cannot_become_html(tmp_path: Path) -> None:
    data = flat()
    place = '  - {leave: other, page: 1, box: [10, 10, 60, 30], label: "<script>x</script>", note: "<b>"}\n'
    (tmp_path / "x.yaml").write_text(form_map(data, place))
    (tmp_path / "x.pdf").write_bytes(data)
    assert main(["map", "preview", str(tmp_path / "x.yaml"), "--blank", str(tmp_path / "x.pdf")]) == 0
    page = (tmp_path / "x-preview/x-preview.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


# fields


def test_fields_are_drawn_at_their_widgets_and_forgotten_ones_too(tmp_path: Path, capsys: Capture) -> None:
    blank = Blank(pages=0)
    blank.page(media=(0, 100, 612, 892), rotate=90)
    blank.text("Name", (100, 300, 120, 500))
    blank.check("Labs", (200, 300, 212, 312))
    blank.text("Forgotten", (300, 300, 320, 500))
    data = blank.save()
    places = "  - {value: patient.full_name, field: Name}\n  - {value: records.lab, field: Labs}\n"
    places += "  - {value: patient.email, field: Gone}\n  - {value: patient.phone, page: 4, box: [1, 1, 9, 9]}\n"
    (tmp_path / "x.yaml").write_text(form_map(data, places))
    (tmp_path / "x.pdf").write_bytes(data)
    assert main(["map", "preview", str(tmp_path / "x.yaml"), "--blank", str(tmp_path / "x.pdf")]) == 0
    said = capsys.readouterr()
    assert "3 places: 1 text, 1 tick, 1 forgotten" in said.out
    assert "field 'Gone': the blank has no such field" in said.err
    assert "the blank has 1 pages" in said.err
    found = marked(load_form_map(tmp_path / "x.yaml"), data)[0]
    assert len(found.lost) == 2
    name, labs, forgotten = found.on(1)
    assert [name.sort, labs.sort, forgotten.sort] == [marks.TEXT, marks.TICK, marks.FORGOTTEN]
    assert name.box == pytest.approx((200, 100, 400, 120))  # as displayed: turned, and from the media box's corner
    pixels = picture(tmp_path / "x-preview/x-page-1.png")
    assert has_edge(pixels, name.box, marks.TEXT.colour)
    assert has_edge(pixels, labs.box, marks.TICK.colour)


def test_another_blank_is_named_and_drawn_on(home: Path, capsys: Capture) -> None:
    other = home / "other.pdf"
    other.write_bytes(flat(size=(612, 700)))
    assert main(["map", "preview", "acme-roi-en", "--blank", str(other), "--out", "seen"]) == 0
    assert f"{other} is not the file that the map is for" in capsys.readouterr().err


# what cannot be shown


def test_errors_keep_their_codes(home: Path, capsys: Capture) -> None:
    assert main(["map", "preview", "no-such-form"]) == 3
    assert main(["map", "preview", "no-such.yaml"]) == 3
    assert main(["map", "preview", "acme-roi-en", "--blank", "no-such.pdf"]) == 5
    (home / "forms/acme/roi-en.pdf").unlink()
    assert main(["map", "preview", "acme-roi-en"]) == 5
    capsys.readouterr()
    assert main(["map", "preview", "model-access-request-docx-en"]) == 2
    assert "previews are of PDF forms" in capsys.readouterr().err


def test_out_must_be_a_folder(home: Path, capsys: Capture) -> None:
    (home / "taken").write_text("")
    assert main(["map", "preview", "acme-roi-en", "--out", "taken"]) == 8
    assert "taken: is a file" in capsys.readouterr().err


# kinds and names


@pytest.mark.parametrize(
    ("place", "sort"),
    [
        ({"value": "patient.full_name"}, marks.TEXT),
        ({"value": "{{ patient.state }} {{ patient.zip }}"}, marks.TEXT),
        ({"value": "patient.full_name", "kind": "check"}, marks.TICK),
        ({"value": "records.lab"}, marks.TICK),
        ({"value": "records.lab or records.pathology"}, marks.TICK),
        ({"value": "not sensitive.hiv"}, marks.EXCLUDING),
        ({"value": "sensitive.hiv", "kind": "initials"}, marks.HAND),
        ({"value": "signature.patient"}, marks.HAND),
        ({"leave": "signature.date"}, marks.HAND),
        ({"leave": "witness.name"}, marks.HAND),
        ({"leave": "interpreter.signature"}, marks.HAND),
        ({"leave": "sensitive.std", "kind": "initials"}, marks.HAND),
        ({"leave": "staff.use"}, marks.STAFF),
        ({"leave": "other", "kind": "staff"}, marks.STAFF),
        ({"leave": "other"}, marks.LEFT),
        ({"leave": "request.dates_last_2_years"}, marks.LEFT),
        ({"leave": "unknown"}, marks.UNKNOWN),
        ({"value": "patient.shoe_size"}, marks.UNKNOWN),
    ],
)
def test_sort_of_a_place(place: dict[str, str], sort: marks.Sort) -> None:
    assert sort_of(Place.model_validate({**place, "page": 1, "box": (1, 1, 9, 9)})) is sort


def test_an_option_that_is_always_chosen_is_a_tick() -> None:
    place = Place(choose="Release To", field="Direction")
    assert sort_of(place) is marks.TICK
    assert name_of(place) == "always “Release To”"


def test_a_text_with_expressions_is_readable() -> None:
    place = Place(value="{{ patient.state }} {{ patient.zip }}", page=1, box=(1, 1, 9, 9))
    assert name_of(place) == "{patient.state} {patient.zip}"


def test_lines_and_pieces_are_numbered(home: Path) -> None:
    found = marked(loaded(home), (home / "forms/acme/roi-en.pdf").read_bytes())[0].on(1)
    captions = {mark.name: [part.caption for part in mark.parts] for mark in found}
    assert captions["patient.birth_date"] == ["1 month", "2 day", "3 year"]
    assert captions["records.other_text"] == ["1", "2"]
    details = {mark.name: mark.details for mark in found}
    assert details["patient.birth_date"] == ("as MM/DD/YYYY", "in 3 pieces")
    assert details["unknown"] == ("label not found: No such words",)


# tags


def test_tags_cover_neither_each_other_nor_a_place() -> None:
    paper = Image.new("L", (800, 600), 255)
    draw = ImageDraw.Draw(paper)
    for y in range(30, 570, 30):
        draw.text((60, y), "words of a form, and more of them, from side to side of the page", fill=0)
    places = [(x, y, x + 14, y + 14) for x in (40, 300, 560) for y in range(40, 560, 36)]
    tagger = Tagger(InkMap(paper), places, (0, 0, 800, 600))
    spots = [tagger.spot(110, 18, place) for place in places]
    for one, other in combinations([*spots, *places], 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1], (one, other)
    for spot in spots:
        assert 0 <= spot[0] <= spot[2] <= 800
        assert 0 <= spot[1] <= spot[3] <= 600


def test_a_tag_prefers_white_paper_and_the_line_of_its_place() -> None:
    paper = Image.new("L", (600, 200), 255)
    ImageDraw.Draw(paper).rectangle((215, 90, 600, 110), fill=0)
    tagger = Tagger(InkMap(paper), [(200, 94, 212, 106)], (0, 0, 600, 200))
    spot = tagger.spot(80, 16, (200, 94, 212, 106))
    assert spot[2] <= 200
    assert (spot[1] + spot[3]) / 2 == pytest.approx(100, abs=3)


def test_a_tag_without_a_free_spot_is_drawn_all_the_same() -> None:
    tagger = Tagger(InkMap(Image.new("L", (100, 40), 255)), [(0, 0, 100, 40)], (0, 0, 100, 40))
    assert tagger.spot(60, 18, (0, 0, 100, 40)) == (40, 0, 100, 18)


def test_ink_map_answers_how_much_is_printed() -> None:
    paper = Image.new("L", (80, 80), 255)
    ImageDraw.Draw(paper).rectangle((0, 0, 39, 79), fill=0)
    ink = InkMap(paper)
    assert ink.share((0, 0, 30, 70)) == 1
    assert ink.share((48, 0, 70, 70)) == 0
    assert ink.share((500, 500, 600, 600)) == 0


def test_long_names_break_at_spaces_and_stops() -> None:
    assert wrapped("records.lab or records.pathology", 16) == ["records.lab or", "records.", "pathology"]
    assert all(len(line) <= 10 for line in wrapped("a" * 55, 10))
    assert "".join(wrapped("a" * 55, 10)) == "a" * 55


# the forms that ship, and real ones


@pytest.mark.parametrize("name", ["access-request-en", "access-request-flat-en", "amendment-es", "authorization-ca-en"])
def test_our_own_forms(root: Path, tmp_path: Path, name: str) -> None:
    path = root / f"form_maps/model/{name}.yaml"
    assert main(["map", "preview", str(path), "--out", str(tmp_path)]) == 0
    found, compiled = marked(load_form_map(path), (root / f"forms/model/{name}.pdf").read_bytes())
    assert found.lost == ()
    assert not any(mark.label_is_lost for mark in found.marks)
    for page in range(1, len(compiled.pages) + 1):
        assert_coloured(tmp_path, name, found.on(page), page)


@pytest.mark.parametrize("name", ["natividad", "ucsf", "la-clinica"])
def test_real_forms(root: Path, corpus: Path, tmp_path: Path, name: str) -> None:
    path = root / f"form_maps/{name}/roi-en.yaml"
    wanted = load_form_map(path)
    with (corpus / "INDEX.csv").open(encoding="utf-8") as rows:
        (file,) = [row["file"] for row in csv.DictReader(rows) if row["sha256"] == wanted.blank.sha256]
    assert main(["map", "preview", str(path), "--blank", str(corpus / file), "--out", str(tmp_path)]) == 0
    found, _ = marked(wanted, (corpus / file).read_bytes())
    for page in (1, 2):
        assert_coloured(tmp_path, "roi-en", found.on(page), page)


def test_a_map_without_drafts_says_nothing_of_confidence(home: Path) -> None:
    (home / "form_maps/acme/roi-en.yaml").write_text(form_map(flat(), PLACES))
    (home / "forms/acme/roi-en.pdf").write_bytes(flat())
    assert main(["map", "preview", "acme-roi-en", "--out", "reviewed"]) == 0
    assert (home / "reviewed/roi-en-page-1.png").is_file()
    assert "0.00" not in (home / "reviewed/roi-en-preview.html").read_text(encoding="utf-8")
