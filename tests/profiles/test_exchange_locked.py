"""Import, duplicates and merge where the workspace is locked: nothing is left in plain text."""

from __future__ import annotations

from pathlib import Path

from test_vault import Said

SECRETS = (b"Raheemi", b"1987-03-14", b"ameena@example.org")


def plaintext(place: Path, but: str) -> list[Path]:
    files = [path for path in place.rglob("*") if path.is_file() and path.name != but]
    return [path for path in files if any(secret in path.read_bytes() for secret in SECRETS)]


def test_a_locked_workspace_stays_locked(locked: Path, said: Said) -> None:
    (locked / "intake.csv").write_text(
        "patient.given_name,patient.family_name,patient.birth_date,patient.email\n"
        "Ameena,Raheemi,1987-03-14,ameena@example.org\n"
    )
    assert "new: ameena-raheemi" in said("profile", "import", "intake.csv", "--new")
    assert (locked / "profiles/ameena-raheemi.yaml.age").is_file()
    assert plaintext(locked, "intake.csv") == []
    out = said("profile", "duplicates")
    assert "same birth date, names alike" in out
    (locked / "intake.csv").write_text(
        "profile,patient.given_name,patient.birth_date\nameena-raheemi,Mina,1987-03-14\n"
    )
    assert "updated: ameena-raheemi" in said("profile", "import", "intake.csv", "--update")
    said("profile", "merge", "test-patient", "ameena-raheemi", "--keep", "a", "--yes")
    assert plaintext(locked, "intake.csv") == []
    assert not list(locked.rglob("*ameena-raheemi*"))
    assert "ameena@example.org" in said("profile", "show", "test-patient")
    history = said("profile", "history", "test-patient")
    assert "ameena-raheemi: import" in history
    assert "merge of ameena-raheemi" in history
    said("profile", "unlock")
    assert "ameena@example.org" in (locked / "profiles/test-patient.yaml").read_text()
    assert not list((locked / "profiles").rglob("*.yaml.age"))
