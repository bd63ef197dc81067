"""``formfill map check``: each finding is found where it is, and not where it is not."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders import Blank
from docx_builders import docx, paragraph
from own_forms import PLACES, PRINT, flat, form_map, workspace

from formfill import yaml_io
from formfill.catalog import Catalog
from formfill.cli import main
from formfill.draft.check import check_map, read_subject
from formfill.draft.check_base import Finding
from formfill.draft.check_logic import can_hold, implies, never_set, turns
from formfill.draft.check_words import asks_for_exceptions, categories_in, keeps_back, signing_in
from formfill.draft.facts import PageFacts, Spot, Word
from formfill.errors import ProviderError
from formfill.expressions import parse
from formfill.model.base import validate
from formfill.model.provider import Provider
from formfill.pdf.geometry import ShownBox
from formfill.pdf.printed import PrintedPage

Capture = pytest.CaptureFixture[str]

#: What the form of these tests has no place for, and need not have.
NOTES = {"no-box-delivery", "no-box-records"}
PURPOSE: tuple[tuple[str, float, float], ...] = (
    *PRINT,
    ("Acme Clinic", 250, 30),
    ("Date:", 350, 240),
    ("Purpose:", 50, 270),
    ("Expires on:", 50, 300),
)
WHOLE = (
    PLACES
    + """\
  - {leave: signature.date, page: 1, box: [380, 238, 540, 252], label: "Date:"}
  - {value: purpose.text, page: 1, box: [100, 268, 300, 282], label: "Purpose:"}
  - {value: authorization.expires, page: 1, box: [110, 298, 300, 312], label: "Expires on:"}
