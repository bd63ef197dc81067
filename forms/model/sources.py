"""What source/ says: the words, the places, and the pages that typst lays out from them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from acroform import Kind, Spot
from map_text import Meaning

SOURCE = Path(__file__).resolve().parent / "source"
EDITION = "11/2026"
#: The date inside every file made, so that making it again changes nothing.
MADE = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
_INITIALS = {"en": "initials", "es": "iniciales"}


@dataclass(frozen=True)
class Form:
    """One instrument in one language; ``large`` sets all of it in 14 points (California Civil Code 56.11)."""

    source: str
    language: str
    number: str
    instrument: str
    large: bool = False

    @property
    def name(self) -> str:
        return f"{self.source}-{self.language}"

    def words(self) -> dict[str, str]:
        """dict[key, words in this form's language], in typst's markup."""
        both = _read("words.yaml") | _read(f"{self.source}.yaml")
        return {key: said[self.language] for key, said in both.items()}


@cache
def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((SOURCE / name).read_text(encoding="utf-8"))
    return loaded


@cache
def places() -> dict[str, dict[str, Any]]:
    """dict[key, what places.yaml says], with the heading of its group under ``party``."""
    return {
        key: place | {"party": group["party"]}
        for group in _read("places.yaml").values()
        for key, place in group["places"].items()
    }


def meaning(key: str, language: str) -> Meaning:
    """What a map says of the place ``key``; ``<key>_initials`` is the line to initial beside the box ``key``."""
    known = places()
    if key not in known and key.endswith("_initials"):
        place = known[key.removesuffix("_initials")]
        return Meaning(place["party"]["en"], place[language], leave=place["value"])
    place = known[key]
    return Meaning(
        party=place["party"]["en"],
        label=place[language],
        value=place.get("value"),
        leave=place.get("leave"),
        format=place.get("format"),
        when=place.get("when"),
        required=place.get("required", False),
    )


def lay_out(form: Form, fonts: Path) -> tuple[bytes, list[tuple[str, Spot]]]:
    """The form's pages as PDF, and its places in reading order as (key in places.yaml, spot)."""
    import typst

    compiler = typst.Compiler(
        root=str(SOURCE),
        font_paths=[str(fonts)],
        ignore_system_fonts=True,
        sys_inputs={
            "lang": form.language,
            "type": "large" if form.large else "normal",
            "words": f"{form.source}.yaml",
            "number": form.number,
            "edition": EDITION,
        },
    )
    source = str(SOURCE / f"{form.source}.typ")
    page, warnings = compiler.compile_with_warnings(source, format="pdf", timestamp=MADE)
    if warnings or not isinstance(page, bytes):
        raise SystemExit(f"{form.name}: {'; '.join(warning.message for warning in warnings)}")
    reported = json.loads(compiler.query("<place>", field="value"))
    return page, [(report["key"], _spot(report, form.language)) for report in reported]


def _spot(report: dict[str, Any], language: str) -> Spot:
    key: str = report["key"]
    kind: Kind = report["kind"]
    place = places()[key.removesuffix("_initials") if kind == "initials" else key]
    party, label = place["party"][language], place[language].rstrip(":")
    tip = place.get("tip", {}).get(language) or f"{party}: {label}"
    name = place.get("group") or place["name"]
    if kind == "initials":
        name, tip = f"{name}, initials", f"{label}: {_INITIALS[language]}"
    return Spot(
        name=name,
        kind=kind,
        page=report["page"],
        x=report["x"],
        y=report["y"],
        width=report["width"],
        height=report["height"],
        tip=label if kind == "radio" else tip,
        option=place.get("option", "Yes"),
        group_tip=party if kind == "radio" else "",
        lines=report["lines"],
    )
