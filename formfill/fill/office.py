"""LibreOffice, which turns DOCX into PDF and .doc into DOCX.

Each call has a profile and folders of its own, private and removed afterwards, so that nothing of a patient stays
behind, runs do not block each other, and the person's own LibreOffice, which may be open, is left alone. Macros and
linked pictures are off: a document must not be able to run or to fetch anything.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from formfill.errors import BlankFormError, ConverterError
from formfill.files import temporary_prefix

_MAC = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
REMEDY = (
    "Install it: apt-get install libreoffice-writer-nogui fonts-crosextra-carlito fonts-crosextra-caladea (Debian, "
    "Ubuntu), or from https://www.libreoffice.org. The filled DOCX itself needs no LibreOffice"
)
#: Settings of the throw-away profile: (node, property, value)
_SETTINGS = (
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
)
_LIMIT = 200_000_000


def to_pdf(docx: bytes, timeout_s: float = 120) -> bytes:
    """A DOCX as PDF, as LibreOffice lays it out.

    Raises: ConverterError, where LibreOffice is missing, fails, or takes longer than ``timeout_s`` seconds;
    BlankFormError, where the DOCX cannot be opened.
    """
    data = _convert(_with_type_kept(docx), "form.docx", "pdf:writer_pdf_Export", timeout_s)
    if not data.startswith(b"%PDF-"):
        raise ConverterError("LibreOffice made no PDF of the filled form. Open the DOCX in Word and save it as PDF")
    return data


def doc_to_docx(doc: bytes, timeout_s: float = 120) -> bytes:
    """A Word 97-2003 document (.doc) as DOCX.

    Raises: ConverterError, where LibreOffice is missing, too slow, or cannot read the file.
    """
    try:
        data = _convert(doc, "form.doc", "docx:MS Word 2007 XML", timeout_s)
    except ConverterError as exc:
        raise ConverterError(
            f"the blank is a Word 97-2003 document (.doc), which must become a DOCX first: {exc}"
        ) from exc
    if not data.startswith(b"PK"):
        raise BlankFormError("LibreOffice cannot read the .doc file. Open it in Word and save it as .docx")
    return data


def find_soffice(environment: Mapping[str, str] = os.environ) -> str:
    """The path of LibreOffice's program. Raises: ConverterError with the remedy."""
    path = environment.get("PATH")
    found = shutil.which("soffice", path=path) or shutil.which("libreoffice", path=path)
    if found is None and Path(_MAC).is_file():
        found = _MAC
    if found is None:
        raise ConverterError(f"LibreOffice is not installed; DOCX becomes PDF through it. {REMEDY}")
    return found


def _with_type_kept(docx: bytes) -> bytes:
    """A copy whose plain-text controls are rich-text ones.

    In plain-text ones LibreOffice sets every text in the paragraph's type, whatever their runs say: what was set
    smaller to fit its cell would wrap, and a row of exact height hides the second line.
    """
    from formfill.fill.docx_format import W
    from formfill.fill.docx_package import open_package

    package = open_package(docx)
    for part in package.stories():
        for properties in package.tree(part).iter(W + "sdtPr"):
            for plain in properties.findall(W + "text"):
                properties.replace(plain, plain.makeelement(W + "richText"))
                package.change(part)
    return package.save()


def _convert(data: bytes, name: str, target: str, timeout_s: float) -> bytes:
    program = find_soffice()
    with tempfile.TemporaryDirectory(prefix=temporary_prefix()) as private:
        folder = Path(private)
        _write_profile(folder / "profile")
        (folder / "out").mkdir(mode=0o700)
        source = folder / name
        source.touch(mode=0o600)
        source.write_bytes(data)
        command = [
            program,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
            *("--convert-to", target, "--outdir", str(folder / "out"), str(source)),
        ]
        _run(command, folder, timeout_s)
        made = sorted((folder / "out").iterdir())
        if len(made) != 1 or not 0 < made[0].stat().st_size < _LIMIT:
            raise ConverterError(f"LibreOffice could not convert the document. Open it in Word to see why. {REMEDY}")
        return made[0].read_bytes()


def _run(command: list[str], folder: Path, timeout_s: float) -> None:
    environment = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder), "SAL_USE_VCLPLUGIN": "svp"}
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as exc:
        raise ConverterError(f"LibreOffice cannot be started: {exc.strerror}. {REMEDY}") from exc
    try:
        code = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        raise ConverterError(
            f"LibreOffice took longer than {timeout_s:.0f} seconds. Try again, or open the DOCX and save it as PDF"
        ) from None
    finally:
        # soffice is a script whose child does the work, and would outlive it
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if code != 0:
        raise ConverterError(f"LibreOffice failed (exit code {code}). {REMEDY}")


def _write_profile(profile: Path) -> None:
    items = "".join(
        f'<item oor:path="{node}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for node, name, value in _SETTINGS
    )
    (profile / "user").mkdir(parents=True, mode=0o700)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>",
        encoding="utf-8",
    )
