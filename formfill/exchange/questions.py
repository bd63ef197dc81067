"""What is asked of somebody who types a profile in, in which order, and what each answer spares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from formfill.exchange.naming import slug_of
from formfill.model.base import problems
from formfill.model.profile import Profile
from formfill.yaml_io import Path_, from_keys

#: dict[question's key, what was typed].
Answers = Mapping[str, str]

_NO = ("no", "n")
_YES = ("yes", "y")


def _always(_: Answers) -> bool:
    return True


def _never(_: Answers) -> bool:
    return False


def _given(*keys: str) -> Callable[[Answers], bool]:
    """Whether one of ``keys`` was answered, with more than a no."""
    return lambda answers: any(answers.get(key, "").casefold() not in ("", *_NO) for key in keys)


@dataclass(frozen=True)
class Question:
    """One thing that is asked."""

    key: str
    """The dotted key of a profile that the answer is for; one that begins with ? steers the questions alone."""
    words: str
    asked: Callable[[Answers], bool] = _always
    """Whether it is asked, by what was answered before."""
    required: Callable[[Answers], bool] = _never
    hidden: bool = False
    """Whether the answer is not to be seen while it is typed."""
    is_list: bool = False
    """Whether the answer is several, between semicolons."""
    is_flag: bool = False
    """Whether it is answered by yes or no."""

    @property
    def path(self) -> Path_:
        """The key in parts."""
        return tuple(int(part) if part.isdigit() else part for part in self.key.split("."))


_ADDRESS = (
    ("unit", "Unit (Apt 7)", False),
    ("city", "City", True),
    ("state", "State (CA)", False),
    ("postal_code", "ZIP code", False),
    ("country", "Country, if not the United States", False),
)


def _address(above: str, words: str, asked: Callable[[Answers], bool] = _always) -> tuple[Question, ...]:
    street = f"{above}.address.street"
    return (
        Question(street, f"{words} street address, without the unit", asked),
        *(
            Question(f"{above}.address.{key}", text, _given(street), _given(street) if required else _never)
            for key, text, required in _ADDRESS
        ),
    )


_SIGNER = "?representative"
_SIGNS = _given(_SIGNER)
_RECIPIENT = "?recipient"
_RECEIVES = _given(_RECIPIENT)
#: Stands for the recipient's short name, which is made of what the recipient is to the patient.
_TO = "recipients.?"

QUESTIONS: tuple[Question, ...] = (
    Question("patient.given_name", "First (given) name, as on the legal papers"),
    Question("patient.additional_name", "Middle name or names", _given("patient.given_name")),
    Question(
        "patient.family_name", "Last (family) name", required=lambda answers: not answers.get("patient.given_name")
    ),
    Question("patient.birth_date", "Birth date (YYYY-MM-DD)", required=_always),
    Question("patient.sex", "Sex in the chart (female, male, other, unknown)"),
    Question("patient.preferred_name", "Name the patient goes by, if another"),
    Question("patient.native_name.text", "Name in its own script"),
    Question("patient.native_name.language", "Language of that name", _given("patient.native_name.text")),
    Question("patient.former_names", "Former names, each whole (; between)", is_list=True),
    *_address("patient", "Home:"),
    Question("patient.address.care_of", "In care of, if it is another's mailbox", _given("patient.address.street")),
    Question("patient.phones.mobile", "Mobile phone"),
    Question("patient.phones.home", "Home phone"),
    Question("patient.phones.work", "Work phone"),
    Question("patient.email", "E-mail"),
    Question("patient.languages.0.language", "Preferred language"),
    Question(
        "patient.languages.0.interpreter", "Needs an interpreter (yes/no)", _given("patient.languages.0.language"),
        is_flag=True,
    ),
    Question("patient.insurance.0.payer", "Health plan"),
    Question("patient.insurance.0.id", "Member number", _given("patient.insurance.0.payer")),
    Question("patient.ssn", "Social Security number, only if forms will need it (not shown)", hidden=True),
    Question("patient.deceased", "Has the patient died (yes/no)", is_flag=True),
    Question(_SIGNER, "Does somebody else sign for the patient (yes/no)", is_flag=True),
    Question(
        "representative.kind",
        "By what right (parent, guardian, poa, other, …)",
        _SIGNS,
        _SIGNS,
    ),
    Question("representative.name", "Their whole name", _SIGNS, _SIGNS),
    Question("representative.relationship", "What they are to the patient (Mother)", _SIGNS),
    Question("representative.authority", "What gives them the right (letters of guardianship, …)", _SIGNS),
    Question("representative.phone", "Their phone", _SIGNS),
    Question("representative.email", "Their e-mail", _SIGNS),
    *_address("representative", "Their", _SIGNS),
    Question(_RECIPIENT, "Is there somebody who may get records, such as you (yes/no)", is_flag=True),
    Question(f"{_TO}.name", "Their whole name", _RECEIVES),
    Question(
        f"{_TO}.organization",
        "Their organization",
        _RECEIVES,
        lambda answers: _RECEIVES(answers) and not answers.get(f"{_TO}.name"),
    ),
    Question(f"{_TO}.relationship", "What they are to the patient (Caseworker)", _RECEIVES),
    *_address(_TO, "Their", _RECEIVES),
    Question(f"{_TO}.phone", "Their phone", _RECEIVES),
    Question(f"{_TO}.fax", "Their fax", _RECEIVES),
    Question(f"{_TO}.email", "Their e-mail", _RECEIVES),
)  # fmt: skip


def keys_of(answers: Answers) -> dict[str, Any]:
    """The keys of a profile, without its name, that the answers give."""
    keys: dict[str, Any] = {}
    for question in QUESTIONS:
        if question.key.startswith("?") or not answers.get(question.key) or not question.asked(answers):
            continue
        value = _value(question, answers[question.key])
        if value is not None:
            _put(keys, question.path, value)
    recipients = keys.get("recipients", {})
    if "?" in recipients:
        slug = slug_of(recipients["?"].get("relationship", "")) or "recipient"
        keys["recipients"] = {slug: recipients["?"]}
    return keys


def what_is_wrong(question: Question, answers: Answers) -> str | None:
    """What keeps the answer to ``question``, which is among ``answers``, from being taken."""
    typed = answers.get(question.key, "")
    if not typed:
        return "is required" if question.required(answers) else None
    if question.is_flag:
        return None if typed.casefold() in (*_YES, *_NO) else "expected yes or no"
    keys: dict[str, Any] = {}
    for other in QUESTIONS:  # the country decides what a state may be
        if other.path[:-1] == question.path[:-1] and answers.get(other.key) and not other.key.startswith("?"):
            _put(keys, _named(other.path), _value(other, answers[other.key]))
    found = problems(Profile, from_keys({"profile": "unnamed", **keys}, "answer"))
    path = _named(question.path)
    return next((one.message for one in found if one.path == path), None)


def _named(path: Path_) -> Path_:
    return tuple("recipient" if part == "?" else part for part in path)


def _value(question: Question, typed: str) -> Any:
    if question.is_flag:
        return "true" if typed.casefold() in _YES else None
    if question.is_list:
        return [item.strip() for item in typed.split(";") if item.strip()]
    return typed


def _put(keys: dict[str, Any], path: Path_, value: Any) -> None:
    here: Any = keys
    for part, after in zip(path, [*path[1:], None], strict=True):
        if after is None:
            here[part] = value
        elif isinstance(part, int):
            if not here:
                here.append({})
            here = here[part]
        else:
            here = here.setdefault(part, [] if isinstance(after, int) else {})
