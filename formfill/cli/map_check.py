"""``formfill map check``: what is wrong with a form map, before a patient's form shows it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.catalog import Catalog, read_blank
from formfill.cli.workspace import catalog
from formfill.errors import BlankFormError, ExitCode, FormMapError, ProviderError

if TYPE_CHECKING:
    from formfill.draft.check_base import Finding
    from formfill.model.provider import Provider

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


@click.command()
@click.argument("maps", metavar="MAP.yaml...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--blank", type=click.Path(path_type=Path), metavar="FILE", help="The blank; else the catalog's.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as a JSON list.")
@click.option("--strict", is_flag=True, help="A warning fails the check as an error does.")
def check(maps: tuple[Path, ...], blank: Path | None, as_json: bool, strict: bool) -> int:
    """Hold form maps against the vocabulary, their blanks and provider records.

    A MAP is a file, or the id of a form. An error is what a fill would stumble over or do wrongly; a warning is for a
    person to look at; a note is to know of. With an error the command ends with exit code 3. docs/map-check.md explains
    each finding.

    \b
    Example:
      formfill map check form_maps/*/*.yaml
    """
    if blank is not None and len(maps) > 1:
        raise click.UsageError("--blank is for one map")
    library = catalog()
    data = read_blank(blank) if blank else None
    results = [_checked(library, path, data) for path in maps if path.name != "provider.yaml" or len(maps) == 1]
    if as_json:
        rows = [_row(form, path, finding) for form, path, findings in results for finding in findings]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for form, path, findings in results:
            _tell(form, path, findings)
        _sum_up([findings for _, _, findings in results])
    failing = {"error", "warning"} if strict else {"error"}
    failed = any(finding.severity in failing for _, _, findings in results for finding in findings)
    return int(ExitCode.FORM_MAP if failed else ExitCode.OK)


Result = tuple[str, Path, tuple["Finding", ...]]


def _checked(library: Catalog, named: Path, blank: bytes | None) -> Result:
    """One map's findings; one that cannot be read is a finding itself, so that the others are still looked at."""
    from formfill.draft.check import check_map, read_subject
    from formfill.draft.check_base import Finding

    path = named
    try:
        if not named.suffix and not named.exists():
            path = library.form_map_path(str(named))
        subject = read_subject(path)
    except FormMapError as exc:
        lines = str(exc).splitlines()
        remedy = "mend the file: formfill schema form-map says what it may hold"
        return named.stem, path, tuple(Finding("error", "unreadable", line, remedy) for line in lines)
    problems: list[Finding] = []
    provider = None
    try:
        provider = _provider(library, path, subject.form_map.provider)
    except ProviderError as exc:
        problems.append(subject.about("error", "provider-unreadable", str(exc), "mend the file", key="provider"))
    data = blank if blank is not None else _blank(library, subject.form_map)
    known = {*library.form_map_paths(), *_neighbours(path)}
    findings = check_map(subject, data, provider=provider, known_forms=known)
    if problems:
        findings = (*problems, *(finding for finding in findings if finding.code != "provider-missing"))
    return subject.form_map.form, path, findings


def _provider(library: Catalog, path: Path, named: str) -> Provider | None:
    """The provider record beside the map, else the catalog's; None where there is none. Raises: ProviderError."""
    from formfill.model.provider import load_provider

    beside = path.parent / "provider.yaml"
    if beside.is_file() and path.parent.name == named:
        return load_provider(beside)
    return library.provider(named) if library.has_provider(named) else None


def _neighbours(path: Path) -> list[str]:
    """The ids of the maps beside this one, which may be no catalog's yet."""
    from formfill.catalog import load_outline

    ids = []
    for other in sorted(path.parent.glob("*.yaml")):
        try:
            ids += [load_outline(other).form] if other.name != "provider.yaml" else []
        except FormMapError:
            continue  # found wanting when it is checked itself
    return ids


def _blank(library: Catalog, form_map: Any) -> bytes | None:
    try:
        return read_blank(library.blank(form_map))
    except BlankFormError:
        return None


# what is printed


def _row(form: str, path: Path, finding: Finding) -> dict[str, Any]:
    return {
        "form": form,
        "map": str(path),
        "severity": finding.severity,
        "code": finding.code,
        "place": finding.number,
        "where": finding.where or None,
        "line": finding.line,
        "page": finding.page,
        "what": finding.what,
        "remedy": finding.remedy,
    }


def _tell(form: str, path: Path, findings: Sequence[Finding]) -> None:
    counts = Counter(finding.severity for finding in findings)
    grave = [_counted(counts[severity], severity) for severity in ("error", "warning") if counts[severity]]
    click.echo(click.style(f"{form}: {', '.join(grave) or 'clean'}", bold=True))
    said = ""
    for finding in findings:
        place = f"place {finding.number}, {finding.where}: " if finding.number else ""
        page = f"page {finding.page}: " if finding.page and "page" not in finding.where else ""
        line = f"{path.name}:{finding.line}: " if finding.line else ""
        severity = click.style(finding.severity, fg=_COLOURS[finding.severity])
        click.echo(f"  {line}{severity} {finding.code}: {page}{place}{finding.what}")
        # the same advice for ten places in a row is said once, under the first
        if finding.severity != "note" and finding.remedy != said:
            click.echo(f"      {finding.remedy}")
            said = finding.remedy


def _sum_up(results: Sequence[Sequence[Finding]]) -> None:
    counts = Counter(finding.severity for findings in results for finding in findings)
    clean = sum(all(finding.severity == "note" for finding in findings) for findings in results)
    parts = [_counted(counts[severity], severity) for severity in ("error", "warning", "note")]
    click.echo(f"{_counted(len(results), 'map')}, {clean} clean: {', '.join(parts)}")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
