"""The public check: what a code stands for, and whether a file is what was stamped.

Anybody may ask, so nothing here takes a session or sets a cookie. There is no forgery token for
the same reason: a form of another site that posts here makes its visitor's browser ask a public
question, of which the other site never sees the answer, and which changes nothing but a counter
of the visitor's own address. A file waits encrypted in the spool while it is examined in the cage,
and is gone before the page is sent.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from records.core.errors import NotFound
from records.seals.checking import (
    CopyState,
    StampedCopy,
    match_beginning,
    match_file,
    organization_name,
    stamped_by_code,
)
from records.seals.signatures.examining import anchors, examine, known_here
from records.seals.signatures.verdicts import Findings, Standing, Verdict
from records.seals.visits import count_visit
from search.reading import Cage
from storage import Received
from web.boundary import office, reading, writing
from web.i18n import LANGUAGES
from web.permissions import PUBLIC
from web.reasons import reason_text
from web.receiving import receiving_form
from web.routes import route
from web.signature_words import explain
from web.workshop import Workshop

check = Blueprint("check", __name__)

MOST_BYTES = 64 << 20
# Files in hand at once in one process, the one in the cage among them.
MOST_WAITING = 4
_SECONDS_TO_WAIT = 10
_EXTENSION = "chancery_check"


class Examiner:
    """The cage for strangers' files, apart from that of the office, and the few who may wait."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._workshop = Workshop()

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Take a place in the queue for the length of a block; False when all are taken."""
        taken = self._places.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                self._places.release()

    @property
    def cage(self) -> Cage:
        """What examines files."""
        return self._workshop.cage

    def close(self) -> None:
        """End the cage."""
        self._workshop.close()


def examiner_of(app: Flask) -> Examiner:
    """Return the examiner of an application, to end it with it."""
    return cast("Examiner", app.extensions[_EXTENSION])


@dataclass(frozen=True)
class Checked:
    """What was found of a file that a stranger dropped.

    Attributes:
        copy: The stamped copy that it is, or begins with.
        same: Whether it is that copy, byte for byte.
    """

    name: str
    size_bytes: int
    sha256: str
    copy: StampedCopy | None
    same: bool
    verdicts: list[Verdict]
    reason: str | None

    @property
    def answer(self) -> str:
        """The answer in one word, which the page puts into a sentence."""
        if self.copy is not None and self.copy.state is not CopyState.VALID:
            return "withdrawn"
        if self.same:
            return "same"
        bad = [each for each in self.verdicts if each.standing is Standing.BAD]
        if bad:
            return "altered" if any(each.is_seal for each in bad) else "bad"
        if self.copy is not None:
            return "continued"
        if self.reason is not None:
            return "unknown"
        return "elsewhere" if self.verdicts else "unsigned"


def limit_bytes() -> int:
    """Return the size of the largest file that is checked."""
    return min(office().config.upload_limit_bytes, MOST_BYTES)


@route(check, "/check", permission=PUBLIC)
def form() -> str | AnyResponse:
    """Show the drop zone, or go on to the code that was typed."""
    code = _plain_code(request.args.get("code", ""))
    if code:
        return redirect(url_for("check.show", code=code, lang=chosen_language()), code=303)
    return _page("form")


@route(check, "/c/<code>", permission=PUBLIC)
def show(code: str) -> AnyResponse | tuple[str, int] | str:
    """Show what a code stands for."""
    if waits := visit():
        return _wait(waits)
    try:
        with reading() as uow:
            copy = stamped_by_code(uow, code)
    except NotFound:
        return _page("unknown", code=code[:64]), 404
    return _page("copy", copy=copy)


@route(check, "/check", permission=PUBLIC, methods=("POST",))
def check_file() -> AnyResponse | tuple[str, int] | str:
    """Examine a file; nothing of it is kept."""
    if waits := visit(file=True):
        return _wait(waits)
    with examiner_of(current_app).place() as taken:
        return _examined() if taken else _wait(_SECONDS_TO_WAIT)


def _examined() -> AnyResponse | tuple[str, int] | str:
    try:
        with receiving_form(office().vault, limit_bytes=limit_bytes()) as received:
            files = [each for each in received.files if each[0] == "file"]
            if not files or not files[0][2].size_bytes:
                return _page("form", error=gettext("Choose a file first.")), 422
            checked = _checked(files[0][1], files[0][2])
    except RequestEntityTooLarge:
        return _page("form", error=gettext("This file is too large to be checked here.")), 413
    except HTTPException:
        return _page("form", error=gettext("The file did not arrive whole. Try again.")), 400
    signatures = [explain(each) for each in checked.verdicts]
    return _page("file", checked=checked, copy=checked.copy, signatures=signatures)


def visit(*, file: bool = False) -> int:
    """Count this visit and return the seconds to wait; 0 for none."""
    with writing() as uow:
        return count_visit(uow, request.remote_addr or "unknown", file=file)


def chosen_language() -> str | None:
    """Return the language that the address asks for; the page itself keeps no cookie."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else None


def copy_answer(copy: StampedCopy) -> dict[str, Any]:
    """Return a stamped copy as programs get it."""
    return {
        "code": copy.code,
        "number": copy.number,
        "title": copy.title,
        "line": copy.line,
        "seal": copy.issuer,
        "unit": copy.unit,
        "sealed_at": copy.sealed_at.isoformat(),
        "sha256": copy.sha256,
        "state": copy.state.value,
        "withdrawn_at": copy.withdrawn_at.isoformat() if copy.withdrawn_at else None,
    }


def _checked(name: str, file: Received) -> Checked:
    findings = _findings(file)
    with reading() as uow:
        same = match_file(uow, file.sha256)
        copy = same or match_beginning(uow, findings)
        verdicts = known_here(uow, findings.verdicts)
    return Checked(
        name,
        file.size_bytes,
        file.sha256,
        copy,
        same is not None,
        verdicts,
        reason_text(findings.reason_code),
    )


def _findings(file: Received) -> Findings:
    if file.media_type != "application/pdf":
        return Findings()
    with reading() as uow:
        known, now = anchors(uow, office().config), uow.now
    return examine(examiner_of(current_app).cage, known, now, _content(file))


def _content(file: Received) -> Iterator[bytes]:
    return office().vault.read_spooled(file.spool_path, file.wrapped_key)


def _plain_code(text: str) -> str:
    """Return the code of what was typed or pasted, which may be the whole address."""
    return urlsplit(text.strip()).path.rstrip("/").rsplit("/", 1)[-1].replace(" ", "")[:64]


def _page(name: str, **values: Any) -> str:
    with reading() as uow:
        organization = organization_name(uow)
    return render_template(
        f"check/{name}.html", organization=organization, limit=limit_bytes(), **values
    )


def _wait(seconds: int) -> Response:
    answer = Response(_page("wait", seconds=seconds), status=429, mimetype="text/html")
    answer.headers["Retry-After"] = str(seconds)
    return answer


def init_app(app: Flask) -> None:
    """Add the public pages."""
    app.extensions[_EXTENSION] = Examiner()
    # See above: there is no session whose forms could be forged.
    app.extensions["csrf"].exempt(check_file)
    app.register_blueprint(check)
