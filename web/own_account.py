"""One's own account: posts, language and appearance, password, and tokens for programs."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.errors import Invalid, NotFound, Refusal
from records.people.directory import places_of_users
from records.people.models import ApiToken
from records.people.service import get_user
from records.people.signing_in import add_token, revoke_token, tokens_of
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.fresh import not_fresh
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor

own_account = Blueprint("own_account", __name__, url_prefix="/account")

DAYS = (30, 90, 365)


@route(own_account, "", permission=SIGNED_IN)
def show() -> str:
    """Show the account of whoever asks."""
    return _page()


@route(own_account, "/tokens", permission=SIGNED_IN, methods=("POST",))
def make_token() -> Response | tuple[str, int]:
    """Make a token, and show it in the answer: only its hash is kept."""
    stale = not_fresh(url_for("own_account.show"))
    if stale is not None:
        return stale
    label, days = request.form.get("label", "").strip(), request.form.get("days", "")
    try:
        if not label:
            raise Invalid("This must not be empty.", field="label")
        if days not in {str(each) for each in DAYS}:
            raise Invalid("There is no such choice.", field="days")
        with writing() as uow:
            secret = add_token(
                uow,
                actor(),
                user_id=own_id(),
                label=label,
                expires_at=uow.now + timedelta(days=int(days)),
            )
    except Invalid as refusal:
        return _page(refusal), status_of(refusal)
    return _page(secret=secret), 200


@route(own_account, "/tokens/<uuid:token_id>/end", permission=SIGNED_IN, methods=("POST",))
def end_token(token_id: UUID) -> Response:
    """End one of one's own tokens."""
    with writing() as uow:
        if token_id not in {each.id for each in tokens_of(uow, own_id())}:
            raise NotFound
        revoke_token(uow, actor(), token_id=token_id)
    flash(gettext("The token works no more."), "ok")
    return redirect(url_for("own_account.show"), code=303)


def own_id() -> UUID:
    """Return who asks.

    Raises:
        NotFound: It is the service itself.
    """
    user_id = actor().user_id
    if user_id is None:
        raise NotFound
    return user_id


def _page(refusal: Refusal | None = None, secret: str | None = None) -> str:
    with reading() as uow:
        user = get_user(uow, own_id())
        posts = places_of_users(uow, [user.id])[user.id]
        tokens = [(each, _state(each, uow.now)) for each in tokens_of(uow, user.id)]
    labels: dict[UUID | None, str] = {each.id: each.label for each, _ in tokens}
    return render_template(
        "people/account.html",
        user=user,
        clearance=actor().clearance,
        posts=posts,
        tokens=[(each, state, labels.get(each.made_by)) for each, state in tokens],
        secret=secret,
        days=DAYS,
        values=request.form,
        errors={refusal.field or "": sentence(refusal)} if refusal else {},
    )


def _state(token: ApiToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= now else "active"


def init_app(app: Flask) -> None:
    """Add the page of one's own account."""
    app.register_blueprint(own_account)
