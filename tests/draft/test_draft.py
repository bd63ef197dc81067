"""Drafts of our own blanks against their own maps, and the command that writes a draft."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from builders import Blank
from own_forms import PROFILE, SECRETS, flat
from readback import text_in

from formfill.cli import main
from formfill.draft.check import check_map, read_subject
from formfill.draft.check_base import is_filled, is_tick
from formfill.draft.check_words import categories_in
from formfill.draft.draft import Draft, draft_map
from formfill.draft.map_text import map_text
from formfill.expressions import parse
from formfill.model.form_map import FormMap, Place, load_form_map
from formfill.pdf.compile import compile_blank
from formfill.pdf.compiled import CompiledForm
from formfill.pdf.geometry import ShownBox
from formfill.trial import run, specimen_passes
from formfill.witness import boxes_of, widgets_of

ROOT = Path(__file__).resolve().parents[2]
BLANKS = sorted(path.stem for path in (ROOT / "forms/model").glob("*.pdf"))
#: What a draft must find before anything else.
WHO = frozenset(
    {
        "patient.full_name",
        "patient.birth_date",
        "recipient.name",
        "recipient.organization",
        "recipient.street",
        "recipient.city_state_zip",
        "recipient.phone",
        "recipient.fax",
        "recipient.email",
    }
)
_HANDS = ("signature.", "witness.", "interpreter.", "staff.")
#: The signer's printed name is the one thing of a signature that is written by machine.
_WRITTEN = frozenset({"signature.printed_name"})

Capture = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Drafted:
    """A blank, its own map, and the draft of it."""

    path: Path
    compiled: CompiledForm
    truth: FormMap
    made: Draft


@dataclass(frozen=True)
class Put:
    """One box of a place on a page, counted from 1."""

    place: Place
    page: int
    box: ShownBox


@cache
def drafted(name: str) -> Drafted:
    path = ROOT / "forms/model" / f"{name}.pdf"
    data = path.read_bytes()
    truth = load_form_map(ROOT / "form_maps/model" / f"{name}.yaml")
    made = draft_map(data, form=f"model-{name}", provider="model", file=f"model/{name}.pdf")
    return Drafted(path, compile_blank(data, hashlib.sha256(data).hexdigest(), name), truth, made)


def puts(form_map: FormMap, compiled: CompiledForm) -> Iterator[Put]:
    for place in form_map.fields:
        for box in boxes_of(place):
            yield Put(place, place.page or 1, box)
        for widget in widgets_of(place, compiled):
            yield Put(place, widget.page_index + 1, compiled.pages[widget.page_index].shown.to_top_left(widget.rect))


def shared(one: ShownBox, two: ShownBox) -> float:
    """How much of the smaller box both have."""
    across, down = min(one[2], two[2]) - max(one[0], two[0]), min(one[3], two[3]) - max(one[1], two[1])
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, two)]
    return max(across, 0.0) * max(down, 0.0) / max(min(areas), 0.1)


def at(put: Put, others: list[Put]) -> list[Place]:
    return [other.place for other in others if other.page == put.page and shared(other.box, put.box) > 0.5]


# our own blanks


def test_patient_and_recipient_are_found_where_they_are() -> None:
    right, missed = 0, []
    for name in BLANKS:
        one = drafted(name)
        mine = list(puts(one.made.form_map, one.compiled))
        for put in puts(one.truth, one.compiled):
            if put.place.value in WHO:
                if put.place.value in {place.value for place in at(put, mine)}:
                    right += 1
                else:
                    missed.append((name, put.page, put.place.value))
    assert right / (right + len(missed)) >= 0.9, missed


@pytest.mark.parametrize("name", BLANKS)
def test_the_first_page_asks_who_the_patient_is(name: str) -> None:
    one = drafted(name)
    mine = list(puts(one.made.form_map, one.compiled))
    for concept in ("patient.full_name", "patient.birth_date"):
        put = next(put for put in puts(one.truth, one.compiled) if put.place.value == concept)
        assert concept in {place.value for place in at(put, mine)}


@pytest.mark.parametrize("name", BLANKS)
def test_nothing_is_written_where_a_person_signs(name: str) -> None:
    one = drafted(name)
    by_hand = [
        put
        for put in puts(one.truth, one.compiled)
        if put.place.kind in ("signature", "initials", "staff")
        or ((put.place.leave or "").startswith(_HANDS) and put.place.leave not in _WRITTEN)
    ]
    assert by_hand
    wrong = [
        (put.place.value, put.place.label, [place.leave for place in at(put, by_hand)])
        for put in puts(one.made.form_map, one.compiled)
        if is_filled(put.place) and at(put, by_hand)
    ]
    assert not wrong
    assert not [
        place.label
        for place in one.made.form_map.fields
        if is_filled(place) and place.value not in _WRITTEN and (place.value or "").startswith(_HANDS)
    ]


@pytest.mark.parametrize("name", BLANKS)
def test_a_protected_category_is_ticked_at_its_own_box_alone(name: str) -> None:
    """What the draft takes for a category's box is that category's in the form's own map."""
    one = drafted(name)
    truth = list(puts(one.truth, one.compiled))
    for put in puts(one.made.form_map, one.compiled):
        if (put.place.value or "").startswith("sensitive."):
            assert {place.value for place in at(put, truth)} == {put.place.value}


