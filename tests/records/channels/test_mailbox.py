"""A mailbox on a real server: each message once, whatever is read twice and whoever dies."""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import pytest
from imap_tools import MailMessageFlags

from records.channels.keeper import ChannelKeeper
from records.channels.mailbox import MailboxWatch
from records.channels.models import ChannelLook
from records.channels.service import try_again
from records.core.channel_settings import read_mailboxes
from records.core.errors import Unavailable
from records.documents.models import Component, Document
from records.office import Office
from records.people.rules import SERVICE
from records.registration.registers import register_by_code
from storage import Received, Vault
from tests.integration.test_database_away import locked
from tests.integration.test_faults import nothing_longer_than
from tests.offices import reopened
from tests.records.channels.watched import arrivals, faults, titles
from tests.records.test_crash import Point, arm
from tests.servers import ImapServer, free_ports, set_up_dovecot

# Our settings say Chancery/Done; this server marks levels with a dot.
DONE, QUARANTINE = "Chancery.Done", "Chancery.Quarantine"


@pytest.fixture
def user() -> str:
    """A mail account of the test's own."""
    return f"office-{secrets.token_hex(6)}"


@pytest.fixture
def box(imap_server: ImapServer, user: str) -> Iterator[Any]:
    """The account as its owner sees it."""
    client = imap_server.client(user)
    yield client
    client.logout()


def watch(
    office: Office, server: ImapServer, user: str, options: str = "", *, tls: bool = False
) -> MailboxWatch:
    scheme, port = ("imaps", server.tls_port) if tls else ("imap", server.port)
    address = f"{scheme}://{quote(user)}:{server.password}@127.0.0.1:{port}/INBOX?{options}"
    (mailbox,) = read_mailboxes(f"incoming={address}")
    return MailboxWatch(office, mailbox)


def mail(subject: str, *, message_id: str | None = None, body: str = "Dear Sirs,\n") -> bytes:
    made = EmailMessage()
    made["From"] = "王小明 <wang@harbour.example>"
    made["To"] = "office@example.org"
    made["Subject"] = subject
    made["Date"] = "Fri, 27 Feb 2026 16:30:00 +0800"
    if message_id is not None:
        made["Message-ID"] = message_id
    made.set_content(body)
    made.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="表.csv")
    return made.as_bytes()


def lying(box: Any, folder: str) -> int:
    box.folder.set(folder)
    return len(box.uids())


def test_a_message_becomes_one_document_with_what_its_head_says(
    office: Office, imap_server: ImapServer, box: Any, user: str
) -> None:
    content = mail("关于港口的来信", message_id="<1@harbour.example>")
    box.append(content, "INBOX", flag_set=[MailMessageFlags.FLAGGED])
    assert watch(office, imap_server, user).look() == 1
    with office.database.reading() as uow:
        made = uow.session.query(Document).one()
        assert (made.title, made.sender) == ("关于港口的来信", "王小明 <wang@harbour.example>")
        assert made.written_on == date(2026, 2, 27)
        component = uow.session.query(Component).one()
        assert component.media_type == "message/rfc822"
        assert component.name == "关于港口的来信.eml"
    assert (lying(box, "INBOX"), lying(box, DONE)) == (0, 1)


def test_a_mailbox_read_twice_registers_once(
    office: Office, imap_server: ImapServer, box: Any, user: str
) -> None:
    content = mail("Once", message_id="<once@harbour.example>")
    # Delivered twice: servers add their marks on the way.
    for number in range(2):
        box.append(b"Received: from relay %d\r\n" % number + content, "INBOX")
    nameless = mail("Nameless")
    box.append(nameless, "INBOX")
    watching = watch(office, imap_server, user)
    assert watching.look() == 2
    assert titles(office) == ["Nameless", "Once"]
    # Moved back by hand, and read from another folder.
    box.folder.set(DONE)
    box.move(box.uids(), "INBOX")
    box.append(nameless, "INBOX")
    assert watching.look() == 0
    assert lying(box, DONE) == 4
    assert (titles(office), faults(office), arrivals(office)) == (["Nameless", "Once"], [], [])


