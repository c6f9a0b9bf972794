"""Mail through a real server: what it says, when it goes, and what may go wrong."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from records.circulation.reading import return_item
from records.circulation.rules import Purpose
from records.circulation.urging import run_rules, urge_round
from records.core.config import load_config
from records.core.errors import Invalid
from records.core.jobs import RETRY_AFTER, Job
from records.notify.mail import MAIL_JOB
from records.notify.models import Mail, Notice
from records.notify.rules import MailWhen, Wishes
from records.notify.service import change_settings
from records.notify.smtp import MailServer, NotTaken
from records.office import Office
from records.people.models import User
from records.people.rules import Role, Secrecy
from tests.builders import add_person, id_of
from tests.offices import HeldClock, reopened
from tests.records.circulation.desks import Desks
from tests.records.notify.mailbox import Mailbox, html_of, mail_server, text_of
from tests.records.notify.post import Post
from web.catalogues import catalogue

TITLE = "Flood alarm"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def posted(office: Office, box: Mailbox) -> Office:
    """The office with a mail server and an address of its own."""
    config = dataclasses.replace(
        office.config, smtp_url=box.url, public_url="https://chancery.example"
    )
    return dataclasses.replace(office, config=config)


@pytest.fixture
def desks(posted: Office) -> Desks:
    return Desks(posted, add_person(posted, "clerk", Role.CLERK))


@pytest.fixture
def post(posted: Office) -> Post:
    return Post(posted)


def mails(office: Office) -> list[Mail]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(Mail).order_by(Mail.id)))


def wish(office: Office, desks: Desks, name: str, **wishes: object) -> None:
    with office.database.writing() as uow:
        change_settings(uow, desks.reader(name), wishes=Wishes(**wishes))  # type: ignore[arg-type]


# What it says ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_mail_says_what_waits_and_where_in_the_language_of_its_reader(
    desks: Desks, post: Post, box: Mailbox, clock: HeldClock, language: str
) -> None:
    address = post.address(desks.reader("li"), language)
    document = desks.document(TITLE)
    due = clock.now() + timedelta(days=2)
    desks.send(document, ["li"], purpose=Purpose.APPROVE, due_at=due)
    words = catalogue(language)
    post.run()
    clock.advance(minutes=1)
    post.mail(catalogue)
    (mail,) = box.mails
    assert box.recipients == [address]
    assert mail["To"] == f"li <{address}>"
    assert "registry@office.example" in mail["From"]
    assert mail["Content-Language"] == language.replace("_", "-")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@chancery.example>")
    assert parsedate_to_datetime(mail["Date"]) == clock.now()
    (line,) = post.waiting(desks.reader("li"))
    link = f"https://chancery.example/notices/{line.id}"
    asks = words.gettext("%(who)s asks for your decision.") % {"who": "clerk"}
    until = words.gettext("Due %(when)s.") % {"when": "2026-03-04 09:00"}
    for text in (text_of(mail), html_of(mail)):
        for part in (asks, until, f"{document.number} {TITLE}", link, "/account/notices"):
            assert part in text
    subject = words.ngettext("%(num)s item waits for you", "%(num)s items wait for you", 1)
    assert mail["Subject"] == subject % {"num": 1}
    assert TITLE not in mail["Subject"]


def test_who_has_chosen_no_language_gets_that_of_the_office(
    posted: Office, desks: Desks, box: Mailbox, clock: HeldClock
) -> None:
    chinese = dataclasses.replace(
        posted, config=dataclasses.replace(posted.config, language="zh_CN")
    )
    post = Post(chinese)
    post.address(desks.reader("li"))
    desks.send(desks.document(), ["li"])
    post.run()
    clock.advance(minutes=1)
    post.mail(catalogue)
    assert box.mails[0]["Content-Language"] == "zh-CN"


@pytest.mark.parametrize("secrecy", ["confidential", "secret"])
def test_of_what_is_more_than_internal_mail_says_only_that_it_waits(
    desks: Desks, post: Post, box: Mailbox, clock: HeldClock, secrecy: str
) -> None:
    post.address(desks.reader("li"))
    post.address(desks.clerk)
    document = desks.document("ZEBRAFALCON", secrecy=secrecy)
    round_id = desks.send(document, ["li", "wang"])
    post.run()
    clock.advance(minutes=1)
    post.mail()
    with desks.office.database.writing() as uow:
        item = desks.item(round_id, "li")
        return_item(uow, desks.reader("li"), item_id=item, reason="ZEBRAFALCON is wrong")
    post.run()
    clock.advance(minutes=1)
    post.mail()
    first, second = box.mails
    assert "An item waits for you." in text_of(first)
    assert "There is news for you." in text_of(second)
    for mail in (first, second):
        raw = mail.as_string() + text_of(mail) + html_of(mail)
        assert "ZEBRA" not in raw
        assert document.number not in raw
        assert "wrong" not in raw
        assert "https://chancery.example/notices/" in text_of(mail)


def test_what_was_hidden_meanwhile_is_hidden_in_the_mail(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    document = desks.document("ZEBRAFALCON")
    desks.send(document, ["li"])
    post.run()
    with posted.database.writing() as uow:
        uow.session.get_one(User, id_of(desks.reader("li"))).clearance = int(Secrecy.PUBLIC)
    clock.advance(minutes=1)
    post.mail()
    (mail,) = box.mails
    raw = mail.as_string() + text_of(mail) + html_of(mail)
    assert "ZEBRA" not in raw
    assert document.number not in raw


def test_names_and_titles_cannot_break_a_mail(
    desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    title = '<script>alert("x")</script> & more, 关于防汛'
    desks.send(desks.document(title), ["li"])
    post.run()
    clock.advance(minutes=1)
    post.mail()
    (mail,) = box.mails
    assert title in text_of(mail)
    assert "<script>" not in html_of(mail)
    assert "&lt;script&gt;" in html_of(mail)


# When it goes ------------------------------------------------------------------------------------


def test_what_comes_within_a_minute_comes_in_one_mail(
    desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    for number in range(3):
        desks.send(desks.document(f"Paper {number}"), ["li"])
        post.mail()
        clock.advance(seconds=25)
    assert box.mails == []
    post.mail()
    assert len(box.mails) == 1
    assert all(f"Paper {number}" in text_of(box.mails[0]) for number in range(3))
    clock.advance(hours=1)
    post.mail()
    assert len(box.mails) == 1
    desks.send(desks.document("Paper 3"), ["li"])
    post.run()
    clock.advance(minutes=1)
    post.mail()
    assert "Paper 2" not in text_of(box.mails[1])
    assert "Paper 3" in text_of(box.mails[1])


def test_the_mail_of_the_day_has_everything_since_the_last(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    wish(posted, desks, "li", mail=MailWhen.DAILY, daily_at=time(17))
    for hour in range(30):  # from nine in the morning
        if hour % 3 == 0:
            desks.send(desks.document(f"Paper {hour:02}"), ["li"])
        clock.advance(hours=1)
        post.mail()
    zone = ZoneInfo("Asia/Shanghai")
    days = [parsedate_to_datetime(each["Date"]).astimezone(zone) for each in box.mails]
    assert [f"{each:%d %H:%M}" for each in days] == ["02 17:00"]
    assert text_of(box.mails[0]).count("Paper ") == 3
    clock.advance(hours=3)
    post.mail()
    assert text_of(box.mails[1]).count("Paper ") == 7


def test_at_night_mail_waits_for_the_morning(
    desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    clock.advance(hours=14)  # eleven in the evening
    desks.send(desks.document("Late paper"), ["li"])
    for _ in range(8 * 4 - 1):
        clock.advance(minutes=15)
        post.mail()
        assert box.mails == []
    clock.advance(minutes=15)
    post.mail()
    assert "Late paper" in text_of(box.mails[0])


def test_reminders_come_in_the_mail_of_the_day_and_those_by_hand_at_once(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    wish(posted, desks, "li", muted=frozenset({"item.delivered"}))
    rounds = [
        desks.send(
            desks.document(f"Paper {number}"), ["li"], due_at=clock.now() + timedelta(hours=number)
        )
        for number in range(3, 7)
    ]
    for _ in range(10):
        clock.advance(hours=1)
        with posted.database.writing() as uow:
            run_rules(uow)
        post.mail()
    assert box.mails == []
    with posted.database.writing() as uow:
        assert urge_round(uow, desks.clerk, round_id=rounds[-1]).count == 1
    post.run()
    clock.advance(minutes=1)
    post.mail()
    assert "clerk reminds you" in text_of(box.mails[0])
    clock.advance(hours=14)
    post.mail()
    assert len(box.mails) == 2
    assert text_of(box.mails[1]).count("Due today") == 3


def test_a_reminder_that_comes_before_the_mail_does_not_keep_it_back(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    desks.send(desks.document(), ["li"], due_at=clock.now() + timedelta(seconds=30))
    post.run()
    clock.advance(seconds=40)
    with posted.database.writing() as uow:
        assert run_rules(uow) == 1
    post.run()
    clock.advance(seconds=20)
    post.mail()
    (mail,) = box.mails
    assert "Due today" in text_of(mail)
    assert post.count(desks.reader("li")) == 1


def test_what_is_done_before_the_mail_goes_is_not_mailed(
    desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    round_id = desks.send(desks.document(), ["li"])
    post.run()
    desks.sign(round_id, "li")
    post.run()
    clock.advance(minutes=5)
    post.mail()
    assert box.mails == []
    assert mails(desks.office) == []


def test_changed_wishes_hold_for_what_waits(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    for name in ("li", "wang"):
        post.address(desks.reader(name))
        wish(posted, desks, name, mail=MailWhen.DAILY)
    desks.send(desks.document(), ["li", "wang"])
    post.run()
    wish(posted, desks, "li", mail=MailWhen.AT_ONCE)
    wish(posted, desks, "wang", mail=MailWhen.NEVER)
    clock.advance(minutes=1)
    post.mail()
    clock.advance(days=2)
    post.mail()
    assert box.recipients == ["li@office.example"]


def test_without_address_server_or_account_there_is_no_mail(
    office: Office, posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    desks.send(desks.document(), ["li"])
    post.mail()
    post.address(desks.reader("li"))
    post.address(desks.reader("wang"))
    # No server at that time: what happened then is not mailed later.
    desks.send(desks.document(), ["li"])
    Post(office).mail()
    desks.send(desks.document(), ["wang"])
    post.run()
    with posted.database.writing() as uow:
        uow.session.get_one(User, id_of(desks.reader("wang"))).disabled_at = uow.now
    clock.advance(minutes=2)
    post.mail()
    assert box.mails == []
    assert [each.error for each in mails(posted)] == ["nobody is left to be told"]
    assert post.count(desks.reader("li")) == 2


# What may go wrong -------------------------------------------------------------------------------


def waiting_mail(desks: Desks, post: Post, clock: HeldClock) -> None:
    post.address(desks.reader("li"))
    desks.send(desks.document(TITLE), ["li"])
    post.run()
    clock.advance(minutes=1)


def test_a_server_that_is_away_is_tried_again_with_growing_pauses(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    waiting_mail(desks, post, clock)
    box.data = "451 try later"
    post.mail()
    for pause in RETRY_AFTER[:3]:
        clock.instant += pause
        post.run()
    assert [each.tries for each in mails(posted)] == [0]
    box.data = None
    clock.instant += RETRY_AFTER[3]
    post.run()
    (mail,) = mails(posted)
    assert (mail.tries, mail.sent_at) == (1, clock.now())
    assert len(box.mails) == 1


def test_a_server_that_stays_away_is_given_up_and_nothing_else_stands_still(
    posted: Office, desks: Desks, clock: HeldClock
) -> None:
    config = dataclasses.replace(posted.config, smtp_url="smtp://127.0.0.1:1")
    post = Post(dataclasses.replace(posted, config=config))
    waiting_mail(desks, post, clock)
    post.mail()
    for pause in RETRY_AFTER:
        clock.instant += pause
        desks.send(desks.document(), ["wang"])
        post.run()
    (mail,) = mails(posted)
    assert mail.failed_at is not None
    assert "refused" in (mail.error or "")
    assert post.count(desks.reader("wang")) == len(RETRY_AFTER)


def test_an_address_that_is_refused_is_not_tried_again(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    waiting_mail(desks, post, clock)
    box.rcpt = "550 no such person here"
    post.mail()
    (mail,) = mails(posted)
    assert (mail.failed_at, mail.tries) == (clock.now(), 0)
    assert "no such person" in (mail.error or "")
    with posted.database.reading() as uow:
        assert uow.session.scalars(select(Job).where(Job.kind == MAIL_JOB)).all() == []


def test_an_address_that_is_none_is_not_tried(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock
) -> None:
    post.address(desks.reader("li"))
    with posted.database.writing() as uow:
        user = uow.session.get_one(User, id_of(desks.reader("li")))
        user.email = "li\r\nBcc: everybody@office.example"
    desks.send(desks.document(), ["li"])
    post.run()
    clock.advance(minutes=1)
    post.mail()
    (mail,) = mails(posted)
    assert mail.failed_at is not None
    assert (box.mails, box.connections) == ([], 0)


@pytest.mark.parametrize("drops", [1, 2, 5])
def test_when_the_answer_is_lost_a_mail_goes_out_twice_at_most(
    posted: Office, desks: Desks, post: Post, box: Mailbox, clock: HeldClock, drops: int
) -> None:
    waiting_mail(desks, post, clock)
    box.drops = drops
    post.mail()
    for pause in RETRY_AFTER:
        clock.instant += pause
        post.run()
    assert len(box.mails) == 2
    assert len({each["Message-ID"] for each in box.mails}) == 1
    (mail,) = mails(posted)
    assert (mail.sent_at is None) == (drops >= 2)


def test_two_workers_make_one_mail(any_office: Office, box: Mailbox, clock: HeldClock) -> None:
    config = dataclasses.replace(any_office.config, smtp_url=box.url)
    posted = dataclasses.replace(any_office, config=config)
    waiting_mail(Desks(posted, add_person(posted, "clerk", Role.CLERK)), Post(posted), clock)
    posts = [Post(reopened(posted)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Post.mail, posts))
    assert len(box.mails) == 1
    for each in posts:
        each.office.close()


def test_mails_and_notices_know_of_each_other(
    posted: Office, desks: Desks, post: Post, clock: HeldClock
) -> None:
    waiting_mail(desks, post, clock)
    post.mail()
    (mail,) = mails(posted)
    with posted.database.reading() as uow:
        notice = uow.session.scalars(select(Notice).where(Notice.mail_id == mail.id)).one()
    assert (notice.mail_due_at, mail.sent_at) == (None, clock.now())


# The server --------------------------------------------------------------------------------------


def server_of(url: str) -> MailServer:
    server = MailServer.of(load_config({"CHANCERY_SMTP_URL": url}, home=Path("/nonexistent")))
    assert server is not None
    return server


def test_the_address_of_a_server_says_everything() -> None:
    server = server_of("smtp+starttls://li%40office:s%2Fcret@mail.office.example?from=a@b.example")
    assert (server.host, server.port, server.sender) == ("mail.office.example", 587, "a@b.example")
    assert (server.user, server.password) == ("li@office", "s/cret")
    assert "cret" not in repr(server)
    assert server_of("smtps://mail.example").port == 465
    assert server_of("smtp://mail.example:2525").sender == "chancery@localhost"
    assert MailServer.of(load_config({}, home=Path("/nonexistent"))) is None


@pytest.mark.parametrize(
    "url", ["s3cret", "http://li:s3cret@mail.example", "smtp:s3cret", "smtp://li:s3cret@x:port"]
)
def test_an_address_that_is_none_of_a_mail_server_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        load_config({"CHANCERY_SMTP_URL": url}, home=Path("/nonexistent"))
    assert "s3cret" not in str(refused.value)
    with pytest.raises(Invalid):
        load_config({"CHANCERY_LANGUAGE": "fr"}, home=Path("/nonexistent"))


def test_a_password_travels_to_this_machine_only_in_clear() -> None:
    with mail_server(auth_require_tls=False) as box:
        server_of(f"smtp://li:right@127.0.0.1:{box.port}").check()
        assert box.logins == [("li", "right")]
        with pytest.raises(NotTaken):
            server_of(f"smtp://li:wrong@127.0.0.1:{box.port}").check()


def test_whoever_insists_on_encryption_gets_it_or_nothing() -> None:
    with mail_server() as box:
        with pytest.raises(NotTaken):
            server_of(f"smtp+starttls://127.0.0.1:{box.port}").check()
        with pytest.raises(NotTaken):
            server_of(f"smtps://127.0.0.1:{box.port}").check()
        server_of(f"smtp://127.0.0.1:{box.port}").check()
