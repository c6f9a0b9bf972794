"""Use cases about one's own notices: counting, reading, and how one wants to be told."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select, update

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.notify.models import Notice, NoticeSettings
from records.notify.rules import ASKING, MailWhen, Wishes, check_wishes, mail_due
from records.people.rules import Actor

# A badge counts exactly up to here.
COUNTED = 100


def notice_count(uow: UnitOfWork, actor: Actor) -> int:
    """Return how many notices of a person are not done, exactly up to `COUNTED`; one query."""
    if actor.user_id is None:
        return 0
    found = (
        select(Notice.id)
        .where(Notice.user_id == actor.user_id, Notice.done_at.is_(None))
        .limit(COUNTED)
        .subquery()
    )
    return uow.session.scalar(select(func.count()).select_from(found)) or 0


def read_notice(uow: UnitOfWork, actor: Actor, *, notice_id: UUID) -> Notice:
    """Note that a notice was looked at: it is done, unless it asks for something.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    found = uow.session.get(Notice, notice_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound
    if found.done_at is None and found.kind not in ASKING:
        found.done_at = uow.now
    return found


def read_notices(uow: UnitOfWork, actor: Actor) -> int:
    """Note that all notices were looked at; what asks for something stays. Return how many."""
    done = uow.session.scalars(
        update(Notice)
        .where(
            Notice.user_id == actor.user_id,
            Notice.done_at.is_(None),
            Notice.kind.not_in(ASKING),
        )
        .values(done_at=uow.now)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())


def settings_of(uow: UnitOfWork, user_id: UUID) -> Wishes:
    """Return how a person wants to be told; the defaults for who never said."""
    return wishes_of(uow, [user_id])[user_id]


def wishes_of(uow: UnitOfWork, user_ids: Iterable[UUID]) -> dict[UUID, Wishes]:
    """Return the wishes of people, in one query."""
    wanted = list(user_ids)
    rows = uow.session.scalars(select(NoticeSettings).where(NoticeSettings.user_id.in_(wanted)))
    return {**dict.fromkeys(wanted, Wishes()), **{each.user_id: _wishes(each) for each in rows}}


def change_settings(uow: UnitOfWork, actor: Actor, *, wishes: Wishes) -> Wishes:
    """Keep how a person wants to be told; notices that wait for mail follow at once.

    Raises:
        Invalid: The wishes cannot be met.
    """
    if actor.user_id is None:
        raise NotFound
    check_wishes(wishes)
    row = uow.session.get(NoticeSettings, actor.user_id)
    if row is None:
        row = NoticeSettings(user_id=actor.user_id)
        uow.session.add(row)
    row.mail, row.daily_at = wishes.mail.value, wishes.daily_at
    row.quiet_from, row.quiet_until = wishes.quiet_from, wishes.quiet_until
    row.muted = sorted(wishes.muted)
    _postpone_mail(uow, actor.user_id, wishes)
    uow.record(
        "notice.settings_changed",
        actor_id=actor.user_id,
        objects=[actor.user_id],
        payload={**actor.signature(), "mail": wishes.mail.value, "muted": row.muted},
    )
    return wishes


def _postpone_mail(uow: UnitOfWork, user_id: UUID, wishes: Wishes) -> None:
    waiting = select(Notice).where(Notice.user_id == user_id, Notice.mail_due_at.is_not(None))
    for each in uow.session.scalars(waiting):
        each.mail_due_at = mail_due(wishes, each.kind, each.facts, now=uow.now, zone=uow.zone)


def _wishes(row: NoticeSettings) -> Wishes:
    return Wishes(
        MailWhen(row.mail), row.daily_at, row.quiet_from, row.quiet_until, frozenset(row.muted)
    )
