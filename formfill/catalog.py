"""Finds forms, providers, blanks and profiles: in the workspace first, then in what ships with the package.

A library is a folder with ``form_maps/<provider>/<form>.yaml``, ``form_maps/<provider>/provider.yaml``,
``forms/<provider>/`` (blanks) and ``profiles/``. A workspace is one that belongs to a person, with a formfill.yaml.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from formfill.errors import BlankFormError, FormMapError, ProfileError, ProviderError, RequestError
from formfill.files import is_there
from formfill.model.form_map import FormMap, load_form_map
from formfill.store.places import AGE, SETTINGS

if TYPE_CHECKING:
    from formfill.model.profile import Contact, Profile
    from formfill.model.provider import Provider
    from formfill.model.settings import Settings

#: So many names are listed where none is meant; more would bury the message.
_FEW = 8
#: The largest of the 387 blanks studied has 9 MB; what is past this is no form.
MAX_BLANK = 50_000_000
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_FORM_LINE = re.compile(r"""^form:[ \t]*["']?([^\s"'#]+)["']?[ \t]*(?:#.*)?$""", re.MULTILINE)
_FIELDS_BLOCK = re.compile(r"^fields:.*?(?=^[A-Za-z_]|\Z)", re.MULTILINE | re.DOTALL)


def find_workspace(explicit: Path | None = None, start: Path | None = None) -> Path | None:
    """The workspace: ``explicit``, else FORMFILL_HOME, else the nearest folder upward that has a formfill.yaml.

    Raises: RequestError, where a named workspace is no folder.
    """
    for source, named in (("--workspace", explicit), ("FORMFILL_HOME", os.environ.get("FORMFILL_HOME"))):
        if named:
            folder = Path(named)
            if not is_there(Path.is_dir, folder):
                raise RequestError(f"{folder}: no such folder ({source}). Make one: formfill init {folder}")
            return folder.resolve()
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / SETTINGS).is_file()), None)


def shipped_library() -> Path:
    """What ships: ``library/`` inside an installed package, else the repository's own top-level folders."""
    package = Path(__file__).resolve().parent
    inside = package / "library"
    return inside if inside.is_dir() else package.parent


