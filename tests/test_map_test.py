"""``formfill map test``: the specimen patient's forms, read back with PDFium and pypdf; pictures opened with Pillow."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path
from typing import Any

import pypdf
import pytest
from own_forms import PLACES, PRINT, SECRETS, fillable, flat, form_map, workspace
from PIL import Image
from readback import states, text_in

from formfill.cli import main
from formfill.draft.specimen import PATIENT, specimen, specimens
from formfill.model.form_map import FormMap, load_form_map
from formfill.model.provider import Provider
from formfill.trial import never_filled, run, specimen_job, specimen_passes

Capture = pytest.CaptureFixture[str]
MODEL_FORMS = sorted(path.stem for path in (Path(__file__).resolve().parent.parent / "form_maps/model").glob("*.yaml"))
NAME = "GuadalupeMontserratVillanueva-Hernández"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a form and a profile, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(workspace(folder))
    return folder


def remap(home: Path, places: str, data: bytes) -> None:
    """Another map and blank in place of the workspace's."""
    (home / "form_maps/acme/roi-en.yaml").write_text(form_map(data, places))
    (home / "forms/acme/roi-en.pdf").write_bytes(data)


def report(capsys: Capture, *args: str) -> dict[str, Any]:
    """What ``map test --json`` says of the workspace's form."""
    main(["map", "test", "acme-roi-en", "--out", "tried", "--json", "--no-pictures", *args])
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


# what is written


def test_forms_and_pages_are_written(home: Path, capsys: Capture) -> None:
    assert main(["map", "test", "form_maps/acme/roi-en.yaml"]) == 0
    folder = home / "form_maps/acme/roi-en-test"
    names = sorted(path.name for path in folder.iterdir())
    assert {"roi-en-usual.pdf", "roi-en-usual-page-1.png", "roi-en-everything.pdf"} <= set(names)
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Image.open(folder / "roi-en-usual-page-1.png") as image:
        assert (image.format, image.size) == ("PNG", (1224, 1584))
    said = capsys.readouterr().out
    assert "pass usual: an ordinary request" in said
    assert "  filled 6 (2 ticks), left 1 (1 by the map), to the addendum" in said


def test_the_picture_shows_the_form_filled(home: Path) -> None:
    assert main(["map", "test", "acme-roi-en", "--out", "tried"]) == 0
    with Image.open(home / "tried/roi-en-usual-page-1.png") as image:
        name = image.convert("L").crop((2 * 125, 2 * 98, 2 * 330, 2 * 112))
        tick = image.convert("L").crop((2 * 55, 2 * 130, 2 * 65, 2 * 140))
        signature = image.convert("L").crop((2 * 110, 2 * 238, 2 * 300, 2 * 252))
    assert name.getextrema()[0] < 100
    assert tick.getextrema()[0] < 100
    assert signature.getextrema() == (255, 255)


def test_the_form_says_what_the_specimen_is(home: Path) -> None:
    assert main(["map", "test", "acme-roi-en", "--out", "tried", "--no-pictures"]) == 0
    data = (home / "tried/roi-en-usual.pdf").read_bytes()
    assert text_in(data, (125, 98, 330, 112)) == NAME
    assert text_in(data, (425, 98, 540, 112)) == "11/27/1978"
    assert not list((home / "tried").glob("*.png"))


def test_what_does_not_fit_goes_to_an_addendum_with_a_picture_of_its_own(home: Path, capsys: Capture) -> None:
    remap(home, PLACES.replace("[130, 168, 230, 182]", "[130, 168, 180, 182]"), flat())
    assert main(["map", "test", "acme-roi-en", "--out", "tried"]) == 0
    assert "to the addendum 1" in capsys.readouterr().out
    assert (home / "tried/roi-en-usual-addendum-page-1.png").is_file()
    addendum = pypdf.PdfReader(io.BytesIO((home / "tried/roi-en-usual-addendum.pdf").read_bytes()))
    assert "llergy test of 2023" in addendum.pages[0].extract_text()


def test_files_of_an_earlier_test_are_removed_and_no_others(home: Path) -> None:
    (home / "tried").mkdir()
    for name in ("roi-en-more-9.pdf", "roi-en-given-page-1.png", "roi-en-mine.pdf", "other-usual.pdf"):
        (home / "tried" / name).write_bytes(b"old")
    assert main(["map", "test", "acme-roi-en", "--out", "tried", "--no-pictures"]) == 0
    left = {path.name for path in (home / "tried").iterdir()}
    assert {"roi-en-mine.pdf", "other-usual.pdf", "roi-en-usual.pdf"} <= left
    assert not {"roi-en-more-9.pdf", "roi-en-given-page-1.png"} & left


