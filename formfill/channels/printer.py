"""Prints a packet for the mail, with the ``lp`` of CUPS: on any printer that this computer has a queue for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from formfill.channels.programs import run
from formfill.channels.sending import MaybeSentError

_PACKAGE = "cups-client"
_ACCEPTED = re.compile(r"request id is (\S+-\d+)")


@dataclass(frozen=True, slots=True)
class Printing:
    """How a packet is printed."""

    printer: str
    copies: int = 1
    duplex: bool = False


def send(folder: Path, how: Printing) -> str:
    """Queue packet.pdf of ``folder`` and return the job's id. Raises: DeliveryError, MaybeSentError."""
    options = [
        # California's forms have a least size of type by law, and the address its place in the envelope's window
        "print-scaling=none",
        f"sides={'two-sided-long-edge' if how.duplex else 'one-sided'}",
    ]
    arguments = ["lp", "-d", how.printer, "-n", str(how.copies), "-t", "Records request"]
    arguments += [part for option in options for part in ("-o", option)]
    said = run([*arguments, "packet.pdf"], _PACKAGE, folder)
    if not (match := _ACCEPTED.search(said)):
        raise MaybeSentError("lp named no job: the packet may be queued. Look with lpstat -o; to print it: --again")
    return match[1]


def status(job: str) -> str:
    """What has become of a job. Raises: DeliveryError."""
    for which, words in (("not-completed", "waiting or printing"), ("completed", "printed")):
        said = run(["lpstat", "-W", which, "-o", job.rpartition("-")[0]], _PACKAGE)
        if any(line.split()[:1] == [job] for line in said.splitlines()):
            return words
    return "no longer known to the queue"
