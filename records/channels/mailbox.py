"""A mailbox: every message becomes one document and is moved aside after the commit.

The message as it came is the original; what it carries is taken out by its reading. It is known by
its Message-ID, so that reading it twice, from another folder or after a crash, registers it once.
What cannot be registered goes into quarantine; a server that does not answer changes nothing.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from imaplib import IMAP4
from typing import TYPE_CHECKING, Any
from uuid import UUID

from records.channels.keeping import Unregistered, keep_arrival, larger_than, refusal_of
from records.channels.mail_keys import (
    differing,
    digest_of,
    document_of_mail,
    remember_mail,
    source_of,
    told_apart,
)
from records.channels.rules import ChannelKind
from records.core.channel_settings import Mailbox
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Refusal, Unavailable
from records.core.rows import clean
from records.documents.intake import keep_objects
from records.documents.metadata import MAX_LINE
from records.office import Office
from records.people.rules import SERVICE, Secrecy
from records.registration.registers import register_by_code
from records.registration.rules import check_open
from records.registration.service import register_document
from storage import Received, StorageError

if TYPE_CHECKING:
    from imap_tools import BaseMailBox

TIMEOUT_SECONDS = 15.0
# So many messages a look takes before it tells how it went.
MOST_MESSAGES = 200
MAX_HEAD_BYTES = 256 * 1024
_PARSER = BytesHeaderParser(policy=policy.compat32)
_DECODER = BytesHeaderParser(policy=policy.default)


class MailboxWatch:
    """Looks into one mailbox, again and again."""

    kind = ChannelKind.MAILBOX

    def __init__(self, office: Office, mailbox: Mailbox) -> None:
        self._office = office
        self._mailbox = mailbox

    @property
    def name(self) -> str:
        """Its name among the channels."""
        return self._mailbox.name

    @property
    def register(self) -> str:
        """Code of the register that it feeds."""
        return self._mailbox.register

    @property
    def every_seconds(self) -> float:
        """Pause between two looks."""
        return self._mailbox.every_seconds

    def look(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Take all messages; return how many became documents.

        Raises:
            Refusal: The register is closed or not there, or the server is not to be reached.
            StorageError, OperationalError: What the service stands on is out of order; everything
                that is not registered is still in the mailbox.
        """
        register_id = self._register()
        with reaching(self._mailbox) as server:
            server.folder.set(_folder_of(server, self._mailbox.folder))
            for folder in (self._mailbox.done, self._mailbox.quarantine):
                if not server.folder.exists(name := _folder_of(server, folder)):
                    server.folder.create(name)
            taken = 0
            for uid in server.uids("UNDELETED")[:MOST_MESSAGES]:
                if stop():
                    break
                taken += self._take(server, register_id, uid)
        return taken

    def _register(self) -> UUID:
        with self._office.database.reading() as uow:
            register = register_by_code(uow, self._mailbox.register)
            check_open(register, uow.today)
            return register.id

    def _take(self, server: "BaseMailBox", register_id: UUID, uid: str) -> bool:
        """Take one message; True when it became a document now."""
        size, came = _facts(server, uid)
        if size is None:
            return False  # somebody else has moved it
        if size > self._mailbox.limit_bytes:
            refusal = larger_than(self._mailbox.limit_bytes)
            head = _content(server, uid, f"0.{MAX_HEAD_BYTES}") or b""
            told = f"{source_of(_head(head), digest_of(_head(head), head))}:{size}"
            self._quarantine(server, register_id, uid, head, told, refusal, size_bytes=size)
            return False
        content = _content(server, uid)
        if content is None:
            return False
        digest = digest_of(_head(content), content)
        source_id = source_of(_head(content), digest)
        try:
            new = self._register_message(content, came, source_id, digest)
        except Refusal as refusal:
            differs = isinstance(refusal, Conflict) and refusal.field == "Message-ID"
            told = told_apart(source_id, digest) if differs else source_id
            self._quarantine(server, register_id, uid, content, told, refusal)
            return False
        except StorageError as error:
            if error.retryable:
                raise
            self._quarantine(server, register_id, uid, content, source_id, refusal_of(error))
            return False
        move(server, uid, _folder_of(server, self._mailbox.done))
        return new

    def _register_message(
        self, content: bytes, came: datetime | None, source_id: str, digest: bytes
    ) -> bool:
        """Register a message unless it is registered; True when it was not.

        Raises:
            Conflict: Another message with its Message-ID is registered.
        """
        database, vault = self._office.database, self._office.vault
        with database.reading() as uow:
            if self._known(uow, source_id, digest):
                return False
        values = self._values(content, came)
        name = f"{values['title'][:120]}.eml"
        received = self._receive(content, name)
        try:
            keep_objects(database, vault, [received])
            with database.writing() as uow:
                # Anew, under the lock: another worker may have been quicker.
                if self._known(uow, source_id, digest):
                    return False
                register = register_by_code(uow, self._mailbox.register)
                made = register_document(
                    uow,
                    SERVICE,
                    register=register,
                    values=values,
                    received=[(received, name)],
                    source_id=source_id,
                )
                uow.session.flush()
                remember_mail(uow, register.id, source_id, digest, made.id)
                return True
        finally:
            with suppress(StorageError):
                vault.discard(received)

    def _known(self, uow: UnitOfWork, source_id: str, digest: bytes) -> bool:
        register = register_by_code(uow, self._mailbox.register)
        found, wanted = document_of_mail(uow, register.id, source_id, digest)
        if found is not None:
            return True
        if wanted != source_id:
            raise differing(uow, register.id, source_id)
        return False

    def _values(self, content: bytes, came: datetime | None) -> dict[str, Any]:
        """Return what the head of a message says; whatever makes no sense is left out."""
        head, zone = _decoded(content), self._office.config.time_zone
        subject = _line(head, "Subject")
        values: dict[str, Any] = {"title": subject or "(no subject)"}
        if sender := _line(head, "From"):
            values["sender"] = sender
        if (written := _written(_line(head, "Date"))) is not None:
            values["written_on"] = written
        today = self._office.database.clock.now().astimezone(zone).date()
        if came is not None and came.astimezone(zone).date() <= today:
            values["received_on"] = came.astimezone(zone).date()
        if self._mailbox.secrecy:
            values["secrecy"] = int(Secrecy.from_code(self._mailbox.secrecy))
        return values

    def _receive(self, content: bytes, name: str) -> Received:
        limit = max(self._mailbox.limit_bytes, len(content))
        return self._office.vault.receive([content], limit_bytes=limit, file_name=name)

    def _quarantine(
        self,
        server: "BaseMailBox",
        register_id: UUID,
        uid: str,
        content: bytes,
        source_id: str,
        refusal: Refusal,
        *,
        size_bytes: int | None = None,
    ) -> None:
        """Keep a message that cannot be registered: first in our books, then in its folder.

        Args:
            size_bytes: Of a message that is too large; then `content` is only its beginning.
        """
        head = _decoded(content)
        name = f"{(_line(head, 'Subject') or '(no subject)')[:120]}.eml"
        told = Unregistered(
            kind=ChannelKind.MAILBOX,
            channel=self.name,
            register_id=register_id,
            source_id=source_id,
            name=name,
            refusal=refusal,
            size_bytes=size_bytes or len(content),
            secrecy=Secrecy.from_code(self._mailbox.secrecy or "internal"),
            cells={"title": _line(head, "Subject"), "sender": _line(head, "From")},
        )
        files = [(self._receive(content, name), name)] if size_bytes is None else []
        keep_arrival(self._office.database, self._office.vault, told, files)
        move(server, uid, _folder_of(server, self._mailbox.quarantine))


