"""What a form map may say in an expression, and that nothing else gets through."""

from __future__ import annotations

import pytest

from formfill.errors import FormMapError
from formfill.expressions import mentions, parse, render

TEXTS = {"patient.first_name": "Amina", "patient.last_name": "Rahimi", "patient.phone": "(916) 555-0142"}
TICKED = {"records.lab", "delivery.cd"}


def holds(text: str) -> bool:
    return parse(text).holds(lambda name: name in TICKED or name in TEXTS)


def rendered(template: str) -> str:
    return render(template, lambda name: TEXTS.get(name, ""), lambda name: name in TICKED or name in TEXTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("records.lab", True),
        ("not records.lab", False),
        ("records.pathology or records.lab", True),
        ("records.pathology and records.lab", False),
        ("records.lab and not delivery.usb", True),
        ("not records.pathology and delivery.cd or delivery.usb", True),
        ("not (records.pathology or records.lab)", False),
        ("records.pathology and (records.lab or delivery.cd)", False),
        ("not not records.lab", True),
        ("patient.email", False),
        ("patient.phone and patient.birth_date.month", False),
    ],
)
def test_boolean_expressions(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("records.lab records.all", "was not expected"),
        ("records.lab and", "a concept is missing"),
        ("or records.lab", "a concept is missing"),
        ("(records.lab", "closing parenthesis"),
        ("records.lab)", "was not expected"),
        ("records.labs", "unknown concept 'records.labs'; did you mean records.lab"),
        ("request.needed_by", "did you mean request.date_needed_by"),
        ("patient.__class__", "is no concept"),
        ("records.lab == 1", "was not expected"),
        ("records.lab()", "was not expected"),
        ("__import__('os')", "is no concept"),
        ("records", "unknown concept 'records'"),
    ],
)
def test_wrong_expressions_say_what_is_right(text: str, problem: str) -> None:
    with pytest.raises(FormMapError) as caught:
        parse(text)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ patient.last_name }}, {{ patient.first_name }}", "Rahimi, Amina"),
        ("{{patient.last_name}}", "Rahimi"),
        ("{{ patient.middle_name }}", ""),
        ("{{ patient.email or patient.phone }}", "(916) 555-0142"),
        ("{{ patient.last_name | upper }}", "RAHIMI"),
        ("{{ patient.first_name[:1] }}.", "A."),
        ("{{ patient.middle_name[:1] }}", ""),
        ("{{ patient.last_name ~ ' ' ~ patient.first_name }}", "Rahimi Amina"),
        ("{{ 'on CD' if delivery.cd else 'on paper' }}", "on CD"),
        ("{{ 'x' if patient.email and delivery.cd }}", ""),
        ("{{ 'x' if not patient.email }}", "x"),
        ("{{ patient.phone | replace('-', ' ') }}", "(916) 555 0142"),
        ("{{ patient.birth_date.month | trim }}{{ patient.birth_date | trim }}", ""),
        ("a\n{{ patient.first_name }}\n", "a\nAmina\n"),
    ],
)
def test_texts(template: str, expected: str) -> None:
    assert rendered(template) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{ patient.__class__ }}",
        "{{ patient.first_name.__class__.__mro__ }}",
        "{{ patient['__class__'] }}",
        "{{ patient.first_name['__class__'] }}",
        "{{ patient.first_name | attr('__class__') }}",
        "{{ ''.__class__ }}",
        "{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ range(10) }}",
        "{{ patient.first_name.format('x') }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 2 ** 100000 }}",
        "{{ 'a' % 1 }}",
        "{% for a in 'abc' %}{{ a }}{% endfor %}",
        "{% set x = patient.first_name %}{{ x }}",
        "{% include 'x' %}",
        "{% import 'os' as os %}",
        "{{ namespace }}",
        "{{ patient.first_name | map('upper') }}",
        "{{ patient.first_name | pprint }}",
        "{{ patient.first_name | upper(_x=1) }}",
        "{{ patient.first_name is defined }}",
        "{{ [patient.first_name] }}",
        "{{ {'a': 1} }}",
        "{{ patient.first_name[0] }}",
        "{{ _ }}",
        "{{ patient.first_name | replace('', x) }}",
        "{{ patient.first_name | replace('', 'many') }}",
        "{{ patient.first_name | replace('a', 'many') | replace('a', 'many') }}",
        "{{ patient.first_name | replace('a', patient.email) }}",
        "{{ " + "(" * 3000 + "patient.first_name ~ ''" + ")" * 3000 + " }}",
        "{{ patient.first_name" + " | trim" * 3000 + " }}",
        "{{ patient.first_name" + " or patient.last_name" * 3000 + " }}",
        "{{ not patient.email }}",
        "{{ patient.first_name",
        "{{ }}",
        "{# {{ #}{{ patient.nonsense }}",
    ],
)
def test_what_reaches_further_is_refused(template: str) -> None:
    with pytest.raises(FormMapError) as caught:
        rendered(template)
    assert "Amina" not in str(caught.value)


@pytest.mark.parametrize("text", ["(" * 3000 + "records.lab" + ")" * 3000, "not " * 3000 + "records.lab"])
def test_an_expression_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(FormMapError, match="nested too deeply"):
        parse(text)


def test_the_deepest_expression_that_is_let_in_is_answered() -> None:
    assert holds("(" * 99 + "records.lab" + ")" * 99)
    assert not holds("not " * 199 + "records.lab")


def test_a_box_is_no_text() -> None:
    with pytest.raises(FormMapError, match=r"records\.lab is a box"):
        rendered("{{ records.lab }}")
    with pytest.raises(FormMapError, match=r"records\.lab is a box"):
        rendered("{{ records.lab | upper }}")


@pytest.mark.parametrize(
    "template", ["{{ sensitive.hiv }}", "{{ 'X' if sensitive.hiv else '' }}", "{{ 'X' if not sensitive.hiv }}"]
)
def test_a_sensitive_category_never_stands_in_a_text(template: str) -> None:
    with pytest.raises(FormMapError, match=r"sensitive\.hiv stands in a text"):
        rendered(template)


def test_an_unknown_concept_in_a_text() -> None:
    with pytest.raises(
        FormMapError, match=r"'patient\.surname'; did you mean patient\.ssn|unknown concept 'patient\.surname'"
    ):
        rendered("{{ patient.surname }}")


def test_what_is_said_is_not_read_again_as_an_expression() -> None:
    text = render("{{ patient.first_name }} {{ patient.last_name | upper }}", lambda _: "{{ 7*7 }}", lambda _: False)
    assert text == "{{ 7*7 }} {{ 7*7 }}"


def test_what_gives_a_form_a_place() -> None:
    assert mentions("patient.email") == {"patient.email"}
    assert mentions("records.lab or records.pathology") == {"records.lab", "records.pathology"}
    assert mentions("records.all and not request.dates_all") == {"records.all"}
    assert mentions("not delivery.verbal") == set()
    assert mentions("not sensitive.hiv") == {"sensitive.hiv"}
    assert mentions("{{ recipient.city }}, {{ recipient.state | upper }}") == {"recipient.city", "recipient.state"}
    assert mentions("{{ broken") == set()
    assert mentions("nonsense.here") == set()
