"""Mail: notices that wait are gathered, one mail for each person, and handed to the mail server.

Gathering is a transaction that writes the mail and its job. Sending happens outside of any. Before
a mail is handed over its try is counted, durably: a worker that dies in between leaves a mail that
may have gone out, and which is tried once more and never again. So nobody gets a mail more than
twice, and nearly always once.
"""

from collections.abc import Sequence
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import select

from records.core.config import Config
from records.core.database import Database, UnitOfWork
from records.core.errors import NotSignedIn
from records.core.jobs import Job, enqueue
from records.core.runner import Apply, Handler
from records.notify.digest import Letterhead, write_mail
from records.notify.lines import lines_of
from records.notify.models import Mail, Notice
from records.notify.rules import GATHER, KINDS
from records.notify.smtp import MailServer, NeverTaken, NotTaken
from records.notify.wording import Catalogues, english
from records.people.actors import load_actor
from records.people.models import User

MAIL_JOB = "notice.mail"
MOST_TRIES = 2
# People whose mail is gathered in one transaction.
PEOPLE = 100


def mail_waits(uow: UnitOfWork) -> bool:
    """Return whether anybody's mail can be gathered now; one look into an index."""
    due = select(Notice.id).where(Notice.mail_due_at <= uow.now).limit(1)
    return uow.session.scalar(due) is not None


def gather_mail(uow: UnitOfWork) -> int:
    """Make one mail for everybody whose notices have waited long enough; `PEOPLE` at most.

    What becomes due within the next minute goes along. The rows of the people are held, so that
    two workers never make two mails of what belongs into one.

    Returns:
        For how many people it looked.
    """
    due = select(Notice.user_id).where(Notice.mail_due_at <= uow.now).distinct().limit(PEOPLE)
    people = uow.session.scalars(
        select(User.id).where(User.id.in_(due)).order_by(User.id).with_for_update(skip_locked=True)
    ).all()
    for person in people:
        _gather_for(uow, person)
    return len(people)


def _gather_for(uow: UnitOfWork, user_id: UUID) -> None:
    mine = (Notice.user_id == user_id, Notice.mail_due_at <= uow.now + GATHER)
    waiting = uow.session.scalars(select(Notice).where(*mine).with_for_update()).all()
    wanted = [each.id for each in waiting if each.done_at is None]
    mail = Mail(id=uow.new_id(), user_id=user_id, created_at=uow.now, tries=0)
    if wanted:
        uow.session.add(mail)
        uow.session.flush()
        enqueue(uow, MAIL_JOB, subject_id=mail.id)
    for each in waiting:
        each.mail_due_at = None
        each.mail_id = mail.id if each.done_at is None else None


class Postman:
    """Hands mails to the mail server.

    Args:
        catalogues: Gives the words of a language.
    """

    def __init__(
        self, config: Config, database: Database, catalogues: Catalogues = english
    ) -> None:
        self._database = database
        self._catalogues = catalogues
        self._language = config.language
        self._server = MailServer.of(config)
        self._head = Letterhead(
            self._server.sender if self._server else "", config.public_url, config.time_zone
        )

    @property
    def handler(self) -> Handler:
        """How jobs of mail are done."""
        return Handler(self._work, _give_up)

    def _work(self, job: Job) -> Apply:
        mail_id = job.subject_id
        if mail_id is None or self._server is None:
            raise NotTaken("there is no mail server")
        try:
            with self._database.reading() as uow:
                found = self._written(uow, mail_id)
        except ValueError:
            return lambda uow: _close(uow, mail_id, "the address is none")
        if found is None:
            return lambda uow: _close(uow, mail_id, "nobody is left to be told")
        if not self._count_try(mail_id):
            return lambda _uow: None
        message, to = found
        try:
            self._server.deliver(message, to)
        except NotTaken:
            self._count_back(mail_id)
            raise
        except NeverTaken as error:
            self._count_back(mail_id)
            refused = str(error)
            return lambda uow: _close(uow, mail_id, refused)
        return lambda uow: _sent(uow, mail_id)

    def _written(self, uow: UnitOfWork, mail_id: UUID) -> tuple[EmailMessage, str] | None:
        """Return the message as its reader may have it now, and where it goes."""
        mail = uow.session.get(Mail, mail_id)
        user = uow.session.get(User, mail.user_id) if mail else None
        notices = _notices(uow, mail_id)
        if user is None or not user.email or not notices:
            return None
        try:
            actor = load_actor(uow, user.id)
        except NotSignedIn:
            return None
        language = user.language or self._language
        message = write_mail(
            self._head,
            self._catalogues(language),
            mail_id=mail_id,
            name=user.name,
            email=user.email,
            language=language,
            at=uow.now.astimezone(uow.zone),
            lines=lines_of(uow, actor, notices),
        )
        return message, user.email

    def _count_try(self, mail_id: UUID) -> bool:
        """Count a try before it is made; the last one too many is not."""
        with self._database.writing() as uow:
            mail = uow.session.get_one(Mail, mail_id, with_for_update=True)
            if mail.sent_at is not None or mail.failed_at is not None:
                return False
            if mail.tries >= MOST_TRIES:
                _close(uow, mail_id, "it may have gone out twice")
                return False
            mail.tries += 1
        return True

    def _count_back(self, mail_id: UUID) -> None:
        with self._database.writing() as uow:
            uow.session.get_one(Mail, mail_id, with_for_update=True).tries -= 1


def _notices(uow: UnitOfWork, mail_id: UUID) -> Sequence[Notice]:
    """Return what a mail still has to tell: first what waits for an act, then the newest."""
    query = select(Notice).where(Notice.mail_id == mail_id, Notice.done_at.is_(None))
    found = uow.session.scalars(query.order_by(Notice.id.desc())).all()
    return sorted(found, key=lambda each: not KINDS[each.kind].asks)


def _sent(uow: UnitOfWork, mail_id: UUID) -> None:
    uow.session.get_one(Mail, mail_id).sent_at = uow.now


def _close(uow: UnitOfWork, mail_id: UUID, error: str) -> None:
    mail = uow.session.get(Mail, mail_id)
    if mail is not None and mail.sent_at is None and mail.failed_at is None:
        mail.failed_at, mail.error = uow.now, error


def _give_up(uow: UnitOfWork, job: Job, error: BaseException) -> None:
    if job.subject_id is not None:
        _close(uow, job.subject_id, str(error))
