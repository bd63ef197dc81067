"""A catalog for a process that does many requests: what it has read it holds, until the file changes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from formfill.catalog import Catalog, read_blank
from formfill.model.form_map import FormMap, load_form_map
from formfill.model.profile import Profile
from formfill.model.provider import Provider, load_provider
from formfill.model.settings import Settings
from formfill.pdf.compiled import CompiledForm, compiled_form
from formfill.store.places import SETTINGS

_MOST = 256
#: How many forms are held compiled. One takes 2 to 20 MB.
_FORMS = 16

T = TypeVar("T")


@dataclass(frozen=True)
class HeldCatalog(Catalog):
    """A ``Catalog`` that reads a file once. A held form's map is read anew where its file changes, not where another
    file comes to go before it."""

    _read: OrderedDict[tuple[str, Path], tuple[object, Any]] = field(default_factory=OrderedDict, compare=False)
    _compiled: OrderedDict[str, CompiledForm] = field(default_factory=OrderedDict, compare=False)
    _paths: dict[str, Path] = field(default_factory=dict, compare=False)

    def form_map(self, form_id: str) -> FormMap:
        return self._held("form", self.form_map_path(form_id), load_form_map)

    def form_map_path(self, form_id: str) -> Path:
        path = self._paths.get(form_id)
        if path is None or not path.is_file():
            path = self._paths[form_id] = super().form_map_path(form_id)
        return path

    def provider(self, provider_id: str) -> Provider:
        path = self._provider_path(provider_id)
        return self._held("provider", path, load_provider) if path else super().provider(provider_id)

    def profile(self, name: str) -> Profile:
        """A saved profile by its name alone: a row or dropped file may be a stranger's, and opens no other files."""
        path = self.saved_profile_path(name)
        return self._held("profile", path, lambda path: super(HeldCatalog, self).profile(str(path)))

    def sha256(self, path: Path) -> str:
        """The hash of a file's bytes. Raises: BlankFormError."""
        return str(self._held("sha256", path, lambda one: hashlib.sha256(read_blank(one)).hexdigest()))

    def compiled(self, form_map: FormMap, blank: Path) -> CompiledForm | None:
        """The blank compiled, where it is a PDF and the map's own. Raises: BlankFormError."""
        if form_map.blank.is_docx or self.sha256(blank) != form_map.blank.sha256:
            return None
        compiled = self._compiled.pop(form_map.blank.sha256, None) or compiled_form(read_blank(blank), str(blank))
        self._compiled[form_map.blank.sha256] = compiled
        if len(self._compiled) > _FORMS:
            self._compiled.popitem(last=False)
        return compiled

    def settings(self) -> Settings:
        if self.workspace is None:
            return super().settings()
        return self._held("settings", self.workspace / SETTINGS, lambda _: super(HeldCatalog, self).settings())

    def _held(self, kind: str, path: Path, read: Callable[[Path], T]) -> T:
        stat = path.stat() if path.exists() else None
        now = stat and (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        key = kind, path
        before, held = self._read.pop(key, (None, None))
        value: T = held if before == now and now is not None else read(path)
        self._read[key] = now, value
        if len(self._read) > _MOST:
            self._read.popitem(last=False)
        return value
