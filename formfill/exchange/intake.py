"""Takes patients of a file into the workspace's profiles: as new ones, or into those that are there already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from formfill.errors import FormfillError, LockedError, ProfileError
from formfill.exchange.alike import Known, Patients, known_of, known_patient
from formfill.exchange.incoming import Incoming
from formfill.exchange.merging import merged, merged_text
from formfill.exchange.naming import free_name, named_after, neutral_name
from formfill.exchange.outgoing import plain_keys
from formfill.model.profile import parse_profile
from formfill.store.profiles import load_text, save_profile
from formfill.store.search import people
from formfill.yaml_io import dumps, from_keys, loads

Happened = Literal["new", "updated", "unchanged", "refused"]
#: What becomes of a patient who is likely saved already.
IfKnown = Literal["refuse", "update", "new"]


@dataclass(frozen=True)
class Taken:
    """What became of one patient of a file."""

    where: str
    happened: Happened
    profile: str | None
    notes: tuple[str, ...] = ()
    error: FormfillError | None = None


def known_patients(workspace: Path) -> tuple[dict[str, Known], tuple[str, ...]]:
    """The workspace's patients, dict[profile name, Known], and the names of profiles that cannot be read.

    Raises: LockedError, OutputError.
    """
    found = people(workspace)
    return {name: known_of(name, one.names, one.birth_date) for name, one in found.known.items()}, found.unread


class Intake:
    """Takes patients into a workspace, one after the other; each is known to those that follow."""

    def __init__(self, workspace: Path, if_known: IfKnown = "refuse", neutral: bool = False, dry: bool = False) -> None:
        """``neutral`` names profiles by lot and not by the patient; ``dry`` saves nothing.

        Raises: LockedError, OutputError.
        """
        self.workspace = workspace
        self.if_known, self.neutral, self.dry = if_known, neutral, dry
        self.known, self.unread = known_patients(workspace)
        self._patients = Patients(self.known.values())
        self._made: set[str] = set()

    def take(self, all_incoming: Iterable[Incoming]) -> Iterator[Taken]:
        """Take each; one that cannot be taken does not stop the others. Raises: LockedError, OutputError."""
        for incoming in all_incoming:
            try:
                yield self._take(incoming)
            except LockedError:
                raise
            except ProfileError as exc:
                yield Taken(incoming.where, "refused", None, incoming.notes, exc)

    def _take(self, incoming: Incoming) -> Taken:
        if incoming.error is not None:
            return Taken(incoming.where, "refused", None, incoming.notes, incoming.error)
        there = self._there(incoming)
        if not there or self.if_known == "new":
            return self._add(incoming)
        if self.if_known == "refuse":
            raise ProfileError(
                f"{incoming.where}: {_reason(there)}: --update puts what the file says into it, --new makes another"
            )
        if len(there) > 1:
            raise ProfileError(
                f"{incoming.where}: may be any of {', '.join(there)}: merge those first (formfill profile merge)"
            )
        return self._update(incoming, next(iter(there)))

    def _there(self, incoming: Incoming) -> dict[str, str]:
        """The profiles that the patient is likely saved as, dict[name, why]."""
        own = known_patient(incoming.profile)
        name = incoming.keys.get("profile")
        alike = {pair.other.profile: pair.why for pair in self._patients.like(own)}
        if name not in self.known:
            return alike
        if name in alike:
            return {name: alike[name]}
        if self.if_known == "update" and self.known[name].birth_date != own.birth_date:
            raise ProfileError(
                f"{incoming.where}: profile {name} has another birth date and another name: is it the same patient?"
            )
        return {name: "of that name"}

    def _add(self, incoming: Incoming) -> Taken:
        patient = incoming.keys["patient"]
        after = neutral_name() if self.neutral else named_after(patient) or neutral_name()
        name = free_name(incoming.keys.get("profile") or after, {*self.known, *self.unread, *self._made})
        keys = {"profile": name, **{key: value for key, value in incoming.keys.items() if key != "profile"}}
        if not self.dry:
            save_profile(self.workspace, name, dumps(keys), "import")
        self._made.add(name)
        self.known[name] = known_patient(parse_profile(from_keys(keys, incoming.where)))
        self._patients.add(self.known[name])
        return Taken(incoming.where, "new", name, incoming.notes)

    def _update(self, incoming: Incoming, name: str) -> Taken:
        if self.dry and name in self._made:
            return Taken(incoming.where, "updated", name, incoming.notes)
        text = load_text(self.workspace, name)
        before = plain_keys(parse_profile(loads(text, f"profile {name}", ProfileError)))
        after = merged(before, plain_keys(incoming.profile), lambda _: "b").keys
        if after == before:
            return Taken(incoming.where, "unchanged", name, incoming.notes)
        if not self.dry:
            save_profile(self.workspace, name, merged_text(text, before, after), "import", replace=True, was=text)
        return Taken(incoming.where, "updated", name, incoming.notes)


def _reason(there: dict[str, str]) -> str:
    return "; ".join(f"likely saved already as {name} ({why})" for name, why in there.items())
