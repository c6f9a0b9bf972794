"""The registration desk: files dropped get their numbers at once, paper gets one by its title.

A form with files is streamed: each file is encrypted into the spool as it arrives, never buffered
whole. With script every file comes in a request of its own; without it all come in one form.
"""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from records.channels.keeping import settle_arrival
from records.channels.rules import ChannelKind
from records.channels.service import arrivals_waiting
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Kept, NotAllowed, Refusal
from records.documents.checking import checking_queue
from records.documents.components import same_bytes
from records.documents.intake import keep_objects
from records.documents.metadata import read_metadata
from records.documents.models import Document
from records.documents.uploads import drop_upload
from records.people.rules import Actor
from records.registration.lookup import registered_today
from records.registration.models import Register
from records.registration.registers import register_by_code, registers_of
from records.registration.service import register_document, registered_before
from records.scans.splitting import await_split
from storage import Received
from web import parts
from web.boundary import database, office, reading, writing
from web.errors import problem, sentence, status_of
from web.formats import size
from web.forms import Errors, check_forgery, errors_of, given, read_fields, read_id
from web.keeping import keep_for_later, keep_refused, kept_before, source_of
from web.permissions import REGISTRARS
from web.preferences import remember
from web.receiving import ReceivedForm, receiving_form
from web.routes import route
from web.scan_words import book_reason
from web.session import actor
from web.words import word

registration = Blueprint("registration", __name__, url_prefix="/registration")

REGISTER_COOKIE = "register"
LINES = 50
_WITH_FILES = ("secrecy", "urgency", "received_on")
_PAPER = ("title", "sender", "document_number", "secrecy", "urgency", "received_on", "copies")
_KEY = re.compile(r"[0-9a-f]{32}")

File = tuple[Received, str]


@route(registration, "", permission=REGISTRARS)
def new() -> str:
    """Show the desk: the drop zone, and what was registered today."""
    return _desk()


def _desk(errors: Errors | None = None, *, paper: bool = False) -> str:
    values = request.form if paper else {}
    with reading() as uow:
        registers = registers_of(uow, actor())
        lines, later = registered_today(uow, actor(), before=_before(), limit=LINES)
        waiting = len(checking_queue(uow, actor()))
        refused = arrivals_waiting(uow, actor())
        today = uow.today
    codes = [each.code for each in registers]
    wanted = request.form.get("register") if paper else request.cookies.get(REGISTER_COOKIE)
    return render_template(
        "registration/new.html",
        registers=[(each.code, each.name) for each in registers],
        register=wanted if wanted in codes else next(iter(codes), None),
        limit_bytes=office().config.upload_limit_bytes,
        lines=lines,
        first_page=_before() is None,
        next_href=url_for("registration.new", before=later) if later else None,
        waiting=waiting,
        refused=refused,
        check_href=url_for("registration.queue") if waiting else None,
        today=today,
        values=values,
        errors=errors or {},
        paper_open=paper,
    )


def _before() -> UUID | None:
    return read_id(request.args.get("before", ""))


# Files -------------------------------------------------------------------------------------------


@route(registration, "/files", permission=REGISTRARS, methods=("POST",))
def receive() -> Response | tuple[str, int]:
    """Take files and register them: each as a document, or all together as one.

    A script is answered with JSON for the line of its file, a plain form with the desk.
    """
    if request.headers.get("X-CSRFToken"):
        check_forgery(None)
    limit_bytes = office().config.upload_limit_bytes
    try:
        with receiving_form(office().vault, limit_bytes=limit_bytes) as form:
            check_forgery(form.fields.get("csrf_token"))
            answers = _register_files(form)
    except RequestEntityTooLarge:
        return _refuse(too_large(limit_bytes), 413)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _refuse(refusal, status_of(refusal))
    except Kept as kept:
        if not _is_script():
            raise
        return problem(status_of(kept), kept.code, sentence(kept))
    answer: Response
    if _is_script():
        answer = jsonify(answers[0])
    else:
        for each in answers:
            _tell(each)
        answer = redirect(url_for("registration.new"), code=303)
    return remember(answer, REGISTER_COOKIE, form.fields.get("register", ""))  # type: ignore[arg-type]


def _register_files(form: ReceivedForm) -> list[dict[str, Any]]:
    upload_id = parts.upload_id_of(form.fields.get("upload"))
    person = actor()
    try:
        if upload_id is not None:
            parts.take_whole(form, upload_id)
        files = [(each, name) for field, name, each in form.files if field == "file"]
        check_files(files)
        values = read_metadata(
            {name: text for name, text in given(form.fields, _WITH_FILES).items() if text}
        )
        with ExitStack() as stack:
            for source in sorted(_uploads(form, person)):
                stack.enter_context(kept_before(ChannelKind.BROWSER, source))
            return _register_groups(form, files, values, upload_id)
    except OperationalError as error:
        keep_for_later(
            ChannelKind.BROWSER,
            error,
            register=form.fields.get("register", ""),
            uploads=_uploads(form, person),
            cells=given(form.fields, _WITH_FILES),
            person=person,
            split_reason=book_reason() if form.fields.get("split") else None,
        )


def _groups(form: ReceivedForm) -> list[list[File]]:
    """Return the files of each document."""
    files = [(each, name) for field, name, each in form.files if field == "file"]
    return [files] if form.fields.get("together") else [[each] for each in files]


def _uploads(form: ReceivedForm, person: Actor) -> dict[str, list[File]]:
    """Return the files of each document by what makes it the same when it comes again."""
    key, code = _source_key(form, person), form.fields.get("register", "")
    return {
        key or source_of(ChannelKind.BROWSER, person, f"{code}:{group[0][0].sha256}"): group
        for group in _groups(form)
        if group
    }


