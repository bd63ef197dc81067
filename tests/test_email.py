"""The message of a request: made by formfill, opened by the standard library, pypdf, qpdf and openssl."""

from __future__ import annotations

import email.policy
import io
import re
import shutil
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pypdf
import pytest
from mail_server import certificate, elliptic_key

from formfill.channels import channel
from formfill.channels.base import Route
from formfill.channels.email import passphrase
from formfill.errors import DeliveryError, ProviderError, RequestError
from formfill.packet.addendum import addendum_pdf

ROUTE = Route(
    sender="Harbor Refugee Services",
    sender_email="records@harborrefugee.example.org",
    sender_phone="(510) 555-0177",
    recipient="Valley Oak Community Clinic",
    recipient_email="roi@valleyoak.example.org",
)
NAMES = ("amina", "rahimi", "1987")


@pytest.fixture(scope="module")
def packet() -> bytes:
    return addendum_pdf([], "Authorization", "Amina Yusuf Rahimi", "March 14, 1987")


def message(data: bytes) -> EmailMessage:
    read = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert not read.defects
    return read


def changed(**keys: object) -> Route:
    return Route(**({name: getattr(ROUTE, name) for name in ROUTE.__slots__} | keys))  # type: ignore[arg-type]


def attachment(read: EmailMessage) -> bytes:
    (part,) = read.iter_attachments()
    assert part.get_content_type() == "application/pdf"
    assert part.get_filename() == "request.pdf"
    content = part.get_content()
    assert isinstance(content, bytes)
    return content


def test_the_message_says_who_writes_to_whom_and_nothing_of_the_patient(packet: bytes) -> None:
    files = channel("email").files(packet, ROUTE)
    assert set(files) == {"packet.pdf", "request.eml", "passphrase.txt", "route.json"}
    read = message(files["request.eml"])
    assert read["From"] == "Harbor Refugee Services <records@harborrefugee.example.org>"
    assert read["To"] == "Valley Oak Community Clinic <roi@valleyoak.example.org>"
    assert read["Subject"] == "Request for medical records"
    assert read["MIME-Version"] == "1.0"
    assert read["Date"].datetime.tzinfo is not None
    assert re.fullmatch(r"<[^<>@]+@harborrefugee\.example\.org>", read["Message-ID"])
    body = read.get_body()
    assert body is not None
    said = body.get_content()
    assert "in another way, never by e-mail: call us at (510) 555-0177." in said
    assert not [name for name in NAMES if name in files["request.eml"].decode("ascii").lower()]


def test_lines_are_as_long_and_end_as_rfc_5322_has_them(packet: bytes) -> None:
    data = channel("email").files(packet, ROUTE)["request.eml"]
    lines = data.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 998
    assert data.isascii()


def test_the_pdf_opens_with_the_passphrase_alone(packet: bytes, tmp_path: Path) -> None:
    files = channel("email").files(packet, ROUTE)
    word = files["passphrase.txt"].decode().strip()
    assert word not in files["request.eml"].decode()
    pdf = attachment(message(files["request.eml"]))
    locked = pypdf.PdfReader(io.BytesIO(pdf))
    assert locked.is_encrypted
    assert not locked.decrypt("")
    assert not locked.decrypt(word.lower())
    assert locked.decrypt(word)
    assert "Amina Yusuf Rahimi" in locked.pages[0].extract_text()
    assert b"Rahimi" not in pdf
    handler = locked.trailer["/Encrypt"]
    assert (handler["/R"], handler["/V"], handler["/CF"]["/StdCF"]["/CFM"]) == (6, 5, "/AESV3")