@contextmanager
def reaching(mailbox: Mailbox) -> Iterator["BaseMailBox"]:
    """Sign in to a mail server, its certificate verified, and sign out at the end.

    Raises:
        Unavailable: It does not answer, is not who it says, or does not let us in.
    """
    from imap_tools.errors import ImapToolsError

    try:
        server = _connect(mailbox)
        try:
            server.login(mailbox.user, mailbox.password, initial_folder=None)
            yield server
        finally:
            with suppress(Exception):
                server.logout()
    except (OSError, ImapToolsError, IMAP4.error) as error:
        raise Unavailable(
            "The mail server does not answer as it should: %(error)s.",
            {"error": _without(str(error) or type(error).__name__, mailbox.password)},
        ) from error


def _connect(mailbox: Mailbox) -> "BaseMailBox":
    from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted

    timeout = TIMEOUT_SECONDS
    if mailbox.scheme == "imap":
        return MailBoxUnencrypted(mailbox.host, mailbox.port, timeout=timeout)
    trust = ssl.create_default_context()
    if mailbox.certificates is not None:
        trust.load_verify_locations(mailbox.certificates)
    if mailbox.scheme == "imaps":
        return MailBox(mailbox.host, mailbox.port, timeout=timeout, ssl_context=trust)
    return MailBoxStartTls(mailbox.host, mailbox.port, timeout=timeout, ssl_context=trust)


