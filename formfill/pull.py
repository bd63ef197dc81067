"""Blanks from where their provider publishes them: downloaded, checked against the map's SHA-256, then kept."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

from formfill import __version__
from formfill.catalog import MAX_BLANK
from formfill.errors import BlankFormError, FormMapError
from formfill.files import write_private
from formfill.model.form_map import FormMap

#: What a server may answer: no more than a blank may have.
MAX_BYTES = MAX_BLANK
#: Seconds without a byte, and seconds for the whole download.
STALL_SECONDS = 30
TOTAL_SECONDS = 300
_CHUNK = 65536


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to http and https: a server must not make us read a local file."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _require_web(newurl, "redirected to ")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def pull(form_map: FormMap, forms: Path) -> Path:
    """Download the map's blank into the folder ``forms`` and return its path; nothing is written unless its hash fits.

    Raises: FormMapError, where the map names no source; BlankFormError, where what came is not the blank.
    """
    target = forms / form_map.blank.file
    if form_map.blank.source is None:
        raise FormMapError(f"{form_map.form}: the map names no blank.source; take in a copy: formfill form add FILE")
    data = download(form_map.blank.source)
    found = hashlib.sha256(data).hexdigest()
    if found != form_map.blank.sha256:
        raise BlankFormError(
            f"{form_map.form}: what {form_map.blank.source} gives is not the blank of this map (SHA-256 {found[:12]}…, "
            f"expected {form_map.blank.sha256[:12]}…): the provider may have a new edition. Nothing was written"
        )
    write_private(target, data)
    return target


def download(url: str) -> bytes:
    """The bytes at an http or https address. Raises: BlankFormError, for all that can go wrong on the way."""
    _require_web(url)
    opener = urllib.request.build_opener(_WebOnly)
    request = urllib.request.Request(url, headers={"User-Agent": f"formfill/{__version__}", "Accept": "*/*"})
    try:
        with cast(http.client.HTTPResponse, opener.open(request, timeout=STALL_SECONDS)) as response:
            return _read(response, url)
    except urllib.error.HTTPError as exc:
        exc.close()
        raise BlankFormError(
            f"{url}: the server answers {exc.code} {exc.reason}: look for the form's new page"
        ) from None
    except http.client.IncompleteRead:
        raise BlankFormError(f"{url}: the connection broke before the file was whole: try again") from None
    except (OSError, http.client.HTTPException) as exc:
        reason = getattr(exc, "reason", None) or exc
        raise BlankFormError(f"{url}: cannot be downloaded: {reason}") from None


def _read(response: http.client.HTTPResponse, url: str) -> bytes:
    announced = response.length
    if announced is not None and announced > MAX_BYTES:
        raise BlankFormError(f"{url}: {announced:,} bytes announced; a form has at most {MAX_BYTES:,}")
    deadline = time.monotonic() + TOTAL_SECONDS
    data = bytearray()
    while chunk := response.read(_CHUNK):
        data += chunk
        if len(data) > MAX_BYTES:
            raise BlankFormError(f"{url}: more than {MAX_BYTES:,} bytes; no form is that large")
        if time.monotonic() > deadline:
            raise BlankFormError(f"{url}: not done after {TOTAL_SECONDS} seconds: try again")
    if announced is not None and len(data) < announced:
        raise BlankFormError(f"{url}: the connection broke after {len(data):,} of {announced:,} bytes: try again")
    return bytes(data)


def _require_web(url: str, how: str = "") -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise BlankFormError(f"{how}{url}: only http and https addresses are downloaded")