def test_qpdf_opens_it_too(packet: bytes, tmp_path: Path) -> None:
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed: apt-get install qpdf")
    files = channel("email").files(packet, ROUTE)
    path = tmp_path / "request.pdf"
    path.write_bytes(attachment(message(files["request.eml"])))
    word = files["passphrase.txt"].decode().strip()
    said = subprocess.run(
        ["qpdf", f"--password={word}", "--show-encryption", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert "R = 6" in said
    assert "file encryption method: AESv3" in said
    assert subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=False).returncode == 2


def test_every_packet_has_a_passphrase_and_a_message_id_of_its_own(packet: bytes) -> None:
    one, other = (channel("email").files(packet, ROUTE) for _ in range(2))
    assert one["passphrase.txt"] != other["passphrase.txt"]
    assert message(one["request.eml"])["Message-ID"] != message(other["request.eml"])["Message-ID"]
    assert len({passphrase() for _ in range(200)}) == 200
    assert re.fullmatch(r"([2-9A-HJKMNP-TV-Z]{4}-){4}[2-9A-HJKMNP-TV-Z]{4}", passphrase())


def test_only_the_provider_opens_what_is_enveloped_to_its_certificate(packet: bytes, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    chain, key = certificate(tmp_path, "clinic")
    files = channel("email").files(packet, changed(certificate=chain))
    assert set(files) == {"packet.pdf", "request.eml", "route.json"}
    read = message(files["request.eml"])
    assert read.get_content_type() == "application/pkcs7-mime"
    assert read.get_param("smime-type") == "enveloped-data"
    assert read["Subject"] == "Request for medical records"
    assert b"Rahimi" not in files["request.eml"]
    path = tmp_path / "request.eml"
    path.write_bytes(files["request.eml"])
    opened = subprocess.run(
        ["openssl", "cms", "-decrypt", "-in", str(path), "-recip", str(chain), "-inkey", str(key)],
        capture_output=True,
        check=True,
    ).stdout
    inner = message(opened)
    (page,) = pypdf.PdfReader(io.BytesIO(attachment(inner))).pages
    assert "Amina Yusuf Rahimi" in page.extract_text()
    listing = subprocess.run(
        ["openssl", "cms", "-cmsout", "-print", "-in", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert "aes-256-cbc" in listing
    other, other_key = certificate(tmp_path, "stranger")
    wrong = subprocess.run(
        ["openssl", "cms", "-decrypt", "-in", str(path), "-recip", str(other), "-inkey", str(other_key)],
        capture_output=True,
        check=False,
    )
    assert wrong.returncode != 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: certificate(folder, "old", days=(-60, -30))[0], "which is not today"),
        (lambda folder: certificate(folder, "later", days=(3, 30))[0], "which is not today"),
        (lambda folder: certificate(folder, "curve", key=elliptic_key())[0], "not one to encrypt to"),
        (lambda folder: certificate(folder, "signs", encipher=False)[0], "not one to encrypt to"),
        (lambda folder: certificate(folder, "key")[1], "is no X.509 certificate"),
        (lambda folder: folder / "none.pem", "cannot be read"),
    ],
    ids=["past", "not yet", "elliptic", "for signatures", "a key", "missing"],
)
def test_a_certificate_that_cannot_serve_is_refused(packet: bytes, tmp_path: Path, make: object, said: str) -> None:
    with pytest.raises(ProviderError, match=f"^smime_certificate: .*{said}"):
        channel("email").files(packet, changed(certificate=make(tmp_path)))  # type: ignore[operator]


def test_a_der_certificate_serves_too(packet: bytes, tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    chain, _ = certificate(tmp_path, "clinic")
    der = tmp_path / "clinic.cer"
    der.write_bytes(x509.load_pem_x509_certificate(chain.read_bytes()).public_bytes(Encoding.DER))
    read = message(channel("email").files(packet, changed(certificate=der))["request.eml"])
    assert read.get_content_type() == "application/pkcs7-mime"


def test_plain_only_where_the_patient_chose_it(packet: bytes) -> None:
    files = channel("email").files(packet, changed(unencrypted=True))
    assert set(files) == {"packet.pdf", "request.eml", "route.json"}
    read = message(files["request.eml"])
    assert attachment(read) == packet
    body = read.get_body()
    assert body is not None
    assert "the patient was told of the risk" in body.get_content()


@pytest.mark.parametrize(
    ("keys", "error", "said"),
    [
        ({"sender_email": ""}, RequestError, "formfill.yaml"),
        ({"recipient_email": ""}, ProviderError, "no e-mail address"),
        ({"recipient_email": "røi@example.org"}, ProviderError, "ASCII"),
        ({"sender_email": "røi@example.org"}, RequestError, "ASCII"),
    ],
)
def test_who_cannot_be_written_to(packet: bytes, keys: dict[str, str], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        channel("email").files(packet, changed(**keys))


def test_names_of_any_script_and_length_stand_in_the_header(packet: bytes) -> None:
    name = "Clínica del Valle “Señora, Nguyễn”\nOffice"
    read = message(channel("email").files(packet, changed(recipient=name, sender="Đại " * 40))["request.eml"])
    assert read["To"].addresses[0].display_name == "Clínica del Valle “Señora, Nguyễn” Office"
    assert read["From"].addresses[0].addr_spec == "records@harborrefugee.example.org"
    assert read["Subject"] == "Request for medical records"


def test_what_is_no_pdf_is_not_sent() -> None:
    with pytest.raises(DeliveryError, match="cannot be encrypted"):
        channel("email").files(b"no PDF", ROUTE)


def test_what_is_enclosed_is_the_packet(packet: bytes) -> None:
    files = channel("email").files(packet, ROUTE)
    word = files["passphrase.txt"].decode().strip()
    with pikepdf.open(io.BytesIO(attachment(message(files["request.eml"]))), password=word) as pdf:
        assert len(pdf.pages) == 1
    assert files["packet.pdf"] == packet