"""
)
PAGES = "  pages: [[612, 792]]\n"


@dataclass(frozen=True)
class Found:
    """A detection made by hand."""

    pages: tuple[PageFacts, ...]
    spots: tuple[Spot, ...]
    printed: tuple[PrintedPage, ...] = ()


NOTHING = Found((PageFacts(1, 612, 792, ()),), ())


def provider(**more: object) -> Provider:
    keys = {"id": "acme", "name": "Acme Clinic", "fax": "(916) 555-0190", **more}
    return validate(Provider, yaml_io.from_keys(keys, "provider"), ProviderError)


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., list[Finding]]:
    """Checks a map of ``places`` on a blank (the flat form without one), against a whole provider record."""

    def check(
        places: str,
        blank: bytes | None = None,
        *,
        more: str = "",
        found: Found = NOTHING,
        who: Provider | None = None,
        known: Iterable[str] = (),
        here: bool = True,
    ) -> list[Finding]:
        data = flat(PURPOSE) if blank is None else blank
        path = tmp_path / "map.yaml"
        text = form_map(data, places, more=PAGES + more)
        path.write_text(text)
        subject = read_subject(path)
        return list(
            check_map(subject, data if here else None, provider=who or provider(), known_forms=set(known), found=found)
        )

    return check


def codes(findings: Iterable[Finding], *, notes: bool = False) -> list[str]:
    return [f.code for f in findings if notes or f.severity != "note"]


def only(findings: Iterable[Finding], code: str) -> Finding:
    (found,) = [finding for finding in findings if finding.code == code]
    return found


def replaced(*changes: tuple[str, str]) -> str:
    text = WHOLE
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def test_a_good_map_has_nothing_but_notes(checked: Callable[..., list[Finding]]) -> None:
    findings = checked(WHOLE)
    assert codes(findings) == []
    assert {finding.code for finding in findings} == NOTES


# what a map says


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("value: records.lab", "value: records.labs", "unknown-concept", "did you mean records.lab"),
        ("leave: signature.patient", "leave: signature.patiens", "unknown-concept", "or signature.patient"),
        ("value: records.lab", "value: records.lab and", "bad-expression", "a concept is missing"),
        ("value: records.lab", "value: records.lab, when: (records.all", "bad-expression", "parenthesis is missing"),
        ("value: purpose.text", 'value: "{{ purpose.text | xyz }}"', "bad-expression", "filter"),
        ("value: purpose.text", 'value: "{{ purpose.txt }}"', "unknown-concept", "did you mean purpose.text"),
        ("value: patient.birth_date", "value: patient.birth_date, format: QQ", "refused", "part of a date"),
        ("value: records.lab", "value: records.lab or sensitive.hiv", "refused", "sensitive category"),
        ("value: records.lab", "value: section.patient", "refused", "heading"),
        ("value: purpose.text", "value: signature.date", "never-filled", "by hand"),
        ("value: records.lab", "value: records.lab and not records.lab", "condition-never", "never be true"),
        ("value: records.lab", "value: delivery.cd and delivery.usb", "condition-never", "never be true"),
        ("value: records.lab", "value: records.lab, when: not records.lab", "condition-never", "both true"),
        ("value: purpose.text", "value: purpose.text, when: not purpose.text", "condition-never", "no value"),
        ("value: records.lab", "value: records.lab, when: signature.date", "condition-unset", "signature.date"),
        (
            "value: records.lab",
            "value: records.lab, when: recipient.self or not recipient.self",
            "condition-always",
            "",
        ),
    ],
)
def test_what_a_place_says(checked: Callable[..., list[Finding]], old: str, new: str, code: str, says: str) -> None:
    findings = checked(replaced((old, new)))
    found = only(findings, code)
    assert says in found.what
    number = next(i for i, line in enumerate(WHOLE.splitlines(), 1) if old in line)
    assert found.number == number
    assert found.line is not None


def test_a_finding_knows_its_line_and_place(checked: Callable[..., list[Finding]], tmp_path: Path) -> None:
    found = only(checked(replaced(("value: records.lab", "value: records.labs"))), "unknown-concept")
    line = (tmp_path / "map.yaml").read_text().splitlines()[(found.line or 0) - 1]
    assert "records.labs" in line
    assert (found.number, found.where, found.page) == (3, "page 1, label 'Laboratory results'", 1)


def test_a_condition_that_can_be_true_is_none(checked: Callable[..., list[Finding]]) -> None:
    places = replaced(
        ("value: records.lab", "value: records.lab and not records.all, when: recipient.self or delivery.cd"),
        ("value: purpose.text", "value: purpose.text, when: purpose.legal or purpose.text"),
    )
    assert codes(checked(places)) == []


def test_what_an_amendment_never_says() -> None:
    assert not can_hold([parse("records.lab")], never_set("amendment"))
    assert can_hold([parse("records.lab")], never_set("authorization"))
    assert not can_hold([parse("not direction.release and not direction.obtain and not direction.exchange")])
    assert can_hold([parse("not direction.release and not direction.obtain")])


def test_logic_of_boxes() -> None:
    both, one = parse("sensitive.hiv and sensitive.std"), parse("sensitive.hiv")
    assert implies(both, one)
    assert not implies(one, both)
    assert turns(both, "sensitive.hiv") == (True, False)
    assert turns(parse("not sensitive.hiv"), "sensitive.hiv") == (False, True)
    assert turns(one, "sensitive.std") == (False, False)


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ("leave: records.lab", True),
        ('leave: records.lab, note: "the lab has a form of its own"', False),
        ("leave: direction.obtain", False),
        ("leave: request.dates_option", False),
        ("leave: records.lab, kind: initials", False),
        ("leave: staff.use", False),
        ("leave: other", False),
        ("leave: sensitive.hiv", True),
    ],
)
def test_what_is_left_says_why(checked: Callable[..., list[Finding]], instead: str, told: bool) -> None:
    findings = checked(replaced(("value: records.lab", instead)))
    assert ("left-without-reason" in codes(findings, notes=True)) == told
    assert codes(findings) == []


def test_boxes_that_nothing_tells_apart(checked: Callable[..., list[Finding]]) -> None:
    twice = WHOLE.replace("value: records.lab,", "value: recipient.other_option,")
    twice = twice.replace("value: records.immunizations", "value: recipient.other_option")
    assert codes(checked(twice)) == ["not-told-apart", "not-told-apart"]
    apart = twice.replace("value: recipient.other_option,", "value: recipient.other_option, when: delivery.cd,", 1)
    assert codes(checked(apart)) == []


# signatures and protected categories


@pytest.mark.parametrize(
    ("label", "value", "what"),
    [
        ("Signature of patient", "patient.full_name", "a signature"),
        ("Firma del paciente", "patient.full_name", "a signature"),
        ("Date signed", "request.date_from", "the date of the signature"),
        ("Fecha de la firma", "request.date_from", "the date of the signature"),
        ("Initials", "patient.first_name", "initials"),
        ("Name of witness (print)", "patient.full_name", "a witness"),
        ("Interpreter's name", "recipient.name", "an interpreter"),
        ("For office use only", "patient.mrn", "the provider's staff"),
        ("Printed name of person whose signature is above", "signature.printed_name", None),
        ("If signed by other than patient, relationship", "representative.relationship", None),
        ("Last, First, Middle Initial", "patient.full_name", None),
        ("Inicial del segundo", "patient.middle_name", None),
        ("I need an interpreter", "patient.interpreter_needed", None),
        ("Expires one year from date of signature, or on:", "authorization.expires", None),
        ("Information to be received by:", "recipient.name", None),
        ("the date signed unless otherwise specified:", "authorization.expires", None),
    ],
)
def test_words_of_signing(label: str, value: str, what: str | None) -> None:
    assert signing_in(label, value) == what


@pytest.mark.parametrize(
    ("label", "named"),
    [
        ("HIV/AIDS test results", ["hiv"]),
        ("VIH/SIDA", ["hiv"]),
        ("Hearing aids", []),
        ("Mental health and substance use", ["mental_health", "substance_use"]),
        ("Mental health (excluding psychotherapy notes)", ["mental_health"]),
        ("Psychotherapy notes", ["psychotherapy_notes"]),
        ("Salud mental", ["mental_health"]),
        ("Abuso de alcohol o drogas", ["substance_use"]),
        ("Drug allergies", []),
        ("Pruebas genéticas", ["genetic"]),
        ("Sexually transmitted diseases", ["std"]),
        ("STD / LTD disability forms", []),
        ("Enfermedades de transmisión sexual", ["std"]),
        ("Salud reproductiva", ["reproductive"]),
        ("Laboratory results", []),
    ],
)
def test_words_of_protected_categories(label: str, named: list[str]) -> None:
    assert sorted(categories_in(label)) == sorted(f"sensitive.{name}" for name in named)


def test_words_of_keeping_back() -> None:
    for label in (
        "Do NOT release HIV",
        "Exclude mental health",
        "No deseo divulgar",
        "NO divulgar VIH",
        "I do not want unencrypted e-mail",
    ):
        assert keeps_back(label), label
    rest = ("Not released unless initialed", "Notes", "All", "I do not want my records encrypted")
    for label in ("Mental health (excluding psychotherapy notes)", *rest):
        assert not keeps_back(label), label
    assert asks_for_exceptions("Entire record except:")
    assert not asks_for_exceptions("Other:")


LAB = "value: records.lab, page: 1, box: [55, 130, 65, 140], label: Laboratory results"


@pytest.mark.parametrize(
    ("place", "code", "remedy"),
    [
        ('value: records.lab, label: "Lab, HIV"', "sensitive-box", "value: sensitive.hiv"),
        ('value: sensitive.hiv, label: "Genetic tests"', "sensitive-box", "value: sensitive.genetic"),
        ('value: sensitive.hiv, label: "HIV and STDs"', "combined-box", "sensitive.hiv and sensitive.std"),
        ('value: sensitive.hiv and sensitive.std, label: "HIV and STDs"', None, ""),
        ('value: sensitive.hiv, label: "HIV"', None, ""),
        ('value: sensitive.hiv and records.lab, label: "HIV tests"', None, ""),
        ('value: not sensitive.hiv, label: "Do not release HIV or STDs"', "combined-box", "or not sensitive.std"),
        ('value: not sensitive.hiv or not sensitive.std, label: "Do not release HIV or STDs"', None, ""),
        ('value: sensitive.hiv, label: "Do NOT release HIV"', "polarity", "value: not sensitive.hiv"),
        ('value: not sensitive.hiv, label: "Do NOT release HIV"', None, ""),
        ('value: not sensitive.hiv, label: "HIV"', "polarity", "read the form"),
        ('value: provider.choice, label: "Mental health clinic"', None, ""),
        ('value: records.lab, label: "Signature"', "signing-filled", "leave:"),
    ],
)
def test_sensitive_and_signing_places(
    checked: Callable[..., list[Finding]], place: str, code: str | None, remedy: str
) -> None:
    label = re.findall(r'label: "(.*)"', place)[0]
    blank = flat((*(item for item in PURPOSE if item[0] != "Laboratory results"), (label, 70, 130)))
    findings = checked(replaced((LAB, f"{place}, page: 1, box: [55, 130, 65, 140]")), blank)
    assert codes(findings) == ([code] if code else [])
    assert code is None or remedy in only(findings, code).remedy


def test_print_above_a_box_that_keeps_back(checked: Callable[..., list[Finding]]) -> None:
    places = replaced((LAB, "value: not sensitive.hiv, page: 1, box: [55, 130, 65, 140], label: HIV"))
    prints = (*(item for item in PURPOSE if item[0] != "Laboratory results"), ("HIV", 70, 130))
    assert codes(checked(places, flat(prints))) == ["polarity"]
    assert codes(checked(places, flat((*prints, ("Do not release what is ticked here:", 50, 60))))) == []


def test_a_line_to_initial_is_not_marked(checked: Callable[..., list[Finding]]) -> None:
    place = "value: sensitive.hiv, page: 1, box: [30, 130, 65, 140], label: HIV"
    prints = (*(item for item in PURPOSE if item[0] != "Laboratory results"), ("HIV", 70, 130))
    asking = flat((*prints, ("Initial each that may be released:", 50, 60)))
    assert codes(checked(replaced((LAB, place)), asking)) == ["initials-marked"]
    assert codes(checked(replaced((LAB, f"{place}, kind: initials")), asking)) == []
    assert codes(checked(replaced((LAB, place)), flat(prints))) == []


def test_a_date_beside_the_signature_is_the_signers(checked: Callable[..., list[Finding]]) -> None:
    found = only(checked(replaced(("leave: signature.date", "value: request.date_from"))), "signing-filled")
    assert "line of a signature" in found.what
    elsewhere = replaced(("[380, 238, 540, 252]", "[380, 338, 540, 352]"))
    blank = flat((*(item for item in PURPOSE if item[0] != "Date:"), ("Date:", 350, 340)))
    findings = checked(elsewhere.replace("leave: signature.date", "value: request.date_from"), blank)
    assert "signing-filled" not in codes(findings)


def test_an_exception_is_not_written_as_a_wish(checked: Callable[..., list[Finding]]) -> None:
    blank = flat((*(item for item in PURPOSE if item[0] != "Other records:"), ("All except:", 50, 170)))
    assert codes(checked(replaced(('label: "Other records:"', 'label: "All except:"')), blank)) == ["polarity"]


def test_choose_may_not_pick_a_category(checked: Callable[..., list[Finding]]) -> None:
    blank = _acro()
    places = f'{ACRO}  - {{choose: "Yes", field: Lab, label: "HIV results"}}\n'
    assert "sensitive-box" in codes(checked(places, blank))


# fields


ACRO = """\
  - {value: patient.full_name, field: Name}
  - {value: patient.birth_date, field: Born}
  - {leave: signature.patient, field: Sign}
  - {leave: signature.date, field: Day}
  - {value: recipient.name, field: Who}
  - {value: provider.name, field: Provider}
  - {value: purpose.text, field: Why}
  - {value: authorization.expires, field: End}
