"""``formfill form diff``: what it says, and pictures whose pixels Pillow finds coloured where the editions differ."""

from __future__ import annotations

import io
import json
import stat
import webbrowser
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from builders import Blank
from own_forms import PRINT, Print, fillable, flat, resaved
from PIL import Image, ImageDraw

from formfill.cli import main
from formfill.draft.diff import Diff, compare, edition, snippets
from formfill.draft.diff_pictures import COLOURS, SCALE
from formfill.draft.pictures import MARGIN
from formfill.pdf.compiled import compiled_form

Capture = pytest.CaptureFixture[str]

#: A page of text to move about in.
RIGHTS: tuple[Print, ...] = tuple(
    (words, 50, 300 + 14 * number)
    for number, words in enumerate(
        (
            "I may revoke this authorization at any time in writing.",
            "Treatment does not depend on whether I sign this form.",
            "What was released may no longer be protected by law.",
            "A copy of this authorization is as valid as the original.",
            "Psychotherapy notes need an authorization of their own.",
        )
    )
)
HEAD = 60


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    monkeypatch.chdir(tmp_path)


def run(capsys: Capture, old: bytes, new: bytes, *args: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON report."""
    Path("old.pdf").write_bytes(old)
    Path("new.pdf").write_bytes(new)
    capsys.readouterr()
    code = main(["form", "diff", "old.pdf", "new.pdf", "--json", *args])
    return code, json.loads(capsys.readouterr().out)


def compared(old: bytes, new: bytes) -> Diff:
    return compare(*(edition(compiled_form(data), "x") for data in (old, new)))


def colours(number: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The old and the new page of a picture, without the desk around them."""
    with Image.open(f"new-diff/new-diff-{number}.png") as image:
        assert image.format == "PNG"
        pixels = np.asarray(image.convert("RGB")).astype(int)
    width = (pixels.shape[1] - 3 * MARGIN) // 2
    page = pixels[HEAD:-56]
    return page[:, MARGIN : MARGIN + width], page[:, 2 * MARGIN + width : 2 * MARGIN + 2 * width]


def tint(page: np.ndarray, words: str, data: bytes) -> str:
    """What became of the one passage that reads ``words``, by the usual colour of its paper."""
    found = edition(compiled_form(data), "x").words
    texts = words.split()
    (start,) = [i for i in range(len(found)) if [word.text for word in found[i : i + len(texts)]] == texts]
    first, last = found[start].box, found[start + len(texts) - 1].box
    x0, top, x1, bottom = (round(v * SCALE) for v in (first[0], first[1], last[2], last[3]))
    area = page[top + 2 : bottom - 2, x0 + 3 : x1 - 3].reshape(-1, 3)
    shades, counts = np.unique(area, axis=0, return_counts=True)
    paper = shades[counts.argmax()]
    if paper.min() > 250:
        return "same"
    ink = (255 - paper) / (255 - paper).max()
    wanted = {fate: (255 - np.array(rgb)) / (255 - min(rgb)) for fate, rgb in COLOURS.items()}
    return min(wanted, key=lambda fate: float(np.abs(wanted[fate] - ink).sum()))


# equal


def test_equal_editions_are_exit_0(capsys: Capture) -> None:
    data = flat((*PRINT, *RIGHTS))
    for other in (data, resaved(data)):
        code, said = run(capsys, data, other)
        assert (code, said["equal"]) == (0, True)
        assert [tint(page, "Patient name:", data) for page in colours()] == ["same", "same"]
    assert main(["form", "diff", "old.pdf", "new.pdf", "--no-pictures"]) == 0
    assert "old.pdf → new.pdf: equal\n  page 1 → 1: equal" in capsys.readouterr().out


def test_the_order_of_drawing_is_no_difference() -> None:
    assert compared(flat((*PRINT, *RIGHTS)), flat((*reversed(RIGHTS), *PRINT))).is_equal


# words


def test_a_changed_word_is_red_and_green(capsys: Capture) -> None:
    before = flat((*RIGHTS, ("Fax to 559 now", 50, 600)))
    after = flat((*RIGHTS, ("Fax to 916 now", 50, 600)))
    code, said = run(capsys, before, after)
    assert code == 1
    (page,) = said["pages"]
    assert (page["removed"], page["added"], page["words_removed"], page["words_added"]) == (["559"], ["916"], 1, 1)
    old, new = colours()
    assert (tint(old, "559", before), tint(new, "916", after)) == ("removed", "added")
    assert (tint(old, RIGHTS[0][0], before), tint(new, RIGHTS[0][0], after)) == ("same", "same")


def test_moved_words_are_not_removed_and_added(capsys: Capture) -> None:
    moved = (RIGHTS[0][0], 50, 650)
    before, after = flat(RIGHTS), flat((*RIGHTS[1:], moved))
    code, said = run(capsys, before, after)
    assert code == 1
    (page,) = said["pages"]
    assert (page["words_removed"], page["words_added"], page["words_moved"]) == (0, 0, 10)
    old, new = colours()
    assert (tint(old, moved[0], before), tint(new, moved[0], after)) == ("moved", "moved")
    assert tint(new, RIGHTS[1][0], after) == "same"


def test_what_a_new_line_pushes_along_is_grey(capsys: Capture) -> None:
    pushed = tuple((words, x, top + (24 if top > 320 else 0)) for words, x, top in RIGHTS)
    before, after = flat(RIGHTS), flat((*pushed, ("Interpreter needed", 50, 330)))
    _, said = run(capsys, before, after)
    (page,) = said["pages"]
    assert (page["added"], page["words_removed"], page["words_moved"]) == (["Interpreter needed"], 0, 0)
    assert page["words_pushed"] == sum(len(words.split()) for words, _, top in RIGHTS if top > 320)
    old, new = colours()
    seen = [tint(new, words, after) for words in (RIGHTS[0][0], "Interpreter needed", RIGHTS[3][0])]
    assert seen == ["same", "added", "shifted"]
    assert tint(old, RIGHTS[3][0], before) == "shifted"


def test_a_paragraph_that_went_to_another_page_is_moved() -> None:
    old, new = (Blank(pages=0) for _ in range(2))
    title = (50.0, 700.0, "Authorization to release health information of a patient")
    rights = (50.0, 500.0, "I may revoke this authorization at any time in writing")
    notice = (50.0, 600.0, "Notice of privacy practices that everybody gets on request")
    for blank, first, second in ((old, (title, rights), (notice,)), (new, (title,), (notice, rights))):
        blank.page(words=first)
        blank.page(words=second)
    found = compared(old.save(), new.save())
    assert found.pages == ((1, 1), (2, 2))
    assert snippets(found.new.words, found.new_fates, "moved") == [(2, rights[2])]
    assert "removed" not in found.old_fates


def test_a_longer_rule_of_underscores_is_the_same_word() -> None:
    found = compared(flat((('Name: #"______"', 50, 100),)), flat((('Name: #"_________"', 50, 100),)))
    assert [word.text for word in found.new.words] == ["Name:", "__"]
    assert "added" not in found.new_fates


# pages


def test_an_inserted_page_is_matched_with_none(capsys: Capture) -> None:
    pages = [
        ("Release of records, first page about the patient", "Date of birth and address"),
        ("Which records are wanted by the patient or lawyer", "Laboratory and imaging"),
        ("Signature of whoever signs this form, and the date", "Relationship to the patient"),
    ]
    fresh = ("Interpreter statement in the language spoken at home", "Telephone interpreter number")

    def form(texts: list[tuple[str, str]]) -> bytes:
        blank = Blank(pages=0)
        for first, second in texts:
            blank.page(words=((50, 700, first), (50, 680, second)))
        return blank.save()

    code, said = run(capsys, form(pages), form([pages[0], fresh, *pages[1:]]))
    assert code == 1
    assert [(row["old"], row["new"]) for row in said["pages"]] == [(1, 1), (None, 2), (2, 3), (3, 4)]
    assert [row["words_added"] for row in said["pages"]] == [0, 11, 0, 0]
    assert len(said["files"]) == 5
    code, said = run(capsys, form([pages[0], fresh, *pages[1:]]), form(pages))
    assert [(row["old"], row["new"]) for row in said["pages"]] == [(1, 1), (2, None), (3, 2), (4, 3)]
    assert not Path("new-diff/new-diff-5.png").exists()
    assert main(["form", "diff", "old.pdf", "new.pdf", "--no-pictures"]) == 1
    assert "page 2 was taken out: 11 words" in capsys.readouterr().out


def test_another_page_size_is_a_difference(capsys: Capture) -> None:
    code, said = run(capsys, flat(), flat(size=(612, 1008)))
    assert (code, said["pages"][0]["resized"], said["pages"][0]["new_size"]) == (1, True, [612.0, 1008.0])
    main(["form", "diff", "old.pdf", "new.pdf", "--no-pictures"])
    assert "size: 612 × 792 → 612 × 1008 points" in capsys.readouterr().out


# fields


def test_fields_that_came_went_and_moved(capsys: Capture) -> None:
    same, gone = ("Name", (120, 680, 400, 700), ""), ("SSN", (120, 640, 400, 660), "")
    labs, moved = ("Labs", (55, 600, 65, 610), "On"), ("Labs", (155, 560, 165, 570), "On")
    come = ("E-mail", (120, 500, 400, 520), "")
    code, said = run(capsys, fillable([same, gone, labs], PRINT), fillable([same, moved, come], PRINT))
    assert code == 1
    assert said["fields"] == {"removed": ["SSN"], "added": ["E-mail"], "moved": ["Labs"]}
    assert said["pages"][0]["words_added"] == 0
    old, new = colours()
    for page, rect, fate in ((old, gone[1], "removed"), (new, come[1], "added"), (new, moved[1], "moved")):
        row = page[round((792 - rect[3]) * SCALE) + 1, round(rect[0] * SCALE) + 4 : round(rect[2] * SCALE) - 4]
        assert np.abs(np.median(row, axis=0) - np.array(COLOURS[fate])).max() < 40, fate


# what is drawn


def ruled(*rules: float) -> bytes:
    blank = Blank(pages=0)
    content = b"".join(b"1 w 100 %.1f m 400 %.1f l S\n" % (y, y) for y in rules)
    blank.page(words=((50, 700, "Name of the patient"), (50, 650, "Date of birth")), content=content)
    return blank.save()


def test_a_line_that_is_gone_is_red(capsys: Capture) -> None:
    code, said = run(capsys, ruled(600, 500), ruled(600))
    assert (code, said["pages"][0]["drawn"], said["pages"][0]["words_removed"]) == (1, True, 0)
    old, new = colours()
    row = old[round((792 - 500) * SCALE), round(110 * SCALE) : round(390 * SCALE)]
    assert np.abs(np.median(row, axis=0) - np.array(COLOURS["removed"])).max() < 20
    kept = old[round((792 - 600) * SCALE), round(110 * SCALE) : round(390 * SCALE)]
    assert np.median(kept) < 100
    assert (new[..., 1] - new[..., 0]).max() < 30  # nothing green


def test_a_line_pushed_along_with_the_words_around_it_is_the_same(capsys: Capture) -> None:
    def form(down: float) -> bytes:
        blank = Blank(pages=0)
        words = [(50.0, 700.0 - down - 20 * i, f"Line number {i} of the text around the rule") for i in range(4)]
        blank.page(words=words, content=b"1 w 100 %.1f m 400 %.1f l S\n" % (600 - down, 600 - down))
        return blank.save()

    _, said = run(capsys, form(0), form(30))
    assert said["pages"][0]["drawn"] is False
    assert said["pages"][0]["words_pushed"] == 36


# scans


def scan(text_at: tuple[int, int], *, extra: bool = False) -> bytes:
    """A page that is a picture, of words and rules at a place."""
    sheet = Image.new("L", (1224, 1584), 255)
    draw = ImageDraw.Draw(sheet)
    x, y = text_at
    for row in range(12):
        draw.text((x, y + 60 * row), f"Line {row} of a form that was printed and scanned again", fill=0, font_size=26)
        draw.line((x, y + 60 * row + 40, x + 700, y + 60 * row + 40), fill=0, width=3)
    if extra:
        draw.rectangle((x + 800, y + 100, x + 860, y + 160), outline=0, width=4)
    out = io.BytesIO()
    sheet.convert("RGB").save(out, "PDF", resolution=144)
    return out.getvalue()


def test_scans_are_laid_on_each_other(capsys: Capture) -> None:
    code, said = run(capsys, scan((100, 200)), scan((116, 188)))
    assert (code, said["pages"][0]["drawn"]) == (0, False)
    code, said = run(capsys, scan((100, 200)), scan((116, 188), extra=True))
    assert (code, said["pages"][0]["drawn"]) == (1, True)
    old, new = colours()
    box = new[288:348, 916:976]
    assert ((box[..., 1] - box[..., 0]) > 60).sum() > 200  # the new box is green
    assert ((old[..., 0] - old[..., 1]) > 60).sum() == 0


def test_scans_that_do_not_lie_on_each_other_are_said_to(capsys: Capture) -> None:
    other = Image.new("RGB", (1224, 1584), "white")
    ImageDraw.Draw(other).rectangle((300, 700, 900, 1400), fill="black")
    out = io.BytesIO()
    other.save(out, "PDF", resolution=144)
    code, said = run(capsys, scan((100, 200)), out.getvalue())
    assert (code, said["pages"][0]["drawn"]) == (1, None)
    main(["form", "diff", "old.pdf", "new.pdf", "--no-pictures"])
    assert "two scans that do not lie on each other" in capsys.readouterr().out


# the command


def test_pictures_are_opened_and_their_owners_alone(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    run(capsys, flat(), flat(RIGHTS), "--open", "--out", "seen")
    assert opened == [Path("seen/new-diff.html").resolve().as_uri()]
    page = Path("seen/new-diff.html").read_text(encoding="utf-8")
    assert "new-diff-1.png" in page
    for path in Path("seen").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_pictures_writes_nothing(capsys: Capture) -> None:
    code, said = run(capsys, flat(), flat(RIGHTS), "--no-pictures")
    assert (code, said["files"]) == (1, [])
    assert sorted(path.name for path in Path().iterdir()) == ["new.pdf", "old.pdf"]
    assert main(["form", "diff", "old.pdf", "new.pdf", "--no-pictures", "--open"]) == 2


def test_what_cannot_be_read_is_exit_5(root: Path, capsys: Capture) -> None:
    Path("old.pdf").write_bytes(flat())
    Path("broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert main(["form", "diff", "old.pdf", "none.pdf"]) == 5
    assert main(["form", "diff", "broken.pdf", "old.pdf"]) == 5
    assert main(["form", "diff", "old.pdf", str(root / "forms/model/access-request-docx-en.docx")]) == 5
    assert "is a Word document" in capsys.readouterr().err


def test_nothing_of_a_compared_file_is_kept_in_the_cache(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("FORMFILL_CACHE", "cache")
    run(capsys, flat(), flat(RIGHTS))
    assert not Path("cache").exists()


def test_help_promises_the_exit_codes(capsys: Capture) -> None:
    assert main(["form", "diff", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "0 where the two are equal in print and fields, 1 where they differ" in said


# forms that ship, altered; and real pairs


def test_our_own_form_with_one_field_less(root: Path, capsys: Capture) -> None:
    data = (root / "forms/model/access-request-en.pdf").read_bytes()
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        name = "Medical record number"
        (annotation,) = [n for n, node in enumerate(pdf.pages[0].Annots) if str(node.get("/T", "")) == name]
        (field,) = [n for n, node in enumerate(pdf.Root.AcroForm.Fields) if str(node.get("/T", "")) == name]
        del pdf.pages[0].Annots[annotation], pdf.Root.AcroForm.Fields[field]
        pdf.save(out)
    code, said = run(capsys, data, out.getvalue())
    assert code == 1
    assert said["fields"] == {"removed": [name], "added": [], "moved": []}
    assert all(row["words_removed"] == row["words_added"] == 0 for row in said["pages"])
    with pypdfium2.PdfDocument(data) as document:
        assert len(said["pages"]) == len(document)


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        ("goleta-valley-cottage-hospital/form-1.pdf", "goleta-valley-cottage-hospital/form-3.pdf", 2, 2),
        ("hartford-hospital/form-1.pdf", "hartford-hospital/form-3.pdf", 0, 0),
        ("garfield-medical-center/form-1.pdf", "garfield-medical-center/form-2.pdf", 0, 0),
        ("ucsf-medical-center/form-1.pdf", "ucsf-medical-center/form-2.pdf", 3, 0),
    ],
)
def test_real_editions(corpus: Path, old: str, new: str, gone: int, come: int) -> None:
    found = compared((corpus / old).read_bytes(), (corpus / new).read_bytes())
    assert (found.old_fates.count("removed"), found.new_fates.count("added")) == (gone, come)
