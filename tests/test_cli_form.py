"""``formfill form``, ``profile`` and ``init``."""

from __future__ import annotations

import json
import re
import stat
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from own_forms import PLACES, fillable, flat, form_map, workspace

from formfill.cli import main
from formfill.model.provider import load_provider

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace, entered."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(workspace(home))
    return home


def test_list_shows_the_workspace_and_what_ships(place: Path, capsys: Capture) -> None:
    assert main(["form", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["form", "title", "provider", "state", "language", "instrument", "blank"]
    (own,) = [line for line in lines if line.startswith("acme-roi-en ")]
    assert str(place / "forms/acme/roi-en.pdf") in own
    assert any(line.startswith("model-access-request-en ") for line in lines)


def test_list_filters_by_state_and_language(place: Path, capsys: Capture) -> None:
    assert main(["form", "list", "--state", "ca", "--language", "en", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert "acme-roi-en" in [row["form"] for row in rows]
    assert {(row["state"], row["language"]) for row in rows} == {("CA", "en")}
    assert main(["form", "list", "--state", "ZZ"]) == 0
    said = capsys.readouterr().out
    assert "no form fits --state ZZ;" in said
    assert re.search(r"^states: .*\bCA\b", said, re.MULTILINE)
    assert re.search(r"^languages: .*\ben\b.*\bes\b", said, re.MULTILINE)


def offers(capsys: Capture, wanted: str) -> dict[str, str]:
    """Who offers the format, dict[form id, what its row says]."""
    assert main(["form", "list", "--format", wanted, "--json"]) == 0
    return {row["form"]: row["offers"] for row in json.loads(capsys.readouterr().out)}


@pytest.mark.parametrize(
    ("value", "wanted", "said"),
    [
        ("delivery.usb", "usb", "box delivery.usb"),
        ("delivery.usb and not delivery.pickup", "usb", "box delivery.usb"),
        ("delivery.cd_usb", "usb", "box delivery.cd_usb"),
        ("delivery.electronic", "usb", "box delivery.electronic"),
        ("delivery.cd", "usb", None),
        ("not delivery.usb", "usb", None),
        ("delivery.email_encrypted", "email", "box delivery.email_encrypted"),
        ("delivery.email_encrypted", "email_unencrypted", None),
        ("delivery.usb", "delivery.USB", "box delivery.usb"),
    ],
)
def test_list_by_the_box_for_a_format(place: Path, capsys: Capture, value: str, wanted: str, said: str | None) -> None:
    box = f"  - {{value: {value}, page: 1, box: [55, 300, 65, 310], label: Format}}\n"
    (place / "form_maps/acme/roi-en.yaml").write_text(form_map(flat(), PLACES + box))
    assert offers(capsys, wanted).get("acme-roi-en") == said


def test_list_by_the_formats_of_the_provider(place: Path, capsys: Capture) -> None:
    record = place / "form_maps/acme/provider.yaml"
    assert "acme-roi-en" not in offers(capsys, "usb")
    record.write_text(record.read_text() + "formats: [paper, cd_usb]\n")
    assert offers(capsys, "usb")["acme-roi-en"] == "provider: cd_usb"
    assert "acme-roi-en" not in offers(capsys, "portal")
    assert main(["form", "list", "--format", "usb", "--state", "ca", "--language", "en"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[-2:] == ["offers", "blank"]
    assert any(line.startswith("acme-roi-en ") and " provider: cd_usb " in line for line in lines)


def test_list_of_an_unknown_format_names_those_that_come_close(place: Path, capsys: Capture) -> None:
    assert main(["form", "list", "--format", "pendrive"]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert "'pendrive' is no delivery format: one of paper, cd, usb," in said.err
    assert main(["form", "list", "--format", "mailbox"]) == 2
    assert "is no delivery format: one of mail, email" in capsys.readouterr().err


def test_list_leaves_superseded_forms_out_and_says_so(place: Path, capsys: Capture) -> None:
    old = place / "form_maps/acme/roi-en.yaml"
    old.write_text(form_map(flat(), more="superseded_by: acme-roi-2026-en\n"))
    (place / "form_maps/acme/roi-2026-en.yaml").write_text(form_map(flat(), form="acme-roi-2026-en"))
    assert main(["form", "list", "--state", "CA"]) == 0
    listed = capsys.readouterr()
    assert "acme-roi-2026-en " in listed.out
    assert "acme-roi-en" not in listed.out
    assert re.fullmatch(r"\d+ superseded left out: --all lists (it|them)\n", listed.err)
    assert main(["form", "list", "--all"]) == 0
    listed = capsys.readouterr()
    assert not listed.err
    (line,) = [line for line in listed.out.splitlines() if line.startswith("acme-roi-en ")]
    assert " acme-roi-2026-en " in line
    assert main(["form", "list", "--all", "--json"]) == 0
    marked = {row["form"]: row["superseded_by"] for row in json.loads(capsys.readouterr().out)}
    assert (marked["acme-roi-en"], marked["acme-roi-2026-en"]) == ("acme-roi-2026-en", None)


def test_list_where_only_a_superseded_form_fits(place: Path, capsys: Capture) -> None:
    (place / "form_maps/acme/provider.yaml").write_text("id: acme\nname: Acme Clinic\nstate: GU\n")
    (place / "form_maps/acme/roi-en.yaml").write_text(form_map(flat(), more="superseded_by: acme-roi-2026-en\n"))
    assert main(["form", "list", "--state", "GU"]) == 0
    said = capsys.readouterr().out
    assert "no form fits --state GU;" in said
    assert "1 superseded left out: --all lists it" in said


def test_the_provider_records_that_ship_are_read(root: Path) -> None:
    records = sorted((root / "form_maps").glob("*/provider.yaml"))
    assert len(records) >= 74
    for path in records:
        record = load_provider(path)
        assert record.id == path.parent.name
        assert record.state, path
        # a caseworker has where to send it, or is told to ask
        reached = (
            record.address or record.fax or record.email or any(one.address or one.fax for one in record.locations)
        )
        assert reached or " ask " in (record.notes or "") or "written in" in (record.notes or ""), path


def test_show_says_what_a_form_asks(place: Path, capsys: Capture) -> None:
    (place / "forms/acme/roi-en.pdf").unlink()
    assert main(["form", "show", "acme-roi-en"]) == 0
    said = capsys.readouterr().out
    assert "blank: missing: form add" in said
    assert "  patient.birth_date: The patient's date of birth." in said
    assert "left empty:\n  signature.patient: " in said
    assert main(["form", "show", "acme-roi-en", "--json"]) == 0
    assert "records.lab" in json.loads(capsys.readouterr().out)["asks"]


def test_inspect_lists_fields_and_the_places_of_the_map(place: Path, capsys: Capture) -> None:
    assert main(["form", "inspect", "forms/acme/roi-en.pdf", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["form"] == "acme-roi-en"
    assert facts["pages"] == [{"page": 1, "width": 612.0, "height": 792.0, "words": 12}]
    assert [place["what"] for place in facts["places"]][-1] == "leave signature.patient"
    blank = fillable([("Name", (100, 692, 300, 707), ""), ("Lab", (100, 600, 110, 610), "On")])
    (place / "new.pdf").write_bytes(blank)
    assert main(["form", "inspect", "new.pdf", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["form"] is None
    name, lab = facts["fields"]
    assert (name["field"], name["kind"], name["page"], name["box"]) == ("Name", "text", 1, [100, 85, 300, 100])
    assert (lab["field"], lab["kind"], lab["options"]) == ("Lab", "check", ["On"])
    assert main(["form", "inspect", "new.pdf"]) == 0
    assert "Name   text   1     100, 85, 300, 100" in capsys.readouterr().out


def test_inspect_of_a_word_form(root: Path, place: Path, capsys: Capture) -> None:
    assert main(["form", "inspect", str(root / "forms/model/access-request-docx-en.docx"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["form"] == "model-access-request-docx-en"
    assert len(facts["fields"]) > 20
    assert facts["places"]


def test_add_recognises_a_blank_by_its_bytes(place: Path, capsys: Capture) -> None:
    blank = place / "forms/acme/roi-en.pdf"
    (place / "download (1).pdf").write_bytes(blank.read_bytes())
    blank.unlink()
    assert main(["form", "add", "download (1).pdf"]) == 0
    assert "is the blank of acme-roi-en" in capsys.readouterr().out
    assert blank.read_bytes() == flat()
    assert stat.S_IMODE(blank.stat().st_mode) == 0o600


def test_add_of_a_stranger_says_so_and_keeps_nothing(place: Path, capsys: Capture) -> None:
    (place / "other.pdf").write_bytes(flat([("Another form", 50, 50)]))
    before = sorted(place.rglob("*"))
    assert main(["form", "add", "other.pdf"]) == 5
    assert "form maps is for:\n" in (said := capsys.readouterr().err)
    assert "other.pdf" in said
    assert sorted(place.rglob("*")) == before


def test_add_needs_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.pdf").write_bytes(b"%PDF")
    assert main(["form", "add", "x.pdf"]) == 4
    assert "formfill init" in capsys.readouterr().err


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", folder
    server.shutdown()
    server.server_close()
    thread.join()


def test_pull_downloads_the_very_blank(place: Path, site: tuple[str, Path], capsys: Capture) -> None:
    address, folder = site
    blank = place / "forms/acme/roi-en.pdf"
    (folder / "roi.pdf").write_bytes(blank.read_bytes())
    blank.unlink()
    source = form_map(flat(), PLACES).replace("fields:", f"  source: {address}/roi.pdf\nfields:")
    (place / "form_maps/acme/roi-en.yaml").write_text(source)
    assert main(["form", "pull", "acme-roi-en"]) == 0
    assert blank.read_bytes() == flat()
    blank.unlink()
    (folder / "roi.pdf").write_bytes(b"%PDF another edition")
    assert main(["form", "pull", "acme-roi-en"]) == 5
    assert "new edition" in capsys.readouterr().err
    assert not blank.exists()


def test_init_makes_a_workspace_and_keeps_what_is_there(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "work"
    assert main(["init", str(folder)]) == 0
    made = {path.name for path in folder.iterdir()}
    assert made == {"forms", "form_maps", "profiles", "inbox", "outbox", "formfill.yaml"}
    assert stat.S_IMODE((folder / "profiles").stat().st_mode) == 0o700
    (folder / "formfill.yaml").write_text("sender:\n  organization: Our Own\n")
    assert main(["init", str(folder)]) == 0
    assert "Our Own" in (folder / "formfill.yaml").read_text()
    assert main(["--workspace", str(folder), "profile", "list"]) == 0
    assert "amina-rahimi" in capsys.readouterr().out


def test_init_where_a_file_is(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("x")
    assert main(["init", str(tmp_path / "file")]) == 8
    assert "cannot be made a workspace" in capsys.readouterr().err


def test_the_settings_that_init_writes_are_read(tmp_path: Path) -> None:
    from formfill.catalog import Catalog

    assert main(["init", str(tmp_path)]) == 0
    assert Catalog(tmp_path).sender() is None
    settings = tmp_path / "formfill.yaml"
    said = re.sub(r"^#(?=   )", " ", settings.read_text(), flags=re.MULTILINE)
    settings.write_text(re.sub(r"^# (?=\w+:$)", "", said, flags=re.MULTILINE))
    known = Catalog(tmp_path).settings()
    assert known.smtp is not None
    assert (known.smtp.host, known.smtp.security) == ("mail.example.org", "starttls")
    assert known.fax_server is not None
    assert known.fax_server.host == "fax.example.org"
    sender = Catalog(tmp_path).sender()
    assert sender is not None
    assert sender.organization == "Harbor Refugee Services"
    assert sender.address is not None
    assert sender.address.postal_code == "94607"


def test_profile_check_reads_strictly(place: Path, capsys: Capture) -> None:
    assert main(["profile", "check", "test-patient"]) == 0
    path = place / "profiles/test-patient.yaml"
    path.write_text(path.read_text().replace("1987-03-14", "14/3/87"))
    assert main(["profile", "check", "test-patient"]) == 4
    said = capsys.readouterr().err
    assert f"{path}:6: patient.birth_date: expected YYYY-MM-DD, got '14/3/87'" in said


def test_what_macos_leaves_beside_files_is_no_map(place: Path) -> None:
    (place / "form_maps/acme/._roi-en.yaml").write_bytes(b"\0\x05\x16\x07\xff")
    assert main(["form", "list"]) == 0


def test_a_typing_slip_has_a_hint(place: Path, capsys: Capture) -> None:
    for arguments, hint in (
        (["fill", "test-patent", "--form", "acme-roi-en", "--out", "o"], "Did you mean test-patient?"),
        (["fill", "test-patient", "--form", "acme-roi-en", "--provider", "acne", "--out", "o"], "Did you mean acme?"),
        (["form", "show", "roi.pdf"], "a file is for --blank"),
    ):
        assert main(arguments) in (3, 4)
        assert hint in capsys.readouterr().err


def test_all_files_are_read_before_one_is_kept(place: Path) -> None:
    (place / "forms/acme/roi-en.pdf").rename(place / "mine.pdf")
    assert main(["form", "add", "mine.pdf", "nowhere.pdf"]) == 5
    assert not (place / "forms/acme/roi-en.pdf").exists()


def test_a_damaged_word_file_is_named(place: Path, capsys: Capture) -> None:
    (place / "x.docx").write_bytes(b"PK\3\4junk")
    assert main(["form", "inspect", "x.docx"]) == 5
    assert "x.docx: " in capsys.readouterr().err
