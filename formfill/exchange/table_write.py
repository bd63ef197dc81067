"""Profiles as a CSV (RFC 4180, UTF-8), a row each, under formfill's own names; safe to open in a spreadsheet.

A cell holds one value: of lists the items between semicolons, of insurance and interpreters the first. Each written row
is read back, and what is missing then is named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from formfill.errors import FormfillError
from formfill.exchange.incoming import profile_of
from formfill.exchange.outgoing import Written, leaves, lost, plain_keys
from formfill.tables.base import Row
from formfill.tables.cells import defused
from formfill.tables.columns import ColumnMap, Columns
from formfill.tables.names import known_names, target_of


def csv_table(profiles: Iterable[Mapping[str, Any]]) -> Written:
    """A CSV of the profiles with these keys."""
    rows, missing = [], {}
    for keys in profiles:
        row = _row(keys)
        rows.append(row)
        if gone := lost(dict(keys), _read_back(row)):
            missing[keys["profile"]] = gone
    order = {name: place for place, name in enumerate(known_names())}
    columns = sorted({name for row in rows for name in row}, key=lambda name: (name != "profile", _place(name, order)))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    # with a byte order mark Excel reads it as UTF-8
    return Written(out.getvalue().encode("utf-8-sig"), missing)


def _row(keys: Mapping[str, Any]) -> dict[str, str]:
    row: dict[str, str] = {"profile": keys["profile"]}
    patient = keys["patient"]
    for path, value in leaves(_without_lists(keys)).items():
        name = ".".join(str(part) for part in path if part != 0)
        try:
            fits = target_of(name, "export").of == "profile" and not any(
                isinstance(part, int) and part for part in path
            )
        except FormfillError:
            fits = False
        if fits:
            row[name] = "yes" if value is True else "no" if value is False else defused(value)
    for name, items in (
        ("patient.former_names", patient.get("former_names", [])),
        ("patient.languages", [one["language"] for one in patient.get("languages", [])]),
        ("representative.documents", keys.get("representative", {}).get("documents", [])),
    ):
        if items:
            # a single item with a comma in it would be taken for two
            row[name] = defused("; ".join(items) + (";" if len(items) == 1 and "," in items[0] else ""))
    if any(one.get("interpreter") for one in patient.get("languages", [])[:1]):
        row["patient.languages.interpreter"] = "yes"
    return row


def _without_lists(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys without the lists that one cell holds."""
    patient = {key: value for key, value in keys["patient"].items() if key not in ("former_names", "languages")}
    representative = {key: value for key, value in keys.get("representative", {}).items() if key != "documents"}
    return {**keys, "patient": patient, "representative": representative}


def _read_back(row: Mapping[str, str]) -> dict[str, Any]:
    reading = Columns(ColumnMap(defused=True)).read(Row("export", 1, dict(row)))
    return plain_keys(profile_of(reading.profile.data, "export")) if reading.profile else {}


def _place(name: str, order: Mapping[str, int]) -> tuple[int, str]:
    """Where a column stands: as the profile has its keys, with the keys of the writer's own in their order."""
    parts = name.split(".")
    patterns = [name, *(".".join([*parts[:i], "*", *parts[i + 1 :]]) for i in range(1, len(parts)))]
    return next((order[one] for one in patterns if one in order), len(order)), name
