"""Intake that does the typing: what is related, filing suggested, scans recognised, channels."""

import sqlalchemy as sa
from alembic import op

from migrations import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _components()
    _related()
    _filing()
    _scans()
    _channels()


def _components() -> None:
    op.add_column("component", sa.Column("derived_from", types.identifier(), nullable=True))


def _related() -> None:
    """Make the tables of what belongs together."""


def _filing() -> None:
    """Make the tables of filing rules and of what was learned."""


def _scans() -> None:
    """Make the tables of recognised pages."""


def _channels() -> None:
    """Make the tables of what came in."""


def downgrade() -> None:
    _drop_channels()
    _drop_scans()
    _drop_filing()
    _drop_related()
    _drop_components()


def _drop_components() -> None:
    op.drop_column("component", "derived_from")


def _drop_related() -> None:
    """Undo `_related`."""


def _drop_filing() -> None:
    """Undo `_filing`."""


def _drop_scans() -> None:
    """Undo `_scans`."""


def _drop_channels() -> None:
    """Undo `_channels`."""