def _register_groups(
    form: ReceivedForm, files: list[File], values: dict[str, Any], upload_id: UUID | None
) -> list[dict[str, Any]]:
    person, key = actor(), _source_key(form, actor())
    with reading() as uow:
        register = register_by_code(uow, form.fields.get("register", ""))
        earlier = _registered_before(uow, register, key, files)
        if earlier is not None:
            return [_answer(uow, earlier, files, None)]
    keep_objects(database(), office().vault, [each for each, _ in files])
    try:
        with writing() as uow:
            register = register_by_code(uow, register.code)
            answers = []
            for group in _groups(form):
                made = register_document(
                    uow, person, register=register, values=values, received=group, source_id=key
                )
                uow.session.flush()
                if form.fields.get("split"):
                    await_split(uow, person, document_id=made.id, book_reason=book_reason())
                answers.append(_answer(uow, made, group, _twin(uow, person, made, group)))
            if upload_id is not None:
                drop_upload(uow, person, office().vault, upload_id)
            if key is not None:
                # It was refused before, and its sender has mended what was wrong.
                settle_arrival(
                    uow,
                    person,
                    office().vault,
                    channel=ChannelKind.BROWSER.value,
                    source_id=key,
                    document_id=made.id,
                )
            return answers
    except (Invalid, Conflict, NotAllowed) as refusal:
        for source, group in _uploads(form, person).items():
            keep_refused(
                ChannelKind.BROWSER,
                register_id=register.id,
                source_id=source,
                files=group,
                cells=given(form.fields, _WITH_FILES),
                person=person,
                refusal=refusal,
            )
        raise


def check_files(files: Sequence[File]) -> None:
    """Refuse a form without files, and files without content.

    Raises:
        Invalid: The message says what to do.
    """
    if not files:
        raise Invalid("Choose at least one file.", field="file")
    for received, name in files:
        if received.size_bytes == 0:
            raise Invalid(
                "%(name)s is empty. Save or scan it again and drop it once more.",
                {"name": name},
                field="file",
            )


def _source_key(form: ReceivedForm, person: Actor) -> str | None:
    """Return the key under which a script sends a file again after its answer was lost."""
    key = form.fields.get("key", "")
    return f"browser:{person.user_id}:{key}" if _KEY.fullmatch(key) else None


def _registered_before(
    uow: UnitOfWork, register: Register, key: str | None, files: Sequence[File]
) -> Document | None:
    if key is None:
        return None
    return registered_before(uow, register=register, source_id=key, sha256=files[0][0].sha256)


def _twin(uow: UnitOfWork, person: Actor, made: Document, files: Sequence[File]) -> Document | None:
    twins = same_bytes(uow, person, [each.sha256 for each, _ in files], besides=made.id)
    return next(iter(twins.values()), None)


def _answer(
    uow: UnitOfWork, made: Document, files: Sequence[File], twin: Document | None
) -> dict[str, Any]:
    state = str(word("text", made.text_state).text)
    if len(files) > 1:
        count = ngettext("%(num)s file", "%(num)s files", len(files))
        state = f"{count} · {state}"
    answer = {
        "id": str(made.id),
        "number": made.number,
        "href": url_for("documents.show", document_id=made.id),
        "title": made.title,
        "state": state,
        "waiting": len(checking_queue(uow, actor())),
    }
    if twin is not None:
        answer |= {
            "note": gettext("The same bytes are registered already"),
            "note_href": url_for("documents.show", document_id=twin.id),
            "note_label": twin.number,
        }
    return answer


def _tell(answer: dict[str, Any]) -> None:
    told = gettext(
        "%(title)s is registered as %(number)s.", title=answer["title"], number=answer["number"]
    )
    flash(told, "ok")
    if "note" in answer:
        flash(
            gettext(
                "%(number)s has the same bytes as %(first)s.",
                number=answer["number"],
                first=answer["note_label"],
            ),
            "warn",
        )


def too_large(limit_bytes: int) -> Refusal:
    """Return the refusal of a file that is larger than the service takes."""
    return Invalid(
        "This is larger than %(limit)s, the most that is taken. "
        "Split the file, or ask the administrator to raise the limit.",
        {"limit": size(limit_bytes)},
        field="file",
    )


def _refuse(refusal: Refusal, status: int) -> Response | tuple[str, int]:
    if _is_script():
        return problem(status, refusal.code, sentence(refusal), refusal.field)
    return _desk({"file": sentence(refusal)}), status


def _is_script() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


# Paper -------------------------------------------------------------------------------------------


@route(registration, "/paper", permission=REGISTRARS, methods=("POST",))
def register_paper() -> Response | tuple[str, int]:
    """Register something that has no file: a letter, a parcel, a book."""
    values, errors = read_fields(
        {
            name: text
            for name, text in given(request.form, _PAPER).items()
            if text or name == "title"
        }
    )
    if errors:
        return _desk(errors, paper=True), 422
    code = request.form.get("register", "")
    try:
        with writing() as uow:
            register = register_by_code(uow, code)
            made = register_document(uow, actor(), register=register, values=values, received=())
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _desk(errors_of(refusal, otherwise="title"), paper=True), status_of(refusal)
    flash(
        gettext("%(title)s is registered as %(number)s.", title=made.title, number=made.number),
        "ok",
    )
    answer = redirect(url_for("registration.new"), code=303)
    return remember(answer, REGISTER_COOKIE, code)  # type: ignore[arg-type]
