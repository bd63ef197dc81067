"""``formfill profile new``: a profile typed in at the terminal, field by field."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from formfill.cli.workspace import required_workspace
from formfill.errors import ProfileError

if TYPE_CHECKING:
    from formfill.exchange.alike import Known
    from formfill.exchange.questions import Question

_BACK, _CLEAR = "<", "-"


@click.command()
@click.argument("name", metavar="[PROFILE]", required=False)
def new(name: str | None) -> None:
    """Make a profile by answering questions in the terminal.

    Each answer is checked at once. Enter skips a question that is not required, or keeps the answer in brackets; <
    goes back to the question before, and - takes an answer away. At the end everything is shown, and saved if you say
    so; until then Ctrl-C leaves nothing behind. PROFILE is the profile's own name; without it one is proposed.

    \b
    Example:
      formfill profile new --help
    """
    from formfill.exchange.intake import known_patients
    from formfill.exchange.questions import keys_of
    from formfill.store.profiles import save_profile
    from formfill.yaml_io import dumps

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # the line can then be edited while it is typed
    workspace = required_workspace("profiles are")
    if name is not None and (wrong := _wrong_name(workspace, name)):
        raise ProfileError(f"profile {name}: {wrong}")
    known, _ = known_patients(workspace)
    click.echo(f"Enter skips, {_BACK} goes back, {_CLEAR} takes an answer away, * must be answered, Ctrl-C gives up.")
    keys = keys_of(_answers(known))
    click.echo(f"\n{dumps(_to_show(keys)).rstrip()}\n")
    name = name or _own_name(workspace, keys["patient"])
    click.confirm("Save it?", default=True, abort=True)
    path = save_profile(workspace, name, dumps({"profile": name, **keys}), "new")
    click.echo(f"{path}: saved")


def _answers(known: dict[str, Known]) -> dict[str, str]:
    from formfill.exchange.questions import QUESTIONS

    answers: dict[str, str] = {}
    asked: list[int] = []
    number = 0
    while number < len(QUESTIONS):
        question = QUESTIONS[number]
        if not question.asked(answers):
            number += 1
            continue
        if not _ask(question, answers):
            number = asked.pop() if asked else number
            continue
        if question.key == "patient.birth_date":
            _warn(answers, known)
        asked.append(number)
        number += 1
    return answers


def _ask(question: Question, answers: dict[str, str]) -> bool:
    """Ask until the answer can be taken; False to go back to the question before."""
    from formfill.exchange.questions import what_is_wrong

    while True:
        before = answers.get(question.key, "")
        shown = " [kept]" if before and question.hidden else f" [{before}]" if before else ""
        star = " *" if question.required(answers) else ""
        typed = click.prompt(
            f"{question.words}{star}{shown}", default="", show_default=False, hide_input=question.hidden
        ).strip()
        if typed == _BACK:
            return False
        answers[question.key] = "" if typed == _CLEAR else typed or before
        wrong = what_is_wrong(question, answers)
        if wrong is None:
            return True
        answers[question.key] = before
        click.echo(f"  {wrong}")


def _warn(answers: dict[str, str], known: dict[str, Known]) -> None:
    """Tell who is likely the same patient."""
    from formfill.exchange.alike import Patients, known_patient
    from formfill.exchange.incoming import profile_of
    from formfill.exchange.questions import keys_of

    own = known_patient(profile_of(keys_of(answers), "answers"))
    for pair in Patients(known.values()).like(own):
        click.echo(click.style(f"  likely saved already as {pair.other.profile} ({pair.why})", fg="yellow"))


def _own_name(workspace: Path, patient: dict[str, Any]) -> str:
    from formfill.exchange.naming import free_name, named_after, neutral_name
    from formfill.store.locking import saved_names

    taken = saved_names(workspace)
    neutral = free_name(neutral_name(), taken)
    proposed = free_name(named_after(patient) or neutral, taken)
    click.echo("The profile's own name stands in file names and in the ledger.")
    click.echo(f"One that does not tell who it is: {neutral} ({_CLEAR} takes it)")
    while True:
        name: str = click.prompt("Name", default=proposed).strip()
        if name == _CLEAR:
            return neutral
        wrong = _wrong_name(workspace, name)
        if wrong is None:
            return name
        click.echo(f"  {wrong}")


def _wrong_name(workspace: Path, name: str) -> str | None:
    """Why a new profile cannot be called so."""
    from formfill.model.base import problems
    from formfill.model.profile import Profile
    from formfill.store.profiles import saved_path
    from formfill.yaml_io import from_keys

    for problem in problems(Profile, from_keys({"profile": name}, "name")):
        if problem.path == ("profile",):
            return problem.message
    if saved_path(workspace, name) is not None:
        return f"is there already: change it with formfill profile edit {name}"
    return None


def _to_show(keys: dict[str, Any]) -> dict[str, Any]:
    patient: dict[str, Any] = keys["patient"]
    return {**keys, "patient": {**patient, "ssn": "(not shown)"}} if "ssn" in patient else keys
