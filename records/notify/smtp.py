"""The mail server: its address, and handing over one message (RFC 5321).

What matters after a failure is whether the server may have the message: then it is not simply sent
again.
"""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from records.core.config import Config

SECONDS = 20
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
# Seven bits, so that no server on the way has to be asked for more.
POLICY = SMTP.clone(cte_type="7bit")


class MailFailure(Exception):
    """Root of what can go wrong with mail."""


class NotTaken(MailFailure):
    """The server surely does not have the message; later it may take it."""


class NeverTaken(MailFailure):
    """The server refuses this message or this address for good."""


class Unsure(MailFailure):
    """The connection was lost when the server may have had the whole message."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over.

    Attributes:
        scheme: `smtp` (encrypts when the server can), `smtp+starttls` (insists), `smtps`.
        sender: The address that mail comes from.
    """

    scheme: str
    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        """Show it without its password."""
        return f"MailServer({self.scheme}://{self.host}:{self.port})"

    @classmethod
    def of(cls, config: Config) -> "MailServer | None":
        """Return the mail server of an installation; None if it has none."""
        if config.smtp_url is None:
            return None
        parts = urlsplit(config.smtp_url)
        given = parse_qs(parts.query).get("from")
        here = urlsplit(config.public_url).hostname or "localhost"
        return cls(
            parts.scheme,
            parts.hostname or "localhost",
            parts.port or PORTS[parts.scheme],
            given[0] if given else f"chancery@{here}",
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )

    def check(self) -> None:
        """Connect and sign in, to see whether it would take mail.

        Raises:
            NotTaken: It would not; the message says why.
        """
        self._close(self._connect())

    def deliver(self, message: EmailMessage, to: str) -> None:
        """Hand over one message.

        Raises:
            NotTaken: Later it may go well.
            NeverTaken: It will never go well.
            Unsure: Nobody knows whether the server has it.
        """
        client = self._connect()
        try:
            self._address(client, to)
            self._send(client, message)
        finally:
            self._close(client)

    def _connect(self) -> smtplib.SMTP:
        try:
            return self._signed_in()
        except (OSError, smtplib.SMTPException) as error:
            raise NotTaken(_said(error)) from error

    def _signed_in(self) -> smtplib.SMTP:
        secure = ssl.create_default_context()
        client: smtplib.SMTP
        if self.scheme == "smtps":
            client = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=secure)
        else:
            client = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            client.ehlo_or_helo_if_needed()
            encrypted = self.scheme == "smtps"
            if self.scheme == "smtp+starttls" or (not encrypted and client.has_extn("starttls")):
                client.starttls(context=secure)
                client.ehlo()
                encrypted = True
            if self.user is not None:
                if not encrypted and not _is_loopback(self.host):
                    raise smtplib.SMTPException("the password would travel in clear")
                client.login(self.user, self.password or "")
        except BaseException:
            client.close()
            raise
        return client

    def _address(self, client: smtplib.SMTP, to: str) -> None:
        options = ["SMTPUTF8"] if not (to.isascii() and self.sender.isascii()) else []
        try:
            code, text = client.mail(self.sender, options)
            if code == 250:
                code, text = client.rcpt(to)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise NotTaken(_said(error)) from error
        if code >= 500:
            raise NeverTaken(f"{code} {text.decode(errors='replace')}")
        if code not in (250, 251):
            raise NotTaken(f"{code} {text.decode(errors='replace')}")

    def _send(self, client: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            code, text = client.data(message.as_bytes(policy=POLICY))
        except smtplib.SMTPDataError as error:
            # The server did not want to hear it.
            raise NotTaken(_said(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unsure(_said(error)) from error
        if code >= 500:
            raise NeverTaken(f"{code} {text.decode(errors='replace')}")
        if code != 250:
            raise NotTaken(f"{code} {text.decode(errors='replace')}")

    def _close(self, client: smtplib.SMTP) -> None:
        try:
            client.quit()
        except (OSError, smtplib.SMTPException):
            client.close()


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        told = error.smtp_error
        text = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        return f"{error.smtp_code} {text}"
    return str(error) or type(error).__name__


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or socket.gethostname() == host
