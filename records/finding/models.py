"""Tables of what people ask: the synonyms of the office."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class SynonymGroup(Base):
    """Words and phrases that mean the same in this office, as they were written."""

    __tablename__ = "synonym_group"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    words: Mapped[list[str]]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