# passes


def test_everything_ticks_what_the_ordinary_request_does_not(home: Path, capsys: Capture) -> None:
    prints = (*PRINT, ("HIV", 70, 300), ("Do not release mental health", 70, 320))
    places = PLACES + (
        "  - {value: sensitive.hiv, page: 1, box: [55, 300, 65, 310], label: HIV}\n"
        "  - {value: not sensitive.mental_health, page: 1, box: [55, 320, 65, 330], label: Do not release}\n"
    )
    remap(home, places, flat(prints))
    said = report(capsys)
    assert said["never_filled"] == []
    assert [row["pass"] for row in said["passes"]][:2] == ["usual", "everything"]
    usual, everything = ((home / f"tried/roi-en-{name}.pdf").read_bytes() for name in ("usual", "everything"))
    hiv, not_mental = (55, 300, 65, 310), (55, 320, 65, 330)
    assert not _inked(usual, hiv)  # no protected category unless it is named
    assert _inked(usual, not_mental)
    assert _inked(everything, hiv)
    assert not _inked(everything, not_mental)


def _inked(data: bytes, box: tuple[float, ...]) -> bool:
    from readback import pixels

    x0, top, x1, bottom = (round(v * 3) for v in box)
    return bool((pixels(data)[top:bottom, x0:x1] < 120).any())


def test_radio_buttons_take_turns(home: Path, capsys: Capture) -> None:
    places = "".join(
        f"  - {{value: delivery.{name}, page: 1, box: [55, {y}, 65, {y + 10}]}}\n"
        for name, y in (("cd", 300), ("paper", 320), ("portal", 340), ("fax", 360), ("email_unencrypted", 380))
    )
    remap(home, PLACES + places, flat())
    said = report(capsys)
    assert said["never_filled"] == []
    assert {row["pass"] for row in said["passes"]} > {"usual", "everything", "more-1", "more-2"}
    assert all("delivery:" in row["says"] for row in said["passes"][1:])


def test_a_place_that_nothing_reaches_is_named(home: Path, capsys: Capture) -> None:
    odd = "  - {value: records.lab and not records.lab, page: 1, box: [55, 300, 65, 310], label: Never}\n"
    remap(home, PLACES + odd, flat((*PRINT, ("Never", 70, 300))))
    assert main(["map", "test", "acme-roi-en", "--out", "tried", "--no-pictures"]) == 0
    said = capsys.readouterr().out
    assert "filled in no pass: 1\n  records.lab and not records.lab: page 1, label 'Never'" in said
    assert report(capsys)["never_filled"] == [
        {"says": "records.lab and not records.lab", "where": "page 1, label 'Never'"}
    ]


@pytest.mark.parametrize("name", MODEL_FORMS)
def test_our_own_forms_are_filled_everywhere(root: Path, name: str) -> None:
    wanted = load_form_map(root / f"form_maps/model/{name}.yaml")
    trials = [run(tried) for tried in specimen_passes(wanted, root / "forms" / wanted.blank.file)]
    assert [trial.error for trial in trials if trial.error] == []
    assert never_filled(wanted, trials) == []
    assert trials[0].filled is not None


def test_fields_are_filled_by_name(home: Path) -> None:
    data = fillable([("Name", (120, 680, 400, 700), ""), ("Labs", (55, 640, 65, 650), "On")])
    remap(home, "  - {value: patient.full_name, field: Name}\n  - {value: records.lab, field: Labs}\n", data)
    assert main(["map", "test", "acme-roi-en", "--out", "tried"]) == 0
    filled = (home / "tried/roi-en-usual.pdf").read_bytes()
    fields = pypdf.PdfReader(io.BytesIO(filled)).get_fields() or {}
    assert str(fields["Name"]["/V"]).replace(" ", "") == NAME
    assert states(filled) == ["/On"]


def test_the_specimen_is_nobody() -> None:
    text = json.dumps(PATIENT)
    assert text.count("555-01") == 4
    assert "@example.org" in text
    assert PATIENT["ssn"].startswith("987-65-432")


def test_who_releases_is_the_providers_record_or_a_made_up_one(root: Path) -> None:
    wanted = load_form_map(root / "form_maps/model/access-request-en.yaml")
    own = Provider(id="model", name="Acme Clinic", fax="(559) 555-0110")
    assert specimen(wanted, own).provider == own
    everything = specimen(wanted, own, everything=True).provider
    assert (everything.name, everything.fax) == ("Acme Clinic", own.fax)
    assert everything.address is not None  # made up, so that its places are tried too
    assert "Foothills" in specimen(wanted).provider.name
    assert [one.name for one in specimens(wanted, own)][:2] == ["usual", "everything"]


