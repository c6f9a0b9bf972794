"""Trust: second factors and attempts at signing in, glass that was broken, the four checks."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sign_in()
    _break_glass()
    _four_checks()


def _sign_in() -> None:
    """Make the tables of second factors and of attempts."""


def _break_glass() -> None:
    """Make the table of access that was taken in an emergency."""


def _four_checks() -> None:
    """Make the table of what the four checks found."""


def downgrade() -> None:
    _drop_four_checks()
    _drop_break_glass()
    _drop_sign_in()


def _drop_four_checks() -> None:
    """Undo `_four_checks`."""


def _drop_break_glass() -> None:
    """Undo `_break_glass`."""


def _drop_sign_in() -> None:
    """Undo `_sign_in`."""
