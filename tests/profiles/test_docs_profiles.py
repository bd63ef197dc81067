"""docs/profiles.md: each of its commands runs, and what it says of the files holds."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from terminal import at_terminal

Said = Callable[..., str]


def test_commands_of_the_page_work(
    root: Path, place: Path, key_file: Path, said: Said, age: Path, tmp_path: Path
) -> None:
    page = (root / "docs/profiles.md").read_text(encoding="utf-8")
    lines = [shlex.split(line) for line in re.findall(r"^    ((?:formfill|age) .*)$", page, re.MULTILINE)]
    assert [" ".join(line[:3]) for line in lines] == [
        "formfill profile lock", "formfill profile unlock", "formfill profile key",
        "formfill profile key", "formfill profile key", "formfill profile key", "formfill profile key",
        "formfill profile key", "age -d -i", "age -R profiles/recipients.txt",
        "formfill profile show", "formfill profile edit", "formfill profile edit", "formfill profile list",
        "formfill profile list", "formfill profile history",
    ]  # fmt: skip
    shutil.copy(root / "profiles/amina-rahimi.yaml", "profiles")
    shutil.copytree(root / "profiles/ids", "profiles/ids")
    shutil.copy(root / "profiles/amina-rahimi.yaml", "bo.yaml")
    with (place / "formfill.yaml").open("a") as settings:
        settings.write(f"key_file: {key_file}\n")
    public = ""
    for line in lines:
        if line[0] == "age":
            if line[1] == "-R":
                subprocess.run([age, *line[1:]], check=True)
            else:
                key = str(key_file) if line[3] == "formfill.key" else line[3]
                out = subprocess.run([age, *line[1:3], key, *line[4:]], check=True, capture_output=True).stdout
                assert out == (root / "profiles/amina-rahimi.yaml").read_bytes()
            continue
        arguments = [public if one == "age1…" else one for one in line[1:]]
        if arguments[1] == "unlock":
            said(*arguments)
            arguments = ["profile", "lock"]  # the page goes on with a locked workspace
        if arguments[1:3] == ["key", "new"]:
            arguments += ["--key-file", str(tmp_path / "elena.key")]  # a test has no keyring
        if arguments[1:] == ["edit", "amina-rahimi"]:
            code, _ = at_terminal(["env", "VISUAL=true", sys.executable, "-m", "formfill", *arguments], cwd=place)
            assert code == 0
            continue
        out = said(*arguments)
        if arguments[1:3] == ["key", "new"]:
            public = out.strip()
    assert said("profile", "show", "bo").startswith("# A made-up patient")
    assert "patient.address.city: Sacramento -> Oakland" in out


def test_every_command_and_every_kind_of_file_is_on_the_page(root: Path) -> None:
    from formfill.cli.profile_key import key
    from formfill.store import keys, places

    page = (root / "docs/profiles.md").read_text(encoding="utf-8")
    for name in key.commands:
        assert f"profile key {name}" in page
    for path in (
        places.recipients(Path()),
        places.passphrase_key(Path()),
        places.index(Path()),
        places.history(Path(), "NAME"),
    ):
        assert path.as_posix() in page
    assert keys.KEY_FILE in page
    assert f"service `{keys.SERVICE}`" in page
