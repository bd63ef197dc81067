"""``formfill map rebase``: editions altered by the tests, and pairs of editions of the corpus.

What a rebase should say is known beforehand: from how a blank was altered, or from the other edition's own map.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pikepdf
import pytest
from builders import Blank
from own_forms import workspace

from formfill import yaml_io
from formfill.cli import main
from formfill.draft.map_comments import comments_of
from formfill.draft.rebase import Outcome, Rebased, rebase
from formfill.errors import FormMapError
from formfill.model.form_map import FormMap, Place, load_form_map
from formfill.pdf.compile import compile_blank
from formfill.pdf.compiled import CompiledForm
from formfill.witness import anchors

Capture = pytest.CaptureFixture[str]
Box = tuple[float, float, float, float]

#: label, what is there ("text" a rule behind it, "check" a box before it), concept; y from the top.
Row = tuple[str, str, str, float]
ROWS: tuple[Row, ...] = (
    ("Patient name:", "text", "patient.full_name", 100),
    ("Date of birth:", "text", "patient.birth_date", 130),
    ("Medical record number:", "text", "patient.mrn", 160),
    ("Laboratory results", "check", "records.lab", 220),
    ("Immunization records", "check", "records.immunizations", 240),
    ("Operative reports", "check", "records.operative", 260),
    ("HIV test results", "check", "sensitive.hiv", 280),
    ("Name of recipient:", "text", "recipient.name", 340),
    ("Mailing address of recipient:", "text", "recipient.address", 370),
    ("Signature of patient:", "text", "signature.patient", 440),
)
HEADS = ((60, "AUTHORIZATION TO RELEASE HEALTH INFORMATION"), (195, "Please release these records:"), (315, "Send to:"))


def compiled(data: bytes) -> CompiledForm:
    return compile_blank(data, hashlib.sha256(data).hexdigest(), "blank.pdf")


def drawn(rows: Sequence[Row], heads: Sequence[tuple[float, str]] = HEADS, before: int = 0) -> bytes:
    """A flat form of such rows, with ``before`` pages of print in front."""
    blank = Blank(pages=0)
    for _ in range(before):
        blank.page(words=[(72, 700 - 20 * k, f"General notice number {k} about your rights") for k in range(20)])
    words = [(50.0, 792 - y, text) for y, text in heads]
    content = b"0.7 w\n"
    for label, kind, _, y in rows:
        if kind == "check":
            content += b"60 %.1f 9 9 re S\n" % (792 - y - 1)
            words.append((76, 792 - y, label))
        else:
            x0 = 60 + 5.6 * len(label)
            content += b"%.1f %.1f m 540 %.1f l S\n" % (x0, 792 - y - 2, 792 - y - 2)
            words.append((50, 792 - y, label))
    blank.page(words=words, content=content)
    return blank.save()


def place(row: Row) -> Place:
    label, kind, concept, y = row
    leave = concept.startswith("signature.")
    if kind == "check":
        return Place(value=concept, page=1, box=(60, y - 8, 69, y + 1), label=label)
    x0 = round(60 + 5.6 * len(label), 1)
    key = {"leave": concept} if leave else {"value": concept}
    return Place(**key, page=1, box=(x0, y - 10, 540, y + 2), label=label)


def mapped(data: bytes, places: Sequence[Place], form: str = "acme-roi-en") -> FormMap:
    digest = hashlib.sha256(data).hexdigest()
    head = {
        "form": form,
        "title": "Release",
        "provider": "acme",
        "blank": {"file": "acme/roi-en.pdf", "sha256": digest},
    }
    return FormMap.model_validate({**head, "fields": [p.model_dump(exclude_none=True) for p in places]})


def carried(old: bytes, new: bytes, places: Sequence[Place], *, with_old: bool = True) -> Rebased:
    original = compiled(old) if with_old else None
    return rebase(mapped(old, places), compiled(new), "acme-roi-en-new", "acme/new.pdf", original)


def by_concept(result: Rebased) -> dict[str, Outcome]:
    return {o.place.value or o.place.leave or "": o for o in result.outcomes if o.status not in ("new", "doubtful")}


def altered(data: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def shifted(right: float, down: float) -> Callable[[pikepdf.Pdf], None]:
    """Everything on every page printed elsewhere, widgets too."""

    def change(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.contents_add(b"q 1 0 0 1 %.1f %.1f cm\n" % (right, -down), prepend=True)
            page.contents_add(b"\nQ")
            for note in page.get("/Annots", []):
                if "/Rect" in note:
                    by = (right, -down, right, -down)
                    note.Rect = pikepdf.Array([float(x) + d for x, d in zip(note.Rect, by, strict=True)])

    return change


def boxes(place: Place) -> Iterator[Box]:
    yield from place.boxes or ()
    yield from (piece.box for piece in place.pieces or () if piece.box)
    if place.box:
        yield place.box


def model(root: Path, name: str) -> tuple[FormMap, bytes]:
    form_map = load_form_map(root / "form_maps" / "model" / f"{name}.yaml")
    return form_map, (root / "forms" / "model" / f"{name}.pdf").read_bytes()


# editions altered mechanically


@pytest.mark.parametrize("with_old", [True, False], ids=["with-old-blank", "without"])
def test_shifted_print_takes_every_box_along(root: Path, *, with_old: bool) -> None:
    form_map, data = model(root, "access-request-flat-en")
    new = altered(data, shifted(6, -14))
    result = rebase(form_map, compiled(new), "model-new", "model/new.pdf", compiled(data) if with_old else None)
    assert not result.gone
    assert [o.status for o in result.outcomes if o.status == "new"] == [] or not with_old
    for outcome in result.outcomes:
        if outcome.old is None:
            continue
        old = form_map.fields[outcome.old]
        pairs = list(zip(boxes(old), boxes(outcome.place), strict=True))
        assert pairs
        for was, now in pairs:
            assert now == pytest.approx((was[0] + 6, was[1] - 14, was[2] + 6, was[3] - 14), abs=1.0), outcome
        assert outcome.place.concept == old.concept
        assert outcome.place.when == old.when
        assert outcome.place.confidence is not None
        assert "moved" in outcome.what


def test_a_resaved_blank_is_carried_unchanged(root: Path) -> None:
    form_map, data = model(root, "authorization-ca-en")
    new = altered(data, lambda pdf: pdf.docinfo.update({"/Subject": "saved again"}))
    result = rebase(form_map, compiled(new), "model-new", "model/new.pdf", compiled(data))
    assert result.counts == {**dict.fromkeys(result.counts, 0), "unchanged": len(form_map.fields)}
    assert result.form_map.fields == form_map.fields
    assert result.form_map.blank.sha256 == hashlib.sha256(new).hexdigest()
    assert result.watch == ()


@pytest.mark.parametrize("name", ["access-request-flat-en", "authorization-ca-en"])
def test_an_inserted_page_moves_the_rest_to_the_next(root: Path, name: str) -> None:
    form_map, data = model(root, name)
    extra = drawn((), before=1)

    def insert(pdf: pikepdf.Pdf) -> None:
        with pikepdf.open(io.BytesIO(extra)) as other:
            pdf.pages.insert(1, other.pages[0])

    new = altered(data, insert)
    blank, original = compiled(new), compiled(data)
    result = rebase(form_map, blank, "model-new", "model/new.pdf", original)
    assert not result.gone
    for outcome in result.outcomes:
        assert outcome.old is not None
        (page, box), *_ = anchors(form_map.fields[outcome.old], original)
        (now, at), *_ = anchors(outcome.place, blank)
        assert now == (1 if page == 1 else page + 1)
        assert at == pytest.approx(box, abs=1.0)
        assert (outcome.status == "unchanged") == (now == page)


def test_renamed_fields_are_known_by_where_they_stand(root: Path) -> None:
    form_map, data = model(root, "authorization-ca-en")

    def rename(pdf: pikepdf.Pdf) -> None:
        for k, field in enumerate(pdf.Root.AcroForm.Fields):
            field.T = pikepdf.String(f"Field {k}")
        shifted(0, 9)(pdf)

    new = altered(data, rename)
    blank, original = compiled(new), compiled(data)
    result = rebase(form_map, blank, "model-new", "model/new.pdf", original)
    assert not result.gone
    for outcome in result.outcomes:
        assert outcome.old is not None
        assert (outcome.place.field or "").startswith("Field ")
        (page, box), *_ = anchors(form_map.fields[outcome.old], original)
        (now, at), *_ = anchors(outcome.place, blank)
        assert (now, at) == (page, pytest.approx((box[0], box[1] + 9, box[2], box[3] + 9), abs=0.2))
        assert "the field was" in outcome.what


def test_a_flat_form_that_became_fillable() -> None:
    old = drawn(ROWS)

    def fill_in(pdf: pikepdf.Pdf) -> None:
        blank = Blank(pages=1)
        for k, row in enumerate(ROWS):
            x0, top, x1, bottom = place(row).box or (0, 0, 1, 1)
            rect = (x0, 792 - bottom, x1, 792 - top)
            blank.check(f"b{k}", rect) if row[1] == "check" else blank.text(f"t{k}", rect)
        form = pdf.copy_foreign(blank.pdf.make_indirect(blank.form))
        pdf.Root.AcroForm = form
        pdf.pages[0].obj["/Annots"] = pikepdf.Array(list(form.Fields))

    new = altered(old, fill_in)
    result = carried(old, new, [place(row) for row in ROWS])
    fields = {o.place.value or o.place.leave: o.place.field for o in result.outcomes}
    assert fields == {row[2]: f"{'b' if row[1] == 'check' else 't'}{k}" for k, row in enumerate(ROWS)}
    assert all("is a form field now" in o.what for o in result.outcomes)


# editions written anew


def edition(*changes: tuple[str, str], rows: Sequence[Row] = ROWS, down: float = 0) -> list[Row]:
    """``ROWS`` with labels changed, all ``down`` points lower."""
    words = dict(changes)
    return [(words.get(label, label), kind, concept, y + down) for label, kind, concept, y in rows]


def test_reworded_gone_and_new() -> None:
    rows = edition(("Medical record number:", "Hospital chart number:"), ("Patient name:", "Full name of patient:"))
    rows = [row for row in rows if row[2] != "records.operative"]
    rows.append(("E-mail of recipient:", "text", "", 400))
    result = carried(drawn(ROWS), drawn(rows), [place(row) for row in ROWS])
    found = by_concept(result)
    for concept, was, now in (
        ("patient.mrn", "Medical record number:", "Hospital chart number:"),
        ("patient.full_name", "Patient name:", "Full name of patient:"),
    ):
        assert found[concept].status in ("reworded", "guessed")
        assert found[concept].place.label == now
        assert f"the label was {was!r}" in found[concept].what
        assert (found[concept].place.confidence or 1) < 0.95
    assert [gone.place.value for gone in result.gone] == ["records.operative"]
    (new,) = [o.place for o in result.outcomes if o.status == "new"]
    assert (new.leave, new.label) == ("unknown", "E-mail of recipient:")
    assert new.confidence
    (box,) = boxes(new)
    assert box[3] == pytest.approx(402, abs=3)
    # it stands where it does on the form: after the recipient's address
    order = [o.place.value or o.place.leave for o in result.outcomes]
    assert order.index("unknown") == order.index("recipient.address") + 1
    assert found["patient.birth_date"].status == "unchanged"
    assert found["patient.birth_date"].place.confidence is None


def test_places_in_another_order_are_known_by_their_words() -> None:
    rows = list(ROWS)
    rows[3], rows[5] = (*ROWS[5][:3], 220.0), (*ROWS[3][:3], 260.0)
    result = carried(drawn(ROWS), drawn(rows), [place(row) for row in ROWS])
    found = by_concept(result)
    assert found["records.lab"].place.box == pytest.approx((60, 252, 69, 261), abs=1)
    assert found["records.operative"].place.box == pytest.approx((60, 212, 69, 221), abs=1)
    assert not result.gone


@pytest.mark.parametrize(
    "heads",
    [
        ((60, HEADS[0][1]), (195, "Please do NOT release these records:"), (315, "Send to:")),
        (
            (60, HEADS[0][1]),
            (195, "Please release these records:"),
            (207, "Do not disclose what is marked"),
            (315, "Send to:"),
        ),
    ],
    ids=["heading", "sentence"],
)
def test_a_tick_is_not_carried_where_polarity_changed(heads: Sequence[tuple[float, str]]) -> None:
    result = carried(drawn(ROWS), drawn(ROWS, heads), [place(row) for row in ROWS])
    doubtful = [o for o in result.outcomes if o.status == "doubtful"]
    assert len(doubtful) == 4, [o for o in result.outcomes if o.status != "unchanged"]
    for outcome in doubtful:
        assert outcome.place.leave == "unknown"
        assert outcome.place.kind == "check"
        assert outcome.place.value is None
        assert "NOT CARRIED, it was '" in outcome.what
    assert any("do not" in sentence.lower() for sentence in result.watch)
    # texts are not turned round by it
    assert by_concept(result)["recipient.name"].place.value == "recipient.name"


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("HIV test results", "HIV test results and mental health records"),
        ("HIV test results", "Do not release HIV test results"),
        ("Laboratory results", "Laboratory results with drug and alcohol tests"),
        ("Operative reports", "Psychiatric reports"),
    ],
)
@pytest.mark.parametrize("with_old", [True, False], ids=["with-old-blank", "without"])
def test_a_tick_is_not_carried_where_its_words_name_something_else(was: str, now: str, *, with_old: bool) -> None:
    result = carried(drawn(ROWS), drawn(edition((was, now))), [place(row) for row in ROWS], with_old=with_old)
    concept = next(row[2] for row in ROWS if row[0] == was)
    assert concept not in by_concept(result)
    if with_old:
        (doubtful,) = [o for o in result.outcomes if o.status == "doubtful"]
        assert doubtful.old is not None
        assert repr(concept) in doubtful.what
        assert doubtful.place.leave == "unknown"
        assert doubtful.place.box == pytest.approx(place(ROWS[doubtful.old]).box, abs=1)


def test_for_a_protected_category_a_guess_is_not_enough() -> None:
    lost = ("records.immunizations", "sensitive.hiv")
    rows = [row for row in ROWS if row[2] not in lost]
    blank = drawn(rows)

    def words_alone(pdf: pikepdf.Pdf) -> None:
        for y, label in ((552, b"Immunization records"), (512, b"HIV test results")):
            pdf.pages[0].contents_add(b"BT /F1 10 Tf 1 0 0 1 76 %d Tm (%s) Tj ET\n" % (y, label))

    result = carried(drawn(ROWS), altered(blank, words_alone), [place(row) for row in ROWS])
    assert by_concept(result)["records.immunizations"].status == "guessed"
    (doubtful,) = [o for o in result.outcomes if o.status == "doubtful"]
    assert "'sensitive.hiv': for a protected category a guess is not enough" in doubtful.what


def test_a_box_that_kept_back_is_not_carried_where_the_form_no_longer_says_so() -> None:
    heads = ((60, HEADS[0][1]), (195, "Do not release the following:"), (315, "Send to:"))
    places = [place(row) for row in ROWS]
    places[6] = places[6].model_copy(update={"value": "not sensitive.hiv"})
    for with_old in (True, False):
        result = carried(drawn(ROWS, heads), drawn(ROWS), places, with_old=with_old)
        assert "not sensitive.hiv" not in by_concept(result), with_old


def test_a_text_that_became_a_signature_line_is_not_carried() -> None:
    new = drawn(edition(("Name of recipient:", "Signature of recipient:")))
    result = carried(drawn(ROWS), new, [place(row) for row in ROWS])
    assert "recipient.name" not in by_concept(result)


def test_a_date_in_parts_goes_along_and_becomes_one_box_where_the_parts_are_gone() -> None:
    pieces = [{"part": "month", "box": (140, 120, 170, 132)}, {"part": "day", "box": (180, 120, 210, 132)},
              {"part": "year", "box": (220, 120, 270, 132)}]  # fmt: skip
    split = Place.model_validate(
        {"value": "patient.birth_date", "page": 1, "pieces": pieces, "label": "Date of birth:"}
    )
    rules = b"140 660 m 170 660 l S 180 660 m 210 660 l S 220 660 m 270 660 l S\n"
    rest = [row for row in ROWS if row[2] != "patient.birth_date"]
    birth = (50.0, 662.0, "Date of birth:")

    def with_pieces(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(
            b"BT /F1 10 Tf 1 0 0 1 %.1f %.1f Tm (%s) Tj ET\n" % (*birth[:2], birth[2].encode()) + rules
        )

    old = altered(drawn(rest), with_pieces)
    places = [place(rest[0]), split, *map(place, rest[1:])]
    lower = by_concept(carried(old, altered(old, shifted(0, 12)), places))["patient.birth_date"].place
    assert list(boxes(lower)) == [pytest.approx((x0, 132, x1, 144), abs=1) for x0, _, x1, _ in boxes(split)]
    whole = by_concept(carried(old, drawn(ROWS), places))["patient.birth_date"]
    assert whole.place.box is not None
    assert whole.place.box[2] > 500
    assert whole.status == "guessed"
    assert "in parts before" in whole.what


def test_what_the_old_map_passed_over_is_not_new() -> None:
    kept = [place(row) for row in ROWS if row[2] != "records.operative"]
    result = carried(drawn(ROWS), drawn(edition(down=15)), kept)
    assert "new" not in [o.status for o in result.outcomes]


def test_another_form_is_refused_with_the_numbers() -> None:
    other = [(f"Question {k} about the {word}:", "text", "", 100 + 30 * k) for k, word in enumerate("abcdefgh")]
    with pytest.raises(FormMapError, match=r"of 10 labels of the map it prints 0 \(0%; at least 40%.*map draft"):
        carried(drawn(ROWS), drawn(other, ((60, "CONSENT TO TREATMENT"),)), [place(row) for row in ROWS])


# comments


def test_comments_are_found_where_they_stand() -> None:
    text = """\
