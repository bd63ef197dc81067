"""Values of a profile, request or provider that mean harm: refused in words, or written for what they are."""

from __future__ import annotations

import csv
import datetime as dt
import email
import email.policy
import hashlib
import io
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from docx_builders import control, docx, paragraph
from lxml import etree
from own_forms import ASKED, PLACES, PROFILE, PROVIDER, fillable, workspace
from pydantic import TypeAdapter, ValidationError

from formfill.channels.base import Route
from formfill.channels.email import Email
from formfill.cli import main
from formfill.cli.table import print_table
from formfill.model.scalars import Text
from formfill.store.entry import Entry, NewRequest
from formfill.store.exports import calendar, table

FIELD = ("Name", (100, 640, 560, 660), "")
#: What is written as it is: to PDF, XML, Jinja, typst, a shell or a spreadsheet it would say more.
TAKEN = (
    "Rahimi) Tj ET Q (x",
    "Rahimi\\051 \\\\ \\",
    "Rahimi(((",
    "endstream endobj trailer",
    "<</Type/Catalog>> 1 0 R %%EOF",
    "Rahimi% comment",
    "{{ patient.ssn }}",
    "{% raw %} {#x#}",
    "{{ 7*7 }}",
    "#panic(1) *b* $x$ @r",
    '#read("/etc/passwd")',
    "<w:br/>&amp;<!-- ]]>",
    "</w:t><w:t>x & y",
    "<script>x</script>",
    "=1+1 @SUM(A1)",
    "-d /etc/passwd",
    "--help; $(id) `id`",
    "%s %n {0} {x.__class__}",
    "'; DROP TABLE x; --",
    "../../etc/passwd",
)
#: What nobody could read as it is stored, by how YAML writes it.
REFUSED = {
    "\\0": "U+0000", "\\x07": "U+0007", "\\x1b[31m": "U+001B", "\\r": "U+000D", "\\x7f": "U+007F", "\\x85": "U+0085",
    "\\u202a": "U+202A", "\\u202b": "U+202B", "\\u202c": "U+202C", "\\u202d": "U+202D", "\\u202e": "U+202E",
    "\\u2066": "U+2066", "\\u2067": "U+2067", "\\u2068": "U+2068", "\\u2069": "U+2069", "\\u2028": "U+2028",
    "\\u200b": "U+200B", "\\u2060": "U+2060", "\\ufeff": "U+FEFF", "\\u00ad": "U+00AD", "\\u3164": "U+3164",
    "\\U000e0041": "U+E0041", "\\ue000": "U+E000", "\\ufffe": "U+FFFE", "\\U0001ffff": "U+1FFFF",
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    places = PLACES.replace("box: [125, 98, 330, 112]", "box: [125, 98, 345, 112]")
    monkeypatch.chdir(workspace(tmp_path, places=places))
    (tmp_path / "form_maps/acme/provider.yaml").write_text(PROVIDER)
    return tmp_path


def surname(folder: Path, written: str) -> None:
    """Give the patient a surname, as a YAML text in double quotes."""
    text = PROFILE.replace("  additional_name: Yusuf\n", "").replace("Rahimi", f'"{written}"')
    (folder / "profiles/test-patient.yaml").write_text(text.replace("given_name: Amina", "given_name: A"))


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def map_for(folder: Path, blank: bytes, places: str, suffix: str = ".pdf") -> None:
    (folder / f"forms/acme/roi-en{suffix}").write_bytes(blank)
    (folder / "form_maps/acme/roi-en.yaml").write_text(
        f"form: acme-roi-en\ntitle: Release of Records\nprovider: acme\nblank:\n  file: acme/roi-en{suffix}\n"
        f"  sha256: {hashlib.sha256(blank).hexdigest()}\nfields:\n{places}"
    )


def printed(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        if document.get_formtype():
            document.init_forms()
        return "".join(page.get_textpage().get_text_range() for page in document)


def squeezed(text: str) -> str:
    return "".join(text.split())


def fill(*more: str) -> int:
    return main(["fill", "test-patient", "--form", "acme-roi-en", "--records", "lab", "--out", "out/", *more])


@pytest.mark.parametrize("value", TAKEN)
def test_written_on_the_page_as_it_is(place: Path, value: str) -> None:
    surname(place, escaped(value))
    assert fill() == 0
    data = (place / "out/acme-roi-en.pdf").read_bytes()
    assert squeezed(f"A {value}") in squeezed(printed(data))


@pytest.mark.parametrize("value", TAKEN)
def test_written_in_a_field_as_it_is(place: Path, value: str) -> None:
    surname(place, escaped(value))
    map_for(place, fillable([FIELD]), "  - {value: patient.full_name, field: Name}\n")
    assert fill() == 0
    with pikepdf.open(place / "out/acme-roi-en.pdf") as pdf:
        assert str(pdf.Root.AcroForm.Fields[0].V) == f"A {value}"
        assert len(pdf.pages) == 1
    assert fill("--flatten") == 0
    assert squeezed(value) in squeezed(printed((place / "out/acme-roi-en.pdf").read_bytes()))


@pytest.mark.parametrize("value", TAKEN)
def test_written_in_a_word_form_as_it_is(place: Path, value: str) -> None:
    surname(place, escaped(value))
    blank = docx(paragraph("Name: ", control(tag="name")), paragraph("Again: ____________________________"))
    places = "  - {value: patient.full_name, control: name}\n  - {value: patient.full_name, after: 'Again:'}\n"
    map_for(place, blank, places, ".docx")
    assert fill() == 0
    with zipfile.ZipFile(place / "out/acme-roi-en.docx") as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    assert "".join(root.itertext()).count(f"A {value}") == 2


@pytest.mark.parametrize("value", TAKEN)
def test_written_by_a_word_template_as_it_is_or_withheld(place: Path, value: str) -> None:
    surname(place, escaped(value))
    blank = docx(paragraph("Name: {{ patient.full_name }}"))
    map_for(place, blank, "  - {value: patient.full_name, after: 'Name:'}\n", ".docx")
    path = place / "form_maps/acme/roi-en.yaml"
    path.write_text(path.read_text().replace("fields:\n", "template: true\nfields: []\n").partition("  - {")[0])
    if any(tag in value for tag in ("{{", "{%", "{#")):  # what looks like a tag that was not filled is never let out
        assert fill() == 7
        assert not (place / "out").exists()
        return
    assert fill() == 0
    with zipfile.ZipFile(place / "out/acme-roi-en.docx") as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    assert f"Name: A {value}" in "".join(root.itertext())


@pytest.mark.parametrize("value", TAKEN)
def test_a_sender_and_a_provider_on_the_cover(place: Path, value: str) -> None:
    (place / "formfill.yaml").write_text(
        f'sender:\n  name: "{escaped(value)}"\n  organization: Harbor\n  email: e@harbor.example.org\n'
        "  address: {street: 88 Pier Avenue, city: Oakland, state: CA, postal_code: 94607}\n"
    )
    provider = PROVIDER.replace("Acme Clinic", f'"{escaped(value)}"')
    (place / "form_maps/acme/provider.yaml").write_text(provider)
    form = ("test-patient", "--form", "acme-roi-en")
    assert main(["prepare", *form, *ASKED, "--send", "email", "--out", "packet"]) == 0
    assert squeezed(printed((place / "packet/packet.pdf").read_bytes())).count(squeezed(value)) >= 2
    message = email.message_from_bytes((place / "packet/request.eml").read_bytes(), policy=email.policy.default)
    assert message["To"].addresses[0].display_name == " ".join(value.split())
    assert message["To"].addresses[0].addr_spec == "records@acme.example.org"


@pytest.mark.parametrize(("written", "code"), REFUSED.items(), ids=REFUSED.values())
def test_what_cannot_be_read_is_refused(
    place: Path, written: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    surname(place, f"Rahimi{written}zamuz")
    for command in (
        ["profile", "check", "test-patient"],
        ["fill", "test-patient", "--form", "acme-roi-en", "--out", "x/"],
    ):
        assert main(command) == 4
        said = capsys.readouterr().err
        assert "patient.family_name" in said
        assert code in said
        assert "zamuz" not in said
        assert all(sign.isprintable() or sign == "\n" for sign in said)
    assert not (place / "x").exists()


@pytest.mark.parametrize("option", ["--purpose", "--records"])
def test_options_are_held_to_the_same(place: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill(option, "other:letters\u202ezamuz") == 4
    said = capsys.readouterr().err
    assert "U+202E" in said
    assert "zamuz" not in said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("email", '"a\\u202eb@example.org"'),
        ("email", '"a\\u0000b@example.org"'),
        ("photo_id", '{file: "id\\u202egnp.exe"}'),
    ],
)
def test_addresses_and_file_names_are_held_to_the_same(
    place: Path, key: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "profiles/test-patient.yaml").write_text(PROFILE.replace("recipients:", f"  {key}: {value}\nrecipients:"))
    assert main(["profile", "check", "test-patient"]) == 4
    assert "U+" in capsys.readouterr().err


def test_half_of_a_character(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    surname(place, "Rahimi\\ud800zamuz")
    assert fill() == 4
    said = capsys.readouterr().err
    assert "test-patient.yaml" in said
    assert "zamuz" not in said
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python("Rahimi\ud800")


def test_joiners_and_marks_that_scripts_need_stay() -> None:
    for value in ("می\u200cخواهم", "क्\u200dष", "a\u200eb", "ב\u200f", "Ελλάς", "e\u0301"):
        assert TypeAdapter(Text).validate_python(value)


def test_a_hundred_thousand_letters(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    surname(place, "zamuz" * 20_000)
    assert fill() == 4
    said = capsys.readouterr().err
    assert "patient.family_name" in said
    assert "zamuz" not in said


def test_headers_cannot_be_broken() -> None:
    """Names with line ends that came past validation: a route.json written by another hand."""
    evil = "Acme\r\nBcc: evil@example.org\r\n\r\nbody"
    route = Route(
        sender=evil, sender_email="e@harbor.example.org", sender_phone=evil, recipient=evil,
        recipient_email="records@acme.example.org", unencrypted=True,
    )  # fmt: skip
    made = pikepdf.new()
    made.add_blank_page()
    out = io.BytesIO()
    made.save(out)
    data = Email().files(out.getvalue(), route)["request.eml"]
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert message["Bcc"] is None
    assert [one.addr_spec for one in message["To"].addresses] == ["records@acme.example.org"]
    assert message["From"].addresses[0].addr_spec == "e@harbor.example.org"
    assert message.is_multipart()


@pytest.mark.parametrize(
    "value", ["a@b.example\r\nBcc: c@d.example", "a@b.example\nx", "-oQ/tmp@b.example", "a b@c.example"]
)
def test_addresses_of_one_line(place: Path, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    written = value.replace("\r", "\\r").replace("\n", "\\n")
    (place / "form_maps/acme/provider.yaml").write_text(PROVIDER.replace("records@acme.example.org", f'"{written}"'))
    code = main(["prepare", "test-patient", "--form", "acme-roi-en", *ASKED, "--send", "mail", "--out", "packet"])
    assert code == (0 if value.startswith("-") else 4)  # a dash is a letter like others: nothing takes it for an option


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0")


@pytest.mark.parametrize("value", FORMULAS)
def test_no_cell_of_an_export_is_a_formula(value: str) -> None:
    asked = NewRequest(
        profile=value, provider=value, provider_name=value, form=value, instrument="access-request",
        records=(value,), dates=value, channel=value, folder=value,
    )  # fmt: skip
    day = {"prepared": dt.date(2026, 7, 1), "sent": dt.date(2026, 7, 2)}
    entry = Entry(id=value, state="sent", request=asked, digest="", tracking=value, on=day)
    rows = list(csv.reader(io.StringIO(table([entry]).decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    for cell in rows[1]:
        assert not cell or cell[0] not in "=+-@\t\r\n＝＋－＠", cell
    assert value in "".join(rows[1])
    assert b"\r\n=" not in calendar([entry])


def test_names_of_a_form_do_not_order_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["field"], [["\x1b]0;owned\x07\x1b[2Jname\u202e\nforged row"]])
    said = capsys.readouterr().out
    assert len(said.splitlines()) == 2
    assert not set(said) & set("\x1b\x07\u202e")
    assert "name" in said