def test_a_job_from_python(root: Path) -> None:
    path = root / "forms/model/access-request-flat-en.pdf"
    wanted: FormMap = load_form_map(root / "form_maps/model/access-request-flat-en.yaml")
    job = specimen_job(wanted, path, everything=True)
    assert (job.blank, job.profile.profile, job.request.sensitive != ()) == (path, "specimen", True)


# your own patient and request


def test_a_patient_and_request_of_ones_own(home: Path, capsys: Capture) -> None:
    (home / "ask.yaml").write_text("profile: test-patient\nrecipient: caseworker\nrecords: [immunizations]\n")
    said = report(capsys, "--profile", "test-patient", "--request", "ask.yaml")
    (row,) = said["passes"]
    assert (row["pass"], row["exit_code"]) == ("given", 0)
    data = (home / "tried/roi-en-given.pdf").read_bytes()
    assert text_in(data, (125, 98, 330, 112)) == "AminaYusufRahimi"
    assert not _inked(data, (55, 130, 65, 140))
    assert _inked(data, (55, 150, 65, 160))
    assert not any(secret in json.dumps(said) for secret in SECRETS)


def test_a_request_alone_is_tried_with_the_specimen(home: Path, capsys: Capture) -> None:
    (home / "ask.yaml").write_text("profile: test-patient\nrecords: [lab]\n")
    (row,) = report(capsys, "--request", "ask.yaml")["passes"]
    assert row["exit_code"] == 0
    assert text_in((home / "tried/roi-en-given.pdf").read_bytes(), (125, 98, 330, 112)) == NAME


def test_a_patient_alone_gets_the_ordinary_request(home: Path, capsys: Capture) -> None:
    (row,) = report(capsys, "--profile", "test-patient")["passes"]
    assert (row["says"], row["ticked"]) == ("your patient, the ordinary request", 2)


# failures


def test_a_pass_that_fails_gives_its_code_and_spares_the_others(home: Path, capsys: Capture) -> None:
    # written only where a representative signs, and far too small for the name
    small = "  - {value: representative.name, page: 1, box: [400, 238, 412, 250], label: Representative}\n"
    remap(home, PLACES + small, flat((*PRINT, ("Representative", 320, 240))))
    assert main(["map", "test", "acme-roi-en", "--out", "tried", "--no-pictures"]) == 6
    said = capsys.readouterr()
    (line,) = [line for line in said.err.splitlines() if line.startswith("formfill: pass more-1:")]
    assert "label 'Representative'" in line
    assert "does not fit" in line
    assert "Villanueva" not in said.err + said.out
    names = {path.name for path in (home / "tried").iterdir()}
    assert {"roi-en-usual.pdf", "roi-en-everything.pdf"} <= names
    assert "roi-en-more-1.pdf" not in names
    rows = report(capsys)["passes"]
    assert [row["exit_code"] for row in rows][:3] == [0, 0, 6]


def test_a_map_that_cannot_be_followed_is_exit_3(home: Path, capsys: Capture) -> None:
    remap(home, "  - {value: patient.shoe_size, page: 1, box: [55, 300, 65, 310]}\n", flat())
    assert main(["map", "test", "acme-roi-en", "--out", "tried"]) == 3
    assert "patient.shoe_size" in capsys.readouterr().err


def test_errors_before_anything_is_filled(home: Path, capsys: Capture) -> None:
    assert main(["map", "test", "no-such.yaml"]) == 3
    assert main(["map", "test", "acme-roi-en", "--profile", "nobody"]) == 4
    assert main(["map", "test", "acme-roi-en", "--request", "none.yaml"]) == 4
    (home / "forms/acme/roi-en.pdf").unlink()
    assert main(["map", "test", "acme-roi-en"]) == 5
    assert not (home / "form_maps/acme/roi-en-test").exists()


def test_a_blank_by_its_path(home: Path) -> None:
    (home / "forms/acme/roi-en.pdf").rename(home / "mine.pdf")
    assert main(["map", "test", "acme-roi-en", "--blank", "mine.pdf", "--out", "tried", "--no-pictures"]) == 0


def test_a_word_form_needs_libreoffice_for_its_pictures(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("formfill.fill.office._MAC", "/no/such/soffice")
    assert main(["map", "test", "model-access-request-docx-en", "--out", "tried"]) == 11
    assert "without pictures: --no-pictures" in capsys.readouterr().err
    assert main(["map", "test", "model-access-request-docx-en", "--out", "tried", "--no-pictures"]) == 0
    assert (home / "tried/access-request-docx-en-usual.docx").read_bytes().startswith(b"PK")