def test_another_message_with_the_same_id_waits_for_a_person(
    office: Office, imap_server: ImapServer, box: Any, user: str
) -> None:
    watching = watch(office, imap_server, user)
    box.append(mail("First", message_id="<same@x>"), "INBOX")
    watching.look()
    second = mail("Second", message_id="<same@x>")
    box.append(second, "INBOX")
    assert watching.look() == 0
    (arrival,) = arrivals(office)
    assert arrival.details == {"number": "IN-2026-0001"}
    assert lying(box, QUARANTINE) == 1
    with office.database.writing() as uow:
        try_again(uow, SERVICE, office.vault, arrival_id=arrival.id)
    box.append(second, "INBOX")
    assert watching.look() == 0
    assert (titles(office), len(arrivals(office))) == (["First", "Second"], 1)
    assert lying(box, "INBOX") == 0


def test_what_cannot_be_registered_goes_into_quarantine_and_can_be_tried_again(
    office: Office, imap_server: ImapServer, box: Any, user: str
) -> None:
    with office.database.writing() as uow:
        register_by_code(uow, "incoming").ceiling = 2
    secret = mail("Secret", message_id="<s@x>")
    box.append(secret, "INBOX")
    box.append(mail("Large", message_id="<l@x>", body="x" * 20_000), "INBOX")
    watching = watch(office, imap_server, user, "secrecy=top_secret&limit=9000")
    assert watching.look() == 0
    assert lying(box, QUARANTINE) == 2
    told = {each.name: each for each in arrivals(office)}
    assert told["Large.eml"].message.startswith("It is larger than")
    waiting = told["Secret.eml"]
    with office.database.writing() as uow:
        register_by_code(uow, "incoming").ceiling = 4
    with office.database.writing() as uow:
        try_again(uow, SERVICE, office.vault, arrival_id=waiting.id)
    box.append(secret, "INBOX")
    assert watching.look() == 0
    assert titles(office) == ["Secret"]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"From: =?utf-8?B?////?=\r\nSubject: =?gb2312?B?\xff\xfe?=\r\nDate: 99\r\n",
        b"Message-ID: <>\r\nSubject: " + b"x" * 300_000 + b"\r\n",
        b"From: a\r\n" * 2_000,
    ],
)
def test_odd_heads_are_taken_like_others(
    office: Office, imap_server: ImapServer, box: Any, user: str, head: bytes
) -> None:
    box.append(
        head.replace(b"\x00", b"") + b"\r\nbody " + secrets.token_bytes(4).hex().encode(), "INBOX"
    )
    watching = watch(office, imap_server, user)
    assert watching.look() == 1
    assert watching.look() == 0
    assert lying(box, "INBOX") == 0


def test_the_certificate_of_the_server_is_verified(
    office: Office, imap_server: ImapServer, box: Any, user: str
) -> None:
    box.append(mail("Sealed", message_id="<t@x>"), "INBOX")
    with pytest.raises(Unavailable, match="certificate"):
        watch(office, imap_server, user, tls=True).look()
    trusting = watch(office, imap_server, user, f"certificates={imap_server.authority}", tls=True)
    assert trusting.look() == 1


def test_a_wrong_password_is_told_without_repeating_it(
    office: Office, imap_server: ImapServer, user: str
) -> None:
    keeper = ChannelKeeper(office)
    (mailbox,) = read_mailboxes(
        f"incoming=imap://{user}:wrong-secret@127.0.0.1:{imap_server.port}/INBOX"
    )
    watching = MailboxWatch(office, mailbox)
    error = keeper.look_once(watching)
    assert error is not None
    keeper.tell(watching, error, 5)
    assert "wrong-secret" not in f"{error}{mailbox!r}{mailbox.name}"
    with office.database.reading() as uow:
        assert uow.session.get_one(ChannelLook, mailbox.name).failing_since is not None


def test_a_dead_mail_server_is_told_and_nothing_is_lost(office: Office, user: str) -> None:
    keeper = ChannelKeeper(office)
    with set_up_dovecot() as server:
        watching = watch(office, server, user)
        error = keeper.look_once(watching)
        assert error is not None
        assert "does not answer" in error.message
        with server.up():
            with server.client(user) as client:
                for number in range(3):
                    client.append(mail(f"Letter {number}", message_id=f"<{number}@x>"), "INBOX")
            assert watching.look() == 3
            with server.client(user) as client:
                client.append(mail("Letter 3", message_id="<3@x>"), "INBOX")
        assert keeper.look_once(watching) is not None
        with server.up():
            assert keeper.look_once(watching) is None
    assert titles(office) == [f"Letter {number}" for number in range(4)]


