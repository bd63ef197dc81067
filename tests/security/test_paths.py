"""Names that become paths: none leads out of its folder, and links are replaced, never written through."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_forms import ASKED, PROFILE, flat, workspace

from formfill.cli import main
from formfill.errors import FormMapError, ProfileError, ProviderError
from formfill.files import write_private
from formfill.model.form_map import load_form_map
from formfill.model.profile import load_profile
from formfill.model.provider import load_provider

OUT = (
    "../x", "../../etc/passwd", "/etc/passwd", "a/../../x", "..", ".", "./..", "~/x", "~root/x", "C:\\x", "c:x",
    "\\\\server\\share\\x", "a\\..\\..\\x", "a/..\\x", "x\\0y", "",
)  # fmt: skip
#: A name that is no path at all: one word.
WORDS = (*OUT, "a/b", "A", "x" * 200, "x\\n../y", "-x", ".hidden")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    folder = tmp_path / "ws"
    folder.mkdir()
    monkeypatch.chdir(workspace(folder))
    (folder / "form_maps/acme/provider.yaml").write_text(
        "id: acme\nname: Acme Clinic\naddress: {street: 5 Elm St, city: Fresno, state: CA, postal_code: 93701}\n"
    )
    return folder


def tree(folder: Path) -> set[Path]:
    return set(folder.parent.rglob("*"))


@pytest.mark.parametrize("name", OUT)
def test_files_that_records_name(place: Path, name: str) -> None:
    profile = place / "profiles/test-patient.yaml"
    profile.write_text(PROFILE.replace("recipients:", f'  photo_id: {{file: "{_yaml(name)}"}}\nrecipients:'))
    with pytest.raises(ProfileError, match=r"photo_id\.file"):
        load_profile(profile)
    provider = place / "form_maps/acme/provider.yaml"
    provider.write_text(provider.read_text() + f'smime_certificate: "{_yaml(name)}"\n')
    with pytest.raises(ProviderError, match="smime_certificate"):
        load_provider(provider)
    path = place / "form_maps/acme/roi-en.yaml"
    path.write_text(path.read_text().replace("file: acme/roi-en.pdf", f'file: "{_yaml(name)}"'))
    with pytest.raises(FormMapError, match=r"blank\.file"):
        load_form_map(path)


def _yaml(name: str) -> str:
    return name if name.endswith(("\\0y", "\\n../y")) else name.replace("\\", "\\\\")


@pytest.mark.parametrize("name", WORDS)
def test_words_that_records_say(place: Path, name: str) -> None:
    profile = place / "profiles/test-patient.yaml"
    profile.write_text(PROFILE.replace("profile: test-patient", f'profile: "{_yaml(name)}"'))
    with pytest.raises(ProfileError, match="profile"):
        load_profile(profile)
    provider = place / "form_maps/acme/provider.yaml"
    provider.write_text(provider.read_text().replace("id: acme", f'id: "{_yaml(name)}"'))
    with pytest.raises(ProviderError, match="id"):
        load_provider(provider)


@pytest.mark.parametrize("name", [word for word in WORDS if word and "\\0" not in word and "\\n" not in word])
def test_words_on_the_command_line(place: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(place)
    assert main(["fill", "test-patient", f"--form={name}", "--records", "lab", "--out", "out/"]) == 3
    assert main(["form", "show", "--", name]) == 3
    assert main(["form", "pull", "--", name]) == 3
    assert main(["fill", "test-patient", "--form=acme-roi-en", f"--provider={name}", "--out", "out/"]) == 4
    said = capsys.readouterr().err
    assert "root:" not in said, "the words of a file that was none of ours"
    assert tree(place) == before
    assert main(["request", "show", "--", name]) in (4, 12)


def test_a_request_that_names_a_path(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("request", "profile", "form", "provider"):
        (place / "request.yaml").write_text(f'{key}: "../../etc/passwd"\nrecords: lab\n')
        arguments = ["fill", "test-patient", "--form", "acme-roi-en", "--request", "request.yaml", "--out", "out/"]
        assert main(arguments) == 4
        assert f"request.yaml:1: {key}" in capsys.readouterr().err
    assert not (place / "out").exists()


def test_a_link_in_the_place_of_an_output_is_replaced(place: Path) -> None:
    victim = place.parent / "victim.txt"
    victim.write_text("of somebody else")
    (place / "out").mkdir()
    (place / "out/acme-roi-en.pdf").symlink_to(victim)
    (place / "packet").mkdir()
    for name in ("packet.pdf", "checklist.pdf", "manifest.json"):
        (place / "packet" / name).symlink_to(victim)
    form = ("test-patient", "--form", "acme-roi-en")
    assert main(["fill", *form, "--records", "lab", "--out", "out/"]) == 0
    assert main(["prepare", *form, *ASKED, "--send", "mail", "--out", "packet"]) == 0
    for path in (place / "out/acme-roi-en.pdf", place / "packet/packet.pdf", place / "packet/manifest.json"):
        assert path.is_file()
        assert not path.is_symlink()
    assert victim.read_text() == "of somebody else"


def test_a_link_in_the_place_of_a_blank_is_replaced(place: Path) -> None:
    victim = place.parent / "victim.txt"
    victim.write_text("of somebody else")
    blank = place / "forms/acme/roi-en.pdf"
    blank.rename(place / "copy.pdf")
    blank.symlink_to(victim)
    assert main(["form", "add", "copy.pdf"]) == 0
    assert blank.read_bytes() == flat()
    assert victim.read_text() == "of somebody else"


def test_a_link_that_waits_for_the_temporary_file(tmp_path: Path) -> None:
    """Names of temporary files cannot be foretold: mkstemp makes them, and takes none that is there."""
    seen = set()
    for number in range(20):
        write_private(tmp_path / f"{number}", b"x")
        seen |= {path.name for path in tmp_path.iterdir()}
    assert seen == {str(number) for number in range(20)}


def test_a_blank_that_is_a_device(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file without an end is not read to its end."""
    for device in ("/dev/zero", "/dev/stdin"):
        assert main(["fill", "test-patient", "--form", "acme-roi-en", "--blank", device, "--out", "out/"]) == 5
        assert "no regular file" in capsys.readouterr().err
    assert main(["profile", "check", "/dev/zero"]) == 4
    assert "no regular file" in capsys.readouterr().err


def test_a_blank_of_gigabytes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (place / "big.pdf").open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(3 << 30)
    assert main(["form", "inspect", "big.pdf"]) == 5
    assert "larger than" in capsys.readouterr().err
