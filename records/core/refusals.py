"""Refused attempts: known people's go to the log one by one, strangers' are counted by minute."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base
from records.core.database import UnitOfWork, insert_into


class AnonymousRefusal(Base):
    """How many attempts an address made in a minute without anybody being known."""

    __tablename__ = "anonymous_refusal"

    address: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


def record_refusal(
    uow: UnitOfWork,
    *,
    actor_id: UUID | None,
    act: str,
    code: str,
    address: str,
    objects: tuple[UUID, ...] = (),
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Record an attempt that was refused; the boundary calls this in a unit of its own.

    Args:
        act: What was tried: a route or a command, without its parameters.
        code: Code of the refusal.
        objects: Things that exist and were meant; an unknown id is not recorded.
    """
    if actor_id is not None:
        uow.record(
            "access.refused",
            actor_id=actor_id,
            objects=[actor_id, *objects],
            payload={"act": act, "code": code, "address": address, **(payload or {})},
        )
        return
    minute = uow.now.replace(second=0, microsecond=0)
    statement = insert_into(uow.session, AnonymousRefusal).values(
        address=address, minute=minute, code=code, count=1
    )
    uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["address", "minute", "code"],
            set_={"count": AnonymousRefusal.count + 1},
        )
    )