@pytest.mark.parametrize("name", BLANKS)
def test_what_is_a_protected_category_is_ticked_as_nothing_else(name: str) -> None:
    """A box that "other records" ticks must not release a category that nobody chose."""
    one = drafted(name)
    mine = list(puts(one.made.form_map, one.compiled))
    wrong = [
        (put.place.value, place.value)
        for put in puts(one.truth, one.compiled)
        if (put.place.value or "").startswith("sensitive.")
        and is_tick(put.place)
        and put.place.value != "sensitive.other"
        for place in at(put, mine)
        if is_filled(place) and place.value != put.place.value
    ]
    assert not wrong


@pytest.mark.parametrize("name", BLANKS)
def test_the_map_loads_again_as_it_was(name: str, tmp_path: Path) -> None:
    made = drafted(name).made
    path = tmp_path / "map.yaml"
    path.write_text(map_text(made.form_map, made.comments, "Drafted."))
    assert load_form_map(path) == made.form_map


@pytest.mark.parametrize("name", BLANKS)
def test_the_check_finds_no_error(name: str, tmp_path: Path) -> None:
    one = drafted(name)
    path = tmp_path / "map.yaml"
    path.write_text(map_text(one.made.form_map, one.made.comments))
    findings = check_map(read_subject(path), one.path.read_bytes())
    assert not [(f.code, f.where, f.what) for f in findings if f.severity == "error"]


@pytest.mark.parametrize("name", BLANKS)
def test_the_specimen_patients_forms_are_filled_and_verified(name: str) -> None:
    one = drafted(name)
    trials = [run(tried) for tried in specimen_passes(one.made.form_map, one.path)]
    assert not [(trial.tried.name, str(trial.error)) for trial in trials if trial.error]
    assert len(trials) >= 2


@pytest.mark.parametrize("name", BLANKS)
def test_what_is_doubtful_says_why(name: str) -> None:
    made = drafted(name).made
    for index, place in enumerate(made.form_map.fields):
        assert place.confidence is not None
        assert 0 <= place.confidence <= 1
        if place.leave == "unknown":
            assert "guess" in made.comments[index] or ";" in made.comments[index]


@pytest.mark.parametrize("name", BLANKS)
def test_the_form_says_which_it_is(name: str) -> None:
    one = drafted(name)
    assert one.made.form_map.language == one.truth.language
    assert one.made.form_map.title == one.truth.title
    assert one.made.form_map.blank.sha256 == one.truth.blank.sha256


def test_the_same_blank_gives_the_same_draft() -> None:
    one = drafted("amendment-en")
    again = draft_map(one.path.read_bytes(), form="model-amendment-en", provider="model", file="model/amendment-en.pdf")
    assert (again.form_map, again.comments) == (one.made.form_map, one.made.comments)


# single traps


def a_form(*lines: str, boxes: tuple[str, ...] = ()) -> FormMap:
    """The draft of a form with the usual head, then a list of boxes, then further lines."""
    blank = Blank(pages=0)
    head = [
        "Authorization to Release Health Information",
        "Patient name: ______________________________ Date of birth: ________________",
        "I authorize the clinic to release the following information:",
    ]
    words = [(50.0, 740.0 - 22 * i, text) for i, text in enumerate(head)]
    words += [(70.0, 660.0 - 18 * i, text) for i, text in enumerate(boxes)]
    words += [(50.0, 400.0 - 22 * i, text) for i, text in enumerate(lines)]
    words += [
        (50.0, 60.0, "I understand that I may revoke this authorization in writing at any time before it is used.")
    ]
    content = b"".join(b"54 %d 9 9 re S\n" % (660 - 18 * i) for i in range(len(boxes)))
    blank.page(words=words, content=content)
    return draft_map(blank.save(), form="x-y", provider="x", file="x/y.pdf").form_map


