"""One's own second factor and one's own sessions, on the pages of the account."""

from urllib.parse import quote
from uuid import UUID

import segno
from flask import Blueprint, Flask, flash, jsonify, redirect, render_template, request, url_for
from flask import Response as PlainResponse
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from records.core.errors import Conflict, Invalid, Refusal
from records.people import second_factor as factors
from records.people.keys import passkeys_in_use
from records.people.last_sign_in import last_sign_in
from records.people.passkey_door import enrol_to_open, let_open, stop_opening
from records.people.service import get_user
from records.people.sessions import end_other_sessions, end_session, sessions_of
from records.people.signing_in import hash_secret
from web import session
from web.boundary import office, reading, writing
from web.browsers import device_in_words
from web.errors import sentence, status_of
from web.fresh import is_fresh, not_fresh
from web.own_account import own_id
from web.passkeys import answered, party
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor

second_factor = Blueprint("second_factor", __name__, url_prefix="/account/sign-in")


@route(second_factor, "", permission=SIGNED_IN)
def show() -> str:
    """Show how one signs in, and where one is signed in."""
    return _page()


@route(second_factor, "/factor", permission=SIGNED_IN, methods=("POST",))
def begin() -> Response:
    """Make a secret; the page then shows it and waits for the first code."""
    stale = not_fresh(_here())
    if stale is not None:
        return stale
    with writing() as uow:
        factors.begin_factor(uow, office().vault, actor())
    return redirect(_here(), code=303)


@route(second_factor, "/factor/confirm", permission=SIGNED_IN, methods=("POST",))
def confirm() -> Response | tuple[str, int]:
    """Take the first code, and show the recovery codes in the answer: they are kept nowhere."""
    stale = not_fresh(_here())
    if stale is not None:
        return stale
    try:
        with writing() as uow:
            codes = factors.confirm_factor(
                uow, office().vault, actor(), code="".join(request.form.get("code", "").split())
            )
    except Invalid as refusal:
        return _page(refusal), status_of(refusal)
    return _page(codes=codes), 200


@route(second_factor, "/factor/codes", permission=SIGNED_IN, methods=("POST",))
def renew_codes() -> Response | tuple[str, int]:
    """Make new recovery codes."""
    stale = not_fresh(_here())
    if stale is not None:
        return stale
    with writing() as uow:
        codes = factors.renew_recovery_codes(uow, actor())
    return _page(codes=codes), 200


@route(second_factor, "/factor/end", permission=SIGNED_IN, methods=("POST",))
def remove() -> Response:
    """Sign in by password alone again."""
    stale = not_fresh(_here())
    if stale is not None:
        return stale
    with writing() as uow:
        factors.remove_factor(uow, actor())
    _say_what_is_left()
    return redirect(_here(), code=303)


@route(second_factor, "/passkeys", permission=SIGNED_IN, methods=("POST",))
def enrol_passkey() -> Response:
    """Keep the passkey that the browser has made, and let it open."""

    def act() -> PlainResponse:
        if not is_fresh():
            raise Conflict("Nothing was done yet. Prove first that it is you.")
        with writing() as uow:
            key = enrol_to_open(
                uow,
                office().vault,
                actor(),
                answer=request.form.get("answer", ""),
                label=request.form.get("label", ""),
                party=party(),
            )
        _say_opens(key.label)
        return jsonify({"href": _here()})

    return answered(act)


@route(second_factor, "/passkeys/<uuid:key_id>", permission=SIGNED_IN, methods=("POST",))
def take_passkey(key_id: UUID) -> Response:
    """Let a passkey open with which one signs already."""
    stale = not_fresh(_here())
    if stale is not None:
        return stale
    with writing() as uow:
        let_open(uow, actor(), key_id=key_id)
        label = next(each.label for each in passkeys_in_use(uow, own_id()) if each.id == key_id)
    _say_opens(label)
    return redirect(_here(), code=303)


@route(second_factor, "/passkeys/<uuid:key_id>/end", permission=SIGNED_IN, methods=("POST",))
def leave_passkey(key_id: UUID) -> Response:
    """Let a passkey open no more."""
    stale = not_fresh(_here())
    if stale is not None:
        return stale
    with writing() as uow:
        stop_opening(uow, actor(), key_id=key_id)
    _say_what_is_left()
    return redirect(_here(), code=303)


def _say_opens(label: str) -> None:
    flash(gettext("You sign in with your password and the passkey %(name)s now.", name=label), "ok")


def _say_what_is_left() -> None:
    with reading() as uow:
        still = factors.has_factor(uow, own_id())
    flash(gettext("Kept.") if still else gettext("You sign in by password alone now."), "ok")


@route(second_factor, "/sessions/<name>/end", permission=SIGNED_IN, methods=("POST",))
def end(name: str) -> Response:
    """End one of one's own sessions."""
    with writing() as uow:
        end_session(uow, actor(), name=name)
    flash(gettext("The session has ended."), "ok")
    return redirect(_here(), code=303)


@route(second_factor, "/sessions/end", permission=SIGNED_IN, methods=("POST",))
def end_others() -> Response:
    """End all of one's own sessions but this one."""
    with writing() as uow:
        end_other_sessions(uow, actor(), secret=session.own_secret())
    flash(gettext("All other sessions have ended."), "ok")
    return redirect(_here(), code=303)


def _page(refusal: Refusal | None = None, codes: list[str] | None = None) -> str:
    identity = session.current_identity()
    mine = hash_secret(session.own_secret())
    with reading() as uow:
        user = get_user(uow, own_id())
        factor = factors.factor_in_use(uow, user.id)
        begun = factors.begun_secret(uow, office().vault, actor())
        passkeys = passkeys_in_use(uow, user.id)
        has = factor is not None or any(each.opens_since for each in passkeys)
        left = factors.recovery_left(uow, user.id) if has else 0
        sessions = [
            (each, device_in_words(each.agent), each.secret_hash == mine)
            for each in sessions_of(uow, user.id)
        ]
        last = last_sign_in(uow, user.id)
    return render_template(
        "people/sign_in.html",
        factor=factor,
        has=has,
        passkeys=passkeys,
        is_usable=party().is_usable,
        public_url=office().config.public_url,
        fresh=is_fresh(),
        begun=begun,
        picture=_picture(user.login, begun) if begun else None,
        left=left,
        codes=codes,
        must=bool(identity and identity.must_add_factor and not has),
        sessions=sessions,
        last=last,
        error=sentence(refusal) if refusal else None,
    )


def _picture(login: str, secret: str) -> Markup:
    text = f"otpauth://totp/Chancery:{quote(login)}?secret={secret}&issuer=Chancery"
    # Made by segno of a text of ours; black on white in every theme, or no camera reads it.
    return Markup(  # noqa: S704
        segno.make(text, error="m", micro=False).svg_inline(
            border=3, light="#fff", omitsize=True, svgclass="qr"
        )
    )


def _here() -> str:
    return url_for("second_factor.show")


def init_app(app: Flask) -> None:
    """Add the page of signing in."""
    app.register_blueprint(second_factor)
