"""Conditional requests (RFC 9110, section 13): the version of a row is its ETag."""

from flask import request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

_MOST_DIGITS = 18


def wanted_version() -> int | None:
    """Return the version that the caller saw; `*` asks for none in particular.

    Raises:
        PreconditionRequired: There is no If-Match.
        PreconditionFailed: It is no version.
    """
    if "If-Match" not in request.headers:
        raise PreconditionRequired
    return seen_version()


def seen_version() -> int | None:
    """Return the version that the caller saw, None where that is not said.

    Raises:
        PreconditionFailed: It is no version.
    """
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    digits = given.strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise PreconditionFailed
    return int(digits)
