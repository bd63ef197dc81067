"""docs/new-form.md: its commands still run on the form that ships with it, and the form is what its script makes."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pdfplumber
import pypdf
import pytest
from PIL import Image

from formfill.cli import main
from formfill.draft import doubt
from formfill.draft.pictures import Sheet
from formfill.model.form_map import FormMap, Place, load_form_map
from formfill.model.provider import load_provider
from formfill.pdf.geometry import ShownBox

MAP = "form_maps/juniper-creek/roi-en.yaml"
#: What only a person's hand may put on the form.
BY_HAND = ("signature.", "witness.", "staff.", "sensitive.")


@pytest.fixture
def shipped(root: Path) -> Path:
    return root / "docs" / "new-form"


@pytest.fixture
def home(shipped: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace of the trial, entered, with what the caseworker has: the blank, a profile, a request."""
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["init", "juniper"]) == 0
    monkeypatch.chdir(tmp_path / "juniper")
    shutil.copy(shipped / "juniper-creek-roi.pdf", "roi.pdf")
    shutil.copy(shipped / "request.yaml", "request.yaml")
    shutil.copy(root / "profiles" / "amina-rahimi.yaml", "profiles")
    shutil.copytree(root / "profiles" / "ids", "profiles/ids")
    return tmp_path / "juniper"


def commands(root: Path, *, after_review: bool) -> list[list[str]]:
    """What the page types into a terminal, before its map is corrected or after."""
    parts = (root / "docs/new-form.md").read_text(encoding="utf-8").split("\n## 5. Correct\n")
    return [shlex.split(line)[1:] for line in re.findall(r"^\$ (formfill .*)$", parts[after_review], re.MULTILINE)]


def drafted(home: Path) -> FormMap:
    said = ["map", "draft", "roi.pdf", "--out", MAP, "--provider", "juniper-creek"]
    assert main(said) == 0
    return load_form_map(home / MAP)


def test_commands_of_the_page_work(home: Path, root: Path, shipped: Path) -> None:
    before = commands(root, after_review=False)
    assert [args[:2] for args in before] == [
        ["init", "juniper"], ["map", "draft"], ["form", "add"], ["map", "preview"], ["map", "check"],
    ]  # fmt: skip
    for args in before[1:]:
        assert main(args) == 0, args
    assert (home / "forms/juniper-creek/roi-en.pdf").read_bytes() == (shipped / "juniper-creek-roi.pdf").read_bytes()
    shutil.copy(shipped / "juniper-creek-roi.yaml", MAP)
    after = commands(root, after_review=True)
    assert [args[:2] for args in after] == [["map", "check"], ["map", "test"], ["fill", "amina-rahimi"]]
    for args in after:
        assert main(args) == 0, args
    with pdfplumber.open(home / "outbox/juniper-creek-roi-en.pdf") as pdf:
        words = " ".join(word["text"] for word in pdf.pages[0].extract_words())
    for value in ("Amina Yusuf Rahimi", "2114 Folsom Blvd", "Harbor Refugee Services", "Elena Marsh", "03/31/2027"):
        assert value in words


def test_reviewed_map_is_clean_and_of_this_blank(home: Path, shipped: Path) -> None:
    drafted(home)
    assert main(["form", "add", "roi.pdf"]) == 0
    shutil.copy(shipped / "juniper-creek-roi.yaml", MAP)
    assert main(["map", "check", "--strict", MAP]) == 0


def test_provider_record_of_the_page_can_be_read(home: Path, root: Path, tmp_path: Path) -> None:
    text = (root / "docs/new-form.md").read_text(encoding="utf-8")
    (record,) = re.findall(r"```yaml\n(id: .*?)```", text, re.DOTALL)
    path = tmp_path / "provider.yaml"
    path.write_text(record, encoding="utf-8")
    assert load_provider(path).name == "Juniper Creek Family Clinic"


def test_draft_is_mostly_what_the_review_left_of_it(home: Path, shipped: Path) -> None:
    """57 of 64 places when the page was written; a draft that gets much worse, or fills what a hand must, fails."""
    draft = drafted(home)
    pairs = [(place, _at_same_spot(place, draft)) for place in load_form_map(shipped / "juniper-creek-roi.yaml").fields]
    same = [mine for mine, other in pairs if other and (mine.value, mine.leave) == (other.value, other.leave)]
    assert len(same) >= 52
    by_hand = [(mine, other) for mine, other in pairs if mine.leave and mine.leave.startswith(BY_HAND)]
    assert len(by_hand) == 14
    for mine, other in by_hand:
        assert other is None or other.leave, f"the draft fills {other.where()}, which is for {mine.leave}"


