"""Runs the programs that fax and print: ``sendfax``, ``faxstat``, ``lp``, ``lpstat``."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from formfill.channels.sending import MaybeSentError, NotNowError
from formfill.errors import DeliveryError

_SECONDS = 120


def run(arguments: Sequence[str], package: str, folder: Path | None = None) -> str:
    """What the program prints. ``package`` is the Debian package that it is in.

    It runs in ``folder``, so that what it is given and may print are file names that no patient's name is in.

    Raises: DeliveryError, where it is missing or fails. MaybeSentError, where it does not end.
    """
    program = arguments[0]
    try:
        done = subprocess.run(
            arguments, cwd=folder, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except FileNotFoundError:
        raise DeliveryError(f"{program} is not installed here: on Debian or Ubuntu, apt install {package}") from None
    except OSError as exc:
        raise DeliveryError(f"{program} cannot be run: {exc.strerror}") from None
    except subprocess.TimeoutExpired:
        raise MaybeSentError(
            f"{program} did not end within {_SECONDS} seconds: the request may have been sent. Look into its queue; to "
            "send it (once more): --again"
        ) from None
    if done.returncode:
        said = next(
            (line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()), "no reason given"
        )
        raise NotNowError(f"{said.removeprefix(f'{program}: ')} ({program}). Nothing was sent")
    return done.stdout
