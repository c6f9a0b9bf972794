"""The second factor at the door: a passkey, a code of the phone, or a recovery code.

Whoever comes here has shown the right password and has no session yet.
"""

import json
from collections.abc import Callable
from uuid import UUID

from flask import Response as PlainResponse
from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotSignedIn, Refusal, TooMany
from records.core.refusals import record_refusal
from records.people import second_factor as factors
from records.people.keys import opening_passkeys
from records.people.passkey_door import ask_at_the_door, prove_by_passkey, take_question
from records.people.service import get_user
from web import session
from web.addresses import inside
from web.boundary import office, reading, writing
from web.devices import device_of
from web.errors import sentence, status_of
from web.forms import read_id
from web.passkeys import answered, party
from web.permissions import PUBLIC
from web.routes import route
from web.signin import HOME, begin_session, begun, caller, retry_after, signin


@route(signin, "/sign-in/code", permission=PUBLIC)
def code() -> str | Response:
    """Ask for the second factor of whoever has shown the right password."""
    user_id = _half_user()
    if user_id is None:
        return redirect(url_for("signin.form", next=request.args.get("next")), code=303)
    return _form(user_id)


@route(signin, "/sign-in/code", permission=PUBLIC, methods=("POST",), endpoint="prove")
def prove() -> Response | tuple[str, int, dict[str, str]]:
    """Take the code, and open the session."""
    user_id = _half_user()
    if user_id is None:
        return redirect(url_for("signin.form", next=request.form.get("next")), code=303)
    given = request.form.get("code", "")

    def take(uow: UnitOfWork, device: str | None) -> None:
        user = get_user(uow, user_id)
        factors.prove(uow, office().vault, user, code=given, address=caller(), device=device)

    refusal = _prove(user_id, take)
    if refusal is not None:
        return _form(user_id, refusal), status_of(refusal), retry_after(refusal)
    return begun(user_id, _onward())


@route(signin, "/sign-in/passkey/ask", permission=PUBLIC, methods=("POST",))
def ask_passkey() -> Response:
    """Give the question for the passkeys of whoever has shown the right password."""

    def act() -> PlainResponse:
        user_id = _half_user()
        if user_id is None:
            raise _too_late()
        with writing() as uow:
            asked, options = ask_at_the_door(uow, office().vault, get_user(uow, user_id), party())
        return jsonify({"request": str(asked), "options": json.loads(options)})

    return answered(act)


@route(signin, "/sign-in/passkey", permission=PUBLIC, methods=("POST",))
def answer_passkey() -> Response:
    """Take the answer of a passkey, and open the session."""

    def act() -> PlainResponse:
        user_id, request_id = _half_user(), read_id(request.form.get("request", ""))
        if user_id is None or request_id is None:
            raise _too_late()
        # In a unit of its own: a wrong answer must not give the question back.
        with writing() as uow:
            asked = take_question(uow, request_id, get_user(uow, user_id))

        def take(uow: UnitOfWork, device: str | None) -> None:
            prove_by_passkey(
                uow,
                office().vault,
                get_user(uow, user_id),
                asked=asked,
                answer=request.form.get("answer", ""),
                party=party(),
                address=caller(),
                device=device,
            )

        refusal = _prove(user_id, take)
        if refusal is not None:
            raise refusal
        opened = jsonify({"href": _onward()})
        begin_session(user_id, opened)
        return opened

    return answered(act)


def _prove(user_id: UUID, take: Callable[[UnitOfWork, str | None], None]) -> Refusal | None:
    """Take what is shown and close the half; what is wrong is recorded by itself."""
    half = session.half_secret()
    with reading() as uow:
        device = device_of(get_user(uow, user_id).login)
    try:
        with writing() as uow:
            take(uow, device)
            if half is not None:
                factors.close_half(uow, half)
    except (Invalid, TooMany) as refusal:
        with writing() as uow:
            if isinstance(refusal, Invalid):
                user = get_user(uow, user_id)
                factors.count_wrong_code(uow, user, address=caller(), device=device)
            record_refusal(
                uow, actor_id=user_id, act="second factor", code=refusal.code, address=caller()
            )
        return refusal
    return None


def _half_user() -> UUID | None:
    secret = session.half_secret()
    if secret is None:
        return None
    try:
        with reading() as uow:
            return factors.half_of(uow, secret).id
    except NotSignedIn:
        return None


def _form(user_id: UUID, refusal: Refusal | None = None) -> str:
    with reading() as uow:
        has_passkey = bool(opening_passkeys(uow, user_id)) and party().is_usable
        has_codes = factors.factor_in_use(uow, user_id) is not None
    return render_template(
        "signin/code.html",
        next=_onward(),
        has_passkey=has_passkey,
        has_codes=has_codes,
        error=sentence(refusal) if refusal else None,
    )


def _onward() -> str:
    return inside(request.values.get("next"), HOME)


def _too_late() -> Conflict:
    return Conflict("This took too long. Load the page again and sign in anew.")