"""


def _acro() -> bytes:
    blank = Blank()
    for i, name in enumerate(("Name", "Born", "Sign", "Day", "Who", "Provider", "Why", "End")):
        blank.text(name, (100, 700 - 20 * i, 300, 714 - 20 * i))
    blank.check("Lab", (100, 500, 110, 510), "Yes")
    many = blank.check("Copy", (100, 480, 110, 490), "Paper")
    many["/AP"]["/N"]["/Disc"] = many["/AP"]["/N"]["/Paper"]
    return blank.save()


LAB_BOX = "  - {value: records.lab, field: Lab}\n"
COPY_BOX = "  - {value: delivery.cd, field: Copy, option: Disc}\n"


def test_a_good_map_of_fields(checked: Callable[..., list[Finding]]) -> None:
    copies = COPY_BOX + "  - {value: delivery.paper, field: Copy, option: Paper}\n"
    assert codes(checked(ACRO + LAB_BOX + copies, _acro())) == []


@pytest.mark.parametrize(
    ("place", "code", "says"),
    [
        ("{value: records.lab, field: Labs}", "unknown-field", "did you mean 'Lab'?"),
        ("{value: patient.phone, field: Lab}", "text-in-check", "a check field"),
        ("{value: delivery.cd, field: Copy}", "option-missing", "'Disc'"),
        ("{value: delivery.cd, field: Copy, option: CD}", "unknown-option", "has no option 'CD'"),
        ("{choose: CD, field: Copy}", "unknown-option", "has no option 'CD'"),
        ("{value: records.lab, field: Lab, widget: 3}", "unknown-option", "widget 3"),
        ("{value: records.lab, field: Why}", "check-in-text", "a text field"),
        ("{value: patient.phone, field: Why}", "mapped-twice", "also place 7"),
    ],
)
def test_fields_that_do_not_suit(checked: Callable[..., list[Finding]], place: str, code: str, says: str) -> None:
    found = only(checked(f"{ACRO}  - {place}\n", _acro()), code)
    assert says in found.what
    assert found.number == 9


def test_a_field_may_be_filled_in_one_of_two_ways(checked: Callable[..., list[Finding]]) -> None:
    places = ACRO.replace("authorization.expires", "authorization.expires_date")
    places += "  - {value: authorization.expires_event, field: End}\n" + LAB_BOX
    assert "mapped-twice" not in codes(checked(places, _acro()))


def test_forgotten_fields_and_options(checked: Callable[..., list[Finding]]) -> None:
    findings = checked(ACRO + COPY_BOX, _acro())
    assert codes(findings) == ["forgotten-field", "forgotten-option"]
    assert "'Lab' at [100, 282, 110, 292]" in only(findings, "forgotten-field").what
    assert "'Paper'" in only(findings, "forgotten-option").what
    by_box = "  - {leave: other, kind: check, page: 1, box: [99, 281, 111, 293]}\n"
    assert codes(checked(ACRO + COPY_BOX + by_box, _acro())) == ["forgotten-option"]


def test_hidden_and_locked_fields_are_nobodys(checked: Callable[..., list[Finding]]) -> None:
    blank = Blank()
    for name, entries in (("Hidden", {"F": 2}), ("Locked", {"Ff": 1})):
        blank.text(name, (100, 400, 300, 414), **entries)
    assert not {"forgotten-field"} & set(codes(checked(WHOLE, blank.save())))


# boxes


@pytest.mark.parametrize(
    ("old", "new", "code", "severity"),
    [
        ("box: [125, 98, 330, 112]", "box: [425, 98, 630, 112]", "outside-page", "error"),
        ("page: 1, box: [125, 98, 330, 112]", "page: 2, box: [125, 98, 330, 112]", "outside-page", "error"),
        ("box: [125, 98, 330, 112]", "box: [60, 98, 330, 112]", "over-print", "warning"),
        ("box: [125, 98, 330, 112]", "box: [125, 98, 330, 103]", "too-small", "error"),
        ("box: [425, 98, 540, 112]", "box: [425, 98, 440, 112]", "too-small", "warning"),
        ("box: [55, 130, 65, 140]", "box: [55, 130, 57, 132]", "too-small", "warning"),
        ("box: [125, 98, 330, 112]", "box: [125, 98, 500, 112]", "overlap", "error"),
        ("value: records.lab,", "value: patient.mrn,", "text-in-check", "error"),
        ("value: purpose.text", "value: purpose.legal", "check-in-text", "warning"),
    ],
)
def test_boxes(checked: Callable[..., list[Finding]], old: str, new: str, code: str, severity: str) -> None:
    findings = [finding for finding in checked(replaced((old, new))) if finding.code == code]
    assert [finding.severity for finding in findings] == [severity]


def test_boxes_with_conditions_may_share_a_place(checked: Callable[..., list[Finding]]) -> None:
    other = (
        "  - {value: recipient.name, when: recipient.self, page: 1, box: [120, 198, 300, 212], label: Organization}\n"
    )
    assert codes(checked(WHOLE + other)) == ["overlap"]
    apart = WHOLE.replace(
        "value: recipient.organization", "value: recipient.organization, when: recipient.other_option"
    )
    assert codes(checked(apart + other)) == []


def test_a_box_over_a_widget(checked: Callable[..., list[Finding]]) -> None:
    places = ACRO + LAB_BOX + '  - {value: patient.phone, page: 1, box: [250, 80, 400, 92], label: "x"}\n'
    assert "overlap" in codes(checked(places, _acro()))


def test_circled_words_are_printed_in_their_box(checked: Callable[..., list[Finding]]) -> None:
    framed = replaced(("box: [55, 130, 65, 140]", "box: [68, 128, 160, 142]"))
    assert "over-print" in codes(checked(framed))
    assert codes(checked(framed.replace("value: records.lab,", "value: records.lab, mark: circle,"))) == []


def test_forgotten_spots(checked: Callable[..., list[Finding]]) -> None:
    def page(*spots: tuple[str, str, ShownBox]) -> Found:
        words = (Word("Pathology", (350, 130, 400, 142), 10), Word("Other", (50, 400, 80, 412), 10))
        made = tuple(Spot(kind, 1, box, sign) for kind, sign, box in spots)  # type: ignore[arg-type]
        return Found((PageFacts(1, 612, 792, words),), made)

    def told(*spots: tuple[str, str, ShownBox]) -> list[str]:
        return [f.code for f in checked(WHOLE, found=page(*spots)) if f.code not in NOTES]

    assert told(("text", "underscore", (90, 400, 300, 412))) == ["forgotten-place"]
    assert told(("check", "square", (335, 131, 345, 141))) == ["forgotten-place"]
    assert told(("check", "square", (500, 20, 510, 30))) == [], "a square without words is an ornament"
    assert told(("text", "underscore", (126, 99, 320, 111))) == []
    lines = ("text", "rule", (90, 400, 300, 412)), ("text", "cell", (90, 500, 300, 512))
    assert told(*lines) == ["empty-lines"]
    found = only(checked(WHOLE, found=page(*lines)), "empty-lines")
    assert found.page == 1
    assert found.what == "lines or cells that lie in no place, 2 in all: 'Other', 1 without words"
    assert told(("text", "cell", (90, 500, 105, 512))) == [], "a narrow cell parts others"


def test_a_phrase_goes_on_below_its_colon(checked: Callable[..., list[Finding]]) -> None:
    def told(*texts: str) -> list[str]:
        words = tuple(Word(text, (50 + 40 * i, 400, 85 + 40 * i, 412), 10) for i, text in enumerate(texts))
        spot = Spot("text", 1, (words[-1].box[2] + 2, 398, 560, 412), "colon")
        found = checked(WHOLE, found=Found((PageFacts(1, 612, 792, words),), (spot,)))
        return [finding.what for finding in found if finding.code == "empty-lines"]

    assert told("I", "understand", "and", "agree", "that:") == []
    assert told("Home", "phone:") == ["lines or cells that lie in no place, 1 in all: 'Home phone:'"]


def test_places_of_another_kind_than_the_print(checked: Callable[..., list[Finding]]) -> None:
    square = Spot("check", 1, (126, 98, 146, 112), "square")
    places = replaced(("box: [125, 98, 330, 112]", "box: [125, 98, 147, 112]"))
    found = Found((PageFacts(1, 612, 792, ()),), (square,))
    assert "text-in-check" in codes(checked(places, found=found))


# labels


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('label: "Patient name:"', 'label: "Name of patient"', "label-not-found"),
        ('label: "Patient name:"', 'label: "Organization:"', "label-not-beside"),
        ('label: "Patient name:"', 'label: "Patient name:", at: [50, 300, 115, 312]', "label-moved"),
        (', label: "Patient name:"', "", "label-missing"),
    ],
)
def test_labels(checked: Callable[..., list[Finding]], old: str, new: str, code: str) -> None:
    assert codes(checked(replaced((old, new)))) == [code]


def test_a_scan_has_no_labels_to_look_for(checked: Callable[..., list[Finding]]) -> None:
    findings = checked(WHOLE, Blank().save())
    assert "label-not-found" not in codes(findings)
    assert only(findings, "scan").severity == "note"


# the whole


@pytest.mark.parametrize(
    ("gone", "severity", "says"),
    [
        ("patient.full_name", "error", "the patient's name"),
        ("patient.birth_date", "warning", "date of birth"),
        ("signature.patient", "warning", "the signature"),
        ("signature.date", "warning", "date of the signature"),
        ("recipient.organization", "warning", "who receives"),
        ("authorization.expires", "note", "the form prints when it does"),
    ],
)
def test_what_every_form_needs(checked: Callable[..., list[Finding]], gone: str, severity: str, says: str) -> None:
    places = "".join(line + "\n" for line in WHOLE.splitlines() if f": {gone}," not in line)
    found = only(checked(places), "missing-place")
    assert found.severity == severity
    assert says in found.what


def test_a_purpose_may_be_printed(checked: Callable[..., list[Finding]]) -> None:
    places = "".join(line + "\n" for line in WHOLE.splitlines() if "purpose.text" not in line)
    assert "missing-place" not in codes(checked(places))
    silent = flat([item for item in PURPOSE if item[0] != "Purpose:"])
    assert "the purpose" in only(checked(places, silent), "missing-place").what


def test_what_a_draft_left_open(checked: Callable[..., list[Finding]]) -> None:
    places = replaced(
        ("value: patient.birth_date", "value: patient.birth_date, confidence: 0.61"),
        ("value: records.lab", "value: records.lab, confidence: 0.93"),
        ("value: records.immunizations", "leave: unknown, kind: check"),
    )
    assert codes(checked(places)) == ["low-confidence", "unknown-place"]


def test_one_text_twice_on_a_page(checked: Callable[..., list[Finding]]) -> None:
    phone = '  - {{value: patient.phone, page: 1, box: [110, {0}, 300, {1}], label: "{2}"}}\n'
    blank = flat((*PURPOSE, ("Phone:", 50, 330), ("Telephone:", 50, 360)), pages=2)
    pages = "".join(phone.format(*args) for args in ((328, 342, "Phone:"), (358, 372, "Telephone:")))
    assert codes(checked(WHOLE + pages, blank, more="")) == ["page-sizes", "repeated"]
    other_page = (WHOLE + pages).replace(
        '[110, 358, 300, 372], label: "Telephone:"', "[110, 58, 300, 72], label: Notice"
    )
    other_page = other_page.replace("page: 1, box: [110, 58", "page: 2, box: [110, 58")
    assert "repeated" not in codes(checked(other_page, blank))


def test_one_text_asked_twice(checked: Callable[..., list[Finding]]) -> None:
    def told(*places: str) -> list[Finding]:
        added = "".join(f"  - {{{place}}}\n" for place in places)
        return [found for found in checked(WHOLE + added, blank) if found.code in ("asked-twice", "repeated")]

    blank = flat((*PURPOSE, ("Facility:", 50, 330), ("Phone:", 50, 360)), pages=2)
    second = 'page: 1, box: [110, 328, 300, 342], label: "Facility:"'
    (found,) = told(f"value: purpose.text, {second}")
    assert (found.code, found.severity, found.number, found.page) == ("asked-twice", "note", 11, 1)
    assert "place 9 (page 1, label 'Purpose:')" in found.what
    assert codes(told(f"value: patient.full_name, {second}"), notes=True) == ["asked-twice"]
    assert told(f"value: purpose.text, when: recipient.self, {second}") == []
    turned = "page: 2, box: [50, 20, 300, 34], label: Notice"
    assert told(f"value: patient.full_name, {turned}") == [], "the head of each page"
    assert codes(told(f"value: recipient.organization, {turned}"), notes=True) == ["asked-twice"]
    lines = "page: 1, boxes: [[110, 358, 300, 372], [110, 378, 300, 392]], label: 'Phone:'"
    assert told(f"value: provider.address, {lines}") == [], "lines of one text are one place"
    assert codes(told(f"value: purpose.text, {lines}"), notes=True) == ["asked-twice"]


def test_what_has_no_box_and_where_it_goes(checked: Callable[..., list[Finding]]) -> None:
    lines = '  - {value: delivery.cd_usb, page: 1, box: [50, 400, 60, 410], label: "x"}\n'
    findings = checked(WHOLE + lines)
    delivery = only(findings, "no-box-delivery").what
    assert "cd is ticked as cd_usb" in delivery
    assert "paper" in delivery
    assert "go to the cover letter" in delivery
    assert "goes in words to records.other_text" in only(findings, "no-box-records").what
    assert "no-box-purpose" in codes(checked(WHOLE.replace("purpose.text", "purpose.other_text")), notes=True)


def test_the_blank_at_hand(checked: Callable[..., list[Finding]], tmp_path: Path) -> None:
    absent = only(checked(WHOLE, here=False), "blank-absent")
    assert absent.severity == "note"
    assert "were not checked" in absent.what
    checked(WHOLE)
    subject = read_subject(tmp_path / "map.yaml")
    other = flat(PURPOSE, size=(595, 842))
    found = codes(check_map(subject, other, provider=provider(), found=NOTHING))
    assert {"blank-differs", "page-sizes"} <= set(found)
    broken = codes(check_map(subject, b"%PDF-1.4 nothing", provider=provider(), found=NOTHING))
    assert "blank-unreadable" in broken


def test_pages_ought_to_be_noted(tmp_path: Path) -> None:
    data = flat(PURPOSE)
    path = tmp_path / "map.yaml"
    path.write_text(form_map(data, WHOLE))
    findings = check_map(read_subject(path), data, provider=provider(), found=NOTHING)
    assert (
        only(findings, "page-sizes").remedy == "write pages: [[612, 792]]"
        or "612.0" in only(findings, "page-sizes").remedy
    )


def test_provider_records(checked: Callable[..., list[Finding]], tmp_path: Path) -> None:
    findings = checked(
        WHOLE, who=validate(Provider, yaml_io.from_keys({"id": "acme", "name": "Acme"}, "p"), ProviderError)
    )
    assert codes(findings) == ["return-address"]
    subject = read_subject(tmp_path / "map.yaml")
    assert codes(check_map(subject, flat(PURPOSE), found=NOTHING)) == ["provider-missing"]


def test_superseded_by_and_silent_categories(checked: Callable[..., list[Finding]]) -> None:
    more = "superseded_by: acme-roi-em\nreleases_without_mark: [sensitive.hiw]\n"
    findings = checked(WHOLE, more=more, known=["acme-roi-en", "acme-roi-es"])
    assert codes(findings) == ["unknown-concept", "unknown-form"]
    assert "did you mean acme-roi-e" in only(findings, "unknown-form").what
    assert codes(checked(WHOLE, more="superseded_by: acme-roi-es\n", known=["acme-roi-es"])) == []


# Word forms


WORD = """\
  - {value: patient.full_name, after: "Name:"}
  - {value: patient.birth_date, after: "Born:"}
  - {leave: signature.patient, after: "Signature:"}
  - {leave: signature.date, after: "Date:"}
