"""By e-mail: the packet in an RFC 5322 message that only the records office can open.

It is an AES-256 encrypted PDF (ISO 32000-2, security handler revision 6), whose passphrase is told in another way, or
an S/MIME message (RFC 8551) enveloped to the certificate that provider.yaml names. Plain e-mail is for a patient who
was warned of it and chose it, as HHS asks where records go by it, and the request must say so. Neither subject, text
nor file names hold anything of the patient's: servers on the way read those.

The message is made once, with its Message-ID: sent again it is the same message, which mail programs show once.
"""

from __future__ import annotations

import datetime as dt
import io
import secrets
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

from formfill.channels.base import NOWHERE, ROUTE, CoverKind, Reach, Route
from formfill.errors import DeliveryError, ProviderError, RequestError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SUBJECT = "Request for medical records"
MESSAGE, PASSPHRASE = "request.eml", "passphrase.txt"
ATTACHMENT = "request.pdf"

#: No 0 and O, no 1, I and L, no U: what is told by phone is typed as heard (Crockford's base 32).
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 5, 4


class Email:
    """request.eml, to send; passphrase.txt, to tell apart, where the PDF is encrypted; packet.pdf and route.json, to
    keep."""

    name = "email"
    cover: CoverKind = "letter"
    reach: Reach = "email"

    def files(self, packet_pdf: bytes, route: Route = NOWHERE) -> dict[str, bytes]:
        """The message, and the passphrase that it needs.

        Raises: RequestError, where the sender has no address. ProviderError, where the provider has none, or a
        certificate that cannot serve.
        """
        if not route.sender_email:
            raise RequestError("sender: email: an e-mail needs a sender: add it to sender: in formfill.yaml")
        if not route.recipient_email:
            raise ProviderError("email: the provider has no e-mail address to send to: add it to provider.yaml")
        files = {"packet.pdf": packet_pdf, ROUTE: route.written()}
        if route.unencrypted:
            files[MESSAGE] = bytes(_message(route, _letter(route, packet_pdf, _PLAIN)))
        elif route.certificate is not None:
            inner = _letter(route, packet_pdf, _ENVELOPED)
            files[MESSAGE] = bytes(_message(route, _enveloped(bytes(inner), certificate(route.certificate))))
        else:
            word = route.passphrase or passphrase()
            files[MESSAGE] = bytes(_message(route, _letter(route, encrypted(packet_pdf, word), _LOCKED)))
            files[PASSPHRASE] = f"{word}\n".encode()
        return files


def passphrase() -> str:
    """A new passphrase of 98 bits, to be read out: ``7KQM-3XWF-9TRD-2HBN-VG4C``."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def encrypted(pdf: bytes, word: str) -> bytes:
    """``pdf``, to be opened with ``word`` alone. Raises: DeliveryError, for what is no PDF."""
    import pikepdf

    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            document.save(out, encryption=pikepdf.Encryption(user=word, owner=word, R=6, aes=True, metadata=True))
    except pikepdf.PdfError as exc:
        raise DeliveryError("the packet cannot be encrypted: it is no whole PDF") from exc
    return out.getvalue()


def certificate(path: Path) -> Certificate:
    """The certificate in a PEM or DER file, if S/MIME can be enveloped to it today (RFC 8550).

    Raises: ProviderError, for a file that cannot be read, or a certificate that is past, of another kind than RSA, or
    not meant for keys to be encrypted to.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    where = f"smime_certificate: {path.name}"
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ProviderError(
            f"{where}: cannot be read ({exc.strerror}): put the file beside provider.yaml, or leave the key out"
        ) from None
    try:
        read = x509.load_pem_x509_certificate if b"-----BEGIN" in data else x509.load_der_x509_certificate
        found = read(data)
        key = found.public_key()
        usage = [one.value for one in found.extensions if isinstance(one.value, x509.KeyUsage)]
    except Exception as exc:  # which errors it raises depends on the version and on what is damaged
        raise ProviderError(f"{where}: is no X.509 certificate, in PEM or DER: ask the provider for it again") from exc
    now = dt.datetime.now(dt.UTC)
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise ProviderError(
            f"{where}: holds from {found.not_valid_before_utc:%Y-%m-%d} to {found.not_valid_after_utc:%Y-%m-%d}, "
            "which is not today: ask the provider for its present one, or leave the key out"
        )
    if not isinstance(key, RSAPublicKey) or (usage and not usage[0].key_encipherment):
        raise ProviderError(
            f"{where}: is not one to encrypt to (an RSA key with the usage keyEncipherment): ask the provider for its "
            "encryption certificate, or leave the key out"
        )
    return found


