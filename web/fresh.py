"""Acts that need somebody who has just proved who they are, not only a session that lies open."""

from datetime import timedelta

from flask import flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from web.boundary import reading
from web.session import current_identity

FRESH_LENGTH = timedelta(minutes=10)


def is_fresh() -> bool:
    """Tell whether whoever asks has proved lately who they are."""
    identity = current_identity()
    proved_at = identity.signed_in_at if identity else None
    with reading() as uow:
        return proved_at is not None and uow.now - proved_at < FRESH_LENGTH


def not_fresh(onward: str) -> Response | None:
    """Lead to the page that asks for the password again, unless that was done lately."""
    if is_fresh():
        return None
    flash(gettext("Nothing was done yet. Prove first that it is you."), "plain")
    return redirect(url_for("signin.again", next=onward), code=303)