def labelled(form_map: FormMap, words: str) -> Place:
    [place] = [place for place in form_map.fields if words.lower() in (place.label or "").lower()]
    return place


LIST = ("Laboratory results", "Immunization records", "Radiology reports")


def test_plain_boxes_and_blanks_are_mapped() -> None:
    form_map = a_form(boxes=LIST)
    assert labelled(form_map, "Patient name").value == "patient.full_name"
    assert labelled(form_map, "Date of birth").value == "patient.birth_date"
    assert [labelled(form_map, words).value for words in LIST] == [
        *("records.lab", "records.immunizations", "records.radiology_reports"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Mental health and substance use records",
        "HIV/AIDS, mental health",
        "Alcohol, drug abuse or psychiatric treatment",
    ],
)
def test_a_box_of_several_categories_needs_all_of_them(text: str) -> None:
    place = labelled(a_form(boxes=(*LIST, text)), text.split()[0])
    named = categories_in(text)
    assert len(named) >= 2
    if place.value is not None:
        assert set(parse(place.value).concepts()) >= set(named)
        assert " or " not in place.value


@pytest.mark.parametrize("text", ["Do NOT release HIV test results", "Exclude mental health records"])
def test_a_box_that_keeps_back_is_never_a_wish(text: str) -> None:
    place = labelled(a_form(boxes=(*LIST, text)), text.split()[-3])
    assert place.value is None or place.value.startswith("not ")


@pytest.mark.parametrize(
    "text",
    [
        "Signature of patient: ______________________________",
        "Witness: ______________________________",
        "Signature: ______________________ Date: ______________",
        "Initials: ________",
        "Firma del paciente: ____________________",
        "Interpreter: ______________________________",
        "FOR OFFICE USE ONLY   Verified by: ____________________",
    ],
)
def test_nobody_is_signed_for(text: str) -> None:
    form_map = a_form(text, boxes=LIST)
    below = [place for place in form_map.fields if place.box and place.box[1] > 360]
    assert below
    assert not [(place.value, place.label) for place in below if is_filled(place)]


def test_a_name_beside_its_signature_is_not_the_signature() -> None:
    form_map = a_form("Signature: ______________________", "Printed name: ______________________", boxes=LIST)
    assert labelled(form_map, "Signature").leave is not None
    assert labelled(form_map, "Printed name").value in ("signature.printed_name", "patient.full_name", None)


def test_a_short_line_for_a_long_value_is_set_smaller() -> None:
    form_map = a_form("Patient e-mail: ________________   Patient phone: ________________________", boxes=LIST)
    email, phone = labelled(form_map, "e-mail"), labelled(form_map, "phone")
    assert (email.value, email.min_size) == ("patient.email", 6)
    assert (phone.value, phone.min_size) == ("patient.phone", 7)
    assert labelled(a_form(f"Patient e-mail: {'_' * 60}", boxes=LIST), "e-mail").min_size == 7


def test_a_span_of_days_wants_room() -> None:
    wide = labelled(a_form("Dates of service: ______________________"), "Dates of service")
    narrow = labelled(a_form("Dates of service: _______"), "Dates of service")
    assert (wide.value, narrow.value, narrow.leave) == ("request.dates", None, "unknown")


def test_a_recipient_is_no_purpose() -> None:
    form_map = a_form("My records go to:", boxes=("Self", "Personal Representative (indicated below)"))
    assert not (labelled(form_map, "Personal Representative").value or "").startswith("purpose.")


def test_a_state_of_the_patient_is_no_authority_of_the_signer() -> None:
    form_map = a_form(boxes=("Patient is a minor", "Patient is deceased"))
    assert not (labelled(form_map, "deceased").value or "").startswith("representative.")


# the command


@pytest.fixture
def blank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A blank in a folder of its own, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "roi.pdf"
    path.write_bytes((ROOT / "forms/model/amendment-en.pdf").read_bytes())
    return path


OUT = Path("form_maps/new-clinic/roi-en.yaml")


def test_draft_writes_a_map_and_a_provider_record(blank: Path, capsys: Capture) -> None:
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT)]) == 0
    form_map = load_form_map(OUT)
    assert (form_map.form, form_map.provider) == ("new-clinic-roi-en", "new-clinic")
    assert form_map.blank.sha256 == hashlib.sha256(blank.read_bytes()).hexdigest()
    assert OUT.read_text().startswith("# Drafted from roi.pdf; not reviewed yet.")
    assert (OUT.parent / "provider.yaml").read_text().startswith("# Read off the form")
    assert stat.S_IMODE(OUT.stat().st_mode) == 0o600
    said = capsys.readouterr().out
    assert f"{OUT}: " in said
    assert "to decide" in said
    assert "formfill map preview" in said


