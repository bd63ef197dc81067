"""One request as policy looks at it: what it is in law, who gets the records, which laws ask for what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from formfill.model.form_map import FormMap, Instrument
from formfill.model.profile import Profile, Recipient
from formfill.model.provider import Provider
from formfill.model.request import Request
from formfill.packet.correspondents import releasing
from formfill.parties import instrument, recipient_of
from formfill.values import placed_concepts

Severity = Literal["error", "warning", "note"]
#: How a fact ends that no source was read for.
ASK = "check with the provider"
ACCESS, AUTHORIZATION = "45 CFR 164.524", "45 CFR 164.508"
CMIA, PART_2 = "California Civil Code 56.11", "42 CFR 2.31"
#: Where 45 CFR 164.508(c)(1) asks for each element of an authorization.
_ELEMENTS = {
    "records": f"{AUTHORIZATION}(c)(1)(i)",
    "provider": f"{AUTHORIZATION}(c)(1)(ii)",
    "recipient": f"{AUTHORIZATION}(c)(1)(iii)",
    "purpose": f"{AUTHORIZATION}(c)(1)(iv)",
    "expires": f"{AUTHORIZATION}(c)(1)(v)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What policy has to say of a request: ``key`` is where to mend it, ``source`` the law or practice behind it."""

    severity: Severity
    key: str
    what: str
    remedy: str
    source: str

    def __str__(self) -> str:
        return f"{self.key}: {self.what}: {self.remedy} ({self.source})"


@dataclass(frozen=True)
class Case:
    """One request, with what follows from it."""

    profile: Profile
    provider: Provider | None
    request: Request
    form_map: FormMap
    today: dt.date

    @cached_property
    def law(self) -> Instrument:
        """The instrument that the request is, whatever the form is called."""
        return instrument(self.form_map, self.profile, self.request)

    @cached_property
    def recipient(self) -> Recipient | None:
        """Who gets the records; None for the patient."""
        return recipient_of(self.profile, self.request)

    @cached_property
    def state(self) -> str:
        """Where the records are kept, in two letters; empty is not known."""
        return releasing(self.provider, self.request)[1]

    @cached_property
    def placed(self) -> frozenset[str]:
        """What the form has places for."""
        return placed_concepts(self.form_map)

    @property
    def in_california(self) -> bool:
        return self.state == "CA"

    @property
    def goes_to_another(self) -> bool:
        return self.recipient is not None or self.request.direction != "release"

    @property
    def under_part_2(self) -> bool:
        """Whether records of substance use treatment go to a third party (42 CFR 2.31; not the patient's own, 2.23)."""
        return self.goes_to_another and "substance_use" in self.request.sensitive

    def source(self, element: str) -> str:
        """Every law that asks for ``element`` here; empty where none does."""
        laws = [_ELEMENTS[element]] if self.law == "authorization" else []
        if self.law == "authorization" and self.in_california:
            laws.append(CMIA)
        if self.under_part_2:
            laws.append(PART_2)
        return "; ".join(laws)
