"""Tables of what people ask: synonyms of the office, searches that are saved, the last ones."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class SynonymGroup(Base):
    """Words and phrases that mean the same in this office, as they were written."""

    __tablename__ = "synonym_group"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    words: Mapped[list[str]]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class SavedSearch(Base):
    """A question that one person keeps under a name, for themself alone.

    `filters` are the chosen values by facet, `place` is what the search is kept to as it stands in
    the address, or empty. `told_since` is since when the person wants to hear of new hits, and
    empty if they do not; `looked_until` is the first log entry that was not looked at for them.
    """

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    question: Mapped[str]
    filters: Mapped[dict[str, Any]]
    place: Mapped[str]
    told_since: Mapped[datetime | None]
    looked_until: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class SearchHit(Base):
    """A document of which a saved search has told, so that it never tells of it again."""

    __tablename__ = "search_hit"

    search_id: Mapped[UUID] = mapped_column(ForeignKey("saved_search.id"), primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)


class RecentSearch(Base):
    """A question that one person asked lately; asked again, it only moves up."""

    __tablename__ = "recent_search"
    __table_args__ = (Index(None, "user_id", "asked_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
