"""Breaking the glass: who must see a document in an emergency takes a right for a short time.

It is the one way to a document that nobody opened for the person. So it is for one named act of a
working role, never reaches above the person's own clearance, ends by itself, and everybody who
answers for the document is told at once. Every attempt leaves a trace, also one for what does not
exist; whoever asks learns only whether a document opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.core.news import tell
from records.documents.models import BrokenGlass, Document
from records.documents.service import record_document
from records.documents.sharing import grant_for, revoke_for
from records.documents.visibility import get_document, visible_ids
from records.people.directory import holders_of
from records.people.models import User
from records.people.rules import Act, Actor, Role, Secrecy, check_may

REASON_LENGTH = 20
ASKED_LENGTH = 200


def break_glass(
    uow: UnitOfWork, actor: Actor, *, asked: str, reason: str, minutes: int
) -> BrokenGlass:
    """Let a person see a document for some minutes, because they say that they must.

    The caller has verified the password of the person anew.

    Args:
        asked: The number or the id of the document.
        minutes: How long the right holds; 0 where the office allows it to nobody.

    Returns:
        The row of the attempt. Without `until_at` it was in vain: there is no such document, or
        it is above the person's clearance, and nothing tells which.

    Raises:
        NotAllowed: No post of the person allows it, or the office does not.
        Invalid: Nothing was asked for, or the reason is too short.
        Conflict: The person may see the document as it is.
    """
    check_may(actor, Act.BREAK_GLASS)
    if minutes <= 0 or actor.user_id is None:
        raise NotAllowed("Emergency access is switched off in this office.")
    asked, reason = asked.strip()[:ASKED_LENGTH], reason.strip()
    if not asked:
        raise Invalid("This must not be empty.", field="document")
    if len(reason) < REASON_LENGTH:
        raise Invalid(
            "Say in at least %(count)d characters why.", {"count": REASON_LENGTH}, field="reason"
        )
    document = _document(uow, asked)
    if document is not None and visible_ids(uow, actor, [document.id]):
        raise Conflict("You may see this document as it is.", field="document")
    glass = BrokenGlass(
        id=uow.new_id(),
        user_id=actor.user_id,
        document_id=document.id if document else None,
        asked=asked,
        reason=reason,
        broken_at=uow.now,
        until_at=None,
        ended_at=None,
        ended_by=None,
    )
    uow.session.add(glass)
    if document is None or document.secrecy > actor.clearance:
        uow.record(
            "glass.in_vain",
            actor_id=actor.user_id,
            objects=[glass.id, *([document.id] if document else [])],
            payload={**actor.signature(), "asked": asked, "reason": reason},
        )
        return glass
    glass.until_at = uow.now + timedelta(minutes=minutes)
    _open(uow, actor, document, glass, glass.until_at)
    return glass


def _open(
    uow: UnitOfWork, actor: Actor, document: Document, glass: BrokenGlass, until_at: datetime
) -> None:
    uow.session.flush()
    grant_for(
        uow,
        document=document,
        user_id=glass.user_id,
        reason=glass.reason,
        source_id=glass.id,
        granted_by=glass.user_id,
        until_at=until_at,
    )
    facts = {"reason": glass.reason, "until": until_at.isoformat()}
    record_document(uow, actor, "document.glass_broken", document, facts, glass.id)
    tell(
        uow,
        "document.glass_broken",
        to=[each for each in _owners(uow, document) if each != glass.user_id],
        cause=f"document.glass_broken:{glass.id}",
        subject_id=glass.id,
        document_id=document.id,
        facts={"by": str(glass.user_id)},
    )


def end_glass(uow: UnitOfWork, actor: Actor, *, glass_id: UUID) -> BrokenGlass:
    """End such a right before its time; one that has ended stays so.

    Raises:
        NotFound: There is none, it opened nothing, or this person may not know of it.
        NotAllowed: It is somebody else's, and no post allows to take rights back.
    """
    glass = uow.session.get(BrokenGlass, glass_id)
    if glass is None or glass.document_id is None or glass.until_at is None:
        raise NotFound
    if glass.user_id != actor.user_id:
        get_document(uow, actor, glass.document_id)
        check_may(actor, Act.SHARE)
    if glass.ended_at is None and glass.until_at > uow.now:
        glass.ended_at, glass.ended_by = uow.now, actor.user_id
        revoke_for(uow, [glass.id])
        document = uow.session.get_one(Document, glass.document_id)
        record_document(uow, actor, "document.glass_closed", document, {}, glass.id)
    return glass


# Who is shown what ------------------------------------------------------------------------------


@dataclass(frozen=True)
class GlassLine:
    """One attempt, as its reader may know it.

    Attributes:
        number: Of the document; None when nothing opened, or it is above the reader's clearance.
        asked: What was typed; None when it is above the reader's clearance, as the reason then is.
        opened: Whether it gave a right.
        holds: Whether the right holds now.
    """

    id: UUID
    at: datetime
    user_id: UUID
    who: str
    document_id: UUID | None
    number: str | None
    asked: str | None
    reason: str | None
    opened: bool
    holds: bool
    until_at: datetime | None
    ended_at: datetime | None


def list_glasses(
    uow: UnitOfWork,
    actor: Actor,
    *,
    own: bool = False,
    before: UUID | None = None,
    limit: int = 50,
) -> list[GlassLine]:
    """Return attempts, newest first: all of them to who reads the log, else one's own; one query.

    Args:
        own: One's own alone, whoever asks.
        before: Only older ones than this.
    """
    query = _lines()
    if own or not actor.may(Act.READ_LOG):
        query = query.where(BrokenGlass.user_id == actor.user_id)
    if before is not None:
        query = query.where(BrokenGlass.id < before)
    rows = uow.session.execute(query.order_by(BrokenGlass.id.desc()).limit(limit)).all()
    return [_line(uow, actor, *row) for row in rows]


def glasses_of(uow: UnitOfWork, actor: Actor, document_id: UUID) -> list[GlassLine]:
    """Return the rights on a document that hold now, for who may see it; one query."""
    query = _lines().where(
        BrokenGlass.document_id == document_id,
        BrokenGlass.until_at > uow.now,
        BrokenGlass.ended_at.is_(None),
    )
    rows = uow.session.execute(query.order_by(BrokenGlass.id.desc())).all()
    return [_line(uow, actor, *row) for row in rows]


def _lines() -> Select[BrokenGlass, str, str | None, int | None]:
    return (
        select(BrokenGlass, User.name, Document.number, Document.secrecy)
        .join(User, User.id == BrokenGlass.user_id)
        .outerjoin(Document, Document.id == BrokenGlass.document_id)
    )


def _line(
    uow: UnitOfWork,
    actor: Actor,
    glass: BrokenGlass,
    who: str,
    number: str | None,
    secrecy: int | None,
) -> GlassLine:
    opened = glass.until_at is not None
    is_own = glass.user_id == actor.user_id
    # What one typed oneself is no news; of what did not open, nothing more is told to anybody.
    hidden = not is_own and secrecy is not None and Secrecy(secrecy) > actor.clearance
    told = opened and not hidden and secrecy is not None and secrecy <= actor.clearance
    holds = glass.until_at is not None and glass.ended_at is None and glass.until_at > uow.now
    return GlassLine(
        glass.id,
        glass.broken_at,
        glass.user_id,
        who,
        glass.document_id if told else None,
        number if told else None,
        None if hidden else glass.asked,
        None if hidden else glass.reason,
        opened,
        holds,
        glass.until_at,
        glass.ended_at,
    )


def _owners(uow: UnitOfWork, document: Document) -> Sequence[UUID]:
    """Return who answers for a document: clerks of its register, leaders and clerks of its unit.

    Whoever of them is not cleared for it is told as well, and of it nothing.
    """
    found = holders_of(uow, Role.CLERK, unit_id=document.clerk_unit_id)
    if document.unit_id is not None:
        found += holders_of(uow, Role.LEADER, unit_id=document.unit_id)
        found += holders_of(uow, Role.CLERK, unit_id=document.unit_id)
    return list(dict.fromkeys(found))


def _document(uow: UnitOfWork, asked: str) -> Document | None:
    try:
        named = Document.id == UUID(asked)
    except ValueError:
        return uow.session.scalar(select(Document).where(Document.number == asked).limit(1))
    return uow.session.scalar(select(Document).where(or_(named, Document.number == asked)))
