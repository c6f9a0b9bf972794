"""The rule about seals that are out: from the hour they are due back they are urged, once a day."""

from datetime import timedelta

from sqlalchemy import or_, select

from records.core.database import UnitOfWork
from records.core.news import tell
from records.seals.models import Seal, SealUsage
from records.seals.rules import SealState

AGAIN = timedelta(days=1)
# Lines that one transaction looks at; a seal is out once, so there are never many.
BATCH = 200


def urge_late(uow: UnitOfWork) -> int:
    """Tell applicant and keeper of each seal that should be back; return how many were urged.

    The lines are held, so that two workers tell nobody twice. A seal that was lost outside is not
    late any more: other people look for it.
    """
    query = (
        select(SealUsage, Seal)
        .join(Seal, Seal.id == SealUsage.seal_id)
        .where(
            SealUsage.outside,
            SealUsage.returned_at.is_(None),
            SealUsage.due_back_at <= uow.now,
            or_(SealUsage.urged_at.is_(None), SealUsage.urged_at <= uow.now - AGAIN),
            Seal.state == SealState.LENT.value,
        )
        .order_by(SealUsage.due_back_at)
        .limit(BATCH)
        .with_for_update(of=SealUsage, skip_locked=True)
    )
    late = uow.session.execute(query).all()
    for line, seal in late:
        line.urged_at = uow.now
        tell(
            uow,
            "seal.late",
            to=[each for each in (line.applicant_id, seal.keeper_id) if each is not None],
            cause=f"seal.late:{line.id}:{uow.today.isoformat()}",
            subject_id=line.id,
            document_id=line.document_id,
            facts={"seal": str(seal.id), "request": str(line.request_id)},
        )
    return len(late)
