"""Signing in and out, the first administrator's one-time link, and one's own password.

A right password opens a session only where no second factor is in use; otherwise it opens the page
of the code, and the session comes after that.
"""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from records.core.errors import Invalid, NotSignedIn, Refusal, TooMany
from records.core.refusals import record_refusal
from records.people import second_factor as factors
from records.people import service, signing_in
from records.people.known_passwords import check_not_breached
from records.people.rules import PASSWORD_MIN_LENGTH
from web import session
from web.addresses import inside
from web.boundary import office, reading, writing
from web.devices import device_of, remember_device
from web.errors import sentence, status_of
from web.permissions import PUBLIC, SIGNED_IN
from web.routes import route

signin = Blueprint("signin", __name__)

HOME = "/"


@route(signin, "/sign-in", permission=PUBLIC)
def form() -> str | Response:
    """Show the form, or go on when somebody is signed in already."""
    if session.current_identity() is not None:
        return redirect(inside(request.args.get("next"), HOME), code=303)
    return render_template(
        "signin/form.html",
        next=inside(request.args.get("next"), HOME),
        ended=session.has_ended(),
    )


@route(signin, "/sign-in", permission=PUBLIC, methods=("POST",), endpoint="sign_in")
def sign_in() -> Response | tuple[str, int, dict[str, str]]:
    """Verify name and password; the slow hash is computed while no lock is held."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    try:
        with reading() as uow:
            user = signing_in.verify_password(
                uow, login=login, password=password, address=caller(), device=device_of(login)
            )
            user_id, owes = user.id, factors.has_factor(uow, user.id)
    except (NotSignedIn, TooMany) as refusal:
        return _refuse(refusal, login)
    onward = inside(request.form.get("next"), HOME)
    return _ask_for_factor(user_id, onward) if owes else begun(user_id, onward)


@route(signin, "/sign-in/again", permission=SIGNED_IN)
def again() -> str:
    """Ask who has been signed in for a while to prove again who they are."""
    return _again_form()


@route(signin, "/sign-in/again", permission=SIGNED_IN, methods=("POST",))
def sign_in_again() -> Response | tuple[str, int, dict[str, str]]:
    """Verify the password anew; the session ends, and a new one begins after the second factor."""
    person = session.actor()
    with reading() as uow:
        login = service.get_user(uow, person.user_id).login if person.user_id else ""
    try:
        with reading() as uow:
            user = signing_in.verify_password(
                uow,
                login=login,
                password=request.form.get("password", ""),
                address=caller(),
                device=device_of(login),
            )
            user_id, owes = user.id, factors.has_factor(uow, user.id)
    except (NotSignedIn, TooMany) as refusal:
        _count(refusal, login)
        return _again_form(refusal), _status_here(refusal), retry_after(refusal)
    secret, onward = session.own_secret(), inside(request.form.get("next"), HOME)
    with writing() as uow:
        signing_in.close_session(uow, secret)
    return _ask_for_factor(user_id, onward) if owes else begun(user_id, onward)


def _ask_for_factor(user_id: UUID, onward: str) -> Response:
    with writing() as uow:
        session.begin_half(factors.open_half(uow, service.get_user(uow, user_id)))
    return redirect(url_for("signin.code", next=onward), code=303)


def _again_form(refusal: Refusal | None = None) -> str:
    return render_template(
        "signin/again.html",
        next=inside(request.values.get("next"), HOME),
        error=sentence(refusal) if refusal else None,
    )


def _status_here(refusal: Refusal) -> int:
    # Who is signed in and mistypes stays signed in: the form is wrong, not the session.
    return 422 if isinstance(refusal, NotSignedIn) else status_of(refusal)


def retry_after(refusal: Refusal) -> dict[str, str]:
    """Return the header that says when to come again, where that is known."""
    seconds = refusal.details.get("seconds") if isinstance(refusal, TooMany) else None
    return {"Retry-After": str(seconds)} if seconds else {}


def _count(refusal: Refusal, login: str) -> None:
    """Count a refused attempt; what comes too early is only recorded."""
    with writing() as uow:
        if isinstance(refusal, NotSignedIn):
            signing_in.count_failure(uow, login=login, address=caller(), device=device_of(login))
        else:
            record_refusal(uow, actor_id=None, act="sign in", code=refusal.code, address=caller())


def _refuse(refusal: Refusal, login: str) -> tuple[str, int, dict[str, str]]:
    _count(refusal, login)
    page = render_template(
        "signin/form.html",
        next=inside(request.form.get("next"), HOME),
        login=login,
        error=sentence(refusal),
    )
    return page, status_of(refusal), retry_after(refusal)


@route(signin, "/sign-out", permission=PUBLIC, methods=("POST",))
def sign_out() -> Response:
    """End the session, in the database and in the browser."""
    secret = session.end()
    if secret is not None:
        with writing() as uow:
            signing_in.close_session(uow, secret)
    return redirect(url_for("signin.form"), code=303)


@route(signin, "/sign-in/stay", permission=SIGNED_IN, methods=("POST",))
def stay() -> Response:
    """Go on with a session that would end for want of use; its longest time stays as it is.

    To be asked is use, and is noted as that of any page: nothing more is to be done.
    """
    return Response(status=204)


@route(signin, "/welcome/<code>", permission=PUBLIC)
def welcome(code: str) -> str:
    """Show the first administrator's form, as long as the link is good."""
    with reading() as uow:
        signing_in.open_invitation(uow, code)
    return render_template("signin/welcome.html", values={}, shortest=PASSWORD_MIN_LENGTH)


