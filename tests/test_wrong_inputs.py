"""Wrong inputs: each has a message of its own that names file and remedy, an exit code, and leaves no output file."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from own_forms import PLACES, PROFILE, SECRETS, fillable, flat, form_map, workspace
from PIL import Image

from formfill.cli import main

TEXT = ("Name", (100, 700, 300, 715), "")
BOX = ("Lab", (100, 600, 110, 610), "On")
FILLABLE_PLACES = "  - {value: patient.full_name, field: Name}\n  - {value: records.lab, field: Lab}\n"


class Try:
    """One attempt to fill, in a workspace of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def map(self, blank: bytes, places: str) -> None:
        (self.folder / "forms/acme/roi-en.pdf").write_bytes(blank)
        (self.folder / "form_maps/acme/roi-en.yaml").write_text(form_map(blank, places))

    def refused(self, code: int, *messages: str, more: tuple[str, ...] = ()) -> None:
        """The fill ends with ``code`` and says ``messages``, tells no secret, and writes nothing."""
        before = sorted(self.folder.rglob("*"))
        found = main(["fill", "test-patient", "--form", "acme-roi-en", "--records", "lab", "--out", "out/", *more])
        said = self._capsys.readouterr()
        assert found == code, said.err
        for message in messages:
            assert message in said.err
        assert said.err.startswith("formfill: ")
        assert "Traceback" not in said.err
        assert "bug" not in said.err
        assert not any(secret in said.err + said.out for secret in SECRETS)
        assert sorted(self.folder.rglob("*")) == before, "something was written"


@pytest.fixture
def attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Try:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    return Try(tmp_path, capsys)


def with_blank(attempt: Try, blank: bytes) -> None:
    attempt.map(blank, FILLABLE_PLACES)


def test_unknown_concept(attempt: Try) -> None:
    attempt.map(flat(), PLACES.replace("patient.birth_date", "patient.birthdate"))
    attempt.refused(3, "acme-roi-en", "patient.birthdate", "did you mean patient.birth_date")


def test_a_page_too_large_to_look_at(attempt: Try) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(14_400, 14_400))
    blank = io.BytesIO()
    pdf.save(blank)
    attempt.map(blank.getvalue(), "  - {value: patient.full_name, page: 1, box: [10, 10, 300, 30]}\n")
    attempt.refused(5, "blank", "page 1 is 200 by 200 inches")


def test_unknown_field(attempt: Try) -> None:
    attempt.map(fillable([TEXT, BOX]), FILLABLE_PLACES.replace("field: Name", "field: Nmae"))
    attempt.refused(6, "'Nmae'", "Name")


def test_missing_value_that_the_form_needs(attempt: Try) -> None:
    attempt.map(
        flat(),
        PLACES.replace(
            'label: "Date of birth:"}',
            'label: "Date of birth:"}\n  - {value: patient.email, required: true, page: 1, box: [10, 10, 90, 22]}',
        ),
    )
    attempt.refused(4, "email", "test-patient")


def test_a_long_name_in_a_narrow_box(attempt: Try) -> None:
    profile = attempt.folder / "profiles/test-patient.yaml"
    profile.write_text(PROFILE.replace("family_name: Rahimi", "family_name: Rahimiyan-Ghaznawi of the Upper Valley"))
    attempt.map(flat(), PLACES.replace("box: [125, 98, 330, 112]", "box: [125, 98, 185, 112]"))
    attempt.refused(6, "patient.full_name", "does not fit")


def test_an_option_that_does_not_exist(attempt: Try) -> None:
    places = FILLABLE_PLACES.replace("field: Lab", "field: Lab, option: Yes")
    attempt.map(fillable([TEXT, BOX]), places)
    attempt.refused(6, "'Lab'", "'Yes'", "On")


def test_a_blank_that_is_xfa_only(attempt: Try) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(flat([("Please wait... If this message is not eventually replaced", 50, 50)]))) as pdf:
        packet = pdf.make_stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'></xdp:xdp>")
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=packet)
        pdf.Root.NeedsRendering = True
        pdf.save(out)
    with_blank(attempt, out.getvalue())
    attempt.refused(5, "XFA")