@dataclass(frozen=True)
class Catalog:
    """Everything that can be named on the command line, by its name."""

    workspace: Path | None = None

    @cached_property
    def roots(self) -> tuple[Path, ...]:
        """The libraries, in the order they are searched."""
        shipped = shipped_library()
        return tuple(root for root in (self.workspace, shipped) if root is not None)

    def form_map(self, form_id: str) -> FormMap:
        """The map with this id. Raises: FormMapError."""
        return load_form_map(self.form_map_path(form_id))

    def form_map_path(self, form_id: str) -> Path:
        """The file of the map with this id, without reading all the others where the file has the usual name.

        Raises: FormMapError, for an unknown id or one that two maps of a library have.
        """
        if not _ID.fullmatch(form_id):
            raise FormMapError(
                f"form {form_id!r}: a form id has only a-z, 0-9, '.', '_' and '-'; for a file say --map PATH"
            )
        for root in self.roots:
            named = [path for path in _usual_paths(root, form_id) if path.is_file() and _form_id(path) == form_id]
            if len(named) > 1:
                raise _twice(form_id, named[0], named[1])
            if named:
                return named[0]
            if path := _index(root).get(form_id):
                return path
        if form_id.endswith((".pdf", ".docx", ".doc")):
            raise FormMapError(f"form {form_id}: a form is named by its id (formfill form list); a file is for --blank")
        near = _did_you_mean(form_id, self.form_map_paths())
        raise FormMapError(f"form {form_id}: no such form.{near} List them: formfill form list")

    def form_map_paths(self) -> dict[str, Path]:
        """Every map, dict[form id, file]; a workspace's map stands before a shipped one with the same id.

        Raises: FormMapError, where two maps of one library have one id.
        """
        paths: dict[str, Path] = {}
        for root in self.roots:
            for form_id, path in _index(root).items():
                paths.setdefault(form_id, path)
        return dict(sorted(paths.items()))

    def outlines(self) -> Iterator[FormMap]:
        """Every map without its fields: what a list of forms needs, at a tenth of the cost. Raises: FormMapError."""
        return (load_outline(path) for path in self.form_map_paths().values())

    def provider(self, provider_id: str) -> Provider:
        """The provider record ``form_maps/<provider_id>/provider.yaml``. Raises: ProviderError."""
        from formfill.model.provider import load_provider

        path = self._provider_path(provider_id)
        if path is None:
            known = {path.parent.name for root in self.roots for path in (root / "form_maps").glob("*/provider.yaml")}
            raise ProviderError(
                f"provider {provider_id}: no form_maps/{provider_id}/provider.yaml in the workspace or in what ships."
                f"{_did_you_mean(provider_id, known)} Write one (its shape: formfill schema provider), or name a file: "
                "--provider FILE.yaml"
            )
        return load_provider(path)

    def has_provider(self, provider_id: str) -> bool:
        """Whether there is a provider record with this id; our own model forms have none. Raises: ProviderError."""
        return self._provider_path(provider_id) is not None

    def providers(self) -> Iterator[Provider]:
        """Every provider record, the workspace's before those that ship. Raises: ProviderError."""
        folders = (root / "form_maps" for root in self.roots)
        found = dict.fromkeys(path.parent.name for folder in folders for path in sorted(folder.glob("*/provider.yaml")))
        return (self.provider(provider_id) for provider_id in found)

    def _provider_path(self, provider_id: str) -> Path | None:
        if not _ID.fullmatch(provider_id):
            raise ProviderError(f"provider {provider_id!r}: a provider id has only a-z, 0-9, '.', '_' and '-'")
        paths = (root / "form_maps" / provider_id / "provider.yaml" for root in self.roots)
        return next((path for path in paths if path.is_file()), None)

    def blank(self, form_map: FormMap) -> Path:
        """The map's blank. Raises: BlankFormError with the way to get it, where it is not there."""
        for root in self.roots:
            path = root / "forms" / form_map.blank.file
            if path.is_file():
                return path
        pull = f"download it: formfill form pull {form_map.form}; or " if form_map.blank.source else ""
        raise BlankFormError(
            f"{form_map.form}: its blank {form_map.blank.file} is not here. Providers' forms do not ship with "
            f"formfill: {pull}take in a copy that you have: formfill form add FILE.pdf"
        )

    def profile_path(self, name: str) -> Path:
        """The file of a profile, locked (.yaml.age) or not: a path, or the name of one in profiles/.

        Raises: ProfileError; so too where it is there both locked and not, unless the two are equal.
        """
        from formfill.store import vault

        given = Path(name)
        if given.suffix in (".yaml", ".yml", AGE) or len(given.parts) > 1 or is_there(Path.is_file, given):
            return given if given.suffix == AGE else vault.which(given, self.workspace)
        return self.saved_profile_path(name)

    def saved_profile_path(self, name: str) -> Path:
        """The file of the profile of this name in profiles/, never another file. Raises: as ``profile_path``."""
        from formfill.store import vault

        for root in self.roots:
            path = vault.which(root / "profiles" / f"{name}.yaml", self.workspace)
            if is_there(Path.is_file, path):
                return path
        known = sorted(self.profile_paths())
        few = f" Known: {', '.join(known) or 'none'}" if len(known) <= _FEW else " List them: formfill profile list"
        near = _did_you_mean(name, known) or few
        is_folder = " It is a folder; a profile is a YAML file." if name and is_there(Path.is_dir, Path(name)) else ""
        raise ProfileError(f"profile {name!r}: no such file, and no profile of that name.{is_folder}{near}")

    def profile_paths(self) -> dict[str, Path]:
        """Every saved profile, dict[name, file]; of one that is there locked and unlocked, the locked file."""
        paths: dict[str, Path] = {}
        for root in self.roots:
            for path in sorted((root / "profiles").glob(f"*.yaml{AGE}")) + sorted((root / "profiles").glob("*.yaml")):
                paths.setdefault(path.name.removesuffix(AGE).removesuffix(".yaml"), path)
        return paths

    def profile(self, name: str) -> Profile:
        """A profile by path or name, decrypted in memory where it is locked. Raises: ProfileError, LockedError."""
        from formfill.model.profile import load_profile
        from formfill.store.vault import VaultReader

        return load_profile(self.profile_path(name), VaultReader(self.workspace))

    def settings(self) -> Settings:
        """What the workspace's formfill.yaml says. Raises: RequestError."""
        from formfill.model.settings import Settings, load_settings

        if self.workspace is None or not (self.workspace / SETTINGS).is_file():
            return Settings()
        return load_settings(self.workspace / SETTINGS)

    def sender(self) -> Contact | None:
        """Who sends requests, as the workspace's formfill.yaml says. Raises: RequestError."""
        return self.settings().sender


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=3)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def load_outline(path: Path) -> FormMap:
    """A map without its fields. Raises: FormMapError."""
    from formfill import yaml_io
    from formfill.model.base import validate

    text = _FIELDS_BLOCK.sub("", _text(path))
    return validate(FormMap, yaml_io.loads(text, str(path), FormMapError), FormMapError)


