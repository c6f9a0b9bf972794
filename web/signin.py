"""Signing in and out, the first administrator's one-time link, and one's own password."""

from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from records.core.errors import Invalid, NotSignedIn, Refusal, TooMany
from records.people import service, signing_in
from records.people.rules import PASSWORD_MIN_LENGTH
from web import session
from web.addresses import inside
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.permissions import PUBLIC, SIGNED_IN
from web.routes import route

signin = Blueprint("signin", __name__)

_HOME = "/"


@route(signin, "/sign-in", permission=PUBLIC)
def form() -> str | Response:
    """Show the form, or go on when somebody is signed in already."""
    if session.current_identity() is not None:
        return redirect(inside(request.args.get("next"), _HOME), code=303)
    return render_template("signin/form.html", next=inside(request.args.get("next"), _HOME))


@route(signin, "/sign-in", permission=PUBLIC, methods=("POST",), endpoint="sign_in")
def sign_in() -> Response | tuple[str, int, dict[str, str]]:
    """Verify name and password; the slow hash is computed while no lock is held."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    try:
        with reading() as uow:
            user_id = signing_in.verify_password(
                uow, login=login, password=password, address=_address()
            ).id
    except (NotSignedIn, TooMany) as refusal:
        return _refuse(refusal, login)
    _begin(user_id)
    return redirect(inside(request.form.get("next"), _HOME), code=303)


def _refuse(refusal: Refusal, login: str) -> tuple[str, int, dict[str, str]]:
    headers: dict[str, str] = {}
    if isinstance(refusal, TooMany):
        headers["Retry-After"] = str(refusal.details["seconds"])
    else:
        with writing() as uow:
            signing_in.count_failure(uow, login=login, address=_address())
    page = render_template(
        "signin/form.html",
        next=inside(request.form.get("next"), _HOME),
        login=login,
        error=sentence(refusal),
    )
    return page, status_of(refusal), headers


@route(signin, "/sign-out", permission=PUBLIC, methods=("POST",))
def sign_out() -> Response:
    """End the session, in the database and in the browser."""
    secret = session.end()
    if secret is not None:
        with writing() as uow:
            signing_in.close_session(uow, secret)
    return redirect(url_for("signin.form"), code=303)


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
    _begin(user.id)
    return redirect(_HOME, code=303)


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
        with reading() as uow:
            login = service.get_user(uow, person.user_id).login if person.user_id else ""
            user_id = signing_in.verify_password(
                uow, login=login, password=request.form.get("old", ""), address=_address()
            ).id
        with writing() as uow:
            service.set_own_password(uow, person, password=request.form.get("password", ""))
    except (Invalid, NotSignedIn, TooMany) as refusal:
        if isinstance(refusal, NotSignedIn):
            with writing() as uow:
                signing_in.count_failure(uow, login=login, address=_address())
        return _password_form(refusal), 422 if isinstance(refusal, NotSignedIn) else status_of(
            refusal
        )
    _begin(user_id)
    return redirect(inside(request.form.get("next"), _HOME), code=303)


def _password_form(refusal: Refusal | None = None) -> str:
    identity = session.current_identity()
    field = "old" if isinstance(refusal, NotSignedIn) else refusal.field if refusal else None
    return render_template(
        "signin/password.html",
        next=inside(request.values.get("next"), _HOME),
        shortest=PASSWORD_MIN_LENGTH,
        temporary=bool(identity and identity.must_change_password),
        error=sentence(refusal) if refusal else None,
        field=field,
    )


def _check_repeated() -> None:
    if request.form.get("password") != request.form.get("repeated"):
        raise Invalid("The two passwords differ.", field="repeated")


def _begin(user_id: UUID) -> None:
    with writing() as uow:
        user = service.get_user(uow, user_id)
        secret = signing_in.open_session(
            uow, user, address=_address(), agent=request.user_agent.string
        )
    session.begin(secret)


def _address() -> str:
    return request.remote_addr or "unknown"


def init_app(app: Flask) -> None:
    """Add the screens."""
    app.register_blueprint(signin)
