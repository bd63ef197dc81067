"""Hands a fax to a HylaFAX server with its own programs, ``sendfax`` and ``faxstat``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from formfill.channels.base import ROUTE, read_route
from formfill.channels.programs import run
from formfill.channels.sending import MaybeSentError
from formfill.errors import DeliveryError
from formfill.model.scalars import normal_phone
from formfill.model.settings import FaxServer

_PACKAGE = "hylafax-client"
_ACCEPTED = re.compile(r"request id is (\d+)")
#: The states of a job, as hfaxd writes them.
_STATES = {
    "D": "sent: the other machine confirmed all pages",
    "F": "failed",
    "R": "being sent",
    "P": "waiting for its time",
    "S": "waiting for its next try",
    "W": "waiting for a free modem",
    "B": "waiting for another fax to the same number",
    "T": "held back on the server",
}


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What the server says of a fax."""

    words: str
    failed: bool = False


def number(folder: Path) -> str:
    """The number that the packet in ``folder`` goes to, as HylaFAX takes it: ``+15595550111``.

    Raises: DeliveryError.
    """
    try:
        written = normal_phone(read_route(folder).recipient_fax)
    except (ValueError, AttributeError):
        raise DeliveryError(f"{folder / ROUTE}: expected a fax number: prepare the packet anew") from None
    if "x" in written:
        raise DeliveryError("the fax number has an extension, which no machine can dial: ask for a number without one")
    digits = re.sub(r"[^\d+]", "", written)
    return digits if digits.startswith("+") else f"+1{digits}"


def send(folder: Path, to: str, server: FaxServer | None) -> str:
    """Queue fax.tiff of ``folder`` for ``to`` and return the job's id. Raises: DeliveryError, MaybeSentError."""
    # -n: no second cover sheet. -m: 196 lines to the inch, as the picture has; else sendfax halves them
    options = ["-n", "-m", "-s", _paper(folder / "fax.tiff"), "-d", to, "fax.tiff"]
    said = run(["sendfax", *_host(server), *options], _PACKAGE, folder)
    if not (match := _ACCEPTED.search(said)):
        raise MaybeSentError("sendfax named no job: the fax may be queued. Look with faxstat -s; to send it: --again")
    return match[1]


def status(job: str, server: FaxServer | None) -> JobStatus:
    """What has become of a job. Raises: DeliveryError."""
    said = run(["faxstat", *_host(server), "-s", "-d"], _PACKAGE)
    lines = said.splitlines()
    head = next((line for line in lines if line.startswith("JID")), "")
    for line in lines:
        columns = line.split()
        if columns[:1] == [job] and len(columns) > 2 and columns[2] in _STATES:
            words, more = _STATES[columns[2]], line[head.rindex("Status") :].strip() if "Status" in head else ""
            return JobStatus(f"{words} ({more})" if more else words, failed=columns[2] == "F")
    return JobStatus("no longer known to the server, which clears its list from time to time")


def _host(server: FaxServer | None) -> list[str]:
    return ["-h", server.host] if server else []


def _paper(tiff: Path) -> str:
    """The paper that the longest page needs: a server cuts or shrinks what is longer than it was told."""
    from PIL import Image

    with Image.open(tiff) as fax:
        heights = []
        for index in range(getattr(fax, "n_frames", 1)):
            fax.seek(index)
            heights.append(fax.height)
    return "na-let" if max(heights) <= 11 * 196 else "us-leg"
