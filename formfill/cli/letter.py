"""``formfill letter``: the letters after a request, or beside one. None is signed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from formfill.cli.request import load_request_with, request_keys
from formfill.cli.workspace import catalog
from formfill.errors import OutputError, RequestError

if TYPE_CHECKING:
    from formfill.letters import Letter, Sent, Writer
    from formfill.model.provider import Provider
    from formfill.model.request import Request

F = TypeVar("F", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)


def _as_date(ctx: click.Context, param: click.Parameter, value: dt.datetime | None) -> dt.date | None:
    return value.date() if value else None


def day_option(*names: str, required: bool = False, help: str) -> Callable[[F], F]:
    """An option that takes a day."""
    kind = click.DateTime(formats=["%Y-%m-%d"])
    return click.option(*names, type=kind, callback=_as_date, required=required, metavar="DATE", help=help)


_COMMON: tuple[Callable[[Any], Any], ...] = (
    click.argument("profile"),
    click.option("--provider", metavar="ID|FILE", help="Who has the records; else as the request says."),
    click.option("--request", "request_path", type=_PATH, metavar="REQUEST.yaml", help="The request it is about."),
    click.option("--recipient", metavar="WHO", help="self, or a recipient that the profile names."),
    click.option("--out", required=True, type=_PATH, metavar="FILE|DIR", help="The letter, or its folder."),
    click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON."),
)
_ASKED: tuple[Callable[[Any], Any], ...] = (
    click.option("--records", metavar="LIST", help="What was asked for: lab,immunizations,other:WORDS."),
    click.option("--from", "from_", metavar="DATE", help="First day of care, YYYY-MM-DD."),
    click.option("--to", metavar="DATE", help="Last day of care, YYYY-MM-DD."),
    click.option("--all-dates", is_flag=True, help="All dates of care."),
    click.option("--delivery", metavar="LIST", help="How the records should come."),
    click.option("--instrument", metavar="KIND", help="access-request or authorization; else by who gets the records."),
)
_SENT: tuple[Callable[[Any], Any], ...] = (
    day_option("--sent", "sent_on", required=True, help="When the request was sent, YYYY-MM-DD."),
    click.option("--by", default="", metavar="CHANNEL", help="How it was sent: mail, fax, email, hand, portal."),
    click.option("--tracking", default="", metavar="NUMBER", help="Its certified-mail number."),
    day_option("--received", "received_on", help="When the provider got it."),
    day_option("--extended-to", help="The later day that the provider named, in writing."),
)
#: The options that are keys of the request.
_OF_REQUEST = (
    "profile", "provider", "recipient", "records", "from_", "to", "all_dates", "delivery", "instrument"
)  # fmt: skip


def _options(*groups: tuple[Callable[[Any], Any], ...]) -> Callable[[F], F]:
    def give(command: F) -> F:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return give


@click.group()
def letter() -> None:
    """Letters after a request, or beside one: a PDF each, on your letterhead, with a line to sign.

    \b
    Example:
      formfill letter follow-up amina-rahimi --provider valley-oak --records lab --sent 2025-10-01 \\
        --due 2025-10-21 --out outbox/
    """


@letter.command("follow-up")
@_options(_COMMON, _ASKED, _SENT)
@day_option("--due", "due_on", help="When the records were due.")
@click.option("--rule", default="", help="The law that the day follows from; else the usual one.")
@click.option("--estimated", is_flag=True, help="The due day rests on an assumed day of receipt.")
def follow_up(due_on: dt.date | None, rule: str, estimated: bool, **options: Any) -> None:
    """Ask for records that are overdue.

    \b
    Example:
      formfill letter follow-up amina-rahimi --provider valley-oak --records lab --sent 2025-10-01 \\
        --received 2025-10-06 --due 2025-10-21 --out outbox/
    """
    from formfill import letters

    sent = _sent(options, due_on=due_on, rule=rule, is_estimated=estimated)
    write_letter(letters.follow_up(writer_of(options), sent), options)


@letter.command()
@_options(_COMMON)
@click.option("--entry", metavar="TEXT", help="Which entry: its date, its author, what it is about.")
@click.option("--wrong", metavar="TEXT", help="What is wrong.")
@click.option("--correct", metavar="TEXT", help="What it should say.")
@click.option("--reason", metavar="TEXT", help="Why.")
@click.option("--notify", metavar="TEXT", help="Who else is to be told.")
def amendment(**options: Any) -> None:
    """Ask to amend the record (45 CFR 164.526). Long texts are better written in the request: amendment:.

    \b
    Example:
      formfill letter amendment profiles/amina-rahimi.yaml --provider valley-oak --request amend.yaml --out outbox/
    """
    from formfill import letters

    keys = {name: options[name] for name in ("entry", "wrong", "correct", "reason", "notify") if options[name]}
    write_letter(letters.amendment(writer_of(options, keys)), options)


@letter.command()
@_options(_COMMON)
@click.option("--statement", "statements", multiple=True, metavar="TEXT", help="One item: at most 250 words.")
@click.option("--statement-file", "files", multiple=True, type=_PATH, metavar="FILE", help="One item, from a file.")
def addendum(statements: tuple[str, ...], files: tuple[Path, ...], **options: Any) -> None:
    """Add the patient's own words to a California record, at most 250 an item (Health and Safety Code 123111).

    \b
    Example:
      formfill letter addendum profiles/amina-rahimi.yaml --provider valley-oak --statement-file item.txt --out outbox/
    """
    from formfill import letters

    writer = writer_of(options)
    asked = writer.request.amendment
    written = (asked.statement,) if asked and asked.statement else ()
    write_letter(letters.addendum(writer, (*statements, *map(_text, files)) or written), options)


@letter.command()
@_options(_COMMON, _ASKED)
@day_option("--signed", "signed_on", help="When the authorization was signed.")
@day_option("--sent", "sent_on", help="When it was sent.")
def revocation(signed_on: dt.date | None, sent_on: dt.date | None, **options: Any) -> None:
    """Take back an authorization (45 CFR 164.508(b)(5)).

    \b
    Example:
      formfill letter revocation amina-rahimi --provider valley-oak --recipient caseworker --signed 2025-10-01 \\
        --out outbox/
    """
    from formfill import letters

    write_letter(letters.revocation(writer_of(options), signed_on, sent_on), options)


@letter.command()
@_options(_COMMON, _ASKED, _SENT)
@click.option("--happened", default="", metavar="TEXT", help="What the provider did; else that nothing came in time.")
@day_option("--happened-on", help="On which day.")
def complaint(happened: str, happened_on: dt.date | None, **options: Any) -> None:
    """Draft a complaint to the Office for Civil Rights that access was not given (45 CFR 164.524).

    \b
    Example:
      formfill letter complaint amina-rahimi --provider valley-oak --records lab --sent 2025-10-01 --by mail \\
        --received 2025-10-06 --out outbox/
    """
    from formfill import letters

    write_letter(letters.complaint(writer_of(options), _sent(options), happened, happened_on), options)


@letter.command("free-copy")
@_options(_COMMON, _ASKED)
@click.option("--benefit", required=True, metavar="PROGRAM", help="medi-cal, ssi, ssdi, ihss, calworks, calfresh …")
@click.option("--proof", multiple=True, metavar="TEXT", help="What you enclose to show the need; may repeat.")
def free_copy(benefit: str, proof: tuple[str, ...], **options: Any) -> None:
    """Ask for the free copy that California gives for a benefit claim (Health and Safety Code 123110).

    \b
    Example:
      formfill letter free-copy profiles/amina-rahimi.yaml --provider valley-oak --records lab --benefit ssi \\
        --proof "notice of denial of May 2, 2026" --out outbox/
    """
    from formfill import letters

    write_letter(letters.free_copy(writer_of(options), benefit, proof), options)


def writer_of(options: dict[str, Any], amendment: dict[str, str] | None = None) -> Writer:
    """Who writes, about which request. Raises: FormfillError of whichever part cannot be read."""
    from formfill import yaml_io
    from formfill.letters import Writer
    from formfill.model.request import parse_request

    library = catalog()
    keys = request_keys({key: value for key, value in options.items() if key in _OF_REQUEST})
    request = load_request_with(options["request_path"], keys)
    if amendment:
        written = request.amendment.model_dump(exclude_none=True) if request.amendment else {}
        asked = parse_request(yaml_io.from_keys({"amendment": written | amendment}, "option"))
        request = request.model_copy(update={"amendment": asked.amendment})
    return Writer(
        profile=library.profile(options["profile"]),
        provider=_provider(options["provider"], request),
        request=request,
        organisation=library.sender(),
    )


def _provider(named: str | None, request: Request) -> Provider | None:
    """Who has the records: the one named, else the request's, else that of its form."""
    from formfill.model.provider import load_provider

    library = catalog()
    if named:
        return load_provider(Path(named)) if named.endswith((".yaml", ".yml")) else library.provider(named)
    if isinstance(request.provider, str):
        return library.provider(request.provider)
    if request.provider is None and request.form:
        of_form = library.form_map(request.form).provider
        return library.provider(of_form) if library.has_provider(of_form) else None
    return None