_LOCKED = """\
The attached PDF is encrypted (AES-256). We tell you the passphrase
in another way, never by e-mail{call}.
"""
_ENVELOPED = """\
This message is encrypted to your certificate.
"""
_PLAIN = """\
The attached PDF is not encrypted: the patient was told of the risk
and chose this way.
"""
_TEXT = """\
To: {recipient}

Attached is a request for medical records: {attachment}.

{how}
Please answer to confirm that you have received it.

This message and its attachment are for the recipient named above.
If they reached you by mistake, do not read, copy or pass them on:
tell the sender at once and delete them.

{sender}
"""


def _letter(route: Route, pdf: bytes, how: str) -> MIMEPart:
    """The text and the PDF, as one MIME entity without the headers of a message."""
    call = f": call us at {route.sender_phone}" if route.sender_phone else ""
    signed = "\n".join(line for line in (route.sender, route.sender_phone, route.sender_email) if line)
    text = _TEXT.format(
        recipient=route.recipient or "Health Information Management",
        attachment=ATTACHMENT,
        how=how.format(call=call),
        sender=signed,
    )
    letter = MIMEPart(policy=SMTP)
    letter.set_content(text, cte="quoted-printable")
    letter.add_attachment(pdf, maintype="application", subtype="pdf", filename=ATTACHMENT)
    return letter


def _enveloped(entity: bytes, recipient: Certificate) -> MIMEPart:
    """``entity`` enveloped to one recipient, with AES-256 (RFC 8551, section 3.3)."""
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

    builder = PKCS7EnvelopeBuilder().set_data(entity).add_recipient(recipient)
    sealed = builder.set_content_encryption_algorithm(AES256).encrypt(Encoding.DER, [PKCS7Options.Binary])
    part = MIMEPart(policy=SMTP)
    part.set_content(
        sealed,
        maintype="application",
        subtype="pkcs7-mime",
        filename="smime.p7m",
        disposition="attachment",
        params={"smime-type": "enveloped-data", "name": "smime.p7m"},
    )
    return part


def _message(route: Route, content: MIMEPart) -> EmailMessage:
    """The message around ``content``. Raises: RequestError or ProviderError, for an address that no header can hold."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(route.sender, route.sender_email, RequestError("sender: email: " + _NOT_ASCII))
    message["To"] = _address(route.recipient, route.recipient_email, ProviderError("email: " + _NOT_ASCII))
    message["Subject"] = SUBJECT
    message["Date"] = dt.datetime.now(dt.UTC).replace(microsecond=0)
    # unlike email.utils.make_msgid, with nothing of this computer, and short enough to stand on one line
    message["Message-ID"] = f"<{secrets.token_hex(12)}@{route.sender_email.rpartition('@')[2]}>"
    message["MIME-Version"] = "1.0"
    for name, value in content.items():
        if name.lower() != "mime-version":
            message[name] = value
    message.set_payload(content.get_payload())
    return message


_NOT_ASCII = "has other characters than ASCII, which few mail servers take: use another address"


def _address(name: str, email: str, error: RequestError | ProviderError) -> Address:
    if not email.isascii():
        raise error
    # a name of several lines would end the header
    return Address(display_name=" ".join(name.split()), addr_spec=email)
