"""Hands a message to a mail server, over TLS alone (RFC 8314)."""

from __future__ import annotations

import os
import smtplib
import ssl
from email import policy
from email.parser import BytesHeaderParser

from formfill.channels.sending import MaybeSentError, NotNowError
from formfill.errors import DeliveryError
from formfill.model.settings import Smtp

PASSWORD = "FORMFILL_SMTP_PASSWORD"
#: The keyring's name for the passwords of mail servers.
SERVICE = "formfill-smtp"
_PORTS = {"starttls": 587, "tls": 465}
_SECONDS = 60
#: RFC 5321's answer for a service that is not available now.
_LATER = 421
#: What the computer calls itself to the server; its own name is nobody's business.
_SELF = "[127.0.0.1]"


def addresses(message: bytes) -> tuple[str, str, str]:
    """From, To and Message-ID of a message. Raises: DeliveryError, where it does not have one of each."""
    headers = BytesHeaderParser(policy=policy.SMTP).parsebytes(message)
    try:
        (sender,), (recipient,) = headers["From"].addresses, headers["To"].addresses
        return sender.addr_spec, recipient.addr_spec, str(headers["Message-ID"]).strip()
    except (AttributeError, ValueError):
        raise DeliveryError("request.eml: has not one sender and one recipient: prepare the packet anew") from None


def password(server: Smtp) -> str:
    """What ``server.user`` logs in with: from the environment, else the system's keyring. Raises: DeliveryError."""
    import keyring
    from keyring.errors import KeyringError

    if given := os.environ.get(PASSWORD):
        return given
    try:
        found = keyring.get_password(SERVICE, server.user or "")
    except KeyringError:
        found = None
    if found is None:
        raise DeliveryError(
            f"no password for {server.user} at {server.host}: set {PASSWORD}, or keep it in the system's keyring: "
            f"keyring set {SERVICE} {server.user}"
        )
    return found


def send(message: bytes, server: Smtp) -> str:
    """Send ``message`` and return its Message-ID.

    Raises: DeliveryError, where it did not leave. MaybeSentError, where the line broke before the server answered.
    """
    sender, recipient, message_id = addresses(message)
    word = password(server) if server.user else None
    try:
        connection = _connected(server)
    except ssl.SSLError as exc:
        raise _refused(server, f"its certificate or TLS is not in order ({_reason(exc)})") from None
    except (OSError, smtplib.SMTPException) as exc:
        raise _refused(server, f"it cannot be reached ({_reason(exc)})", _LATER) from None
    try:
        _introduce(connection, server, word)
        _address(connection, server, sender, recipient, len(message))
        _hand_over(connection, server, message)
    finally:
        connection.close()
    return message_id


def _connected(server: Smtp) -> smtplib.SMTP:
    port = server.port or _PORTS[server.security]
    context = ssl.create_default_context()
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, port, local_hostname=_SELF, timeout=_SECONDS, context=context)
    connection = smtplib.SMTP(server.host, port, local_hostname=_SELF, timeout=_SECONDS)
    try:
        connection.starttls(context=context)
    except smtplib.SMTPException:
        connection.close()
        raise DeliveryError(
            f"smtp: {server.host} offers no encryption (STARTTLS) on port {port}, and nothing goes without it: write "
            "security: tls, or the port that your mail's provider names"
        ) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _introduce(connection: smtplib.SMTP, server: Smtp, word: str | None) -> None:
    try:
        connection.ehlo_or_helo_if_needed()
        if word is not None:
            connection.login(server.user or "", word)
    except smtplib.SMTPAuthenticationError:
        raise _refused(server, f"it refused the password of {server.user}: check smtp: user and {PASSWORD}") from None
    except smtplib.SMTPNotSupportedError:
        raise _refused(server, "it takes no login: leave smtp: user out") from None
    except (OSError, smtplib.SMTPException) as exc:
        raise _refused(server, f"the line broke at login ({_reason(exc)})", _LATER) from None


def _address(connection: smtplib.SMTP, server: Smtp, sender: str, recipient: str, size: int) -> None:
    most = connection.esmtp_features.get("size", "")
    if most.isdigit() and 0 < int(most) < size:
        raise _refused(
            server, f"it takes {int(most) // 1000} kB and the message has {size // 1000 + 1}: send by mail or fax"
        )
    try:
        for what, (code, _) in (
            (
                f"sender {sender}",
                connection.mail(sender, [f"size={size}"] if "size" in connection.esmtp_features else []),
            ),
            (f"recipient {recipient}", connection.rcpt(recipient)),
        ):
            if not 200 <= code < 300:
                raise _refused(server, f"it refused the {what} ({code}): check the address", code)
    except (OSError, smtplib.SMTPException) as exc:
        raise _refused(server, f"the line broke ({_reason(exc)})", _LATER) from None


def _hand_over(connection: smtplib.SMTP, server: Smtp, message: bytes) -> None:
    """The one step after which nobody takes the message back."""
    try:
        # the words of an answer may repeat what the message holds; its code says enough
        code, _ = connection.data(message)
    except smtplib.SMTPDataError as exc:
        raise _refused(server, f"it would not take the message ({exc.smtp_code})", exc.smtp_code) from None
    except (OSError, smtplib.SMTPException) as exc:
        raise MaybeSentError(
            f"smtp: {server.host}: the line broke before the server confirmed the message ({_reason(exc)}): it may "
            "have been sent. Ask the provider, or look into the mailbox's sent mail; to send it (once more): --again"
        ) from None
    if code != 250:
        raise _refused(server, f"it would not take the message ({code})", code)


def _refused(server: Smtp, why: str, code: int = 0) -> DeliveryError:
    # RFC 5321, 4.2.1: an answer of 400 to 499 says to try again later
    kind = NotNowError if 400 <= code < 500 else DeliveryError
    return kind(f"smtp: {server.host}: {why}. Nothing was sent")


def _reason(exc: BaseException) -> str:
    """What kind of failure: never a server's own words."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message
    if isinstance(exc, OSError) and exc.strerror and not isinstance(exc, smtplib.SMTPException):
        return exc.strerror
    if isinstance(exc, smtplib.SMTPResponseException):
        return f"answer {exc.smtp_code}"
    return "no answer in time" if isinstance(exc, TimeoutError) else "the server hung up"
