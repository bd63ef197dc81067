"""Good inputs of our own, which fuzzing spoils."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from builders import COMB, COMBO, MULTILINE, Blank, hybrid_pdf, many_fields, owner_only
from docx_builders import checkbox_control, control, docx, form_field, paragraph, run, table, text_box
from own_forms import PLACES, PROFILE, fillable, flat, form_map

ROOT = Path(__file__).resolve().parents[2]


def pdfs() -> list[bytes]:
    """Flat, fillable, encrypted, hybrid, linearized and scanned blanks."""
    blank = Blank(pages=2)
    blank.page(words=[(50, 700, "Patient name:"), (50, 650, "Date of birth: ____/____/______")], rotate=90)
    blank.text("Name", (100, 600, 300, 616), Q=1)
    blank.text("Comb", (100, 560, 300, 576), Ff=COMB, MaxLen=10)
    blank.text("Note", (100, 500, 300, 550), Ff=MULTILINE)
    blank.check("Lab", (50, 480, 60, 490), "Tests")
    blank.choice("State", (100, 400, 200, 416), [("CA", "California"), "NV"], Ff=COMBO)
    blank.radio("Format", [((100, 300, 110, 310), "Paper"), ((100, 280, 110, 290), "CD")])
    kept = blank.save()
    hybrid = hybrid_pdf()
    return [
        flat(), kept, hybrid, many_fields(40), blank.save_with_streams(), blank.save(linearize=True),
        *(blank.save(encryption=owner_only(kind)) for kind in ("rc4-128", "aesv3")),
        fillable([("Name", (100, 700, 300, 715), ""), ("Lab", (100, 600, 110, 610), "On")], [("Name", 50, 80)]),
    ]  # fmt: skip


def word_files() -> list[bytes]:
    """Word forms with blanks, boxes, controls, form fields and text boxes."""
    body = [
        paragraph(run("Name: ________________")),
        paragraph(run("☐ Laboratory results")),
        paragraph(run("City: "), control(tag="city", shown="click here")),
        paragraph(checkbox_control("lab"), run("Tests")),
        paragraph(form_field("Text1", "<w:textInput/>", "FORMTEXT")),
        table(("Name:", ""), ("Date of birth:", "____"), widths=(3000, 5000)),
        text_box(paragraph(run("Signature: ______"))),
    ]
    return [docx(*body), docx(body[0]), docx(body[5], body[1], body[2])]


def images() -> list[bytes]:
    """Photos of a few kinds."""
    from PIL import Image

    found = []
    for mode, kind, more in (
        ("RGB", "JPEG", {}), ("L", "JPEG", {"progressive": True}), ("RGBA", "PNG", {}), ("P", "PNG", {}),
        ("I;16", "PNG", {}), ("1", "PNG", {}), ("CMYK", "JPEG", {}),
    ):  # fmt: skip
        out = io.BytesIO()
        picture = Image.linear_gradient("L").resize((90, 60))
        (Image.new(mode, (90, 60)) if mode in ("I;16", "P") else picture.convert(mode)).save(out, kind, **more)
        found.append(out.getvalue())
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.linear_gradient("L").save(out, "JPEG", exif=exif)
    return [*found, out.getvalue(), flat()]


def yaml_files() -> list[bytes]:
    """A file of each kind, small ones of our own and those that ship."""
    shipped = [*sorted((ROOT / "form_maps").rglob("*.yaml"))[:8], *sorted((ROOT / "profiles").glob("*.yaml"))]
    shipped += sorted((ROOT / "tests/scenario").glob("*.yaml"))
    settings = (
        "organization: Harbor Refugee Services\nsender: {name: Elena Marsh, email: e@example.org}\n"
        "smtp: {host: mail.example.org, port: 587}\n"
    )
    texts = [PROFILE, form_map(flat(), PLACES), settings, "id: acme\nname: Acme Clinic\nstate: CA\n"]
    return [text.encode() for text in texts] + [path.read_bytes() for path in shipped]


def requests() -> list[bytes]:
    """A profile and a request, one behind the other."""
    request = (
        "records: [lab, immunizations, {other: letters}]\ndates: all\npurpose: personal\ndelivery: cd\n"
        "expires: 2027-06-30\nsend: mail\n"
    )
    scenario = (ROOT / "tests/scenario/profile.yaml").read_text(), (ROOT / "tests/scenario/request.yaml").read_text()
    pairs = [(PROFILE, request), scenario, (PROFILE, "records: lab\ndates: all\npurpose: personal\ndelivery: cd\n")]
    return ["\n%%\n".join(pair).encode() for pair in pairs]


_COLUMNS = {
    "patient.given_name": "Amina", "patient.family_name": "Rahimi", "patient.birth_date": "1987-03-14",
    "patient.phones.mobile": "(916) 555-0142", "patient.address.street": "2114 Folsom Blvd",
    "patient.address.city": "Sacramento", "patient.address.state": "CA", "patient.address.postal_code": "95816",
}  # fmt: skip


def csv_files() -> list[bytes]:
    """Tables with each of the separators."""
    rows = [
        list(_COLUMNS),
        list(_COLUMNS.values()),
        ["Hồng", 'Nguyễn "H"', "1962-11-30", "", "1, Elm", "Reno", "NV", "89501"],
    ]
    found = []
    for separator in (",", ";", "\t"):
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=separator).writerows(rows)
        found.append(out.getvalue().encode())
    return [*found, found[0].decode().encode("utf-8-sig"), found[0].decode().encode("utf-16")]


def xlsx_files() -> list[bytes]:
    """A workbook with texts, a date and a formula."""
    from openpyxl import Workbook

    book = Workbook()
    for row in (
        list(_COLUMNS),
        [*list(_COLUMNS.values())[:2], dt.date(1987, 3, 14), *list(_COLUMNS.values())[3:-1], "=1+1"],
    ):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return [out.getvalue()]


def fhir_files() -> list[bytes]:
    """A Patient, and a Bundle with a RelatedPerson."""
    patient = {
        "resourceType": "Patient", "id": "p1", "birthDate": "1987-03-14", "gender": "female",
        "name": [{"use": "official", "family": "Rahimi", "given": ["Amina", "Yusuf"]}],
        "telecom": [{"system": "phone", "value": "(916) 555-0142", "use": "mobile"}],
        "address": [{"line": ["2114 Folsom Blvd"], "city": "Sacramento", "state": "CA", "postalCode": "95816"}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "900-12-3456"}],
        "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "fa"}]}, "preferred": True}],
    }  # fmt: skip
    related = {
        "resourceType": "RelatedPerson", "patient": {"reference": "Patient/p1"}, "name": [{"text": "Elena Marsh"}],
        "relationship": [{"coding": [{"code": "MTH"}]}],
    }  # fmt: skip
    entries = [{"fullUrl": "urn:uuid:1", "resource": patient}, {"resource": related}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return [json.dumps(one, indent=1).encode() for one in (patient, bundle)]


def vcards() -> list[bytes]:
    """Versions 2.1, 3 and 4."""
    head = "N:Rahimi;Amina;Yusuf;;\r\nFN:Amina Rahimi\r\nBDAY:1987-03-14\r\nTEL;TYPE=CELL:(916) 555-0142\r\n"
    more = "ADR;TYPE=HOME:;Apt 7;2114 Folsom Blvd;Sacramento;CA;95816;USA\r\nEMAIL:a@example.org\r\n"
    old = "N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Ng=\r\n=C3=BDen;H\r\nBDAY:19621130\r\n"
    cards = (("3.0", head + more), ("4.0", head + more), ("2.1", old))
    return [f"BEGIN:VCARD\r\nVERSION:{version}\r\n{text}END:VCARD\r\n".encode() for version, text in cards]


def json_files() -> list[bytes]:
    """route.json and sent.json."""
    from formfill.channels.base import Route

    attempt = (
        b'{"attempts": [{"state": "sent", "channel": "fax", "to": "+15595550111", "file": "fax.tiff", '
        b'"sha256": "00", "time": "2026-01-01T00:00:00+00:00", "id": "7", "status": ""}]}'
    )
    return [Route(recipient="Acme", recipient_fax="(559) 555-0111").written(), attempt]


def expressions() -> list[bytes]:
    """What maps say of a value."""
    return [
        b"patient.full_name", b"not sensitive.hiv", b"records.lab and not records.imaging",
        b"{{ patient.last_name }}, {{ patient.first_name }}", b"{{ patient.birth_date.year }}",
        b"{% if records.lab %}x{% endif %}",
    ]  # fmt: skip


def certificates() -> list[bytes]:
    """A certificate of our own, PEM and DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "records.example.org")])
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=90))
        .add_extension(usage, critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    return [made.public_bytes(kind) for kind in (serialization.Encoding.PEM, serialization.Encoding.DER)]
