"""Lets a person edit a patient's text in their editor, with nothing of it left on the disk."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from formfill.errors import OutputError
from formfill.files import sweep, temporary_prefix, write_private

#: What keeps an editor from writing swap, backup and history files, dict[program, arguments].
_VIM = ("-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile")  # -c: after the person's own vimrc
_NO_COPIES = {
    **dict.fromkeys(("vi", "vim", "vimx", "nvim", "gvim", "view"), _VIM),
    "gvim": ("--nofork", *_VIM),
    "nano": ("--ignorercfiles",),
    "emacs": ("--eval", "(setq make-backup-files nil auto-save-default nil create-lockfiles nil)"),
    "micro": ("-backup", "false", "-savehistory", "false", "-savecursor", "false", "-saveundo", "false"),
}
_BEFORE_THE_USUAL_END = ("SIGTERM", "SIGHUP")


def edit(text: str) -> str:
    """``text`` as the editor (VISUAL, EDITOR) leaves it. Raises: OutputError, where that cannot be run or fails."""
    command = _command()
    with _memory_folder() as folder:
        path = folder / "profile.yaml"
        write_private(path, text.encode())
        try:
            done = subprocess.run([*command, str(path)], check=False)
        except OSError as exc:
            raise OutputError(f"{command[0]}: cannot be run: {exc.strerror}: set EDITOR to your editor") from None
        if done.returncode:
            raise OutputError(f"{command[0]} ended with {done.returncode}: nothing was changed")
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise OutputError(f"{command[0]} left no UTF-8 text: nothing was changed") from None


def in_memory() -> Path | None:
    """A folder that is never on a disk; None where the system has none."""
    for folder in ("/dev/shm", os.environ.get("XDG_RUNTIME_DIR")):
        if folder and Path(folder).is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return Path(folder)
    return None


def _command() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    usual = ("notepad",) if sys.platform == "win32" else ("editor", "nano", "vim", "vi")
    found = named or next((program for program in usual if shutil.which(program)), "")
    try:
        command = shlex.split(found, posix=os.name == "posix")
    except ValueError:
        command = []
    if not command:
        raise OutputError("no editor here: set EDITOR to yours, or change single keys: --set KEY=VALUE")
    # "editor" and "vi" are links to vim.basic, nano, emacs-gtk …
    real = Path(shutil.which(command[0]) or command[0]).resolve()
    kinds = (re.split(r"[.-]", name)[0] for name in (Path(command[0]).name, real.name))
    return [*command, *next((_NO_COPIES[kind] for kind in kinds if kind in _NO_COPIES), ())]


@contextlib.contextmanager
def _memory_folder() -> Iterator[Path]:
    """A folder of our own, gone at the end, also where the terminal is closed meanwhile."""
    # Ctrl-C is the editor's own; a handler, since what is ignored would be ignored in the editor too
    before: dict[int, Any] = {signal.SIGINT: signal.signal(signal.SIGINT, lambda number, frame: None)}
    top = in_memory() or Path(tempfile.gettempdir())
    sweep(top)
    folder = Path(tempfile.mkdtemp(prefix=temporary_prefix(), dir=top))
    for name in _BEFORE_THE_USUAL_END:
        if (number := getattr(signal, name, None)) is not None:
            before[number] = signal.signal(number, _leave)
    try:
        yield folder
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        shutil.rmtree(folder, ignore_errors=True)


def _leave(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