def _sent(options: dict[str, Any], **more: Any) -> Sent:
    from formfill.letters import Sent

    return Sent(
        on=options["sent_on"],
        by=options["by"],
        received_on=options["received_on"],
        extended_to=options["extended_to"],
        tracking=options["tracking"],
        **more,
    )


def _text(path: Path) -> str:
    """A statement from a file. Raises: RequestError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RequestError(f"{path}: not UTF-8 text: save it as UTF-8") from None
    except OSError as exc:
        raise RequestError(f"{path}: cannot be read: {exc.strerror}") from None


def write_letter(written: Letter, options: dict[str, Any]) -> None:
    """Write the letter and say so. Raises: OutputError."""
    from formfill.job import output_path

    path = output_path(options["out"], written.kind, ".pdf")
    if path.suffix.lower() != ".pdf":
        raise OutputError(f"{path}: a letter is a PDF file: name it .pdf, or end a folder with /")
    written.save(path)
    if options["as_json"]:
        done = {"file": str(path), "letter": written.kind, "notes": list(written.notes)}
        click.echo(json.dumps(done, indent=2, ensure_ascii=False))
        return
    click.echo(click.style(f"wrote {path}", bold=True))
    click.echo("  to sign and mail; nothing is signed")
    for note in written.notes:
        click.echo(click.style(f"note: {note}", fg="yellow"), err=True)
