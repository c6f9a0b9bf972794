"""A device that somebody has signed in with before: a signed cookie that outlives the session.

It opens nothing. It gives the device an allowance of wrong passwords of its own, so that nobody who
guesses elsewhere can keep the owner out.
"""

import secrets
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

_NAME = "chancery-device"
_LENGTH_SECONDS = 180 * 24 * 3600
# People who share a computer; the one who signed in longest ago falls out.
_MOST = 8


def device_of(login: str) -> str | None:
    """Return the id of this device, when the person has signed in with it before."""
    known = _read()
    return known["id"] if login.strip().casefold() in known["logins"] else None


def remember_device(answer: Response | AnyResponse, login: str) -> None:
    """Let the browser keep that this person has signed in with it."""
    known = _read()
    logins = [login, *(each for each in known["logins"] if each != login)][:_MOST]
    answer.set_cookie(
        _cookie_name(),
        _signer().dumps({"id": known["id"], "logins": logins}),
        max_age=_LENGTH_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _read() -> dict[str, Any]:
    try:
        found = _signer().loads(request.cookies.get(_cookie_name(), ""), max_age=_LENGTH_SECONDS)
    except BadSignature:
        found = None
    return found or {"id": secrets.token_urlsafe(12), "logins": []}


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="chancery device")


def _cookie_name() -> str:
    return f"__Host-{_NAME}" if current_app.config["SESSION_COOKIE_SECURE"] else _NAME
