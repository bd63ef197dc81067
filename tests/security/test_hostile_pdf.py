"""Hostile blanks through every command that reads one: refused in words, or filled; in bounded memory and time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from guarded import MOST_RSS, run
from hostile_pdfs import cases
from own_forms import ASKED, SECRETS, workspace

PROVIDER = """\
id: acme
name: Acme Clinic
state: CA
address: {street: 500 Elm Street, city: Fresno, state: CA, postal_code: 93701}
"""
PLACES = "  - {value: patient.full_name, page: 1, box: [130, 80, 330, 96]}\n"
#: Done; the map says what its blank does not; the blank, the fill, or the output is refused.
EXPECTED = {0, 3, 5, 6, 7, 8}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    folder = tmp_path / "ws"
    folder.mkdir()
    workspace(folder, places=PLACES)
    (folder / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    return folder


@pytest.mark.parametrize("tries", cases())
def test_hostile_blank(place: Path, tries: str) -> None:
    blank = cases()[tries]()
    (place / "forms/acme/roi-en.pdf").write_bytes(blank)
    path = place / "form_maps/acme/roi-en.yaml"
    text = path.read_text()
    old = text.partition("sha256: ")[2].partition("\n")[0]
    path.write_text(text.replace(old, hashlib.sha256(blank).hexdigest()))
    file = "forms/acme/roi-en.pdf"
    form = ("test-patient", "--form", "acme-roi-en")
    ended = run(
        place,
        [
            ["form", "inspect", file],
            ["map", "draft", file, "--out", "draft.yaml", "--provider", "acme"],
            ["map", "check", "acme-roi-en"],
            ["fill", *form, "--records", "lab", "--out", "out/"],
            ["prepare", *form, *ASKED, "--send", "mail", "--out", "packet/"],
        ],
    )
    print(f"{tries}: codes {ended.codes}, {ended.peak >> 20} MB")
    assert set(ended.codes) <= EXPECTED, ended.said
    assert "Traceback" not in ended.said
    assert not any(secret in ended.said for secret in SECRETS)
    assert ended.peak < MOST_RSS, f"{ended.peak >> 20} MB"
    fill, packet = ended.codes[3:]
    assert (place / "out").exists() == (fill == 0)
    assert (place / "packet").exists() == (packet == 0)
    if ended.codes != [0] * 5:
        assert "formfill: " in ended.said or "error" in ended.said