def test_mail_waits_while_the_database_is_away_and_comes_once(
    office: Office, imap_server: ImapServer, box: Any, user: str
) -> None:
    keeper, watching = ChannelKeeper(office), watch(office, imap_server, user)
    box.append(mail("Before", message_id="<0@x>"), "INBOX")
    assert watching.look() == 1
    for number in range(3):
        box.append(mail(f"Letter {number}", message_id=f"<{number + 1}@x>"), "INBOX")
    with locked(office):
        for _ in range(2):
            assert keeper.look_once(watching) is not None
        assert (lying(box, "INBOX"), lying(box, QUARANTINE)) == (3, 0)
    assert keeper.look_once(watching) is None
    assert keeper.look_once(watching) is None
    assert titles(office) == ["Before", *(f"Letter {number}" for number in range(3))]
    assert (lying(box, "INBOX"), lying(box, DONE)) == (0, 4)
    assert (faults(office), arrivals(office)) == ([], [])


def test_a_database_that_goes_away_under_a_message_leaves_it_to_the_next_look(
    office: Office, imap_server: ImapServer, box: Any, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        box.append(mail(f"Letter {number}", message_id=f"<{number}@x>"), "INBOX")
    keeper, watching = ChannelKeeper(office), watch(office, imap_server, user)
    keep = Vault.keep
    with ExitStack() as away:

        def gone_after(vault: Vault, received: Received) -> None:
            keep(vault, received)
            away.enter_context(locked(office))

        monkeypatch.setattr(Vault, "keep", gone_after)
        assert keeper.look_once(watching) is not None
        monkeypatch.undo()
        assert lying(box, "INBOX") == 3
    assert keeper.look_once(watching) is None
    assert titles(office) == [f"Letter {number}" for number in range(3)]
    assert (lying(box, "INBOX"), faults(office), arrivals(office)) == (0, [], [])


def test_a_full_disk_leaves_the_message_where_it_is(
    office: Office, imap_server: ImapServer, box: Any, user: str
) -> None:
    box.append(mail("Big", message_id="<b@x>", body=secrets.token_hex(600_000)), "INBOX")
    keeper, watching = ChannelKeeper(office), watch(office, imap_server, user)
    with nothing_longer_than(1_000_000):
        assert keeper.look_once(watching) is not None
    assert lying(box, "INBOX") == 1
    assert keeper.look_once(watching) is None
    assert (titles(office), lying(box, "INBOX")) == (["Big"], 0)


KILLS = (
    Point("records.channels.mailbox:MailboxWatch._receive", after=True, call=2),
    Point("storage.vault:Vault.keep", after=True, call=2),
    Point("records.channels.mailbox:remember_mail", after=True),
    Point("records.core.database:UnitOfWork.committed", after=True, call=2),
    Point("records.channels.mailbox:move"),
    Point("records.channels.mailbox:move", after=True),
)


def test_killed_anywhere_each_message_is_registered_once(
    office: Office, imap_server: ImapServer, box: Any, user: str
) -> None:
    for number in range(12):
        box.append(mail(f"Letter {number:02}", message_id=f"<{number}@x>"), "INBOX")
    office.database.engine.dispose()
    for point in KILLS:
        child = os.fork()
        if child == 0:
            try:
                arm(point)
                watch(reopened(office), imap_server, user).look()
            finally:
                os._exit(0)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    watch(office, imap_server, user).look()
    assert titles(office) == [f"Letter {number:02}" for number in range(12)]
    assert (lying(box, "INBOX"), faults(office), arrivals(office)) == (0, [], [])


def test_nobody_listening_is_told(office: Office, user: str) -> None:
    (port,) = free_ports(1)
    (mailbox,) = read_mailboxes(f"incoming=imap://{user}:x@127.0.0.1:{port}/")
    with pytest.raises(Unavailable):
        MailboxWatch(office, mailbox).look()
