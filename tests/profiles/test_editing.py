"""profile edit and show: by editor, with nothing of the text on the disk, and key by key."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from own_forms import SECRETS
from terminal import at_terminal

from formfill import yaml_io
from formfill.cli import editor
from formfill.errors import ProfileError
from formfill.store.profiles import load_keys, load_text
from formfill.yaml_edit import edited

Said = Callable[..., str]
Fails = Callable[..., tuple[int, str]]


def an_editor(folder: Path, body: str) -> str:
    """An editor that is a Python program: ``path`` is the file it is given, ``log`` one to note things in."""
    script = folder / "editor.py"
    log = folder / "editor.log"
    script.write_text(
        f"import os, sys\nfrom pathlib import Path\npath, log = Path(sys.argv[-1]), Path({str(log)!r})\n{body}"
    )
    return f"{sys.executable} {script}"


def edit_at_terminal(
    place: Path, command: str, typed: list[tuple[str, str]] | None = None, **env: str
) -> tuple[int, str]:
    """``profile edit test-patient`` in a process and at a terminal of its own."""
    program = [sys.executable, "-m", "formfill", "profile", "edit", "test-patient"]
    return at_terminal(program, typed or [], env={**os.environ, "EDITOR": command, "VISUAL": "", **env}, cwd=place)


def test_the_text_is_in_memory_and_its_owners_alone(
    locked: Path, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (
        "log.write_text(f'{path} {path.stat().st_mode:o} {path.parent.stat().st_mode:o} {os.listdir(path.parent)}')\n"
        "path.write_text(path.read_text().replace('Sacramento', 'Oakland'))"
    )
    monkeypatch.setenv("VISUAL", an_editor(tmp_path, body))
    out = said("profile", "edit", "test-patient")
    assert "test-patient.yaml.age: saved" in out
    path, *modes = (tmp_path / "editor.log").read_text().split(" ", 3)
    assert Path(path).is_relative_to(editor.in_memory() or Path())
    assert "patient" not in path.replace("profile.yaml", ""), "no name of a patient in a file name"
    assert [modes[0][-3:], modes[1][-3:], modes[2]] == ["600", "700", "['profile.yaml']"]
    assert not Path(path).parent.exists()
    assert load_keys(locked, "test-patient")["patient"]["address"]["city"] == "Oakland"
    assert not list((locked / "profiles").glob("*.yaml"))


def test_an_editor_that_changes_nothing(locked: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (locked / "profiles/test-patient.yaml.age").read_bytes()
    monkeypatch.setenv("VISUAL", "true")
    assert said("profile", "edit", "test-patient") == "test-patient: nothing changed\n"
    assert (locked / "profiles/test-patient.yaml.age").read_bytes() == before


@pytest.mark.parametrize(
    ("command", "says"),
    [("false", "false ended with 1"), ("no-such-editor", "cannot be run"), ("'", "no editor here: set EDITOR")],
)
def test_an_editor_that_fails(
    locked: Path, fails: Fails, monkeypatch: pytest.MonkeyPatch, command: str, says: str
) -> None:
    monkeypatch.setenv("VISUAL", command)
    code, error = fails("profile", "edit", "test-patient")
    assert code == 8
    assert says in error


def test_a_mistake_is_shown_and_the_editor_opened_again(locked: Path, tmp_path: Path) -> None:
    body = (
        "text = path.read_text()\n"
        "wrong = 'birth_date: 14/3/1987'\n"
        "again = wrong in text\n"
        "new = ('1987-03-14', '14/3/1987') if not again else ('14/3/1987', '1987-03-15')\n"
        "text = text.replace(*new)\n"
        "path.write_text(text)"
    )
    code, screen = edit_at_terminal(locked, an_editor(tmp_path, body), [("again? [Y/n]", "y\n")])
    assert code == 0, screen
    assert "patient.birth_date: expected YYYY-MM-DD" in screen
    assert load_keys(locked, "test-patient")["patient"]["birth_date"] == "1987-03-15"
    assert not list((locked / "profiles").rglob(".edits/*"))


def test_an_edit_that_is_given_up_is_kept_encrypted(
    locked: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it = "path.write_text(path.read_text().replace('Sacramento', 'Oakland').replace('birth_date', 'born'))"
    code, screen = edit_at_terminal(locked, an_editor(tmp_path, break_it), [("again? [Y/n]", "n\n")])
    assert code == 4
    assert "your edit is kept in" in screen
    assert load_keys(locked, "test-patient")["patient"]["address"]["city"] == "Sacramento"
    (kept,) = (locked / "profiles/.edits").iterdir()
    assert kept.name == "test-patient.yaml.age"
    assert not any(word.encode() in kept.read_bytes() for word in SECRETS)
    monkeypatch.setenv("VISUAL", an_editor(tmp_path, "path.write_text(path.read_text().replace('born', 'birth_date'))"))
    said("profile", "edit", "test-patient")
    assert load_keys(locked, "test-patient")["patient"]["address"]["city"] == "Oakland"
    assert not kept.exists()


def test_an_edit_over_somebody_elses_is_kept(
    locked: Path, tmp_path: Path, fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (
        "import subprocess\n"
        "subprocess.run([sys.executable, '-m', 'formfill', 'profile', 'edit', 'test-patient',\n"
        "                '--set', 'patient.email=amina@example.org'], check=True)\n"
        "path.write_text(path.read_text().replace('Sacramento', 'Oakland'))"
    )
    monkeypatch.setenv("VISUAL", an_editor(tmp_path, body))
    code, error = fails("profile", "edit", "test-patient")
    assert code == 4
    assert "changed by somebody else meanwhile" in error
    assert load_keys(locked, "test-patient")["patient"]["email"] == "amina@example.org"
    assert (locked / "profiles/.edits/test-patient.yaml.age").exists()


def test_a_closed_terminal_leaves_nothing(locked: Path, tmp_path: Path) -> None:
    """The terminal's end is SIGHUP for us; whatever the editor does, the text is gone."""
    body = "import signal, time\nlog.write_text(str(path))\nos.kill(os.getppid(), signal.SIGHUP)\ntime.sleep(60)"
    code, _ = edit_at_terminal(locked, an_editor(tmp_path, body))
    assert code == 130
    assert not Path((tmp_path / "editor.log").read_text()).parent.exists()


