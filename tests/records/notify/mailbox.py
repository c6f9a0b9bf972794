"""A real mail server on this machine, which does as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.servers import free_ports


@dataclass
class Mailbox:
    """What has come in, and how the server answers.

    Attributes:
        rcpt: Its answer to an address; None for taking it.
        data: Its answer to a message; it keeps only what it takes.
        drops: Messages that it takes in and loses its connection over.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    rcpt: str | None = None
    data: str | None = None
    drops: int = 0
    connections: int = 0

    @property
    def url(self) -> str:
        """The address for the settings."""
        return f"smtp://127.0.0.1:{self.port}?from=registry@office.example"

    # What aiosmtpd calls by these names.

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data:
            return self.data
        self.mails.append(message_from_bytes(envelope.content, EmailMessage, policy=default))
        self.recipients += envelope.rcpt_tos
        if self.drops:
            self.drops -= 1
            server.transport.abort()
        return "250 OK"


@contextmanager
def mail_server(**more: Any) -> Iterator[Mailbox]:
    """Run a server until the block ends."""
    box = Mailbox(free_ports(1)[0])

    def authenticator(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        box.logins.append((given.login.decode(), given.password.decode()))
        # Not handled: the server itself has to say no, or the client waits for ever.
        return AuthResult(success=given.password == b"right", handled=False)

    controller = Controller(
        box, hostname="127.0.0.1", port=box.port, authenticator=authenticator, **more
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    return _part(mail, "plain")


def html_of(mail: EmailMessage) -> str:
    """The HTML of a mail."""
    return _part(mail, "html")


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content
