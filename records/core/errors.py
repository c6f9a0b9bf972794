"""The family of refusals: each has a code for programs and a message key for people.

Services raise these and nothing else on purpose; only `web/errors.py` knows HTTP. A message is an
English sentence with named placeholders, which is also its key in the catalogues; `details` fills
the placeholders and travels to programs as it is.
"""

from collections.abc import Mapping


class Refusal(Exception):
    """Root of all refusals.

    Args:
        message: An English sentence, the key of its translations, with `%(name)s` placeholders.
        details: Values for the placeholders.
        field: The input at fault, by its REST name, where one is.
    """

    code = "refused"

    def __init__(
        self, message: str, details: Mapping[str, object] | None = None, *, field: str | None = None
    ) -> None:
        self.message = message
        self.details = dict(details or {})
        self.field = field
        super().__init__(message % self.details if self.details else message)


class NotFound(Refusal):
    """The thing does not exist, or the person may not know that it does."""

    code = "not_found"

    def __init__(self, message: str = "There is nothing here under this address.") -> None:
        super().__init__(message)


class NotAllowed(Refusal):
    """The person is known and the act is not theirs to do."""

    code = "not_allowed"


class NotSignedIn(Refusal):
    """Nobody is signed in, or the session, token or password is not good (any more)."""

    code = "not_signed_in"


class Invalid(Refusal):
    """The input breaks a rule; `field` names it."""

    code = "invalid"


class Conflict(Refusal):
    """The state of things does not allow the act, or has changed meanwhile."""

    code = "conflict"


class Stale(Conflict):
    """Somebody else changed the row since it was read."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__("Somebody else has changed this in the meantime. Look at it again first.")


class TooMany(Refusal):
    """Too many attempts; `details['seconds']` says how long to wait."""

    code = "too_many"


class Unavailable(Refusal):
    """A part of the service is out of order for now; the same call may work later."""

    code = "unavailable"


class Kept(Unavailable):
    """It could not be done now, but what was sent is kept and is done later by itself."""

    code = "kept"
