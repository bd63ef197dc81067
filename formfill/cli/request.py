"""The options that say which form to fill and what to ask for, shared by ``fill`` and ``prepare``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from formfill import yaml_io
from formfill.cli.workspace import catalog
from formfill.errors import RequestError

if TYPE_CHECKING:
    from formfill.job import FillJob
    from formfill.model.request import Request

F = TypeVar("F", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)
#: The request's key for each option that sets one, dict[key, option].
_OPTION_OF = {
    "records": "--records",
    "dates": "--from/--to",
    "purpose": "--purpose",
    "delivery": "--delivery",
    "recipient": "--recipient",
    "sensitive": "--sensitive",
    "expires": "--expires",
    "include_ssn": "--include-ssn",
    "copies": "--copies",
    "fee_limit": "--fee-limit",
    "instrument": "--instrument",
    "send": "--send",
}
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("profile"),
    click.option("--form", "form_id", metavar="ID", help="The form, by its id: formfill form list."),
    click.option("--map", "map_path", type=_PATH, metavar="MAP.yaml", help="The form, by a map of your own."),
    click.option("--blank", type=_PATH, metavar="FILE", help="The empty form, where it is not in forms/."),
    click.option("--request", "request_path", type=_PATH, metavar="REQUEST.yaml", help="What is asked, from a file."),
    click.option("--records", metavar="LIST", help="Record types: lab,immunizations,other:WORDS."),
    click.option("--from", "from_", metavar="DATE", help="First day of care, YYYY-MM-DD."),
    click.option("--to", metavar="DATE", help="Last day of care, YYYY-MM-DD."),
    click.option("--all-dates", is_flag=True, help="All dates of care."),
    click.option("--purpose", metavar="LIST", help="Why: continuity_of_care, personal, legal, other:WORDS."),
    click.option("--delivery", metavar="LIST", help="How the records should come; the first that the form offers."),
    click.option("--recipient", metavar="WHO", help="self, or a recipient that the profile names."),
    click.option("--provider", metavar="ID|FILE", help="Who releases, where it is not the form's own provider."),
    click.option("--sensitive", metavar="LIST", help="Protected categories that the patient chose to release."),
    click.option("--expires", metavar="DATE", help="When the authorization ends: YYYY-MM-DD or an event."),
    click.option("--include-ssn", is_flag=True, help="Write the Social Security number where the form asks for it."),
    click.option("--include-ssn-last4", is_flag=True, help="Write its last four digits."),
    click.option("--instrument", metavar="KIND", help="access-request or authorization; else by who gets the records."),
    click.option("--fee-limit", metavar="AMOUNT", help="What the patient pays without a call first: $25."),
    click.option("--copies", type=click.IntRange(1, 99), help="How many copies."),
)


def request_options(command: F) -> F:
    """Give a command the argument PROFILE and all options of a request."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def fill_job(options: dict[str, Any], *, flatten: bool = False) -> FillJob:
    """The job that the command line describes. Raises: FormfillError of whichever part cannot be read."""
    from formfill.api import named_job

    request = load_request_with(options["request_path"], request_keys(options))
    form_id, map_path = options["form_id"], options["map_path"]
    if form_id and map_path:
        raise click.UsageError("give --form or --map, not both")
    form = map_path or form_id or request.form
    if not form:
        raise click.UsageError(
            "which form? give --form ID (formfill form list), --map MAP.yaml, or form: in the request"
        )
    return named_job(
        catalog(),
        options["profile"],
        request,
        form=form,
        blank=options["blank"],
        provider=options["provider"],
        flatten=flatten,
    )


def request_keys(options: dict[str, Any]) -> dict[str, Any]:
    """The keys of a request that the options set, as its YAML would have them; a command may have only some of them."""
    for option, value in options.items():
        # an empty shell variable, most often: to leave the option out would ask for something else
        if isinstance(value, str) and not value.strip(" ,"):
            name = "PROFILE" if option == "profile" else f"--{option.removesuffix('_id').rstrip('_').replace('_', '-')}"
            raise click.UsageError(f"{name} is empty: give it a value, or leave it out")
    from formfill.model.choices import item_of

    keys: dict[str, Any] = {}
    for key in ("records", "purpose", "delivery", "sensitive"):
        if options.get(key):
            keys[key] = [item_of(text.strip()) for text in options[key].split(",") if text.strip()]
    for key in ("recipient", "expires", "instrument", "fee_limit"):
        if options.get(key):
            keys[key] = options[key]
    if options.get("include_ssn") or options.get("include_ssn_last4"):
        keys["include_ssn"] = "true" if options["include_ssn"] else "last4"
    if options.get("copies"):
        keys["copies"] = str(options["copies"])
    if options.get("send"):
        keys["send"] = options["send"]
    ends = {"from": options.get("from_"), "to": options.get("to")}
    if options.get("all_dates"):
        if any(ends.values()):
            raise click.UsageError("--all-dates goes without --from and --to")
        keys["dates"] = "all"
    elif any(ends.values()):
        keys["dates"] = {key: value for key, value in ends.items() if value}
    return keys


def load_request_with(path: Path | None, keys: dict[str, Any]) -> Request:
    """The request of a file, with ``keys`` in place of its own. Raises: RequestError, naming the file or the option."""
    from formfill.model.request import parse_request

    try:
        alone = parse_request(yaml_io.from_keys(keys, "option"))
    except RequestError as exc:
        # there is no file and no line: what must be mended is an option
        raise RequestError(re.sub(r"^option: (\w+)[^:]*", _option, str(exc), flags=re.MULTILINE)) from None
    if path is None:
        return alone
    document = yaml_io.load(path, RequestError)
    if isinstance(document.data, dict):
        written = document.data.get("dates")
        if isinstance(written, dict) and isinstance(keys.get("dates"), dict):
            keys = {**keys, "dates": {**written, **keys["dates"]}}
        document.data |= keys
    return parse_request(document)


def _option(match: re.Match[str]) -> str:
    return _OPTION_OF.get(match[1], match[0])