def test_a_blank_with_a_password(attempt: Try) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(fillable([TEXT, BOX]))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="secret", owner="owner"))
    with_blank(attempt, out.getvalue())
    attempt.refused(5, "password")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_truncated_blank(attempt: Try, kept: float) -> None:
    whole = fillable([TEXT, BOX])
    with_blank(attempt, whole[: int(len(whole) * kept)])
    attempt.refused(5, "roi-en.pdf")


def test_a_blank_of_no_bytes(attempt: Try) -> None:
    with_blank(attempt, b"")
    attempt.refused(5, "0 bytes")


def test_a_picture_called_pdf(attempt: Try) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "JPEG")
    with_blank(attempt, out.getvalue())
    attempt.refused(5, "roi-en.pdf")


def test_a_web_page_called_pdf(attempt: Try) -> None:
    with_blank(attempt, b"<!DOCTYPE html><html><body>Sign in</body></html>")
    attempt.refused(5, "roi-en.pdf")


def test_a_map_for_another_blank(attempt: Try) -> None:
    (attempt.folder / "other.pdf").write_bytes(flat([("Consent to photograph", 50, 80), ("Name", 50, 120)]))
    attempt.refused(5, "is not the file that the map was made for", "Nothing was filled", more=("--blank", "other.pdf"))


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)


def test_a_yaml_bomb_as_map(attempt: Try) -> None:
    (attempt.folder / "form_maps/acme/roi-en.yaml").write_text("form: acme-roi-en\n" + BOMB)
    attempt.refused(3, "roi-en.yaml", "anchors and aliases")


def test_a_yaml_bomb_as_profile(attempt: Try) -> None:
    (attempt.folder / "profiles/test-patient.yaml").write_text(BOMB)
    attempt.refused(4, "test-patient.yaml", "anchors and aliases")


def test_a_yaml_bomb_as_request(attempt: Try) -> None:
    (attempt.folder / "request.yaml").write_text(BOMB)
    attempt.refused(4, "request.yaml", "anchors and aliases", more=("--request", "request.yaml"))


@pytest.mark.parametrize(
    "expression",
    [
        "{{ patient.full_name.__class__ }}",
        "{{ patient.full_name.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.__class__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ patient.full_name | attr('__class__') }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% for x in range(10**9) %}x{% endfor %}",
        "{{ 'x' * 10**9 }}",
    ],
)
def test_an_expression_that_reaches_for_python(attempt: Try, expression: str) -> None:
    attempt.map(flat(), PLACES.replace("value: patient.full_name", f'value: "{expression}"'))
    attempt.refused(3, "acme-roi-en")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("file: acme/roi-en.pdf", "file: ../../../etc/passwd"),
        ("file: acme/roi-en.pdf", "file: /etc/passwd"),
        ("file: acme/roi-en.pdf", "file: acme/../../x.pdf"),
    ],
)
def test_a_map_whose_blank_is_elsewhere(attempt: Try, old: str, new: str) -> None:
    path = attempt.folder / "form_maps/acme/roi-en.yaml"
    path.write_text(path.read_text().replace(old, new))
    attempt.refused(3, "roi-en.yaml:5: blank.file", "'..'")


def test_a_map_whose_provider_is_a_path(attempt: Try) -> None:
    path = attempt.folder / "form_maps/acme/roi-en.yaml"
    path.write_text(path.read_text().replace("provider: acme", "provider: ../acme"))
    attempt.refused(4, "provider id")


def test_a_profile_whose_photo_is_elsewhere(attempt: Try) -> None:
    path = attempt.folder / "profiles/test-patient.yaml"
    path.write_text(PROFILE.replace("recipients:", "  photo_id: {file: ../../id.png}\nrecipients:"))
    attempt.refused(4, "patient.photo_id.file")


