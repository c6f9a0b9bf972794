"""The root of all tables, and the types of their columns."""

import json
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import LargeBinary, MetaData, Table, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import DateTime, Text, TypeDecorator

# The column that holds wrapped data keys, whatever the table: so that rotation finds them all.
WRAPPED_KEY = "wrapped_key"


class Identifier(TypeDecorator[UUID]):
    """A UUID: native on PostgreSQL, 16 bytes on SQLite, so that indexes stay small."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the native type where there is one."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """Hand 16 bytes to SQLite."""
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """Make a UUID of 16 bytes."""
        return value if value is None or dialect.name == "postgresql" else UUID(bytes=value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time; naive values are refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Keep the zone where the database can."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware time."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """A small JSON value kept as text, readable in any database tool."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write compactly, Chinese as it is."""
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read back."""
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """Root of all tables; constraint names follow one convention, so migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        UUID: Identifier(),
        datetime: Instant(),
        str: Text(),
        dict[str, Any]: Json(),
        dict[str, str]: Json(),
        list[str]: Json(),
        list[Any]: Json(),
    }


def table_of(model: type[Base]) -> Table:
    """Return the table of a model, for statements that need none of the ORM."""
    return cast("Table", model.__table__)