def read_blank(path: Path) -> bytes:
    """The bytes of a blank. Raises: BlankFormError."""
    try:
        # a device or pipe has no end, and opening it may wait for ever
        if path.exists() and not path.is_file():
            raise BlankFormError(f"{path}: is no regular file; the provider's form was expected, as PDF or DOCX")
        if path.stat().st_size > MAX_BLANK:
            raise BlankFormError(f"{path}: is larger than {MAX_BLANK:,} bytes: no form is that large")
        data = path.read_bytes()
    except FileNotFoundError:
        raise BlankFormError(f"{path}: no such blank") from None
    except OSError as exc:
        raise BlankFormError(f"{path}: cannot be read: {exc.strerror}") from None
    if not data:
        raise BlankFormError(f"{path}: is empty (0 bytes): get the blank again")
    return data


def is_blank_of(form_map: FormMap, data: bytes) -> bool:
    """Whether these are the very bytes that the map was made for."""
    return hashlib.sha256(data).hexdigest() == form_map.blank.sha256


def _usual_paths(root: Path, form_id: str) -> Iterator[Path]:
    """Where ``<provider>-<rest>`` usually stands: form_maps/<provider>/<rest>.yaml, for every way to split the id."""
    parts = form_id.split("-")
    for i in range(1, len(parts)):
        yield root / "form_maps" / "-".join(parts[:i]) / f"{'-'.join(parts[i:])}.yaml"


def _index(root: Path) -> dict[str, Path]:
    index: dict[str, Path] = {}
    for path in sorted((root / "form_maps").rglob("*.yaml")):
        if path.name == "provider.yaml" or path.name.startswith("."):  # "._x.yaml" is what macOS leaves on USB drives
            continue
        form_id = _form_id(path)
        if form_id in index:
            raise _twice(form_id, index[form_id], path)
        index[form_id] = path
    return index


def _form_id(path: Path) -> str:
    """The map's id, read off its ``form:`` line: parsing a hundred maps to find one would take seconds."""
    match = _FORM_LINE.search(_text(path))
    return match[1] if match else load_outline(path).form


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise FormMapError(f"{path}: not UTF-8 text (byte {exc.start}): save it as UTF-8") from None
    except OSError as exc:
        raise FormMapError(f"{path}: cannot be read: {exc.strerror}") from None


def _twice(form_id: str, first: Path, second: Path) -> FormMapError:
    return FormMapError(f"{second}: form: {form_id!r} is also the id of {first}: ids are unique; rename one")
