"""``formfill prepare``: the packet, as files."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pypdfium2
import pytest
from own_forms import ASKED, SECRETS, workspace
from PIL import Image

from formfill.cli import main

PROVIDER = """\
id: acme
name: Acme Clinic
state: CA
address: {street: 500 Elm Street, city: Fresno, state: CA, postal_code: 93701}
fax: (559) 555-0111
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a provider that can be reached and a patient with an ID, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(workspace(tmp_path))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    Image.new("RGB", (640, 400), "gray").save(tmp_path / "profiles/id.png")
    profile = tmp_path / "profiles/test-patient.yaml"
    profile.write_text(profile.read_text().replace("recipients:", "  photo_id: {file: id.png}\nrecipients:"))
    return tmp_path


def prepare(*more: str) -> int:
    return main(["prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--out", "packet", *more])


def pages(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_by_mail(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare("--send", "mail", "--recipient", "caseworker") == 0
    assert names(place / "packet") == ["checklist.pdf", "manifest.json", "packet.pdf"]
    cover, form, identification = pages(place / "packet/packet.pdf")
    assert "Acme Clinic" in cover
    assert "500 Elm Street" in cover
    assert "Amina Yusuf Rahimi" in form
    assert identification.strip() == ""
    assert stat.S_IMODE((place / "packet/packet.pdf").stat().st_mode) == 0o600
    said = capsys.readouterr()
    assert "Cover sheet (1), Release of Records (1), Copy of photo identification (1)" in said.out
    assert not any(secret in said.out + said.err for secret in SECRETS)


def test_by_fax_there_is_the_fax_too(place: Path) -> None:
    assert prepare("--send", "fax", "--recipient", "caseworker") == 0
    assert names(place / "packet") == ["checklist.pdf", "fax.tiff", "manifest.json", "packet.pdf", "route.json"]
    assert "Amina" not in pages(place / "packet/packet.pdf")[0], "a fax cover names no patient"
    with Image.open(place / "packet/fax.tiff") as fax:
        assert fax.n_frames == 3
        assert fax.info["compression"] == "group4"


def test_the_sender_of_the_workspace_is_on_the_cover(place: Path) -> None:
    (place / "formfill.yaml").write_text(
        "sender:\n  organization: Lakeside Legal Aid\n  address: {street: 1 Lake Rd, city: Oakland, state: CA}\n"
        "  phone: (510) 555-0199\n"
    )
    assert prepare("--send", "mail", "--recipient", "caseworker") == 0
    assert "Lakeside Legal Aid" in pages(place / "packet/packet.pdf")[0]


def test_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare("--send", "mail", "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert done["files"] == ["packet/packet.pdf", "packet/checklist.pdf", "packet/manifest.json"]
    assert done["documents"][0] == "Cover sheet (1)"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "--send mail, --send fax or --send email"),
        (["--send", "pigeon"], 4, "--send: expected"),
        (["--send", "hand"], 4, "no such channel"),
        (["--send", "email"], 4, "provider acme: email: the provider has no e-mail address"),
        (["--send", "mail", "--blank", "none.pdf"], 5, "no such blank"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert prepare(*arguments) == code
    assert message in capsys.readouterr().err
    assert not (place / "packet").exists()


def test_a_provider_without_a_fax_cannot_be_faxed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "form_maps/acme/provider.yaml").write_text(PROVIDER.replace("fax: (559) 555-0111\n", ""))
    assert prepare("--send", "fax") == 4
    assert "no fax number" in capsys.readouterr().err
    assert not (place / "packet").exists()


def test_a_file_is_no_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "packet").write_text("mine")
    assert prepare("--send", "mail") == 8
    assert (place / "packet").read_text() == "mine"


def test_a_packet_by_mail_leaves_no_fax_of_an_earlier_one(place: Path) -> None:
    assert prepare("--send", "fax") == 0
    assert prepare("--send", "mail") == 0
    assert names(place / "packet") == ["checklist.pdf", "manifest.json", "packet.pdf"]


def test_a_packet_is_written_whole_or_not_at_all(place: Path) -> None:
    (place / "packet/fax.tiff").mkdir(parents=True)
    assert prepare("--send", "fax") == 8
    assert [path.name for path in (place / "packet").iterdir()] == ["fax.tiff"]


@pytest.mark.parametrize("out", ["packet.pdf", "a" * 300])
def test_a_packet_needs_a_folder(place: Path, out: str) -> None:
    assert main(["prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--send", "mail", "--out", out]) == 8
    assert not (place / "packet.pdf").exists()


def test_a_packet_to_nobody(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["prepare", "test-patient", "--form", "model-access-request-en", *ASKED, "--send", "mail"]
    assert main([*command, "--out", "packet"]) == 4
    assert "nobody is named to send the packet to: --provider" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["\ufeff# later\r\n", "  # indented\n\n", "sender:\n"])
def test_settings_that_say_nothing(place: Path, text: str) -> None:
    (place / "formfill.yaml").write_text(text, encoding="utf-8")
    assert prepare("--send", "mail") == 0