@route(signin, "/welcome/<code>", permission=PUBLIC, methods=("POST",), endpoint="accept")
def accept(code: str) -> Response | tuple[str, int]:
    """Make the first administrator and sign them in."""
    values = request.form
    try:
        _check_repeated()
        _check_breached()
        with writing() as uow:
            user = service.accept_invitation(
                uow,
                secret=code,
                login=values.get("login", ""),
                name=values.get("name", ""),
                password=values.get("password", ""),
            )
    except Invalid as refusal:
        page = render_template(
            "signin/welcome.html", values=values, refusal=refusal, shortest=PASSWORD_MIN_LENGTH
        )
        return page, status_of(refusal)
    return begun(user.id, HOME)


@route(signin, "/password", permission=SIGNED_IN)
def password() -> str:
    """Show the form for one's own password."""
    return _password_form()


@route(signin, "/password", permission=SIGNED_IN, methods=("POST",))
def change_password() -> Response | tuple[str, int]:
    """Verify the old password and set the new one; all other sessions of the person end."""
    person = session.actor()
    try:
        _check_repeated()
        _check_breached()
        with reading() as uow:
            login = service.get_user(uow, person.user_id).login if person.user_id else ""
            user_id = signing_in.verify_password(
                uow,
                login=login,
                password=request.form.get("old", ""),
                address=caller(),
                device=device_of(login),
            ).id
        with writing() as uow:
            service.set_own_password(uow, person, password=request.form.get("password", ""))
    except (Invalid, NotSignedIn, TooMany) as refusal:
        if not isinstance(refusal, Invalid):
            _count(refusal, login)
        return _password_form(refusal), _status_here(refusal)
    return begun(user_id, inside(request.form.get("next"), HOME))


def _password_form(refusal: Refusal | None = None) -> str:
    identity = session.current_identity()
    field = "old" if isinstance(refusal, NotSignedIn) else refusal.field if refusal else None
    return render_template(
        "signin/password.html",
        next=inside(request.values.get("next"), HOME),
        shortest=PASSWORD_MIN_LENGTH,
        temporary=bool(identity and identity.must_change_password),
        error=sentence(refusal) if refusal else None,
        field=field,
    )


def _check_repeated() -> None:
    if request.form.get("password") != request.form.get("repeated"):
        raise Invalid("The two passwords differ.", field="repeated")


def _check_breached() -> None:
    check_not_breached(request.form.get("password", ""), office().config.breached_passwords)


def begin_session(user_id: UUID, answer: Response) -> None:
    """Open the session of somebody who has shown all that is asked for.

    Args:
        answer: What the browser gets; it also takes along that this device is known now.
    """
    with writing() as uow:
        user = service.get_user(uow, user_id)
        login = user.login
        secret = signing_in.open_session(
            uow,
            user,
            address=caller(),
            agent=request.user_agent.string,
            device=device_of(login),
            length=timedelta(hours=office().config.session_hours),
        )
    session.begin(secret)
    remember_device(answer, login)


def begun(user_id: UUID, onward: str) -> Response:
    """Open the session and lead on."""
    answer = redirect(onward, code=303)
    begin_session(user_id, answer)
    return answer


def caller() -> str:
    """Return the address from which is asked."""
    return request.remote_addr or "unknown"


def init_app(app: Flask) -> None:
    """Add the screens."""
    app.register_blueprint(signin)