def test_what_a_killed_edit_left_goes_at_the_next(
    locked: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "import signal\nlog.write_text(str(path))\nos.kill(os.getppid(), signal.SIGKILL)"
    code, _ = edit_at_terminal(locked, an_editor(tmp_path, body))
    assert code == -9
    left = Path((tmp_path / "editor.log").read_text()).parent
    assert left.exists()
    monkeypatch.setenv("VISUAL", "true")
    said("profile", "edit", "test-patient")
    assert not left.exists()


def test_vim_leaves_no_copies(locked: Path, tmp_path: Path) -> None:
    """With a vimrc that asks for swap, backup, undo and history files outside of the text's folder."""
    vim = next((found for name in ("vim", "vim.tiny", "vi") if (found := shutil.which(name))), None)
    if vim is None:
        pytest.skip("vim is not installed: scripts/debian-packages.sh")
    home = tmp_path / "home"
    copies = home / "copies"
    copies.mkdir(parents=True)
    (home / ".vimrc").write_text(
        f"set backup writebackup backupdir={copies} directory={copies} undofile undodir={copies}\n"
        f"set viminfo='100,n{home}/info\n"
    )
    look = f":call writefile([system('ls -A {copies}')],'{tmp_path}/seen')\r"
    code, screen = edit_at_terminal(
        locked, vim, [("Sacramento", ":%s/Sacramento/Oakland/\r"), ("Oakland", f"{look}:w\r{look}:wq\r")],
        HOME=str(home), TERM="xterm",
    )  # fmt: skip
    assert code == 0, screen
    assert load_keys(locked, "test-patient")["patient"]["address"]["city"] == "Oakland"
    assert sorted(path.name for path in home.rglob("*")) == [".vimrc", "copies"]
    assert (tmp_path / "seen").read_text().strip() == ""


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("nano", ["--ignorercfiles"]),
        ("emacs -nw", ["--eval", "(setq make-backup-files nil auto-save-default nil create-lockfiles nil)"]),
        ("/opt/bin/nvim", ["-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile"]),
        ("vim.basic", ["-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile"]),
        ("code --wait", []),
    ],
)
def test_editors_are_told_to_keep_no_copies(
    monkeypatch: pytest.MonkeyPatch, command: str, arguments: list[str]
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", command)
    assert editor._command() == [*command.split(), *arguments]


def test_set_and_unset(place: Path, said: Said) -> None:
    before = load_text(place, "test-patient").splitlines()
    out = said(
        "profile", "edit", "test-patient", "--set", "patient.address.postal_code=02134", "--set",
        "patient.phones.home=(916) 555-0143", "--unset", "patient.additional_name",
    )  # fmt: skip
    assert "saved" in out
    patient = load_keys(place, "test-patient")["patient"]
    assert patient["address"]["postal_code"] == "02134"
    assert patient["phones"] == {"mobile": "(916) 555-0142", "home": "(916) 555-0143"}
    assert "additional_name" not in patient
    after = load_text(place, "test-patient").splitlines()
    assert len(set(before) - set(after)) == 3, "the other lines are as they were"


def test_a_value_that_should_not_be_seen_is_asked(locked: Path) -> None:
    program = [sys.executable, "-m", "formfill", "profile", "edit", "test-patient", "--set", "patient.ssn"]
    code, screen = at_terminal(program, [("patient.ssn:", "123-45-6789\n")], cwd=locked)
    assert code == 0
    assert "6789" not in screen
    assert load_keys(locked, "test-patient")["patient"]["ssn"] == "123-45-6789"


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--set=patient.birth_date=1987", "patient.birth_date: expected YYYY-MM-DD"),
        ("--set=patient.given_name.x=y", "leads nowhere"),
        ("--set=patient.color=y", "patient.color: unknown key"),
        ("--set=patient..city=y", "is no key"),
        ("--set==y", "is no key"),
        ("--unset=patient.fax", "is not there"),
        ("--unset=patient.birth_date", "patient.birth_date: is required"),
    ],
)
def test_set_that_is_refused(locked: Path, fails: Fails, option: str, says: str) -> None:
    before = (locked / "profiles/test-patient.yaml.age").read_bytes()
    code, error = fails("profile", "edit", "test-patient", option)
    assert code == 4
    assert says in error
    assert (locked / "profiles/test-patient.yaml.age").read_bytes() == before
    assert not (locked / "profiles/.edits").exists()


