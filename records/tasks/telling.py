"""What is told of tasks: one's own, those that one gave, and those about a document."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from records.core.database import UnitOfWork
from records.core.places import Place, no_such_page, read_place
from records.documents.models import Document
from records.documents.visibility import get_document, visible
from records.people.actors import leads_unit
from records.people.models import User
from records.people.rules import Actor
from records.tasks.models import Task
from records.tasks.rules import TaskState
from records.tasks.service import manages_task

LIMIT_MAX = 500
COUNT_LIMIT = 100
_NO_DAY = "-"
_Author, _Assignee = aliased(User), aliased(User)


@dataclass(frozen=True)
class TaskLine:
    """One task in a list.

    Attributes:
        text: What is to be done; None for those who may see the document and not what its readers
            wrote, and `result` likewise.
        overdue: Open, and its day is over.
        may_finish: The reader of the line has the task and it is open.
        may_manage: The reader of the line may cancel it or open it again.
    """

    id: UUID
    document_id: UUID
    number: str
    title: str
    source_id: UUID | None
    author_id: UUID
    author_name: str
    assignee_id: UUID
    assignee_name: str
    text: str | None
    due_on: date | None
    overdue: bool
    state: TaskState
    created_at: datetime
    done_at: datetime | None
    result: str | None
    may_finish: bool
    may_manage: bool
    version: int


def tasks_for(
    uow: UnitOfWork,
    actor: Actor,
    *,
    state: TaskState | None = TaskState.OPEN,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[TaskLine], str | None]:
    """Return a page of the tasks that somebody has, and the cursor of the next.

    Open ones come by their day, overdue first and those without a day last; others newest first.

    Raises:
        Invalid: The cursor is not one of this list.
    """
    return _page(uow, actor, Task.assignee_id == actor.user_id, state, cursor, limit)


def tasks_given(
    uow: UnitOfWork,
    actor: Actor,
    *,
    state: TaskState | None = TaskState.OPEN,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[TaskLine], str | None]:
    """Return a page of the tasks that somebody gave, as `tasks_for`."""
    return _page(uow, actor, Task.author_id == actor.user_id, state, cursor, limit)


def tasks_about(uow: UnitOfWork, actor: Actor, document_id: UUID) -> list[TaskLine]:
    """Return the tasks about a document, oldest first.

    Raises:
        NotFound: There is no such document, or this person may not know that there is.
    """
    document = get_document(uow, actor, document_id)
    query = _lines().where(Task.document_id == document.id).order_by(Task.id)
    rows = uow.session.execute(query).all()
    leads = bool(rows) and leads_unit(uow, actor, document.unit_id)
    return [_line(uow, actor, row, reads_all=leads) for row in rows]


def task_count(uow: UnitOfWork, actor: Actor) -> int:
    """Return how many open tasks somebody has, exact up to 100."""
    query = (
        select(Task.id)
        .where(
            Task.assignee_id == actor.user_id,
            Task.state == TaskState.OPEN.value,
            visible(uow, actor, Task.document_id),
        )
        .limit(COUNT_LIMIT + 1)
    )
    return uow.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _lines() -> Select[Task, Document, str, str]:
    return (
        select(Task, Document, _Author.name, _Assignee.name)
        .join(Document, Document.id == Task.document_id)
        .join(_Author, _Author.id == Task.author_id)
        .join(_Assignee, _Assignee.id == Task.assignee_id)
    )


def _page(
    uow: UnitOfWork,
    actor: Actor,
    whose: ColumnElement[bool],
    state: TaskState | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[TaskLine], str | None]:
    limit = max(1, min(limit, LIMIT_MAX))
    by_day = state == TaskState.OPEN
    query = _lines().where(whose, visible(uow, actor, Task.document_id)).limit(limit + 1)
    if state is not None:
        query = query.where(Task.state == state.value)
    place = read_place(cursor)
    if place is not None:
        query = query.where(_beyond(place, by_day=by_day))
    if by_day:
        query = query.order_by(Task.due_on.is_(None), Task.due_on, Task.id)
    else:
        query = query.order_by(Task.id.desc())
    rows = uow.session.execute(query).all()
    lines = [_line(uow, actor, row, reads_all=True) for row in rows[:limit]]
    if len(rows) <= limit:
        return lines, None
    return lines, Place(_name(rows[limit - 1][0], by_day=by_day), backwards=False).cursor()


def _name(task: Task, *, by_day: bool) -> str:
    return f"{task.due_on or _NO_DAY} {task.id.hex}" if by_day else task.id.hex


def _beyond(place: Place, *, by_day: bool) -> ColumnElement[bool]:
    day_text, _, id_text = place.row.rpartition(" ")
    try:
        if place.backwards or bool(day_text) != by_day:
            raise ValueError(place.row)
        last = UUID(hex=id_text)
        day = None if day_text in ("", _NO_DAY) else date.fromisoformat(day_text)
    except ValueError as error:
        raise no_such_page() from error
    if not by_day:
        return Task.id < last
    if day is None:
        return and_(Task.due_on.is_(None), Task.id > last)
    same_day = and_(Task.due_on == day, Task.id > last)
    return or_(Task.due_on > day, same_day, Task.due_on.is_(None))


def _line(
    uow: UnitOfWork, actor: Actor, row: Row[Task, Document, str, str], *, reads_all: bool
) -> TaskLine:
    task, document, author_name, assignee_name = row
    state = TaskState(task.state)
    manages = manages_task(actor, task, document)
    reads = reads_all or manages or actor.user_id == task.assignee_id
    return TaskLine(
        id=task.id,
        document_id=document.id,
        number=document.number,
        title=document.title,
        source_id=task.source_id,
        author_id=task.author_id,
        author_name=author_name,
        assignee_id=task.assignee_id,
        assignee_name=assignee_name,
        text=task.text if reads else None,
        due_on=task.due_on,
        overdue=state == TaskState.OPEN and task.due_on is not None and task.due_on < uow.today,
        state=state,
        created_at=task.created_at,
        done_at=task.done_at,
        result=task.result if reads else None,
        may_finish=state == TaskState.OPEN and actor.user_id == task.assignee_id,
        may_manage=manages,
        version=task.version,
    )
