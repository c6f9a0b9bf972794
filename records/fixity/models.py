"""Tables of fixity: the runs, and how far the mirror has come."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class FixityRun(Base):
    """One check of a share of all objects, kept when it ended.

    `after` and `until` bound the names that it read; `day` is the business day of a daily one,
    which no two processes keep twice. `missing`, `extra`, `changed` and `restored` are lists of
    `{kind, id, reason}`, cut at `service.MOST_ITEMS`.
    """

    __tablename__ = "fixity_run"
    __table_args__ = (CheckConstraint("objects >= 0", name="objects"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date | None] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    after: Mapped[str]
    until: Mapped[str]
    objects: Mapped[int]
    mirrored: Mapped[int]
    missing: Mapped[list[Any]]
    extra: Mapped[list[Any]]
    changed: Mapped[list[Any]]
    restored: Mapped[list[Any]]


class MirrorState(Base):
    """Objects bound before `copied_until` are in the mirror, but for what fixity finds."""

    __tablename__ = "mirror_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    copied_until: Mapped[datetime]
