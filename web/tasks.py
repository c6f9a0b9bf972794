"""Tasks: what one owes, and what one has given to others; finished with a result, by its day."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.documents.visibility import get_document
from records.people.rules import Act
from records.tasks.rules import TaskState
from records.tasks.service import cancel_task, finish_task, give_task, reopen_task
from records.tasks.telling import TaskLine, tasks_about, tasks_for, tasks_given
from web.addresses import inside
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.filters import Asked
from web.forms import day_of
from web.permissions import CIRCULATORS, SIGNED_IN
from web.pickers import read_person
from web.routes import route
from web.session import actor

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")

LINES = 50
MINE, GIVEN = "mine", "given"
_LISTS = {MINE: tasks_for, GIVEN: tasks_given}
_ALL = "all"

Answer = Response | tuple[str, int]


@dataclass(frozen=True)
class Refused:
    """An act that was refused: on which task, why, and what had been written."""

    task_id: UUID
    error: str
    result: str


@route(tasks, "", permission=SIGNED_IN)
def index() -> tuple[str, int]:
    """Show the tasks that one has, or has given."""
    return _page()


@route(tasks, "/<uuid:task_id>/finish", permission=SIGNED_IN, methods=("POST",))
def finish(task_id: UUID) -> Answer:
    """Finish a task of one's own."""

    def act(uow: UnitOfWork) -> str:
        result = request.form.get("result", "").strip() or None
        finish_task(uow, actor(), task_id=task_id, version=_version(), result=result)
        return str(gettext("The task is done."))

    return _do(task_id, act)


@route(tasks, "/<uuid:task_id>/reopen", permission=SIGNED_IN, methods=("POST",))
def reopen(task_id: UUID) -> Answer:
    """Open a task again."""

    def act(uow: UnitOfWork) -> str:
        reopen_task(uow, actor(), task_id=task_id, version=_version())
        return str(gettext("The task is open again."))

    return _do(task_id, act)


@route(tasks, "/<uuid:task_id>/cancel", permission=SIGNED_IN, methods=("POST",))
def cancel(task_id: UUID) -> Answer:
    """Call a task off."""

    def act(uow: UnitOfWork) -> str:
        cancel_task(uow, actor(), task_id=task_id, version=_version())
        return str(gettext("The task is cancelled."))

    return _do(task_id, act)


@route(tasks, "/about/<uuid:document_id>", permission=CIRCULATORS, endpoint="new")
def new(document_id: UUID) -> str:
    """Show the form of a new task about a document."""
    return _new_page(document_id)


@route(
    tasks, "/about/<uuid:document_id>", permission=CIRCULATORS, methods=("POST",), endpoint="give"
)
def give(document_id: UUID) -> Answer:
    """Give somebody a task about a document."""
    form = request.form
    try:
        with writing() as uow:
            assignee_id = read_person(uow, form, "assignee")
            if assignee_id is None:
                raise Invalid("Choose a person from the list.", field="assignee")
            give_task(
                uow,
                actor(),
                document_id=document_id,
                assignee_id=assignee_id,
                text=form.get("instruction", ""),
                due_on=day_of(form, "due_on"),
            )
    except (Invalid, Conflict) as refusal:
        errors = {refusal.field or "": sentence(refusal)}
        return _new_page(document_id, errors), status_of(refusal)
    flash(gettext("The task is given."), "ok")
    return redirect(url_for("documents.show", document_id=document_id), code=303)


def tasks_section(document_id: UUID) -> dict[str, Any]:
    """Return what `tasks/of_document.html` shows of the tasks about a document."""
    with reading() as uow:
        found = tasks_about(uow, actor(), document_id)
    return {"lines": found, "may_give": actor().may(Act.CIRCULATE)}


def _do(task_id: UUID, act: Callable[[UnitOfWork], str]) -> Answer:
    try:
        with writing() as uow:
            told = act(uow)
    except (Invalid, Conflict) as refusal:
        typed = request.form.get("result", "")
        return _page(Refused(task_id, sentence(refusal), typed), status_of(refusal))
    flash(told, "ok")
    return redirect(inside(request.form.get("back"), url_for("tasks.index")), code=303)


def _page(refused: Refused | None = None, status: int = 200) -> tuple[str, int]:
    asked = Asked()
    whose = asked.choice("whose", _LISTS) or MINE
    state = asked.choice("state", [*(each.value for each in TaskState), _ALL])
    wanted = None if state == _ALL else TaskState(state or TaskState.OPEN)
    with reading() as uow:
        lines, after = _lines(uow, asked, whose, wanted)
    text = render_template(
        "tasks/index.html",
        lines=lines,
        next=after,
        whose=whose,
        state=state or TaskState.OPEN.value,
        problems=asked.problems,
        refused=refused,
    )
    return text, asked.status() if status == 200 else status


def _lines(
    uow: UnitOfWork, asked: Asked, whose: str, state: TaskState | None
) -> tuple[list[TaskLine], str | None]:
    def read(cursor: str | None) -> tuple[list[TaskLine], str | None]:
        return _LISTS[whose](uow, actor(), state=state, cursor=cursor, limit=LINES)

    return asked.page(read)


def _new_page(document_id: UUID, errors: dict[str, str] | None = None) -> str:
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        today = uow.today
    return render_template(
        "tasks/new.html",
        document=document,
        today=today,
        values=request.form,
        errors=errors or {},
    )


def _version() -> int | None:
    return request.form.get("version", type=int)


def init_app(app: Flask) -> None:
    """Add the tasks, and offer those of a document to its page."""
    app.register_blueprint(tasks)
    app.add_template_global(tasks_section)
