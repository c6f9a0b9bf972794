"""Tables of classification: the file plan."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class FileClass(Base):
    """A node of the file plan; it decides retention, unit and default secrecy.

    `retention` is `permanent` or a number of years as text, empty on classes that only group.
    """

    __tablename__ = "file_class"
    __table_args__ = (
        CheckConstraint(
            "default_secrecy IS NULL OR default_secrecy BETWEEN 0 AND 4", name="default_secrecy"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    search_key: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("file_class.id"), index=True)
    retention: Mapped[str | None]
    default_secrecy: Mapped[int | None]
    default_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    closed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