"""


def word_form() -> bytes:
    lines = ("Name: ________", "Born: ________", "Signature: ________", "Date: ________", "☐ Labs")
    return docx(*(paragraph(line) for line in lines))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('  - {value: records.lab, tick: "Labs"}\n', []),
        ("", ["forgotten-place"]),
        ('  - {value: records.lab, tick: "Lab results"}\n', ["place-not-found", "forgotten-place"]),
        ('  - {value: records.lab, tick: "Labs"}\n  - {value: patient.age, after: "Born:"}\n', ["mapped-twice"]),
        ('  - {value: patient.age, tick: "Labs"}\n', ["text-in-check"]),
    ],
)
def test_word_forms(tmp_path: Path, more: str, expected: list[str]) -> None:
    data = word_form()
    path = tmp_path / "map.yaml"
    path.write_text(
        form_map(data, WORD + more, more="instrument: access-request\n").replace("roi-en.pdf", "roi-en.docx")
    )
    assert codes(check_map(read_subject(path), data, provider=provider())) == expected


# the command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    workspace(folder, flat(PURPOSE), WHOLE, more=PAGES)
    (folder / "form_maps/acme/provider.yaml").write_text("id: acme\nname: Acme Clinic\nfax: (916) 555-0190\n")
    monkeypatch.chdir(folder)
    return folder


MAP = "form_maps/acme/roi-en.yaml"


def test_a_clean_map_says_so(home: Path, capsys: Capture) -> None:
    assert main(["map", "check", MAP]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "acme-roi-en: clean"
    assert said[-1].startswith("1 map, 1 clean: 0 errors, 0 warnings, ")


def test_an_error_fails_and_a_warning_only_when_strict(home: Path, capsys: Capture) -> None:
    path = home / MAP
    path.write_text(path.read_text().replace("value: patient.birth_date", "value: patient.birth_date, confidence: 0.5"))
    assert main(["map", "check", MAP]) == 0
    assert main(["map", "check", "--strict", MAP]) == 3
    path.write_text(path.read_text().replace("records.lab", "records.labs"))
    assert main(["map", "check", "acme-roi-en"]) == 3
    said = capsys.readouterr().out
    assert "roi-en.yaml:11: error unknown-concept: place 3, page 1, label 'Laboratory results': value: unknown" in said
    assert "write concepts of the vocabulary" in said


def test_json_is_a_list_of_findings(home: Path, capsys: Capture) -> None:
    path = home / MAP
    path.write_text(path.read_text().replace("records.lab", "records.labs"))
    assert main(["map", "check", "--json", MAP]) == 3
    rows = json.loads(capsys.readouterr().out)
    (row,) = [row for row in rows if row["severity"] == "error"]
    assert row["form"] == "acme-roi-en"
    assert (row["code"], row["place"], row["line"], row["page"]) == ("unknown-concept", 3, 11, 1)
    assert {"what", "remedy", "where", "map"} <= set(row)


def test_json_has_notes_on_places_and_pages(home: Path, capsys: Capture) -> None:
    path = home / MAP
    again = '  - {value: purpose.text, page: 1, box: [110, 328, 300, 342], label: "Expires on:"}\n'
    path.write_text(path.read_text().replace("value: records.lab", "leave: records.lab") + again)
    assert main(["map", "check", "--json", MAP]) == 0
    rows = {row["code"]: row for row in json.loads(capsys.readouterr().out)}
    left, twice = rows["left-without-reason"], rows["asked-twice"]
    assert (left["severity"], left["place"], left["line"], left["page"]) == ("note", 3, 11, 1)
    assert (twice["severity"], twice["place"], twice["page"]) == ("note", 11, 1)


def test_several_maps_and_one_that_cannot_be_read(home: Path, capsys: Capture) -> None:
    (home / "broken.yaml").write_text("form: [\n")
    assert main(["map", "check", "broken.yaml", MAP, "form_maps/acme/provider.yaml"]) == 3
    said = capsys.readouterr().out
    assert "error unreadable" in said
    assert "acme-roi-en: clean" in said
    assert "2 maps, 1 clean: 1 error" in said


def test_a_blank_may_be_named(home: Path, capsys: Capture) -> None:
    blank = home / "forms/acme/roi-en.pdf"
    blank.rename(home / "elsewhere.pdf")
    assert main(["map", "check", MAP]) == 0
    assert "note blank-absent" in capsys.readouterr().out
    assert main(["map", "check", MAP, "--blank", "elsewhere.pdf"]) == 0
    assert "blank-absent" not in capsys.readouterr().out
    assert main(["map", "check", MAP, MAP, "--blank", "elsewhere.pdf"]) == 2
    assert main(["map", "check", MAP, "--blank", "nowhere.pdf"]) == 5


def test_a_provider_record_that_cannot_be_read(home: Path, capsys: Capture) -> None:
    (home / "form_maps/acme/provider.yaml").write_text("id: acme\nname: Acme\nfax: nonsense\n")
    assert main(["map", "check", MAP]) == 3
    said = capsys.readouterr().out
    assert "error provider-unreadable" in said
    assert "provider-missing" not in said


# every map that ships


def test_every_finding_is_explained(root: Path) -> None:
    explained = set(re.findall(r"^\| `([a-z-]+)` \|", (root / "docs/map-check.md").read_text(), re.MULTILINE))
    sources = [*(root / "formfill/draft").glob("check*.py"), root / "formfill/cli/map_check.py"]
    text = "\n".join(path.read_text() for path in sources)
    used = set(re.findall(r'(?:"error"|"warning"|"note"|severity), "([a-z-]+)"', text)) - {"warning"}
    used |= {
        "combined-box",
        "sensitive-box",
        "unknown-concept",
        "bad-expression",
        "text-in-check",
    }  # chosen at run time
    assert used | {"no-box-records", "no-box-purpose"} == explained


@pytest.fixture(scope="module")
def library(corpus: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the blank of every shipped map that the corpus has."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "formfill.yaml").write_text("")
    with (corpus / "INDEX.csv").open(encoding="utf-8") as index:
        by_hash = {row["sha256"]: corpus / row["file"] for row in csv.DictReader(index)}
    for outline in Catalog(None).outlines():
        if source := by_hash.get(outline.blank.sha256):
            target = folder / "forms" / outline.blank.file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


MAPS = sorted((Path(__file__).resolve().parent.parent / "form_maps").glob("*/*.yaml"))


@pytest.mark.parametrize(
    "path", [p for p in MAPS if p.name != "provider.yaml"], ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_shipped_maps_are_checked_without_a_crash(library: Path, path: Path, capsys: Capture) -> None:
    code = main(["--workspace", str(library), "map", "check", str(path), "--json"])
    captured = capsys.readouterr()
    assert code in (0, 3), captured.err
    errors = [row for row in json.loads(captured.out) if row["severity"] == "error"]
    assert errors == []
