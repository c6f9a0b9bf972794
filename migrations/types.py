"""Column types as the migrations write them, free of the models."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


def identifier() -> Any:
    """A UUID: native on PostgreSQL, 16 bytes elsewhere."""
    return sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def instant() -> Any:
    """A time in UTC."""
    return sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
