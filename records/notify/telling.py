"""Telling people: what services said in their transactions becomes notices, each once per person.

Both handlers can run any number of times: a notice is there once per person and cause, and what is
done stays done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update

from records.core.database import UnitOfWork, insert_into
from records.core.jobs import NOBODY_CAME_BACK, Job, finish
from records.core.runner import Apply, Handler
from records.notify.endings import OWN_ENDINGS, ended, ended_for_one
from records.notify.models import Notice
from records.notify.rules import KINDS, SETTLING, mail_due
from records.notify.service import wishes_of
from records.people.models import User


def tell_handler(*, mails: bool) -> Handler:
    """Return how news become notices.

    Args:
        mails: Whether there is a mail server, so that notices can wait for mail at all.
    """

    def work(job: Job) -> Apply:
        return lambda uow: _tell(uow, _News.of(job), mails=mails)

    return Handler(work, _do_at_last(work))


def settle_handler() -> Handler:
    """Return how notices about subjects that have ended become done."""
    return Handler(_settle, _do_at_last(_settle))


def _settle(job: Job) -> Apply:
    subjects = [UUID(each) for each in job.payload["subjects"]]

    def apply(uow: UnitOfWork) -> None:
        for kind in SETTLING:
            about = Notice.subject_id.in_(subjects)
            _finish(uow, about, Notice.kind == kind, Notice.subject_id.in_(ended(kind, subjects)))
        for kind in OWN_ENDINGS:
            own = ended_for_one(kind, subjects)
            _finish(uow, about, Notice.kind == kind, Notice.subject_id.in_(own))

    return apply


def _do_at_last(
    work: Callable[[Job], Apply],
) -> Callable[[UnitOfWork, Job, BaseException], None]:
    """Do a job all the same that has lost all its workers, in the transaction that gives it up.

    It is short, and what nobody is told is lost for ever. A job that failed by itself stays failed.
    """

    def give_up(uow: UnitOfWork, job: Job, error: BaseException) -> None:
        if str(error) == NOBODY_CAME_BACK:
            work(job)(uow)
            finish(uow, job)

    return give_up


@dataclass(frozen=True)
class _News:
    """What a job says: who is to be told of what."""

    kind: str
    to: tuple[UUID, ...]
    cause: str
    subject_id: UUID
    document_id: UUID | None
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, job: Job) -> "_News":
        told = job.payload
        if job.subject_id is None or told["kind"] not in KINDS:
            message = f"nobody knows how to tell of {told['kind']}"
            raise ValueError(message)
        document = UUID(told["document"]) if told["document"] else None
        people = tuple(UUID(each) for each in told["to"])
        return cls(told["kind"], people, told["cause"], job.subject_id, document, told["facts"])


def _tell(uow: UnitOfWork, news: _News, *, mails: bool) -> None:
    people = uow.session.scalars(
        select(User).where(User.id.in_(news.to), User.disabled_at.is_(None))
    ).all()
    if not people:
        return
    kind = KINDS[news.kind]
    over = kind.settles and _has_ended(uow, news)
    wishes = wishes_of(uow, [each.id for each in people])
    rows: list[dict[str, object]] = []
    for person in people:
        wish = wishes[person.id]
        silent = news.kind in wish.muted and not (kind.asks or kind.warns)
        waits = mails and bool(person.email) and not over
        due = mail_due(wish, news.kind, news.facts, now=uow.now, zone=uow.zone)
        rows.append(
            {
                "id": uow.new_id(),
                "user_id": person.id,
                "kind": news.kind,
                "cause": news.cause,
                "document_id": news.document_id,
                "subject_id": news.subject_id,
                "facts": dict(news.facts),
                "created_at": uow.now,
                "done_at": uow.now if over or silent else None,
                "mail_due_at": due if waits else None,
                "mail_id": None,
            }
        )
    told = _write(uow, rows)
    if kind.settles and told and not over:
        _replace_older(uow, news, told)


def _write(uow: UnitOfWork, rows: list[dict[str, object]]) -> list[UUID]:
    """Write notices that are not there yet, and return who is told by them."""
    statement = insert_into(uow.session, Notice).values(rows)
    fresh = statement.on_conflict_do_nothing(index_elements=["user_id", "cause"])
    return list(uow.session.scalars(fresh.returning(Notice.user_id)))


def _replace_older(uow: UnitOfWork, news: _News, told: Sequence[UUID]) -> None:
    """Let a notice take the place of older ones about the same, and of their place in the mail."""
    older = (
        Notice.subject_id == news.subject_id,
        Notice.user_id.in_(told),
        Notice.cause != news.cause,
        Notice.kind.in_(SETTLING),
        Notice.done_at.is_(None),
    )
    earlier = select(Notice.user_id, func.min(Notice.mail_due_at)).where(
        *older, Notice.mail_due_at.is_not(None)
    )
    for user_id, due in uow.session.execute(earlier.group_by(Notice.user_id)).all():
        later = or_(Notice.mail_due_at.is_(None), Notice.mail_due_at > due)
        uow.session.execute(
            update(Notice)
            .where(Notice.user_id == user_id, Notice.cause == news.cause, later)
            .values(mail_due_at=due)
            .execution_options(synchronize_session=False)
        )
    _finish(uow, *older)


def _finish(uow: UnitOfWork, *which: ColumnElement[bool]) -> None:
    uow.session.execute(
        update(Notice)
        .where(*which, Notice.done_at.is_(None))
        .values(done_at=uow.now)
        .execution_options(synchronize_session=False)
    )


def _has_ended(uow: UnitOfWork, news: _News) -> bool:
    """Return whether a subject ended before its news was told.

    The row is held: whoever ends it afterwards settles the notice that is written now.
    """
    query = ended(news.kind, [news.subject_id]).with_for_update(read=True)
    return uow.session.scalar(query) is not None
