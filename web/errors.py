"""Refusals become HTTP answers here, and only here.

People get a page in their language, programs under `/api` get problem+json (RFC 9457), and htmx
gets the bare message for its toast. What is hidden and what never existed answer with the same
body.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from records.core import errors
from storage import StorageError, TooLarge, is_of_the_disk
from web.addresses import here
from web.boundary import record_refusal
from web.measures import measures
from web.session import current_identity, has_ended
from web.words import WORDS

STATUS: dict[type[errors.Refusal], int] = {
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.NotSignedIn: 401,
    errors.Invalid: 422,
    errors.Stale: 412,
    errors.Conflict: 409,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
_NOT_REFUSED = 500
# The families of words in which the state of a refusal is looked up.
_STATES = ("state", "item", "round", "task")


def status_of(refusal: errors.Refusal) -> int:
    """Return the HTTP status of a refusal, by the nearest class in `STATUS`."""
    for kind in type(refusal).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 400


def sentence(refusal: errors.Refusal) -> str:
    """Return the message of a refusal in the reader's language, states in words."""
    return str(gettext(refusal.message, **_in_words(refusal.details)))


def _in_words(details: Mapping[str, Any]) -> dict[str, Any]:
    state = str(details.get("state"))
    family = next((each for each in _STATES if state in WORDS[each]), None)
    return {**details, "state": WORDS[family][state].text} if family else dict(details)


def wants_problem() -> bool:
    """Tell whether the caller is a program."""
    return request.path.startswith(("/api/", "/uploads", "/metrics"))


def problem(
    status: int,
    code: str,
    detail: str,
    field: str | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """Build a problem+json answer; `type` is a stable name of the code.

    Args:
        members: What a program may want to know further (RFC 9457, section 3.2).
    """
    body: dict[str, object] = {
        **(members or {}),
        "type": f"urn:chancery:problem:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if field is not None:
        body["field"] = field
    return Response(
        json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace"),
        status=status,
        mimetype="application/problem+json",
    )


def _page(status: int, message: str, *, refused: bool = False) -> Response:
    if request.headers.get("HX-Request"):
        return Response(message, status=status, mimetype="text/plain")
    page = render_template("error.html", status=status, message=message, refused=refused)
    return Response(page, status=status)


def answer_refusal(refusal: errors.Refusal) -> AnyResponse:
    """Answer a refusal that no handler turned into something better."""
    _remember(refusal)
    status = status_of(refusal)
    # One body for all of them: the reason why something is not found is nobody's business.
    message = not_found_message() if status == 404 else sentence(refusal)
    answer: AnyResponse
    if wants_problem():
        members = {} if status == 404 else refusal.details
        answer = problem(status, refusal.code, message, refusal.field, members)
        if status == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer realm="chancery"'
    elif isinstance(refusal, errors.NotSignedIn) and not request.headers.get("HX-Request"):
        answer = _to_sign_in()
    else:
        answer = _page(status, message)
    if isinstance(refusal, errors.TooMany | errors.Kept) and "seconds" in refusal.details:
        answer.headers["Retry-After"] = str(refusal.details["seconds"])
    return answer


def _to_sign_in() -> AnyResponse:
    return redirect(url_for("signin.form", next=here()), code=303)


def _remember(refusal: errors.Refusal) -> None:
    # What a stranger is refused is counted by the sign-in service; a wrong form attempts nothing.
    identity = current_identity()
    if identity is None or identity.actor.user_id is None:
        return
    meant = [each for each in (request.view_args or {}).values() if isinstance(each, UUID)]
    # What is hidden answers as what never existed, and takes as long: both are written down.
    if isinstance(refusal, errors.NotAllowed) or (isinstance(refusal, errors.NotFound) and meant):
        record_refusal(refusal, identity.actor.user_id, meant)


def not_found_message() -> str:
    """Return the one sentence for everything that is not there, or not for this reader."""
    return str(gettext("There is nothing here under this address."))


def _answer_http(error: HTTPException) -> AnyResponse:
    status = error.code or _NOT_REFUSED
    if status < 400:
        return error.get_response()
    messages = {
        404: not_found_message(),
        408: gettext("The request came too slowly. Try again over a better line."),
        405: gettext("This address does not take that kind of request."),
        412: gettext("Somebody else has changed this in the meantime. Look at it again first."),
        413: gettext("This is larger than the service takes."),
        415: gettext("The service does not take this kind of content here."),
        416: gettext("This range lies outside the file."),
        428: gettext("Say in If-Match which version you have seen."),
    }
    message = messages.get(status) or gettext("The request could not be understood.")
    if status >= _NOT_REFUSED:
        message = gettext("Something went wrong on our side. It has been noted.")
    code = "not_found" if status == 404 else error.name.lower().replace(" ", "_")
    answer = problem(status, code, message) if wants_problem() else _page(status, message)
    own = error.get_response().headers
    for name in ("Allow", "Content-Range"):
        if name in own:
            answer.headers[name] = own[name]
    return answer


def _answer_storage(error: StorageError) -> AnyResponse:
    if isinstance(error, TooLarge):
        return _answer_http(RequestEntityTooLarge())
    current_app.logger.error("storage: %s", error)
    measures().add("store_errors", error.code)
    message = gettext("The store of the files does not answer. Try again later.")
    status = 503 if error.retryable else _NOT_REFUSED
    if not error.retryable:
        message = gettext("The file is missing or damaged in the store. It has been noted.")
    return problem(status, error.code, message) if wants_problem() else _page(status, message)


def _answer_database(error: OperationalError) -> AnyResponse:
    # Locked for long, full, or not to be reached: nothing was done, and later it may go well.
    current_app.logger.error("database: %s", error.orig)
    message = gettext("The database does not answer. Try again later.")
    return problem(503, "database", message) if wants_problem() else _page(503, message)


def _answer_disk(error: OSError) -> AnyResponse:
    # Anything else of the operating system is a defect, and is written down as one.
    if not is_of_the_disk(error):
        raise error
    current_app.logger.error("disk: %s", error)
    message = gettext("The store of the files does not answer. Try again later.")
    return problem(503, "disk", message) if wants_problem() else _page(503, message)


def _answer_data(error: DataError) -> AnyResponse:
    # A text with NUL or a number beyond all bounds, where a text or number was asked for.
    current_app.logger.warning("database: %s", type(error.orig).__name__)
    return _answer_http(BadRequest())


def _answer_forgery(_error: CSRFError) -> AnyResponse:
    message = gettext("This page has been open for too long. Go back, reload it and try again.")
    if wants_problem():
        return problem(400, "stale_form", message)
    if current_identity() is None and has_ended() and not request.headers.get("HX-Request"):
        return _to_sign_in()
    return _page(400, message, refused=True)


def init_app(app: Flask) -> None:
    """Answer every refusal and every HTTP error of the application."""
    app.register_error_handler(errors.Refusal, answer_refusal)
    app.register_error_handler(CSRFError, _answer_forgery)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(StorageError, _answer_storage)
    app.register_error_handler(OperationalError, _answer_database)
    app.register_error_handler(DataError, _answer_data)
    app.register_error_handler(OSError, _answer_disk)
