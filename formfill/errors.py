"""The failures that formfill expects, each with the exit code that the command line promises.

A message names the file and the key or line, what was expected, and what to do. It never holds a patient's value,
except a malformed one that the user must see to mend (a date that is no date).
"""

from __future__ import annotations

import traceback
from enum import IntEnum
from pathlib import Path
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process answers; 2 belongs to click (usage).

    1 is no error: `form diff` says it of two that differ, `watch --status` where no watcher runs.
    """

    OK = 0
    DIFFERENT = 1
    USAGE = 2
    FORM_MAP = 3
    INPUT = 4
    BLANK = 5
    FILL = 6
    VERIFY = 7
    OUTPUT = 8
    DELIVERY = 9
    PARTIAL = 10
    CONVERTER = 11
    LEDGER = 12
    BUG = 70
    INTERRUPTED = 130


class FormfillError(Exception):
    """Expected failure. Names file, key and remedy; never a patient's value."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG


class FormMapError(FormfillError):
    """A form map cannot be read, or says something that its blank or the vocabulary does not know."""

    exit_code = ExitCode.FORM_MAP


class ProfileError(FormfillError):
    """A profile cannot be read, or lacks a value that the form needs."""

    exit_code = ExitCode.INPUT


class LockedError(ProfileError):
    """A file is encrypted and no key here opens it, or the key itself cannot be read."""


class ProviderError(FormfillError):
    """A provider record cannot be read."""

    exit_code = ExitCode.INPUT


class RequestError(FormfillError):
    """A request cannot be read, or asks for what cannot be asked."""

    exit_code = ExitCode.INPUT


class TableError(FormfillError):
    """A table of requests or patients cannot be read, or a column or cell of it cannot be told."""

    exit_code = ExitCode.INPUT


class BlankFormError(FormfillError):
    """A blank is missing, changed, locked, XFA-only, damaged, or no form at all."""

    exit_code = ExitCode.BLANK


class FillError(FormfillError):
    """A value cannot be put on the form: unknown field or option, no room, no font."""

    exit_code = ExitCode.FILL


class UnwritableError(FillError):
    """No installed font has a character of a value."""


class VerifyError(FormfillError):
    """The output, reopened, does not say what it should. It was withheld."""

    exit_code = ExitCode.VERIFY


class OutputError(FormfillError):
    """The output cannot be written."""

    exit_code = ExitCode.OUTPUT


class DeliveryError(FormfillError):
    """A packet could not leave by its channel."""

    exit_code = ExitCode.DELIVERY


class LedgerError(FormfillError):
    """The ledger of requests cannot be read or written, or its audit log was altered."""

    exit_code = ExitCode.LEDGER


class ConverterError(FormfillError):
    """LibreOffice, which turns DOCX into PDF, is missing or failed."""

    exit_code = ExitCode.CONVERTER


def what_broke(exc: BaseException) -> str:
    """What kind a bug is and where it happened; its message is left out, since it may hold a patient's value."""
    frames = traceback.extract_tb(exc.__traceback__)
    ours = [frame for frame in frames if "formfill" in Path(frame.filename).parts] or list(frames)
    where = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(exc).__name__}{where}"
