"""What a person is told about their own account: the last sign-in, and what failed since."""

from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork, insert_into
from records.people.models import LastSignIn, User


def last_sign_in(uow: UnitOfWork, user_id: UUID) -> LastSignIn | None:
    """Return what is known, or None for somebody who never signed in."""
    return uow.session.get(LastSignIn, user_id)


def remember_failure(uow: UnitOfWork, login: str) -> None:
    """Count a failed attempt for its account, when there is one."""
    user_id = uow.session.scalar(select(User.id).where(User.login == login))
    if user_id is None:
        return
    statement = insert_into(uow.session, LastSignIn).values(
        user_id=user_id, failures=1, before_failures=0
    )
    uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id"], set_={"failures": LastSignIn.failures + 1}
        )
    )


def remember_sign_in(uow: UnitOfWork, user_id: UUID, address: str) -> None:
    """Note when and from where; what was the last sign-in is now the one before."""
    statement = insert_into(uow.session, LastSignIn).values(
        user_id=user_id, at=uow.now, address=address, failures=0, before_failures=0
    )
    uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id"],
            set_={
                "at": uow.now,
                "address": address,
                "failures": 0,
                "before_at": LastSignIn.at,
                "before_address": LastSignIn.address,
                "before_failures": LastSignIn.failures,
            },
        )
    )
