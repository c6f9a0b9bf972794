"""A round with fifty readers, while the worker is killed again and again with SIGKILL.

Every reader is told at least once in the product, and gets the mail at most twice. The worker is a
forked child; the mail server is a process of its own and keeps what it takes in a folder.
"""

import dataclasses
import mailbox
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from pathlib import Path

import pytest
from sqlalchemy import select

from records.core.jobs import Job
from records.notify.mail import MAIL_JOB
from records.notify.models import Notice
from records.office import Office
from records.people.rules import Role
from tests.builders import add_person
from tests.offices import HeldClock, reopened
from tests.records.circulation.desks import Desks
from tests.records.notify.post import Post
from tests.records.test_crash import Point, arm
from tests.servers import free_ports, running

READERS = [f"reader{number:02}" for number in range(50)]
# At a named point fewer readers show the same.
FEW = READERS[:12]
KILLS = 8
NOTICES = Job.kind.like("notice.%")
NEWS, MAIL = "records.notify.telling:", "records.notify.mail:"
POINTS = {
    "news taken": Point("records.core.runner:claim", after=True),
    "before the first notice is written": Point(NEWS + "_write"),
    "some notices written": Point(NEWS + "_write", after=True, call=7),
    "notices written, not committed": Point("records.core.runner:finish", after=True),
    "notices committed": Point("records.core.database:UnitOfWork.committed", after=True, call=2),
    "before mails are made": Point("records.notify.messenger:gather_mail"),
    "mails made, not committed": Point("records.notify.messenger:gather_mail", after=True),
    "mail written, nothing counted": Point(MAIL + "Postman._count_try"),
    "try counted, nothing sent": Point("records.notify.smtp:MailServer.deliver"),
    "address given": Point("records.notify.smtp:MailServer._send"),
    "server has the first": Point("records.notify.smtp:MailServer._send", after=True),
    "server has some": Point("records.notify.smtp:MailServer.deliver", after=True, call=7),
    "sent is written, not committed": Point(MAIL + "_sent", after=True, call=3),
}


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of a mail server, and the folder with what it took."""
    (port,) = free_ports(1)
    folder = tmp_path / "post"
    folder.mkdir()
    kept = folder / "mail"
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}"]
    command += ["-c", "aiosmtpd.handlers.Mailbox", str(kept)]
    with running(command, folder, dict(os.environ)) as process:
        _wait_for(port, lambda: process.poll() is None)
        yield port, kept


def _wait_for(port: int, lives: Callable[[], bool]) -> None:
    while lives():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the mail server has ended")


def send_round(office: Office, letters: tuple[int, Path], readers: list[str]) -> Office:
    """Return the office with a mail server and a round of which nobody knows yet."""
    config = dataclasses.replace(office.config, smtp_url=f"smtp://127.0.0.1:{letters[0]}")
    opened = dataclasses.replace(office, config=config)
    desks = Desks(opened, add_person(opened, "clerk", Role.CLERK))
    for name in readers:
        Post(opened).address(desks.reader(name))
    desks.send(desks.document(), readers)
    return opened


def work(office: Office) -> None:
    """Be the worker: tell, gather, send."""
    Post(reopened(office)).mail()


def in_a_child(office: Office, act: Callable[[], None]) -> int:
    """Fork a worker and return its process id."""
    office.database.close()
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    return child


def until_quiet(office: Office, clock: HeldClock) -> None:
    """Work in peace until there is nothing left to do."""
    for _ in range(200):
        clock.advance(seconds=30)
        work(office)
        with office.database.reading() as uow:
            left = uow.session.scalars(select(Job).where(Job.failed_at.is_(None), NOTICES)).all()
            waiting = uow.session.scalars(
                select(Notice.id).where(Notice.mail_due_at.is_not(None))
            ).all()
        if not left and not waiting:
            return
    told = [(each.kind, each.attempts, each.last_error, each.failed_at) for each in left]
    pytest.fail(f"work is left over: {told}, {len(waiting)} notices")


def check(office: Office, kept: Path, readers: list[str]) -> Counter[str]:
    with office.database.reading() as uow:
        told = Counter(uow.session.scalars(select(Notice.user_id).where(Notice.done_at.is_(None))))
        failed = uow.session.scalars(select(Job.kind).where(Job.failed_at.is_not(None))).all()
    assert len(told) == len(readers)
    assert set(told.values()) == {1}
    # A mail that lost six workers is given up; what the product tells is not.
    assert set(failed) <= {MAIL_JOB}
    mails = Counter(parseaddr(str(each["To"]))[1] for each in mailbox.Maildir(kept, create=False))
    assert set(mails) <= {f"{name}@office.example" for name in readers}
    assert max(mails.values()) <= 2
    return mails


@pytest.mark.parametrize("name", POINTS)
def test_a_worker_killed_at_a_point_forgets_nobody(
    office: Office, clock: HeldClock, letters: tuple[int, Path], name: str
) -> None:
    sent = send_round(office, letters, FEW)
    reached = False
    for _ in range(4):
        clock.advance(seconds=30)

        def die() -> None:
            arm(POINTS[name])
            work(sent)

        _, status = os.waitpid(in_a_child(sent, die), 0)
        reached |= os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert reached, "the point was not reached"
    until_quiet(sent, clock)
    mails = check(sent, letters[1], FEW)
    # A mail is lost only when two workers died between counting its try and sending it.
    assert len(mails) >= len(FEW) - 4


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_worker_killed_at_any_moment_forgets_nobody(
    office: Office, clock: HeldClock, letters: tuple[int, Path], seed: int
) -> None:
    sent = send_round(office, letters, READERS)
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    killed = 0
    for _ in range(KILLS):
        clock.advance(seconds=30)
        child = in_a_child(sent, lambda: work(sent))
        time.sleep(chance.uniform(0.0, 0.9))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
    assert killed > 0
    until_quiet(sent, clock)
    check(sent, letters[1], READERS)
