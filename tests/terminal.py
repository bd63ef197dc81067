"""Runs a command at a terminal of its own, as a person does: what is typed, and what the screen shows."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_SECONDS = 60.0


def at_terminal(
    command: Sequence[str | Path],
    typed: Sequence[tuple[str, str]] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> tuple[int, str]:
    """Run ``command``; its exit code and everything on the screen.

    ``typed`` are pairs of what to wait for on the screen and what to type then.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            if cwd is not None:
                os.chdir(cwd)
            os.execvpe(str(command[0]), [str(one) for one in command], {**(os.environ if env is None else env)})
        finally:
            os._exit(127)
    screen, answered, seen = "", 0, 0
    end = time.monotonic() + _SECONDS
    try:
        while time.monotonic() < end:
            if answered < len(typed) and (at := screen.find(typed[answered][0], seen)) >= 0:
                seen = at + len(typed[answered][0])
                time.sleep(0.1)  # getpass throws away what is typed before it has turned the echo off
                os.write(terminal, typed[answered][1].encode())
                answered += 1
            if select.select([terminal], [], [], 0.05)[0]:
                try:
                    data = os.read(terminal, 65536)
                except OSError:  # Linux's end of file
                    break
                if not data:
                    break
                screen += data.decode(errors="replace")
        else:
            os.kill(pid, 9)
            raise AssertionError(f"waits for {typed[answered:]}; the screen shows {screen!r}")
    finally:
        os.close(terminal)
        with contextlib.suppress(ChildProcessError):
            _, status = os.waitpid(pid, 0)
    assert answered == len(typed), f"never asked {typed[answered:]}: {screen!r}"
    return os.waitstatus_to_exitcode(status), screen