def test_a_shipped_profile_is_not_edited(place: Path, fails: Fails) -> None:
    code, error = fails("profile", "edit", "amina-rahimi", "--set", "patient.email=a@example.org")
    assert code == 4
    assert "the workspace has none of that name" in error


def test_editing_key_by_key_keeps_the_rest(root: Path) -> None:
    for path in sorted((root / "profiles").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        new = edited(
            text,
            path.name,
            ProfileError,
            {"patient.email": "new@example.org", "patient.languages[0].language": "Farsi"},
        )
        old_lines, new_lines = text.splitlines(), new.splitlines()
        assert len([line for line in old_lines if line not in new_lines]) <= 2, path.name
        assert [line for line in old_lines if line.lstrip().startswith("#")] == [
            line for line in new_lines if line.lstrip().startswith("#")
        ]


@pytest.mark.parametrize(
    "value",
    ["no", "null", "~", "", "0x1F", "1987-13-45", "12:30", " lead ", "a: b", "#x", "a\nb", "0123", "[x]", "*a", "&a",
     "!x", "- x", "?", "|", "%x", "@x", "'", '"', "\\", "a\tb", "<<", "=", "😀", "x" * 5000],
)  # fmt: skip
def test_any_value_is_kept_as_a_text(value: str) -> None:
    text = "# c\nprofile: x\npatient:\n  given_name: Bo  # hi\n  empty:\n  birth_date: 1990-13-45\n  zip: 02134\n"
    new = edited(text, "x", ProfileError, {"patient.given_name": value, "notes": value})
    patient = {"given_name": value, "empty": None, "birth_date": "1990-13-45", "zip": "02134"}
    assert yaml_io.loads(new, "x", ProfileError).data == {"profile": "x", "patient": patient, "notes": value}
    assert "# hi" in new


@pytest.mark.parametrize("text", ["a: !!int x\n", "a:\t1\n", "~: x\n"])
def test_what_cannot_be_edited_key_by_key_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match="edit the text itself"):
        edited(text, "x", ProfileError, {"b": "c"})


def test_lists_grow_by_one() -> None:
    def grown(text: str, values: dict[str, str]) -> object:
        return yaml_io.loads(edited(text, "x", ProfileError, values), "x", ProfileError).data

    assert grown("a: [one]\n", {"a[1]": "two"}) == {"a": ["one", "two"]}
    assert grown("b: 1\n", {"a[0].x": "no", "a[1].x": "007"}) == {"b": "1", "a": [{"x": "no"}, {"x": "007"}]}
    assert grown("a:\n", {"a.b": "~"}) == {"a": {"b": "~"}}
    with pytest.raises(ProfileError, match="leads nowhere"):
        grown("a: [one]\n", {"a[2]": "three"})
