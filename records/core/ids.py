"""Identifiers: UUIDv7 (RFC 9562), which sort by the time they were made and tell nothing else."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
