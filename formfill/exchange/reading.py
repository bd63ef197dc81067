"""Reads a file of patients, whatever it is: FHIR, vCard, a table, a profile's own YAML."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from formfill import yaml_io
from formfill.errors import ProfileError
from formfill.exchange.fhir_patient import ProviderOf
from formfill.exchange.fhir_read import read_fhir
from formfill.exchange.incoming import Incoming
from formfill.exchange.table_read import read_profile, read_table
from formfill.exchange.vcard import read_vcards
from formfill.files import is_there
from formfill.tables.columns import ColumnMap

#: How much of a JSON file is looked at to tell FHIR from a table.
_LOOKED_AT = 100_000


def read_patients(
    path: Path, column_map: ColumnMap | None = None, provider_of: ProviderOf = lambda _: None
) -> Iterable[Incoming]:
    """The patients of a file, one after the other.

    ``column_map`` is for tables alone; ``provider_of`` tells whose record numbers FHIR has. Raises: ProfileError or
    TableError, for a file that cannot be read; what is wrong with one patient is said in its ``Incoming``.
    """
    suffix = path.suffix.lower()
    if suffix in (".vcf", ".vcard"):
        return read_vcards(path)
    if suffix in (".json", ".ndjson", ".jsonl", ".fhir") and (suffix == ".fhir" or _is_fhir(path)):
        return read_fhir(path, provider_of)
    if suffix in (".yaml", ".yml") and _is_profile(path):
        return read_profile(path)
    if suffix == ".age":
        raise ProfileError(f"{path}: is encrypted: decrypt it first, with age --decrypt")
    return read_table(path, column_map, str(path))


def _is_fhir(path: Path) -> bool:
    if not is_there(Path.is_file, path):
        return False
    with path.open("rb") as stream:
        return b'"resourceType"' in stream.read(_LOOKED_AT)


def _is_profile(path: Path) -> bool:
    data = yaml_io.load(path, ProfileError).data
    return isinstance(data, dict) and "patient" in data