def _at_same_spot(place: Place, form_map: FormMap) -> Place | None:
    """The place of another map that has this one's middle in it."""
    x0, top, x1, bottom = _box(place)
    x, y = (x0 + x1) / 2, (top + bottom) / 2
    for other in form_map.fields:
        box = _box(other)
        if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
            return other
    return None


def _box(place: Place) -> ShownBox:
    box = place.pieces[0].box if place.pieces else place.box
    assert box is not None
    return box


def test_what_the_commands_say_to_a_new_user(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shipped: Path
) -> None:
    draft = drafted(home)
    said = capsys.readouterr().out
    # the unknown ones, and those left although a request could fill them: which way the records go
    open_ = [place for place in draft.fields if (place.leave or "").startswith(("unknown", "direction."))]
    assert open_
    assert f"{len(open_)} to decide" in said
    assert "formfill form add roi.pdf" in said
    assert main(["form", "add", "roi.pdf"]) == 0
    text_of_map = (home / MAP).read_text(encoding="utf-8")
    unsure = re.sub(r"confidence: 0\.9\d$", "confidence: 0.5", text_of_map, count=3, flags=re.MULTILINE)
    (home / MAP).write_text(unsure, encoding="utf-8")  # places that the draft would not be sure of
    capsys.readouterr()
    assert main(["map", "check", MAP]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    advice = "look at the form; when it is right, take confidence: out"
    doubtful = [n for n, line in enumerate(lines) if "warning low-confidence" in line]
    assert 1 <= lines.count(advice) < len(doubtful)
    assert lines[doubtful[0] + 1] == advice
    shutil.copy(shipped / "juniper-creek-roi.yaml", MAP)
    assert main(["map", "test", MAP, "--no-pictures"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"all of \d passes filled and verified; look at the files in .*roi-en-test", last)
    written: list[str] = []
    text = Sheet.text

    def noted(sheet: Sheet, at: tuple[float, float], words: str, *more: Any) -> None:
        written.append(words)
        text(sheet, at, words, *more)

    monkeypatch.setattr(Sheet, "text", noted)
    assert main(["map", "preview", MAP]) == 0
    assert "{representative.name}, {representative.relationship}" in written, "a wide line has room for a long name"


def test_making_the_blank_again_gives_the_same_form(shipped: Path, tmp_path: Path) -> None:
    made = []
    for name in ("one.pdf", "two.pdf"):
        subprocess.run([sys.executable, shipped / "make.py", "--out", tmp_path / name], check=True, timeout=120)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    kept = shipped / "juniper-creek-roi.pdf"
    # another version of typst writes other bytes, and must print the same
    assert _print(tmp_path / "one.pdf") == _print(kept)
    assert len(pypdf.PdfReader(kept).pages) == 1
    assert not pypdf.PdfReader(kept).get_fields()


def _print(path: Path) -> list[tuple[str, int, int]]:
    with pdfplumber.open(path) as pdf:
        return [(char["text"], round(char["x0"]), round(char["top"])) for char in pdf.pages[0].chars]


def test_pictures_are_there_and_small(root: Path, shipped: Path) -> None:
    text = (root / "docs/new-form.md").read_text(encoding="utf-8")
    linked = {root / "docs" / name for name in re.findall(r"\]\((new-form/[^)]+)\)", text)}
    assert all(path.is_file() for path in linked)
    pictures = set(shipped.glob("*.png"))
    assert pictures <= linked
    assert all(path.stat().st_size < 150_000 for path in pictures)
    assert sum(path.stat().st_size for path in pictures) < 900_000
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.mode == "P"


def test_thresholds_of_the_drafting_page_are_those_in_use(root: Path) -> None:
    text = (root / "docs/drafting.md").read_text(encoding="utf-8")
    assert f"a text with less than {doubt.SURE_TEXT}, a tick with less than {doubt.SURE_TICK} " in text
    assert f"with less than {doubt.SURE_SENSITIVE}, a box that keeps back with less than {doubt.SURE_EXCLUDED} " in text