def move(server: "BaseMailBox", uid: str, folder: str) -> None:
    """Move a message in one step where the server can (RFC 6851), else by a copy.

    A death between the two steps leaves a message in both folders, which is registered once.
    """
    if "MOVE" in server.client.capabilities:
        from imap_tools.errors import ImapToolsError
        from imap_tools.imap_utf7 import utf7_encode

        name = b'"' + utf7_encode(folder).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        kind, data = server.client.uid("MOVE", uid, name.decode("ascii"))
        if kind != "OK":
            raise ImapToolsError(f"the message cannot be moved: {data!r}")
        return
    server.move([uid], folder)


def _folder_of(server: "BaseMailBox", path: str) -> str:
    """Return a folder as the server writes it: `/` of our settings is its own mark of levels."""
    listed = server.folder.list("", "INBOX")
    mark = listed[0].delim if listed else "/"
    return path.replace("/", mark) if mark else path


def _facts(server: "BaseMailBox", uid: str) -> tuple[int | None, datetime | None]:
    """Return the size of a message and when the server got it; no size when it is gone."""
    _, answer = server.client.uid("FETCH", uid, "(RFC822.SIZE INTERNALDATE)")
    line = answer[0] if answer else None
    if not isinstance(line, bytes):
        return None, None
    text = line.decode("ascii", "replace")
    size = text.partition("RFC822.SIZE ")[2].split(" ")[0].rstrip(")")
    when = text.partition('INTERNALDATE "')[2].partition('"')[0].strip()
    try:
        came = datetime.strptime(when, "%d-%b-%Y %H:%M:%S %z") if when else None
    except ValueError:
        came = None
    return (int(size) if size.isdigit() else None), came


def _content(server: "BaseMailBox", uid: str, part: str = "") -> bytes | None:
    """Return a message as it came, or a part such as `0.1000`; reading it marks nothing."""
    wanted = f"(BODY.PEEK[]<{part}>)" if part else "(BODY.PEEK[])"
    _, answer = server.client.uid("FETCH", uid, wanted)
    for each in answer or ():
        if isinstance(each, tuple) and len(each) > 1:
            return bytes(each[1])
    return None


def _head(content: bytes) -> Any:
    return _PARSER.parsebytes(content[:MAX_HEAD_BYTES], headersonly=True)


def _decoded(content: bytes) -> EmailMessage:
    return _DECODER.parsebytes(content[:MAX_HEAD_BYTES], headersonly=True)


def _line(head: EmailMessage, name: str) -> str:
    """Return a header in plain words, on one line; empty when it makes no sense."""
    try:
        text = str(head.get(name, ""))
    except Exception:  # noqa: BLE001 - the library has no end of ways to stumble over bad headers
        return ""
    return " ".join(clean(text.encode("utf-8", "replace").decode()).split())[:MAX_LINE]


def _written(text: str) -> date | None:
    try:
        return parsedate_to_datetime(text).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _without(text: str, password: str) -> str:
    return text.replace(password, "…") if password else text
