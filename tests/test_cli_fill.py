"""``formfill fill`` from the command line: what it writes, what it says, what it never says."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from own_forms import PLACES, PRINT, SECRETS, fillable, flat, form_map, resaved, workspace

from formfill.cli import main


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    return tmp_path


def words(path: Path) -> str:
    """What a page shows, fields included, read by another library than wrote it."""
    with pypdfium2.PdfDocument(path) as document:
        document.init_forms()
        return str(document[0].get_textpage().get_text_bounded())


def fill(*more: str, out: str = "out/") -> int:
    return main(["fill", "test-patient", "--form", "acme-roi-en", "--out", out, *more])


def test_the_form_is_filled_into_a_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill("--records", "lab", "--recipient", "caseworker") == 0
    path = place / "out/acme-roi-en.pdf"
    text = words(path)
    assert "Amina Yusuf Rahimi" in text
    assert "03/14/1987" in text
    assert "Harbor Refugee Services" in text
    assert path.read_bytes().startswith((place / "forms/acme/roi-en.pdf").read_bytes())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = capsys.readouterr()
    assert said.out.startswith("wrote out/acme-roi-en.pdf\n")
    assert "ticked: records.lab\n" in said.out
    assert "left for the signer: signature.patient" in said.out
    assert not any(secret in said.out + said.err for secret in SECRETS)


@pytest.mark.parametrize(
    ("out", "expected"),
    [("new/", "new/acme-roi-en.pdf"), ("new", "new/acme-roi-en.pdf"), ("a/b.pdf", "a/b.pdf"), (".", "acme-roi-en.pdf")],
)
def test_out_is_a_folder_or_a_file(place: Path, out: str, expected: str) -> None:
    assert fill("--records", "lab", out=out) == 0
    assert (place / expected).is_file()


def test_nothing_is_ticked_that_was_not_asked(place: Path) -> None:
    assert fill("--records", "lab") == 0
    assert marks(place / "out/acme-roi-en.pdf") == [True, False]
    assert fill("--records", "immunizations") == 0
    assert marks(place / "out/acme-roi-en.pdf") == [False, True]


def marks(path: Path) -> list[bool]:
    """Whether there is ink in the boxes of lab and immunizations."""
    with pypdfium2.PdfDocument(path) as document:
        image = document[0].render(scale=4).to_pil().convert("L")
    return [image.crop((55 * 4, top * 4, 65 * 4, top * 4 + 40)).getextrema()[0] < 128 for top in (130, 150)]


def test_options_stand_before_the_request_file(place: Path) -> None:
    (place / "request.yaml").write_text(
        "form: acme-roi-en\nrecords: [immunizations]\nrecipient: caseworker\ndates: all\n"
    )
    assert main(["fill", "test-patient", "--request", "request.yaml", "--records", "lab", "--out", "out/"]) == 0
    assert marks(place / "out/acme-roi-en.pdf") == [True, False]
    assert "Harbor Refugee Services" in words(place / "out/acme-roi-en.pdf")


@pytest.mark.parametrize(
    ("options", "written"),
    [((), ""), (("--include-ssn",), "987-65-4320"), (("--include-ssn-last4",), ""), (("--include-ssn-last4",), "4320")],
)
def test_an_ssn_is_written_only_when_asked(place: Path, options: tuple[str, ...], written: str) -> None:
    concept = "patient.ssn_last4" if written == "4320" else "patient.ssn"
    (place / "form_maps/acme/roi-en.yaml").write_text(
        form_map(flat(), PLACES + f"  - {{value: {concept}, page: 1, box: [300, 300, 500, 312]}}\n")
    )
    profile = place / "profiles/test-patient.yaml"
    profile.write_text(profile.read_text().replace("  birth_date", "  ssn: 987-65-4320\n  birth_date"))
    assert fill("--records", "lab", *options) == 0
    text = words(place / "out/acme-roi-en.pdf")
    assert written in text
    assert ("4320" in text) == bool(written)


def test_a_map_and_blank_of_ones_own(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    blank = fillable([("Name", (100, 700, 300, 715), "")])
    (elsewhere / "blank.pdf").write_bytes(blank)
    (elsewhere / "the-map").write_text(form_map(blank, "  - {value: patient.full_name, field: Name}\n", form="mine"))
    command = ["fill", "profiles/test-patient.yaml", "--map", str(elsewhere / "the-map")]
    assert main([*command, "--blank", str(elsewhere / "blank.pdf"), "--out", "out"]) == 0
    with pikepdf.open(place / "out/mine.pdf") as pdf:
        assert str(pdf.Root.AcroForm.Fields[0].V) == "Amina Yusuf Rahimi"


def test_flattened_output_has_no_fields(place: Path) -> None:
    blank = fillable([("Name", (100, 700, 300, 715), "")])
    (place / "blank.pdf").write_bytes(blank)
    (place / "map.yaml").write_text(form_map(blank, "  - {value: patient.full_name, field: Name}\n"))
    command = ["fill", "test-patient", "--map", "map.yaml", "--blank", "blank.pdf", "--flatten", "--out", "flat.pdf"]
    assert main(command) == 0
    with pikepdf.open(place / "flat.pdf") as pdf:
        assert "/AcroForm" not in pdf.Root or not len(pdf.Root.AcroForm.get("/Fields", []))
    assert "Amina Yusuf Rahimi" in words(place / "flat.pdf")


def test_what_does_not_fit_goes_to_an_addendum_beside_the_form(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "the whole file of the orthopedic ward, with every picture and every report that was ever written about it"
    assert fill("--records", f"lab,other:{long.replace(',', '')}") == 0
    addendum = place / "out/acme-roi-en-addendum.pdf"
    assert "orthopedic ward" in words(addendum)
    assert "see add" in words(place / "out/acme-roi-en.pdf")
    assert stat.S_IMODE(addendum.stat().st_mode) == 0o600
    assert "wrote out/acme-roi-en-addendum.pdf" in capsys.readouterr().out
    assert fill("--records", "lab") == 0
    assert not addendum.exists(), "an addendum of an earlier fill would be sent with the new form"


def test_json_says_what_was_done_in_concepts(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill("--records", "lab", "--json") == 0
    said = capsys.readouterr().out
    done = json.loads(said)
    assert done["files"] == ["out/acme-roi-en.pdf"]
    assert done["ticked"] == ["records.lab"]
    assert "patient.full_name" in done["filled"]
    assert not any(secret in said for secret in SECRETS)


def test_a_form_that_releases_by_signing_alone_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workspace(tmp_path, more="releases_without_mark: [sensitive.hiv]\n"))
    assert fill("--records", "lab") == 0
    assert "released by signing alone" in capsys.readouterr().out
    assert fill("--records", "lab", "--sensitive", "hiv") == 0
    assert "released by signing alone" not in capsys.readouterr().out


def test_a_resaved_blank_goes_on_with_a_note(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "again.pdf").write_bytes(resaved(flat()))
    assert fill("--records", "lab", "--blank", "again.pdf") == 0
    assert "note: acme-roi-en: this blank is not the file" in capsys.readouterr().err


def test_a_shifted_blank_is_filled_where_its_labels_went(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "new.pdf").write_bytes(flat([(text, x, top + 30) for text, x, top in PRINT]))
    assert fill("--records", "immunizations", "--blank", "new.pdf") == 0
    assert "'Patient name:' moved 30.0 pt down" in capsys.readouterr().err
    with pypdfium2.PdfDocument(place / "out/acme-roi-en.pdf") as document:
        bounds = document[0].get_textpage()
        assert "Amina Yusuf Rahimi" in bounds.get_text_bounded(120, 792 - 145, 340, 792 - 125)


def test_a_reworded_blank_is_refused_and_nothing_written(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "new.pdf").write_bytes(flat([("Mother's name:", 50, 100), *PRINT[1:]]))
    assert fill("--records", "lab", "--blank", "new.pdf") == 5
    assert "'Patient name:' is gone" in capsys.readouterr().err
    assert not (place / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--form", "acme-roi-en", "--map", "x.yaml"], 2, "not both"),
        ([], 2, "which form?"),
        (["--form", "nope"], 3, "no such form"),
        (["--form", "../acme"], 3, "form id"),
        (["--form", "acme-roi-en", "--records", "labs"], 4, "--records: unknown record type 'labs'; did you mean lab?"),
        (["--form", "acme-roi-en", "--from", "14/3/20"], 4, "--from/--to: expected YYYY-MM-DD, got '14/3/20'"),
        (["--form", "acme-roi-en", "--from", "2021-01-02", "--to", "2021-01-01"], 4, "--from/--to: to is before from"),
        (["--form", "acme-roi-en", "--all-dates", "--to", "2021-01-01"], 2, "--all-dates goes without"),
        (["--form", "acme-roi-en", "--recipient", "nobody"], 4, "nobody"),
        (["--form", "acme-roi-en", "--provider", "nobody"], 4, "provider nobody"),
        (["--form", "acme-roi-en", "--request", "none.yaml"], 4, "none.yaml: no such file"),
        (["--form", "acme-roi-en", "--blank", "none.pdf"], 5, "none.pdf: no such blank"),
        (["--map", "none.yaml"], 3, "none.yaml: no such file"),
        (["--form", "acme-roi-en", "--copies", "0"], 2, "--copies"),
        (["--form", "acme-roi-en", "--colour", "red"], 2, "--colour"),
    ],
)
def test_a_wrong_option_says_which(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert main(["fill", "test-patient", *arguments, "--out", "out/"]) == code
    said = capsys.readouterr()
    assert message in said.err
    assert "Traceback" not in said.err
    assert not (place / "out").exists()


def test_an_unknown_profile_names_those_there_are(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fill", "nobody", "--form", "acme-roi-en", "--out", "out/"]) == 4
    assert "test-patient" in capsys.readouterr().err


def test_a_request_for_someone_else_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "request.yaml").write_text("profile: someone-else\nrecords: [lab]\n")
    assert fill("--request", "request.yaml") == 4
    assert "for the profile someone-else" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root writes everywhere")
def test_output_that_cannot_be_written(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "file").write_text("not a folder")
    assert fill("--records", "lab", out="file/x.pdf") == 8
    assert "cannot be written" in capsys.readouterr().err
    assert (place / "file").read_text() == "not a folder"


def test_an_output_of_another_kind_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill("--records", "lab", out="x.docx") == 8
    assert "is a PDF file" in capsys.readouterr().err


def test_the_inputs_are_not_written_over(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blank = place / "forms/acme/roi-en.pdf"
    before = blank.read_bytes()
    assert fill("--records", "lab", out=str(blank)) == 8
    assert "is the blank" in capsys.readouterr().err
    assert blank.read_bytes() == before


def test_a_fill_imports_only_what_it_needs(place: Path) -> None:
    """A flat form, no Jinja text, nothing to normalise: none of the heavy libraries is for that."""
    assert fill("--records", "lab") == 0  # compiles, which may need more
    command = ["fill", "test-patient", "--form", "acme-roi-en", "--records", "lab", "--out", "out/"]
    program = (
        f"import sys; from formfill.cli import main; code = main({command!r}); print(*sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {"jinja2", "rich", "pdfplumber", "pikepdf", "pypdf", "typst", "docx", "PIL", "lxml", "uharfbuzz", "numpy"}
    assert not heavy & set(done.stdout.split())


def test_python_in_three_lines(place: Path) -> None:
    from formfill import fill_out

    filled = fill_out("test-patient", form="acme-roi-en", request={"records": ["lab"], "recipient": "caseworker"})
    (path,) = filled.save("out/")
    assert "Amina Yusuf Rahimi" in words(path)


def test_the_installed_command_answers_with_its_exit_code(place: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("formfill")),
        "fill",
        "test-patient",
        "--form",
        "no-form",
        "--out",
        "x",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("formfill: form no-form: no such form")


def test_a_word_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["fill", "amina-rahimi", "--form", "model-access-request-docx-en", "--records", "lab", "--delivery", "cd"]
    assert main([*command, "--out", "out/"]) == 0
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "model-access-request-docx-en.docx"
    with zipfile.ZipFile(path) as package:
        assert b"Rahimi" in package.read("word/document.xml")
    assert main([*command, "--out", "out/", "--flatten"]) == 2
    monkeypatch.setenv("PATH", "")
    assert main([*command, "--out", "out/as.pdf"]) == 11
    assert "LibreOffice" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == [path]


def test_a_word_form_as_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    monkeypatch.chdir(tmp_path)
    command = ["fill", "amina-rahimi", "--form", "model-access-request-docx-en", "--records", "lab", "--out", "out"]
    assert main([*command, "--pdf"]) == 0
    assert "Amina Yusuf Rahimi" in words(tmp_path / "out/model-access-request-docx-en.pdf")


def test_what_the_request_leaves_open_is_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill("--expires", "2001-01-01") == 0
    said = capsys.readouterr().err
    assert "names no records" in said
    assert "authorization ends is past" in said
    assert fill("--records", "lab", "--expires", "2999-01-01") == 0
    said = capsys.readouterr().err
    assert "names no records" not in said
    assert "is past" not in said


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"records": ["labs"]}, "request: records[0]: unknown record type 'labs'; did you mean lab?"),
        ({"recrds": ["lab"]}, "request: recrds: unknown key; did you mean records?"),
        ({"dates": {"from": 20210101}}, "request: dates.from: expected YYYY-MM-DD"),
        (["lab"], "request: expected a request, its keys, or the path of its file"),
    ],
)
def test_wrong_keys_from_python_say_which(place: Path, request_: object, message: str) -> None:
    from formfill import fill_out
    from formfill.errors import RequestError

    with pytest.raises(RequestError) as caught:
        fill_out("test-patient", form="acme-roi-en", request=request_)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