def test_a_form_that_is_filled_out_already_is_no_blank(
    attempt: Try, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("FORMFILL_CACHE", str(cache))
    with_blank(attempt, fillable([TEXT, BOX]))
    with pikepdf.open(attempt.folder / "forms/acme/roi-en.pdf") as pdf:
        pdf.Root.AcroForm.Fields[0].V = pikepdf.String("Amina Yusuf Rahimi")
        pdf.save(attempt.folder / "filled.pdf")
    attempt.refused(5, "filled out already", "'Name'", more=("--blank", "filled.pdf"))
    kept = b"".join(path.read_bytes() for path in cache.rglob("*") if path.is_file())
    assert b"Rahimi" not in kept, "the cache has a patient's values"


@pytest.mark.parametrize(
    "option", ["--records", "--from", "--purpose", "--delivery", "--recipient", "--form", "--expires"]
)
def test_an_empty_option_is_no_option(attempt: Try, capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert main(["fill", "test-patient", "--form", "acme-roi-en", "--out", "out/", option, " "]) == 2
    assert f"{option} is empty" in capsys.readouterr().err
    assert not (attempt.folder / "out").exists()


@pytest.mark.parametrize("out", ["", "-"])
def test_output_goes_to_a_file(attempt: Try, capsys: pytest.CaptureFixture[str], out: str) -> None:
    assert main(["fill", "test-patient", "--form", "acme-roi-en", "--records", "lab", "--out", out]) == 2
    assert "--out takes a folder or a file" in capsys.readouterr().err


LONG = "a" * 300


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (4, ["--workspace", LONG, "form", "list"]),
        (4, ["fill", LONG, "--form", "acme-roi-en", "--out", "x"]),
        (4, ["fill", "test-patient", "--form", "acme-roi-en", "--provider", LONG, "--out", "x"]),
        (3, ["fill", "test-patient", "--form", LONG, "--out", "x"]),
        (5, ["fill", "test-patient", "--form", "acme-roi-en", "--blank", LONG, "--out", "x"]),
        (8, ["fill", "test-patient", "--form", "acme-roi-en", "--out", f"{LONG}.pdf"]),
    ],
)
def test_a_name_that_no_system_takes(
    attempt: Try, capsys: pytest.CaptureFixture[str], code: int, arguments: list[str]
) -> None:
    before = sorted(attempt.folder.rglob("*"))
    assert main(arguments) == code
    assert capsys.readouterr().err.startswith("formfill: ")
    assert sorted(attempt.folder.rglob("*")) == before


def test_an_addendum_that_cannot_be_written_leaves_no_form(attempt: Try) -> None:
    (attempt.folder / "x-addendum.pdf").mkdir()
    long = "every picture and report " * 8
    for records in ("lab", f"lab,other:{long}"):
        assert main(["fill", "test-patient", "--form", "acme-roi-en", "--records", records, "--out", "x.pdf"]) == 8
    assert not (attempt.folder / "x.pdf").exists()


def test_a_box_without_its_page(attempt: Try) -> None:
    attempt.map(flat(), "  - {value: patient.full_name, box: [100, 100, 200, 112]}\n")
    attempt.refused(3, "roi-en.yaml:8: fields[0]: a box needs the page")


def test_a_folder_for_a_profile(attempt: Try, capsys: pytest.CaptureFixture[str]) -> None:
    (attempt.folder / "patients").mkdir()
    assert main(["fill", "patients", "--form", "acme-roi-en", "--out", "out/"]) == 4
    assert "It is a folder" in capsys.readouterr().err


@pytest.mark.parametrize(("sign", "code"), [("\\u202e", "U+202E"), ("\\ue000", "U+E000"), ("\\uffff", "U+FFFF")])
def test_signs_that_nobody_can_read(attempt: Try, sign: str, code: str) -> None:
    path = attempt.folder / "profiles/test-patient.yaml"
    path.write_text(PROFILE.replace("family_name: Rahimi", f'family_name: "Rahimi{sign}x"'))
    attempt.refused(4, "test-patient.yaml:5: patient.family_name", code)
