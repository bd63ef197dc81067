"""The outbox: a folder for each request, on this machine or wherever fsspec reaches (``s3://bucket/outbox``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from formfill.channels.sending import may_have_left
from formfill.errors import OutputError, RequestError
from formfill.files import is_there, replace_folder_private
from formfill.packet.manifest import MANIFEST
from formfill.remote import file_system, is_remote


@dataclass(frozen=True)
class Outbox:
    """Where each request gets a folder named by its id; ``root`` is a folder's path, or a URL."""

    root: str

    @property
    def is_remote(self) -> bool:
        return is_remote(self.root)

    def folder(self, name: str) -> str:
        """Where the request ``name`` goes: a path or URL."""
        return f"{self.root.rstrip('/')}/{name}" if self.is_remote else str(Path(self.root) / name)

    def holds(self, name: str, files: tuple[str, ...]) -> bool:
        """Whether all these files of a request are there."""
        if self.is_remote:
            return all(self._system.exists(f"{self.folder(name)}/{file}") for file in files)
        return all(is_there(Path.is_file, Path(self.folder(name), file)) for file in files)

    def has(self, name: str) -> bool:
        """Whether something of this name is there."""
        if self.is_remote:
            return bool(self._system.exists(self.folder(name)))
        return os.path.lexists(self.folder(name))

    def put(self, name: str, files: Mapping[str, bytes]) -> None:
        """Write a request's folder whole, in place of an earlier one.

        In an object store, which knows no folders, manifest.json or else the first file comes last: with it there, all
        are. Raises: OutputError. RequestError, where what is there may have been sent.
        """
        if not self.is_remote:
            folder = Path(self.folder(name))
            if folder.is_dir() and may_have_left(folder):
                raise RequestError(
                    f"request {name}: its packet in {folder} was sent, or may have been, so it is not made anew: "
                    "give the new request an id of its own"
                )
            replace_folder_private(folder, files)
            return
        last = MANIFEST if MANIFEST in files else next(iter(files))
        try:
            for file in sorted(files, key=lambda one: one == last):
                self._system.pipe_file(f"{self.folder(name)}/{file}", files[file])
        except (OSError, ValueError) as exc:
            raise OutputError(f"{self.folder(name)}: cannot be written: {type(exc).__name__}") from exc

    @cached_property
    def _system(self) -> Any:
        system, _ = file_system(self.root, OutputError)
        return system
