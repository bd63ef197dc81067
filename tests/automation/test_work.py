"""One request of many: what comes of it, and that nothing of a bad one is left."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from formfill import yaml_io
from formfill.automation.work import How, Result, Work, do
from tests.own_forms import PROFILE, SECRETS, workspace

ASKED = {
    "form": "acme-roi-en",
    "records": ["lab"],
    "dates": "all",
    "purpose": "personal",
    "delivery": "cd",
    "provider": {
        "name": "Acme Clinic",
        "address": {"street": "1 Oak Way", "city": "Oakland", "state": "CA", "postal_code": "94607"},
    },
}


@pytest.fixture
def how(tmp_path: Path) -> How:
    return How(out=str(tmp_path / "out"), workspace=workspace(tmp_path / "ws"), salt=b"s" * 32)


def work(name: str = "r1", **keys: object) -> Work:
    asked = {"profile": "test-patient", **ASKED, **keys}
    return Work(id=name, request=yaml_io.from_keys(asked, "requests.csv:14"), file="requests.csv", line=14)


def text_of(result: Result, name: str) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(Path(result.folder) / name).pages)


def test_a_form_alone(how: How) -> None:
    result = do(work(), how)
    assert (result.outcome, result.files, result.entry) == ("done", ("acme-roi-en.pdf",), None)
    assert "Amina Yusuf Rahimi" in text_of(result, "acme-roi-en.pdf")


def test_a_packet_where_it_says_how_it_travels(how: How) -> None:
    result = do(work(send="mail"), how)
    assert {"packet.pdf", "checklist.pdf", "manifest.json"} <= {path.name for path in Path(result.folder).iterdir()}
    assert result.entry is not None
    assert (result.entry.profile, result.entry.channel) == ("test-patient", "mail")
    assert stat.S_IMODE(Path(result.folder).stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path(result.folder).iterdir()} == {0o600}


def test_a_profile_that_is_written_out(how: How) -> None:
    asked = replace(work(), profile=yaml_io.loads(PROFILE.replace("Rahimi", "Karimi"), "p", ValueError))  # type: ignore[arg-type]
    assert "Karimi" in text_of(do(asked, how), "acme-roi-en.pdf")


@pytest.mark.parametrize(
    ("keys", "error", "code", "says"),
    [
        ({"delivery": "pigeon"}, "RequestError", 4, "requests.csv:14: delivery: unknown"),
        ({"form": "acme-roi-fr"}, "FormMapError", 3, "no such form"),
        ({"form": None}, "RequestError", 4, "requests.csv:14: form: which form?"),
        ({"profile": "nobody"}, "ProfileError", 4, "no profile of that name"),
        ({"profile": None}, "RequestError", 4, "requests.csv:14: profile: whose records?"),
    ],
)
def test_a_bad_one_says_why(how: How, keys: dict[str, object], error: str, code: int, says: str) -> None:
    result = do(work(**keys), how)
    assert (result.outcome, result.error, result.exit_code, result.line) == ("failed", error, code, 14)
    assert says in result.message
    assert not result.passing
    assert not any(secret in repr(replace(result, seconds=0.0)) for secret in SECRETS)
    assert not Path(how.out).exists() or not list(Path(how.out).iterdir())


@pytest.mark.parametrize("key", ["form", "profile"])
def test_a_request_opens_no_file_of_its_choice(
    how: How, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(PROFILE)
    (tmp_path / "mine").write_text(PROFILE)
    for name in ("mine.yaml", "mine"):
        result = do(work(**{key: name}), how)
        assert (result.outcome, result.exit_code) == ("failed", 3 if (key, name) == ("form", "mine") else 4)
        assert not any(secret in result.message for secret in SECRETS)


def test_the_same_is_not_done_twice(how: How) -> None:
    first = do(work(), how)
    again = replace(work(), done=(first.digest, first.files))
    assert do(again, how).outcome == "unchanged"
    assert do(replace(again, request=work(records=["immunizations"]).request), how).outcome == "done"


def test_a_changed_profile_is_done_anew(how: How) -> None:
    first = do(work(), how)
    assert how.workspace is not None
    (how.workspace / "profiles/test-patient.yaml").write_text(PROFILE.replace("Amina", "Amena"))
    assert do(replace(work(), done=(first.digest, first.files)), how).outcome == "done"


def test_what_was_removed_is_done_anew(how: How) -> None:
    first = do(work(), how)
    (Path(first.folder) / first.files[0]).unlink()
    assert do(replace(work(), done=(first.digest, first.files)), how).outcome == "done"


def test_a_sent_packet_is_not_made_anew(how: How) -> None:
    first = do(work(send="mail"), how)
    attempt = dict.fromkeys(("channel", "to", "file", "sha256", "time"), "") | {"state": "sent"}
    (Path(first.folder) / "sent.json").write_text(json.dumps({"attempts": [attempt]}))
    again = do(work(send="mail", records=["immunizations"]), how)
    assert (again.outcome, again.error) == ("failed", "RequestError")
    assert "an id of its own" in again.message


def test_an_earlier_packet_goes_whole(how: How) -> None:
    first = do(work(send="mail"), how)
    second = do(work(), how)
    assert first.folder == second.folder
    assert [path.name for path in Path(second.folder).iterdir()] == ["acme-roi-en.pdf"]
    assert [path.name for path in Path(how.out).iterdir()] == ["r1"]


def test_no_room_may_pass(how: How, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    result = do(work(), how)
    assert (result.outcome, result.error, result.passing) == ("failed", "OutputError", True)
    assert not list(Path(how.out).iterdir())