def test_the_drafted_map_fills_a_form(blank: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT)]) == 0
    profile = tmp_path / "someone.yaml"
    profile.write_text(PROFILE)
    done = main(["fill", str(profile), "--map", str(OUT), "--blank", "roi.pdf", "--out", "filled.pdf"])
    assert done == 0, capsys.readouterr().err
    form_map, data = load_form_map(OUT), blank.read_bytes()
    compiled = compile_blank(data, hashlib.sha256(data).hexdigest(), "roi.pdf")
    [name] = [put for put in puts(form_map, compiled) if put.place.value == "patient.full_name"][:1]
    assert text_in((tmp_path / "filled.pdf").read_bytes(), name.box, name.page - 1) == "AminaYusufRahimi"


def test_the_provider_record_is_written_once(blank: Path, capsys: Capture) -> None:
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT)]) == 0
    record = OUT.parent / "provider.yaml"
    record.write_text("id: new-clinic\nname: Reviewed\n")
    capsys.readouterr()
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT.with_name("roi-es.yaml")), "--json"]) == 0
    assert record.read_text() == "id: new-clinic\nname: Reviewed\n"
    assert json.loads(capsys.readouterr().out)["provider"] is None


def test_json_counts_what_is_in_the_map(blank: Path, capsys: Capture) -> None:
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    fields = load_form_map(OUT).fields
    assert said["map"] == str(OUT)
    assert said["provider"] == str(OUT.parent / "provider.yaml")
    assert said["filled"] == sum(place.leave is None for place in fields)
    assert said["to_decide"] >= sum(place.leave == "unknown" for place in fields)
    assert said["filled"] + said["left"] + said["to_decide"] == len(fields)


def test_provider_and_form_are_as_they_are_named(blank: Path) -> None:
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT), "--provider", "acme", "--form", "acme-7"]) == 0
    form_map = load_form_map(OUT)
    assert (form_map.form, form_map.provider) == ("acme-7", "acme")


def test_a_map_that_is_there_is_not_replaced(blank: Path, capsys: Capture) -> None:
    OUT.parent.mkdir(parents=True)
    OUT.write_text("reviewed\n")
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT)]) == 8
    assert OUT.read_text() == "reviewed\n"
    assert "--force" in capsys.readouterr().err
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT), "--force"]) == 0
    assert load_form_map(OUT).fields


@pytest.mark.parametrize("data", [b"", b"not a PDF", b"%PDF-1.7\n%%EOF\n"])
def test_what_is_no_pdf_is_refused(blank: Path, data: bytes, capsys: Capture) -> None:
    blank.write_bytes(data)
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT)]) == 5
    assert not OUT.exists()
    assert "roi.pdf" in capsys.readouterr().err


def test_a_blank_that_is_not_there_is_told(blank: Path, capsys: Capture) -> None:
    assert main(["map", "draft", "no.pdf", "--out", str(OUT)]) == 5
    assert "no.pdf" in capsys.readouterr().err


def test_out_is_a_map(blank: Path, capsys: Capture) -> None:
    assert main(["map", "draft", "roi.pdf", "--out", "map.pdf"]) == 2
    assert ".yaml" in capsys.readouterr().err
    assert not Path("map.pdf").exists()


def test_an_empty_page_gives_a_map_without_places_or_is_refused(blank: Path, capsys: Capture) -> None:
    """A page with nothing on it is a picture without words."""
    blank.write_bytes(flat(()))
    code = main(["map", "draft", "roi.pdf", "--out", str(OUT)])
    capsys.readouterr()
    if code == 0:
        assert load_form_map(OUT).fields == ()
    else:
        assert code == 5


def test_no_value_of_a_form_filled_by_mistake_is_in_the_draft(blank: Path, capsys: Capture) -> None:
    """Somebody drafts from a form that holds a patient: what stands in its fields is no print."""
    form = Blank(pages=0)
    form.page(words=[(50, 740 - 20 * i, "Words that make this page one that is read as text") for i in range(4)])
    form.page(words=[(50, 700, "Patient name:"), (50, 680, "Date of birth:")])
    for name, y, value in (("Name", 696, "Amina Rahimi"), ("Birth", 676, "03/14/1987")):
        form.text(name, (130, y, 330, y + 14), page=0, V=value)
    blank.write_bytes(form.save())
    assert main(["map", "draft", "roi.pdf", "--out", str(OUT)]) == 0
    said = capsys.readouterr()
    for secret in SECRETS:
        assert secret not in OUT.read_text() + said.out + said.err