# made by hand
form: x
fields:

  # Patient
  # second line
  - value: patient.full_name  # as on the card
    label: "No. # 1"   # beside
    note: >-
      no # comment
      # nor this
    # inside
  - {leave: staff.use}
  # Last
  - leave: other
"""
    found = comments_of(text, yaml_io.loads(text, "x", FormMapError))
    assert found.header == "made by hand"
    assert found.sections == {0: "Patient\nsecond line", 2: "Last"}
    assert found.places == {0: "as on the card\nbeside\ninside"}


# the command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the form of ``ROWS``, entered, and new.pdf beside it, another edition."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    old = drawn(ROWS)
    places = "\n".join(
        f"  - {{{'leave' if p.leave else 'value'}: {p.value or p.leave}, page: 1, box: {list(p.box or ())}, "
        f'label: "{p.label}"}}'
        for p in map(place, ROWS)
    )
    places = places.replace("  - {value: records.lab", "\n  # What is asked\n  - {value: records.lab", 1)
    monkeypatch.chdir(workspace(tmp_path / "home", old, places + "\n"))
    (tmp_path / "home" / "new.pdf").write_bytes(
        drawn([row for row in edition(down=10) if row[2] != "records.operative"])
    )
    return tmp_path / "home"


def test_the_command_writes_a_draft_to_review(home: Path, capsys: Capture) -> None:
    path = home / "form_maps/acme/roi-en.yaml"
    before = path.read_text()
    assert main(["map", "rebase", "acme-roi-en", "--to", "new.pdf"]) == 0
    said = capsys.readouterr()
    assert path.read_text() == before
    target = home / "form_maps/acme/roi-en-new.yaml"
    new = load_form_map(target)
    assert new.form == "acme-roi-en-new"
    assert new.blank.file == "acme/roi-en-new.pdf"
    assert new.blank.sha256 == hashlib.sha256((home / "new.pdf").read_bytes()).hexdigest()
    text = target.read_text()
    assert "\n  # What is asked\n  # moved: moved 10 pt down\n  - value: records.lab\n" in text
    assert 'To do: edition: "…"' in text
    assert "# Gone: places of the old map" in text.split("fields:")[1]
    assert "#   - value: records.operative" in text
    assert "9 places: 0 unchanged, 9 moved" in said.out
    assert "1 gone" in said.out
    assert "gone     page 1 'Operative reports', records.operative" in said.out
    assert "superseded_by: acme-roi-en-new" in said.err
    assert main(["map", "check", str(target), "--blank", "new.pdf"]) == 0, capsys.readouterr().out


def test_json_says_the_same(home: Path, capsys: Capture) -> None:
    assert (
        main(["map", "rebase", "form_maps/acme/roi-en.yaml", "--to", "new.pdf", "--out", "roi-en-2027.yaml", "--json"])
        == 0
    )
    report = json.loads(capsys.readouterr().out)
    assert report["form"] == "acme-roi-en-2027"
    assert report["counts"] == {**dict.fromkeys(report["counts"], 0), "moved": 9, "gone": 1}
    assert report["labels"] == {"found": 9, "all": 10}
    (lab,) = [row for row in report["places"] if row.get("value") == "records.lab"]
    assert (lab["old_place"], lab["status"], lab["what"]) == (4, "moved", "moved 10 pt down")
    assert lab["box"][1] == pytest.approx(lab["was"]["box"][1] + 10, abs=0.5)
    assert [(row["old_place"], row["value"]) for row in report["gone"]] == [(6, "records.operative")]
    assert load_form_map(home / "roi-en-2027.yaml").form == report["form"]


def test_without_the_old_blank_it_says_so(home: Path, capsys: Capture) -> None:
    (home / "forms/acme/roi-en.pdf").unlink()
    assert main(["map", "rebase", "acme-roi-en", "--to", "new.pdf"]) == 0
    assert "without the old blank" in capsys.readouterr().err
    fields = load_form_map(home / "form_maps/acme/roi-en-new.yaml").fields
    assert {p.value: p.box for p in fields}["records.lab"] == pytest.approx((60, 222, 69, 231), abs=1)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--to", "new.pdf", "--out", "there.yaml"], 8, "exists already"),
        (["--to", "forms/acme/roi-en.pdf"], 3, "the very blank"),
        (["--to", "new.pdf", "--from", "new.pdf"], 5, "its SHA-256 differs"),
        (["--to", "none.pdf"], 5, "no such blank"),
        (["--to", "word.docx"], 3, "from PDF to PDF"),
        (["--to", "other.pdf"], 3, "0%; at least 40% are needed"),
        (["--to", "new.pdf", "--out", "map.txt"], 2, "ends in .yaml"),
    ],
)
def test_wrong_inputs(home: Path, capsys: Capture, arguments: list[str], code: int, words: str) -> None:
    (home / "there.yaml").write_text("mine\n")
    (home / "word.docx").write_bytes(b"PK\x03\x04....")
    other = [(f"Question {k} about the {word}:", "text", "", 100 + 30 * k) for k, word in enumerate("abcdefgh")]
    (home / "other.pdf").write_bytes(drawn(other, ((60, "CONSENT TO TREATMENT"),)))
    before = sorted(home.rglob("*"))
    assert main(["map", "rebase", "acme-roi-en", *arguments]) == code
    assert words in capsys.readouterr().err
    assert sorted(home.rglob("*")) == before
    assert (home / "there.yaml").read_text() == "mine\n"


def test_force_writes_over(home: Path) -> None:
    (home / "there.yaml").write_text("mine\n")
    assert main(["map", "rebase", "acme-roi-en", "--to", "new.pdf", "--out", "there.yaml", "--force"]) == 0
    assert load_form_map(home / "there.yaml").fields


# real editions


#: organisation, the old edition, the new one; the maps of both; the least share that must go to the right concept.
PAIRS = (
    ("coast-plaza-hospital", 2, 1, "coast-plaza/roi-en-older", "coast-plaza/roi-en", 0.97),
    (
        "goleta-valley-cottage-hospital",
        3,
        1,
        "goleta-valley-cottage/roi-en-2025-06",
        "goleta-valley-cottage/roi-en",
        0.8,
    ),
    ("garfield-medical-center", 2, 1, "garfield/roi-en-2", "garfield/roi-en", 0.9),
    ("desert-valley-hospital", 1, 2, "desert-valley/roi-en-prime-employees", "desert-valley/roi-en", 0.8),
)


@pytest.mark.parametrize(
    ("folder", "old", "new", "old_map", "new_map", "least"), PAIRS, ids=[pair[0] for pair in PAIRS]
)
def test_editions_of_the_corpus(
    corpus: Path, root: Path, folder: str, old: int, new: int, old_map: str, new_map: str, least: float
) -> None:
    paths = [root / "form_maps" / f"{name}.yaml" for name in (old_map, new_map)]
    if missing := [str(path) for path in paths if not path.is_file()]:
        pytest.skip(f"no map of both editions: {missing}")
    maps = [load_form_map(path) for path in paths]
    blanks = [(corpus / folder / f"form-{number}.pdf").read_bytes() for number in (old, new)]
    for form_map, data in zip(maps, blanks, strict=True):
        if hashlib.sha256(data).hexdigest() != form_map.blank.sha256:
            pytest.skip(f"{form_map.form} is for another file")
    before, after = map(compiled, blanks)
    result = rebase(maps[0], after, f"{maps[0].form}-new", "x/new.pdf", before)
    truth = [(at, box, p.concept or p.value) for p in maps[1].fields for at, box in anchors(p, after)]
    right = wrong = 0
    for outcome in result.outcomes:
        if outcome.old is None or outcome.status == "doubtful":
            continue
        (page, box), *_ = anchors(outcome.place, after)
        there = {concept for at, other, concept in truth if at == page and _share(box, other) > 0.5}
        if there and (outcome.place.concept or outcome.place.value) in there:
            right += 1
        elif there:
            wrong += 1
    assert right + wrong > 20
    assert right / (right + wrong) >= least, (right, wrong)
    assert len(result.gone) <= 0.1 * len(maps[0].fields)


def _share(one: Box, other: Box) -> float:
    across, down = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return max(0.0, across) * max(0.0, down) / smaller
